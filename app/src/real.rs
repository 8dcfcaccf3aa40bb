//! Real runs: how they are asked for, what they are called, and where they are fetched from.
//!
//! Not what becomes of them: that is the session's. All of it comes with the part of the page that is
//! fetched later.

use sim_core::trace::{Reality, Trace};
use wasm_bindgen_futures::spawn_local;

use crate::controls::{Shape, Weight, button, icon};
use crate::dom::{Tag, follow, tag, window};
use crate::fetch::text_of;
use crate::i18n::texts;
use crate::session::{Act, RecordingRequest, Session};
use crate::store::Store;

/// A button that puts the recorded run beside the others.
#[lockstep_part::later]
pub fn show_button(testid: &'static str) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let press = move || store.act(Act::ShowRecording);
    button(testid, text.real_run_hint(), Weight::Plain, press)
        .live_flag("disabled", move || {
            store.with(|session| session.coming().room() == 0)
        })
        .child(icon(Shape::Real))
        .child(tag("span").class("wide-only").text(text.real_run()))
}

/// What a real run is called; none for a simulated one.
#[lockstep_part::later]
pub fn name(trace: &Trace) -> Option<String> {
    let Reality { system, .. } = trace.reality()?;
    Some(texts().real_on(system.os_name(), system.cpus))
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
}
