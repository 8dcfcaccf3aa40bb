//! What the pointer is on: which task or CPU, doing what, from when to when, and why.
//!
//! Not the sentence about an event: this is about a stretch of time.

use super::Timeline;
use super::chart::{Bar, Row};
use crate::decimal::px;
use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::live::Derived;

/// The timeline with a small box beside the pointer.
pub(super) fn tooltip(layers: Tag, timeline: Timeline) -> Tag {
    let text = texts();
    let found = Derived::new(move || {
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
        format!(
            "transform: translate({}px, {}px) translate({across}, {down})",
            px(x),
            px(y)
        )
    };
    let shown = move || {
        let lines = move || {
            let lines = lines().into_iter().flatten();
            let lines = lines.map(|line| tag("div").text(&line));
            lines.collect::<Vec<_>>()
        };
        tag("div")
            .class("tooltip")
            .attr("role", "tooltip")
            .testid("tooltip")
            .live("style", style)
            .part(lines)
    };
    layers.when(move || found.with(Option::is_some), shown)
}
