//! Asynchronous calls: what is submitted to the kernel by io_uring(7), and what came of it.
//!
//! The kernel waits and copies; a task that looks for completions takes them from the ring, inside the
//! gate. Each process has one ring.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;

use io_uring::{IoUring, opcode, squeue, types};
use nix::libc;
use rustix::event::PollFlags;
use rustix::net::getpeername;
use rustix::net::sockopt::set_tcp_nodelay;

use super::super::super::actor::{Actor, Program};
use super::super::super::arrivals::completed;
use super::super::super::park::lock;
use super::super::super::threads::STACK;
use super::super::super::world::{Entry, Stop};
use super::super::system;
use super::super::waits::Attempt;
use super::{End, Net, Side, Socket, What, bytes, counts, failed, holder, net, served, socket};
use crate::call::{Fault, Reason, Reply, SocketRequest};

/// How many submissions the ring takes at once: each is handed over as it is made.
const ENTRIES: u32 = 64;
/// The name of what asks the kernel to give something up.
const CANCEL: u64 = u64::MAX;

/// The ring of a process. What the kernel does for it is done on behalf of a thread of ours, which lasts as
/// long as the process: what a thread has submitted that ends the kernel gives up.
pub(super) struct Ring {
    orders: SyncSender<Order>,
    /// Ready to be read when something is done.
    fd: Arc<OwnedFd>,
    /// What is done and has not been taken: the word, and what came of it.
    done: VecDeque<(i64, i64)>,
}

/// What that thread is to do.
type Order = Box<dyn FnOnce(&mut Work) + Send>;

/// What that thread has. What the kernel may still write into is given back when it is done.
struct Work {
    ring: IoUring,
    /// What the kernel is at, by its name.
    operations: BTreeMap<u64, Operation>,
    next: u64,
    /// What is to follow when the same is done that was submitted before about the same socket: the kernel
    /// does not keep the order of several that wait for the same.
    waiting: VecDeque<Operation>,
}

/// Something that the kernel is at. What it uses stays here until it is done.
struct Operation {
    request: SocketRequest,
    tag: i64,
    socket: Socket,
    buffer: Vec<u8>,
}

/// What was submitted, and what the kernel says of it.
type Finished = Vec<(Operation, i32)>;

/// Whether the kernel lets a process have a ring.
pub(in crate::native) fn is_allowed() -> bool {
    static IS_ALLOWED: OnceLock<bool> = OnceLock::new();
    *IS_ALLOWED.get_or_init(|| IoUring::new(ENTRIES).is_ok())
}

impl Ring {
    fn new() -> io::Result<Self> {
        let (orders, ordered) = sync_channel::<Order>(1);
        let thread = thread::Builder::new().name("ring".to_owned());
        let (begun, has_begun) = sync_channel(1);
        thread.stack_size(STACK).spawn(move || {
            let work = Work::new();
            let (mut work, fd) = match work {
                Ok(work) => work,
                Err(error) => return drop(begun.send(Err(error))),
            };
            let _ = begun.send(Ok(fd));
            while let Ok(order) = ordered.recv() {
                order(&mut work);
            }
            // The process is there as long as its ring.
            core::mem::forget(work);
        })?;
        let fd = has_begun.recv().map_err(io::Error::other)??;
        Ok(Self {
            orders,
            fd: Arc::new(fd),
            done: VecDeque::new(),
        })
    }

    /// Has its thread do something, and waits for it.
    fn order<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Work) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (answer, answered) = sync_channel(1);
        let order = move |work: &mut Work| {
            let _ = answer.send(what(work));
        };
        self.orders
            .send(Box::new(order))
            .map_err(|_| io::Error::other("the thread of the ring has ended"))?;
        answered.recv().map_err(io::Error::other)?
    }

    /// Takes what is done, and waits for what has to be: bytes on their way to who has submitted to
    /// receive them.
    fn take(&mut self, net: &Net) -> io::Result<()> {
        counts::await_until(|| {
            loop {
                let (finished, is_awaited) =
                    self.order(|work| Ok((work.take()?, work.is_awaited()?)))?;
                if finished.is_empty() {
                    return Ok(!is_awaited);
                }
                // These may be what was awaited.
                self.note(net, finished)?;
            }
        })
    }

    fn note(&mut self, net: &Net, finished: Finished) -> io::Result<()> {
        for (operation, result) in finished {
            let result = operation.finish(net, result)?;
            self.done.push_back((operation.tag, result));
        }
        Ok(())
    }

    /// A socket is closed: the kernel gives up what it is at with it.
    pub(super) fn cancel(&mut self, net: &Net, closed: &Socket) -> io::Result<()> {
        let closed = Arc::clone(&closed.fd);
        let finished = self.order(move |work| work.cancel(&closed))?;
        self.note(net, finished)
    }
}

impl Work {
    fn new() -> io::Result<(Self, OwnedFd)> {
        let ring = IoUring::new(ENTRIES)?;
        let fd = ring.as_fd().try_clone_to_owned()?;
        let work = Self {
            ring,
            operations: BTreeMap::new(),
            next: 0,
            waiting: VecDeque::new(),
        };
        Ok((work, fd))
    }

    fn submit(&mut self, operation: Operation) -> io::Result<()> {
        if self.has_to_wait(&operation, self.waiting.len()) {
            self.waiting.push_back(operation);
            return Ok(());
        }
        self.start(operation)
    }

    /// Whether the same is under way, or before it among the first of those that wait.
    fn has_to_wait(&self, operation: &Operation, first: usize) -> bool {
        let mut before = self
            .operations
            .values()
            .chain(self.waiting.iter().take(first));
        before.any(|other| {
            other.request == operation.request
                && Arc::ptr_eq(&other.socket.fd, &operation.socket.fd)
        })
    }

    /// Begins with what need not wait any more; whether there was anything.
    fn start_next(&mut self) -> io::Result<bool> {
        let mut places = 0..self.waiting.len();
        let place = places.find(|place| {
            let operation = self.waiting.get(*place);
            operation.is_some_and(|operation| !self.has_to_wait(operation, *place))
        });
        match place.and_then(|place| self.waiting.remove(place)) {
            Some(operation) => self.start(operation).map(|()| true),
            None => Ok(false),
        }
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
            // Who wants nothing does not wait, whatever the kernel would do.
            SocketRequest::SubmitReceive if length == 0 => opcode::Nop::new().build(),
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
    fn take(&mut self) -> io::Result<Finished> {
        let mut finished = Finished::new();
        loop {
            // The way into the kernel lets it finish what it has put off.
            self.ring.submit_and_wait(0)?;
            let entries: Vec<_> = self.ring.completion().collect();
            finished.extend(entries.iter().filter_map(|entry| {
                let operation = self.operations.remove(&entry.user_data())?;
                Some((operation, entry.result()))
            }));
            if !self.start_next()? {
                return Ok(finished);
            }
        }
    }

    /// Whether the kernel is to receive what is on its way already.
    fn is_awaited(&self) -> io::Result<bool> {
        for operation in self.operations.values() {
            let What::Connection(end) = operation.socket.what else {
                continue;
            };
            let receives = operation.request == SocketRequest::SubmitReceive;
            if receives && counts::coming(end)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Has the kernel give up what it is at with a socket; what is done then.
    fn cancel(&mut self, closed: &Arc<OwnedFd>) -> io::Result<Finished> {
        let is_of_it = |operation: &Operation| Arc::ptr_eq(&operation.socket.fd, closed);
        let waiting = core::mem::take(&mut self.waiting);
        let (given_up, waiting): (VecDeque<_>, _) = waiting.into_iter().partition(is_of_it);
        self.waiting = waiting;
        let operations = self.operations.iter();
        let of_it = operations.filter(|(_, each)| is_of_it(each));
        let names: Vec<_> = of_it.map(|(name, _)| *name).collect();
        let mut finished = Finished::new();
        for name in names {
            let cancel = opcode::AsyncCancel::new(name).build();
            self.push(&cancel.user_data(CANCEL))?;
            counts::await_until(|| {
                finished.extend(self.take()?);
                Ok(!self.operations.contains_key(&name))
            })?;
        }
        let cancelled = |operation| (operation, -libc::ECANCELED);
        finished.extend(given_up.into_iter().map(cancelled));
        Ok(finished)
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
        let operation = Operation {
            request,
            tag,
            socket,
            buffer,
        };
        ring.order(|work| work.submit(operation))
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
        counts::tell(end)?;
        return Ok(amount.min(actor.world.code.config.network.receive_buffer));
    }
    let room = counts::room(actor, end)?;
    if room == 0 && amount > 0 {
        let why = "there is no room for what is submitted, and the kernel's own buffers are larger";
        return Err(io::Error::other(why));
    }
    let length = amount.min(room);
    counts::sent(actor, end, length)?;
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

/// Takes from the ring what is done, so that connections that the kernel has accepted have their numbers.
pub(super) fn look(actor: &Actor) -> Result<(), Stop> {
    let own = net(&actor.world)?;
    match &mut *lock(&own.ring) {
        Some(ring) => ring.take(own).map_err(|error| failed(actor, error)),
        None => Ok(()),
    }
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
