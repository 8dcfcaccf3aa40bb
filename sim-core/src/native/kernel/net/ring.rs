//! Asynchronous calls: what is submitted to the kernel by io_uring(7), and what came of it.
//!
//! The kernel waits and copies; a task that looks for completions takes them from the ring, inside the
//! gate. Each process has one ring.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Arc, OnceLock};

use io_uring::{IoUring, opcode, squeue, types};
use nix::libc;
use rustix::event::PollFlags;
use rustix::net::getpeername;
use rustix::net::sockopt::set_tcp_nodelay;

use super::super::super::actor::{Actor, Program};
use super::super::super::arrivals::completed;
use super::super::super::park::lock;
use super::super::super::world::{Entry, Stop};
use super::super::system;
use super::super::waits::Attempt;
use super::{End, Net, Side, Socket, What, bytes, counts, failed, holder, net, served, socket};
use crate::call::{Fault, Reason, Reply, SocketRequest};

/// How many submissions the ring takes at once: each is handed over as it is made.
const ENTRIES: u32 = 64;
/// The name of what asks the kernel to give something up.
const CANCEL: u64 = u64::MAX;

/// The ring of a process. It is there as long as the process: what the kernel may still write into is
/// never given back before.
pub(super) struct Ring {
    ring: IoUring,
    fd: Arc<OwnedFd>,
    /// What the kernel is at, by its name.
    operations: BTreeMap<u64, Operation>,
    next: u64,
    /// What is done and has not been taken: the word, and what came of it.
    done: VecDeque<(i64, i64)>,
}

/// Something that the kernel is at. What it uses stays here until it is done.
struct Operation {
    request: SocketRequest,
    tag: i64,
    socket: Socket,
    buffer: Vec<u8>,
}

/// Whether the kernel lets a process have a ring.
pub(in crate::native) fn is_allowed() -> bool {
    static IS_ALLOWED: OnceLock<bool> = OnceLock::new();
    *IS_ALLOWED.get_or_init(|| IoUring::new(ENTRIES).is_ok())
}

impl Ring {
    fn new() -> io::Result<Self> {
        let ring = IoUring::new(ENTRIES)?;
        Ok(Self {
            fd: Arc::new(ring.as_fd().try_clone_to_owned()?),
            ring,
            operations: BTreeMap::new(),
            next: 0,
            done: VecDeque::new(),
        })
    }

    fn start(&mut self, operation: Operation) -> io::Result<()> {
        let name = self.next;
        self.next += 1;
        let kept = self.operations.entry(name).or_insert(operation);
        let fd = types::Fd(kept.socket.fd.as_raw_fd());
        let length = u32::try_from(kept.buffer.len()).unwrap_or(u32::MAX);
        let entry = match kept.request {
            SocketRequest::SubmitAccept => {
                let (address, size) = (core::ptr::null_mut(), core::ptr::null_mut());
                let accept = opcode::Accept::new(fd, address, size);
                accept.flags(libc::SOCK_NONBLOCK).build()
            }
            SocketRequest::SubmitReceive => {
                opcode::Recv::new(fd, kept.buffer.as_mut_ptr(), length).build()
            }
            _ => opcode::Send::new(fd, kept.buffer.as_ptr(), length)
                .flags(libc::MSG_NOSIGNAL)
                .build(),
        };
        self.push(&entry.user_data(name))
    }

    fn push(&mut self, entry: &squeue::Entry) -> io::Result<()> {
        system::submit(&mut self.ring, entry)?;
        self.ring.submit().map(drop)
    }

    /// Takes from the ring what is done.
    fn take(&mut self, net: &Net) -> io::Result<()> {
        // The way into the kernel lets it finish what it has put off.
        self.ring.submit_and_wait(0)?;
        let entries: Vec<_> = self.ring.completion().collect();
        for entry in entries {
            if let Some(operation) = self.operations.remove(&entry.user_data()) {
                let result = operation.finish(net, entry.result())?;
                self.done.push_back((operation.tag, result));
            }
        }
        Ok(())
    }

    /// A socket is closed: the kernel gives up what it is at with it.
    pub(super) fn cancel(&mut self, net: &Net, closed: &Socket) -> io::Result<()> {
        let operations = self.operations.iter();
        let of_it = operations.filter(|(_, each)| Arc::ptr_eq(&each.socket.fd, &closed.fd));
        let names: Vec<_> = of_it.map(|(name, _)| *name).collect();
        for name in names {
            let cancel = opcode::AsyncCancel::new(name).build();
            self.push(&cancel.user_data(CANCEL))?;
            counts::await_until(|| {
                self.take(net)?;
                Ok(!self.operations.contains_key(&name))
            })?;
        }
        Ok(())
    }
}

impl Operation {
    /// It is done, and this is what the kernel says.
    fn finish(&self, net: &Net, result: i32) -> io::Result<i64> {
        let Ok(number) = u32::try_from(result) else {
            return Ok(-1);
        };
        match (self.request, self.socket.what) {
            (SocketRequest::SubmitAccept, _) => {
                let fd = system::own(result);
                set_tcp_nodelay(&fd, true)?;
                let from = getpeername(&fd)?.and_then(|from| SocketAddrV4::try_from(from).ok());
                let slot = from.and_then(|from| net.addresses.slot(from));
                let slot = slot.ok_or_else(|| io::Error::other("a stranger has connected"))?;
                let side = Side::Server;
                let what = What::Connection(End { slot, side });
                let fd = Arc::new(fd);
                Ok(net.add(None, Socket { fd, what }))
            }
            (SocketRequest::SubmitReceive, What::Connection(end)) => {
                counts::received(end, number)?;
                Ok(number.into())
            }
            _ => Ok(number.into()),
        }
    }
}

/// Has the kernel do something on its own.
pub(super) fn submit(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    request: SocketRequest,
) -> Result<Attempt, Stop> {
    let [number, amount] = actor.operands();
    let found = socket(actor, number)?;
    debug_assert!(holder(actor).is_none(), "peers submit nothing");
    let (socket, buffer) = match (found, request) {
        (Some(socket), SocketRequest::SubmitAccept) if socket.what == What::Listener => {
            (socket, Vec::new())
        }
        (Some(socket), SocketRequest::SubmitReceive | SocketRequest::SubmitSend)
            if socket.what != What::Listener =>
        {
            let length = length(actor, &socket, request, bytes(amount));
            let length = length.map_err(|error| failed(actor, error))?;
            (socket, vec![0; usize::try_from(length).unwrap_or(0)])
        }
        _ => return Err(actor.fail(entry, Fault::BadDescriptor)),
    };
    let tag = match &actor.program {
        Program::Script(thread) => thread.tag,
        Program::Job(_) => 0,
    };
    let world = Arc::clone(&actor.world);
    let own = net(&world)?;
    let mut ring = lock(&own.ring);
    let started = with(&mut ring, |ring| {
        ring.start(Operation {
            request,
            tag,
            socket,
            buffer,
        })
    });
    started.map_err(|error| failed(actor, error))?;
    Ok(served(actor, entry, request, 0, Reply::DONE))
}

/// How many bytes are asked for: as many as fit into the script's buffers.
fn length(actor: &Actor, socket: &Socket, request: SocketRequest, amount: u32) -> io::Result<u32> {
    let What::Connection(end) = socket.what else {
        return Ok(0);
    };
    if request == SocketRequest::SubmitReceive {
        return Ok(amount.min(actor.world.code.config.network.receive_buffer));
    }
    let room = counts::room(actor, end)?;
    if room == 0 && amount > 0 {
        let why = "there is no room for what is submitted, and the kernel's own buffers are larger";
        return Err(io::Error::other(why));
    }
    let length = amount.min(room);
    counts::sent(end, length)?;
    Ok(length)
}

/// Does something with the ring of the process, which is made when it is first needed.
fn with<T>(
    ring: &mut Option<Ring>,
    what: impl FnOnce(&mut Ring) -> io::Result<T>,
) -> io::Result<T> {
    let ring = match ring {
        Some(ring) => ring,
        None => ring.insert(Ring::new()?),
    };
    what(ring)
}

/// Takes the first answer to what was submitted; waits while nothing is done.
pub(super) fn complete(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    request: SocketRequest,
) -> Result<Attempt, Stop> {
    let world = Arc::clone(&actor.world);
    let own = net(&world)?;
    let mut ring = lock(&own.ring);
    let taken = with(&mut ring, |ring| {
        ring.take(own)?;
        Ok((ring.done.pop_front(), Arc::clone(&ring.fd)))
    });
    match taken.map_err(|error| failed(actor, error))? {
        (Some((tag, result)), _) => {
            let reply = Reply {
                second: result,
                ..Reply::of(tag)
            };
            let seen = completed(tag, result);
            Ok(served(actor, entry, request, seen, reply))
        }
        (None, fd) => {
            let targets = vec![(fd, PollFlags::IN)];
            Ok(Attempt::Wait(Reason::Completion, targets))
        }
    }
}
