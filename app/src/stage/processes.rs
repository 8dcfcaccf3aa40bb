//! What processes have apart: the marks of whose a thing is, their copies of memory, the ends of pipes
//! that they hold open.
//!
//! Not their threads, whose tokens are drawn with all others.

use sim_core::call::PipeEnd;
use sim_core::ids::{PipeId, ProcessId, TaskId, VariableId};
use sim_core::machine::Process;

use super::{View, placed};
use crate::dom::{Html, Tag, tag};
use crate::family;
use crate::i18n::{Texts, texts};
use crate::layout::{MemoryPlan, PipePlan, Plan};
use crate::scene::Scene;

/// The process of a task, where tasks have to say whose they are.
pub fn shown_process(scene: &Scene, task: TaskId) -> Option<ProcessId> {
    scene.machine.tasks.get(task.index())?;
    family::process_of(&scene.code, &scene.machine, task)
}

/// The number of a process in its colour.
pub fn mark(html: &mut Html, scene: &Scene, process: ProcessId) {
    let pid = family::pid(process);
    let name = scene.machine.process_name(&scene.code, process);
    let class = format!("pid {}", family::class(process));
    let hint = texts().process_hint(pid, name);
    html.element(
        "span",
        &[("class", &class), ("title", &hint)],
        &pid.to_string(),
    );
}

/// The copies of memory that are shown at a moment.
pub(super) struct Copies<'a> {
    scene: &'a Scene,
    plan: &'a MemoryPlan,
    /// What each room shows.
    shown: Vec<Option<usize>>,
    /// How many words a copy has.
    words: usize,
}

impl<'a> Copies<'a> {
    pub(super) fn new(scene: &'a Scene, plan: &'a MemoryPlan) -> Self {
        let script = scene.code.script.as_ref();
        let made = scene.machine.processes.len().saturating_sub(1);
        Self {
            scene,
            plan,
            shown: plan.shown(made, |copy| is_live(scene, copy)),
            words: script.map_or(1, |script| script.words().max(1)),
        }
    }

    /// The boxes, and whose they are.
    pub(super) fn frames(&self, html: &mut Html) {
        for room in &self.plan.copies {
            let Some(copy) = self.shown[room.copy] else {
                continue;
            };
            let process = process(copy);
            let over = self.over(copy);
            let frame = placed(&room.frame);
            let class = format!("copy {}{over}", family::class(process));
            html.open("div", &[("class", &class), ("style", &frame)]);
            html.close("div");
            let label = placed(&room.label);
            let class = format!("copy-label{over}");
            html.open("div", &[("class", &class), ("style", &label)]);
            mark(html, self.scene, process);
            if room.is_named {
                let name = self.scene.machine.process_name(&self.scene.code, process);
                html.element("span", &[("class", "stem")], name);
            }
            html.close("div");
        }
    }

    /// The class of a variable's name in a room; none where the room is empty.
    pub(super) fn name_class(&self, room: usize) -> Option<String> {
        if self.shown.is_empty() {
            return Some("variable".to_owned());
        }
        let copy = (*self.shown.get(room)?)?;
        Some(format!("variable{}", self.over(copy)))
    }

    /// The word that a cell shows; none where its room is empty.
    pub(super) fn word(&self, cell: VariableId) -> Option<VariableId> {
        if self.shown.is_empty() {
            return Some(cell);
        }
        let (room, word) = (cell.index() / self.words, cell.index() % self.words);
        let copy = (*self.shown.get(room)?)?;
        Some(VariableId::from_index(copy * self.words + word))
    }

    /// What a word's cell has beside its own class and hint: whether it differs from what stands in the
    /// memory that it was copied from, while both are there.
    pub(super) fn beside(&self, word: VariableId) -> (String, String) {
        let copy = word.index() / self.words;
        if self.shown.is_empty() {
            return Default::default();
        }
        if !is_live(self.scene, copy) {
            return (" over".to_owned(), String::new());
        }
        // Between two runs the plan may be of the other one for a moment.
        let made = copy.checked_sub(1);
        let origin = made.and_then(|made| *self.plan.origins.get(made)?);
        let Some(origin) = origin.filter(|origin| is_live(self.scene, *origin)) else {
            return Default::default();
        };
        let memory = &self.scene.machine.memory;
        let other = memory.get(origin * self.words + word.index() % self.words);
        match (memory.get(word.index()), other) {
            (Some(own), Some(other)) if own != other => {
                let class = format!(" differs {}", family::class(process(copy)));
                let hint = texts().differs(&other.to_string());
                (class, format!(", {hint}"))
            }
            _ => Default::default(),
        }
    }

    /// A process that has ended has no more use of its memory.
    fn over(&self, copy: usize) -> &'static str {
        if is_live(self.scene, copy) {
            ""
        } else {
            " over"
        }
    }
}

/// The process of a copy: the first of all, `init`, has none.
const fn process(copy: usize) -> ProcessId {
    ProcessId::from_index(copy + 1)
}

fn is_live(scene: &Scene, copy: usize) -> bool {
    let process = scene.machine.processes.get(copy + 1);
    process.is_some_and(Process::is_live)
}

/// Who holds the ends of the pipes open.
#[lockstep_part::later]
pub(super) fn ends(plan: &Plan, view: View) -> Vec<Tag> {
    let pipes = plan.pipes.iter().filter(|pipe| pipe.ends.height > 0.0);
    let ends = pipes.map(|PipePlan { pipe, ends, .. }| {
        let pipe = *pipe;
        tag("div")
            .class("pipe-ends")
            .attr("style", &placed(ends))
            .live_html(move || holders(texts(), &view.scene.read(), pipe))
    });
    ends.collect()
}

fn holders(texts: &dyn Texts, scene: &Scene, pipe: PipeId) -> Html {
    /// More numbers than these are counted.
    const MOST: usize = 5;
    let mut html = Html::new();
    for (end, words) in [
        (PipeEnd::Write, texts.pipe_writers()),
        (PipeEnd::Read, texts.pipe_readers()),
    ] {
        html.open("span", &[]);
        html.element("small", &[], words);
        let mut count = 0;
        for process in scene.machine.holders_of(pipe, end) {
            if count < MOST {
                mark(&mut html, scene, process);
            }
            count += 1;
        }
        if count == 0 {
            html.element("small", &[("class", "nobody")], texts.no_process());
        } else if count > MOST {
            html.element("small", &[], &texts.more(count - MOST));
        }
        html.close("span");
    }
    html
}
