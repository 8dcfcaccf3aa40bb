//! A choice of one out of many.
//!
//! Not a field: only what is offered can be chosen.

use leptos::prelude::*;

use super::value_of;

/// One of the things that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Its value.
    pub value: String,
    /// What it is called.
    pub label: String,
}

/// A menu.
#[component]
pub fn Select(
    /// By what tests find it.
    #[prop(into)]
    testid: String,
    /// What is chosen; the label beside it, where there is one, names it by `labelled`.
    #[prop(into)]
    label: String,
    /// What there is to choose from.
    choices: Vec<Choice>,
    /// The value that is chosen now.
    #[prop(into)]
    value: Signal<String>,
    /// What happens when another is chosen.
    #[prop(into)]
    change: Callback<String>,
) -> impl IntoView {
    let options = choices.into_iter().map(|choice| {
        let own = choice.value.clone();
        let is_chosen = move || value.with(|value| *value == own);
        view! { <option value=choice.value prop:selected=is_chosen>{choice.label}</option> }
    });
    let options: Vec<_> = options.collect();
    view! {
        <select
            class="field select"
            data-testid=testid
            aria-label=label
            on:change=move |event| change.run(value_of(&event))
        >
            {options}
        </select>
    }
    .into_any()
}
