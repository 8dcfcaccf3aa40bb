//! Highest response ratio next: of the ready tasks, the one whose waiting time and burst together
//! are the largest multiple of its burst runs until it blocks or ends (Brinch Hansen, *Short-term
//! Scheduling in Multiprogramming Systems*, 1971; Stallings §9.2). Of equal ones, who has waited
//! longer.
//!
//! It favours short bursts as shortest job first does, but a ratio rises while its task waits, so
//! that no task starves. Everybody's ratio changes all the time, and each at its own speed: there is
//! no order to keep, and whoever is next is looked for.

use core::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};

use super::queue::Queues;
use super::{Context, Key, Policy, Readied};
use crate::ids::TaskId;
use crate::machine::State;
use crate::program::PolicyConfig;
use crate::sort::sort_by_key;
use crate::time::Span;

/// A response ratio: (waiting time + burst) / burst, compared without division.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// How long the task has been ready.
    pub waiting: Span,
    /// Its next CPU burst.
    pub burst: Span,
}

impl Ratio {
    /// Above and below the line. A burst of no length counts as one nanosecond.
    fn parts(self) -> (u128, u128) {
        let burst = u128::from(self.burst.0.max(1));
        (u128::from(self.waiting.0) + burst, burst)
    }

    /// The ratio in thousandths, rounded.
    #[must_use]
    pub fn thousandths(self) -> u64 {
        let (above, below) = self.parts();
        u64::try_from((above * 1_000 + below / 2) / below).unwrap_or(u64::MAX)
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((above, below), (other_above, other_below)) = (self.parts(), other.parts());
        // No time of a run comes near the end of its 64 bits (see `limits`), so the products fit.
        (above * other_below).cmp(&(other_above * below))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ratio {}

/// The queue, in the order in which its tasks became ready.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hrrn {
    queue: Queues,
}

impl Hrrn {
    pub(super) fn new(_config: &PolicyConfig, tasks: usize) -> Self {
        Self {
            queue: Queues::new(1, tasks),
        }
    }
}

fn ratio(ctx: &Context<'_>, task: TaskId) -> Ratio {
    let entry = ctx.task(task);
    Ratio {
        waiting: ctx.now.since(entry.since),
        burst: entry.step.run,
    }
}

impl Policy for Hrrn {
    fn ready(&mut self, _ctx: &Context<'_>, task: TaskId, _why: Readied) {
        self.queue.push_back(0, task);
    }

    fn remove(&mut self, _ctx: &Context<'_>, task: TaskId) {
        self.queue.remove(0, task);
    }

    fn pick(&self, ctx: &Context<'_>, _last: Option<TaskId>) -> Option<TaskId> {
        let rated = self.queue.iter(0).map(|task| (ratio(ctx, task), task));
        let best = rated.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, task)| task)
    }

    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId> {
        let mut tasks: Vec<_> = self.queue.iter(0).collect();
        sort_by_key(&mut tasks, |task| Reverse(ratio(ctx, *task)));
        tasks
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        // A task that runs is compared with nobody.
        let is_ready = ctx.task(task).state == State::Ready;
        is_ready.then(|| Key::ResponseRatio(ratio(ctx, task)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(waiting: u64, burst: u64) -> Ratio {
        Ratio {
            waiting: Span(waiting),
            burst: Span(burst),
        }
    }

    #[test]
    fn ratios_are_compared_exactly() {
        assert_eq!(ratio(2, 2), ratio(40, 40));
        assert!(ratio(0, 5) < ratio(1, u64::MAX / 4));
        assert!(ratio(3, 6) < ratio(2, 3));
        assert!(ratio(1_000_000_001, 1_000_000_000) > ratio(1, 1));
        let long = u64::MAX / 2;
        assert!(ratio(long, long) < ratio(long, long - 1));
    }

    #[test]
    fn a_burst_of_no_length_has_a_ratio() {
        assert_eq!(ratio(0, 0), ratio(0, 7));
        assert!(ratio(1, 0) > ratio(1, 2));
    }

    #[test]
    fn thousandths_are_rounded() {
        let shown = [(0, 5), (9, 5), (1, 3), (2, 3), (2, 0)]
            .map(|(waiting, burst)| ratio(waiting, burst).thousandths());
        assert_eq!(shown, [1_000, 2_800, 1_333, 1_667, 3_000]);
    }
}
