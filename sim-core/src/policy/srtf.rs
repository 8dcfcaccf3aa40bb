//! Shortest remaining time first: shortest job first with preemption. A task that becomes ready
//! takes the CPU from one that has more of its burst left (Silberschatz §5.3.2, OSTEP §7.5:
//! *shortest time to completion first*). Of equal ones, the one that runs goes on.

use serde::{Deserialize, Serialize};

use super::sjf::Sjf;
use super::{Contender, Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;

/// The queue, by what is left of the burst.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Srtf {
    queue: Sjf,
}

impl Srtf {
    pub(super) fn new(config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Sjf::new(config, tasks),
        }
    }
}

impl Policy for Srtf {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, why: Readied) {
        self.queue.ready(ctx, task, why);
    }

    fn remove(&mut self, ctx: &Context<'_>, task: TaskId) {
        self.queue.remove(ctx, task);
    }

    fn pick(&self, ctx: &Context<'_>, last: Option<TaskId>) -> Option<TaskId> {
        self.queue.pick(ctx, last)
    }

    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId> {
        self.queue.order(ctx)
    }

    fn is_preemptive(&self, _config: &PolicyConfig) -> bool {
        true
    }

    fn preempts(&self, ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        let left = |contender: Contender| ctx.task(contender.task).step.run - contender.ran;
        left(ready) < left(running)
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        Some(Key::Remaining(ctx.task(task).step.run))
    }
}
