//! A slider over whole numbers.
//!
//! Not a progress bar: it can be moved.

use leptos::prelude::*;

use super::value_of;

/// A slider from zero to a largest value.
#[component]
pub fn Slider(
    /// By what tests find it.
    #[prop(into)]
    testid: String,
    /// What it moves.
    #[prop(into)]
    label: String,
    /// The largest value.
    #[prop(into)]
    largest: Signal<usize>,
    /// Its value.
    #[prop(into)]
    value: Signal<usize>,
    /// Its value in words.
    #[prop(into)]
    spoken: Signal<String>,
    /// What happens while it is moved.
    #[prop(into)]
    change: Callback<usize>,
) -> impl IntoView {
    // The filled part is a length that the style sheet computes from this.
    let filled = move || match largest.get() {
        0 => "--filled: 0".to_owned(),
        largest => format!("--filled: {:.5}", ratio(value.get(), largest)),
    };
    view! {
        <input
            type="range"
            class="slider"
            data-testid=testid
            aria-label=label
            aria-valuetext=spoken
            min="0"
            max=move || largest.get().to_string()
            step="1"
            style=filled
            prop:value=move || {
                // The largest value first: the element clamps to it.
                let _ = largest.get();
                value.get().to_string()
            }
            on:input=move |event| {
                if let Ok(value) = value_of(&event).parse() {
                    change.run(value);
                }
            }
        />
    }
    .into_any()
}

#[allow(clippy::cast_precision_loss, reason = "a length on the screen")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
