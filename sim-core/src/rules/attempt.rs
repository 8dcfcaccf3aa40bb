//! What happens when a task has come to its call: it is answered, or the task blocks.

use super::network;
use super::process::{sleep, system};
use crate::call::{Call, Denial, DropReason, Reason, Request};
use crate::event::EventKind;
use crate::ids::{CpuId, ObjectId, TaskId};
use crate::machine::{Answer, Cpu, Machine, Mode, Phase};
use crate::program::Code;
use crate::time::Time;

/// What happens on a CPU when what it does comes to its end.
pub(super) fn cpu_event(code: &Code, machine: &Machine, at: Time, id: CpuId) -> EventKind {
    let cpu = machine.cpu(id);
    match cpu.mode {
        Mode::User(task) => user_event(code, machine, at, id, cpu, task),
        Mode::Switching { to } => EventKind::ContextRestored { task: to, cpu: id },
        Mode::Handling { done, .. } => EventKind::IoCompleted { task: done },
        Mode::Receiving { packet, .. } => network::arrival(machine, packet),
        // Neither is ever due.
        Mode::Idle | Mode::Held(_) => EventKind::PriorityAdjusted,
    }
}

/// What happens when a burst or a slice comes to its end.
fn user_event(
    code: &Code,
    machine: &Machine,
    at: Time,
    id: CpuId,
    cpu: &Cpu,
    task: TaskId,
) -> EventKind {
    if code.config.interpreter.is_some()
        && let Some(kind) = interpreter(code, machine, task)
    {
        return kind;
    }
    match stop(machine, at, cpu, task) {
        Stop::Slice => EventKind::SliceExpired { task, cpu: id },
        Stop::Call(_) => attempt(code, machine, at, task),
    }
}

/// What a running task has to do about the interpreter lock before it runs on.
#[lockstep_part::later]
fn interpreter(code: &Code, machine: &Machine, task: TaskId) -> Option<EventKind> {
    if machine.drops_interpreter(code, task) {
        let reason = DropReason::Requested;
        return Some(EventKind::InterpreterDropped { task, reason });
    }
    let lock = machine.interpreter_of(task)?;
    machine.needs_interpreter(task).then(|| match lock.holder {
        None => EventKind::InterpreterTaken { task },
        Some(_) => EventKind::Blocked {
            task,
            reason: Reason::Interpreter.into(),
        },
    })
}

/// Whether a thread drops the interpreter lock before this can happen to it.
const fn leaves_interpreter(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Blocked { .. }
            | EventKind::Exited { .. }
            | EventKind::Failed { .. }
            | EventKind::CopyBegan { .. }
            | EventKind::ScanBegan { .. }
    )
}

/// Why a task does not run on.
pub(crate) enum Stop {
    /// Its slice ends.
    Slice,
    /// It has come to its call.
    Call(Call),
}

/// Why the task on a CPU does not run on.
#[inline]
pub(crate) fn stop(machine: &Machine, at: Time, cpu: &Cpu, task: TaskId) -> Stop {
    // A call comes before the end of the slice at the same moment.
    let step = &machine.task(task).step;
    if at < cpu.since + step.run {
        Stop::Slice
    } else {
        Stop::Call(step.call)
    }
}

/// Says how a task's call is answered at a moment, or on what the task blocks. A woken task attempts
/// again.
#[must_use]
pub fn attempt(code: &Code, machine: &Machine, at: Time, task: TaskId) -> EventKind {
    let kind = answer(code, machine, at, task);
    let lock = machine.interpreter_of(task);
    if lock.is_some_and(|lock| lock.holder == Some(task)) && leaves_interpreter(kind) {
        let reason = DropReason::Call;
        return EventKind::InterpreterDropped { task, reason };
    }
    kind
}

/// The same, as if there were no interpreter lock.
fn answer(code: &Code, machine: &Machine, at: Time, task: TaskId) -> EventKind {
    match machine.task(task).step.call {
        Call::Exit { .. } | Call::EndThread => EventKind::Exited { task },
        call => answer_later(code, machine, at, task, call),
    }
}

/// What the page's first scenario does without.
#[lockstep_part::later]
fn answer_later(code: &Code, machine: &Machine, at: Time, task: TaskId, call: Call) -> EventKind {
    let entry = machine.task(task);
    let blocked = |reason: Reason| EventKind::Blocked {
        task,
        reason: reason.into(),
    };
    match call {
        Call::Io { .. } => blocked(Reason::Disk),
        Call::Exit { .. } | Call::EndThread => EventKind::Exited { task },
        Call::Send { .. }
        | Call::Receive { .. }
        | Call::TrySend { .. }
        | Call::TryReceive { .. }
        | Call::Close { .. }
        | Call::Fork
        | Call::Spawn { .. }
        | Call::StartThread { .. }
        | Call::Execute { .. }
        | Call::Join
        | Call::WaitForChild
        | Call::TryWaitForChild
        | Call::Kill { .. }
        | Call::SetDisposition { .. }
        | Call::ReturnFromHandler
        | Call::SetAlarm { .. }
        | Call::Ask { .. } => system(code, machine, at, task),
        Call::Access {
            variable,
            operation,
        } => EventKind::Accessed {
            task,
            operation,
            variable,
        },
        Call::Sync { object, request } => ask(code, machine, at, task, object, request),
        Call::Socket { request } => machine.network_answer(code, at, task, request),
        Call::Sleep { .. } => sleep(machine, at, task),
        Call::Yield => EventKind::Yielded { task },
        Call::Pass => EventKind::Passed { task },
        Call::Print { .. } => EventKind::Printed { task },
        Call::Fail { fault } => EventKind::Failed { task, fault },
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

/// What an object says to a request.
fn ask(
    code: &Code,
    machine: &Machine,
    at: Time,
    task: TaskId,
    object: ObjectId,
    request: Request,
) -> EventKind {
    let thread = &machine.threads[task.index()];
    if thread.phase == Phase::Interrupted {
        let denial = Denial::Interrupted;
        return EventKind::Denied { task, denial };
    }
    if !machine.scan_time(code, task, object, request).is_zero() {
        return EventKind::ScanBegan { task, object };
    }
    match machine.answer(code, task, object, request) {
        Answer::Granted => match (thread.phase, code.lock_of(object)) {
            (Phase::Reacquire { .. }, Some(lock)) => EventKind::Granted {
                task,
                request: Request::Acquire,
                object: lock,
            },
            _ => EventKind::Granted {
                task,
                request,
                object,
            },
        },
        Answer::Refused => EventKind::Refused {
            task,
            request,
            object,
        },
        Answer::Wait(_) if thread.deadline.is_some_and(|deadline| deadline <= at) => {
            EventKind::TimedOut { task }
        }
        Answer::Wait(object) => EventKind::Blocked {
            task,
            reason: Reason::Object(object).into(),
        },
        Answer::Fault(fault) => EventKind::Failed { task, fault },
    }
}
