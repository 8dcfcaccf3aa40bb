//! The policy of a machine and its state: one queue for all CPUs, or one for each of them.
//!
//! Not a policy: it passes on what is asked and told to the policy that the configuration names.

use serde::{Deserialize, Serialize};

use super::per_cpu::PerCpu;
use super::{Contender, Context, Key, Policy, Readied};
use super::{cfs, edf, fcfs, hrrn, lottery, mlfq, priority, rm, rr, sjf, srtf, stride};
use crate::ids::{CpuId, TaskId};
use crate::program::{Config, PolicyConfig, PolicyKind, ReadyQueue};
use crate::time::{Span, Time};

macro_rules! policies {
    ($($kind:ident($file:ident)),* $(,)?) => {
        /// The state of one of the policies, or of one for each CPU.
        // With a tag of its own, not one hidden in a vector's capacity: it is read several times
        // at every event.
        #[repr(u8)]
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        enum State {
            $($kind($file::$kind),)*
            PerCpu(PerCpu),
        }

        macro_rules! each {
            ($self:expr, $policy:ident => $body:expr) => {
                match $self {
                    $(State::$kind($policy) => $body,)*
                    State::PerCpu($policy) => $body,
                }
            };
            // Each arm takes a copy of the context: what is lent to a function that is not inlined
            // has to be in memory, and so only that policy's arm writes it there.
            ($self:expr, $ctx:ident, $policy:ident => $body:expr) => {
                match $self {
                    $(State::$kind($policy) => {
                        let $ctx = &{ *$ctx };
                        $body
                    })*
                    State::PerCpu($policy) => {
                        let $ctx = &{ *$ctx };
                        $body
                    }
                }
            };
        }

        impl State {
            /// One queue for `tasks` tasks, none of which is ready.
            fn new(config: &PolicyConfig, tasks: usize) -> Self {
                match config.kind {
                    $(PolicyKind::$kind => Self::$kind($file::$kind::new(config, tasks))),*
                }
            }

            /// See [`Policy::adopt`]; both are of one policy.
            fn adopt(&mut self, ctx: &Context<'_>, task: TaskId, from: &mut Self) {
                match (self, from) {
                    $((Self::$kind(to), Self::$kind(from)) => to.adopt(ctx, task, from),)*
                    _ => {}
                }
            }
        }
    };
}

policies! {
    Fcfs(fcfs),
    Sjf(sjf),
    Srtf(srtf),
    Hrrn(hrrn),
    Rr(rr),
    Priority(priority),
    Mlfq(mlfq),
    Lottery(lottery),
    Stride(stride),
    Cfs(cfs),
    Edf(edf),
    Rm(rm),
}

/// The policy of a machine and its state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scheduler {
    state: State,
    // What the policy answers for its configuration, asked once.
    is_preemptive: bool,
    has_timer: bool,
}

impl Scheduler {
    /// The scheduler of a machine with this configuration, for `tasks` tasks, none of which is
    /// ready.
    #[must_use]
    pub fn new(config: &Config, tasks: usize) -> Self {
        match config.ready_queue {
            // The only CPU's own queue is a queue for all CPUs.
            ReadyQueue::PerCpu(idle) if config.cpus > 1 => {
                let queue = Self::shared(&config.policy, tasks);
                Self {
                    is_preemptive: queue.is_preemptive,
                    has_timer: queue.has_timer,
                    state: State::PerCpu(PerCpu::new(queue, config.cpus, idle, tasks)),
                }
            }
            _ => Self::shared(&config.policy, tasks),
        }
    }

    /// One queue.
    fn shared(config: &PolicyConfig, tasks: usize) -> Self {
        let state = State::new(config, tasks);
        Self {
            is_preemptive: each!(&state, policy => policy.is_preemptive(config)),
            has_timer: each!(&state, policy => policy.has_timer(config)),
            state,
        }
    }

    /// Whether each CPU has a queue of its own.
    #[must_use]
    #[inline]
    pub const fn is_per_cpu(&self) -> bool {
        matches!(self.state, State::PerCpu(_))
    }

    /// The CPU in whose queue a ready task stands, and to whose queue any other will come back;
    /// none where all CPUs share one queue.
    #[must_use]
    pub fn queue_of(&self, task: TaskId) -> Option<CpuId> {
        match &self.state {
            State::PerCpu(queues) => Some(queues.queue_of(task)),
            _ => None,
        }
    }

    /// How many of the `ready` ready tasks stand in the queue from which a CPU takes.
    #[must_use]
    #[inline]
    pub fn queued_for(&self, cpu: CpuId, ready: u32) -> u32 {
        match &self.state {
            State::PerCpu(queues) => queues.queued_for(cpu),
            _ => ready,
        }
    }

    /// How many of the `ready` ready tasks a free CPU may take: all of them, or those in its own
    /// queue, or what it can steal.
    #[must_use]
    #[inline]
    pub fn within_reach(&self, cpu: CpuId, ready: u32) -> u32 {
        match &self.state {
            State::PerCpu(queues) => queues.within_reach(cpu, ready),
            _ => ready,
        }
    }

    /// Whether a free CPU may take this ready task.
    #[must_use]
    #[inline]
    pub fn may_take(&self, cpu: CpuId, task: TaskId) -> bool {
        match &self.state {
            State::PerCpu(queues) => queues.may_take(cpu, task),
            _ => true,
        }
    }
}

// The calls that are made at most events are inlined into the loop that makes a run.
impl Policy for Scheduler {
    #[inline]
    fn is_preemptive(&self, _config: &PolicyConfig) -> bool {
        self.is_preemptive
    }

    #[inline]
    fn has_timer(&self, _config: &PolicyConfig) -> bool {
        self.has_timer
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, why: Readied) {
        each!(&mut self.state, ctx, policy => policy.ready(ctx, task, why));
    }

    #[inline]
    fn remove(&mut self, ctx: &Context<'_>, task: TaskId) {
        each!(&mut self.state, ctx, policy => policy.remove(ctx, task));
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn pick(&self, ctx: &Context<'_>, last: Option<TaskId>) -> Option<TaskId> {
        each!(&self.state, ctx, policy => policy.pick(ctx, last))
    }

    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId> {
        each!(&self.state, ctx, policy => policy.order(ctx))
    }

    #[inline]
    fn slice(&self, ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        each!(&self.state, ctx, policy => policy.slice(ctx, task))
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn dispatch(&mut self, ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        each!(&mut self.state, ctx, policy => policy.dispatch(ctx, task))
    }

    fn adopt(&mut self, ctx: &Context<'_>, task: TaskId, from: &mut Self) {
        self.state.adopt(ctx, task, &mut from.state);
    }

    fn exchange(&mut self, one: TaskId, other: TaskId) {
        each!(&mut self.state, policy => policy.exchange(one, other));
    }

    fn taken_on(&mut self, ctx: &Context<'_>, task: TaskId) {
        each!(&mut self.state, ctx, policy => policy.taken_on(ctx, task));
    }

    #[inline]
    fn ran(&mut self, ctx: &Context<'_>, task: TaskId, span: Span) {
        each!(&mut self.state, ctx, policy => policy.ran(ctx, task, span));
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn put_back(&mut self, ctx: &Context<'_>, task: TaskId, span: Span, why: Readied) {
        each!(&mut self.state, ctx, policy => policy.put_back(ctx, task, span, why));
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn block(&mut self, ctx: &Context<'_>, task: TaskId, span: Span) {
        each!(&mut self.state, ctx, policy => policy.block(ctx, task, span));
    }

    #[inline]
    fn blocked(&mut self, ctx: &Context<'_>, task: TaskId) {
        each!(&mut self.state, ctx, policy => policy.blocked(ctx, task));
    }

    fn preempts(&self, ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        each!(&self.state, ctx, policy => policy.preempts(ctx, ready, running))
    }

    #[inline]
    fn next_tick(&self, ctx: &Context<'_>) -> Option<Time> {
        each!(&self.state, ctx, policy => policy.next_tick(ctx))
    }

    #[inline]
    fn tick_takes_cpus(&self) -> bool {
        each!(&self.state, policy => policy.tick_takes_cpus())
    }

    fn tick(&mut self, ctx: &Context<'_>) {
        each!(&mut self.state, ctx, policy => policy.tick(ctx));
    }

    fn level(&self, task: TaskId) -> Option<(u8, u8)> {
        each!(&self.state, policy => policy.level(task))
    }

    fn allotment(&self, task: TaskId) -> Option<u32> {
        each!(&self.state, policy => policy.allotment(task))
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        each!(&self.state, ctx, policy => policy.key(ctx, task))
    }
}
