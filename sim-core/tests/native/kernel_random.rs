//! Random scripts with processes, signals and pipes: every real run is one of the machine, whatever the
//! program does.
//!
//! `KERNEL_CASES=5000 NATIVE_SEED=7` hunts for more.

use std::fmt::Write as _;

use sim_core::trace::Trace;

use super::random::{Dice, number};
use super::{carry_out, order};

/// How many scripts are tried.
const CASES: u64 = 120;

const DECLARATIONS: &str = "shared x = 0
shared depth = 0
lock a
rlock r
queue q max 2
event e
pipe p max 1
pipe w max 2
pipe big
def note(s)
  fetch_add x, s
def locks()
  let ok = acquire a timeout 30
  if ok
    release a
def reaps()
  let pid, status = try waitpid
  sleep 3
def work(n)
  fetch_add x, n
  let k, ok = receive p timeout 40
  send w, k timeout 30
  exit n
def helper(n)
  sleep n
  let k, ok = try receive w
def fresh(n)
  let got = load x
  print \"fresh {n} {got}\"
  let me = getppid
";

/// Lines with gaps: `P` a pipe, `S` a signal, `D` what is done with it, `K` a small number, `T` a time
/// limit, `C` a process.
const LINES: &[&str] = &[
    "n = n + 1",
    "compute K",
    "sleep K",
    "yield",
    "let n = load x",
    "store x = n + K",
    "print \"n is {n}\"",
    "let ok = send P, nT",
    "let ok = try send P, K",
    "let k, ok = receive PT",
    "let k, ok = try receive P",
    "let k, ok = receive PT",
    "close P write",
    "close P read",
    "let pid, ok = spawn work(K)",
    "let pid, ok = spawn fresh(K)",
    "let tid, ok = thread helper(K)",
    "join tidT",
    "let k, status = waitpid CT",
    "let k, status = try waitpid C",
    "let k, status = waitpid -1T",
    "let n = getpid",
    "let n = getppid",
    "let ok = kill C, S",
    "let ok = kill C, S",
    "let ok = kill pid, S",
    "on signal S D",
    "on signal S D",
    "alarm K",
    "alarm 40",
    "acquire aT",
    "release a",
    "acquire r",
    "release r",
    "let ok = put q, kT",
    "let k, ok = get qT",
    "set e",
    "wait eT",
    "exit K",
    "assert n < 4",
];

fn line(dice: &mut Dice) -> String {
    let pattern = dice.pick(LINES);
    if pattern.starts_with("exit") && dice.below(4) > 0 {
        return "pass".to_owned();
    }
    let mut text = String::new();
    for letter in pattern.chars() {
        match letter {
            'P' => text.push_str(dice.pick(&["p", "w", "big"])),
            'S' => text.push_str(dice.pick(&[
                "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGCHLD", "SIGPIPE", "SIGALRM", "SIGCONT",
                "SIGKILL", "SIGQUIT",
            ])),
            'D' => text.push_str(dice.pick(&[
                "note",
                "note",
                "note interrupting",
                "locks",
                "reaps",
                "reaps interrupting",
                "ignore",
                "default",
            ])),
            'K' => text.push_str(dice.pick(&["0", "1", "2", "3", "20"])),
            'T' => text.push_str(dice.pick(&[
                " timeout 0",
                " timeout 5",
                " timeout 60",
                " timeout 60",
            ])),
            'C' => text.push_str(dice.pick(&["2", "3", "4", "pid", "pid", "1", "9"])),
            other => text.push(other),
        }
    }
    text.replace("on signal SIGKILL", "on signal SIGUSR1")
}

fn block(dice: &mut Dice, text: &mut String, depth: usize) {
    let indent = "  ".repeat(depth);
    for _ in 0..=2 + dice.below(4) {
        let kind = dice.below(10);
        if kind > 3 || depth > 3 {
            let line = line(dice);
            let _ = writeln!(text, "{indent}{line}");
            continue;
        }
        match kind {
            0 => {
                let _ = writeln!(text, "{indent}repeat 2");
                block(dice, text, depth + 1);
            }
            1 | 2 => {
                let _ = writeln!(text, "{indent}let pid, ok = fork");
                let _ = writeln!(text, "{indent}if ok and pid == 0");
                block(dice, text, depth + 1);
                let end = dice.pick(&["exit 3", "exit 0", "exec fresh(2)", "pass"]);
                let _ = writeln!(text, "{indent}  {end}");
            }
            _ => {
                let _ = writeln!(text, "{indent}if n > 0");
                block(dice, text, depth + 1);
            }
        }
    }
}

fn script(dice: &mut Dice) -> String {
    let mut text = DECLARATIONS.to_owned();
    for number in 0..1 + dice.below(3) {
        let late = dice.pick(&["", "", " at 5"]);
        let _ = writeln!(text, "task t{number}{late}");
        text.push_str("  let n = 0\n  let k = 0\n  let tid = 0\n  let ok = 0\n  let pid = 0\n");
        text.push_str("  let status = 0\n");
        if dice.below(2) == 0 {
            let handler = dice.pick(&["note", "note interrupting", "reaps", "locks"]);
            let _ = writeln!(text, "  on signal SIGUSR1 {handler}");
            let _ = writeln!(text, "  on signal SIGCHLD {handler}");
            let _ = writeln!(text, "  on signal SIGTERM {handler}");
        }
        block(dice, &mut text, 1);
    }
    text
}

#[test]
fn every_run_of_random_processes_is_one_of_the_machine() {
    let mut outcomes = std::collections::BTreeMap::new();
    let seed = number("NATIVE_SEED", 1);
    for case in 0..number("KERNEL_CASES", CASES) {
        let mut dice = Dice::of(seed.wrapping_mul(0x9E37_79B9).wrapping_add(case + 1) | 1 << 40);
        let text = script(&mut dice);
        match carry_out(&order(&text)) {
            Ok(run) => {
                let outcome = run.outcome.name();
                // Each has an end: by itself, or because nothing can happen any more.
                let trace = run.trace.expect("it was recorded");
                assert!(outcome != "limit", "case {case}:\n{text}\n{}", told(&trace));
                *outcomes.entry(outcome).or_insert(0) += 1;
            }
            Err(error) => panic!("case {case}:\n{text}\n{error}"),
        }
    }
    assert!(outcomes.contains_key("finished"), "{outcomes:?}");
}

/// What happened, an event a line.
fn told(trace: &Trace) -> String {
    let events = trace.events().iter();
    events.map(|event| format!("{event:?}\n")).collect()
}
