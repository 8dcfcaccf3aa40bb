//! Narration: what an event was and why it came, as a teacher would tell it.
//!
//! Not sentences: only ids, numbers and kinds, so that any language can put them into words. A
//! pure function of the machine before the event, the event, and the machine after it. The file is long
//! because it is two lists: what can have happened, and why.

mod scene;
mod script;

use crate::call::{DropReason, Fault, Operation, Reason, Request};
use crate::event::Event;
use crate::ids::{CpuId, ObjectId, PartitionId, PipeId, TaskId, VariableId};
use crate::machine::{Machine, State};
use crate::policy::Key;
use crate::program::Code;
use crate::time::{Span, Time};

/// An event, told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Narration {
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub what: What,
    /// Why it happened, or why in this way; none where the fact is its own reason.
    pub why: Option<Why>,
}

/// What happened. Each is the event of the same name, with what can be seen of it around.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A job entered the system.
    Arrived {
        /// Who.
        task: TaskId,
    },
    /// It joined the ready queue.
    Admitted {
        /// Who.
        task: TaskId,
    },
    /// It was loaded into memory and joined the ready queue.
    Loaded {
        /// Who.
        task: TaskId,
        /// Where.
        partition: PartitionId,
        /// The size of that partition in KiB.
        size: u32,
        /// How much of it is used, in KiB.
        used: u32,
    },
    /// It was given a CPU.
    Dispatched {
        /// Who.
        task: TaskId,
        /// Which CPU.
        cpu: CpuId,
        /// Whether it runs for the first time.
        turn: Turn,
        /// How long it may run; none: until it blocks or ends.
        slice: Option<Span>,
        /// How long the kernel works before the task runs; none where that is free.
        kernel: Option<Span>,
    },
    /// Its registers were loaded and it goes on.
    ContextRestored {
        /// Who.
        task: TaskId,
        /// Where.
        cpu: CpuId,
        /// At which program counter.
        pc: u64,
    },
    /// Its time slice ended.
    SliceExpired {
        /// Who.
        task: TaskId,
        /// Where.
        cpu: CpuId,
        /// How long slices are, for it; none where each is cut to size (CFS).
        slice: Option<Span>,
        /// What is left of its CPU burst.
        left: Span,
        /// What this does to its level; none where the policy has no levels.
        level: Option<LevelChange>,
    },
    /// It was taken off its CPU.
    Preempted {
        /// Who.
        task: TaskId,
        /// Where.
        cpu: CpuId,
        /// What is left of its CPU burst.
        left: Span,
    },
    /// It cannot go on.
    Blocked {
        /// Who.
        task: TaskId,
        /// On what.
        reason: Reason,
        /// When that will be over; none where it depends on others.
        until: Option<Time>,
        /// What becomes of its CPU.
        cpu: CpuAfter,
        /// What this does to its level; none where the policy has no levels.
        level: Option<LevelChange>,
    },
    /// The disk interrupted a CPU.
    Interrupted {
        /// Whose request is done.
        task: TaskId,
        /// Which CPU handles it.
        cpu: CpuId,
        /// Whose program was interrupted.
        interrupted: Option<TaskId>,
        /// When the handler is done.
        until: Time,
    },
    /// Its request to the disk is done.
    IoCompleted {
        /// Who.
        task: TaskId,
        /// How long it was blocked.
        took: Span,
    },
    /// It will try its call again.
    Woken {
        /// Who.
        task: TaskId,
        /// On what it was blocked.
        reason: Option<Reason>,
        /// How long.
        took: Span,
    },
    /// It put a message into a pipe.
    Sent {
        /// Who.
        task: TaskId,
        /// Where.
        pipe: PipeId,
        /// How many messages are in it now.
        messages: u32,
        /// How many it holds.
        capacity: u32,
    },
    /// It took a message out of a pipe.
    Received {
        /// Who.
        task: TaskId,
        /// Where from.
        pipe: PipeId,
        /// How many messages are in it now.
        messages: u32,
        /// How many it holds.
        capacity: u32,
    },
    /// It read the end of a pipe: empty, and no writer is left.
    ReachedEnd {
        /// Who.
        task: TaskId,
        /// Of what.
        pipe: PipeId,
    },
    /// It carried out an operation on a shared variable.
    Accessed {
        /// Who.
        task: TaskId,
        /// What it did.
        operation: Operation,
        /// With which.
        variable: VariableId,
        /// What the variable held before.
        before: i64,
        /// What it holds now.
        after: i64,
        /// Whether a compare-and-swap found what it expected; true for all others.
        granted: bool,
    },
    /// A synchronisation object granted what it asked.
    Granted {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: Request,
        /// Which object.
        object: ObjectId,
        /// The item that it put or got, or how many places or waiters it asked for.
        value: i64,
        /// What that leaves: a semaphore's free places, a queue's items, how often a re-entrant
        /// lock is held, how many wait at a condition, event or barrier.
        left: u32,
    },
    /// A synchronisation object did not grant what it asked, and it does not wait.
    Refused {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: Request,
        /// Which object.
        object: ObjectId,
    },
    /// The lock that it waited for was given to it.
    HandedOver {
        /// Who.
        task: TaskId,
        /// Which.
        object: ObjectId,
        /// How long it waited.
        took: Span,
    },
    /// Its timed call gave up.
    TimedOut {
        /// Who.
        task: TaskId,
        /// At which object.
        object: Option<ObjectId>,
        /// How long it was blocked in a row.
        took: Span,
    },
    /// Its sleep is over.
    SleepEnded {
        /// Who.
        task: TaskId,
        /// How long it slept.
        took: Span,
    },
    /// It took the interpreter lock.
    InterpreterTaken {
        /// Who.
        task: TaskId,
    },
    /// It dropped the interpreter lock.
    InterpreterDropped {
        /// Who.
        task: TaskId,
        /// Why.
        reason: DropReason,
        /// How many waited for it.
        waiting: u32,
    },
    /// It has waited for the interpreter lock for a switch interval.
    IntervalPassed {
        /// Who.
        task: TaskId,
        /// Who holds the lock.
        holder: Option<TaskId>,
        /// Whether the holder is asked to drop it; not when it was handed on meanwhile.
        asks: bool,
    },
    /// It gave up the CPU of its own will.
    Yielded {
        /// Who.
        task: TaskId,
    },
    /// It evaluates for long, and others may come between.
    Passed {
        /// Who.
        task: TaskId,
    },
    /// It wrote a line to standard output; see [`Trace::outputs`](crate::trace::Trace::outputs).
    Printed {
        /// Who.
        task: TaskId,
    },
    /// It did what cannot be done, and ended.
    Failed {
        /// Who.
        task: TaskId,
        /// What it did.
        fault: Fault,
        /// Its CPU is free: what becomes of it.
        cpu: CpuAfter,
    },
    /// Its next period began.
    Released {
        /// Who.
        task: TaskId,
        /// How many periods began before it.
        round: u32,
        /// When this one's job must be done.
        deadline: Option<Time>,
    },
    /// Its job was not done in time.
    DeadlineMissed {
        /// Who.
        task: TaskId,
        /// How much CPU time it had to use before its next call.
        left: Span,
        /// How many of its deadlines are missed now.
        missed: u32,
    },
    /// It ended.
    Exited {
        /// Who.
        task: TaskId,
        /// Completion − arrival.
        turnaround: Span,
        /// The partition of memory that is free now.
        freed: Option<PartitionId>,
        /// Its CPU is free: what becomes of it.
        cpu: CpuAfter,
    },
    /// Its exit status was collected.
    Reaped {
        /// Who.
        task: TaskId,
        /// By whom; none: by the first process.
        parent: Option<TaskId>,
    },
    /// MLFQ moved every task to the highest level.
    Boosted {
        /// How many were ready.
        ready: u32,
    },
    /// The priority of every ready task rose by one.
    Aged {
        /// How many were ready.
        ready: u32,
    },
}

/// Whether a task that is dispatched has run before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It has not.
    First,
    /// It goes on where it left off.
    Again,
}

/// What a task's own doing does to its level. The highest is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LevelChange {
    /// It moves.
    Moved {
        /// From there.
        from: u8,
        /// To there.
        to: u8,
    },
    /// It stays.
    Stays {
        /// Where.
        level: u8,
        /// How many slices it may still use there.
        slices_left: u32,
    },
}

/// What becomes of a CPU whose task left it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CpuAfter {
    /// It is free for one of the ready tasks.
    Free {
        /// How many there are.
        ready: u32,
    },
    /// It is idle: nobody is ready.
    Idle,
    /// It waits with its task (no multiprogramming).
    Held,
}

/// Why something happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Dispatched: it is the only ready task.
    OnlyReady,
    /// Dispatched: its slice ended, nobody else is ready, it goes on.
    NobodyElse,
    /// Dispatched: it is first in the queue.
    FirstInQueue,
    /// Dispatched: it has the next number after the task that ran last.
    NextInCircle {
        /// Who ran last.
        after: Option<TaskId>,
    },
    /// Dispatched: it is best by the policy's number, and the next best is behind.
    BestKey {
        /// Its number.
        key: Option<Key>,
        /// Who would be next, and that one's number.
        next: Rival,
    },
    /// Dispatched: nobody is better by the policy's number, and of its equals it has waited
    /// longest.
    FirstOfEquals {
        /// Their number.
        key: Option<Key>,
        /// Who would be next.
        next: TaskId,
    },
    /// Dispatched: its level is the highest with a ready task, and there it is first.
    HighestLevel {
        /// The level; the highest is 0.
        level: u8,
    },
    /// Dispatched: its ticket was drawn.
    TicketDrawn {
        /// How many tickets it holds.
        held: u32,
        /// Of how many.
        of: u64,
    },
    /// Dispatched: a person chose it.
    Chosen {
        /// Whom the policy would have taken.
        instead_of: TaskId,
    },
    /// Dispatched: the CPU had nobody in its own queue, and took the one who would have run last from
    /// another's.
    Stolen {
        /// Whose queue it was.
        from: CpuId,
    },
    /// Dispatched: the CPU waited for it.
    CpuHeld,
    /// Dispatched: its I/O is done and it takes a CPU at once.
    TakesCpuAtOnce,
    /// Preempted: a ready task beats it by the policy's number.
    BeatenBy {
        /// Who, and that one's number.
        rival: Rival,
        /// Its own number.
        key: Option<Key>,
    },
    /// Preempted: a task is ready on a higher level.
    HigherLevel {
        /// Who.
        rival: TaskId,
        /// That one's level.
        level: u8,
        /// Its own.
        own: u8,
    },
    /// Preempted: a task of the same level went to the front of the queue when its I/O was done.
    InFront {
        /// Who.
        rival: TaskId,
        /// The level of both.
        level: u8,
    },
    /// Preempted: the boost puts every task back into the queue first.
    Boost,
    /// Preempted: a task whose I/O is done takes the CPU at once.
    CpuTaken {
        /// Who.
        by: TaskId,
    },
    /// Blocked: its request stands behind others.
    DiskQueue {
        /// How many are before it.
        ahead: u32,
    },
    /// Blocked: somebody holds what it wants.
    HeldBy {
        /// Who: the owner, or one of several readers.
        task: TaskId,
    },
    /// Blocked: and now nobody in the circle can ever go on.
    Deadlock {
        /// Who holds what it wants.
        task: TaskId,
        /// How many tasks wait for each other in the circle.
        tasks: u32,
    },
    /// Woken, or handed a lock: another task gave back, put, took, notified, set or came.
    WokenBy {
        /// Who.
        task: TaskId,
    },
    /// Woken at a condition though nobody has notified it.
    Spurious,
    /// Woken: another task put a message into the pipe.
    MessageFrom {
        /// Who.
        task: TaskId,
    },
    /// Woken: another task made room in the pipe.
    RoomFrom {
        /// Who.
        task: TaskId,
    },
    /// Woken: the last writer has gone.
    LastWriterGone {
        /// Who.
        task: TaskId,
    },
    /// Loaded: it fits, and is the first in the line for memory that does.
    FirstFit {
        /// How many before it in the line need more than any free partition has.
        passed_over: u32,
    },
    /// Released: the job before ran past the start of this period.
    JobBeforeWasLate {
        /// How late.
        by: Span,
    },
    /// Deadline missed: how it stands with the task now.
    StillAt(
        /// Its state.
        State,
    ),
}

/// A task and the number by which the policy compares it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rival {
    /// Who.
    pub task: TaskId,
    /// Its number; none where it has none (no deadline).
    pub key: Option<Key>,
}

/// Tells an event: `before` is the machine before it, `after` the machine after it.
#[must_use]
pub fn narrate(code: &Code, before: &Machine, event: &Event, after: &Machine) -> Narration {
    let scene = scene::Scene {
        code,
        before,
        after,
        at: event.at,
    };
    Narration {
        at: event.at,
        what: scene.what(event.kind),
        why: scene.why(event.kind),
    }
}
