//! A button.
//!
//! Not a link: it changes something in place.

use crate::dom::{Tag, tag};

/// How much a button asks to be seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Weight {
    /// One among others.
    #[default]
    Plain,
    /// The one that is meant first.
    Main,
    /// Only its content, until it is pointed at.
    Quiet,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "button",
            Self::Main => "button button-main",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A button without content. Its label says what it does, to those who cannot see its content and as
/// a hint.
#[must_use]
pub fn button(testid: &str, label: &str, weight: Weight, press: impl FnMut() + 'static) -> Tag {
    unlabelled(testid, weight, press)
        .attr("aria-label", label)
        .attr("title", label)
}

/// A button whose label changes.
#[must_use]
pub fn live_button(
    testid: &str,
    label: impl Fn() -> String + Clone + 'static,
    weight: Weight,
    press: impl FnMut() + 'static,
) -> Tag {
    unlabelled(testid, weight, press)
        .live("aria-label", label.clone())
        .live("title", label)
}

fn unlabelled(testid: &str, weight: Weight, mut press: impl FnMut() + 'static) -> Tag {
    tag("button")
        .attr("type", "button")
        .class(weight.class())
        .testid(testid)
        .on("click", move |_| press())
}
