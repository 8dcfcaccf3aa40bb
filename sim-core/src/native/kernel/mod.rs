//! What a program asks of the real kernel: pipes, processes, signals.
//!
//! A script that uses any of these runs in processes of its own. The first process of the run stands for
//! init ([`init`]): it starts the script's process and adopts orphans. All of them keep one order: the
//! gate of a process ([`World::enter`]) is entered together with a lock that all processes share
//! ([`shared`]), records are written before it is left, and who enters it waits first until a process that
//! has recorded its end has really ended. Jobs of a workload are threads of one process, and share its
//! pipes.

mod init;
mod member;
mod net;
mod outside;
mod pipes;
mod processes;
mod sending;
mod shared;
pub(super) mod signals;
mod system;
mod waits;

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};

pub(super) use init::{Peers, run as run_as_init};
pub(super) use member::{Role, run as run_as_member};
pub(super) use net::{ask as ask_socket, ask_set, has_rings};
pub(super) use pipes::{close, is_real, receive, send, try_receive, try_send};
pub(super) use processes::{
    ask, execute, fork, fork_and_wait, spawn, try_wait_for_child, wait_for_child,
};
pub(super) use sending::{kill, set_alarm};
pub(super) use signals::{Local, return_from_handler, set_disposition};
pub(super) use waits::sleep;

use self::net::Net;
use self::pipes::{Pair, close_for_all};
use self::sending::Alarm;
use self::shared::{Header, Place};
use self::signals::Keeper;
use super::park::lock;
use super::world::{Entry, World};
use crate::call::{Disposition, Signal};
use crate::ids::{ProcessId, TaskId, ThreadId};
use crate::program::{self, Code};

/// What a process has of the kernel.
pub(super) struct Kernel {
    /// The ends of pipes that it holds; used inside the gate.
    pipes: Mutex<Vec<Pair>>,
    /// Of jobs, those into which each can write.
    writes: Mutex<Vec<Vec<Option<Arc<OwnedFd>>>>>,
    /// Its sockets, where it can have any.
    net: Option<Net>,
    /// What it is to other processes, where there can be any.
    family: Option<Family>,
}

/// A process among those of a run.
struct Family {
    /// On which side of the machine's border it is.
    side: program::Place,
    /// Used inside the gate alone, so that a copy by `fork` has it whole.
    inside: Mutex<Inside>,
    /// The signals for which the process has handlers, as a set of their numbers.
    handled: AtomicU32,
}

struct Inside {
    header: Header,
    /// Whether the header has to be written.
    is_changed: bool,
    process: ProcessId,
    /// Its first thread.
    first: TaskId,
    /// With what it exits when its last thread ends.
    status: u8,
    dispositions: Vec<(Signal, Disposition)>,
    /// Its children that it has not waited for, in the order in which they were made.
    children: Vec<Child>,
    /// Its threads that wait in the kernel, and by what they are called back to look again.
    waiting: Vec<(TaskId, Arc<OwnedFd>)>,
    /// The threads that it has made.
    threads: Vec<ThreadId>,
    keeper: Option<Keeper>,
    alarm: Option<Arc<Alarm>>,
}

struct Child {
    process: ProcessId,
    pid: Pid,
    /// Ready to be read when it has ended (pidfd_open(2)).
    end: Arc<OwnedFd>,
}

/// How a process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Death {
    /// It exits.
    Exit(u8),
    /// A signal ends it.
    Signal(Signal),
}

/// Whether a program needs processes of its own.
pub(super) fn needs_processes(code: &Code) -> bool {
    let Some(script) = &code.script else {
        return false;
    };
    script.facilities().next().is_some() || !script.watches.is_empty()
}

impl Kernel {
    /// That of a workload whose jobs write into pipes.
    pub(super) fn of_jobs(code: &Code) -> io::Result<Option<Self>> {
        if code.script.is_some() || code.pipes.is_empty() {
            return Ok(None);
        }
        let pipes = pipes::open(code)?;
        let mut writes = Vec::with_capacity(code.jobs.len());
        for job in &code.jobs {
            let mut own = Vec::with_capacity(pipes.len());
            for (pair, writes) in pipes.iter().zip(&job.writes) {
                let end = pair.write.as_ref().filter(|_| *writes);
                let end = end.map(|end| end.try_clone().map(Arc::new));
                own.push(end.transpose()?);
            }
            writes.push(own);
        }
        // Only the jobs write: a pipe ends with the last that does.
        let readers = pipes.into_iter().map(|pair| Pair {
            read: pair.read,
            write: None,
        });
        Ok(Some(Self {
            pipes: Mutex::new(readers.collect()),
            writes: Mutex::new(writes),
            net: None,
            family: None,
        }))
    }

    /// That of a process of a script.
    fn of_process(pipes: Vec<Pair>, net: Net, inside: Inside, side: program::Place) -> Self {
        Self {
            pipes: Mutex::new(pipes),
            writes: Mutex::default(),
            net: Some(net),
            family: Some(Family {
                side,
                handled: AtomicU32::new(signals::handled(&inside.dispositions)),
                inside: Mutex::new(inside),
            }),
        }
    }

    /// Waits until no other process is inside, and the last one to end has ended; how many events there
    /// were.
    pub(super) fn enter(&self) -> io::Result<Option<u64>> {
        let Some(family) = &self.family else {
            return Ok(None);
        };
        shared::enter()?;
        let mut inside = lock(&family.inside);
        inside.header = Header::read()?;
        inside.is_changed = false;
        if let Some(pid) = pid(inside.header.dying) {
            await_end(pid)?;
            inside.header.dying = 0;
            inside.is_changed = true;
        }
        Ok(Some(inside.header.events))
    }

    /// Lets other processes in, there being so many events now.
    pub(super) fn leave(&self, events: u64) {
        let Some(family) = &self.family else {
            return;
        };
        let mut inside = lock(&family.inside);
        if inside.header.events != events {
            inside.header.events = events;
            inside.is_changed = true;
        }
        if inside.is_changed {
            // It was read and written before.
            let _ = inside.header.write();
        }
        shared::leave();
    }

    /// Whether there can be other processes.
    pub(super) const fn is_family(&self) -> bool {
        self.family.is_some()
    }

    /// Whether it is the world outside, whose tasks are peers.
    pub(super) fn is_outside(&self) -> bool {
        let side = self.family.as_ref().map(|family| family.side);
        side == Some(program::Place::Outside)
    }

    /// A peer has ended: its sockets are closed.
    pub(super) fn peer_ended(&self, peer: TaskId) {
        if let Some(net) = &self.net {
            net.close_all_of(peer);
        }
    }

    /// The number of the next thread that is made, and notes that it is.
    pub(super) fn make_thread(&self) -> Option<u16> {
        let family = self.family.as_ref()?;
        let mut inside = lock(&family.inside);
        let number = u16::try_from(inside.header.threads).ok()?;
        inside.header.threads += 1;
        inside.is_changed = true;
        inside.threads.push(ThreadId(number));
        Some(number)
    }

    /// How many threads were made in all processes, where there can be several.
    pub(super) fn threads(&self) -> Option<u16> {
        let family = self.family.as_ref()?;
        u16::try_from(lock(&family.inside).header.threads).ok()
    }

    /// Whether a thread is one that this process made.
    pub(super) fn is_own(&self, thread: ThreadId) -> bool {
        let Some(family) = &self.family else {
            return true;
        };
        lock(&family.inside).threads.contains(&thread)
    }

    /// A task has failed: with its first thread the process does.
    pub(super) fn failed(&self, task: TaskId, status: u8) {
        if let Some(family) = &self.family {
            let mut inside = lock(&family.inside);
            if inside.first == task {
                inside.status = status;
            }
        }
    }

    /// A thread has ended. A job gives up what it wrote into; the process that has no threads any more
    /// ends.
    pub(super) fn thread_ended(&self, entry: &mut Entry<'_>, task: TaskId, left: Left) {
        if let Some(own) = lock(&self.writes).get_mut(task.index()) {
            own.clear();
        }
        if let (Some(family), Left::Nobody) = (&self.family, left) {
            let status = lock(&family.inside).status;
            entry.die(Death::Exit(status));
        }
    }

    /// Ends the process. What it recorded has been written; others find it ended when they come in.
    pub(super) fn die(&self, how: Death, events: u64) {
        let Some(family) = &self.family else {
            return;
        };
        let mut inside = lock(&family.inside);
        inside.header.events = events;
        inside.header.dying = std::process::id().into();
        // It was read and written before.
        let _ = inside.header.write();
        match how {
            Death::Exit(status) => system::end(status),
            Death::Signal(signal) => signals::end_by(signal),
        }
    }
}

/// Whether a process has threads left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    /// It has.
    Somebody,
    /// It has none.
    Nobody,
}

impl Family {
    /// The process that a script calls by this number, if there was ever one.
    fn named(&self, number: i64) -> Option<ProcessId> {
        let place = u64::try_from(number).ok()?.checked_sub(1)?;
        let made = lock(&self.inside).header.children;
        let is_made = place < made + 2;
        is_made.then(|| ProcessId(u16::try_from(place).unwrap_or(u16::MAX)))
    }

    /// Tells other processes what this one does with signals.
    fn publish(&self, inside: &Inside) -> io::Result<()> {
        let own = Place {
            pid: std::process::id(),
            handled: signals::handled(&inside.dispositions),
            ignored: signals::ignored(&inside.dispositions),
        };
        self.handled.store(own.handled, Ordering::SeqCst);
        own.write(inside.process)
    }
}

impl Inside {
    /// Calls the threads that wait in the kernel back, so that they look again.
    fn call_back(&self) {
        for (_, call) in &self.waiting {
            // It only fails where it has been called already.
            let _ = rustix::io::write(call, &1_u64.to_ne_bytes());
        }
    }
}

fn pid(number: u64) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

/// Waits until a process has ended: until all that it had is given back and it is a zombie, or gone.
fn await_end(process: Pid) -> io::Result<()> {
    match pidfd_open(process, PidfdFlags::empty()) {
        Ok(end) => await_end_of(&end),
        Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn await_end_of(end: &OwnedFd) -> io::Result<()> {
    let mut fds = [PollFd::new(end, PollFlags::IN)];
    loop {
        match poll(&mut fds, None) {
            Ok(_) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The kernel says so a moment before it tells the parent. Who looks for children waits for that
    // moment to be over, whoever's child it is (Linux: `do_wait` and `exit_notify` take one lock).
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    use std::os::fd::AsFd;
    let _ = waitid(WaitId::PidFd(end.as_fd()), options);
    Ok(())
}

/// Whether a process has ended and is its parent's to reap, and the parent's number; none where it is gone.
///
/// The state that `/proc` tells is that of its first thread, which may have ended before others.
fn zombie_of(process: Pid) -> io::Result<Option<(bool, u32)>> {
    let end = match pidfd_open(process, PidfdFlags::empty()) {
        Err(rustix::io::Errno::SRCH) => return Ok(None),
        opened => opened?,
    };
    let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())) else {
        return Ok(None);
    };
    // `number (name) state parent …`; the name may hold spaces.
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' '));
    let parent = fields.and_then(|mut fields| fields.nth(1)?.parse().ok());
    let has_ended = poll(
        &mut [PollFd::new(&end, PollFlags::IN)],
        Some(&Timespec::default()),
    )?;
    Ok(parent.map(|parent| (has_ended > 0, parent)))
}

/// The kernel of a world, where it has one.
fn family(world: &World) -> Option<&Family> {
    world.kernel.as_ref()?.family.as_ref()
}
