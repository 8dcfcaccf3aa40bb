//! Programs: data that says what each task does next.
//!
//! [`Code`] is everything about a run that never changes while it runs: the machine's
//! [`Config`] and each job's program. It is checked once, when it is read; behind that the core
//! cannot fail. What changes stands in [`Machine`](crate::machine::Machine).

mod bursts;
mod config;
pub mod limits;
pub mod script;
mod slots;

use std::borrow::Cow;

use bursts::Parts;
pub use bursts::{Burst, Frame};
pub use config::{
    Config, Copying, Costs, Dialect, Disk, FaultEnds, IdleCpu, InterpreterConfig, IoDone, IoStart,
    Mlfq, Network, OperatingSystem, Order, PolicyConfig, PolicyKind, ReadyQueue, Threads, Ties,
    Wakeups,
};
pub use slots::{INIT, MAIN, Slots};

use crate::call::{Call, Step};
use crate::ids::{ObjectId, ProcessId, TaskId, VariableId};
use crate::sort::sort_by_key;
use crate::time::{Span, Time};
use script::{Evaluation, ObjectKind, Script};
use serde::{Deserialize, Serialize};

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
    /// The script that the tasks carry out, where there is one; the jobs have no bursts then.
    pub script: Option<Script>,
    /// The places of the process table for what a script makes at run time.
    pub slots: Slots,
    /// When the jobs arrive, in order: by time, then by number.
    arrivals: Vec<(Time, TaskId)>,
    /// When the peers do.
    peer_arrivals: Vec<(Time, TaskId)>,
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

/// On which side of the machine's border something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Place {
    /// In this machine.
    Inside,
    /// In the world outside: on no CPU of this machine.
    Outside,
}

impl Place {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Inside => Self::Outside,
            Self::Outside => Self::Inside,
        }
    }
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
    /// Whether it is a job of this machine or a peer.
    pub place: Place,
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
            script: None,
            slots: Slots::default(),
            arrivals,
            peer_arrivals: Vec::new(),
            parts,
        }
    }

    /// A script on a machine: each of its tasks is a job.
    #[must_use]
    pub fn of_script(config: Config, script: Script) -> Self {
        let declared = script.tasks.iter().map(Job::of_task);
        let slots = Slots::new(&config, &script);
        let jobs = declared.chain(slots.jobs()).collect();
        let mut code = Self::new(config, jobs, script.pipes.clone(), Vec::new());
        // Whoever is made at run time arrives when it is made.
        code.arrivals.retain(|(_, task)| slots.is_declared(*task));
        let is_own = |arrival: &(Time, TaskId)| code.jobs[arrival.1.index()].place == Place::Inside;
        (code.arrivals, code.peer_arrivals) = code.arrivals.iter().copied().partition(is_own);
        code.script = Some(script);
        code.slots = slots;
        code
    }

    /// The same program on a machine that shows task-level facts only; see
    /// [`Machine::is_task_level`](crate::machine::Machine::is_task_level).
    #[must_use]
    pub fn at_task_level(&self) -> Self {
        self.on(Config {
            cpus: 0,
            ..self.config.clone()
        })
    }

    /// The same program as a real operating system runs it: at task level, and nothing that the machine
    /// itself does takes simulated time, because it takes real time.
    #[must_use]
    pub fn for_real(&self) -> Self {
        let costs = Costs {
            instruction: Span::ZERO,
            ..Costs::TEXTBOOK
        };
        // Who copies has dropped the interpreter lock: that is no part of it.
        let copying = match self.config.interpreter {
            None => Copying::Measured,
            Some(_) => Copying::Costs,
        };
        self.on(Config {
            cpus: 0,
            costs,
            copying,
            network: self.config.network.loopback(),
            ..self.config.clone()
        })
    }

    /// What kind of object an object is.
    #[must_use]
    pub fn object(&self, object: ObjectId) -> &ObjectKind {
        const NONE: &ObjectKind = &ObjectKind::Event;
        self.spec(object).map_or(NONE, |spec| &spec.kind)
    }

    /// Whether an object is a set of sockets.
    #[must_use]
    pub fn is_set(&self, object: ObjectId) -> bool {
        matches!(self.object(object), ObjectKind::Watch)
    }

    /// The object of which this one is the copy in some process.
    fn spec(&self, object: ObjectId) -> Option<&script::ObjectSpec> {
        let objects = &self.script.as_ref()?.objects;
        let place = object.index();
        if place < objects.len() {
            return objects.get(place);
        }
        objects.get(place.checked_rem(objects.len())?)
    }

    /// The lock of a condition, of the same process; none of another object.
    #[must_use]
    pub fn lock_of(&self, condition: ObjectId) -> Option<ObjectId> {
        let ObjectKind::Condition { lock } = *self.object(condition) else {
            return None;
        };
        let image = self.objects().count();
        let base = condition.index() / image * image;
        Some(ObjectId::from_index(base + lock.index()))
    }

    /// What people call an object.
    #[must_use]
    pub fn object_name(&self, object: ObjectId) -> Cow<'_, str> {
        let name = self.spec(object).map_or("", |spec| &spec.name);
        match self.copy_in(object.index(), self.objects().count()) {
            Some(process) => format!("{name} ({process})").into(),
            None => name.into(),
        }
    }

    /// The process in whose image a thing is, where that is one that was made at run time.
    fn copy_in(&self, thing: usize, things: usize) -> Option<&str> {
        let image = thing.checked_div(things)?.checked_sub(1)?;
        let process = Slots::process(u16::try_from(image).ok()?);
        let job = self.jobs.get(self.slots.first_thread(process).index());
        job.map(|job| job.name.as_str())
    }

    /// What people call a shared variable, with its index in an array.
    #[must_use]
    pub fn variable_name(&self, variable: VariableId) -> String {
        let script = self.script.as_ref();
        script.map_or_else(String::new, |script| {
            let (place, words) = (variable.index(), script.words().max(1));
            let name = script.cell_name(VariableId::from_index(place % words));
            match self.copy_in(place, words) {
                Some(process) => format!("{name} ({process})"),
                None => name,
            }
        })
    }

    /// For how long a waiter for the interpreter lock sleeps before it asks; no time at all where there is
    /// no such lock.
    pub(crate) fn switch_interval(&self) -> Span {
        let interpreter = self.config.interpreter;
        let interval = interpreter.map_or(Span::ZERO, |interpreter| interpreter.interval);
        self.config.costs.by_the_clock(interval)
    }

    /// After how long a task's sleep, or the time limit of its call, is over.
    pub(crate) fn timer(&self, task: TaskId, span: Span) -> Span {
        match self.job(task).place {
            Place::Inside => self.config.costs.by_the_clock(span),
            Place::Outside => span,
        }
    }

    /// The kinds of all objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &ObjectKind> {
        let script = self.script.iter();
        script.flat_map(|script| script.objects.iter().map(|spec| &spec.kind))
    }

    /// The shared variables as they are at the start.
    pub(crate) fn initial_memory(&self) -> Vec<i64> {
        let variables = self.script.iter().flat_map(|script| &script.variables);
        let words = variables
            .flat_map(|variable| core::iter::repeat_n(variable.initial, usize::from(variable.len)));
        words.collect()
    }

    /// The threads of the tasks as they are at the start.
    pub(crate) fn threads(&self) -> impl Iterator<Item = script::Thread> {
        let script = self.script.iter();
        script.flat_map(|script| (0..self.jobs.len()).map(|task| script.start(task)))
    }

    /// Evaluates the script of a task of a process up to its next call.
    pub(crate) fn evaluate(
        &self,
        task: TaskId,
        process: ProcessId,
        thread: &mut script::Thread,
    ) -> Step {
        let Some(script) = &self.script else {
            return Step::END;
        };
        let costs = &self.config.costs;
        // The world outside has CPUs of its own.
        let (instruction, system_call) = match self.job(task).place {
            Place::Inside => (costs.instruction, costs.system_call),
            Place::Outside => (Span::ZERO, Span::ZERO),
        };
        let evaluation = Evaluation {
            instruction,
            seed: self.config.seed,
            task,
            image: script.image(process),
        };
        let mut step = script.advance(thread, &evaluation);
        let kernel = match step.call {
            Call::Fork => costs.forking(script.words()),
            Call::Spawn { .. } | Call::Execute { .. } => costs.spawn,
            Call::StartThread { .. } => costs.thread,
            call if call.is_system_call() => system_call,
            _ => return step,
        };
        step.run += kernel;
        thread.add_kernel_work(kernel);
        step
    }

    /// How many tasks are peers, outside the machine.
    #[must_use]
    pub fn peers(&self) -> u32 {
        u32::try_from(self.peer_arrivals.len()).unwrap_or(u32::MAX)
    }

    /// Which peer arrives as number `place` (from 0), and when; none after the last.
    #[must_use]
    #[inline]
    pub fn peer_arrival(&self, place: u32) -> Option<(Time, TaskId)> {
        self.peer_arrivals.get(place as usize).copied()
    }

    /// The same program with peers that come later, each by so much.
    #[must_use]
    pub fn with_late_peers(&self, late: impl Fn(TaskId) -> Span) -> Self {
        let mut code = self.clone();
        for (at, task) in &mut code.peer_arrivals {
            *at += late(*task);
            code.jobs[task.index()].arrival = *at;
        }
        code.peer_arrivals.sort_unstable();
        code
    }

    /// The same program, all of whose tasks come later than they should; peers do not.
    #[must_use]
    pub fn with_late_tasks(&self, late: Span) -> Self {
        let mut code = self.clone();
        for (at, task) in &mut code.arrivals {
            *at += late;
            code.jobs[task.index()].arrival = *at;
        }
        code
    }

    /// The same jobs on another machine.
    #[must_use]
    pub fn on(&self, config: Config) -> Self {
        if let Some(script) = &self.script
            && config.process_table != self.config.process_table
        {
            return Self::of_script(config, script.clone());
        }
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

impl Job {
    /// The job that a task of a script is.
    fn of_task(task: &script::TaskSpec) -> Self {
        Self {
            name: task.name.clone(),
            arrival: Time::ZERO + task.arrival,
            priority: task.priority,
            tickets: task.tickets,
            period: None,
            deadline: None,
            rounds: 1,
            memory: 0,
            files: Vec::new(),
            parent: None,
            bursts: Vec::new(),
            writes: Vec::new(),
            place: task.place,
        }
    }
}
