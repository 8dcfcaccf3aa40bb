//! A field for a short text, most often a number.
//!
//! It hands over what was written when it is left or Enter is pressed, and shows again what holds
//! if that was refused.

use leptos::html::Input;
use leptos::prelude::*;

use super::value_of;

/// A field of one line.
#[component]
pub fn TextField(
    /// By what tests find it.
    #[prop(into)]
    testid: String,
    /// What is written there.
    #[prop(into)]
    label: String,
    /// The keyboard that a phone shows: `text`, `numeric` or `decimal`.
    #[prop(default = "text")]
    keyboard: &'static str,
    /// What holds.
    #[prop(into)]
    value: Signal<String>,
    /// What happens when something else was written.
    #[prop(into)]
    change: Callback<String>,
) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let hand_over = move |event: web_sys::Event| {
        let written = value_of(&event);
        if written != value.get_untracked() {
            change.run(written);
        }
        // What was refused, or written otherwise, is shown as it holds now.
        if let Some(node) = node.get_untracked() {
            node.set_value(&value.get_untracked());
        }
    };
    view! {
        <input
            type="text"
            class="field"
            autocomplete="off"
            spellcheck="false"
            node_ref=node
            data-testid=testid
            aria-label=label
            inputmode=keyboard
            prop:value=value
            on:change=hand_over
        />
    }
    .into_any()
}
