//! What could not be done, and runs in the making: what lies over the page for a while.
//!
//! Not findings of a run: those are facts about it, not mistakes.

use leptos::prelude::*;

use crate::controls::{Button, Icon, Shape, Weight};
use crate::i18n::texts;
use crate::session::{Act, Problem, Session};
use crate::store::Store;

/// The last thing that could not be done.
#[component]
pub fn Errors() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let problem = store.memo(|session| session.problem().cloned());
    // While somebody writes, what is wrong is said beside the text.
    let is_elsewhere = move || {
        store.writing.get() && problem.with(|problem| matches!(problem, Some(Problem::Input(_))))
    };
    let shown = Memo::new(move |_| if is_elsewhere() { None } else { problem.get() });
    view! {
        <div class="errors" aria-live="assertive">
            {move || {
                shown.get().map(|problem| {
                    view! {
                        <div class="error" role="alert">
                            <div class="error-text">
                                <b>{text.problem_title(&problem)}</b>
                                <p data-testid="error">{problem.to_string()}</p>
                                <small>{text.problem_way_out(&problem)}</small>
                            </div>
                            <Button
                                testid="dismiss"
                                label=text.dismiss()
                                weight=Weight::Quiet
                                press=move |()| store.act(Act::Dismiss)
                            >
                                <Icon shape=Shape::Close />
                            </Button>
                        </div>
                    }
                })
            }}
        </div>
    }
    .into_any()
}

/// How far runs in the making are, and a way to stop them.
#[component]
pub fn MakingRuns() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let progress = store.memo(Session::progress);
    let is_making = Memo::new(move |_| progress.with(Option::is_some));
    view! {
        <Show when=move || is_making.get()>
            <div class="making" role="status" data-testid="making">
                <div class="making-bar" aria-hidden="true"></div>
                <span>{move || progress.get().map(|progress| text.making(progress))}</span>
                <Button
                    testid="cancel"
                    label=text.cancel()
                    press=move |()| store.act(Act::Cancel)
                >
                    {text.cancel()}
                </Button>
            </div>
        </Show>
    }
    .into_any()
}
