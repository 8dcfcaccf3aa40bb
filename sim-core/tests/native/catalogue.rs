//! Every scenario that has a real form, on real threads: its runs are runs of the machine.

use std::time::Duration;

use sim_core::native::{self, Limits, Order};
use sim_core::run::Outcome;
use sim_core::scenario;

use super::run_order;

/// The fewest scenarios with a real form.
const FEWEST: usize = 120;

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

/// How often each scenario runs that asks something of the kernel.
#[cfg(target_os = "linux")]
const TIMES: usize = 20;
/// The fewest of them.
#[cfg(target_os = "linux")]
const FEWEST_OF_KERNEL: usize = 44;

#[test]
#[cfg(target_os = "linux")]
fn scenarios_with_processes_signals_pipes_and_sockets_run_legally_many_times() {
    let mut scenarios = 0;
    for scenario in scenario::catalogue() {
        let variants = scenario.variants.iter().map(|variant| &variant.settings);
        let base = sim_core::settings::Settings::default();
        let mut all: Vec<_> = std::iter::once(&base).chain(variants).collect();
        all.retain(|settings| {
            let code = scenario.workload.code(settings);
            code.is_ok_and(|code| {
                let script = code.script.as_ref();
                let asks = script.is_some_and(|script| script.facilities().next().is_some());
                (asks || !code.pipes.is_empty()) && native::support(&code).is_ok()
            })
        });
        if all.is_empty() {
            continue;
        }
        scenarios += 1;
        for (time, settings) in all.iter().cycle().take(TIMES).enumerate() {
            let mut workload = scenario.workload.clone();
            // Now and then with its own times, and mostly with others: what is waited for is the same.
            if workload.script.is_some() && time % 5 != 0 {
                workload.settings.set("unit", "us").expect("a unit");
            }
            let order = Order {
                over: (*settings).clone(),
                limits: Limits {
                    // Who asks without a pause does so until the answer is there.
                    events: 500_000,
                    wall: Duration::from_secs(120),
                    ..Limits::default()
                },
                ..Order::new(workload)
            };
            let run = run_order(&order);
            assert_eq!(run.stopped, None, "{}", scenario.slug);
        }
    }
    assert!(scenarios >= FEWEST_OF_KERNEL, "{scenarios} scenarios");
}
