//! What may happen next: looks at a machine and never changes it.
//!
//! Everything that can happen has a moment and a kind. The earliest moment comes first; at one
//! moment the kinds follow the order that [`Ties`](crate::program::Ties) names; within a kind the lower number comes
//! first. What is open is which of several tasks something is about: which ready task a free CPU
//! takes, who of those who wait is woken. That is a [`Choice`], and a policy (or a person) picks.
//!
//! A new kind of thing that happens by itself at a moment gets a `Kind` in `ties`; what a call
//! leads to is in `attempt`; which CPU it concerns, in `cpus`.

mod attempt;
mod choice;
mod cpus;
mod network;
mod process;
mod ties;

pub use attempt::attempt;
use attempt::cpu_event;
pub(crate) use attempt::{Stop, stop};
pub use choice::{Choice, Open};
use cpus::{dispatch, handler, has_interrupts_on, look_at, preemptible, seize, tick, within_reach};
use ties::{Key, Kind, ranks};
pub(crate) use ties::{PlainTies, plain_ties};

use crate::call::Reason;
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, PartitionId, TaskId};
use crate::machine::{Machine, Mode, Pending, State};
use crate::policy::Policy;
use crate::program::Code;
use crate::time::Time;

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

/// Says what may happen next.
///
/// Mostly one thing comes before all others, or a CPU is free and nothing else is due yet, and then
/// the order of ties does not matter: these cases are told apart here, with little work. The others
/// are left to `next_of_ties`, which knows every case.
#[must_use]
pub fn next(code: &Code, machine: &Machine) -> Next {
    let is_busy =
        !machine.pending.is_empty() || !machine.admission.is_empty() || machine.undelivered > 0;
    if is_busy || machine.scheduler.is_per_cpu() {
        return next_of_ties(code, machine);
    }
    let Some(cpus) = look_at(&machine.cpus) else {
        return next_of_ties(code, machine);
    };
    let timer = machine.timers.first().map_or(Time::NEVER, |timer| timer.at);
    let others = others(code, machine);
    let now = machine.now;
    if machine.ready > 0 {
        if let Some(cpu) = cpus.idle {
            if cpus.due.min(timer).min(others) > now {
                return dispatch(code, machine, now, cpu);
            }
            return next_of_ties(code, machine);
        }
        if machine.scheduler.is_preemptive(&code.config.policy)
            && preemptible(code, machine).is_some()
        {
            return next_of_ties(code, machine);
        }
    }
    if cpus.due < timer.min(others) {
        return forced(cpus.due, cpu_event(code, machine, cpus.due, cpus.id));
    }
    if timer > now
        && timer < cpus.due.min(others)
        && code.config.costs.interrupt.is_zero()
        && let Some(first) = machine.timers.first()
    {
        return forced(timer, timer_event(code, machine, first.task));
    }
    next_of_ties(code, machine)
}

/// When the first thing happens that neither a CPU nor a timer brings about, if it is ahead.
pub(crate) fn others(code: &Code, machine: &Machine) -> Time {
    let mut first = code.arrival_time(machine.arrived).unwrap_or(Time::NEVER);
    if let Some((deadline, _)) = machine.deadlines.first() {
        first = first.min(deadline);
    }
    if let Some((timeout, _)) = machine.timeouts.first() {
        first = first.min(timeout);
    }
    if let Some((alarm, _)) = machine.alarms.first() {
        first = first.min(alarm);
    }
    first = first.min(network::first(code, machine));
    if machine.scheduler.has_timer(&code.config.policy) {
        first = first.min(tick_time(code, machine));
    }
    first
}

/// Says what may happen next, whatever is due at the same moment.
#[inline(never)]
fn next_of_ties(code: &Code, machine: &Machine) -> Next {
    if let Some(pending) = machine.pending.front()
        && let Some(next) = pending_event(code, machine, *pending)
    {
        return next;
    }
    if machine.is_finished() {
        return Next::Done(End::Finished);
    }
    if machine.undelivered > 0
        && let Some(next) = process::signal(machine)
    {
        return next;
    }
    let ranks = ranks(code.config.ties);
    let key = |at: Time, kind: Kind| Key::new(at, kind, ranks);
    let now = machine.now;

    let mut earliest = Key::NEVER;
    let mut cpu = CpuId(0);
    let (mut held, mut idle, mut thief) = (None, None, None);
    for (number, each) in (0..).zip(&machine.cpus) {
        if each.due != Time::NEVER {
            let due = key(each.due, Kind::Cpu);
            if due < earliest {
                (earliest, cpu) = (due, CpuId(number));
            }
            continue;
        }
        match each.mode {
            Mode::Idle => {
                let id = CpuId(number);
                if machine.scheduler.queued_for(id, machine.ready) > 0 {
                    idle = idle.or(Some(id));
                } else if within_reach(machine, id) > 0 {
                    thief = thief.or(Some(id));
                }
            }
            Mode::Held(task) if machine.task(task).state == State::Ready => {
                held = held.or(Some(CpuId(number)));
            }
            _ => {}
        }
    }
    // A CPU that has waited for its task takes it before an idle one can, and one whose queue is not
    // empty takes from it before another can steal.
    let free = held.or(idle).or(thief);
    if let Some((at, _)) = network::next_to_come(code, machine) {
        earliest = earliest.min(key(at.max(now), Kind::Arrival));
    }
    if let Some(timer) = machine.timers.first() {
        earliest = earliest.min(key(timer_time(code, machine, timer.at), Kind::Timer));
    }
    if let Some((at, _)) = machine.deadlines.first() {
        earliest = earliest.min(key(at.max(now), Kind::Deadline));
    }
    if let Some((at, _)) = machine.timeouts.first() {
        earliest = earliest.min(key(at.max(now), Kind::Timeout));
    }
    if let Some((at, _)) = machine.alarms.first() {
        earliest = earliest.min(key(at.max(now), Kind::Alarm));
    }
    if let Some((at, _)) = machine.network.first_inbound() {
        earliest = earliest.min(key(timer_time(code, machine, at), Kind::Packet));
    }
    if let Some((at, _)) = machine.network.first_elsewhere() {
        earliest = earliest.min(key(at.max(now), Kind::Elsewhere));
    }
    if !machine.admission.is_empty() && loadable(code, machine).is_some() {
        earliest = earliest.min(key(now, Kind::Load));
    }
    if free.is_some() {
        earliest = earliest.min(key(now, Kind::Dispatch));
    } else if machine.ready > 0
        && machine.scheduler.is_preemptive(&code.config.policy)
        && let Some(victim) = preemptible(code, machine)
    {
        let due = key(now, Kind::Preempt);
        if due < earliest {
            (earliest, cpu) = (due, victim);
        }
    }
    if earliest == Key::NEVER {
        return Next::Done(End::Stalled);
    }
    earliest = earliest.min(key(tick_time(code, machine), Kind::Tick));
    let at = earliest.at();
    match earliest.kind(ranks) {
        Kind::Cpu => forced(at, cpu_event(code, machine, at, cpu)),
        Kind::Dispatch => match (machine.cpu(free.unwrap_or(cpu)).mode, free.unwrap_or(cpu)) {
            (Mode::Held(task), cpu) => forced(at, EventKind::Dispatched { task, cpu }),
            (_, cpu) => dispatch(code, machine, at, cpu),
        },
        Kind::Timer => match machine.timers.first() {
            Some(timer) => forced(at, timer_event(code, machine, timer.task)),
            None => Next::Done(End::Stalled),
        },
        kind => seldom(code, machine, at, kind, cpu),
    }
}

#[inline]
fn forced(at: Time, kind: EventKind) -> Next {
    Next::Forced(Event { at, kind })
}

/// What something pending leads to; none while it has to wait for other things.
#[inline(never)]
pub(crate) fn pending_event(code: &Code, machine: &Machine, pending: Pending) -> Option<Next> {
    match pending {
        Pending::Reap(task) => Some(forced(machine.now, EventKind::Reaped { task })),
        pending => pending_later(code, machine, pending),
    }
}

/// What the page's first scenario does without.
#[lockstep_part::later]
fn pending_later(code: &Code, machine: &Machine, pending: Pending) -> Option<Next> {
    let at = machine.now;
    let kind = match pending {
        Pending::Wake { task, .. } => EventKind::Woken { task },
        Pending::Carry(process) => EventKind::CarrierTaken {
            task: machine.next_to_carry(process)?,
        },
        Pending::Outside(task) => attempt(code, machine, at, task),
        Pending::Reap(task) => EventKind::Reaped { task },
        Pending::Seize(task) => seize(machine, task)?,
        Pending::End {
            task,
            signal: Some(signal),
        } => EventKind::Killed { task, signal },
        Pending::End { task, signal: None } => EventKind::Terminated { task },
        Pending::Raise {
            process,
            signal,
            by,
        } => EventKind::SignalSent {
            task: by,
            signal,
            process,
        },
        Pending::Adopt(process) => EventKind::Adopted {
            task: machine.process(process).first,
            process,
        },
        Pending::WakeOne { object, role, .. } => {
            let open = Open::Wake { object, role };
            return Some(one_of(machine, Choice { at, open }));
        }
        Pending::HandOver { object, role, .. } => {
            let open = Open::HandOver { object, role };
            return Some(one_of(machine, Choice { at, open }));
        }
    };
    Some(forced(at, kind))
}

/// A choice, or what is forced where there is one option only.
fn one_of(machine: &Machine, choice: Choice) -> Next {
    let mut options = choice.options(machine);
    match (options.next(), options.next()) {
        (Some(only), None) => Next::Forced(choice.take(machine, only)),
        _ => Next::Choice(choice),
    }
}

/// The first job that fits into a free partition, in order of arrival, and the first such
/// partition (first fit). Where memory is not modelled, the first job.
#[inline(never)]
fn loadable(code: &Code, machine: &Machine) -> Option<(TaskId, PartitionId)> {
    if machine.partitions.is_empty() {
        return machine
            .admission
            .front()
            .map(|task| (*task, PartitionId(0)));
    }
    if machine
        .partitions
        .iter()
        .all(|partition| partition.task.is_some())
    {
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

/// When the policy's own timer is due; it rests while nobody is in the system.
#[inline(never)]
fn tick_time(code: &Code, machine: &Machine) -> Time {
    if machine.is_empty() {
        return Time::NEVER;
    }
    let due = machine.scheduler.next_tick(&machine.context(code));
    due.map_or(Time::NEVER, |at| at.max(machine.now))
}

/// When the earliest timer can be handled: when it is due and, where an interrupt takes time, a
/// CPU has interrupts on. While none has, something else is due: a CPU leaves the kernel.
#[inline]
fn timer_time(code: &Code, machine: &Machine, at: Time) -> Time {
    if code.config.costs.interrupt.is_zero() || has_interrupts_on(machine) {
        at.max(machine.now)
    } else {
        Time::NEVER
    }
}

/// The kinds that make up a small part of a run.
#[inline(never)]
fn seldom(code: &Code, machine: &Machine, at: Time, kind: Kind, cpu: CpuId) -> Next {
    let event = match kind {
        Kind::Arrival => {
            network::next_to_come(code, machine).map(|(_, task)| EventKind::Arrived { task })
        }
        Kind::Load => loadable(code, machine).map(|(task, partition)| {
            if machine.partitions.is_empty() {
                EventKind::Admitted { task }
            } else {
                EventKind::Loaded { task, partition }
            }
        }),
        kind => seldom_later(code, machine, kind, cpu),
    };
    event.map_or(Next::Done(End::Stalled), |kind| forced(at, kind))
}

/// What the page's first scenario does without.
#[lockstep_part::later]
fn seldom_later(code: &Code, machine: &Machine, kind: Kind, cpu: CpuId) -> Option<EventKind> {
    match kind {
        Kind::Tick => Some(tick(machine)),
        Kind::Deadline => machine
            .deadlines
            .first()
            .map(|(_, task)| EventKind::DeadlineMissed { task }),
        Kind::Timeout => {
            machine
                .timeouts
                .first()
                .map(|(_, task)| match machine.task(task).waits() {
                    Some(Reason::Sleep) => EventKind::SleepEnded { task },
                    Some(Reason::Interpreter) => EventKind::IntervalPassed { task },
                    _ => EventKind::TimedOut { task },
                })
        }
        Kind::Alarm => machine
            .alarms
            .first()
            .map(|(_, process)| EventKind::AlarmRang {
                task: machine.process(process).first,
                process,
            }),
        Kind::Packet => network::packet(code, machine),
        Kind::Elsewhere => network::elsewhere(machine),
        Kind::Preempt => match machine.cpu(cpu).mode {
            Mode::User(task) => Some(EventKind::Preempted { task, cpu }),
            _ => None,
        },
        Kind::Cpu | Kind::Dispatch | Kind::Timer | Kind::Arrival | Kind::Load => None,
    }
}

#[lockstep_part::later]
#[inline]
fn timer_event(code: &Code, machine: &Machine, task: TaskId) -> EventKind {
    if matches!(machine.task(task).state, State::Blocked(Reason::Period)) {
        return EventKind::Released { task };
    }
    if code.config.costs.interrupt.is_zero() {
        return EventKind::IoCompleted { task };
    }
    EventKind::Interrupted {
        task,
        cpu: handler(machine),
    }
}
