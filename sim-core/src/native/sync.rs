//! Asking objects, and waiting at them.

use super::actor::{Actor, Answered};
use super::objects::{Answer, Asker, Object, Primitive, Woken, want};
use super::park::{Patience, Waiter, Wake, Want, lock};
use super::world::{Entry, World};
use crate::call::{Fault, Reason, Reply, Request};
use crate::event::EventKind;
use crate::ids::{ObjectId, TaskId};
use crate::time::{Span, Time};

/// What is asked of an object.
#[derive(Clone, Copy)]
struct Wish {
    object: ObjectId,
    request: Request,
    /// How often a lock is taken that its holder can take again.
    times: u32,
    timeout: Option<Span>,
}

/// What came of an attempt.
enum Attempt {
    /// It is over.
    Answered(Reply),
    /// It waits in line, until a moment or for as long as it takes.
    Waits(Option<Time>),
}

/// Carries out a request to an object.
pub(super) fn ask(actor: &mut Actor, object: ObjectId, request: Request) -> Answered {
    if request == Request::Wait {
        return wait(actor, object);
    }
    let wish = Wish {
        object,
        request,
        times: 1,
        timeout: actor.timeout(),
    };
    obtain(actor, wish)
}

/// Attempts, waits, and attempts again: a woken task may find that another came first.
fn obtain(actor: &Actor, wish: Wish) -> Answered {
    let mut deadline = None;
    loop {
        let until = match attempt(actor, wish, deadline)? {
            Attempt::Answered(reply) => return Ok(reply),
            Attempt::Waits(until) => until,
        };
        deadline = until;
        let wake = match actor.sleep(until) {
            Some(Wake::TooLate) => return Ok(Reply::REFUSED),
            Some(wake) => wake,
            None => match give_up(actor, wish.object, until)? {
                Some(wake) => wake,
                None => return Ok(Reply::REFUSED),
            },
        };
        if let Wake::Given(reply) = wake {
            return Ok(reply);
        }
    }
}

/// Does something with an object while its state is locked.
fn with<T>(
    world: &World,
    object: ObjectId,
    what: impl FnOnce(&mut dyn Primitive) -> T,
) -> Option<T> {
    match world.object(object)? {
        Object::Lock(state) => Some(what(&mut *lock(state))),
        Object::Other(state) => Some(what(&mut **lock(state))),
        Object::Condition(_) | Object::Watch => None,
    }
}

fn attempt(
    actor: &Actor,
    wish: Wish,
    deadline: Option<Time>,
) -> Result<Attempt, super::world::Stop> {
    let Wish {
        object, request, ..
    } = wish;
    let task = actor.task;
    if let Some(Object::Condition(line)) = actor.world.object(object) {
        return notify(actor, object, request, line);
    }
    let asker = Asker {
        task,
        operand: actor.operands()[0],
        times: wish.times,
    };
    let mut entry = actor.world.enter()?;
    let mut woken = Woken::new();
    let attempt = with(&actor.world, object, |primitive| {
        Ok(match primitive.ask(asker, request, &mut woken) {
            Answer::Granted(value) => {
                let kind = EventKind::Granted {
                    task,
                    request,
                    object,
                };
                entry.record(kind, value);
                // Who comes to a barrier last is woken by nobody.
                let at = (request != Request::Arrive).then_some(object);
                entry.wakes(&woken, at);
                Attempt::Answered(Reply::of(value))
            }
            Answer::NotNow if request.is_try() => {
                let kind = EventKind::Refused {
                    task,
                    request,
                    object,
                };
                entry.record(kind, 0);
                Attempt::Answered(Reply::REFUSED)
            }
            Answer::NotNow => {
                let at = entry.at();
                if deadline.is_some_and(|deadline| deadline <= at) {
                    entry.record(EventKind::TimedOut { task }, 0);
                    return Ok(Attempt::Answered(Reply::REFUSED));
                }
                let until = deadline.or_else(|| wish.timeout.map(|span| at + span));
                let patience = Patience::until(until);
                let want = want(request);
                primitive.line().join(Waiter {
                    task,
                    want,
                    patience,
                });
                actor.block(&mut entry, Reason::Object(object), patience);
                Attempt::Waits(until)
            }
            Answer::Fault(fault) => return Err(actor.fail(&mut entry, fault)),
        })
    });
    drop(entry);
    attempt.unwrap_or_else(|| {
        let why = format!("the request {request:?} has no real form");
        Err(actor.world.fail(&why))
    })
}

/// Its time is over; where somebody has woken it meanwhile, it is woken instead.
fn give_up(
    actor: &Actor,
    object: ObjectId,
    until: Option<Time>,
) -> Result<Option<Wake>, super::world::Stop> {
    let task = actor.task;
    let mut entry = actor.world.enter()?;
    let mut woken = Woken::new();
    let has_left = with(&actor.world, object, |primitive| {
        let has_left = primitive.line().leave(task);
        if has_left {
            actor.ends_wait(&mut entry, until, EventKind::TimedOut { task });
            primitive.was_left(&mut woken);
            entry.wakes(&woken, Some(object));
        }
        has_left
    });
    drop(entry);
    Ok((has_left == Some(false)).then(|| actor.sleep_on()))
}

/// The time of a user-level thread is over, which does not look itself; unless it has been woken meanwhile.
pub(super) fn gives_up(entry: &mut Entry<'_>, task: TaskId, object: ObjectId) {
    let world = entry.world();
    if let Some(Object::Condition(line)) = world.object(object) {
        let mut line = lock(line);
        if entry.is_overdue(task) && line.leave(task) {
            entry.times_out(task);
        }
        return;
    }
    with(world, object, |primitive| {
        if entry.is_overdue(task) && primitive.line().leave(task) {
            entry.times_out(task);
            let mut woken = Woken::new();
            primitive.was_left(&mut woken);
            entry.wakes(&woken, Some(object));
        }
    });
}

/// Wakes some of those who wait at a condition, or all.
fn notify(
    actor: &Actor,
    object: ObjectId,
    request: Request,
    line: &std::sync::Mutex<super::park::Line>,
) -> Result<Attempt, super::world::Stop> {
    let mut entry = actor.world.enter()?;
    let count = actor.operands()[0];
    if request == Request::Notify && count < 0 {
        return Err(actor.fail(&mut entry, Fault::BadCount));
    }
    let mut line = lock(line);
    let most = match request {
        Request::Notify => usize::try_from(count).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    let mut woken = Woken::new();
    while woken.len() < most
        && let Some(next) = line.first()
    {
        woken.push((next, Wake::Again));
    }
    let task = actor.task;
    let kind = EventKind::Granted {
        task,
        request,
        object,
    };
    entry.record(kind, 0);
    entry.wakes(&woken, Some(object));
    Ok(Attempt::Answered(Reply::DONE))
}

/// Releases the lock of a condition, waits to be notified, and takes the lock again.
fn wait(actor: &Actor, condition: ObjectId) -> Answered {
    let world = &actor.world;
    let task = actor.task;
    let lock_id = world.code.lock_of(condition);
    let lock_object = lock_id.and_then(|id| world.object(id));
    let (Some(object), Some(Object::Condition(line)), Some(Object::Lock(state))) =
        (lock_id, world.object(condition), lock_object)
    else {
        return Err(world.fail("a condition has no lock"));
    };
    let mut entry = world.enter()?;
    let (until, times) = {
        let mut line = lock(line);
        let mut state = lock(state);
        let Some(times) = state.held_by(task) else {
            return Err(actor.fail(&mut entry, Fault::NotOwner));
        };
        let until = actor.timeout().map(|span| entry.at() + span);
        let patience = Patience::until(until);
        line.join(Waiter {
            task,
            want: Want::Take,
            patience,
        });
        let mut woken = Woken::new();
        state.give_back(&mut woken);
        // Those who are woken are counted first: somebody goes on.
        block_and_wake(&mut entry, actor, condition, object, patience, &woken);
        (until, times)
    };
    drop(entry);
    let notified = match actor.sleep(until) {
        Some(Wake::TooLate) => false,
        Some(_) => true,
        None => {
            let mut entry = world.enter()?;
            let has_left = lock(line).leave(task);
            if has_left {
                actor.ends_wait(&mut entry, until, EventKind::TimedOut { task });
            } else {
                drop(entry);
                actor.sleep_on();
            }
            !has_left
        }
    };
    let wish = Wish {
        object,
        request: Request::Acquire,
        times,
        timeout: None,
    };
    obtain(actor, wish)?;
    Ok(if notified {
        Reply::DONE
    } else {
        Reply::REFUSED
    })
}

/// A task waits at a condition, and with that wakes who waits for the lock.
fn block_and_wake(
    entry: &mut Entry<'_>,
    actor: &Actor,
    condition: ObjectId,
    lock: ObjectId,
    patience: Patience,
    woken: &Woken,
) {
    let reason = Reason::Object(condition);
    if entry.is_recorded() {
        actor.block(entry, reason, patience);
        entry.wakes(woken, Some(lock));
    } else {
        entry.wakes(woken, Some(lock));
        actor.block(entry, reason, patience);
    }
}
