//! A ready queue sorted by a key: the smallest first; of equal keys, who joined first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::TaskId;

/// Ready tasks by key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Ordered<K: Ord> {
    tasks: BTreeMap<(K, u64), TaskId>,
    /// The place of each ready task.
    places: Vec<Option<(K, u64)>>,
    /// How often a task has joined: the tie between equal keys.
    joined: u64,
}

impl<K: Ord + Copy> Ordered<K> {
    pub(super) fn new(tasks: usize) -> Self {
        Self {
            tasks: BTreeMap::new(),
            places: vec![None; tasks],
            joined: 0,
        }
    }

    pub(super) fn insert(&mut self, task: TaskId, key: K) {
        let place = (key, self.joined);
        self.joined += 1;
        self.tasks.insert(place, task);
        self.places[task.index()] = Some(place);
    }

    pub(super) fn remove(&mut self, task: TaskId) {
        if let Some(place) = self.places[task.index()].take() {
            self.tasks.remove(&place);
        }
    }

    /// The task with the smallest key, and the key.
    pub(super) fn first(&self) -> Option<(TaskId, K)> {
        self.tasks
            .first_key_value()
            .map(|((key, _), task)| (*task, *key))
    }

    /// The key of a ready task.
    pub(super) fn key(&self, task: TaskId) -> Option<K> {
        self.places[task.index()].map(|(key, _)| key)
    }

    /// The tasks, the smallest key first.
    pub(super) fn iter(&self) -> impl Iterator<Item = TaskId> {
        self.tasks.values().copied()
    }
}
