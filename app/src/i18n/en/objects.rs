//! The texts of what tasks share on the stage, in English.

use sim_core::program::script::{ObjectKind, QueueOrder};

use super::English;
use crate::i18n::ObjectTexts;

impl ObjectTexts for English {
    fn free_place(&self) -> &'static str {
        "free"
    }

    fn flag_set(&self) -> &'static str {
        "set"
    }

    fn flag_clear(&self) -> &'static str {
        "clear"
    }

    fn reads(&self) -> &'static str {
        "reads"
    }

    fn writes(&self) -> &'static str {
        "writes"
    }

    fn drop_requested(&self) -> &'static str {
        "drop requested"
    }

    fn newest(&self) -> &'static str {
        "the newest item is at this side"
    }

    fn interpreter_lock(&self) -> [&'static str; 2] {
        ["Interpreter lock", "GIL"]
    }

    fn kernel_threads(&self) -> [&'static str; 2] {
        ["Kernel threads", "LWPs"]
    }

    fn processors(&self) -> [&'static str; 2] {
        ["Processors", "Ps"]
    }

    fn run_queue(&self, processor: Option<usize>) -> String {
        match processor {
            Some(number) => format!("P{number}"),
            None => "all".to_owned(),
        }
    }

    fn object_kind(&self, kind: &ObjectKind) -> &'static str {
        match kind {
            ObjectKind::Lock { .. } => "lock",
            ObjectKind::RecursiveLock => "re-entrant lock",
            ObjectKind::Semaphore { .. } => "semaphore",
            ObjectKind::Condition { .. } => "condition",
            ObjectKind::Event => "event",
            ObjectKind::Barrier { .. } => "barrier",
            ObjectKind::ReadersWriter { .. } => "readers\u{2013}writer lock",
            ObjectKind::Watch => "watched set",
            ObjectKind::Queue { order, .. } => match order {
                QueueOrder::Fifo => "queue",
                QueueOrder::Lifo => "LIFO queue",
                QueueOrder::Priority => "priority queue",
            },
        }
    }

    fn places(&self, free: u32, of: Option<u32>) -> String {
        match of {
            Some(of) => format!("{free} of {of} free"),
            None => format!("{free} free"),
        }
    }

    fn come(&self, come: usize, of: u32) -> String {
        format!("{come} of {of} have come")
    }

    fn readers(&self, tasks: usize) -> String {
        format!("{tasks} read")
    }

    fn not_done(&self, items: u32) -> String {
        format!("{items} not done")
    }

    fn more_objects(&self, objects: usize) -> String {
        format!("{objects} more")
    }

    #[lockstep_part::later(English)]
    fn object_told(&self, name: &str, kind: &ObjectKind, holders: &str, waiting: &str) -> String {
        let kind = self.object_kind(kind);
        let mut text = format!("{name} ({kind}):");
        for (words, tasks) in [(" held by ", holders), (" waited for by ", waiting)] {
            if !tasks.is_empty() {
                text += words;
                text += tasks;
            }
        }
        text + ". "
    }
}
