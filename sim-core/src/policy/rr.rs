//! Round robin: first come, first served with a time slice; whose slice ends goes to the back
//! (Silberschatz §5.3.3, OSTEP §7.7). Waking up gives a fresh slice.

use serde::{Deserialize, Serialize};

use super::fcfs::Fcfs;
use super::{Context, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Span;

/// The queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rr {
    queue: Fcfs,
}

impl Rr {
    pub(super) fn new(config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Fcfs::new(config, tasks),
        }
    }
}

impl Policy for Rr {
    #[inline]
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, why: Readied) {
        self.queue.ready(ctx, task, why);
    }

    #[inline]
    fn remove(&mut self, ctx: &Context<'_>, task: TaskId) {
        self.queue.remove(ctx, task);
    }

    #[inline]
    fn pick(&self, ctx: &Context<'_>, last: Option<TaskId>) -> Option<TaskId> {
        self.queue.pick(ctx, last)
    }

    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId> {
        self.queue.order(ctx)
    }

    #[inline]
    fn slice(&self, ctx: &Context<'_>, _task: TaskId) -> Option<Span> {
        Some(ctx.config().slice)
    }
}
