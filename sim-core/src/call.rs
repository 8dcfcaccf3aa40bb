//! The waist: what a program asks of the world, and what it gets back.
//!
//! Programs know no machine and machines know no language; both know this file. It is the
//! system-call interface of the lesson. The file is long because it is the whole of that interface.

mod network;

use serde::{Deserialize, Serialize};

pub use network::{PacketKind, SocketRequest};

use crate::ids::{FormatId, ObjectId, PipeId, SocketId, ThreadId, VariableId};
use crate::time::Span;

mod process;

pub use process::{Denial, Disposition, HandlerStyle, PipeEnd, Query, Signal};

/// What a task does next; it always has exactly one.
///
/// The CPU is used for `run`, then `call` is made. Evaluation that no other task can observe
/// costs time but needs no step of its own: it is fused into `run`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// CPU time still to be used before the call.
    pub run: Span,
    /// What is asked then.
    pub call: Call,
}

impl Reason {
    /// The socket at which it is, if it is one of the network's reasons with a socket.
    #[must_use]
    pub const fn socket(self) -> Option<SocketId> {
        match self {
            Self::Connection(socket)
            | Self::Connect(socket)
            | Self::Data(socket)
            | Self::Room(socket) => Some(socket),
            _ => None,
        }
    }

    /// Whether it is the kernel that knows when it is over, by what is in a pipe or a socket, or by who
    /// has ended; not the clock, a device, or what a library keeps.
    #[must_use]
    pub const fn is_kernels(self) -> bool {
        matches!(
            self,
            Self::PipeEmpty(_) | Self::PipeFull(_) | Self::Child | Self::Thread(_)
        ) || self.is_network()
    }

    /// Whether the network, or what was submitted to the kernel, ends it.
    #[must_use]
    pub const fn is_network(self) -> bool {
        self.socket().is_some() || matches!(self, Self::Completion)
    }
}

impl Call {
    /// Whether the kernel carries it out at the cost of a system call. The calls of workloads have costs
    /// of their own, and locks are asked in the process.
    #[must_use]
    pub const fn is_system_call(self) -> bool {
        match self {
            Self::Socket { .. } => true,
            Self::Sync { request, .. } => request.is_multiplexing(),
            _ => false,
        }
    }
}

impl Step {
    /// The end of a program.
    pub const END: Self = Self {
        run: Span::ZERO,
        call: Call::Exit { status: 0 },
    };
}

/// A request to the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Call {
    /// Read or write on the disk; the transfer takes `span`. Blocks.
    Io {
        /// How long the device works on it.
        span: Span,
    },
    /// Write one message into a pipe. Blocks while the pipe is full.
    Send {
        /// The pipe.
        pipe: PipeId,
    },
    /// Read one message from a pipe. Blocks while it is empty and a writer lives.
    Receive {
        /// The pipe.
        pipe: PipeId,
    },
    /// Sleep until the next period begins (a periodic task's job is done).
    NextPeriod,
    /// One operation on a shared variable, between which and the next others may come. Its operands
    /// stand in the task's registers. Never blocks.
    Access {
        /// The variable.
        variable: VariableId,
        /// What is done with it.
        operation: Operation,
    },
    /// Ask a synchronisation object for something. Operands and a time limit stand in the task's
    /// registers. May block.
    Sync {
        /// The object.
        object: ObjectId,
        /// What is asked of it.
        request: Request,
    },
    /// Ask the kernel for something that has to do with a socket. Operands and a time limit stand in
    /// the task's registers. May block.
    Socket {
        /// What is asked.
        request: SocketRequest,
    },
    /// Give up the CPU for a while.
    Sleep {
        /// How long.
        span: Span,
    },
    /// Go to the end of the ready queue (POSIX `sched_yield`).
    Yield,
    /// Nothing: a place at which others may come between, in a long evaluation.
    Pass,
    /// Write a line to standard output.
    Print {
        /// Its text.
        format: FormatId,
    },
    /// End the task because it did what cannot be done.
    Fail {
        /// What that was.
        fault: Fault,
    },
    /// End the process with an exit status, and with it all its threads.
    Exit {
        /// The status its parent collects.
        status: u8,
    },
    /// End the thread. The process ends with its last one.
    EndThread,
    /// Write one message into a pipe, if there is room at once.
    TrySend {
        /// The pipe.
        pipe: PipeId,
    },
    /// Read one message from a pipe, if there is one at once.
    TryReceive {
        /// The pipe.
        pipe: PipeId,
    },
    /// Close the process's own end of a pipe.
    Close {
        /// The pipe.
        pipe: PipeId,
        /// Which end.
        end: PipeEnd,
    },
    /// Make a process that is a copy of this one, with the calling thread alone.
    Fork,
    /// Make a process with a fresh image, in which one thread carries out a function. Its arguments
    /// stand beyond the caller's local variables.
    Spawn {
        /// The number of the function.
        function: u16,
    },
    /// Make a thread of this process that carries out a function.
    StartThread {
        /// The number of the function.
        function: u16,
    },
    /// Give this process a fresh image and let the calling thread alone carry out a function in it.
    Execute {
        /// The number of the function.
        function: u16,
    },
    /// Wait until a thread of this process has ended. Blocks.
    Join,
    /// Wait until a child has ended, and collect its exit status. Blocks.
    WaitForChild,
    /// The same, if one has ended already.
    TryWaitForChild,
    /// Send a signal to a process.
    Kill {
        /// The signal.
        signal: Signal,
    },
    /// Say what is to be done with a signal.
    SetDisposition {
        /// The signal.
        signal: Signal,
        /// What is to be done.
        disposition: Disposition,
    },
    /// The end of a signal's handler: go on where the signal came (Linux's `sigreturn`).
    ReturnFromHandler,
    /// Have SIGALRM sent to this process after a while; after no time at all: never.
    SetAlarm {
        /// After how long.
        span: Span,
    },
    /// Ask the kernel about the process.
    Ask {
        /// What.
        query: Query,
    },
}

/// What is done with a shared variable, in one indivisible step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Operation {
    /// Read it.
    Load,
    /// Write it.
    Store,
    /// Write it and get what was there (test-and-set: x86 `XCHG`).
    Swap,
    /// Write it if it holds what is expected, and get whether it did (x86 `CMPXCHG`).
    CompareAndSwap,
    /// Add to it and get what was there (x86 `XADD`).
    FetchAdd,
}

impl Operation {
    /// One word for the fact that it was done: the name of the event in reports and claims.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "read",
            Self::Store => "wrote",
            Self::Swap => "swapped",
            Self::CompareAndSwap => "compared-and-swapped",
            Self::FetchAdd => "fetched-and-added",
        }
    }
}

/// What can be asked of a synchronisation object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Take a lock or a place of a semaphore; a readers–writer lock for writing. Blocks.
    Acquire,
    /// The same, if it can be had at once.
    TryAcquire,
    /// Take a readers–writer lock for reading. Blocks.
    AcquireShared,
    /// The same, if it can be had at once.
    TryAcquireShared,
    /// Give it back.
    Release,
    /// Release the condition's lock, wait to be notified, take the lock again. Blocks.
    Wait,
    /// Wait until an event is set. Blocks.
    WaitSet,
    /// Set an event.
    Set,
    /// Clear an event.
    Clear,
    /// Wake a number of tasks that wait on a condition.
    Notify,
    /// Wake all of them.
    NotifyAll,
    /// Come to a barrier and wait for the others. Blocks.
    Arrive,
    /// Put an item into a queue. Blocks while it is full.
    Put,
    /// The same, if there is room at once.
    TryPut,
    /// Take an item out of a queue. Blocks while it is empty.
    Get,
    /// The same, if there is one at once.
    TryGet,
    /// Say that an item taken from a queue has been dealt with.
    TaskDone,
    /// Wait until all items of a queue have been dealt with. Blocks.
    JoinQueue,
    /// Put a socket into a set that is watched.
    Watch,
    /// The same, to be told of arrivals only (epoll's `EPOLLET`).
    WatchEdge,
    /// Take a socket out of a set.
    Unwatch,
    /// Wait until a socket of a set is ready, and look at all of them by number. Blocks.
    Select,
    /// The same, without gaps between the numbers. Blocks.
    Poll,
    /// The same, looking only at those that are ready. Blocks.
    Epoll,
    /// Take the next socket of the answer that a set was given last.
    TakeReady,
}

impl Request {
    /// One word for the fact that it was granted: the name of the event in reports and claims.
    #[must_use]
    pub const fn granted(self) -> &'static str {
        match self {
            Self::Acquire | Self::TryAcquire => "acquired",
            Self::AcquireShared | Self::TryAcquireShared => "acquired-shared",
            Self::Release => "released",
            Self::Wait => "waited",
            Self::WaitSet => "saw-set",
            Self::Set => "set",
            Self::Clear => "cleared",
            Self::Notify => "notified",
            Self::NotifyAll => "notified-all",
            Self::Arrive => "passed-barrier",
            Self::Put | Self::TryPut => "put",
            Self::Get | Self::TryGet => "got",
            Self::TaskDone => "task-done",
            Self::JoinQueue => "joined-queue",
            Self::Watch | Self::WatchEdge => "watched",
            Self::Unwatch => "unwatched",
            Self::Select => "selected",
            Self::Poll => "polled",
            Self::Epoll => "epolled",
            Self::TakeReady => "took-ready",
        }
    }

    /// Whether it waits for one of several sockets.
    #[must_use]
    pub const fn is_multiplexing(self) -> bool {
        matches!(self, Self::Select | Self::Poll | Self::Epoll)
    }

    /// Whether it is answered at once, granted or not.
    #[must_use]
    pub const fn is_try(self) -> bool {
        matches!(
            self,
            Self::TryAcquire | Self::TryAcquireShared | Self::TryPut | Self::TryGet
        )
    }
}

/// What a task did that cannot be done. It ends the task, as an uncaught exception ends a thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Fault {
    /// A condition that it asserted does not hold.
    AssertionFailed,
    /// An array has no such element.
    IndexOutOfRange,
    /// It divided by zero.
    DivisionByZero,
    /// A number does not fit into 64 bits.
    Overflow,
    /// Calls are nested too deeply.
    StackOverflow,
    /// It released a lock, or waited with one, that it does not hold.
    NotOwner,
    /// It released a bounded semaphore above its maximum.
    AboveMaximum,
    /// It reported more items as done than were taken.
    TooManyDone,
    /// A length of time is negative or too long.
    BadTime,
    /// A number of things is negative or too large.
    BadCount,
    /// It made a process or a thread, and there is no room for more.
    TooManyTasks,
    /// It joined what is no other thread of its process.
    NoThread,
    /// It read from a pipe that has ended, and did not ask whether it had.
    EndOfFile,
    /// Its call was interrupted by a signal, and it did not ask whether it was.
    Interrupted,
    /// The operating system of this machine does not know that call.
    NotSupported,
    /// Its process has closed that end of the pipe, has no socket of that number, or one of another kind
    /// (POSIX `EBADF`).
    BadDescriptor,
    /// Another listens at the port (`EADDRINUSE`).
    AddressInUse,
    /// Nobody listens at the port, or too many wait there (`ECONNREFUSED`).
    ConnectionRefused,
    /// The other side has thrown the connection away (`ECONNRESET`).
    ConnectionReset,
    /// Nobody reads at the other end any more (`EPIPE`); of a pipe, where SIGPIPE is ignored.
    BrokenPipe,
    /// There are as many sockets as there can be (`ENFILE`).
    TooManySockets,
}

impl Fault {
    /// A few words with hyphens for it: its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssertionFailed => "assertion-failed",
            Self::IndexOutOfRange => "index-out-of-range",
            Self::DivisionByZero => "division-by-zero",
            Self::Overflow => "overflow",
            Self::StackOverflow => "stack-overflow",
            Self::NotOwner => "not-owner",
            Self::AboveMaximum => "above-maximum",
            Self::TooManyDone => "too-many-done",
            Self::BadTime => "bad-time",
            Self::BadCount => "bad-count",
            Self::TooManyTasks => "too-many-tasks",
            Self::NoThread => "no-thread",
            Self::EndOfFile => "end-of-file",
            Self::Interrupted => "interrupted-call",
            Self::NotSupported => "not-supported",
            Self::BadDescriptor => "bad-descriptor",
            Self::AddressInUse => "address-in-use",
            Self::ConnectionRefused => "connection-refused",
            Self::ConnectionReset => "connection-reset",
            Self::BrokenPipe => "broken-pipe",
            Self::TooManySockets => "too-many-sockets",
        }
    }

    /// The signal by which an operating system ends a process that did it, where a fault ends the
    /// process; none where the processor does not trap: the program itself finds out, and exits.
    #[must_use]
    pub const fn signal(self) -> Option<Signal> {
        match self {
            Self::DivisionByZero | Self::Overflow => Some(Signal::Arithmetic),
            Self::IndexOutOfRange | Self::StackOverflow => Some(Signal::Segmentation),
            _ => None,
        }
    }
}

/// The answer to a [`Call`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// What was read, taken or counted; zero where there is nothing to tell.
    pub value: i64,
    /// Whether what was asked was done: false when it was refused, or timed out.
    pub granted: bool,
    /// What else there is to tell; zero where there is nothing.
    pub second: i64,
}

impl Reply {
    /// It was done.
    pub const DONE: Self = Self {
        value: 0,
        granted: true,
        second: 0,
    };
    /// The kernel did not do it.
    #[must_use]
    pub const fn denied(denial: Denial) -> Self {
        Self {
            value: denial.value(),
            granted: false,
            second: 0,
        }
    }

    /// It was not done: refused, or timed out.
    pub const REFUSED: Self = Self {
        value: 0,
        granted: false,
        second: 0,
    };

    /// It was done, with this result.
    #[must_use]
    pub const fn of(value: i64) -> Self {
        Self {
            value,
            granted: true,
            second: 0,
        }
    }
}

/// Why a task cannot go on, and so what would end it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reason {
    /// The disk works on its request, or on one before it.
    Disk,
    /// The pipe is empty: a message, or the last writer's exit, ends it.
    PipeEmpty(PipeId),
    /// The pipe is full: a reader ends it.
    PipeFull(PipeId),
    /// Its next period has not begun: the timer ends it.
    Period,
    /// The object does not grant its request: what would, the object's kind says.
    Object(ObjectId),
    /// It sleeps: the timer ends it.
    Sleep,
    /// Another thread of its process holds the interpreter lock.
    Interpreter,
    /// It is a user-level thread that could run, and other threads of its process have all the kernel
    /// threads: one of them leaves its own, and those before it have had their turn.
    Carrier,
    /// No child that it waits for has ended: a child's end ends it.
    Child,
    /// The thread that it joins has not ended.
    Thread(ThreadId),
    /// Nobody has connected: a connection that comes in ends it.
    Connection(SocketId),
    /// The other side has not answered yet.
    Connect(SocketId),
    /// *Waiting for data*: nothing has arrived. A packet, or the other side's end, ends it.
    Data(SocketId),
    /// The send buffer is full: what the other side takes ends it.
    Room(SocketId),
    /// Nothing that the process has submitted is done.
    Completion,
}

/// Why a thread drops the interpreter lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DropReason {
    /// A waiter has asked for it.
    Requested,
    /// Its call blocks, or ends it.
    Call,
}

/// A [`Reason`] in three bytes without alignment: what fits into an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PackedReason {
    kind: ReasonKind,
    object: [u8; 2],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum ReasonKind {
    Disk,
    PipeEmpty,
    PipeFull,
    Period,
    Object,
    Sleep,
    Interpreter,
    Carrier,
    Child,
    Thread,
    Connection,
    Connect,
    Data,
    Room,
    Completion,
}

impl From<Reason> for PackedReason {
    fn from(reason: Reason) -> Self {
        let (kind, object) = match reason {
            Reason::Disk => (ReasonKind::Disk, 0),
            Reason::PipeEmpty(pipe) => (ReasonKind::PipeEmpty, pipe.0),
            Reason::PipeFull(pipe) => (ReasonKind::PipeFull, pipe.0),
            Reason::Period => (ReasonKind::Period, 0),
            Reason::Object(object) => (ReasonKind::Object, object.0),
            Reason::Sleep => (ReasonKind::Sleep, 0),
            Reason::Interpreter => (ReasonKind::Interpreter, 0),
            Reason::Carrier => (ReasonKind::Carrier, 0),
            Reason::Child => (ReasonKind::Child, 0),
            Reason::Thread(thread) => (ReasonKind::Thread, thread.0),
            Reason::Connection(socket) => (ReasonKind::Connection, socket.0),
            Reason::Connect(socket) => (ReasonKind::Connect, socket.0),
            Reason::Data(socket) => (ReasonKind::Data, socket.0),
            Reason::Room(socket) => (ReasonKind::Room, socket.0),
            Reason::Completion => (ReasonKind::Completion, 0),
        };
        Self {
            kind,
            object: object.to_le_bytes(),
        }
    }
}

impl From<PackedReason> for Reason {
    fn from(packed: PackedReason) -> Self {
        let object = u16::from_le_bytes(packed.object);
        match packed.kind {
            ReasonKind::Disk => Self::Disk,
            ReasonKind::PipeEmpty => Self::PipeEmpty(PipeId(object)),
            ReasonKind::PipeFull => Self::PipeFull(PipeId(object)),
            ReasonKind::Period => Self::Period,
            ReasonKind::Object => Self::Object(ObjectId(object)),
            ReasonKind::Sleep => Self::Sleep,
            ReasonKind::Interpreter => Self::Interpreter,
            ReasonKind::Carrier => Self::Carrier,
            ReasonKind::Child => Self::Child,
            ReasonKind::Thread => Self::Thread(ThreadId(object)),
            ReasonKind::Connection => Self::Connection(SocketId(object)),
            ReasonKind::Connect => Self::Connect(SocketId(object)),
            ReasonKind::Data => Self::Data(SocketId(object)),
            ReasonKind::Room => Self::Room(SocketId(object)),
            ReasonKind::Completion => Self::Completion,
        }
    }
}
