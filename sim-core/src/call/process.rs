//! What processes ask of the kernel and tell each other by it: signals, ends of pipes, who they are.
//!
//! Not what becomes of it: that is the machine's.

use serde::{Deserialize, Serialize};

/// A signal (POSIX.1-2017, `<signal.h>`); its number is Linux's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Signal {
    /// 1: the terminal has gone.
    Hangup,
    /// 2: a person wants it to stop (Ctrl-C).
    Interrupt,
    /// 3: the same, with a core dump.
    Quit,
    /// 8: a division by zero.
    Arithmetic,
    /// 9: it is ended, whatever it does.
    Kill,
    /// 10: for the program's own use.
    User1,
    /// 11: it touched memory that it must not touch.
    Segmentation,
    /// 12: for the program's own use.
    User2,
    /// 13: it wrote into a pipe that nobody reads any more.
    Pipe,
    /// 14: its alarm clock rang.
    Alarm,
    /// 15: it is asked to end.
    Terminate,
    /// 17: a child of its ended.
    Child,
    /// 18: it may go on.
    Continue,
    /// 29: data have come.
    Io,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Hangup,
        Self::Interrupt,
        Self::Quit,
        Self::Arithmetic,
        Self::Kill,
        Self::User1,
        Self::Segmentation,
        Self::User2,
        Self::Pipe,
        Self::Alarm,
        Self::Terminate,
        Self::Child,
        Self::Continue,
        Self::Io,
    ];

    /// Its number on Linux (signal(7), x86 and ARM).
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Arithmetic => 8,
            Self::Kill => 9,
            Self::User1 => 10,
            Self::Segmentation => 11,
            Self::User2 => 12,
            Self::Pipe => 13,
            Self::Alarm => 14,
            Self::Terminate => 15,
            Self::Child => 17,
            Self::Continue => 18,
            Self::Io => 29,
        }
    }

    /// What POSIX calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Quit => "SIGQUIT",
            Self::Arithmetic => "SIGFPE",
            Self::Kill => "SIGKILL",
            Self::User1 => "SIGUSR1",
            Self::Segmentation => "SIGSEGV",
            Self::User2 => "SIGUSR2",
            Self::Pipe => "SIGPIPE",
            Self::Alarm => "SIGALRM",
            Self::Terminate => "SIGTERM",
            Self::Child => "SIGCHLD",
            Self::Continue => "SIGCONT",
            Self::Io => "SIGIO",
        }
    }

    /// The signal of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.name() == name)
    }

    /// Whether a process that has said nothing about it ignores it; all others end it (signal(7)).
    #[must_use]
    pub const fn is_ignored_by_default(self) -> bool {
        matches!(self, Self::Child | Self::Continue)
    }

    /// Its place in a set of signals.
    pub(crate) const fn bit(self) -> u32 {
        1 << self.number()
    }
}

/// What a process wants to be done with a signal (POSIX `sigaction`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Disposition {
    /// What every signal does by itself: end the process, or nothing.
    Default,
    /// Nothing.
    Ignore,
    /// Call a function of the script.
    Handle {
        /// Its number.
        function: u16,
        /// What becomes of a call that it interrupts.
        style: HandlerStyle,
    },
}

/// What becomes of a call of which a signal takes a blocked task away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum HandlerStyle {
    /// It is made again when the handler has returned (`SA_RESTART`; Python since 3.5, PEP 475).
    Restarting,
    /// It ends as not granted (`EINTR`).
    Interrupting,
}

/// An end of a pipe.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PipeEnd {
    /// Where messages come out.
    Read,
    /// Where they go in.
    Write,
}

impl PipeEnd {
    /// The word for it in scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// What a task asks the kernel about its process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Query {
    /// Its number (`getpid`).
    Own,
    /// Its parent's (`getppid`).
    Parent,
}

impl Query {
    /// One word for the fact that it was answered: the name of the event in reports and claims.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "asked-pid",
            Self::Parent => "asked-parent-pid",
        }
    }
}

/// Why the kernel does not do what it was asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Denial {
    /// Not now: the process table is full, or it would have to wait (`EAGAIN`).
    TryAgain,
    /// The process has no such child to wait for (`ECHILD`).
    NoChild,
    /// There is no such process (`ESRCH`).
    NoProcess,
    /// A signal came (`EINTR`).
    Interrupted,
}

impl Denial {
    /// One word for the fact: the name of the event in reports and claims.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TryAgain => "try-again",
            Self::NoChild => "no-child",
            Self::NoProcess => "no-process",
            Self::Interrupted => "call-interrupted",
        }
    }

    /// The value of its reply; beside it stands that it was not granted. No number of a process is
    /// negative, so that these can be told from an answer.
    #[must_use]
    pub const fn value(self) -> i64 {
        match self {
            Self::TryAgain => 0,
            Self::NoChild | Self::NoProcess => -1,
            // What the kernel itself returns: -EINTR.
            Self::Interrupted => -4,
        }
    }
}
