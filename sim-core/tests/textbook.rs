//! Policies against exercises of textbooks whose results are printed there.
//!
//! Figures only: the book's jobs and its averages. Silberschatz, Galvin and Gagne, *Operating System
//! Concepts*, 10th edition, chapter 5; Arpaci-Dusseau, *Operating Systems: Three Easy Pieces*.

use std::sync::Arc;

use sim_core::run::{Deviations, Outcome, run};
use sim_core::settings::Settings;
use sim_core::time::Unit;
use sim_core::trace::Trace;
use sim_core::view::metrics::Metrics;
use sim_core::workload::Workload;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        settings.set(name, value).expect("a sound setting");
    }
    settings
}

fn trace(workload: &Workload, pairs: &[(&str, &str)]) -> Trace {
    let code = workload.code(&settings(pairs)).expect("a sound workload");
    run(Arc::new(code), Deviations::new())
}

fn list(jobs: &str, pairs: &[(&str, &str)]) -> Vec<u64> {
    let workload = Workload::from_list(jobs, Unit::MILLISECOND).expect("a sound list");
    waits(&trace(&workload, pairs))
}

/// The waiting time of each job, in units.
fn waits(trace: &Trace) -> Vec<u64> {
    assert_eq!(trace.outcome(), Outcome::Finished);
    let metrics = Metrics::at(trace.code(), &trace.last());
    metrics
        .jobs
        .iter()
        .map(|job| job.waiting.unwrap().0 / Unit::MILLISECOND.span().0)
        .collect()
}

/// Silberschatz §5.3.1: the convoy of a long burst, and the same jobs in another order.
#[test]
fn first_come_first_served() {
    assert_eq!(list("24,3,3", &[("policy", "fcfs")]), [0, 24, 27]);
    assert_eq!(list("3,3,24", &[("policy", "fcfs")]), [0, 3, 6]);
}

/// Silberschatz §5.3.2: 6, 8, 7 and 3, on average 7.
#[test]
fn shortest_job_first() {
    assert_eq!(list("6,8,7,3", &[("policy", "sjf")]), [3, 16, 9, 0]);
}

/// Silberschatz §5.3.2: with preemption 6.5 on average, without it 7.75.
#[test]
fn shortest_remaining_time_first() {
    let jobs = "8,4@1,9@2,5@3";
    assert_eq!(list(jobs, &[("policy", "srtf")]), [9, 0, 15, 2]);
    assert_eq!(list(jobs, &[("policy", "sjf")]).iter().sum::<u64>(), 31);
}

/// Silberschatz §5.3.3: 24, 3 and 3 with a slice of 4, on average 17/3.
#[test]
fn round_robin() {
    assert_eq!(
        list("24,3,3", &[("policy", "rr"), ("slice", "4")]),
        [6, 4, 7]
    );
}

/// Silberschatz §5.3.4: five jobs with priorities, on average 8.2.
#[test]
fn priority() {
    let job = |name: &str, burst: u32, priority: u32| {
        format!("[[job]]\nname = \"{name}\"\nbursts = \"c{burst}\"\npriority = {priority}\n")
    };
    let text: String = [
        ("P1", 10, 3),
        ("P2", 1, 1),
        ("P3", 2, 4),
        ("P4", 1, 5),
        ("P5", 5, 2),
    ]
    .iter()
    .map(|(name, burst, priority)| job(name, *burst, *priority))
    .collect();
    let workload = Workload::from_toml("silberschatz.toml", &text).expect("a sound workload");
    assert_eq!(
        waits(&trace(&workload, &[("policy", "priority")])),
        [6, 0, 16, 18, 1]
    );
}

fn periodic(tasks: &[(u32, u32)]) -> Workload {
    let text: String = tasks
        .iter()
        .enumerate()
        .map(|(place, (period, burst))| {
            format!(
                "[[job]]\nname = \"P{}\"\nperiod = {period}\nbursts = \"c{burst}\"\n",
                place + 1
            )
        })
        .collect();
    Workload::from_toml("periodic.toml", &text).expect("a sound workload")
}

fn missed(tasks: &[(u32, u32)], policy: &str) -> u32 {
    let trace = trace(&periodic(tasks), &[("policy", policy)]);
    trace
        .last()
        .tasks
        .iter()
        .map(|task| task.accounting.missed)
        .sum()
}

/// Silberschatz §5.6.3 and §5.6.4: periods 50 and 100 with 20 and 35 fit rate-monotonic
/// scheduling; 50 and 80 with 25 and 35 (94 % of the CPU) do not, and earliest deadline first
/// schedules them.
#[test]
fn real_time() {
    assert_eq!(missed(&[(50, 20), (100, 35)], "rm"), 0);
    assert!(missed(&[(50, 25), (80, 35)], "rm") > 0);
    assert_eq!(missed(&[(50, 25), (80, 35)], "edf"), 0);
}

/// OSTEP §7.5 and §7.6: 100 at 0, then 10 and 10 at 10, shortest time to completion first: on
/// average 50; and three jobs of 5, round robin with a slice of 1: on average 14.
#[test]
fn shortest_time_to_completion_and_round_robin() {
    let turnaround = |jobs: &str, pairs: &[(&str, &str)]| -> u64 {
        let workload = Workload::from_list(jobs, Unit::MILLISECOND).expect("a sound list");
        let trace = trace(&workload, pairs);
        let metrics = Metrics::at(trace.code(), &trace.last());
        let units = |job: &sim_core::view::metrics::JobMetrics| {
            job.turnaround.expect("it has ended").0 / Unit::MILLISECOND.span().0
        };
        metrics.jobs.iter().map(units).sum()
    };
    assert_eq!(turnaround("100,10@10,10@10", &[("policy", "srtf")]), 150);
    assert_eq!(turnaround("5,5,5", &[("policy", "rr"), ("slice", "1")]), 42);
}
