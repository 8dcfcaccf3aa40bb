//! Laws of the machine, held against random programs on random machines.
//!
//! Not examples with known results: those are the golden scripts and the oracles. The seed is
//! fixed, so that a failure repeats; a hunt for new ones is `LAWS_CASES=100000 LAWS_SEED=7 cargo
//! test --test laws`. What a hunt found has a test of its own in `found`.

/// Refuses with a reason unless a condition holds.
macro_rules! law {
    ($condition:expr, $($text:tt)*) => {
        if !$condition {
            return Err(format!($($text)*));
        }
    };
}

mod carriers;
mod cursors;
mod deadlocks;
mod found;
mod limits;
mod network;
mod objects;
mod out_of_place;
mod policies;
mod real_time;
mod scripts;
mod task_level;
mod time_travel;
mod views;
mod worlds;
