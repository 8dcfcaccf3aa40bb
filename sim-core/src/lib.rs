//! The simulated computer of Lockstep: a deterministic step machine.
//!
//! A *program* ([`program`]) says what each task does next; it asks the world through a [`call`].
//! The *rules* ([`rules`]) look at a [`machine`] and say what may happen next; where several
//! things may, a *policy* ([`policy`]) picks; [`machine::Machine::apply`] carries the
//! [`event`] out. The loop in [`run`] records a [`trace`], and every view is a function of a
//! trace and a place in it.
//!
//! What always holds:
//! - rules never change, apply never chooses, so a trace cannot disagree with the state it shows;
//! - the same program, parameters and seed give the same bytes on every platform;
//! - inputs are checked once, at the edge; behind it nothing fails, panics or runs for ever.

// What `#[later]` writes is the same here and in crates that use this one.
extern crate self as sim_core;

pub mod call;
#[cfg(feature = "claims")]
pub mod claims;
pub mod comparison;
mod document;
pub mod event;
pub mod goal;
pub mod ids;
pub mod input;
pub mod lesson;
pub mod machine;
#[cfg(all(feature = "native", not(target_family = "wasm")))]
pub mod native;
pub mod part;
pub mod pattern;
pub mod policy;
pub mod program;
mod random;
pub mod recording;
pub mod report;
pub mod rules;
pub mod run;
pub mod scenario;
pub mod settings;
pub mod sort;
pub mod time;
pub mod trace;
pub mod view;
pub mod workload;
