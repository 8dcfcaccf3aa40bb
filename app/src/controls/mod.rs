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

pub use button::{Weight, button, live_button};
pub use field::text_field;
pub use icon::{Shape, icon, icon_of, live_icon};
pub use segmented::{Segment, segmented};
pub use select::{Choice, select};
pub use slider::slider;
