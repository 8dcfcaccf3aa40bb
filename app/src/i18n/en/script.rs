//! The sentences of scripts, in English: shared variables, locks and what is like them, sleep, output.
//!
//! The file is long because it is one list: a sentence for each kind of event, request and object.

use sim_core::call::{DropReason, Fault, Operation, Request};
use sim_core::ids::{ObjectId, TaskId, VariableId};
use sim_core::machine::{ObjectState, State};
use sim_core::program::script::ObjectKind;
use sim_core::view::Narration;
use sim_core::view::narration::{What, Why};

use super::narration::{Teller, say};
use crate::i18n::{ObjectTexts, Piece};

impl Teller<'_> {
    fn variable(&self, variable: VariableId) -> Piece {
        Piece::Thing(self.scene.code.variable_name(variable))
    }

    fn object(&self, object: ObjectId) -> Piece {
        let code = &self.scene.code;
        let kind = self.texts.object_kind(code.object(object));
        Piece::Thing(format!("{kind} {}", code.object_name(object)))
    }

    pub(super) fn tell_script(&mut self, narration: &Narration) {
        match narration.what {
            What::Accessed {
                task,
                operation,
                variable,
                before,
                after,
                granted,
            } => self.accessed(task, operation, variable, [before, after], granted),
            What::Granted {
                task,
                request,
                object,
                value,
                left,
            } => self.granted(task, request, object, value, left),
            What::Refused {
                task,
                request,
                object,
            } => self.refused(task, request, object),
            What::HandedOver { task, object, took } => {
                let (object, took) = (self.object(object), self.span(took));
                if let Some(Why::WokenBy { task: by }) = narration.why {
                    say!(self.main, by, " hands ", object, " over to ", task);
                } else {
                    say!(self.main, task, " is given ", object);
                }
                say!(self.main, format!(", which has waited {took} for it."));
            }
            What::TimedOut { task, object, took } => {
                say!(self.main, task, " gives up");
                if let Some(object) = object {
                    let object = self.object(object);
                    say!(self.main, " waiting at ", object);
                }
                let took = self.span(took);
                say!(self.main, format!(" after {took}: its time is over."));
            }
            What::SleepEnded { task, took } => {
                let took = self.span(took);
                say!(
                    self.main,
                    task,
                    format!(" wakes up after {took}: it is ready again.")
                );
            }
            What::InterpreterTaken { task } => {
                say!(self.main, task, " takes the interpreter lock: it runs on.");
            }
            What::InterpreterDropped {
                task,
                reason: DropReason::Requested,
                ..
            } => {
                say!(
                    self.main,
                    task,
                    " sees the request and drops the interpreter lock."
                );
                say!(self.more, "It waits until another thread has taken it.");
            }
            What::InterpreterDropped { task, .. } => {
                say!(
                    self.main,
                    task,
                    " drops the interpreter lock before a call that may take long."
                );
            }
            What::IntervalPassed {
                task,
                holder: Some(holder),
                asks: true,
            } => {
                say!(
                    self.main,
                    task,
                    " has waited for a whole switch interval: it asks ",
                    holder
                );
                say!(self.main, " to drop the interpreter lock.");
            }
            What::IntervalPassed { task, .. } => {
                say!(self.main, task, " has waited for a whole switch interval.");
                say!(
                    self.main,
                    " The lock was handed on meanwhile: it waits again."
                );
            }
            What::CarrierTaken {
                task,
                carrier,
                right,
                from,
                cpu,
                cost,
            } => self.carrier_taken(task, (carrier, right), from, cpu, cost),
            What::Yielded { task } if self.shares_carriers(task) => self.yielded_carrier(task),
            What::Yielded { task } => {
                let text = match self.scene.machine.is_task_level() {
                    true => " yields: others may run first.",
                    false => " yields: it goes to the end of the ready queue.",
                };
                say!(self.main, task, text);
            }
            What::Passed { task } => {
                say!(
                    self.main,
                    task,
                    " computes on: others may come between here."
                );
            }
            What::Printed { task } => {
                let printed = self.scene.printed();
                say!(
                    self.main,
                    task,
                    format!(" prints \u{201c}{printed}\u{201d}.")
                );
            }
            What::Failed { task, fault, cpu } => {
                say!(self.main, task, format!(" fails: {}.", fault_text(fault)));
                say!(self.main, " It ends, and what it holds stays held.");
                self.cpu_after(cpu);
            }
            _ => {}
        }
    }

    fn accessed(
        &mut self,
        task: TaskId,
        operation: Operation,
        variable: VariableId,
        [before, after]: [i64; 2],
        granted: bool,
    ) {
        let variable = self.variable(variable);
        match operation {
            Operation::Load => {
                say!(
                    self.main,
                    task,
                    " reads ",
                    variable,
                    format!(": it is {before}.")
                );
            }
            Operation::Store if before == after => {
                say!(
                    self.main,
                    task,
                    format!(" writes {after} into "),
                    variable,
                    ", which held it already."
                );
            }
            Operation::Store => {
                say!(
                    self.main,
                    task,
                    format!(" writes {after} into "),
                    variable,
                    format!(", which held {before}.")
                );
            }
            Operation::Swap => {
                say!(
                    self.main,
                    task,
                    format!(" writes {after} into "),
                    variable,
                    format!(" and gets {before} out of it, in one step.")
                );
            }
            Operation::CompareAndSwap if granted => {
                say!(
                    self.main,
                    task,
                    " finds ",
                    variable,
                    format!(" to be {before} as it expected, and writes {after}, in one step.")
                );
            }
            Operation::CompareAndSwap => {
                say!(
                    self.main,
                    task,
                    " finds ",
                    variable,
                    format!(" to be {before}, which it did not expect: it writes nothing.")
                );
            }
            Operation::FetchAdd => {
                let sum = after.wrapping_sub(before);
                say!(
                    self.main,
                    task,
                    format!(" adds {sum} to "),
                    variable,
                    format!(", from {before} to {after}, in one step.")
                );
            }
        }
    }

    fn granted(&mut self, task: TaskId, request: Request, object: ObjectId, value: i64, left: u32) {
        let kind = *self.scene.code.object(object);
        let is_semaphore = matches!(kind, ObjectKind::Semaphore { .. });
        let thing = self.object(object);
        match request {
            Request::Acquire | Request::TryAcquire if is_semaphore => {
                say!(self.main, task, " takes a place of ", thing);
                say!(self.main, format!(": {} now.", free(left)));
            }
            Request::Acquire | Request::TryAcquire
                if kind == ObjectKind::RecursiveLock && left > 1 =>
            {
                say!(self.main, task, " takes ", thing);
                say!(self.main, format!(" again: it holds it {left} times now."));
            }
            Request::Acquire | Request::TryAcquire => {
                say!(self.main, task, " takes ", thing, ": nobody else holds it.");
            }
            Request::AcquireShared | Request::TryAcquireShared => {
                say!(self.main, task, " takes ", thing, " for reading");
                let text = match left {
                    1 => ": it is the only reader.".to_owned(),
                    _ => format!(": {left} readers share it."),
                };
                say!(self.main, text);
            }
            Request::Release if is_semaphore => {
                let text = match value {
                    1 => " gives a place of ".to_owned(),
                    _ => format!(" gives {value} places of "),
                };
                say!(self.main, task, text, thing);
                say!(self.main, format!(" back: {} now.", free(left)));
            }
            Request::Release if kind == ObjectKind::RecursiveLock && left > 0 => {
                say!(self.main, task, " gives ", thing, " back once");
                say!(self.main, format!(": it still holds it {left} times."));
            }
            Request::Release => say!(self.main, task, " gives ", thing, " back."),
            Request::Wait => say!(self.main, task, " goes on after ", thing, "."),
            Request::WaitSet => say!(self.main, task, " finds ", thing, " set, and goes on."),
            Request::Set => {
                say!(self.main, task, " sets ", thing);
                self.for_waiting(left, ": all who wait go on");
            }
            Request::Clear => say!(self.main, task, " clears ", thing, "."),
            Request::Notify | Request::NotifyAll => {
                say!(self.main, task, " notifies ", thing);
                if left == 0 {
                    say!(self.main, ", but nobody waits: the notification is lost.");
                } else if request == Request::NotifyAll {
                    say!(
                        self.main,
                        format!(": all of {left} who wait are to be woken.")
                    );
                } else {
                    let woken = u64::from(left).min(value.unsigned_abs());
                    say!(
                        self.main,
                        format!(": {woken} of {left} who wait are to be woken.")
                    );
                }
            }
            Request::Arrive => {
                say!(self.main, task, " is the last to come to ", thing);
                say!(self.main, ": it opens, and all go on.");
            }
            Request::Put | Request::TryPut => {
                say!(self.main, task, format!(" puts {value} into "), thing);
                say!(self.main, format!(", which holds {left} now."));
            }
            Request::Get | Request::TryGet => {
                say!(self.main, task, format!(" takes {value} out of "), thing);
                say!(self.main, format!(", which holds {left} now."));
            }
            Request::TaskDone => {
                say!(self.main, task, " reports an item of ", thing, " as done");
                let text = match left {
                    0 => ": that was the last one.".to_owned(),
                    _ => format!(": {left} are not done yet."),
                };
                say!(self.main, text);
            }
            Request::Watch | Request::WatchEdge => {
                let text = format!(" puts socket {value} into ");
                say!(
                    self.main,
                    task,
                    text,
                    thing,
                    format!(", which watches {left} now.")
                );
            }
            Request::Unwatch => {
                let text = format!(" takes socket {value} out of ");
                say!(
                    self.main,
                    task,
                    text,
                    thing,
                    format!(", which watches {left} now.")
                );
            }
            Request::Select | Request::Poll | Request::Epoll => {
                let text = match left {
                    1 => " is told that 1 socket is ready, of ".to_owned(),
                    _ => format!(" is told that {left} sockets are ready, of "),
                };
                say!(self.main, task, text, thing, ".");
            }
            Request::TakeReady if value < 0 => {
                say!(
                    self.main,
                    task,
                    " has looked at all that were ready, of ",
                    thing,
                    "."
                );
            }
            Request::TakeReady => {
                let text = format!(" takes up socket {value}, which is ready, of ");
                say!(self.main, task, text, thing, ".");
            }
            Request::JoinQueue => {
                say!(
                    self.main,
                    task,
                    " finds every item of ",
                    thing,
                    " done, and goes on."
                );
            }
        }
    }

    fn for_waiting(&mut self, waiting: u32, text: &str) {
        match waiting {
            0 => say!(self.main, "."),
            _ => say!(self.main, format!("{text}.")),
        }
    }

    fn refused(&mut self, task: TaskId, request: Request, object: ObjectId) {
        let thing = self.object(object);
        let text = match request {
            Request::TryPut => ", but it is full: it goes on without waiting.",
            Request::TryGet => ", but it is empty: it goes on without waiting.",
            _ => ", but cannot have it now: it goes on without waiting.",
        };
        say!(self.main, task, " tries ", thing, text);
    }

    /// Why it blocks: the first half of the sentence.
    pub(super) fn waits_at(&mut self, task: TaskId, object: ObjectId) {
        let thing = self.object(object);
        let kind = self.scene.code.object(object);
        let is_empty = matches!(
            &self.scene.machine.object(object).state,
            ObjectState::Queue { items, .. } if items.is_empty()
        );
        match kind {
            ObjectKind::Lock { .. }
            | ObjectKind::RecursiveLock
            | ObjectKind::ReadersWriter { .. } => {
                say!(self.main, task, " wants ", thing, " and has to wait.");
            }
            ObjectKind::Semaphore { .. } => {
                say!(
                    self.main,
                    task,
                    " wants a place of ",
                    thing,
                    ", but none is free: it waits."
                );
            }
            ObjectKind::Condition { lock } => {
                let lock = self.object(*lock);
                say!(
                    self.main,
                    task,
                    " waits at ",
                    thing,
                    ", and gives ",
                    lock,
                    " back meanwhile."
                );
            }
            ObjectKind::Event => {
                say!(self.main, task, " waits until ", thing, " is set.");
            }
            ObjectKind::Barrier { parties } => {
                let come = self.scene.machine.object(object).waiting.len();
                let text = format!(": {come} of {parties} have come. It waits for the others.");
                say!(self.main, task, " comes to ", thing, text);
            }
            ObjectKind::Watch => {
                say!(
                    self.main,
                    task,
                    " waits until a socket of ",
                    thing,
                    " is ready."
                );
            }
            ObjectKind::Queue { .. } => match self.scene.machine.role(task) {
                sim_core::machine::Role::Joiner => {
                    say!(
                        self.main,
                        task,
                        " waits until every item of ",
                        thing,
                        " is done."
                    );
                }
                _ if is_empty => {
                    say!(
                        self.main,
                        task,
                        " finds ",
                        thing,
                        " empty: it waits for an item."
                    );
                }
                _ => say!(
                    self.main,
                    task,
                    " finds ",
                    thing,
                    " full: it waits for room."
                ),
            },
        }
    }

    /// Who keeps it waiting: the other half.
    pub(super) fn kept_waiting(&mut self, why: Option<Why>) {
        match why {
            Some(Why::HeldBy { task }) => {
                let is_over = matches!(
                    self.scene.machine.task(task).state,
                    State::Zombie | State::Exited
                );
                if is_over {
                    say!(
                        self.main,
                        " ",
                        task,
                        " holds it, and has ended: it will never be given back."
                    );
                } else {
                    say!(self.main, " ", task, " holds it.");
                }
            }
            Some(Why::Deadlock { task, tasks: 1 }) => {
                say!(
                    self.main,
                    " ",
                    task,
                    " holds it itself: it waits for itself, for ever. Deadlock."
                );
            }
            Some(Why::Deadlock { task, tasks }) => {
                say!(self.main, " ", task, " holds it.");
                self.in_circle(Some(Why::Circle { tasks }));
            }
            _ => {}
        }
    }

    /// A circle has closed.
    pub(super) fn in_circle(&mut self, why: Option<Why>) {
        let text = match why {
            Some(Why::Circle { tasks: 1 }) => {
                " It waits for itself, for ever: deadlock.".to_owned()
            }
            Some(Why::Circle { tasks }) => {
                format!(" Now {tasks} tasks wait for each other in a circle: deadlock.")
            }
            _ => return,
        };
        say!(self.main, text);
    }

    pub(super) fn woken_at(&mut self, task: TaskId, object: ObjectId, why: Option<Why>) {
        let thing = self.object(object);
        let by = match why {
            Some(Why::WokenBy { task: by }) => by,
            Some(Why::Spurious) => {
                return say!(
                    self.main,
                    task,
                    " wakes at ",
                    thing,
                    " though nobody has notified it: a spurious wake-up. It is ready to take the lock again."
                );
            }
            _ => return say!(self.main, task, " is ready to try again."),
        };
        match self.scene.code.object(object) {
            ObjectKind::Condition { .. } => {
                say!(
                    self.main,
                    by,
                    " has notified ",
                    task,
                    ": it is ready to take the lock again."
                );
            }
            ObjectKind::Event => {
                say!(self.main, by, " has set ", thing, ": ", task, " is ready.");
            }
            ObjectKind::Barrier { .. } => {
                say!(self.main, by, " was the last to come: ", task, " is ready.");
            }
            ObjectKind::Queue { .. } => {
                say!(
                    self.main,
                    by,
                    " has changed ",
                    thing,
                    ": ",
                    task,
                    " is ready to try again."
                );
            }
            _ => {
                say!(self.main, by, " has given ", thing, " back: ", task);
                say!(
                    self.main,
                    " is ready to try again, and another may come first."
                );
            }
        }
    }
}

fn free(places: u32) -> String {
    match places {
        0 => "none is free".to_owned(),
        1 => "1 place is free".to_owned(),
        _ => format!("{places} places are free"),
    }
}

fn fault_text(fault: Fault) -> &'static str {
    match fault {
        Fault::AssertionFailed => "what it asserts is not so",
        Fault::IndexOutOfRange => "the array has no such element",
        Fault::DivisionByZero => "it divides by zero",
        Fault::Overflow => "a number does not fit into 64 bits",
        Fault::StackOverflow => "its calls are nested too deeply",
        Fault::NotOwner => "it does not hold the lock",
        Fault::AboveMaximum => "the semaphore has no more places than that",
        Fault::TooManyDone => "more items are reported as done than were put",
        Fault::BadTime => "a length of time is negative or too long",
        Fault::BadCount => "a number of things is negative or too large",
        Fault::TooManyTasks => "there is no room for another process or thread",
        Fault::NoThread => "that is no other thread of its process",
        Fault::EndOfFile => "the pipe has ended",
        Fault::Interrupted => "a signal interrupted its call",
        Fault::NotSupported => "this operating system does not know that",
        Fault::BadDescriptor => {
            "its process has no such socket, or has closed that end of the pipe"
        }
        Fault::AddressInUse => "another listens at the port",
        Fault::ConnectionRefused => "nobody listens at the port, or too many wait there",
        Fault::ConnectionReset => "the other side has thrown the connection away",
        Fault::BrokenPipe => "nobody reads at the other end any more",
        Fault::TooManySockets => "there are as many sockets as there can be",
    }
}
