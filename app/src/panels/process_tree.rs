//! The tree of processes: who is whose child, what state each is in, its threads and its signals.
//!
//! Not the process table, which has the numbers. Where an operating system knows no parents, it is a
//! list.

use std::sync::Arc;

use sim_core::call::Signal;
use sim_core::event::EventKind;
use sim_core::ids::{ProcessId, TaskId};
use sim_core::machine::{Process, ProcessState};
use sim_core::program::{INIT, MAIN, OperatingSystem};
use wasm_bindgen::JsCast;

use crate::dom::{Html, Tag, afterwards, tag};
use crate::family::{self, Branch};
use crate::i18n::{Texts, texts};
use crate::live::Derived;
use crate::panels::process_table::state_words;
use crate::panels::sight::{Spot, bring_into_sight};
use crate::scene::Scene;
use crate::session::{Act, Session};
use crate::stage::look;
use crate::stage::processes::mark;
use crate::store::Store;

/// Shows the tree. The task that the last event is about stays in sight; a click marks a task.
#[must_use]
pub fn process_tree(scene: Derived<Arc<Scene>>) -> Tag {
    let store = Store::of_page();
    let selection = store.memo(Session::selection);
    let drawn = Derived::new(move || drawn(texts(), &scene.read(), selection.get()));
    let list = tag("div")
        .class("tree")
        .testid("tree")
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", texts().tree())
        .live_html(move || drawn.get());
    let panel = list.element();
    afterwards(move || {
        drawn.with(|_| ());
        if let Ok(Some(row)) = panel.query_selector(".tree-row.concerned") {
            bring_into_sight(&panel, &row, Spot::Edge);
        }
    });
    list.on("click", move |event| {
        let target = event.target();
        let target = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let row = target.and_then(|target| target.closest("[data-task]").ok().flatten());
        let task = row.and_then(|row| row.get_attribute("data-task")?.parse().ok());
        if let Some(task) = task.map(TaskId) {
            let is_marked = selection.get_untracked() == Some(task);
            store.act(Act::Select((!is_marked).then_some(task)));
        }
    })
}

fn drawn(texts: &'static dyn Texts, scene: &Scene, selection: Option<TaskId>) -> Html {
    let machine = &scene.machine;
    let mut html = Html::new();
    let is = |state: ProcessState| {
        let all = machine.processes.iter().skip(MAIN.index());
        all.filter(|process| process.state == state).count()
    };
    let live = is(ProcessState::Live) + is(ProcessState::Ending);
    let counts = texts.process_counts(live, is(ProcessState::Zombie), is(ProcessState::Gone));
    html.element("p", &[("class", "tree-counts")], &counts);
    let is_flat = scene.code.config.os == OperatingSystem::Windows;
    let branches = if is_flat {
        html.element("p", &[("class", "note")], texts.handles());
        let made = (MAIN.index()..machine.processes.len()).map(ProcessId::from_index);
        let branch = |process| Branch {
            process,
            depth: 0,
            is_last: true,
        };
        made.map(branch).collect()
    } else {
        family::tree(machine)
    };
    // Whether each ancestor is the last of its parent's children.
    let mut ancestors: Vec<bool> = Vec::new();
    for (place, branch) in branches.iter().enumerate() {
        ancestors.truncate(branch.depth.saturating_sub(1));
        let mut lines = String::new();
        for is_last in &ancestors {
            lines += if *is_last { "  " } else { "│ " };
        }
        let own = match (branch.depth, branch.is_last) {
            (0, _) => "",
            (_, true) => "└─",
            (_, false) => "├─",
        };
        if branch.depth > 0 {
            ancestors.push(branch.is_last);
        }
        let process = machine.process(branch.process);
        let threads: Vec<_> = family::threads_of(machine, branch.process).collect();
        let is_one = threads.len() < 2;
        let row = Row {
            texts,
            scene,
            selection,
        };
        let first = (branch.process != INIT).then_some(process.first);
        let is_sent = is_sent(scene, branch.process);
        row.open(&mut html, first, is_one, is_sent);
        html.element("span", &[("class", "tree-lines")], &format!("{lines}{own}"));
        mark(&mut html, scene, branch.process);
        let name = machine.process_name(&scene.code, branch.process);
        html.element("b", &[], name);
        row.process(&mut html, branch.process, process, is_one);
        html.close("div");
        if is_one {
            continue;
        }
        let has_children = branches
            .get(place + 1)
            .is_some_and(|next| next.depth > branch.depth);
        let below = match (branch.depth, branch.is_last) {
            (0, _) => "",
            (_, true) => "  ",
            (_, false) => "│ ",
        };
        let own = if has_children { "│ " } else { "  " };
        for thread in threads {
            row.open(&mut html, Some(thread), true, false);
            let lines = format!("{lines}{below}{own}");
            html.element("span", &[("class", "tree-lines")], &lines);
            html.element("span", &[("class", "tree-thread")], "");
            html.element("b", &[], &scene.code.job(thread).name);
            row.thread(&mut html, thread);
            html.close("div");
        }
    }
    html
}

/// Whether the last event sent something to a process, or gave it another parent.
fn is_sent(scene: &Scene, own: ProcessId) -> bool {
    match scene.event.map(|event| event.kind) {
        Some(
            EventKind::SignalSent { process, .. }
            | EventKind::Adopted { process, .. }
            | EventKind::WaitedForChild { process, .. },
        ) => process == own,
        _ => false,
    }
}

/// What rows look at.
struct Row<'a> {
    texts: &'static dyn Texts,
    scene: &'a Scene,
    selection: Option<TaskId>,
}

impl Row<'_> {
    /// The start of a row; `div` ends it.
    fn open(&self, html: &mut Html, task: Option<TaskId>, is_task: bool, is_met: bool) {
        let mut class = "tree-row".to_owned();
        let mut number = String::new();
        if let Some(task) = task {
            number = task.0.to_string();
            if is_task {
                class += " ";
                class += look::state_class(look::seen(&self.scene.machine, task));
            }
            if is_task && self.scene.concerned() == Some(task) {
                class += " concerned";
            }
            if self.selection == Some(task) {
                class += " marked";
            }
        }
        if is_met {
            class += " met";
        }
        html.open("div", &[("class", &class), ("data-task", &number)]);
    }

    /// How a process is.
    fn process(&self, html: &mut Html, id: ProcessId, process: &Process, is_one: bool) {
        let texts = self.texts;
        let status = || texts.exit_status(process.status);
        let is_unix = self.scene.code.config.os == OperatingSystem::Unix;
        match process.state {
            _ if id == INIT => {}
            ProcessState::Live if is_one => self.thread(html, process.first),
            ProcessState::Live => {}
            ProcessState::Ending => {
                html.element("span", &[("class", "tree-ending")], texts.is_ending());
                html.element("span", &[("class", "tree-status")], &status());
            }
            ProcessState::Zombie | ProcessState::Gone => {
                let (class, word) = match process.state {
                    ProcessState::Zombie => ("state-zombie state-word", texts.is_zombie()),
                    _ if is_unix => ("state-exited state-word", texts.is_gone()),
                    _ => ("state-exited state-word", texts.has_ended()),
                };
                html.open("span", &[("class", class)]);
                html.words(word);
                html.close("span");
                html.element("span", &[("class", "tree-status")], &status());
            }
        }
        let is_over = matches!(process.state, ProcessState::Gone);
        if is_unix && process.parent == INIT && id != MAIN && id != INIT && !is_over {
            html.element("span", &[("class", "tree-badge")], texts.is_adopted());
        }
        let is_pending = |signal: &Signal| process.pending >> signal.number() & 1 == 1;
        let names = Signal::ALL.into_iter().filter(is_pending);
        let names: Vec<_> = names.map(Signal::name).collect();
        if !names.is_empty() && !is_over {
            let words = texts.pending(&names.join(", "));
            html.element("span", &[("class", "tree-badge signal")], &words);
        }
    }

    /// How a thread is.
    fn thread(&self, html: &mut Html, thread: TaskId) {
        let words = state_words(self.texts, self.scene, thread);
        html.element("span", &[("class", "state-word")], &words);
        let kept = self.scene.machine.threads.get(thread.index());
        if let Some(kept) = kept.and_then(|thread| thread.kept.last()) {
            let words = self.texts.in_handler(kept.signal.name());
            html.element("span", &[("class", "tree-badge signal")], &words);
        }
    }
}
