//! Who is next, where that is open: a button for each, in place of the policy.
//!
//! Not the choosing, which is the session's.

use sim_core::ids::TaskId;
use sim_core::rules::Open;

use crate::controls::{Weight, button};
use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::panels::compare::run_names;
use crate::session::{Act, Choosing, Session};
use crate::stage::look;
use crate::store::Store;

/// The keys that lead to options.
const KEYS: usize = 9;

/// What is open here, and the choices that are a person's.
#[must_use]
pub fn choice_strip() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let choice = store.memo(Session::choice);
    let own = store.memo(Session::deviations);
    let options = move || choice.with(|choice| choice.as_ref().map_or_else(Vec::new, options));
    let forget = move || {
        let hint = text.forget_choices_hint();
        let press = move || store.act(Act::ForgetChoices);
        let forget = button("forget-choices", hint, Weight::Quiet, press);
        tag("p")
            .class("choice-own")
            .child(tag("span").live_text(move || text.own_choices(own.get())))
            .child(forget.text(text.forget_choices()))
    };
    tag("div")
        .class("choice")
        .testid("choice")
        .part(options)
        .when(move || own.get() > 0, forget)
}

fn options(choice: &Choosing) -> Vec<Tag> {
    let store = Store::of_page();
    let text = texts();
    let (question, names) = store.peek(|session| {
        let scene = &session.runs()[choice.run].scene;
        let mut question = text.who(scene, choice.open);
        if session.runs().len() > 1 {
            question = format!("{}: {question}", run_names(session)[choice.run]);
        }
        let name = |task: &TaskId| {
            let state = look::state_class(look::seen(&scene.machine, *task));
            let mut name = scene.code.job(*task).name.clone();
            let wakes = matches!(choice.open, Open::DispatchOrWake { .. });
            if wakes && scene.machine.is_waiting_to_be_notified(*task) {
                name = text.woken_spuriously(&name);
            }
            (*task, name, state)
        };
        let names: Vec<_> = choice.options.iter().map(name).collect();
        (question, names)
    });
    let option = |(place, (task, name, state)): (usize, (TaskId, String, &str))| {
        let is_taken = task == choice.taken;
        let press = move || store.act(Act::Choose(task));
        let hint = text.option_hint(&name, is_taken);
        let option = button(&format!("choose-{}", task.0), &hint, Weight::Plain, press)
            .live_bool("aria-pressed", move || is_taken)
            .child(tag("b").class(&format!("task-name {state}")).text(&name));
        match place < KEYS {
            true => option.child(tag("kbd").text(&(place + 1).to_string())),
            false => option,
        }
    };
    let rest = choice.count.saturating_sub(choice.options.len());
    let rest = (rest > 0).then(|| tag("span").class("note").text(&text.more(rest)));
    let row = tag("div")
        .class("choice-options")
        .attr("role", "group")
        .attr("aria-label", &question)
        .child(tag("span").class("choice-question").text(&question))
        .children(
            names
                .into_iter()
                .enumerate()
                .map(option)
                .collect::<Vec<_>>(),
        )
        .children(rest);
    vec![row]
}

/// Takes the option with a number, from 1; false where there is none.
pub fn choose(store: Store, number: usize) -> bool {
    let choice = store.peek(Session::choice);
    let task = choice.and_then(|choice| choice.options.get(number.checked_sub(1)?).copied());
    task.map(|task| store.act(Act::Choose(task))).is_some()
}
