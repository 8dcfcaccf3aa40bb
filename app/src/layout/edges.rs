//! The wait-for graph over the stage: a line from each token that waits to the token of the task
//! that it waits for.
//!
//! Not who waits for whom: that is [`wait_for`]'s.

use sim_core::ids::TaskId;
use sim_core::machine::{Machine, wait_for};

use super::geometry::{Point, Rect, Size, count};
use super::{Layout, PlacedToken, Plan, Zone};

/// A line from a task that waits to one that holds what it waits for.
#[derive(Clone, PartialEq, Debug)]
pub struct Edge {
    /// Who waits.
    pub from: TaskId,
    /// For whom.
    pub to: TaskId,
    /// From the middle of the one's token to that of the other's. What lies between are the points
    /// that a line heads for and bends at, so that two lines to and fro are two.
    pub points: Vec<Point>,
    /// Where the line leaves the one's token.
    pub tail: Point,
    /// Where it meets the other's: the tip of an arrow.
    pub tip: Point,
    /// Whether it is part of a circle: a deadlock.
    pub in_circle: bool,
}

/// So many lines are drawn at most, those in a circle first. More are a black field.
const MOST: usize = 200;

// How far beside the straight line a line heads for, as a part of its length: at the left hand of
// who walks along it, or at the right.
/// Outside circles.
const PLAIN: [f32; 1] = [0.2];
/// In a circle of two, to and fro: left only, so that two lines are two.
const LEFT: [f32; 3] = [0.2, 0.4, 0.6];
/// In other circles.
const BOTH: [f32; 6] = [0.2, -0.2, 0.4, -0.4, 0.6, -0.6];

/// The lines between the tokens that are shown.
#[must_use]
pub fn wait_edges(plan: &Plan, layout: &Layout, machine: &Machine) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    if !layout
        .tokens
        .iter()
        .any(|token| waits_for_others(token.zone))
    {
        return edges;
    }
    let circles = wait_for::circles(machine);
    let tokens = || {
        let tokens = layout.tokens.iter();
        // Who waits in the kernel waits for somebody in particular only in a circle.
        tokens.filter(|token| waits_for_others(token.zone))
    };
    for wants_circle in [true, false] {
        for token in tokens() {
            let first = edges.len();
            let next = circles
                .iter()
                .find_map(|circle| next_in(circle, token.task));
            for to in wait_for::waits_for(machine, token.task).chain(next) {
                if edges.len() >= MOST {
                    return edges;
                }
                let mut circles = circles.iter();
                let circle = circles.find(|circle| follows(circle, token.task, to));
                // Who reads twice holds twice.
                let is_known = edges[first..].iter().any(|edge| edge.to == to);
                if circle.is_some() != wants_circle || is_known {
                    continue;
                }
                let bends: &[f32] = match circle.map(Vec::len) {
                    None => &PLAIN,
                    Some(..=2) => &LEFT,
                    Some(_) => &BOTH,
                };
                if let Some(held_by) = layout.token(to) {
                    let points = line(layout, token, held_by, bends, plan.viewport);
                    edges.push(Edge {
                        from: token.task,
                        to,
                        tail: border(&token.rect, points[1]),
                        tip: border(&held_by.rect, points[points.len() - 2]),
                        points,
                        in_circle: wants_circle,
                    });
                }
            }
        }
    }
    edges
}

const fn waits_for_others(zone: Zone) -> bool {
    matches!(
        zone,
        Zone::Interpreter
            | Zone::Object(_)
            | Zone::OtherObjects
            | Zone::Joining
            | Zone::Pipe(..)
            | Zone::Socket(_)
            | Zone::OtherSockets
    )
}

/// Whether one task stands right before another in a circle.
fn follows(circle: &[TaskId], task: TaskId, next: TaskId) -> bool {
    next_in(circle, task) == Some(next)
}

/// Who comes after a task in a circle.
fn next_in(circle: &[TaskId], task: TaskId) -> Option<TaskId> {
    let place = circle.iter().position(|each| *each == task)?;
    circle.get((place + 1) % circle.len()).copied()
}

/// A line round a corner of a token, of those that are on the stage.
fn loop_at(token: &Rect, stage: Size) -> Vec<Point> {
    let middle = token.middle();
    let out = token.height * 0.5;
    let x = match token.right() + out < stage.width {
        true => token.right() + out,
        false => token.x - out,
    };
    let y = match token.y - out > 0.0 {
        true => token.y - out,
        false => token.bottom() + out,
    };
    let above = Point { x: middle.x, y };
    let beside = Point { x, y: middle.y };
    vec![middle, above, Point { x, y }, beside, middle]
}

/// A line between two tokens: of those that bend so, the first that crosses the fewest others.
fn line(
    layout: &Layout,
    from: &PlacedToken,
    to: &PlacedToken,
    bends: &[f32],
    stage: Size,
) -> Vec<Point> {
    if from.task == to.task {
        return loop_at(&from.rect, stage);
    }
    let (first, last) = (from.rect.middle(), to.rect.middle());
    let mut best = first;
    let mut fewest = usize::MAX;
    for part in bends {
        let bend = bend(first, last, from.rect.height * 0.8, *part, stage);
        let others = layout.tokens.iter();
        let others = others.filter(|other| other.task != from.task && other.task != to.task);
        let crossed = others.filter(|other| crosses([first, bend, last], &other.rect));
        let crossed = crossed.count();
        if crossed < fewest {
            (best, fewest) = (bend, crossed);
        }
    }
    vec![first, best, last]
}

/// The point that a line between two heads for: beside the middle by a part of its length, or by a
/// number of pixels if that is more.
fn bend(from: Point, to: Point, least: f32, part: f32, stage: Size) -> Point {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(1.0);
    let aside = (part.abs().max(least / length)).copysign(part);
    Point {
        x: (f32::midpoint(from.x, to.x) + dy * aside)
            .min(stage.width)
            .max(0.0),
        y: (f32::midpoint(from.y, to.y) - dx * aside)
            .min(stage.height)
            .max(0.0),
    }
}

/// Whether the curve from a point toward another to a third (a quadratic Bézier curve) crosses a
/// rectangle.
fn crosses([from, bend, to]: [Point; 3], rect: &Rect) -> bool {
    const STEPS: usize = 16;
    (1..STEPS).any(|step| {
        let part = count(step) / count(STEPS);
        let along = |from: f32, bend: f32, to: f32| {
            let (before, after) = (from + (bend - from) * part, bend + (to - bend) * part);
            before + (after - before) * part
        };
        let (x, y) = (along(from.x, bend.x, to.x), along(from.y, bend.y, to.y));
        rect.contains(&Rect::new(x, y, 0.0, 0.0))
    })
}

/// Where a line from the middle of a rectangle toward a point leaves it.
fn border(rect: &Rect, toward: Point) -> Point {
    let middle = rect.middle();
    let (dx, dy) = (toward.x - middle.x, toward.y - middle.y);
    let across = rect.width / 2.0 / dx.abs().max(0.001);
    let down = rect.height / 2.0 / dy.abs().max(0.001);
    let part = across.min(down).min(1.0);
    Point {
        x: middle.x + dx * part,
        y: middle.y + dy * part,
    }
}
