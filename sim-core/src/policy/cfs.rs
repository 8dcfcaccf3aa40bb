//! A fair scheduler in the manner of Linux's CFS (kernel documentation `sched-design-CFS`; OSTEP
//! §9.7): the ready task with the lowest *virtual runtime* runs; it rises by what the task used,
//! divided by its weight (its tickets).
//!
//! The slice is the task's share of `latency`, but not below `granularity`. A task that wakes
//! starts at most half a latency behind the lowest, and takes the CPU from a running task whose
//! virtual runtime is higher by more than `granularity`.

use serde::{Deserialize, Serialize};

use super::ordered::Ordered;
use super::{Contender, Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::program::PolicyConfig;
use crate::time::Span;

/// The queue, by virtual runtime.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cfs {
    queue: Ordered<u64>,
    runtime: Vec<u64>,
    /// It never falls: the lowest virtual runtime of all that competed (`min_vruntime`).
    lowest: u64,
    /// The weights of all that are ready.
    weight: u64,
}

impl Cfs {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Ordered::new(tasks),
            runtime: vec![0; tasks],
            lowest: 0,
            weight: 0,
        }
    }
}

impl Policy for Cfs {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, why: Readied) {
        let runtime = &mut self.runtime[task.index()];
        match why {
            Readied::New => *runtime = self.lowest.max(*runtime),
            Readied::Woken => {
                let credit = super::weighted(Span(ctx.config().latency.0 / 2), super::NORMAL);
                *runtime = self.lowest.saturating_sub(credit).max(*runtime);
            }
            Readied::SliceExpired | Readied::Preempted | Readied::Yielded => {}
        }
        self.weight += u64::from(ctx.code.job(task).tickets);
        self.queue.insert(task, *runtime);
    }

    fn remove(&mut self, ctx: &Context<'_>, task: TaskId) {
        self.weight -= u64::from(ctx.code.job(task).tickets);
        self.lowest = self.lowest.max(self.runtime[task.index()]);
        self.queue.remove(task);
    }

    fn pick(&self, _ctx: &Context<'_>, _last: Option<TaskId>) -> Option<TaskId> {
        self.queue.first().map(|(task, _)| task)
    }

    fn order(&self, _ctx: &Context<'_>) -> Vec<TaskId> {
        self.queue.iter().collect()
    }

    fn slice(&self, ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        // It is still in the queue, so the sum holds its own weight.
        let own = u128::from(ctx.code.job(task).tickets);
        let share = u128::from(ctx.config().latency.0) * own / u128::from(self.weight.max(1));
        Some(Span(u64::try_from(share).unwrap_or(u64::MAX)).max(ctx.config().granularity))
    }

    /// It keeps its distance from the lowest virtual runtime, as a task that Linux migrates does.
    fn adopt(&mut self, ctx: &Context<'_>, task: TaskId, from: &mut Self) {
        let tickets = u64::from(ctx.code.job(task).tickets);
        from.weight -= tickets;
        from.queue.remove(task);
        let runtime = self.lowest + from.runtime[task.index()];
        let runtime = runtime.saturating_sub(from.lowest);
        self.runtime[task.index()] = runtime;
        self.weight += tickets;
        self.queue.insert(task, runtime);
    }

    fn exchange(&mut self, one: TaskId, other: TaskId) {
        self.runtime.swap(one.index(), other.index());
    }

    fn ran(&mut self, ctx: &Context<'_>, task: TaskId, span: Span) {
        self.runtime[task.index()] += super::weighted(span, ctx.code.job(task).tickets);
    }

    fn is_preemptive(&self, _config: &PolicyConfig) -> bool {
        true
    }

    fn preempts(&self, ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        let runtime = |contender: Contender| {
            let tickets = ctx.code.job(contender.task).tickets;
            self.runtime[contender.task.index()] + super::weighted(contender.ran, tickets)
        };
        let granularity = super::weighted(ctx.config().granularity, super::NORMAL);
        runtime(ready).saturating_add(granularity) < runtime(running)
    }

    fn key(&self, _ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        Some(Key::VirtualRuntime(self.runtime[task.index()]))
    }
}
