//! Scheduling policies: who runs next, and for how long. One policy a file.
//!
//! A policy keeps the ready queue in its own order, and whatever else it needs (levels, passes,
//! virtual runtimes). Its state is part of the machine. It answers questions without changing
//! ([`Policy::pick`], [`Policy::slice`], [`Policy::preempts`]), and is told what happened so that
//! it can change ([`Policy::ready`], [`Policy::remove`], [`Policy::ran`], …). It never touches
//! anything else.
//!
//! A policy knows one queue. Whether a machine has one for all its CPUs or one for each of them is
//! the matter of the [`Scheduler`].
//!
//! To add one: a file here with a type that implements [`Policy`], a line in the list at
//! `policies!` in `scheduler`, and its name in [`PolicyKind`](crate::program::PolicyKind).

mod cfs;
mod edf;
mod fcfs;
mod hrrn;
mod lottery;
mod mlfq;
mod ordered;
mod per_cpu;
mod priority;
mod queue;
mod rm;
mod rr;
mod scheduler;
mod sjf;
mod srtf;
mod stride;

pub use hrrn::Ratio;
pub use scheduler::Scheduler;

use crate::ids::{CpuId, TaskId};
use crate::machine::Task;
use crate::program::{Code, PolicyConfig};
use crate::random::mix;
use crate::time::{Span, Time};

/// What a policy may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The jobs and the configuration.
    pub code: &'a Code,
    /// The process table.
    pub tasks: &'a [Task],
    /// The moment.
    pub now: Time,
    /// The index of the next choice: the counter of random draws.
    pub decision: u32,
    /// The CPU about whose queue is asked; none: about all of them.
    pub cpu: Option<CpuId>,
}

impl<'a> Context<'a> {
    /// The same, where the question is about one CPU: who runs next on it. It makes a difference
    /// where each CPU has a queue of its own.
    #[must_use]
    #[inline]
    pub const fn on(mut self, cpu: CpuId) -> Self {
        self.cpu = Some(cpu);
        self
    }

    /// The parameters of the policy.
    #[must_use]
    pub fn config(&self) -> &'a PolicyConfig {
        &self.code.config.policy
    }

    /// The entry of a task in the process table.
    #[must_use]
    pub fn task(&self, task: TaskId) -> &'a Task {
        &self.tasks[task.index()]
    }

    /// A number below `bound`, which must not be zero, drawn for the present choice.
    ///
    /// Counter-based: it is a function of seed and choice, so that there is nothing to rewind.
    #[must_use]
    pub fn draw(&self, bound: u64) -> u64 {
        let mixed = mix(self.code.config.seed, u64::from(self.decision));
        // Multiply and shift: the bias is below bound / 2^64.
        u64::try_from((u128::from(mixed) * u128::from(bound)) >> 64).unwrap_or(0)
    }
}

/// A task that is compared with another for a CPU.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contender {
    /// Who.
    pub task: TaskId,
    /// How long it has run since the policy (and its entry in the process table) was last told.
    pub ran: Span,
}

/// Why a task joins the ready queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readied {
    /// It is new.
    New,
    /// What it waited for has come, or its period has begun.
    Woken,
    /// Its time slice has ended.
    SliceExpired,
    /// The CPU was taken from it.
    Preempted,
    /// It gave up the CPU of its own will.
    Yielded,
}

/// A scheduling policy.
pub trait Policy {
    /// A task joins the ready queue.
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, why: Readied);

    /// A task leaves the ready queue: a CPU is its own now. Mostly the one that was picked, but a
    /// person may choose another.
    fn remove(&mut self, ctx: &Context<'_>, task: TaskId);

    /// Who of the ready queue runs next; none only when it is empty. `last` is the task that ran
    /// last on the CPU. Of queues of several CPUs the context names the CPU.
    fn pick(&self, ctx: &Context<'_>, last: Option<TaskId>) -> Option<TaskId>;

    /// The ready queue in the order in which it would be dispatched as things stand.
    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId>;

    /// How long a task that is being dispatched may run; none: until it blocks or ends.
    #[inline]
    fn slice(&self, ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        let _ = (ctx, task);
        None
    }

    /// A task is being dispatched: [`slice`](Self::slice) and then [`remove`](Self::remove), in one
    /// call because it is the most frequent one.
    #[inline]
    fn dispatch(&mut self, ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        let slice = self.slice(ctx, task);
        self.remove(ctx, task);
        slice
    }

    /// A ready task comes over from another CPU's queue of the same policy: what the policy knows
    /// of it comes along. Neither queue takes it for one that is dispatched.
    fn adopt(&mut self, ctx: &Context<'_>, task: TaskId, from: &mut Self)
    where
        Self: Sized,
    {
        from.remove(ctx, task);
        self.ready(ctx, task, Readied::Yielded);
    }

    /// What the policy knows of two tasks it knows of the other one from now on. Neither is ready or runs:
    /// a kernel thread goes over from one user-level thread to another.
    fn exchange(&mut self, one: TaskId, other: TaskId) {
        let _ = (one, other);
    }

    /// A kernel thread that has a CPU goes over to this task, which runs without having been ready.
    fn taken_on(&mut self, ctx: &Context<'_>, task: TaskId) {
        let _ = (ctx, task);
    }

    /// A task has used the CPU for a while.
    #[inline]
    fn ran(&mut self, ctx: &Context<'_>, task: TaskId, span: Span) {
        let _ = (ctx, task, span);
    }

    /// A running task goes back to the queue: [`ran`](Self::ran), if it did, and then
    /// [`ready`](Self::ready), in one call because it is a frequent one.
    #[inline]
    fn put_back(&mut self, ctx: &Context<'_>, task: TaskId, span: Span, why: Readied) {
        if !span.is_zero() {
            self.ran(ctx, task, span);
        }
        self.ready(ctx, task, why);
    }

    /// A running task blocks: [`ran`](Self::ran), if it did, and then [`blocked`](Self::blocked).
    #[inline]
    fn block(&mut self, ctx: &Context<'_>, task: TaskId, span: Span) {
        if !span.is_zero() {
            self.ran(ctx, task, span);
        }
        self.blocked(ctx, task);
    }

    /// A running task has blocked.
    #[inline]
    fn blocked(&mut self, ctx: &Context<'_>, task: TaskId) {
        let _ = (ctx, task);
    }

    /// Whether [`preempts`](Self::preempts) can ever be true with this configuration.
    fn is_preemptive(&self, config: &PolicyConfig) -> bool {
        let _ = config;
        false
    }

    /// Whether a task should take the CPU from a running one.
    ///
    /// Once the running task is back in the queue, `pick` must prefer the other one.
    fn preempts(&self, ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        let _ = (ctx, ready, running);
        false
    }

    /// Whether [`next_tick`](Self::next_tick) can ever name a moment with this configuration.
    fn has_timer(&self, config: &PolicyConfig) -> bool {
        let _ = config;
        false
    }

    /// When its own timer is due next, not before `ctx.now`; none where it has none.
    fn next_tick(&self, ctx: &Context<'_>) -> Option<Time> {
        let _ = ctx;
        None
    }

    /// Whether running tasks go back to the queue before its timer is handled.
    #[inline]
    fn tick_takes_cpus(&self) -> bool {
        false
    }

    /// Its timer was due.
    fn tick(&mut self, ctx: &Context<'_>) {
        let _ = ctx;
    }

    /// The level of a task and how many there are, the highest being 0, where the policy has
    /// levels.
    fn level(&self, task: TaskId) -> Option<(u8, u8)> {
        let _ = task;
        None
    }

    /// How many slices a task may still use at its level, the present one included, where the
    /// policy has levels.
    fn allotment(&self, task: TaskId) -> Option<u32> {
        let _ = task;
        None
    }

    /// The number by which the policy compares a ready or running task, for people to see: what
    /// it is called and its value (times in nanoseconds).
    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        let _ = (ctx, task);
        None
    }
}

/// A number that a policy decides by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// The length of the next CPU burst.
    Burst(Span),
    /// What is left of the CPU burst.
    Remaining(Span),
    /// What it has waited, set against its burst.
    ResponseRatio(Ratio),
    /// The priority in effect.
    Priority(i64),
    /// How many tickets it holds.
    Tickets(u32),
    /// The pass of stride scheduling, in weighted nanoseconds.
    Pass(u64),
    /// The virtual runtime of fair scheduling, in weighted nanoseconds.
    VirtualRuntime(u64),
    /// The deadline.
    Deadline(Time),
    /// The period.
    Period(Span),
}

/// The lowest-numbered of a policy's tasks after `last`, in a circle.
fn after(tasks: impl Iterator<Item = TaskId>, last: Option<TaskId>) -> Option<TaskId> {
    let start = last.map_or(0, |task| task.0.wrapping_add(1));
    tasks.min_by_key(|task| task.0.wrapping_sub(start))
}

/// The weight of a task that has the default number of tickets.
const NORMAL: u32 = 100;

/// CPU time divided by a weight, such that the default weight leaves it as it is.
fn weighted(span: Span, tickets: u32) -> u64 {
    let scaled = u128::from(span.0) * u128::from(NORMAL) / u128::from(tickets.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// The next multiple of an interval, `now` included unless it was `handled` already: a policy's
/// timer that rests while there is nothing to do and keeps its rhythm.
fn next_multiple(now: Time, every: Span, handled: Time) -> Time {
    let multiple = Time(now.0.div_ceil(every.0).saturating_mul(every.0));
    if multiple > handled {
        multiple
    } else {
        handled + every
    }
}
