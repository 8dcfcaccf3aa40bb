//! Real runs: their buttons, what they are called, and where they are fetched from.
//!
//! Not what becomes of them: that is the session's. All of it comes with the part of the page that is
//! fetched later.

mod live;

use sim_core::run::Outcome;
use sim_core::trace::Reality;
use wasm_bindgen_futures::spawn_local;

use crate::controls::{Weight, button, icon_of};
use crate::dom::{Tag, follow, tag, window};
use crate::fetch::text_of;
use crate::i18n::real::{Reach, Take};
use crate::i18n::{real_texts, texts};
use crate::live::Derived;
use crate::session::{Act, LiveAct, Origin, RecordingRequest, Session};
use crate::store::Store;

/// A processor and its pins.
const PROCESSOR: &str = "M6 6h12v12H6zM8.400 8.400v7.200h7.200V8.400zM9 2h2v3H9zM13 2h2v3h-2zM9 19h2v3H9zM13 \
                         19h2v3h-2zM2 9h3v2H2zM2 13h3v2H2zM19 9h3v2h-3zM19 13h3v2h-3z";
/// The same, at work.
const AT_WORK: &str = "M6 6h12v12H6zM9.800 8.600v6.800l5.600-3.400zM9 2h2v3H9zM13 2h2v3h-2zM9 19h2v3H9zM13 \
                       19h2v3h-2zM2 9h3v2H2zM2 13h3v2H2zM19 9h3v2h-3zM19 13h3v2h-3z";

/// What of real runs stands above everything: the buttons, and how far one is that was asked for.
#[lockstep_part::later]
pub fn of_header() -> Tag {
    let store = Store::of_page();
    let offers_recording = store.memo(Session::offers_recording);
    let offers_live = store.memo(Session::offers_live);
    let is_live = store.memo(Session::is_live);
    tag("span")
        .class("real-runs")
        .when(move || offers_recording.get(), || show_button("real-run"))
        .when(move || offers_live.get(), || run_button("run-real"))
        .when(move || is_live.get(), progress)
}

/// A button that puts the recorded run beside the others.
#[lockstep_part::later]
pub fn show_button(testid: &'static str) -> Tag {
    let store = Store::of_page();
    let text = real_texts();
    let press = move || store.act(Act::ShowRecording);
    button(testid, text.real_run_hint(), Weight::Plain, press)
        .live_flag("disabled", move || {
            store.with(|session| session.coming().room() == 0)
        })
        .child(icon_of(PROCESSOR))
        .child(tag("span").class("wide-only").text(text.real_run()))
}

/// A button that runs what is open on this computer.
#[lockstep_part::later]
pub fn run_button(testid: &'static str) -> Tag {
    let store = Store::of_page();
    let text = real_texts();
    let press = move || store.act(Act::Live(LiveAct::Start));
    button(testid, text.live_run_hint(), Weight::Plain, press)
        .live_flag("disabled", move || {
            store.with(|session| session.coming().room() == 0 || session.is_live())
        })
        .child(icon_of(AT_WORK))
        .child(tag("span").class("wide-only").text(text.live_run()))
}

/// What a real run is called; none for a simulated one.
#[lockstep_part::later]
pub fn name(session: &Session, run: usize) -> Option<String> {
    let view = session.runs().get(run)?;
    let Reality { system, .. } = view.trace.reality()?;
    let is_live = |run: &usize| session.origin(*run) == Origin::Live;
    let take = match is_live(&run) {
        true => Take::Live((0..=run).filter(is_live).count()),
        false => Take::Recorded,
    };
    let reach = match view.trace.outcome() {
        Outcome::Limit(_) => Reach::Limit,
        _ => Reach::End,
    };
    let name = real_texts().real_on(take, system, reach);
    let variant = session.real_variant(run);
    let title = variant.map(|variant| variant.title.in_language(texts().tag()));
    Some(title.map_or_else(|| name.clone(), |title| format!("{title}, {name}")))
}

/// What there is to say of the real run that is in focus.
#[lockstep_part::later]
pub fn note() -> Tag {
    let store = Store::of_page();
    let text = real_texts();
    let origin = store.memo(|session| session.origin(session.focus()));
    let words = move || match origin.get() {
        Origin::Live => text.live_note().to_owned(),
        Origin::Catalogue | Origin::Nowhere => text.real_note().to_owned(),
    };
    tag("p").class("note").testid("real-note").live_text(words)
}

/// How far the run is that was asked for, and a way to stop it.
fn progress() -> Tag {
    let store = Store::of_page();
    let progress = store.memo(|session| {
        let server = session.live_server()?;
        Some((session.live_progress(), server))
    });
    let words = move || {
        let shown = progress.get();
        shown.map_or_else(String::new, |(progress, server)| {
            real_texts().live_progress(progress, server)
        })
    };
    // Of the two limits the one that is nearer; in thousandths.
    let share = Derived::new(move || {
        progress.get().map_or(0, |(progress, server)| {
            let part = |done: u64, most: u64| done.saturating_mul(1_000) / most.max(1);
            let time = part(progress.ms, server.seconds.saturating_mul(1_000));
            part(progress.events, server.events).max(time).min(1_000)
        })
    });
    let bar = tag("progress")
        .class("live-bar")
        .attr("max", "1000")
        .attr("aria-label", real_texts().live_run())
        .live("value", move || share.get().to_string());
    let stop = button("live-stop", texts().cancel(), Weight::Plain, move || {
        store.act(Act::Live(LiveAct::Stop));
    });
    let events = move || progress.get().map_or(0, |(progress, _)| progress.events);
    tag("div")
        .class("making live-run")
        .attr("role", "status")
        .testid("live")
        .live("data-events", move || events().to_string())
        .child(tag("span").live_text(words))
        .child(bar)
        .child(stop.text(texts().cancel()))
}

/// Answers what the session asks for, each request once.
#[lockstep_part::later]
pub fn answer_requests(store: Store) {
    let request = store.memo(Session::recording_request);
    follow(move || {
        let Some(RecordingRequest { number, slug }) = request.get() else {
            return;
        };
        // Relative to the page, which may be in any folder of its server.
        let fetched = window().fetch_with_str(&format!("recordings/{slug}.txt"));
        spawn_local(async move {
            let text = text_of(fetched).await;
            let request = number;
            store.act(Act::DeliverRecording { request, text });
        });
    });
    live::look_for_server(store);
    live::answer_requests(store);
}
