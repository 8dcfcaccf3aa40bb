//! The address: what is shown, as a link that is always up to date.
//!
//! How a link is written is in [`permalink`](crate::permalink); this reads and writes the one in
//! the browser.

use leptos::ev;
use leptos::prelude::*;
use sim_core::scenario;
use wasm_bindgen::JsValue;

use crate::permalink::{Link, LinkError};
use crate::player::Motion;
use crate::session::{Act, Problem};
use crate::store::Store;

/// How long the address may lag behind, in milliseconds: browsers refuse too many changes.
const LAG: u64 = 300;
/// A link that is longer than this breaks in mails and chats, and slows the page down.
const LONGEST: usize = 60_000;

/// Opens what the address says, or the first scenario.
pub fn open_address(store: Store) {
    let fragment = window().location().hash().unwrap_or_default();
    match Link::parse(&fragment) {
        Ok(link) => store.act_all(link.acts()),
        Err(LinkError::Empty) if fragment.trim_start_matches('#').is_empty() => {
            open_first(store);
        }
        Err(error) => {
            open_first(store);
            store.act(Act::Report(Problem::Link(error)));
        }
    }
    // A link to something that is not there shows what is there.
    if store.peek(|session| session.revision() == 0 && session.progress().is_none()) {
        let problem = store.peek(|session| session.problem().cloned());
        open_first(store);
        if let Some(problem) = problem {
            store.act(Act::Report(problem));
        }
    }
}

fn open_first(store: Store) {
    if let Some(first) = scenario::catalogue().first() {
        store.act(Act::Open {
            slug: first.slug.clone(),
        });
    }
}

/// The link to what is shown, while it stands still.
pub fn link_of(store: Store) -> Memo<String> {
    Memo::new(move |before: Option<&String>| {
        store.with(|session| {
            let moves = session.player().motion() == Motion::Playing
                || session.progress().is_some()
                || session.revision() == 0;
            if moves && let Some(before) = before {
                return before.clone();
            }
            format!("#{}", session.link().to_fragment())
        })
    })
}

/// Keeps the address up to date, and follows it when a person changes it.
pub fn keep_address(store: Store, link: Memo<String>) {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let write = move || {
        waiting.set_value(None);
        let Some(link) = link.try_get_untracked() else {
            return;
        };
        let is_known = window().location().hash().is_ok_and(|hash| hash == link);
        if is_known || link.len() > LONGEST {
            return;
        }
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&link));
        }
    };
    Effect::new(move |_| {
        link.with(|_| ());
        if waiting.with_value(Option::is_none) {
            let timer = set_timeout_with_handle(write, std::time::Duration::from_millis(LAG));
            waiting.set_value(timer.ok());
        }
    });
    let follow = window_event_listener(ev::hashchange, move |_| {
        let fragment = window().location().hash().unwrap_or_default();
        if fragment == link.get_untracked() {
            return;
        }
        match Link::parse(&fragment) {
            Ok(link) => store.act_all(link.acts()),
            Err(error) => store.act(Act::Report(Problem::Link(error))),
        }
    });
    on_cleanup(move || {
        follow.remove();
        if let Some(timer) = waiting.try_get_value().flatten() {
            timer.clear();
        }
    });
}
