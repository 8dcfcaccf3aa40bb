//! What holds at every place of every run.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use sim_core::call::{PipeEnd, Reason};
use sim_core::event::EventKind;
use sim_core::ids::{CpuId, PartitionId, PipeId, TaskId};
use sim_core::machine::{Machine, Mode, Pending, ProcessState, State};
use sim_core::policy::Policy;
use sim_core::program::{Burst, Code, Disk, IoStart, Place};
use sim_core::run::{Deviations, Limit, Outcome};
use sim_core::time::{Span, Time};

use crate::carriers;
use crate::objects;
use crate::scripts::{World, script_worlds};
use crate::worlds::{deviations, hold, played, worlds};

#[test]
fn laws_hold_at_every_place() {
    hold(12_000, (worlds(), deviations()), |(code, deviations)| {
        every_place(&code, deviations)
    });
}

#[test]
fn laws_hold_at_every_place_of_a_script() {
    hold(
        30_000,
        (script_worlds(), deviations()),
        |(World(code), deviations)| every_place(&code, deviations),
    );
}

/// Runs a program and looks at each place of the run.
pub fn every_place(code: &Code, deviations: Deviations) -> TestCaseResult {
    let trace = played(code, deviations);
    let mut machine = trace.start().clone();
    for event in trace.events() {
        prop_assert!(event.at >= machine.now, "time fell at {:?}", event);
        if event.at > machine.now {
            rests(code, &machine)?;
        }
        if let Err(illegal) = machine.apply(code, event) {
            return Err(TestCaseError::fail(illegal.to_string()));
        }
        stands(code, &machine)
            .and_then(|()| objects::nothing_is_passed_over(&machine))
            .map_err(|broken| TestCaseError::fail(format!("after {event:?}: {broken}")))?;
        if let EventKind::Arrived { task } = event.kind {
            prop_assert_eq!(event.at, code.job(task).arrival);
        }
    }
    prop_assert_eq!(&machine, &trace.last());
    ends(code, &machine, trace.outcome())
}

/// What holds whenever the clock moves on.
fn rests(code: &Code, machine: &Machine) -> TestCaseResult {
    // Where each CPU has its own queue and none steals, only beside a task of its own.
    for (number, cpu) in (0..).map(CpuId).zip(&machine.cpus) {
        let within_reach = machine.scheduler.within_reach(number, machine.ready);
        prop_assert!(
            cpu.mode != Mode::Idle || within_reach == 0,
            "{number:?} is idle beside a ready task"
        );
    }
    objects::no_lost_wake_up(code, machine).map_err(TestCaseError::fail)?;
    carriers::rest(machine).map_err(TestCaseError::fail)?;
    let seizing = |pending: &Pending| matches!(pending, Pending::Seize(_));
    prop_assert!(
        machine.pending.iter().all(seizing),
        "pending: {:?}",
        machine.pending
    );
    if code.config.on_io == IoStart::Switch {
        let held = machine
            .cpus
            .iter()
            .any(|cpu| matches!(cpu.mode, Mode::Held(_)));
        prop_assert!(!held, "a CPU is held");
    }
    let waiting: Vec<_> = machine
        .partitions
        .iter()
        .filter(|each| each.task.is_none())
        .collect();
    for task in &machine.admission {
        let fits = waiting
            .iter()
            .any(|each| each.size >= code.job(*task).memory);
        prop_assert!(
            !fits && !machine.partitions.is_empty(),
            "{task:?} could be loaded"
        );
    }
    Ok(())
}

/// What holds when a run has ended.
fn ends(code: &Code, machine: &Machine, outcome: Outcome) -> TestCaseResult {
    match outcome {
        Outcome::Finished => {
            let own = machine.tasks.iter().zip(&code.jobs);
            let own = own.filter(|(_, job)| job.place == Place::Inside);
            let absent = own.filter(|(task, _)| task.state == State::Absent).count();
            prop_assert_eq!(absent, machine.unused as usize);
            for (index, task) in machine.tasks.iter().enumerate() {
                let task_id = TaskId::from_index(index);
                if code.job(task_id).place == Place::Outside || task.state == State::Absent {
                    continue;
                }
                prop_assert_eq!(task.state, State::Exited);
                if let Some(needed) = needed(code, TaskId::from_index(index)) {
                    prop_assert_eq!(task.accounting.cpu, needed);
                }
            }
            prop_assert!(machine.timers.first().is_none());
            prop_assert!(machine.deadlines.is_empty());
            let of_peers = |task: TaskId| code.job(task).place == Place::Outside;
            prop_assert!(machine.timeouts.iter().all(|(_, task)| of_peers(task)));
        }
        Outcome::Stalled | Outcome::Deadlock if code.script.is_some() => {
            objects::ends(code, machine, outcome).map_err(TestCaseError::fail)?;
        }
        Outcome::Stalled => {
            let mut on_pipes = 0;
            for task in &machine.tasks {
                match task.state {
                    State::Exited | State::New => {}
                    State::Blocked(Reason::PipeEmpty(_) | Reason::PipeFull(_)) => on_pipes += 1,
                    other => prop_assert!(false, "stalled with a task {other:?}"),
                }
            }
            prop_assert!(on_pipes > 0, "stalled, and nobody waits at a pipe");
        }
        Outcome::Deadlock => prop_assert!(false, "a deadlock without locks"),
        // Where a switch takes as long as an interval, threads may do nothing but hand on the
        // interpreter lock: whoever has it is asked for it before its context is loaded.
        Outcome::Limit(Limit::Events)
            if machine.interpreter().is_some() && !code.config.costs.switch.is_zero() => {}
        Outcome::Limit(limit) => prop_assert!(false, "it does not end: {limit:?}"),
    }
    Ok(())
}

/// The CPU time of a job's whole program, calls included; of a script nobody can say before.
fn needed(code: &Code, task: TaskId) -> Option<Span> {
    if code.script.is_some() {
        return None;
    }
    let job = code.job(task);
    let costs = code.config.costs;
    let each = job.bursts.iter().map(|burst| match burst {
        Burst::Cpu(span) => span.0,
        Burst::Io(_) => costs.io_issue.0 + costs.io_done.0,
        Burst::Send(_) | Burst::Receive(_) => costs.io_issue.0,
    });
    Some(Span(each.sum::<u64>() * u64::from(job.rounds)))
}

/// What holds of any machine at any place.
pub fn stands(code: &Code, machine: &Machine) -> Result<(), String> {
    for index in 0..machine.tasks.len() {
        one_place(code, machine, TaskId::from_index(index))?;
    }
    cpus(machine)?;
    queue(code, machine)?;
    memory(code, machine)?;
    devices(code, machine)?;
    objects::stand(code, machine)?;
    accounts(code, machine)
}

/// A task is where its state says, and nowhere else.
fn one_place(code: &Code, machine: &Machine, task: TaskId) -> Result<(), String> {
    let state = machine.task(task).state;
    let on = machine
        .cpus
        .iter()
        .filter(|cpu| cpu.task() == Some(task))
        .count();
    let expected_on = match state {
        State::Running(_) => 1,
        // A CPU may wait for it.
        State::Blocked(Reason::Disk) | State::Ready if code.config.on_io == IoStart::Wait => {
            on.min(1)
        }
        _ => 0,
    };
    law!(on == expected_on, "{task:?} is {state:?} and on {on} CPUs");
    if let State::Running(cpu) = state {
        law!(
            machine.cpu(cpu).task() == Some(task),
            "{task:?} is not on {cpu:?}"
        );
    }
    let waits_for_memory = machine
        .admission
        .iter()
        .filter(|waiting| **waiting == task)
        .count();
    law!(
        waits_for_memory == usize::from(state == State::New),
        "{task:?} {state:?}: admission"
    );

    let timers = machine
        .timers
        .sorted()
        .iter()
        .filter(|timer| timer.task == task)
        .count();
    let requests = machine
        .disk
        .queue
        .iter()
        .filter(|(waiting, _)| *waiting == task)
        .count();
    let handled = machine
        .cpus
        .iter()
        .filter(|cpu| matches!(cpu.mode, Mode::Handling { done, .. } if done == task))
        .count();
    let in_pipes = pipe_places(machine, task);
    let wakes = machine
        .pending
        .iter()
        .filter(|next| matches!(next, Pending::Wake { task: woken, .. } if *woken == task))
        .count();
    let places = (timers, requests, handled, in_pipes.len(), wakes);
    let legal = match state {
        State::Blocked(Reason::Disk) => {
            matches!(places, (1, 0, 0, 0, 0) | (0, 1, 0, 0, 0) | (0, 0, 1, 0, 0))
        }
        State::Blocked(Reason::Period) => places == (1, 0, 0, 0, 0),
        State::Blocked(reason @ (Reason::PipeEmpty(_) | Reason::PipeFull(_))) => {
            matches!(places, (0, 0, 0, 1, 0) | (0, 0, 0, 0, 1))
                && in_pipes.iter().all(|place| *place == reason)
        }
        // Where they wait is looked at in `objects`.
        State::Blocked(
            Reason::Object(_) | Reason::Interpreter | Reason::Child | Reason::Thread(_),
        ) => {
            matches!(places, (0, 0, 0, 0, 0 | 1))
        }
        // Where they wait is looked at in `network`.
        State::Blocked(reason) if reason.is_network() => {
            matches!(places, (0, 0, 0, 0, 0 | 1))
        }
        _ => places == (0, 0, 0, 0, 0),
    };
    law!(
        legal,
        "{task:?} is {state:?}: (timer, disk, handler, pipes, wakes) {places:?}"
    );
    let reaps = machine.pending.contains(&Pending::Reap(task));
    // The last thread of a child stays until its parent has waited for it.
    let process = machine.process_of(task);
    let waits = process
        .is_some_and(|process| process.state == ProcessState::Zombie && process.last == task);
    law!(
        reaps == (state == State::Zombie) || state == State::Zombie && waits,
        "{task:?} is {state:?}, to be reaped: {reaps}"
    );
    let seizes = machine.pending.contains(&Pending::Seize(task));
    law!(
        !seizes || state == State::Ready,
        "{task:?} is {state:?} and takes a CPU at once"
    );
    Ok(())
}

fn pipe_places(machine: &Machine, task: TaskId) -> Vec<Reason> {
    let mut places = Vec::new();
    for (index, pipe) in machine.pipes.iter().enumerate() {
        let id = PipeId::from_index(index);
        let readers = pipe
            .readers_waiting
            .iter()
            .filter(|waiting| **waiting == task);
        places.extend(readers.map(|_| Reason::PipeEmpty(id)));
        let writers = pipe
            .writers_waiting
            .iter()
            .filter(|waiting| **waiting == task);
        places.extend(writers.map(|_| Reason::PipeFull(id)));
    }
    places
}

fn cpus(machine: &Machine) -> Result<(), String> {
    for (index, cpu) in machine.cpus.iter().enumerate() {
        let id = CpuId::from_index(index);
        let state = |task: TaskId| machine.task(task).state;
        let legal = match cpu.mode {
            Mode::Idle => cpu.due == Time::NEVER,
            Mode::User(task) | Mode::Switching { to: task } => state(task) == State::Running(id),
            Mode::Handling { done, interrupted } => {
                state(done) == State::Blocked(Reason::Disk)
                    && interrupted.is_none_or(|task| match state(task) {
                        State::Running(on) => on == id,
                        State::Blocked(Reason::Disk) | State::Ready => true,
                        _ => false,
                    })
            }
            Mode::Receiving {
                packet,
                interrupted,
            } => {
                machine.network.packet(packet).is_some()
                    && interrupted.is_none_or(|task| match state(task) {
                        State::Running(on) => on == id,
                        State::Blocked(Reason::Disk) | State::Ready => true,
                        _ => false,
                    })
            }
            Mode::Held(task) => {
                matches!(state(task), State::Blocked(Reason::Disk) | State::Ready)
                    && cpu.due == Time::NEVER
            }
        };
        law!(legal, "{id:?} is {cpu:?}");
        law!(cpu.due >= machine.now, "{id:?} missed its moment: {cpu:?}");
        let (busy, kernel) = machine.cpu_use(id);
        law!(
            busy + kernel <= machine.now.since(Time::ZERO),
            "{id:?} has used more than all time"
        );
    }
    Ok(())
}

fn queue(code: &Code, machine: &Machine) -> Result<(), String> {
    let mut order = machine.ready_order(code);
    let first = order.first().copied();
    order.sort_unstable();
    let all = (0..machine.tasks.len()).map(TaskId::from_index);
    let ready: Vec<_> = all
        .filter(|task| machine.task(*task).state == State::Ready)
        .collect();
    law!(
        order == ready,
        "ready are {ready:?}, in the queue {order:?}"
    );
    law!(
        machine.ready as usize == ready.len(),
        "the count of ready tasks is {}",
        machine.ready
    );
    let picked = machine.scheduler.pick(&machine.context(code), None);
    law!(
        picked.is_some() == first.is_some(),
        "of {order:?} it picks {picked:?}"
    );
    law!(
        picked.is_none_or(|task| ready.contains(&task)),
        "of {order:?} it picks {picked:?}"
    );
    Ok(())
}

fn memory(code: &Code, machine: &Machine) -> Result<(), String> {
    for (index, partition) in machine.partitions.iter().enumerate() {
        let Some(task) = partition.task else { continue };
        let entry = machine.task(task);
        law!(
            entry.partition == Some(PartitionId::from_index(index)),
            "{task:?} is elsewhere"
        );
        law!(
            partition.size >= code.job(task).memory,
            "{task:?} does not fit"
        );
        law!(
            entry.is_live() && entry.state != State::New,
            "{task:?}: memory, {:?}",
            entry.state
        );
    }
    for (index, task) in machine.tasks.iter().enumerate() {
        let in_memory = machine
            .partitions
            .iter()
            .filter(|each| each.task == Some(TaskId::from_index(index)))
            .count();
        let expected = usize::from(
            !machine.partitions.is_empty() && task.is_live() && task.state != State::New,
        );
        law!(
            in_memory == expected,
            "task {index} is {:?}, {in_memory} partitions",
            task.state
        );
    }
    Ok(())
}

fn devices(code: &Code, machine: &Machine) -> Result<(), String> {
    let disk = &machine.disk;
    let blocked = machine
        .tasks
        .iter()
        .filter(|task| task.state == State::Blocked(Reason::Disk));
    let handled = machine
        .cpus
        .iter()
        .filter(|cpu| matches!(cpu.mode, Mode::Handling { .. }))
        .count();
    let in_flight = blocked.count() - handled;
    law!(
        disk.in_flight as usize == in_flight,
        "{} in flight, not {in_flight}",
        disk.in_flight
    );
    let queued = disk.in_flight as usize - usize::from(disk.serving.is_some());
    match code.config.disk {
        Disk::Fifo => law!(
            disk.queue.len() == queued && disk.serving.is_some() == (in_flight > 0),
            "{disk:?}"
        ),
        Disk::Parallel => law!(disk.queue.is_empty() && disk.serving.is_none(), "{disk:?}"),
    }
    let since = if in_flight > 0 {
        machine.now.since(disk.since)
    } else {
        Span::ZERO
    };
    law!(
        disk.busy + since <= machine.now.since(Time::ZERO),
        "the disk: more than all time"
    );
    for (index, pipe) in machine.pipes.iter().enumerate() {
        law!(
            pipe.messages() <= code.pipes[index].capacity,
            "pipe {index} overflows"
        );
        let id = PipeId::from_index(index);
        let (readers, writers) = if code.script.is_some() {
            let holders = |end| machine.holders_of(id, end).count();
            (holders(PipeEnd::Read), holders(PipeEnd::Write))
        } else {
            let jobs = (0..machine.tasks.len()).map(TaskId::from_index);
            let open = jobs.filter(|task| {
                let ended = matches!(machine.task(*task).state, State::Zombie | State::Exited);
                code.job(*task).writes[index] && !ended
            });
            (1, open.count())
        };
        law!(
            (pipe.readers as usize, pipe.writers as usize) == (readers, writers),
            "pipe {index}: {} readers, {} writers",
            pipe.readers,
            pipe.writers
        );
    }
    Ok(())
}

fn accounts(code: &Code, machine: &Machine) -> Result<(), String> {
    for index in 0..machine.tasks.len() {
        let task = TaskId::from_index(index);
        let arrival = machine.arrival(code, task);
        let sum = machine.accounting(task);
        let state = machine.task(task).state;
        let total = sum.cpu + sum.waiting + sum.blocked;
        let expected = match state {
            State::Absent => Span::ZERO,
            State::Zombie | State::Exited => {
                let completion = sum.completion.ok_or("it ended at no time")?;
                completion.since(arrival)
            }
            _ => machine.now.since(arrival),
        };
        law!(
            total == expected,
            "{task:?} {state:?}: {sum:?}, in the system for {expected:?}"
        );
        law!(
            needed(code, task).is_none_or(|needed| sum.cpu <= needed),
            "{task:?} has used more than its program needs"
        );
        law!(
            machine.registers(task).pc == sum.cpu.0,
            "{task:?}: its program counter is wrong"
        );
    }
    Ok(())
}
