//! Waiting for the clock: sleeping, the disk, the next period.

use super::actor::{Actor, Answered};
use super::park::{Patience, Waiter, Wake, Want, lock};
use crate::call::{Reason, Reply};
use crate::event::EventKind;
use crate::time::Span;

/// Sleeps.
pub(super) fn sleep(actor: &Actor, span: Span) -> Answered {
    let mut entry = actor.world.enter()?;
    let until = entry.at() + span;
    actor.block(&mut entry, Reason::Sleep, Patience::Limited);
    drop(entry);
    actor.world.clock.sleep_until(until);
    let mut entry = actor.world.enter()?;
    let task = actor.task;
    actor.ends_wait(&mut entry, Some(until), EventKind::SleepEnded { task });
    actor.come_back(entry);
    Ok(Reply::DONE)
}

/// Has the disk do something. There is no disk: a timer takes as long as it would.
pub(super) fn transfer(actor: &Actor, span: Span) -> Answered {
    let world = &actor.world;
    let task = actor.task;
    let mut entry = world.enter()?;
    let at = entry.at();
    let waiter = Waiter {
        task,
        want: Want::Take,
        patience: Patience::Limited,
    };
    let due = lock(&world.disk).request(waiter, span, at);
    actor.block(&mut entry, Reason::Disk, Patience::Limited);
    drop(entry);
    let until = match due {
        Some(due) => due,
        None => {
            // Whoever was before it says when it is its turn.
            actor.sleep_on();
            lock(&world.disk).due()
        }
    };
    world.clock.sleep_until(until);
    let mut entry = world.enter()?;
    actor.ends_wait(&mut entry, Some(until), EventKind::IoCompleted { task });
    let at = entry.at();
    let next = lock(&world.disk).completed(at);
    if let Some(next) = next {
        entry.tell(next, Wake::Again);
    }
    actor.come_back(entry);
    Ok(Reply::DONE)
}

/// Waits for the next period, unless it has begun.
pub(super) fn next_period(actor: &mut Actor) -> Answered {
    let world = std::sync::Arc::clone(&actor.world);
    let task = actor.task;
    let period = world.code.job(task).period.unwrap_or_default();
    let begins = actor.released + period;
    let mut entry = world.enter()?;
    if begins > entry.at() {
        actor.block(&mut entry, Reason::Period, Patience::Limited);
        drop(entry);
        world.clock.sleep_until(begins);
        entry = world.enter()?;
        world.goes_on(Patience::Limited);
    }
    entry.record(EventKind::Released { task }, 0);
    actor.released = begins;
    Ok(Reply::DONE)
}
