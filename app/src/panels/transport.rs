//! The transport: play, step, speed, and where the run is.
//!
//! Not the keys that do the same: those are in `keys`.

use leptos::prelude::*;
use sim_core::trace::Granularity;

use crate::controls::{Button, Choice, Icon, Segment, Segmented, Select, Shape, Slider, Weight};
use crate::i18n::texts;
use crate::player::{Command, Motion, Speed};
use crate::session::{Act, Session};
use crate::store::Store;

/// The buttons and the slider that move the time.
#[component]
pub fn Transport() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let is_playing = store.memo(|session| session.player().motion() == Motion::Playing);
    let position = store.memo(Session::position);
    let length = store.memo_of_runs(|session| session.merged().len());
    let granularity = store.memo(Session::granularity);
    let is_at_start = Memo::new(move |_| position.get() == 0);
    let is_at_end = Memo::new(move |_| position.get() >= length.get());
    let clock = store.memo(move |session| text.clock(session));
    let end = store.memo_of_runs(move |session| text.end(session));
    let count = move || text.count(position.get(), length.get());
    let speeds = Speed::ALL.map(|speed| Choice {
        value: speed.label().to_owned(),
        label: speed.label().to_owned(),
    });
    let speed = store.memo(|session| session.player().speed().label().to_owned());
    let choose_speed = move |label: String| {
        if let Some(speed) = Speed::ALL.into_iter().find(|speed| speed.label() == label) {
            store.act(Act::Player(Command::Speed(speed)));
        }
    };
    let granularities = vec![
        Segment {
            value: Granularity::Event,
            label: text.by_event().into(),
            id: "event".into(),
        },
        Segment {
            value: Granularity::Switch,
            label: text.by_switch().into(),
            id: "switch".into(),
        },
    ];
    view! {
        <section class="transport" aria-label=text.transport()>
            <div class="transport-buttons">
                <Button
                    testid="to-start"
                    label=text.to_start()
                    disabled=is_at_start
                    press=move |()| store.act(Act::ToStart)
                >
                    <Icon shape=Shape::ToStart />
                </Button>
                <Button
                    testid="step-back"
                    label=text.step_back()
                    disabled=is_at_start
                    press=move |()| store.act(Act::StepBack(granularity.get_untracked()))
                >
                    <Icon shape=Shape::StepBack />
                </Button>
                <Button
                    testid="play"
                    label=Signal::derive(move || {
                        if is_playing.get() { text.pause() } else { text.play() }.to_owned()
                    })
                    weight=Weight::Main
                    press=move |()| store.act(Act::Player(Command::Toggle))
                >
                    <Icon shape=Signal::derive(move || {
                        if is_playing.get() { Shape::Pause } else { Shape::Play }
                    }) />
                </Button>
                <Button
                    testid="step-forward"
                    label=text.step_forward()
                    disabled=is_at_end
                    press=move |()| store.act(Act::StepForward(granularity.get_untracked()))
                >
                    <Icon shape=Shape::StepForward />
                </Button>
                <Button
                    testid="to-end"
                    label=text.to_end()
                    disabled=is_at_end
                    press=move |()| store.act(Act::ToEnd)
                >
                    <Icon shape=Shape::ToEnd />
                </Button>
            </div>
            <Slider
                testid="position"
                label=text.position()
                largest=length
                value=position
                spoken=Signal::derive(move || format!("{}, {}", count(), clock.get()))
                change=move |position| store.act(Act::Seek(position))
            />
            <div class="transport-place">
                <span class="transport-clock" data-testid="clock">
                    {clock}
                    <small>{end}</small>
                </span>
                <span class="transport-count" data-testid="count">{count}</span>
            </div>
            <div class="transport-choices">
                <Segmented
                    testid="granularity"
                    label=text.step_by()
                    segments=granularities
                    value=granularity
                    change=move |by| store.act(Act::StepBy(by))
                />
                <Select
                    testid="speed"
                    label=text.speed()
                    choices=speeds.to_vec()
                    value=speed
                    change=choose_speed
                />
            </div>
        </section>
    }
    .into_any()
}
