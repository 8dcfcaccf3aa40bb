//! Talking to the server that runs programs for real (`lockstep serve`), behind the page's own address.
//!
//! Whether it is there is asked once, when the page first shows something that has a real form, and only where
//! the address says that there may be one: `?native`. Else whoever serves the page without it would be asked for
//! something that it does not have, and report an error.

use std::cell::{Cell, RefCell};

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, ReadableStream, ReadableStreamDefaultReader, RequestInit, Response,
};

use crate::dom::{follow, window};
use crate::fetch::text_of;
use crate::session::{
    Act, LiveAct, LiveAnswer, LiveFault, LiveFaultKind, LiveRequest, LiveServer, Session, refusal,
};
use crate::store::Store;

/// What stands in the address where there may be a server.
const ASKED: &str = "native";

/// A part of an object of the browser. One way for all: each that is named on its own is paid for by every first
/// visit.
fn part_of(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))
}

/// Looks for the server, once.
pub(super) fn look_for_server(store: Store) {
    let query = part_of(&window().location(), "search").ok();
    let query = query.and_then(|query| query.as_string());
    let query = query.unwrap_or_default();
    let mut words = query.trim_start_matches('?').split('&');
    if !words.any(|word| word == ASKED) {
        return;
    }
    let could_be_live = store.memo(Session::could_be_live);
    let has_looked = Cell::new(false);
    follow(move || {
        if !could_be_live.get() || has_looked.replace(true) {
            return;
        }
        let fetched = window().fetch_with_str("native");
        spawn_local(async move {
            // Without an answer there is none, which is no mistake.
            let greeting = text_of(fetched).await.unwrap_or_default();
            if let Some(server) = LiveServer::read(&greeting) {
                store.act(Act::Live(LiveAct::Meet(server)));
            }
        });
    });
}

/// Asks for the run that is wanted; what is not wanted any more is given up, and ends with that.
pub(super) fn answer_requests(store: Store) {
    let request = store.memo(Session::live_request);
    let before: RefCell<Option<AbortController>> = RefCell::new(None);
    follow(move || {
        let wanted = request.get();
        if let Some(controller) = before.take() {
            controller.abort();
        }
        let (Some(wanted), Ok(controller)) = (wanted, AbortController::new()) else {
            return;
        };
        let options = RequestInit::new();
        for (name, value) in [
            ("method", "POST".into()),
            ("body", wanted.body.as_str().into()),
            ("signal", part_of(&controller, "signal").unwrap_or_default()),
        ] {
            // Into an object of ours anything can be put.
            let _ = Reflect::set(&options, &JsValue::from_str(name), &value);
        }
        before.replace(Some(controller));
        spawn_local(async move {
            let text = listen(store, &wanted, &options).await;
            let request = wanted.number;
            store.act(Act::Live(LiveAct::Deliver { request, text }));
        });
    });
}

/// Reads the answer to a request, and says how far the run is.
async fn listen(
    store: Store,
    wanted: &LiveRequest,
    options: &RequestInit,
) -> Result<String, LiveFault> {
    let gone = |_| LiveFaultKind::Gone;
    let fetched = window().fetch_with_str_and_init(&wanted.address, options);
    let response: Response = JsFuture::from(fetched)
        .await
        .map_err(gone)?
        .unchecked_into();
    if !response.ok() {
        let status = response.status();
        let text = JsFuture::from(response.text().map_err(gone)?).await;
        let text = text.map_err(gone)?.as_string().unwrap_or_default();
        return Err(refusal(status, &text));
    }
    let body: ReadableStream = part_of(&response, "body").map_err(gone)?.unchecked_into();
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let cut_off = |_| LiveFaultKind::CutOff;
    let mut answer = LiveAnswer::default();
    loop {
        let read = JsFuture::from(reader.read()).await.map_err(cut_off)?;
        let part = |name: &str| part_of(&read, name).map_err(cut_off);
        if part("done")?.is_truthy() {
            return answer.finish();
        }
        let piece: Uint8Array = part("value")?.unchecked_into();
        if let Some(progress) = answer.take(&piece.to_vec())? {
            let request = wanted.number;
            store.act(Act::Live(LiveAct::Progress { request, progress }));
        }
    }
}
