//! Files: opened by a button or dropped anywhere, and written for download.
//!
//! Not what is in them: a file's text goes to the session like any other.

use sim_core::program::limits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, HtmlInputElement};

use crate::dom::{Tag, document, on_window, tag};
use crate::i18n::texts;
use crate::live::State;
use crate::outside;
use crate::session::{Act, FileFault, Problem};
use crate::store::{Side, Store};

/// The id of the input through which files are chosen.
const FILE: &str = "file";

/// Lets a person choose a file.
pub fn choose() {
    if let Some(input) = outside::element::<HtmlInputElement>(FILE) {
        input.click();
    }
}

/// Opens files that are chosen.
#[must_use]
pub fn file_field() -> Tag {
    let store = Store::of_page();
    let field = tag("input")
        .attr("type", "file")
        .attr("hidden", "")
        .attr("id", FILE)
        .testid("file")
        .attr("accept", ".toml,.script,text/plain,application/toml");
    let input: HtmlInputElement = field.element_as();
    field.on("change", move |_| {
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            open(store, file);
        }
        // The same file may be chosen again after it was changed.
        input.set_value("");
    })
}

/// Opens files that are dropped anywhere on the page; says whether one is over it.
#[must_use]
pub fn dropped_files() -> State<bool> {
    let store = Store::of_page();
    let is_over = State::new(false);
    on_window("dragover", move |event| {
        event.prevent_default();
        if !is_over.get_untracked() {
            is_over.set(true);
        }
    });
    on_window("dragleave", move |event| {
        let event: DragEvent = event.unchecked_into();
        // Leaving an element for another inside the page has a related target.
        if event.related_target().is_none() {
            is_over.set(false);
        }
    });
    on_window("drop", move |event| {
        event.prevent_default();
        is_over.set(false);
        let event: DragEvent = event.unchecked_into();
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            open(store, file);
        }
    });
    is_over
}

/// Where a file would be dropped.
#[must_use]
pub fn drop_here() -> Tag {
    tag("div")
        .class("drop-here")
        .attr("aria-hidden", "true")
        .child(tag("span").text(texts().drop_here()))
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
    wasm_bindgen_futures::spawn_local(async move {
        let name = file.name();
        let act = match read(&file).await {
            Ok(text) => Act::OpenText { name, text },
            Err(fault) => Act::Report(Problem::File { name, fault }),
        };
        let before = store.peek(crate::session::Session::revision);
        store.act(act);
        if store.peek(crate::session::Session::revision) != before {
            store.side.set(match store.script() {
                Some(_) => Side::Code,
                None => Side::Workload,
            });
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
