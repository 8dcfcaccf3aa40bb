//! A CPU: what it does now, and since and until when.

use serde::{Deserialize, Serialize};

use crate::ids::TaskId;
use crate::time::{Span, Time};

/// A CPU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cpu {
    /// What it does.
    pub mode: Mode,
    /// Since when it does it; the time before is settled into the sums below.
    pub since: Time,
    /// When that ends by itself: a burst, a slice, a switch, a handler.
    pub due: Time,
    /// When the running task's time slice ends.
    pub slice_end: Time,
    /// The task whose context was loaded last.
    pub last: Option<TaskId>,
    /// Kernel work that the next dispatch has to carry out first: the timer interrupt's handler.
    pub owed: Span,
    /// Time in user programs, settled.
    pub busy: Span,
    /// Time in context switches and interrupt handlers, settled.
    pub kernel: Span,
}

/// What a CPU does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Mode {
    /// Nothing.
    #[default]
    Idle,
    /// It runs a task's program.
    User(TaskId),
    /// It loads a task's context.
    Switching {
        /// Whose.
        to: TaskId,
    },
    /// It handles the disk's interrupt.
    Handling {
        /// Whose request is done.
        done: TaskId,
        /// Whose program was interrupted, or who holds the CPU while it waits.
        interrupted: Option<TaskId>,
    },
    /// It waits with a task for the disk (no multiprogramming).
    Held(TaskId),
}

impl Default for Cpu {
    fn default() -> Self {
        Self {
            mode: Mode::Idle,
            since: Time::ZERO,
            due: Time::NEVER,
            slice_end: Time::NEVER,
            last: None,
            owed: Span::ZERO,
            busy: Span::ZERO,
            kernel: Span::ZERO,
        }
    }
}

impl Cpu {
    /// The task that is on this CPU: running, being loaded, interrupted or waited with.
    #[must_use]
    pub const fn task(&self) -> Option<TaskId> {
        match self.mode {
            Mode::User(task) | Mode::Switching { to: task } | Mode::Held(task) => Some(task),
            Mode::Handling { interrupted, .. } => interrupted,
            Mode::Idle => None,
        }
    }
}
