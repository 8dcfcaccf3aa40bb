//! What pointers do on the timeline: a drag moves the time, two fingers or the wheel zoom, a
//! drag with Shift or the middle button moves the view, a click on a name marks a task.
//!
//! Keys are elsewhere: they work wherever the focus is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sim_core::time::Time;
use wasm_bindgen::JsCast;
use web_sys::{Event, PointerEvent, WheelEvent};

use super::chart::Subject;
use super::{Axis, Timeline};
use crate::dom::Tag;
use crate::reactive::GetValue;
use crate::session::Act;

/// A pointer that is down.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Finger {
    id: i32,
    x: f64,
}

/// What the pointers that are down do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gesture {
    None,
    Scrub,
    Pan,
    Pinch,
}

/// How much a notch of the wheel zooms.
const WHEEL: f64 = 1.0015;
/// The middle button of a mouse.
const MIDDLE: i16 = 1;
/// A wheel that counts lines instead of pixels: so many pixels are a line.
const LINE: f64 = 30.0;

/// The canvas with what is done on it.
pub(super) fn gestures(canvas: Tag, timeline: Timeline) -> Tag {
    let store = timeline.store;
    let fingers = Rc::new(RefCell::new(Vec::<Finger>::new()));
    let gesture = Rc::new(Cell::new(Gesture::None));

    let (down_fingers, down_gesture) = (Rc::clone(&fingers), Rc::clone(&gesture));
    let down = move |event: Event| {
        let event: PointerEvent = event.unchecked_into();
        let (x, y) = place(&event);
        let frame = timeline.frame.get_untracked();
        if x < frame.gutter {
            select(timeline, y);
            return;
        }
        capture(timeline, event.pointer_id());
        let mut fingers = down_fingers.borrow_mut();
        fingers.push(Finger {
            id: event.pointer_id(),
            x,
        });
        let next = match fingers.len() {
            1 if event.shift_key() || event.button() == MIDDLE => Gesture::Pan,
            1 => Gesture::Scrub,
            _ => Gesture::Pinch,
        };
        down_gesture.set(next);
        timeline.pointer.set(None);
        if next == Gesture::Scrub {
            store.scrubbing.set(true);
            seek(timeline, x);
        }
        if event.button() == MIDDLE {
            event.prevent_default();
        }
    };
    let (moved_fingers, moved_gesture) = (Rc::clone(&fingers), Rc::clone(&gesture));
    let moved = move |event: Event| {
        let event: PointerEvent = event.unchecked_into();
        let (x, y) = place(&event);
        let mut fingers = moved_fingers.borrow_mut();
        let before = fingers.clone();
        let own = |finger: &&mut Finger| finger.id == event.pointer_id();
        let Some(own) = fingers.iter_mut().find(own) else {
            if event.pointer_type() != "touch" {
                timeline.pointer.set(Some((x, y)));
            }
            return;
        };
        let from = core::mem::replace(&mut own.x, x);
        let width = timeline.frame.get_untracked().axis_width();
        match moved_gesture.get() {
            Gesture::Scrub => seek(timeline, x),
            Gesture::Pan => pan(timeline, (from - x) / width),
            Gesture::Pinch => pinch(timeline, &before, &fingers),
            Gesture::None => {}
        }
    };
    let up = move |event: Event| {
        let event: PointerEvent = event.unchecked_into();
        let mut fingers = fingers.borrow_mut();
        fingers.retain(|finger| finger.id != event.pointer_id());
        if fingers.is_empty() {
            gesture.set(Gesture::None);
            store.scrubbing.set(false);
        }
    };
    canvas
        .class("timeline-canvas")
        .testid("timeline")
        .on("pointerdown", down)
        .on("pointermove", moved)
        .on("pointerup", up.clone())
        .on("pointercancel", up)
        .on("pointerleave", move |_| timeline.pointer.set(None))
        .on("wheel", move |event| turn(timeline, event.unchecked_ref()))
}

/// A pointer's place on the canvas.
fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.offset_x()), f64::from(event.offset_y()))
}

fn capture(timeline: Timeline, pointer: i32) {
    // Without capture a drag ends at the edge, which is no harm.
    let _ = timeline.canvas.get_value().set_pointer_capture(pointer);
}

fn value_at(timeline: Timeline, x: f64) -> f64 {
    let frame = timeline.frame.get_untracked();
    let place = ((x - frame.gutter) / frame.axis_width()).clamp(0.0, 1.0);
    timeline.window.get_untracked().value(place)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place on the axis, never negative"
)]
fn seek(timeline: Timeline, x: f64) {
    let value = value_at(timeline, x).max(0.0);
    timeline
        .store
        .act(match timeline.store.axis.get_untracked() {
            Axis::Time => Act::SeekTime(Time(value.round() as u64)),
            Axis::Step => Act::Seek(value as usize),
        });
}

fn pan(timeline: Timeline, part: f64) {
    let axis = timeline.length();
    timeline.look_at(timeline.window.get_untracked().panned(part, axis));
}

fn pinch(timeline: Timeline, before: &[Finger], after: &[Finger]) {
    let ([one, two, ..], [one_now, two_now, ..]) = (before, after) else {
        return;
    };
    let frame = timeline.frame.get_untracked();
    let middle = f64::midpoint(one_now.x, two_now.x);
    let place = (middle - frame.gutter) / frame.axis_width();
    let factor = (one.x - two.x).abs().max(8.0) / (one_now.x - two_now.x).abs().max(8.0);
    timeline.zoom_by(place, factor);
    pan(
        timeline,
        (f64::midpoint(one.x, two.x) - middle) / frame.axis_width(),
    );
}

/// Marks the task whose name was clicked, or unmarks it.
fn select(timeline: Timeline, y: f64) {
    let frame = timeline.frame.get_untracked();
    let Some(row) = frame.row_at(y) else { return };
    let subject = timeline
        .chart
        .with_untracked(|chart| chart.rows.get(row).map(|row| row.subject));
    if let Some(Subject::Task(task)) = subject {
        let marked = timeline.store.peek(crate::session::Session::selection);
        timeline
            .store
            .act(Act::Select((marked != Some(task)).then_some(task)));
    }
}

/// The wheel zooms; where there are more rows than are seen it scrolls them, and zooms with Ctrl.
fn turn(timeline: Timeline, event: &WheelEvent) {
    let frame = timeline.frame.get_untracked();
    let rows = timeline.chart.with_untracked(|chart| chart.rows.len());
    let lines = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE {
        LINE
    } else {
        1.0
    };
    let (across, down) = (event.delta_x() * lines, event.delta_y() * lines);
    if across.abs() > down.abs() || event.shift_key() {
        event.prevent_default();
        let by = if across == 0.0 { down } else { across };
        pan(timeline, by / frame.axis_width());
        return;
    }
    let overflows = frame.full_height(rows) > frame.height + 1.0;
    if event.ctrl_key() || event.meta_key() || !overflows {
        event.prevent_default();
        let x = f64::from(event.offset_x());
        let place = ((x - frame.gutter) / frame.axis_width()).clamp(0.0, 1.0);
        timeline.zoom_by(place, js_sys::Math::pow(WHEEL, down.clamp(-400.0, 400.0)));
    }
}
