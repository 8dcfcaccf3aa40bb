//! The keys, and what else the page can do, over the page.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::controls::{Shape, Weight, button, icon};
use crate::dom::{Tag, afterwards, document, tag};
use crate::i18n::texts;
use crate::reactive::{StoredValue, WithValue, on_cleanup};
use crate::store::{Overlay, Store};

/// The help.
#[must_use]
pub fn help() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let close = move || store.overlay.set(Overlay::None);
    let close_button = button("help-close", text.close(), Weight::Quiet, close);
    let dialog = tag("div").class("dialog").attr("tabindex", "-1");
    // The focus goes into the dialog, and back to where it was.
    let before = StoredValue::new_local(document().active_element());
    let element: HtmlElement = dialog.element_as();
    afterwards(move || {
        let _ = element.focus();
    });
    on_cleanup(move || {
        before.try_with_value(|element| {
            if let Some(element) = element
                && let Some(element) = element.dyn_ref::<HtmlElement>()
            {
                let _ = element.focus();
            }
        });
    });
    // Tab stays in the dialog: its only stops are the dialog and its button.
    let stop: HtmlElement = close_button.element_as();
    let keep = move |event: web_sys::Event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.key() == "Tab" {
            event.prevent_default();
            let _ = stop.focus();
        }
    };
    let groups = text.keys().into_iter().map(|(title, keys)| {
        let list = keys
            .into_iter()
            .fold(tag("dl").class("keys"), |list, (keys, meaning)| {
                let keys = keys.iter().map(|key| tag("kbd").text(key));
                list.child(tag("dt").children(keys.collect::<Vec<_>>()))
                    .child(tag("dd").text(meaning))
            });
        tag("section")
            .child(tag("h3").class("panel-title").text(title))
            .child(list)
    });
    let groups: Vec<_> = groups.collect();
    let header = tag("div")
        .class("dialog-header")
        .child(tag("h2").attr("id", "help-title").text(text.help_title()))
        .child(close_button.child(icon(Shape::Close)));
    let dialog = dialog
        .attr("role", "dialog")
        .attr("aria-modal", "true")
        .attr("aria-labelledby", "help-title")
        .testid("help")
        .on("keydown", keep)
        .on("click", |event| event.stop_propagation())
        .child(header)
        .child(tag("div").class("dialog-columns").children(groups))
        .child(tag("p").class("note").text(text.help_note()));
    tag("div")
        .class("overlay")
        .on("click", move |_| close())
        .child(dialog)
}
