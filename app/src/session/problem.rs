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

impl Problem {
    /// What is said of those that come only of what the part of the page does that is fetched later.
    #[lockstep_part::later(Problem)]
    fn words_of_part(&self) -> String {
        match self {
            Self::UnknownVariant { name } => format!("the scenario has no variant {name:?}"),
            Self::Recording(fault) => fault.to_string(),
            Self::Live(fault) => fault.to_string(),
            Self::Input(error) => error.to_string(),
            Self::Setting(error) => error.to_string(),
            Self::Link(error) => error.to_string(),
            Self::TooManyRuns => format!("at most {MOST_RUNS} runs fit side by side"),
            Self::UnknownScenario { .. }
            | Self::Fetch { .. }
            | Self::Part(_)
            | Self::File { .. } => String::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScenario { slug } => write!(f, "the catalogue has no scenario {slug:?}"),
            Self::Fetch { slug, fault } => write!(f, "{slug}: {fault}"),
            Self::Part(fault) => fault.fmt(f),
            Self::File { name, fault } => match fault {
                FileFault::TooLong => write!(f, "{name}: found a file that is too long"),
                FileFault::Unreadable => write!(f, "{name}: the browser cannot read this file"),
                FileFault::NotText => write!(f, "{name}: found a file that is not text"),
            },
            Self::UnknownVariant { .. }
            | Self::Recording(_)
            | Self::Live(_)
            | Self::Input(_)
            | Self::Setting(_)
            | Self::Link(_)
            | Self::TooManyRuns => f.write_str(&self.words_of_part()),
        }
    }
}

impl std::error::Error for Problem {}
