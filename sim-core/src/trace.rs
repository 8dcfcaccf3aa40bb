//! A recorded run, and a place in it from which one can go both ways.
//!
//! Stepping back is a replay from a checkpoint: the machine has one way to change, forwards.

use std::sync::Arc;

use crate::event::{Event, EventKind};
use crate::ids::TaskId;
use crate::machine::{Machine, State};
use crate::program::Code;
use crate::run::Outcome;
use crate::time::{Span, Time};

/// A line that a task wrote to standard output.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// How many events had happened when it had been written.
    pub position: usize,
    /// The line, without its end.
    pub text: Box<str>,
}

/// A program and everything that happened in one run of it.
#[derive(Clone, Debug)]
pub struct Trace {
    code: Arc<Code>,
    events: Vec<Event>,
    /// What does not fit into the events: the lines that were written to standard output.
    outputs: Vec<Output>,
    checkpoints: Vec<Checkpoint>,
    spacing: Spacing,
    /// Events until the next checkpoint is due.
    countdown: usize,
    outcome: Outcome,
    end: Time,
    /// Where it took place, where that was no simulated machine.
    reality: Option<Arc<Reality>>,
}

/// What is known of a real run beside its events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reality {
    /// Where it took place.
    pub system: System,
    /// The CPU time of each task; of one that has not ended, up to where it blocked last.
    pub cpu: Vec<Span>,
}

/// A computer and its operating system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct System {
    /// The operating system, as Rust calls it: `linux`.
    pub os: Box<str>,
    /// The processor's architecture, as Rust calls it: `x86_64`.
    pub architecture: Box<str>,
    /// On how many CPUs the program could run.
    pub cpus: u16,
}

impl System {
    /// The operating system as people write it.
    #[must_use]
    pub fn os_name(&self) -> &str {
        match &*self.os {
            "linux" => "Linux",
            "macos" => "macOS",
            "freebsd" => "FreeBSD",
            other => other,
        }
    }
}

/// The machine after the first `events` events.
#[derive(Clone, Debug)]
struct Checkpoint {
    events: usize,
    machine: Machine,
}

/// How far apart checkpoints are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spacing {
    /// So many events apart.
    Events(usize),
    /// Such that they take about a quarter of the memory of the events: a copy of 100,000 tasks is
    /// 20 MB.
    Memory,
}

/// The fewest events between two checkpoints that are spaced by memory: replaying these many takes
/// well under a millisecond.
const FEWEST_EVENTS: usize = 4_096;

impl Trace {
    pub(crate) fn new(code: Arc<Code>, start: Machine) -> Self {
        let spacing = Spacing::Memory;
        let countdown = spacing.events(&start);
        Self {
            code,
            events: Vec::new(),
            outputs: Vec::new(),
            checkpoints: vec![Checkpoint {
                events: 0,
                machine: start,
            }],
            spacing,
            countdown,
            outcome: Outcome::Finished,
            end: Time::ZERO,
            reality: None,
        }
    }

    /// The same run, which took place there and not in a simulated machine.
    #[must_use]
    pub(crate) fn in_reality(self, reality: Reality) -> Self {
        Self {
            reality: Some(Arc::new(reality)),
            ..self
        }
    }

    /// Where it took place, where that was no simulated machine.
    #[must_use]
    pub fn reality(&self) -> Option<&Reality> {
        self.reality.as_deref()
    }

    /// The CPU time of a task at a place of a real run, from the task's own clock: it is told when the
    /// task has ended.
    #[must_use]
    pub fn cpu_of(&self, machine: &Machine, task: TaskId) -> Option<Span> {
        let reality = self.reality()?;
        let has_ended = matches!(machine.task(task).state, State::Exited | State::Zombie);
        let cpu = reality.cpu.get(task.index());
        cpu.copied().filter(|_| has_ended)
    }

    /// Records an event and the machine after it.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(crate) fn push(&mut self, event: Event, after: &Machine) {
        self.events.push(event);
        self.countdown -= 1;
        if self.countdown == 0 {
            self.keep(after);
        }
    }

    /// Keeps a copy of the machine after the last event; seldom, and so out of the loop's way.
    #[inline(never)]
    fn keep(&mut self, after: &Machine) {
        self.countdown = self.spacing.events(after);
        self.checkpoints.push(Checkpoint {
            events: self.events.len(),
            machine: after.clone(),
        });
    }

    /// Records the line that the last event wrote to standard output.
    pub(crate) fn print(&mut self, text: Box<str>) {
        let position = self.events.len();
        self.outputs.push(Output { position, text });
    }

    /// What was written to standard output, in order.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// What had been written to standard output after the first `events` events.
    #[must_use]
    pub fn outputs_until(&self, events: usize) -> &[Output] {
        let end = self
            .outputs
            .partition_point(|output| output.position <= events);
        &self.outputs[..end]
    }

    pub(crate) fn close(&mut self, outcome: Outcome, end: Time) {
        self.outcome = outcome;
        self.end = end;
    }

    /// The program.
    #[must_use]
    pub const fn code(&self) -> &Arc<Code> {
        &self.code
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How the run ended.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// When it ended: the last event, or the moment at which it was stopped.
    #[must_use]
    pub const fn end(&self) -> Time {
        self.end
    }

    /// How many events happened up to and at a moment.
    #[must_use]
    pub fn events_until(&self, at: Time) -> usize {
        self.events.partition_point(|event| event.at <= at)
    }

    /// The same trace with checkpoints spaced otherwise.
    #[must_use]
    pub fn respaced(&self, spacing: Spacing) -> Self {
        let start = self.checkpoints[0].machine.clone();
        let mut trace = Self::new(Arc::clone(&self.code), start.clone());
        trace.spacing = spacing;
        trace.countdown = spacing.events(&start);
        let mut machine = start;
        for event in &self.events {
            // It was applied when it was recorded, to the same machine.
            let _ = machine.apply(&self.code, event);
            trace.push(*event, &machine);
        }
        trace.outputs.clone_from(&self.outputs);
        trace.close(self.outcome, self.end);
        trace.reality.clone_from(&self.reality);
        trace
    }

    /// The machine at the start.
    #[must_use]
    pub fn start(&self) -> &Machine {
        &self.checkpoints[0].machine
    }

    /// The machine after the last event.
    #[must_use]
    pub fn last(&self) -> Machine {
        let checkpoint = self.checkpoint_before(self.len());
        let mut machine = checkpoint.machine.clone();
        for event in &self.events[checkpoint.events..] {
            // It was applied when it was recorded, to the same machine.
            let _ = machine.apply(&self.code, event);
        }
        machine
    }

    /// The memory that events and checkpoints take, in bytes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let machines: usize = self
            .checkpoints
            .iter()
            .map(|each| each.machine.bytes())
            .sum();
        machines + size_of_val(self.events.as_slice())
    }

    fn checkpoint_before(&self, events: usize) -> &Checkpoint {
        let after = self
            .checkpoints
            .partition_point(|checkpoint| checkpoint.events <= events);
        &self.checkpoints[after.saturating_sub(1)]
    }
}

impl Spacing {
    fn events(self, machine: &Machine) -> usize {
        match self {
            Self::Events(events) => events.max(1),
            Self::Memory => FEWEST_EVENTS.max(4 * machine.bytes() / size_of::<Event>()),
        }
    }
}

/// What stepping moves by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Granularity {
    /// One event.
    Event,
    /// To the next dispatch of a task.
    Switch,
    /// To the next time that a task blocks.
    Block,
    /// To the next event of one task: in a script, its next line that others can notice.
    Task(TaskId),
}

impl Granularity {
    /// Whether stepping stops after an event.
    #[must_use]
    pub fn stops_after(self, kind: EventKind) -> bool {
        match self {
            Self::Event => true,
            Self::Switch => kind.is_switch(),
            Self::Block => matches!(kind, EventKind::Blocked { .. }),
            Self::Task(task) => kind.task() == Some(task),
        }
    }
}

/// A place in a trace: after so many events, and the machine there.
#[derive(Clone, Debug)]
pub struct Cursor {
    trace: Arc<Trace>,
    at: usize,
    machine: Machine,
}

impl Cursor {
    /// A cursor before the first event.
    #[must_use]
    pub fn new(trace: Arc<Trace>) -> Self {
        let machine = trace.start().clone();
        Self {
            trace,
            at: 0,
            machine,
        }
    }

    /// The trace.
    #[must_use]
    pub const fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    /// How many events lie behind.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The machine here.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The event that led here; none at the start.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        self.at
            .checked_sub(1)
            .and_then(|before| self.trace.events.get(before))
    }

    /// Goes to the place after the first `events` events, or to the end if there are fewer.
    pub fn seek(&mut self, events: usize) {
        let target = events.min(self.trace.len());
        let checkpoint = self.trace.checkpoint_before(target);
        if target < self.at || checkpoint.events > self.at {
            self.machine.clone_from(&checkpoint.machine);
            self.at = checkpoint.events;
        }
        for event in &self.trace.events[self.at..target] {
            // It was applied when it was recorded, to the same machine.
            let legal = self.machine.apply(&self.trace.code, event);
            debug_assert!(legal.is_ok(), "{legal:?}");
        }
        self.at = target;
    }

    /// Goes to the place after everything that had happened by a moment.
    pub fn seek_time(&mut self, at: Time) {
        self.seek(self.trace.events_until(at));
    }

    /// Steps forward; false at the end.
    pub fn forward(&mut self, by: Granularity) -> bool {
        if self.at >= self.trace.len() {
            return false;
        }
        self.seek(self.trace.next_stop(self.at, by));
        true
    }

    /// Steps back; false at the start.
    pub fn back(&mut self, by: Granularity) -> bool {
        if self.at == 0 {
            return false;
        }
        self.seek(self.trace.previous_stop(self.at, by));
        true
    }
}

impl Trace {
    /// The place to which a step forward leads from place `at` (the end, where no more comes).
    #[must_use]
    pub fn next_stop(&self, at: usize, by: Granularity) -> usize {
        let ahead = self.events.get(at..).unwrap_or_default();
        let next = ahead.iter().position(|event| by.stops_after(event.kind));
        next.map_or(self.len(), |next| at + next + 1)
    }

    /// The place to which a step back leads from place `at`.
    #[must_use]
    pub fn previous_stop(&self, at: usize, by: Granularity) -> usize {
        let before = at.min(self.len()).saturating_sub(1);
        let behind = &self.events[..before];
        behind
            .iter()
            .rposition(|event| by.stops_after(event.kind))
            .map_or(0, |last| last + 1)
    }
}
