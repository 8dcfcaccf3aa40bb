//! The speed of scripts, traced: what an instruction counter or a timing runs.
//!
//! `scripts [REPEATS]` runs three scripts of four threads on one CPU with round robin and prints, for
//! each, how many lines of the script were carried out, how many events were recorded, and the lines
//! and events a second of the fastest repeat. Lines are counted by the clock of the simulated machine,
//! on which each costs one unit.

#![allow(
    clippy::disallowed_types,
    reason = "it measures the simulator; the simulated world reads no clock"
)]

use std::sync::Arc;
use std::time::Instant;

use sim_core::run::{self, Deviations};
use sim_core::settings::Settings;
use sim_core::workload::Workload;

/// A shared access in nearly every line.
const COUNTER: &str = "
shared counter = 0
task worker × 4
  repeat 100000
    let x = load counter
    store counter = x + 1
";

/// The same under a lock for which the four compete.
const LOCKED: &str = "
shared counter = 0
lock m
task worker × 4
  repeat 60000
    acquire m
    let x = load counter
    store counter = x + 1
    release m
";

/// Mostly evaluation that no other thread can observe.
const LOCAL: &str = "
shared total = 0
task worker × 4
  let sum = 0
  let i = 0
  while i < 200000
    if i % 3 == 0 or i % 5 == 0
      sum = sum + i
    i = i + 1
  let old = fetch_add total, sum
";

fn main() {
    let repeats: u32 = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
        .max(1);
    for (name, text) in [("counter", COUNTER), ("locked", LOCKED), ("local", LOCAL)] {
        let workload = Workload::from_script(name, text).expect("it is right");
        let mut settings = Settings::default();
        settings.set("slice", "10").expect("it is right");
        let code = Arc::new(workload.code(&settings).expect("it is right"));
        let mut fastest = u128::MAX;
        let (mut lines, mut events) = (0, 0);
        for _ in 0..repeats {
            let start = Instant::now();
            let trace = run::run(Arc::clone(&code), Deviations::new());
            fastest = fastest.min(start.elapsed().as_nanos());
            let unit = code.config.unit.span().0;
            (lines, events) = (trace.end().0 / unit, trace.len() as u64);
        }
        let rate = |number: u64| u128::from(number) * 1_000 / fastest.max(1);
        println!(
            "{name}: {lines} lines, {events} events; {} M lines/s, {} M events/s",
            rate(lines),
            rate(events)
        );
    }
}
