//! What the kernel says to calls about processes, threads, signals and pipes, and to a task that
//! sleeps; which signal is delivered next.

use super::{Next, forced};
use crate::call::{Call, Denial, Reason, Signal};
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::machine::{Machine, Phase, PipeAnswer, Waited};
use crate::program::Code;
use crate::time::Time;

/// What happens to a task that has come to such a call.
#[inline(never)]
pub(super) fn system(code: &Code, machine: &Machine, at: Time, task: TaskId) -> EventKind {
    if let Some(fault) = machine.fault(code, task) {
        return EventKind::Failed { task, fault };
    }
    if let Some(denial) = machine.denial(code, task) {
        return EventKind::Denied { task, denial };
    }
    let process = machine.task(task).process;
    match machine.task(task).step.call {
        Call::Send { pipe } | Call::TrySend { pipe } => {
            match machine.pipe_takes(code, task, pipe) {
                PipeAnswer::Broken => EventKind::SignalSent {
                    task,
                    signal: Signal::Pipe,
                    process,
                },
                PipeAnswer::Wait => waits(machine, at, task, Reason::PipeFull(pipe)),
                _ => EventKind::Sent { task, pipe },
            }
        }
        Call::Receive { pipe } | Call::TryReceive { pipe } => {
            match machine.pipe_gives(task, pipe) {
                PipeAnswer::Ended => EventKind::ReachedEnd { task, pipe },
                PipeAnswer::Wait => waits(machine, at, task, Reason::PipeEmpty(pipe)),
                _ => EventKind::Received { task, pipe },
            }
        }
        Call::Close { pipe, end } => EventKind::Closed { task, end, pipe },
        Call::Fork => EventKind::Forked {
            task,
            process: machine.next_process(code).0,
        },
        Call::Spawn { .. } => EventKind::Spawned {
            task,
            process: machine.next_process(code).0,
        },
        Call::StartThread { .. } => EventKind::ThreadStarted {
            task,
            thread: machine.next_thread(),
        },
        Call::Execute { .. } => EventKind::Executed { task },
        Call::Join => match machine.joined(code, task) {
            Some((thread, false)) => waits(machine, at, task, Reason::Thread(thread)),
            joined => EventKind::Joined {
                task,
                thread: joined.map_or(machine.next_thread(), |(thread, _)| thread),
            },
        },
        Call::WaitForChild | Call::TryWaitForChild => match machine.waited(code, task) {
            Waited::Ended(process) => EventKind::WaitedForChild { task, process },
            _ => waits(machine, at, task, Reason::Child),
        },
        Call::Kill { signal } => EventKind::SignalSent {
            task,
            signal,
            process: machine.named_process(task).unwrap_or(process),
        },
        Call::SetDisposition { signal, .. } => EventKind::DispositionSet { task, signal },
        Call::SetAlarm { .. } => EventKind::AlarmSet { task },
        Call::Ask { query } => EventKind::Asked { task, query },
        // The only call that is left.
        _ => EventKind::HandlerReturned { task },
    }
}

/// A task has to wait, or has waited for as long as it wants to.
fn waits(machine: &Machine, at: Time, task: TaskId, reason: Reason) -> EventKind {
    let thread = machine.threads.get(task.index());
    let deadline = thread.and_then(|thread| thread.deadline);
    if deadline.is_some_and(|deadline| deadline <= at) {
        return EventKind::TimedOut { task };
    }
    EventKind::Blocked {
        task,
        reason: reason.into(),
    }
}

/// A task goes to sleep, or back to it after a signal's handler.
pub(super) fn sleep(machine: &Machine, at: Time, task: TaskId) -> EventKind {
    let thread = &machine.threads[task.index()];
    if thread.phase == Phase::Interrupted {
        let denial = Denial::Interrupted;
        return EventKind::Denied { task, denial };
    }
    if thread.deadline.is_some_and(|deadline| deadline <= at) {
        return EventKind::SleepEnded { task };
    }
    EventKind::Blocked {
        task,
        reason: Reason::Sleep.into(),
    }
}

/// A signal that is delivered now, before everything else.
#[inline(never)]
#[lockstep_part::later]
pub(super) fn signal(machine: &Machine) -> Option<Next> {
    let (task, signal) = machine.signal_due()?;
    Some(forced(
        machine.now,
        EventKind::SignalDelivered { task, signal },
    ))
}
