//! Random scripts with sockets, sets of them, peers and asynchronous calls: every real run is one of the
//! machine, whatever the program does.
//!
//! `NET_CASES=5000 NATIVE_SEED=7` hunts for more.

use std::fmt::Write as _;

use sim_core::native;

use super::random::{Dice, number};
use super::{carry_out, order};

/// How many scripts are tried.
const CASES: u64 = 60;

/// What a script has beside sockets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Sets,
    /// Sets and no signals, whoever schedules the threads.
    Threads,
    Rings,
    Processes,
}

const DECLARATIONS: &str = "shared x = 0
lock a
event e
";
const HANDLER: &str = "def note(s)
  fetch_add x, s
def reads()
  let n, ok = try receive 4
  fetch_add x, n
";
const OF_PROCESSES: &str = "def work(n)
  let k, ok = receive 4 timeout 40
  let m, ok = send 5, 100
  exit n
def helper(n)
  let k, ok = accept 3 timeout 30
";

/// Lines with gaps: `P` a port, `C` a socket, `K` a small number, `N` a number of bytes, `T` a time limit,
/// `X` a set.
const LINES: &[&str] = &[
    "n = n + 1",
    "compute K",
    "sleep K",
    "yield",
    "let n = load x",
    "print \"n is {n}\"",
    "let c, ok = connect PT",
    "let c, ok = connect P",
    "let d, ok = acceptDT",
    "let d, ok = acceptDT",
    "let d, ok = try accept3",
    "let n, ok = receive CT",
    "let n, ok = receive C max NT",
    "let n, ok = try receive C",
    "let n, ok = try receive C max N",
    "let n, ok = send C, NT",
    "let n, ok = send C, NT",
    "let n, ok = try send C, N",
    "send c, N",
    "receive dT",
    "close C",
    "let s, ok = listen P",
    "set e",
    "let ok = wait e timeout 9",
    "acquire a timeout 9",
];
const OF_SETS: &[&str] = &[
    "watch add X, C",
    "watch add X, C edge",
    "watch add X, c edge",
    "watch add X, d",
    "watch remove X, C",
    "let n = selectXT",
    "let n = pollXT",
    "let n = epollXT",
    "let n = epollXT",
    "let c = readyX",
    "signal io C",
];
const OF_RINGS: &[&str] = &[
    "submit accept s as K",
    "submit receive C as K",
    "submit receive C max N as K",
    "submit send C, 20 as K",
    "let k, n = completionT",
    "let k, n = completionT",
    "let k, n = try completion",
];
const BY_PROCESSES: &[&str] = &[
    "let pid, ok = spawn work(K)",
    "let tid, ok = thread helper(K)",
    "let k, status = waitpid -1 timeout 60",
    "join tid timeout 20",
];
/// What peers do.
const OUTSIDE: &[&str] = &[
    "let c, ok = connect P",
    "let c, ok = connect P",
    "let n, ok = send c, NT",
    "let n, ok = send c, NT",
    "let n, ok = receive cT",
    "let n, ok = receive c max NT",
    "let n, ok = try receive c",
    "send c, N",
    "sleep K",
    "close c",
    "print \"n is {n}\"",
];

fn fill(dice: &mut Dice, pattern: &str) -> String {
    let mut text = String::new();
    for letter in pattern.chars() {
        match letter {
            'P' => text.push_str(dice.pick(&["1", "1", "1", "80", "7000"])),
            'C' => text.push_str(dice.pick(&["c", "c", "d", "d", "3", "4", "5", "6"])),
            'D' => text.push_str(dice.pick(&[" s", " s", " 3", " d"])),
            '3' => text.push_str(dice.pick(&[" s", " 3"])),
            'K' => text.push_str(dice.pick(&["0", "1", "2", "3", "20"])),
            'N' => text.push_str(dice.pick(&["0", "1", "20", "100", "600", "2000", "9000"])),
            'X' => text.push_str(dice.pick(&[" one", " one", " two"])),
            'T' => text.push_str(dice.pick(&[" timeout 0", " timeout 5", " timeout 60"])),
            other => text.push(other),
        }
    }
    text.replace("addone", "add one")
        .replace("add  ", "add ")
        .replace("remove  ", "remove ")
}

fn block(dice: &mut Dice, text: &mut String, all: &[&str], depth: usize, beside: Beside) {
    let indent = "  ".repeat(depth);
    for _ in 0..=2 + dice.below(5) {
        let kind = dice.below(12);
        if kind > 2 || depth > 3 {
            let pattern = dice.pick(all);
            let line = fill(dice, pattern);
            let _ = writeln!(text, "{indent}{line}");
            continue;
        }
        match kind {
            0 => {
                let _ = writeln!(text, "{indent}repeat 2");
                block(dice, text, all, depth + 1, beside);
            }
            1 if beside == Beside::Processes => {
                let _ = writeln!(text, "{indent}let pid, ok = fork");
                let _ = writeln!(text, "{indent}if ok and pid == 0");
                block(dice, text, all, depth + 1, beside);
                let end = dice.pick(&["exit 3", "exit 0", "exec work(2)", "pass"]);
                let _ = writeln!(text, "{indent}  {end}");
            }
            _ => {
                let _ = writeln!(text, "{indent}if ok");
                block(dice, text, all, depth + 1, beside);
            }
        }
    }
}

fn script(dice: &mut Dice) -> (String, &'static str, Beside) {
    let rings = || native::support(&order(RING).code().expect("a script")).is_ok();
    let beside = match dice.below(4) {
        0 => Beside::Sets,
        3 => Beside::Threads,
        1 if rings() => Beside::Rings,
        _ => Beside::Processes,
    };
    let mut text = DECLARATIONS.to_owned();
    let mut all = LINES.to_vec();
    match beside {
        Beside::Sets => {
            text.push_str("watch one\nwatch two\n");
            all.extend(OF_SETS);
        }
        Beside::Threads => {
            text.push_str("watch one\nwatch two\n");
            all.extend(OF_SETS);
            all.retain(|line| !line.starts_with("signal"));
            all.extend(["let tid, ok = thread helper(K)", "join tid timeout 20"]);
        }
        Beside::Rings => all.extend(OF_RINGS),
        Beside::Processes => all.extend(BY_PROCESSES),
    }
    for number in 0..1 + dice.below(3) {
        let late = dice.pick(&["", "", " at 5"]);
        let _ = writeln!(text, "task t{number}{late}");
        text.push_str("  let n = 0\n  let k = 0\n  let ok = 0\n  let pid = 0\n  let tid = 0\n");
        text.push_str("  let c = 4\n  let d = 5\n  let s = 3\n");
        if matches!(beside, Beside::Sets | Beside::Processes) {
            // Nobody is ended by a signal that no record could tell of.
            let handler = dice.pick(&["note", "note interrupting", "reads", "ignore"]);
            let _ = writeln!(text, "  on signal SIGIO {handler}");
        }
        if number == 0 {
            text.push_str("  s, ok = listen 1\n");
        }
        block(dice, &mut text, &all, 1, beside);
    }
    for number in 0..dice.below(3) {
        let many = dice.pick(&["", " × 2", " × 3"]);
        let late = dice.pick(&["", " at 5", " at 20 every 3"]);
        let _ = writeln!(text, "peer p{number}{many}{late}");
        text.push_str("  let n = 0\n  let ok = 0\n  let c = 3\n");
        text.push_str("  c, ok = connect 1\n");
        for _ in 0..3 + dice.below(6) {
            let pattern = dice.pick(OUTSIDE);
            let line = fill(dice, pattern);
            let _ = writeln!(text, "  {line}");
        }
    }
    if matches!(beside, Beside::Sets | Beside::Processes) {
        text.push_str(HANDLER);
    }
    if matches!(beside, Beside::Threads | Beside::Processes) {
        text.push_str(OF_PROCESSES);
    }
    // Who is told of each arrival must not be sent more than the script's buffer holds.
    let buffer =
        match text.contains("signal io") || text.contains("edge") || beside == Beside::Rings {
            true => "65536",
            false => dice.pick(&["1000", "2048", "65536"]),
        };
    (text, buffer, beside)
}

const RING: &str = "task t\n  let k, n = try completion\n";

#[test]
fn every_run_of_random_sockets_is_one_of_the_machine() {
    let mut outcomes = std::collections::BTreeMap::new();
    let seed = number("NATIVE_SEED", 1);
    for case in 0..number("NET_CASES", CASES) {
        let mut dice = Dice::of(seed.wrapping_mul(0x9E37_79B9).wrapping_add(case + 1) | 1 << 40);
        let (text, buffer, beside) = script(&mut dice);
        let mut order = order(&text);
        if matches!(beside, Beside::Threads | Beside::Rings) {
            let threads = dice.pick(&["kernel", "user", "hybrid", "stealing"]);
            order.over.set("threads", threads).expect("a setting");
            for name in ["kernel_threads", "processors"] {
                let count = dice.pick(&["1", "2", "3"]);
                order.over.set(name, count).expect("a setting");
            }
        }
        for name in ["send_buffer", "receive_buffer"] {
            order.over.set(name, buffer).expect("a size");
        }
        match carry_out(&order) {
            Ok(run) => {
                let events = run.trace.as_ref().map(|trace| trace.events());
                let last = events.map(|events| &events[events.len().saturating_sub(20)..]);
                assert_eq!(run.stopped, None, "case {case}:\n{text}\n{last:#?}");
                *outcomes.entry(run.outcome.name()).or_insert(0) += 1;
            }
            // What a narrow buffer had no room for is in the kernel's larger one.
            Err(error) if error.to_string().contains("a connection is thrown away") => {}
            Err(error) => panic!("case {case}, {:?}:\n{text}\n{error}", order.over),
        }
    }
    assert!(outcomes.contains_key("finished"), "{outcomes:?}");
}
