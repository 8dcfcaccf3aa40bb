//! The address: what is shown, as a link that is always up to date.
//!
//! How a link is written is in [`permalink`](crate::permalink); this reads and writes the one in
//! the browser.

use std::cell::Cell;
use std::rc::Rc;

use sim_core::scenario;
use wasm_bindgen::JsValue;

use crate::dom::{after_ms, afterwards, follow, on_window, window};
use crate::live::Derived;
use crate::player::Motion;
use crate::session::{Act, Session};
use crate::store::Store;

/// How long the address may lag behind, in milliseconds: browsers refuse too many changes.
const LAG: i32 = 300;
/// A link that is longer than this breaks in mails and chats, and slows the page down.
const LONGEST: usize = 60_000;

/// Opens what the address says, or the first scenario.
pub fn open_address(store: Store) {
    let fragment = window().location().hash().unwrap_or_default();
    if !fragment.trim_start_matches('#').is_empty() {
        store.act(Act::Follow(fragment));
    }
    // A link to something that is not there shows what is there.
    let is_idle = store.memo(Session::is_idle);
    let is_open = Cell::new(false);
    follow(move || {
        if !is_idle.get() || is_open.replace(true) {
            return;
        }
        let Some(first) = scenario::index().first() else {
            return;
        };
        let problem = store.peek(|session| session.problem().cloned());
        let open = Act::Open {
            slug: first.slug.to_owned(),
        };
        // Said again when it is open: else that would be the end of it.
        let report = problem.map(Act::Report);
        store.act_all([open].into_iter().chain(report).collect());
    });
}

/// The link to what is shown, while it stands still.
pub fn link_of(store: Store) -> Derived<String> {
    Derived::of_before(move |before: Option<&String>| {
        store.with(|session| {
            let moves = session.player().motion() == Motion::Playing
                || session.progress().is_some()
                || session.revision() == 0;
            if moves && let Some(before) = before {
                return before.clone();
            }
            // Until there is something to see, what was asked for is what the address says.
            if session.revision() == 0 {
                return window().location().hash().unwrap_or_default();
            }
            format!("#{}", session.link().to_fragment())
        })
    })
}

/// Keeps the address up to date, and follows it when a person changes it.
pub fn keep_address(store: Store, link: Derived<String>) {
    let is_waiting = Rc::new(Cell::new(false));
    afterwards(move || {
        link.with(|_| ());
        if is_waiting.replace(true) {
            return;
        }
        let is_waiting = Rc::clone(&is_waiting);
        after_ms(LAG, move || {
            is_waiting.set(false);
            write(&link.get_untracked());
        });
    });
    on_window("hashchange", move |event| {
        // Of the event, not of the address: that may have been brought up to date meanwhile, and then what
        // the person wanted stands only here.
        let address = js_sys::Reflect::get(&event, &"newURL".into());
        let address = address.ok().and_then(|address| address.as_string());
        let address = address.unwrap_or_default();
        let fragment = address
            .find('#')
            .map_or("", |start| &address[start..])
            .to_owned();
        if fragment == link.get_untracked() {
            return;
        }
        store.act(Act::Follow(fragment));
    });
}

fn write(link: &str) {
    let is_known = window().location().hash().is_ok_and(|hash| hash == link);
    if is_known || link.len() > LONGEST {
        return;
    }
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(link));
    }
}
