//! The wait-for graph: who waits for whom (Coffman, Elphick and Shoshani, 1971; Silberschatz §8.6.1).
//!
//! An edge leads from a blocked task to each task that holds what it wants. A lock has one owner; a
//! readers–writer lock may have many readers, and a writer waits for all of them. So every edge has to
//! go before the task can go on, and a circle of edges is a deadlock: nobody in it will ever run
//! again, whatever the others do.
//!
//! Who waits in the kernel, for data, for room or for the end of a child, waits for *any* of those at
//! the other end: two who send to each other first are a communication deadlock (Tanenbaum §6.7.2).
//! So does a user-level thread that waits for a kernel thread of its process, for any of those on one.
//! There a circle alone proves nothing; it is one when all in it, and all whom they could still hear
//! from, are stuck (`stuck`). Who waits for a semaphore, a condition or an event waits for nobody in
//! particular, and has no edge; nor has a process that waits for itself because it has left an end of a
//! pipe open.

use core::cell::OnceCell;

use super::{Holder, Machine, ObjectState, Role, SocketKind, State};
use crate::call::{PipeEnd, Reason};
use crate::ids::{ProcessId, SocketId, TaskId};

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
    let carried = carriers.into_iter().flat_map(|carriers| carriers.holders());
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
    circle_among(machine, task, &OnceCell::new())
}

/// The same; who is stuck is worked out when it is first asked.
fn circle_among(machine: &Machine, task: TaskId, known: &OnceCell<Vec<bool>>) -> Vec<TaskId> {
    let mut seen = vec![false; machine.tasks.len()];
    let is_for_any = waits_for_any(machine, task);
    // Mostly somebody at the other end can go on: that is seen at once.
    if is_for_any
        && could_end(machine, task)
            .iter()
            .any(|other| !is_waiting(machine, *other))
    {
        return Vec::new();
    }
    // Each task that was reached, and the place in this list of the one before it.
    let mut reached = vec![(task, 0)];
    let mut place = 0;
    while let Some(&(from, _)) = reached.get(place) {
        let mut next = needs(machine, from);
        if next.is_empty() && waits_for_any(machine, from) {
            let stuck = known.get_or_init(|| stuck(machine));
            if stuck[from.index()] {
                next = could_end(machine, from);
            }
        }
        for to in next {
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

/// Whether a task waits for what any of several others does: in the kernel, or for a kernel thread.
fn waits_for_any(machine: &Machine, task: TaskId) -> bool {
    let reason = machine.task(task).waits();
    matches!(
        reason,
        Some(
            Reason::PipeEmpty(_)
                | Reason::PipeFull(_)
                | Reason::Child
                | Reason::Data(_)
                | Reason::Room(_)
                | Reason::Carrier
        )
    )
}

fn is_waiting(machine: &Machine, task: TaskId) -> bool {
    machine.task(task).waits().is_some()
}

/// The others any one of whom could end a task's wait: the threads of those who hold the other end, or of
/// the children; those who are on the kernel threads of its process.
fn could_end(machine: &Machine, task: TaskId) -> Vec<TaskId> {
    let own = machine.task(task).process;
    let mut others = Vec::new();
    match machine.task(task).waits() {
        Some(Reason::PipeEmpty(pipe)) => {
            let writers = machine.holders_of(pipe, PipeEnd::Write);
            others.extend(writers.flat_map(|process| threads(machine, process)));
        }
        Some(Reason::PipeFull(pipe)) => {
            let readers = machine.holders_of(pipe, PipeEnd::Read);
            others.extend(readers.flat_map(|process| threads(machine, process)));
        }
        Some(Reason::Child) => {
            let children = (0..).map(ProcessId).zip(&machine.processes);
            let children = children.filter(|(_, process)| process.parent == own);
            others.extend(children.flat_map(|(child, _)| threads(machine, child)));
        }
        Some(Reason::Carrier) => others.extend(waits_for(machine, task)),
        Some(Reason::Data(socket) | Reason::Room(socket)) => {
            others.extend(at_other_end(machine, socket));
        }
        _ => {}
    }
    others.retain(|other| *other != task);
    others
}

/// The threads of a process that have not ended.
fn threads(machine: &Machine, process: ProcessId) -> impl Iterator<Item = TaskId> {
    let tasks = (0..).map(TaskId).zip(&machine.tasks);
    let threads = tasks.filter(move |(_, task)| {
        task.process == process && task.is_live() && !matches!(task.state, State::Outside(_))
    });
    threads.map(|(task, _)| task)
}

/// Who has the other end of a connection.
fn at_other_end(machine: &Machine, socket: SocketId) -> Vec<TaskId> {
    let sockets = &machine.network.sockets;
    let kind = sockets.get(socket.index()).map(|socket| &socket.kind);
    let Some(SocketKind::Connection(connection)) = kind else {
        return Vec::new();
    };
    let tables = machine.network.tables.iter();
    let tables = tables.filter(|table| {
        let mut descriptors = table.descriptors.iter().flatten();
        descriptors.any(|own| Some(*own) == connection.other)
    });
    let mut others = Vec::new();
    for table in tables {
        match table.holder {
            Holder::Process(process) => others.extend(threads(machine, ProcessId(process))),
            Holder::Peer(peer) => others.push(peer),
        }
    }
    others
}

/// Who will never go on, whatever happens: whoever waits for a task that is stuck and holds what it
/// wants, or could hear only from tasks that are stuck. Nobody, while something or somebody is still on the
/// way.
fn stuck(machine: &Machine) -> Vec<bool> {
    let network = &machine.network;
    let absent = machine
        .tasks
        .iter()
        .filter(|task| task.state == State::Absent);
    let all_have_come = absent.count() == machine.unused as usize;
    let is_quiet = all_have_come
        && machine.pending.is_empty()
        && machine.undelivered == 0
        && machine.alarms.first().is_none()
        && network.first_inbound().is_none()
        && network.first_elsewhere().is_none()
        && network.handled.is_empty();
    let waits_for_ever = |task: TaskId| {
        let thread = machine.threads.get(task.index());
        // Who has no kernel thread has no say: the limit of its call counts when it is made again.
        let has_say = machine.task(task).waits() != Some(Reason::Carrier);
        let gives_up = has_say && thread.is_some_and(|thread| thread.deadline.is_some());
        is_waiting(machine, task) && !gives_up
    };
    let tasks = (0..machine.tasks.len()).map(TaskId::from_index);
    let mut stuck: Vec<bool> = tasks
        .clone()
        .map(|task| is_quiet && waits_for_ever(task))
        .collect();
    loop {
        let mut goes_on = tasks.clone().filter(|task| {
            let is_stuck = |other: &TaskId| stuck[other.index()];
            is_stuck(task)
                && match waits_for_any(machine, *task) {
                    true => {
                        let others = could_end(machine, *task);
                        others.is_empty() || !others.iter().all(is_stuck)
                    }
                    false => !needs(machine, *task).iter().any(is_stuck),
                }
        });
        // Each time at least one less.
        let Some(first) = goes_on.next() else {
            break;
        };
        let others: Vec<_> = goes_on.collect();
        for task in others.into_iter().chain([first]) {
            stuck[task.index()] = false;
        }
    }
    stuck
}

/// Those without whom a blocked task will never go on; nobody where it gives up by itself, because a
/// circle in which somebody gives up comes apart, or where any of several would do.
///
/// Mostly those for whom it waits. A reader that waits while others read is kept out by the writers
/// that wait, and not by those who read: when these writers give up, it reads beside them. That is
/// the writers ahead of it or, where none is ahead and writers come first, those behind it.
fn needs(machine: &Machine, task: TaskId) -> Vec<TaskId> {
    let thread = machine.threads.get(task.index());
    if thread.is_some_and(|thread| thread.deadline.is_some()) {
        return Vec::new();
    }
    let object = match machine.task(task).state {
        State::Blocked(Reason::Object(object)) => object,
        State::Blocked(Reason::Carrier) => return Vec::new(),
        _ => return waits_for(machine, task).collect(),
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
    let stuck = OnceCell::new();
    for (index, entry) in machine.tasks.iter().enumerate() {
        let task = TaskId::from_index(index);
        let is_held = matches!(
            entry.state,
            State::Blocked(Reason::Object(_) | Reason::Thread(_))
        );
        let waits = is_held || waits_for_any(machine, task);
        if waits && !circles.iter().flatten().any(|other| *other == task) {
            let found = circle_among(machine, task, &stuck);
            if !found.is_empty() {
                circles.push(found);
            }
        }
    }
    circles
}
