//! Real pipes.
//!
//! A small pipe is in packet mode (pipe(2), `O_DIRECT`): what is written at once is read at once, and takes
//! one of the pages that the pipe has room for (`F_SETPIPE_SZ`). So it holds as many messages as it has
//! pages. In a large one messages stand side by side, and it holds as many as fit into its pages. Reads and
//! writes never wait: they are attempted inside the gate, and waited for outside, by poll(2).

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};

use super::super::actor::{Actor, Answered};
use super::super::park::lock;
use super::super::world::{Entry, Stop};
use super::sending::{Broken, break_pipe};
use super::waits::{Attempt, until_done};
use super::{Family, system};
use crate::call::{Denial, Fault, PipeEnd, Reason, Reply};
use crate::event::EventKind;
use crate::ids::PipeId;
use crate::program::Code;

/// The bytes of a message.
const MESSAGE: usize = 8;
/// The most pages of a pipe: so many an ordinary user may ask for (Linux: `pipe-max-size`, 1 MiB).
const PAGES: usize = 256;

/// How a pipe holds a number of messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// Each in a page.
    Packets { pages: usize },
    /// Side by side.
    Stream { pages: usize },
}

impl Form {
    /// That of a pipe for so many; none where the kernel has no such pipe: its pages are a power of two.
    fn of(capacity: u32) -> Option<Self> {
        let messages = usize::try_from(capacity).ok()?;
        if !messages.is_power_of_two() {
            return None;
        }
        if messages <= PAGES {
            return Some(Self::Packets { pages: messages });
        }
        let bytes = messages.checked_mul(MESSAGE)?;
        let pages = bytes / rustix::param::page_size();
        (1..=PAGES)
            .contains(&pages)
            .then_some(Self::Stream { pages })
    }

    const fn pages(self) -> usize {
        match self {
            Self::Packets { pages } | Self::Stream { pages } => pages,
        }
    }

    const fn flags(self) -> PipeFlags {
        match self {
            Self::Packets { .. } => PipeFlags::DIRECT.union(PipeFlags::NONBLOCK),
            Self::Stream { .. } => PipeFlags::NONBLOCK,
        }
    }
}

/// Whether there is a real pipe for so many messages.
pub(in crate::native) fn is_real(capacity: u32) -> bool {
    Form::of(capacity).is_some()
}

/// The ends of a pipe that a process holds open.
#[derive(Default)]
pub(super) struct Pair {
    pub(super) read: Option<Arc<OwnedFd>>,
    pub(super) write: Option<Arc<OwnedFd>>,
}

impl Pair {
    fn of(&mut self, end: PipeEnd) -> &mut Option<Arc<OwnedFd>> {
        match end {
            PipeEnd::Read => &mut self.read,
            PipeEnd::Write => &mut self.write,
        }
    }
}

/// Opens the pipes of a program.
pub(super) fn open(code: &Code) -> io::Result<Vec<Pair>> {
    let mut pipes = Vec::with_capacity(code.pipes.len());
    for pipe in &code.pipes {
        let Some(form) = Form::of(pipe.capacity) else {
            return Err(io::Error::other("there is no pipe of that size"));
        };
        // Processes that are made have the same ends.
        let (read, write) = pipe_with(form.flags())?;
        let wanted = form.pages() * rustix::param::page_size();
        let got = fcntl_setpipe_size(&write, wanted)?;
        if got != wanted {
            return Err(io::Error::other("a pipe has another size"));
        }
        pipes.push(Pair {
            read: Some(Arc::new(read)),
            write: Some(Arc::new(write)),
        });
    }
    Ok(pipes)
}

/// In the copy of a process its ends are its own: threads of the original that are not there hold none.
pub(super) fn renew(pipes: &mut [Pair]) {
    use std::os::fd::AsRawFd;
    for pair in pipes {
        for end in [&mut pair.read, &mut pair.write] {
            if let Some(old) = end.take() {
                let number = old.as_raw_fd();
                core::mem::forget(old);
                *end = Some(Arc::new(system::own(number)));
            }
        }
    }
}

/// An end into which, or from which, a task's call goes; none where the process has closed it.
fn end_of(actor: &Actor, pipe: PipeId, end: PipeEnd) -> Option<Arc<OwnedFd>> {
    let kernel = actor.world.kernel.as_ref()?;
    if let (PipeEnd::Write, None) = (end, &kernel.family) {
        let writes = lock(&kernel.writes);
        return writes.get(actor.task.index())?.get(pipe.index())?.clone();
    }
    lock(&kernel.pipes).get_mut(pipe.index())?.of(end).clone()
}

/// Writes a message; waits while the pipe is full.
pub(in crate::native) fn send(actor: &mut Actor, pipe: PipeId) -> Answered {
    until_done(actor, |actor, entry| write(actor, entry, pipe))
}

/// The same, if there is room at once.
pub(in crate::native) fn try_send(actor: &mut Actor, pipe: PipeId) -> Answered {
    until_done(actor, |actor, entry| {
        let attempt = write(actor, entry, pipe)?;
        Ok(or_denied(actor, entry, attempt))
    })
}

/// Reads a message; waits while the pipe is empty and somebody can write.
pub(in crate::native) fn receive(actor: &mut Actor, pipe: PipeId) -> Answered {
    until_done(actor, |actor, entry| read(actor, entry, pipe))
}

/// The same, if there is one at once.
pub(in crate::native) fn try_receive(actor: &mut Actor, pipe: PipeId) -> Answered {
    until_done(actor, |actor, entry| {
        let attempt = read(actor, entry, pipe)?;
        Ok(or_denied(actor, entry, attempt))
    })
}

/// Who does not want to wait is told that it would have to.
fn or_denied(actor: &Actor, entry: &mut Entry<'_>, attempt: Attempt) -> Attempt {
    match attempt {
        Attempt::Wait(..) => {
            let (task, denial) = (actor.task, Denial::TryAgain);
            entry.record(EventKind::Denied { task, denial }, 0);
            Attempt::Done(Reply::denied(denial))
        }
        other => other,
    }
}

fn write(actor: &mut Actor, entry: &mut Entry<'_>, pipe: PipeId) -> Result<Attempt, Stop> {
    let task = actor.task;
    let Some(end) = end_of(actor, pipe, PipeEnd::Write) else {
        return Err(actor.fail(entry, Fault::BadDescriptor));
    };
    let message = actor.operands()[0].to_le_bytes();
    // The kernel would send a signal at once, which has to be recorded before.
    if has_no_reader(&end) {
        let write = || {
            // It fails: nobody reads.
            let _ = rustix::io::write(&*end, &message);
        };
        return match break_pipe(actor, entry, write) {
            Ok(Broken::Error) => Err(actor.fail(entry, Fault::BrokenPipe)),
            // It is taken now, or the call fails when it is looked at again.
            Ok(Broken::Sent) => Ok(Attempt::Again),
            Err(error) => Err(failed(actor, error)),
        };
    }
    match rustix::io::write(&*end, &message) {
        Ok(MESSAGE) => {
            entry.record(EventKind::Sent { task, pipe }, 0);
            Ok(Attempt::Done(Reply::DONE))
        }
        Err(rustix::io::Errno::AGAIN) => {
            let held = rustix::io::ioctl_fionread(&*end).map(|bytes| bytes / MESSAGE as u64);
            let held = held.map_err(|error| failed(actor, error.into()))?;
            let capacity = u64::from(actor.world.code.pipes[pipe.index()].capacity);
            let is_stream = capacity > PAGES as u64;
            let targets = vec![(end, PollFlags::OUT)];
            Ok(if is_stream && held < capacity {
                // The kernel has room again when a whole page has been read.
                Attempt::WaitUnseen(targets)
            } else {
                Attempt::Wait(Reason::PipeFull(pipe), targets)
            })
        }
        Ok(_) => Err(failed(actor, io::Error::other("a message was cut"))),
        Err(error) => Err(failed(actor, error.into())),
    }
}

fn read(actor: &mut Actor, entry: &mut Entry<'_>, pipe: PipeId) -> Result<Attempt, Stop> {
    let task = actor.task;
    let Some(end) = end_of(actor, pipe, PipeEnd::Read) else {
        return Err(actor.fail(entry, Fault::BadDescriptor));
    };
    let mut message = [0; MESSAGE];
    match rustix::io::read(&*end, &mut message) {
        Ok(MESSAGE) => {
            let item = i64::from_le_bytes(message);
            entry.record(EventKind::Received { task, pipe }, item);
            Ok(Attempt::Done(Reply::of(item)))
        }
        Ok(0) => {
            entry.record(EventKind::ReachedEnd { task, pipe }, 0);
            Ok(Attempt::Done(Reply::REFUSED))
        }
        Err(rustix::io::Errno::AGAIN) => {
            let targets = vec![(end, PollFlags::IN)];
            Ok(Attempt::Wait(Reason::PipeEmpty(pipe), targets))
        }
        Ok(_) => Err(failed(actor, io::Error::other("a message was cut"))),
        Err(error) => Err(failed(actor, error.into())),
    }
}

fn failed(actor: &Actor, error: io::Error) -> Stop {
    actor.world.fail(&format!("a pipe does not work: {error}"))
}

/// Whether nobody can read what is written there.
fn has_no_reader(end: &OwnedFd) -> bool {
    const AT_ONCE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut fds = [PollFd::new(end, PollFlags::OUT)];
    let is_ready = poll(&mut fds, Some(&AT_ONCE)).is_ok();
    is_ready && fds[0].revents().contains(PollFlags::ERR)
}

/// Closes an end that the process holds.
pub(in crate::native) fn close(actor: &Actor, pipe: PipeId, end: PipeEnd) -> Answered {
    let world = &actor.world;
    let task = actor.task;
    let mut entry = world.enter()?;
    let Some(kernel) = &world.kernel else {
        return Err(world.fail("there are no pipes"));
    };
    let own = lock(&kernel.pipes)
        .get_mut(pipe.index())
        .and_then(|pair| pair.of(end).take());
    let Some(own) = own else {
        return Err(actor.fail(&mut entry, Fault::BadDescriptor));
    };
    if let Some(family) = &kernel.family {
        close_for_all(family, own);
    }
    entry.record(EventKind::Closed { task, end, pipe }, 0);
    Ok(Reply::DONE)
}

/// Gives up a descriptor. Threads of the process that wait at it would keep it open: they are called back
/// to see that it is closed.
pub(super) fn close_for_all(family: &Family, own: Arc<OwnedFd>) {
    while Arc::strong_count(&own) > 1 {
        lock(&family.inside).call_back();
        thread::yield_now();
    }
}
