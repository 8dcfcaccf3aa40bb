//! The size of an element, as a signal that the browser writes.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Element;

use crate::layout::Size;
use crate::live::State;
use crate::reactive::{StoredValue, WithValue, on_cleanup};

/// The size of an element; nothing until it is in the page.
pub fn size_of(element: Element) -> State<Size> {
    let size = State::new(Size::default());
    let measured = element.clone();
    let measure = Closure::<dyn FnMut()>::new(move || {
        #[allow(clippy::cast_precision_loss, reason = "pixels of a screen")]
        let now = Size {
            width: measured.client_width() as f32,
            height: measured.client_height() as f32,
        };
        if size.try_get_untracked().is_some_and(|before| before != now) {
            size.set(now);
        }
    });
    // It reports once by itself, when the element has got its place.
    if let Ok(observer) = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()) {
        observer.observe(&element);
        // The observer holds the closure only by name: it lives as long as the element.
        let held = StoredValue::new_local((observer, measure));
        on_cleanup(move || {
            held.try_with_value(|(observer, _)| observer.disconnect());
        });
    }
    size
}
