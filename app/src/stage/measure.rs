//! The size of an element, as a signal that the browser writes.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;

use crate::layout::Size;

/// The size of an element; nothing until it is in the page.
pub fn size_of(node: NodeRef<html::Div>) -> ReadSignal<Size> {
    let (size, set_size) = signal(Size::default());
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let measured = element.clone();
        let measure = Closure::<dyn FnMut()>::new(move || {
            #[allow(clippy::cast_precision_loss, reason = "pixels of a screen")]
            let now = Size {
                width: measured.client_width() as f32,
                height: measured.client_height() as f32,
            };
            if now != size.get_untracked() {
                set_size.set(now);
            }
        });
        let Ok(observer) = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()) else {
            return;
        };
        observer.observe(&element);
        // The observer holds the closure only by name: it lives as long as the element.
        let held = StoredValue::new_local((observer, measure));
        on_cleanup(move || {
            held.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
    size
}
