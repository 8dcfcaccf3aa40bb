//! What happens on events of the browser.

use super::window;
use crate::reactive::{StoredValue, WithValue, on_cleanup};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

/// Listens for as long as the owner lives: what is gone from the page hears no more, as it may have
/// lost the signals that it would read.
pub(super) fn listen(target: &EventTarget, event: &'static str, happens: Box<dyn FnMut(Event)>) {
    let closure = Closure::wrap(happens);
    // Every target takes listeners.
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    let held = StoredValue::new_local((target.clone(), closure));
    on_cleanup(move || {
        held.try_with_value(|(target, closure)| {
            let function = closure.as_ref().unchecked_ref();
            let _ = target.remove_event_listener_with_callback(event, function);
        });
    });
}

/// Listens to what happens anywhere in the window.
pub fn on_window(event: &'static str, happens: impl FnMut(Event) + 'static) {
    listen(&window(), event, Box::new(happens));
}

/// Does something when the next frame is drawn.
pub fn on_next_frame(run: impl FnOnce() + 'static) {
    let run = Closure::once_into_js(run);
    // A page that is not drawn any more needs nothing done to it.
    let _ = window().request_animation_frame(run.unchecked_ref());
}

/// Does something once so many milliseconds are over.
pub fn after_ms(ms: i32, run: impl FnOnce() + 'static) {
    let run = Closure::once_into_js(run);
    let run = run.unchecked_ref();
    // A page that is going away has no timers any more.
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(run, ms);
}

/// What stands in the field that an event is about.
#[must_use]
pub fn value_of(event: &Event) -> String {
    let field = event
        .target()
        .unwrap_or_else(|| event.clone().unchecked_into());
    let value = js_sys::Reflect::get(&field, &"value".into());
    value
        .ok()
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}
