//! The types by which threads wait for each other, in one place: a model checker has its own, and tries
//! the code that uses them under many schedules (`tests/native_model/`).

pub(super) use std::sync::atomic::AtomicBool;
pub(super) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
