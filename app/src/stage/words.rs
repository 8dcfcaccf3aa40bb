//! The few words that synchronisation objects, memory and the interpreter lock need on the stage.
//!
//! They move to `i18n` as soon as that is not being changed elsewhere; until then they are English.

use sim_core::program::script::{ObjectKind, QueueOrder};

pub(super) const FREE: &str = "free";
pub(super) const SET: &str = "set";
pub(super) const CLEAR: &str = "clear";
pub(super) const READS: &str = "reads";
pub(super) const WRITES: &str = "writes";
pub(super) const EMPTY: &str = "empty";
pub(super) const DROP_REQUESTED: &str = "drop requested";
pub(super) const NEWEST: &str = "the newest item is at this side";
pub(super) const SLEEP: &str = "sleep";

/// The interpreter lock, in full and short.
pub(super) const INTERPRETER: [&str; 2] = ["Interpreter lock", "GIL"];

/// What a kind of object is called, beside its name.
pub(super) const fn kind(kind: &ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Lock { .. } => "lock",
        ObjectKind::RecursiveLock => "re-entrant lock",
        ObjectKind::Semaphore { .. } => "semaphore",
        ObjectKind::Condition { .. } => "condition",
        ObjectKind::Event => "event",
        ObjectKind::Barrier { .. } => "barrier",
        ObjectKind::ReadersWriter { .. } => "readers\u{2013}writer lock",
        ObjectKind::Queue { order, .. } => match order {
            QueueOrder::Fifo => "queue",
            QueueOrder::Lifo => "LIFO queue",
            QueueOrder::Priority => "priority queue",
        },
    }
}

/// So many places of a semaphore are free, of all where their number is fixed.
pub(super) fn places(free: u32, of: Option<u32>) -> String {
    match of {
        Some(of) => format!("{free} of {of} {FREE}"),
        None => format!("{free} {FREE}"),
    }
}

/// So many of those who are to meet at a barrier have come.
pub(super) fn come(come: usize, of: u32) -> String {
    format!("{come} of {of} have come")
}

/// So many tasks read.
pub(super) fn read(tasks: usize) -> String {
    format!("{tasks} read")
}

/// Part of a whole, short.
pub(super) fn of(part: usize, whole: u32) -> String {
    format!("{part} of {whole}")
}

/// So many items of a queue are taken or put and not yet done.
pub(super) fn not_done(items: u32) -> String {
    format!("{items} not done")
}

/// So many objects have no box of their own.
pub(super) fn more_objects(objects: usize) -> String {
    format!("{objects} more")
}

/// An object, who holds it and who waits at it, for people who do not see the stage.
pub(super) fn told(name: &str, kind: &str, holders: &str, waiting: &str) -> String {
    let mut text = format!("{name} ({kind}):");
    for (words, tasks) in [(" held by ", holders), (" waited for by ", waiting)] {
        if !tasks.is_empty() {
            text += words;
            text += tasks;
        }
    }
    text + ". "
}
