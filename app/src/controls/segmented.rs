//! A choice of one out of a few, all of them in sight.
//!
//! Not tabs: nothing else is shown or hidden by it.

use leptos::prelude::*;

/// One of the things that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment<T> {
    /// What is chosen.
    pub value: T,
    /// What it is called.
    pub label: String,
    /// The name of it in test ids.
    pub id: String,
}

/// A row of buttons of which one is pressed.
#[component]
pub fn Segmented<T>(
    /// By what tests find it; each button's is this, a hyphen and its own.
    #[prop(into)]
    testid: String,
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// What there is to choose from.
    segments: Vec<Segment<T>>,
    /// What is chosen now.
    #[prop(into)]
    value: Signal<T>,
    /// What happens when another is chosen.
    #[prop(into)]
    change: Callback<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let buttons = segments.into_iter().map(|segment| {
        let own = segment.value;
        view! {
            <button
                type="button"
                class="segment"
                data-testid=format!("{testid}-{}", segment.id)
                aria-pressed=move || (value.get() == own).to_string()
                on:click=move |_| change.run(own)
            >
                {segment.label}
            </button>
        }
    });
    let buttons: Vec<_> = buttons.collect();
    view! {
        <div class="segmented" role="group" aria-label=label data-testid=testid>
            {buttons}
        </div>
    }
    .into_any()
}
