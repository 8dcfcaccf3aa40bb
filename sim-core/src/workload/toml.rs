//! Reading a workload from TOML, with the line and column of every mistake.
//!
//! The text is parsed by a library into values that know their places; what they mean is read
//! here, field by field, so that every message names what was found and what was expected.

use super::check::{Fault, Part};
use super::list::too_long;
use super::reader::{Reader, describe};
use super::{BurstSpec, JobSpec, Workload};
use crate::document::{self, Data, Spanned, Table, Value};
use crate::input::{InputError, line_and_column, quoted};
use crate::program::{PipeSpec, limits};
use crate::settings::{SETTINGS, Settings, is_constant, one_of};
use crate::time::Unit;

/// How the name of a file ends that holds a script and nothing else.
pub const SCRIPT: &str = ".script";

/// The tables of a workload.
const TABLES: &[&str] = &["machine", "memory", "pipe", "job", "script"];
/// The keys of `[memory]`.
const MEMORY: &[&str] = &["partitions"];
/// The keys of a `[[pipe]]`.
const PIPE: &[&str] = &["name", "capacity"];
/// The keys of a `[[job]]`.
const JOB: &[&str] = &[
    "name", "arrival", "priority", "tickets", "deadline", "period", "rounds", "memory", "files",
    "parent", "count", "bursts",
];

/// How many messages a pipe holds that says nothing about it.
const CAPACITY: u32 = 1;
/// The largest size of memory, in KiB: 1 TiB.
const MEMORY_SIZE: i64 = 1 << 30;

impl Workload {
    /// Reads and checks a workload. `file` is what errors call the text.
    ///
    /// # Errors
    ///
    /// Names line, column and field of the first mistake, what was found and what was expected.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, InputError> {
        let reader = Reader { file, text };
        if text.len() > limits::TEXT {
            let (found, expected) = too_long(text.len());
            return Err(reader.error(&(0..0), "", found, expected));
        }
        let document = document::parse(text).map_err(|error| reader.syntax(&error))?;
        reader.workload(&document, &[])
    }

    /// A script as a workload of its own: on one CPU, with round robin.
    ///
    /// # Errors
    ///
    /// Names line and column of the first mistake, what was found and what was expected.
    pub fn from_script(file: &str, text: &str) -> Result<Self, InputError> {
        let reader = Reader { file, text };
        if text.len() > limits::TEXT {
            let (found, expected) = too_long(text.len());
            return Err(reader.error(&(0..0), "", found, expected));
        }
        let mut workload = Self {
            script: Some(text.to_owned()),
            ..Self::default()
        };
        // Known and right: it is in the table of settings.
        let _ = workload.settings.set("policy", "rr");
        match workload.check() {
            Ok(()) => Ok(workload),
            Err(fault) => Err(InputError {
                file: file.to_owned(),
                ..fault.in_workload(&workload)
            }),
        }
    }

    /// Reads and checks a workload from the bytes of a file: a script where its name ends in
    /// [`SCRIPT`], TOML otherwise.
    ///
    /// # Errors
    ///
    /// As [`from_toml`](Self::from_toml), and where the bytes are no UTF-8 text.
    pub fn from_bytes(file: &str, bytes: &[u8]) -> Result<Self, InputError> {
        let text = core::str::from_utf8(bytes).map_err(|error| {
            let valid = error.valid_up_to();
            let before = core::str::from_utf8(&bytes[..valid]).unwrap_or_default();
            let found = format!("the byte 0x{:02X}", bytes.get(valid).copied().unwrap_or(0));
            let reader = Reader { file, text: before };
            reader.error(&(valid..valid), "", found, "text in UTF-8")
        })?;
        if file.ends_with(SCRIPT) {
            Self::from_script(file, text)
        } else {
            Self::from_toml(file, text)
        }
    }
}

impl<'a> Reader<'a> {
    /// A checked workload; `others` are keys that stand beside it and are read by somebody else.
    pub(crate) fn workload(
        &self,
        document: &Table,
        others: &[&str],
    ) -> Result<Workload, InputError> {
        self.known_keys(document, "top level", &[TABLES, others].concat())?;
        let mut workload = Workload::default();
        if let Some(machine) = document.get("machine") {
            self.settings(
                self.table(machine, "machine")?,
                "machine",
                &mut workload.settings,
            )?;
        }
        if let Some(memory) = document.get("memory") {
            let table = self.table(memory, "memory")?;
            self.known_keys(table, "memory", MEMORY)?;
            if let Some(partitions) = table.get("partitions") {
                for size in
                    self.array(partitions, "memory, partitions", "a list of sizes in KiB")?
                {
                    let field = "memory, partitions";
                    let size = self.integer(size, field, 1..=MEMORY_SIZE)?;
                    workload
                        .partitions
                        .push(u32::try_from(size).unwrap_or(u32::MAX));
                }
            }
        }
        for (place, table) in self.tables(document, "pipe")?.into_iter().enumerate() {
            workload
                .pipes
                .push(self.pipe(table, &format!("pipe {}", place + 1))?);
        }
        if let Some(script) = document.get("script") {
            let text = self
                .string(script, "script", "a script between ''' and '''")?
                .1;
            workload.script = Some(text.to_owned());
        }
        let tables = self.tables(document, "job")?;
        // Which table each job comes from: one table can be several jobs.
        let mut origins = Vec::new();
        for (place, table) in tables.iter().enumerate() {
            let unit = workload.settings.unit();
            let copies = self.jobs(table, place, origins.len(), unit)?;
            origins.extend(core::iter::repeat_n(place, copies.len()));
            workload.jobs.extend(copies);
        }
        workload
            .check()
            .map_err(|fault| self.fault(fault, document, &tables, &origins))?;
        Ok(workload)
    }

    /// Gives a fault its line and column.
    fn fault(
        &self,
        fault: Fault,
        document: &Table,
        jobs: &[&Value],
        origins: &[usize],
    ) -> InputError {
        let inside = |table: Option<&Value>, key: &str| {
            let table = table?;
            let value = table.get_ref().as_table().and_then(|inner| inner.get(key));
            Some(value.map_or(table.span(), Spanned::span))
        };
        let (place, field) = match fault.part {
            Part::Whole => (None, String::new()),
            Part::Setting(name) => (
                inside(document.get("machine"), &name),
                format!("machine, {name}"),
            ),
            Part::Script(line, column, field) => {
                let place = document
                    .get("script")
                    .map(Spanned::span)
                    .unwrap_or_default();
                return self.in_script(
                    place.start,
                    line,
                    column,
                    field,
                    fault.found,
                    fault.expected,
                );
            }
            Part::Partition(_) => (
                inside(document.get("memory"), "partitions"),
                "memory, partitions".to_owned(),
            ),
            Part::Pipe(place, key) => {
                let table = document
                    .get("pipe")
                    .and_then(|pipes| self.array(pipes, "pipe", "").ok()?.get(place));
                (inside(table, key), format!("pipe {}, {key}", place + 1))
            }
            Part::Job(place, key) => {
                let origin = origins.get(place).copied().unwrap_or(0);
                let place = inside(jobs.get(origin).copied(), key);
                (place, format!("job {}, {key}", origin + 1))
            }
        };
        self.error(&place.unwrap_or(0..0), &field, fault.found, fault.expected)
    }

    /// A mistake at a place of the script, which begins somewhere behind `start`: between three
    /// quotation marks, or after the line that ends with them.
    fn in_script(
        &self,
        start: usize,
        line: Option<u32>,
        column: Option<u32>,
        field: String,
        found: String,
        expected: String,
    ) -> InputError {
        let marks = self.text.get(start..).unwrap_or_default();
        let quotes = marks
            .bytes()
            .take_while(|byte| matches!(byte, b'\'' | b'"'))
            .count();
        let (first, before) = line_and_column(self.text, start + quotes);
        let is_below = marks
            .get(quotes..)
            .is_some_and(|text| text.starts_with(['\n', '\r']));
        let line = line.unwrap_or(1);
        let column = match (is_below, line) {
            (false, 1) => column.map(|column| column + before - 1),
            _ => column,
        };
        InputError {
            file: self.file.to_owned(),
            line: Some(first + line - u32::from(!is_below)),
            column,
            field,
            found,
            expected,
        }
    }

    pub(crate) fn settings(
        &self,
        table: &Table,
        label: &str,
        settings: &mut Settings,
    ) -> Result<(), InputError> {
        // Lengths are read in the unit, so it comes first.
        let (unit, others): (Vec<_>, Vec<_>) =
            table.iter().partition(|(key, _)| key.get_ref() == "unit");
        for (key, value) in unit.into_iter().chain(others) {
            let name = key.get_ref().as_str();
            let field = format!("{label}, {name}");
            if is_constant(name) {
                let text = setting_text(value.get_ref()).unwrap_or_default();
                settings.set(name, &text).map_err(|error| {
                    let found = describe(value.get_ref());
                    self.error(&value.span(), &field, found, error.expected)
                })?;
                continue;
            }
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                let names = SETTINGS.iter().map(|setting| setting.name);
                let found = format!("the key {}", quoted(name));
                return Err(self.error(&key.span(), label, found, one_of(name, names)));
            };
            let result = match setting_text(value.get_ref()) {
                Some(text) => settings.set(name, &text).map_err(|error| error.expected),
                None => Err(setting.expected(settings.unit())),
            };
            result.map_err(|expected| {
                self.error(&value.span(), &field, describe(value.get_ref()), expected)
            })?;
        }
        Ok(())
    }

    fn pipe(&self, value: &Value, label: &str) -> Result<PipeSpec, InputError> {
        let table = self.table(value, label)?;
        self.known_keys(table, label, PIPE)?;
        let Some(name) = table.get("name") else {
            return Err(self.error(&value.span(), label, "no name", "name = \"…\""));
        };
        let name = self
            .string(name, &format!("{label}, name"), "a name in quotation marks")?
            .1;
        let capacity = match table.get("capacity") {
            Some(value) => {
                let field = format!("{label}, capacity");
                self.integer(value, &field, 1..=i64::from(u32::MAX))?
            }
            None => i64::from(CAPACITY),
        };
        Ok(PipeSpec {
            name: name.to_owned(),
            capacity: u32::try_from(capacity).unwrap_or(1),
        })
    }

    /// The jobs of one table: one, or as many copies as `count` says.
    fn jobs(
        &self,
        value: &Value,
        place: usize,
        so_far: usize,
        unit: Unit,
    ) -> Result<Vec<JobSpec>, InputError> {
        let label = format!("job {}", place + 1);
        let table = self.table(value, &label)?;
        self.known_keys(table, &label, JOB)?;
        let field = |key: &str| format!("{label}, {key}");
        let mut job = JobSpec::default();
        for (key, value) in table.iter() {
            let key = key.get_ref().as_str();
            let field = field(key);
            let length = || self.length(value, &field, unit);
            let integer = |range| self.integer(value, &field, range);
            let whole = |least: i64, most: u32| {
                let number = integer(least..=i64::from(most))?;
                Ok(u32::try_from(number).unwrap_or(u32::MAX))
            };
            match key {
                "name" => {
                    let name = self.string(value, &field, "a name in quotation marks")?.1;
                    name.clone_into(&mut job.name);
                }
                "arrival" => job.arrival = length()?,
                "period" => job.period = Some(length()?),
                "deadline" => job.deadline = Some(length()?),
                "priority" => {
                    let range = i64::from(i32::MIN)..=i64::from(i32::MAX);
                    job.priority = i32::try_from(integer(range)?).unwrap_or(0);
                }
                "tickets" => job.tickets = whole(1, limits::TICKETS)?,
                "rounds" => job.rounds = Some(whole(1, limits::ROUNDS)?),
                "memory" => {
                    job.memory = u32::try_from(integer(0..=MEMORY_SIZE)?).unwrap_or(u32::MAX);
                }
                "files" => job.files = self.strings(value, &field)?,
                "parent" => {
                    let parent = self.string(value, &field, "the name of another job")?.1;
                    job.parent = Some(parent.to_owned());
                }
                "bursts" => job.bursts = self.bursts(value, &field, unit)?,
                // `count` is read below; the keys were checked.
                _ => {}
            }
        }
        if table.get("bursts").is_none() {
            let expected = "bursts = \"c5 i3 c2\", or the like";
            return Err(self.error(&value.span(), &label, "no bursts", expected));
        }
        let Some(count) = table.get("count") else {
            if table.get("name").is_none() {
                job.name = format!("J{so_far}");
            }
            return Ok(vec![job]);
        };
        if table.get("name").is_none() {
            let expected = "name = \"…\" beside count: the copies are called by it and a number";
            return Err(self.error(&count.span(), &field("count"), "no name", expected));
        }
        let copies = self.integer(
            count,
            &field("count"),
            1..=(limits::JOBS - so_far.min(limits::JOBS)) as i64,
        )?;
        let copy = |number| JobSpec {
            name: format!("{}{number}", job.name),
            ..job.clone()
        };
        Ok((1..=copies).map(copy).collect())
    }

    fn bursts(&self, value: &Value, field: &str, unit: Unit) -> Result<Vec<BurstSpec>, InputError> {
        let (place, text) = self.string(value, field, "bursts in quotation marks: \"c5 i3 c2\"")?;
        BurstSpec::parse_all(text, unit).map_err(|error| {
            // The string stands in the text as it is, unless it has escapes.
            let source = self.text.get(place.clone()).unwrap_or_default();
            let start = source
                .find(text)
                .map_or(place.start, |before| place.start + before + error.at);
            self.error(&(start..start), field, error.found, error.expected)
        })
    }
}

/// The text of a setting's value: settings are text, whatever TOML calls them.
fn setting_text(value: &Data) -> Option<String> {
    match value {
        Data::String(text) => Some(text.clone()),
        Data::Integer { digits, radix: 10 } | Data::Float(digits) => Some(digits.clone()),
        Data::Boolean(value) => Some(value.to_string()),
        Data::List(values) => {
            let texts: Option<Vec<_>> = values
                .iter()
                .map(|value| match value.get_ref() {
                    Data::Integer { .. } | Data::Float(_) => setting_text(value.get_ref()),
                    _ => None,
                })
                .collect();
            texts.map(|texts| texts.join("/"))
        }
        Data::Integer { .. } | Data::Date(_) | Data::Table(_) => None,
    }
}
