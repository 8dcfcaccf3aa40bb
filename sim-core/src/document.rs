//! A text in TOML as a tree: tables, lists and plain values, each with its place in the text.
//!
//! Not the grammar of TOML, which is `toml_parser`'s: it tells what stands where, and here it is put
//! together. The crate `toml` does the same, and would cost the page 12 kB more (see `docs/benchmarks.md`);
//! the tests hold this to what it reads. Not what the values mean either: workloads and scenarios read theirs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Raw, Source, Span};

use crate::input::Place;

/// Something of a text, and its place there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Spanned<T> {
    inner: T,
    place: Place,
}

impl<T> Spanned<T> {
    pub(crate) const fn new(inner: T, place: Place) -> Self {
        Self { inner, place }
    }

    pub(crate) const fn get_ref(&self) -> &T {
        &self.inner
    }

    #[cfg(feature = "claims")]
    pub(crate) const fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    pub(crate) fn span(&self) -> Place {
        self.place.clone()
    }
}

/// A key.
pub(crate) type Key = Spanned<String>;
/// A value.
pub(crate) type Value = Spanned<Data>;

/// What a value is. Numbers are as they were written, without the marks between digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Data {
    String(String),
    Integer { digits: String, radix: u32 },
    Float(String),
    Boolean(bool),
    Date(String),
    List(Vec<Value>),
    Table(Table),
}

impl Data {
    pub(crate) const fn as_table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// What messages call it.
    const fn name(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::Integer { .. } => "integer",
            Self::Float(_) => "float",
            Self::Boolean(_) => "boolean",
            Self::Date(_) => "datetime",
            Self::List(_) => "array",
            Self::Table(_) => "inline table",
        }
    }
}

/// Values by their keys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Table {
    origin: Origin,
    entries: Vec<(Key, Value)>,
    /// Where each key stands among the entries. The numbers are of the type of a script's constants, so that
    /// the page has one kind of tree for both.
    places: BTreeMap<String, i64>,
}

/// How a table has come to be: that decides who may add to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Origin {
    /// By a header of its own, or it is the document: whatever follows, up to the next header.
    #[default]
    Header,
    /// By the header of a table in it: that may still come.
    Above,
    /// By a dotted key: other such keys.
    Dotted,
    /// Between braces: nobody.
    Inline,
}

impl Table {
    fn of(origin: Origin) -> Self {
        Self {
            origin,
            ..Self::default()
        }
    }

    fn place(&self, key: &str) -> Option<usize> {
        let place = *self.places.get(key)?;
        usize::try_from(place).ok()
    }

    /// Puts a value behind the others; its key must be a new one.
    fn push(&mut self, key: Key, value: Value) -> usize {
        let place = self.entries.len();
        // A text has fewer bytes than that.
        let number = i64::try_from(place).unwrap_or(i64::MAX);
        self.places.insert(key.inner.clone(), number);
        self.entries.push((key, value));
        place
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        Some(&self.entries[self.place(key)?].1)
    }

    /// All of it, in the order of keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.places.values().filter_map(|place| {
            let (key, value) = self.entries.get(usize::try_from(*place).ok()?)?;
            Some((key, value))
        })
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.entries.iter().map(|(key, _)| key)
    }
}

#[cfg(feature = "claims")]
impl Table {
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let place = self.place(key)?;
        Some(&mut self.entries[place].1)
    }

    /// Puts a value in, in place of another one with its key.
    pub(crate) fn insert(&mut self, key: Key, value: Value) {
        match self.place(key.get_ref()) {
            Some(place) => self.entries[place] = (key, value),
            None => {
                self.push(key, value);
            }
        }
    }
}

/// A mistake in the syntax.
pub(crate) struct SyntaxError {
    pub(crate) at: Option<usize>,
    /// What is wrong, and after a comma what was expected, where that is known.
    pub(crate) message: String,
}

impl SyntaxError {
    fn new(error: &ParseError) -> Self {
        let mut message = error.description().to_owned();
        if let Some([]) = error.expected() {
            message += ", expected nothing";
        }
        for (number, expected) in error.expected().into_iter().flatten().enumerate() {
            message += if number == 0 { ", expected " } else { ", " };
            match expected {
                Expected::Literal("\n") => message += "newline",
                Expected::Literal("`") => message += "'`'",
                Expected::Literal(literal) => {
                    message += "`";
                    message += literal;
                    message += "`";
                }
                Expected::Description(description) => message += description,
                _ => message += "something else",
            }
        }
        Self {
            at: error.unexpected().map(|place| place.start()),
            message,
        }
    }
}

/// How deep values may lie in each other: the stack of a page is small.
const DEPTH: u32 = 80;

/// Reads a text.
pub(crate) fn parse(text: &str) -> Result<Table, SyntaxError> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut builder = Builder {
        text,
        root: Table::default(),
        header: 0,
        keys: Vec::new(),
        here: Vec::new(),
        open: Vec::new(),
        mistake: None,
    };
    let mut mistake = None;
    let mut checked = ValidateWhitespace::new(&mut builder, source);
    let mut bounded = RecursionGuard::new(&mut checked, DEPTH);
    parse_document(&tokens, &mut bounded, &mut mistake);
    // A mistake in the grammar explains others.
    match mistake.or(builder.mistake) {
        Some(error) => Err(SyntaxError::new(&error)),
        None => Ok(builder.root),
    }
}

/// Puts a document together. After a mistake it goes on, somehow: the first is what is told.
struct Builder<'t> {
    text: &'t str,
    root: Table,
    /// Where the header begins that is being read.
    header: usize,
    /// The parts of the key that is being read.
    keys: Vec<Key>,
    /// The table of the last header, by its keys.
    here: Vec<Key>,
    /// What is not complete yet, from the outside to the inside.
    open: Vec<Open>,
    mistake: Option<ParseError>,
}

/// A value that is not complete yet.
enum Open {
    /// A key, whose value comes next.
    Key(Vec<Key>),
    /// A list, from its first byte on.
    List(usize, Vec<Value>),
    /// A table between braces, from its first byte on.
    Inline(usize, Table),
}

/// What is wrong with a key.
fn wrong(key: &Key, message: impl Into<Cow<'static, str>>) -> ParseError {
    let place = Span::new_unchecked(key.place.start, key.place.end);
    ParseError::new(message).with_unexpected(place)
}

fn duplicate(key: &Key) -> ParseError {
    wrong(key, "duplicate key")
}

/// Whether a value of a list is a table with a header of its own.
fn is_below_header(value: &Value) -> bool {
    let table = value.inner.as_table();
    table.is_some_and(|table| table.origin == Origin::Header)
}

/// The table to which keys lead, made where it is not there.
fn descend<'t>(
    mut table: &'t mut Table,
    path: &[Key],
    origin: Origin,
) -> Result<&'t mut Table, ParseError> {
    for key in path {
        let place = table.place(&key.inner).unwrap_or_else(|| {
            let new = Data::Table(Table::of(origin));
            table.push(key.clone(), Spanned::new(new, key.span()))
        });
        let value = &mut table.entries[place].1.inner;
        let kind = value.name();
        let next = match value {
            Data::Table(next) if next.origin == Origin::Header && origin == Origin::Dotted => {
                return Err(duplicate(key));
            }
            Data::Table(next) => Some(next),
            // Of tables with a header each, the last one is meant.
            Data::List(values) => match values.last_mut().map(|last| &mut last.inner) {
                Some(Data::Table(next)) => Some(next),
                _ => None,
            },
            _ => None,
        };
        table = next
            .filter(|next| next.origin != Origin::Inline)
            .ok_or_else(|| {
                let message = format!("cannot extend value of type {kind} with a dotted key");
                wrong(key, message)
            })?;
    }
    Ok(table)
}

/// Gives a key of a table its value.
fn assign(table: &mut Table, mut keys: Vec<Key>, value: Value) -> Result<(), ParseError> {
    let Some(key) = keys.pop() else {
        return Ok(());
    };
    let table = descend(table, &keys, Origin::Dotted)?;
    // Dotted keys add only to tables that dotted keys have made.
    let is_mixed = (table.origin == Origin::Dotted) == keys.is_empty();
    if is_mixed || table.place(&key.inner).is_some() {
        return Err(duplicate(&key));
    }
    table.push(key, value);
    Ok(())
}

/// Whether a header begins a table, or one more of several.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Header {
    One,
    OneMore,
}

impl<'t> Builder<'t> {
    fn note(&mut self, result: Result<(), ParseError>) {
        if let Err(error) = result {
            self.mistake.get_or_insert(error);
        }
    }

    /// A piece of the text, as it stands there.
    fn raw(&self, span: Span, encoding: Option<Encoding>) -> (Place, Raw<'t>) {
        let place = span.start()..span.end();
        let text = self.text.get(place.clone()).unwrap_or_default();
        (place, Raw::new_unchecked(text, encoding, span))
    }

    /// A header is complete.
    fn begin(&mut self, header: Header, end: usize) -> Result<(), ParseError> {
        let keys = core::mem::take(&mut self.keys);
        let Some((key, path)) = keys.split_last() else {
            return Ok(());
        };
        let place = self.header..end;
        let parent = descend(&mut self.root, path, Origin::Above)?;
        let table = Spanned::new(Data::Table(Table::default()), place.clone());
        if let Some(at) = parent.place(&key.inner) {
            let (old_key, old) = &mut parent.entries[at];
            match (&mut old.inner, header) {
                (Data::List(tables), Header::OneMore)
                    if tables.last().is_some_and(is_below_header) =>
                {
                    tables.push(table);
                }
                (Data::Table(table), Header::One) if table.origin == Origin::Above => {
                    table.origin = Origin::Header;
                    old.place = place;
                    old_key.place = key.span();
                }
                _ => return Err(duplicate(key)),
            }
        } else {
            let value = match header {
                Header::One => table,
                Header::OneMore => Spanned::new(Data::List(vec![table]), place),
            };
            parent.push(key.clone(), value);
        }
        self.here = keys;
        Ok(())
    }

    /// A value is complete.
    fn value(&mut self, data: Data, place: Place) {
        let value = Spanned::new(data, place);
        match self.open.last_mut() {
            Some(Open::Key(keys)) => {
                let keys = core::mem::take(keys);
                self.open.pop();
                let assigned = match self.open.last_mut() {
                    Some(Open::Inline(_, table)) => assign(table, keys, value),
                    _ => descend(&mut self.root, &self.here, Origin::Above)
                        .and_then(|table| assign(table, keys, value)),
                };
                self.note(assigned);
            }
            Some(Open::List(_, values)) => values.push(value),
            // Without a key there is a mistake, which was told.
            Some(Open::Inline(..)) | None => {}
        }
    }
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.header = span.start();
        self.keys.clear();
    }

    fn std_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        let begun = self.begin(Header::One, span.end());
        self.note(begun);
    }

    fn array_table_open(&mut self, span: Span, errors: &mut dyn ErrorSink) {
        self.std_table_open(span, errors);
    }

    fn array_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        let begun = self.begin(Header::OneMore, span.end());
        self.note(begun);
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let (place, raw) = self.raw(span, encoding);
        let mut key = String::new();
        raw.decode_key(&mut key, &mut self.mistake);
        let key = Spanned::new(key, place);
        if self.keys.len() < DEPTH as usize {
            self.keys.push(key);
        } else {
            self.note(Err(wrong(&key, "recursion limit")));
        }
    }

    fn key_val_sep(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.open.push(Open::Key(core::mem::take(&mut self.keys)));
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let (place, raw) = self.raw(span, encoding);
        let mut text = String::new();
        let kind = raw.decode_scalar(&mut text, &mut self.mistake);
        let data = match kind {
            ScalarKind::String => Data::String(text),
            ScalarKind::Boolean(value) => Data::Boolean(value),
            ScalarKind::DateTime => Data::Date(text),
            ScalarKind::Float => Data::Float(text),
            ScalarKind::Integer(radix) => Data::Integer {
                digits: text,
                radix: radix.value(),
            },
        };
        self.value(data, place);
    }

    fn array_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.open.push(Open::List(span.start(), Vec::new()));
        true
    }

    fn array_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        if let Some(Open::List(start, values)) = self.open.pop() {
            self.value(Data::List(values), start..span.end());
        }
    }

    fn inline_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        let table = Table::of(Origin::Inline);
        self.open.push(Open::Inline(span.start(), table));
        true
    }

    fn inline_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        if let Some(Open::Inline(start, table)) = self.open.pop() {
            self.value(Data::Table(table), start..span.end());
        }
    }
}

#[cfg(test)]
mod tests;
