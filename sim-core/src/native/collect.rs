//! The other side of the recording: replays what the tasks report in a machine at task level, and inserts
//! what follows from it by rule.
//!
//! What a task cannot see follows from what tasks do: that a zombie is reaped, that the threads of a
//! process end with it, that a deadline passes. That the kernel woke a task is inserted when the task
//! goes on. An event that cannot have happened, or a value that the machine does not have, is a defect of
//! one of the two machines: the run fails with it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Defect;
use super::tasks::hash;
use crate::call::{Operation, Query, Reason, Request};
use crate::event::{Event, EventKind};
use crate::ids::{ObjectId, TaskId};
use crate::machine::{Illegal, Machine, ObjectState, Pending, State};
use crate::program::Code;
use crate::program::script::{ObjectKind, QueueOrder};
use crate::recording::carry_out;
use crate::rules::{self, Next};
use crate::run::{Outcome, stuck};
use crate::time::{Span, Time};
use crate::trace::Trace;

/// The most facts that follow from one event: every thread of a process ends, and is reaped.
const CONSEQUENCES: usize = 1 << 20;
/// How many events are shown before one that cannot have happened.
const SHOWN: usize = 12;

/// A run as far as it has been reported.
pub(super) struct Collector {
    code: Arc<Code>,
    machine: Machine,
    trace: Trace,
    /// Which end asked for each connection that both sides have told of: its port, by its socket.
    pub(super) slots: BTreeMap<u16, i64>,
    /// The CPU time of each task, as far as it is known.
    pub(super) cpu: Vec<Span>,
}

impl Collector {
    pub(super) fn new(code: Arc<Code>) -> Self {
        let machine = Machine::new(&code);
        let trace = Trace::new(Arc::clone(&code), machine.clone());
        let cpu = vec![Span::ZERO; code.jobs.len()];
        Self {
            code,
            machine,
            trace,
            slots: BTreeMap::new(),
            cpu,
        }
    }

    /// The machine after what has been reported.
    pub(super) fn machine(&self) -> &Machine {
        &self.machine
    }

    /// What runs.
    pub(super) fn code(&self) -> &Code {
        &self.code
    }

    /// When the program asks to be stopped.
    pub(super) fn until(&self) -> Option<Time> {
        self.code.config.until
    }

    /// What has been reported, and what follows from it.
    pub(super) fn events(&self) -> &[Event] {
        self.trace.events()
    }

    /// The bytes of the line that was printed last.
    pub(super) fn last_printed(&self) -> usize {
        let last = self.trace.outputs().last();
        last.map_or(0, |line| line.text.len())
    }

    /// Takes in what a task reports, with the value that it saw.
    pub(super) fn take(&mut self, event: Event, value: i64) -> Result<(), Box<Defect>> {
        self.pass_deadlines(event.at)?;
        self.arrive(event)?;
        self.wake_from_kernel(event)?;
        let event = self.named(event, value);
        let wakes = matches!(
            event.kind,
            EventKind::Woken { .. } | EventKind::HandedOver { .. }
        );
        let takes_carrier = matches!(event.kind, EventKind::CarrierTaken { .. });
        let is_due = |next: &Pending| match next {
            Pending::Outside(_) => false,
            Pending::Carry(_) => !takes_carrier,
            next => self.is_news(next),
        };
        let is_open = !wakes && self.machine.pending.iter().any(is_due);
        let reason = "somebody has still to be woken before it";
        self.require(!is_open, event, reason)?;
        if let Some(expected) = self.expected(event.kind, value) {
            let agrees = expected == value;
            let reason = "the task saw another value than the machine has";
            self.require(agrees, event, reason)?;
        }
        if let Some(task) = event.kind.task() {
            self.note_cpu(task, event.kind, value);
        }
        self.apply(event)?;
        self.follow()
    }

    fn require(
        &self,
        condition: bool,
        event: Event,
        reason: &'static str,
    ) -> Result<(), Box<Defect>> {
        if condition {
            Ok(())
        } else {
            Err(self.defect(Illegal { event, reason }, self.state(event.kind)))
        }
    }

    fn state(&self, kind: EventKind) -> Option<State> {
        let entry = self.machine.tasks.get(kind.task()?.index());
        entry.map(|entry| entry.state)
    }

    fn defect(&self, illegal: Illegal, state: Option<State>) -> Box<Defect> {
        let events = self.trace.events();
        let before = events.get(events.len().saturating_sub(SHOWN)..);
        Box::new(Defect {
            illegal,
            position: events.len(),
            before: before.unwrap_or_default().to_vec(),
            state,
        })
    }

    pub(super) fn apply(&mut self, event: Event) -> Result<(), Box<Defect>> {
        let state = self.state(event.kind);
        carry_out(&self.code, &mut self.machine, &mut self.trace, event)
            .map_err(|illegal| self.defect(illegal, state))
    }

    /// Deadlines that passed before a moment.
    fn pass_deadlines(&mut self, before: Time) -> Result<(), Box<Defect>> {
        while let Some((at, task)) = self
            .machine
            .deadlines
            .first()
            .filter(|(at, _)| *at < before)
        {
            let at = at.max(self.machine.now);
            let kind = EventKind::DeadlineMissed { task };
            self.apply(Event { at, kind })?;
        }
        Ok(())
    }

    /// A task that goes on after a wait in the kernel was woken before.
    fn wake_from_kernel(&mut self, event: Event) -> Result<(), Box<Defect>> {
        let ends_wait_itself = matches!(
            event.kind,
            EventKind::Woken { .. }
                | EventKind::TimedOut { .. }
                | EventKind::Killed { .. }
                | EventKind::Terminated { .. }
                | EventKind::SignalDelivered { .. }
                // That of its process, whoever of it waits.
                | EventKind::AlarmRang { .. }
        );
        let (Some(task), Some(State::Blocked(reason))) =
            (event.kind.task(), self.state(event.kind))
        else {
            return Ok(());
        };
        if ends_wait_itself || !self.is_kernels(task, reason) && !self.is_at_set(reason) {
            return Ok(());
        }
        let kind = EventKind::Woken { task };
        self.apply(Event { at: event.at, kind })
    }

    /// What follows at once from the last event, other than wake-ups: those the tasks report.
    pub(super) fn follow(&mut self) -> Result<(), Box<Defect>> {
        for _ in 0..CONSEQUENCES {
            let follows = |next: &&Pending| {
                matches!(
                    next,
                    Pending::Reap(_)
                        | Pending::End { .. }
                        | Pending::Raise { .. }
                        | Pending::Adopt(_)
                )
            };
            let Some(pending) = self.machine.pending.iter().find(follows).copied() else {
                break;
            };
            match rules::pending_event(&self.code, &self.machine, pending) {
                Some(Next::Forced(event)) => self.apply(event)?,
                _ => break,
            }
        }
        Ok(())
    }

    fn note_cpu(&mut self, task: TaskId, kind: EventKind, value: i64) {
        let is_noted = matches!(
            kind,
            EventKind::Blocked { .. } | EventKind::Exited { .. } | EventKind::Failed { .. }
        );
        if let (true, Some(cpu)) = (is_noted, self.cpu.get_mut(task.index())) {
            *cpu = Span(u64::try_from(value).unwrap_or(0));
        }
    }

    /// What the task must have seen, where the record says what it saw.
    fn expected(&mut self, kind: EventKind, value: i64) -> Option<i64> {
        match kind {
            EventKind::Accessed {
                operation: Operation::Store,
                ..
            } => Some(0),
            EventKind::Accessed { variable, .. } => {
                self.machine.memory.get(variable.index()).copied()
            }
            EventKind::Granted {
                request: Request::Get | Request::TryGet,
                object,
                ..
            } => self.next_item(object),
            EventKind::Received { pipe, .. } if self.code.script.is_some() => {
                let pipe = self.machine.pipes.get(pipe.index())?;
                pipe.items.front().copied()
            }
            EventKind::WaitedForChild { process, .. } => {
                let process = self.machine.processes.get(process.index())?;
                Some(process.status.into())
            }
            EventKind::Asked { task, query } => {
                let own = self.machine.task(task).process;
                let process = match query {
                    Query::Own => own,
                    Query::Parent => self.machine.processes.get(own.index())?.parent,
                };
                Some(i64::from(process.0) + 1)
            }
            EventKind::Printed { task } => {
                let thread = self.machine.threads.get(task.index())?;
                let line = self.code.script.as_ref()?.print(&thread.program);
                Some(hash(&line))
            }
            kind => self.expected_of_network(kind, value),
        }
    }

    /// What the next who takes from a queue gets.
    fn next_item(&self, object: ObjectId) -> Option<i64> {
        let ObjectKind::Queue { order, .. } = self.code.object(object) else {
            return None;
        };
        let ObjectState::Queue { items, .. } = &self.machine.objects.get(object.index())?.state
        else {
            return None;
        };
        next_of(items, *order)
    }

    /// How the run has ended, where nobody can go on: every task waits, and nothing ends that.
    pub(super) fn stuck(&mut self) -> Result<Option<Outcome>, Box<Defect>> {
        if self.machine.ready > 0 || self.machine.is_finished() {
            return Ok(None);
        }
        if self.find_stuck().is_some() {
            // It may be only that nobody has looked at what has come.
            self.arrive_all()?;
        }
        Ok(self.find_stuck())
    }

    fn find_stuck(&self) -> Option<Outcome> {
        let machine = &self.machine;
        if machine.ready > 0 || machine.is_finished() {
            return None;
        }
        let is_ahead = self.code.arrival_time(machine.arrived).is_some()
            || self.code.peer_arrival(machine.network.arrived).is_some()
            || machine.timers.first().is_some()
            || !machine.timeouts.is_empty()
            || machine.alarms.first().is_some()
            || machine.disk.in_flight > 0
            || machine.signal_due().is_some();
        if is_ahead || machine.pending.iter().any(|next| self.is_news(next)) {
            return None;
        }
        let tasks = (0..).map(TaskId).zip(&machine.tasks);
        for (task, entry) in tasks.filter(|(_, entry)| entry.is_live()) {
            match entry.waits() {
                Some(reason) if self.is_kernels(task, reason) || self.is_at_set(reason) => {
                    if !machine.has_to_wait(&self.code, task) {
                        return None;
                    }
                }
                Some(_) => {}
                None => return None,
            }
        }
        Some(stuck(machine))
    }

    /// Whether the kernel knows when a task's wait is over, and tells nobody else. That a user-level thread
    /// has ended is known to its process.
    fn is_kernels(&self, task: TaskId, reason: Reason) -> bool {
        let is_runtimes =
            matches!(reason, Reason::Thread(_)) && self.machine.carriers_of(task).is_some();
        reason.is_kernels() && !is_runtimes
    }

    /// Whether something pending will still be reported.
    fn is_news(&self, next: &Pending) -> bool {
        match *next {
            Pending::Wake { task, .. } => {
                let waits = self.machine.task(task).waits();
                !waits.is_some_and(|reason| self.is_kernels(task, reason))
            }
            Pending::WakeOne { object, .. } => !self.is_at_set(Reason::Object(object)),
            _ => true,
        }
    }

    /// The trace of the run, which has ended so.
    pub(super) fn finish(mut self, outcome: Outcome, end: Time) -> Trace {
        self.trace.close(outcome, end.max(self.machine.now));
        self.trace
    }
}

fn next_of(items: &VecDeque<i64>, order: QueueOrder) -> Option<i64> {
    match order {
        QueueOrder::Fifo => items.front().copied(),
        QueueOrder::Lifo => items.back().copied(),
        QueueOrder::Priority => items.iter().min().copied(),
    }
}
