//! The kernel threads that the user-level threads of a process share, and its own scheduler.
//!
//! A user-level thread needs a kernel thread to run on: its *carrier* (so Project Loom calls it;
//! Silberschatz §4.3.3 has *lightweight process*). The kernel knows carriers only. A thread that waits for
//! something that the process's runtime keeps (a lock, a queue, the end of another thread), yields or ends
//! leaves its carrier, and the first of the run queue takes it: a function call, no matter of the kernel's.
//! A call that the kernel keeps waiting blocks the carrier with the thread on it, and all who could run
//! on it (Tanenbaum §2.2.4). Nothing takes a carrier from a thread against its will.
//!
//! Of several free carriers the one that was left last is taken first, as the Go runtime does
//! (`mget` in `runtime/proc.go`).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Machine, ObjectState, Pending};
use crate::call::Reason;
use crate::ids::{CpuId, ProcessId, TaskId};
use crate::program::{Code, Threads};
use crate::time::Time;

/// The kernel threads of a process, and its run queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Carriers {
    /// The kernel threads.
    pub all: Vec<Carrier>,
    /// The numbers of those on which nobody is: the one that was left last stands last.
    pub free: Vec<u8>,
    /// The threads that could run and are on none, in the order in which they take one.
    pub waiting: VecDeque<TaskId>,
}

/// A kernel thread that carries user-level threads.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Carrier {
    /// Who is on it.
    pub holder: Option<TaskId>,
    /// Whose registers it holds: of who was on it last, unless that one went on elsewhere.
    pub last: Option<TaskId>,
    /// The task in whose name the kernel keeps what it knows of it (its last CPU, what it has used): who is
    /// on it, while somebody is.
    pub name: Option<TaskId>,
    /// The CPU that it has though nobody is on it: at this moment the next one takes it.
    pub kept: Option<Kept>,
}

/// A CPU that a carrier keeps while it goes over from one thread to the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Which.
    pub cpu: CpuId,
    /// When its time slice ends.
    pub slice_end: Time,
    /// The moment.
    pub at: Time,
}

impl Carriers {
    /// So many kernel threads, on which nobody is.
    pub(super) fn new(count: u8) -> Self {
        Self {
            all: vec![Carrier::default(); usize::from(count)],
            // The first is taken first.
            free: (0..count).rev().collect(),
            waiting: VecDeque::new(),
        }
    }

    /// The memory that a copy takes beside the process's own, in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.all.as_slice())
            + self.free.len()
            + self.waiting.len() * size_of::<TaskId>()
    }

    /// What decides how the process goes on: the order of the run queue. Who is on a carrier is said of each
    /// thread; on which one makes no difference.
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        bytes.extend((self.waiting.len() as u64).to_le_bytes());
        for task in &self.waiting {
            bytes.extend(task.0.to_le_bytes());
        }
    }
}

impl Machine {
    /// The kernel threads that a task's process shares, where its threads are user-level ones.
    #[must_use]
    pub fn carriers_of(&self, task: TaskId) -> Option<&Carriers> {
        self.process_of(task)?.carriers.as_ref()
    }

    /// Whether a task is a user-level thread that needs a kernel thread before it can run on.
    #[must_use]
    pub(super) fn lacks_carrier(&self, code: &Code, task: TaskId) -> bool {
        code.config.threads != Threads::Kernel
            && self.carriers_of(task).is_some()
            && self.threads[task.index()].carrier.is_none()
    }

    /// Whether a task leaves its kernel thread when it waits for this: it is something that the runtime of
    /// its process keeps, and not the kernel.
    #[must_use]
    #[inline]
    pub fn leaves_carrier(&self, code: &Code, task: TaskId, reason: Reason) -> bool {
        code.config.threads != Threads::Kernel && self.leaves_for(task, reason)
    }

    #[inline(never)]
    fn leaves_for(&self, task: TaskId, reason: Reason) -> bool {
        let is_in_runtime = match reason {
            Reason::Thread(_) => true,
            Reason::Object(object) => {
                let object = self.objects.get(object.index());
                object.is_some_and(|object| !matches!(object.state, ObjectState::Watch(_)))
            }
            _ => false,
        };
        let thread = self.threads.get(task.index());
        is_in_runtime && thread.is_some_and(|thread| thread.carrier.is_some())
    }

    /// Who takes the kernel thread that is free in a process.
    #[must_use]
    pub(crate) fn next_to_carry(&self, process: ProcessId) -> Option<TaskId> {
        let carriers = self.process(process).carriers.as_ref()?;
        carriers.waiting.front().copied()
    }

    /// Whether a kernel thread of a process that is left now is taken at once: somebody stands in the run
    /// queue, or is about to be woken.
    pub(super) fn has_next_to_carry(&self, process: ProcessId) -> bool {
        let wakes = |next: &Pending| match next {
            Pending::WakeOne { object, .. } | Pending::HandOver { object, .. } => {
                !matches!(self.object(*object).state, ObjectState::Watch(_))
            }
            Pending::Wake { task, .. } => {
                let thread = self.threads.get(task.index());
                self.task(*task).process == process
                    && thread.is_some_and(|thread| thread.carrier.is_none())
            }
            _ => false,
        };
        self.next_to_carry(process).is_some() || self.pending.iter().any(wakes)
    }
}
