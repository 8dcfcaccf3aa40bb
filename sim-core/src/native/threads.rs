//! Threads that are made at run time, and joined.

use std::sync::Arc;
use std::thread;

use super::actor::{Actor, Answered, Program};
use super::park::{Patience, Waiter, Wake, Want, lock};
use super::world::{Entry, World};
use crate::call::{Denial, Fault, Reason, Reply};
use crate::event::EventKind;
use crate::ids::{TaskId, ThreadId};

/// The stack of a thread, in bytes: evaluation does not recurse.
pub(super) const STACK: usize = 128 << 10;

/// Starts the thread of a task; a user-level one runs when it is let.
pub(super) fn spawn(
    mut actor: Actor<'static>,
    begin: impl FnOnce(&mut Actor<'_>) + Send + 'static,
) -> std::io::Result<()> {
    let world = Arc::clone(&actor.world);
    if let Some(runtime) = &world.runtime {
        return runtime.make(actor, begin);
    }
    let name = actor.world.code.job(actor.task).name.clone();
    let thread = thread::Builder::new().name(name).stack_size(STACK);
    thread
        .spawn(move || {
            begin(&mut actor);
            actor.run();
        })
        .map(drop)
}

/// Makes a thread of the process.
pub(super) fn start(actor: &Actor, function: u16) -> Answered {
    let world = &actor.world;
    let (task, code) = (actor.task, &world.code);
    let mut entry = world.enter()?;
    let made = world.made();
    let (Some(script), Program::Script(own)) = (&code.script, &actor.program) else {
        return Err(world.fail("only scripts make threads"));
    };
    if made >= code.slots.threads {
        let denial = Denial::TryAgain;
        entry.record(EventKind::Denied { task, denial }, 0);
        return Ok(Reply::denied(denial));
    }
    let thread = ThreadId(made);
    let program = script.begin(own, function, i64::from(thread.0));
    let program = Program::Script(Box::new(program));
    let new = code.slots.thread(thread);
    let other = Actor {
        released: entry.at(),
        ..Actor::new(world, new, actor.process, program)
    };
    world.begins();
    // What the new thread does is recorded after this stay.
    if let Err(error) = spawn(other, |_| {}) {
        return Err(world.fail(&format!("no thread can be started: {error}")));
    }
    world.make_thread();
    entry.record(EventKind::ThreadStarted { task, thread }, 0);
    if let Some(runtime) = &world.runtime {
        runtime.board.follows(new, task);
        entry.rouse(new, Wake::Again);
    }
    Ok(Reply::of(i64::from(thread.0)))
}

/// Waits until a thread of the process has ended.
pub(super) fn join(actor: &Actor) -> Answered {
    let world = &actor.world;
    let task = actor.task;
    let number = u16::try_from(actor.operands()[0]).ok();
    let mut deadline = None;
    loop {
        let mut entry = world.enter()?;
        let made = world.made();
        let thread = number.filter(|number| *number < made).map(ThreadId);
        let is_other = |thread: &ThreadId| world.code.slots.thread(*thread) != task;
        let thread = thread.filter(|thread| is_other(thread) && world.is_own(*thread));
        let Some(thread) = thread else {
            return Err(actor.fail(&mut entry, Fault::NoThread));
        };
        let end = &world.seat(world.code.slots.thread(thread)).end;
        let mut state = lock(end);
        if state.has_ended {
            entry.record(EventKind::Joined { task, thread }, 0);
            return Ok(Reply::DONE);
        }
        let at = entry.at();
        let until = deadline.or_else(|| actor.timeout().map(|span| at + span));
        deadline = until;
        let patience = Patience::until(until);
        state.line.join(Waiter {
            task,
            want: Want::Take,
            patience,
        });
        actor.block(&mut entry, Reason::Thread(thread), patience);
        drop(state);
        drop(entry);
        match actor.sleep(until) {
            Some(Wake::TooLate) => return Ok(Reply::REFUSED),
            Some(_) => continue,
            None => {}
        }
        let mut entry = world.enter()?;
        if lock(end).line.leave(task) {
            actor.ends_wait(&mut entry, until, EventKind::TimedOut { task });
            return Ok(Reply::REFUSED);
        }
        drop(entry);
        actor.sleep_on();
    }
}

/// The time of a user-level thread is over that joins another; unless that has ended meanwhile.
pub(super) fn gives_up(entry: &mut Entry<'_>, task: TaskId, thread: ThreadId) {
    let world = entry.world();
    let end = &world.seat(world.code.slots.thread(thread)).end;
    let mut state = lock(end);
    if entry.is_overdue(task) && state.line.leave(task) {
        entry.times_out(task);
    }
}

/// A task has ended: those who join it go on. That is the kernel's to tell, and no event of its own; the end
/// of a user-level thread is its process's.
pub(super) fn ended(world: &World, entry: &mut Entry<'_>, task: TaskId) {
    let waiting = {
        let mut end = lock(&world.seat(task).end);
        end.has_ended = true;
        end.line.all()
    };
    if world.runtime.is_some() {
        let woken = waiting.into_iter().map(|waiter| (waiter, Wake::Again));
        return entry.wakes(&woken.collect(), None);
    }
    for waiter in waiting {
        world.goes_on(waiter.patience);
        entry.tell(waiter.task, Wake::Again);
    }
}
