//! The ways between the places, drawn; the one that the last event took stands out.

use leptos::prelude::*;

use super::{View, look};
use crate::layout::{Plan, Point, WireKind};

/// The radius of a bend, in pixels.
const BEND: f32 = 10.0;
/// The length of an arrow's head.
const HEAD: f32 = 9.0;

/// All wires of a plan.
pub(super) fn wires(plan: &Plan, view: View) -> impl IntoView + use<> {
    let taken = Memo::new(move |_| look::wire(&view.scene.read()));
    let wires: Vec<_> = plan
        .wires
        .iter()
        .map(|wire| {
            let kind = wire.kind;
            let class = move || {
                if taken.get() == Some(kind) {
                    "wire taken"
                } else {
                    "wire"
                }
            };
            view! {
                <g class=class data-wire=wire_name(kind)>
                    <path class="wire-line" d=path(&wire.corners)></path>
                    <path class="wire-head" d=head(&wire.corners)></path>
                </g>
            }
        })
        .collect();
    view! {
        <svg class="wires" width=plan.viewport.width height=plan.viewport.height aria-hidden="true">
            {wires}
        </svg>
    }
}

const fn wire_name(kind: WireKind) -> &'static str {
    match kind {
        WireKind::Admit => "admit",
        WireKind::Dispatch => "dispatch",
        WireKind::Return => "return",
        WireKind::Block => "block",
        WireKind::Wake => "wake",
        WireKind::Exit => "exit",
    }
}

/// A line through corners, rounded at each but the ends, which ends where the head begins.
fn path(corners: &[Point]) -> String {
    let (Some(first), Some(last)) = (corners.first(), corners.last()) else {
        return String::new();
    };
    let mut path = format!("M{:.1} {:.1}", first.x, first.y);
    for three in corners.windows(3) {
        let [before, corner, after] = three else {
            continue;
        };
        let (into, out) = (
            toward(*corner, *before, BEND),
            toward(*corner, *after, BEND),
        );
        path += &format!(
            "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
            into.x, into.y, corner.x, corner.y, out.x, out.y
        );
    }
    let before = corners[corners.len().saturating_sub(2)];
    let end = toward(*last, before, HEAD * 0.8);
    path + &format!("L{:.1} {:.1}", end.x, end.y)
}

/// The arrow's head at the last corner.
fn head(corners: &[Point]) -> String {
    let [.., before, tip] = corners else {
        return String::new();
    };
    let base = toward(*tip, *before, HEAD);
    let (dx, dy) = ((tip.x - base.x) * 0.5, (tip.y - base.y) * 0.5);
    format!(
        "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z",
        tip.x,
        tip.y,
        base.x - dy,
        base.y + dx,
        base.x + dy,
        base.y - dx
    )
}

/// The point on the way from one to another, so far along, and half of the way at most.
fn toward(from: Point, to: Point, by: f32) -> Point {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy);
    if length <= 0.0 {
        return from;
    }
    let part = (by / length).min(0.5);
    Point {
        x: from.x + dx * part,
        y: from.y + dy * part,
    }
}
