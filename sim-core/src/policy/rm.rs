//! Rate monotonic: fixed priorities, the shorter a task's period the higher (Liu and Layland,
//! 1973; Silberschatz §5.6.3). Preemptive. Tasks without a period run when no other is ready. Of
//! equal ones, the one that runs goes on.

use serde::{Deserialize, Serialize};

use super::ordered::Ordered;
use super::{Contender, Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Span;

/// The queue, by period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rm {
    queue: Ordered<Span>,
}

impl Rm {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Ordered::new(tasks),
        }
    }
}

fn period(ctx: &Context<'_>, task: TaskId) -> Span {
    ctx.code.job(task).period.unwrap_or(Span(u64::MAX))
}

impl Policy for Rm {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, _why: Readied) {
        self.queue.insert(task, period(ctx, task));
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
        period(ctx, ready.task) < period(ctx, running.task)
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        ctx.code.job(task).period.map(Key::Period)
    }
}
