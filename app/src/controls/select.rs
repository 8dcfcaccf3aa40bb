//! A choice of one out of many.
//!
//! Not a field: only what is offered can be chosen.

use crate::dom::{Tag, tag, value_of};

/// One of the things that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Its value.
    pub value: &'static str,
    /// What it is called.
    pub label: String,
}

/// A menu.
#[must_use]
pub fn select(
    testid: &str,
    label: &str,
    choices: &[Choice],
    value: impl Fn() -> String + 'static,
    change: impl Fn(String) + 'static,
) -> Tag {
    let options = choices.iter().map(|choice| {
        tag("option")
            .attr("value", choice.value)
            .text(&choice.label)
    });
    tag("select")
        .class("field select")
        .testid(testid)
        .attr("aria-label", label)
        .children(options.collect::<Vec<_>>())
        // After the options: the element takes only a value that it offers.
        .live_value(value)
        .on("change", move |event| change(value_of(&event)))
}
