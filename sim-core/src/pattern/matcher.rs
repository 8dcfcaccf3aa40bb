//! Patterns as they are matched: names looked up, numbers instead of them.
//!
//! Not read from a text: [`Pattern::resolve`](super::Pattern::resolve) makes them.

use core::ops::Range;

use super::{Missing, is_element, one_of};
use crate::call::{Reason, Signal};
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, PartitionId, PipeId, ProcessId, SocketId, TaskId, ThreadId};
use crate::program::Code;
use crate::trace::Trace;

/// A pattern for the events of one program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matcher {
    pub(super) event: &'static str,
    pub(super) task: Who,
    pub(super) spot: Spot,
    pub(super) occurrence: Option<u32>,
}

/// Whom an event is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Who {
    Anybody,
    One(TaskId),
    /// One of the replicas of a task, which are in their order.
    Replica(Vec<TaskId>),
}

impl Who {
    pub(super) fn named(code: &Code, name: &str) -> Result<Self, Missing> {
        let names = || code.jobs.iter().map(|job| job.name.as_str());
        if let Some(place) = names().position(|each| each == name) {
            return Ok(Self::One(TaskId::from_index(place)));
        }
        let tasks = (0..).map(TaskId).zip(names());
        let replicas = tasks.filter(|(_, each)| is_element(each, name));
        let replicas: Vec<_> = replicas.map(|(task, _)| task).collect();
        if replicas.is_empty() {
            let what = if code.script.is_some() { "task" } else { "job" };
            return Err((format!("{what} \"{name}\""), one_of(name, names())));
        }
        Ok(Self::Replica(replicas))
    }

    fn is(&self, task: Option<TaskId>) -> bool {
        match (self, task) {
            (Self::Anybody, _) => true,
            (Self::One(wanted), Some(task)) => *wanted == task,
            (Self::Replica(wanted), Some(task)) => wanted.binary_search(&task).is_ok(),
            (_, None) => false,
        }
    }
}

/// Where something happened, in one program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Spot {
    Anywhere,
    Cpu(CpuId),
    /// A task waits for this.
    Waiting(Reason),
    Partition(PartitionId),
    /// Something moves through the pipe, or a task waits at it.
    Pipe(PipeId),
    /// Something happens with the socket, or a task waits at it.
    Socket(SocketId),
    /// Something goes through the network, or a task waits for it.
    Network,
    /// An object answers a request, or a task waits at it.
    /// The number of objects of a process is there too: a copy is meant as well.
    Objects(Range<u16>, usize),
    /// The number of words of a process is there too.
    Variables(Range<u16>, usize),
    Thread(ThreadId),
    Process(ProcessId),
    Signal(Signal),
}

impl Spot {
    fn is_of(&self, kind: EventKind) -> bool {
        let reason = match kind {
            EventKind::Blocked { reason, .. } => Some(Reason::from(reason)),
            _ => None,
        };
        match self {
            Self::Anywhere => true,
            Self::Cpu(cpu) => kind.cpu() == Some(*cpu),
            Self::Waiting(wanted) => reason == Some(*wanted),
            Self::Partition(wanted) => {
                matches!(kind, EventKind::Loaded { partition, .. } if partition == *wanted)
            }
            Self::Pipe(wanted) => match (kind, reason) {
                (
                    EventKind::Sent { pipe, .. }
                    | EventKind::Received { pipe, .. }
                    | EventKind::ReachedEnd { pipe, .. }
                    | EventKind::Closed { pipe, .. },
                    _,
                )
                | (_, Some(Reason::PipeEmpty(pipe) | Reason::PipeFull(pipe))) => pipe == *wanted,
                _ => false,
            },
            Self::Socket(wanted) => {
                let socket = kind.socket();
                let socket = socket.or_else(|| reason.and_then(Reason::socket));
                socket == Some(*wanted)
            }
            Self::Network => kind.socket().is_some() || reason.is_some_and(Reason::is_network),
            Self::Objects(wanted, image) => match (kind, reason) {
                (
                    EventKind::Granted { object, .. }
                    | EventKind::Refused { object, .. }
                    | EventKind::HandedOver { object, .. }
                    | EventKind::ScanBegan { object, .. },
                    _,
                )
                | (_, Some(Reason::Object(object))) => is_one_of(wanted, object.index(), *image),
                _ => false,
            },
            Self::Variables(wanted, image) => {
                matches!(kind, EventKind::Accessed { variable, .. }
                    if is_one_of(wanted, variable.index(), *image))
            }
            Self::Thread(wanted) => match kind {
                EventKind::ThreadStarted { thread, .. } | EventKind::Joined { thread, .. } => {
                    thread == *wanted
                }
                _ => reason == Some(Reason::Thread(*wanted)),
            },
            Self::Process(wanted) => matches!(
                kind,
                EventKind::Forked { process, .. }
                    | EventKind::Spawned { process, .. }
                    | EventKind::WaitedForChild { process, .. }
                    | EventKind::SignalSent { process, .. }
                    if process == *wanted
            ),
            Self::Signal(wanted) => kind.signal() == Some(*wanted),
        }
    }
}

/// Whether a thing is one of these, or a copy of one in another process.
fn is_one_of(wanted: &Range<u16>, thing: usize, image: usize) -> bool {
    let place = thing % image.max(1);
    (usize::from(wanted.start)..usize::from(wanted.end)).contains(&place)
}

impl Matcher {
    /// Matches nothing, since no event has that name: for a program that has not what a pattern names.
    #[cfg(feature = "claims")]
    pub(crate) fn of_nothing() -> Self {
        Self {
            event: "",
            task: Who::Anybody,
            spot: Spot::Anywhere,
            occurrence: None,
        }
    }

    /// Whether an event is of this kind, task and place, whichever occurrence it is.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        // Numbers first, the name last: most events are told apart without looking at a text.
        self.task.is(event.kind.task())
            && self.spot.is_of(event.kind)
            && event.kind.name() == self.event
    }

    /// The numbers (from 0) of the events of a run that it means: all that match, or the one that
    /// it counts out.
    pub fn find(&self, trace: &Trace) -> impl Iterator<Item = usize> {
        let matching = trace
            .events()
            .iter()
            .enumerate()
            .filter(|(_, event)| self.matches(event));
        let (skip, take) = match self.occurrence {
            Some(number) => (number as usize - 1, 1),
            None => (0, usize::MAX),
        };
        matching.map(|(index, _)| index).skip(skip).take(take)
    }
}
