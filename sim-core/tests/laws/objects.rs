//! What holds of shared variables, synchronisation objects and those who wait at them.

use std::sync::Arc;

use sim_core::call::{Call, Reason};
use sim_core::ids::{ObjectId, TaskId};
use sim_core::machine::{Answer, Machine, Object, ObjectState, Pending, Phase, State};
use sim_core::program::script::{ObjectKind, Script};
use sim_core::program::{Code, Config, INIT, Wakeups};
use sim_core::run::{Deviations, Outcome, run};
use sim_core::time::Unit;

use crate::{carriers, deadlocks, network};

/// A person may wake a task that waits at a condition, and no policy does. Who asks again before it goes
/// on takes no harm; who does not goes on with nothing.
#[test]
fn a_spurious_wakeup_is_a_choice() {
    let printed = |test: &str, chosen: Deviations| {
        let text = format!(
            "
shared ready = 0
lock m
condition c of m

task waiter
  acquire m
  let r = load ready
  {test} r == 0
    wait c
    let r = load ready
  release m
  print \"{{r}}\"

task setter
  acquire m
  store ready = 1
  notify c
  release m
"
        );
        let script = Script::parse("test", &text, Unit::MILLISECOND).unwrap();
        let config = Config {
            wakeups: Wakeups::Spurious,
            ..Config::default()
        };
        let trace = run(Arc::new(Code::of_script(config, script)), chosen);
        (trace.outcome(), trace.outputs()[0].text.to_string())
    };
    let finished = |text: &str| (Outcome::Finished, text.to_owned());
    // The second choice: the waiter waits and the setter is ready.
    let wake = || Deviations::from([(1, TaskId(0)), (2, TaskId(0))]);
    assert_eq!(printed("while", Deviations::new()), finished("1"));
    assert_eq!(printed("if", Deviations::new()), finished("1"));
    assert_eq!(printed("while", wake()), finished("1"));
    assert_eq!(printed("if", wake()), finished("0"));
}

/// What holds of any machine at any place.
pub fn stand(code: &Code, machine: &Machine) -> Result<(), String> {
    if code.script.is_none() {
        return Ok(());
    }
    for (index, object) in machine.objects.iter().enumerate() {
        let id = ObjectId::from_index(index);
        state(code.object(id), object).map_err(|broken| {
            let name = code.object_name(id);
            format!("{name}: {broken}: {object:?}")
        })?;
        queue(code, machine, id)?;
    }
    for index in 0..machine.tasks.len() {
        one_place(machine, TaskId::from_index(index))?;
    }
    interpreter(machine)?;
    carriers::stand(code, machine)?;
    timeouts(machine)?;
    network::stand(code, machine)
}

/// What an object's state may be.
fn state(kind: &ObjectKind, object: &Object) -> Result<(), String> {
    let waits = |task: TaskId| object.waiting.contains(&task);
    match (kind, &object.state) {
        // A plain lock's owner may wait for itself: for ever.
        (ObjectKind::Lock { .. }, ObjectState::Lock { .. }) => {}
        (ObjectKind::RecursiveLock, ObjectState::RecursiveLock { owner, count }) => {
            law!(owner.is_some() == (*count > 0), "counted wrongly");
            law!(!owner.is_some_and(waits), "its owner waits for it");
        }
        (ObjectKind::Semaphore { maximum, .. }, ObjectState::Semaphore { value }) => {
            law!(
                maximum.is_none_or(|maximum| *value <= maximum),
                "above its maximum"
            );
        }
        (ObjectKind::Condition { .. }, ObjectState::Condition)
        | (ObjectKind::Event, ObjectState::Event { .. }) => {}
        (ObjectKind::Barrier { parties }, ObjectState::Barrier) => {
            law!(
                object.waiting.len() < *parties as usize,
                "all have come and it is closed"
            );
        }
        (ObjectKind::ReadersWriter { .. }, ObjectState::ReadersWriter { readers, writer }) => {
            law!(
                readers.is_empty() || writer.is_none(),
                "it is read and written"
            );
        }
        (ObjectKind::Queue { capacity, .. }, ObjectState::Queue { items, .. }) => {
            let fits = |capacity: u32| items.len() <= capacity as usize;
            law!(capacity.is_none_or(fits), "it overflows");
        }
        (ObjectKind::Watch, ObjectState::Watch(_)) => {}
        (kind, _) => return Err(format!("it is no {kind:?}")),
    }
    Ok(())
}

/// Who waits at an object is blocked at it, once, with a call that is about it.
fn queue(code: &Code, machine: &Machine, id: ObjectId) -> Result<(), String> {
    let waiting = &machine.object(id).waiting;
    for task in waiting {
        let entry = machine.task(*task);
        law!(
            entry.state == State::Blocked(Reason::Object(id)),
            "{task:?} waits at {id:?} and is {:?}",
            entry.state
        );
        let times = waiting.iter().filter(|other| *other == task).count();
        law!(times == 1, "{task:?} waits at {id:?} {times} times");
        let phase = machine.threads[task.index()].phase;
        let about = wanted(code, machine, *task);
        law!(
            about == Some(id),
            "{task:?} waits at {id:?}, its call is about {about:?}, {phase:?}"
        );
    }
    Ok(())
}

/// The object at which a task is, or would be, answered: the lock for one that has been notified.
fn wanted(code: &Code, machine: &Machine, task: TaskId) -> Option<ObjectId> {
    let phase = machine.threads[task.index()].phase;
    object_of(code, machine.task(task).step.call, phase)
}

fn object_of(code: &Code, call: Call, phase: Phase) -> Option<ObjectId> {
    let Call::Sync { object, .. } = call else {
        return None;
    };
    match phase {
        Phase::Reacquire { .. } => code.lock_of(object),
        _ => Some(object),
    }
}

/// Whether a task will ask an object when the handler of a signal has returned.
fn will_ask(code: &Code, machine: &Machine, task: TaskId, object: ObjectId) -> bool {
    let mut kept = machine.threads[task.index()].kept.iter();
    kept.any(|kept| object_of(code, kept.step.call, kept.phase) == Some(object))
}

/// Whether what a task waits for has happened, so that it goes on as soon as that is reported.
fn is_to_be_woken(machine: &Machine, task: TaskId) -> bool {
    let wakes =
        |next: &&Pending| matches!(next, Pending::Wake { task: woken, .. } if *woken == task);
    machine.pending.iter().any(|next| wakes(&next))
}

/// A task that is blocked at an object stands in its queue, and in no other.
fn one_place(machine: &Machine, task: TaskId) -> Result<(), String> {
    let objects = (0..).map(ObjectId).zip(&machine.objects);
    let places = objects.filter(|(_, object)| object.waiting.contains(&task));
    let places: Vec<_> = places.map(|(id, _)| id).collect();
    let state = machine.task(task).state;
    let ends = |next: &Pending| matches!(next, Pending::End { task: ended, .. } if *ended == task);
    let legal = match state {
        // Its process has a fresh image already.
        _ if machine.pending.iter().any(ends) => places.len() <= 1,
        // Who waited at a barrier that has opened is to be woken.
        State::Blocked(Reason::Object(object)) => match places.as_slice() {
            [only] => *only == object && !is_to_be_woken(machine, task),
            [] => is_to_be_woken(machine, task),
            _ => false,
        },
        _ => places.is_empty(),
    };
    law!(legal, "{task:?} is {state:?} and waits at {places:?}");
    let phase = machine.threads[task.index()].phase;
    if let Phase::Notified { .. } = phase {
        law!(
            matches!(state, State::Blocked(Reason::Object(_))),
            "{task:?} waits to be notified and is {state:?}"
        );
    }
    Ok(())
}

/// The interpreter lock of a process has one holder, which is in the system, and a queue of those who
/// want it.
fn interpreter(machine: &Machine) -> Result<(), String> {
    let blocked = |task: TaskId| machine.task(task).state == State::Blocked(Reason::Interpreter);
    for task in (0..machine.tasks.len()).map(TaskId::from_index) {
        let Some(lock) = machine.interpreter_of(task) else {
            law!(!blocked(task), "blocked at a lock that is not there");
            continue;
        };
        let times = lock
            .waiting
            .iter()
            .filter(|waiting| **waiting == task)
            .count();
        let woken = usize::from(blocked(task) && is_to_be_woken(machine, task));
        let ends = matches!(machine.pending.front(), Some(Pending::End { .. }));
        law!(
            times + woken == usize::from(blocked(task)) || ends,
            "{task:?} is {:?} and waits {times} times for {lock:?}",
            machine.task(task).state
        );
    }
    for process in &machine.processes {
        let lock = process.interpreter.as_ref();
        if let Some(holder) = lock.and_then(|lock| lock.holder) {
            let state = machine.task(holder).state;
            law!(
                matches!(state, State::Running(_) | State::Ready),
                "{holder:?} holds the interpreter lock and is {state:?}"
            );
        }
    }
    Ok(())
}

/// Who is blocked for a time has one entry among the timeouts, and nobody else has one.
fn timeouts(machine: &Machine) -> Result<(), String> {
    for (index, thread) in machine.threads.iter().enumerate() {
        let task = TaskId::from_index(index);
        let state = machine.task(task).state;
        let entries = machine.timeouts.iter().filter(|(_, other)| *other == task);
        let entries: Vec<_> = entries.map(|(at, _)| at).collect();
        let is_blocked = machine.task(task).waits().is_some_and(|reason| {
            reason.is_network()
                || matches!(
                    reason,
                    Reason::Object(_)
                        | Reason::Sleep
                        | Reason::Interpreter
                        | Reason::PipeEmpty(_)
                        | Reason::PipeFull(_)
                        | Reason::Child
                        | Reason::Thread(_)
                )
        });
        // Who is to be woken keeps its limit, for a call that it may have to make again.
        let waits = is_blocked && !is_to_be_woken(machine, task);
        let expected: Vec<_> = thread.deadline.filter(|_| waits).into_iter().collect();
        law!(
            entries == expected,
            "{task:?} is {state:?} until {:?}, among the timeouts {entries:?}",
            thread.deadline
        );
        law!(
            state != State::Blocked(Reason::Sleep) || thread.deadline.is_some(),
            "{task:?} sleeps for ever"
        );
    }
    Ok(())
}

/// The clock never goes on beyond the end of a sleep or of a timed call.
pub fn nothing_is_passed_over(machine: &Machine) -> Result<(), String> {
    let first = machine.timeouts.first();
    let is_ahead = first.is_none_or(|(at, _)| at >= machine.now);
    law!(is_ahead, "{first:?} has been passed over");
    Ok(())
}

/// Whether the object would now grant what a task waits for.
///
/// Not asked where waiting changes the answer: who waits at a condition has given back the lock that
/// it would need to ask again, and who waits at a barrier counts as one who has come.
fn could_go_on(code: &Code, machine: &Machine, task: TaskId, object: ObjectId) -> bool {
    let is_notified = matches!(machine.threads[task.index()].phase, Phase::Notified { .. });
    let is_barrier = matches!(code.object(object), ObjectKind::Barrier { .. });
    let answer = machine.answer_to(code, task);
    !is_notified && !is_barrier && !matches!(answer, Some(Answer::Wait(_)))
}

/// Nobody waits for what is there: unless another has been woken for it and has still to try.
pub fn no_lost_wake_up(code: &Code, machine: &Machine) -> Result<(), String> {
    let all = || (0..machine.threads.len()).map(TaskId::from_index);
    let is_awake = |task: TaskId| {
        matches!(
            machine.task(task).state,
            State::Ready | State::Running(_) | State::Blocked(Reason::Carrier)
        )
    };
    for task in all() {
        let State::Blocked(Reason::Object(object)) = machine.task(task).state else {
            continue;
        };
        let could_go_on = could_go_on(code, machine, task, object);
        let mut others = all().filter(|other| is_awake(*other));
        let somebody_tries = others.any(|other| wanted(code, machine, other) == Some(object))
            || all().any(|other| will_ask(code, machine, other, object));
        law!(
            !could_go_on || somebody_tries,
            "{task:?} waits at {object:?}, which would grant what it wants: {:?}",
            machine.object(object)
        );
    }
    network::no_lost_wake_up(code, machine)
}

/// What holds when a run has ended and tasks are left.
pub fn ends(code: &Code, machine: &Machine, outcome: Outcome) -> Result<(), String> {
    let mut waiting = 0;
    for (index, entry) in machine.tasks.iter().enumerate() {
        let task = TaskId::from_index(index);
        let object = match entry.state {
            // A zombie is a child whose parent waits for something else; peers that wait keep nothing from
            // going on.
            State::Exited | State::Absent | State::Zombie | State::Outside(Some(_)) => continue,
            State::Blocked(Reason::Object(object)) => Some(object),
            State::Blocked(
                Reason::PipeEmpty(_) | Reason::PipeFull(_) | Reason::Child | Reason::Thread(_),
            ) => None,
            State::Blocked(reason) if reason.is_network() => None,
            State::Blocked(Reason::Carrier) => {
                // All who could make room for it wait themselves, as this loop finds.
                law!(
                    machine.task(task).process != INIT && carriers::are_taken(machine, task),
                    "{task:?} waits for a kernel thread, and one is free"
                );
                None
            }
            other => return Err(format!("{outcome:?} with a task {other:?}")),
        };
        waiting += 1;
        let deadline = machine.threads[index].deadline;
        let has_carrier = entry.state != State::Blocked(Reason::Carrier);
        law!(deadline.is_none() || !has_carrier, "{task:?} would give up");
        let Some(object) = object else { continue };
        // Somebody else was woken for it, and will never have a kernel thread to take it on.
        let all = (0..machine.threads.len()).map(TaskId::from_index);
        let tries = |other: &TaskId| {
            machine.task(*other).state == State::Blocked(Reason::Carrier)
                && wanted(code, machine, *other) == Some(object)
        };
        law!(
            !could_go_on(code, machine, task, object) || all.into_iter().any(|other| tries(&other)),
            "{task:?} waits at {object:?} for what is there"
        );
    }
    law!(waiting > 0, "{outcome:?}, and nobody waits");
    let network = &machine.network;
    law!(
        network.inbound.is_empty() && network.elsewhere.is_empty(),
        "{outcome:?}, and packets are on their way"
    );
    let silent = deadlocks::silent(machine);
    law!(
        (outcome == Outcome::Deadlock) != silent.is_empty(),
        "{outcome:?}, and these wait for each other: {silent:?}"
    );
    Ok(())
}
