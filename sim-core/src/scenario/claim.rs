//! Reading the claims of a scenario, and the mutants that must break them; and what else is checked of
//! the catalogue before it is published, and needs no second look on the page.
//!
//! A mutant is the scenario's own document with some values exchanged, read once more: a mistake
//! in it has the same kind of message as one in the scenario.

use core::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeString, DeTable, DeValue};

use super::Scenario;
use super::read::{Part, Reading, TABLES, nowhere};
use crate::claims::{Claim, End, Form, Kind, Mutant};
use crate::lesson::Lesson;
use crate::pattern::{Pattern, PatternError};
use crate::program::Code;
use crate::settings::{Settings, one_of};
use crate::workload::reader::Value;
use crate::workload::{InputError, Workload};

/// The keys of a `[[claim]]`.
pub(super) const CLAIM: &[&str] = &[
    "id", "kind", "text", "variant", "seeds", "mutant", "order", "count", "is", "measure",
    "outcome",
];
/// The keys of its mutant.
const MUTANT: &[&str] = &["what", "set", "variant", "job", "partitions"];
/// The keys of which a claim has one.
const FORMS: &[&str] = &["order", "count", "measure", "outcome"];

/// The most seeds of one claim: a scenario's runs are small, and `check` is to be quick.
const SEEDS: i128 = 1_000;

impl<'a> Reading<'a> {
    /// Every pattern of a lesson must make sense in one of the scenario's runs at least.
    pub(super) fn check_lesson(
        &self,
        scenario: &Scenario,
        file: &str,
        lesson: &Lesson,
    ) -> Result<(), InputError> {
        let variants = scenario.variants.iter().map(|variant| &variant.settings);
        let none = Settings::default();
        let codes: Vec<Code> = core::iter::once(&none)
            .chain(variants)
            .filter_map(|settings| scenario.workload.code(settings).ok())
            .collect();
        for pattern in lesson.paragraphs.iter().flat_map(|paragraph| &paragraph.on) {
            let resolved: Result<Vec<_>, PatternError> = codes
                .iter()
                .map(|code| pattern.resolve(code).map(drop))
                .collect();
            let Err(error) = resolved else { continue };
            if codes.iter().all(|code| pattern.resolve(code).is_err()) {
                return Err(InputError {
                    field: "lesson".to_owned(),
                    found: format!("{} in \"{}\"", error.found, error.pattern),
                    expected: error.expected,
                    ..nowhere(file)
                });
            }
        }
        Ok(())
    }

    pub(super) fn claim(
        &self,
        part: &Part<'_, 'a>,
        scenario: &Scenario,
    ) -> Result<Claim, InputError> {
        let (value, id) = self.required_string(part, "id")?;
        if scenario.claims.iter().any(|claim| claim.id == id) {
            let expected = "an id that no other claim has";
            return Err(self.wrong(value, &part.field("id"), value.get_ref(), expected));
        }
        let kind = self.word(part, "kind", &Kind::ALL, Kind::name)?;
        let variant = self.variant_name(part, scenario)?;
        let seeds = part.get("seeds").map(|value| {
            let seeds = self.toml.integer(value, &part.field("seeds"), 1..=SEEDS)?;
            Ok(u32::try_from(seeds).unwrap_or(1))
        });
        let form = self.form(part)?;
        self.check_form(part, &form, variant.as_deref(), scenario)?;
        Ok(Claim {
            id: id.to_owned(),
            kind,
            text: self.texts(part, "text")?,
            form,
            variant,
            seeds: seeds.transpose()?,
            mutant: self.mutant(part, scenario)?,
        })
    }

    fn form(&self, part: &Part<'_, 'a>) -> Result<Form, InputError> {
        let given: Vec<_> = FORMS.iter().filter(|key| part.get(key).is_some()).collect();
        let [key] = given.as_slice() else {
            let found = match given.len() {
                0 => "none of them".to_owned(),
                count => format!("{count} of them"),
            };
            let expected = format!("exactly one of {}", FORMS.join(", "));
            return Err(self.toml.error(&part.place, &part.label, found, expected));
        };
        let value = self.required(part, key)?;
        let field = part.field(key);
        let at = |(found, expected): (String, String)| {
            self.toml.error(&value.span(), &field, found, expected)
        };
        match **key {
            "order" => {
                let list = self.toml.array(value, &field, "a list of event patterns")?;
                let patterns = list.iter().map(|value| self.pattern(value, &field));
                Ok(Form::Order(patterns.collect::<Result<_, _>>()?))
            }
            "count" => {
                let (place, is) = self.required_string(part, "is")?;
                Form::count(self.pattern(value, &field)?, is).map_err(|(found, expected)| {
                    self.toml
                        .error(&place.span(), &part.field("is"), found, expected)
                })
            }
            "measure" => {
                let expected = "a comparison of measures in quotation marks";
                Form::measure(self.toml.string(value, &field, expected)?.1).map_err(at)
            }
            _ => Ok(Form::Outcome(self.word(
                part,
                "outcome",
                &End::ALL,
                End::name,
            )?)),
        }
    }

    fn pattern(&self, value: &Value<'a>, field: &str) -> Result<Pattern, InputError> {
        let expected = "an event pattern in quotation marks";
        let (_, text) = self.toml.string(value, field, expected)?;
        Pattern::parse(text).map_err(|error| self.bad_pattern(&value.span(), field, error))
    }

    fn bad_pattern(&self, place: &Range<usize>, field: &str, error: PatternError) -> InputError {
        let found = format!("{} in \"{}\"", error.found, error.pattern);
        self.toml.error(place, field, found, error.expected)
    }

    /// The names in a claim: of jobs, places and variants.
    fn check_form(
        &self,
        part: &Part<'_, 'a>,
        form: &Form,
        variant: Option<&str>,
        scenario: &Scenario,
    ) -> Result<(), InputError> {
        let key = FORMS
            .iter()
            .find(|key| part.get(key).is_some())
            .copied()
            .unwrap_or_default();
        let place = part.get(key).map_or(part.place.clone(), Spanned::span);
        let field = part.field(key);
        for name in form.variants() {
            if scenario.variant(name).is_none() {
                let expected = one_of(
                    name,
                    scenario.variants.iter().map(|each| each.name.as_str()),
                );
                let found = format!("the variant {name:?}");
                return Err(self.toml.error(&place, &field, found, expected));
            }
        }
        let settings = variant.and_then(|name| scenario.variant(name));
        let settings = settings.map_or_else(Settings::default, |each| each.settings.clone());
        let code = scenario.workload.code(&settings);
        let code = code.map_err(|error| self.placed(part, key, error))?;
        for pattern in form.patterns() {
            pattern
                .resolve(&code)
                .map_err(|error| self.bad_pattern(&place, &field, error))?;
        }
        for name in form.jobs() {
            if !code.jobs.iter().any(|job| job.name == name) {
                let expected = one_of(name, code.jobs.iter().map(|job| job.name.as_str()));
                let found = format!("the job {name:?}");
                return Err(self.toml.error(&place, &field, found, expected));
            }
        }
        Ok(())
    }

    fn mutant(&self, claim: &Part<'_, 'a>, scenario: &Scenario) -> Result<Mutant, InputError> {
        let value = self.required(claim, "mutant")?;
        let label = claim.field("mutant");
        let table = self.toml.table(value, &label)?;
        self.toml.known_keys(table, &label, MUTANT)?;
        let part = Part {
            table,
            place: value.span(),
            label,
        };
        let mut document = self.document.clone();
        if let Some(value) = part.get("job") {
            self.change_job(value, &part.field("job"), &mut document)?;
        }
        if let Some(partitions) = part.get("partitions") {
            let mut memory = DeTable::new();
            memory.insert(key("partitions", partitions), partitions.clone());
            let memory = Spanned::new(partitions.span(), DeValue::Table(memory));
            document.insert(key("memory", partitions), memory);
        }
        if ["set", "job", "partitions"]
            .iter()
            .all(|key| part.get(key).is_none())
        {
            let expected = "a change: set, job or partitions";
            return Err(self
                .toml
                .error(&part.place, &part.label, "no change", expected));
        }
        let set = match part.get("set") {
            Some(_) => self.settings(&part, "set")?,
            None => Settings::default(),
        };
        let workload = self.toml.workload(&document, TABLES)?;
        let variant = self.variant_name(&part, scenario)?;
        self.check_mutant(&part, &workload, &set, variant.as_deref(), scenario)?;
        Ok(Mutant {
            what: self.texts(&part, "what")?,
            set,
            variant,
            workload,
        })
    }

    /// A mutant that cannot run breaks nothing.
    fn check_mutant(
        &self,
        part: &Part<'_, 'a>,
        workload: &Workload,
        set: &Settings,
        variant: Option<&str>,
        scenario: &Scenario,
    ) -> Result<(), InputError> {
        let of_variant = variant.and_then(|name| scenario.variant(name));
        let below = of_variant.map_or_else(Settings::default, |each| each.settings.clone());
        let code = workload.code(&below.merged(set));
        code.map(drop)
            .map_err(|error| self.placed(part, "set", error))
    }

    /// Gives a job of the document some other fields.
    fn change_job(
        &self,
        value: &Value<'a>,
        label: &str,
        document: &mut DeTable<'a>,
    ) -> Result<(), InputError> {
        let change = self.toml.table(value, label)?;
        let part = Part {
            table: change,
            place: value.span(),
            label: label.to_owned(),
        };
        let (place, name) = self.required_string(&part, "name")?;
        let is_it = |job: &&mut DeTable<'a>| {
            job.get("name")
                .is_some_and(|value| value.get_ref().as_str() == Some(name))
        };
        let jobs = document.get_mut("job").map(Spanned::get_mut);
        let jobs = match jobs {
            Some(DeValue::Array(jobs)) => jobs.iter_mut(),
            _ => [].iter_mut(),
        };
        let mut tables = jobs.filter_map(|job| match job.get_mut() {
            DeValue::Table(job) => Some(job),
            _ => None,
        });
        let Some(job) = tables.find(is_it) else {
            let expected = "the name of a job of this scenario";
            return Err(self.wrong(place, &part.field("name"), place.get_ref(), expected));
        };
        job.extend(
            change
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        Ok(())
    }

    /// The name of a variant, where one is given.
    fn variant_name(
        &self,
        part: &Part<'_, 'a>,
        scenario: &Scenario,
    ) -> Result<Option<String>, InputError> {
        let Some(value) = part.get("variant") else {
            return Ok(None);
        };
        let field = part.field("variant");
        let (_, name) = self.toml.string(value, &field, "the name of a variant")?;
        if scenario.variant(name).is_none() {
            let expected = one_of(
                name,
                scenario.variants.iter().map(|each| each.name.as_str()),
            );
            return Err(self.wrong(value, &field, value.get_ref(), &expected));
        }
        Ok(Some(name.to_owned()))
    }

    /// One of a few words.
    fn word<T: Copy>(
        &self,
        part: &Part<'_, 'a>,
        key: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<T, InputError> {
        let (value, found) = self.required_string(part, key)?;
        let known = all.iter().find(|each| name(**each) == found);
        known.copied().ok_or_else(|| {
            let expected = one_of(found, all.iter().map(|each| name(*each)));
            self.wrong(value, &part.field(key), value.get_ref(), &expected)
        })
    }
}

/// A key that stands in no text; errors show it where a value stands.
fn key<'a>(name: &'a str, at: &Value<'_>) -> Spanned<DeString<'a>> {
    Spanned::new(at.span(), DeString::Borrowed(name))
}
