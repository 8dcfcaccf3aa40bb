//! Multi-level feedback queue, by the rules of OSTEP chapter 8 and of its simulator.
//!
//! - The highest level with a ready task runs, in round robin with that level's slice.
//! - A task starts at the highest level. Whenever it has used up a slice, its allotment at the
//!   level falls by one; at nothing it moves down one level, and at the lowest it stays.
//! - A slice is not given back: what is left of it after a preemption or a blocking call is what
//!   the task has when it runs again. With `io_keeps_priority` a blocking call gives a fresh slice
//!   and allotment instead (the older rule, which can be gamed).
//! - Where a task blocks at the very moment its slice ends, both happen: first the call, then the
//!   end of the slice.
//! - With `io_to_front` a task whose I/O is done goes to the front of its queue, and so takes the
//!   CPU from a task of the same level that got it earlier; that one is next behind it.
//! - A boost puts all tasks into the highest queue: those already there first, then those of the
//!   lowest level, then of the next, in order, each with a fresh slice and allotment. Running
//!   tasks go back to the front of their queue before it.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::queue::Queues;
use super::{Contender, Context, Policy, Readied};
use crate::ids::TaskId;
use crate::program::{Mlfq as Parameters, PolicyConfig};
use crate::time::{Span, Time};

/// The queues, the highest level being 0.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mlfq {
    queues: Queues,
    standing: Vec<Standing>,
    /// The moment of the last boost.
    boosted: Time,
    /// How often a task has gone to the front of its queue after I/O.
    fronted: u64,
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Standing {
    level: u8,
    /// What is left of its slice.
    slice: Span,
    /// How many slices it may use at this level, the present one included.
    allotment: u32,
    /// The count of [`Mlfq::fronted`] when it last went to the front itself, or got a CPU: where
    /// a waiting task's is higher than a running one's, the waiting task stands in front of it.
    fronted: u64,
}

impl Standing {
    /// A fresh slice and allotment at a level.
    fn fresh(level: u8, parameters: &Parameters) -> Self {
        Self {
            level,
            slice: parameters.slices[usize::from(level)],
            allotment: parameters.allotments[usize::from(level)],
            fronted: 0,
        }
    }

    /// Its slice is used up.
    fn expire(&mut self, parameters: &Parameters) {
        self.allotment = self.allotment.saturating_sub(1);
        let lowest = u8::try_from(parameters.slices.len() - 1).unwrap_or(u8::MAX);
        if self.allotment == 0 {
            *self = Self::fresh(lowest.min(self.level + 1), parameters);
        } else {
            self.slice = parameters.slices[usize::from(self.level)];
            self.fronted = 0;
        }
    }
}

impl Mlfq {
    pub(super) fn new(config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queues: Queues::new(config.mlfq.slices.len(), tasks),
            standing: vec![Standing::fresh(0, &config.mlfq); tasks],
            boosted: Time::ZERO,
            fronted: 0,
        }
    }

    fn queue_of(&self, task: TaskId) -> usize {
        usize::from(self.standing[task.index()].level)
    }

    /// Puts a task whose CPU was taken back to where it stood: in front, but behind those that went
    /// to the front after it had got the CPU.
    fn put_back(&mut self, queue: usize, task: TaskId) {
        // It stands there because it was there, so from now on it is in front of no running task.
        let got_cpu = core::mem::take(&mut self.standing[task.index()].fronted);
        let later = |other: &TaskId| self.standing[other.index()].fronted > got_cpu;
        match self.queues.iter(queue).take_while(later).last() {
            Some(before) => self.queues.push_after(queue, before, task),
            None => self.queues.push_front(queue, task),
        }
    }
}

impl Policy for Mlfq {
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, why: Readied) {
        let parameters = &ctx.config().mlfq;
        if why == Readied::SliceExpired {
            self.standing[task.index()].expire(parameters);
        }
        let queue = self.queue_of(task);
        match why {
            Readied::Preempted => self.put_back(queue, task),
            Readied::Woken if parameters.io_to_front => {
                self.fronted += 1;
                self.standing[task.index()].fronted = self.fronted;
                self.queues.push_front(queue, task);
            }
            _ => self.queues.push_back(queue, task),
        }
    }

    fn remove(&mut self, _ctx: &Context<'_>, task: TaskId) {
        self.queues.remove(self.queue_of(task), task);
        self.standing[task.index()].fronted = self.fronted;
    }

    fn pick(&self, ctx: &Context<'_>, _last: Option<TaskId>) -> Option<TaskId> {
        (0..ctx.config().mlfq.slices.len()).find_map(|queue| self.queues.first(queue))
    }

    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId> {
        let levels = 0..ctx.config().mlfq.slices.len();
        levels.flat_map(|queue| self.queues.iter(queue)).collect()
    }

    fn slice(&self, _ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        Some(self.standing[task.index()].slice)
    }

    /// It keeps its level, and what is left of its slice and allotment.
    fn adopt(&mut self, _ctx: &Context<'_>, task: TaskId, from: &mut Self) {
        from.queues.remove(from.queue_of(task), task);
        self.standing[task.index()] = Standing {
            fronted: 0,
            ..from.standing[task.index()]
        };
        self.queues.push_back(self.queue_of(task), task);
    }

    fn exchange(&mut self, one: TaskId, other: TaskId) {
        self.standing.swap(one.index(), other.index());
    }

    fn ran(&mut self, _ctx: &Context<'_>, task: TaskId, span: Span) {
        self.standing[task.index()].slice -= span;
    }

    fn blocked(&mut self, ctx: &Context<'_>, task: TaskId) {
        let parameters = &ctx.config().mlfq;
        let standing = &mut self.standing[task.index()];
        let used_up = standing.slice.is_zero();
        if parameters.io_keeps_priority {
            *standing = Standing::fresh(standing.level, parameters);
        }
        if used_up {
            standing.expire(parameters);
        }
    }

    fn is_preemptive(&self, _config: &PolicyConfig) -> bool {
        true
    }

    fn preempts(&self, _ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        let rank = |task: TaskId| {
            let Standing { level, fronted, .. } = self.standing[task.index()];
            (level, Reverse(fronted))
        };
        rank(ready.task) < rank(running.task)
    }

    fn has_timer(&self, config: &PolicyConfig) -> bool {
        config.mlfq.boost.is_some()
    }

    fn next_tick(&self, ctx: &Context<'_>) -> Option<Time> {
        // While the system is empty, nobody asks.
        let every = ctx.config().mlfq.boost?;
        Some(super::next_multiple(ctx.now, every, self.boosted))
    }

    fn tick_takes_cpus(&self) -> bool {
        true
    }

    fn tick(&mut self, ctx: &Context<'_>) {
        let parameters = &ctx.config().mlfq;
        self.boosted = ctx.now;
        for level in (1..parameters.slices.len()).rev() {
            self.queues.append(0, level);
        }
        self.standing.fill(Standing::fresh(0, parameters));
    }

    fn level(&self, task: TaskId) -> Option<(u8, u8)> {
        let levels = u8::try_from(self.queues.len()).unwrap_or(u8::MAX);
        Some((self.standing[task.index()].level, levels))
    }

    fn allotment(&self, task: TaskId) -> Option<u32> {
        Some(self.standing[task.index()].allotment)
    }
}
