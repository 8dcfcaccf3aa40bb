//! Frames: real time as it passes on the screen.
//!
//! Not the player: this only says how long ago the last frame was. Browsers stop frames of a page
//! that is hidden, so nothing plays there.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::dom::{afterwards, window};
use crate::live::Derived;
use crate::reactive::{StoredValue, WithValue, on_cleanup};

/// The longest time that one frame may stand for: a page that was away does not jump.
const LONGEST: f64 = 0.1;

/// A frame function that asks for itself again.
type Step = Closure<dyn FnMut(f64)>;

/// Calls `frame` with the seconds since the last one, in every frame while `is_running`.
///
/// The loop ends with the owner in which this is called, and takes no time while nothing runs.
pub fn run_frames(is_running: Derived<bool>, frame: impl Fn(f64) + 'static) {
    let running = Rc::new(RefCell::new(None::<i32>));
    let last = Rc::new(RefCell::new(None::<f64>));
    let step: Rc<RefCell<Option<Step>>> = Rc::default();

    let body = {
        let (running, last, step) = (Rc::clone(&running), Rc::clone(&last), Rc::clone(&step));
        move |now: f64| {
            let before = last.replace(Some(now));
            if let Some(before) = before {
                frame(((now - before) / 1_000.0).clamp(0.0, LONGEST));
            }
            let goes_on = is_running.try_get_untracked().unwrap_or(false);
            *running.borrow_mut() = if goes_on { request(&step) } else { None };
        }
    };
    *step.borrow_mut() = Some(Closure::new(body));

    let started = Rc::clone(&running);
    let kept = Rc::clone(&step);
    afterwards(move || {
        if is_running.get() && started.borrow().is_none() {
            *last.borrow_mut() = None;
            *started.borrow_mut() = request(&kept);
        }
    });

    let held = StoredValue::new_local((running, step));
    on_cleanup(move || {
        held.try_with_value(|(running, _)| {
            if let Some(id) = running.borrow_mut().take() {
                let _ = window().cancel_animation_frame(id);
            }
        });
    });
}

fn request(step: &Rc<RefCell<Option<Step>>>) -> Option<i32> {
    let step = step.borrow();
    let function = step.as_ref()?.as_ref().unchecked_ref();
    window().request_animation_frame(function).ok()
}
