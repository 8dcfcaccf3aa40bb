//! Makes a run: asks the rules, lets the policy pick, applies, records.

mod stretch;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::TaskId;
use crate::machine::{Machine, wait_for};
use crate::policy::Policy;
use crate::program::{Code, limits};
use crate::rules::{self, Choice, End, Next, Open};
use crate::trace::Trace;

/// Choices that differ from what the policy would have picked: decision index → task.
pub type Deviations = BTreeMap<u32, TaskId>;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// Every task has exited.
    Finished,
    /// Tasks are left, nobody can ever go on, and some of them wait for each other in a circle.
    Deadlock,
    /// Tasks are left that nobody can ever wake, and they do not wait for each other in a circle: a
    /// notification that was lost, an end of a pipe left open.
    Stalled,
    /// It was stopped.
    Limit(Limit),
}

impl Outcome {
    /// One word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Deadlock => "deadlock",
            Self::Stalled => "stalled",
            Self::Limit(_) => "limit",
        }
    }
}

/// What stopped a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Limit {
    /// The moment that was asked for.
    Until,
    /// The number of events.
    Events,
    /// Too many events at one moment: the clock would never go on.
    NoProgress,
}

/// A run that is being made, a piece at a time, so that a page stays responsive.
#[derive(Debug)]
pub struct Runner {
    machine: Machine,
    trace: Trace,
    deviations: Deviations,
    /// How many events there were when the clock last went on.
    moment_began: usize,
}

impl Runner {
    /// A run of a program from its start.
    #[must_use]
    pub fn new(code: Arc<Code>, deviations: Deviations) -> Self {
        let machine = Machine::new(&code);
        let trace = Trace::new(code, machine.clone());
        Self {
            machine,
            trace,
            deviations,
            moment_began: 0,
        }
    }

    /// Makes up to `events` more events; the outcome once the run has ended.
    pub fn advance(&mut self, events: u64) -> Option<Outcome> {
        let code = Arc::clone(self.trace.code());
        let events = usize::try_from(events).unwrap_or(usize::MAX);
        let target = self.trace.len().saturating_add(events);
        while self.trace.len() < target {
            self.stretch(&code, target);
            if self.trace.len() == target {
                break;
            }
            let event = match rules::next(&code, &self.machine) {
                Next::Done(End::Finished) => return Some(Outcome::Finished),
                Next::Done(End::Stalled) => return Some(stuck(&self.machine)),
                Next::Forced(event) => event,
                Next::Choice(choice) => choice.take(&self.machine, self.pick(&code, choice)),
            };
            if let Some(limit) = self.limit(&code, &event) {
                return Some(Outcome::Limit(limit));
            }
            let output = self.machine.output_of(&code, &event);
            if let Err(illegal) = self.machine.apply(&code, &event) {
                // The rules offer only what can happen; the property tests hold them to it.
                debug_assert!(false, "{illegal}");
                return Some(Outcome::Limit(Limit::NoProgress));
            }
            self.trace.push(event, &self.machine);
            if let Some(text) = output {
                self.trace.print(text);
            }
        }
        None
    }

    /// The machine as it is after the last event.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// How many events there are so far.
    #[must_use]
    pub fn events(&self) -> usize {
        self.trace.len()
    }

    /// The trace of a run that has ended with `outcome`.
    #[must_use]
    pub fn finish(mut self, outcome: Outcome) -> Trace {
        let end = match outcome {
            Outcome::Limit(Limit::Until) => self.trace.code().config.until,
            _ => None,
        };
        self.trace.close(outcome, end.unwrap_or(self.machine.now));
        self.trace
    }

    #[inline]
    fn pick(&self, code: &Code, choice: Choice) -> TaskId {
        let machine = &self.machine;
        if let Some(task) = self.deviations.get(&machine.decisions) {
            // A deviation that no longer fits (the scenario was changed) is passed over.
            if choice.allows(machine, *task) {
                return *task;
            }
        }
        let picked = match choice.open {
            Open::Dispatch { cpu } | Open::DispatchOrWake { cpu } => {
                let last = machine.cpu(cpu).last;
                machine.scheduler.pick(&machine.context(code).on(cpu), last)
            }
            // Who came first.
            Open::Wake { .. } | Open::HandOver { .. } => None,
        };
        picked
            .or_else(|| choice.options(machine).next())
            .unwrap_or(TaskId(0))
    }

    fn limit(&mut self, code: &Code, event: &Event) -> Option<Limit> {
        if code.config.until.is_some_and(|until| event.at > until) {
            return Some(Limit::Until);
        }
        let events = self.trace.len();
        if events as u64 >= code.config.max_events {
            return Some(Limit::Events);
        }
        if event.at > self.machine.now {
            self.moment_began = events;
        }
        (events - self.moment_began >= self.most_at_one_moment()).then_some(Limit::NoProgress)
    }

    /// How many events may follow each other while the clock stands still.
    fn most_at_one_moment(&self) -> usize {
        let things = self.machine.tasks.len() + self.machine.cpus.len();
        let most = limits::EVENTS_AT_ONE_MOMENT.saturating_mul(things as u64);
        usize::try_from(most.max(limits::EVENTS_AT_ONE_MOMENT_AT_LEAST)).unwrap_or(usize::MAX)
    }
}

/// Runs a program to its end.
#[must_use]
pub fn run(code: Arc<Code>, deviations: Deviations) -> Trace {
    let mut runner = Runner::new(code, deviations);
    loop {
        if let Some(outcome) = runner.advance(u64::MAX) {
            return runner.finish(outcome);
        }
    }
}

/// What it is when nothing can ever happen again and tasks are left.
pub(crate) fn stuck(machine: &Machine) -> Outcome {
    if wait_for::circles(machine).is_empty() {
        Outcome::Stalled
    } else {
        Outcome::Deadlock
    }
}
