//! What holds of user-level threads and the kernel threads that they share.

use sim_core::call::Reason;
use sim_core::ids::TaskId;
use sim_core::machine::{Carrier, Carriers, Machine, ObjectState, State};
use sim_core::program::{Code, Place};

/// At any place.
pub fn stand(code: &Code, machine: &Machine) -> Result<(), String> {
    let count = code.config.threads.at_a_time();
    for (number, process) in machine.processes.iter().enumerate() {
        let Some(carriers) = &process.carriers else {
            law!(count.is_none() || number == 0, "process {number} has none");
            continue;
        };
        law!(
            Some(carriers.places()) == count.map(usize::from),
            "another number of them"
        );
        processors(carriers)?;
        let mut free = carriers.free.clone();
        free.sort_unstable();
        let expected = (0..).zip(&carriers.all);
        let expected = expected.filter(|(_, carrier)| carrier.holder.is_none());
        let expected: Vec<u16> = expected.map(|(number, _)| number).collect();
        law!(free == expected, "{free:?} are free: {carriers:?}");
        // Each has a name of its own, by which the kernel knows it.
        let mut names: Vec<_> = carriers
            .all
            .iter()
            .filter_map(|carrier| carrier.name)
            .collect();
        names.sort_unstable();
        law!(
            names.windows(2).all(|pair| pair[0] != pair[1]),
            "{carriers:?}"
        );
        for carrier in &carriers.all {
            if carrier.holder.is_some() {
                let own = [carrier.name, carrier.last];
                law!(own == [carrier.holder; 2], "{carrier:?}");
            }
        }
        let queued: Vec<_> = carriers.queued().collect();
        for task in &queued {
            let entry = machine.task(*task);
            law!(
                entry.state == State::Blocked(Reason::Carrier) && entry.process.index() == number,
                "{task:?} stands in the run queue of {number} and is {:?}",
                entry.state
            );
            let times = queued.iter().filter(|other| *other == task);
            law!(times.count() == 1, "{task:?} stands there twice");
        }
    }
    (0..machine.tasks.len())
        .map(TaskId::from_index)
        .try_for_each(|task| of_task(code, machine, task))
}

/// A thread is on a kernel thread while the kernel has to do with it, and not while it waits for something
/// that the runtime of its process keeps.
fn of_task(code: &Code, machine: &Machine, task: TaskId) -> Result<(), String> {
    let state = machine.task(task).state;
    let own = machine.threads[task.index()].carrier;
    let Some(carriers) = machine.carriers_of(task) else {
        law!(
            own.is_none(),
            "{task:?} is on a kernel thread that is not there"
        );
        law!(
            state != State::Blocked(Reason::Carrier),
            "{task:?} waits for none"
        );
        return Ok(());
    };
    if code.job(task).place == Place::Outside {
        return Ok(());
    }
    let holds = carriers
        .all
        .iter()
        .position(|carrier| carrier.holder == Some(task));
    law!(
        holds == own.map(usize::from),
        "{task:?} is on {own:?}: {carriers:?}"
    );
    let expected = match state {
        State::Ready | State::Running(_) => true,
        State::Blocked(Reason::Carrier | Reason::Thread(_)) => false,
        State::Blocked(Reason::Object(object)) => {
            matches!(machine.object(object).state, ObjectState::Watch(_))
        }
        State::Blocked(_) => true,
        State::Absent | State::New | State::Outside(_) | State::Zombie | State::Exited => false,
    };
    law!(
        own.is_some() == expected,
        "{task:?} is {state:?} and on {own:?}"
    );
    let may_run = matches!(state, State::Ready | State::Running(_));
    if carriers.processors.is_some() {
        let has = own.and_then(|own| carriers.all[usize::from(own)].processor);
        law!(
            has.is_some() == may_run,
            "{task:?} is {state:?}, and its kernel thread has processor {has:?}"
        );
    }
    let stands = carriers.queued().any(|other| other == task);
    law!(
        stands == (state == State::Blocked(Reason::Carrier)),
        "{task:?} is {state:?}, and stands in the run queue: {stands}"
    );
    Ok(())
}

/// When the clock moves on: nobody waits for a kernel thread that is free.
pub fn rest(machine: &Machine) -> Result<(), String> {
    for process in &machine.processes {
        let Some(carriers) = &process.carriers else {
            continue;
        };
        law!(
            carriers.room() == 0 || carriers.queued().next().is_none(),
            "a kernel thread is free beside a thread that waits: {carriers:?}"
        );
    }
    Ok(())
}

/// Whether all kernel threads that a task could take are taken.
pub fn are_taken(machine: &Machine, task: TaskId) -> bool {
    let carriers = machine.carriers_of(task);
    carriers.is_some_and(|carriers| carriers.room() == 0)
}

/// A processor is idle, or one kernel thread has it, on which somebody is.
fn processors(carriers: &Carriers) -> Result<(), String> {
    let Some(processors) = &carriers.processors else {
        let mut all = carriers.all.iter();
        law!(
            all.all(|carrier| carrier.processor.is_none()),
            "{carriers:?}"
        );
        return Ok(());
    };
    for number in (0..).take(processors.all.len()) {
        let idle = processors.idle.iter().filter(|idle| **idle == number);
        let is_its = |carrier: &&Carrier| carrier.processor == Some(number);
        let owners = carriers.all.iter().filter(is_its);
        law!(
            idle.count() + owners.clone().count() == 1,
            "processor {number} is nobody's, or of two: {carriers:?}"
        );
        law!(
            owners.clone().all(|carrier| carrier.holder.is_some()),
            "a kernel thread has processor {number} and nobody on it: {carriers:?}"
        );
    }
    Ok(())
}
