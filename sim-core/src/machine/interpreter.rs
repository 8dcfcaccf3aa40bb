//! The interpreter lock (GIL) of a process, with the protocol of CPython 3.2 and later
//! (`Python/ceval_gil.c`; Antoine Pitrou's *new GIL*).
//!
//! A thread runs the program's instructions only while it holds the lock. Who wants it sleeps for the
//! *switch interval*; if nobody has handed it on meanwhile, the sleeper asks the holder to drop it. The
//! holder looks at that request at certain points only, drops the lock, and waits until another thread
//! has taken it (*forced switching*). A call that blocks drops it at once and takes it again after.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Machine, State, Thread};
use crate::ids::TaskId;
use crate::program::{Code, Dialect};

/// An interpreter lock.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Interpreter {
    /// Who holds it.
    pub holder: Option<TaskId>,
    /// Who held it last.
    pub last: Option<TaskId>,
    /// Who waits for it, in order.
    pub waiting: VecDeque<TaskId>,
    /// Whether a waiter has asked the holder to drop it.
    pub drop_request: bool,
    /// How often it has passed from one thread to another.
    pub switches: u32,
    /// Who dropped it because it was asked to, and waits until another has taken it.
    pub forced: Option<TaskId>,
}

impl Machine {
    /// Whether a task has to take the interpreter lock before it can run on.
    #[must_use]
    pub fn needs_interpreter(&self, task: TaskId) -> bool {
        let outside = |thread: &Thread| thread.is_outside;
        self.interpreter_of(task).is_some_and(|lock| {
            let is_peer = matches!(self.task(task).state, State::Outside(_));
            lock.holder != Some(task)
                && !is_peer
                && !self.threads.get(task.index()).is_some_and(outside)
        })
    }

    /// Whether a task has to drop the interpreter lock now because it was asked to: it holds it, and
    /// is where it looks at the request.
    #[must_use]
    pub fn drops_interpreter(&self, code: &Code, task: TaskId) -> bool {
        let asked = self
            .interpreter_of(task)
            .is_some_and(|lock| lock.drop_request && lock.holder == Some(task));
        asked
            && match code
                .config
                .interpreter
                .map(|interpreter| interpreter.dialect)
            {
                Some(Dialect::AnyInstruction) => true,
                Some(Dialect::CheckPoints) => {
                    let thread = self.threads.get(task.index());
                    thread.is_some_and(|thread| thread.program.checkpoint)
                }
                None => false,
            }
    }

    /// Whether a task does something about the interpreter lock before it runs on.
    #[inline]
    pub(super) fn has_to_see_to_interpreter(&self, code: &Code, task: TaskId) -> bool {
        code.config.interpreter.is_some()
            && (self.needs_interpreter(task) || self.drops_interpreter(code, task))
    }
}
