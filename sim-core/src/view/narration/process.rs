//! How the events of processes are told: making, waiting, signals, the ends of pipes.

use super::scene::Scene;
use super::{SignalEffect, What};
use crate::call::{Call, Disposition};
use crate::event::EventKind;
use crate::ids::{ProcessId, TaskId};
use crate::machine::{ProcessState, State};
use crate::program::INIT;

impl Scene<'_> {
    pub(super) fn of_process(&self, kind: EventKind) -> What {
        let Self {
            code,
            before,
            after,
            ..
        } = *self;
        let other = code.slots.other(kind);
        match kind {
            EventKind::Forked { task, process } => What::Forked {
                task,
                process,
                child: other.unwrap_or(task),
                words: code.script.as_ref().map_or(0, |script| script.words()),
            },
            EventKind::Spawned { task, process } => What::Spawned {
                task,
                process,
                child: other.unwrap_or(task),
            },
            EventKind::ThreadStarted { task, thread } => What::ThreadStarted {
                task,
                thread: code.slots.thread(thread),
            },
            EventKind::Executed { task } => What::Executed { task },
            EventKind::Joined { task, thread } => What::Joined {
                task,
                thread: code.slots.thread(thread),
            },
            EventKind::WaitedForChild { task, process } => What::WaitedForChild {
                task,
                process,
                child: other.unwrap_or(task),
                status: before.process(process).status,
            },
            EventKind::Denied { task, denial } => What::Denied { task, denial },
            EventKind::Asked { task, query } => What::Asked { task, query },
            EventKind::SignalSent {
                task,
                signal,
                process,
            } => What::SignalSent {
                task,
                signal,
                process,
                first: self.first_of(process),
                is_kernel: !matches!(before.task(task).step.call, Call::Kill { .. }),
                effect: self.effect(process, kind),
            },
            EventKind::DispositionSet { task, signal } => What::DispositionSet {
                task,
                signal,
                disposition: match before.task(task).step.call {
                    Call::SetDisposition { disposition, .. } => disposition,
                    _ => Disposition::Default,
                },
            },
            EventKind::AlarmSet { task } => What::AlarmSet {
                task,
                at: after.process_of(task).and_then(|process| process.alarm),
            },
            EventKind::AlarmRang { task, process } => What::AlarmRang {
                task,
                effect: self.effect(process, kind),
            },
            EventKind::SignalDelivered { task, signal } => What::SignalDelivered {
                task,
                signal,
                blocked: match before.task(task).state {
                    State::Blocked(reason) => Some(reason),
                    _ => None,
                },
            },
            EventKind::HandlerReturned { task } => What::HandlerReturned { task },
            EventKind::Killed { task, signal } => What::Killed {
                task,
                signal,
                cpu: self.cpu_after(task),
            },
            EventKind::Terminated { task } => What::Terminated {
                task,
                cpu: self.cpu_after(task),
            },
            EventKind::Adopted { task, process } => What::Adopted {
                task,
                parent: self.first_of(before.process(process).parent),
            },
            EventKind::Closed { task, end, pipe } => What::Closed {
                task,
                end,
                pipe,
                open: after.holders_of(pipe, end).count(),
            },
            // The only kind that is left to this file.
            other => What::Passed {
                task: other.task().unwrap_or(TaskId(0)),
            },
        }
    }

    /// Who collects the exit status of a task: a job's parent, or the parent of a process; none where
    /// that is the first process, or the process goes on.
    pub(super) fn reaper(&self, task: TaskId) -> Option<TaskId> {
        match self.before.process_of(task) {
            None => self.code.job(task).parent,
            Some(process) if process.state == ProcessState::Zombie => self.first_of(process.parent),
            Some(_) => None,
        }
    }

    /// The first thread of a process; none of the first process, which has none.
    fn first_of(&self, process: ProcessId) -> Option<TaskId> {
        (process != INIT).then(|| self.before.process(process).first)
    }

    /// What a signal does to a process.
    fn effect(&self, process: ProcessId, kind: EventKind) -> SignalEffect {
        let (before, after) = (self.before.process(process), self.after.process(process));
        let Some(signal) = kind.signal() else {
            return SignalEffect::None;
        };
        if before.is_live() && !after.is_live() {
            SignalEffect::Ends
        } else if after.pending & signal.bit() != 0 {
            SignalEffect::Handled
        } else {
            SignalEffect::None
        }
    }
}
