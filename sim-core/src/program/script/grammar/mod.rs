//! The grammar: from the tokens of a line to what the line says.
//!
//! Not what names mean or which lines belong together: that is checked when the script is compiled.
//! The parsers here are plain functions around a few of the library's, and are not put together from
//! its combinators where a line's first word tells what must follow: each combination would be code
//! of its own, which the page has to load.

mod declaration;
mod expression;
mod request;
mod socket;
mod statement;
mod system;
mod text;
mod unknown;

use winnow::combinator::eof;
use winnow::error::{AddContext, ErrMode, ParserError};
use winnow::prelude::*;
use winnow::stream::{Stream, TokenSlice};
use winnow::token::{any, literal};

use super::ast::{Expression, Name, Statement};
use super::mistake::{Checked, Mistake};
use super::token::{Token, TokenKind};
use super::words::Word;

type Tokens<'t, 's> = TokenSlice<'s, Token<'t>>;
type Parsed<O> = ModalResult<O, Wrong>;

/// Where the tokens went wrong. In a box: what is returned everywhere is small then.
#[derive(Debug)]
struct Wrong(Box<Details>);

#[derive(Debug)]
struct Details {
    /// How many tokens were left.
    left: usize,
    /// What was expected there; empty while nobody has said it.
    expected: &'static str,
    /// The whole mistake, where it is inside a token or about more than one.
    exact: Option<Box<Mistake>>,
}

impl Wrong {
    #[inline(never)]
    fn exact(mistake: Box<Mistake>) -> ErrMode<Self> {
        ErrMode::Cut(Self(Box::new(Details {
            left: 0,
            expected: "",
            exact: Some(mistake),
        })))
    }

    /// A token that must not stand where it is.
    #[inline(never)]
    fn token(token: &Token<'_>, expected: &str) -> ErrMode<Self> {
        let mistake = Mistake::new(token.start, &[&token.describe()], &[expected]);
        Self::exact(mistake)
    }
}

impl<'t, 's> ParserError<Tokens<'t, 's>> for Wrong {
    type Inner = Self;

    #[inline(never)]
    fn from_input(input: &Tokens<'t, 's>) -> Self {
        Self(Box::new(Details {
            left: input.eof_offset(),
            expected: "",
            exact: None,
        }))
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

impl<'t, 's> AddContext<Tokens<'t, 's>> for Wrong {
    /// The innermost parser knows best what it expected.
    fn add_context(
        mut self,
        _: &Tokens<'t, 's>,
        _: &<Tokens<'t, 's> as Stream>::Checkpoint,
        expected: &'static str,
    ) -> Self {
        if self.0.expected.is_empty() {
            self.0.expected = expected;
        }
        self
    }
}

/// The next word or sign, if it is one.
fn word(input: &Tokens<'_, '_>) -> Option<Word> {
    input.first().and_then(|token| token.word)
}

/// What a line says.
pub(super) fn statement<'t>(tokens: &[Token<'t>]) -> Checked<Statement<'t>> {
    let mut input = Tokens::new(tokens);
    let parsed = statement::statement(&mut input);
    finish(tokens, &mut input, parsed)
}

/// A value alone.
fn value<'t>(tokens: &[Token<'t>]) -> Checked<Expression<'t>> {
    let mut input = Tokens::new(tokens);
    let parsed = expression::expression(&mut input);
    finish(tokens, &mut input, parsed)
}

/// All of the tokens must have been read.
fn finish<O>(tokens: &[Token<'_>], input: &mut Tokens<'_, '_>, parsed: Parsed<O>) -> Checked<O> {
    let parsed = parsed.and_then(|parsed| last(input, END).map(|()| parsed));
    parsed.map_err(|mode| match mode.into_inner() {
        Ok(wrong) => mistake(tokens, *wrong.0),
        // Only partial input is ever incomplete.
        Err(_) => Mistake::new(0, &["half a line"], &["a whole one"]),
    })
}

/// Puts a mistake into words.
fn mistake(tokens: &[Token<'_>], wrong: Details) -> Box<Mistake> {
    if let Some(mistake) = wrong.exact {
        return mistake;
    }
    let place = tokens.len().saturating_sub(wrong.left);
    let Some(token) = tokens.get(place) else {
        let at = tokens.last().map_or(0, Token::end);
        return Mistake::new(at, &["the end of the line"], &[wrong.expected]);
    };
    let expected = better(token, wrong.expected).unwrap_or(wrong.expected);
    Mistake::new(token.start, &[&token.describe()], &[expected])
}

/// What a value is, in messages.
const VALUE: &str = "a value: a number, a local variable, a constant, `self` or an expression";
/// What may follow where a line could end.
const END: &str = "an operator or the end of the line";

/// A better word on what is expected, where a token is a habit from another language.
fn better(token: &Token<'_>, expected: &str) -> Option<&'static str> {
    if token.kind == TokenKind::Decimal {
        return Some("a whole number: only a length of time alone may have a fraction");
    }
    let is_end = expected == END;
    let better = match token.word? {
        Word::BothOf | Word::Ampersand => "`and`",
        Word::EitherOf | Word::Bar => "`or`",
        Word::Bang => "`not`, or `!=`",
        Word::Identical => "`==`",
        Word::Power | Word::Caret => "`*`: there is no power",
        Word::Floor => "`/`, which rounds down (a comment starts with `#`)",
        Word::OpenBrace | Word::CloseBrace => "a block by indentation, without braces",
        Word::Semicolon => "one instruction a line, without `;`",
        Word::Becomes if is_end => "`==`, which compares, or the end of the line",
        Word::Equal if expected.starts_with("`=`") => "`=`, which gives a name its value",
        Word::Less
        | Word::Greater
        | Word::LessEqual
        | Word::GreaterEqual
        | Word::Equal
        | Word::NotEqual
            if is_end =>
        {
            "`and` between two comparisons: they are not chained"
        }
        Word::OpenIndex if is_end => {
            "the end of the line; an element of a shared array is loaded: let x = load a[0]"
        }
        Word::To if is_end => "`random` in front of it: let x = random 1..6",
        Word::Colon if is_end => {
            "the end of the line: only the head of a block may end with a colon"
        }
        Word::AddTo | Word::SubtractFrom | Word::MultiplyBy | Word::DivideBy | Word::ReduceBy => {
            "`=`, as in `x = x + 1`"
        }
        Word::Random
        | Word::Load
        | Word::Swap
        | Word::Cas
        | Word::FetchAdd
        | Word::Get
        | Word::Try
        | Word::Acquire
        | Word::Wait
            if expected == VALUE =>
        {
            "a value; an instruction gives its result to a `let` of its own: let x = load counter"
        }
        _ => return None,
    };
    Some(better)
}

/// Whether a word or sign is next.
#[inline(never)]
fn is_next(input: &Tokens<'_, '_>, word: Word) -> bool {
    input.first().is_some_and(|token| token.is(word))
}

/// Reads a word or sign, if it is next.
#[inline(never)]
fn accept(input: &mut Tokens<'_, '_>, word: Word) -> bool {
    let is_next = is_next(input, word);
    if is_next {
        skip(input);
    }
    is_next
}

/// Reads a word or sign that must be next.
#[inline(never)]
fn need(input: &mut Tokens<'_, '_>, word: Word, expected: &'static str) -> Parsed<()> {
    literal(word).void().context(expected).parse_next(input)
}

/// Reads a name, which is no word of the language.
#[inline(never)]
fn name<'t>(input: &mut Tokens<'t, '_>, expected: &'static str) -> Parsed<Name<'t>> {
    any.verify_map(|token: &Token<'t>| {
        token.is_name().then_some(Name {
            text: token.text,
            at: token.start,
        })
    })
    .context(expected)
    .parse_next(input)
}

/// Nothing but the end of the line may be next.
#[inline(never)]
fn last(input: &mut Tokens<'_, '_>, expected: &'static str) -> Parsed<()> {
    eof.void().context(expected).parse_next(input)
}

/// Passes over the next token, which is known.
#[inline(never)]
fn skip(input: &mut Tokens<'_, '_>) {
    let _ = input.next_token();
}

/// Whether nothing is left but the colon of a block's head.
fn is_end(input: &Tokens<'_, '_>) -> bool {
    input.is_empty() || is_next(input, Word::Colon)
}
