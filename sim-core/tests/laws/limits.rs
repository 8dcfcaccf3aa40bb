//! What stops a run that does not end by itself.

use sim_core::program::{Burst, Code, Config, Job, PolicyKind, limits};
use sim_core::run::{Limit, Outcome};
use sim_core::time::{Span, Time};

use crate::scripts::read;
use crate::worlds::{job, plain, play};

/// So many events are allowed at one moment.
const MOST: u64 = limits::EVENTS_AT_ONE_MOMENT_AT_LEAST;

/// A job that makes requests which take this long, for ever as far as a run can tell.
fn requests(span: u64) -> Code {
    let job = Job {
        rounds: limits::ROUNDS,
        ..job(0, vec![Burst::Io(Span(span))])
    };
    let config = Config {
        max_events: 2 * MOST,
        ..plain(PolicyKind::Fcfs)
    };
    Code::new(config, vec![job], Vec::new(), Vec::new())
}

#[test]
fn a_run_whose_clock_stands_still_is_stopped() {
    let trace = play(&requests(0));
    assert_eq!(trace.outcome(), Outcome::Limit(Limit::NoProgress));
    assert_eq!(
        (trace.end(), trace.len() as u64),
        (Time::ZERO, MOST),
        "neither earlier nor later"
    );
    // Where the clock goes on, if only a little, so does the run.
    let trace = play(&requests(1));
    assert_eq!(trace.outcome(), Outcome::Limit(Limit::Events));
}

/// A script whose lines cost nothing, and which never waits.
#[test]
fn a_script_that_spins_at_no_cost_is_stopped() {
    for line in ["yield", "let x = load turn", "pass"] {
        let text = format!("shared turn = 0\n\ntask spinner\n  repeat\n    {line}\n");
        let mut config = Config {
            max_events: 2 * MOST,
            ..plain(PolicyKind::Rr)
        };
        config.costs.instruction = Span::ZERO;
        let trace = play(&Code::of_script(config, read(&text)));
        assert_eq!(
            (trace.outcome(), trace.len() as u64),
            (Outcome::Limit(Limit::NoProgress), MOST),
            "{line}"
        );
    }
}
