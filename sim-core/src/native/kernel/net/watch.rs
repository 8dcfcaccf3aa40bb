//! Sets of sockets that are watched: select(2), poll(2) and epoll(7).

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use nix::sys::select::{FD_SETSIZE, FdSet, select};
use nix::sys::time::TimeVal;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::super::super::actor::{Actor, Answered};
use super::super::super::park::lock;
use super::super::super::world::{Entry, Stop};
use super::super::family;
use super::super::waits::{Attempt, Targets, until_done};
use super::{Net, Socket, What, counts, failed, holder, net, socket};
use crate::call::{Fault, Reason, Reply, Request};
use crate::event::EventKind;
use crate::ids::ObjectId;
use crate::machine::SELECT_DESCRIPTORS;

const AT_ONCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};
/// What epoll is to tell of.
const NEWS: EventFlags = EventFlags::IN.union(EventFlags::RDHUP);

/// A set.
pub(super) struct Set {
    epoll: Arc<OwnedFd>,
    /// In the order in which they came.
    members: Vec<Member>,
    /// The numbers of the last answer that have not been taken.
    answer: VecDeque<i64>,
}

#[derive(Clone)]
struct Member {
    number: i64,
    socket: Socket,
}

impl Set {
    fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: Arc::new(epoll::create(CreateFlags::CLOEXEC)?),
            members: Vec::new(),
            answer: VecDeque::new(),
        })
    }

    fn add(&mut self, member: Member, news: EventFlags) -> io::Result<()> {
        self.remove(member.number)?;
        let data = EventData::new_u64(member.number.cast_unsigned());
        epoll::add(&self.epoll, &*member.socket.fd, data, news)?;
        self.members.push(member);
        Ok(())
    }

    fn remove(&mut self, number: i64) -> io::Result<()> {
        let place = self
            .members
            .iter()
            .position(|member| member.number == number);
        if let Some(place) = place {
            let member = self.members.remove(place);
            epoll::delete(&self.epoll, &*member.socket.fd)?;
        }
        Ok(())
    }

    /// The numbers of those that are ready now.
    fn ready(&self, request: Request) -> io::Result<VecDeque<i64>> {
        for member in &self.members {
            settle(&member.socket)?;
        }
        match request {
            Request::Select => self.select(),
            Request::Poll => self.poll(),
            _ => self.epoll(),
        }
    }

    /// Looks at every number up to the highest, in their order.
    fn select(&self) -> io::Result<VecDeque<i64>> {
        let mut wanted = FdSet::new();
        for member in &self.members {
            let number = usize::try_from(member.socket.fd.as_raw_fd()).unwrap_or(FD_SETSIZE);
            if number >= FD_SETSIZE {
                let why = "select(2) knows no descriptor of that number";
                return Err(io::Error::other(why));
            }
            wanted.insert(member.socket.fd.as_fd());
        }
        let mut at_once = TimeVal::new(0, 0);
        select(None, &mut wanted, None, None, &mut at_once)?;
        let is_ready = |member: &&Member| wanted.contains(member.socket.fd.as_fd());
        let ready = self.members.iter().filter(is_ready);
        let mut ready: Vec<_> = ready.map(|member| member.number).collect();
        ready.sort_unstable();
        Ok(ready.into())
    }

    /// Looks at all of the set.
    fn poll(&self) -> io::Result<VecDeque<i64>> {
        let members = self.members.iter();
        let fd = |member| PollFd::new(&*Member::socket(member).fd, PollFlags::IN);
        let mut fds: Vec<_> = members.clone().map(fd).collect();
        poll(&mut fds, Some(&AT_ONCE))?;
        let ready = members.zip(&fds);
        let ready = ready.filter(|(_, fd)| !fd.revents().is_empty());
        Ok(ready.map(|(member, _)| member.number).collect())
    }

    /// Looks at those that the kernel has noted, in that order.
    fn epoll(&self) -> io::Result<VecDeque<i64>> {
        let mut events = Vec::with_capacity(self.members.len().max(1));
        epoll::wait(
            &self.epoll,
            rustix::buffer::spare_capacity(&mut events),
            Some(&AT_ONCE),
        )?;
        let numbers = events.iter().map(|event| event.data.u64().cast_signed());
        Ok(numbers.collect())
    }

    /// For what is waited outside the gate.
    fn targets(&self, request: Request) -> Targets {
        if request == Request::Epoll {
            return vec![(Arc::clone(&self.epoll), PollFlags::IN)];
        }
        let members = self.members.iter();
        members
            .map(|member| (Arc::clone(&member.socket.fd), PollFlags::IN))
            .collect()
    }
}

impl Member {
    const fn socket(&self) -> &Socket {
        &self.socket
    }
}

/// Waits until the kernel has for a socket what was sent to it.
fn settle(socket: &Socket) -> io::Result<()> {
    if let What::Connection(end) = socket.what
        && counts::coming(end)? > 0
    {
        counts::await_until(|| Ok(is_ready(&socket.fd, PollFlags::IN)))?;
    }
    Ok(())
}

/// Whether one of these can be had of a descriptor.
pub(super) fn is_ready(fd: &OwnedFd, what: PollFlags) -> bool {
    let mut fds = [PollFd::new(fd, what)];
    matches!(poll(&mut fds, Some(&AT_ONCE)), Ok(1))
}

/// A socket is closed: it is in no set any more.
pub(super) fn forget(net: &Net, number: i64, closed: &Socket) -> io::Result<()> {
    let mut sets = lock(&net.sets);
    for set in sets.values_mut() {
        let is_in_it = set
            .members
            .iter()
            .any(|member| member.number == number && Arc::ptr_eq(&member.socket.fd, &closed.fd));
        if is_in_it {
            set.remove(number)?;
        }
    }
    Ok(())
}

/// Carries out a request to a set.
pub(in crate::native) fn ask(actor: &mut Actor, object: ObjectId, request: Request) -> Answered {
    until_done(actor, |actor, entry| attempt(actor, entry, object, request))
}

fn attempt(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    object: ObjectId,
    request: Request,
) -> Result<Attempt, Stop> {
    let world = Arc::clone(&actor.world);
    let number = actor.operands()[0];
    super::ring::look(actor)?;
    let mut sets = lock(&net(&world)?.sets);
    let set = match sets.entry(object) {
        std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::btree_map::Entry::Vacant(place) => {
            place.insert(Set::new().map_err(|error| failed(actor, error))?)
        }
    };
    debug_assert!(holder(actor).is_none(), "peers have no sets");
    let value = match request {
        Request::Watch | Request::WatchEdge => {
            let Some(socket) = socket(actor, number)? else {
                drop(sets);
                return Err(actor.fail(entry, Fault::BadDescriptor));
            };
            settle(&socket).map_err(|error| failed(actor, error))?;
            let news = match (request, socket.what) {
                (Request::WatchEdge, What::Connection(end)) => {
                    counts::tell(end).map_err(|error| failed(actor, error))?;
                    NEWS | EventFlags::ET
                }
                (Request::WatchEdge, What::Listener) => NEWS | EventFlags::ET,
                _ => NEWS,
            };
            let added = set.add(Member { number, socket }, news);
            added.map_err(|error| failed(actor, error))?;
            0
        }
        Request::Unwatch => {
            set.remove(number).map_err(|error| failed(actor, error))?;
            0
        }
        Request::TakeReady => set.answer.pop_front().unwrap_or(-1),
        _ => {
            let is_within = |member: &Member| member.number < SELECT_DESCRIPTORS;
            if request == Request::Select && !set.members.iter().all(is_within) {
                drop(sets);
                return Err(actor.fail(entry, Fault::BadDescriptor));
            }
            let ready = set.ready(request).map_err(|error| failed(actor, error))?;
            if ready.is_empty() {
                return Ok(Attempt::Wait(Reason::Object(object), set.targets(request)));
            }
            set.answer = ready;
            i64::try_from(set.answer.len()).unwrap_or(i64::MAX)
        }
    };
    let task = actor.task;
    let kind = EventKind::Granted {
        task,
        request,
        object,
    };
    entry.record(kind, value);
    if !request.is_multiplexing()
        && let Some(family) = family(&world)
    {
        // Who waits at it looks at other sockets now.
        lock(&family.inside).call_back();
    }
    Ok(Attempt::Done(Reply::of(value)))
}
