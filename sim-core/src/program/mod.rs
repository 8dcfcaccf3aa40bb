//! Programs: data that says what each task does next.
//!
//! [`Code`] is everything about a run that never changes while it runs: the machine's
//! [`Config`] and each job's program. It is checked once, when it is read; behind that the core
//! cannot fail. What changes stands in [`Machine`](crate::machine::Machine).

mod bursts;
mod config;
pub mod limits;

use bursts::Parts;
pub use bursts::{Burst, Frame};
pub use config::{
    Config, Costs, Disk, IoDone, IoStart, Mlfq, Order, PolicyConfig, PolicyKind, Ties,
};

use crate::ids::TaskId;
use crate::sort::sort_by_key;
use crate::time::{Span, Time};

/// A checked program for one machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code {
    /// The machine that it runs on.
    pub config: Config,
    /// The jobs; a job's place is the number of its task.
    pub jobs: Vec<Job>,
    /// The pipes between them.
    pub pipes: Vec<PipeSpec>,
    /// The sizes of memory's partitions in KiB; empty where memory is not modelled.
    pub partitions: Vec<u32>,
    /// When the jobs arrive, in order: by time, then by number.
    arrivals: Vec<(Time, TaskId)>,
    /// The bursts of the jobs as they are carried out.
    parts: Parts,
}

/// What a pipe is called and how much it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PipeSpec {
    /// Its name in the workload.
    pub name: String,
    /// How many messages it holds.
    pub capacity: u32,
}

/// A job of a workload: one process with one thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// What people call it.
    pub name: String,
    /// When it enters the system.
    pub arrival: Time,
    /// Its priority; the lower the number, the higher the priority (as in Silberschatz §5.3.4 and
    /// in UNIX).
    pub priority: i32,
    /// Its share of the CPU under lottery, stride and fair scheduling.
    pub tickets: u32,
    /// The length of its period, where it is periodic.
    pub period: Option<Span>,
    /// How long after its arrival (or the start of each period) it must be done.
    pub deadline: Option<Span>,
    /// How often its bursts are carried out: once in each period, or in a row.
    pub rounds: u32,
    /// The memory that it needs, in KiB.
    pub memory: u32,
    /// The files that it holds open while it lives.
    pub files: Vec<String>,
    /// The parent's number; none for a child of the first process, which reaps it.
    pub parent: Option<TaskId>,
    /// What it does, in order.
    pub bursts: Vec<Burst>,
    /// Whether it writes into pipe `i` (it holds that end open until it exits).
    pub writes: Vec<bool>,
}

impl Code {
    /// Puts checked parts together.
    #[must_use]
    pub fn new(config: Config, jobs: Vec<Job>, pipes: Vec<PipeSpec>, partitions: Vec<u32>) -> Self {
        let tasks = (0..).map(TaskId);
        let mut arrivals: Vec<_> = jobs.iter().map(|job| job.arrival).zip(tasks).collect();
        sort_by_key(&mut arrivals, |arrival| *arrival);
        let parts = Parts::new(&jobs);
        Self {
            config,
            jobs,
            pipes,
            partitions,
            arrivals,
            parts,
        }
    }

    /// The same jobs on another machine.
    #[must_use]
    pub fn on(&self, config: Config) -> Self {
        Self {
            config,
            ..self.clone()
        }
    }

    /// The job of a task.
    #[must_use]
    pub fn job(&self, task: TaskId) -> &Job {
        &self.jobs[task.index()]
    }

    /// Who arrives as number `place` (from 0); none after the last.
    #[must_use]
    pub fn arrival(&self, place: u32) -> Option<TaskId> {
        self.arrivals.get(place as usize).map(|(_, task)| *task)
    }

    /// When number `place` arrives.
    #[must_use]
    #[inline]
    pub fn arrival_time(&self, place: u32) -> Option<Time> {
        self.arrivals.get(place as usize).map(|(at, _)| *at)
    }
}
