//! The keys, and what else the page can do, over the page.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use crate::controls::{Button, Icon, Shape, Weight};
use crate::i18n::texts;
use crate::store::{Overlay, Store};

/// The help, while it is asked for.
#[component]
pub fn Help() -> impl IntoView {
    let store = Store::of_page();
    let is_open = Memo::new(move |_| store.overlay.get() == Overlay::Help);
    view! {
        <Show when=move || is_open.get()>
            <HelpDialog />
        </Show>
    }
    .into_any()
}

#[component]
fn HelpDialog() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let node = NodeRef::<html::Div>::new();
    // The focus goes into the dialog, and back to where it was.
    let before = StoredValue::new_local(document().active_element());
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            let _ = node.focus();
        }
    });
    on_cleanup(move || {
        use wasm_bindgen::JsCast;
        before.try_with_value(|element| {
            if let Some(element) = element
                && let Some(element) = element.dyn_ref::<web_sys::HtmlElement>()
            {
                let _ = element.focus();
            }
        });
    });
    let close = move || store.overlay.set(Overlay::None);
    let groups = text.keys().into_iter().map(|(title, keys)| {
        let keys = keys.into_iter().map(|(keys, meaning)| {
            let keys = keys
                .iter()
                .map(|key| view! { <kbd>{*key}</kbd> })
                .collect::<Vec<_>>();
            view! {
                <dt>{keys}</dt>
                <dd>{meaning}</dd>
            }
        });
        view! {
            <section>
                <h3 class="panel-title">{title}</h3>
                <dl class="keys">{keys.collect::<Vec<_>>()}</dl>
            </section>
        }
    });
    let groups: Vec<_> = groups.collect();
    // Tab stays in the dialog: its only stops are the dialog and its button.
    let keep = move |event: ev::KeyboardEvent| {
        if event.key() == "Tab" {
            event.prevent_default();
            let button = document()
                .query_selector("[data-testid=help-close]")
                .ok()
                .flatten();
            use wasm_bindgen::JsCast;
            if let Some(button) = button.and_then(|button| button.dyn_into().ok()) {
                let button: web_sys::HtmlElement = button;
                let _ = button.focus();
            }
        }
    };
    view! {
        <div class="overlay" on:click=move |_| close()>
            <div
                class="dialog"
                role="dialog"
                aria-modal="true"
                aria-labelledby="help-title"
                data-testid="help"
                tabindex="-1"
                node_ref=node
                on:keydown=keep
                on:click=|event| event.stop_propagation()
            >
                <header class="dialog-header">
                    <h2 id="help-title">{text.help_title()}</h2>
                    <Button
                        testid="help-close"
                        label=text.close()
                        weight=Weight::Quiet
                        press=move |()| close()
                    >
                        <Icon shape=Shape::Close />
                    </Button>
                </header>
                <div class="dialog-columns">{groups}</div>
                <p class="note">{text.help_note()}</p>
            </div>
        </div>
    }
    .into_any()
}
