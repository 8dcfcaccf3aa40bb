//! What is asked of a native run: a workload, how it is watched, and how far it may go.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::input::InputError;
use crate::program::Code;
use crate::settings::Settings;
use crate::workload::Workload;

/// An order for a native run.
#[derive(Clone, Debug)]
pub struct Order {
    /// What runs.
    pub workload: Workload,
    /// Settings that win over those of the workload.
    pub over: Settings,
    /// Whether every event is recorded.
    pub recording: Recording,
    /// Whether threads are held up now and then.
    pub delays: Delays,
    /// How far it may go.
    pub limits: Limits,
}

/// Whether threads are held up for a moment before some of their calls. Every order that comes of it
/// could have come by itself; some of them hardly ever do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Delays {
    /// They are not.
    None,
    /// By this seed.
    Random(u64),
}

/// Whether every event of a run is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Recording {
    /// In the order in which they happened. What is shared is used inside one gate.
    On,
    /// Only how the run ended, memory at the end and what was printed. Variables are plain atomics.
    Off(MemoryOrder),
}

/// How strongly the processor orders what is done with shared variables.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum MemoryOrder {
    /// All operations have one order (C++ and Rust: `SeqCst`).
    SequentiallyConsistent,
    /// Only operations on the same variable do (`Relaxed`).
    Relaxed,
}

/// How far a native run may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// How long it may take.
    pub wall: Duration,
    /// How many events may be recorded.
    pub events: u64,
    /// How many bytes may be printed.
    pub output: u64,
    /// How many bytes of memory a process may use for its data.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(10),
            events: 1_000_000,
            output: 4 << 20,
            memory: 4 << 30,
        }
    }
}

/// The most tasks of a native run: as many threads are started.
pub const TASKS: usize = 8_192;

impl Order {
    /// A recorded run of a workload as it stands.
    #[must_use]
    pub fn new(workload: Workload) -> Self {
        Self {
            workload,
            over: Settings::default(),
            recording: Recording::On,
            delays: Delays::None,
            limits: Limits::default(),
        }
    }

    /// What runs: the workload's code, at task level, where the machine's own work takes no simulated
    /// time, because it takes real time.
    ///
    /// # Errors
    ///
    /// What is wrong with the workload.
    pub fn code(&self) -> Result<Code, InputError> {
        Ok(self.workload.code(&self.over)?.for_real())
    }

    /// What a child has to know.
    #[cfg(unix)]
    pub(super) fn wire(&self, parent: u32) -> Wire {
        Wire {
            workload: self.workload.to_toml(),
            settings: self.over.pairs(),
            recording: self.recording,
            delays: self.delays,
            limits: self.limits,
            parent,
        }
    }
}

/// An order as it goes to a child, on its standard input.
#[cfg(unix)]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Wire {
    pub(super) workload: String,
    pub(super) settings: Vec<(String, String)>,
    pub(super) recording: Recording,
    pub(super) delays: Delays,
    pub(super) limits: Limits,
    /// The parent's number, to see whether it is still there.
    pub(super) parent: u32,
}

#[cfg(unix)]
impl Wire {
    /// The code to run, and on how many CPUs.
    pub(super) fn code(&self) -> Result<(Code, u8), String> {
        let workload =
            Workload::from_toml("order", &self.workload).map_err(|error| error.to_string())?;
        let mut over = Settings::default();
        for (name, value) in &self.settings {
            over.set(name, value).map_err(|error| error.to_string())?;
        }
        let code = workload.code(&over).map_err(|error| error.to_string())?;
        let cpus = code.config.cpus;
        Ok((code.for_real(), cpus))
    }
}
