//! Many simulated schedules of a program: on other machines, with random choices, in another world outside.

use std::sync::Arc;

use crate::ids::TaskId;
use crate::machine::Machine;
use crate::program::{Code, Config, Threads};
use crate::random::mix;
use crate::recording::carry_out;
use crate::rules::{self, End, Next};
use crate::run::{Deviations, Limit, Outcome, stuck};
use crate::settings::Settings;
use crate::time::Span;
use crate::trace::Trace;
use crate::workload::{BurstSpec, InputError, JobSpec, Workload};

/// How many random schedules are simulated on each machine.
const SCHEDULES: u64 = 12;
/// One choice in so many changes who comes first: often, or so seldom that somebody waits for longer than
/// what is done by the clock takes.
const CHANGES: [u64; 2] = [24, 1_000];
/// The machines: how many CPUs, and the cost of a line in units.
const MACHINES: [(&str, &str); 6] = [
    ("1", "1"),
    ("1", "0.01"),
    ("2", "1"),
    ("2", "0.01"),
    ("4", "0.1"),
    ("4", "0.001"),
];
/// The most events of a simulated run: what spins at hardly any cost is long.
const EVENTS: &str = "20000";

/// Simulates a program as it stands, and then under many schedules.
pub(super) fn sample(
    workload: &Workload,
    over: &Settings,
    look: &mut dyn FnMut(&Arc<Trace>),
) -> Result<(), InputError> {
    let code = Arc::new(workload.code(over)?);
    look(&Arc::new(crate::run::run(
        Arc::clone(&code),
        Deviations::new(),
    )));
    let crowded = with_company(workload);
    for (cpus, line) in MACHINES {
        let mut machine = over.clone();
        for (name, value) in [
            ("unit", code.config.unit.name()),
            ("cpus", cpus),
            ("policy", "rr"),
            ("slice", "0.3"),
            ("instruction_cost", line),
            ("max_events", EVENTS),
            ("ready_queue", "shared"),
        ] {
            // A setting that is not there is left as it is.
            let _ = machine.set(name, value);
        }
        for workload in [workload, &crowded] {
            let code = Arc::new(workload.code(&machine)?);
            for schedule in 0..SCHEDULES {
                let code = match outside(&code, schedule) {
                    Some(other) => Arc::new(other),
                    None => Arc::clone(&code),
                };
                let trace = simulate(&code, schedule);
                look(&Arc::new(trace));
            }
        }
    }
    Ok(())
}

/// The same program in another world: in one of three schedules the network is as near as that of a real
/// run, and in another one peers come late besides, one later than the other. The company of user-level
/// threads takes nothing from their carriers: of these, in the first of the three, all come late, as
/// where the kernel has others run first. None where it is left as it is.
fn outside(code: &Code, schedule: u64) -> Option<Code> {
    let unit = code.config.unit.span().0;
    let near = || {
        code.on(Config {
            network: code.config.network.loopback(),
            ..code.config.clone()
        })
    };
    match schedule % 3 {
        _ if code.peers() == 0 => None,
        1 if code.config.threads != Threads::Kernel => {
            let late = Span(mix(schedule, 0) % (2 * LATEST * unit));
            Some(near().with_late_tasks(late))
        }
        1 => Some(near()),
        2 => {
            Some(near().with_late_peers(|peer| {
                Span(mix(schedule, u64::from(peer.0) + 1) % (LATEST * unit))
            }))
        }
        _ => None,
    }
}

/// How many units a peer is late at most, where it is; tasks are by twice as many.
const LATEST: u64 = 3;

/// A run in which who is next is drawn: in even schedules by priorities, which are drawn anew now and
/// then, so that some wait for long while others do much (Burckhardt and others, 2010); in odd ones each
/// time.
fn simulate(code: &Arc<Code>, schedule: u64) -> Trace {
    let mut machine = Machine::new(code);
    let mut trace = Trace::new(Arc::clone(code), machine.clone());
    let mut draws = 0;
    let mut priorities = schedule;
    let outcome = loop {
        if trace.len() as u64 >= code.config.max_events {
            break Outcome::Limit(Limit::Events);
        }
        let event = match rules::next(code, &machine) {
            Next::Done(End::Finished) => break Outcome::Finished,
            Next::Done(End::Stalled) => break stuck(&machine),
            Next::Forced(event) => event,
            Next::Choice(choice) => {
                draws += 1;
                let draw = mix(schedule, draws);
                let changes = CHANGES[usize::from(schedule.is_multiple_of(4))];
                if draw.is_multiple_of(changes) || !schedule.is_multiple_of(2) {
                    priorities = draw;
                }
                let rank = |task: &TaskId| mix(priorities, task.0.into());
                let chosen = choice.options(&machine).max_by_key(rank);
                choice.take(&machine, chosen.unwrap_or(TaskId(0)))
            }
        };
        if carry_out(code, &mut machine, &mut trace, event).is_err() {
            // The rules offer only what can happen.
            break Outcome::Limit(Limit::NoProgress);
        }
    };
    trace.close(outcome, machine.now);
    trace
}

/// The same program beside tasks that take the CPU from it: what is done by the clock comes late.
fn with_company(workload: &Workload) -> Workload {
    const OTHERS: usize = 3;
    let mut crowded = workload.clone();
    if let Some(script) = &mut crowded.script {
        script.push_str("\ntask in_the_way × 3\n  repeat 40\n    compute 3\n    yield\n");
        return crowded;
    }
    let unit = workload.settings.unit().span();
    for number in 0..OTHERS {
        crowded.jobs.push(JobSpec {
            name: format!("in-the-way-{number}"),
            bursts: vec![BurstSpec::Cpu(Span(120 * unit.0))],
            ..JobSpec::default()
        });
    }
    crowded
}
