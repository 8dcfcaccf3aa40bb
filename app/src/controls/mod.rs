//! Controls: buttons, sliders, choices and fields, without a word of the domain.
//!
//! Not panels: a control knows its value and its label, never what they mean. Each has a test id,
//! by which tests find it, and works by keyboard as its HTML element does.

mod button;
mod field;
mod icon;
mod segmented;
mod select;
mod slider;

pub use button::{Button, Weight};
pub use field::TextField;
pub use icon::{Icon, Shape};
pub use segmented::{Segment, Segmented};
pub use select::{Choice, Select};
pub use slider::Slider;

/// The value of the input that an event is about.
#[must_use]
pub fn value_of(event: &web_sys::Event) -> String {
    leptos::prelude::event_target_value(event)
}
