//! The compiled form of a script: small operations on the registers of a frame.
//!
//! Not the text: each operation only knows the number of its line.

use super::Facility;
use crate::call::{Disposition, Fault, Operation, PipeEnd, Query, Request, Signal, SocketRequest};
use crate::ids::{FormatId, ObjectId, PipeId, VariableId};

/// A register: a local variable or an intermediate value, counted from the start of its frame.
pub(super) type Register = u16;

/// One operation.
///
/// Eight bytes, so that a cache line holds eight of them. Numbers that stand on the right of an
/// operator, as in `x + 1`, are part of the operation where they fit: that is most of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    /// A line that evaluates nothing.
    Nothing,
    Number {
        to: Register,
        number: i32,
    },
    /// A number of the table of large ones.
    Large {
        to: Register,
        place: u32,
    },
    Copy {
        to: Register,
        from: Register,
    },
    /// The index of the task: `self`.
    Own {
        to: Register,
    },
    Add {
        to: Register,
        left: Register,
        right: Register,
    },
    Subtract {
        to: Register,
        left: Register,
        right: Register,
    },
    Multiply {
        to: Register,
        left: Register,
        right: Register,
    },
    Divide {
        to: Register,
        left: Register,
        right: Register,
    },
    Remainder {
        to: Register,
        left: Register,
        right: Register,
    },
    Equal {
        to: Register,
        left: Register,
        right: Register,
    },
    NotEqual {
        to: Register,
        left: Register,
        right: Register,
    },
    Less {
        to: Register,
        left: Register,
        right: Register,
    },
    LessEqual {
        to: Register,
        left: Register,
        right: Register,
    },
    AddNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    MultiplyNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    DivideNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    RemainderNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    EqualNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    NotEqualNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    LessNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    GreaterNumber {
        to: Register,
        left: Register,
        right: i16,
    },
    Negate {
        to: Register,
        from: Register,
    },
    Not {
        to: Register,
        from: Register,
    },
    /// One for everything but zero.
    Truth {
        to: Register,
        from: Register,
    },
    /// The number of an element, by its index: of the table of arrays.
    Element {
        to: Register,
        index: Register,
        array: u16,
    },
    /// Whole units of time as nanoseconds.
    Units {
        to: Register,
        from: Register,
    },
    Random {
        to: Register,
        low: Register,
        high: Register,
    },

    Jump {
        to: u32,
    },
    JumpIfZero {
        test: Register,
        to: u32,
    },
    JumpIfNotZero {
        test: Register,
        to: u32,
    },
    /// The end of a loop's pass: back to its head.
    Again {
        to: u32,
    },
    /// The head of `repeat`: counts down, or leaves at zero.
    Count {
        counter: Register,
        exit: u32,
    },
    /// The arguments stand in the first registers of the new frame.
    Call {
        function: u16,
    },
    /// The value goes to the first register of the frame that is left: the caller's first one
    /// beyond its locals.
    Return {
        value: Register,
    },
    /// Uses the CPU for so many nanoseconds.
    Compute {
        span: Register,
    },
    /// Fails when it is zero.
    Assert {
        test: Register,
    },
    /// Fails unless it is a number of things.
    CheckCount {
        count: Register,
    },
    /// The time limit of the request that follows, in nanoseconds.
    Timeout {
        span: Register,
    },

    /// Operands, if there are any, stand in one or two registers in a row.
    Access {
        operation: Operation,
        variable: VariableId,
        operands: Register,
    },
    /// The number of the variable stands in a register.
    AccessAt {
        operation: Operation,
        variable: Register,
        operands: Register,
    },
    Ask {
        request: Request,
        object: ObjectId,
    },
    AskAt {
        request: Request,
        object: Register,
    },
    AskWith {
        request: Request,
        object: ObjectId,
        operand: Register,
    },
    AskAtWith {
        request: Request,
        object: Register,
        operand: Register,
    },
    /// The word by which what is submitted next is known.
    Tag {
        tag: Register,
    },
    /// Two operands stand in two registers in a row.
    Socket {
        request: SocketRequest,
        operands: Register,
    },
    /// For so many nanoseconds.
    Sleep {
        span: Register,
    },
    Yield,
    /// The numbers for the gaps stand beyond the locals.
    Print {
        format: FormatId,
    },
    Exit {
        status: Register,
    },
    /// The value of the reply to the call before.
    TakeValue {
        to: Register,
    },
    /// Whether the call before was granted.
    TakeGranted {
        to: Register,
    },
    /// The second value of the reply to the call before.
    TakeSecond {
        to: Register,
    },
    /// Fails unless the call before was granted.
    NeedGranted {
        fault: Fault,
    },

    EndThread,
    Send {
        pipe: PipeId,
        item: Register,
    },
    TrySend {
        pipe: PipeId,
        item: Register,
    },
    Receive {
        pipe: PipeId,
    },
    TryReceive {
        pipe: PipeId,
    },
    Close {
        pipe: PipeId,
        end: PipeEnd,
    },
    Fork,
    /// The arguments stand where those of a call do.
    Spawn {
        function: u16,
    },
    StartThread {
        function: u16,
    },
    Execute {
        function: u16,
    },
    Join {
        thread: Register,
    },
    WaitForChild {
        which: Register,
    },
    TryWaitForChild {
        which: Register,
    },
    Kill {
        process: Register,
        signal: Signal,
    },
    SetDisposition {
        signal: Signal,
        disposition: Disposition,
    },
    SetAlarm {
        span: Register,
    },
    Query {
        query: Query,
    },
}

const _: () = assert!(size_of::<Op>() == 8);

impl Op {
    /// Whether it makes a process at run time.
    pub(super) const fn makes_process(&self) -> bool {
        matches!(self, Self::Fork | Self::Spawn { .. })
    }

    /// What of an operating system it uses beside memory, clocks and threads.
    pub(super) const fn facility(&self) -> Option<Facility> {
        match self {
            Self::Fork
            | Self::Spawn { .. }
            | Self::Execute { .. }
            | Self::WaitForChild { .. }
            | Self::TryWaitForChild { .. }
            | Self::Query { .. } => Some(Facility::Processes),
            Self::Kill { .. } | Self::SetDisposition { .. } | Self::SetAlarm { .. } => {
                Some(Facility::Signals)
            }
            Self::Send { .. }
            | Self::TrySend { .. }
            | Self::Receive { .. }
            | Self::TryReceive { .. }
            | Self::Close { .. } => Some(Facility::Pipes),
            Self::Socket { request, .. } => Some(match request {
                SocketRequest::Complete | SocketRequest::TryComplete => Facility::Completions,
                request if request.is_submission() => Facility::Completions,
                SocketRequest::Signal => Facility::Arrivals,
                _ => Facility::Sockets,
            }),
            _ => None,
        }
    }

    /// Whether it makes a thread at run time.
    pub(super) const fn makes_thread(&self) -> bool {
        matches!(self, Self::StartThread { .. })
    }
}

/// The operations of a whole script.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    /// For each operation, whether a line is begun with it: then the line's cost is due.
    pub(super) begins: Vec<bool>,
    /// For each operation, its line.
    pub(super) lines: Vec<u32>,
    /// Numbers that fit into no operation.
    pub(super) numbers: Vec<i64>,
    pub(super) arrays: Vec<Array>,
    pub(super) functions: Vec<Function>,
    pub(super) formats: Vec<Format>,
}

/// Consecutive variables or objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Array {
    pub(super) first: u16,
    pub(super) length: u16,
}

/// A task's body or a function.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Function {
    pub(super) name: String,
    /// Its first operation.
    pub(super) entry: u32,
    pub(super) parameters: u16,
    /// How many of its registers are local variables: these come first.
    pub(super) locals: u16,
    /// How many registers it needs.
    pub(super) registers: u16,
    /// The names of the locals that have one, by register: these come first.
    pub(super) names: Vec<String>,
}

/// A text with gaps: what stands before each gap, and what after the last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Format {
    pub(super) before: Vec<String>,
    pub(super) end: String,
}
