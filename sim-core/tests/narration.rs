//! What is told of known situations, and why: the causes that a teacher would name.

use std::sync::Arc;

use sim_core::call::Reason;
use sim_core::ids::{CpuId, PipeId, TaskId};
use sim_core::policy::Key;
use sim_core::run::{Deviations, run};
use sim_core::settings::Settings;
use sim_core::time::{Span, Time};
use sim_core::view::narration::{
    CpuAfter, LevelChange, Narration, Rival, Turn, What, Why, narrate,
};
use sim_core::workload::Workload;

const A: TaskId = TaskId(0);
const B: TaskId = TaskId(1);
const C: TaskId = TaskId(2);
const CPU: CpuId = CpuId(0);

/// All that is told of a run whose times are in nanoseconds.
fn told_with(machine: &str, jobs: &[&str], deviations: Deviations) -> Vec<Narration> {
    let jobs = jobs
        .iter()
        .zip('A'..)
        .map(|(job, name)| format!("[[job]]\nname = \"{name}\"\n{job}\n"));
    let text = format!(
        "[machine]\nunit = \"ns\"\n{machine}\n{}",
        jobs.collect::<String>()
    );
    let workload = Workload::from_toml("test", &text).unwrap_or_else(|error| panic!("{error}"));
    let code = Arc::new(workload.code(&Settings::default()).unwrap());
    let trace = run(Arc::clone(&code), deviations);
    let mut machine = trace.start().clone();
    let mut told = Vec::new();
    for event in trace.events() {
        let before = machine.clone();
        machine.apply(&code, event).unwrap();
        told.push(narrate(&code, &before, event, &machine));
    }
    told
}

fn told(machine: &str, jobs: &[&str]) -> Vec<Narration> {
    told_with(machine, jobs, Deviations::new())
}

/// Why tasks were dispatched, in order.
fn dispatches(told: &[Narration]) -> Vec<(u64, TaskId, Option<Why>)> {
    let each = told.iter().filter_map(|narration| match narration.what {
        What::Dispatched { task, .. } => Some((narration.at.0, task, narration.why)),
        _ => None,
    });
    each.collect()
}

/// Why tasks lost their CPUs, in order.
fn preemptions(told: &[Narration]) -> Vec<(u64, TaskId, Option<Why>)> {
    let each = told.iter().filter_map(|narration| match narration.what {
        What::Preempted { task, .. } => Some((narration.at.0, task, narration.why)),
        _ => None,
    });
    each.collect()
}

#[test]
fn who_is_first_and_who_goes_on() {
    let told = told(
        "policy = \"rr\"\nslice = 2",
        &["bursts = \"c5\"", "bursts = \"c2\""],
    );
    assert_eq!(
        dispatches(&told),
        [
            (0, A, Some(Why::FirstInQueue)),
            (2, B, Some(Why::FirstInQueue)),
            (4, A, Some(Why::OnlyReady)),
            (6, A, Some(Why::NobodyElse)),
        ]
    );
    let What::Dispatched {
        turn,
        slice,
        kernel,
        cpu,
        ..
    } = told[4].what
    else {
        panic!()
    };
    assert_eq!(
        (turn, slice, kernel, cpu),
        (Turn::First, Some(Span(2)), None, CPU)
    );
    let expired = told
        .iter()
        .find(|each| matches!(each.what, What::SliceExpired { .. }))
        .unwrap();
    let what = What::SliceExpired {
        task: A,
        cpu: CPU,
        slice: Some(Span(2)),
        left: Span(3),
        level: None,
    };
    assert_eq!((expired.at, expired.what), (Time(2), what));
}

#[test]
fn the_shortest_and_its_equals() {
    let jobs = ["bursts = \"c5\"", "bursts = \"c2\"", "bursts = \"c2\""];
    let burst = |span| Some(Key::Burst(Span(span)));
    assert_eq!(
        dispatches(&told("policy = \"sjf\"", &jobs)),
        [
            (
                0,
                B,
                Some(Why::FirstOfEquals {
                    key: burst(2),
                    next: C
                })
            ),
            (
                2,
                C,
                Some(Why::BestKey {
                    key: burst(2),
                    next: Rival {
                        task: A,
                        key: burst(5)
                    }
                })
            ),
            (4, A, Some(Why::OnlyReady)),
        ]
    );
    let chosen = told_with("policy = \"sjf\"", &jobs, Deviations::from([(0, A)]));
    assert_eq!(
        dispatches(&chosen)[0],
        (0, A, Some(Why::Chosen { instead_of: B }))
    );
}

#[test]
fn who_beats_whom() {
    let told = told(
        "policy = \"srtf\"",
        &["bursts = \"c5\"", "arrival = 1\nbursts = \"c2\""],
    );
    let left = |span| Some(Key::Remaining(Span(span)));
    let beaten = Why::BeatenBy {
        rival: Rival {
            task: B,
            key: left(2),
        },
        key: left(4),
    };
    assert_eq!(preemptions(&told), [(1, A, Some(beaten))]);
}

#[test]
fn levels_and_boosts() {
    let machine = "policy = \"mlfq\"\nqueues = 2\nslice = 2\nallotment = 2\nboost = 7";
    let told = told(
        machine,
        &["bursts = \"c6\"", "arrival = 5\nbursts = \"c3\""],
    );
    let levels: Vec<_> = told
        .iter()
        .filter_map(|each| match each.what {
            What::SliceExpired { task, level, .. } => Some((each.at.0, task, level.unwrap())),
            _ => None,
        })
        .collect();
    assert_eq!(
        levels[0],
        (
            2,
            A,
            LevelChange::Stays {
                level: 0,
                slices_left: 1
            }
        )
    );
    assert_eq!(levels[1], (4, A, LevelChange::Moved { from: 0, to: 1 }));
    assert_eq!(
        preemptions(&told),
        [(
            5,
            A,
            Some(Why::HigherLevel {
                rival: B,
                level: 0,
                own: 1
            })
        )]
    );
    assert_eq!(
        dispatches(&told)[3],
        (5, B, Some(Why::HighestLevel { level: 0 }))
    );
    assert_eq!(
        levels[2],
        (
            7,
            B,
            LevelChange::Stays {
                level: 0,
                slices_left: 1
            }
        )
    );
    let boosted = told
        .iter()
        .find(|each| matches!(each.what, What::Boosted { .. }))
        .unwrap();
    assert_eq!(
        (boosted.at, boosted.what),
        (Time(7), What::Boosted { ready: 2 })
    );

    let told = self::told(
        "policy = \"mlfq\"\nslice = 4\nboost = 3",
        &["bursts = \"c4\""],
    );
    assert_eq!(preemptions(&told), [(3, A, Some(Why::Boost))]);
}

#[test]
fn the_disk() {
    let told = told(
        "policy = \"fcfs\"\ndisk = \"fifo\"",
        &["bursts = \"c1 i5 c1\"", "bursts = \"c1 i2 c1\""],
    );
    let blocked: Vec<_> = told
        .iter()
        .filter_map(|each| match each.what {
            What::Blocked {
                task,
                reason,
                until,
                cpu,
                ..
            } => Some((task, reason, until, cpu, each.why)),
            _ => None,
        })
        .collect();
    assert_eq!(
        blocked,
        [
            (
                A,
                Reason::Disk,
                Some(Time(6)),
                CpuAfter::Free { ready: 1 },
                None
            ),
            (
                B,
                Reason::Disk,
                None,
                CpuAfter::Idle,
                Some(Why::DiskQueue { ahead: 1 })
            ),
        ]
    );
    let done = told.iter().filter_map(|each| match each.what {
        What::IoCompleted { task, took } => Some((task, took)),
        _ => None,
    });
    assert_eq!(done.collect::<Vec<_>>(), [(A, Span(5)), (B, Span(6))]);

    let jobs = ["bursts = \"c1 i2 c1\"", "bursts = \"c4\""];
    let told = self::told("policy = \"fcfs\"\non_io_done = \"immediate\"", &jobs);
    assert_eq!(preemptions(&told), [(3, B, Some(Why::CpuTaken { by: A }))]);
    assert_eq!(dispatches(&told)[2], (3, A, Some(Why::TakesCpuAtOnce)));
    let told = self::told("policy = \"fcfs\"\non_io = \"wait\"", &jobs);
    assert_eq!(dispatches(&told)[1], (3, A, Some(Why::CpuHeld)));
}

#[test]
fn pipes_and_who_wakes() {
    let pipe = "[[pipe]]\nname = \"p\"\ncapacity = 1";
    let machine = format!("policy = \"fcfs\"\n{pipe}");
    let told = told(
        &machine,
        &[
            "bursts = \"receive:p receive:p\"",
            "bursts = \"send:p i1 c1\"",
        ],
    );
    let woken: Vec<_> = told
        .iter()
        .filter_map(|each| match each.what {
            What::Woken { task, reason, .. } => Some((task, reason, each.why)),
            _ => None,
        })
        .collect();
    let empty = Some(Reason::PipeEmpty(PipeId(0)));
    assert_eq!(
        woken,
        [
            (A, empty, Some(Why::MessageFrom { task: B })),
            (A, empty, Some(Why::LastWriterGone { task: B })),
        ]
    );
    let sent = told
        .iter()
        .find(|each| matches!(each.what, What::Sent { .. }))
        .unwrap();
    assert_eq!(
        sent.what,
        What::Sent {
            task: B,
            pipe: PipeId(0),
            messages: 1,
            capacity: 1
        }
    );

    let told = self::told(
        &machine,
        &["bursts = \"send:p send:p\"", "bursts = \"receive:p\""],
    );
    let room = told
        .iter()
        .find(|each| matches!(each.what, What::Woken { .. }))
        .unwrap();
    assert_eq!(room.why, Some(Why::RoomFrom { task: B }));
}

#[test]
fn periods_and_deadlines() {
    let told = told(
        "policy = \"edf\"",
        &["period = 2\nrounds = 2\nbursts = \"c3\""],
    );
    let missed = What::DeadlineMissed {
        task: A,
        left: Span(1),
        missed: 1,
    };
    assert!(
        told.iter()
            .any(|each| each.at == Time(2) && each.what == missed)
    );
    let late = What::Released {
        task: A,
        round: 1,
        deadline: Some(Time(4)),
    };
    let why = Some(Why::JobBeforeWasLate { by: Span(1) });
    assert!(told.contains(&Narration {
        at: Time(3),
        what: late,
        why,
        carriers: None,
    }));
}

#[test]
fn a_ticket_and_a_circle() {
    let jobs = [
        "tickets = 30\nbursts = \"c1\"",
        "tickets = 10\nbursts = \"c1\"",
    ];
    let (_, task, why) = dispatches(&told("policy = \"lottery\"", &jobs))[0];
    let held = if task == A { 30 } else { 10 };
    assert_eq!(why, Some(Why::TicketDrawn { held, of: 40 }));
    let jobs = ["bursts = \"c1\"", "bursts = \"c1\"", "bursts = \"c1\""];
    let circle = dispatches(&told("policy = \"rr\"\nnext = \"cyclic\"", &jobs));
    assert_eq!(
        circle[1],
        (1, B, Some(Why::NextInCircle { after: Some(A) }))
    );
}
