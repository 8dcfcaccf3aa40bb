//! How the events of scripts are told: shared variables, synchronisation objects, sleep, output.

use super::scene::{Scene, count};
use super::{What, Why};
use crate::call::{Call, Operation, Reason, Request};
use crate::event::EventKind;
use crate::ids::{ObjectId, TaskId};
use crate::machine::{ObjectState, State, wait_for};

impl Scene<'_> {
    pub(super) fn of_script(&self, kind: EventKind) -> What {
        let Self {
            before, after, at, ..
        } = *self;
        match kind {
            EventKind::Accessed {
                task,
                operation,
                variable,
            } => {
                let [expected, _] = before.threads[task.index()].program.operands;
                let held = before.memory[variable.index()];
                What::Accessed {
                    task,
                    operation,
                    variable,
                    before: held,
                    after: after.memory[variable.index()],
                    granted: operation != Operation::CompareAndSwap || held == expected,
                }
            }
            EventKind::Granted {
                task,
                request,
                object,
            } => What::Granted {
                task,
                request,
                object,
                value: self.value(task, request, object),
                left: self.left(object, request),
            },
            EventKind::Refused {
                task,
                request,
                object,
            } => What::Refused {
                task,
                request,
                object,
            },
            EventKind::HandedOver { task, object } => What::HandedOver {
                task,
                object,
                took: at.since(before.task(task).since),
            },
            EventKind::SleepEnded { task } => What::SleepEnded {
                task,
                took: at.since(before.task(task).since),
            },
            EventKind::InterpreterTaken { task } => What::InterpreterTaken { task },
            EventKind::InterpreterDropped { task, reason } => What::InterpreterDropped {
                task,
                reason,
                waiting: self.waiting_for_interpreter(task),
            },
            EventKind::IntervalPassed { task } => What::IntervalPassed {
                task,
                holder: before.interpreter_of(task).and_then(|lock| lock.holder),
                asks: after
                    .interpreter_of(task)
                    .is_some_and(|lock| lock.drop_request),
            },
            EventKind::CarrierTaken { task } => self.carrier_taken(task),
            EventKind::Yielded { task } => What::Yielded { task },
            EventKind::Passed { task } => What::Passed { task },
            EventKind::Printed { task } => What::Printed { task },
            EventKind::Failed { task, fault } => What::Failed {
                task,
                fault,
                cpu: self.cpu_after(task),
            },
            other => self.timed_out(other.task().unwrap_or(TaskId(0))),
        }
    }

    fn waiting_for_interpreter(&self, task: TaskId) -> u32 {
        let lock = self.before.interpreter_of(task);
        lock.map_or(0, |lock| count(lock.waiting.len()))
    }

    fn timed_out(&self, task: TaskId) -> What {
        let entry = self.before.task(task);
        let object = match (entry.state, entry.step.call) {
            (State::Blocked(Reason::Object(object)), _) | (_, Call::Sync { object, .. }) => {
                Some(object)
            }
            _ => None,
        };
        What::TimedOut {
            task,
            object,
            took: self.at.since(entry.since),
        }
    }

    /// The item that a task put or got, or the number that it asked for.
    fn value(&self, task: TaskId, request: Request, object: ObjectId) -> i64 {
        let operand = self.before.threads[task.index()].program.operands[0];
        match request {
            Request::Put | Request::TryPut | Request::Release | Request::Notify => operand,
            Request::Get | Request::TryGet => self.taken(object),
            Request::Watch | Request::WatchEdge | Request::Unwatch => operand,
            Request::TakeReady => self.next_ready(object),
            _ => 0,
        }
    }

    /// The item that is in a queue before, and not after.
    fn taken(&self, object: ObjectId) -> i64 {
        let (ObjectState::Queue { items, .. }, ObjectState::Queue { items: left, .. }) = (
            &self.before.object(object).state,
            &self.after.object(object).state,
        ) else {
            return 0;
        };
        let place = items.iter().zip(left).take_while(|(was, is)| was == is);
        items.get(place.count()).copied().unwrap_or(0)
    }

    /// The next socket of a set's answer.
    fn next_ready(&self, object: ObjectId) -> i64 {
        match &self.before.object(object).state {
            ObjectState::Watch(watch) => watch.answer.front().copied().unwrap_or(-1),
            _ => -1,
        }
    }

    fn left(&self, object: ObjectId, request: Request) -> u32 {
        let entry = self.after.object(object);
        match &entry.state {
            ObjectState::RecursiveLock { count, .. } => *count,
            ObjectState::Semaphore { value } => *value,
            ObjectState::Queue { unfinished, .. } if request == Request::TaskDone => *unfinished,
            ObjectState::Queue { items, .. } => count(items.len()),
            ObjectState::Watch(watch) if request.is_multiplexing() => count(watch.answer.len()),
            ObjectState::Watch(watch) => count(watch.members.len()),
            ObjectState::ReadersWriter { readers, .. } => count(readers.len()),
            // Those that are about to be woken are waiting before the event, and to be told.
            ObjectState::Condition | ObjectState::Event { .. } | ObjectState::Barrier => {
                count(self.before.object(object).waiting.len())
            }
            ObjectState::Lock { .. } => count(entry.waiting.len()),
        }
    }

    /// Who keeps a task waiting at an object, and whether all of them wait for each other.
    pub(super) fn why_waits(&self, task: TaskId, object: ObjectId) -> Option<Why> {
        let holder = self.after.object(object).holders().next()?;
        let circle = wait_for::circle(self.after, task);
        Some(match circle.len() {
            0 => Why::HeldBy { task: holder },
            tasks => Why::Deadlock {
                task: holder,
                tasks: count(tasks),
            },
        })
    }
}
