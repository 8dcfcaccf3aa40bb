//! What the pointer is on: which task or CPU, doing what, from when to when, and why.
//!
//! Not the sentence about an event: this is about a stretch of time.

use leptos::prelude::*;

use super::Timeline;
use super::chart::{Bar, Row};
use crate::i18n::texts;

/// A small box beside the pointer.
#[component]
pub(super) fn Tooltip(timeline: Timeline) -> impl IntoView {
    let text = texts();
    let found = Memo::new(move |_| {
        let (x, y) = timeline.pointer.get()?;
        let frame = timeline.frame.get();
        let window = timeline.window.get();
        timeline.chart.with(|chart| {
            let row = frame.row_at(y)?;
            let bar = if x < frame.gutter {
                None
            } else {
                let at = window.value((x - frame.gutter) / frame.axis_width());
                Some(*chart.bar_at(row, at)?)
            };
            let row = chart.rows.get(row)?;
            Some((
                Row {
                    bars: Vec::new(),
                    misses: Vec::new(),
                    ..row.clone()
                },
                bar,
            ))
        })
    });
    let lines = move || {
        let (row, bar): (Row, Option<Bar>) = found.get()?;
        let axis = timeline.store.axis.get_untracked();
        Some(
            timeline
                .store
                .peek(|session| text.bar(session, &row, bar.as_ref(), axis)),
        )
    };
    let style = move || {
        let Some((x, y)) = timeline.pointer.get() else {
            return "display: none".to_owned();
        };
        let frame = timeline.frame.get();
        // It opens away from the edges, so that nothing of it is cut off.
        let across = if x > frame.width * 0.6 {
            "calc(-100% - 14px)"
        } else {
            "14px"
        };
        let down = if y > frame.height * 0.5 {
            "calc(-100% - 8px)"
        } else {
            "14px"
        };
        format!("transform: translate({x:.0}px, {y:.0}px) translate({across}, {down})")
    };
    view! {
        <Show when=move || found.with(Option::is_some)>
            <div class="tooltip" role="tooltip" data-testid="tooltip" style=style>
                {move || {
                    lines().map(|lines| {
                        let lines = lines.into_iter().map(|line| view! { <div>{line}</div> });
                        lines.collect::<Vec<_>>()
                    })
                }}
            </div>
        </Show>
    }
    .into_any()
}
