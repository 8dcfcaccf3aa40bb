//! The simulated computer as one plain value: clone it, compare it, print it, serialise it.
//!
//! It holds what changes while a run goes on; what never changes is in [`Code`]. Nothing here
//! decides: [`rules`](crate::rules) look at the machine and say what may happen next,
//! [`Machine::apply`] carries out what did.

mod apply;
mod cpu;
mod devices;
mod task;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use apply::Illegal;
pub use cpu::{Cpu, Mode};
pub use devices::{Deadlines, Disk, Partition, Pipe, Timer, Timers};
pub use task::{Accounting, Registers, State, Task};

use crate::ids::{CpuId, PipeId, TaskId};
use crate::policy::{Context, Policy, Scheduler};
use crate::program::Code;
use crate::time::{Span, Time};

/// Everything that a computer is at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The simulated clock.
    pub now: Time,
    /// How many choices have been made: the index of the next one.
    pub decisions: u32,
    /// The CPUs.
    pub cpus: Vec<Cpu>,
    /// The process table.
    pub tasks: Vec<Task>,
    /// How many jobs have arrived.
    pub arrived: u32,
    /// How many have exited and been reaped.
    pub exited: u32,
    /// Jobs in state *new*, in the order in which they came: they wait for memory.
    pub admission: VecDeque<TaskId>,
    /// The partitions of memory; none where it is not modelled.
    pub partitions: Vec<Partition>,
    /// Requests in flight and sleeping tasks, by when they are due.
    pub timers: Timers,
    /// Deadlines ahead, of jobs not done.
    pub deadlines: Deadlines,
    /// The disk.
    pub disk: Disk,
    /// The pipes.
    pub pipes: Vec<Pipe>,
    /// Facts that follow at once from the one before and need an event of their own.
    pub pending: VecDeque<Pending>,
    /// How many tasks are ready.
    pub ready: u32,
    /// The scheduling policy's state, the ready queue included.
    pub scheduler: Scheduler,
}

/// What follows at once from the event before, ahead of everything else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Pending {
    /// A task's wait may be over.
    Wake {
        /// Whose.
        task: TaskId,
        /// Who ended it: it sent or received a message, or closed the pipe by its exit.
        by: TaskId,
    },
    /// A zombie's parent waits for it.
    Reap(TaskId),
    /// A task whose I/O is done takes a CPU at once.
    Seize(TaskId),
}

impl Machine {
    /// The computer just switched on: nothing has arrived.
    #[must_use]
    pub fn new(code: &Code) -> Self {
        let tasks: Vec<_> = code.jobs.iter().map(Task::new).collect();
        Self {
            now: Time::ZERO,
            decisions: 0,
            cpus: vec![Cpu::default(); usize::from(code.config.cpus)],
            scheduler: Scheduler::new(&code.config.policy, code.jobs.len()),
            tasks,
            arrived: 0,
            exited: 0,
            admission: VecDeque::new(),
            partitions: code
                .partitions
                .iter()
                .map(|&size| Partition { size, task: None })
                .collect(),
            timers: Timers::default(),
            deadlines: Deadlines::default(),
            disk: Disk::default(),
            pipes: (0..code.pipes.len())
                .map(|i| Pipe::new(PipeId::from_index(i), code))
                .collect(),
            pending: VecDeque::new(),
            ready: 0,
        }
    }

    /// The entry of a task in the process table.
    #[must_use]
    pub fn task(&self, task: TaskId) -> &Task {
        &self.tasks[task.index()]
    }

    /// A CPU.
    #[must_use]
    pub fn cpu(&self, cpu: CpuId) -> &Cpu {
        &self.cpus[cpu.index()]
    }

    /// How many messages are in a pipe, and how many it holds.
    #[must_use]
    pub fn fill(&self, code: &Code, pipe: PipeId) -> (u32, u32) {
        let place = pipe.index();
        (self.pipes[place].messages, code.pipes[place].capacity)
    }

    /// Whether every task has exited.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.exited as usize == self.tasks.len()
    }

    /// What a policy may look at.
    #[must_use]
    pub fn context<'a>(&'a self, code: &'a Code) -> Context<'a> {
        Context {
            code,
            tasks: &self.tasks,
            now: self.now,
            decision: self.decisions,
        }
    }

    /// How long the task on a CPU has used it since its last settlement (its burst or slice goes
    /// on); zero where the CPU runs no task.
    #[must_use]
    pub fn ran(&self, cpu: CpuId) -> Span {
        let cpu = self.cpu(cpu);
        if matches!(cpu.mode, Mode::User(_)) {
            self.now.since(cpu.since)
        } else {
            Span::ZERO
        }
    }

    /// The CPU time that a task has still to use before its next call.
    #[must_use]
    pub fn left(&self, task: TaskId) -> Span {
        let entry = self.task(task);
        match entry.state {
            State::Running(cpu) => entry.step.run - self.ran(cpu),
            _ => entry.step.run,
        }
    }

    /// The registers as they are now: in the CPU for a task that runs, in the process table
    /// otherwise.
    #[must_use]
    pub fn registers(&self, task: TaskId) -> Registers {
        let entry = self.task(task);
        match entry.state {
            State::Running(cpu) => entry.saved.after(self.ran(cpu)),
            _ => entry.saved,
        }
    }

    /// A task's accounting up to now, the time in its present state included.
    #[must_use]
    pub fn accounting(&self, task: TaskId) -> Accounting {
        let entry = self.task(task);
        let mut sum = entry.accounting;
        match entry.state {
            State::Running(cpu) => {
                let since = self.cpu(cpu).since;
                match self.cpu(cpu).mode {
                    Mode::User(_) => sum.cpu += self.ran(cpu),
                    _ => sum.waiting += self.now.since(since),
                }
            }
            state => sum.charge(state, self.now.since(entry.since)),
        }
        sum
    }

    /// The time that a CPU has been busy with tasks and with the kernel's own work up to now.
    #[must_use]
    pub fn cpu_use(&self, cpu: CpuId) -> (Span, Span) {
        let entry = self.cpu(cpu);
        let kernel = match entry.mode {
            Mode::Switching { .. } | Mode::Handling { .. } => self.now.since(entry.since),
            _ => Span::ZERO,
        };
        (entry.busy + self.ran(cpu), entry.kernel + kernel)
    }

    /// The ready tasks, in the order in which the policy would dispatch them as things stand.
    #[must_use]
    pub fn ready_order(&self, code: &Code) -> Vec<TaskId> {
        self.scheduler.order(&self.context(code))
    }

    /// The memory that a copy takes, in bytes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // A task's entry, its links in the ready queue, and its share of timers and lists.
        const BESIDE_ENTRY: usize = 32;
        self.tasks.len() * (size_of::<Task>() + BESIDE_ENTRY) + size_of::<Self>()
    }

    /// A hash of the whole state, taken of its canonical bytes: the same on every platform.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        xxhash_rust::xxh3::xxh3_64(&bytes)
    }
}
