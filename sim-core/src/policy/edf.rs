//! Earliest deadline first: the ready task whose job must be done first runs, and takes the CPU
//! from one whose deadline is later (Liu and Layland, 1973; Silberschatz §5.6.4). Tasks without a
//! deadline run when no other is ready. Of equal ones, the one that runs goes on.

use serde::{Deserialize, Serialize};

use super::ordered::Ordered;
use super::{Contender, Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Time;

/// The queue, by deadline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Edf {
    queue: Ordered<Time>,
}

impl Edf {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Ordered::new(tasks),
        }
    }
}

fn deadline(ctx: &Context<'_>, task: TaskId) -> Time {
    ctx.task(task).deadline.unwrap_or(Time::NEVER)
}

impl Policy for Edf {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, _why: Readied) {
        self.queue.insert(task, deadline(ctx, task));
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

    fn is_preemptive(&self, _config: &PolicyConfig) -> bool {
        true
    }

    fn preempts(&self, ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        deadline(ctx, ready.task) < deadline(ctx, running.task)
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        ctx.task(task).deadline.map(Key::Deadline)
    }
}
