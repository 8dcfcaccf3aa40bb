//! The lesson of a scenario: its paragraphs, the one to which the run has come marked.
//!
//! Not the binding of paragraphs to events, which is sim-core's.

use std::sync::Arc;

use sim_core::lesson::{Lesson, Part};

use crate::dom::{Child, Tag, afterwards, tag, words};
use crate::i18n::texts;
use crate::live::Derived;
use crate::panels::sight::{Spot, bring_into_sight};
use crate::scene::Scene;

/// Shows the lesson; nothing is bound where the workload has none.
#[must_use]
pub fn lesson_panel(scene: Derived<Arc<Scene>>, lesson: Derived<Option<Arc<Lesson>>>) -> Tag {
    let texts = texts();
    let root = tag("section")
        .class("lesson")
        .attr("tabindex", "0")
        .attr("aria-label", texts.lesson_title())
        .child(tag("h2").class("panel-title").text(texts.lesson_title()));
    let run = Derived::new(move || scene.read().run());
    // A lesson may name a job that an edited workload has no more: then nothing is bound.
    let bindings = Derived::new(move || {
        let bound = lesson
            .get()
            .and_then(|lesson| lesson.bind(&run.read().0).ok());
        bound.unwrap_or_default()
    });
    let latest = Derived::new(move || bindings.read().latest(scene.read().position));
    let happening = Derived::new(move || {
        bindings
            .read()
            .at(scene.read().position)
            .collect::<Vec<_>>()
    });
    // Only the scroll position of the panel is touched.
    let panel = root.element();
    afterwards(move || {
        let Some(latest) = latest.get() else {
            return;
        };
        let selector = format!("[data-paragraph=\"{latest}\"]");
        let Ok(Some(paragraph)) = panel.query_selector(&selector) else {
            return;
        };
        bring_into_sight(&panel, &paragraph, Spot::Edge);
    });
    let paragraphs = move || {
        let lesson = lesson.get();
        let paragraphs = lesson
            .iter()
            .flat_map(|lesson| &lesson.paragraphs)
            .enumerate();
        let paragraph = paragraphs.map(|(number, paragraph)| {
            let class = move || {
                if happening.read().contains(&number) {
                    "lesson-paragraph happening".to_owned()
                } else if latest.get() == Some(number) {
                    "lesson-paragraph latest".to_owned()
                } else {
                    "lesson-paragraph".to_owned()
                }
            };
            let parts: Vec<_> = paragraph.parts.iter().map(part).collect();
            tag("p")
                .live_class(class)
                .attr("data-paragraph", &number.to_string())
                .children(parts)
        });
        paragraph.collect::<Vec<_>>()
    };
    root.part(paragraphs)
}

fn part(part: &Part) -> Child {
    match part {
        Part::Plain(text) => words(text),
        Part::Emphasis(text) => tag("em").class("term").text(text).into(),
        Part::Code(text) => tag("code").text(text).into(),
    }
}
