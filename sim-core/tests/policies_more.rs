//! Figures of a textbook, what highest response ratio next promises, and what queues of CPUs promise.
//!
//! Random programs are those of `laws`; what holds of every machine is tested there.

// Their programs, not their tests.
#[path = "laws/worlds.rs"]
#[allow(dead_code, reason = "it serves other tests too")]
mod worlds;

#[path = "policies_more/queues.rs"]
mod queues;
#[path = "policies_more/stealing.rs"]
mod stealing;

use std::sync::Arc;

use proptest::prelude::*;
use sim_core::event::EventKind;
use sim_core::ids::TaskId;
use sim_core::machine::{Machine, State};
use sim_core::policy::{Key, Policy};
use sim_core::program::{Burst, Code, PolicyKind};
use sim_core::run::{Deviations, Outcome, run};
use sim_core::settings::Settings;
use sim_core::time::{Span, Time, Unit};
use sim_core::view::metrics::Metrics;
use sim_core::workload::Workload;

use worlds::{hold, job, plain, play};

/// When each job of a list ends, in units.
fn ends(jobs: &str, pairs: &[(&str, &str)]) -> Vec<u64> {
    ends_with(jobs, pairs, Deviations::new())
}

/// The same, with a person's choices.
fn ends_with(jobs: &str, pairs: &[(&str, &str)], chosen: Deviations) -> Vec<u64> {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        settings.set(name, value).expect("a sound setting");
    }
    let workload = Workload::from_list(jobs, Unit::MILLISECOND).expect("a sound list");
    let code = workload.code(&settings).expect("a sound workload");
    let trace = run(Arc::new(code), chosen);
    assert_eq!(trace.outcome(), Outcome::Finished);
    let metrics = Metrics::at_end(&trace);
    let end = |end: Option<Time>| end.expect("it has ended").0 / Unit::MILLISECOND.span().0;
    metrics.jobs.iter().map(|job| end(job.completion)).collect()
}

/// Stallings, *Operating Systems: Internals and Design Principles*, table 9.4 (five processes) and
/// table 9.5 (when they finish). A process that arrives at the end of a slice stands in front of the
/// one whose slice it was.
#[test]
fn five_processes_under_six_policies() {
    let jobs = "3,6@2,4@4,5@6,2@8";
    for (pairs, finish) in [
        (&[("policy", "fcfs")][..], [3, 9, 13, 18, 20]),
        (
            &[("policy", "rr"), ("slice", "1"), ("ties", "arrivals-first")],
            [4, 18, 17, 20, 15],
        ),
        (
            &[("policy", "rr"), ("slice", "4"), ("ties", "arrivals-first")],
            [3, 17, 11, 20, 19],
        ),
        (&[("policy", "sjf")], [3, 9, 15, 20, 11]),
        (&[("policy", "srtf")], [3, 15, 8, 20, 10]),
        (&[("policy", "hrrn")], [3, 9, 13, 20, 15]),
    ] {
        assert_eq!(ends(jobs, pairs), finish, "{pairs:?}");
    }
}

/// A policy that preempts does not undo a person's choice at once; who comes later it prefers as ever.
#[test]
fn a_choice_holds_until_somebody_better_comes() {
    let first = |task| Deviations::from([(0, TaskId(task))]);
    let srtf = &[("policy", "srtf")];
    assert_eq!(ends_with("5,2", srtf, Deviations::new()), [7, 2]);
    assert_eq!(ends_with("5,2", srtf, first(0)), [5, 7]);
    assert_eq!(ends_with("5,2,1@3", srtf, first(0)), [8, 6, 4]);
}

/// A task alone goes on on its CPU, whose context is still there, though a lower one is idle too.
#[test]
fn a_task_stays_where_it_ran() {
    let machine = &[
        ("policy", "rr"),
        ("slice", "4"),
        ("cpus", "2"),
        ("switch_cost", "1"),
    ];
    assert_eq!(ends("2,10", machine), [3, 11]);
}

fn ready(machine: &Machine) -> impl Iterator<Item = TaskId> {
    let all = (0..machine.tasks.len()).map(TaskId::from_index);
    all.filter(|task| machine.task(*task).state == State::Ready)
}

/// Nobody with a lower ratio runs first; of equal ones, who has waited longer.
#[test]
fn hrrn_takes_the_highest_ratio() {
    hold(1_500, worlds::plain_worlds(&[PolicyKind::Hrrn]), |code| {
        let trace = play(&code);
        let mut machine = trace.start().clone();
        for event in trace.events() {
            let ctx = machine.context(&code);
            let ratio = |task| match machine.scheduler.key(&ctx, task) {
                Some(Key::ResponseRatio(ratio)) => Some(ratio),
                _ => None,
            };
            match event.kind {
                EventKind::Dispatched { task, .. } => {
                    let own = ratio(task);
                    let highest = ready(&machine).map(ratio).max();
                    prop_assert_eq!(Some(own), highest);
                    let order = machine.ready_order(&code);
                    prop_assert_eq!(order.first(), Some(&task));
                    let falls = order
                        .windows(2)
                        .all(|pair| ratio(pair[0]) >= ratio(pair[1]));
                    prop_assert!(falls, "{order:?}");
                }
                EventKind::Preempted { .. } | EventKind::SliceExpired { .. } => {
                    prop_assert!(false, "{event:?} under HRRN");
                }
                _ => {}
            }
            machine.apply(&code, event).unwrap();
        }
        Ok(())
    });
}

/// A long job and a stream of short ones, one of which is always ready: by the length of the burst the
/// long one waits for all of them. By the ratio it goes first once it has waited for a third of its
/// 30, because each short one has waited for a third of its 3.
#[test]
fn hrrn_starves_nobody() {
    let short = |number: u64| job((3 * number).saturating_sub(1), vec![Burst::Cpu(Span(3))]);
    let long = job(1, vec![Burst::Cpu(Span(30))]);
    let jobs: Vec<_> = core::iter::once(long).chain((0..100).map(short)).collect();
    let start = |kind| {
        let code = Code::new(plain(kind), jobs.clone(), Vec::new(), Vec::new());
        let metrics = Metrics::at_end(&play(&code));
        metrics.jobs[0].start
    };
    assert_eq!(start(PolicyKind::Sjf), Some(Time(300)));
    assert_eq!(start(PolicyKind::Hrrn), Some(Time(12)));
}
