//! Mistakes in a script, gathered line by line.
//!
//! Not where they are found: the grammar and the compiler do that.

use super::lines::Source;
use crate::input::InputError;

/// The most mistakes that are reported.
const MISTAKES: usize = 20;

/// One mistake in a line: what was found where, and what was expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mistake {
    /// The byte of the line.
    pub(super) at: usize,
    pub(super) found: String,
    pub(super) expected: String,
}

impl Mistake {
    /// In a box: results that are mostly no mistakes stay small. What was found and what was
    /// expected come in pieces.
    #[inline(never)]
    pub(super) fn new(at: usize, found: &[&str], expected: &[&str]) -> Box<Self> {
        Box::new(Self {
            at,
            found: found.concat(),
            expected: expected.concat(),
        })
    }

    /// More than there may be.
    pub(super) fn limit(at: usize, found: usize, things: &str, most: usize) -> Box<Self> {
        Self::new(at, &[&count(found), things], &["at most ", &count(most)])
    }

    /// A number that is not within bounds.
    pub(super) fn outside(at: usize, found: i64, what: &str, least: i64, most: i64) -> Box<Self> {
        let expected = [what, " from ", &decimal(least), " to ", &decimal(most)];
        Self::new(at, &[&decimal(found)], &expected)
    }
}

/// A number as it is written.
#[inline(never)]
pub(super) fn decimal(number: i64) -> String {
    number.to_string()
}

/// A number of things as it is written.
pub(super) fn count(things: usize) -> String {
    decimal(i64::try_from(things).unwrap_or(i64::MAX))
}

/// What is checked either holds or is a mistake.
pub(super) type Checked<T> = Result<T, Box<Mistake>>;

/// All mistakes of a script; of each line only the first that was found.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    /// In the order of lines. There are few: a pass that finds too many stops.
    list: Vec<InputError>,
}

impl Mistakes {
    /// Adds one.
    pub(super) fn add(&mut self, file: &str, source: &Source<'_>, mistake: Mistake) {
        let place = self
            .list
            .partition_point(|before| before.line < Some(source.number));
        if self
            .list
            .get(place)
            .is_some_and(|before| before.line == Some(source.number))
        {
            return;
        }
        let mut at = mistake.at.min(source.text.len());
        while !source.text.is_char_boundary(at) {
            at -= 1;
        }
        let column = source.text[..at].chars().count() + 1;
        self.list.insert(
            place,
            InputError {
                file: file.to_owned(),
                line: Some(source.number),
                column: Some(u32::try_from(column).unwrap_or(u32::MAX)),
                field: String::new(),
                found: mistake.found,
                expected: mistake.expected,
            },
        );
    }

    /// Adds one in what was set beside the text: these come first.
    pub(super) fn add_setting(&mut self, file: &str, name: &str, expected: String) {
        let mistake = InputError {
            file: file.to_owned(),
            line: None,
            column: None,
            field: name.to_owned(),
            found: "a name that the script does not declare".to_owned(),
            expected,
        };
        self.list.insert(0, mistake);
    }

    /// Whether there are as many as are reported.
    pub(super) const fn is_full(&self) -> bool {
        self.list.len() >= MISTAKES
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first of them, in the order of lines.
    pub(super) fn into_list(mut self) -> Vec<InputError> {
        self.list.truncate(MISTAKES);
        self.list
    }
}
