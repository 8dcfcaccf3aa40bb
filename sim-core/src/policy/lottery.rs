//! Lottery: every slice, a ticket is drawn, and the ready task that holds it runs (Waldspurger and
//! Weihl, 1994; OSTEP chapter 9). Shares are kept on average, without any memory of the past.

use serde::{Deserialize, Serialize};

use super::queue::Queues;
use super::{Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Span;

/// The holders, in the order in which they became ready.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lottery {
    queue: Queues,
    /// The tickets of all that are ready.
    tickets: u64,
}

impl Lottery {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Queues::new(1, tasks),
            tickets: 0,
        }
    }
}

impl Policy for Lottery {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, _why: Readied) {
        self.tickets += u64::from(ctx.code.job(task).tickets);
        self.queue.push_back(0, task);
    }

    fn remove(&mut self, ctx: &Context<'_>, task: TaskId) {
        self.tickets -= u64::from(ctx.code.job(task).tickets);
        self.queue.remove(0, task);
    }

    fn pick(&self, ctx: &Context<'_>, _last: Option<TaskId>) -> Option<TaskId> {
        let mut ticket = ctx.draw(self.tickets.max(1));
        self.queue.iter(0).find(|task| {
            let held = u64::from(ctx.code.job(*task).tickets);
            let wins = ticket < held;
            ticket = ticket.saturating_sub(held);
            wins
        })
    }

    fn order(&self, _ctx: &Context<'_>) -> Vec<TaskId> {
        self.queue.iter(0).collect()
    }

    fn slice(&self, ctx: &Context<'_>, _task: TaskId) -> Option<Span> {
        Some(ctx.config().slice)
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        Some(Key::Tickets(ctx.code.job(task).tickets))
    }
}
