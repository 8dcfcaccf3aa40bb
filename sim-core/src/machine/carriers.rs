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
//! (`mget` in `runtime/proc.go`). With processors (see [`processors`](super::processors)) there are as many
//! carriers as it takes.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::processors::{Processors, Source};
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
    pub free: Vec<u16>,
    /// The run queue: the threads that could run and are on none, in the order in which they take one. With
    /// processors it is the one that these share.
    pub waiting: VecDeque<TaskId>,
    /// Where only so many run at a time as there are processors: these.
    pub processors: Option<Processors>,
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
    /// The processor that it has, where there are any.
    pub processor: Option<u8>,
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
    /// Those with which a process begins, where it schedules its threads itself.
    pub(super) fn new(threads: Threads) -> Option<Self> {
        match threads {
            Threads::Kernel => None,
            threads => Some(Self::shared(threads)),
        }
    }

    #[lockstep_part::later(Carriers)]
    fn shared(threads: Threads) -> Self {
        let (carriers, processors) = match threads {
            Threads::Kernel => (0, None),
            Threads::User => (1, None),
            Threads::Hybrid { kernel_threads } => (kernel_threads, None),
            Threads::Stealing { processors } => (0, Some(Processors::new(processors))),
        };
        Self {
            all: vec![Carrier::default(); usize::from(carriers)],
            // The first is taken first.
            free: (0..u16::from(carriers)).rev().collect(),
            waiting: VecDeque::new(),
            processors,
        }
    }

    /// The threads in the run queues, processor by processor, and at last those in the one that all share.
    pub fn queued(&self) -> impl Iterator<Item = TaskId> {
        let processors = self.processors.iter();
        let own = processors.flat_map(|processors| &processors.all);
        let own = own.flat_map(|processor| processor.queued());
        own.chain(self.waiting.iter().copied())
    }

    /// Who are on kernel threads and keep those from one that are queued: of those with processors, the ones
    /// that have one.
    pub fn holders(&self) -> impl Iterator<Item = TaskId> {
        let has_right =
            |carrier: &&Carrier| self.processors.is_none() || carrier.processor.is_some();
        let carriers = self.all.iter().filter(has_right);
        carriers.filter_map(|carrier| carrier.holder)
    }

    /// How many of its threads run at a time at most.
    #[must_use]
    pub fn places(&self) -> usize {
        let processors = self.processors.as_ref();
        processors.map_or(self.all.len(), |processors| processors.all.len())
    }

    /// How many more threads could be on kernel threads now.
    #[must_use]
    pub fn room(&self) -> usize {
        match &self.processors {
            None => self.free.len(),
            Some(processors) => {
                let more = usize::from(u16::MAX) - self.all.len();
                processors.idle.len().min(self.free.len() + more)
            }
        }
    }

    /// Who is taken on next, and where it stands.
    pub(super) fn next(&self) -> Option<(TaskId, Source)> {
        match &self.processors {
            None => Some((*self.waiting.front()?, Source::Shared)),
            Some(processors) => processors.find(*processors.idle.last()?, &self.waiting),
        }
    }

    /// Whether somebody would go on in the place of the thread on a kernel thread, if that left it.
    pub(super) fn has_next_after(&self, number: u16) -> bool {
        let own = self
            .all
            .get(usize::from(number))
            .and_then(|own| own.processor);
        match (&self.processors, own) {
            (Some(processors), Some(own)) => processors.find(own, &self.waiting).is_some(),
            (Some(_), None) => false,
            (None, _) => !self.waiting.is_empty(),
        }
    }

    /// A kernel thread, and the processor with which it takes on who is next.
    pub(super) fn take_place(&mut self, source: Source) -> Option<u16> {
        let processor = match &mut self.processors {
            None => {
                self.waiting.pop_front();
                None
            }
            Some(processors) => {
                let number = processors.idle.pop()?;
                processors.take(number, source, &mut self.waiting);
                Some(number)
            }
        };
        let number = self.free.pop().or_else(|| {
            let number = u16::try_from(self.all.len()).ok()?;
            self.all.push(Carrier::default());
            Some(number)
        })?;
        self.all[usize::from(number)].processor = processor;
        Some(number)
    }

    /// A kernel thread gives its processor up.
    pub(super) fn give_up_processor(&mut self, number: u16) {
        let own = self.all[usize::from(number)].processor.take();
        if let (Some(processors), Some(own)) = (&mut self.processors, own) {
            processors.idle.push(own);
        }
    }

    /// A kernel thread that comes out of the kernel takes a processor: the one it had, if it is idle, or else
    /// the one that was left last. Whether it has one then, or needs none.
    pub(super) fn regain_processor(&mut self, number: u16, had: Option<u8>) -> bool {
        let own = &mut self.all[usize::from(number)];
        let Some(processors) = &mut self.processors else {
            return true;
        };
        if own.processor.is_none() {
            let place = processors.idle.iter().position(|idle| Some(*idle) == had);
            own.processor = match place {
                Some(place) => Some(processors.idle.remove(place)),
                None => processors.idle.pop(),
            };
        }
        own.processor.is_some()
    }

    /// A thread joins a run queue: that of the processor on which it, or its maker, ran last.
    pub(super) fn queue(&mut self, task: TaskId, processor: Option<u8>) {
        match (&mut self.processors, processor) {
            (Some(processors), Some(processor)) => {
                processors.put(processor, task, &mut self.waiting);
            }
            _ => self.waiting.push_back(task),
        }
    }

    /// A thread stands in no run queue any more.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.waiting.retain(|other| *other != task);
        if let Some(processors) = &mut self.processors {
            processors.forget(task);
        }
    }

    /// The memory that a copy takes beside the process's own, in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.all.as_slice())
            + self.free.len() * size_of::<u16>()
            + self.waiting.len() * size_of::<TaskId>()
            + self.processors.as_ref().map_or(0, Processors::bytes)
    }

    /// What decides how the process goes on: the order of the run queue. Who is on a carrier is said of each
    /// thread; on which one makes no difference.
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        bytes.extend((self.waiting.len() as u64).to_le_bytes());
        for task in &self.waiting {
            bytes.extend(task.0.to_le_bytes());
        }
        if let Some(processors) = &self.processors {
            processors.control(bytes);
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
        carriers.next().map(|(task, _)| task)
    }

    /// Whether a kernel thread of a process that is left now is taken at once: somebody stands in a run
    /// queue, or is about to be woken.
    pub(super) fn has_next_to_carry(&self, process: ProcessId, number: u16) -> bool {
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
        let carriers = self.process(process).carriers.as_ref();
        carriers.is_some_and(|carriers| carriers.has_next_after(number))
            || self.pending.iter().any(wakes)
    }
}
