//! The places of the process table for the processes and threads that a script makes at run time.
//!
//! The table has a fixed size, as UNIX's: what is made takes the next free place, and no place is used
//! twice in a run. Only scripts that make something have such places.

use super::script::Script;
use super::{Config, Job, Place};
use crate::event::EventKind;
use crate::ids::{ProcessId, TaskId, ThreadId};
use crate::time::Time;

/// The first process: it adopts orphans and has no task of its own.
pub const INIT: ProcessId = ProcessId(0);
/// The script's own process: the declared tasks are its threads.
pub const MAIN: ProcessId = ProcessId(1);
/// The first that is made at run time.
const CHILD: u16 = 2;
/// The tickets of what says nothing about them.
const TICKETS: u32 = 100;

/// Where in the process table those are that are made at run time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Slots {
    /// How many tasks are declared; those that are made come after them.
    pub declared: u32,
    /// How many processes can be made; each begins with one thread.
    pub children: u16,
    /// How many threads can be made; they come after the processes.
    pub threads: u16,
}

impl Slots {
    pub(super) fn new(config: &Config, script: &Script) -> Self {
        let table = config.process_table;
        Self {
            declared: u32::try_from(script.tasks.len()).unwrap_or(u32::MAX),
            children: if script.makes_processes() { table } else { 0 },
            threads: if script.makes_threads() { table } else { 0 },
        }
    }

    /// Whether a task is there from the start.
    #[must_use]
    pub const fn is_declared(&self, task: TaskId) -> bool {
        task.0 < self.declared
    }

    /// How many places there are for what is made at run time.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::from(self.children) + u32::from(self.threads)
    }

    /// The first thread of a process that is made at run time.
    #[must_use]
    pub fn first_thread(&self, process: ProcessId) -> TaskId {
        TaskId(self.declared + u32::from(process.0.saturating_sub(CHILD)))
    }

    /// The process that is made as number `made`, from 0.
    #[must_use]
    pub const fn process(made: u16) -> ProcessId {
        ProcessId(CHILD + made)
    }

    /// The process whose first thread a task is; that of a declared task is the script's own.
    #[must_use]
    pub fn process_of(&self, task: TaskId) -> ProcessId {
        match task.0.checked_sub(self.declared).map(u16::try_from) {
            Some(Ok(made)) => Self::process(made),
            _ => MAIN,
        }
    }

    /// The task of a thread that is made at run time.
    #[must_use]
    pub fn thread(&self, thread: ThreadId) -> TaskId {
        TaskId(self.declared + u32::from(self.children) + u32::from(thread.0))
    }

    /// The number of a task among the threads that are made at run time, where it is one.
    #[must_use]
    pub fn thread_of(&self, task: TaskId) -> Option<ThreadId> {
        let first = self.declared + u32::from(self.children);
        let number = u16::try_from(task.0.checked_sub(first)?).ok()?;
        (number < self.threads).then_some(ThreadId(number))
    }

    /// The other task that an event is about: one that was made, joined or waited for, or the first of
    /// the process that a signal goes to.
    #[must_use]
    pub fn other(&self, kind: EventKind) -> Option<TaskId> {
        match kind {
            EventKind::ThreadStarted { thread, .. } | EventKind::Joined { thread, .. } => {
                Some(self.thread(thread))
            }
            EventKind::Forked { process, .. }
            | EventKind::Spawned { process, .. }
            | EventKind::WaitedForChild { process, .. }
            | EventKind::SignalSent { process, .. } => match process {
                INIT => None,
                MAIN => Some(TaskId(0)),
                made => Some(self.first_thread(made)),
            },
            _ => None,
        }
    }

    /// The task that an event makes.
    #[must_use]
    pub fn made(&self, kind: EventKind) -> Option<TaskId> {
        match kind {
            EventKind::Forked { .. }
            | EventKind::Spawned { .. }
            | EventKind::ThreadStarted { .. } => self.other(kind),
            _ => None,
        }
    }

    /// The jobs of these places.
    pub(super) fn jobs(self) -> impl Iterator<Item = Job> {
        let children = (0..self.children).map(|number| slot("child", number));
        let threads = (0..self.threads).map(|number| slot("thread", number));
        children.chain(threads)
    }
}

fn slot(name: &str, number: u16) -> Job {
    Job {
        name: format!("{name}[{number}]"),
        arrival: Time::ZERO,
        priority: 0,
        tickets: TICKETS,
        period: None,
        deadline: None,
        rounds: 1,
        memory: 0,
        files: Vec::new(),
        parent: None,
        place: Place::Inside,
        bursts: Vec::new(),
        writes: Vec::new(),
    }
}
