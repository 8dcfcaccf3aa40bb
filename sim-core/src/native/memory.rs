//! Shared variables: atomics of the processor.
//!
//! Without recording they are as strong as was asked for; with it they are used inside the gate, and the
//! gate orders them.

use std::sync::atomic::{AtomicI64, Ordering};

use super::actor::{Actor, Answered};
use super::order::{MemoryOrder, Recording};
use crate::call::{Operation, Reply};
use crate::event::EventKind;
use crate::ids::VariableId;

/// The memory of a process.
#[derive(Debug)]
pub(super) struct Variables {
    words: Vec<AtomicI64>,
    order: MemoryOrder,
}

impl Variables {
    pub(super) fn new(initial: Vec<i64>, recording: Recording) -> Self {
        let order = match recording {
            Recording::On => MemoryOrder::SequentiallyConsistent,
            Recording::Off(order) => order,
        };
        let words = initial.into_iter().map(AtomicI64::new).collect();
        Self { words, order }
    }

    /// All words.
    pub(super) fn all(&self) -> impl Iterator<Item = i64> {
        self.words.iter().map(|word| word.load(Ordering::SeqCst))
    }

    fn operate(&self, variable: VariableId, operation: Operation, operands: [i64; 2]) -> Reply {
        let [first, second] = operands;
        let Some(word) = self.words.get(variable.index()) else {
            return Reply::REFUSED;
        };
        let order = match self.order {
            MemoryOrder::SequentiallyConsistent => Ordering::SeqCst,
            MemoryOrder::Relaxed => Ordering::Relaxed,
        };
        match operation {
            Operation::Load => Reply::of(word.load(order)),
            Operation::Store => {
                word.store(first, order);
                Reply::DONE
            }
            Operation::Swap => Reply::of(word.swap(first, order)),
            Operation::CompareAndSwap => match word.compare_exchange(first, second, order, order) {
                Ok(before) => Reply::of(before),
                Err(before) => Reply {
                    granted: false,
                    ..Reply::of(before)
                },
            },
            Operation::FetchAdd => Reply::of(word.fetch_add(first, order)),
        }
    }
}

/// One operation on a shared variable.
pub(super) fn access(actor: &Actor, variable: VariableId, operation: Operation) -> Answered {
    let mut entry = actor.world.enter()?;
    let variables = &actor.world.variables;
    let word = actor.world.word(variable);
    let reply = variables.operate(word, operation, actor.operands());
    let task = actor.task;
    let kind = EventKind::Accessed {
        task,
        operation,
        variable,
    };
    entry.record(kind, reply.value);
    Ok(reply)
}
