//! Narration: what an event was and why it came, as a teacher would tell it.
//!
//! Not sentences: only ids, numbers and kinds, so that any language can put them into words. A
//! pure function of the machine before the event, the event, and the machine after it. The file is long
//! because it is two lists: what can have happened, and why.

mod carriers;
mod network;
mod process;
mod scene;
mod script;

use crate::call::{
    Denial, Disposition, DropReason, Fault, Operation, PacketKind, PipeEnd, Query, Reason, Request,
    Signal, SocketRequest,
};
use crate::event::Event;
use crate::ids::{
    CpuId, ObjectId, PacketId, PartitionId, PipeId, ProcessId, SocketId, TaskId, VariableId,
};
use crate::machine::{Machine, Source, State};
use crate::policy::Key;
use crate::program::{Code, Place};
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
    /// What it means for the kernel threads of its process, where these are shared.
    pub carriers: Option<AboutCarriers>,
}

/// What an event means for the kernel threads that the user-level threads of a process share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AboutCarriers {
    /// The kernel keeps its thread waiting, and with it the kernel thread.
    Blocks {
        /// How many others could run, and wait for a kernel thread.
        waiting: u32,
        /// How many kernel threads the kernel does not keep waiting.
        left: u32,
    },
    /// The kernel keeps its thread waiting, and the kernel thread gives its processor up for others.
    GivesUpProcessor {
        /// Which.
        processor: u8,
        /// How many others could run.
        waiting: u32,
    },
    /// It leaves its kernel thread, so that others can run.
    Leaves,
    /// It could run, and all kernel threads are taken.
    Waits {
        /// Who is on one of them: the first that the kernel keeps waiting, or else the first.
        holder: TaskId,
        /// What that one waits for.
        reason: Option<Reason>,
        /// How many kernel threads there are, or processors.
        of: u32,
        /// Which of the two.
        what: Wanted,
        /// How many stand before it in its run queue.
        ahead: u32,
    },
}

/// What a user-level thread that could run has to wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// A kernel thread, of a number that does not change.
    KernelThread,
    /// A processor: kernel threads there are enough of.
    Processor,
}

/// With what right a kernel thread took a user-level thread on, where processors give it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ByProcessor {
    /// The processor that it has.
    pub processor: u8,
    /// Where that found the thread.
    pub source: Source,
    /// How many it took to its own queue with a stolen one.
    pub with: u32,
    /// Whether the kernel thread was made for it.
    pub is_made: bool,
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
    /// A kernel thread of its process took it on.
    CarrierTaken {
        /// Who.
        task: TaskId,
        /// The number of the kernel thread.
        carrier: u16,
        /// With what right, where processors give it.
        right: Option<ByProcessor>,
        /// Who was on it last, where that is another.
        from: Option<TaskId>,
        /// The CPU that it runs on at once; none where it has to wait for one.
        cpu: Option<CpuId>,
        /// How long the process takes to go over to it.
        cost: Span,
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
    /// The kernel did with a socket what it asked.
    Served {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket.
        socket: SocketId,
        /// Its port.
        port: u32,
        /// The number by which the task knows it, where it has one.
        descriptor: Option<i64>,
        /// How many bytes it took or gave.
        bytes: u32,
        /// How many are left: in the receive buffer, or of what it sends.
        left: u32,
        /// Who is at the other end, where that is known.
        other: Option<TaskId>,
    },
    /// The copying between the kernel's buffer and the process began.
    CopyBegan {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket.
        socket: SocketId,
        /// How many bytes.
        bytes: u32,
        /// How long it takes the CPU.
        takes: Span,
    },
    /// What it asked cannot be done at once, and it does not wait.
    WouldBlock {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket; none where it asks for what it submitted.
        socket: Option<SocketId>,
    },
    /// What it asked cannot be done at all.
    SocketFailed {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket.
        socket: SocketId,
    },
    /// It read the end of a connection.
    SocketEnded {
        /// Who.
        task: TaskId,
        /// Which socket.
        socket: SocketId,
        /// Who closed the other end.
        other: Option<TaskId>,
    },
    /// The kernel began to look at the sockets of a set.
    ScanBegan {
        /// Who.
        task: TaskId,
        /// Which set.
        object: ObjectId,
        /// At how many.
        descriptors: u32,
        /// How long it takes the CPU.
        takes: Span,
    },
    /// What was submitted to the kernel is done.
    Completed {
        /// By whom.
        task: TaskId,
        /// What.
        request: SocketRequest,
        /// Which socket.
        socket: SocketId,
        /// The word by which the program knows it.
        tag: i64,
        /// How many bytes, or the descriptor; -1 where it failed.
        result: i64,
    },
    /// A packet came to its end.
    PacketArrived {
        /// Which.
        packet: PacketId,
        /// What is in it.
        kind: PacketKind,
        /// For which socket.
        socket: SocketId,
        /// How many bytes of data.
        bytes: u32,
        /// On which side of the border.
        place: Place,
        /// The port.
        port: u32,
        /// How long it travelled.
        took: Span,
        /// Who sent it.
        from: Option<TaskId>,
        /// How many bytes are in the receive buffer now.
        buffered: u32,
    },
    /// The network card interrupted a CPU.
    CardInterrupted {
        /// Which packet has arrived.
        packet: PacketId,
        /// Which CPU handles it.
        cpu: CpuId,
        /// Whose program was interrupted.
        interrupted: Option<TaskId>,
        /// When the handler is done.
        until: Time,
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
    /// It made a copy of its process.
    Forked {
        /// Who.
        task: TaskId,
        /// The new process.
        process: ProcessId,
        /// Its thread.
        child: TaskId,
        /// How many words of memory were copied.
        words: usize,
    },
    /// It made a process with a fresh image.
    Spawned {
        /// Who.
        task: TaskId,
        /// The new process.
        process: ProcessId,
        /// Its thread.
        child: TaskId,
    },
    /// It made a thread of its process.
    ThreadStarted {
        /// Who.
        task: TaskId,
        /// The new thread.
        thread: TaskId,
    },
    /// It gave its process a fresh image.
    Executed {
        /// Who.
        task: TaskId,
    },
    /// A thread that it joins has ended.
    Joined {
        /// Who.
        task: TaskId,
        /// Which thread.
        thread: TaskId,
    },
    /// It collected a child's exit status.
    WaitedForChild {
        /// Who.
        task: TaskId,
        /// Which process.
        process: ProcessId,
        /// Its first thread.
        child: TaskId,
        /// What it exited with, or minus the number of the signal that ended it.
        status: i32,
    },
    /// The kernel did not do what it asked.
    Denied {
        /// Who.
        task: TaskId,
        /// Why not.
        denial: Denial,
    },
    /// It was told about its process.
    Asked {
        /// Who.
        task: TaskId,
        /// What.
        query: Query,
    },
    /// A signal was sent.
    SignalSent {
        /// By whom, or on whose account.
        task: TaskId,
        /// The signal.
        signal: Signal,
        /// To which process.
        process: ProcessId,
        /// Its first thread; none of the first process of the machine.
        first: Option<TaskId>,
        /// Whether the kernel sent it.
        is_kernel: bool,
        /// What it does.
        effect: SignalEffect,
    },
    /// It said what is to be done with a signal.
    DispositionSet {
        /// Who.
        task: TaskId,
        /// The signal.
        signal: Signal,
        /// What.
        disposition: Disposition,
    },
    /// It set its alarm clock.
    AlarmSet {
        /// Who.
        task: TaskId,
        /// When it rings; none: it was switched off.
        at: Option<Time>,
    },
    /// The alarm clock of a process rang.
    AlarmRang {
        /// Its first thread.
        task: TaskId,
        /// What the signal does.
        effect: SignalEffect,
    },
    /// A signal was delivered to it.
    SignalDelivered {
        /// Who.
        task: TaskId,
        /// The signal.
        signal: Signal,
        /// On what it was blocked, if it was.
        blocked: Option<Reason>,
    },
    /// It goes on where the signal came.
    HandlerReturned {
        /// Who.
        task: TaskId,
    },
    /// A signal ended it.
    Killed {
        /// Who.
        task: TaskId,
        /// The signal.
        signal: Signal,
        /// What becomes of its CPU, if it had one.
        cpu: CpuAfter,
    },
    /// Another thread ended its process, or gave it a fresh image.
    Terminated {
        /// Who.
        task: TaskId,
        /// What becomes of its CPU, if it had one.
        cpu: CpuAfter,
    },
    /// The first process is its parent now.
    Adopted {
        /// The first thread of the orphan.
        task: TaskId,
        /// The first thread of the parent that has gone.
        parent: Option<TaskId>,
    },
    /// It closed its process's end of a pipe.
    Closed {
        /// Who.
        task: TaskId,
        /// Which end.
        end: PipeEnd,
        /// Of which pipe.
        pipe: PipeId,
        /// How many processes hold that end open still.
        open: usize,
    },
}

/// What a signal does to a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignalEffect {
    /// It ends the process.
    Ends,
    /// A handler is called for it.
    Handled,
    /// Nothing: it is ignored, or the process has ended.
    None,
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
    /// Nobody sees it.
    Unseen,
    /// Its kernel thread keeps it, for another user-level thread.
    Kept,
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
    /// Blocked: the other end of the connection is to send, or to take what was sent.
    WaitsFor {
        /// Who is there.
        task: TaskId,
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
    /// Blocked until another thread or process speaks or ends: and now nobody in the circle can ever go on.
    Circle {
        /// How many tasks wait for each other in it.
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
    /// Woken: the last reader has gone.
    LastReaderGone {
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
        carriers: scene.about_carriers(event.kind),
    }
}
