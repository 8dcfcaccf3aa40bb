//! Changing a script: a field, and what is wrong with what stands there.
//!
//! Not the drafts themselves, which are kept while something else is looked at.

use sim_core::workload::InputError;
use wasm_bindgen::JsCast;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use crate::controls::{Shape, Weight, button, icon};
use crate::dom::{Child, Tag, document, on_next_frame, tag, words};
use crate::i18n::texts;
use crate::live::{Derived, State};
use crate::panels::editor::{Editor, editor};
use crate::session::Act;
use crate::store::{Side, Store};

/// The id of what is wrong.
const MISTAKES: &str = "mistakes";
/// By what the field is found.
const FIELD: &str = "[data-testid='script-text']";

/// Begins to change the script that runs, or goes on.
pub fn begin(store: Store) {
    let Some(script) = store.script() else {
        return;
    };
    store.side.set(Side::Code);
    store.drafts.update(|drafts| drafts.open(&script));
    // It has to be drawn first.
    on_next_frame(|| {
        if let Some(field) = field() {
            let _ = field.focus();
            let _ = field.set_selection_range(0, 0);
            field.set_scroll_top(0);
        }
    });
}

/// Shows the script again, if it is being changed; false if not.
pub fn leave(store: Store) -> bool {
    let script = store.script().unwrap_or_default();
    let is_seen = field().is_some();
    if is_seen {
        store.drafts.update(|drafts| drafts.put_away(&script));
    }
    is_seen
}

fn field() -> Option<HtmlTextAreaElement> {
    let found = document().query_selector(FIELD).ok()??;
    found.dyn_into().ok()
}

/// The field in which a script is changed.
pub(super) fn editor_of(of: String) -> Vec<Tag> {
    let store = Store::of_page();
    let text = texts();
    // Looked at once: the field is not drawn anew for what is written in it.
    let drafts = store.drafts.get_untracked();
    let draft = drafts.text(&of).map(str::to_owned);
    let written = State::new(draft.unwrap_or_else(|| of.clone()));
    let mistakes = store.memo(|session| session.mistakes().to_vec());
    let lines = Derived::new(move || {
        let lines =
            |mistakes: &Vec<InputError>| mistakes.iter().filter_map(|each| each.line).collect();
        mistakes.with(lines)
    });
    let script = of.clone();
    let write = move |text: String| {
        store.drafts.update(|drafts| drafts.write(&script, &text));
        // What was wrong is looked at again while it is mended.
        if mistakes.with_untracked(|mistakes| !mistakes.is_empty()) {
            store.act(Act::CheckScript { text });
        }
    };
    let Editor { frame, field } = editor(
        "script-text",
        text.script_text(),
        MISTAKES,
        written,
        lines,
        write,
    );
    let run = {
        let of = of.clone();
        let field = field.clone();
        move || {
            let text = field.value();
            store.act(Act::EditScript { text });
            match store.peek(|session| session.mistakes().first().cloned()) {
                Some(first) => go_to(&field, &first),
                None => store.drafts.update(|drafts| drafts.drop(&of)),
            }
        }
    };
    let at_once = run.clone();
    let keys = move |event: web_sys::Event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            at_once();
        }
    };
    let run = button("run-script", text.run_hint(), Weight::Main, run);
    let cancel = button(
        "cancel-edit",
        text.put_away_hint(),
        Weight::Plain,
        move || {
            leave(store);
        },
    );
    let start_over = {
        let (of, field) = (of.clone(), field.clone());
        move || {
            field.set_value(&of);
            written.set(of.clone());
            store.drafts.update(|drafts| drafts.write(&of, &of));
            store.act(Act::CheckScript { text: of.clone() });
        }
    };
    let list = move || mistakes.with(|mistakes| list_of(mistakes, &field));
    let hint = text.start_over_hint();
    let start_over = button("start-over", hint, Weight::Quiet, start_over);
    let is_same = move || written.with(|written| *written == of);
    let foot = tag("div")
        .class("code-foot")
        .child(
            start_over
                .live_flag("disabled", is_same)
                .text(text.start_over()),
        )
        .child(tag("span").class("spread"))
        .child(cancel.text(text.cancel()))
        .child(run.child(icon(Shape::Play)).text(text.run()));
    vec![
        frame.on("keydown", keys),
        tag("div")
            .class("code-mistakes")
            .attr("id", MISTAKES)
            .attr("role", "status")
            .testid(MISTAKES)
            .part(list),
        foot,
    ]
}

/// Each mistake with its place, to which a press leads.
fn list_of(mistakes: &[InputError], field: &HtmlTextAreaElement) -> Vec<Tag> {
    let text = texts();
    let entry = |mistake: &InputError| {
        let (field, there) = (field.clone(), mistake.clone());
        let press = tag("button")
            .attr("type", "button")
            .class("code-mistake")
            .on("click", move |_| go_to(&field, &there))
            .child(tag("b").text(&text.mistake_place(mistake)))
            .text(" ")
            .children(quoting(&text.mistake(mistake)));
        tag("li").child(press)
    };
    let entries: Vec<_> = mistakes.iter().map(entry).collect();
    if entries.is_empty() {
        return Vec::new();
    }
    vec![
        tag("p").text(&text.mistakes(mistakes.len())),
        tag("ul").children(entries),
    ]
}

/// Words in which pieces of a script stand between backticks.
fn quoting(text: &str) -> Vec<Child> {
    let pieces = text.split('`').zip([false, true].into_iter().cycle());
    let child = |(piece, is_code): (&str, bool)| match is_code {
        true => tag("code").text(piece).into(),
        false => words(piece),
    };
    pieces.map(child).collect()
}

/// Puts the caret where a mistake is, in sight.
fn go_to(field: &HtmlTextAreaElement, mistake: &InputError) {
    let text = field.value();
    let line = mistake.line.unwrap_or(1).saturating_sub(1) as usize;
    let column = mistake.column.unwrap_or(1).saturating_sub(1) as usize;
    // The browser counts in units of UTF-16.
    let units = |text: &str| text.encode_utf16().count();
    let before = text.split('\n').take(line).map(|line| units(line) + 1);
    let start: usize = before.sum();
    let here = text.split('\n').nth(line).unwrap_or_default();
    let place = here
        .char_indices()
        .nth(column)
        .map_or(here.len(), |(at, _)| at);
    let caret = u32::try_from(start + units(&here[..place])).unwrap_or(u32::MAX);
    let _ = field.focus();
    let _ = field.set_selection_range(caret, caret);
    let lines = i32::try_from(text.split('\n').count().max(1)).unwrap_or(i32::MAX);
    let line = i32::try_from(line).unwrap_or(0);
    let above = field.scroll_height() / lines * line;
    field.set_scroll_top(above - field.client_height() / 3);
}
