//! Which CPU: who is given one, who has to give one up, who handles an interrupt.

use super::{Choice, End, Next, Open, forced};
use crate::event::EventKind;
use crate::ids::{CpuId, TaskId};
use crate::machine::{Cpu, Machine, Mode};
use crate::policy::{Contender, Policy};
use crate::program::Code;
use crate::time::{Span, Time};

/// What the CPUs do.
pub(super) struct Cpus {
    /// When the first of them comes to the end of what it does.
    pub(super) due: Time,
    /// Its number.
    pub(super) id: CpuId,
    /// The first one that is idle.
    pub(super) idle: Option<CpuId>,
}

/// Looks at the CPUs; none where one of them waits with a task for the disk.
pub(super) fn look_at(cpus: &[Cpu]) -> Option<Cpus> {
    let mut found = Cpus {
        due: Time::NEVER,
        id: CpuId(0),
        idle: None,
    };
    for (number, cpu) in (0..).map(CpuId).zip(cpus) {
        match cpu.mode {
            Mode::Held(_) => return None,
            Mode::Idle => found.idle = found.idle.or(Some(number)),
            _ if cpu.due < found.due => {
                found = Cpus {
                    due: cpu.due,
                    id: number,
                    ..found
                };
            }
            _ => {}
        }
    }
    Some(found)
}

/// A task takes a CPU at once: one that is held for it, else a free one, else the lowest-numbered
/// that runs a task. Where all are in the kernel, it has to wait for the first to come out of it,
/// and until then other things go on.
pub(super) fn seize(machine: &Machine, task: TaskId) -> Option<EventKind> {
    let place = |wanted: &dyn Fn(Mode) -> bool| {
        machine
            .cpus
            .iter()
            .position(|cpu| wanted(cpu.mode))
            .map(CpuId::from_index)
    };
    let free =
        place(&|mode| mode == Mode::Held(task)).or_else(|| place(&|mode| mode == Mode::Idle));
    if let Some(cpu) = free {
        return Some(EventKind::Dispatched { task, cpu });
    }
    machine
        .cpus
        .iter()
        .enumerate()
        .find_map(|(index, cpu)| match cpu.mode {
            Mode::User(task) => Some(EventKind::Preempted {
                task,
                cpu: CpuId::from_index(index),
            }),
            _ => None,
        })
}

#[inline(never)]
pub(super) fn has_interrupts_on(machine: &Machine) -> bool {
    let open = |mode: Mode| !matches!(mode, Mode::Switching { .. } | Mode::Handling { .. });
    machine.cpus.iter().any(|cpu| open(cpu.mode))
}

/// The CPU whose task should give way to the task that would be dispatched next: of several, the
/// one whose task gives way to all the others'.
#[inline(never)]
pub(super) fn preemptible(code: &Code, machine: &Machine) -> Option<CpuId> {
    let ctx = machine.context(code);
    let ready = Contender {
        task: machine.scheduler.pick(&ctx, None)?,
        ran: Span::ZERO,
    };
    let mut victim: Option<(CpuId, Contender)> = None;
    for (index, cpu) in machine.cpus.iter().enumerate() {
        let Mode::User(task) = cpu.mode else { continue };
        let id = CpuId::from_index(index);
        let running = Contender {
            task,
            ran: machine.ran(id),
        };
        if !machine.scheduler.preempts(&ctx, ready, running) {
            continue;
        }
        if victim.is_none_or(|(_, worst)| machine.scheduler.preempts(&ctx, worst, running)) {
            victim = Some((id, running));
        }
    }
    victim.map(|(cpu, _)| cpu)
}

#[inline]
pub(super) fn dispatch(code: &Code, machine: &Machine, at: Time, cpu: CpuId) -> Next {
    if machine.ready > 1 {
        let open = Open::Dispatch { cpu };
        return Next::Choice(Choice { at, open });
    }
    dispatch_only(code, machine, at, cpu)
}

#[inline(never)]
pub(super) fn dispatch_only(code: &Code, machine: &Machine, at: Time, cpu: CpuId) -> Next {
    match machine
        .scheduler
        .pick(&machine.context(code), machine.cpu(cpu).last)
    {
        Some(task) => forced(at, EventKind::Dispatched { task, cpu }),
        None => Next::Done(End::Stalled),
    }
}

/// Before the policy's timer is handled, tasks may have to leave their CPUs: the highest-numbered
/// CPU first, so that the lowest-numbered one's task ends up in front.
pub(super) fn tick(machine: &Machine) -> EventKind {
    if machine.scheduler.tick_takes_cpus() {
        let running = machine
            .cpus
            .iter()
            .enumerate()
            .rev()
            .find_map(|(index, cpu)| match cpu.mode {
                Mode::User(task) => Some(EventKind::Preempted {
                    task,
                    cpu: CpuId::from_index(index),
                }),
                _ => None,
            });
        if let Some(preempted) = running {
            return preempted;
        }
    }
    EventKind::PriorityAdjusted
}

/// An idle CPU handles an interrupt, else one that waits, else the lowest-numbered that runs a task.
#[inline(never)]
pub(super) fn handler(machine: &Machine) -> CpuId {
    let place = |wanted: fn(Mode) -> bool| machine.cpus.iter().position(|cpu| wanted(cpu.mode));
    let cpu = place(|mode| mode == Mode::Idle)
        .or_else(|| place(|mode| matches!(mode, Mode::Held(_))))
        .or_else(|| place(|mode| matches!(mode, Mode::User(_))));
    CpuId::from_index(cpu.unwrap_or(0))
}
