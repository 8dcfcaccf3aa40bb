//! What holds for every machine in every viewport, and the sizes that were promised for some.

mod check;
mod edges;
mod memory;
mod network;
mod processes;
mod real;
mod script;

use std::sync::Arc;

use proptest::prelude::*;
use sim_core::call::Reason;
use sim_core::ids::{ObjectId, TaskId};
use sim_core::machine::{Machine, Pending, State};
use sim_core::program::{Code, Place};
use sim_core::run;
use sim_core::settings::Settings;
use sim_core::time::Unit;
use sim_core::trace::{Cursor, Trace};
use sim_core::workload::Workload;

use super::*;
use check::{check, check_boxes, lacks_slots, object_slots};
use script::{STAGES, check_all, code, crowd, hold, script};

/// The stage on a full screen, beside catalogue and sentence.
const SCREEN: Size = Size {
    width: 1152.0,
    height: 714.0,
};
const PHONE: Size = Size {
    width: 390.0,
    height: 560.0,
};

fn trace(jobs: &str, settings: &[(&str, &str)]) -> Arc<Trace> {
    let workload = Workload::from_list(jobs, Unit::MILLISECOND).unwrap();
    run_of(&workload, settings)
}

fn run_of(workload: &Workload, settings: &[(&str, &str)]) -> Arc<Trace> {
    let mut over = Settings::default();
    for (name, value) in settings {
        over.set(name, value).unwrap();
    }
    Arc::new(run::run(
        Arc::new(workload.code(&over).unwrap()),
        run::Deviations::new(),
    ))
}

fn plan(trace: &Trace, viewport: Size) -> Plan {
    Plan::new(trace.code(), &Census::new(trace), viewport)
}

/// The layouts at some places of a run, evenly spread.
fn layouts(trace: &Arc<Trace>, plan: &Plan, places: usize) -> Vec<(Cursor, Layout)> {
    let mut cursor = Cursor::new(Arc::clone(trace));
    let mut layouts = Vec::new();
    for place in 0..=places {
        cursor.seek(trace.len() * place / places);
        let layout = Layout::new(plan, trace.code(), cursor.machine());
        layouts.push((cursor.clone(), layout));
    }
    layouts
}

#[test]
fn thirty_ready_tasks_still_read() {
    let jobs = vec!["c4 i2 c3"; 30].join(",");
    for policy in ["rr", "srtf", "mlfq"] {
        let trace = trace(&jobs, &[("policy", policy)]);
        let plan = plan(&trace, SCREEN);
        assert!(plan.scale.label >= 14.0, "{policy}: {:?}", plan.scale);
        check_boxes(&plan);
        for (cursor, layout) in layouts(&trace, &plan, 40) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
            let hidden_ready = layout.more.iter().any(|more| more.zone == Zone::Ready);
            assert!(!hidden_ready, "{policy}: every ready task has its slot");
        }
    }
}

#[test]
fn few_tasks_are_large() {
    for policy in ["rr", "srtf", "cfs"] {
        let trace = trace("c8 i3 c4,c5,c6 i2 c1,c3", &[("policy", policy)]);
        let plan = plan(&trace, SCREEN);
        // Twenty-six pixels read from the last row.
        assert!(plan.scale.label >= 26.0, "{policy}: {:?}", plan.scale);
        assert_eq!(plan.scale.detail, Detail::Full);
    }
}

#[test]
fn sixty_four_cpus_have_their_boxes() {
    let jobs = vec!["c9"; 100].join(",");
    let trace = trace(&jobs, &[("policy", "rr"), ("cpus", "64")]);
    for viewport in [
        SCREEN,
        Size {
            width: 620.0,
            height: 420.0,
        },
        Size {
            width: 390.0,
            height: 700.0,
        },
    ] {
        let plan = plan(&trace, viewport);
        check_boxes(&plan);
        assert_eq!(plan.hidden_cpus, 0, "{viewport:?}");
        for (cursor, layout) in layouts(&trace, &plan, 10) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        }
    }
}

#[test]
fn two_hundred_tasks_are_shown_or_counted() {
    let jobs = vec!["c3 i5 c2"; 200].join(",");
    let trace = trace(&jobs, &[("policy", "rr")]);
    for viewport in [
        SCREEN,
        PHONE,
        Size {
            width: 570.0,
            height: 340.0,
        },
    ] {
        let plan = plan(&trace, viewport);
        check_boxes(&plan);
        for (cursor, layout) in layouts(&trace, &plan, 30) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        }
    }
}

#[test]
fn phones_still_read() {
    let trace = trace("c8 i3 c4,c5,c6 i2 c1,c3", &[("policy", "rr")]);
    let plan = plan(&trace, PHONE);
    assert_ne!(plan.arrangement, Arrangement::Wide);
    assert!(plan.scale.label >= 15.0, "{:?}", plan.scale);
    check_boxes(&plan);
}

#[test]
fn six_runs_side_by_side_still_read() {
    let trace = trace("c10,c1 i3 c1 i3 c1@1,c6@2,c2@3", &[("policy", "srtf")]);
    let plan = plan(
        &trace,
        Size {
            width: 386.0,
            height: 308.0,
        },
    );
    assert!(plan.scale.label >= 13.0, "{:?}", plan.scale);
    check_boxes(&plan);
}

#[test]
fn in_a_small_window_six_runs_still_show_all_their_places() {
    // What `style/shell.css` leaves a stage in a comparison at least, in a window of 1280 by 720.
    const LEAST: Size = Size {
        width: 381.0,
        height: 243.0,
    };
    let scenario = sim_core::scenario::find("all-policies").unwrap();
    let runs = scenario.side_by_side();
    assert_eq!(runs.len(), 6);
    for run in runs {
        let code = Arc::new(scenario.workload.code(&run.settings).unwrap());
        let trace = Arc::new(run::run(code, run::Deviations::new()));
        let plan = plan(&trace, LEAST);
        check_boxes(&plan);
        assert_eq!(plan.viewport, LEAST, "{}: nothing is cut off", run.name);
        assert!(plan.disk.is_some(), "{}: the disk has its place", run.name);
        for (cursor, layout) in layouts(&trace, &plan, 10) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
            assert!(
                plan.levels == 1 || layout.levels.len() == plan.levels,
                "{}: each level has its place",
                run.name
            );
        }
    }
}

#[test]
fn a_token_that_nothing_moved_keeps_its_slot() {
    let trace = trace(
        "c8 i3 c4,c5,c6 i2 c1,c3 i9 c3 i9 c3",
        &[("policy", "rr"), ("slice", "2")],
    );
    let plan = plan(&trace, SCREEN);
    let mut cursor = Cursor::new(Arc::clone(&trace));
    let mut before = Layout::new(&plan, trace.code(), cursor.machine());
    for position in 1..=trace.len() {
        let ready_before = cursor.machine().ready_order(trace.code());
        cursor.seek(position);
        let after = Layout::new(&plan, trace.code(), cursor.machine());
        let ready_after = cursor.machine().ready_order(trace.code());
        for token in &after.tokens {
            let Some(was) = before.token(token.task) else {
                continue;
            };
            let place = |order: &[_]| order.iter().position(|task| *task == token.task);
            let moved_up = place(&ready_before) != place(&ready_after);
            if was.zone == token.zone && !moved_up {
                assert_eq!(was.rect, token.rect, "{token:?} at {position}");
            }
        }
        before = after;
    }
}

#[test]
fn memory_pipes_and_periods_have_their_places() {
    let text = r#"
        [machine]
        policy = "edf"
        [memory]
        partitions = [64, 32, 128]
        [[pipe]]
        name = "log"
        capacity = 2
        [[job]]
        name = "writer"
        memory = 30
        bursts = "c1 send:log c1 send:log c1 send:log c1"
        [[job]]
        name = "reader"
        memory = 60
        bursts = "c1 receive:log i9 c1 receive:log c1 receive:log"
        [[job]]
        name = "clock"
        memory = 20
        period = 5
        deadline = 4
        rounds = 3
        bursts = "c1"
        [[job]]
        name = "late"
        memory = 100
        bursts = "c3 i4 c1"
        [[job]]
        name = "later"
        memory = 100
        bursts = "c3"
    "#;
    let workload = Workload::from_toml("jobs.toml", text).unwrap();
    let trace = run_of(&workload, &[]);
    for viewport in [
        SCREEN,
        PHONE,
        Size {
            width: 760.0,
            height: 420.0,
        },
    ] {
        let plan = plan(&trace, viewport);
        check_boxes(&plan);
        assert!(plan.disk.is_some() && plan.timer.is_some() && plan.memory.is_some());
        assert_eq!(
            (plan.pipes.len(), plan.partitions.len()),
            (1, 3),
            "{viewport:?}"
        );
        for (cursor, layout) in layouts(&trace, &plan, 60) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_overlaps_and_all_is_on_the_stage(
        jobs in prop::collection::vec((1_u8..9, 0_u8..6, 1_u8..5, 0_u8..9), 1..70),
        policy in prop::sample::select(vec!["fcfs", "rr", "srtf", "mlfq", "cfs", "edf", "lottery"]),
        cpus in prop::sample::select(vec!["1", "2", "3", "5", "9", "16", "64"]),
        disk in prop::sample::select(vec!["parallel", "fifo"]),
        costs in prop::sample::select(vec!["textbook", "classroom"]),
        queues in 1_u8..9,
        width in 240.0_f32..2200.0,
        height in 240.0_f32..1300.0,
    ) {
        let jobs: Vec<_> = jobs
            .iter()
            .map(|(first, io, last, arrival)| match io {
                0 => format!("c{first}@{arrival}"),
                _ => format!("c{first} i{io} c{last}@{arrival}"),
            })
            .collect();
        let queues = queues.to_string();
        let settings = [("policy", policy), ("cpus", cpus), ("disk", disk), ("costs", costs), ("queues", &queues)];
        let trace = trace(&jobs.join(","), &settings);
        let plan = plan(&trace, Size { width, height });
        check_boxes(&plan);
        for (cursor, layout) in layouts(&trace, &plan, 12) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        }
    }
}
