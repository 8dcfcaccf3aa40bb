//! The output: what the tasks of a script have printed so far.
//!
//! Not the sentence, which says what was printed just now.

use std::sync::Arc;

use crate::dom::{Html, Tag, afterwards, tag};
use crate::i18n::texts;
use crate::live::Derived;
use crate::scene::Scene;
use crate::stage::look;
use crate::stage::processes::{mark, shown_process};

/// The most lines that are shown, the newest ones.
const MOST_LINES: usize = 500;

/// Shows what was printed, the newest line in sight; the name of the run where there are several.
#[must_use]
pub fn console(scene: Derived<Arc<Scene>>, name: Option<String>) -> Tag {
    let list = tag("section")
        .class("console")
        .testid("console")
        .attr("tabindex", "0")
        .attr("aria-label", texts().output())
        .attr("aria-live", "polite")
        .live_html(move || lines(&scene.read(), name.as_deref()));
    let element = list.element();
    let count = Derived::new(move || {
        let scene = scene.read();
        scene.trace.outputs_until(scene.position).len()
    });
    afterwards(move || {
        count.with(|_| ());
        element.set_scroll_top(element.scroll_height());
    });
    list
}

fn lines(scene: &Scene, name: Option<&str>) -> Html {
    let text = texts();
    let unit = scene.code.config.unit;
    let outputs = scene.trace.outputs_until(scene.position);
    let cut = outputs.len().saturating_sub(MOST_LINES);
    let mut html = Html::new();
    if let Some(name) = name {
        html.element("p", &[("class", "panel-title")], name);
    }
    if outputs.is_empty() {
        html.element("p", &[("class", "note")], text.no_output());
    }
    if cut > 0 {
        html.element("p", &[("class", "note")], &text.earlier_lines(cut));
    }
    for output in &outputs[cut..] {
        let event = output.position.checked_sub(1);
        let event = event.and_then(|before| scene.trace.events().get(before));
        let Some((at, task)) = event.and_then(|event| Some((event.at, event.kind.task()?))) else {
            continue;
        };
        let class = match output.position == scene.position {
            true => "printed latest",
            false => "printed",
        };
        html.open("div", &[("class", class)]);
        html.element("small", &[], &text.printed_at(unit, at));
        let state = look::state_class(look::seen(&scene.machine, task));
        let class = format!("task-name {state}");
        if let Some(process) = shown_process(scene, task) {
            mark(&mut html, scene, process);
        }
        html.element("b", &[("class", &class)], &scene.code.job(task).name);
        html.element("span", &[], &output.text);
        html.close("div");
    }
    html
}
