//! The part of the page that is fetched later: how.
//!
//! Not when: the session asks for it ([`Session::wants_part`](crate::session::Session::wants_part)). The
//! build names its file in the page (`xtask/src/split.rs`); it is a module of WebAssembly that shares
//! memory, function table and stack with the one that is there.

use js_sys::WebAssembly;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::dom::{document, tag, window};
use crate::session::FetchFault;

/// What the page calls the file's address.
const ADDRESS: &str = "link[rel='lockstep-later']";
/// What the part calls that which it takes from this module.
const SHARED: &str = "__wasm_split";
/// What it calls the function table, which wasm-bindgen exports under another name.
const TABLE: &str = "__indirect_function_table";

/// The styles of what only the part draws; all others stand in index.html.
#[lockstep_part::later]
fn styles() -> &'static str {
    concat!(
        include_str!("../../style/objects.css"),
        include_str!("../../style/network.css"),
        include_str!("../../style/code.css"),
        include_str!("../../style/processes.css"),
        include_str!("../../style/real.css"),
    )
}

/// Puts the styles of the part into the page; once it is there.
pub fn write_styles() {
    if let Ok(Some(head)) = document().query_selector("head") {
        let _ = head.append_with_node_1(&tag("style").text(styles()).element());
    }
}

/// Fetches the part and puts its functions and data where they are expected.
///
/// # Errors
///
/// When the server does not answer, or not with the part.
pub async fn fetch() -> Result<(), FetchFault> {
    if sim_core::part::has_come() {
        return Ok(());
    }
    let no_answer = |_| FetchFault::NoAnswer;
    let link = document().query_selector(ADDRESS).ok().flatten();
    let link: web_sys::HtmlLinkElement = link.ok_or(FetchFault::NoAnswer)?.unchecked_into();
    let options = web_sys::RequestInit::new();
    options.set_integrity(&link.integrity());
    let response = window().fetch_with_str_and_init(&link.href(), &options);
    let response = JsFuture::from(response).await.map_err(no_answer)?;
    let response: web_sys::Response = response.unchecked_into();
    if !response.ok() {
        return Err(FetchFault::Status(response.status()));
    }
    let own: js_sys::Object = wasm_bindgen::exports().unchecked_into();
    let own = js_sys::Object::assign(&js_sys::Object::new(), &own);
    let table = wasm_bindgen::function_table();
    js_sys::Reflect::set(&own, &TABLE.into(), &table).map_err(no_answer)?;
    let shared = js_sys::Object::new();
    js_sys::Reflect::set(&shared, &SHARED.into(), &own).map_err(no_answer)?;
    // Not while it streams: that takes a server that knows the type of the file.
    let bytes = response.array_buffer().map_err(no_answer)?;
    let bytes = JsFuture::from(bytes).await.map_err(no_answer)?;
    let module = JsFuture::from(WebAssembly::compile(&bytes));
    let module: WebAssembly::Module = module.await.map_err(no_answer)?.unchecked_into();
    let part = WebAssembly::instantiate_module(&module, &shared);
    JsFuture::from(part).await.map_err(no_answer)?;
    sim_core::part::came();
    Ok(())
}
