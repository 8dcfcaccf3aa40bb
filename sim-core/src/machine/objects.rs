//! Synchronisation objects: what state they are in, who waits at them, and what they answer.
//!
//! Not kernel objects: a process's runtime (a threads library) keeps them, and asks the kernel only
//! to put tasks to sleep and to wake them. Locks *barge*: giving one back wakes the first waiter to
//! try again, and whoever comes by meanwhile may overtake it, as under `sem_post`,
//! `pthread_mutex_unlock`, `std::sync::Mutex` and CPython's locks. The file is long because the
//! answers of all kinds of objects stand beside each other, to be compared.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Machine, NetworkUse, Watch};
use crate::call::{Call, Fault, Reply, Request, Signal, Step};
use crate::ids::{ObjectId, SocketId, TaskId};
use crate::program::Code;
use crate::program::script::{self, ObjectKind, Preference};
use crate::time::Time;

/// A synchronisation object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Object {
    /// Its state.
    pub state: ObjectState,
    /// Who waits at it, in the order in which they came.
    pub waiting: VecDeque<TaskId>,
}

/// The state of a synchronisation object. What never changes is its
/// [`ObjectKind`](crate::program::script::ObjectKind).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ObjectState {
    /// A mutex.
    Lock {
        /// Who holds it.
        owner: Option<TaskId>,
    },
    /// A mutex that its owner can take again.
    RecursiveLock {
        /// Who holds it.
        owner: Option<TaskId>,
        /// How often.
        count: u32,
    },
    /// A semaphore.
    Semaphore {
        /// How many places are free.
        value: u32,
    },
    /// A condition variable: it has no state but who waits.
    Condition,
    /// An event.
    Event {
        /// Whether it is set.
        set: bool,
    },
    /// A barrier: who has come to it waits at it.
    Barrier,
    /// A readers–writer lock.
    ReadersWriter {
        /// Who reads; who reads twice stands here twice.
        readers: Vec<TaskId>,
        /// Who writes.
        writer: Option<TaskId>,
    },
    /// A bounded queue.
    Queue {
        /// What is in it, in the order in which it came.
        items: VecDeque<i64>,
        /// How many items were put and not yet reported as done.
        unfinished: u32,
    },
    /// A set of sockets.
    Watch(Watch),
}

/// The state of a task's script, and of the call that it is in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Thread {
    /// Frames, locals and the registers of its call.
    pub program: script::Thread,
    /// How far its call is.
    pub phase: Phase,
    /// When its timed call gives up, its sleep is over, or its switch interval has passed.
    pub deadline: Option<Time>,
    /// Whether it has left the interpreter for a call that blocks: it does not need its lock.
    pub is_outside: bool,
    /// The kernel thread of its process that it is on, where it is a user-level thread that is on one.
    pub carrier: Option<u16>,
    /// The processor of its process on which it, or its maker, ran last, where there are any.
    pub processor: Option<u8>,
    /// How often the interpreter lock had been handed on when it began to wait for it.
    pub seen_switches: u32,
    /// What it has had to do with the network.
    pub network: NetworkUse,
    /// What it goes back to from the handlers of signals that it is in, the outermost first.
    pub kept: Vec<Kept>,
}

/// What a thread did when a signal came: it goes on with it when the handler returns.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The signal.
    pub signal: Signal,
    /// What was left of its run, and its call.
    pub step: Step,
    /// How far that call was.
    pub phase: Phase,
    /// When that call gives up.
    pub deadline: Option<Time>,
    /// Its place in the script.
    pub program: script::Interrupted,
}

impl Kept {
    /// What decides how the thread goes on; see
    /// [`Machine::control_state`](super::Machine::control_state).
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.signal.number());
        bytes.push(u8::from(self.phase == Phase::Interrupted));
        bytes.push(u8::from(self.phase == Phase::Broken));
        self.program.control(bytes);
    }
}

/// How far a call is that has more than one part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Phase {
    /// It is made, or waits to be tried again.
    #[default]
    Ask,
    /// It waits at a condition, having released the lock.
    Notified {
        /// How often it held the lock.
        count: u32,
    },
    /// It takes the condition's lock again.
    Reacquire {
        /// How often it held the lock.
        count: u32,
        /// Whether it was notified; it timed out otherwise.
        granted: bool,
    },
    /// SIGPIPE was sent because nobody reads from the pipe: it fails when it is tried again.
    Broken,
    /// A signal came, and the call is not made again.
    Interrupted,
    /// It asks for a connection with this socket.
    Connecting {
        /// The socket.
        socket: SocketId,
    },
    /// The kernel copies between its buffer and the process.
    Copying {
        /// How many bytes.
        bytes: u32,
        /// How many were copied before.
        done: u32,
        /// Since when.
        since: Time,
    },
    /// Some of what it sends has been copied.
    Partly {
        /// How many bytes.
        done: u32,
    },
    /// The kernel has looked at the sockets of a set.
    Scanned,
}

impl Phase {
    /// How many bytes of what it sends have been copied.
    #[must_use]
    pub const fn bytes_done(self) -> u32 {
        match self {
            Self::Copying { done, .. } | Self::Partly { done } => done,
            _ => 0,
        }
    }
}

impl Thread {
    /// A thread that has not begun.
    pub(super) fn new(program: script::Thread) -> Self {
        Self {
            program,
            phase: Phase::Ask,
            deadline: None,
            is_outside: false,
            carrier: None,
            processor: None,
            seen_switches: 0,
            kept: Vec::new(),
            network: NetworkUse::default(),
        }
    }

    /// The memory that a copy takes, in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.program.bytes() + size_of_val(self.kept.as_slice())
    }

    /// Its call is done.
    pub(super) fn answer(&mut self, reply: Reply) {
        self.phase = Phase::Ask;
        self.deadline = None;
        self.is_outside = false;
        self.program.reply = reply;
    }
}

/// What an object answers to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is granted.
    Granted,
    /// Not now, and the task does not wait.
    Refused,
    /// The task has to wait at this object.
    Wait(ObjectId),
    /// It cannot be asked that.
    Fault(Fault),
}

/// Which of those who wait at an object a change of it concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Role {
    /// Who wants to take a lock (for writing, where there are readers), or waits to be notified.
    Taker,
    /// Who wants to read.
    Reader,
    /// Who wants to put an item into a queue.
    Putter,
    /// Who wants to take an item out of a queue.
    Getter,
    /// Who waits until all items of a queue are dealt with.
    Joiner,
}

impl Role {
    const fn of(request: Request) -> Self {
        match request {
            Request::AcquireShared | Request::TryAcquireShared => Self::Reader,
            Request::Put | Request::TryPut => Self::Putter,
            Request::Get | Request::TryGet => Self::Getter,
            Request::JoinQueue => Self::Joiner,
            _ => Self::Taker,
        }
    }
}

impl Object {
    pub(super) fn new(kind: &ObjectKind) -> Self {
        let state = match kind {
            ObjectKind::Lock { .. } => ObjectState::Lock { owner: None },
            ObjectKind::RecursiveLock => ObjectState::RecursiveLock {
                owner: None,
                count: 0,
            },
            ObjectKind::Semaphore { initial, .. } => ObjectState::Semaphore { value: *initial },
            ObjectKind::Condition { .. } => ObjectState::Condition,
            ObjectKind::Event => ObjectState::Event { set: false },
            ObjectKind::Barrier { .. } => ObjectState::Barrier,
            ObjectKind::ReadersWriter { .. } => ObjectState::ReadersWriter {
                readers: Vec::new(),
                writer: None,
            },
            ObjectKind::Queue { .. } => ObjectState::Queue {
                items: VecDeque::new(),
                unfinished: 0,
            },
            ObjectKind::Watch => ObjectState::Watch(Watch::default()),
        };
        Self {
            state,
            waiting: VecDeque::new(),
        }
    }

    /// The memory that a copy takes, in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        let items = match &self.state {
            ObjectState::Queue { items, .. } => items.len() * size_of::<i64>(),
            ObjectState::ReadersWriter { readers, .. } => readers.len() * size_of::<TaskId>(),
            ObjectState::Watch(watch) => watch.bytes(),
            _ => 0,
        };
        size_of::<Self>() + items + self.waiting.len() * size_of::<TaskId>()
    }

    /// Who holds it, so that others wait for them: the owner of a lock, all readers or the writer.
    pub fn holders(&self) -> impl Iterator<Item = TaskId> {
        let (owner, readers) = match &self.state {
            ObjectState::Lock { owner } | ObjectState::RecursiveLock { owner, .. } => {
                (*owner, [].as_slice())
            }
            ObjectState::ReadersWriter { readers, writer } => (*writer, readers.as_slice()),
            _ => (None, [].as_slice()),
        };
        owner.into_iter().chain(readers.iter().copied())
    }

    /// What decides how it can answer, as canonical bytes; see
    /// [`Machine::control_state`](super::Machine::control_state).
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        let number = |task: TaskId| (task.0 + 1).to_le_bytes();
        let owner = |task: Option<TaskId>| task.map_or([0; 4], number);
        match &self.state {
            ObjectState::Lock { owner: task } => bytes.extend(owner(*task)),
            ObjectState::RecursiveLock { owner: task, count } => {
                bytes.extend(owner(*task));
                bytes.extend(count.to_le_bytes());
            }
            ObjectState::Semaphore { value } => bytes.extend(value.to_le_bytes()),
            ObjectState::Event { set } => bytes.push(u8::from(*set)),
            // Who of those who wait is woken is open: their order does not matter.
            ObjectState::Condition | ObjectState::Barrier => {
                let mut waiting: Vec<_> = self.waiting.iter().copied().collect();
                waiting.sort_unstable();
                bytes.extend(length(waiting.len()));
                bytes.extend(waiting.into_iter().flat_map(number));
            }
            ObjectState::ReadersWriter { readers, writer } => {
                bytes.extend(owner(*writer));
                let mut readers = readers.clone();
                readers.sort_unstable();
                bytes.extend(length(readers.len()));
                bytes.extend(readers.into_iter().flat_map(number));
                // A writer that waits may keep readers out.
                bytes.extend(length(self.waiting.len()));
                bytes.extend(self.waiting.iter().copied().flat_map(number));
            }
            ObjectState::Watch(watch) => watch.control(bytes),
            ObjectState::Queue { items, unfinished } => {
                bytes.extend(unfinished.to_le_bytes());
                bytes.extend(length(items.len()));
                bytes.extend(items.iter().flat_map(|item| item.to_le_bytes()));
            }
        }
    }

    /// Whether a task holds it.
    #[must_use]
    pub fn is_held_by(&self, task: TaskId) -> bool {
        self.holders().any(|holder| holder == task)
    }
}

impl Machine {
    /// An object.
    #[must_use]
    pub fn object(&self, object: ObjectId) -> &Object {
        &self.objects[object.index()]
    }

    /// What the object says to the request that a task is at; none where its call is no request to
    /// an object.
    #[must_use]
    pub fn answer_to(&self, code: &Code, task: TaskId) -> Option<Answer> {
        match self.task(task).step.call {
            Call::Sync { object, request } => Some(self.answer(code, task, object, request)),
            _ => None,
        }
    }

    /// What an object says to a request.
    pub(crate) fn answer(
        &self,
        code: &Code,
        task: TaskId,
        object: ObjectId,
        request: Request,
    ) -> Answer {
        let thread = &self.threads[task.index()];
        let kind = code.object(object);
        if let (Phase::Reacquire { .. }, Some(lock)) = (thread.phase, code.lock_of(object)) {
            return if self.object(lock).holders().next().is_none() {
                Answer::Granted
            } else {
                Answer::Wait(lock)
            };
        }
        let entry = self.object(object);
        let first = thread.program.operands[0];
        let allowed = match (&entry.state, request) {
            (ObjectState::Lock { owner }, Request::Acquire | Request::TryAcquire) => {
                owner.is_none()
            }
            (ObjectState::RecursiveLock { owner, .. }, Request::Acquire | Request::TryAcquire) => {
                owner.is_none_or(|owner| owner == task)
            }
            (ObjectState::Semaphore { value }, Request::Acquire | Request::TryAcquire) => {
                *value > 0
            }
            (ObjectState::Semaphore { value }, Request::Release) => {
                return semaphore_release(kind, *value, first);
            }
            (
                ObjectState::ReadersWriter { .. }
                | ObjectState::Lock { .. }
                | ObjectState::RecursiveLock { .. },
                Request::Release,
            ) => {
                return if entry.is_held_by(task) {
                    Answer::Granted
                } else {
                    Answer::Fault(Fault::NotOwner)
                };
            }
            (ObjectState::ReadersWriter { readers, writer }, request) => {
                self.admits(kind, entry, readers.is_empty(), writer.is_none(), request)
            }
            (ObjectState::Condition, Request::Wait) => {
                let lock = code.lock_of(object);
                let held = lock.is_some_and(|lock| self.object(lock).is_held_by(task));
                return if held {
                    Answer::Wait(object)
                } else {
                    Answer::Fault(Fault::NotOwner)
                };
            }
            (ObjectState::Condition, Request::Notify) if first < 0 => {
                return Answer::Fault(Fault::BadCount);
            }
            (ObjectState::Event { set }, Request::WaitSet) => *set,
            (ObjectState::Barrier, Request::Arrive) => {
                matches!(kind, ObjectKind::Barrier { parties } if entry.waiting.len() + 1 >= *parties as usize)
            }
            (ObjectState::Queue { items, .. }, Request::Put | Request::TryPut) => {
                matches!(kind, ObjectKind::Queue { capacity, .. }
                    if capacity.is_none_or(|capacity| items.len() < capacity as usize))
            }
            (ObjectState::Queue { items, .. }, Request::Get | Request::TryGet) => !items.is_empty(),
            (ObjectState::Queue { unfinished, .. }, Request::TaskDone) => {
                if *unfinished == 0 {
                    return Answer::Fault(Fault::TooManyDone);
                }
                true
            }
            (ObjectState::Queue { unfinished, .. }, Request::JoinQueue) => *unfinished == 0,
            (ObjectState::Watch(watch), request) => {
                let is_add = matches!(request, Request::Watch | Request::WatchEdge);
                let holder = self.holder(code, task);
                if is_add && self.network.behind(holder, first).is_none()
                    || !watch.is_within(request)
                {
                    return Answer::Fault(Fault::BadDescriptor);
                }
                !request.is_multiplexing() || !watch.ready(&self.network, request).is_empty()
            }
            _ => true,
        };
        if allowed {
            Answer::Granted
        } else if request.is_try() {
            Answer::Refused
        } else {
            Answer::Wait(object)
        }
    }

    /// Whether a readers–writer lock lets a newcomer in. It is handed over when it is given back, so
    /// that nobody who waits could have it now.
    fn admits(
        &self,
        kind: &ObjectKind,
        entry: &Object,
        no_reader: bool,
        no_writer: bool,
        request: Request,
    ) -> bool {
        let ObjectKind::ReadersWriter { preference } = kind else {
            return true;
        };
        let reads = Role::of(request) == Role::Reader;
        match preference {
            _ if !no_writer || !reads && !no_reader => false,
            Preference::Readers => true,
            Preference::Writers => !reads || !self.waiting_as(entry, Role::Taker).any(|_| true),
            Preference::Fair => entry.waiting.is_empty(),
        }
    }

    /// The tasks that wait at conditions to be notified, by number.
    pub fn waiting_to_be_notified(&self) -> impl Iterator<Item = TaskId> {
        let tasks = (0..self.threads.len()).map(TaskId::from_index);
        tasks.filter(|task| self.is_waiting_to_be_notified(*task))
    }

    /// Whether a task waits at a condition to be notified.
    #[must_use]
    pub fn is_waiting_to_be_notified(&self, task: TaskId) -> bool {
        let thread = self.threads.get(task.index());
        thread.is_some_and(|thread| matches!(thread.phase, Phase::Notified { .. }))
    }

    /// What a task that waits at an object wants of it.
    #[must_use]
    pub fn role(&self, task: TaskId) -> Role {
        match self.task(task).step.call {
            Call::Sync { request, .. } => Role::of(request),
            _ => Role::Taker,
        }
    }

    /// Those who wait at an object in a role, in order.
    pub(crate) fn waiting_as(&self, object: &Object, role: Role) -> impl Iterator<Item = TaskId> {
        let waiting = object.waiting.iter().copied();
        waiting.filter(move |task| self.role(*task) == role)
    }
}

/// A number of things, as bytes.
fn length(things: usize) -> [u8; 8] {
    (things as u64).to_le_bytes()
}

/// What a semaphore says to being given back some places.
fn semaphore_release(kind: &ObjectKind, value: u32, places: i64) -> Answer {
    let sum = u32::try_from(places)
        .ok()
        .and_then(|places| value.checked_add(places));
    let ObjectKind::Semaphore { maximum, .. } = kind else {
        return Answer::Fault(Fault::BadCount);
    };
    match sum {
        None => Answer::Fault(Fault::BadCount),
        Some(sum) if maximum.is_some_and(|maximum| sum > maximum) => {
            Answer::Fault(Fault::AboveMaximum)
        }
        Some(_) => Answer::Granted,
    }
}
