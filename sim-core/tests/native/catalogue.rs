//! Every scenario that has a real form, on real threads: its runs are runs of the machine.

use std::time::Duration;

use sim_core::native::{self, Limits, Order};
use sim_core::run::Outcome;
use sim_core::scenario;

use super::run_order;

/// The fewest scenarios with a real form.
const FEWEST: usize = 80;

#[test]
fn every_scenario_with_a_real_form_runs_legally() {
    let mut runs = 0;
    for scenario in scenario::catalogue() {
        let order = Order {
            limits: Limits {
                // Those that spin for ever are stopped by this one.
                events: 20_000,
                wall: Duration::from_secs(120),
                ..Limits::default()
            },
            ..Order::new(scenario.workload.clone())
        };
        let code = order.code().expect("a scenario of the catalogue");
        if native::support(&code).is_err() {
            continue;
        }
        let run = run_order(&order);
        let is_stopped = matches!(run.outcome, Outcome::Limit(_));
        assert_eq!(is_stopped, run.stopped.is_some(), "{}", scenario.slug);
        runs += 1;
    }
    assert!(runs >= FEWEST, "{runs} scenarios have a real form");
}
