//! The wait-for graph: who waits for whom (Coffman, Elphick and Shoshani, 1971; Silberschatz §8.6.1).
//!
//! An edge leads from a blocked task to each task that holds what it wants. A lock has one owner; a
//! readers–writer lock may have many readers, and a writer waits for all of them. So every edge has to
//! go before the task can go on, and a circle of edges is a deadlock: nobody in it will ever run
//! again, whatever the others do. Who waits for a semaphore, a condition, an event or a pipe waits for
//! nobody in particular, and has no edge.

use super::{Machine, ObjectState, Role, State};
use crate::call::Reason;
use crate::ids::TaskId;

/// Whom a task waits for; nobody unless it is blocked at something that others hold.
///
/// Of the copy of a lock that a process got by `fork`, only a thread of that process is a holder: what
/// a thread held that is not there is never given back, and nobody in particular is waited for.
pub fn waits_for(machine: &Machine, task: TaskId) -> impl Iterator<Item = TaskId> {
    let entry = machine.task(task);
    let object = match entry.state {
        State::Blocked(Reason::Object(object)) => Some(machine.object(object)),
        _ => None,
    };
    let interpreter = match entry.state {
        State::Blocked(Reason::Interpreter) => machine.interpreter_of(task),
        _ => None,
    };
    // Of several carriers any one would do: all of those on them keep it waiting.
    let carriers = match entry.state {
        State::Blocked(Reason::Carrier) => machine.carriers_of(task),
        _ => None,
    };
    let carriers = carriers.into_iter().flat_map(|carriers| &carriers.all);
    let carried = carriers.filter_map(|carrier| carrier.holder);
    let joined = machine.joined_by(task);
    let process = entry.process;
    let holder = interpreter.and_then(|lock| lock.holder);
    let holders = object.into_iter().flat_map(|object| object.holders());
    let holders = holders.filter(move |holder| machine.task(*holder).process == process);
    holders.chain(holder).chain(joined).chain(carried)
}

/// The circle of tasks, each waiting for the next, that begins with a task and leads back to it; empty
/// where there is none. Of several it is a shortest, of these the first by number.
#[must_use]
pub fn circle(machine: &Machine, task: TaskId) -> Vec<TaskId> {
    let mut seen = vec![false; machine.tasks.len()];
    // Each task that was reached, and the place in this list of the one before it.
    let mut reached = vec![(task, 0)];
    let mut place = 0;
    while let Some(&(from, _)) = reached.get(place) {
        for to in needs(machine, from) {
            if to == task {
                return way(&reached, place);
            }
            if !core::mem::replace(&mut seen[to.index()], true) {
                reached.push((to, place));
            }
        }
        place += 1;
    }
    Vec::new()
}

/// Those without whom a blocked task will never go on; nobody where it gives up by itself, because a
/// circle in which somebody gives up comes apart.
///
/// Mostly those for whom it waits. A reader that waits while others read is kept out by the writers
/// that wait, and not by those who read: when these writers give up, it reads beside them. That is
/// the writers ahead of it or, where none is ahead and writers come first, those behind it.
fn needs(machine: &Machine, task: TaskId) -> Vec<TaskId> {
    let thread = machine.threads.get(task.index());
    if thread.is_some_and(|thread| thread.deadline.is_some()) {
        return Vec::new();
    }
    let State::Blocked(Reason::Object(object)) = machine.task(task).state else {
        return waits_for(machine, task).collect();
    };
    let entry = machine.object(object);
    let is_only_read = matches!(entry.state, ObjectState::ReadersWriter { writer: None, .. });
    if !is_only_read || machine.role(task) != Role::Reader {
        return waits_for(machine, task).collect();
    }
    let writes = |other: &TaskId| machine.role(*other) == Role::Taker;
    let ahead = entry.waiting.iter().take_while(|other| **other != task);
    let ahead: Vec<_> = ahead.copied().filter(writes).collect();
    if ahead.is_empty() {
        return entry.waiting.iter().copied().filter(writes).collect();
    }
    ahead
}

/// The tasks on the way to a place in the list.
fn way(reached: &[(TaskId, usize)], mut place: usize) -> Vec<TaskId> {
    let mut way = vec![reached[place].0];
    while place > 0 {
        place = reached[place].1;
        way.push(reached[place].0);
    }
    way.reverse();
    way
}

/// All circles that do not share a task, each beginning with its lowest-numbered task.
#[must_use]
pub fn circles(machine: &Machine) -> Vec<Vec<TaskId>> {
    let mut circles: Vec<Vec<TaskId>> = Vec::new();
    for (index, entry) in machine.tasks.iter().enumerate() {
        let task = TaskId::from_index(index);
        let blocked = matches!(
            entry.state,
            State::Blocked(Reason::Object(_) | Reason::Thread(_))
        );
        if blocked && !circles.iter().flatten().any(|other| *other == task) {
            let found = circle(machine, task);
            if !found.is_empty() {
                circles.push(found);
            }
        }
    }
    circles
}
