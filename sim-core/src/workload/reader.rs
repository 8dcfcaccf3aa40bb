//! Values of a TOML text with their places: what they are, and what is wrong with them.
//!
//! Not what they mean: workloads and scenarios read theirs through this.

use core::ops::RangeInclusive;

use super::bursts::expected_length;
use crate::document::{Data, SyntaxError, Table, Value};
use crate::input::{InputError, Place, line_and_column, quoted};
use crate::settings::one_of;
use crate::time::{Span, Unit};

/// Reads values of a TOML text, and names the place of what is wrong.
pub(crate) struct Reader<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Reader<'a> {
    pub(crate) fn error(
        &self,
        place: &Place,
        field: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> InputError {
        let (line, column) = line_and_column(self.text, place.start);
        InputError {
            file: self.file.to_owned(),
            line: Some(line),
            column: Some(column),
            field: field.to_owned(),
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// A mistake in the syntax of TOML.
    pub(crate) fn syntax(&self, error: &SyntaxError) -> InputError {
        let start = error.at.unwrap_or(0).min(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let found = match rest.lines().next().map(str::trim) {
            None => "the end of the text".to_owned(),
            Some("") => "the end of the line".to_owned(),
            Some(line) => quoted(line),
        };
        let message = &error.message;
        let expected = match message.split_once("expected ") {
            None if message == "duplicate key" => "a key that is not there already".to_owned(),
            Some((before, expected)) if before.trim_end_matches(", ").is_empty() => {
                expected.to_owned()
            }
            Some((before, expected)) => {
                format!("{expected} ({})", before.trim_end_matches(", "))
            }
            None => format!("TOML ({message})"),
        };
        self.error(&(start..start), "TOML syntax", found, expected)
    }

    /// A length of time.
    pub(super) fn length(
        &self,
        value: &Value,
        field: &str,
        unit: Unit,
    ) -> Result<Span, InputError> {
        let text = match value.get_ref() {
            Data::Integer { digits, radix: 10 } | Data::Float(digits) => Some(digits),
            _ => None,
        };
        text.and_then(|text| unit.parse(text)).ok_or_else(|| {
            self.error(
                &value.span(),
                field,
                describe(value.get_ref()),
                expected_length(unit),
            )
        })
    }

    pub(crate) fn integer(
        &self,
        value: &Value,
        field: &str,
        range: RangeInclusive<i64>,
    ) -> Result<i64, InputError> {
        let number = match value.get_ref() {
            Data::Integer { digits, radix } => i64::from_str_radix(digits, *radix).ok(),
            _ => None,
        };
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (from, to) = (range.start(), range.end());
                let expected = format!("a whole number from {from} to {to}");
                self.error(&value.span(), field, describe(value.get_ref()), expected)
            })
    }

    pub(crate) fn string<'v>(
        &self,
        value: &'v Value,
        field: &str,
        expected: &str,
    ) -> Result<(Place, &'v str), InputError> {
        match value.get_ref() {
            Data::String(text) => Ok((value.span(), text)),
            other => Err(self.error(&value.span(), field, describe(other), expected)),
        }
    }

    pub(crate) fn strings(&self, value: &Value, field: &str) -> Result<Vec<String>, InputError> {
        let expected = "a list of names in quotation marks";
        let values = self.array(value, field, expected)?;
        let texts = values
            .iter()
            .map(|each| Ok(self.string(each, field, expected)?.1.to_owned()));
        texts.collect()
    }

    pub(crate) fn array<'v>(
        &self,
        value: &'v Value,
        field: &str,
        expected: &str,
    ) -> Result<&'v [Value], InputError> {
        match value.get_ref() {
            Data::List(values) => Ok(values),
            other => Err(self.error(&value.span(), field, describe(other), expected)),
        }
    }

    pub(crate) fn table<'v>(&self, value: &'v Value, label: &str) -> Result<&'v Table, InputError> {
        value.get_ref().as_table().ok_or_else(|| {
            self.error(
                &value.span(),
                label,
                describe(value.get_ref()),
                "a table of keys and values",
            )
        })
    }

    /// The tables under `[[name]]`.
    pub(crate) fn tables<'v>(
        &self,
        document: &'v Table,
        name: &str,
    ) -> Result<Vec<&'v Value>, InputError> {
        match document.get(name) {
            None => Ok(Vec::new()),
            Some(value) => {
                let expected = format!("[[{name}]], with two brackets, before each one");
                Ok(self.array(value, name, &expected)?.iter().collect())
            }
        }
    }

    /// Refuses the first key that is not known.
    pub(crate) fn known_keys(
        &self,
        table: &Table,
        label: &str,
        known: &[&str],
    ) -> Result<(), InputError> {
        let unknown = table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_str()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let found = format!("the key {}", quoted(key.get_ref()));
        Err(self.error(
            &key.span(),
            label,
            found,
            one_of(key.get_ref(), known.iter().copied()),
        ))
    }
}

/// The most values of a list that a message names.
const LISTED: usize = 8;

/// A value, for a message.
pub(crate) fn describe(value: &Data) -> String {
    match value {
        Data::String(text) => quoted(text),
        Data::Integer { digits, radix } => match radix {
            2 => format!("0b{digits}"),
            8 => format!("0o{digits}"),
            16 => format!("0x{digits}"),
            _ => digits.clone(),
        },
        Data::Float(digits) => digits.clone(),
        Data::Boolean(value) => value.to_string(),
        Data::Date(date) => format!("the date {date}"),
        Data::List(values) => {
            let first: Vec<_> = values
                .iter()
                .take(LISTED)
                .map(|each| describe(each.get_ref()))
                .collect();
            let rest = if values.len() > LISTED { ", …" } else { "" };
            format!("[{}{rest}]", first.join(", "))
        }
        Data::Table(_) => "a table".to_owned(),
    }
}
