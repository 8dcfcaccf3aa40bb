//! First come, first served: the queue in order, and nobody is interrupted (Silberschatz §5.3.1,
//! OSTEP chapter 7).
//!
//! With the order *cyclic*, who is next is decided by number instead: the first ready task after
//! the one that ran last (OSTEP's process-run).

use serde::{Deserialize, Serialize};

use super::queue::Queues;
use super::{Context, Policy, Readied, after};
use crate::ids::TaskId;
use crate::program::{Order, PolicyConfig};
use crate::sort::sort_by_key;

/// The queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fcfs {
    queue: Queues,
}

impl Fcfs {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Queues::new(1, tasks),
        }
    }

    #[inline(never)]
    fn after(&self, last: Option<TaskId>) -> Option<TaskId> {
        after(self.queue.iter(0), last)
    }
}

impl Policy for Fcfs {
    #[inline]
    fn ready(&mut self, _ctx: &Context<'_>, task: TaskId, why: Readied) {
        match why {
            // Only a person or an urgent task takes its CPU; it was not done, so it stays first.
            Readied::Preempted => self.queue.push_front(0, task),
            _ => self.queue.push_back(0, task),
        }
    }

    #[inline]
    fn remove(&mut self, _ctx: &Context<'_>, task: TaskId) {
        self.queue.remove(0, task);
    }

    #[inline]
    fn pick(&self, ctx: &Context<'_>, last: Option<TaskId>) -> Option<TaskId> {
        match ctx.config().order {
            Order::Queue => self.queue.first(0),
            Order::Cyclic => self.after(last),
        }
    }

    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId> {
        let mut tasks: Vec<_> = self.queue.iter(0).collect();
        if ctx.config().order == Order::Cyclic {
            sort_by_key(&mut tasks, |task| *task);
        }
        tasks
    }
}
