//! The figures of the OSTEP homework simulators (remzi-arpacidusseau/ostep-homework), reproduced
//! tick for tick through the list of jobs and the settings that the command line takes.

use std::sync::Arc;

use serde::Deserialize;
use sim_core::event::EventKind;
use sim_core::ids::TaskId;
use sim_core::report::slots;
use sim_core::run::{Deviations, Outcome, run};
use sim_core::settings::Settings;
use sim_core::time::{Time, Unit};
use sim_core::trace::Trace;
use sim_core::view::Metrics;
use sim_core::workload::Workload;

const UNIT: Unit = Unit::MILLISECOND;

#[derive(Deserialize)]
struct Figures {
    scheduler: Vec<SchedulerCase>,
    mlfq: Vec<MlfqCase>,
    process_run: Vec<ProcessCase>,
}

fn figures() -> Figures {
    serde_json::from_str(include_str!("oracles/ostep-figures.json")).expect("the figures are JSON")
}

/// Runs a list of jobs under settings such as `policy=rr slice=2`.
fn trace_of(list: &str, settings: &str) -> Trace {
    let mut over = Settings::default();
    for pair in settings.split_whitespace() {
        let (name, value) = pair.split_once('=').expect("name=value");
        over.set(name, value).expect("a setting");
    }
    let workload = Workload::from_list(list, UNIT).expect("a list of jobs");
    let trace = run(
        Arc::new(workload.code(&over).expect("a workload")),
        Deviations::new(),
    );
    assert_eq!(trace.outcome(), Outcome::Finished, "{list} {settings}");
    trace
}

fn ticks(ns: u64) -> u64 {
    assert_eq!(ns % UNIT.span().0, 0, "whole ticks");
    ns / UNIT.span().0
}

fn moment(tick: u64) -> Time {
    Time(tick * UNIT.span().0)
}

#[derive(Deserialize)]
struct SchedulerCase {
    policy: String,
    quantum: Option<u64>,
    bursts: Vec<u64>,
    jobs: Vec<SchedulerJob>,
}

#[derive(Deserialize)]
struct SchedulerJob {
    job: usize,
    response: f64,
    turnaround: f64,
    wait: f64,
}

#[test]
fn scheduler() {
    let cases = figures().scheduler;
    assert_eq!(cases.len(), 150);
    for case in cases {
        let bursts: Vec<_> = case.bursts.iter().map(u64::to_string).collect();
        let slice = case
            .quantum
            .map_or_else(String::new, |slice| format!("slice={slice}"));
        let settings = format!("policy={} {slice}", case.policy.to_lowercase());
        let trace = trace_of(&bursts.join(","), &settings);
        let metrics = Metrics::at_end(&trace);
        assert_eq!(metrics.jobs.len(), case.jobs.len());
        for want in case.jobs {
            let job = metrics.jobs[want.job];
            let units = |span: Option<_>| UNIT.number(span.expect("the job is done"));
            let got = [
                units(job.response),
                units(job.turnaround),
                units(job.waiting),
            ];
            let want = [want.response, want.turnaround, want.wait];
            let agree = |(got, want): (&f64, &f64)| (got - want).abs() < 1e-9;
            let all_agree = got.iter().zip(&want).all(agree);
            assert!(
                all_agree,
                "{got:?} {want:?} {bursts:?} {settings} {:?}",
                job.task
            );
        }
    }
}

#[derive(Deserialize)]
struct MlfqCase {
    queues: u64,
    quantum: u64,
    allotment: u64,
    boost_every: u64,
    io_time: u64,
    io_keeps_priority: bool,
    jobs_in: Vec<MlfqInput>,
    jobs: Vec<MlfqJob>,
    run: Vec<(u64, u32, u8)>,
}

#[derive(Deserialize)]
struct MlfqInput {
    start: u64,
    run: u64,
    io_every: u64,
}

#[derive(Deserialize)]
struct MlfqJob {
    job: usize,
    response: u64,
    turnaround: u64,
}

impl MlfqInput {
    /// The job as bursts: an I/O after every `io_every` ticks, but none at the very end.
    fn bursts(&self, io_time: u64) -> String {
        let mut bursts = String::new();
        let mut left = self.run;
        while self.io_every > 0 && left > self.io_every {
            bursts.push_str(&format!("c{} i{io_time} ", self.io_every));
            left -= self.io_every;
        }
        format!("{bursts}c{left}@{}", self.start)
    }
}

#[test]
fn mlfq() {
    let cases = figures().mlfq;
    assert_eq!(cases.len(), 30);
    for case in cases {
        let jobs: Vec<_> = case
            .jobs_in
            .iter()
            .map(|job| job.bursts(case.io_time))
            .collect();
        let settings = format!(
            "policy=mlfq queues={} slice={} allotment={} boost={} io_keeps_priority={}",
            case.queues, case.quantum, case.allotment, case.boost_every, case.io_keeps_priority
        );
        let trace = trace_of(&jobs.join(","), &settings);
        let ran: Vec<_> = slots(&trace)
            .iter()
            .flat_map(|slot| {
                let (task, level) = (slot.task.0, slot.level.expect("a level"));
                (ticks(slot.from.0)..ticks(slot.to.0)).map(move |tick| (tick, task, level))
            })
            .collect();
        assert_eq!(ran, case.run, "{jobs:?} {settings}");
        let metrics = Metrics::at_end(&trace);
        for want in case.jobs {
            let job = metrics.jobs[want.job];
            let got = [job.response, job.turnaround].map(|span| ticks(span.expect("done").0));
            assert_eq!(got, [want.response, want.turnaround], "{jobs:?} {settings}");
        }
    }
}

/// The simulator's *iobump*, which the figures do not have: whose I/O is done goes to the front of
/// its queue, and the front of the queue runs.
#[test]
fn mlfq_with_io_to_front() {
    let ran = |io_to_front: bool| {
        let settings = format!("policy=mlfq queues=1 slice=10 io_to_front={io_to_front}");
        let slots = slots(&trace_of("c1 i2 c2,c6", &settings));
        let each = slots
            .iter()
            .map(|slot| (slot.task.0, ticks(slot.from.0), ticks(slot.to.0)));
        each.collect::<Vec<_>>()
    };
    assert_eq!(ran(true), [(0, 0, 1), (1, 1, 3), (0, 3, 5), (1, 5, 9)]);
    assert_eq!(ran(false), [(0, 0, 1), (1, 1, 7), (0, 7, 9)]);
}

#[derive(Deserialize)]
struct ProcessCase {
    programs: Vec<String>,
    io_length: u64,
    switch: String,
    io_done: String,
    total: u64,
    cpu_busy: u64,
    io_busy: u64,
    /// Each row: the tick (from 1; with a star where an I/O ended), then each process.
    states: Vec<Vec<String>>,
}

/// What a process does in the tick that begins at a moment, in the words of the simulator.
fn state(trace: &Trace, task: TaskId, tick: u64) -> String {
    let (from, to) = (moment(tick), moment(tick + 1));
    let slots = slots(trace);
    let mine = || slots.iter().filter(|slot| slot.task == task);
    let events = || {
        let events = trace.events().iter();
        events.filter(|event| event.kind.task() == Some(task))
    };
    if mine().any(|slot| slot.from <= from && to <= slot.to) {
        // The last tick before it blocks starts the I/O; the first after the I/O ends handles it.
        if events().any(|event| matches!(event.kind, EventKind::Blocked { .. }) && event.at == to) {
            return "RUN:io".to_owned();
        }
        let is_done = |kind| matches!(kind, EventKind::IoCompleted { .. });
        let done = events().rfind(|event| is_done(event.kind) && event.at <= from);
        let has_run = |since| mine().any(|slot| slot.to > since && slot.from < from);
        let handles = done.is_some_and(|done| !has_run(done.at));
        return if handles { "RUN:io_done" } else { "RUN:cpu" }.to_owned();
    }
    let before = events().take_while(|event| event.at <= from);
    let states = before.filter_map(|event| match event.kind {
        EventKind::Blocked { .. } => Some("BLOCKED"),
        EventKind::Exited { .. } => Some("DONE"),
        EventKind::Admitted { .. }
        | EventKind::IoCompleted { .. }
        | EventKind::Preempted { .. } => Some("READY"),
        _ => None,
    });
    states.last().unwrap_or("ABSENT").to_owned()
}

#[test]
fn process_run() {
    let cases = figures().process_run;
    assert_eq!(cases.len(), 30);
    for case in cases {
        let io = format!("i{}", case.io_length);
        let program = |text: &String| {
            let words: Vec<_> = text
                .split(',')
                .map(|word| if word == "i" { io.as_str() } else { word })
                .collect();
            words.join(" ")
        };
        let jobs: Vec<_> = case.programs.iter().map(program).collect();
        let on_io = match case.switch.as_str() {
            "SWITCH_ON_IO" => "switch",
            _ => "wait",
        };
        let on_io_done = match case.io_done.as_str() {
            "IO_RUN_LATER" => "later",
            _ => "immediate",
        };
        let settings = format!(
            "policy=fcfs next=cyclic io_issue_cost=1 io_done_cost=1 on_io={on_io} \
             on_io_done={on_io_done}"
        );
        let trace = trace_of(&jobs.join(","), &settings);
        let metrics = Metrics::at_end(&trace);
        let got = [metrics.now.0, metrics.cpus[0].busy.0, metrics.disk_busy.0].map(ticks);
        let want = [case.total, case.cpu_busy, case.io_busy];
        assert_eq!(got, want, "{jobs:?} {settings}");
        assert_eq!(case.states.len() as u64, case.total);
        for (tick, row) in (0..).zip(&case.states) {
            let ends_io = trace.events().iter().any(|event| {
                matches!(event.kind, EventKind::IoCompleted { .. }) && event.at == moment(tick)
            });
            let star = if ends_io { "*" } else { "" };
            let tasks = (0..jobs.len()).map(TaskId::from_index);
            let got: Vec<_> = core::iter::once(format!("{}{star}", tick + 1))
                .chain(tasks.map(|task| state(&trace, task, tick)))
                .collect();
            assert_eq!(&got, row, "{jobs:?} {settings}");
        }
    }
}
