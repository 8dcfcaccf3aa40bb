//! The playhead: a line above the canvas, and a veil over what has not happened yet.
//!
//! Not drawn on the canvas: moving it is all that a seek has to do here.

use super::Timeline;
use super::draw::RULER;
use crate::decimal::px;
use crate::dom::{Tag, tag};

/// Where the playhead is: the start of the axis, a part of its width, and that width.
fn place(timeline: Timeline) -> (f64, f64, f64) {
    let frame = timeline.frame.get();
    let place = timeline.window.get().place(timeline.store.memo_place());
    (frame.gutter, place, frame.axis_width())
}

/// The line at the place that is shown.
pub(super) fn playhead(timeline: Timeline) -> Tag {
    let line = move || {
        let (gutter, place, width) = place(timeline);
        if !(-0.001..=1.001).contains(&place) {
            return "display: none".to_owned();
        }
        format!("transform: translateX({}px)", px(gutter + place * width))
    };
    tag("div")
        .class("timeline-playhead")
        .live("style", line)
        .attr("aria-hidden", "true")
}

/// What lies over all that has not happened yet.
pub(super) fn veil(timeline: Timeline) -> Tag {
    let veil = move || {
        let (gutter, place, width) = place(timeline);
        let from = gutter + place.clamp(0.0, 1.0) * width;
        format!(
            "top: {}px; transform: translateX({}px)",
            px(RULER),
            px(from)
        )
    };
    tag("div")
        .class("timeline-veil")
        .live("style", veil)
        .attr("aria-hidden", "true")
}
