//! A field for a short text, most often a number.
//!
//! It hands over what was written when it is left or Enter is pressed, and shows again what holds
//! if that was refused.

use web_sys::HtmlInputElement;

use crate::dom::{Tag, tag, value_of};
use crate::live::Derived;

/// A field of one line.
///
/// `keyboard` is what a phone shows: `text`, `numeric` or `decimal`.
#[must_use]
pub fn text_field(
    testid: &str,
    label: &str,
    keyboard: &str,
    value: Derived<String>,
    change: impl Fn(String) + 'static,
) -> Tag {
    let field = tag("input")
        .attr("type", "text")
        .class("field")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .testid(testid)
        .attr("aria-label", label)
        .attr("inputmode", keyboard)
        .live_value(move || value.get());
    let element: HtmlInputElement = field.element_as();
    field.on("change", move |event| {
        let written = value_of(&event);
        if written != value.get_untracked() {
            change(written);
        }
        // What was refused, or written otherwise, is shown as it holds now. It may have been taken
        // away by the change.
        if let Some(value) = value.try_get_untracked() {
            element.set_value(&value);
        }
    })
}
