//! The run queue of a process, and who of it takes which carrier: plain data, used under one lock.
//!
//! The rules are those of `docs/scripts.md`, *User-level threads*. Which thread a processor finds is asked of
//! the simulated machine's [`Processors`]: that part is shared, and a real run says nothing about it. All
//! else is written anew.

use std::collections::VecDeque;

use crate::ids::TaskId;
use crate::machine::Processors;
use crate::program::Threads;

/// The carriers of a process on which nobody is, and who waits for one.
#[derive(Debug)]
pub(super) struct Places {
    /// Those on which nobody is; the one that was left last stands last.
    free: Vec<u16>,
    /// Who could run, in the order in which they take one.
    waiting: VecDeque<TaskId>,
    /// How many there are.
    made: u16,
    stealing: Option<Stealing>,
}

/// The rights to run of a process that has as many carriers as it takes.
#[derive(Debug)]
struct Stealing {
    processors: Processors,
    /// The processor of each carrier that has one.
    held: Vec<Option<u8>>,
}

/// A thread takes a carrier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Taken {
    pub(super) task: TaskId,
    pub(super) carrier: u16,
    pub(super) processor: Option<u8>,
}

impl Places {
    /// Those with which a process begins.
    pub(super) fn new(threads: Threads) -> Option<Self> {
        let (made, processors) = match threads {
            Threads::Kernel => return None,
            Threads::User => (1, None),
            Threads::Hybrid { kernel_threads } => (kernel_threads.into(), None),
            Threads::Stealing { processors } => (0, Some(processors)),
        };
        Some(Self {
            free: (0..made).rev().collect(),
            waiting: VecDeque::new(),
            made,
            stealing: processors.map(|count| Stealing {
                processors: Processors::new(count),
                held: Vec::new(),
            }),
        })
    }

    /// How many carriers there are.
    pub(super) fn made(&self) -> u16 {
        self.made
    }

    /// A thread could run: it stands in the queue of a processor, or in the one that all share.
    pub(super) fn queue(&mut self, task: TaskId, processor: Option<u8>) {
        match (&mut self.stealing, processor) {
            (Some(Stealing { processors, .. }), Some(processor)) => {
                processors.put(processor, task, &mut self.waiting);
            }
            _ => self.waiting.push_back(task),
        }
    }

    /// The next thread takes a carrier, if somebody waits and there is one for it.
    pub(super) fn take(&mut self) -> Option<Taken> {
        let Some(Stealing { processors, held }) = &mut self.stealing else {
            let carrier = *self.free.last()?;
            let task = self.waiting.pop_front()?;
            self.free.pop();
            return Some(Taken {
                task,
                carrier,
                processor: None,
            });
        };
        let processor = *processors.idle.last()?;
        let (task, source) = processors.find(processor, &self.waiting)?;
        let carrier = match self.free.pop() {
            Some(carrier) => carrier,
            None => {
                let new = self.made;
                self.made = new.checked_add(1)?;
                held.push(None);
                new
            }
        };
        processors.idle.pop();
        processors.take(processor, source, &mut self.waiting);
        held[usize::from(carrier)] = Some(processor);
        Some(Taken {
            task,
            carrier,
            processor: Some(processor),
        })
    }

    /// A carrier is left by the thread on it.
    pub(super) fn leave(&mut self, carrier: u16) {
        self.free.push(carrier);
        self.give_up_processor(carrier);
    }

    /// The kernel keeps a carrier waiting: others may have its processor.
    pub(super) fn give_up_processor(&mut self, carrier: u16) {
        if let Some(Stealing { processors, held }) = &mut self.stealing
            && let Some(own) = held[usize::from(carrier)].take()
        {
            processors.idle.push(own);
        }
    }

    /// A carrier comes out of the kernel: whether its thread may run on. It takes the processor that it had,
    /// if that is idle, or another one.
    pub(super) fn regain_processor(&mut self, carrier: u16, had: Option<u8>) -> Regained {
        let Some(Stealing { processors, held }) = &mut self.stealing else {
            return Regained::NotNeeded;
        };
        let own = &mut held[usize::from(carrier)];
        if own.is_none() {
            let same = processors.idle.iter().position(|idle| Some(*idle) == had);
            let Some(place) = same.or(processors.idle.len().checked_sub(1)) else {
                return Regained::None;
            };
            let number = processors.idle.remove(place);
            *own = Some(number);
            return Regained::Processor { number, place };
        }
        Regained::NotNeeded
    }

    /// A carrier waits on: the processor that it has just regained is idle, in its place.
    pub(super) fn put_processor_back(&mut self, carrier: u16, place: usize) {
        if let Some(Stealing { processors, held }) = &mut self.stealing
            && let Some(own) = held[usize::from(carrier)].take()
        {
            processors.idle.insert(place, own);
        }
    }

    /// Whether somebody would go on in the place of the thread on a carrier, if that left it.
    pub(super) fn has_next_after(&self, carrier: u16) -> bool {
        let Some(Stealing { processors, held }) = &self.stealing else {
            return !self.waiting.is_empty();
        };
        let own = held[usize::from(carrier)];
        own.is_some_and(|own| processors.find(own, &self.waiting).is_some())
    }
}

/// What a carrier has that comes out of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::native) enum Regained {
    /// There are no processors, or it has one.
    NotNeeded,
    /// This one, which stood in that place among those that are idle.
    Processor { number: u8, place: usize },
    /// None is idle.
    None,
}
