//! Recordings of real runs: small texts that are kept and replayed wherever the same scenario is.
//!
//! A text has a few lines to read (what ran, where, how it ended) and the events. Reading it back is
//! replaying: every event is checked by a machine at task level, so that a text which was cut, changed,
//! or made of another workload is refused and never shown. Not the running: that is the native machine's.

use core::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::event::{Event, EventKind};
use crate::machine::{Illegal, Machine};
use crate::program::Code;
use crate::run::{Limit, Outcome, stuck};
use crate::settings::{SettingError, Settings};
use crate::time::{Span, Time};
use crate::trace::{Reality, System, Trace};
use crate::workload::{InputError, Workload};

/// The first line of a recording, before the number of the form.
const TITLE: &str = "lockstep recording ";
/// The form that is written and read. Another order of the kinds of events is another form.
const VERSION: u32 = 1;
/// The longest text that is read, in bytes.
pub const LONGEST: usize = 256 << 10;
/// The longest recording of the catalogue, in bytes: each is fetched when it is asked for.
pub const LONGEST_KEPT: usize = 16 << 10;
/// So many bytes are in a line of the events: 100 characters.
const LINE: usize = 75;
/// The most events that are read: each takes two bytes at least.
const MOST_EVENTS: usize = LONGEST / 2;

/// A real run as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    /// What ran: the slug of a scenario, or the name of a file.
    pub name: String,
    /// The settings that won over those of the workload, by name.
    pub settings: Vec<(String, String)>,
    /// Where it ran, and the CPU time of each task.
    pub reality: Reality,
    /// How it ended.
    pub outcome: Outcome,
    /// When it ended.
    pub end: Time,
    /// What happened.
    pub events: Vec<Event>,
    /// The hash of the workload's text.
    workload: u64,
}

/// Why a recording cannot be shown.
#[derive(Clone, PartialEq, Debug)]
pub enum RecordingError {
    /// It does not begin as a recording does.
    NoRecording,
    /// It is longer than any recording.
    TooLong,
    /// It is of another form.
    Form {
        /// The number of that form.
        found: String,
    },
    /// A line is missing or says nothing that can be read.
    Line {
        /// What the line begins with.
        key: &'static str,
        /// What stands there.
        found: String,
    },
    /// The events cannot be read, from this one on.
    Events {
        /// How many could.
        read: usize,
    },
    /// It was made of another workload than the one at hand.
    OtherWorkload,
    /// A setting of it is wrong.
    Setting(SettingError),
    /// The workload is wrong with these settings.
    Input(InputError),
    /// An event cannot have happened.
    Illegal {
        /// How many came before it.
        position: usize,
        /// What it is, and why not.
        illegal: Illegal,
    },
    /// It does not end as its events do.
    OtherEnd,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRecording => write!(f, "it does not begin with \"{TITLE}{VERSION}\""),
            Self::TooLong => write!(f, "it is longer than {LONGEST} bytes"),
            Self::Form { found } => {
                write!(f, "its form is {found}, and this program reads {VERSION}")
            }
            Self::Line { key, found } => write!(f, "its line {key:?} cannot be read: {found:?}"),
            Self::Events { read } => write!(f, "its events cannot be read beyond number {read}"),
            Self::OtherWorkload => f.write_str("it was made of another workload"),
            Self::Setting(error) => error.fmt(f),
            Self::Input(error) => error.fmt(f),
            Self::Illegal { position, illegal } => write!(f, "after {position} events: {illegal}"),
            Self::OtherEnd => f.write_str("it does not end as its events do"),
        }
    }
}

impl std::error::Error for RecordingError {}

/// The outcomes, and how they are written.
const OUTCOMES: [(&str, Outcome); 6] = [
    ("finished", Outcome::Finished),
    ("deadlock", Outcome::Deadlock),
    ("stalled", Outcome::Stalled),
    ("limit-until", Outcome::Limit(Limit::Until)),
    ("limit-events", Outcome::Limit(Limit::Events)),
    ("limit-no-progress", Outcome::Limit(Limit::NoProgress)),
];

/// The lines at the top, in their order.
const LINES: [&str; 8] = [
    "name", "workload", "settings", "system", "outcome", "end", "cpu", "events",
];

impl Recording {
    /// The recording of a real run of a workload; none where the run was not a real one.
    #[must_use]
    pub fn of(name: &str, workload: &Workload, over: &Settings, trace: &Trace) -> Option<Self> {
        Some(Self {
            name: name.to_owned(),
            settings: over.pairs(),
            reality: trace.reality()?.clone(),
            outcome: trace.outcome(),
            end: trace.end(),
            events: trace.events().to_vec(),
            workload: hash(workload),
        })
    }

    /// The text of it.
    #[must_use]
    pub fn write(&self) -> String {
        let Reality { system, cpu } = &self.reality;
        let settings = self.settings.iter();
        let settings: Vec<_> = settings
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let outcome = OUTCOMES
            .iter()
            .find(|(_, outcome)| *outcome == self.outcome);
        let cpu: Vec<_> = cpu.iter().map(|span| span.0.to_string()).collect();
        let values = [
            self.name.clone(),
            format!("{:016x}", self.workload),
            settings.join(" "),
            format!("{} {} {}", system.os, system.architecture, system.cpus),
            outcome.map_or("", |(name, _)| name).to_owned(),
            self.end.0.to_string(),
            cpu.join(" "),
            self.events.len().to_string(),
        ];
        let mut text = format!("{TITLE}{VERSION}\n");
        for (key, value) in LINES.iter().zip(values) {
            text.push_str(format!("{key}: {value}").trim_end());
            text.push('\n');
        }
        text.push('\n');
        let mut bytes = Vec::new();
        let mut before = Time::ZERO;
        for event in &self.events {
            let delta = event.at.since(before).0;
            before = event.at;
            // Into a vector nothing fails.
            bytes = postcard::to_extend(&(delta, event.kind), bytes).unwrap_or_default();
        }
        for line in bytes.chunks(LINE) {
            STANDARD.encode_string(line, &mut text);
            text.push('\n');
        }
        text
    }

    /// Reads a text; what happened is checked by [`replay`](Self::replay).
    ///
    /// # Errors
    ///
    /// The first thing that cannot be read.
    pub fn read(text: &str) -> Result<Self, RecordingError> {
        if text.len() > LONGEST {
            return Err(RecordingError::TooLong);
        }
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let form = lines.next().and_then(|line| line.strip_prefix(TITLE));
        let form = form.ok_or(RecordingError::NoRecording)?;
        if form != VERSION.to_string() {
            let found = form.to_owned();
            return Err(RecordingError::Form { found });
        }
        let mut lines = Lines(lines);
        let name = lines.read("name", |value| Some(value.to_owned()))?;
        let workload = lines.read("workload", |value| u64::from_str_radix(value, 16).ok())?;
        let settings = lines.read("settings", |value| {
            let pairs = value.split_whitespace().map(|pair| {
                let (name, value) = pair.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            });
            pairs.collect()
        })?;
        let system = lines.read("system", |value| {
            let mut words = value.split(' ');
            let system = System {
                os: words.next()?.into(),
                architecture: words.next()?.into(),
                cpus: words.next()?.parse().ok()?,
            };
            words.next().is_none().then_some(system)
        })?;
        let outcome = lines.read("outcome", |value| {
            let found = OUTCOMES.iter().find(|(name, _)| *name == value);
            found.map(|(_, outcome)| *outcome)
        })?;
        let end = lines.read("end", |value| value.parse().ok().map(Time))?;
        let cpu = lines.read("cpu", |value| {
            let spans = value.split_whitespace();
            spans.map(|span| span.parse().ok().map(Span)).collect()
        })?;
        let count = lines.read("events", |value| {
            let count = value.parse().ok();
            count.filter(|count| *count <= MOST_EVENTS)
        })?;
        Ok(Self {
            name,
            settings,
            reality: Reality { system, cpu },
            outcome,
            end,
            events: events(body, count)?,
            workload,
        })
    }

    /// The settings that won over those of the workload.
    ///
    /// # Errors
    ///
    /// The first that is none.
    pub fn over(&self) -> Result<Settings, RecordingError> {
        let mut over = Settings::default();
        for (name, value) in &self.settings {
            over.set(name, value).map_err(RecordingError::Setting)?;
        }
        Ok(over)
    }

    /// The run, if it is one of this workload: each event is carried out by a machine.
    ///
    /// # Errors
    ///
    /// Where the workload is another one, or the first event that cannot have happened.
    pub fn replay(&self, workload: &Workload) -> Result<Trace, RecordingError> {
        if self.workload != hash(workload) {
            return Err(RecordingError::OtherWorkload);
        }
        let code = workload
            .code(&self.over()?)
            .map_err(RecordingError::Input)?
            .for_real();
        if self.reality.cpu.len() != code.jobs.len() {
            let found = format!("{} times", self.reality.cpu.len());
            return Err(RecordingError::Line { key: "cpu", found });
        }
        let code = Arc::new(code);
        let mut machine = Machine::new(&code);
        let mut trace = Trace::new(Arc::clone(&code), machine.clone());
        for (position, event) in self.events.iter().enumerate() {
            carry_out(&code, &mut machine, &mut trace, *event)
                .map_err(|illegal| RecordingError::Illegal { position, illegal })?;
        }
        let is_so = match self.outcome {
            Outcome::Finished => machine.is_finished(),
            Outcome::Deadlock | Outcome::Stalled => {
                !machine.is_finished() && stuck(&machine) == self.outcome
            }
            Outcome::Limit(_) => !machine.is_finished(),
        };
        if !is_so || self.end < machine.now {
            return Err(RecordingError::OtherEnd);
        }
        trace.close(self.outcome, self.end);
        Ok(trace.in_reality(self.reality.clone()))
    }
}

/// Carries out an event that a real run reports, and records it.
///
/// # Errors
///
/// Where it cannot have happened.
pub(crate) fn carry_out(
    code: &Code,
    machine: &mut Machine,
    trace: &mut Trace,
    event: Event,
) -> Result<(), Illegal> {
    let output = match event.kind.task() {
        Some(task) if task.index() >= machine.tasks.len() => None,
        _ => machine.output_of(code, &event),
    };
    machine.apply(code, &event)?;
    trace.push(event, machine);
    if let Some(text) = output {
        trace.print(text);
    }
    Ok(())
}

/// The hash of a workload's text.
fn hash(workload: &Workload) -> u64 {
    xxhash_rust::xxh3::xxh3_64(workload.to_toml().as_bytes())
}

/// The lines at the top of a recording.
struct Lines<'a>(core::str::Lines<'a>);

impl Lines<'_> {
    /// What the next line says, which begins with a key.
    fn read<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, RecordingError> {
        let line = self.0.next().unwrap_or_default();
        let value = line
            .strip_prefix(key)
            .and_then(|rest| rest.strip_prefix(':'));
        let parsed = value.and_then(|value| parse(value.trim()));
        parsed.ok_or_else(|| RecordingError::Line {
            key,
            found: line.chars().take(80).collect(),
        })
    }
}

/// So many events, and nothing else.
fn events(body: &str, count: usize) -> Result<Vec<Event>, RecordingError> {
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3);
    for line in body.lines() {
        let read = STANDARD.decode_vec(line, &mut bytes);
        read.map_err(|_| RecordingError::Events { read: 0 })?;
    }
    let mut rest = &*bytes;
    let mut events = Vec::new();
    let mut now = Time::ZERO;
    for read in 0..count {
        let broken = RecordingError::Events { read };
        let Ok(((delta, kind), left)) = postcard::take_from_bytes::<(u64, EventKind)>(rest) else {
            return Err(broken);
        };
        rest = left;
        now = Time(now.0.checked_add(delta).ok_or(broken)?);
        events.push(Event { at: now, kind });
    }
    if rest.is_empty() {
        Ok(events)
    } else {
        Err(RecordingError::Events { read: count })
    }
}
