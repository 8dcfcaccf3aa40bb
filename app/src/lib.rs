//! The page of Lockstep: plays runs of the simulated computer, forwards and backwards.
//!
//! [`session`], [`player`], [`permalink`] and [`layout`] are plain Rust and tested without a browser;
//! everything else turns a session into a page. Nothing here simulates: that is `sim_core`.

mod address;
mod app;
mod controls;
mod decimal;
mod dom;
mod drafts;
mod family;
mod fetch;
mod files;
mod frame;
mod i18n;
mod keys;
pub mod layout;
mod live;
mod outside;
mod panels;
mod part;
pub mod permalink;
pub mod player;
mod reactive;
mod real;
pub mod scene;
pub mod session;
mod side;
mod stage;
mod store;

/// Puts the page into the body of the document.
pub fn mount() {
    // The browser says only that the program has stopped; this says why.
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&wasm_bindgen::JsValue::from_str(&panic.to_string()));
    }));
    reactive::for_ever(|| app::write(dom::body()));
}
