//! What tasks wait for: timers, the disk, pipes; and memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::ids::{PipeId, TaskId};
use crate::program::Code;
use crate::sort::sort_by_key;
use crate::time::{Span, Time};

/// A partition of main memory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Partition {
    /// Its size in KiB.
    pub size: u32,
    /// Whose program is loaded in it.
    pub task: Option<TaskId>,
}

/// Something that becomes due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub at: Time,
    /// For whom; at one moment the lower number comes first.
    pub task: TaskId,
}

/// Timers, the earliest first.
///
/// Two of them are equal when they hold the same timers, whatever order they came in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Timer>", into = "Vec<Timer>")]
pub struct Timers(BinaryHeap<Reverse<Timer>>);

impl Timers {
    /// The earliest.
    #[must_use]
    pub fn first(&self) -> Option<Timer> {
        self.0.peek().map(|timer| timer.0)
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(crate) fn push(&mut self, timer: Timer) {
        self.0.push(Reverse(timer));
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Timer> {
        self.0.pop().map(|timer| timer.0)
    }

    /// Removes the timer of a task; whether there was one.
    pub(crate) fn remove(&mut self, task: TaskId) -> bool {
        let before = self.0.len();
        self.0.retain(|timer| timer.0.task != task);
        self.0.len() < before
    }

    /// All of them, the earliest first.
    #[must_use]
    pub fn sorted(&self) -> Vec<Timer> {
        let mut all: Vec<_> = self.0.iter().map(|timer| timer.0).collect();
        sort_by_key(&mut all, |timer| *timer);
        all
    }

    /// When the timer of a task is due.
    #[must_use]
    pub fn of(&self, task: TaskId) -> Option<Time> {
        self.0
            .iter()
            .find(|timer| timer.0.task == task)
            .map(|timer| timer.0.at)
    }
}

impl PartialEq for Timers {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.sorted() == other.sorted()
    }
}

impl Eq for Timers {}

impl From<Vec<Timer>> for Timers {
    fn from(timers: Vec<Timer>) -> Self {
        Self(timers.into_iter().map(Reverse).collect())
    }
}

impl From<Timers> for Vec<Timer> {
    fn from(timers: Timers) -> Self {
        timers.sorted()
    }
}

/// Deadlines ahead, the earliest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Deadlines(BTreeMap<(u64, u64), TaskId>);

impl Deadlines {
    /// The earliest, and whose it is; at one moment the lower number comes first.
    #[must_use]
    pub fn first(&self) -> Option<(Time, TaskId)> {
        let ((at, _), task) = self.0.first_key_value()?;
        Some((Time(*at), *task))
    }

    /// All of them, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = (Time, TaskId)> {
        self.0.iter().map(|((at, _), task)| (Time(*at), *task))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[lockstep_part::later(Deadlines)]
    pub(crate) fn insert(&mut self, at: Time, task: TaskId) {
        self.0.insert((at.0, u64::from(task.0)), task);
    }

    /// Takes out the entry of a task; whether there was one.
    #[lockstep_part::later(Deadlines)]
    pub(crate) fn remove(&mut self, at: Time, task: TaskId) -> bool {
        self.0.remove(&(at.0, u64::from(task.0))).is_some()
    }

    /// Takes the earliest if it is this task's and due.
    pub(crate) fn take_due(&mut self, task: TaskId, now: Time) -> bool {
        let due = self
            .first()
            .filter(|(at, whose)| *whose == task && *at <= now);
        if let Some((at, _)) = due {
            self.remove(at, task);
        }
        due.is_some()
    }
}

/// The disk. Where it serves all requests at once, it has no queue and `serving` is not used.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Disk {
    /// Whose request it works on.
    pub serving: Option<TaskId>,
    /// Requests behind it, first come, first served.
    pub queue: VecDeque<(TaskId, Span)>,
    /// How many requests are in flight.
    pub in_flight: u32,
    /// Since when at least one is.
    pub since: Time,
    /// Time with at least one request in flight, settled.
    pub busy: Span,
}

/// A pipe: messages in order, a reader's and a writer's queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pipe {
    /// What is in it, in the order in which it came; the messages of jobs are zeros.
    pub items: VecDeque<i64>,
    /// Jobs or processes that hold its writing end open.
    pub writers: u32,
    /// Processes that hold its reading end open. Jobs do not say that they read: the end stays open.
    pub readers: u32,
    /// Tasks blocked because it is empty, in order.
    pub readers_waiting: VecDeque<TaskId>,
    /// Tasks blocked because it is full, in order.
    pub writers_waiting: VecDeque<TaskId>,
}

impl Pipe {
    /// An empty pipe. Its writing end is open in every job that writes into it: the parent of them all
    /// made it before they came; both ends are in the process of a script.
    pub(crate) fn new(pipe: PipeId, code: &Code) -> Self {
        let writers = if code.script.is_some() {
            1
        } else {
            let jobs = code.jobs.iter();
            jobs.filter(|job| job.writes[pipe.index()]).count()
        };
        Self {
            items: VecDeque::new(),
            writers: u32::try_from(writers).unwrap_or(u32::MAX),
            readers: 1,
            readers_waiting: VecDeque::new(),
            writers_waiting: VecDeque::new(),
        }
    }

    /// How many messages are in it.
    #[must_use]
    pub fn messages(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    /// What decides how it can answer, as canonical bytes; see
    /// [`Machine::control_state`](super::Machine::control_state).
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.messages().to_le_bytes());
        bytes.extend(self.items.iter().flat_map(|item| item.to_le_bytes()));
    }
}
