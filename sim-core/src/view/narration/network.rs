//! How the events of the network are told: sockets, packets, copying, looking at sets.

use super::What;
use super::scene::Scene;
use crate::call::{Call, PacketKind, SocketRequest};
use crate::event::EventKind;
use crate::ids::{PacketId, SocketId, TaskId};
use crate::machine::{FIRST_DESCRIPTOR, Machine, Mode, ObjectState};
use crate::program::Place;
use crate::time::Span;

impl Scene<'_> {
    pub(super) fn of_network(&self, kind: EventKind) -> What {
        let Self { before, after, .. } = *self;
        match kind {
            EventKind::CopyBegan {
                task,
                request,
                socket,
            } => What::CopyBegan {
                task,
                request,
                socket,
                bytes: before.bytes_to_move(self.code, task, socket),
                takes: after.task(task).step.run,
            },
            EventKind::WouldBlock {
                task,
                request,
                socket,
            } => What::WouldBlock {
                task,
                request,
                socket: Some(socket),
            },
            EventKind::NothingCompleted { task } => What::WouldBlock {
                task,
                request: SocketRequest::TryComplete,
                socket: None,
            },
            EventKind::SocketFailed {
                task,
                request,
                socket,
            } => What::SocketFailed {
                task,
                request,
                socket,
            },
            EventKind::SocketEnded { task, socket } => What::SocketEnded {
                task,
                socket,
                other: before.network.opposite(socket),
            },
            EventKind::ScanBegan { task, object } => {
                let descriptors = match (&before.object(object).state, before.task(task).step.call)
                {
                    (ObjectState::Watch(watch), Call::Sync { request, .. }) => {
                        watch.looked_at(&before.network, request)
                    }
                    _ => 0,
                };
                What::ScanBegan {
                    task,
                    object,
                    descriptors,
                    takes: after.task(task).step.run,
                }
            }
            EventKind::Completed {
                task,
                request,
                socket,
            } => {
                let table = after.network.table(after.holder(self.code, task));
                let done = table.and_then(|table| table.completions.back());
                What::Completed {
                    task,
                    request,
                    socket,
                    tag: done.map_or(0, |done| done.tag),
                    result: done.map_or(0, |done| done.result),
                }
            }
            EventKind::PacketArrived {
                packet,
                kind,
                socket,
            } => self.packet(packet, kind, socket),
            EventKind::CardInterrupted { packet, cpu } => What::CardInterrupted {
                packet,
                cpu,
                interrupted: match before.cpu(cpu).mode {
                    Mode::User(running) => Some(running),
                    _ => None,
                },
                until: after.cpu(cpu).due,
            },
            EventKind::Served {
                task,
                request,
                socket,
            } => self.served(task, request, socket),
            // No other event is told here.
            other => What::Passed {
                task: other.task().unwrap_or(TaskId(0)),
            },
        }
    }

    fn served(&self, task: TaskId, request: SocketRequest, socket: SocketId) -> What {
        let Self { before, after, .. } = *self;
        let network = &after.network;
        let bytes = before.bytes_to_move(self.code, task, socket);
        let left = match request {
            SocketRequest::Send | SocketRequest::TrySend => {
                let operands = before.threads[task.index()].program.operands;
                let total = u32::try_from(operands[1]).unwrap_or(u32::MAX);
                let done = before.threads[task.index()].phase.bytes_done();
                total.saturating_sub(done).saturating_sub(bytes)
            }
            _ => network.connection(socket).map_or(0, |end| end.received),
        };
        What::Served {
            task,
            request,
            socket,
            port: network.socket(socket).map_or(0, |socket| socket.port),
            descriptor: self.descriptor(after, task, socket),
            bytes,
            left,
            other: network.opposite(socket),
        }
    }

    /// The number by which a task's process knows a socket.
    fn descriptor(&self, machine: &Machine, task: TaskId, socket: SocketId) -> Option<i64> {
        let table = machine.network.table(machine.holder(self.code, task))?;
        let mut places = table.descriptors.iter();
        let place = places.position(|other| *other == Some(socket))?;
        Some(i64::try_from(place).ok()? + FIRST_DESCRIPTOR)
    }

    fn packet(&self, number: PacketId, kind: PacketKind, socket: SocketId) -> What {
        let Self {
            before, after, at, ..
        } = *self;
        let packet = before.network.packet(number);
        let entry = before.network.socket(socket);
        let place = entry.map_or(Place::Inside, |socket| socket.place);
        let (place, from) = match kind {
            PacketKind::Connect => (place.other(), entry.map(|socket| socket.owner)),
            _ => (place, before.network.opposite(socket)),
        };
        What::PacketArrived {
            packet: number,
            kind,
            socket,
            bytes: packet.map_or(0, |packet| packet.bytes),
            place,
            port: entry.map_or(0, |socket| socket.port),
            took: packet.map_or(Span::ZERO, |packet| at.since(packet.sent)),
            from,
            buffered: after
                .network
                .connection(socket)
                .map_or(0, |end| end.received),
        }
    }
}
