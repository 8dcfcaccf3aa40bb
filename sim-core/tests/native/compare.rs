//! What is claimed of simulated runs, looked for in real ones.

use std::time::Duration;

use sim_core::claims::Kind;
use sim_core::native::compare::{Aspect, Verdict, compare, compare_workload};
use sim_core::native::{self, Limits};
use sim_core::scenario;
use sim_core::settings::Settings;

use super::{order, program};

fn limits() -> Limits {
    Limits {
        wall: Duration::from_secs(120),
        events: 100_000,
        ..Limits::default()
    }
}

/// The fewest claims that are held against real runs and have to be so.
const FEWEST: usize = 60;

#[test]
fn both_machines_agree_on_every_scenario_with_a_real_form() {
    let (mut judged, mut scenarios) = (0, 0);
    for scenario in scenario::catalogue() {
        let code = scenario.workload.code(&Settings::default());
        if native::support(&code.expect("a scenario of the catalogue")).is_err() {
            continue;
        }
        let compared = compare(program(), scenario, 1, limits())
            .unwrap_or_else(|error| panic!("{}: {error}", scenario.slug));
        for claim in &compared.claims {
            assert_ne!(
                claim.verdict,
                Verdict::Disagrees,
                "{}: {claim:?}",
                scenario.slug
            );
            judged += usize::from(claim.verdict == Verdict::Agrees);
        }
        for fact in &compared.facts {
            assert_ne!(
                fact.verdict,
                Verdict::Disagrees,
                "{}: {fact:?}",
                scenario.slug
            );
        }
        assert!(compared.agrees());
        scenarios += 1;
    }
    assert!(judged >= FEWEST, "{judged} claims of {scenarios} scenarios");
}

#[test]
fn a_lost_update_comes_in_some_real_run() {
    let scenario = scenario::find("lost-update").expect("it is in the catalogue");
    let compared = compare(program(), scenario, 4, limits()).expect("it runs");
    let claim = compared
        .claims
        .iter()
        .find(|claim| claim.kind == Kind::Possible);
    let claim = claim.expect("that updates can be lost");
    assert_eq!(claim.verdict, Verdict::Agrees);
    assert!(claim.real.so > 0);
}

#[test]
fn what_the_program_fixes_is_compared_and_what_it_leaves_open_is_not_judged() {
    let fixed = "shared x = 0\ntask a × 3\n  fetch_add x, 1\n  print \"{self}\"\n";
    let order = order(fixed);
    let compared = compare_workload(program(), &order.workload, &order.over, 3, limits());
    for fact in compared.expect("it runs").facts {
        assert_eq!(fact.verdict, Verdict::Agrees, "{fact:?}");
        let expected = match fact.what {
            Aspect::Outcome => "finished",
            Aspect::Memory => "[3]",
            Aspect::Output => "0 / 1 / 2",
        };
        assert_eq!(fact.real, [expected]);
    }
}
