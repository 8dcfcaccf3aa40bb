//! Random scripts on real threads: every run is one of the machine, whatever the program does.
//!
//! The seed is fixed, so that the scripts are the same; `NATIVE_CASES=20000 NATIVE_SEED=7` hunts for
//! more.

use std::fmt::Write as _;

use super::{carry_out, order};

/// How many scripts are tried.
const CASES: u64 = 400;

/// Pseudo-random numbers (xorshift64*, Marsaglia 2003).
pub(super) struct Dice(u64);

impl Dice {
    /// From a seed that is not zero.
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).unwrap_or(0) % most
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const DECLARATIONS: &str = "shared x = 0
shared v[2] = 0
lock a
lock h handover
rlock r
condition ca of a
condition ch of h
condition cr of r
semaphore s = 1
semaphore b = 1 max 2
event e
barrier p = 2
rwlock wr prefer readers
rwlock ww prefer writers
rwlock wf prefer fair
queue q1 max 1
queue q2 max 2 lifo
queue q3 priority
def f(n)
  fetch_add x, n
  acquire a timeout 9
  release a
";

/// Lines with gaps: `L` a lock, `S` a semaphore, `W` a readers–writer lock, `Q` a queue, `V` a variable,
/// `K` a small number, `T` a time limit or none.
const LINES: &[&str] = &[
    "n = n + 1",
    "compute K",
    "let n = load V",
    "store V = n + K",
    "let n = swap V, K",
    "let n = cas V, K, n",
    "fetch_add V, K",
    "print \"n is {n}\"",
    "let n = random 0..K",
    "yield",
    "sleep K",
    "acquire ST",
    "let n = acquire ST",
    "let n = try acquire S",
    "release S",
    "release S K",
    "set e",
    "clear e",
    "let n = wait eT",
    "let n = wait p",
    "put Q, nT",
    "let n = try put Q, K",
    "let n, k = get QT",
    "let n, k = try get Q",
    "done Q",
    "let k = join QT",
    "notify ca",
    "notify ch",
    "notify cr K",
    "notify all cr",
    "let tid, ok = thread f(K)",
    "join tidT",
    "acquire LT",
    "let n = try acquire L",
    "release L",
    "wait caT",
    "acquire read WT",
    "let n = try acquire write W",
    "release W",
    "assert n < 3",
    "n = K / n",
];

fn line(dice: &mut Dice) -> String {
    let pattern = dice.pick(LINES);
    let mut text = String::new();
    for letter in pattern.chars() {
        match letter {
            'L' => text.push_str(dice.pick(&["a", "h", "r"])),
            'S' => text.push_str(dice.pick(&["s", "b"])),
            'W' => text.push_str(dice.pick(&["wr", "ww", "wf"])),
            'Q' => text.push_str(dice.pick(&["q1", "q2", "q3"])),
            'V' => text.push_str(dice.pick(&["x", "v[0]", "v[self % 2]"])),
            'K' => text.push_str(dice.pick(&["0", "1", "2", "3"])),
            'T' => text.push_str(dice.pick(&["", " timeout 0", " timeout 5", " timeout 60"])),
            other => text.push(other),
        }
    }
    text
}

/// Some lines, and what is done between an `acquire` and its `release`.
fn block(dice: &mut Dice, text: &mut String, depth: usize) {
    let indent = "  ".repeat(depth);
    for _ in 0..=dice.below(4) {
        let kind = dice.below(9);
        if kind > 3 || depth > 2 {
            let line = line(dice);
            let _ = writeln!(text, "{indent}{line}");
            continue;
        }
        match kind {
            0 => {
                let _ = writeln!(text, "{indent}repeat 2");
                block(dice, text, depth + 1);
            }
            1 => {
                let lock = dice.pick(&["a", "h", "r"]);
                let _ = writeln!(text, "{indent}acquire {lock}");
                block(dice, text, depth);
                if dice.below(2) == 0 {
                    let limit = dice.pick(&["", " timeout 8", " timeout 40"]);
                    let _ = writeln!(text, "{indent}let n = wait c{lock}{limit}");
                }
                let _ = writeln!(text, "{indent}release {lock}");
            }
            2 => {
                let (lock, how) = (
                    dice.pick(&["wr", "ww", "wf"]),
                    dice.pick(&["read", "write"]),
                );
                let limit = dice.pick(&["", "", " timeout 7"]);
                let _ = writeln!(text, "{indent}let got = acquire {how} {lock}{limit}");
                block(dice, text, depth);
                let _ = writeln!(text, "{indent}if got\n{indent}  release {lock}");
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
    for number in 0..2 + dice.below(3) {
        let replicas = 1 + dice.below(3);
        let late = dice.pick(&["", "", " at 5"]);
        let _ = writeln!(text, "task t{number} × {replicas}{late}");
        text.push_str("  let n = 0\n  let k = 0\n  let tid = 0\n  let ok = 0\n  let got = 0\n");
        block(dice, &mut text, 1);
    }
    text
}

pub(super) fn number(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(otherwise)
}

#[test]
fn every_run_of_a_random_script_is_one_of_the_machine() {
    let mut outcomes = std::collections::BTreeMap::new();
    let seed = number("NATIVE_SEED", 1);
    for case in 0..number("NATIVE_CASES", CASES) {
        let mut dice = Dice::of(seed.wrapping_mul(0x9E37_79B9).wrapping_add(case + 1) | 1 << 40);
        let text = script(&mut dice);
        let mut order = order(&text);
        let lock = dice.pick(&["off", "off", "any-instruction", "check-points"]);
        order.over.set("interpreter_lock", lock).expect("a setting");
        // Kernel threads contend for an interpreter lock, and no others.
        let threads = match lock {
            "off" => dice.pick(&["kernel", "user", "hybrid", "stealing"]),
            _ => "kernel",
        };
        order.over.set("threads", threads).expect("a setting");
        for name in ["kernel_threads", "processors"] {
            let count = dice.pick(&["1", "2", "3"]);
            order.over.set(name, count).expect("a setting");
        }
        let interval = dice.pick(&["1", "10", "100"]);
        order.over.set("unit", "us").expect("a unit");
        order
            .over
            .set("switch_interval", interval)
            .expect("a setting");
        match carry_out(&order) {
            Ok(run) => *outcomes.entry(run.outcome.name()).or_insert(0) += 1,
            Err(error) => panic!("case {case}, {:?}:\n{text}\n{error}", order.over),
        }
    }
    // The scripts do something: most of them stop somewhere, and some come to their end.
    assert!(outcomes.contains_key("finished"), "{outcomes:?}");
    assert!(outcomes.contains_key("stalled"), "{outcomes:?}");
    assert!(!outcomes.contains_key("limit"), "{outcomes:?}");
}
