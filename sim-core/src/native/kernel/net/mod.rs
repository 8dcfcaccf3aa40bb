//! Real sockets: TCP over the loopback network.
//!
//! Attempts never wait and are made inside the gate, waiting (poll(2)) is outside, as with pipes. Loopback
//! is delivered by whoever sends, before the call returns, so that what is recorded as sent has come; where
//! the kernel puts it off for a moment, who looks for it waits for that inside the gate ([`counts`]).

mod address;
mod connect;
mod counts;
mod ring;
mod stream;
mod watch;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex};

use rustix::net::getsockname;
use serde::{Deserialize, Serialize};

pub(in crate::native) use ring::is_allowed as has_rings;
pub(in crate::native) use watch::ask as ask_set;

use self::address::Addresses;
use self::ring::Ring;
use self::watch::Set;
use super::super::actor::{Actor, Answered, Program};
use super::super::park::lock;
use super::super::world::{Entry, Stop, World};
use super::waits::{Attempt, given_up, until_done};
use super::{Kernel, system};
use crate::call::{Fault, Reply, SocketRequest};
use crate::event::EventKind;
use crate::ids::{ObjectId, SocketId, TaskId};
use crate::machine::FIRST_DESCRIPTOR;
use crate::program::{Copying, Place};

/// The machine's name for a socket is filled in where the record is replayed.
const UNNAMED: SocketId = SocketId(0);

/// A socket that a process holds open.
#[derive(Clone)]
pub(super) struct Socket {
    pub(super) fd: Arc<OwnedFd>,
    pub(super) what: What,
}

/// What a socket is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum What {
    /// Others connect to it.
    Listener,
    /// An end of a connection.
    Connection(End),
}

/// An end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct End {
    /// The number of the connection in the run.
    slot: u32,
    side: Side,
}

/// Which end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Side {
    /// The one that asked for it.
    Client,
    /// The one that was connected to.
    Server,
}

/// The sockets of a process, or of each peer, by their numbers.
pub(super) struct Net {
    addresses: Addresses,
    tables: Mutex<BTreeMap<Option<TaskId>, Vec<Option<Socket>>>>,
    sets: Mutex<BTreeMap<ObjectId, Set>>,
    ring: Mutex<Option<Ring>>,
}

/// The sockets that a process begins with: their descriptors.
pub(super) type Inherited = Vec<Option<(RawFd, What)>>;

impl Net {
    /// Those of a process of the run whose first process has this number.
    pub(super) fn new(init: u64, inherited: &Inherited) -> Self {
        let own = |number: &(RawFd, What)| Socket {
            fd: Arc::new(system::own(number.0)),
            what: number.1,
        };
        let sockets = inherited.iter().map(|each| each.as_ref().map(own));
        Self {
            addresses: Addresses::of(init),
            tables: Mutex::new(BTreeMap::from([(None, sockets.collect())])),
            sets: Mutex::default(),
            ring: Mutex::default(),
        }
    }

    /// Those that a process that is made begins with.
    pub(super) fn inherited(&self) -> Inherited {
        let tables = lock(&self.tables);
        let sockets = tables.get(&None).into_iter().flatten();
        let number = |socket: &Socket| (socket.fd.as_raw_fd(), socket.what);
        sockets.map(|socket| socket.as_ref().map(number)).collect()
    }

    /// In the copy of a process its sockets are its own: threads of the original that are not there hold
    /// none.
    pub(super) fn renew(&self) {
        let mut tables = lock(&self.tables);
        for socket in tables.values_mut().flatten().flatten() {
            let number = socket.fd.as_raw_fd();
            let own = Arc::new(system::own(number));
            core::mem::forget(core::mem::replace(&mut socket.fd, own));
        }
    }

    fn find(&self, holder: Option<TaskId>, number: i64) -> Option<Socket> {
        let place = usize::try_from(number.checked_sub(FIRST_DESCRIPTOR)?).ok()?;
        lock(&self.tables).get(&holder)?.get(place)?.clone()
    }

    /// Whether somebody has a socket that listens at an address.
    fn listens(&self, holder: Option<TaskId>, address: SocketAddrV4) -> bool {
        let tables = lock(&self.tables);
        let mut own = tables.get(&holder).into_iter().flatten().flatten();
        own.any(|socket| {
            let at = getsockname(&*socket.fd).ok();
            let at = at.and_then(|at| SocketAddrV4::try_from(at).ok());
            socket.what == What::Listener && at == Some(address)
        })
    }

    /// Gives a socket the lowest number that is free.
    fn add(&self, holder: Option<TaskId>, socket: Socket) -> i64 {
        let mut tables = lock(&self.tables);
        let own = tables.entry(holder).or_default();
        let place = own.iter().position(Option::is_none).unwrap_or(own.len());
        if place == own.len() {
            own.push(None);
        }
        own[place] = Some(socket);
        i64::try_from(place).unwrap_or(i64::MAX) + FIRST_DESCRIPTOR
    }

    fn remove(&self, holder: Option<TaskId>, number: i64) -> Option<Socket> {
        let place = usize::try_from(number.checked_sub(FIRST_DESCRIPTOR)?).ok()?;
        lock(&self.tables).get_mut(&holder)?.get_mut(place)?.take()
    }

    /// A peer has ended: all of its sockets are closed.
    pub(super) fn close_all_of(&self, peer: TaskId) {
        lock(&self.tables).remove(&Some(peer));
    }
}

/// What a process has of the network.
fn net(world: &World) -> Result<&Net, Stop> {
    let net = world.kernel.as_ref().and_then(|kernel| kernel.net.as_ref());
    net.ok_or_else(|| world.fail("there are no sockets"))
}

/// Whose sockets a task uses.
fn holder(actor: &Actor) -> Option<TaskId> {
    actor.is_peer().then_some(actor.task)
}

/// On which side of the machine's border a task is.
fn place(actor: &Actor) -> Place {
    if actor.is_peer() {
        Place::Outside
    } else {
        Place::Inside
    }
}

/// The socket with a number.
fn socket(actor: &Actor, number: i64) -> Result<Option<Socket>, Stop> {
    Ok(net(&actor.world)?.find(holder(actor), number))
}

/// The end of a connection with a number; the task fails where there is none.
fn connection(
    actor: &Actor,
    entry: &mut Entry<'_>,
    number: i64,
) -> Result<(Arc<OwnedFd>, End), Stop> {
    match socket(actor, number)? {
        Some(Socket {
            fd,
            what: What::Connection(end),
        }) => Ok((fd, end)),
        _ => Err(actor.fail(entry, Fault::BadDescriptor)),
    }
}

/// Asks the kernel for something that has to do with a socket.
pub(in crate::native) fn ask(actor: &mut Actor, request: SocketRequest) -> Answered {
    until_done(actor, |actor, entry| {
        ring::look(actor)?;
        let attempt = match request {
            SocketRequest::Listen => connect::listen(actor, entry),
            SocketRequest::Accept | SocketRequest::TryAccept => {
                connect::accept(actor, entry, request)
            }
            SocketRequest::Connect => connect::connect(actor, entry),
            SocketRequest::Close => connect::close(actor, entry),
            SocketRequest::Receive | SocketRequest::TryReceive => {
                stream::receive(actor, entry, request)
            }
            SocketRequest::Send | SocketRequest::TrySend => stream::send(actor, entry, request),
            SocketRequest::Signal => connect::signal(actor, entry),
            SocketRequest::SubmitAccept
            | SocketRequest::SubmitReceive
            | SocketRequest::SubmitSend => ring::submit(actor, entry, request),
            SocketRequest::Complete | SocketRequest::TryComplete => {
                ring::complete(actor, entry, request)
            }
        }?;
        Ok(match attempt {
            Attempt::Wait(..) | Attempt::WaitUntold(..) if request.is_try() => {
                would_block(actor, entry, request)
            }
            other => other,
        })
    })
}

/// Who does not want to wait is told that it would have to.
fn would_block(actor: &Actor, entry: &mut Entry<'_>, request: SocketRequest) -> Attempt {
    let task = actor.task;
    let kind = match request {
        SocketRequest::TryComplete => EventKind::NothingCompleted { task },
        _ => EventKind::WouldBlock {
            task,
            request,
            socket: UNNAMED,
        },
    };
    entry.record(kind, 0);
    Attempt::Done(given_up(actor))
}

/// It is done, and this is what the task is told and what is recorded of it.
fn served(
    actor: &Actor,
    entry: &mut Entry<'_>,
    request: SocketRequest,
    seen: i64,
    reply: Reply,
) -> Attempt {
    let task = actor.task;
    let kind = EventKind::Served {
        task,
        request,
        socket: UNNAMED,
    };
    entry.record(kind, seen);
    Attempt::Done(reply)
}

/// It cannot be done: a fault, unless the script asks whether it was.
fn fails(
    actor: &Actor,
    entry: &mut Entry<'_>,
    request: SocketRequest,
    fault: Fault,
) -> Result<Attempt, Stop> {
    if !asks_whether(actor) {
        return Err(actor.fail(entry, fault));
    }
    let task = actor.task;
    let kind = EventKind::SocketFailed {
        task,
        request,
        socket: UNNAMED,
    };
    entry.record(kind, 0);
    Ok(Attempt::Done(Reply {
        value: -1,
        ..Reply::REFUSED
    }))
}

/// Whether the script asks if its call was done.
pub(super) fn asks_whether(actor: &Actor) -> bool {
    match (&actor.world.code.script, &actor.program) {
        (Some(script), Program::Script(thread)) => script.asks_whether(thread),
        _ => false,
    }
}

/// The kernel begins to copy: what passes until the copying is recorded as done is how long it took.
fn begin_copying(actor: &Actor, entry: &mut Entry<'_>, request: SocketRequest) {
    let is_measured = actor.world.code.config.copying == Copying::Measured;
    if is_measured && !actor.is_peer() {
        entry.go_on_at_present();
        let task = actor.task;
        let kind = EventKind::CopyBegan {
            task,
            request,
            socket: UNNAMED,
        };
        entry.record(kind, 0);
    }
}

/// It has copied.
fn end_copying(actor: &Actor, entry: &mut Entry<'_>) {
    if actor.world.code.config.copying == Copying::Measured && !actor.is_peer() {
        entry.go_on_at_present();
    }
}

fn failed(actor: &Actor, error: impl Into<io::Error>) -> Stop {
    let error = error.into();
    actor
        .world
        .fail(&format!("a socket does not work: {error}"))
}

/// A number of bytes, of which there can be more than any buffer holds.
fn bytes(operand: i64) -> u32 {
    u32::try_from(operand).unwrap_or(u32::MAX)
}

impl Kernel {
    /// The sockets that a process that is made begins with.
    pub(super) fn inherited_sockets(&self) -> Inherited {
        self.net.as_ref().map(Net::inherited).unwrap_or_default()
    }
}
