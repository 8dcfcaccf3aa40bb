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
use crate::layout::{CopyPlan, MemoryPlan, PipePlan, Plan};
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

/// The boxes and names of the processes' copies of memory.
pub(super) fn copies(html: &mut Html, scene: &Scene, plan: &MemoryPlan) {
    for copy in &plan.copies {
        let process = ProcessId::from_index(copy.copy + 1);
        // It is not made yet.
        if process.index() >= scene.machine.processes.len() {
            continue;
        }
        let over = copy_class(scene, copy.copy);
        let class = format!("copy {}{over}", family::class(process));
        html.open("div", &[("class", &class), ("style", &placed(&copy.frame))]);
        html.close("div");
        html.open(
            "div",
            &[
                ("class", &*format!("copy-label{over}")),
                ("style", &placed(&copy.label)),
            ],
        );
        mark(html, scene, process);
        if copy.is_named {
            let name = scene.machine.process_name(&scene.code, process);
            html.element("span", &[("class", "stem")], name);
        }
        html.close("div");
    }
}

/// The class of what is in a process's copy of memory, which has no more use once it has ended.
pub(super) fn copy_class(scene: &Scene, copy: usize) -> &'static str {
    let process = scene.machine.processes.get(copy + 1);
    match process.is_none_or(Process::is_live) {
        true => "",
        false => " over",
    }
}

/// What stands at the place of a word in the memory that a process's own was copied from, where that
/// is something else.
pub(super) fn other_value(scene: &Scene, copies: &[CopyPlan], word: VariableId) -> Option<i64> {
    let words = scene.code.script.as_ref()?.words();
    let is_there = |copy: usize| {
        let process = scene.machine.processes.get(copy + 1);
        process.is_some_and(Process::is_live)
    };
    let copy = copies.get(word.index().checked_div(words)?)?;
    let of = copy.of.filter(|of| is_there(*of) && is_there(copy.copy))?;
    let of = of * words + word.index() % words;
    let memory = &scene.machine.memory;
    let (own, other) = (memory.get(word.index())?, memory.get(of)?);
    (own != other).then_some(*other)
}

/// Who holds the ends of the pipes open.
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
