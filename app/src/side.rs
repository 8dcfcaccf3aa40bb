//! What stands at the side: the sentence, what is open, and one of the panels.
//!
//! Not the panels, each of which is a file of its own.

use std::sync::Arc;

use crate::controls::{Segment, segmented};
use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::live::Derived;
use crate::panels::choice::choice_strip;
use crate::panels::code::code_panel;
use crate::panels::compare::run_names;
use crate::panels::console::console;
use crate::panels::goals::goals;
use crate::panels::lesson::lesson_panel;
use crate::panels::metrics::{NamedScene, metrics_panel};
use crate::panels::narration::sentence;
use crate::panels::parameters::parameters;
use crate::panels::process_table::process_table;
use crate::panels::process_tree::process_tree;
use crate::panels::workload::workload_panel;
use crate::scene::Scene;
use crate::session::Session;
use crate::store::{ProcessView, Side, Store};

/// The sentence, and one of the panels.
#[must_use]
pub fn side_column() -> Tag {
    let store = Store::of_page();
    let text = texts();
    // The sentence is about the run whose event was last.
    let last = store.memo(|session| session.last_event().map_or(0, |last| last.run));
    let told = Derived::new(move || {
        let run = last.get();
        store.with(|session| {
            let runs = session.runs();
            Arc::clone(&runs[run.min(runs.len() - 1)].scene)
        })
    });
    let names = store.memo_of_runs(run_names);
    let teller = move || {
        let name = names.with(|names| {
            (names.len() > 1)
                .then(|| names.get(last.get()).cloned())
                .flatten()
        });
        name.map(|name| tag("p").class("panel-title said-run").text(&name))
    };
    let focused = store.memo(|session| session.runs()[session.focus()].cast);
    let sides = store.memo_of_runs(|session| {
        let sides = Side::ALL.into_iter();
        sides.filter(|side| side.is_there(session)).collect()
    });
    let sides: Derived<Vec<Side>> = sides;
    // The chosen panel, where there is anything in it.
    let shown = Derived::new(move || {
        let side = store.side.get();
        match sides.with(|sides| sides.contains(&side)) {
            true => side,
            false => Side::Lesson,
        }
    });
    let tab = move |side: Side| {
        tag("button")
            .attr("type", "button")
            .class("tab")
            .attr("role", "tab")
            .attr("id", &tab_id(side))
            .testid(&format!("side-{}", side.name()))
            .attr("aria-controls", "side-panel")
            .live_bool("aria-selected", move || shown.get() == side)
            .on("click", move |_| store.side.set(side))
            .text(text.side(side))
    };
    let tabs = move || sides.get().into_iter().map(tab).collect::<Vec<_>>();
    let has_part = store.memo(Session::has_part);
    let panel = move || {
        let side = shown.get();
        if side != Side::Lesson && !has_part.get() {
            return tag("p").class("note padded").text(text.fetching_part());
        }
        // What is being written stays, whatever it does to the machine.
        let is_of_scene = !matches!(side, Side::Code | Side::Parameters | Side::Workload);
        side_panel(side, if is_of_scene { focused.get() } else { 0 }, told)
    };
    tag("aside")
        .class("side")
        .attr("aria-label", text.side_region())
        .child(goals())
        .child(
            tag("div")
                .class("said")
                .part(teller)
                .child(sentence(told))
                .child(choice_strip()),
        )
        .child(tag("div").class("tabs").attr("role", "tablist").part(tabs))
        .child(
            tag("div")
                .class("side-panel")
                .attr("id", "side-panel")
                .attr("role", "tabpanel")
                .live("aria-labelledby", move || tab_id(shown.get()))
                .part(panel),
        )
}

fn tab_id(side: Side) -> String {
    format!("tab-{}", side.name())
}

/// A panel, made anew for another cast.
fn side_panel(side: Side, cast: usize, told: Derived<Arc<Scene>>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let focused = store.scene(cast);
    match side {
        Side::Lesson => {
            let lesson = store.memo_of_runs(move |session| {
                let scenario = session.plan().scenario();
                scenario.map(|scenario| Arc::new(scenario.lesson(text.tag()).clone()))
            });
            if lesson.with(Option::is_some) {
                lesson_panel(focused, lesson)
            } else {
                tag("p").class("note padded").text(text.no_lesson())
            }
        }
        side => later_panel(side, focused, told),
    }
}

/// The panels that are opened by hand.
#[lockstep_part::later]
fn later_panel(side: Side, focused: Derived<Arc<Scene>>, told: Derived<Arc<Scene>>) -> Tag {
    let store = Store::of_page();
    match side {
        // The sentence and the code are about the same run.
        Side::Lesson | Side::Code => code_panel(told),
        Side::Console => {
            let names = store.memo_of_runs(run_names).get();
            let run = store.peek(Session::focus);
            let name = (names.len() > 1).then(|| names.get(run).cloned()).flatten();
            console(focused, name)
        }
        Side::Processes => processes(focused),
        Side::Metrics => metrics(store.memo_of_runs(Session::casts).get()),
        Side::Parameters => parameters(),
        Side::Workload => workload_panel(),
    }
}

/// The process table; where tasks are made, the tree too.
fn processes(scene: Derived<Arc<Scene>>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let makes = Derived::new(move || scene.read().code.slots.count() > 0);
    let views = [
        Segment {
            value: ProcessView::Tree,
            label: text.tree(),
            id: "tree",
        },
        Segment {
            value: ProcessView::Table,
            label: text.table(),
            id: "table",
        },
    ];
    let choice = move || {
        let choice = segmented(
            "process-view",
            text.process_table(),
            views,
            move || store.processes.get(),
            move |view| store.processes.set(view),
        );
        tag("div").class("process-view").child(choice)
    };
    let is_tree = move || makes.get() && store.processes.get() == ProcessView::Tree;
    tag("div")
        .class("processes")
        .when(move || makes.get(), choice)
        .part(move || match is_tree() {
            true => process_tree(scene),
            false => process_table(scene),
        })
}

/// The metrics of the runs with these casts.
fn metrics(casts: Vec<usize>) -> Tag {
    let store = Store::of_page();
    let names = store.memo_of_runs(run_names);
    let scenes = Derived::of_before(move |before: Option<&Vec<NamedScene>>| {
        let names = names.get();
        store.with(|session| match before {
            // Other runs have a table of their own, which takes the place of this one.
            Some(before) if session.casts() != casts => before.clone(),
            _ => {
                let scenes = session.runs().iter().map(|run| Arc::clone(&run.scene));
                let is_alone = names.len() == 1;
                let named = scenes.zip(names).map(|(scene, name)| NamedScene {
                    name: if is_alone { String::new() } else { name },
                    scene,
                });
                named.collect::<Vec<_>>()
            }
        })
    });
    metrics_panel(scenes)
}
