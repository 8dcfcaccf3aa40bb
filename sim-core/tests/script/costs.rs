//! What lines cost, and where a long evaluation is interrupted.

use sim_core::call::Call;
use sim_core::program::script::FUEL;

use crate::machine::{LINE, World, parse, run_task};

/// The CPU time of a task with this body, in lines, and the calls that it makes.
fn lines(body: &str) -> u64 {
    let body: String = body.lines().map(|line| format!("  {line}\n")).collect();
    let script = parse(&format!(
        "shared v = 0\nlock m\ndef f(n)\n  let r = n + 1\n  return r\ntask t\n{body}"
    ));
    let run = run_task(&script, 0, 0, World::Granting);
    assert!(
        matches!(run.last(), Call::EndThread | Call::Exit { .. }),
        "{:?}",
        run.last()
    );
    assert_eq!(run.time() % LINE, 0);
    run.time() / LINE
}

#[test]
fn each_line_that_is_carried_out_costs_once() {
    for (body, expected) in [
        ("pass", 1),
        ("let x = 1", 1),
        ("let x = 1\nlet y = x", 2),
        ("let x = 1\nx = x", 2),
        ("let x = (1 + 2) * 3 and 4 or not 5", 1),
        ("yield", 1),
        ("store v = 1\nlet x = load v\nstore v = x", 3),
        ("exit", 1),
        ("assert 1", 1),
        ("print \"{1 + 1}\"", 1),
        ("let x = random 1..6", 1),
        // The call, the two lines of the function.
        ("f(1)", 3),
        ("let x = f(1)", 3),
        // A condition is tested once; `else` costs nothing.
        ("if 1\n  pass", 2),
        ("if 0\n  pass", 1),
        ("let x = 0\nif x\n  pass\nelse\n  pass", 3),
        (
            "let x = 0\nif x\n  pass\nelif x + 1\n  pass\nelse\n  pass",
            4,
        ),
        ("let x = 0\nif x and x or not x\n  pass", 3),
        // A loop's test is carried out once more than its block.
        ("repeat 3\n  pass", 7),
        ("repeat 0\n  pass", 1),
        ("repeat -1\n  pass", 1),
        ("let n = 2\nrepeat n\n  n = 100", 6),
        ("let i = 0\nwhile i < 3\n  i = i + 1", 8),
        ("while true\n  break", 2),
        ("repeat\n  break", 2),
        ("repeat 2\n  continue\n  pass", 5),
        ("repeat 2\n  repeat 2\n    pass", 1 + 2 * (1 + 5)),
    ] {
        assert_eq!(lines(body), expected, "{body}");
    }
}

#[test]
fn compute_costs_what_it_says() {
    let script = parse("task t\n  let x = 3\n  compute 2\n  compute 0.5\n  compute x\n  yield\n");
    let run = run_task(&script, 0, 0, World::Granting);
    let unit = 1_000_000;
    // In one step with the lines around it; the line of `compute` itself is free.
    assert_eq!(run.calls[0].0, 2 * LINE + 5 * unit + unit / 2);
    assert_eq!(run.calls[0].1, Call::Yield);
    assert_eq!(run.calls[1].0, 0);
}

#[test]
fn a_fault_costs_the_lines_up_to_it() {
    let script = parse("task t\n  let x = 1\n  x = 2\n  x = x / 0\n  x = 3\n");
    let run = run_task(&script, 0, 0, World::Granting);
    assert_eq!(run.calls.len(), 1);
    assert_eq!((run.calls[0].0, run.calls[0].2), (3 * LINE, 4));
}

#[test]
fn a_loop_without_calls_passes_from_time_to_time() {
    let text = "task t\n  let i = 0\n  while i < 20000\n    i = i + 1\n  print \"{i}\"\n";
    let run = run_task(&parse(text), 0, 0, World::Granting);
    let calls: Vec<_> = run
        .calls
        .iter()
        .map(|(cost, call, _)| (*cost, *call))
        .collect();
    let fuel = u64::from(FUEL) * LINE;
    assert_eq!(calls[..4], [(fuel, Call::Pass); 4]);
    assert_eq!(run.printed, ["20000"]);
    assert_eq!(run.time(), (1 + 2 * 20_000 + 1 + 1) * LINE);
    // A task that never asks for anything is interrupted again and again.
    let run = run_task(
        &parse("task t\n  repeat\n    pass\n"),
        0,
        0,
        World::Granting,
    );
    assert_eq!(run.last(), Call::Pass);
    let run = run_task(
        &parse("task t\n  repeat\n    compute 1\n"),
        0,
        0,
        World::Granting,
    );
    assert_eq!(run.last(), Call::Pass);
}

#[test]
fn exactly_as_many_lines_as_there_is_fuel_need_no_pass() {
    for (lines, passes) in [(9_999, 0), (10_000, 1), (10_001, 1)] {
        let text = format!("task t\n{}  yield\n", "  pass\n".repeat(lines));
        let run = run_task(&parse(&text), 0, 0, World::Granting);
        let found = run.calls.iter().filter(|(_, call, _)| *call == Call::Pass);
        assert_eq!(found.count(), passes, "{lines} lines before the call");
        assert_eq!(run.time(), (lines as u64 + 1) * LINE);
    }
}
