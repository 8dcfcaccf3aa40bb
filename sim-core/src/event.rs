//! Events: past-tense facts of a run, sixteen bytes each.
//!
//! Two families. *Task-level* facts can be seen by the tasks themselves, so a run on a real
//! operating system can report them too. *Machine-level* facts (dispatch, preemption, interrupts)
//! only the kernel sees. The file is long because it is one list, looked at in a few ways.

use serde::{Deserialize, Serialize};

use crate::call::{
    Denial, DropReason, Fault, Operation, PackedReason, PacketKind, PipeEnd, Query, Request,
    Signal, SocketRequest,
};
use crate::ids::{
    CpuId, ObjectId, PacketId, PartitionId, PipeId, ProcessId, SocketId, TaskId, ThreadId,
    VariableId,
};
use crate::time::Time;

/// Something that happened, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// The moment.
    pub at: Time,
    /// What it was.
    pub kind: EventKind,
}

const _: () = assert!(size_of::<Event>() == 16, "a million events are 16 MB");

/// The kinds of facts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EventKind {
    // Task-level.
    /// The job entered the system: state *new*.
    Arrived {
        /// Who.
        task: TaskId,
    },
    /// It joined the ready queue of a machine whose memory is not modelled: *new* → *ready*.
    Admitted {
        /// Who.
        task: TaskId,
    },
    /// It was loaded into a free partition of memory and joined the ready queue: *new* → *ready*.
    Loaded {
        /// Who.
        task: TaskId,
        /// Where.
        partition: PartitionId,
    },
    /// Its call could not be answered at once: *running* → *blocked*.
    Blocked {
        /// Who.
        task: TaskId,
        /// On what.
        reason: PackedReason,
    },
    /// The disk finished its request: *blocked* → *ready*.
    IoCompleted {
        /// Whose request.
        task: TaskId,
    },
    /// What it waited for may be there; it will try its call again: *blocked* → *ready*.
    Woken {
        /// Who.
        task: TaskId,
    },
    /// It put a message into a pipe.
    Sent {
        /// Who.
        task: TaskId,
        /// Where.
        pipe: PipeId,
    },
    /// It took a message out of a pipe.
    Received {
        /// Who.
        task: TaskId,
        /// Where from.
        pipe: PipeId,
    },
    /// It read the end of a pipe: empty, and no writer is left.
    ReachedEnd {
        /// Who.
        task: TaskId,
        /// Of what.
        pipe: PipeId,
    },
    /// The next period of a periodic task began: *blocked* → *ready*, or at once where the last
    /// job ran late.
    Released {
        /// Who.
        task: TaskId,
    },
    /// Its job was not done at its deadline. The job goes on.
    DeadlineMissed {
        /// Who.
        task: TaskId,
    },
    /// It carried out an operation on a shared variable.
    Accessed {
        /// Who.
        task: TaskId,
        /// What it did.
        operation: Operation,
        /// With what.
        variable: VariableId,
    },
    /// A synchronisation object granted what it asked.
    Granted {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: Request,
        /// What it asked.
        object: ObjectId,
    },
    /// A synchronisation object did not grant what it asked, and it does not wait.
    Refused {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: Request,
        /// What it asked.
        object: ObjectId,
    },
    /// The lock that it waited for was given to it: *blocked* → *ready*.
    HandedOver {
        /// Who.
        task: TaskId,
        /// What.
        object: ObjectId,
    },
    /// Its timed call gave up.
    TimedOut {
        /// Who.
        task: TaskId,
    },
    /// Its sleep is over: *blocked* → *ready*.
    SleepEnded {
        /// Who.
        task: TaskId,
    },
    /// It took the interpreter lock of its process.
    InterpreterTaken {
        /// Who.
        task: TaskId,
    },
    /// It dropped the interpreter lock. On request: *running* → *blocked* until another has taken it.
    InterpreterDropped {
        /// Who.
        task: TaskId,
        /// Why.
        reason: DropReason,
    },
    /// It has waited for the interpreter lock for a switch interval; unless the lock was handed on
    /// meanwhile, it asks the holder to drop it.
    IntervalPassed {
        /// Who.
        task: TaskId,
    },
    /// A kernel thread of its process took it on: *blocked* → *running* where that one has a CPU at this
    /// moment, *ready* otherwise. Reported only of user-level threads.
    CarrierTaken {
        /// Who.
        task: TaskId,
    },
    /// It gave up the CPU of its own will: *running* → *ready*; or, as a user-level thread, the kernel
    /// thread that it is on: *running* → *blocked*.
    Yielded {
        /// Who.
        task: TaskId,
    },
    /// It has come to a place in a long evaluation at which others may come between.
    Passed {
        /// Who.
        task: TaskId,
    },
    /// It wrote a line to standard output.
    Printed {
        /// Who.
        task: TaskId,
    },
    /// It did what cannot be done, and ended: *running* → *zombie*.
    Failed {
        /// Who.
        task: TaskId,
        /// What it did.
        fault: Fault,
    },
    /// The kernel did with a socket what it asked. Of what it sends it may take several pieces.
    Served {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket; where one was made, the new one.
        socket: SocketId,
    },
    /// The second phase of its call began: the kernel copies between its buffer and the process, on the
    /// task's CPU. Reported only where copying takes time.
    CopyBegan {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket.
        socket: SocketId,
    },
    /// What it asked cannot be done at once, and it does not wait (`EWOULDBLOCK`).
    WouldBlock {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket.
        socket: SocketId,
    },
    /// What it asked cannot be done at all, and it asked whether it can.
    SocketFailed {
        /// Who.
        task: TaskId,
        /// What it asked.
        request: SocketRequest,
        /// Which socket; the one that was to be made, where one was.
        socket: SocketId,
    },
    /// It read the end: nothing is left, and the other side has closed.
    SocketEnded {
        /// Who.
        task: TaskId,
        /// Which socket.
        socket: SocketId,
    },
    /// The kernel began to look at the sockets of a set, on the task's CPU. Reported only where that
    /// takes time.
    ScanBegan {
        /// Who.
        task: TaskId,
        /// The set.
        object: ObjectId,
    },
    /// Nothing that its process has submitted is done, and it does not wait.
    NothingCompleted {
        /// Who.
        task: TaskId,
    },
    /// The kernel has done what was submitted to it.
    Completed {
        /// By whom.
        task: TaskId,
        /// What.
        request: SocketRequest,
        /// Which socket.
        socket: SocketId,
    },
    /// A packet came to its end, and the kernel there dealt with it: data are in the socket's buffer.
    PacketArrived {
        /// Which.
        packet: PacketId,
        /// What is in it.
        kind: PacketKind,
        /// For which socket; of one that asks for a connection, where it comes from.
        socket: SocketId,
    },
    /// It ended: *running* → *zombie*.
    Exited {
        /// Who.
        task: TaskId,
    },
    /// Its parent collected the exit status: *zombie* → *exited*; its process-table entry is free.
    Reaped {
        /// Who.
        task: TaskId,
    },

    // Machine-level.
    /// The dispatcher gave it a CPU: *ready* → *running*. The context switch begins here.
    Dispatched {
        /// Who.
        task: TaskId,
        /// Where.
        cpu: CpuId,
    },
    /// The context switch is over: its registers are loaded and it goes on at its program counter.
    /// Reported only where a switch takes time.
    ContextRestored {
        /// Who.
        task: TaskId,
        /// Where.
        cpu: CpuId,
    },
    /// The timer interrupt ended its time slice: *running* → *ready*.
    SliceExpired {
        /// Who.
        task: TaskId,
        /// Where.
        cpu: CpuId,
    },
    /// It was taken off the CPU in favour of another: *running* → *ready*.
    Preempted {
        /// Who.
        task: TaskId,
        /// Where.
        cpu: CpuId,
    },
    /// The disk interrupted a CPU, which saves what it was doing and runs the handler. Reported
    /// only where an interrupt takes time.
    Interrupted {
        /// Whose request is done.
        task: TaskId,
        /// Which CPU handles it.
        cpu: CpuId,
    },
    /// The network card interrupted a CPU, which saves what it was doing and runs the handler. Reported
    /// only where an interrupt takes time.
    CardInterrupted {
        /// Which packet has arrived.
        packet: PacketId,
        /// Which CPU handles it.
        cpu: CpuId,
    },
    /// The scheduler's own timer: MLFQ's priority boost, or a step of aging.
    PriorityAdjusted,

    // Task-level, of processes and threads that are made at run time.
    /// It made a process that is a copy of its own; the copy's thread is ready.
    Forked {
        /// Who.
        task: TaskId,
        /// The new process.
        process: ProcessId,
    },
    /// It made a process with a fresh image; the thread of that one is ready.
    Spawned {
        /// Who.
        task: TaskId,
        /// The new process.
        process: ProcessId,
    },
    /// It made a thread of its process, which is ready.
    ThreadStarted {
        /// Who.
        task: TaskId,
        /// The new thread.
        thread: ThreadId,
    },
    /// It gave its process a fresh image, and alone goes on in it.
    Executed {
        /// Who.
        task: TaskId,
    },
    /// A thread that it waited for has ended.
    Joined {
        /// Who.
        task: TaskId,
        /// Which thread.
        thread: ThreadId,
    },
    /// It collected the exit status of a child that has ended.
    WaitedForChild {
        /// Who.
        task: TaskId,
        /// Which child.
        process: ProcessId,
    },
    /// The kernel did not do what it asked, and it does not wait.
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
    /// A signal was sent: by the task itself, or by the kernel on its account.
    SignalSent {
        /// Who.
        task: TaskId,
        /// The signal.
        signal: Signal,
        /// To which process.
        process: ProcessId,
    },
    /// It said what is to be done with a signal.
    DispositionSet {
        /// Who.
        task: TaskId,
        /// The signal.
        signal: Signal,
    },
    /// It set its process's alarm clock, or switched it off.
    AlarmSet {
        /// Who.
        task: TaskId,
    },
    /// The alarm clock of its process rang: SIGALRM is sent.
    AlarmRang {
        /// The first thread of the process.
        task: TaskId,
        /// The process.
        process: ProcessId,
    },
    /// A signal was delivered to it: it goes on in the handler. If it was blocked: *blocked* → *ready*.
    SignalDelivered {
        /// Who.
        task: TaskId,
        /// The signal.
        signal: Signal,
    },
    /// The handler of a signal returned: it goes on where it was.
    HandlerReturned {
        /// Who.
        task: TaskId,
    },
    /// A signal that its process does not handle ended it, wherever it was → *zombie*.
    Killed {
        /// Who.
        task: TaskId,
        /// The signal.
        signal: Signal,
    },
    /// Another thread ended its process, or gave it a fresh image; wherever it was → *zombie*.
    Terminated {
        /// Who.
        task: TaskId,
    },
    /// The parent of its process has ended; the first process is its parent now.
    Adopted {
        /// The first thread of the process.
        task: TaskId,
        /// The process.
        process: ProcessId,
    },
    /// It closed its process's end of a pipe.
    Closed {
        /// Who.
        task: TaskId,
        /// Which end.
        end: PipeEnd,
        /// Of which pipe.
        pipe: PipeId,
    },
}

impl EventKind {
    /// The task that it is about, if it is about one.
    #[must_use]
    pub const fn task(self) -> Option<TaskId> {
        match self {
            Self::Arrived { task }
            | Self::Admitted { task }
            | Self::Loaded { task, .. }
            | Self::Blocked { task, .. }
            | Self::IoCompleted { task }
            | Self::Woken { task }
            | Self::Sent { task, .. }
            | Self::Received { task, .. }
            | Self::ReachedEnd { task, .. }
            | Self::Accessed { task, .. }
            | Self::Granted { task, .. }
            | Self::Refused { task, .. }
            | Self::HandedOver { task, .. }
            | Self::TimedOut { task }
            | Self::SleepEnded { task }
            | Self::InterpreterTaken { task }
            | Self::InterpreterDropped { task, .. }
            | Self::IntervalPassed { task }
            | Self::CarrierTaken { task }
            | Self::Yielded { task }
            | Self::Passed { task }
            | Self::Printed { task }
            | Self::Failed { task, .. }
            | Self::Released { task }
            | Self::DeadlineMissed { task }
            | Self::Served { task, .. }
            | Self::CopyBegan { task, .. }
            | Self::WouldBlock { task, .. }
            | Self::SocketFailed { task, .. }
            | Self::SocketEnded { task, .. }
            | Self::ScanBegan { task, .. }
            | Self::NothingCompleted { task }
            | Self::Completed { task, .. }
            | Self::Exited { task }
            | Self::Reaped { task }
            | Self::Dispatched { task, .. }
            | Self::ContextRestored { task, .. }
            | Self::SliceExpired { task, .. }
            | Self::Preempted { task, .. }
            | Self::Interrupted { task, .. }
            | Self::Forked { task, .. }
            | Self::Spawned { task, .. }
            | Self::ThreadStarted { task, .. }
            | Self::Executed { task }
            | Self::Joined { task, .. }
            | Self::WaitedForChild { task, .. }
            | Self::Denied { task, .. }
            | Self::Asked { task, .. }
            | Self::SignalSent { task, .. }
            | Self::DispositionSet { task, .. }
            | Self::AlarmSet { task }
            | Self::AlarmRang { task, .. }
            | Self::SignalDelivered { task, .. }
            | Self::HandlerReturned { task }
            | Self::Killed { task, .. }
            | Self::Terminated { task }
            | Self::Adopted { task, .. }
            | Self::Closed { task, .. } => Some(task),
            Self::PacketArrived { .. } | Self::CardInterrupted { .. } | Self::PriorityAdjusted => {
                None
            }
        }
    }

    /// The signal that it is about, if it is about one.
    #[must_use]
    pub const fn signal(self) -> Option<Signal> {
        match self {
            Self::SignalSent { signal, .. }
            | Self::DispositionSet { signal, .. }
            | Self::SignalDelivered { signal, .. }
            | Self::Killed { signal, .. } => Some(signal),
            Self::AlarmRang { .. } => Some(Signal::Alarm),
            _ => None,
        }
    }

    /// The CPU on which it happened, where it happened on one.
    #[must_use]
    pub const fn cpu(self) -> Option<CpuId> {
        match self {
            Self::Dispatched { cpu, .. }
            | Self::ContextRestored { cpu, .. }
            | Self::SliceExpired { cpu, .. }
            | Self::Preempted { cpu, .. }
            | Self::Interrupted { cpu, .. }
            | Self::CardInterrupted { cpu, .. } => Some(cpu),
            _ => None,
        }
    }

    /// The socket that it is about, if it is about one; see [`Reason::socket`](crate::call::Reason::socket)
    /// for who is blocked at one.
    #[must_use]
    pub const fn socket(self) -> Option<SocketId> {
        match self {
            Self::Served { socket, .. }
            | Self::CopyBegan { socket, .. }
            | Self::WouldBlock { socket, .. }
            | Self::SocketFailed { socket, .. }
            | Self::SocketEnded { socket, .. }
            | Self::Completed { socket, .. }
            | Self::PacketArrived { socket, .. } => Some(socket),
            _ => None,
        }
    }

    /// Whether only the kernel can see it; a run on a real system reports no such events.
    #[must_use]
    pub const fn is_machine_level(self) -> bool {
        matches!(
            self,
            Self::Dispatched { .. }
                | Self::ContextRestored { .. }
                | Self::SliceExpired { .. }
                | Self::Preempted { .. }
                | Self::Interrupted { .. }
                | Self::CardInterrupted { .. }
                | Self::PriorityAdjusted
        )
    }

    /// Whether a CPU changed hands: the stops of stepping *by switch*.
    #[must_use]
    pub const fn is_switch(self) -> bool {
        matches!(self, Self::Dispatched { .. })
    }

    /// One word for it, in lower case with hyphens: the name in reports and in claims.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arrived { .. } => "arrived",
            Self::Admitted { .. } => "admitted",
            Self::Loaded { .. } => "loaded",
            Self::Blocked { .. } => "blocked",
            Self::IoCompleted { .. } => "io-completed",
            Self::Woken { .. } => "woken",
            Self::Sent { .. } => "sent",
            Self::Received { .. } => "received",
            Self::ReachedEnd { .. } => "reached-end",
            Self::Released { .. } => "period-began",
            Self::DeadlineMissed { .. } => "deadline-missed",
            Self::Accessed { operation, .. } => operation.name(),
            Self::Granted { request, .. } => request.granted(),
            Self::Refused { .. } => "refused",
            Self::HandedOver { .. } => "handed-over",
            Self::TimedOut { .. } => "timed-out",
            Self::SleepEnded { .. } => "sleep-ended",
            Self::InterpreterTaken { .. } => "interpreter-taken",
            Self::InterpreterDropped { .. } => "interpreter-dropped",
            Self::IntervalPassed { .. } => "interval-passed",
            Self::CarrierTaken { .. } => "carrier-taken",
            Self::Yielded { .. } => "yielded",
            Self::Passed { .. } => "passed",
            Self::Printed { .. } => "printed",
            Self::Failed { .. } => "failed",
            Self::Served { request, .. } => request.done(),
            Self::CopyBegan { .. } => "copy-began",
            Self::WouldBlock { .. } | Self::NothingCompleted { .. } => "would-block",
            Self::SocketFailed { request, .. } => request.failed(),
            Self::SocketEnded { .. } => "reached-end",
            Self::ScanBegan { .. } => "scan-began",
            Self::Completed { .. } => "completed",
            Self::PacketArrived { .. } => "packet-arrived",
            Self::CardInterrupted { .. } => "card-interrupted",
            Self::Exited { .. } => "exited",
            Self::Reaped { .. } => "reaped",
            Self::Dispatched { .. } => "dispatched",
            Self::ContextRestored { .. } => "context-restored",
            Self::SliceExpired { .. } => "slice-expired",
            Self::Preempted { .. } => "preempted",
            Self::Interrupted { .. } => "interrupted",
            Self::PriorityAdjusted => "priority-adjusted",
            Self::Forked { .. } => "forked",
            Self::Spawned { .. } => "spawned",
            Self::ThreadStarted { .. } => "started-thread",
            Self::Executed { .. } => "executed",
            Self::Joined { .. } => "joined",
            Self::WaitedForChild { .. } => "waited-for-child",
            Self::Denied { denial, .. } => denial.name(),
            Self::Asked { query, .. } => query.name(),
            Self::SignalSent { .. } => "signal-sent",
            Self::DispositionSet { .. } => "disposition-set",
            Self::AlarmSet { .. } => "alarm-set",
            Self::AlarmRang { .. } => "alarm-rang",
            Self::SignalDelivered { .. } => "signal-delivered",
            Self::HandlerReturned { .. } => "handler-returned",
            Self::Killed { .. } => "killed",
            Self::Terminated { .. } => "terminated",
            Self::Adopted { .. } => "adopted",
            Self::Closed { .. } => "closed",
        }
    }
}
