//! A button.
//!
//! Not a link: it changes something in place.

use leptos::prelude::*;

/// How much a button asks to be seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Weight {
    /// One among others.
    #[default]
    Plain,
    /// The one that is meant first.
    Main,
    /// Only its content, until it is pointed at.
    Quiet,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "button",
            Self::Main => "button button-main",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A button with some content.
#[component]
pub fn Button(
    /// By what tests find it.
    #[prop(into)]
    testid: String,
    /// What it does, for those who cannot see its content, and as a hint.
    #[prop(into)]
    label: Signal<String>,
    /// How much it asks to be seen.
    #[prop(optional)]
    weight: Weight,
    /// Whether it cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For a button that stays pressed: whether it is.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// What happens when it is pressed.
    #[prop(into)]
    press: Callback<()>,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=weight.class()
            data-testid=testid
            aria-label=label
            title=label
            disabled=disabled
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            on:click=move |_| press.run(())
        >
            {children()}
        </button>
    }
    .into_any()
}
