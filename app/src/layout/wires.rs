//! The ways that tasks take between the places of a stage.
//!
//! Not how they are drawn: each is a list of corners.

use super::geometry::{Point, Rect};
use super::{Arrangement, Plan};

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WireKind {
    /// New → ready.
    Admit,
    /// Ready → CPU.
    Dispatch,
    /// CPU → ready.
    Return,
    /// CPU → what blocks it.
    Block,
    /// What blocked it → ready.
    Wake,
    /// CPU → done.
    Exit,
}

/// A way, from its first corner to its last.
#[derive(Clone, PartialEq, Debug)]
pub struct Wire {
    /// Which.
    pub kind: WireKind,
    /// Its corners.
    pub corners: Vec<Point>,
}

/// The ways of a plan. Where the places are stacked there is no room for them.
pub(super) fn wires(plan: &Plan) -> Vec<Wire> {
    if plan.arrangement == Arrangement::Stacked {
        return Vec::new();
    }
    let Some(first) = plan.cpus.first() else {
        return without_cpus(plan);
    };
    let text = plan.scale.text;
    let ready = plan.ready.frame;
    let cpus_left = first.frame.x;
    let cpus_right = plan
        .cpus
        .iter()
        .map(|cpu| cpu.frame.right())
        .fold(0.0, f32::max);
    let cpus_bottom = plan
        .cpus
        .iter()
        .map(|cpu| cpu.frame.bottom())
        .fold(0.0, f32::max);
    let left_bottom = plan
        .cpus
        .iter()
        .filter(|cpu| cpu.frame.x <= cpus_left + 1.0)
        .map(|cpu| cpu.frame.bottom())
        .fold(0.0, f32::max);
    let head = first.token.middle().y.min(ready.bottom() - text);
    let mut wires = Vec::new();
    let mut add = |kind, corners: &[(f32, f32)]| {
        let corners = corners.iter().map(|&(x, y)| Point { x, y }).collect();
        wires.push(Wire { kind, corners });
    };

    let new = plan.new.frame.middle().x;
    add(
        WireKind::Admit,
        &[(new, plan.new.frame.y), (new, ready.bottom())],
    );
    add(
        WireKind::Dispatch,
        &[(ready.right(), head), (cpus_left, head)],
    );
    let back = (left_bottom.min(ready.bottom()) - text * 1.6).max(head + text * 1.6);
    add(
        WireKind::Return,
        &[(cpus_left, back), (ready.right(), back)],
    );

    let devices = devices(plan);
    if plan.arrangement == Arrangement::Paired {
        let x = first.frame.middle().x;
        // The leftmost box of the lowest ones: beside it nothing is in the way.
        let lowest = devices.last().map_or(0.0, |last| last.y);
        let bottom = devices.iter().find(|device| device.y >= lowest);
        if let (Some(top), Some(bottom)) = (devices.first(), bottom) {
            let x = x.min(top.right() - text).max(top.x + text);
            add(WireKind::Block, &[(x, cpus_bottom), (x, top.y)]);
            let y = bottom.middle().y.min(ready.bottom() - text);
            add(WireKind::Wake, &[(bottom.x, y), (ready.right(), y)]);
        } else {
            add(WireKind::Exit, &[(x, cpus_bottom), (x, plan.done.frame.y)]);
        }
        return wires;
    }
    if let Some(top) = devices.first() {
        let out = head.min(top.bottom() - text).max(top.y + text);
        // Straight, from wherever the CPUs' boxes reach to.
        add(WireKind::Block, &[(cpus_right, out), (top.x, out)]);
        let above = (top.y.min(ready.y) - text * 0.9).max(3.0);
        let (from, to) = (top.middle().x, ready.middle().x);
        add(
            WireKind::Wake,
            &[(from, top.y), (from, above), (to, above), (to, ready.y)],
        );
    }

    let done = plan.done.frame;
    let out = (cpus_bottom - text * 1.6).max(head + text * 1.6);
    let into = out.min(done.bottom() - text).max(done.y + text);
    if into <= cpus_bottom - text * 0.6 {
        add(WireKind::Exit, &[(cpus_right, into), (done.x, into)]);
    } else {
        let bend = f32::midpoint(cpus_right, done.x);
        add(
            WireKind::Exit,
            &[(cpus_right, out), (bend, out), (bend, into), (done.x, into)],
        );
    }
    wires
}

/// The ways where no CPU is seen: into the place of those who are ready or run, and out of it.
fn without_cpus(plan: &Plan) -> Vec<Wire> {
    let text = plan.scale.text;
    let ready = plan.ready.frame;
    let mut wires = Vec::new();
    let mut add = |kind, corners: &[(f32, f32)]| {
        let corners = corners.iter().map(|&(x, y)| Point { x, y }).collect();
        wires.push(Wire { kind, corners });
    };
    let new = plan.new.frame.middle().x;
    add(
        WireKind::Admit,
        &[(new, plan.new.frame.y), (new, ready.bottom())],
    );
    let devices = devices(plan);
    if let Some(top) = devices.first() {
        let middle = top.middle().y.min(ready.bottom() - text * 2.0);
        let (out, back) = (middle - text * 0.8, middle + text * 0.8);
        add(WireKind::Block, &[(ready.right(), out), (top.x, out)]);
        add(WireKind::Wake, &[(top.x, back), (ready.right(), back)]);
    }
    let done = plan.done.frame;
    let into = done.middle().y;
    let from = into.min(ready.bottom() - text);
    let bend = f32::midpoint(ready.right(), done.x);
    if from < into {
        add(
            WireKind::Exit,
            &[
                (ready.right(), from),
                (bend, from),
                (bend, into),
                (done.x, into),
            ],
        );
    } else {
        add(WireKind::Exit, &[(ready.right(), into), (done.x, into)]);
    }
    wires
}

/// The boxes of what blocks tasks, from the top.
fn devices(plan: &Plan) -> Vec<Rect> {
    let mut devices: Vec<_> = plan
        .disk
        .iter()
        .chain(&plan.timer)
        .chain(&plan.joining)
        .chain(&plan.zombies)
        .map(|station| station.frame)
        .collect();
    devices.extend(plan.interpreter.iter().map(|lock| lock.frame));
    devices.extend(plan.objects.iter().map(|object| object.frame));
    devices.extend(plan.other_objects.iter().map(|station| station.frame));
    devices.extend(plan.pipes.iter().map(|pipe| pipe.frame));
    // There are few: each goes to its place among those before it.
    for place in 1..devices.len() {
        let above = devices[..place].partition_point(|each| each.y <= devices[place].y);
        devices[above..=place].rotate_right(1);
    }
    devices
}
