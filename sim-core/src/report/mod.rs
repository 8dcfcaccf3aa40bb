//! Reports of a run for the command line: a text, a grid, JSON, or a Chrome trace.
//!
//! Not where figures are worked out: those are [views](crate::view). A report puts them into words
//! and numbers of units, straight into a writer, since a run can have millions of events.

mod chrome;
mod grid;
mod json;
mod slots;
mod text;

use core::fmt::Display;
use std::borrow::Cow;

pub use chrome::ChromeTrace;
pub use slots::{Slot, slots};

use crate::call::{PipeEnd, Reason};
use crate::ids::TaskId;
use crate::machine::{Machine, State, wait_for};
use crate::program::Code;
use crate::run::{Limit, Outcome};
use crate::time::{Span, Time, Unit};
use crate::trace::Trace;
use crate::view::metrics::JobMetrics;
use crate::view::{Finding, Metrics, findings};

/// A run and its figures.
#[derive(Debug)]
pub struct Report<'a> {
    trace: &'a Trace,
    metrics: Metrics,
    findings: Vec<Finding>,
    /// The machine when the run ended.
    last: Machine,
}

impl<'a> Report<'a> {
    /// The report of a run.
    #[must_use]
    pub fn new(trace: &'a Trace) -> Self {
        Self {
            trace,
            metrics: Metrics::at_end(trace),
            findings: findings(trace),
            last: trace.last(),
        }
    }

    fn unit(&self) -> Unit {
        self.trace.code().config.unit
    }

    fn name(&self, task: TaskId) -> &'a str {
        &self.trace.code().job(task).name
    }

    /// The jobs, without the places of the process table that were never used.
    fn jobs_that_came(&self) -> impl Iterator<Item = &JobMetrics> {
        let slots = &self.trace.code().slots;
        self.metrics.jobs.iter().filter(|job| {
            slots.is_declared(job.task)
                || slots.count() == 0
                || self.last.task(job.task).state != State::Absent
        })
    }

    /// The blocked tasks of a run that cannot go on, and on what they wait.
    fn stuck(&self) -> impl Iterator<Item = (TaskId, Reason)> {
        let outcome = self.trace.outcome();
        let is_stalled = matches!(outcome, Outcome::Stalled | Outcome::Deadlock);
        let tasks = self
            .last
            .tasks
            .iter()
            .enumerate()
            .filter(move |_| is_stalled);
        // Peers that wait keep nothing from going on but what waits for them.
        tasks.filter_map(|(index, task)| match task.state {
            State::Blocked(reason) => Some((TaskId::from_index(index), reason)),
            State::Outside(Some(reason)) if reason.is_network() => {
                Some((TaskId::from_index(index), reason))
            }
            _ => None,
        })
    }

    /// Who holds what a blocked task wants.
    fn holders(&self, task: TaskId) -> Vec<&'a str> {
        let holders = wait_for::waits_for(&self.last, task);
        holders.map(|holder| self.name(holder)).collect()
    }

    /// The name of what a task waits at, where that has one: a pipe, a lock.
    fn thing_of(&self, reason: Reason) -> Option<Cow<'a, str>> {
        let code = self.trace.code();
        match reason {
            Reason::PipeEmpty(pipe) | Reason::PipeFull(pipe) => {
                Some(code.pipes[pipe.index()].name.as_str().into())
            }
            Reason::Object(object) => Some(code.object_name(object)),
            Reason::Thread(thread) => Some(self.name(code.slots.thread(thread)).into()),
            Reason::Disk
            | Reason::Period
            | Reason::Sleep
            | Reason::Interpreter
            | Reason::Child
            | Reason::Connection(_)
            | Reason::Connect(_)
            | Reason::Data(_)
            | Reason::Room(_)
            | Reason::Completion => None,
        }
    }

    /// The processes that keep a reader or a writer of a pipe waiting: they hold the other end open.
    fn open_in(&self, reason: Reason) -> Vec<&'a str> {
        let (pipe, end) = match reason {
            Reason::PipeEmpty(pipe) => (pipe, PipeEnd::Write),
            Reason::PipeFull(pipe) => (pipe, PipeEnd::Read),
            _ => return Vec::new(),
        };
        let holders = self.last.holders_of(pipe, end);
        let names = holders.map(|process| self.last.process_name(self.trace.code(), process));
        names.collect()
    }

    /// The socket at which a task waits: its number, its port, and who is at the other end.
    fn socket_of(&self, reason: Reason) -> Option<SocketAt<'a>> {
        let socket = reason.socket()?;
        let network = &self.last.network;
        let other = network.opposite(socket);
        Some(SocketAt {
            socket: socket.0,
            port: network.socket(socket)?.port,
            other: other.map(|task| self.name(task)),
        })
    }
}

/// A socket at which a task waits.
#[derive(Clone, Copy, Debug, serde::Serialize)]
struct SocketAt<'a> {
    socket: u16,
    port: u32,
    /// The task at the other end, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<&'a str>,
}

/// One word for a reason.
fn reason_name(code: &Code, reason: Reason) -> &'static str {
    match reason {
        Reason::Object(object) => code.object(object).word(),
        Reason::Sleep => "sleep",
        Reason::Interpreter => "interpreter-lock",
        Reason::Disk => "disk",
        Reason::PipeEmpty(_) => "pipe-empty",
        Reason::PipeFull(_) => "pipe-full",
        Reason::Period => "period",
        Reason::Child => "child",
        Reason::Thread(_) => "thread",
        Reason::Connection(_) => "connection",
        Reason::Connect(_) => "answer-to-connect",
        Reason::Data(_) => "data",
        Reason::Room(_) => "room",
        Reason::Completion => "completion",
    }
}

/// One word for what stopped a run.
const fn limit_name(limit: Limit) -> &'static str {
    match limit {
        Limit::Until => "until",
        Limit::Events => "events",
        Limit::NoProgress => "no-progress",
    }
}

/// A moment as a number of units, or a dash where it never came.
fn moment(unit: Unit, time: Option<Time>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| unit.show_time(time).to_string())
}

/// A length as a number of units, or a dash.
fn length(unit: Unit, span: Option<Span>) -> String {
    span.map_or_else(|| "-".to_owned(), |span| unit.show(span).to_string())
}

/// A mean with at most three decimals, or a dash.
fn mean(number: Option<f64>) -> String {
    let Some(number) = number else {
        return "-".to_owned();
    };
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number of things, in the singular where it is one.
fn counted(number: impl Display, thing: &str) -> String {
    let number = number.to_string();
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
