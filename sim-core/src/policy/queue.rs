//! First-in, first-out queues of tasks, as many as a policy has levels.
//!
//! Linked lists through one vector: any task joins at either end and leaves from the middle in
//! constant time, nothing is allocated while a run goes on, and a copy is a copy of memory. A
//! task is in one queue at most.

use serde::{Deserialize, Serialize};

use crate::ids::TaskId;

/// No task: only inside this file.
const NIL: u32 = u32::MAX;

/// A number of queues over the same tasks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Queues {
    links: Vec<Link>,
    ends: Vec<Ends>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Link {
    before: u32,
    after: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Ends {
    first: u32,
    last: u32,
}

impl Queues {
    /// `queues` empty queues over `tasks` tasks.
    pub(super) fn new(queues: usize, tasks: usize) -> Self {
        Self {
            links: vec![
                Link {
                    before: NIL,
                    after: NIL
                };
                tasks
            ],
            ends: vec![
                Ends {
                    first: NIL,
                    last: NIL
                };
                queues
            ],
        }
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn push_back(&mut self, queue: usize, task: TaskId) {
        let ends = &mut self.ends[queue];
        let before = core::mem::replace(&mut ends.last, task.0);
        self.links[task.index()] = Link { before, after: NIL };
        match before {
            NIL => ends.first = task.0,
            _ => self.links[before as usize].after = task.0,
        }
    }

    pub(super) fn push_front(&mut self, queue: usize, task: TaskId) {
        let ends = &mut self.ends[queue];
        let after = core::mem::replace(&mut ends.first, task.0);
        self.links[task.index()] = Link { before: NIL, after };
        match after {
            NIL => ends.last = task.0,
            _ => self.links[after as usize].before = task.0,
        }
    }

    /// Puts a task behind one that is in the queue.
    pub(super) fn push_after(&mut self, queue: usize, before: TaskId, task: TaskId) {
        let after = core::mem::replace(&mut self.links[before.index()].after, task.0);
        self.links[task.index()] = Link {
            before: before.0,
            after,
        };
        match after {
            NIL => self.ends[queue].last = task.0,
            _ => self.links[after as usize].before = task.0,
        }
    }

    /// Takes a task out of the queue in which it is.
    #[inline]
    pub(super) fn remove(&mut self, queue: usize, task: TaskId) {
        let none = Link {
            before: NIL,
            after: NIL,
        };
        let Link { before, after } = core::mem::replace(&mut self.links[task.index()], none);
        match before {
            NIL => self.ends[queue].first = after,
            _ => self.links[before as usize].after = after,
        }
        match after {
            NIL => self.ends[queue].last = before,
            _ => self.links[after as usize].before = before,
        }
    }

    #[inline]
    pub(super) fn first(&self, queue: usize) -> Option<TaskId> {
        let first = self.ends[queue].first;
        (first != NIL).then_some(TaskId(first))
    }

    /// How many queues there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The tasks of a queue, the first one first.
    pub(super) fn iter(&self, queue: usize) -> impl Iterator<Item = TaskId> {
        let task = |id: u32| (id != NIL).then_some(TaskId(id));
        std::iter::successors(task(self.ends[queue].first), move |at| {
            task(self.links[at.index()].after)
        })
    }

    /// Appends all of queue `from` to queue `to`, in order.
    pub(super) fn append(&mut self, to: usize, from: usize) {
        while let Some(task) = self.first(from) {
            self.remove(from, task);
            self.push_back(to, task);
        }
    }
}
