//! The texts in English.

mod carriers;
mod code;
mod narration;
mod network;
mod objects;
mod process;
mod real;
mod script;
mod settings;
mod shell;
mod stage;
mod tree;

/// English.
pub(super) struct English;

impl super::Texts for English {
    fn tag(&self) -> &'static str {
        "en"
    }
}
