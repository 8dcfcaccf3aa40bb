//! The workload of the speed table, run once: what an instruction counter or a paired timing runs.
//!
//! `rr1000 [TASKS] [traced|untraced] [REPEATS]`: TASKS tasks (1,000 unless given) of 20 CPU bursts
//! of 1 to 50 units with I/O of 1 to 100 units between, round robin with a slice of 10, one CPU.
//! Prints the number of model events (dispatches, I/O completions, exits) and of recorded events,
//! and the nanoseconds that the fastest repeat took.

use std::sync::Arc;
use std::time::Instant;

use sim_core::event::EventKind;
use sim_core::machine::Machine;
use sim_core::policy::Policy;
use sim_core::program::{Burst, Code, Config, Job, PolicyKind};
use sim_core::rules::{self, Next};
use sim_core::run;
use sim_core::time::{Span, Time};

/// One unit, in nanoseconds.
const UNIT: u64 = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |place: usize| arguments.get(place).map(String::as_str);
    let tasks = argument(1).and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let is_traced = argument(2) != Some("untraced");
    let repeats: u32 = argument(3).and_then(|text| text.parse().ok()).unwrap_or(1);

    let code = Arc::new(rr1000(tasks));
    let mut fastest = u128::MAX;
    let mut counts = (0, 0);
    for _ in 0..repeats {
        let start = Instant::now();
        counts = if is_traced { traced(&code) } else { untraced(&code) };
        fastest = fastest.min(start.elapsed().as_nanos());
    }
    let (model, events) = counts;
    println!("model_events {model} events {events} ns {fastest}");
}

fn is_model_event(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Dispatched { .. } | EventKind::IoCompleted { .. } | EventKind::Exited { .. }
    )
}

fn traced(code: &Arc<Code>) -> (usize, usize) {
    let trace = run::run(Arc::clone(code), run::Deviations::new());
    // Counting is not part of the run.
    (trace.events().iter().filter(|event| is_model_event(event.kind)).count(), trace.len())
}

fn untraced(code: &Arc<Code>) -> (usize, usize) {
    let mut machine = Machine::new(code);
    let (mut model, mut events) = (0, 0);
    loop {
        let event = match rules::next(code, &machine) {
            Next::Done(_) => return (model, events),
            Next::Forced(event) => event,
            Next::Choice(choice) => {
                let last = machine.cpu(choice.cpu).last;
                let picked = machine.scheduler.pick(&machine.context(code), last);
                choice.take(picked.expect("several tasks are ready"))
            }
        };
        machine.apply(code, &event).expect("the rules offer what can happen");
        model += usize::from(is_model_event(event.kind));
        events += 1;
    }
}

/// The workload, from a linear congruential generator (Knuth's MMIX constants).
fn rr1000(tasks: usize) -> Code {
    let mut state = 42_u64;
    let mut draw = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound + 1
    };
    let jobs = (0..tasks).map(|number| {
        let mut bursts = Vec::new();
        for burst in 0..20 {
            if burst > 0 {
                bursts.push(Burst::Io(Span(draw(100) * UNIT)));
            }
            bursts.push(Burst::Cpu(Span(draw(50) * UNIT)));
        }
        Job {
            name: number.to_string(),
            arrival: Time::ZERO,
            priority: 0,
            tickets: 100,
            period: None,
            deadline: None,
            rounds: 1,
            memory: 0,
            files: Vec::new(),
            parent: None,
            bursts,
            writes: Vec::new(),
        }
    });
    let mut config = Config { max_events: u64::MAX, ..Config::default() };
    config.policy.kind = PolicyKind::Rr;
    config.policy.slice = Span(10 * UNIT);
    Code::new(config, jobs.collect(), Vec::new(), Vec::new())
}
