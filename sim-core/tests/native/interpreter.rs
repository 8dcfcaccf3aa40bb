//! A real interpreter lock, with CPython's protocol.

use sim_core::call::DropReason;
use sim_core::event::EventKind;
use sim_core::ids::TaskId;
use sim_core::machine::Machine;
use sim_core::native::{MemoryOrder, NativeRun, Order, Recording};
use sim_core::run::Outcome;

use super::{count, order, run_order};

fn order_with(dialect: &str, interval: &str, script: &str) -> Order {
    let mut order = order(script);
    for (name, value) in [
        ("unit", "us"),
        ("interpreter_lock", dialect),
        ("switch_interval", interval),
    ] {
        order.over.set(name, value).expect("a setting");
    }
    order
}

fn run_with(dialect: &str, interval: &str, script: &str) -> NativeRun {
    run_order(&order_with(dialect, interval, script))
}

/// One that never drops the lock by itself, and one that ends it.
const COMPUTING: &str = "shared started = 0
shared stop = 0
task computes
  store started = 1
  let over = load stop
  while over == 0
    compute 100
    over = load stop
task stops
  let begun = load started
  while begun == 0
    sleep 50
    begun = load started
  store stop = 1
";

#[test]
fn who_computes_is_made_to_drop_the_lock_and_waits_until_another_has_it() {
    for dialect in ["any-instruction", "check-points"] {
        let run = run_with(dialect, "100", COMPUTING);
        assert_eq!(run.outcome, Outcome::Finished);
        let trace = run.trace.as_ref().unwrap();
        let mut forced: Option<TaskId> = None;
        let mut drops = 0;
        for event in trace.events() {
            match event.kind {
                EventKind::InterpreterDropped {
                    task,
                    reason: DropReason::Requested,
                } => {
                    forced = Some(task);
                    drops += 1;
                }
                EventKind::InterpreterTaken { task } => {
                    assert_ne!(forced.take(), Some(task), "another has it first");
                }
                _ => {}
            }
        }
        assert!(drops > 0, "else it would compute for ever");
    }
}

#[test]
fn one_thread_at_a_time_does_anything() {
    let script = "shared inside = 0
lock m
task worker × 4
  repeat 30
    fetch_add inside, 1
    compute 20
    acquire m
    fetch_add inside, 1
    release m
    sleep 1
";
    let run = run_with("check-points", "50", script);
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(run.memory, [240]);
    let trace = run.trace.as_ref().unwrap();
    // Whoever does something to memory holds the lock.
    let code = trace.code();
    let mut machine = Machine::new(code);
    for event in trace.events() {
        if let EventKind::Accessed { task, .. } = event.kind {
            let lock = machine.interpreter_of(task).expect("a lock");
            assert_eq!(lock.holder, Some(task));
        }
        machine.apply(code, event).expect("a legal event");
    }
}

#[test]
fn a_thread_that_waits_lets_the_others_on() {
    let run = run_with(
        "check-points",
        "1000000",
        "event news
task waits
  wait news
task sets
  set news
",
    );
    assert_eq!(run.outcome, Outcome::Finished);
    let by_call = count(&run, |kind| {
        matches!(
            kind,
            EventKind::InterpreterDropped {
                reason: DropReason::Call,
                ..
            }
        )
    });
    assert!(by_call >= 2, "both end, at least");
}

#[test]
fn without_recording_the_lock_is_as_real() {
    let order = Order {
        recording: Recording::Off(MemoryOrder::SequentiallyConsistent),
        ..order_with("check-points", "100", COMPUTING)
    };
    let run = run_order(&order);
    assert_eq!(run.outcome, Outcome::Finished);
}
