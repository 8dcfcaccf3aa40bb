//! What may happen next: looks at a machine and never changes it.
//!
//! Everything that can happen has a moment and a kind. The earliest moment comes first; at one
//! moment the kinds follow the order that [`Ties`] names; within a kind the lower number comes
//! first. Only one thing is ever open: which ready task a free CPU takes. Where several could be
//! taken, that is a [`Choice`], and a policy (or a person) picks.

use crate::call::{Call, Reason};
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, PartitionId, TaskId};
use crate::machine::{Machine, Mode, Pending, State};
use crate::policy::{Contender, Policy};
use crate::program::{Code, Ties};
use crate::time::{Span, Time};

/// What may happen next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// The run has ended.
    Done(End),
    /// One thing.
    Forced(Event),
    /// One of several.
    Choice(Choice),
}

/// How a run ends by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Every task has exited.
    Finished,
    /// Tasks are left and nothing can ever happen again.
    Stalled,
}

/// A free CPU and several ready tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    /// When.
    pub at: Time,
    /// The CPU that is free.
    pub cpu: CpuId,
}

impl Choice {
    /// How many options there are.
    #[must_use]
    pub fn count(&self, machine: &Machine) -> u32 {
        machine.ready
    }

    /// The options by number: the ready tasks. Named on demand; nothing is listed.
    pub fn options(self, machine: &Machine) -> impl Iterator<Item = TaskId> {
        let tasks = machine.tasks.iter().enumerate();
        tasks
            .filter(|(_, task)| task.state == State::Ready)
            .map(|(index, _)| TaskId::from_index(index))
    }

    /// The event of taking an option.
    #[must_use]
    pub const fn take(self, task: TaskId) -> Event {
        Event { at: self.at, kind: EventKind::Dispatched { task, cpu: self.cpu } }
    }
}

/// The kinds of things that can come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What a CPU does comes to its end.
    Cpu,
    /// The policy's timer.
    Tick,
    /// A deadline passes.
    Deadline,
    /// A job arrives.
    Arrival,
    /// A request or a sleep is over.
    Timer,
    /// A job that waits for admission can be admitted.
    Load,
    /// A CPU is free and a task is ready.
    Dispatch,
    /// A ready task should take a CPU.
    Preempt,
}

/// The places of the kinds at one moment, by `Kind`.
type Ranks = [u8; 8];

/// The one written rule of ties; see [`Ties`].
const fn ranks(ties: Ties) -> &'static Ranks {
    // A job is admitted as soon as it can be, so that it stands in the queue in order of arrival.
    // The policy's timer comes before dispatch: a boost puts everybody into the queue first.
    match ties {
        //                      Cpu Tick Deadline Arrival Timer Load Dispatch Preempt
        Ties::CpuFirst => &[1, 2, 3, 4, 5, 0, 6, 7],
        Ties::ArrivalsFirst => &[3, 4, 5, 1, 2, 0, 6, 7],
        Ties::DispatchFirst => &[1, 2, 3, 5, 6, 0, 4, 7],
    }
}

/// The earliest thing so far.
struct Earliest {
    ranks: &'static Ranks,
    at: Time,
    rank: u8,
    kind: Kind,
    /// The number of the CPU or task that it is about.
    about: u32,
}

impl Earliest {
    #[inline]
    fn offer(&mut self, at: Time, kind: Kind, about: u32) {
        let rank = self.ranks[kind as usize];
        if at < self.at || (at == self.at && rank < self.rank) {
            *self = Self { ranks: self.ranks, at, rank, kind, about };
        }
    }
}

/// Says what may happen next.
#[must_use]
pub fn next(code: &Code, machine: &Machine) -> Next {
    if let Some(pending) = machine.pending.front() {
        return pending_event(code, machine, *pending);
    }
    if machine.is_finished() {
        return Next::Done(End::Finished);
    }
    let now = machine.now;
    // What is due never loses to the start value: nothing is due at `Time::NEVER`.
    let mut earliest = Earliest {
        ranks: ranks(code.config.ties),
        at: Time::NEVER,
        rank: 0,
        kind: Kind::Cpu,
        about: 0,
    };
    let mut free = None;
    for (number, cpu) in (0..).zip(&machine.cpus) {
        earliest.offer(cpu.due, Kind::Cpu, number);
        if cpu.due == Time::NEVER && free.is_none() && takes_a_task(machine, cpu.mode) {
            free = Some(number);
        }
    }
    if let Some(task) = code.arrival(machine.arrived) {
        earliest.offer(code.job(task).arrival.max(now), Kind::Arrival, task.0);
    }
    if let Some(timer) = machine.timers.first() {
        earliest.offer(timer_time(code, machine, timer.at), Kind::Timer, timer.task.0);
    }
    if let Some((at, task)) = machine.deadlines.first() {
        earliest.offer((*at).max(now), Kind::Deadline, task.0);
    }
    if !machine.admission.is_empty() && loadable(code, machine).is_some() {
        earliest.offer(now, Kind::Load, 0);
    }
    if let Some(number) = free {
        earliest.offer(now, Kind::Dispatch, number);
    } else if machine.ready > 0 && machine.scheduler.is_preemptive(&machine.context(code)) {
        if let Some(cpu) = preemptible(code, machine) {
            earliest.offer(now, Kind::Preempt, u32::from(cpu.0));
        }
    }
    if earliest.at == Time::NEVER {
        return Next::Done(End::Stalled);
    }
    if machine.arrived > machine.exited {
        if let Some(at) = machine.scheduler.next_tick(&machine.context(code)) {
            earliest.offer(at.max(now), Kind::Tick, 0);
        }
    }
    carry_out(code, machine, &earliest)
}

/// Whether a CPU on which nothing is due can take a ready task.
fn takes_a_task(machine: &Machine, mode: Mode) -> bool {
    match mode {
        Mode::Idle => machine.ready > 0,
        Mode::Held(task) => machine.task(task).state == State::Ready,
        Mode::User(_) | Mode::Switching { .. } | Mode::Handling { .. } => false,
    }
}

fn forced(at: Time, kind: EventKind) -> Next {
    Next::Forced(Event { at, kind })
}

/// The event of something pending.
fn pending_event(code: &Code, machine: &Machine, pending: Pending) -> Next {
    let kind = match pending {
        Pending::Wake(task) => EventKind::Woken { task },
        Pending::Reap(task) => EventKind::Reaped { task },
        Pending::Seize(task) => return seize(code, machine, task),
    };
    forced(machine.now, kind)
}

/// A task takes a CPU at once: one that is held for it, else a free one, else the lowest-numbered
/// that runs a task. Where all are in the kernel, the first to come out of it.
fn seize(code: &Code, machine: &Machine, task: TaskId) -> Next {
    let place = |wanted: &dyn Fn(Mode) -> bool| {
        machine.cpus.iter().position(|cpu| wanted(cpu.mode)).map(CpuId::from_index)
    };
    let free = place(&|mode| mode == Mode::Held(task)).or_else(|| place(&|mode| mode == Mode::Idle));
    if let Some(cpu) = free {
        return forced(machine.now, EventKind::Dispatched { task, cpu });
    }
    for (index, cpu) in machine.cpus.iter().enumerate() {
        if let Mode::User(task) = cpu.mode {
            let cpu = CpuId::from_index(index);
            return forced(machine.now, EventKind::Preempted { task, cpu });
        }
    }
    let first = machine.cpus.iter().enumerate().min_by_key(|(_, cpu)| cpu.due);
    match first {
        Some((index, cpu)) if cpu.due != Time::NEVER => {
            let id = CpuId::from_index(index);
            forced(cpu.due, cpu_event(code, machine, cpu.due, id))
        }
        _ => Next::Done(End::Stalled),
    }
}

/// The first job that fits into a free partition, in order of arrival, and the first such
/// partition (first fit). Where memory is not modelled, the first job.
fn loadable(code: &Code, machine: &Machine) -> Option<(TaskId, PartitionId)> {
    if machine.partitions.is_empty() {
        return machine.admission.front().map(|task| (*task, PartitionId(0)));
    }
    if machine.partitions.iter().all(|partition| partition.task.is_some()) {
        return None;
    }
    machine.admission.iter().find_map(|task| {
        let need = code.job(*task).memory;
        let fits = |partition: &crate::machine::Partition| {
            partition.task.is_none() && partition.size >= need
        };
        let place = machine.partitions.iter().position(fits)?;
        Some((*task, PartitionId::from_index(place)))
    })
}

/// When the earliest timer can be handled: when it is due and, where an interrupt takes time, a
/// CPU has interrupts on.
fn timer_time(code: &Code, machine: &Machine, at: Time) -> Time {
    let at = at.max(machine.now);
    if code.config.costs.interrupt.is_zero() {
        return at;
    }
    let open = |mode: Mode| !matches!(mode, Mode::Switching { .. } | Mode::Handling { .. });
    if machine.cpus.iter().any(|cpu| open(cpu.mode)) {
        return at;
    }
    machine.cpus.iter().map(|cpu| cpu.due).min().unwrap_or(at).max(at)
}

/// The CPU whose task should give way to the task that would be dispatched next: of several, the
/// one whose task gives way to all the others'.
fn preemptible(code: &Code, machine: &Machine) -> Option<CpuId> {
    let ctx = machine.context(code);
    let ready = Contender { task: machine.scheduler.pick(&ctx, None)?, ran: Span::ZERO };
    let mut victim: Option<(CpuId, Contender)> = None;
    for (index, cpu) in machine.cpus.iter().enumerate() {
        let Mode::User(task) = cpu.mode else { continue };
        let id = CpuId::from_index(index);
        let running = Contender { task, ran: machine.ran(id) };
        if !machine.scheduler.preempts(&ctx, ready, running) {
            continue;
        }
        if victim.is_none_or(|(_, worst)| machine.scheduler.preempts(&ctx, worst, running)) {
            victim = Some((id, running));
        }
    }
    victim.map(|(cpu, _)| cpu)
}

fn carry_out(code: &Code, machine: &Machine, earliest: &Earliest) -> Next {
    let at = earliest.at;
    let task = TaskId(earliest.about);
    let cpu = CpuId::from_index(earliest.about as usize);
    match earliest.kind {
        Kind::Cpu => forced(at, cpu_event(code, machine, at, cpu)),
        Kind::Tick => forced(at, tick(machine)),
        Kind::Deadline => forced(at, EventKind::DeadlineMissed { task }),
        Kind::Arrival => forced(at, EventKind::Arrived { task }),
        Kind::Timer => forced(at, timer_event(code, machine, task)),
        Kind::Load => match loadable(code, machine) {
            Some((task, _)) if machine.partitions.is_empty() => {
                forced(at, EventKind::Admitted { task })
            }
            Some((task, partition)) => forced(at, EventKind::Loaded { task, partition }),
            None => Next::Done(End::Stalled),
        },
        Kind::Dispatch => dispatch(code, machine, at, cpu),
        Kind::Preempt => match machine.cpu(cpu).mode {
            Mode::User(task) => forced(at, EventKind::Preempted { task, cpu }),
            _ => Next::Done(End::Stalled),
        },
    }
}

fn dispatch(code: &Code, machine: &Machine, at: Time, cpu: CpuId) -> Next {
    if let Mode::Held(task) = machine.cpu(cpu).mode {
        return forced(at, EventKind::Dispatched { task, cpu });
    }
    if machine.ready > 1 {
        return Next::Choice(Choice { at, cpu });
    }
    match machine.scheduler.pick(&machine.context(code), machine.cpu(cpu).last) {
        Some(task) => forced(at, EventKind::Dispatched { task, cpu }),
        None => Next::Done(End::Stalled),
    }
}

/// Before the policy's timer is handled, tasks may have to leave their CPUs: the highest-numbered
/// CPU first, so that the lowest-numbered one's task ends up in front.
fn tick(machine: &Machine) -> EventKind {
    if machine.scheduler.tick_takes_cpus() {
        let running = machine.cpus.iter().enumerate().rev().find_map(|(index, cpu)| match cpu.mode {
            Mode::User(task) => Some(EventKind::Preempted { task, cpu: CpuId::from_index(index) }),
            _ => None,
        });
        if let Some(preempted) = running {
            return preempted;
        }
    }
    EventKind::PriorityAdjusted
}

fn timer_event(code: &Code, machine: &Machine, task: TaskId) -> EventKind {
    if machine.task(task).state == State::Blocked(Reason::Period) {
        return EventKind::Released { task };
    }
    if code.config.costs.interrupt.is_zero() {
        return EventKind::IoCompleted { task };
    }
    // An idle CPU handles it, else one that waits, else the lowest-numbered that runs a task.
    let place = |wanted: fn(Mode) -> bool| machine.cpus.iter().position(|cpu| wanted(cpu.mode));
    let cpu = place(|mode| mode == Mode::Idle)
        .or_else(|| place(|mode| matches!(mode, Mode::Held(_))))
        .or_else(|| place(|mode| matches!(mode, Mode::User(_))));
    EventKind::Interrupted { task, cpu: CpuId::from_index(cpu.unwrap_or(0)) }
}

/// What happens on a CPU when what it does comes to its end.
fn cpu_event(code: &Code, machine: &Machine, at: Time, id: CpuId) -> EventKind {
    let cpu = machine.cpu(id);
    let task = match cpu.mode {
        Mode::User(task) => task,
        Mode::Switching { to } => return EventKind::ContextRestored { task: to, cpu: id },
        Mode::Handling { done, .. } => return EventKind::IoCompleted { task: done },
        // Neither is ever due.
        Mode::Idle | Mode::Held(_) => return EventKind::PriorityAdjusted,
    };
    // A call comes before the end of the slice at the same moment.
    let entry = machine.task(task);
    if at.since(cpu.since) < entry.step.run {
        return EventKind::SliceExpired { task, cpu: id };
    }
    attempt(code, machine, at, task)
}

/// Carries out a task's call, or says on what it blocks. A woken task attempts again.
fn attempt(code: &Code, machine: &Machine, at: Time, task: TaskId) -> EventKind {
    let entry = machine.task(task);
    let blocked = |reason: Reason| EventKind::Blocked { task, reason: reason.into() };
    match entry.step.call {
        Call::Io { .. } => blocked(Reason::Disk),
        Call::Exit { .. } => EventKind::Exited { task },
        Call::Send { pipe } => {
            if machine.pipes[pipe.index()].messages < code.pipes[pipe.index()].capacity {
                EventKind::Sent { task, pipe }
            } else {
                blocked(Reason::PipeFull(pipe))
            }
        }
        Call::Receive { pipe } => {
            let end = &machine.pipes[pipe.index()];
            if end.messages > 0 {
                EventKind::Received { task, pipe }
            } else if end.writers == 0 {
                EventKind::ReachedEnd { task, pipe }
            } else {
                blocked(Reason::PipeEmpty(pipe))
            }
        }
        Call::NextPeriod => {
            let period = code.job(task).period.unwrap_or_default();
            if entry.released + period <= at {
                EventKind::Released { task }
            } else {
                blocked(Reason::Period)
            }
        }
    }
}
