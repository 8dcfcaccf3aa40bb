//! Sockets are made and closed; connections are asked for and accepted.

use std::io;
use std::net::SocketAddrV4;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::event::PollFlags;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::net::sockopt::{set_socket_reuseaddr, set_tcp_nodelay, socket_error};
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, acceptfrom_with, bind, connect as ask_for,
    listen as let_connect, socket_with,
};

use super::super::super::actor::Actor;
use super::super::super::arrivals::connected;
use super::super::super::park::lock;
use super::super::super::world::{Entry, Stop};
use super::super::signals::{Told, is_let_through};
use super::super::waits::Attempt;
use super::super::{close_for_all, family, system};
use super::{End, Side, Socket, What, counts, failed, fails, holder, net, place, served, watch};
use crate::call::{Fault, Reason, Reply, Signal, SocketRequest};
use crate::program::Place;

/// Makes a socket. Processes that are made have the same.
fn make() -> io::Result<OwnedFd> {
    let (family, kind) = (AddressFamily::INET, SocketType::STREAM);
    let fd = socket_with(family, kind, SocketFlags::NONBLOCK, None)?;
    counts::enlarge(&fd)?;
    // Each piece leaves at once.
    set_tcp_nodelay(&fd, true)?;
    Ok(fd)
}

/// Lets others connect at a port.
pub(super) fn listen(actor: &mut Actor, entry: &mut Entry<'_>) -> Result<Attempt, Stop> {
    let request = SocketRequest::Listen;
    let [port, backlog] = actor.operands();
    let Ok(port) = u32::try_from(port) else {
        return Err(actor.fail(entry, Fault::BadCount));
    };
    let world = Arc::clone(&actor.world);
    let own = net(&world)?;
    let Some(address) = own.addresses.of_port(place(actor), port) else {
        return Err(world.fail(&format!("TCP has no port {port}")));
    };
    // Linux keeps one more than it is asked for.
    let Some(backlog) = i32::try_from(backlog).ok().filter(|backlog| *backlog > 0) else {
        return Err(world.fail("a real listener lets one connection wait at least"));
    };
    let opened = make().and_then(|fd| {
        // What is left of connections at that port does not count.
        set_socket_reuseaddr(&fd, true)?;
        bind(&fd, &address)?;
        let_connect(&fd, backlog - 1)?;
        Ok(fd)
    });
    let fd = match opened {
        Ok(fd) => Arc::new(fd),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if actor.is_peer() && !own.listens(holder(actor), address) {
                let why = "two peers listen at one port, and are at one address here";
                return Err(world.fail(why));
            }
            return fails(actor, entry, request, Fault::AddressInUse);
        }
        Err(error) => return Err(failed(actor, error)),
    };
    let what = What::Listener;
    let number = own.add(holder(actor), Socket { fd, what });
    Ok(served(actor, entry, request, number, Reply::of(number)))
}

/// Takes the first connection that has come in; waits while there is none.
pub(super) fn accept(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    request: SocketRequest,
) -> Result<Attempt, Stop> {
    let [number, _] = actor.operands();
    let Some(Socket {
        fd,
        what: What::Listener,
    }) = super::socket(actor, number)?
    else {
        return Err(actor.fail(entry, Fault::BadDescriptor));
    };
    let world = Arc::clone(&actor.world);
    let own = net(&world)?;
    loop {
        let (other, from) = match acceptfrom_with(&*fd, SocketFlags::NONBLOCK) {
            Ok(accepted) => accepted,
            Err(Errno::AGAIN) => {
                let targets = vec![(fd, PollFlags::IN)];
                return Ok(Attempt::Wait(Reason::Connection(super::UNNAMED), targets));
            }
            Err(error) => return Err(failed(actor, error)),
        };
        let from = from.and_then(|from| SocketAddrV4::try_from(from).ok());
        // Others on this computer could connect: they are sent away.
        let Some(slot) = from.and_then(|from| own.addresses.slot(from)) else {
            continue;
        };
        set_tcp_nodelay(&other, true).map_err(|error| failed(actor, error))?;
        let side = Side::Server;
        let accepted = Socket {
            fd: Arc::new(other),
            what: What::Connection(End { slot, side }),
        };
        let number = own.add(holder(actor), accepted);
        let seen = connected(number, slot);
        return Ok(served(actor, entry, request, seen, Reply::of(number)));
    }
}

/// Connects to a port; waits until the other side has answered, unless it is in this machine.
pub(super) fn connect(actor: &mut Actor, entry: &mut Entry<'_>) -> Result<Attempt, Stop> {
    if let Told::Connecting(pending) = &actor.local.phase {
        let pending = pending.clone();
        return finish(actor, entry, pending);
    }
    let [port, _] = actor.operands();
    let Ok(port) = u32::try_from(port) else {
        return Err(actor.fail(entry, Fault::BadCount));
    };
    if place(actor) == Place::Inside {
        let own = begin(actor, Place::Inside, port)?;
        return match progress(&own) {
            Ok(Progress::Done) => finish(actor, entry, own),
            Ok(Progress::Refused) => {
                let outside = begin(actor, Place::Outside, port)?;
                match progress(&outside) {
                    Ok(Progress::Refused) => {
                        let request = SocketRequest::Connect;
                        fails(actor, entry, request, Fault::ConnectionRefused)
                    }
                    _ => Ok(wait(actor, outside)),
                }
            }
            Ok(Progress::UnderWay) => Err(actor.world.fail(FULL)),
            Err(error) => Err(failed(actor, error)),
        };
    }
    let pending = begin(actor, Place::Inside, port)?;
    Ok(wait(actor, pending))
}

/// What becomes of who finds a backlog full.
const FULL: &str = "a backlog is full: Linux does not refuse who comes then, but lets them wait \
                    for a second and try again (tcp_abort_on_overflow)";

/// Asks for a connection.
fn begin(actor: &Actor, to: Place, port: u32) -> Result<Socket, Stop> {
    let own = net(&actor.world)?;
    let Some(address) = own.addresses.of_port(to, port) else {
        return Err(actor.world.fail(&format!("TCP has no port {port}")));
    };
    let begun = make().and_then(|fd| {
        // What is left of an earlier run with the same number does not count.
        set_socket_reuseaddr(&fd, true)?;
        let client = own.addresses.of_client(place(actor), next_client(actor));
        bind(&fd, &client)?;
        let slot = own.addresses.slot(client);
        let slot = slot.ok_or_else(|| io::Error::other("it is at no address of the run"))?;
        counts::begin(slot)?;
        let side = Side::Client;
        let what = What::Connection(End { slot, side });
        match ask_for(&fd, &address) {
            // Who is refused is told when it looks.
            Ok(()) | Err(Errno::INPROGRESS | Errno::CONNREFUSED) => {}
            Err(error) => return Err(error.into()),
        }
        // Whether somebody listens is decided now, also where the kernel puts it off for a moment.
        let decided = counts::await_until(|| Ok(watch::is_ready(&fd, PollFlags::OUT)));
        decided.map_err(|_| io::Error::other(FULL))?;
        let fd = Arc::new(fd);
        Ok(Socket { fd, what })
    });
    begun.map_err(|error| failed(actor, error))
}

/// How often somebody has asked for a connection before.
fn next_client(actor: &Actor) -> u64 {
    let Some(family) = family(&actor.world) else {
        return 0;
    };
    let mut inside = lock(&family.inside);
    let count = inside.header.clients;
    inside.header.clients += 1;
    inside.is_changed = true;
    count
}

/// The task waits for an answer.
fn wait(actor: &mut Actor, pending: Socket) -> Attempt {
    let targets = vec![(Arc::clone(&pending.fd), PollFlags::OUT)];
    actor.local.phase = Told::Connecting(pending);
    Attempt::Wait(Reason::Connect(super::UNNAMED), targets)
}

/// How far the asking for a connection is.
enum Progress {
    UnderWay,
    Done,
    Refused,
}

fn progress(pending: &Socket) -> io::Result<Progress> {
    if let Err(error) = socket_error(&*pending.fd)? {
        return match error {
            // It was thrown away before anybody looked.
            Errno::CONNREFUSED | Errno::CONNRESET => Ok(Progress::Refused),
            other => Err(other.into()),
        };
    }
    // Only what is connected has another end. One that was refused has not, and says so once.
    match rustix::net::getpeername(&*pending.fd) {
        Ok(Some(_)) => Ok(Progress::Done),
        Ok(None) | Err(Errno::NOTCONN) if watch::is_ready(&pending.fd, PollFlags::OUT) => {
            Ok(Progress::Refused)
        }
        Ok(None) | Err(Errno::NOTCONN) => Ok(Progress::UnderWay),
        Err(error) => Err(error.into()),
    }
}

/// The other side has answered, or has still to.
fn finish(actor: &mut Actor, entry: &mut Entry<'_>, pending: Socket) -> Result<Attempt, Stop> {
    let request = SocketRequest::Connect;
    match progress(&pending).map_err(|error| failed(actor, error))? {
        Progress::UnderWay => Err(actor.world.fail(FULL)),
        Progress::Refused => fails(actor, entry, request, Fault::ConnectionRefused),
        Progress::Done => {
            let slot = match pending.what {
                What::Connection(end) => end.slot,
                What::Listener => 0,
            };
            actor.local.phase = Told::Nothing;
            let number = net(&actor.world)?.add(holder(actor), pending);
            let seen = connected(number, slot);
            Ok(served(actor, entry, request, seen, Reply::of(number)))
        }
    }
}

/// Gives a socket back.
pub(super) fn close(actor: &mut Actor, entry: &mut Entry<'_>) -> Result<Attempt, Stop> {
    let [number, _] = actor.operands();
    let world = Arc::clone(&actor.world);
    let own = net(&world)?;
    let Some(socket) = own.remove(holder(actor), number) else {
        return Err(actor.fail(entry, Fault::BadDescriptor));
    };
    watch::forget(own, number, &socket).map_err(|error| failed(actor, error))?;
    if let Some(ring) = &mut *lock(&own.ring) {
        let cancelled = ring.cancel(own, &socket);
        cancelled.map_err(|error| failed(actor, error))?;
    }
    match family(&world) {
        // Where others wait at it they are called back, and see that it is closed.
        Some(family) => close_for_all(family, socket.fd),
        None => drop(socket),
    }
    Ok(served(actor, entry, SocketRequest::Close, 0, Reply::DONE))
}

/// Has a signal sent whenever something arrives.
pub(super) fn signal(actor: &mut Actor, entry: &mut Entry<'_>) -> Result<Attempt, Stop> {
    let [number, _] = actor.operands();
    let Some(socket) = super::socket(actor, number)? else {
        return Err(actor.fail(entry, Fault::BadDescriptor));
    };
    if !is_let_through(&actor.world, Signal::Io) {
        let why = "a signal that nobody handles would end the process when no record could say so";
        return Err(actor.world.fail(why));
    }
    let asked = system::own_signals_of(&*socket.fd).and_then(|()| {
        if let What::Connection(end) = socket.what {
            counts::tell(end)?;
        }
        let flags = fcntl_getfl(&*socket.fd)?;
        Ok(fcntl_setfl(&*socket.fd, flags | OFlags::ASYNC)?)
    });
    asked.map_err(|error| failed(actor, error))?;
    let request = SocketRequest::Signal;
    Ok(served(actor, entry, request, 0, Reply::DONE))
}
