//! The workload of the speed goals, run: what an instruction counter or a paired timing runs.
//!
//! `rr1000 [TASKS] [traced|stepped] [REPEATS]`: *traced* makes a run as every user of the library
//! does; *stepped* asks the rules and applies each event by hand, and records nothing. Prints how
//! many dispatches, I/O completions and exits there were (the *model events* of all simulators),
//! how many events were recorded, and the time of a repeat in nanoseconds: fastest, median, and
//! where Linux tells it the mean CPU time, which other processes disturb less.

#![allow(
    clippy::disallowed_types,
    reason = "it measures the simulator; the simulated world reads no clock"
)]

#[path = "../benches/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::Instant;

use common::is_model_event;
use sim_core::event::{Event, EventKind};
use sim_core::machine::Machine;
use sim_core::policy::Policy;
use sim_core::program::{Code, PolicyKind};
use sim_core::rules::{self, Next, Open};
use sim_core::run;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |place: usize| arguments.get(place).map(String::as_str);
    let tasks = argument(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000);
    let is_stepped = argument(2) == Some("stepped");
    let repeats: u32 = argument(3)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
        .max(1);

    let code = Arc::new(common::workload(tasks, PolicyKind::Rr));
    let (mut times, mut cpu) = (Vec::new(), 0);
    let mut counts = Counts::default();
    for repeat in 1..=repeats {
        let (start, cpu_start) = (Instant::now(), cpu_time());
        let mut finish = || {
            times.push(start.elapsed().as_nanos());
            cpu += cpu_time() - cpu_start;
        };
        if is_stepped {
            counts = step(&code);
            finish();
        } else {
            let trace = run::run(Arc::clone(&code), run::Deviations::new());
            finish();
            if repeat == repeats {
                // Counting is not part of the run.
                counts = Counts::default();
                trace.events().iter().for_each(|event| counts.add(event));
            }
        }
    }
    times.sort_unstable();
    let Counts {
        dispatches,
        completions,
        exits,
        events,
    } = counts;
    println!("dispatches {dispatches} completions {completions} exits {exits} events {events}");
    let (fastest, median) = (times[0], times[times.len() / 2]);
    let cpu = cpu / u64::from(repeats);
    println!("fastest {fastest} median {median} cpu {cpu}");
}

#[derive(Default)]
struct Counts {
    dispatches: usize,
    completions: usize,
    exits: usize,
    events: usize,
}

impl Counts {
    fn add(&mut self, event: &Event) {
        debug_assert!(!event.kind.is_switch() || is_model_event(event.kind));
        match event.kind {
            EventKind::Dispatched { .. } => self.dispatches += 1,
            EventKind::IoCompleted { .. } => self.completions += 1,
            EventKind::Exited { .. } => self.exits += 1,
            _ => {}
        }
        self.events += 1;
    }
}

/// Makes the run event by event.
fn step(code: &Code) -> Counts {
    let mut machine = Machine::new(code);
    let mut counts = Counts::default();
    loop {
        let event = match rules::next(code, &machine) {
            Next::Done(_) => return counts,
            Next::Forced(event) => event,
            Next::Choice(choice) => {
                let Open::Dispatch { cpu } = choice.open else {
                    panic!("a workload without pipes waits at nothing else");
                };
                let last = machine.cpu(cpu).last;
                let picked = machine.scheduler.pick(&machine.context(code), last);
                choice.take(&machine, picked.expect("several tasks are ready"))
            }
        };
        machine
            .apply(code, &event)
            .expect("the rules offer what can happen");
        counts.add(&event);
    }
}

/// The CPU time of this process so far in nanoseconds, where the system tells it: it is brought up
/// to date a few hundred times a second.
fn cpu_time() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}
