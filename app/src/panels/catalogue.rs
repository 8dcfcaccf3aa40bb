//! The catalogue: every scenario by chapter, to be opened.
//!
//! What a scenario holds is in `sim_core::scenario`.

use sim_core::scenario::{self, Chapter, Entry};
use wasm_bindgen::JsCast;

use crate::dom::{Tag, afterwards, document, tag, value_of};
use crate::i18n::texts;
use crate::live::State;
use crate::reactive::untrack;
use crate::session::{Act, Source};
use crate::store::Store;

/// The id of the field in which the catalogue is searched, for the key that leads there.
pub const FILTER: &str = "filter";

/// The scenarios by chapter.
#[must_use]
pub fn catalogue() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let filter = State::new(String::new());
    let open = store.memo_of_runs(|session| match &session.plan().source {
        Source::Scenario { slug } => slug.clone(),
        Source::Own { .. } => String::new(),
    });
    let is_found = move |entry: &Entry| filter.with(|filter| matches(entry, filter, text.tag()));
    let hidden = |is_found: bool| {
        if is_found {
            String::new()
        } else {
            "hidden".to_owned()
        }
    };
    let entry = |each: &'static Entry| {
        let press = move |_| {
            store.act(Act::Open {
                slug: each.slug.to_owned(),
            });
            store.close_catalogue_on_phone();
        };
        let is_open = move || open.with(|open| *open == each.slug);
        tag("li").live_class(move || hidden(is_found(each))).child(
            tag("button")
                .attr("type", "button")
                .class("catalogue-entry")
                .testid(&format!("scenario-{}", each.slug))
                .live_if("aria-current", move || is_open().then(|| "true".to_owned()))
                .on("click", press)
                .text(each.title(text.tag())),
        )
    };
    let chapters = Chapter::ALL.map(|chapter| {
        let scenarios = move || {
            let all = scenario::index().iter();
            all.filter(move |each| each.chapter == chapter)
        };
        let entries: Vec<_> = scenarios().map(entry).collect();
        tag("div")
            .live_class(move || hidden(scenarios().any(is_found)))
            .child(
                tag("h2")
                    .class("catalogue-chapter")
                    .text(text.chapter(chapter)),
            )
            .child(tag("ul").children(entries))
    });
    // What is open is in sight, however it was opened.
    afterwards(move || {
        let selector = open.with(|open| format!("[data-testid='scenario-{open}']"));
        if let Ok(Some(entry)) = document().query_selector(&selector) {
            let nearest = web_sys::ScrollIntoViewOptions::new();
            nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
            entry.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let open_first = move |event: web_sys::Event| {
        let event: web_sys::KeyboardEvent = event.unchecked_into();
        let first = untrack(|| scenario::index().iter().find(|each| is_found(each)));
        if event.key() == "Enter"
            && let Some(first) = first
        {
            store.act(Act::Open {
                slug: first.slug.to_owned(),
            });
        }
    };
    let field = tag("input")
        .attr("type", "search")
        .class("field catalogue-filter")
        .attr("id", FILTER)
        .testid("filter")
        .attr("aria-label", text.filter())
        .attr("placeholder", text.filter())
        .on("input", move |event| filter.set(value_of(&event)))
        .on("keydown", open_first);
    let list = tag("div")
        .class("catalogue-list")
        .children(Vec::from(chapters))
        .when(
            move || !scenario::index().iter().any(is_found),
            || tag("p").class("note").text(text.nothing_found()),
        );
    tag("nav")
        .class("catalogue")
        .attr("aria-label", text.catalogue())
        .testid("catalogue")
        .child(field)
        .child(list)
}

/// Whether each word of a filter, in small letters or capitals, is in a scenario's title, name or rows of
/// the syllabus, or begins the title of its chapter.
fn matches(entry: &Entry, filter: &str, language: &str) -> bool {
    let title = entry.title(language).to_ascii_lowercase();
    let chapter = texts().chapter(entry.chapter).to_ascii_lowercase();
    filter.to_ascii_lowercase().split_whitespace().all(|word| {
        title.contains(word)
            || chapter.starts_with(word)
            || entry.slug.contains(word)
            || entry.rows().any(|row| row.to_ascii_lowercase() == word)
    })
}
