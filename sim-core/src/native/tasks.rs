//! What concerns nobody but the task: printing, giving way, ending.

use std::thread;

use super::actor::{Actor, Answered, Program};
use super::kernel::Death;
use super::record::{Record, Said};
use crate::call::{Fault, Reply};
use crate::event::EventKind;

/// Goes to the end of the ready queue (POSIX `sched_yield`); as a user-level thread to the end of its
/// process's run queue, where anybody is in it.
pub(super) fn give_way(actor: &Actor) -> Answered {
    let task = actor.task;
    let mut entry = actor.world.enter()?;
    entry.record(EventKind::Yielded { task }, 0);
    let Some(runtime) = &actor.world.runtime else {
        drop(entry);
        thread::yield_now();
        return Ok(Reply::DONE);
    };
    let has_left = runtime.board.yields(task);
    drop(entry);
    if has_left {
        actor.wait_for_carrier();
    }
    Ok(Reply::DONE)
}

/// A place in a long evaluation at which others may come between.
pub(super) fn pass(actor: &Actor) -> Answered {
    let task = actor.task;
    actor.world.enter()?.record(EventKind::Passed { task }, 0);
    Ok(Reply::DONE)
}

/// What stands in the record of a printed line: a hash, which the parent compares.
pub(super) fn hash(line: &str) -> i64 {
    xxhash_rust::xxh3::xxh3_64(line.as_bytes()).cast_signed()
}

/// Writes a line to standard output: the parent has it, from the record or as it is.
pub(super) fn print(actor: &Actor) -> Answered {
    let world = &actor.world;
    let line = match (&world.code.script, &actor.program) {
        (Some(script), Program::Script(thread)) => script.print(thread),
        _ => String::new(),
    };
    let mut entry = world.enter()?;
    let task = actor.task;
    if entry.is_recorded() {
        entry.record(EventKind::Printed { task }, hash(&line));
    } else {
        world.write(&Record::of_text(Said::Line, &line));
    }
    Ok(Reply::DONE)
}

/// It did what cannot be done.
pub(super) fn fail(actor: &Actor, fault: Fault) -> Answered {
    let mut entry = actor.world.enter()?;
    Err(actor.fail(&mut entry, fault))
}

/// Ends the thread.
pub(super) fn end(actor: &Actor) -> Answered {
    let mut entry = actor.world.enter()?;
    let task = actor.task;
    actor.leave_interpreter(&mut entry);
    actor.leave_network();
    entry.record(EventKind::Exited { task }, actor.world.used(task));
    Err(actor.ended(&mut entry))
}

/// Ends the process, and with it all its threads; a job is a process of its own.
pub(super) fn exit(actor: &Actor, status: u8) -> Answered {
    let mut entry = actor.world.enter()?;
    let task = actor.task;
    actor.leave_interpreter(&mut entry);
    actor.leave_network();
    entry.record(EventKind::Exited { task }, actor.world.used(task));
    if actor.is_peer() {
        // Its machine is its own.
    } else if actor.world.is_family() {
        entry.die(Death::Exit(status));
    } else if actor.world.code.script.is_some() {
        entry.end_process();
    }
    Err(actor.ended(&mut entry))
}
