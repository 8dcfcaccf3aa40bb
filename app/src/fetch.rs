//! What the page fetches: the texts of scenarios, when they are opened, and the part of itself that it
//! does without at first.
//!
//! Not when, and not what becomes of them: the session asks and is answered.

use sim_core::scenario::Entry;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::dom::{follow, window};
use crate::part;
use crate::session::{Act, FetchFault, Request, Session, Texts};
use crate::store::Store;

/// Answers what the session asks for, each request once.
pub fn answer_requests(store: Store) {
    let wants_part = store.memo(Session::wants_part);
    follow(move || {
        if wants_part.get() {
            wasm_bindgen_futures::spawn_local(async move {
                store.act(Act::PartCame(part::fetch().await));
            });
        }
    });
    let request = store.memo(Session::request);
    follow(move || {
        let Some(Request { number, entry }) = request.get() else {
            return;
        };
        wasm_bindgen_futures::spawn_local(async move {
            let texts = fetch_texts(entry).await;
            store.act(Act::Deliver {
                request: number,
                texts,
            });
        });
    });
}

async fn fetch_texts(entry: &Entry) -> Result<Texts, FetchFault> {
    // All are asked for before the first is waited for.
    let fetched = entry.files().map(|name| {
        // Relative to the page, which may be in any folder of its server.
        let address = format!("scenarios/{}/{name}", entry.slug);
        (name, window().fetch_with_str(&address))
    });
    let fetched: Vec<_> = fetched.collect();
    let mut texts = Texts::default();
    for (name, fetched) in fetched {
        let text = text_of(fetched).await?;
        if name.ends_with(".md") {
            texts.lessons.push((name.to_owned(), text));
        } else {
            texts.scenario = text;
        }
    }
    Ok(texts)
}

/// The text that a request is answered with.
pub(crate) async fn text_of(fetched: js_sys::Promise) -> Result<String, FetchFault> {
    let no_answer = |_| FetchFault::NoAnswer;
    let response = JsFuture::from(fetched).await.map_err(no_answer)?;
    let response: web_sys::Response = response.unchecked_into();
    if !response.ok() {
        return Err(FetchFault::Status(response.status()));
    }
    let text = response.text().map_err(no_answer)?;
    let text = JsFuture::from(text).await.map_err(no_answer)?;
    text.as_string().ok_or(FetchFault::NoAnswer)
}
