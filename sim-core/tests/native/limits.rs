//! Runs end: by their limits, when nobody wants them, and with a clear word where they cannot begin.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use sim_core::native::{self, Limits, NativeError, Order, Recording, Stopped};
use sim_core::recording::Recording as Kept;
use sim_core::run::{Limit, Outcome};

use super::{carry_out, order, program, run_order};

const ENDLESS: &str = "shared x = 0
task spins × 2
  while 1
    fetch_add x, 1
";

#[test]
fn a_run_stops_when_it_has_too_many_events_and_says_so() {
    let mut order = order(ENDLESS);
    order.limits.events = 5_000;
    let run = run_order(&order);
    assert_eq!(run.outcome, Outcome::Limit(Limit::Events));
    assert_eq!(run.stopped, Some(Stopped::Events));
    assert_eq!(run.trace.unwrap().len(), 5_000);
}

#[test]
fn a_run_stops_when_its_time_is_over() {
    for recording in [Recording::On, Recording::Off(native::MemoryOrder::Relaxed)] {
        let order = Order {
            recording,
            limits: Limits {
                wall: Duration::from_millis(100),
                events: u64::MAX,
                ..Limits::default()
            },
            ..order("task sleeps\n  sleep 100000000\n")
        };
        let run = run_order(&order);
        assert_eq!(run.outcome, Outcome::Limit(Limit::Until));
        assert_eq!(run.stopped, Some(Stopped::Time));
    }
}

#[test]
fn a_run_ends_when_nobody_wants_it_any_more() {
    let mut seen = 0;
    let run = native::run(program(), &order(ENDLESS), &mut |events| {
        seen += events.len();
        if seen > 1_000 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let run = run.unwrap();
    assert_eq!(run.stopped, Some(Stopped::Cancelled));
    assert!(run.trace.unwrap().len() >= seen);
}

#[test]
fn a_run_that_prints_too_much_is_stopped() {
    let unrecorded = Recording::Off(native::MemoryOrder::SequentiallyConsistent);
    for recording in [Recording::On, unrecorded] {
        let mut order = order("task talks\n  while 1\n    print \"again and again\"\n");
        order.recording = recording;
        order.limits.output = 10_000;
        let run = run_order(&order);
        assert_eq!(run.stopped, Some(Stopped::Output));
        assert_eq!(run.outcome, Outcome::Limit(Limit::Events));
    }
}

#[test]
fn what_cannot_run_is_refused_with_a_reason() {
    let error = carry_out(&order("task main\n  frok\n")).unwrap_err();
    assert!(matches!(error, NativeError::Input(_)), "{error}");
    let many = "task one × 9000\n  pass\n";
    let error = carry_out(&order(many)).unwrap_err();
    assert!(matches!(error, NativeError::Unsupported(_)), "{error}");
    let missing = Path::new("/there/is/no/such/program");
    let run = native::run(missing, &order(ENDLESS), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(run, Err(NativeError::Start(_))));
}

#[test]
fn a_child_that_is_no_child_is_an_error() {
    let run = native::run(Path::new("/bin/false"), &order(ENDLESS), &mut |_| {
        ControlFlow::Continue(())
    });
    assert!(matches!(run, Err(NativeError::Child { .. })), "{run:?}");
    let run = native::run(Path::new("/bin/echo"), &order(ENDLESS), &mut |_| {
        ControlFlow::Continue(())
    });
    assert!(run.is_err());
}

#[test]
fn a_run_that_is_kept_is_the_same_when_it_is_read() {
    for (runs, name) in [("lost-update", "lost-update"), ("two-locks", "two-locks")] {
        let scenario = sim_core::scenario::find(runs).unwrap();
        let order = Order::new(scenario.workload.clone());
        let run = run_order(&order);
        let trace = run.trace.as_ref().unwrap();
        let kept = Kept::of(name, &order.workload, &order.over, trace).unwrap();
        let read = Kept::read(&kept.write()).unwrap();
        assert_eq!(read, kept);
        let again = read.replay(&order.workload).unwrap();
        assert_eq!(again.events(), trace.events());
        assert_eq!(
            (again.outcome(), again.end()),
            (trace.outcome(), trace.end())
        );
        assert_eq!(again.outputs(), trace.outputs());
        assert_eq!(again.reality(), trace.reality());
        assert_eq!(again.reality().unwrap().cpu, run.cpu);
    }
}
