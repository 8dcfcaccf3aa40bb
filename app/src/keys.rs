//! Keys that work wherever the focus is, but never take a letter from somebody who writes.
//!
//! What a control does with its own keys (arrows on a slider, Enter on a button) stays its own.

use sim_core::trace::Granularity;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent, MouseEvent};

use crate::dom::{document, on_next_frame, on_window};
use crate::outside;
use crate::panels::catalogue::FILTER;
use crate::panels::choice::choose;
use crate::panels::code::{begin, leave, next_line};
use crate::panels::timeline::TimelineKeys;
use crate::player::{Command, Speed};
use crate::session::{Act, Session};
use crate::store::{Overlay, Shown, Side, Store};

/// Where the focus is, as far as keys care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Focus {
    /// On something that takes letters.
    Text,
    /// On something that takes arrows.
    Arrows,
    /// On something that takes the space bar.
    Pressable,
    /// On nothing that takes keys.
    Elsewhere,
}

/// Listens to keys for as long as the owner lives.
pub fn listen_to_keys(store: Store, timeline: TimelineKeys) {
    on_window("keydown", move |event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
            return;
        }
        if carry_out(store, timeline, &event) {
            event.prevent_default();
        }
    });
    // A click leaves the focus on a button, and the space bar would press it again instead of
    // playing. Who came there by Tab keeps it.
    on_window("click", |event| {
        let event: MouseEvent = event.unchecked_into();
        if event.detail() > 0
            && let Some(target) = event.target()
            && let Some(target) = target.dyn_ref::<web_sys::Element>()
            && let Ok(Some(button)) = target.closest("button")
            && let Some(button) = button.dyn_ref::<web_sys::HtmlElement>()
        {
            let _ = button.blur();
        }
    });
}

/// Does what a key asks; false where it asks nothing of the page.
fn carry_out(store: Store, timeline: TimelineKeys, event: &KeyboardEvent) -> bool {
    let focus = focus_of(event);
    let key = event.key();
    if key == "Escape" {
        return escape(store);
    }
    if focus == Focus::Text || store.overlay.get_untracked() == Overlay::Help && key != "?" {
        return false;
    }
    let is_arrow = key.starts_with("Arrow") || matches!(key.as_str(), "Home" | "End");
    if focus == Focus::Arrows && is_arrow || focus == Focus::Pressable && key == " " {
        return false;
    }
    let by = if event.shift_key() {
        Granularity::Switch
    } else {
        store.peek(Session::granularity)
    };
    let speed = store.peek(|session| session.player().speed());
    match key.as_str() {
        " " => store.act(Act::Player(Command::Toggle)),
        "ArrowRight" => store.act(Act::StepForward(by)),
        "ArrowLeft" => store.act(Act::StepBack(by)),
        "Home" => store.act(Act::ToStart),
        "End" => store.act(Act::ToEnd),
        "+" | "=" => set_speed(store, speed.faster()),
        "-" | "_" => set_speed(store, speed.slower()),
        "?" => store.overlay.update(|overlay| {
            *overlay = match overlay {
                Overlay::None => Overlay::Help,
                Overlay::Help => Overlay::None,
            };
        }),
        "/" => {
            store.catalogue.set(Shown::Yes);
            // It may have to be shown first.
            on_next_frame(move || {
                outside::focus(FILTER);
                if let Some(field) = outside::element::<HtmlInputElement>(FILTER) {
                    field.select();
                }
            });
        }
        "t" => store.theme.update(|theme| *theme = theme.next()),
        "c" => {
            store.side.set(Side::Parameters);
            store.act(Act::AddRun);
        }
        "b" => store.catalogue.update(|shown| *shown = shown.toggled()),
        "l" => store.side.set(Side::Lesson),
        "s" => store.side.set(Side::Code),
        "o" => store.side.set(Side::Console),
        "r" => store.side.set(Side::Processes),
        "m" => store.side.set(Side::Metrics),
        "p" => store.side.set(Side::Parameters),
        "w" => store.side.set(Side::Workload),
        "e" => begin(store),
        "n" => next_line(store),
        "x" => {
            let chooser = store.peek(Session::chooser).other();
            store.act(Act::LetChoose(chooser));
        }
        "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" => {
            return choose(store, key.parse().unwrap_or(0));
        }
        "z" => timeline.zoom_in(),
        "Z" => timeline.zoom_out(),
        "0" => timeline.fit(),
        _ => return false,
    }
    true
}

fn set_speed(store: Store, speed: Speed) {
    store.act(Act::Player(Command::Speed(speed)));
}

/// Closes what lies over the page, or leaves the field that has the focus.
fn escape(store: Store) -> bool {
    if store.overlay.get_untracked() != Overlay::None {
        store.overlay.set(Overlay::None);
    } else if store.peek(|session| session.problem().is_some()) {
        store.act(Act::Dismiss);
    } else if leave(store) {
        // Seen no more; what was written is kept.
    } else if let Some(focused) = document().active_element()
        && let Some(focused) = focused.dyn_ref::<web_sys::HtmlElement>()
    {
        let _ = focused.blur();
    }
    true
}

fn focus_of(event: &KeyboardEvent) -> Focus {
    let Some(target) = event.target() else {
        return Focus::Elsewhere;
    };
    let Some(element) = target.dyn_ref::<web_sys::Element>() else {
        return Focus::Elsewhere;
    };
    match element.tag_name().as_str() {
        "INPUT" => match element.get_attribute("type").as_deref() {
            Some("range") => Focus::Arrows,
            Some("checkbox" | "radio" | "button" | "file") => Focus::Pressable,
            _ => Focus::Text,
        },
        "TEXTAREA" | "SELECT" => Focus::Text,
        "BUTTON" | "SUMMARY" | "A" => Focus::Pressable,
        _ if element.has_attribute("contenteditable") => Focus::Text,
        _ => Focus::Elsewhere,
    }
}
