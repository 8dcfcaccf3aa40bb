//! The transport: play, step, speed, and where the run is.
//!
//! Not the keys that do the same: those are in `keys`.

use sim_core::ids::TaskId;
use sim_core::trace::Granularity;

use crate::controls::{
    Choice, Shape, Weight, button, icon, live_button, live_icon, select, slider,
};
use crate::dom::{Tag, tag, words};
use crate::i18n::texts;
use crate::live::Derived;
use crate::player::{Command, Motion, Speed};
use crate::session::{Act, Chooser, Session};
use crate::store::Store;

/// The buttons and the slider that move the time.
#[must_use]
pub fn transport() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let position = store.memo(Session::position);
    let length = store.memo_of_runs(|session| session.merged().len());
    let count = move || text.count(position.get(), length.get());
    let clock = move || store.with(|session| text.clock(session));
    let end = move || store.with(|session| text.end(session));
    let clock_and_end = tag("span")
        .class("transport-clock")
        .testid("clock")
        .part(move || vec![words(&clock())])
        .child(tag("small").live_text(end));
    let place = tag("div")
        .class("transport-place")
        .child(clock_and_end)
        .child(
            tag("span")
                .class("transport-count")
                .testid("count")
                .live_text(count),
        );
    tag("section")
        .class("transport")
        .attr("aria-label", text.transport())
        .child(buttons(position, length))
        .child(slider(
            "position",
            text.position(),
            length,
            position,
            move || format!("{}, {}", count(), clock()),
            move |position| store.act(Act::Seek(position)),
        ))
        .child(place)
        .child(choices())
}

fn buttons(position: Derived<usize>, length: Derived<usize>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let is_at_start = move || position.get() == 0;
    let is_at_end = move || position.get() >= length.get();
    let by = move || store.peek(Session::granularity);
    let step = |testid, label, shape, press: Box<dyn Fn() -> Act>| {
        button(testid, label, Weight::Plain, move || store.act(press())).child(icon(shape))
    };
    let to_start = step(
        "to-start",
        text.to_start(),
        Shape::ToStart,
        Box::new(|| Act::ToStart),
    );
    let back = step(
        "step-back",
        text.step_back(),
        Shape::StepBack,
        Box::new(move || Act::StepBack(by())),
    );
    let forward = step(
        "step-forward",
        text.step_forward(),
        Shape::StepForward,
        Box::new(move || Act::StepForward(by())),
    );
    let to_end = step(
        "to-end",
        text.to_end(),
        Shape::ToEnd,
        Box::new(|| Act::ToEnd),
    );
    let is_playing = store.memo(|session| session.player().motion() == Motion::Playing);
    let play = live_button(
        "play",
        move || {
            if is_playing.get() {
                text.pause()
            } else {
                text.play()
            }
            .to_owned()
        },
        Weight::Main,
        move || store.act(Act::Player(Command::Toggle)),
    )
    .child(live_icon(move || {
        if is_playing.get() {
            Shape::Pause
        } else {
            Shape::Play
        }
    }));
    tag("div")
        .class("transport-buttons")
        .child(to_start.live_flag("disabled", is_at_start))
        .child(back.live_flag("disabled", is_at_start))
        .child(play)
        .child(forward.live_flag("disabled", is_at_end))
        .child(to_end.live_flag("disabled", is_at_end))
}

/// By what is stepped, and how fast it plays.
fn choices() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let granularity = store.memo(Session::granularity);
    let by = |value: &'static str, label: &str| Choice {
        value,
        label: label.to_owned(),
    };
    let granularities = [
        by("event", text.by_event()),
        by("switch", text.by_switch()),
        by("block", text.by_block()),
        by("task", text.by_task()),
    ];
    let step_by = move || match granularity.get() {
        Granularity::Event => "event".to_owned(),
        Granularity::Switch => "switch".to_owned(),
        Granularity::Block => "block".to_owned(),
        Granularity::Task(_) => "task".to_owned(),
    };
    let choose_step = move |value: String| {
        store.act(Act::StepBy(match value.as_str() {
            "switch" => Granularity::Switch,
            "block" => Granularity::Block,
            "task" => Granularity::Task(TaskId(0)),
            _ => Granularity::Event,
        }));
    };
    let chooser = store.memo(Session::chooser);
    let let_choose = button(
        "let-choose",
        text.let_choose_hint(),
        Weight::Plain,
        move || store.act(Act::LetChoose(chooser.get_untracked().other())),
    );
    let speeds = Speed::ALL.map(|speed| Choice {
        value: speed.label(),
        label: speed.label().to_owned(),
    });
    let speed = move || store.with(|session| session.player().speed().label().to_owned());
    let choose_speed = move |label: String| {
        if let Some(speed) = Speed::ALL.into_iter().find(|speed| speed.label() == label) {
            store.act(Act::Player(Command::Speed(speed)));
        }
    };
    tag("div")
        .class("transport-choices")
        .child(
            let_choose
                .live_bool("aria-pressed", move || chooser.get() == Chooser::Person)
                .text(text.let_choose()),
        )
        .child(
            select(
                "granularity",
                text.step_by(),
                &granularities,
                step_by,
                choose_step,
            )
            .attr("title", text.step_by()),
        )
        .child(select("speed", text.speed(), &speeds, speed, choose_speed))
}
