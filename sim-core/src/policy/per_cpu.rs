//! A ready queue for each CPU, all under the same policy (OSTEP chapter 10: *multi-queue
//! scheduling*; Silberschatz §5.5.1 and §5.5.3–4).
//!
//! A new task joins the CPU that has the fewest tasks, ready and running; of equal ones the
//! lowest-numbered. From then on it comes back to that CPU's queue, where the caches may still hold
//! what it needs: *affinity*. A CPU whose queue is empty waits, beside ready tasks of others, or
//! *steals*: from the longest queue (of equal ones the lowest-numbered CPU's) the task that would
//! run last there. So do the thieves of Cilk, which take the cold end (Blumofe and Leiserson,
//! *Scheduling Multithreaded Computations by Work Stealing*, 1999), though they choose the victim
//! by lot.
//!
//! Not a policy: each queue has one, and none knows of the others.

use serde::{Deserialize, Serialize};

use super::{Contender, Context, Key, Policy, Readied, Scheduler};
use crate::ids::{CpuId, TaskId};
use crate::machine::State;
use crate::program::{IdleCpu, PolicyConfig};
use crate::time::{Span, Time};

/// The queues.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct PerCpu {
    queues: Vec<Queue>,
    /// The CPU to which each task belongs: it stands in that CPU's queue or will come back to it,
    /// and that queue's policy knows what it has used.
    homes: Vec<CpuId>,
    idle: IdleCpu,
}

/// The queue of one CPU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Queue {
    policy: Scheduler,
    /// How many tasks stand in it.
    ready: u32,
    /// Who was given the CPU last: while that task runs there, the CPU is taken.
    given: Option<TaskId>,
}

impl PerCpu {
    /// A queue such as `empty` for each of `cpus` CPUs.
    #[lockstep_part::later(PerCpu)]
    pub(super) fn new(empty: Scheduler, cpus: u8, idle: IdleCpu, tasks: usize) -> Self {
        let queue = Queue {
            policy: empty,
            ready: 0,
            given: None,
        };
        Self {
            queues: vec![queue; usize::from(cpus)],
            homes: vec![CpuId(0); tasks],
            idle,
        }
    }

    /// See [`Scheduler::queue_of`].
    pub(super) fn queue_of(&self, task: TaskId) -> CpuId {
        self.homes[task.index()]
    }

    /// See [`Scheduler::queued_for`].
    pub(super) fn queued_for(&self, cpu: CpuId) -> u32 {
        self.queues[cpu.index()].ready
    }

    /// See [`Scheduler::within_reach`].
    pub(super) fn within_reach(&self, cpu: CpuId, ready: u32) -> u32 {
        match (self.queued_for(cpu), self.idle) {
            (0, IdleCpu::Steals) => ready,
            (own, _) => own,
        }
    }

    /// See [`Scheduler::may_take`].
    pub(super) fn may_take(&self, cpu: CpuId, task: TaskId) -> bool {
        let steals = self.idle == IdleCpu::Steals && self.queued_for(cpu) == 0;
        steals || self.queue_of(task) == cpu
    }

    fn home(&self, task: TaskId) -> &Scheduler {
        &self.queues[self.queue_of(task).index()].policy
    }

    fn home_mut(&mut self, task: TaskId) -> &mut Scheduler {
        let home = self.queue_of(task);
        &mut self.queues[home.index()].policy
    }

    /// The CPUs, each with its queue.
    fn iter(&self) -> impl Iterator<Item = (CpuId, &Queue)> {
        (0..).map(CpuId).zip(&self.queues)
    }

    /// The CPU with the fewest tasks.
    fn shortest(&self, ctx: &Context<'_>) -> CpuId {
        let load = |cpu: CpuId, queue: &Queue| {
            let runs = |task: TaskId| ctx.task(task).state == State::Running(cpu);
            queue.ready + u32::from(queue.given.is_some_and(runs))
        };
        let shortest = self.iter().min_by_key(|(cpu, queue)| load(*cpu, queue));
        shortest.map_or(CpuId(0), |(cpu, _)| cpu)
    }

    /// What a CPU whose queue is empty takes from the others.
    fn loot(&self, ctx: &Context<'_>) -> Option<TaskId> {
        let longest = self.queues.iter().rev().max_by_key(|queue| queue.ready)?;
        longest.policy.order(ctx).pop()
    }
}

impl Policy for PerCpu {
    #[lockstep_part::later(PerCpu)]
    #[inline(never)]
    fn ready(&mut self, ctx: &Context<'_>, task: TaskId, why: Readied) {
        if why == Readied::New {
            self.homes[task.index()] = self.shortest(ctx);
        }
        let home = self.queue_of(task);
        let queue = &mut self.queues[home.index()];
        queue.ready += 1;
        queue.policy.ready(ctx, task, why);
    }

    #[lockstep_part::later(PerCpu)]
    #[inline(never)]
    fn remove(&mut self, ctx: &Context<'_>, task: TaskId) {
        let home = self.queue_of(task);
        let queue = &mut self.queues[home.index()];
        queue.ready -= 1;
        queue.policy.remove(ctx, task);
    }

    #[lockstep_part::later(PerCpu)]
    #[inline(never)]
    fn pick(&self, ctx: &Context<'_>, last: Option<TaskId>) -> Option<TaskId> {
        let Some(cpu) = ctx.cpu else {
            let mut queues = self.queues.iter();
            return queues.find_map(|queue| queue.policy.pick(ctx, last));
        };
        let own = self.queues[cpu.index()].policy.pick(ctx, last);
        own.or_else(|| match self.idle {
            IdleCpu::Waits => None,
            IdleCpu::Steals => self.loot(ctx),
        })
    }

    #[lockstep_part::later(PerCpu)]
    fn order(&self, ctx: &Context<'_>) -> Vec<TaskId> {
        match ctx.cpu {
            Some(cpu) => self.queues[cpu.index()].policy.order(ctx),
            None => {
                let queues = self.queues.iter();
                queues.flat_map(|queue| queue.policy.order(ctx)).collect()
            }
        }
    }

    fn slice(&self, ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        self.home(task).slice(ctx, task)
    }

    #[lockstep_part::later(PerCpu)]
    #[inline(never)]
    fn dispatch(&mut self, ctx: &Context<'_>, task: TaskId) -> Option<Span> {
        let home = self.queue_of(task);
        let cpu = ctx.cpu.unwrap_or(home);
        if let Ok([own, other]) = self.queues.get_disjoint_mut([cpu.index(), home.index()]) {
            // It is stolen, and belongs here from now on.
            own.policy.adopt(ctx, task, &mut other.policy);
            own.ready += 1;
            other.ready -= 1;
            self.homes[task.index()] = cpu;
        }
        let queue = &mut self.queues[cpu.index()];
        queue.ready -= 1;
        queue.given = Some(task);
        queue.policy.dispatch(ctx, task)
    }

    fn exchange(&mut self, one: TaskId, other: TaskId) {
        self.homes.swap(one.index(), other.index());
        for queue in &mut self.queues {
            queue.policy.exchange(one, other);
            queue.given = queue.given.map(|given| match given {
                given if given == one => other,
                given if given == other => one,
                given => given,
            });
        }
    }

    fn taken_on(&mut self, ctx: &Context<'_>, task: TaskId) {
        self.home_mut(task).taken_on(ctx, task);
    }

    #[inline(never)]
    fn ran(&mut self, ctx: &Context<'_>, task: TaskId, span: Span) {
        self.home_mut(task).ran(ctx, task, span);
    }

    #[inline(never)]
    fn blocked(&mut self, ctx: &Context<'_>, task: TaskId) {
        self.home_mut(task).blocked(ctx, task);
    }

    fn is_preemptive(&self, config: &PolicyConfig) -> bool {
        let mut queues = self.queues.iter();
        queues.any(|queue| queue.policy.is_preemptive(config))
    }

    fn preempts(&self, ctx: &Context<'_>, ready: Contender, running: Contender) -> bool {
        self.home(running.task).preempts(ctx, ready, running)
    }

    fn has_timer(&self, config: &PolicyConfig) -> bool {
        self.queues
            .iter()
            .any(|queue| queue.policy.has_timer(config))
    }

    // One timer drives all queues, so that all keep its rhythm.

    fn next_tick(&self, ctx: &Context<'_>) -> Option<Time> {
        let queues = self.queues.iter();
        queues.filter_map(|queue| queue.policy.next_tick(ctx)).min()
    }

    fn tick_takes_cpus(&self) -> bool {
        self.queues
            .iter()
            .any(|queue| queue.policy.tick_takes_cpus())
    }

    fn tick(&mut self, ctx: &Context<'_>) {
        for queue in &mut self.queues {
            queue.policy.tick(ctx);
        }
    }

    fn level(&self, task: TaskId) -> Option<(u8, u8)> {
        self.home(task).level(task)
    }

    fn allotment(&self, task: TaskId) -> Option<u32> {
        self.home(task).allotment(task)
    }

    fn key(&self, ctx: &Context<'_>, task: TaskId) -> Option<Key> {
        self.home(task).key(ctx, task)
    }
}
