//! Reading a scenario: one TOML document that is a workload with more tables beside it.
//!
//! Everything that can be checked without a run is checked here, so that names in claims and
//! lessons are names that exist; what needs runs is left to [`claims::check`](crate::claims::check).

use core::ops::Range;

use super::{Chapter, ENGLISH, Opening, Scenario, Source, Text, Variant};
use crate::document::{self, Data, Spanned, Table, Value};
use crate::goal::{Aim, Goal};
use crate::lesson::Lesson;
use crate::pattern::Pattern;
use crate::settings::{Settings, one_of};
use crate::workload::InputError;
use crate::workload::reader::{Reader, describe};

/// The keys beside those of a workload.
pub(super) const TABLES: &[&str] = &[
    "title", "chapter", "order", "rows", "compare", "variant", "goal", "claim",
];
/// The keys of a `[[goal]]`: its text, and one of the others.
const GOAL: &[&str] = &["text", "outcome", "value", "prints", "happens"];
const VARIANT: &[&str] = &["name", "title", "set"];

impl Scenario {
    /// Reads the texts of a scenario.
    ///
    /// # Errors
    ///
    /// Names file, line, column and field of the first mistake, what was found and what was
    /// expected.
    pub fn read(source: &Source<'_>) -> Result<Self, InputError> {
        let file = format!("scenarios/{}/scenario.toml", source.slug);
        let toml = Reader {
            file: &file,
            text: source.scenario,
        };
        let document = document::parse(source.scenario).map_err(|error| toml.syntax(&error))?;
        let reading = Reading {
            toml,
            document: &document,
        };
        let mut scenario = reading.scenario(source.slug)?;
        for (name, text) in source.lessons {
            let file = format!("scenarios/{}/{name}", source.slug);
            let lesson = Lesson::parse(&file, text)?;
            #[cfg(feature = "claims")]
            reading.check_lesson(&scenario, &file, &lesson)?;
            let language = name
                .strip_prefix("lesson.")
                .and_then(|name| name.strip_suffix(".md"));
            let language = language.ok_or_else(|| InputError {
                found: "its name".to_owned(),
                expected: "lesson.LANGUAGE.md".to_owned(),
                ..nowhere(&file)
            })?;
            scenario.lessons.push((language.to_owned(), lesson));
        }
        if scenario.lessons().all(|(language, _)| language != ENGLISH) {
            return Err(InputError {
                found: "no such file".to_owned(),
                expected: "the lesson in English".to_owned(),
                ..nowhere(&format!("scenarios/{}/lesson.en.md", source.slug))
            });
        }
        Ok(scenario)
    }
}

/// An error about a file as a whole.
pub(super) fn nowhere(file: &str) -> InputError {
    InputError {
        file: file.to_owned(),
        line: None,
        column: None,
        field: String::new(),
        found: String::new(),
        expected: String::new(),
    }
}

/// A table of the document, where it stands and what errors call it.
pub(super) struct Part<'v> {
    pub(super) table: &'v Table,
    pub(super) place: Range<usize>,
    pub(super) label: String,
}

impl<'v> Part<'v> {
    pub(super) fn get(&self, key: &str) -> Option<&'v Value> {
        self.table.get(key)
    }

    pub(super) fn field(&self, key: &str) -> String {
        if self.label.is_empty() {
            key.to_owned()
        } else {
            format!("{}, {key}", self.label)
        }
    }
}

/// A document that is being read.
pub(super) struct Reading<'a> {
    pub(super) toml: Reader<'a>,
    pub(super) document: &'a Table,
}

impl<'a> Reading<'a> {
    fn scenario(&self, slug: &str) -> Result<Scenario, InputError> {
        let top = Part {
            table: self.document,
            place: 0..0,
            label: String::new(),
        };
        let (chapter, found) = self.required_string(&top, "chapter")?;
        let chapter = Chapter::named(found).ok_or_else(|| {
            let expected = one_of(found, Chapter::ALL.into_iter().map(Chapter::name));
            self.toml
                .error(&chapter.span(), "chapter", format!("{found:?}"), expected)
        })?;
        let order = self
            .toml
            .integer(self.required(&top, "order")?, "order", 0..=9_999)?;
        let rows = self.toml.strings(self.required(&top, "rows")?, "rows")?;
        let opening = match top.get("compare") {
            None => Opening::Alone,
            Some(value) => match value.get_ref() {
                Data::Boolean(true) => Opening::SideBySide,
                Data::Boolean(false) => Opening::Alone,
                other => return Err(self.wrong(value, "compare", other, "true or false")),
            },
        };
        let mut scenario = Scenario {
            slug: slug.to_owned(),
            title: self.texts(&top, "title")?,
            chapter,
            order: u32::try_from(order).unwrap_or(0),
            rows,
            workload: self.toml.workload(self.document, TABLES)?,
            variants: Vec::new(),
            opening,
            goals: Vec::new(),
            #[cfg(feature = "claims")]
            claims: Vec::new(),
            lessons: Vec::new(),
        };
        for part in self.parts("variant", VARIANT)? {
            let variant = self.variant(&part, &scenario)?;
            scenario.variants.push(variant);
        }
        for part in self.parts("goal", GOAL)? {
            let goal = self.goal(&part, &scenario)?;
            scenario.goals.push(goal);
        }
        #[cfg(feature = "claims")]
        for part in self.parts("claim", super::claim::CLAIM)? {
            let claim = self.claim(&part, &scenario)?;
            scenario.claims.push(claim);
        }
        Ok(scenario)
    }

    #[lockstep_part::later(Reading<'_>)]
    fn variant(&self, part: &Part<'_>, scenario: &Scenario) -> Result<Variant, InputError> {
        let (value, name) = self.required_string(part, "name")?;
        if scenario.variant(name).is_some() {
            let expected = "a name that no other variant has";
            return Err(self.wrong(value, &part.field("name"), value.get_ref(), expected));
        }
        let settings = self.settings(part, "set")?;
        scenario
            .workload
            .code(&settings)
            .map_err(|error| self.placed(part, "set", error))?;
        Ok(Variant {
            name: name.to_owned(),
            title: self.texts(part, "title")?,
            settings,
        })
    }

    #[lockstep_part::later(Reading<'_>)]
    fn goal(&self, part: &Part<'_>, scenario: &Scenario) -> Result<Goal, InputError> {
        let mut given = GOAL[1..].iter().filter(|key| part.get(key).is_some());
        let (Some(&key), None) = (given.next(), given.next()) else {
            let expected = format!("one of {}", GOAL[1..].join(", "));
            let found = "none of them, or several";
            return Err(self.toml.error(&part.place, &part.label, found, expected));
        };
        let (value, text) = self.required_string(part, key)?;
        let error = |(found, expected): (String, String)| {
            self.toml
                .error(&value.span(), &part.field(key), found, expected)
        };
        let aim = match key {
            "outcome" => Aim::OUTCOMES
                .into_iter()
                .find(|name| *name == text)
                .map(Aim::Outcome)
                .ok_or_else(|| (format!("{text:?}"), one_of(text, Aim::OUTCOMES.into_iter()))),
            "value" => Aim::value(text).ok_or_else(|| {
                let expected = "a variable, a sign and a number: \"counter < 2\"";
                (format!("{text:?}"), expected.to_owned())
            }),
            "prints" => Ok(Aim::Prints(text.to_owned())),
            _ => Pattern::parse(text)
                .map(Aim::Happens)
                .map_err(|error| (error.found, error.expected)),
        };
        let aim = aim.map_err(error)?;
        let code = scenario.workload.code(&Settings::default());
        code.map_or(Ok(()), |code| aim.check(&code).map_err(error))?;
        Ok(Goal {
            text: self.texts(part, "text")?,
            aim,
        })
    }

    /// A text in its languages: `key.en = "…"`.
    pub(super) fn texts(&self, part: &Part<'_>, key: &str) -> Result<Text, InputError> {
        let field = part.field(key);
        let value = self.required(part, key)?;
        let expected = format!("{key}.en = \"…\", and other languages beside it");
        let Data::Table(table) = value.get_ref() else {
            return Err(self.wrong(value, &field, value.get_ref(), &expected));
        };
        let mut texts = Vec::new();
        for (language, text) in table.iter() {
            let text = self
                .toml
                .string(text, &field, "a text in quotation marks")?
                .1;
            texts.push((language.get_ref().clone(), text.to_owned()));
        }
        if texts.iter().all(|(language, _)| language != ENGLISH) {
            return Err(self
                .toml
                .error(&value.span(), &field, "no text in English", expected));
        }
        Ok(Text(texts))
    }

    pub(super) fn settings(&self, part: &Part<'_>, key: &str) -> Result<Settings, InputError> {
        let field = part.field(key);
        let table = self.toml.table(self.required(part, key)?, &field)?;
        let mut settings = Settings::default();
        self.toml.settings(table, &field, &mut settings)?;
        Ok(settings)
    }

    /// The tables under `[[name]]`, their keys checked.
    fn parts(&self, name: &str, keys: &[&str]) -> Result<Vec<Part<'a>>, InputError> {
        let tables = self.toml.tables(self.document, name)?;
        let parts = tables.into_iter().enumerate().map(|(index, value)| {
            let label = format!("{name} {}", index + 1);
            let table = self.toml.table(value, &label)?;
            self.toml.known_keys(table, &label, keys)?;
            Ok(Part {
                table,
                place: value.span(),
                label,
            })
        });
        parts.collect()
    }

    pub(super) fn required<'v>(&self, part: &Part<'v>, key: &str) -> Result<&'v Value, InputError> {
        part.get(key).ok_or_else(|| {
            let found = format!("no key \"{key}\"");
            self.toml
                .error(&part.place, &part.label, found, format!("{key} = …"))
        })
    }

    pub(super) fn required_string<'v>(
        &self,
        part: &Part<'v>,
        key: &str,
    ) -> Result<(&'v Value, &'v str), InputError> {
        let value = self.required(part, key)?;
        let (_, text) = self
            .toml
            .string(value, &part.field(key), "a text in quotation marks")?;
        Ok((value, text))
    }

    pub(super) fn wrong(
        &self,
        value: &Value,
        field: &str,
        found: &Data,
        expected: &str,
    ) -> InputError {
        self.toml
            .error(&value.span(), field, describe(found), expected)
    }

    /// An error about a workload's values, at the key that brought them.
    pub(super) fn placed(&self, part: &Part<'_>, key: &str, error: InputError) -> InputError {
        let place = part.get(key).map_or(part.place.clone(), Spanned::span);
        let field = format!("{}, {}", part.field(key), error.field);
        self.toml.error(&place, &field, error.found, error.expected)
    }
}
