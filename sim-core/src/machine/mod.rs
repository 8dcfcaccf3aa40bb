//! The simulated computer as one plain value: clone it, compare it, print it, serialise it.
//!
//! It holds what changes while a run goes on; what never changes is in [`Code`]. Nothing here
//! decides: [`rules`](crate::rules) look at the machine and say what may happen next,
//! [`Machine::apply`] carries out what did.

mod apply;
mod carriers;
mod cpu;
mod devices;
mod interpreter;
mod network;
mod objects;
mod process;
mod processors;
mod task;
pub mod wait_for;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use apply::Illegal;
pub(crate) use apply::Plain;
pub use carriers::{Carrier, Carriers, Kept as KeptCpu};
pub use cpu::{Cpu, Mode};
pub use devices::{Deadlines, Disk, Partition, Pipe, Timer, Timers};
pub use interpreter::Interpreter;
pub use network::{
    Completion, Connection, Due, FIRST_DESCRIPTOR, Holder, Member, Network, NetworkUse, Packet,
    SELECT_DESCRIPTORS, Socket, SocketKind, Stage, Submission, Table, Trigger, Watch,
};
pub use objects::{Answer, Kept, Object, ObjectState, Phase, Role, Thread};
pub use process::{Alarms, Ends, Made, PipeAnswer, Process, ProcessState, Waited};
pub use processors::{Processor, Processors, Source};
pub use task::{Accounting, Registers, State, Task};

use crate::call::Signal;
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, ObjectId, PipeId, ProcessId, TaskId};
use crate::policy::{Context, Policy, Scheduler};
use crate::program::{Code, INIT, MAIN, Place};
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
    /// How many tasks are peers: a run does not wait for them.
    pub peers: u32,
    /// Jobs in state *new*, in the order in which they came: they wait for memory.
    pub admission: VecDeque<TaskId>,
    /// The partitions of memory; none where it is not modelled.
    pub partitions: Vec<Partition>,
    /// Requests in flight and sleeping tasks, by when they are due.
    pub timers: Timers,
    /// Deadlines ahead, of jobs not done.
    pub deadlines: Deadlines,
    /// Sleeps and timed calls of blocked tasks, by when they are over.
    pub timeouts: Deadlines,
    /// The disk.
    pub disk: Disk,
    /// The pipes.
    pub pipes: Vec<Pipe>,
    /// The network and the sockets.
    pub network: Network,
    /// The memory that the tasks of a script share, a word a variable.
    pub memory: Vec<i64>,
    /// The synchronisation objects of a script.
    pub objects: Vec<Object>,
    /// What each task's script is at; none for a workload.
    pub threads: Vec<Thread>,
    /// The processes of a script: the first of the machine, the script's own, those that were made.
    pub processes: Vec<Process>,
    /// How many processes and threads were made at run time.
    pub made: Made,
    /// How many places of the process table nobody has: those for what may still be made, and those
    /// of tasks whose process ended before they came.
    pub unused: u32,
    /// How many tasks did not come because their process had ended.
    pub dropped: u32,
    /// How many signals were sent and not yet delivered.
    pub undelivered: u32,
    /// The alarm clocks of processes.
    pub alarms: Alarms,
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
    /// One of those who wait at an object may try again; who of several is a choice.
    WakeOne {
        /// The object.
        object: ObjectId,
        /// Who of the waiting.
        role: Role,
        /// Who changed the object.
        by: TaskId,
    },
    /// One of those who wait at a lock is given it; who of several is a choice.
    HandOver {
        /// The lock.
        object: ObjectId,
        /// Who of the waiting.
        role: Role,
        /// Who gave it back.
        by: TaskId,
    },
    /// The first user-level thread in the run queue of a process takes a kernel thread of it.
    Carry(ProcessId),
    /// A peer makes its next call.
    Outside(TaskId),
    /// A zombie's parent waits for it.
    Reap(TaskId),
    /// A task whose I/O is done takes a CPU at once.
    Seize(TaskId),
    /// A thread ends, because its process does.
    End {
        /// Who.
        task: TaskId,
        /// The signal that ended the process; none: another thread did.
        signal: Option<Signal>,
    },
    /// The kernel sends a signal.
    Raise {
        /// To whom.
        process: ProcessId,
        /// The signal.
        signal: Signal,
        /// On whose account.
        by: TaskId,
    },
    /// The first process becomes the parent of an orphan.
    Adopt(ProcessId),
}

impl Machine {
    /// The computer just switched on: nothing has arrived.
    #[must_use]
    pub fn new(code: &Code) -> Self {
        let process = if code.script.is_some() { MAIN } else { INIT };
        let tasks: Vec<_> = code
            .jobs
            .iter()
            .map(|job| match job.place {
                Place::Inside => Task::new(job, process),
                Place::Outside => Task::new(job, INIT),
            })
            .collect();
        let mut machine = Self {
            now: Time::ZERO,
            decisions: 0,
            cpus: vec![Cpu::default(); usize::from(code.config.cpus)],
            scheduler: Scheduler::new(&code.config, code.jobs.len()),
            tasks,
            arrived: 0,
            exited: 0,
            peers: code.peers(),
            admission: VecDeque::new(),
            partitions: code
                .partitions
                .iter()
                .map(|&size| Partition { size, task: None })
                .collect(),
            timers: Timers::default(),
            deadlines: Deadlines::default(),
            timeouts: Deadlines::default(),
            disk: Disk::default(),
            pipes: (0..code.pipes.len())
                .map(|i| Pipe::new(PipeId::from_index(i), code))
                .collect(),
            network: Network::default(),
            memory: Vec::new(),
            objects: Vec::new(),
            threads: Vec::new(),
            processes: Vec::new(),
            made: Made {
                first_thread: code.slots.declared + u32::from(code.slots.children),
                ..Made::default()
            },
            unused: code.slots.count(),
            dropped: 0,
            undelivered: 0,
            alarms: Alarms::default(),
            pending: VecDeque::new(),
            ready: 0,
        };
        if code.script.is_some() {
            machine.begin_script(code);
        }
        machine
    }

    /// What only the tasks of a script have: memory, objects, threads and processes.
    #[lockstep_part::later(Machine)]
    fn begin_script(&mut self, code: &Code) {
        self.memory = code.initial_memory();
        self.objects = code.objects().map(Object::new).collect();
        self.threads = code.threads().map(Thread::new).collect();
        self.processes = first_processes(code);
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
        (self.pipes[place].messages(), code.pipes[place].capacity)
    }

    /// Whether every task has exited; peers are cut off where they are.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        (self.exited + self.unused + self.peers) as usize == self.tasks.len()
    }

    /// Whether nobody is in the system.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrived + self.made.count() == self.exited + self.dropped
    }

    /// Whether it shows what tasks can see of themselves and no more: nobody knows who has a CPU,
    /// and *ready* and *running* are one state. So a run on a real operating system is replayed.
    #[must_use]
    #[inline]
    pub fn is_task_level(&self) -> bool {
        self.cpus.is_empty()
    }

    /// The line that an event writes to standard output, where it writes one.
    #[must_use]
    #[inline]
    pub fn output_of(&self, code: &Code, event: &Event) -> Option<Box<str>> {
        match event.kind {
            EventKind::Printed { task } => Some(self.line_printed(code, task)),
            _ => None,
        }
    }

    #[inline(never)]
    fn line_printed(&self, code: &Code, task: TaskId) -> Box<str> {
        let thread = self.threads.get(task.index());
        let text = thread.zip(code.script.as_ref());
        let text = text.map(|(thread, script)| script.print(&thread.program));
        text.unwrap_or_default().into_boxed_str()
    }

    /// What a policy may look at.
    #[must_use]
    pub fn context<'a>(&'a self, code: &'a Code) -> Context<'a> {
        Context {
            code,
            tasks: &self.tasks,
            now: self.now,
            decision: self.decisions,
            cpu: None,
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
        self.left_at(task, self.now)
    }

    /// The same, at a later moment before which nothing else happens.
    #[must_use]
    pub fn left_at(&self, task: TaskId, at: Time) -> Span {
        let entry = self.task(task);
        match entry.state {
            State::Running(cpu) if matches!(self.cpu(cpu).mode, Mode::User(_)) => {
                entry.step.run - at.since(self.cpu(cpu).since)
            }
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
            Mode::Switching { .. } | Mode::Handling { .. } | Mode::Receiving { .. } => {
                self.now.since(entry.since)
            }
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
        let tasks = self.tasks.len() * (size_of::<Task>() + BESIDE_ENTRY);
        let threads = self.threads.iter().map(Thread::bytes).sum::<usize>();
        let objects = self.objects.iter().map(Object::bytes).sum::<usize>();
        let memory = size_of_val(self.memory.as_slice());
        let processes = self.processes.iter().map(Process::bytes).sum::<usize>();
        tasks + threads + objects + memory + processes + self.network.bytes() + size_of::<Self>()
    }

    /// What decides how the run can go on, as canonical bytes: where each script stands, memory,
    /// objects, and who waits to be notified; no time, no CPU, no accounting. A task that is blocked
    /// at a lock counts as one that has come to its call: it will ask again.
    ///
    /// Two machines with the same bytes can go on in the same ways, when everybody who can take a step
    /// may be next. Meaningful at [task level](Self::is_task_level), for scripts.
    #[must_use]
    pub fn control_state(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (task, thread) in self.tasks.iter().zip(&self.threads) {
            let is_over = !task.is_live();
            bytes.push(u8::from(is_over));
            if is_over {
                continue;
            }
            thread.program.control(&mut bytes);
            let (phase, count) = match thread.phase {
                Phase::Ask => (0, 0),
                Phase::Notified { count } => (1, count),
                Phase::Reacquire { count, granted } => (2 + u8::from(granted), count),
                Phase::Broken => (8, 0),
                Phase::Interrupted => (9, 0),
                Phase::Connecting { socket } => (4, socket.0.into()),
                Phase::Copying { bytes, .. } => (5, bytes),
                Phase::Partly { done } => (6, done),
                Phase::Scanned => (7, 0),
            };
            bytes.push(phase);
            for kept in &thread.kept {
                kept.control(&mut bytes);
            }
            // What is the same in all states of a process without user-level threads decides nothing.
            bytes.extend(thread.carrier.map(|_| 1));
            if let Some(processor) = thread.processor {
                bytes.extend([2, processor]);
            }
            // Only an interpreter lock decides by these.
            if self.interpreter().is_some() {
                bytes.push(u8::from(thread.is_outside));
                bytes.push(u8::from(thread.program.checkpoint));
            }
            bytes.extend(count.to_le_bytes());
        }
        for word in &self.memory {
            bytes.extend(word.to_le_bytes());
        }
        for object in &self.objects {
            object.control(&mut bytes);
        }
        for pipe in &self.pipes {
            pipe.control(&mut bytes);
        }
        // What is the same in all states of a script that makes no process decides nothing.
        bytes.extend(self.made.children.to_le_bytes());
        bytes.extend(self.made.threads.to_le_bytes());
        for process in &self.processes {
            process.control(&mut bytes);
        }
        self.network.control(&mut bytes);
        bytes
    }

    /// A hash of the whole state, taken of its canonical bytes: the same on every platform.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        xxhash_rust::xxh3::xxh3_64(&bytes)
    }
}

/// The processes at the start: none for a workload.
fn first_processes(code: &Code) -> Vec<Process> {
    let init = Process {
        carriers: None,
        ..Process::new(code, INIT, TaskId(0), 0)
    };
    let threads = code.slots.declared - code.peers();
    // Peers have the higher numbers.
    let mut main = Process::new(code, INIT, TaskId(0), threads);
    main.ends = vec![
        Ends {
            reads: true,
            writes: true,
        };
        code.pipes.len()
    ];
    vec![init, main]
}
