//! Leptos' reactive system, as far as the page uses it: signals, memos, effects and their owners.
//!
//! From the crate that Leptos itself takes them from. Leptos as a whole links code for talking to
//! servers into every page, 10 kB of it compressed; its views the page does not use (see
//! [`dom`](crate::dom)).

pub use reactive_graph::computed::Memo;
pub use reactive_graph::effect::{Effect, RenderEffect};
pub use reactive_graph::graph::untrack;
pub use reactive_graph::owner::{
    LocalStorage, Owner, StoredValue, expect_context, on_cleanup, provide_context, use_context,
};
pub use reactive_graph::signal::RwSignal;
pub use reactive_graph::traits::{
    Get, GetUntracked, GetValue, Read, ReadUntracked, Set, Update, WithValue,
};

/// Runs a part of the page under an owner that lives as long as the page.
pub fn for_ever(run: impl FnOnce()) {
    // Only a second start would fail, and it would do no harm.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    let owner = Owner::new();
    owner.with(run);
    core::mem::forget(owner);
}
