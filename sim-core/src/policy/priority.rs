//! By priority: the ready task with the lowest number runs (Silberschatz §5.3.4). Preemptive or
//! not; of equal ones, who has waited longer, and the one that runs goes on.
//!
//! With aging, every so often the priority of each waiting task rises by one, so that none starves.
//! A task that gets a CPU falls back to its own priority when it next waits.

use serde::{Deserialize, Serialize};

use super::ordered::Ordered;
use super::{Contender, Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Time;

/// The queue, by the priority in effect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Priority {
    queue: Ordered<i64>,
    /// The priority with which each task was dispatched, or waits.
    effective: Vec<i64>,
    /// The moment of the last step of aging.
    aged: Time,
}

impl Priority {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Ordered::new(tasks),
            effective: vec![0; tasks],
            aged: Time::ZERO,
        }
    }
}

impl Policy for Priority {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, _why: Readied) {
        let own = i64::from(ctx.code.job(task).priority);
        self.effective[task.index()] = own;
        self.queue.insert(task, own);
    }

    fn remove(&mut self, _ctx: &Context<'_>, task: TaskId) {
        self.queue.remove(task);
    }

    fn pick(&self, _ctx: &Context<'_>, _last: Option<TaskId>) -> Option<TaskId> {
        self.queue.first().map(|(task, _)| task)
    }

    fn order(&self, _ctx: &Context<'_>) -> Vec<TaskId> {
        self.queue.iter().collect()
    }

    fn adopt(&mut self, _ctx: &Context<'_>, task: TaskId, from: &mut Self) {
        from.queue.remove(task);
        let aged = from.effective[task.index()];
        self.effective[task.index()] = aged;
        self.queue.insert(task, aged);
    }

    /// A kernel thread has the priority of the thread on it.
    fn taken_on(&mut self, ctx: &Context<'_>, task: TaskId) {
        self.effective[task.index()] = i64::from(ctx.code.job(task).priority);
    }

    fn is_preemptive(&self, config: &PolicyConfig) -> bool {
        config.preemptive
    }

    fn preempts(&self, _ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        self.effective[ready.task.index()] < self.effective[running.task.index()]
    }

    fn has_timer(&self, config: &PolicyConfig) -> bool {
        config.aging.is_some()
    }

    fn next_tick(&self, ctx: &Context<'_>) -> Option<Time> {
        let every = ctx.config().aging?;
        let waiting = self.queue.first().is_some();
        waiting.then(|| super::next_multiple(ctx.now, every, self.aged))
    }

    fn tick(&mut self, ctx: &Context<'_>) {
        self.aged = ctx.now;
        // In order, so that equals keep theirs.
        let waiting: Vec<_> = self.queue.iter().collect();
        for task in waiting {
            let aged = self.effective[task.index()].saturating_sub(1);
            self.effective[task.index()] = aged;
            self.queue.remove(task);
            self.queue.insert(task, aged);
        }
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        let entry = ctx.task(task);
        let own = i64::from(ctx.code.job(task).priority);
        let is_known = entry.accounting.dispatches > 0 || self.queue.key(task).is_some();
        Some(Key::Priority(if is_known {
            self.effective[task.index()]
        } else {
            own
        }))
    }
}
