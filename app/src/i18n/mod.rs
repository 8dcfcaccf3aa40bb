//! Every text that a person reads, in one place; a second language stands beside the first.
//!
//! Messages are methods of traits, typed by what they need, so that the compiler finds a text
//! that a language lacks. Not a library of formats: plurals and the order of words are plain Rust.

mod code;
mod en;
mod network;
mod objects;
mod processes;
pub mod real;
mod settings;
mod shell;
mod stage;

use crate::reactive::use_context;

pub use code::CodeTexts;
pub use network::{NetworkTexts, Outside};
pub use objects::ObjectTexts;
pub use processes::ProcessTexts;
pub use real::RealTexts;
pub use settings::SettingTexts;
pub use shell::ShellTexts;
pub use stage::{Column, Metric, Piece, Ranking, Seen, Sentence, StageTexts};

/// The languages of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
}

/// The texts of the page, but for those that only the later part shows: a table of methods is fetched as a
/// whole.
pub trait Texts:
    CodeTexts + ProcessTexts + SettingTexts + ShellTexts + StageTexts + Send + Sync
{
    /// The tag of the language, as in HTML's `lang`.
    fn tag(&self) -> &'static str;
}

impl Language {
    /// Its texts.
    #[must_use]
    pub fn texts(self) -> &'static dyn Texts {
        match self {
            Self::English => &en::English,
        }
    }

    /// Those of what tasks share.
    #[must_use]
    pub fn object_texts(self) -> &'static dyn ObjectTexts {
        match self {
            Self::English => &en::English,
        }
    }

    /// Those of the network.
    #[must_use]
    pub fn network_texts(self) -> &'static dyn NetworkTexts {
        match self {
            Self::English => &en::English,
        }
    }

    /// The language of the page.
    fn of_page() -> Self {
        use_context::<Self>().unwrap_or_default()
    }
}

/// The texts of real runs in the language of the page; they come with the part that is fetched later.
#[must_use]
#[lockstep_part::later]
pub fn real_texts() -> &'static dyn RealTexts {
    match use_context::<Language>().unwrap_or_default() {
        Language::English => &en::English,
    }
}

/// The texts in the language of the page. Where the language changes, the page is mounted anew.
#[must_use]
pub fn texts() -> &'static dyn Texts {
    Language::of_page().texts()
}

/// The texts of what tasks share, in that language.
#[must_use]
pub fn object_texts() -> &'static dyn ObjectTexts {
    Language::of_page().object_texts()
}

/// The texts of the network, in that language.
#[must_use]
pub fn network_texts() -> &'static dyn NetworkTexts {
    Language::of_page().network_texts()
}
