//! The network: sockets, what is in the kernel's buffers, and packets on their way.
//!
//! A model of TCP as far as a program sees it: connections are made and refused, bytes arrive in
//! order, a buffer fills up, one side ends. Nothing is lost, and acknowledgements travel at once.
//! What a socket answers to a task is in [`ask`]; nothing here changes a machine. The file
//! is long because its types stand beside the questions that are asked of them.

mod ask;
mod watch;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

pub(super) use ask::{count, descriptor};
pub use watch::{Member, SELECT_DESCRIPTORS, Trigger, Watch};

use super::{Machine, ObjectState, Phase};
use crate::call::{Call, PacketKind, Reason, SocketRequest};
use crate::ids::{PacketId, SocketId, TaskId};
use crate::program::{Code, Place};
use crate::time::{Span, Time};

/// The number of a process's first socket: 0 to 2 are standard input, output and error (POSIX).
pub const FIRST_DESCRIPTOR: i64 = 3;

/// The network and the sockets.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Network {
    /// Every socket that was made, by number; those that are closed stay.
    pub sockets: Vec<Socket>,
    /// The sockets of each process that has or had one, in order of their holders.
    pub tables: Vec<Table>,
    /// Packets on their way to this machine, by when they arrive and by number.
    pub inbound: BTreeMap<(u64, u32), Packet>,
    /// Packets on their way to others, and what the kernel copies on its own; likewise.
    pub elsewhere: BTreeMap<(u64, u32), Due>,
    /// Packets that a CPU handles the interrupt of.
    pub handled: Vec<(PacketId, Packet)>,
    /// The number of the next packet or submission.
    pub next: u32,
    /// When the wire into this machine is free, and the one out of it.
    pub wires: [Time; 2],
    /// What was submitted and is not done.
    pub submissions: Vec<Submission>,
    /// How many peers have arrived.
    pub arrived: u32,
}

/// Who has sockets of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Holder {
    /// A process of this machine.
    Process(u16),
    /// A peer: a machine of its own.
    Peer(TaskId),
}

/// The sockets of a process, by their descriptors, and what the kernel has done for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Table {
    /// Whose.
    pub holder: Holder,
    /// The descriptors, from [`FIRST_DESCRIPTOR`].
    pub descriptors: Vec<Option<SocketId>>,
    /// What was submitted and is done, in that order.
    pub completions: VecDeque<Completion>,
    /// Who waits for that.
    pub waiting: VecDeque<TaskId>,
}

/// An answer to what was submitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Completion {
    /// The word by which the program knows it.
    pub tag: i64,
    /// How many bytes, or the descriptor; -1 where it failed.
    pub result: i64,
    /// Which socket.
    pub socket: SocketId,
}

/// A socket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Socket {
    /// The task that made it; of one that came in, the one that listens.
    pub owner: TaskId,
    /// On which side of this machine's border it is.
    pub place: Place,
    /// The port.
    pub port: u32,
    /// How many descriptors mean it.
    pub references: u32,
    /// Whether its process is told of arrivals by a signal.
    pub signals: Option<Holder>,
    /// What it is.
    pub kind: SocketKind,
    /// Who waits for data, or for a connection, in order.
    pub readers: VecDeque<TaskId>,
    /// Who waits for room, or to be connected, in order.
    pub writers: VecDeque<TaskId>,
}

/// What a socket is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SocketKind {
    /// Others can connect at its port.
    Listener {
        /// How many connections wait there at most.
        backlog: u32,
        /// Those that wait.
        queue: VecDeque<SocketId>,
    },
    /// One end of a connection.
    Connection(Connection),
    /// Nobody can connect there any more.
    Closed,
}

/// One end of a connection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Connection {
    /// The other end, once there is one.
    pub other: Option<SocketId>,
    /// How far it is.
    pub stage: Stage,
    /// Bytes in its receive buffer.
    pub received: u32,
    /// Bytes in its send buffer that have not left.
    pub unsent: u32,
    /// Bytes that have left and have not arrived: they stay in the send buffer.
    pub in_flight: u32,
    /// Bytes of the send buffer into which somebody is copying.
    pub claimed: u32,
    /// Whether the other side has ended.
    pub is_ended: bool,
    /// Whether this is the end that asked for the connection.
    pub is_client: bool,
    /// Since when it waits for an answer to what it has sent, if it is.
    pub asked: Option<Time>,
}

/// How far a connection is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// The other side has not answered.
    Connecting,
    /// It is there.
    Open,
    /// This end has been closed; what it has sent before is still to go, and then its end.
    Closing,
    /// That has gone, too; or it never came about.
    Closed,
    /// The other side has refused it or thrown it away.
    Broken,
}

/// A packet on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Packet {
    /// What is in it.
    pub kind: PacketKind,
    /// For which socket; of one that asks for a connection, where it comes from.
    pub socket: SocketId,
    /// How many bytes of data.
    pub bytes: u32,
    /// When it left.
    pub sent: Time,
}

/// What happens elsewhere than on this machine's CPUs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Due {
    /// A packet arrives at another machine.
    Packet(Packet),
    /// What the kernel copies for this submission is copied.
    Copied {
        /// The number of the submission.
        submission: u32,
    },
}

/// Something that the kernel does on its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Submission {
    /// Its number.
    pub number: u32,
    /// Whose process gets the answer.
    pub holder: Holder,
    /// Who submitted it.
    pub task: TaskId,
    /// What it is.
    pub request: SocketRequest,
    /// With which socket.
    pub socket: SocketId,
    /// How many bytes at most.
    pub amount: u32,
    /// How many are being copied.
    pub copying: u32,
    /// The answer, once the kernel is at it: it is given when the copying is done.
    pub result: Option<i64>,
    /// The word by which the program knows it.
    pub tag: i64,
}

/// What a task has had to do with the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct NetworkUse {
    /// Time blocked in the first phase: waiting for data, at one socket or at a set of them.
    pub waiting_for_data: Span,
    /// CPU time in the second phase: copying.
    pub copying: Span,
    /// CPU time in calls that came back with nothing, and in looking at sockets.
    pub polling: Span,
    /// How many answers it got to what it had sent.
    pub answers: u32,
    /// The time from what it sent to the answer, of all of them together.
    pub answering: Span,
    /// The longest of these.
    pub longest_answer: Span,
}

impl NetworkUse {
    /// An answer has come.
    pub(super) fn answered(&mut self, took: Span) {
        self.answers = self.answers.saturating_add(1);
        self.answering += took;
        self.longest_answer = self.longest_answer.max(took);
    }
}

impl Connection {
    pub(super) const fn new(stage: Stage) -> Self {
        Self {
            other: None,
            stage,
            received: 0,
            unsent: 0,
            in_flight: 0,
            claimed: 0,
            is_ended: false,
            is_client: false,
            asked: None,
        }
    }

    /// The end that asks for the connection.
    pub(super) const fn client(stage: Stage) -> Self {
        Self {
            is_client: true,
            ..Self::new(stage)
        }
    }

    /// How much of its send buffer is in use.
    #[must_use]
    pub const fn outstanding(&self) -> u32 {
        self.unsent
            .saturating_add(self.in_flight)
            .saturating_add(self.claimed)
    }
}

impl Socket {
    /// Its end of a connection, where it is one.
    #[must_use]
    pub const fn connection(&self) -> Option<&Connection> {
        match &self.kind {
            SocketKind::Connection(connection) => Some(connection),
            _ => None,
        }
    }

    /// Whether who reads it, or accepts at it, does not have to wait.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match &self.kind {
            SocketKind::Listener { queue, .. } => !queue.is_empty(),
            SocketKind::Connection(connection) => {
                connection.received > 0 || connection.is_ended || connection.stage == Stage::Broken
            }
            SocketKind::Closed => true,
        }
    }
}

impl Network {
    /// A socket.
    #[must_use]
    pub fn socket(&self, socket: SocketId) -> Option<&Socket> {
        self.sockets.get(socket.index())
    }

    /// One end of a connection.
    #[must_use]
    pub fn connection(&self, socket: SocketId) -> Option<&Connection> {
        self.socket(socket).and_then(Socket::connection)
    }

    /// The task at the other end of a connection: the one that made that end.
    #[must_use]
    pub fn opposite(&self, socket: SocketId) -> Option<TaskId> {
        let other = self.connection(socket)?.other?;
        Some(self.socket(other)?.owner)
    }

    /// The sockets of a process.
    #[must_use]
    pub fn table(&self, holder: Holder) -> Option<&Table> {
        let place = self
            .tables
            .binary_search_by_key(&holder, |table| table.holder);
        place.ok().and_then(|place| self.tables.get(place))
    }

    /// The socket behind a descriptor of a process.
    #[must_use]
    pub fn behind(&self, holder: Holder, descriptor: i64) -> Option<SocketId> {
        let place = usize::try_from(descriptor.checked_sub(FIRST_DESCRIPTOR)?).ok()?;
        self.table(holder)?
            .descriptors
            .get(place)
            .copied()
            .flatten()
    }

    /// Who listens at a port on a side of the border: the first that was made.
    #[must_use]
    pub fn listener(&self, place: Place, port: u32) -> Option<SocketId> {
        let sockets = (0..).map(SocketId).zip(&self.sockets);
        let mut listening = sockets.filter(|(_, socket)| {
            socket.place == place
                && socket.port == port
                && matches!(socket.kind, SocketKind::Listener { .. })
        });
        listening.next().map(|(id, _)| id)
    }

    /// Whether a connection can wait at a port.
    #[must_use]
    pub fn admits(&self, listener: SocketId) -> bool {
        matches!(
            self.socket(listener).map(|socket| &socket.kind),
            Some(SocketKind::Listener { backlog, queue }) if queue.len() < *backlog as usize
        )
    }

    /// The number of the next packet or submission.
    pub(super) fn take_number(&mut self) -> u32 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        number
    }

    /// When the first packet arrives at this machine.
    #[must_use]
    #[inline]
    pub fn first_inbound(&self) -> Option<(Time, PacketId)> {
        let ((at, number), _) = self.inbound.first_key_value()?;
        Some((Time(*at), PacketId(*number)))
    }

    /// When something is due that no CPU has to do with.
    #[must_use]
    #[inline]
    pub fn first_elsewhere(&self) -> Option<(Time, PacketId)> {
        let ((at, number), _) = self.elsewhere.first_key_value()?;
        Some((Time(*at), PacketId(*number)))
    }

    /// A packet, wherever it is.
    #[must_use]
    pub fn packet(&self, packet: PacketId) -> Option<Packet> {
        let inbound = self.inbound.iter();
        let inbound = inbound.map(|((_, number), packet)| (PacketId(*number), *packet));
        let elsewhere = self.elsewhere.iter();
        let elsewhere = elsewhere.filter_map(|((_, number), due)| match due {
            Due::Packet(packet) => Some((PacketId(*number), *packet)),
            Due::Copied { .. } => None,
        });
        let handled = self.handled.iter().copied();
        let mut all = handled.chain(inbound).chain(elsewhere);
        all.find(|(number, _)| *number == packet)
            .map(|(_, packet)| packet)
    }

    /// Something that was submitted.
    #[must_use]
    pub fn submission(&self, number: u32) -> Option<&Submission> {
        let mut all = self.submissions.iter();
        all.find(|submission| submission.number == number)
    }

    /// What decides how the run can go on, as canonical bytes: what is where, and no time.
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        let number = |bytes: &mut Vec<u8>, number: u32| bytes.extend(number.to_le_bytes());
        for socket in &self.sockets {
            match &socket.kind {
                SocketKind::Listener { queue, .. } => {
                    number(bytes, 0);
                    queue.iter().for_each(|end| number(bytes, end.0.into()));
                }
                SocketKind::Connection(end) => {
                    number(bytes, 1 + end.stage as u32);
                    for part in [end.received, end.unsent, end.in_flight, end.claimed] {
                        number(bytes, part);
                    }
                    bytes.push(u8::from(end.is_ended));
                }
                SocketKind::Closed => number(bytes, u32::MAX),
            }
        }
        for table in &self.tables {
            for socket in &table.descriptors {
                number(bytes, socket.map_or(u32::MAX, |socket| socket.0.into()));
            }
            for completion in &table.completions {
                bytes.extend(completion.tag.to_le_bytes());
                bytes.extend(completion.result.to_le_bytes());
            }
        }
        let handled = self.handled.iter().map(|(_, packet)| packet);
        let elsewhere = self.elsewhere.values().filter_map(|due| match due {
            Due::Packet(packet) => Some(packet),
            Due::Copied { .. } => None,
        });
        for packet in handled.chain(self.inbound.values()).chain(elsewhere) {
            bytes.push(packet.kind as u8);
            number(bytes, packet.socket.0.into());
            number(bytes, packet.bytes);
        }
        for submission in &self.submissions {
            bytes.extend(submission.tag.to_le_bytes());
            number(bytes, submission.copying);
        }
    }

    /// The memory that a copy takes, in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        const IN_MAP: usize = 24;
        let flights = self.inbound.len() + self.elsewhere.len() + self.handled.len();
        let tables = self.tables.iter().map(|table| {
            size_of::<Table>()
                + table.descriptors.len() * size_of::<Option<SocketId>>()
                + table.completions.len() * size_of::<Completion>()
        });
        self.sockets.len() * size_of::<Socket>()
            + flights * (size_of::<Due>() + IN_MAP)
            + tables.sum::<usize>()
            + self.submissions.len() * size_of::<Submission>()
    }
}

impl Machine {
    /// Whose sockets a task uses.
    #[must_use]
    pub fn holder(&self, code: &Code, task: TaskId) -> Holder {
        match code.job(task).place {
            Place::Inside => Holder::Process(self.task(task).process.0),
            Place::Outside => Holder::Peer(task),
        }
    }

    /// What a task has had to do with the network up to now, the time in its present state included.
    #[must_use]
    pub fn network_use(&self, task: TaskId) -> NetworkUse {
        let Some(thread) = self.threads.get(task.index()) else {
            return NetworkUse::default();
        };
        let mut sum = thread.network;
        let entry = self.task(task);
        if self.waits_for_data(task) {
            sum.waiting_for_data += self.now.since(entry.since);
        }
        sum
    }

    /// Whether a task is in the first phase of an input: it waits for data.
    #[must_use]
    pub fn waits_for_data(&self, task: TaskId) -> bool {
        match self.task(task).waits() {
            Some(Reason::Data(_)) => true,
            Some(Reason::Object(object)) => {
                matches!(self.object(object).state, ObjectState::Watch(_))
            }
            _ => false,
        }
    }

    /// How many bytes the step moves that a task takes next at a socket: those that it copies, or can
    /// copy now.
    #[must_use]
    pub fn bytes_to_move(&self, code: &Code, task: TaskId, socket: SocketId) -> u32 {
        let thread = &self.threads[task.index()];
        let (Call::Socket { request }, Some(end)) =
            (self.task(task).step.call, self.network.connection(socket))
        else {
            return 0;
        };
        let most = count(thread.program.operands[1]);
        match (thread.phase, request) {
            (Phase::Copying { bytes, .. }, _) => bytes,
            (_, SocketRequest::Receive | SocketRequest::TryReceive) => end.received.min(most),
            (phase, SocketRequest::Send | SocketRequest::TrySend) => {
                let buffer = code.config.network.send_buffer;
                let room = buffer.saturating_sub(end.outstanding());
                room.min(most.saturating_sub(phase.bytes_done()))
            }
            _ => 0,
        }
    }

    /// How long the copying of so many bytes takes a task's CPU.
    #[must_use]
    pub fn copy_time(&self, code: &Code, task: TaskId, bytes: u32) -> Span {
        match code.job(task).place {
            Place::Inside => code.config.costs.copying(bytes),
            Place::Outside => Span::ZERO,
        }
    }
}
