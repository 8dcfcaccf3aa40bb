//! Real signals are sent: by `kill`, by a broken pipe, by an alarm clock.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal as Real;
use nix::unistd::Pid as RealPid;
use rustix::process::{PidfdFlags, getpgid, getpgrp, pidfd_open};

use super::super::actor::{Actor, Answered};
use super::super::park::lock;
use super::super::threads::STACK;
use super::super::world::{Entry, Stop, World};
use super::shared::Place;
use super::signals::{Told, disposition, handled, ignored, is_fatal, real, set_of};
use super::{Death, Family, Inside, await_end_of, family, zombie_of};
use crate::call::{Denial, Disposition, Reply, Signal};
use crate::event::EventKind;
use crate::ids::{ProcessId, TaskId};
use crate::program::INIT;
use crate::time::{Span, Time};

/// Sends a signal to a process (POSIX `kill`).
pub(in crate::native) fn kill(actor: &Actor, signal: Signal) -> Answered {
    let world = &actor.world;
    let task = actor.task;
    let mut entry = world.enter()?;
    let (Some(family), Some(real)) = (family(world), real(signal)) else {
        return Err(world.fail("there are no signals"));
    };
    let failed = |error: io::Error| world.fail(&format!("cannot send a signal: {error}"));
    let none = |entry: &mut Entry<'_>| {
        let denial = Denial::NoProcess;
        entry.record(EventKind::Denied { task, denial }, 0);
        Ok(Reply::denied(denial))
    };
    let Some(process) = family.named(actor.operands()[0]) else {
        return none(&mut entry);
    };
    let sent = EventKind::SignalSent {
        task,
        signal,
        process,
    };
    if process == INIT {
        // The first process of a system gets no signal that it does not ask for (signal(7)). Ours is
        // not the first of its system, so that it must not be sent any.
        entry.record(sent, 0);
        return Ok(Reply::DONE);
    }
    if process == lock(&family.inside).process {
        entry.record(sent, 0);
        raise(family, &mut entry, signal, real).map_err(failed)?;
        return Ok(Reply::DONE);
    }
    let place = Place::of(process).map_err(failed)?;
    if !is_there(family, place).map_err(failed)? {
        return none(&mut entry);
    }
    let Some(pid) = super::pid(place.pid.into()) else {
        return none(&mut entry);
    };
    // An orphan that was on its way out when it was looked at: init has reaped it meanwhile.
    let end = match pidfd_open(pid, PidfdFlags::empty()) {
        Err(rustix::io::Errno::SRCH) => return none(&mut entry),
        opened => opened.map_err(|error| failed(error.into()))?,
    };
    match nix::sys::signal::kill(RealPid::from_raw(pid.as_raw_nonzero().get()), real) {
        Err(nix::errno::Errno::ESRCH) => return none(&mut entry),
        sent => sent.map_err(|error| failed(error.into()))?,
    }
    if is_fatal(signal, place.handled, place.ignored) {
        // What has been recorded has happened.
        await_end_of(&end).map_err(failed)?;
    }
    entry.record(sent, 0);
    Ok(Reply::DONE)
}

/// Whether a process is still there, be it as a zombie. One that init has to reap is about to go.
fn is_there(family: &Family, place: Place) -> io::Result<bool> {
    let Some(pid) = super::pid(place.pid.into()) else {
        return Ok(false);
    };
    let init = lock(&family.inside).header.init;
    // A number is given to others when a process has gone: those are in other groups.
    while getpgid(Some(pid)).is_ok_and(|group| group == getpgrp()) {
        match zombie_of(pid)? {
            Some((true, parent)) if u64::from(parent) == init => thread::yield_now(),
            Some(_) => return Ok(true),
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// Sends the calling process a signal; that has been recorded.
fn raise(family: &Family, entry: &mut Entry<'_>, signal: Signal, real: Real) -> io::Result<()> {
    let (handled, ignored) = {
        let inside = lock(&family.inside);
        (handled(&inside.dispositions), ignored(&inside.dispositions))
    };
    if is_fatal(signal, handled, ignored) {
        entry.die(Death::Signal(signal));
    }
    nix::sys::signal::kill(RealPid::this(), real)?;
    Ok(())
}

/// What a write leads to into a pipe that nobody reads (POSIX `write`, `EPIPE`).
pub(super) enum Broken {
    /// SIGPIPE is on its way, to be handled.
    Sent,
    /// An error.
    Error,
}

/// Nobody reads any more from the pipe into which the task writes, which it does now. Where SIGPIPE ends
/// the process, it does not return.
pub(super) fn break_pipe(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    write: impl FnOnce(),
) -> io::Result<Broken> {
    let world = Arc::clone(&actor.world);
    let Some(family) = family(&world) else {
        return Ok(Broken::Error);
    };
    let signal = Signal::Pipe;
    let (process, what) = {
        let inside = lock(&family.inside);
        (inside.process, disposition(&inside, signal))
    };
    if matches!(actor.local.phase, Told::Broken) {
        return Ok(Broken::Error);
    }
    let own = set_of([signal].into_iter());
    if what == Disposition::Ignore {
        // A blocked signal is kept even where it is ignored.
        own.thread_unblock()?;
        write();
        own.thread_block()?;
        return Ok(Broken::Error);
    }
    let task = actor.task;
    entry.record(
        EventKind::SignalSent {
            task,
            signal,
            process,
        },
        0,
    );
    if let Disposition::Handle { .. } = what {
        write();
        actor.local.phase = Told::Broken;
        return Ok(Broken::Sent);
    }
    // Blocked, the signal waits until the process has said all that it has to.
    write();
    entry.die(Death::Signal(signal));
    Ok(Broken::Error)
}

/// A process's alarm clock.
pub(super) struct Alarm {
    due: Mutex<Option<Time>>,
    changed: Condvar,
}

/// Sets the alarm clock (POSIX `alarm`): a thread that waits for the kernel's clock, and sends SIGALRM.
pub(in crate::native) fn set_alarm(actor: &Actor, span: Span) -> Answered {
    let world = &actor.world;
    let mut entry = world.enter()?;
    let task = actor.task;
    let Some(family) = family(world) else {
        return Err(world.fail("there are no alarm clocks"));
    };
    entry.record(EventKind::AlarmSet { task }, 0);
    let due = (!span.is_zero()).then(|| entry.at() + span);
    let mut inside = lock(&family.inside);
    if let Err(error) = set_clock(world, &mut inside, due) {
        return Err(world.fail(&format!("there is no alarm clock: {error}")));
    }
    Ok(Reply::DONE)
}

pub(super) fn set_clock(
    world: &Arc<World>,
    inside: &mut Inside,
    due: Option<Time>,
) -> io::Result<()> {
    if let Some(alarm) = &inside.alarm {
        *lock(&alarm.due) = due;
        alarm.changed.notify_all();
        return Ok(());
    }
    if due.is_none() {
        return Ok(());
    }
    let alarm = Arc::new(Alarm {
        due: Mutex::new(due),
        changed: Condvar::new(),
    });
    inside.alarm = Some(Arc::clone(&alarm));
    let world = Arc::clone(world);
    let thread = thread::Builder::new().name("alarm".to_owned());
    let ring = move || ring(&world, &alarm);
    thread.stack_size(STACK).spawn(ring).map(drop)
}

/// When the alarm clock rings, if it does.
pub(super) fn alarm_of(inside: &Inside) -> Option<Time> {
    inside.alarm.as_ref().and_then(|alarm| *lock(&alarm.due))
}

fn ring(world: &World, alarm: &Alarm) {
    loop {
        let mut due = lock(&alarm.due);
        let now = world.clock.now();
        match *due {
            Some(at) if at <= now => {
                drop(due);
                if ring_at(world, alarm, at).is_err() {
                    return;
                }
                continue;
            }
            Some(at) => {
                let left = Duration::from_nanos(at.since(now).0);
                let (guard, _) = alarm
                    .changed
                    .wait_timeout(due, left)
                    .unwrap_or_else(PoisonError::into_inner);
                due = guard;
            }
            None => {
                due = alarm
                    .changed
                    .wait(due)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
        drop(due);
    }
}

fn ring_at(world: &World, alarm: &Alarm, at: Time) -> Result<(), Stop> {
    let mut entry = world.enter()?;
    {
        let mut due = lock(&alarm.due);
        if *due != Some(at) {
            // It has been set to another time meanwhile.
            return Ok(());
        }
        *due = None;
    }
    let Some(family) = family(world) else {
        return Ok(());
    };
    let (task, process): (TaskId, ProcessId) = {
        let inside = lock(&family.inside);
        (inside.first, inside.process)
    };
    entry.record(EventKind::AlarmRang { task, process }, 0);
    raise(family, &mut entry, Signal::Alarm, Real::SIGALRM)
        .map_err(|error| world.fail(&format!("the alarm clock cannot ring: {error}")))
}
