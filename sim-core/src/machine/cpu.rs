//! A CPU: what it does now, and since and until when.

use serde::{Deserialize, Serialize};

use super::{State, Task};
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
    /// Whether its task was dispatched though the policy would have picked another: a person's choice,
    /// which the policy does not undo at once.
    pub is_chosen: bool,
    /// Kernel work that the next dispatch has to carry out first: the timer interrupt's handler.
    pub owed: Span,
    /// Time in user programs, settled.
    pub busy: Span,
    /// Time in context switches and interrupt handlers, settled.
    pub kernel: Span,
}

/// What a CPU does.
// With a tag of its own, not one folded into that of an option: it is read at every event.
#[repr(u8)]
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
            is_chosen: false,
            owed: Span::ZERO,
            busy: Span::ZERO,
            kernel: Span::ZERO,
        }
    }
}

impl Cpu {
    /// It goes on (or begins) in a task's program.
    #[inline]
    pub(super) fn run(&mut self, task: TaskId, entry: &mut Task, now: Time) {
        entry.accounting.first_run.get_or_insert(now);
        self.mode = Mode::User(task);
        self.since = now;
        self.due = self.slice_end.min(now + entry.step.run);
    }

    /// Settles what the task on it has used until now in its burst, accounting and registers. The
    /// policy has still to be told.
    #[inline]
    pub(super) fn settle(&mut self, entry: &mut Task, now: Time) -> Span {
        // Plain arithmetic, not that of `Span`, which takes care of overflow: this is done at most
        // events, nothing here grows beyond the clock, and nothing runs on after its burst.
        let span = Span(now.0 - self.since.0);
        self.since = now;
        self.busy.0 += span.0;
        entry.step.run.0 -= span.0;
        entry.accounting.cpu.0 += span.0;
        entry.saved = entry.saved.after(span);
        span
    }

    /// Takes it from the task that runs on it, which is ready again.
    #[inline]
    pub(super) fn take_from(&mut self, entry: &mut Task, now: Time) -> Span {
        let span = self.settle(entry, now);
        self.release();
        entry.leave_cpu(State::Ready, now);
        entry.accounting.preemptions += 1;
        span
    }

    /// Whether a task's program runs on it.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn runs(&self, task: TaskId) -> bool {
        matches!(self.mode, Mode::User(running) if running == task)
    }

    /// Nothing runs on it any more.
    #[inline]
    pub(super) fn release(&mut self) {
        self.mode = Mode::Idle;
        self.due = Time::NEVER;
        self.slice_end = Time::NEVER;
    }

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
