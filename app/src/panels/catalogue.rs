//! The catalogue: every scenario by chapter, to be opened.
//!
//! What a scenario holds is in `sim_core::scenario`.

use leptos::html;
use leptos::prelude::*;
use sim_core::scenario::{self, Chapter, Scenario};

use crate::controls::value_of;
use crate::i18n::texts;
use crate::session::{Act, Source};
use crate::store::Store;

/// The field in which the catalogue is searched, for the key that leads there.
#[derive(Clone, Copy)]
pub struct FilterField(pub NodeRef<html::Input>);

/// The scenarios by chapter.
#[component]
pub fn Catalogue() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let node = use_context::<FilterField>().map_or_else(NodeRef::new, |field| field.0);
    let filter = RwSignal::new(String::new());
    let open = store.memo_of_runs(|session| match &session.plan().source {
        Source::Scenario { slug } => slug.clone(),
        Source::Own { .. } => String::new(),
    });
    let chapters = Chapter::ALL.map(|chapter| {
        let scenarios: Vec<_> = scenario::catalogue()
            .iter()
            .filter(|each| each.chapter == chapter)
            .collect();
        let found = {
            let scenarios = scenarios.clone();
            Memo::new(move |_| {
                filter.with(|filter| {
                    scenarios
                        .iter()
                        .any(|each| matches(each, filter, text.tag()))
                })
            })
        };
        let entries = scenarios.into_iter().map(|each| {
            let title = each.title.in_language(text.tag()).to_owned();
            let is_open = move || open.with(|open| *open == each.slug);
            let is_found =
                Memo::new(move |_| filter.with(|filter| matches(each, filter, text.tag())));
            view! {
                <li class:hidden=move || !is_found.get()>
                    <button
                        type="button"
                        class="catalogue-entry"
                        data-testid=format!("scenario-{}", each.slug)
                        aria-current=move || is_open().then_some("true")
                        on:click=move |_| {
                            store.act(Act::Open { slug: each.slug.clone() });
                            store.close_catalogue_on_phone();
                        }
                    >
                        {title}
                    </button>
                </li>
            }
        });
        let entries: Vec<_> = entries.collect();
        view! {
            <div class:hidden=move || !found.get()>
                <h3 class="catalogue-chapter">{text.chapter(chapter)}</h3>
                <ul>{entries}</ul>
            </div>
        }
    });
    // What is open is in sight, however it was opened.
    Effect::new(move |_| {
        let selector = open.with(|open| format!("[data-testid='scenario-{open}']"));
        if let Ok(Some(entry)) = document().query_selector(&selector) {
            let nearest = web_sys::ScrollIntoViewOptions::new();
            nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
            entry.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let nothing = move || {
        filter.with(|filter| {
            !scenario::catalogue()
                .iter()
                .any(|each| matches(each, filter, text.tag()))
        })
    };
    view! {
        <nav class="catalogue" aria-label=text.catalogue() data-testid="catalogue">
            <input
                type="search"
                class="field catalogue-filter"
                data-testid="filter"
                node_ref=node
                aria-label=text.filter()
                placeholder=text.filter()
                prop:value=filter
                on:input=move |event| filter.set(value_of(&event))
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        let first = scenario::catalogue().iter().find(|each| {
                            filter.with_untracked(|filter| matches(each, filter, text.tag()))
                        });
                        if let Some(first) = first {
                            store.act(Act::Open { slug: first.slug.clone() });
                        }
                    }
                }
            />
            <div class="catalogue-list">
                {chapters}
                <Show when=nothing>
                    <p class="note">{text.nothing_found()}</p>
                </Show>
            </div>
        </nav>
    }
    .into_any()
}

/// Whether each word of a filter is in a scenario's title, name or rows of the syllabus.
fn matches(scenario: &Scenario, filter: &str, language: &str) -> bool {
    let title = scenario.title.in_language(language).to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| {
        title.contains(word)
            || scenario.slug.contains(word)
            || scenario.rows.iter().any(|row| row.to_lowercase() == word)
    })
}
