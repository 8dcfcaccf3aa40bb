//! What the lines of a script say, with the places of what may be wrong.
//!
//! A line is one node; blocks are told by the indentation, when the script is compiled. Not checked:
//! names may be unknown and kinds wrong.

use crate::call::{HandlerStyle, PipeEnd, Query};
use crate::program::Place;

/// A name, and the byte of the line at which it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

/// A name, perhaps with the index of an element.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Target<'t> {
    pub(super) name: Name<'t>,
    pub(super) index: Option<Box<Expression<'t>>>,
}

/// A value that is worked out from numbers and local variables.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Expression<'t> {
    /// Where it starts.
    pub(super) at: usize,
    pub(super) form: Form<'t>,
}

#[derive(PartialEq, Eq, Debug)]
pub(super) enum Form<'t> {
    Number(i64),
    Name(&'t str),
    /// `self`.
    Own,
    /// `len NAME`.
    Length(Name<'t>),
    Unary(Unary, Box<Expression<'t>>),
    Binary(Binary, Box<Expression<'t>>, Box<Expression<'t>>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unary {
    Negate,
    Not,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// A length of time.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Length<'t> {
    /// A number of units with a fraction.
    Decimal { text: &'t str, at: usize },
    /// A whole number of units.
    Units(Expression<'t>),
}

impl Length<'_> {
    /// Where it starts.
    pub(super) const fn at(&self) -> usize {
        match self {
            Self::Decimal { at, .. } => *at,
            Self::Units(expression) => expression.at,
        }
    }
}

/// What is asked of a synchronisation object.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Ask<'t> {
    pub(super) verb: Verb,
    pub(super) attempt: Attempt,
    pub(super) sharing: Option<Sharing>,
    pub(super) target: Target<'t>,
    pub(super) operand: Option<Expression<'t>>,
    pub(super) timeout: Option<Length<'t>>,
}

/// The words by which synchronisation objects are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
    Acquire,
    Release,
    Wait,
    Notify,
    NotifyAll,
    Set,
    Clear,
    Put,
    Get,
    Done,
    Join,
    Watch,
    WatchEdge,
    Unwatch,
    Select,
    Poll,
    Epoll,
    Ready,
}

/// What is asked about a socket, or about a pipe: which of the two, its name says.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct SocketAsk<'t> {
    pub(super) verb: SocketVerb,
    pub(super) attempt: Attempt,
    /// Where it stands.
    pub(super) at: usize,
    /// The socket, or the port; a peer may leave its socket out.
    pub(super) socket: Option<Expression<'t>>,
    /// How many bytes, or how many connections may wait.
    pub(super) amount: Option<Expression<'t>>,
    /// The end of a pipe that is closed.
    pub(super) end: Option<PipeEnd>,
    /// The word by which what is submitted is known.
    pub(super) tag: Option<Expression<'t>>,
    pub(super) timeout: Option<Length<'t>>,
}

/// The words by which sockets are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SocketVerb {
    Listen,
    Accept,
    Connect,
    Receive,
    Send,
    Close,
    Signal,
    SubmitAccept,
    SubmitReceive,
    SubmitSend,
    Completion,
}

/// Whether a request waits until it is granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attempt {
    Wait,
    Try,
}

/// How a readers–writer lock is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sharing {
    Read,
    Write,
}

/// What can stand after `let x =`; most of it also alone.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Value<'t> {
    Expression(Expression<'t>),
    Load(Target<'t>),
    Swap(Target<'t>, Expression<'t>),
    CompareAndSwap(Target<'t>, Expression<'t>, Expression<'t>),
    FetchAdd(Target<'t>, Expression<'t>),
    Ask(Box<Ask<'t>>),
    Socket(Box<SocketAsk<'t>>),
    Call {
        name: Name<'t>,
        arguments: Vec<Expression<'t>>,
    },
    Random {
        low: Expression<'t>,
        high: Expression<'t>,
    },
    System(Box<System<'t>>),
}

/// What is asked of the operating system about processes, threads and signals.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum System<'t> {
    /// The word is a name too: something may have it.
    Fork(Name<'t>),
    Make {
        what: Made,
        name: Name<'t>,
        arguments: Vec<Expression<'t>>,
    },
    WaitForChild {
        which: Option<Expression<'t>>,
        attempt: Attempt,
        timeout: Option<Length<'t>>,
    },
    Kill {
        process: Expression<'t>,
        signal: Option<Name<'t>>,
    },
    Ask(Query),
    OnSignal {
        signal: Name<'t>,
        reaction: Reaction<'t>,
    },
    Alarm(Length<'t>),
}

/// What carries out a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Made {
    Process,
    Thread,
    /// The same process, with a fresh image.
    Image,
}

/// What is to be done with a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reaction<'t> {
    Default,
    Ignore,
    Handle(Name<'t>, HandlerStyle),
}

/// Whether names on the left of `=` may be new.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binding {
    /// After `let`.
    New,
    /// Without it.
    Existing,
}

/// A piece of a text to print.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Piece<'t> {
    Text(String),
    Gap(Expression<'t>),
}

/// A line.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Statement<'t> {
    Declaration(Box<Declaration<'t>>),
    Let {
        binding: Binding,
        names: Vec<Name<'t>>,
        value: Box<Value<'t>>,
        /// Where the value stands.
        at: usize,
    },
    /// A value that nobody wants, for its effect.
    Do(Box<Value<'t>>),
    Store(Target<'t>, Expression<'t>),
    Compute(Length<'t>),
    Sleep(Length<'t>),
    Yield,
    Pass,
    If(Expression<'t>),
    Elif(Expression<'t>),
    Else,
    While(Expression<'t>),
    Repeat(Option<Expression<'t>>),
    Break,
    Continue,
    Return(Option<Expression<'t>>),
    Print(Vec<Piece<'t>>),
    Assert(Expression<'t>),
    Exit(Option<Expression<'t>>),
}

/// A line at the left margin.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Declaration<'t> {
    Constant {
        name: Name<'t>,
        value: Expression<'t>,
    },
    Shared {
        name: Name<'t>,
        length: Option<Box<Expression<'t>>>,
        initial: Expression<'t>,
    },
    Object {
        name: Name<'t>,
        length: Option<Box<Expression<'t>>>,
        object: Object<'t>,
    },
    Pipe {
        name: Name<'t>,
        capacity: Option<Expression<'t>>,
    },
    Task {
        place: Place,
        name: Name<'t>,
        replicas: Option<Expression<'t>>,
        options: Vec<TaskOption<'t>>,
    },
    Function {
        name: Name<'t>,
        parameters: Vec<Name<'t>>,
    },
}

/// A kind of synchronisation object and its options.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Object<'t> {
    Lock {
        handover: super::Handover,
    },
    RecursiveLock,
    Semaphore {
        initial: Expression<'t>,
        maximum: Option<Expression<'t>>,
    },
    Condition {
        lock: Target<'t>,
    },
    Event,
    Barrier {
        parties: Expression<'t>,
    },
    ReadersWriter {
        preference: super::Preference,
    },
    Queue {
        capacity: Option<Expression<'t>>,
        order: super::QueueOrder,
    },
    Watch,
}

/// What can be said of a task in its head.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum TaskOption<'t> {
    At(Length<'t>),
    Every(Length<'t>),
    Priority(Expression<'t>),
    Tickets(Expression<'t>),
}
