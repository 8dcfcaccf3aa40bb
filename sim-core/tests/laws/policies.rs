//! What each policy promises.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use sim_core::event::{Event, EventKind};
use sim_core::ids::TaskId;
use sim_core::machine::{Machine, Mode, State};
use sim_core::policy::Policy;
use sim_core::program::{Burst, Code, Config, PolicyKind};
use sim_core::run::{Deviations, Outcome, run};
use sim_core::time::{Span, Time};
use sim_core::view::metrics::Metrics;

use crate::scripts::{World, all_worlds};
use crate::worlds::{hold, job, plain, plain_worlds, play};

/// Looks at the machine before each event at which the clock moves on.
fn at_rest(code: &Code, mut law: impl FnMut(&Machine) -> TestCaseResult) -> TestCaseResult {
    let trace = play(code);
    let mut machine = trace.start().clone();
    for event in trace.events() {
        if event.at > machine.now {
            law(&machine)?;
        }
        machine.apply(code, event).unwrap();
    }
    Ok(())
}

/// The tasks whose programs run.
fn running(machine: &Machine) -> impl Iterator<Item = TaskId> {
    machine.cpus.iter().filter_map(|cpu| match cpu.mode {
        Mode::User(task) => Some(task),
        _ => None,
    })
}

fn ready(machine: &Machine) -> impl Iterator<Item = TaskId> {
    let all = (0..machine.tasks.len()).map(TaskId::from_index);
    all.filter(|task| machine.task(*task).state == State::Ready)
}

/// Nobody runs while somebody better, by this number, is ready in the same queue.
fn best_run<K: Ord + core::fmt::Debug>(
    machine: &Machine,
    number: impl Fn(TaskId) -> K,
) -> TestCaseResult {
    let queue = |task| machine.scheduler.queue_of(task);
    for runs in running(machine) {
        let rivals = ready(machine).filter(|task| queue(*task) == queue(runs));
        let Some(best) = rivals.min_by_key(|task| number(*task)) else {
            continue;
        };
        let (own, better) = (number(runs), number(best));
        prop_assert!(
            own <= better,
            "{runs:?} {own:?} runs, {best:?} {better:?} is ready"
        );
    }
    Ok(())
}

#[test]
fn preemptive_policies_run_the_best() {
    hold(12_000, all_worlds(), |World(code)| {
        at_rest(&code, |machine| {
            let entry = |task: TaskId| machine.task(task);
            match code.config.policy.kind {
                PolicyKind::Srtf => best_run(machine, |task| machine.left(task)),
                PolicyKind::Priority
                    if code.config.policy.preemptive && code.config.policy.aging.is_none() =>
                {
                    best_run(machine, |task| code.job(task).priority)
                }
                PolicyKind::Edf => {
                    best_run(machine, |task| entry(task).deadline.unwrap_or(Time::NEVER))
                }
                PolicyKind::Rm => {
                    let longest = Span(u64::MAX);
                    best_run(machine, |task| code.job(task).period.unwrap_or(longest))
                }
                PolicyKind::Mlfq => best_run(machine, |task| machine.scheduler.level(task)),
                _ => Ok(()),
            }
        })
    });
}

#[test]
fn fcfs_serves_in_order() {
    hold(1_500, plain_worlds(&[PolicyKind::Fcfs]), |code| {
        let trace = play(&code);
        let mut queue: Vec<TaskId> = Vec::new();
        for event in trace.events() {
            match event.kind {
                EventKind::Admitted { task } | EventKind::IoCompleted { task } => queue.push(task),
                EventKind::Dispatched { task, .. } => prop_assert_eq!(queue.remove(0), task),
                EventKind::Preempted { .. } | EventKind::SliceExpired { .. } => {
                    prop_assert!(false, "{event:?} under FCFS");
                }
                _ => {}
            }
        }
        Ok(())
    });
}

#[test]
fn sjf_takes_the_shortest_burst() {
    hold(1_500, plain_worlds(&[PolicyKind::Sjf]), |code| {
        let trace = play(&code);
        let mut machine = trace.start().clone();
        for event in trace.events() {
            if let EventKind::Dispatched { task, .. } = event.kind {
                let shortest = ready(&machine).map(|task| machine.left(task)).min();
                prop_assert_eq!(Some(machine.left(task)), shortest);
            }
            machine.apply(&code, event).unwrap();
        }
        Ok(())
    });
}

/// How long the longest stay of a task on a CPU may be, by the policy's slice at its start.
fn longest_stay(code: &Code, machine: &Machine, task: TaskId) -> Option<Span> {
    let policy = &code.config.policy;
    match policy.kind {
        PolicyKind::Rr | PolicyKind::Lottery | PolicyKind::Stride => Some(policy.slice),
        PolicyKind::Mlfq => {
            let (level, _) = machine.scheduler.level(task)?;
            Some(policy.mlfq.slices[usize::from(level)])
        }
        PolicyKind::Cfs => Some(policy.latency.max(policy.granularity)),
        _ => None,
    }
}

#[test]
fn nobody_runs_longer_than_a_slice() {
    hold(8_000, all_worlds(), |World(code)| {
        let trace = play(&code);
        let mut machine = trace.start().clone();
        let mut limits = vec![None; code.jobs.len()];
        for event in trace.events() {
            if let EventKind::Dispatched { task, .. } = event.kind {
                let stay = longest_stay(&code, &machine, task);
                limits[task.index()] = stay.map(|stay| machine.accounting(task).cpu + stay);
            }
            if let EventKind::CarrierTaken { task } = event.kind {
                // It has what is left to who left the kernel thread, if it goes on at once.
                let left = left_by(&machine, task, &limits);
                limits[task.index()] = left.map(|left| machine.accounting(task).cpu + left);
            }
            machine.apply(&code, event).unwrap();
            for task in running(&machine) {
                let used = machine.accounting(task).cpu;
                let limit = limits[task.index()];
                prop_assert!(
                    limit.is_none_or(|limit| used <= limit),
                    "{task:?} runs on and on"
                );
            }
        }
        Ok(())
    });
}

/// What was left of a slice to who was on the kernel thread that a task takes.
fn left_by(machine: &Machine, task: TaskId, limits: &[Option<Span>]) -> Option<Span> {
    let carriers = machine.carriers_of(task)?;
    let carrier = &carriers.all[usize::from(*carriers.free.last()?)];
    let name = carrier.name?;
    let limit = limits[name.index()]?;
    Some(limit - machine.accounting(name).cpu)
}

#[test]
fn mlfq_never_raises_a_task_but_by_a_boost() {
    hold(4_000, all_worlds(), |World(mut code)| {
        code.config.policy.kind = PolicyKind::Mlfq;
        let trace = play(&code);
        let mut machine = trace.start().clone();
        for event in trace.events() {
            let level = |machine: &Machine, task| machine.scheduler.level(task).unwrap().0;
            let tasks = || (0..code.jobs.len()).map(TaskId::from_index);
            let before: Vec<_> = tasks().map(|task| level(&machine, task)).collect();
            machine.apply(&code, event).unwrap();
            if let EventKind::CarrierTaken { .. } = event.kind {
                // A kernel thread keeps its level, whoever is on it.
                let mut after: Vec<_> = tasks().map(|task| level(&machine, task)).collect();
                let mut before = before;
                before.sort_unstable();
                after.sort_unstable();
                prop_assert_eq!(before, after);
                continue;
            }
            for task in tasks() {
                let (from, to) = (before[task.index()], level(&machine, task));
                match event.kind {
                    EventKind::PriorityAdjusted => prop_assert_eq!(to, 0),
                    EventKind::SliceExpired { task: expired, .. } if expired == task => {
                        prop_assert!(to == from || to == from + 1);
                    }
                    EventKind::Blocked { task: blocked, .. }
                    | EventKind::InterpreterDropped { task: blocked, .. }
                        if blocked == task =>
                    {
                        prop_assert!(to == from || to == from + 1);
                    }
                    _ => prop_assert_eq!(to, from),
                }
            }
        }
        Ok(())
    });
}

/// Jobs of one burst, all on one CPU.
fn single_bursts() -> impl Strategy<Value = Code> {
    vec((0..20_u64, 1..12_u64), 1..8).prop_map(|jobs| {
        let jobs = jobs
            .into_iter()
            .map(|(arrival, burst)| job(arrival, vec![Burst::Cpu(Span(burst))]));
        Code::new(
            plain(PolicyKind::Srtf),
            jobs.collect(),
            Vec::new(),
            Vec::new(),
        )
    })
}

/// On one CPU, shortest remaining time first has the least mean waiting time of all schedules
/// (Schrage, *A Proof of the Optimality of the Shortest Remaining Processing Time Discipline*,
/// 1968), and shortest job first of all when all jobs are there (Silberschatz §5.3.2).
#[test]
fn srtf_waits_least() {
    let waiting = |code: &Code, kind| -> u64 {
        let metrics = Metrics::at_end(&play(&code.on(plain(kind))));
        metrics.jobs.iter().map(|job| job.waiting.unwrap().0).sum()
    };
    hold(1_500, single_bursts(), |code| {
        let least = waiting(&code, PolicyKind::Srtf);
        for kind in crate::worlds::POLICIES {
            let other = waiting(&code, kind);
            prop_assert!(least <= other, "{kind:?} waits {other}, SRTF {least}");
        }
        let together = code
            .jobs
            .iter()
            .map(|each| job(0, each.bursts.clone()))
            .collect();
        let together = Code::new(code.config, together, Vec::new(), Vec::new());
        let least = waiting(&together, PolicyKind::Sjf);
        for kind in crate::worlds::POLICIES {
            let other = waiting(&together, kind);
            prop_assert!(least <= other, "{kind:?} waits {other}, SJF {least}");
        }
        Ok(())
    });
}

/// CPU-bound jobs with these tickets, which do not end before `LONG`.
fn shares(config: Config, tickets: &[u32]) -> Code {
    let jobs = tickets.iter().map(|&tickets| sim_core::program::Job {
        tickets,
        ..job(0, vec![Burst::Cpu(Span(LONG))])
    });
    Code::new(config, jobs.collect(), Vec::new(), Vec::new())
}

/// A plain machine with slices of thousands of nanoseconds: division by tickets rounds them down,
/// by less than a nanosecond each.
fn coarse(kind: PolicyKind) -> Config {
    let mut config = plain(kind);
    let policy = &mut config.policy;
    for span in [
        &mut policy.slice,
        &mut policy.latency,
        &mut policy.granularity,
    ] {
        span.0 *= 1_000;
    }
    config
}

const LONG: u64 = 30_000_000;

/// How far each task's CPU time is from its share, at most, at any event while all are there.
fn furthest_from_share(code: &Code) -> u64 {
    let until = Time(LONG);
    let all: u64 = code.jobs.iter().map(|job| u64::from(job.tickets)).sum();
    let config = Config {
        until: Some(until),
        ..code.config.clone()
    };
    let trace = play(&code.on(config));
    let mut machine = trace.start().clone();
    let mut furthest = 0;
    for event in trace.events() {
        machine.apply(code, event).unwrap();
        for (index, job) in code.jobs.iter().enumerate() {
            let share = machine.now.0 * u64::from(job.tickets) / all;
            let used = machine.accounting(TaskId::from_index(index)).cpu.0;
            furthest = furthest.max(used.abs_diff(share));
        }
    }
    furthest
}

#[test]
fn stride_and_cfs_keep_shares() {
    hold(60, vec(1..9_u32, 1..6), |tickets| {
        let tickets: Vec<_> = tickets.into_iter().map(|each| each * 50).collect();
        let count = tickets.len() as u64;
        // Waldspurger and Weihl: stride's error is bounded by the number of tasks, in slices.
        let stride = shares(coarse(PolicyKind::Stride), &tickets);
        let error = furthest_from_share(&stride);
        prop_assert!(
            error <= stride.config.policy.slice.0 * count,
            "stride is {error} off"
        );
        // A task of CFS may run for a latency (or the shortest slice) before the others do.
        let cfs = shares(coarse(PolicyKind::Cfs), &tickets);
        let error = furthest_from_share(&cfs);
        let policy = &cfs.config.policy;
        let bound = policy.latency.0 + policy.granularity.0 * count;
        prop_assert!(error <= bound, "CFS is {error} off, more than {bound}");
        Ok(())
    });
}

/// Whoever comes late, or comes back, gets its share from then on: no arrears for the time before.
#[test]
fn stride_and_cfs_owe_nothing_to_newcomers() {
    const START: u64 = 1_000_000;
    for kind in [PolicyKind::Stride, PolicyKind::Cfs] {
        let sleeper = vec![
            Burst::Cpu(Span(1)),
            Burst::Io(Span(START - 1)),
            Burst::Cpu(Span(LONG)),
        ];
        let newcomers = [job(START, vec![Burst::Cpu(Span(LONG))]), job(0, sleeper)];
        for newcomer in newcomers {
            let until = Some(Time(2 * START));
            let config = Config {
                until,
                ..coarse(kind)
            };
            let policy = config.policy.clone();
            let jobs = vec![job(0, vec![Burst::Cpu(Span(LONG))]), newcomer];
            let trace = play(&Code::new(config, jobs, Vec::new(), Vec::new()));
            let used = Metrics::at_end(&trace).jobs[1].cpu.unwrap().0;
            let slack = policy.slice.0.max(policy.latency.0) * 2;
            assert!(
                used.abs_diff(START / 2) <= slack,
                "{kind:?}: {used} of {START}"
            );
        }
    }
}

/// The number of wins is binomial; five standard deviations are missed once in two million draws.
#[test]
fn lottery_keeps_shares_on_average() {
    for seed in 0..20 {
        let mut config = plain(PolicyKind::Lottery);
        config.seed = seed;
        config.policy.slice = Span(1);
        config.until = Some(Time(10_000));
        let code = shares(config, &[300, 100]);
        let trace = play(&code);
        let used = Metrics::at_end(&trace).jobs[0].cpu.unwrap().0;
        let deviation = (10_000.0_f64 * 0.75 * 0.25).sqrt();
        let allowed = (5.0 * deviation).ceil() as u64;
        assert!(
            used.abs_diff(7_500) <= allowed,
            "seed {seed}: {used} of 10000"
        );
    }
}

#[test]
fn aging_ends_starvation() {
    let urgent = sim_core::program::Job {
        priority: 0,
        ..job(0, vec![Burst::Cpu(Span(2))])
    };
    let humble = sim_core::program::Job {
        priority: 9,
        ..job(0, vec![Burst::Cpu(Span(1))])
    };
    // A new urgent job arrives whenever the last one ends.
    let stream = (0..100).map(|number| sim_core::program::Job {
        arrival: Time(number * 2),
        ..urgent.clone()
    });
    let jobs: Vec<_> = core::iter::once(humble).chain(stream).collect();
    let mut config = plain(PolicyKind::Priority);
    config.policy.preemptive = false;
    let start = |config: &Config| {
        let code = Code::new(config.clone(), jobs.clone(), Vec::new(), Vec::new());
        let trace = play(&code);
        assert_eq!(trace.outcome(), Outcome::Finished);
        Metrics::at_end(&trace).jobs[0].start.unwrap()
    };
    assert_eq!(start(&config), Time(200));
    config.policy.aging = Some(Span(5));
    // Nine steps of aging make it equal, at 45; urgent jobs that arrive later stand behind it.
    assert_eq!(start(&config), Time(46));
}

#[test]
fn a_person_may_choose_against_the_policy() {
    let jobs = vec![
        job(0, vec![Burst::Cpu(Span(5))]),
        job(0, vec![Burst::Cpu(Span(1))]),
    ];
    let code = Code::new(plain(PolicyKind::Sjf), jobs, Vec::new(), Vec::new());
    let first = |deviations| {
        let trace = run(Arc::new(code.clone()), deviations);
        let dispatched = |event: &Event| matches!(event.kind, EventKind::Dispatched { .. });
        trace
            .events()
            .iter()
            .find(|event| dispatched(event))
            .unwrap()
            .kind
            .task()
    };
    assert_eq!(first(Deviations::new()), Some(TaskId(1)));
    assert_eq!(first(Deviations::from([(0, TaskId(0))])), Some(TaskId(0)));
    // A choice that does not fit is passed over.
    assert_eq!(
        first(Deviations::from([(0, TaskId(9)), (7, TaskId(0))])),
        Some(TaskId(1))
    );
}
