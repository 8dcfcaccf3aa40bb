//! The waist: what a program asks of the world, and what it gets back.
//!
//! Programs know no machine and machines know no language; both know this file. It is the
//! system-call interface of the lesson.

use serde::{Deserialize, Serialize};

use crate::ids::PipeId;
use crate::time::Span;

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
    /// End the process with an exit status.
    Exit {
        /// The status its parent collects.
        status: u8,
    },
}

/// The answer to a [`Call`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// It was done.
    Done,
    /// Nothing is left to read and every writer has closed its end (POSIX `read` returning 0).
    EndOfFile,
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
}

impl From<Reason> for PackedReason {
    fn from(reason: Reason) -> Self {
        let (kind, object) = match reason {
            Reason::Disk => (ReasonKind::Disk, 0),
            Reason::PipeEmpty(pipe) => (ReasonKind::PipeEmpty, pipe.0),
            Reason::PipeFull(pipe) => (ReasonKind::PipeFull, pipe.0),
            Reason::Period => (ReasonKind::Period, 0),
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
        }
    }
}
