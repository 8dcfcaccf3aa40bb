//! The workload of the speed goals, for benchmarks and for the example that is timed and counted.
//!
//! Not a scenario: nobody learns from it. The peers under `benches/peers` make the same numbers.

use sim_core::event::EventKind;
use sim_core::program::{Burst, Code, Config, Job, Place, PolicyKind};
use sim_core::time::{Span, Time};

/// One unit, in nanoseconds.
const UNIT: u64 = 1_000_000;

/// RR1000: tasks of 20 CPU bursts of 1 to 50 units with I/O of 1 to 100 units between, a slice of
/// 10 units, one CPU. The numbers come from a linear congruential generator (Knuth's MMIX
/// constants), so that any other simulator can be given the same.
pub fn workload(tasks: usize, kind: PolicyKind) -> Code {
    let mut state = 42_u64;
    let mut draw = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
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
            place: Place::Inside,
        }
    });
    let mut config = Config {
        max_events: u64::MAX,
        ..Config::default()
    };
    config.policy.kind = kind;
    config.policy.slice = Span(10 * UNIT);
    Code::new(config, jobs.collect(), Vec::new(), Vec::new())
}

/// Whether an event is one that every simulator has, whatever else it records: a dispatch, the end
/// of an I/O, the end of a task.
pub const fn is_model_event(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Dispatched { .. } | EventKind::IoCompleted { .. } | EventKind::Exited { .. }
    )
}
