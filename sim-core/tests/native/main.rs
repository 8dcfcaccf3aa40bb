//! The native machine: programs on real threads, and what must hold however the operating system runs
//! them. No test asserts a duration or needs luck: what is asserted is so in every legal run.

#![cfg(unix)]

mod bands;
mod catalogue;
mod compare;
mod deadlocks;
mod interpreter;
#[cfg(target_os = "linux")]
mod kernel_random;
mod leftovers;
mod limits;
mod load;
#[cfg(target_os = "linux")]
mod net;
#[cfg(target_os = "linux")]
mod net_models;
#[cfg(target_os = "linux")]
mod net_random;
mod objects;
#[cfg(target_os = "linux")]
mod pipes;
#[cfg(target_os = "linux")]
mod processes;
mod random;
mod serve;
#[cfg(target_os = "linux")]
mod signals;
mod threads;
mod user_level;
mod workloads;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use sim_core::event::EventKind;
use sim_core::native::{self, Limits, MemoryOrder, NativeError, NativeRun, Order, Recording};
use sim_core::settings::Settings;
use sim_core::workload::Workload;

/// The program whose hidden command is the child.
fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_lockstep"))
}

/// A recorded run of a script whose times are microseconds, on all CPUs.
fn order(script: &str) -> Order {
    let mut settings = Settings::default();
    settings.set("unit", "us").expect("a unit");
    settings.set("cpus", "64").expect("a number of CPUs");
    Order {
        limits: Limits {
            // Longer than any run takes, on a machine however busy: what is waited for is an end.
            wall: Duration::from_secs(120),
            ..Limits::default()
        },
        ..Order::new(Workload {
            settings,
            script: Some(script.to_owned()),
            ..Workload::default()
        })
    }
}

fn carry_out(order: &Order) -> Result<NativeRun, NativeError> {
    native::run(program(), order, &mut |_| ControlFlow::Continue(()))
}

/// A run that has to be legal.
fn run_order(order: &Order) -> NativeRun {
    carry_out(order).unwrap_or_else(|error| panic!("{error}"))
}

fn run(script: &str) -> NativeRun {
    run_order(&order(script))
}

/// The same without recording.
fn run_unrecorded(script: &str) -> NativeRun {
    run_order(&Order {
        recording: Recording::Off(MemoryOrder::SequentiallyConsistent),
        ..order(script)
    })
}

/// Both ways.
fn run_both(script: &str) -> [NativeRun; 2] {
    [run(script), run_unrecorded(script)]
}

fn lines(run: &NativeRun) -> Vec<&str> {
    run.printed.iter().map(|line| &**line).collect()
}

/// How many events of a recorded run are of some kind.
fn count(run: &NativeRun, is_wanted: impl Fn(EventKind) -> bool) -> usize {
    let trace = run.trace.as_ref().expect("a recorded run");
    let events = trace.events().iter();
    events.filter(|event| is_wanted(event.kind)).count()
}
