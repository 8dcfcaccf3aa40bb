//! What can go wrong when an act is carried out.
//!
//! Not what goes wrong in a run: those are findings, facts about it.

use core::fmt;

use sim_core::settings::SettingError;
use sim_core::workload::InputError;

use super::{FetchFault, LiveFault, MOST_RUNS, RecordingFault};
use crate::permalink::LinkError;

/// Something that could not be done, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// There is no such scenario.
    UnknownScenario {
        /// The name that was asked for.
        slug: String,
    },
    /// The scenario has no such variant.
    UnknownVariant {
        /// The name that was asked for.
        name: String,
    },
    /// A scenario whose texts cannot be had.
    Fetch {
        /// Its name.
        slug: String,
        /// What is wrong.
        fault: FetchFault,
    },
    /// A real run that cannot be shown.
    Recording(RecordingFault),
    /// A real run on request that there is not.
    Live(LiveFault),
    /// The part of the page that is fetched later cannot be had.
    Part(FetchFault),
    /// A workload that is none.
    Input(InputError),
    /// A setting that is none.
    Setting(SettingError),
    /// A link that cannot be read.
    Link(LinkError),
    /// A file that cannot be read.
    File {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// More runs than can be shown side by side.
    TooManyRuns,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileFault {
    /// It is longer than a workload may be.
    TooLong,
    /// The browser could not read it.
    Unreadable,
    /// It is not text.
    NotText,
}

impl Problem {
    /// Whether it helps to ask once more.
    #[must_use]
    pub fn can_be_retried(&self) -> bool {
        match self {
            Self::Fetch { .. } | Self::Part(_) | Self::Recording(RecordingFault::Fetch(_)) => true,
            Self::Live(fault) => fault.can_be_retried(),
            _ => false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScenario { slug } => write!(f, "the catalogue has no scenario {slug:?}"),
            Self::UnknownVariant { name } => write!(f, "the scenario has no variant {name:?}"),
            Self::Fetch { slug, fault } => write!(f, "{slug}: {fault}"),
            Self::Part(fault) => fault.fmt(f),
            Self::Recording(fault) => fault.fmt(f),
            Self::Live(fault) => fault.fmt(f),
            Self::Input(error) => error.fmt(f),
            Self::Setting(error) => error.fmt(f),
            Self::Link(error) => error.fmt(f),
            Self::File { name, fault } => match fault {
                FileFault::TooLong => write!(f, "{name}: found a file that is too long"),
                FileFault::Unreadable => write!(f, "{name}: the browser cannot read this file"),
                FileFault::NotText => write!(f, "{name}: found a file that is not text"),
            },
            Self::TooManyRuns => write!(f, "at most {MOST_RUNS} runs fit side by side"),
        }
    }
}

impl std::error::Error for Problem {}
