//! A task's entry in the process table: its process control block.

use serde::{Deserialize, Serialize};

use crate::call::{Reason, Step};
use crate::ids::{CpuId, PartitionId, ProcessId};
use crate::program::{Frame, Job};
use crate::time::{Span, Time};

/// A process control block (Silberschatz §3.1.3, Tanenbaum §2.1.6). What never changes (name,
/// parent, open files) is in the job.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Its state.
    pub state: State,
    /// Since when.
    pub since: Time,
    /// Where its program stands.
    pub frame: Frame,
    /// What it does next.
    pub step: Step,
    /// The registers as they were saved when it last left a CPU.
    pub saved: Registers,
    /// The CPU that it was given last: that CPU's cache may still hold what it needs.
    pub last_cpu: Option<CpuId>,
    /// The process whose thread it is, where it is a task of a script.
    pub process: ProcessId,
    /// Its partition of memory.
    pub partition: Option<PartitionId>,
    /// When its present job was released: its arrival, the start of its period, or when it was made.
    pub released: Time,
    /// When that job must be done.
    pub deadline: Option<Time>,
    /// What it has used so far.
    pub accounting: Accounting,
}

/// The states of a task.
// With a tag of its own, not one folded into that of the reason: it is read at every event.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum State {
    /// It has not arrived: it is no process yet.
    Absent,
    /// It has arrived and waits for memory.
    New,
    /// It could run.
    Ready,
    /// A CPU is its own: it runs, or its context is being loaded.
    Running(CpuId),
    /// It cannot go on.
    Blocked(Reason),
    /// It is a peer, in the world outside: about to make its next call, or waiting for this.
    Outside(Option<Reason>),
    /// It has ended; its entry stays until its parent has collected the exit status.
    Zombie,
    /// Gone.
    Exited,
}

/// The registers of a CPU, as far as a workload has any.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Registers {
    /// The program counter. A workload's program is taken to be one instruction a nanosecond, so
    /// it is the CPU time used: two processes of one program have each their own.
    pub pc: u64,
    /// The stack pointer: how many frames are on the stack (one in `main`, one more in a call).
    pub sp: u32,
}

impl Registers {
    /// The registers after running for a while.
    #[must_use]
    #[inline]
    pub const fn after(self, ran: Span) -> Self {
        Self {
            pc: self.pc + ran.0,
            sp: self.sp,
        }
    }
}

/// What a task has used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Accounting {
    /// CPU time in its own program.
    pub cpu: Span,
    /// Time in which it could have run but did not: new, ready, or its context being loaded.
    pub waiting: Span,
    /// Time blocked.
    pub blocked: Span,
    /// When it first ran.
    pub first_run: Option<Time>,
    /// When it exited.
    pub completion: Option<Time>,
    /// How often it was dispatched.
    pub dispatches: u32,
    /// How often the CPU was taken from it (slice or preemption).
    pub preemptions: u32,
    /// How many of its deadlines were missed.
    pub missed: u32,
    /// The longest time between being ready and running.
    pub longest_wait: Span,
}

impl Accounting {
    /// Adds time spent in a state other than running.
    #[inline]
    pub(crate) fn charge(&mut self, state: State, span: Span) {
        match state {
            State::New | State::Ready => self.waiting.0 += span.0,
            State::Blocked(_) | State::Outside(_) => self.blocked.0 += span.0,
            State::Absent | State::Running(_) | State::Zombie | State::Exited => {}
        }
    }
}

impl Task {
    /// An entry for a job that has not arrived.
    pub(crate) fn new(job: &Job, process: ProcessId) -> Self {
        Self {
            state: State::Absent,
            since: Time::ZERO,
            frame: Frame::default(),
            step: Step::END,
            saved: Registers { pc: 0, sp: 1 },
            last_cpu: None,
            process,
            partition: None,
            released: job.arrival,
            deadline: None,
            accounting: Accounting::default(),
        }
    }

    /// It changes its state; the time in the one before is accounted for.
    ///
    /// Here and below plain arithmetic, not that of `Span`, which takes care of overflow: this is
    /// done at every event, and no sum of waiting grows beyond the clock.
    #[inline]
    pub(super) fn enter(&mut self, state: State, now: Time) {
        let span = Span(now.0 - self.since.0);
        self.accounting.charge(self.state, span);
        if matches!(self.state, State::Ready) {
            self.accounting.longest_wait = self.accounting.longest_wait.max(span);
        }
        self.state = state;
        self.since = now;
    }

    /// A CPU is given to it, which was ready: what [`enter`](Self::enter) does then.
    #[inline]
    pub(super) fn dispatch(&mut self, cpu: CpuId, now: Time) {
        let waited = Span(now.0 - self.since.0);
        self.accounting.waiting.0 += waited.0;
        self.accounting.longest_wait = self.accounting.longest_wait.max(waited);
        self.accounting.dispatches += 1;
        self.state = State::Running(cpu);
        self.since = now;
    }

    /// It leaves its CPU: what [`enter`](Self::enter) does then. Its CPU has settled its time.
    #[inline]
    pub(super) fn leave_cpu(&mut self, state: State, now: Time) {
        self.state = state;
        self.since = now;
    }

    /// What it waits for, if it does: blocked, or a peer that waits.
    #[must_use]
    pub const fn waits(&self) -> Option<Reason> {
        match self.state {
            State::Blocked(reason) | State::Outside(Some(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Whether it is in the system.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        !matches!(self.state, State::Absent | State::Zombie | State::Exited)
    }
}
