//! The lesson of a scenario: its paragraphs, the one to which the run has come marked.
//!
//! Not the binding of paragraphs to events, which is sim-core's.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use sim_core::lesson::{Lesson, Part};

use crate::i18n::texts;
use crate::scene::Scene;

/// Shows the lesson.
#[component]
pub fn LessonPanel(
    /// What has happened.
    #[prop(into)]
    scene: Signal<Arc<Scene>>,
    /// The lesson; none where the workload has none.
    #[prop(into)]
    lesson: Signal<Option<Arc<Lesson>>>,
) -> impl IntoView {
    let texts = texts();
    let root = NodeRef::<html::Section>::new();
    let trace = Memo::new_with_compare(
        move |_| Arc::clone(&scene.read().trace),
        |before, after| match (before, after) {
            (Some(before), Some(after)) => !Arc::ptr_eq(before, after),
            _ => true,
        },
    );
    // A lesson may name a job that an edited workload has no more: then nothing is bound.
    let bindings = Memo::new(move |_| {
        let bound = lesson
            .get()
            .and_then(|lesson| lesson.bind(&trace.read()).ok());
        bound.unwrap_or_default()
    });
    let latest = Memo::new(move |_| bindings.read().latest(scene.read().position));
    let happening = Memo::new(move |_| {
        bindings
            .read()
            .at(scene.read().position)
            .collect::<Vec<_>>()
    });
    // Only the scroll position of the panel is touched.
    Effect::new(move |_| {
        let (Some(panel), Some(latest)) = (root.get(), latest.get()) else {
            return;
        };
        let selector = format!("[data-paragraph=\"{latest}\"]");
        let Ok(Some(paragraph)) = panel.query_selector(&selector) else {
            return;
        };
        let (view, own) = (
            panel.get_bounding_client_rect(),
            paragraph.get_bounding_client_rect(),
        );
        let over = if own.bottom() > view.bottom() {
            own.bottom() - view.bottom()
        } else if own.top() < view.top() {
            own.top() - view.top()
        } else {
            return;
        };
        #[allow(clippy::cast_possible_truncation, reason = "pixels of a screen")]
        panel.set_scroll_top(panel.scroll_top() + over as i32);
    });
    let paragraphs = move || {
        let lesson = lesson.get();
        let paragraphs = lesson
            .iter()
            .flat_map(|lesson| &lesson.paragraphs)
            .enumerate();
        paragraphs
            .map(|(number, paragraph)| {
                let class = move || {
                    if happening.read().contains(&number) {
                        "lesson-paragraph happening"
                    } else if latest.get() == Some(number) {
                        "lesson-paragraph latest"
                    } else {
                        "lesson-paragraph"
                    }
                };
                let parts = paragraph.parts.iter().map(part).collect_view();
                view! { <p class=class data-paragraph=number>{parts}</p> }
            })
            .collect_view()
    };
    view! {
        <section class="lesson" node_ref=root tabindex="0" aria-label=texts.lesson_title()>
            <h2 class="panel-title">{texts.lesson_title()}</h2>
            {paragraphs}
        </section>
    }
    .into_any()
}

fn part(part: &Part) -> AnyView {
    let text = part.text().to_owned();
    match part {
        Part::Plain(_) => text.into_any(),
        Part::Emphasis(_) => view! { <em class="term">{text}</em> }.into_any(),
        Part::Code(_) => view! { <code>{text}</code> }.into_any(),
    }
}
