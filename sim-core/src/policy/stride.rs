//! Stride: the ready task with the lowest *pass* runs for a slice, and its pass rises by what it
//! used divided by its tickets (Waldspurger and Weihl, 1995; OSTEP §9.6). Shares are exact.
//!
//! A task that was away does not come back with an old, low pass: it starts at the lowest pass of
//! those that compete, if that is higher.

use serde::{Deserialize, Serialize};

use super::ordered::Ordered;
use super::{Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Span;

/// The queue, by pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stride {
    queue: Ordered<u64>,
    pass: Vec<u64>,
    /// The pass of the task that was dispatched last: no competitor's was lower.
    lowest: u64,
}

impl Stride {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Ordered::new(tasks),
            pass: vec![0; tasks],
            lowest: 0,
        }
    }
}

impl Policy for Stride {
    fn ready(&mut self, _ctx: &Context<'_>, task: TaskId, why: Readied) {
        let pass = &mut self.pass[task.index()];
        if matches!(why, Readied::New | Readied::Woken) {
            *pass = self.lowest.max(*pass);
        }
        self.queue.insert(task, *pass);
    }

    fn remove(&mut self, _ctx: &Context<'_>, task: TaskId) {
        self.lowest = self.lowest.max(self.pass[task.index()]);
        self.queue.remove(task);
    }

    fn pick(&self, _ctx: &Context<'_>, _last: Option<TaskId>) -> Option<TaskId> {
        self.queue.first().map(|(task, _)| task)
    }

    fn order(&self, _ctx: &Context<'_>) -> Vec<TaskId> {
        self.queue.iter().collect()
    }

    fn slice(&self, ctx: &Context<'_>, _task: TaskId) -> Option<Span> {
        Some(ctx.config().slice)
    }

    /// It keeps its distance from the lowest pass of those with which it competes.
    fn adopt(&mut self, _ctx: &Context<'_>, task: TaskId, from: &mut Self) {
        from.queue.remove(task);
        let ahead = from.pass[task.index()].saturating_sub(from.lowest);
        self.pass[task.index()] = self.lowest + ahead;
        self.queue.insert(task, self.lowest + ahead);
    }

    fn exchange(&mut self, one: TaskId, other: TaskId) {
        self.pass.swap(one.index(), other.index());
    }

    fn ran(&mut self, ctx: &Context<'_>, task: TaskId, span: Span) {
        self.pass[task.index()] += super::weighted(span, ctx.code.job(task).tickets);
    }

    fn key(&self, _ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        Some(Key::Pass(self.pass[task.index()]))
    }
}
