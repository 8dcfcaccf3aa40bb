//! What the network brings about in a real run, and what its sockets are called.
//!
//! Tasks see their calls and what these bring. That a packet has come is not told to anybody: it follows
//! from what the other side did, and is inserted before the next event, unless that one says that it has
//! not come yet. Tasks know sockets by the numbers of their processes; the machine's names for them are
//! filled in here. Which connection is which both sides say by the port of the end that asked for it.

use super::Defect;
use super::collect::Collector;
use crate::call::{Call, PacketKind, Reason, Request, SocketRequest};
use crate::event::{Event, EventKind};
use crate::ids::{PacketId, SocketId, TaskId};
use crate::machine::{Completion, Due, Machine, ObjectState};
use crate::program::Code;

/// The most packets that follow from one event: each byte of a buffer brings one at most.
const PACKETS: usize = 1 << 20;

/// Where the port of an end stands in what a task saw; the descriptor is below it.
const PORT_AT: u32 = 32;

/// What a task that made or accepted a connection reports: the number by which it knows it, and the slot
/// of the end that asked for it.
#[cfg(target_os = "linux")]
pub(super) const fn connected(descriptor: i64, slot: u32) -> i64 {
    descriptor | (slot as i64) << PORT_AT
}

const fn descriptor_of(value: i64) -> i64 {
    value & ((1 << PORT_AT) - 1)
}

const fn slot_of(value: i64) -> i64 {
    value >> PORT_AT
}

/// What a task reports that took a completion: the word by which it was submitted, and what came of it.
pub(super) const fn completed(tag: i64, result: i64) -> i64 {
    // A number of bytes, a descriptor, or -1.
    tag.wrapping_mul(1 << 33).wrapping_add(result)
}

/// What an event says has not happened yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// Nothing is missing.
    Nothing,
    /// Nothing has come to this socket.
    At(SocketId),
    /// Nothing is done of what a task's process has submitted.
    Completions(TaskId),
}

impl Collector {
    /// Packets come that are under way, and what was submitted is done, before an event.
    pub(super) fn arrive(&mut self, next: Event) -> Result<(), Box<Defect>> {
        let missing = self.missing(next.kind);
        self.bring(missing)
    }

    /// All packets come that are under way.
    pub(super) fn arrive_all(&mut self) -> Result<(), Box<Defect>> {
        self.bring(Missing::Nothing)
    }

    fn bring(&mut self, missing: Missing) -> Result<(), Box<Defect>> {
        for _ in 0..PACKETS {
            let Some(kind) = self.next_arrival(missing) else {
                break;
            };
            let at = self.machine().now;
            self.apply(Event { at, kind })?;
            self.follow()?;
        }
        Ok(())
    }

    /// What an event says has not come.
    fn missing(&self, kind: EventKind) -> Missing {
        let machine = self.machine();
        let waits = matches!(
            kind,
            EventKind::WouldBlock { .. } | EventKind::Blocked { .. } | EventKind::TimedOut { .. }
        );
        if let EventKind::NothingCompleted { task } = kind {
            return Missing::Completions(task);
        }
        let Some(task) = kind.task().filter(|_| waits) else {
            return Missing::Nothing;
        };
        let entry = machine.tasks.get(task.index());
        let (Some(entry), Some(thread)) = (entry, machine.threads.get(task.index())) else {
            return Missing::Nothing;
        };
        match entry.step.call {
            Call::Socket {
                request: SocketRequest::Complete | SocketRequest::TryComplete,
            } => Missing::Completions(task),
            Call::Socket {
                request:
                    SocketRequest::Receive
                    | SocketRequest::TryReceive
                    | SocketRequest::Accept
                    | SocketRequest::TryAccept,
            } => {
                let holder = machine.holder(self.code(), task);
                let number = thread.program.operands[0];
                let socket = machine.network.behind(holder, number);
                socket.map_or(Missing::Nothing, Missing::At)
            }
            _ => Missing::Nothing,
        }
    }

    /// The first thing under way that is not missing.
    fn next_arrival(&self, missing: Missing) -> Option<EventKind> {
        let machine = self.machine();
        let network = &machine.network;
        let is_here = |kind: PacketKind, socket: SocketId| match missing {
            Missing::At(other) => match kind {
                // It is still to come to the port at which that one listens.
                PacketKind::Connect => {
                    let from = network.socket(socket);
                    let to = from.and_then(|end| network.listener(end.place.other(), end.port));
                    to != Some(other)
                }
                _ => socket != other,
            },
            _ => true,
        };
        let inbound = network.inbound.iter();
        let inbound = inbound.filter(|(_, packet)| is_here(packet.kind, packet.socket));
        let inbound = inbound.map(|(key, packet)| {
            let (packet, number) = (*packet, PacketId(key.1));
            (*key, arrival(number, packet.kind, packet.socket))
        });
        let elsewhere = network.elsewhere.iter();
        let elsewhere = elsewhere.filter_map(|(key, due)| match due {
            Due::Packet(packet) => is_here(packet.kind, packet.socket)
                .then(|| (*key, arrival(PacketId(key.1), packet.kind, packet.socket))),
            Due::Copied { submission } => {
                let submission = network.submission(*submission)?;
                let task = submission.task;
                let is_done = match missing {
                    Missing::Completions(other) => {
                        submission.holder != machine.holder(self.code(), other)
                            || submission.request == SocketRequest::SubmitSend
                    }
                    _ => true,
                };
                let (request, socket) = (submission.request, submission.socket);
                is_done.then_some((
                    *key,
                    EventKind::Completed {
                        task,
                        request,
                        socket,
                    },
                ))
            }
        });
        let mut all: Vec<_> = inbound.take(1).collect();
        all.extend(elsewhere.take(1));
        all.into_iter()
            .min_by_key(|(key, _)| *key)
            .map(|(_, kind)| kind)
    }

    /// The same event with the machine's name for its socket. Which of the things that are done a task has
    /// taken says the value that it saw.
    pub(super) fn named(&self, event: Event, value: i64) -> Event {
        let Some(task) = event.kind.task() else {
            return event;
        };
        let machine = self.machine();
        let asks = match event.kind {
            EventKind::Blocked { reason, .. } => Reason::from(reason).is_network(),
            EventKind::CopyBegan { .. } => true,
            kind => kind.socket().is_some(),
        };
        let call = machine.tasks.get(task.index()).map(|entry| entry.step.call);
        let (true, Some(Call::Socket { request })) = (asks, call) else {
            return event;
        };
        let answer = machine.network_answer(self.code(), event.at, task, request);
        let is_same = core::mem::discriminant(&answer) == core::mem::discriminant(&event.kind);
        let is_wait = |kind: EventKind| match kind {
            EventKind::Blocked { reason, .. } => {
                Some(core::mem::discriminant(&Reason::from(reason)))
            }
            _ => None,
        };
        if is_same && is_wait(answer) == is_wait(event.kind) {
            let done = self.completion(task, value);
            let kind = match (answer, request, done) {
                (
                    EventKind::Served { task, .. },
                    SocketRequest::Complete | SocketRequest::TryComplete,
                    Some(Completion { socket, .. }),
                ) => EventKind::Served {
                    task,
                    request,
                    socket: *socket,
                },
                _ => answer,
            };
            Event { kind, ..event }
        } else {
            event
        }
    }

    /// What a task must have seen at a socket or at a set of them, where the record says what it saw.
    pub(super) fn expected_of_network(&mut self, kind: EventKind, value: i64) -> Option<i64> {
        match kind {
            EventKind::Served {
                task,
                request,
                socket,
            } => self.expected_of_socket(task, request, socket, value),
            EventKind::SocketEnded { .. } => Some(0),
            EventKind::Granted {
                object, request, ..
            } => {
                let machine = self.machine();
                let object = machine.objects.get(object.index())?;
                let ObjectState::Watch(watch) = &object.state else {
                    return None;
                };
                match request {
                    Request::TakeReady => Some(watch.answer.front().copied().unwrap_or(-1)),
                    request if request.is_multiplexing() => {
                        i64::try_from(watch.ready(&machine.network, request).len()).ok()
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn expected_of_socket(
        &mut self,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
        value: i64,
    ) -> Option<i64> {
        let machine = self.machine();
        match request {
            SocketRequest::Listen => Some(lowest(machine, self.code(), task)),
            SocketRequest::Accept | SocketRequest::TryAccept | SocketRequest::Connect => {
                let descriptor = lowest(machine, self.code(), task);
                // A connection is known by the end that asked for it.
                let end = machine.network.connection(socket);
                let client = match end {
                    Some(end) if !end.is_client => end.other?,
                    _ => socket,
                };
                let slot = slot_of(value);
                let known = *self.slots.entry(client.0).or_insert(slot);
                if descriptor_of(value) == descriptor && known == slot {
                    None
                } else {
                    Some(descriptor | known << PORT_AT)
                }
            }
            SocketRequest::Receive
            | SocketRequest::TryReceive
            | SocketRequest::Send
            | SocketRequest::TrySend => {
                let bytes = machine.bytes_to_move(self.code(), task, socket);
                Some(bytes.into())
            }
            SocketRequest::Complete | SocketRequest::TryComplete => {
                let table = machine.network.table(machine.holder(self.code(), task))?;
                let mut done = table.completions.iter();
                // The one that is taken from that socket.
                let first = done.find(|each| each.socket == socket)?;
                Some(completed(first.tag, first.result))
            }
            _ => None,
        }
    }

    /// The first thing done for a task's process of which it would have seen this.
    fn completion(&self, task: TaskId, value: i64) -> Option<&Completion> {
        let machine = self.machine();
        let table = machine.network.table(machine.holder(self.code(), task))?;
        let mut done = table.completions.iter();
        done.find(|each| completed(each.tag, each.result) == value)
    }

    /// Whether a task waits at a set of sockets: the kernel ends that.
    pub(super) fn is_at_set(&self, reason: Reason) -> bool {
        let Reason::Object(object) = reason else {
            return false;
        };
        let object = self.machine().objects.get(object.index());
        object.is_some_and(|object| matches!(object.state, ObjectState::Watch(_)))
    }
}

const fn arrival(packet: PacketId, kind: PacketKind, socket: SocketId) -> EventKind {
    EventKind::PacketArrived {
        packet,
        kind,
        socket,
    }
}

/// The lowest number of a socket that a task's process does not use.
fn lowest(machine: &Machine, code: &Code, task: TaskId) -> i64 {
    let table = machine.network.table(machine.holder(code, task));
    let used = table.map_or(&[][..], |table| &table.descriptors);
    let place = used.iter().position(Option::is_none).unwrap_or(used.len());
    i64::try_from(place).unwrap_or(i64::MAX) + crate::machine::FIRST_DESCRIPTOR
}
