//! The text of bursts: `c5 i3 send:log receive:log`.

use core::fmt;

use crate::input::quoted;
use crate::program::limits;
use crate::time::{Span, Unit};

/// One part of what a job does, as people write it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BurstSpec {
    /// `c5`: use the CPU.
    Cpu(Span),
    /// `i3`: read or write on the disk.
    Io(Span),
    /// `send:log`: write one message into a pipe.
    Send(String),
    /// `receive:log`: read one message from a pipe.
    Receive(String),
}

/// A mistake in a text of bursts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BurstError {
    /// The byte at which the wrong part begins.
    pub at: usize,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for BurstError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found {}, expected {}", self.found, self.expected)
    }
}

impl std::error::Error for BurstError {}

impl BurstSpec {
    /// Reads bursts with blanks between them; lengths are in units.
    ///
    /// # Errors
    ///
    /// At the first part that is no burst, or where there is none.
    pub fn parse_all(text: &str, unit: Unit) -> Result<Vec<Self>, BurstError> {
        let mut bursts = Vec::new();
        for (at, word) in words(text) {
            let burst = Self::parse(word, unit);
            bursts.push(burst.map_err(|expected| BurstError {
                at,
                found: quoted(word),
                expected,
            })?);
        }
        if bursts.is_empty() {
            let found = "no burst".to_owned();
            return Err(BurstError {
                at: 0,
                found,
                expected: "bursts such as c5 i3 c2".to_owned(),
            });
        }
        Ok(bursts)
    }

    /// Writes bursts as [`parse_all`](Self::parse_all) reads them.
    #[must_use]
    pub fn show_all(bursts: &[Self], unit: Unit) -> String {
        let words: Vec<_> = bursts.iter().map(|burst| burst.show(unit)).collect();
        words.join(" ")
    }

    /// One burst, or what would have been one.
    fn parse(word: &str, unit: Unit) -> Result<Self, String> {
        let pipe = |name: &str| match name {
            "" => Err("the name of a pipe after the colon".to_owned()),
            _ => Ok(name.to_owned()),
        };
        if let Some(name) = word.strip_prefix("send:") {
            return pipe(name).map(Self::Send);
        }
        if let Some(name) = word.strip_prefix("receive:") {
            return pipe(name).map(Self::Receive);
        }
        let length = |text: &str| unit.parse(text).ok_or_else(|| expected_length(unit));
        if let Some(text) = word.strip_prefix('c') {
            return length(text).map(Self::Cpu);
        }
        if let Some(text) = word.strip_prefix('i') {
            return length(text).map(Self::Io);
        }
        Err("c and a length (CPU), i and a length (disk), send:PIPE or receive:PIPE".to_owned())
    }

    fn show(&self, unit: Unit) -> String {
        match self {
            Self::Cpu(span) => format!("c{}", unit.show(*span)),
            Self::Io(span) => format!("i{}", unit.show(*span)),
            Self::Send(pipe) => format!("send:{pipe}"),
            Self::Receive(pipe) => format!("receive:{pipe}"),
        }
    }
}

/// What a length is, in words.
pub(super) fn expected_length(unit: Unit) -> String {
    let longest = unit.show(limits::SPAN);
    format!(
        "a number of {} from 0 to {longest}, such as 3 or 2.5",
        unit.name()
    )
}

/// The words of a text and the byte at which each begins.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split_whitespace()
        .map(move |word| (word.as_ptr() as usize - start, word))
}
