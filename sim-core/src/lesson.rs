//! The lesson of a scenario: a few short paragraphs, each of which may be bound to events of the
//! run, so that the page can show which of them the run has just come to.
//!
//! Not Markdown at large: paragraphs, `*emphasis*` and `` `code` ``, and comments of the form
//! `<!-- on: PATTERN; PATTERN -->` before the paragraph that they bind.

use crate::pattern::{Matcher, Pattern, PatternError};
use crate::program::Code;
use crate::sort::sort_by_key;
use crate::trace::Trace;
use crate::workload::InputError;

/// A lesson in one language.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lesson {
    /// Its paragraphs, in order.
    pub paragraphs: Vec<Paragraph>,
}

/// A paragraph.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paragraph {
    /// Its text, in the parts that are set differently.
    pub parts: Vec<Part>,
    /// The events to which it is bound; none: it stands for itself.
    pub on: Vec<Pattern>,
}

/// A part of a paragraph.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Plain text.
    Plain(String),
    /// A term, or a word that matters.
    Emphasis(String),
    /// A name, a value or a setting.
    Code(String),
}

impl Part {
    /// Its characters.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Emphasis(text) | Self::Code(text) => text,
        }
    }
}

impl Paragraph {
    /// Its text without any setting.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(Part::text).collect()
    }
}

const OPEN: &str = "<!--";
const CLOSE: &str = "-->";
const FORM: &str = "<!-- on: PATTERN; PATTERN -->";

impl Lesson {
    /// Reads a lesson.
    ///
    /// # Errors
    ///
    /// When it has something else than paragraphs and bindings, or a pattern is none.
    pub fn parse(file: &str, text: &str) -> Result<Self, InputError> {
        let mut reader = Reader {
            file,
            lesson: Self::default(),
            lines: Vec::new(),
            on: None,
        };
        for (index, line) in text.lines().enumerate() {
            reader.line(index + 1, line)?;
        }
        reader.end_paragraph()?;
        match reader.on {
            Some((line, _)) => Err(reader.error(
                line,
                1,
                "its end".to_owned(),
                "a paragraph after the binding",
            )),
            None => Ok(reader.lesson),
        }
    }

    /// Where in a run its paragraphs are.
    ///
    /// # Errors
    ///
    /// When a pattern names a job or a place that the program does not have.
    pub fn bind(&self, trace: &Trace) -> Result<Bindings, PatternError> {
        let mut steps = Vec::new();
        for (number, paragraph) in self.paragraphs.iter().enumerate() {
            for matcher in paragraph.matchers(trace.code())? {
                steps.extend(matcher.find(trace).map(|event| (event, number)));
            }
        }
        sort_by_key(&mut steps, |step| *step);
        Ok(Bindings { steps })
    }
}

impl Paragraph {
    fn matchers(&self, code: &Code) -> Result<Vec<Matcher>, PatternError> {
        self.on
            .iter()
            .map(|pattern| pattern.resolve(code))
            .collect()
    }
}

/// Which paragraphs belong to which events of one run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bindings {
    /// Pairs of an event's number (from 0) and a paragraph's, in order.
    steps: Vec<(usize, usize)>,
}

impl Bindings {
    /// The paragraphs that are bound to the event that led to a position (so many events behind).
    pub fn at(&self, position: usize) -> impl Iterator<Item = usize> {
        let from = self
            .steps
            .partition_point(|(event, _)| event + 1 < position);
        let there = self.steps[from..]
            .iter()
            .take_while(move |(event, _)| event + 1 == position);
        there.map(|(_, paragraph)| *paragraph)
    }

    /// The paragraph to which a run has come at a position: bound to the last event, or to the
    /// nearest one before it.
    #[must_use]
    pub fn latest(&self, position: usize) -> Option<usize> {
        let after = self.steps.partition_point(|(event, _)| *event < position);
        after.checked_sub(1).map(|last| self.steps[last].1)
    }

    /// All of them: the number of an event (from 0) and of a paragraph, in the order of events.
    #[must_use]
    pub fn steps(&self) -> &[(usize, usize)] {
        &self.steps
    }
}

/// A lesson that is being read.
struct Reader<'a> {
    file: &'a str,
    lesson: Lesson,
    /// The lines of the present paragraph, with their numbers.
    lines: Vec<(usize, &'a str)>,
    /// The binding of the next paragraph, and its line.
    on: Option<(usize, Vec<Pattern>)>,
}

impl<'a> Reader<'a> {
    fn error(&self, line: usize, column: usize, found: String, expected: &str) -> InputError {
        InputError {
            file: self.file.to_owned(),
            line: u32::try_from(line).ok(),
            column: u32::try_from(column).ok(),
            field: "lesson".to_owned(),
            found,
            expected: expected.to_owned(),
        }
    }

    fn line(&mut self, number: usize, line: &'a str) -> Result<(), InputError> {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return self.end_paragraph();
        }
        if trimmed.starts_with(OPEN) {
            self.end_paragraph()?;
            return self.binding(number, line);
        }
        // What Markdown would read as something else than a paragraph is a mistake here.
        let block = ["#", "- ", "* ", "> ", "```", "|", "1. "];
        if let Some(mark) = block.into_iter().find(|mark| trimmed.starts_with(mark)) {
            return Err(self.error(number, 1, format!("\"{mark}\""), "a plain paragraph"));
        }
        self.lines.push((number, trimmed));
        Ok(())
    }

    fn binding(&mut self, number: usize, line: &'a str) -> Result<(), InputError> {
        let inner = line
            .trim()
            .strip_prefix(OPEN)
            .and_then(|rest| rest.strip_suffix(CLOSE));
        let Some(list) = inner.and_then(|inner| inner.trim().strip_prefix("on:")) else {
            return Err(self.error(number, 1, format!("\"{}\"", line.trim()), FORM));
        };
        if self.on.is_some() {
            return Err(self.error(number, 1, "a second binding".to_owned(), "a paragraph"));
        }
        let mut on = Vec::new();
        for text in list.split(';') {
            let pattern = Pattern::parse(text).map_err(|error| {
                // The text is a piece of the line, so that the difference is where it begins.
                let place = text.trim_start().as_ptr() as usize - line.as_ptr() as usize;
                let before = line.get(..place).unwrap_or_default();
                let column = before.chars().count() + 1;
                let found = format!("\"{}\" ({})", error.pattern, error.found);
                self.error(number, column, found, &error.expected)
            })?;
            on.push(pattern);
        }
        self.on = Some((number, on));
        Ok(())
    }

    fn end_paragraph(&mut self) -> Result<(), InputError> {
        let lines = core::mem::take(&mut self.lines);
        let Some((first, _)) = lines.first() else {
            return Ok(());
        };
        let text = lines
            .iter()
            .map(|(_, line)| *line)
            .collect::<Vec<_>>()
            .join(" ");
        let parts = parts(&text)
            .map_err(|mark| self.error(*first, 1, format!("one \"{mark}\""), "a second one"))?;
        let on = self.on.take().map_or_else(Vec::new, |(_, on)| on);
        self.lesson.paragraphs.push(Paragraph { parts, on });
        Ok(())
    }
}

/// Divides a text at its marks; a mark that is not closed is the error.
fn parts(text: &str) -> Result<Vec<Part>, char> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['*', '`']) {
        let (before, marked) = rest.split_at(open);
        if !before.is_empty() {
            parts.push(Part::Plain(before.to_owned()));
        }
        let mark = if marked.starts_with('*') { '*' } else { '`' };
        let (inner, after) = marked[1..].split_once(mark).ok_or(mark)?;
        parts.push(match mark {
            '*' => Part::Emphasis(inner.to_owned()),
            _ => Part::Code(inner.to_owned()),
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest.to_owned()));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paragraphs_and_bindings() {
        let text =
            "One *two*\nthree `four`.\n\n<!-- on: exited A; blocked B on disk #2 -->\nFive.\n";
        let lesson = Lesson::parse("lesson.en.md", text).unwrap();
        let [first, second] = lesson.paragraphs.as_slice() else {
            panic!("{lesson:?}")
        };
        assert_eq!(first.text(), "One two three four.");
        assert_eq!(first.parts[1], Part::Emphasis("two".to_owned()));
        assert_eq!(first.parts[3], Part::Code("four".to_owned()));
        assert!(first.on.is_empty());
        assert_eq!(second.on.len(), 2);
    }

    #[test]
    fn names_the_place_of_a_mistake() {
        for (text, line, column, found) in [
            (
                "A.\n\n<!-- on: exited A; blokced B -->\nB.",
                3,
                20,
                "blokced",
            ),
            ("A.\n\n<!-- of: exited -->\nB.", 3, 1, "of:"),
            ("A.\n\n# Title", 3, 1, "#"),
            ("A *b.", 1, 1, "*"),
            ("<!-- on: exited -->\n", 1, 1, "its end"),
        ] {
            let error = Lesson::parse("lesson.en.md", text).unwrap_err();
            assert_eq!(
                (error.line, error.column),
                (Some(line), Some(column)),
                "{text:?}"
            );
            assert!(error.found.contains(found), "{text:?}: {}", error.found);
        }
    }
}
