//! Real processes: made, waited for, asked about.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::event::PollFlags;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{
    Pid, PidfdFlags, WaitOptions, WaitStatus, getpid, getppid, pidfd_open, wait, waitpid,
};

use super::super::actor::{Actor, Answered, Program};
use super::super::park::lock;
use super::super::world::{Entry, Stop, World};
use super::member::{ROLE, Role, Start};
use super::net::Inherited;
use super::shared::{self, Place};
use super::signals::{self, Keeper};
use super::system::{Side, fork as copy};
use super::waits::{Attempt, until_done};
use super::{Child, Family, Inside, Kernel, family, pipes, sending};
use crate::call::{Denial, Query, Reason, Reply};
use crate::event::EventKind;
use crate::ids::{ProcessId, TaskId};
use crate::program::script::Thread;
use crate::program::{Code, INIT, Slots, limits};

/// That program runs which runs already.
const PROGRAM: &str = "/proc/self/exe";

/// A command that runs this program as one of the processes of a run.
pub(super) fn command(role: Role) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg(super::super::CHILD).env(ROLE, role.name());
    command
}

fn failed(world: &World, error: &io::Error) -> Stop {
    world.fail(&format!("a process cannot be made: {error}"))
}

/// Whether there is room for another process: in the table, and for its memory and objects.
fn has_room(code: &Code, inside: &Inside) -> bool {
    let script = code.script.as_ref();
    let things = script.map_or(0, |script| script.words().max(script.objects.len()));
    let made = inside.header.children;
    let images = usize::try_from(made)
        .unwrap_or(usize::MAX)
        .saturating_add(2);
    made < code.slots.children.into() && images.saturating_mul(things) <= limits::ALL_IMAGES
}

fn no_room(actor: &Actor, entry: &mut Entry<'_>) -> Answered {
    let (task, denial) = (actor.task, Denial::TryAgain);
    entry.record(EventKind::Denied { task, denial }, 0);
    Ok(Reply::denied(denial))
}

/// The process that is made next.
fn next(inside: &Inside) -> ProcessId {
    Slots::process(u16::try_from(inside.header.children).unwrap_or(u16::MAX))
}

/// Notes a child that was made.
fn note(inside: &mut Inside, process: ProcessId, pid: i32) -> io::Result<()> {
    let Some(pid) = Pid::from_raw(pid) else {
        return Err(io::Error::other("a process has no number"));
    };
    let end = Arc::new(pidfd_open(pid, PidfdFlags::empty())?);
    inside.children.push(Child { process, pid, end });
    inside.header.children += 1;
    inside.is_changed = true;
    // Who waits for any child waits for this one too.
    inside.call_back();
    Ok(())
}

/// Makes a copy of the process.
pub(in crate::native) fn fork(actor: &mut Actor) -> Answered {
    let world = Arc::clone(&actor.world);
    let task = actor.task;
    let mut entry = world.enter()?;
    let Some(family) = family(&world) else {
        return Err(world.fail("there are no processes"));
    };
    let mut inside = lock(&family.inside);
    if !has_room(&world.code, &inside) {
        drop(inside);
        return no_room(actor, &mut entry);
    }
    let process = next(&inside);
    match copy() {
        Ok(Side::Parent(pid)) => {
            let place = Place {
                pid: pid.unsigned_abs(),
                handled: signals::handled(&inside.dispositions),
                ignored: signals::ignored(&inside.dispositions),
            };
            let noted = place.write(process);
            noted
                .and_then(|()| note(&mut inside, process, pid))
                .map_err(|error| failed(&world, &error))?;
            entry.record(EventKind::Forked { task, process }, 0);
            Ok(Reply::of(i64::from(process.0) + 1))
        }
        Ok(Side::Child) => {
            let first = world.code.slots.first_thread(process);
            let begun = begin_copy(&world, family, &mut inside, process, first, task);
            drop(inside);
            drop(entry);
            begun.map_err(|error| failed(&world, &error))?;
            (actor.task, actor.process) = (first, process);
            actor.local.renew();
            Ok(Reply::of(0))
        }
        Err(error) => Err(failed(&world, &error)),
    }
}

/// The copy becomes a process of its own. It is still inside the gate of its process, but not in that of
/// all: it comes there when its parent has recorded that it is.
fn begin_copy(
    world: &Arc<World>,
    family: &Family,
    inside: &mut Inside,
    process: ProcessId,
    first: TaskId,
    task: TaskId,
) -> io::Result<()> {
    if let Some(kernel) = &world.kernel {
        pipes::renew(&mut lock(&kernel.pipes));
        if let Some(net) = &kernel.net {
            net.renew();
        }
    }
    (inside.process, inside.first, inside.status) = (process, first, 0);
    inside.children.clear();
    inside.waiting.clear();
    inside.threads.clear();
    inside.is_changed = false;
    // Their threads are not there, and may have been at work on them.
    core::mem::forget((inside.alarm.take(), inside.keeper.take()));
    world.become_copy(process, task, first);
    let handled = signals::handled(&inside.dispositions);
    family
        .handled
        .store(handled, std::sync::atomic::Ordering::SeqCst);
    inside.keeper = Some(Keeper::start(handled)?);
    Ok(())
}

/// Where a thread begins that carries out a function, with the arguments that the caller holds ready.
fn beginning(actor: &Actor, function: u16, own: i64) -> Option<Thread> {
    match (&actor.world.code.script, &actor.program) {
        (Some(script), Program::Script(thread)) => Some(script.begin(thread, function, own)),
        _ => None,
    }
}

/// The descriptors of the ends that the process holds.
fn ends(world: &World) -> Vec<[Option<i32>; 2]> {
    let Some(kernel) = &world.kernel else {
        return Vec::new();
    };
    let number = |end: &Option<Arc<OwnedFd>>| end.as_ref().map(AsRawFd::as_raw_fd);
    let pipes = lock(&kernel.pipes);
    let ends = pipes.iter();
    ends.map(|pair| [number(&pair.read), number(&pair.write)])
        .collect()
}

/// The descriptors of its sockets.
fn sockets(world: &World) -> Inherited {
    let kernel = world.kernel.as_ref();
    kernel.map(Kernel::inherited_sockets).unwrap_or_default()
}

/// Makes a process with a fresh image (POSIX `posix_spawn`).
pub(in crate::native) fn spawn(actor: &Actor, function: u16) -> Answered {
    let world = &actor.world;
    let task = actor.task;
    let mut entry = world.enter()?;
    let Some(family) = family(world) else {
        return Err(world.fail("there are no processes"));
    };
    let mut inside = lock(&family.inside);
    if !has_room(&world.code, &inside) {
        drop(inside);
        return no_room(actor, &mut entry);
    }
    let process = next(&inside);
    let own = i64::try_from(inside.header.children).unwrap_or(i64::MAX);
    let start = Start {
        process,
        first: world.code.slots.first_thread(process),
        status: 0,
        program: beginning(actor, function, own),
        ignored: signals::ignored(&inside.dispositions),
        ends: ends(world),
        sockets: sockets(world),
        ready: None,
        children: Vec::new(),
        threads: Vec::new(),
        alarm: None,
    };
    start_process(&mut inside, start, process).map_err(|error| failed(world, &error))?;
    entry.record(EventKind::Spawned { task, process }, 0);
    Ok(Reply::of(i64::from(process.0) + 1))
}

/// Starts a process, and waits until it stands ready: what it does with signals is in force then.
fn start_process(inside: &mut Inside, mut start: Start, process: ProcessId) -> io::Result<()> {
    let (is_ready, ready) = rustix::pipe::pipe()?;
    fcntl_setfd(&is_ready, FdFlags::CLOEXEC)?;
    start.ready = Some(ready.as_raw_fd());
    let ignored = start.ignored;
    shared::write_start(&start.to_bytes()?)?;
    inside.header.write()?;
    let mut command = command(Role::Spawned);
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit());
    command.stderr(Stdio::inherit());
    let child = signals::begin_image(&inside.dispositions, || command.spawn())??;
    drop(ready);
    let mut byte = [0_u8];
    loop {
        match rustix::io::read(&is_ready, &mut byte) {
            Ok(1) => break,
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Err(io::Error::other("it ended before it began")),
            Err(error) => return Err(error.into()),
        }
    }
    let place = Place {
        pid: child.id(),
        handled: 0,
        ignored,
    };
    place.write(process)?;
    note(inside, process, i32::try_from(child.id()).unwrap_or(0))
}

/// Gives the process a fresh image (POSIX `exec`): the kernel ends its other threads.
pub(in crate::native) fn execute(actor: &Actor, function: u16) -> Answered {
    let world = &actor.world;
    let task = actor.task;
    let mut entry = world.enter()?;
    let Some(family) = family(world) else {
        return Err(world.fail("there are no processes"));
    };
    let own = match &actor.program {
        Program::Script(thread) => thread.index(),
        Program::Job(_) => 0,
    };
    let mut inside = lock(&family.inside);
    let children = inside.children.iter();
    let children = children.map(|child| (child.process, child.pid.as_raw_nonzero().get()));
    let start = Start {
        process: inside.process,
        first: task,
        status: inside.status,
        program: beginning(actor, function, own),
        ignored: signals::ignored(&inside.dispositions),
        ends: ends(world),
        sockets: sockets(world),
        ready: None,
        children: children.collect(),
        threads: inside.threads.clone(),
        alarm: sending::alarm_of(&inside),
    };
    entry.record(EventKind::Executed { task }, 0);
    inside.header.events = entry.finish();
    let handled = signals::handled(&inside.dispositions);
    let error = match prepare(&inside, &start, handled) {
        // What had a handler has none any more.
        Ok(()) => signals::begin_image(&[], || command(Role::Executed).exec())
            .unwrap_or_else(|error| error),
        Err(error) => error,
    };
    Err(failed(world, &error))
}

/// Signals that have come and not been taken are forgotten: no handler is there any more.
fn prepare(inside: &Inside, start: &Start, handled: u32) -> io::Result<()> {
    signals::forget(handled)?;
    shared::write_start(&start.to_bytes()?)?;
    inside.header.write()
}

/// Makes a copy of the calling process, which has one thread and is no run's, that ends at once, and waits for
/// it.
pub(in crate::native) fn fork_and_wait() -> io::Result<()> {
    match copy()? {
        Side::Child => super::system::end(0),
        Side::Parent(pid) => {
            waitpid(Pid::from_raw(pid), WaitOptions::empty())?;
            Ok(())
        }
    }
}

/// Waits until a child has ended (POSIX `waitpid`).
pub(in crate::native) fn wait_for_child(actor: &mut Actor) -> Answered {
    until_done(actor, look_for_child)
}

/// The same, if one has ended already.
pub(in crate::native) fn try_wait_for_child(actor: &mut Actor) -> Answered {
    until_done(actor, |actor, entry| {
        Ok(match look_for_child(actor, entry)? {
            Attempt::Wait(..) => Attempt::Done(deny(actor, entry, Denial::TryAgain)),
            other => other,
        })
    })
}

fn deny(actor: &Actor, entry: &mut Entry<'_>, denial: Denial) -> Reply {
    let task = actor.task;
    entry.record(EventKind::Denied { task, denial }, 0);
    Reply::denied(denial)
}

fn look_for_child(actor: &mut Actor, entry: &mut Entry<'_>) -> Result<Attempt, Stop> {
    let world = Arc::clone(&actor.world);
    let task = actor.task;
    let Some(family) = family(&world) else {
        return Err(world.fail("there are no processes"));
    };
    let mut inside = lock(&family.inside);
    let which = actor.operands()[0];
    let wanted = u16::try_from(which - 1).ok().map(ProcessId);
    let found = if which == -1 {
        wait(WaitOptions::NOHANG)
    } else {
        let mut children = inside.children.iter();
        match children.find(|child| Some(child.process) == wanted) {
            Some(child) => waitpid(Some(child.pid), WaitOptions::NOHANG),
            None => Err(rustix::io::Errno::CHILD),
        }
    };
    match found {
        Ok(Some((pid, status))) => {
            let place = inside.children.iter().position(|child| child.pid == pid);
            let Some(place) = place else {
                return Err(world.fail("somebody else's child has ended"));
            };
            let process = inside.children.remove(place).process;
            // Whoever waits for the same one learns that it has gone.
            inside.call_back();
            let status = status_of(status);
            entry.record(EventKind::WaitedForChild { task, process }, status);
            Ok(Attempt::Done(Reply {
                second: status,
                ..Reply::of(i64::from(process.0) + 1)
            }))
        }
        Ok(None) => {
            let children = inside.children.iter();
            let children = children.filter(|child| which == -1 || Some(child.process) == wanted);
            let targets = children.map(|child| (Arc::clone(&child.end), PollFlags::IN));
            Ok(Attempt::Wait(Reason::Child, targets.collect()))
        }
        Err(rustix::io::Errno::CHILD) => Ok(Attempt::Done(deny(actor, entry, Denial::NoChild))),
        Err(error) => Err(world.fail(&format!("cannot wait for a child: {error}"))),
    }
}

/// What a parent is told: what the child exited with, or minus the number of the signal that ended it.
fn status_of(status: WaitStatus) -> i64 {
    let ended_by = status.terminating_signal().map(|signal| -i64::from(signal));
    let exited = status.exit_status().map(i64::from);
    exited.or(ended_by).unwrap_or_default()
}

/// Asks the kernel who the process is, or who its parent is; as the numbers by which the script knows
/// them.
pub(in crate::native) fn ask(actor: &Actor, query: Query) -> Answered {
    let world = &actor.world;
    let mut entry = world.enter()?;
    let Some(family) = family(world) else {
        return Err(world.fail("there are no processes"));
    };
    let pid = match query {
        Query::Own => Some(getpid()),
        Query::Parent => getppid(),
    };
    let pid = pid.map_or(0, |pid| pid.as_raw_nonzero().get().unsigned_abs());
    let header = lock(&family.inside).header;
    let process = if u64::from(pid) == header.init {
        Ok(Some(INIT))
    } else {
        shared::process_of(pid, &header)
    };
    let Ok(Some(process)) = process else {
        return Err(world.fail("a process has a parent that nobody knows"));
    };
    let number = i64::from(process.0) + 1;
    let task = actor.task;
    entry.record(EventKind::Asked { task, query }, number);
    Ok(Reply::of(number))
}
