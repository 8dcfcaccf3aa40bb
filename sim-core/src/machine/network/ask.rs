//! What a socket answers to what a task asks of it: the event that follows.
//!
//! Asked in this one place: rules report what it says, and [`Machine::apply`] refuses an event that
//! says otherwise.

use super::{FIRST_DESCRIPTOR, SocketKind, Stage};
use crate::call::{Denial, Fault, Reason, SocketRequest};
use crate::event::EventKind;
use crate::ids::{SocketId, TaskId};
use crate::machine::{Machine, Phase};
use crate::program::{Code, Copying, Place, limits};
use crate::time::Time;

/// A task that asks the network for something.
struct Asking<'a> {
    machine: &'a Machine,
    code: &'a Code,
    at: Time,
    task: TaskId,
    request: SocketRequest,
}

impl Machine {
    /// What follows at a moment from what a task asks of a socket.
    #[must_use]
    pub fn network_answer(
        &self,
        code: &Code,
        at: Time,
        task: TaskId,
        request: SocketRequest,
    ) -> EventKind {
        let asking = Asking {
            machine: self,
            code,
            at,
            task,
            request,
        };
        asking.answer()
    }
}

impl Asking<'_> {
    fn answer(&self) -> EventKind {
        if self.phase() == Phase::Interrupted {
            return self.interrupted();
        }
        match self.request {
            SocketRequest::Listen => self.listen(),
            SocketRequest::Accept | SocketRequest::TryAccept => self.accept(),
            SocketRequest::Connect => self.connect(),
            SocketRequest::Receive | SocketRequest::TryReceive => self.receive(),
            SocketRequest::Send | SocketRequest::TrySend => self.send(),
            SocketRequest::Close => match self.socket() {
                Some((socket, _)) => self.done(socket),
                None => self.fault(Fault::BadDescriptor),
            },
            SocketRequest::Signal
            | SocketRequest::SubmitAccept
            | SocketRequest::SubmitReceive
            | SocketRequest::SubmitSend => self.request_of_kind(),
            SocketRequest::Complete | SocketRequest::TryComplete => self.complete(),
        }
    }

    /// The socket of which the call's first operand is the descriptor.
    fn socket(&self) -> Option<(SocketId, &SocketKind)> {
        let network = &self.machine.network;
        let holder = self.machine.holder(self.code, self.task);
        let socket = network.behind(holder, self.operands()[0])?;
        Some((socket, &network.socket(socket)?.kind))
    }

    fn operands(&self) -> [i64; 2] {
        self.machine.threads[self.task.index()].program.operands
    }

    fn phase(&self) -> Phase {
        self.machine.threads[self.task.index()].phase
    }

    fn place(&self) -> Place {
        self.code.job(self.task).place
    }

    /// The socket that is made next; none where there can be no `more`.
    fn next(&self, more: usize) -> Option<SocketId> {
        let count = self.machine.network.sockets.len();
        (count + more <= limits::SOCKETS).then(|| SocketId::from_index(count))
    }

    const fn done(&self, socket: SocketId) -> EventKind {
        EventKind::Served {
            task: self.task,
            request: self.request,
            socket,
        }
    }

    const fn fault(&self, fault: Fault) -> EventKind {
        EventKind::Failed {
            task: self.task,
            fault,
        }
    }

    /// It cannot be done: a fault, unless the script asks whether it was done.
    fn fails(&self, socket: SocketId, fault: Fault) -> EventKind {
        let thread = &self.machine.threads[self.task.index()].program;
        let script = self.code.script.as_ref();
        if script.is_some_and(|script| script.asks_whether(thread)) {
            EventKind::SocketFailed {
                task: self.task,
                request: self.request,
                socket,
            }
        } else {
            self.fault(fault)
        }
    }

    /// A signal came while it waited, and it is not to be made again (`EINTR`).
    fn interrupted(&self) -> EventKind {
        let thread = &self.machine.threads[self.task.index()].program;
        let script = self.code.script.as_ref();
        if script.is_some_and(|script| script.asks_whether(thread)) {
            EventKind::Denied {
                task: self.task,
                denial: Denial::Interrupted,
            }
        } else {
            self.fault(Fault::Interrupted)
        }
    }

    /// It waits, unless it does not want to, or not any longer.
    fn waits(&self, reason: Reason) -> EventKind {
        let task = self.task;
        if self.request.is_try() {
            return match reason.socket() {
                Some(socket) => EventKind::WouldBlock {
                    task,
                    request: self.request,
                    socket,
                },
                None => EventKind::NothingCompleted { task },
            };
        }
        let deadline = self.machine.threads[task.index()].deadline;
        if deadline.is_some_and(|deadline| deadline <= self.at) {
            return EventKind::TimedOut { task };
        }
        EventKind::Blocked {
            task,
            reason: reason.into(),
        }
    }

    /// The second phase: copying, where it takes time.
    fn copies(&self, socket: SocketId, bytes: u32) -> EventKind {
        let time = self.machine.copy_time(self.code, self.task, bytes);
        let is_measured = self.code.config.copying == Copying::Measured
            && self.place() == Place::Inside
            && bytes > 0;
        if time.is_zero() && !is_measured {
            return self.done(socket);
        }
        EventKind::CopyBegan {
            task: self.task,
            request: self.request,
            socket,
        }
    }

    fn listen(&self) -> EventKind {
        let Ok(port) = u32::try_from(self.operands()[0]) else {
            return self.fault(Fault::BadCount);
        };
        let network = &self.machine.network;
        let is_own = |socket: &SocketId| {
            let owner = network.socket(*socket).map(|socket| socket.owner);
            self.place() == Place::Inside || owner == Some(self.task)
        };
        if let Some(other) = network.listener(self.place(), port).filter(is_own) {
            return self.fails(other, Fault::AddressInUse);
        }
        match self.next(1) {
            Some(socket) => self.done(socket),
            None => self.fault(Fault::TooManySockets),
        }
    }

    fn accept(&self) -> EventKind {
        match self.socket() {
            Some((listener, SocketKind::Listener { queue, .. })) => match queue.front() {
                Some(socket) => self.done(*socket),
                None => self.waits(Reason::Connection(listener)),
            },
            _ => self.fault(Fault::BadDescriptor),
        }
    }

    fn connect(&self) -> EventKind {
        let network = &self.machine.network;
        if let Phase::Connecting { socket } = self.phase() {
            return match network.connection(socket).map(|end| end.stage) {
                Some(Stage::Open) => self.done(socket),
                Some(Stage::Connecting) => self.waits(Reason::Connect(socket)),
                _ => self.fails(socket, Fault::ConnectionRefused),
            };
        }
        let Some(socket) = self.next(2) else {
            return self.fault(Fault::TooManySockets);
        };
        let Ok(port) = u32::try_from(self.operands()[0]) else {
            return self.fault(Fault::BadCount);
        };
        if self.place() == Place::Outside {
            return self.waits(Reason::Connect(socket));
        }
        // A connection to oneself goes through no network, and is there at once.
        let own = network.listener(Place::Inside, port);
        match own {
            Some(listener) if network.admits(listener) => self.done(socket),
            None if network.listener(Place::Outside, port).is_some() => {
                self.waits(Reason::Connect(socket))
            }
            _ => self.fails(socket, Fault::ConnectionRefused),
        }
    }

    fn receive(&self) -> EventKind {
        let Some((socket, SocketKind::Connection(end))) = self.socket() else {
            return self.fault(Fault::BadDescriptor);
        };
        if let Phase::Copying { .. } = self.phase() {
            return self.done(socket);
        }
        let most = count(self.operands()[1]);
        if end.received > 0 || most == 0 {
            self.copies(socket, end.received.min(most))
        } else if end.is_ended {
            EventKind::SocketEnded {
                task: self.task,
                socket,
            }
        } else if end.stage == Stage::Broken {
            self.fails(socket, Fault::ConnectionReset)
        } else {
            self.waits(Reason::Data(socket))
        }
    }

    fn send(&self) -> EventKind {
        let Some((socket, SocketKind::Connection(end))) = self.socket() else {
            return self.fault(Fault::BadDescriptor);
        };
        let done = match self.phase() {
            Phase::Copying { .. } => return self.done(socket),
            Phase::Partly { done } => done,
            _ => 0,
        };
        if end.stage == Stage::Broken {
            return self.fails(socket, Fault::BrokenPipe);
        }
        let left = count(self.operands()[1]) - done;
        let buffer = self.code.config.network.send_buffer;
        let room = buffer.saturating_sub(end.outstanding());
        if left > 0 && room == 0 {
            self.waits(Reason::Room(socket))
        } else {
            self.copies(socket, left.min(room))
        }
    }

    /// A request that goes on at once, if the socket is of the kind.
    fn request_of_kind(&self) -> EventKind {
        match (self.socket(), self.request) {
            (Some((socket, SocketKind::Listener { .. })), SocketRequest::SubmitAccept)
            | (
                Some((socket, SocketKind::Connection(_))),
                SocketRequest::SubmitReceive | SocketRequest::SubmitSend,
            )
            | (Some((socket, _)), SocketRequest::Signal) => self.done(socket),
            _ => self.fault(Fault::BadDescriptor),
        }
    }

    fn complete(&self) -> EventKind {
        let holder = self.machine.holder(self.code, self.task);
        let table = self.machine.network.table(holder);
        match table.and_then(|table| table.completions.front()) {
            Some(first) => self.done(first.socket),
            None => self.waits(Reason::Completion),
        }
    }
}

/// An operand that is a number of bytes: it was checked when it was given.
pub(in crate::machine) fn count(operand: i64) -> u32 {
    u32::try_from(operand).unwrap_or(u32::MAX)
}

/// The descriptor with a place in the table.
pub(in crate::machine) fn descriptor(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX - FIRST_DESCRIPTOR) + FIRST_DESCRIPTOR
}
