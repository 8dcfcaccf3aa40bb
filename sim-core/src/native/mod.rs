//! The native machine: the same programs on real threads of the operating system.
//!
//! [`run`] starts a child process (the same program, with a hidden argument), in which every task is a
//! thread that carries out its calls for real and reports what it did as the same [`Event`]s. The
//! parent replays them in a [`Machine`](crate::machine::Machine) at task level, which refuses what
//! cannot have happened: so the result is an ordinary [`Trace`], and every view shows it. What user
//! space cannot see (who has a CPU) is not in it. `docs/native.md` says what is real and how each thing
//! is.
//!
//! The child never asks the machine what an object would say. That both agree is the proof of the calls
//! between programs and machines.

#![cfg_attr(
    all(unix, not(target_os = "linux")),
    allow(dead_code, reason = "what only processes need is built for Linux")
)]

#[cfg(unix)]
mod actor;
#[cfg(unix)]
mod arrivals;
#[cfg(unix)]
mod calibrate;
#[cfg(unix)]
mod calls;
#[cfg(unix)]
mod carriers;
#[cfg(unix)]
mod child;
#[cfg(unix)]
mod clock;
#[cfg(unix)]
mod collect;
#[cfg(feature = "claims")]
pub mod compare;
mod defect;
#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod interpreter;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(all(unix, not(target_os = "linux")))]
#[path = "no_kernel.rs"]
mod kernel;
#[cfg(unix)]
mod memory;
#[cfg(unix)]
mod objects;
mod order;
#[cfg(unix)]
mod os;
#[cfg(unix)]
mod parent;
#[cfg(unix)]
mod park;
pub mod quantities;
#[cfg(unix)]
mod record;
mod support;
#[cfg(unix)]
mod sync;
#[cfg(unix)]
mod tasks;
#[cfg(unix)]
mod threading;
#[cfg(unix)]
mod threads;
#[cfg(unix)]
mod waits;
#[cfg(unix)]
mod world;

use core::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

#[cfg(unix)]
pub use calibrate::{FORKS, Measured, NOTHING, calibrate, forks};
#[cfg(unix)]
pub use child::main as child;
pub use defect::Defect;
pub use order::{Delays, Limits, MemoryOrder, Order, Recording, TASKS};
pub use support::{Unsupported, support};

use crate::event::Event;
use crate::input::InputError;
use crate::run::Outcome;
use crate::time::{Span, Time};
use crate::trace::Trace;

/// The argument by which a program is asked to be the child of a native run: it calls [`child`] then.
pub const CHILD: &str = "native-child";

/// A run on the operating system.
#[derive(Clone, Debug)]
pub struct NativeRun {
    /// What happened; none where it was not recorded.
    pub trace: Option<Arc<Trace>>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was stopped, where it was.
    pub stopped: Option<Stopped>,
    /// The shared variables at the end, as far as that was seen.
    pub memory: Vec<i64>,
    /// The lines that were printed, in order.
    pub printed: Vec<Box<str>>,
    /// The CPU time of each task; of one that has not ended, up to where it blocked last.
    pub cpu: Vec<Span>,
    /// When it ended.
    pub end: Time,
    /// How long it took, with starting the process and its threads.
    pub wall: Span,
}

/// Why a run was stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// Its time was over.
    Time,
    /// It had as many events as it may have.
    Events,
    /// It printed more than it may.
    Output,
    /// Nobody wanted it any more.
    Cancelled,
}

impl Stopped {
    /// One word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Events => "events",
            Self::Output => "output",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why there is no run.
#[derive(Debug)]
pub enum NativeError {
    /// The workload is wrong.
    Input(InputError),
    /// It has no real form here.
    Unsupported(Unsupported),
    /// The child could not be started.
    Start(io::Error),
    /// The child ended without saying how the run did.
    Child {
        /// How it ended, where that is known.
        status: Option<ExitStatus>,
        /// What it said on standard error.
        said: String,
    },
    /// The operating system refused something.
    Failed(String),
    /// The child said something that is no record.
    BadRecord,
    /// What happened is not what the machine can do.
    Defect(Box<Defect>),
    /// The child says that it is over, and the machine that it is not.
    Unfinished,
    /// The shared variables are not what the machine has.
    OtherMemory {
        /// What they were.
        real: Vec<i64>,
        /// What the machine has.
        machine: Vec<i64>,
    },
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Unsupported(what) => what.fmt(f),
            Self::Start(error) => write!(f, "the child process cannot be started: {error}"),
            Self::Child { status, said } => {
                f.write_str("the child process ended too early")?;
                if let Some(status) = status {
                    write!(f, " ({status})")?;
                }
                if !said.trim().is_empty() {
                    write!(f, ": {}", said.trim())?;
                }
                Ok(())
            }
            Self::Failed(why) => write!(f, "the run cannot go on: {why}"),
            Self::BadRecord => f.write_str("the child process wrote what is no record"),
            Self::Defect(defect) => defect.fmt(f),
            Self::Unfinished => f.write_str("the real run is over, and its replay is not"),
            Self::OtherMemory { real, machine } => write!(
                f,
                "the shared variables are {real:?} at the end, and {machine:?} in the replay"
            ),
        }
    }
}

impl std::error::Error for NativeError {}

/// Runs a program on the operating system. `program` is this program or another that calls [`child`]
/// when it is started with the argument [`CHILD`]. `sink` gets the events as they come in, and says
/// whether the run is still wanted; it is asked about twenty times a second at least.
///
/// Nothing is left behind: the child and all that it started have ended when this returns. They end too
/// when this process is killed.
///
/// # Errors
///
/// Where the workload is wrong or has no real form, the child cannot be started or fails, or what
/// happened is not what the machine can do.
#[cfg(unix)]
pub fn run(
    program: &Path,
    order: &Order,
    sink: &mut dyn FnMut(&[Event]) -> ControlFlow<()>,
) -> Result<NativeRun, NativeError> {
    parent::run(program, order, sink)
}

/// Where there are no native runs, says so.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub fn run(
    _: &Path,
    order: &Order,
    _: &mut dyn FnMut(&[Event]) -> ControlFlow<()>,
) -> Result<NativeRun, NativeError> {
    let code = order.code().map_err(NativeError::Input)?;
    support(&code).map_err(NativeError::Unsupported)?;
    Err(NativeError::BadRecord)
}
