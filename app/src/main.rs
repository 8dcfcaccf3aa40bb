//! Starts the page.

fn main() {
    lockstep_app::mount();
}
