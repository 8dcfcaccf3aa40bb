//! What a script declares: the things that its tasks share, and the tasks.
//!
//! Not their state while it runs: that is the machine's.

use crate::ids::{ObjectId, VariableId};
use crate::program::Place;
use crate::time::Span;

/// A shared variable, or an array of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VariableSpec {
    /// Its name.
    pub name: String,
    /// Its only word, or the first one of an array; the others follow.
    pub first: VariableId,
    /// How many words it has.
    pub len: u16,
    /// Whether it was declared with a number of elements, even if that is one.
    pub is_array: bool,
    /// The value of each word at the start.
    pub initial: i64,
    /// The line that declares it.
    pub line: u32,
}

/// A synchronisation object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectSpec {
    /// Its name; an element of an array has its index: `fork[2]`.
    pub name: String,
    /// What it is.
    pub kind: ObjectKind,
    /// The line that declares it.
    pub line: u32,
}

/// What a synchronisation object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectKind {
    /// One task at a time holds it.
    Lock {
        /// Who gets it when it is released.
        handover: Handover,
    },
    /// A lock that its holder can take again.
    RecursiveLock,
    /// A counter that is never below zero.
    Semaphore {
        /// Its value at the start.
        initial: u32,
        /// Its largest value, where it has one.
        maximum: Option<u32>,
    },
    /// A condition variable.
    Condition {
        /// The lock that is released while a task waits, and taken again.
        lock: ObjectId,
    },
    /// A flag that tasks can wait for.
    Event,
    /// A place at which tasks wait for each other.
    Barrier {
        /// How many.
        parties: u32,
    },
    /// A lock of many readers or one writer.
    ReadersWriter {
        /// Who goes first.
        preference: Preference,
    },
    /// Items on their way from task to task.
    Queue {
        /// How many it holds; without a limit where there is none.
        capacity: Option<u32>,
        /// Which item is next.
        order: QueueOrder,
    },
    /// A set of sockets, of which a task waits for any one.
    Watch,
}

impl ObjectKind {
    /// The word that declares it: what it is called in the language, in reports and in claims.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Lock { .. } => "lock",
            Self::RecursiveLock => "rlock",
            Self::Semaphore { .. } => "semaphore",
            Self::Condition { .. } => "condition",
            Self::Event => "event",
            Self::Barrier { .. } => "barrier",
            Self::ReadersWriter { .. } => "rwlock",
            Self::Queue { .. } => "queue",
            Self::Watch => "watch",
        }
    }

    /// Whether it is a set of sockets.
    #[must_use]
    pub const fn is_watch(&self) -> bool {
        matches!(self, Self::Watch)
    }
}

/// Who gets a lock that is released.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handover {
    /// The first waiter is woken to try again; whoever comes before it may take the lock.
    Barging,
    /// The first waiter owns it at once.
    HandOver,
}

/// Who goes first at a readers–writer lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preference {
    /// A reader waits only while somebody writes.
    Readers,
    /// A reader waits also while a writer waits.
    Writers,
    /// In the order in which they came.
    Fair,
}

/// Which item of a queue is next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueueOrder {
    /// The oldest.
    Fifo,
    /// The newest: a stack.
    Lifo,
    /// The least.
    Priority,
}

/// A task of the script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskSpec {
    /// Its name; one of several replicas has its index: `philosopher[0]`.
    pub name: String,
    /// Its index among the replicas: `self`.
    pub index: i64,
    /// When it arrives, after the start.
    pub arrival: Span,
    /// Its priority: the lower the number, the higher.
    pub priority: i32,
    /// Its share under lottery, stride and fair scheduling.
    pub tickets: u32,
    /// The line of its head.
    pub line: u32,
    /// Whether it is a task of the machine or a peer outside.
    pub place: Place,
}

/// What a script asks of an operating system.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Facility {
    /// Processes are made, waited for or asked about.
    Processes,
    /// Signals are sent or handled, or an alarm clock is set.
    Signals,
    /// Messages go through pipes.
    Pipes,
    /// Sockets are used.
    Sockets,
    /// Something is submitted to the kernel that has to do with them.
    Completions,
    /// A signal is asked for when something arrives at one.
    Arrivals,
}

/// What a line of the text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// Nothing.
    Blank,
    /// A comment alone.
    Comment,
    /// A constant, a shared variable or a synchronisation object.
    Declaration,
    /// It begins a block: a task, a function, a loop or a condition.
    Head,
    /// An instruction.
    Statement,
}
