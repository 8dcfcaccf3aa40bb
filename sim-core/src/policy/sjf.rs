//! Shortest job first: of the ready tasks, the one whose next CPU burst is the shortest runs until
//! it blocks or ends (Silberschatz §5.3.2, OSTEP §7.3). Of equal ones, who has waited longer.

use serde::{Deserialize, Serialize};

use super::ordered::Ordered;
use super::{Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Span;

/// The queue, by the length of the next burst.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sjf {
    queue: Ordered<Span>,
}

impl Sjf {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Ordered::new(tasks),
        }
    }
}

impl Policy for Sjf {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, _why: Readied) {
        self.queue.insert(task, ctx.task(task).step.run);
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

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        Some(Key::Burst(ctx.task(task).step.run))
    }
}
