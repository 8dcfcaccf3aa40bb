//! What holds of the views of every run.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use sim_core::call::Reason;
use sim_core::event::EventKind;
use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::State;
use sim_core::program::{Code, Config};
use sim_core::time::{Span, Time};
use sim_core::trace::{Cursor, Granularity, Trace};
use sim_core::view::lanes::{Stretch, segment_at, visible};
use sim_core::view::metrics::Metrics;
use sim_core::view::narration::{Turn, What, Why, narrate};
use sim_core::view::{CpuSegmentKind, FindingKind, Lanes, Merged, SegmentKind, findings};

use crate::scripts::{World, all_worlds};
use crate::worlds::{deviations, hold, play, played, worlds};

fn total<K>(lane: &[Stretch<K>], wanted: impl Fn(&K) -> bool) -> Span {
    Span(
        lane.iter()
            .filter(|each| wanted(&each.kind))
            .map(|each| each.span().0)
            .sum(),
    )
}

fn in_order<K: PartialEq>(lane: &[Stretch<K>]) -> bool {
    lane.iter().all(|each| each.from < each.to)
        && lane.windows(2).all(|pair| {
            let joined = pair[0].to == pair[1].from && pair[0].kind == pair[1].kind;
            pair[0].to <= pair[1].from && !joined
        })
}

#[test]
fn lanes_add_up_to_the_accounts() {
    hold(
        8_000,
        (all_worlds(), option_until()),
        |(World(code), until)| {
            let code = code.on(Config {
                until,
                ..code.config.clone()
            });
            let trace = play(&code);
            let lanes = Lanes::new(&trace);
            let metrics = Metrics::at_end(&trace);
            prop_assert_eq!(metrics.now, trace.end());
            let last = trace.last();
            for (job, lane) in metrics.jobs.iter().zip(&lanes.tasks) {
                prop_assert!(in_order(lane));
                if last.task(job.task).state == State::Absent {
                    prop_assert!(lane.is_empty());
                    continue;
                }
                let running = total(lane, |kind| {
                    matches!(
                        kind,
                        SegmentKind::Running(_)
                            | SegmentKind::Copying(_)
                            | SegmentKind::Scanning(_)
                    )
                });
                let blocked = total(lane, |kind| {
                    matches!(
                        kind,
                        SegmentKind::Blocked(_)
                            | SegmentKind::WaitingForData(_)
                            | SegmentKind::Outside(_)
                    )
                });
                let of_data = total(lane, |kind| {
                    matches!(
                        kind,
                        SegmentKind::WaitingForData(_)
                            | SegmentKind::Outside(Some(Reason::Data(_)))
                    )
                });
                prop_assert_eq!(of_data, job.network.waiting_for_data);
                let copying = total(lane, |kind| matches!(kind, SegmentKind::Copying(_)));
                let scanning = total(lane, |kind| matches!(kind, SegmentKind::Scanning(_)));
                // They are charged when they begin, and may be cut off.
                prop_assert!(copying <= job.network.copying);
                prop_assert!(scanning <= job.network.polling);
                let waiting = total(lane, |kind| {
                    matches!(
                        kind,
                        SegmentKind::New | SegmentKind::Ready | SegmentKind::Loading(_)
                    )
                });
                prop_assert_eq!(
                    (running, blocked, waiting),
                    (job.cpu.unwrap(), job.blocked, job.waiting.unwrap())
                );
                // Its time as a zombie is beyond its completion.
                let span = total(lane, |kind| !matches!(kind, SegmentKind::Zombie));
                let until = job.completion.unwrap_or(trace.end());
                prop_assert_eq!(span, until.since(job.arrival));
            }
            for (cpu, lane) in metrics.cpus.iter().zip(&lanes.cpus) {
                prop_assert!(in_order(lane));
                let busy = total(lane, |kind| matches!(kind, CpuSegmentKind::User(_)));
                let kernel = total(lane, |kind| {
                    matches!(
                        kind,
                        CpuSegmentKind::Switching(_)
                            | CpuSegmentKind::Handling(_)
                            | CpuSegmentKind::Receiving(_)
                    )
                });
                prop_assert_eq!((busy, kernel), (cpu.busy, cpu.switching));
                prop_assert_eq!(total(lane, |_| true), trace.end().since(Time::ZERO));
                prop_assert_eq!(
                    cpu.busy + cpu.switching + cpu.idle,
                    trace.end().since(Time::ZERO)
                );
            }
            prop_assert!(in_order(&lanes.disk));
            prop_assert_eq!(total(&lanes.disk, |_| true), metrics.disk_busy);
            let cpu: u64 = metrics.cpus.iter().map(|cpu| cpu.busy.0).sum();
            prop_assert_eq!(
                cpu,
                metrics
                    .jobs
                    .iter()
                    .map(|job| job.cpu.unwrap().0)
                    .sum::<u64>()
            );
            for share in [metrics.utilisation, metrics.fairness]
                .into_iter()
                .flatten()
            {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&share), "a share of {share}");
            }
            Ok(())
        },
    );
}

fn option_until() -> impl Strategy<Value = Option<Time>> {
    proptest::option::of((0..40_u64).prop_map(Time))
}

#[test]
fn lanes_show_the_machine() {
    hold(2_000, all_worlds(), |World(code)| {
        let trace = play(&code);
        let lanes = Lanes::new(&trace);
        let mut machine = trace.start().clone();
        for event in trace.events() {
            if event.at > machine.now {
                for (index, task) in machine.tasks.iter().enumerate() {
                    let shown = lanes.task_at(TaskId::from_index(index), machine.now);
                    let fits = match (task.state, shown.map(|segment| segment.kind)) {
                        (State::Absent | State::Exited, None)
                        // A child, until its parent has waited for it.
                        | (State::Zombie, Some(SegmentKind::Zombie))
                        | (State::New, Some(SegmentKind::New))
                        | (State::Ready, Some(SegmentKind::Ready)) => true,
                        (State::Running(on), Some(kind)) => kind.cpu() == Some(on),
                        (
                            State::Blocked(reason),
                            Some(SegmentKind::Blocked(shown) | SegmentKind::WaitingForData(shown)),
                        ) => reason == shown,
                        (State::Outside(reason), Some(SegmentKind::Outside(shown))) => {
                            reason == shown
                        }
                        _ => false,
                    };
                    prop_assert!(fits, "{:?} is shown as {:?}", task.state, shown);
                }
            }
            machine.apply(&code, event).unwrap();
        }
        Ok(())
    });
}

#[test]
fn a_window_shows_what_overlaps_it() {
    hold(
        1_500,
        (worlds(), 0..30_u64, 0..30_u64),
        |(code, from, span)| {
            let trace = play(&code);
            let lanes = Lanes::new(&trace);
            let (from, to) = (Time(from), Time(from + span));
            for lane in &lanes.cpus {
                let overlapping: Vec<_> = lane
                    .iter()
                    .filter(|each| each.to > from && each.from < to)
                    .copied()
                    .collect();
                prop_assert_eq!(visible(lane, from, to), overlapping.as_slice());
                let here = lane.iter().find(|each| each.from <= from && from < each.to);
                prop_assert_eq!(segment_at(lane, from), here);
            }
            Ok(())
        },
    );
}

#[test]
fn every_event_can_be_told() {
    hold(
        6_000,
        (all_worlds(), deviations()),
        |(World(code), deviations)| {
            let trace = played(&code, deviations);
            let mut machine = trace.start().clone();
            let mut runs = vec![0_u32; code.jobs.len()];
            for event in trace.events() {
                let before = machine.clone();
                machine.apply(&code, event).unwrap();
                let told = narrate(&code, &before, event, &machine);
                prop_assert_eq!(told.at, event.at);
                match (told.what, told.why) {
                    (
                        What::Dispatched {
                            task,
                            turn,
                            kernel,
                            cpu,
                            ..
                        },
                        why,
                    ) => {
                        prop_assert!(why.is_some(), "no reason for {event:?}");
                        let has_run = before.task(task).accounting.first_run.is_some();
                        prop_assert_eq!(turn == Turn::Again, has_run);
                        prop_assert_eq!(
                            kernel.is_some(),
                            machine.cpu(cpu).busy == before.cpu(cpu).busy
                                && machine.cpu(cpu).mode
                                    == sim_core::machine::Mode::Switching { to: task }
                        );
                        if let Some(Why::OnlyReady | Why::NobodyElse) = why {
                            let within_reach = before.scheduler.within_reach(cpu, before.ready);
                            prop_assert_eq!(within_reach, 1);
                        }
                        runs[task.index()] += 1;
                    }
                    (What::Preempted { task, .. }, why) => {
                        prop_assert!(why.is_some(), "no reason for {event:?}");
                        if let Some(Why::BeatenBy { rival, .. }) = why {
                            prop_assert!(rival.task != task);
                            prop_assert_eq!(machine.task(rival.task).state, State::Ready);
                        }
                    }
                    (What::Woken { .. }, why) => prop_assert!(why.is_some(), "who woke? {event:?}"),
                    (
                        What::Blocked {
                            reason: Reason::Period,
                            until,
                            ..
                        },
                        _,
                    ) => {
                        prop_assert!(until.is_some());
                    }
                    _ => {}
                }
            }
            Ok(())
        },
    );
}

/// Several machines for the same jobs.
fn compared() -> impl Strategy<Value = Vec<Arc<Trace>>> {
    let play = |worlds: Vec<World>| worlds.iter().map(|World(code)| play(code)).collect();
    vec(all_worlds(), 1..5).prop_map(play)
}

#[test]
fn merged_runs_keep_one_clock() {
    hold(900, compared(), |traces| {
        let merged = Merged::new(&traces);
        let mut all: Vec<_> = traces
            .iter()
            .enumerate()
            .flat_map(|(run, trace)| {
                trace
                    .events()
                    .iter()
                    .enumerate()
                    .map(move |(place, event)| (event.at, run, place))
            })
            .collect();
        all.sort_unstable();
        prop_assert_eq!(merged.len(), all.len());
        prop_assert_eq!(merged.event(0), None);
        let mut counts = vec![0; traces.len()];
        let mut switches = vec![0];
        prop_assert_eq!(&merged.counts(0), &counts);
        for (before, &(at, run, place)) in all.iter().enumerate() {
            let position = before + 1;
            counts[run] += 1;
            prop_assert_eq!(&merged.counts(position), &counts);
            prop_assert_eq!(merged.position(run, place + 1), position);
            prop_assert_eq!(merged.time(position), at);
            let event = merged.event(position).unwrap();
            prop_assert_eq!((event.run, event.before), (run, place));
            prop_assert_eq!(event.event, traces[run].events()[place]);
            prop_assert_eq!(
                merged.position_at(at),
                all.partition_point(|each| each.0 <= at)
            );
            if traces[run].events()[place].kind.is_switch() {
                switches.push(position);
            }
        }
        for position in 0..=all.len() {
            let next = switches.iter().find(|stop| **stop > position);
            prop_assert_eq!(
                merged.next_stop(position, Granularity::Switch),
                next.copied().unwrap_or(all.len())
            );
            let last = switches.iter().rfind(|stop| **stop < position);
            prop_assert_eq!(
                merged.previous_stop(position, Granularity::Switch),
                last.copied().unwrap_or(0)
            );
        }
        Ok(())
    });
}

#[test]
fn findings_say_who_waited_too_long() {
    hold(3_000, all_worlds(), |World(code)| {
        let code = code.on(Config {
            starvation: Some(Span(6)),
            ..code.config.clone()
        });
        let trace = play(&code);
        let found = findings(&trace);
        let misses = trace
            .events()
            .iter()
            .filter(|event| matches!(event.kind, EventKind::DeadlineMissed { .. }));
        let told = found
            .iter()
            .filter(|each| each.kind == FindingKind::DeadlineMissed);
        prop_assert_eq!(told.count(), misses.count());
        let metrics = Metrics::at_end(&trace);
        for job in &metrics.jobs {
            let longest = found
                .iter()
                .filter(|each| each.task == job.task)
                .filter_map(|each| match each.kind {
                    FindingKind::Starvation { waited } => Some(waited),
                    FindingKind::DeadlineMissed
                    | FindingKind::Deadlock { .. }
                    | FindingKind::Failed { .. } => None,
                });
            let expected = job.longest_wait.filter(|wait| *wait > Span(6));
            prop_assert_eq!(longest.max(), expected);
        }
        let mut cursor = Cursor::new(trace);
        for each in &found {
            cursor.seek(each.position);
            prop_assert!(cursor.machine().now <= each.at);
        }
        Ok(())
    });
}

/// The textbook's three jobs of 24, 3 and 3 units (Silberschatz §5.3.1): waiting 0, 24 and 27.
#[test]
fn metrics_are_the_textbooks() {
    use sim_core::program::{Burst, PolicyKind};
    use sim_core::time::Unit;

    let job = |span: u64| crate::worlds::job(0, vec![Burst::Cpu(Span(span * 1_000_000))]);
    let config = Config {
        unit: Unit::MILLISECOND,
        ..crate::worlds::plain(PolicyKind::Fcfs)
    };
    let code = Code::new(
        config,
        vec![job(24), job(3), job(3)],
        Vec::new(),
        Vec::new(),
    );
    let metrics = Metrics::at_end(&play(&code));
    assert_eq!(metrics.mean_waiting, Some(17.0));
    assert_eq!(metrics.mean_turnaround, Some(27.0));
    assert_eq!(metrics.mean_response, Some(17.0));
    assert_eq!(metrics.utilisation, Some(1.0));
    assert_eq!(metrics.throughput, Some(0.1));
    // Shares 1, 1/9 and 1/10 of each job's time in the system.
    let fairness = metrics.fairness.unwrap();
    let (sum, squares) = (1.0 + 1.0 / 9.0 + 0.1, 1.0 + 1.0 / 81.0 + 0.01);
    assert!(
        (fairness - sum * sum / (3.0 * squares)).abs() < 1e-12,
        "{fairness}"
    );
    let cpu = Lanes::new(&play(&code)).cpus[CpuId(0).index()].clone();
    assert_eq!(
        cpu.iter()
            .map(|each| each.to.0 / 1_000_000)
            .collect::<Vec<_>>(),
        [24, 27, 30]
    );
}
