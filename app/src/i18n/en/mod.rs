//! The texts in English.

mod narration;
mod shell;
mod stage;

/// English.
pub(super) struct English;

impl super::Texts for English {
    fn tag(&self) -> &'static str {
        "en"
    }
}
