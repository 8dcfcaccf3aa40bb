//! Files: opened by a button or dropped anywhere, and written for download.
//!
//! Not what is in them: a file's text goes to the session like any other.

use leptos::html;
use leptos::prelude::*;
use sim_core::program::limits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::i18n::texts;
use crate::session::{Act, FileFault, Problem};
use crate::store::{Side, Store};

/// The input through which files are chosen.
#[derive(Clone, Copy)]
pub struct FileField(pub NodeRef<html::Input>);

impl FileField {
    /// Lets a person choose a file.
    pub fn choose(self) {
        if let Some(input) = self.0.get_untracked() {
            input.click();
        }
    }
}

/// Opens files that are chosen, or dropped anywhere on the page.
#[component]
pub fn Files() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let node = use_context::<FileField>().map_or_else(NodeRef::new, |field| field.0);
    let is_over = RwSignal::new(false);
    let over = window_event_listener(leptos::ev::dragover, move |event| {
        event.prevent_default();
        if !is_over.get_untracked() {
            is_over.set(true);
        }
    });
    let leave = window_event_listener(leptos::ev::dragleave, move |event| {
        // Leaving an element for another inside the page has a related target.
        if event.related_target().is_none() {
            is_over.set(false);
        }
    });
    let drop = window_event_listener(leptos::ev::drop, move |event| {
        event.prevent_default();
        is_over.set(false);
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            open(store, file);
        }
    });
    on_cleanup(move || {
        over.remove();
        leave.remove();
        drop.remove();
    });
    let chosen = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            open(store, file);
        }
        // The same file may be chosen again after it was changed.
        input.set_value("");
    };
    view! {
        <input
            type="file"
            class="visually-hidden"
            tabindex="-1"
            data-testid="file"
            aria-label=text.open_file()
            accept=".toml,text/plain,application/toml"
            node_ref=node
            on:change=chosen
        />
        <Show when=move || is_over.get()>
            <div class="drop-here" aria-hidden="true">
                <span>{text.drop_here()}</span>
            </div>
        </Show>
    }
    .into_any()
}

/// Offers a text as a file to keep.
pub fn download(name: &str, text: &str) {
    // A browser that cannot make a file of a text offers none.
    let _ = try_download(name, text);
}

fn try_download(name: &str, text: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/toml");
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: web_sys::HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    web_sys::Url::revoke_object_url(&address)
}

fn open(store: Store, file: web_sys::File) {
    leptos::task::spawn_local(async move {
        let name = file.name();
        let act = match read(&file).await {
            Ok(text) => Act::OpenText { name, text },
            Err(fault) => Act::Report(Problem::File { name, fault }),
        };
        let before = store.peek(crate::session::Session::revision);
        store.act(act);
        if store.peek(crate::session::Session::revision) != before {
            store.side.set(Side::Workload);
        }
    });
}

async fn read(file: &web_sys::File) -> Result<String, FileFault> {
    #[allow(clippy::cast_precision_loss, reason = "a limit of some megabytes")]
    if file.size() > limits::TEXT as f64 {
        return Err(FileFault::TooLong);
    }
    let text = JsFuture::from(file.text())
        .await
        .map_err(|_| FileFault::Unreadable)?;
    let text = text.as_string().ok_or(FileFault::Unreadable)?;
    // What stands for bytes that are no text, and what no text has.
    if text.contains([char::REPLACEMENT_CHARACTER, '\0']) {
        return Err(FileFault::NotText);
    }
    Ok(text)
}
