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

/// A button without content. Its hint says what it does. It is the name of a button that shows a picture
/// only; one with words is called by what is seen, so that who speaks to the page can say that (WCAG 2.5.3).
#[must_use]
pub fn button(testid: &str, hint: &str, weight: Weight, press: impl FnMut() + 'static) -> Tag {
    unlabelled(testid, weight, press).attr("title", hint)
}

/// A button whose hint changes.
#[must_use]
pub fn live_button(
    testid: &str,
    hint: impl Fn() -> String + 'static,
    weight: Weight,
    press: impl FnMut() + 'static,
) -> Tag {
    unlabelled(testid, weight, press).live("title", hint)
}

fn unlabelled(testid: &str, weight: Weight, mut press: impl FnMut() + 'static) -> Tag {
    tag("button")
        .attr("type", "button")
        .class(weight.class())
        .testid(testid)
        .on("click", move |_| press())
}
