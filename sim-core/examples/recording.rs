//! What recording an event costs: the CPU time of tasks that do nothing but access a variable, with
//! recording and without, in paired rounds.
//!
//! `cargo run --release --example recording [ROUNDS]`

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use sim_core::native::{self, Limits, MemoryOrder, Order, Recording};
use sim_core::workload::Workload;

/// Accesses of each task in a run.
const ACCESSES: u64 = 200_000;
/// Pairs of runs, unless more are asked for.
const ROUNDS: usize = 9;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some(native::CHILD) {
        return child();
    }
    let rounds = first.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    match measure(rounds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without standard error, the exit code has to do.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(unix)]
fn child() -> ExitCode {
    native::child()
}

#[cfg(not(unix))]
fn child() -> ExitCode {
    ExitCode::FAILURE
}

fn measure(rounds: usize) -> Result<(), Box<dyn std::error::Error>> {
    let program = std::env::current_exe()?;
    let mut out = io::stdout();
    for tasks in [1, 2] {
        let (mut with, mut without, mut costs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let recorded = access_time(&program, tasks, Recording::On)?;
            let order = MemoryOrder::SequentiallyConsistent;
            let plain = access_time(&program, tasks, Recording::Off(order))?;
            with.push(recorded);
            without.push(plain);
            costs.push(recorded.saturating_sub(plain));
        }
        let [with, without, cost] = [with, without, costs].map(spread);
        writeln!(
            out,
            "{tasks} task(s), CPU time of an access: {with} ns recorded, {without} ns not; \
             recording it costs {cost} ns"
        )?;
    }
    Ok(())
}

/// The CPU time of an access, in nanoseconds.
fn access_time(
    program: &Path,
    tasks: u64,
    recording: Recording,
) -> Result<u64, Box<dyn std::error::Error>> {
    let script =
        format!("shared x = 0\ntask accesses × {tasks}\n  repeat {ACCESSES}\n    fetch_add x, 1\n");
    let workload = Workload {
        script: Some(script),
        ..Workload::default()
    };
    let mut order = Order {
        recording,
        limits: Limits {
            wall: Duration::from_secs(60),
            events: u64::MAX,
            ..Limits::default()
        },
        ..Order::new(workload)
    };
    order.over.set("cpus", "64")?;
    let run = native::run(program, &order, &mut |_| ControlFlow::Continue(()))?;
    let used: u64 = run.cpu.iter().map(|span| span.0).sum();
    Ok(used / (tasks * ACCESSES))
}

/// The median, and the least and the most.
fn spread(mut numbers: Vec<u64>) -> String {
    numbers.sort_unstable();
    match (
        numbers.first(),
        numbers.get(numbers.len() / 2),
        numbers.last(),
    ) {
        (Some(least), Some(median), Some(most)) => format!("{median} ({least} to {most})"),
        _ => "no".to_owned(),
    }
}
