//! Reading the claims of a scenario, and the mutants that must break them; and what else is checked of
//! the catalogue before it is published, and needs no second look on the page.
//!
//! A mutant is the scenario's own document with some values exchanged, read once more: a mistake
//! in it has the same kind of message as one in the scenario.

use core::ops::Range;

use super::Scenario;
use super::read::{Part, Reading, TABLES, nowhere};
use crate::claims::{Claim, End, Form, Kind, Mutant, Varied};
use crate::document::{Data, Key, Spanned, Table, Value};
use crate::lesson::Lesson;
use crate::pattern::{Pattern, PatternError, variables};
use crate::program::Code;
use crate::settings::{Settings, one_of};
use crate::workload::{InputError, Workload};

/// The keys of a `[[claim]]`.
pub(super) const CLAIM: &[&str] = &[
    "id", "kind", "text", "variant", "seeds", "vary", "mutant", "order", "count", "is", "measure",
    "outcome", "output", "prints",
];
/// The keys of its mutant.
const MUTANT: &[&str] = &["what", "set", "variant", "job", "partitions", "script"];
/// Those of them that change something.
const CHANGES: [&str; 4] = ["set", "job", "partitions", "script"];
/// The keys of which a claim has one.
const FORMS: &[&str] = &["order", "count", "measure", "outcome", "output", "prints"];

/// The most runs of one claim, by seeds and varied settings: a scenario's runs are small, and `check`
/// is to be quick.
const RUNS: u32 = 1_000;

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

    pub(super) fn claim(&self, part: &Part<'_>, scenario: &Scenario) -> Result<Claim, InputError> {
        let (value, id) = self.required_string(part, "id")?;
        if scenario.claims.iter().any(|claim| claim.id == id) {
            let expected = "an id that no other claim has";
            return Err(self.wrong(value, &part.field("id"), value.get_ref(), expected));
        }
        let kind = self.word(part, "kind", &Kind::ALL, Kind::name)?;
        let variant = self.variant_name(part, scenario)?;
        let seeds = part.get("seeds").map(|value| {
            let range = 1..=i64::from(RUNS);
            let seeds = self.toml.integer(value, &part.field("seeds"), range)?;
            Ok(u32::try_from(seeds).unwrap_or(1))
        });
        let seeds = seeds.transpose()?;
        let vary = match part.get("vary") {
            Some(value) => self.vary(value, &part.field("vary"), seeds)?,
            None => Vec::new(),
        };
        let form = self.form(part)?;
        self.check_form(part, &form, variant.as_deref(), &vary, scenario)?;
        Ok(Claim {
            id: id.to_owned(),
            kind,
            text: self.texts(part, "text")?,
            form,
            variant,
            seeds,
            vary,
            mutant: self.mutant(part, scenario)?,
        })
    }

    /// The settings of which several values are tried: `{ slice = [1, 2, 3], cpus = [1, 2] }`.
    fn vary(
        &self,
        value: &Value,
        label: &str,
        seeds: Option<u32>,
    ) -> Result<Vec<Varied>, InputError> {
        let table = self.toml.table(value, label)?;
        let mut runs = u64::from(seeds.unwrap_or(1));
        let mut vary = Vec::new();
        for (name, list) in table.iter() {
            let field = format!("{label}, {}", name.get_ref());
            if seeds.is_some() && name.get_ref() == "seed" {
                let found = "seeds, and seed among what is varied";
                return Err(self
                    .toml
                    .error(&name.span(), &field, found, "one of the two"));
            }
            let expected = "a list of values, such as [1, 2, 3]";
            let list = self.toml.array(list, &field, expected)?;
            let values = list.iter().map(|value| {
                let mut settings = Settings::default();
                let mut table = Table::default();
                table.insert(name.clone(), value.clone());
                self.toml.settings(&table, label, &mut settings)?;
                Ok(settings)
            });
            let values: Vec<_> = values.collect::<Result<_, InputError>>()?;
            runs = runs.saturating_mul(values.len() as u64);
            if runs == 0 || runs > u64::from(RUNS) {
                let found = format!("{} values, and so {runs} runs", values.len());
                let expected = format!("from 1 to {RUNS} runs of a claim");
                return Err(self.toml.error(&name.span(), &field, found, expected));
            }
            let name = name.get_ref().clone();
            vary.push(Varied { name, values });
        }
        Ok(vary)
    }

    fn form(&self, part: &Part<'_>) -> Result<Form, InputError> {
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
            "output" => Ok(Form::Output(self.toml.strings(value, &field)?)),
            "prints" => {
                let expected = "a line of output in quotation marks";
                Ok(Form::Prints(
                    self.toml.string(value, &field, expected)?.1.to_owned(),
                ))
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

    fn pattern(&self, value: &Value, field: &str) -> Result<Pattern, InputError> {
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
        part: &Part<'_>,
        form: &Form,
        variant: Option<&str>,
        vary: &[Varied],
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
        // Each value by itself: a run of several that do not go together says so.
        for value in vary.iter().flat_map(|varied| &varied.values) {
            let code = scenario.workload.code(&settings.merged(value));
            code.map_err(|error| self.placed(part, "vary", error))?;
        }
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
        for name in form.variables() {
            let cells = variables(&code, name);
            let cells = cells
                .map_err(|(found, expected)| self.toml.error(&place, &field, found, expected))?;
            if cells.len() != 1 {
                let found = format!("the array {name:?}");
                let expected = format!("one of its elements, such as {name}[0]");
                return Err(self.toml.error(&place, &field, found, expected));
            }
        }
        Ok(())
    }

    fn mutant(&self, claim: &Part<'_>, scenario: &Scenario) -> Result<Mutant, InputError> {
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
            let mut memory = Table::default();
            memory.insert(key("partitions", partitions), partitions.clone());
            let memory = Spanned::new(Data::Table(memory), partitions.span());
            document.insert(key("memory", partitions), memory);
        }
        if let Some(value) = part.get("script") {
            self.change_script(value, &part.field("script"), &mut document)?;
        }
        if CHANGES.iter().all(|key| part.get(key).is_none()) {
            let expected = format!("a change: one of {}", CHANGES.join(", "));
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
        part: &Part<'_>,
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

    /// Exchanges lines of the script: `{ "acquire m" = "pass" }`.
    fn change_script(
        &self,
        value: &Value,
        label: &str,
        document: &mut Table,
    ) -> Result<(), InputError> {
        let changes = self.toml.table(value, label)?;
        let script = document.get_mut("script").map(Spanned::get_mut);
        let Some(Data::String(text)) = script else {
            let expected = "a change of what the scenario has: it has no script";
            return Err(self.wrong(value, label, value.get_ref(), expected));
        };
        for (line, other) in changes.iter() {
            let expected = "another line in quotation marks";
            let (_, other) = self.toml.string(other, label, expected)?;
            let wanted = line.get_ref().trim();
            let mut is_there = false;
            let mut exchange = |each: &str| {
                let before_comment = each.split('#').next().unwrap_or_default();
                if each.trim() != wanted && before_comment.trim() != wanted {
                    return each.to_owned();
                }
                is_there = true;
                let indent = each.len() - each.trim_start().len();
                format!("{}{}", &each[..indent], other.trim())
            };
            let changed: Vec<_> = text.split('\n').map(&mut exchange).collect();
            if !is_there {
                let found = format!("the line {wanted:?}");
                let expected = "a line of the script, without its indentation";
                return Err(self.toml.error(&line.span(), label, found, expected));
            }
            *text = changed.join("\n");
        }
        Ok(())
    }

    /// Gives a job of the document some other fields.
    fn change_job(
        &self,
        value: &Value,
        label: &str,
        document: &mut Table,
    ) -> Result<(), InputError> {
        let change = self.toml.table(value, label)?;
        let part = Part {
            table: change,
            place: value.span(),
            label: label.to_owned(),
        };
        let (place, name) = self.required_string(&part, "name")?;
        let is_it = |job: &&mut Table| {
            job.get("name")
                .is_some_and(|value| matches!(value.get_ref(), Data::String(own) if own == name))
        };
        let jobs = document.get_mut("job").map(Spanned::get_mut);
        let jobs = match jobs {
            Some(Data::List(jobs)) => jobs.iter_mut(),
            _ => [].iter_mut(),
        };
        let mut tables = jobs.filter_map(|job| match job.get_mut() {
            Data::Table(job) => Some(job),
            _ => None,
        });
        let Some(job) = tables.find(is_it) else {
            let expected = "the name of a job of this scenario";
            return Err(self.wrong(place, &part.field("name"), place.get_ref(), expected));
        };
        for (key, value) in change.iter() {
            job.insert(key.clone(), value.clone());
        }
        Ok(())
    }

    /// The name of a variant, where one is given.
    fn variant_name(
        &self,
        part: &Part<'_>,
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
        part: &Part<'_>,
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
fn key(name: &str, at: &Value) -> Key {
    Spanned::new(name.to_owned(), at.span())
}
