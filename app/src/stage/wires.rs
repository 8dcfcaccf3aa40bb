//! The ways between the places, drawn; the one that the last event took stands out.

use super::{View, look};
use crate::decimal::px;
use crate::dom::{Tag, svg};
use crate::layout::{Plan, Point, WireKind};
use crate::live::Derived;

/// The radius of a bend, in pixels.
const BEND: f32 = 10.0;
/// The length of an arrow's head.
const HEAD: f32 = 9.0;

/// All wires of a plan.
pub(super) fn wires(plan: &Plan, view: View) -> Tag {
    let taken = Derived::new(move || look::wire(&view.scene.read()));
    let wires = plan.wires.iter().map(|wire| {
        let kind = wire.kind;
        let class = move || match taken.get() == Some(kind) {
            true => "wire taken".to_owned(),
            false => "wire".to_owned(),
        };
        svg("g")
            .live_class(class)
            .attr("data-wire", wire_name(kind))
            .child(
                svg("path")
                    .class("wire-line")
                    .attr("d", &path(&wire.corners)),
            )
            .child(
                svg("path")
                    .class("wire-head")
                    .attr("d", &head(&wire.corners)),
            )
    });
    canvas("wires", plan).children(wires.collect::<Vec<_>>())
}

/// What lines are drawn on, as large as the stage.
pub(super) fn canvas(class: &str, plan: &Plan) -> Tag {
    svg("svg")
        .class(class)
        .attr("width", &px(plan.viewport.width).to_string())
        .attr("height", &px(plan.viewport.height).to_string())
        .attr("aria-hidden", "true")
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

/// A point as a path has it.
fn pair(x: f32, y: f32) -> String {
    format!("{} {}", px(x), px(y))
}

/// A line through corners, rounded at each but the ends, which ends where the head begins.
fn path(corners: &[Point]) -> String {
    let (Some(first), Some(last)) = (corners.first(), corners.last()) else {
        return String::new();
    };
    let mut path = format!("M{}", pair(first.x, first.y));
    for three in corners.windows(3) {
        let [before, corner, after] = three else {
            continue;
        };
        let (into, out) = (
            toward(*corner, *before, BEND),
            toward(*corner, *after, BEND),
        );
        path += &format!(
            "L{}Q{} {}",
            pair(into.x, into.y),
            pair(corner.x, corner.y),
            pair(out.x, out.y)
        );
    }
    let before = corners[corners.len().saturating_sub(2)];
    let end = toward(*last, before, HEAD * 0.8);
    path + &format!("L{}", pair(end.x, end.y))
}

/// A line through points from a tail to a tip, and the arrow's head there: one point between the ends
/// is where a curve heads for, others are corners.
pub(super) fn curve(points: &[Point], tail: Point, tip: Point) -> [String; 2] {
    let [_, between @ .., _] = points else {
        return [String::new(), String::new()];
    };
    let Some(last) = between.last() else {
        return [String::new(), String::new()];
    };
    let end = toward(tip, *last, HEAD * 0.8);
    let mut line = format!("M{}", pair(tail.x, tail.y));
    for point in between {
        line.push(if between.len() == 1 { 'Q' } else { 'L' });
        line += &pair(point.x, point.y);
    }
    line.push(if between.len() == 1 { ' ' } else { 'L' });
    line += &pair(end.x, end.y);
    [line, head(&[*last, tip])]
}

/// A way through corners, and the arrow's head at its end.
pub(super) fn way(corners: &[Point]) -> [String; 2] {
    [path(corners), head(corners)]
}

/// The arrow's head at the last corner.
fn head(corners: &[Point]) -> String {
    let [.., before, tip] = corners else {
        return String::new();
    };
    let base = toward(*tip, *before, HEAD);
    let (dx, dy) = ((tip.x - base.x) * 0.5, (tip.y - base.y) * 0.5);
    format!(
        "M{}L{}L{}Z",
        pair(tip.x, tip.y),
        pair(base.x - dy, base.y + dx),
        pair(base.x + dy, base.y - dx)
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
