//! Real deadlocks are named, and end.

use sim_core::machine::wait_for;
use sim_core::run::Outcome;
use sim_core::view::{FindingKind, findings};

use super::{run, run_both, run_unrecorded};

/// Two that meet at a barrier with one lock each, and then want the other's.
pub(super) const CIRCLE: &str = "lock a
lock b
barrier both = 2
task one
  acquire a
  wait both
  acquire b
task two
  acquire b
  wait both
  acquire a
";

#[test]
fn a_circle_is_named_with_who_holds_and_who_waits() {
    let run = run(CIRCLE);
    assert_eq!(run.outcome, Outcome::Deadlock);
    let trace = run.trace.as_ref().unwrap();
    let found = findings(trace);
    let kinds: Vec<_> = found.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Deadlock { tasks: 2 }]);
    let circles = wait_for::circles(&trace.last());
    assert_eq!(circles.len(), 1);
    assert_eq!(circles[0].len(), 2);
    assert_eq!(run_unrecorded(CIRCLE).outcome, Outcome::Deadlock);
}

#[test]
fn waiting_for_what_nobody_does_is_a_stall() {
    for (what, script) in [
        ("an event", "event e\ntask only\n  wait e\n"),
        ("a place", "semaphore s = 0\ntask only × 3\n  acquire s\n"),
        (
            "a lock of one who failed",
            "lock m\nbarrier b = 2\ntask one\n  acquire m\n  wait b\n  assert 1 > 2\ntask two\n  wait b\n  acquire m\n",
        ),
        (
            "an item",
            "queue q\ntask one\n  let x = get q\ntask two\n  sleep 100\n",
        ),
        ("others", "barrier b = 3\ntask one × 2\n  wait b\n"),
    ] {
        for run in run_both(script) {
            assert_eq!(run.outcome, Outcome::Stalled, "{what}");
        }
    }
}

#[test]
fn who_gave_up_waits_no_more() {
    // The first has ended and holds a lock: nobody waits in a circle.
    for run in run_both(
        "lock a
lock b
event held
event ended
task one
  acquire a
  wait held
  let ok = acquire b timeout 50
  set ended
task two
  acquire b
  set held
  wait ended
  acquire a
",
    ) {
        assert_eq!(run.outcome, Outcome::Stalled);
    }
}

#[test]
fn who_gives_up_by_itself_is_in_no_deadlock() {
    for run in run_both(
        "lock a
lock b
barrier both = 2
task one
  acquire a
  wait both
  let ok = acquire b timeout 500
  release a
  if ok
    release b
task two
  acquire b
  wait both
  acquire a
  release a
  release b
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
    }
}

#[test]
fn threads_that_join_each_other_never_end() {
    let run = run("event known
def first()
  wait known
  let other = 1
  join other
def second()
  wait known
  let other = 0
  join other
task main
  let a = thread first()
  let b = thread second()
  set known
");
    assert_eq!(run.outcome, Outcome::Deadlock);
}
