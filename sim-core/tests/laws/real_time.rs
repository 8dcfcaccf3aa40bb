//! What theory says of deadlines (Liu and Layland, *Scheduling Algorithms for Multiprogramming in
//! a Hard-Real-Time Environment*, 1973): on one CPU, without costs, with deadlines at the ends of
//! periods.

use proptest::collection::vec;
use proptest::prelude::*;
use sim_core::event::EventKind;
use sim_core::program::{Burst, Code, Config, Job, PolicyKind, Ties};
use sim_core::run::Outcome;
use sim_core::time::Span;

use crate::worlds::{hold, job, plain, play};

/// All the periods divide it, so that what follows repeats what was.
const HYPERPERIOD: u64 = 120;
const PERIODS: [u64; 11] = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24];

/// A task: offset, burst, period.
type Periodic = (u64, u64, u64);

fn tasks() -> impl Strategy<Value = Vec<Periodic>> {
    let task = (0..10_u64, prop::sample::select(&PERIODS[..]), 1..100_u64);
    let task = task.prop_map(|(offset, period, part)| (offset, 1 + part * period / 250, period));
    vec(task, 1..6)
}

fn ties() -> impl Strategy<Value = Ties> {
    prop::sample::select(vec![
        Ties::CpuFirst,
        Ties::ArrivalsFirst,
        Ties::DispatchFirst,
    ])
}

/// CPU time needed in a hyperperiod.
fn load(tasks: &[Periodic]) -> u64 {
    tasks
        .iter()
        .map(|(_, burst, period)| burst * HYPERPERIOD / period)
        .sum()
}

/// How many deadlines are missed in two hyperperiods.
fn missed(tasks: &[Periodic], kind: PolicyKind, ties: Ties) -> usize {
    let jobs = tasks.iter().map(|&(offset, burst, period)| Job {
        period: Some(Span(period)),
        deadline: Some(Span(period)),
        rounds: u32::try_from(2 * HYPERPERIOD / period).unwrap(),
        ..job(offset, vec![Burst::Cpu(Span(burst))])
    });
    let config = Config {
        ties,
        ..plain(kind)
    };
    let trace = play(&Code::new(config, jobs.collect(), Vec::new(), Vec::new()));
    assert_eq!(trace.outcome(), Outcome::Finished);
    let is_miss = |kind| matches!(kind, EventKind::DeadlineMissed { .. });
    trace
        .events()
        .iter()
        .filter(|event| is_miss(event.kind))
        .count()
}

#[test]
fn edf_meets_all_deadlines_up_to_full_load() {
    hold(4_000, (tasks(), ties()), |(mut tasks, ties)| {
        while load(&tasks) > HYPERPERIOD {
            tasks.pop();
        }
        prop_assert_eq!(missed(&tasks, PolicyKind::Edf, ties), 0);
        Ok(())
    });
}

#[test]
fn rm_meets_all_deadlines_up_to_its_bound() {
    let bound = |count: f64| count * (2_f64.powf(1.0 / count) - 1.0);
    hold(4_000, (tasks(), ties()), |(mut tasks, ties)| {
        while load(&tasks) as f64 > bound(tasks.len() as f64) * HYPERPERIOD as f64 {
            tasks.pop();
        }
        prop_assert_eq!(missed(&tasks, PolicyKind::Rm, ties), 0);
        Ok(())
    });
}

#[test]
fn more_than_full_load_misses() {
    let overloaded = [(0, 2, 3), (0, 2, 5)];
    assert!(load(&overloaded) > HYPERPERIOD);
    for kind in [PolicyKind::Edf, PolicyKind::Rm] {
        assert!(missed(&overloaded, kind, Ties::CpuFirst) > 0, "{kind:?}");
    }
}

/// Between RM's bound and full load there are sets that only EDF keeps: 2/5 + 4/7 = 0.97. Under RM
/// the second task runs from 2 to 5 and gives way, with a unit left at its deadline, 7. (The set
/// of Silberschatz §5.6.3 is of this kind.)
#[test]
fn edf_keeps_what_rm_misses() {
    let tasks = [(0, 2, 5), (0, 4, 7)];
    assert_eq!(missed(&tasks, PolicyKind::Edf, Ties::CpuFirst), 0);
    assert!(missed(&tasks, PolicyKind::Rm, Ties::CpuFirst) > 0);
}
