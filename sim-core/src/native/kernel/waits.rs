//! Waiting in the kernel: for a pipe, for a child, for the clock, until a signal comes.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::super::actor::{Actor, Answered};
use super::super::carriers::Regained;
use super::super::park::{Patience, lock};
use super::super::world::{Entry, Stop};
use super::signals::Told;
use super::{family, signals};
use crate::call::{Call, Reason, Reply, SocketRequest};
use crate::event::EventKind;
use crate::program::Threads;
use crate::time::Span;

/// For what a task waits: descriptors, and what is to become of them.
pub(super) type Targets = Vec<(Arc<OwnedFd>, PollFlags)>;

/// Whether a task has been recorded as blocked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Progress {
    /// It makes its call.
    Asks,
    /// It waits, and looks whether it still has to.
    Waits,
}

/// What came of an attempt.
pub(super) enum Attempt {
    /// It is over.
    Done(Reply),
    /// It has to wait, for this.
    Wait(Reason, Targets),
    /// The same, for what nobody tells: it looks again after a while.
    WaitUntold(Reason, Targets),
    /// The kernel has it wait where the machine would not: nobody is told.
    WaitUnseen(Targets),
    /// It is made again, but for a signal that has come.
    Again,
    /// A part of it is done and recorded: it is not waiting any more, and goes on.
    GoOn,
}

/// Attempts a call inside the gate, waits outside, and attempts again, until it is done, its time is over,
/// or a signal takes the task away.
pub(super) fn until_done(
    actor: &mut Actor,
    mut attempt: impl FnMut(&mut Actor, &mut Entry<'_>) -> Result<Attempt, Stop>,
) -> Answered {
    let world = Arc::clone(&actor.world);
    let task = actor.task;
    let mut progress = Progress::Asks;
    let has_processors = matches!(world.code.config.threads, Threads::Stealing { .. });
    // What it waited for last. An end that another thread closes is really closed only when nobody here has
    // it any more.
    let mut last = None;
    loop {
        let mut entry = world.enter()?;
        if let Some(reply) = comes_in(actor, &mut entry, progress)? {
            return Ok(reply);
        }
        let right = regain_processor(actor, progress);
        if right == Regained::None {
            let at = entry.at();
            if actor.local.deadline.is_some_and(|deadline| deadline <= at) {
                count(actor, progress);
                entry.record(EventKind::TimedOut { task }, 0);
                actor.come_back(entry);
                return Ok(given_up(actor));
            }
            if last.take().is_some_and(|targets| is_any_ready(&targets)) {
                count(actor, progress);
                entry.record(EventKind::Woken { task }, 0);
                progress = Progress::Asks;
                actor.come_back(entry);
            } else {
                // Nobody tells when a processor is idle.
                wait(actor, entry, &Targets::new(), Look::Often)?;
            }
            continue;
        }
        drop(last.take());
        let attempt = attempt(actor, &mut entry)?;
        if let Attempt::Done(reply) = attempt {
            count(actor, progress);
            return Ok(reply);
        }
        if let Attempt::GoOn = attempt {
            count(actor, progress);
            progress = Progress::Asks;
        }
        if signals::take(actor, &mut entry, progress) {
            return Err(Stop::Turned);
        }
        let (reason, targets, look) = match attempt {
            Attempt::Wait(reason, targets) => (reason, targets, Look::WhenTold),
            Attempt::WaitUntold(reason, targets) => (reason, targets, Look::Often),
            Attempt::WaitUnseen(targets) => {
                put_processor_back(actor, right);
                wait(actor, entry, &targets, Look::WhenTold)?;
                stop_waiting(actor);
                continue;
            }
            Attempt::Done(_) | Attempt::GoOn => continue,
            Attempt::Again => {
                put_processor_back(actor, right);
                continue;
            }
        };
        let at = entry.at();
        let deadline = actor.local.deadline;
        if deadline.is_some_and(|deadline| deadline <= at) {
            count(actor, progress);
            entry.record(EventKind::TimedOut { task }, 0);
            return Ok(given_up(actor));
        }
        if progress == Progress::Asks {
            actor.local.deadline = deadline.or_else(|| actor.timeout().map(|span| at + span));
            let patience = Patience::until(actor.local.deadline);
            actor.block(&mut entry, reason, patience);
            progress = Progress::Waits;
        }
        put_processor_back(actor, right);
        wait(actor, entry, &targets, look)?;
        last = (has_processors && look == Look::WhenTold).then_some(targets);
    }
}

/// With what a task would go on that the kernel kept waiting, if it need not wait any more.
fn regain_processor(actor: &Actor, progress: Progress) -> Regained {
    match (&actor.world.runtime, progress) {
        (Some(runtime), Progress::Waits) => runtime.board.regain_processor(actor.task),
        _ => Regained::NotNeeded,
    }
}

/// A task has to wait on.
fn put_processor_back(actor: &Actor, right: Regained) {
    if let (Some(runtime), Regained::Processor { place, .. }) = (&actor.world.runtime, right) {
        runtime.board.put_processor_back(actor.task, place);
    }
}

/// Whether something that is waited for is there now.
fn is_any_ready(targets: &Targets) -> bool {
    let targets = targets.iter();
    let mut fds: Vec<_> = targets
        .map(|(fd, events)| PollFd::new(fd, *events))
        .collect();
    let at_once = timespec(Span::ZERO);
    poll(&mut fds, Some(&at_once)).is_ok_and(|ready| ready > 0)
}

/// When a task that waits looks again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    WhenTold,
    /// After [`GLANCE`], too.
    Often,
}

/// How often who waits for what nobody tells looks for it.
const GLANCE: Span = Span(200_000);

/// What a task is told whose call gives up: how many bytes went out before, or that it has nothing.
pub(super) fn given_up(actor: &Actor) -> Reply {
    let is_completion = matches!(
        actor.local.step,
        Some((
            Call::Socket {
                request: SocketRequest::Complete | SocketRequest::TryComplete,
            },
            _
        ))
    );
    let value = match &actor.local.phase {
        _ if is_completion => -1,
        Told::Partly(done) => i64::from(*done),
        Told::Connecting(_) => -1,
        _ => 0,
    };
    Reply {
        value,
        ..Reply::REFUSED
    }
}

/// A task is inside the gate, with a call that it makes or waits for; what it is told at once, where a signal
/// has settled that.
fn comes_in(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    progress: Progress,
) -> Result<Option<Reply>, Stop> {
    if progress == Progress::Waits {
        stop_waiting(actor);
    }
    signals::denied(actor, entry)
}

/// A task goes on that had been counted as waiting.
fn count(actor: &Actor, progress: Progress) {
    if progress == Progress::Waits {
        let patience = Patience::until(actor.local.deadline);
        actor.world.goes_on(patience);
    }
}

/// Sleeps until one of these is ready, the task's time is over, a signal has come or it is called back.
fn wait(actor: &mut Actor, entry: Entry<'_>, targets: &Targets, look: Look) -> Result<(), Stop> {
    let world = Arc::clone(&actor.world);
    let failed = |error: rustix::io::Errno| world.fail(&format!("cannot wait: {error}"));
    let call = match &actor.local.call_back {
        Some(call) => Arc::clone(call),
        None => {
            let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
            let call = Arc::new(eventfd(0, flags).map_err(failed)?);
            actor.local.call_back = Some(Arc::clone(&call));
            call
        }
    };
    if let Some(family) = family(&world) {
        let mut inside = lock(&family.inside);
        inside.waiting.push((actor.task, Arc::clone(&call)));
    }
    signals::look_for(actor)?;
    drop(entry);
    let signals = actor.local.signals.as_ref().map(AsFd::as_fd);
    let mut fds: Vec<_> = targets
        .iter()
        .map(|(fd, events)| PollFd::new(fd, *events))
        .collect();
    fds.push(PollFd::new(&call, PollFlags::IN));
    fds.extend(signals.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    let limit = actor.local.deadline;
    loop {
        let left = limit.map(|limit| limit.since(world.clock.now()));
        let left = match look {
            Look::WhenTold => left,
            Look::Often => Some(left.map_or(GLANCE, |left| left.min(GLANCE))),
        };
        let timeout = left.map(timespec);
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}

/// A task does not wait any more.
fn stop_waiting(actor: &Actor) {
    if let Some(call) = &actor.local.call_back {
        // It fails where it has not been called.
        let _ = rustix::io::read(call, &mut [0_u8; 8]);
    }
    if let Some(family) = family(&actor.world) {
        let mut inside = lock(&family.inside);
        inside.waiting.retain(|(task, _)| *task != actor.task);
    }
}

fn timespec(span: Span) -> Timespec {
    const SECOND: u64 = 1_000_000_000;
    Timespec {
        tv_sec: i64::try_from(span.0 / SECOND).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(span.0 % SECOND).unwrap_or(0),
    }
}

/// Sleeps, in a process to which signals may come.
pub(in crate::native) fn sleep(actor: &mut Actor, span: Span) -> Answered {
    let world = Arc::clone(&actor.world);
    let task = actor.task;
    let mut progress = Progress::Asks;
    loop {
        let mut entry = world.enter()?;
        if let Some(reply) = comes_in(actor, &mut entry, progress)? {
            return Ok(reply);
        }
        let at = entry.at();
        if actor.local.deadline.is_some_and(|deadline| deadline <= at) {
            count(actor, progress);
            entry.record(EventKind::SleepEnded { task }, 0);
            actor.come_back(entry);
            return Ok(Reply::DONE);
        }
        if signals::take(actor, &mut entry, progress) {
            return Err(Stop::Turned);
        }
        if progress == Progress::Asks {
            // A sleep from which a signal took it goes on until its end.
            actor.local.deadline = actor.local.deadline.or(Some(at + span));
            actor.block(&mut entry, Reason::Sleep, Patience::Limited);
            progress = Progress::Waits;
        }
        wait(actor, entry, &Vec::new(), Look::WhenTold)?;
    }
}
