//! A ready queue sorted by a key: the smallest first; of equal keys, who joined first.

use core::marker::PhantomData;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::TaskId;
use crate::time::{Span, Time};

/// What ready tasks are sorted by: anything that is a number, so that one piece of code sorts by all.
pub(super) trait Key: Copy {
    /// A number in the same order.
    fn number(self) -> u64;
    /// The key of that number.
    fn of(number: u64) -> Self;
}

impl Key for u64 {
    fn number(self) -> u64 {
        self
    }

    fn of(number: u64) -> Self {
        number
    }
}

impl Key for Span {
    fn number(self) -> u64 {
        self.0
    }

    fn of(number: u64) -> Self {
        Self(number)
    }
}

impl Key for Time {
    fn number(self) -> u64 {
        self.0
    }

    fn of(number: u64) -> Self {
        Self(number)
    }
}

/// The sign bit turned: what is negative comes before what is not.
impl Key for i64 {
    fn number(self) -> u64 {
        self.cast_unsigned() ^ (1 << 63)
    }

    fn of(number: u64) -> Self {
        (number ^ (1 << 63)).cast_signed()
    }
}

/// Ready tasks by key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Ordered<K> {
    queue: Queue,
    key: PhantomData<K>,
}

impl<K: Key> Ordered<K> {
    pub(super) fn new(tasks: usize) -> Self {
        Self {
            queue: Queue {
                tasks: BTreeMap::new(),
                places: vec![None; tasks],
                joined: 0,
            },
            key: PhantomData,
        }
    }

    pub(super) fn insert(&mut self, task: TaskId, key: K) {
        self.queue.insert(task, key.number());
    }

    pub(super) fn remove(&mut self, task: TaskId) {
        self.queue.remove(task);
    }

    /// The task with the smallest key, and the key.
    pub(super) fn first(&self) -> Option<(TaskId, K)> {
        let ((key, _), task) = self.queue.tasks.first_key_value()?;
        Some((*task, K::of(*key)))
    }

    /// The key of a ready task.
    pub(super) fn key(&self, task: TaskId) -> Option<K> {
        self.queue.places[task.index()].map(|(key, _)| K::of(key))
    }

    /// The tasks, the smallest key first.
    pub(super) fn iter(&self) -> impl Iterator<Item = TaskId> {
        self.queue.tasks.values().copied()
    }
}

/// Ready tasks by a number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Queue {
    tasks: BTreeMap<(u64, u64), TaskId>,
    /// The place of each ready task.
    places: Vec<Option<(u64, u64)>>,
    /// How often a task has joined: the tie between equal keys.
    joined: u64,
}

impl Queue {
    #[lockstep_part::later(Queue)]
    fn insert(&mut self, task: TaskId, key: u64) {
        let place = (key, self.joined);
        self.joined += 1;
        self.tasks.insert(place, task);
        self.places[task.index()] = Some(place);
    }

    #[lockstep_part::later(Queue)]
    fn remove(&mut self, task: TaskId) {
        if let Some(place) = self.places[task.index()].take() {
            self.tasks.remove(&place);
        }
    }
}
