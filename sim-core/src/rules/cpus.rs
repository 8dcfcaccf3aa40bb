//! Which CPU: who is given one, who has to give one up, who handles an interrupt.

use super::{Choice, End, Next, Open, forced};
use crate::event::EventKind;
use crate::ids::{CpuId, TaskId};
use crate::machine::{Cpu, Machine, Mode};
use crate::policy::{Contender, Context, Policy};
use crate::program::{Code, Wakeups};
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

/// How many ready tasks a CPU may take when it is free.
#[inline]
pub(super) fn within_reach(machine: &Machine, cpu: CpuId) -> u32 {
    machine.scheduler.within_reach(cpu, machine.ready)
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
/// and until then other things go on. Where each CPU has its own queue, it takes a free CPU that
/// may have it, its own before others, and from another task its own only.
pub(super) fn seize(machine: &Machine, task: TaskId) -> Option<EventKind> {
    let home = machine.scheduler.queue_of(task);
    let is_own = |cpu: CpuId| home.is_none_or(|home| home == cpu);
    let place = |wanted: &dyn Fn(CpuId, Mode) -> bool| {
        let mut cpus = (0..).map(CpuId).zip(&machine.cpus);
        cpus.find(|(id, cpu)| wanted(*id, cpu.mode))
            .map(|(id, _)| id)
    };
    let free = place(&|_, mode| mode == Mode::Held(task))
        .or_else(|| place(&|cpu, mode| mode == Mode::Idle && is_own(cpu)))
        .or_else(|| {
            place(&|cpu, mode| mode == Mode::Idle && machine.scheduler.may_take(cpu, task))
        });
    if let Some(cpu) = free {
        return Some(EventKind::Dispatched { task, cpu });
    }
    let mut cpus = (0..).map(CpuId).zip(&machine.cpus);
    cpus.find_map(|(id, cpu)| match cpu.mode {
        Mode::User(task) if is_own(id) => Some(EventKind::Preempted { task, cpu: id }),
        _ => None,
    })
}

#[inline(never)]
pub(super) fn has_interrupts_on(machine: &Machine) -> bool {
    let open = |mode: Mode| {
        !matches!(
            mode,
            Mode::Switching { .. } | Mode::Handling { .. } | Mode::Receiving { .. }
        )
    };
    machine.cpus.iter().any(|cpu| open(cpu.mode))
}

/// The CPU whose task should give way to the task that would be dispatched next: of several, the
/// one whose task gives way to all the others'. Where each CPU has its own queue, the first whose
/// task should give way to one of that queue.
#[inline(never)]
#[lockstep_part::later]
pub(super) fn preemptible(code: &Code, machine: &Machine) -> Option<CpuId> {
    let ctx = machine.context(code);
    let mut cpus = (0..).map(CpuId).zip(&machine.cpus);
    if !machine.scheduler.is_per_cpu() {
        let next = machine.scheduler.pick(&ctx, None)?;
        return victim(machine, &ctx, next, cpus);
    }
    cpus.find_map(|(id, cpu)| {
        // What the CPU could steal if it were idle is no rival of the task that runs on it.
        if machine.scheduler.queued_for(id, machine.ready) == 0 {
            return None;
        }
        let next = machine.scheduler.pick(&ctx.on(id), None)?;
        victim(machine, &ctx, next, core::iter::once((id, cpu)))
    })
}

/// Of these CPUs the one whose task should give way to the task that is next.
fn victim<'a>(
    machine: &Machine,
    ctx: &Context<'_>,
    next: TaskId,
    cpus: impl Iterator<Item = (CpuId, &'a Cpu)>,
) -> Option<CpuId> {
    let ready = Contender {
        task: next,
        ran: Span::ZERO,
    };
    let mut victim: Option<(CpuId, Contender)> = None;
    for (id, cpu) in cpus {
        let Mode::User(task) = cpu.mode else { continue };
        let running = Contender {
            task,
            ran: machine.ran(id),
        };
        if !machine.scheduler.preempts(ctx, ready, running) {
            continue;
        }
        // Who was ready already when somebody chose another one has to wait.
        if cpu.is_chosen && machine.task(next).since <= machine.task(task).since {
            continue;
        }
        if victim.is_none_or(|(_, worst)| machine.scheduler.preempts(ctx, worst, running)) {
            victim = Some((id, running));
        }
    }
    victim.map(|(cpu, _)| cpu)
}

#[inline]
pub(super) fn dispatch(code: &Code, machine: &Machine, at: Time, cpu: CpuId) -> Next {
    if code.config.wakeups == Wakeups::Spurious && machine.waiting_to_be_notified().next().is_some()
    {
        let open = Open::DispatchOrWake { cpu };
        return Next::Choice(Choice { at, open });
    }
    if within_reach(machine, cpu) > 1 {
        let open = Open::Dispatch { cpu };
        return Next::Choice(Choice { at, open });
    }
    dispatch_only(code, machine, at, cpu)
}

#[inline(never)]
pub(super) fn dispatch_only(code: &Code, machine: &Machine, at: Time, cpu: CpuId) -> Next {
    let scheduler = &machine.scheduler;
    let ctx = machine.context(code).on(cpu);
    let Some(task) = scheduler.pick(&ctx, machine.cpu(cpu).last) else {
        return Next::Done(End::Stalled);
    };
    // Of several idle CPUs the one that ran it last: nothing has to be loaded there.
    let last = machine.task(task).last_cpu.filter(|last| {
        machine.cpu(*last).mode == Mode::Idle && machine.cpu(cpu).mode == Mode::Idle
    });
    let cpu = last
        .filter(|last| scheduler.may_take(*last, task))
        .unwrap_or(cpu);
    forced(at, EventKind::Dispatched { task, cpu })
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
