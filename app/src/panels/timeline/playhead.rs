//! The playhead: a line above the canvas, and a veil over what has not happened yet.
//!
//! Not drawn on the canvas: moving it is all that a seek has to do here.

use leptos::prelude::*;

use super::Timeline;
use super::draw::RULER;

/// The line at the place that is shown.
#[component]
pub(super) fn Playhead(timeline: Timeline) -> impl IntoView {
    let store = timeline.store;
    let place = Memo::new(move |_| {
        let frame = timeline.frame.get();
        let place = timeline.window.get().place(store.memo_place());
        (frame.gutter, place, frame.axis_width())
    });
    let line = move || {
        let (gutter, place, width) = place.get();
        if !(-0.001..=1.001).contains(&place) {
            return "display: none".to_owned();
        }
        format!("transform: translateX({:.1}px)", gutter + place * width)
    };
    let veil = move || {
        let (gutter, place, width) = place.get();
        let from = gutter + place.clamp(0.0, 1.0) * width;
        format!("top: {RULER}px; transform: translateX({from:.1}px)")
    };
    view! {
        <div class="timeline-veil" style=veil aria-hidden="true"></div>
        <div class="timeline-playhead" style=line aria-hidden="true"></div>
    }
    .into_any()
}
