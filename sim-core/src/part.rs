//! The part of the page that is fetched later: whether it has come.
//!
//! Not how it is fetched, which is the page's; anywhere but in the published page it is always there. What
//! belongs to it is marked by `#[later]` (the crate `lockstep-part`).

use core::sync::atomic::{AtomicBool, Ordering};

/// Whether the part is another file than the rest.
pub const IS_APART: bool = cfg!(all(target_family = "wasm", not(debug_assertions)));

static HAS_COME: AtomicBool = AtomicBool::new(!IS_APART);

/// Whether what is marked by `#[later]` can be called.
#[must_use]
pub fn has_come() -> bool {
    HAS_COME.load(Ordering::Relaxed)
}

/// Says that it can be called from now on.
pub fn came() {
    HAS_COME.store(true, Ordering::Relaxed);
}

/// What each function that is marked by `#[later]` does first.
///
/// # Panics
///
/// Before the part has come: somebody has not waited for it.
pub fn demand(function: &str) {
    if !has_come() {
        too_early(function);
    }
}

#[cold]
fn too_early(function: &str) -> ! {
    panic!("`{function}` was called before the part of the page with it was fetched");
}
