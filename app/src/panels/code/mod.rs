//! The code of a script: who is at which line, what the last event was about, and a way to change it.
//!
//! Not the language, and not what the lines do: the sentence says that.

mod edit;
mod marks;

use std::sync::Arc;

use sim_core::ids::TaskId;
use sim_core::program::script::{TokenClass, highlight};
use sim_core::trace::Granularity;
use wasm_bindgen::JsCast;

use crate::controls::{Shape, Weight, icon, live_button};
use crate::dom::{Html, Tag, afterwards, follow, tag};
use crate::i18n::texts;
use crate::live::Derived;
use crate::panels::sight::{Spot, bring_into_sight};
use crate::scene::{Run, Scene};
use crate::session::{Act, Session};
use crate::stage::look;
use crate::store::Store;

pub use edit::{begin, leave};
use marks::{MOST_CHIPS, Mark, ROW, marks, short_names};

/// The most lines that are shown.
const MOST_LINES: usize = 5_000;

/// Shows the code of a run's script, or the field in which it is changed.
#[must_use]
pub fn code_panel(scene: Derived<Arc<Scene>>) -> Tag {
    let store = Store::of_page();
    let script = store.memo_of_runs(|session| session.plan().workload.script.clone());
    let is_written = Derived::new(move || {
        let script = script.read();
        let of = script.as_deref().unwrap_or_default();
        store.drafts.with(|drafts| drafts.text(of).is_some())
    });
    tag("section")
        .class("code-panel")
        .attr("aria-label", texts().code())
        .part(move || match is_written.get() {
            true => edit::editor_of(script.get().unwrap_or_default()),
            false => vec![listing(scene), foot(scene, script)],
        })
}

/// The lines.
fn listing(scene: Derived<Arc<Scene>>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let list = tag("div")
        .class("code-list")
        .testid("code")
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", text.code());
    let run = Derived::new(move || scene.read().run());
    let names = Derived::new(move || short_names(&run.read().0.code().jobs));
    let selection = store.memo(Session::selection);
    let marks = Derived::new(move || marks(text, &scene.read(), &names.read(), selection.get()));
    // The gutter has room for as many chips as there can be at a line.
    let list = list.live("style", move || {
        let chips = names.read().len().clamp(1, MOST_CHIPS);
        format!("--chips:{chips}")
    });
    let element = list.element();
    let row_of = move |line: u32| element.query_selector(&format!("[data-line=\"{line}\"]"));
    let find = row_of.clone();
    let mut before: Vec<Mark> = Vec::new();
    // After the lines, which are drawn anew for another run.
    let list = list.live_html(move || lines(run));
    follow(move || {
        // Drawn anew, no line is marked any more.
        run.with(|_| ());
        let now = marks.read();
        let gone = core::mem::take(&mut before);
        for old in gone.iter().filter(|old| !now.contains(old)) {
            if let Ok(Some(row)) = find(old.line) {
                Mark::none(old.line).put_on(&row);
            }
        }
        for mark in now.iter() {
            if let Ok(Some(row)) = find(mark.line) {
                mark.put_on(&row);
            }
        }
        before.clone_from(&now);
    });
    let panel = list.element();
    let line = Derived::new(move || scene.read().line());
    afterwards(move || {
        if let Some(line) = line.get()
            && let Ok(Some(row)) = row_of(line)
        {
            bring_into_sight(&panel, &row, Spot::Middle);
        }
    });
    list.on("click", move |event| {
        let target = event.target();
        let target = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let chip = target.and_then(|target| target.closest("[data-task]").ok().flatten());
        let task = chip.and_then(|chip| chip.get_attribute("data-task")?.parse().ok());
        if let Some(task) = task.map(TaskId) {
            let is_marked = selection.get_untracked() == Some(task);
            store.act(Act::Select((!is_marked).then_some(task)));
        }
    })
}

/// All lines of the script of a run, nobody at them.
fn lines(run: Derived<Run>) -> Html {
    let run = run.read();
    let mut html = Html::new();
    let Some(script) = &run.0.code().script else {
        return html;
    };
    for (line, number) in script.lines().zip(1..).take(MOST_LINES) {
        let number = number.to_string();
        html.open("div", &[("class", ROW), ("data-line", &number)]);
        html.element("span", &[("class", "code-chips")], "");
        html.element("span", &[("class", "code-number")], &number);
        html.open("code", &[]);
        code_line(&mut html, line);
        html.close("code");
        html.close("div");
    }
    let cut = script.lines().count().saturating_sub(MOST_LINES);
    if cut > 0 {
        html.element("p", &[("class", "note padded")], &texts().more_lines(cut));
    }
    html
}

/// The pieces of a line by their class.
fn code_line(html: &mut Html, line: &str) {
    let mut done = 0;
    for (range, class) in highlight(line) {
        html.words(&line[done..range.start]);
        done = range.end;
        let class = match class {
            TokenClass::Keyword => "token-keyword",
            TokenClass::Name => "",
            TokenClass::Number => "token-number-word",
            TokenClass::Text => "token-text",
            TokenClass::Comment => "token-comment",
            TokenClass::Operator => "token-operator",
        };
        let words = &line[range];
        if class.is_empty() {
            html.words(words);
        } else {
            html.element("span", &[("class", class)], words);
        }
    }
    html.words(&line[done..]);
}

/// The local variables of a task, and what can be done with the script.
fn foot(scene: Derived<Arc<Scene>>, script: Derived<Option<String>>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let selection = store.memo(Session::selection);
    // Whose variables are shown: of the marked task, else of the one that the last event was about.
    let who = Derived::new(move || {
        let scene = scene.read();
        let all = scene.machine.threads.len();
        let who = selection.get().or(scene.concerned());
        who.filter(|task| task.index() < all)
    });
    let locals = move || who.get().map(|task| locals_of(&scene.read(), task));
    let next = move || {
        let name = move || {
            let scene = scene.read();
            let task = selection
                .get()
                .and_then(|task| scene.code.jobs.get(task.index()));
            let name = task.map(|job| job.name.clone());
            text.next_line_hint(&name.unwrap_or_default())
        };
        let press = move || next_line(store);
        live_button("next-line", name, Weight::Plain, press)
            .child(icon(Shape::StepForward))
            .text(text.next_line())
    };
    let is_put_away = move || {
        let script = script.read();
        let of = script.as_deref().unwrap_or_default();
        store.drafts.with(|drafts| drafts.is_put_away(of))
    };
    let hint = move || {
        if is_put_away() {
            text.resume_hint().to_owned()
        } else {
            text.edit_hint().to_owned()
        }
    };
    let edit = live_button("edit-code", hint, Weight::Plain, move || begin(store));
    let words = move || {
        if is_put_away() {
            text.resume().to_owned()
        } else {
            text.edit().to_owned()
        }
    };
    tag("div")
        .class("code-foot")
        .child(tag("p").class("code-locals").testid("locals").part(locals))
        .when(move || selection.get().is_some(), next)
        .child(edit.child(tag("span").live_text(words)))
}

/// Goes on to the next event of the marked task.
pub fn next_line(store: Store) {
    if let Some(task) = store.peek(Session::selection) {
        store.act(Act::StepForward(Granularity::Task(task)));
    }
}

fn locals_of(scene: &Scene, task: TaskId) -> Tag {
    let class = look::state_class(look::seen(&scene.machine, task));
    let name = tag("b").class(&format!("task-name {class}"));
    let line = tag("span").child(name.text(&scene.code.job(task).name));
    let thread = &scene.machine.threads[task.index()].program;
    let script = scene.code.script.as_ref();
    let frames = script.map_or_else(Vec::new, |script| script.stack(thread));
    // The innermost frame; a function says whose they are.
    let Some(frame) = frames.last() else {
        return line;
    };
    let handler = scene.machine.threads[task.index()].kept.last();
    let line = line.children(handler.map(|kept| {
        let words = texts().in_handler(kept.signal.name());
        tag("span").class("tree-badge signal").text(&words)
    }));
    let function = (frames.len() > 1).then(|| tag("span").text(&format!("{}()", frame.name)));
    let line = line.children(function);
    if frame.locals.is_empty() {
        return line.child(tag("span").text(texts().no_locals()));
    }
    let local = |(name, value): &(&str, i64)| tag("code").text(&format!("{name} = {value}"));
    line.children(frame.locals.iter().map(local).collect::<Vec<_>>())
}
