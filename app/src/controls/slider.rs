//! A slider over whole numbers.
//!
//! Not a progress bar: it can be moved.

use web_sys::HtmlInputElement;

use crate::decimal::decimal;
use crate::dom::{Tag, follow, tag, value_of};
use crate::live::Derived;

/// A slider from zero to a largest value; `spoken` says its value in words.
#[must_use]
pub fn slider(
    testid: &str,
    label: &str,
    largest: Derived<usize>,
    value: Derived<usize>,
    spoken: impl Fn() -> String + 'static,
    change: impl Fn(usize) + 'static,
) -> Tag {
    // The filled part is a length that the style sheet computes from this.
    let filled = move || match largest.get() {
        0 => "--filled: 0".to_owned(),
        largest => format!("--filled: {}", decimal(ratio(value.get(), largest), 5)),
    };
    let field = tag("input")
        .attr("type", "range")
        .class("slider")
        .testid(testid)
        .attr("aria-label", label)
        .live("aria-valuetext", spoken)
        .attr("min", "0")
        .attr("step", "1")
        .live("style", filled);
    let element: HtmlInputElement = field.element_as();
    follow(move || {
        // The largest value first: the element clamps to it.
        element.set_max(&largest.get().to_string());
        element.set_value(&value.get().to_string());
    });
    field.on("input", move |event| {
        if let Ok(value) = value_of(&event).parse() {
            change(value);
        }
    })
}

#[allow(clippy::cast_precision_loss, reason = "a length on the screen")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
