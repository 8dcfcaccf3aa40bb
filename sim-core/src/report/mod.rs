//! Reports of a run for the command line: a text, a grid, or JSON.
//!
//! Not where figures are worked out: those are [views](crate::view). A report puts them into words
//! and numbers of units, straight into a writer, since a run can have millions of events.

mod grid;
mod json;
mod slots;
mod text;

use core::fmt::Display;

pub use slots::{Slot, slots};

use crate::call::Reason;
use crate::ids::TaskId;
use crate::machine::{Machine, State, wait_for};
use crate::program::Code;
use crate::run::{Limit, Outcome};
use crate::time::{Span, Time, Unit};
use crate::trace::Trace;
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
        tasks.filter_map(|(index, task)| match task.state {
            State::Blocked(reason) => Some((TaskId::from_index(index), reason)),
            _ => None,
        })
    }

    /// Who holds what a blocked task wants.
    fn holders(&self, task: TaskId) -> Vec<&'a str> {
        let holders = wait_for::waits_for(&self.last, task);
        holders.map(|holder| self.name(holder)).collect()
    }

    /// The name of what a task waits at, where that has one: a pipe, a lock.
    fn thing_of(&self, reason: Reason) -> Option<&'a str> {
        let code = self.trace.code();
        match reason {
            Reason::PipeEmpty(pipe) | Reason::PipeFull(pipe) => {
                Some(&code.pipes[pipe.index()].name)
            }
            Reason::Object(object) => Some(code.object_name(object)),
            Reason::Disk | Reason::Period | Reason::Sleep | Reason::Interpreter => None,
        }
    }
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
