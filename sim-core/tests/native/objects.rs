//! What objects promise, in the order of events that is the same in every run.

use sim_core::call::Fault;
use sim_core::event::EventKind;
use sim_core::run::Outcome;
use sim_core::view::{FindingKind, findings};

use super::{count, lines, run, run_both};

#[test]
fn a_lock_that_is_handed_over_goes_to_those_who_wait_in_the_order_in_which_they_came() {
    // Each comes when the one before stands in line: it has said so, and holds nothing.
    let run = run("lock m handover
shared turn = 0
task first
  acquire m
  store turn = 1
  sleep 2000
  release m
task other × 4
  let t = load turn
  while t != self + 1
    yield
    t = load turn
  store turn = self + 2
  acquire m
  print \"{self}\"
  release m
");
    assert_eq!(run.outcome, Outcome::Finished);
    let trace = run.trace.as_ref().unwrap();
    let mut line = Vec::new();
    for event in trace.events() {
        match event.kind {
            EventKind::Blocked { task, .. } if task.0 > 0 => line.push(task),
            EventKind::HandedOver { task, .. } => {
                assert_eq!(line.remove(0), task, "it stood in front");
            }
            _ => {}
        }
    }
    assert_eq!(lines(&run).len(), 4);
}

#[test]
fn a_condition_gives_its_lock_back_as_often_as_it_was_taken() {
    for run in run_both(
        "rlock r
condition c of r
shared seen = 0
task waiter
  acquire r
  acquire r
  store seen = 1
  wait c
  release r
  release r
  print \"went on\"
task notifier
  let s = load seen
  while s == 0
    yield
    s = load seen
  acquire r
  notify c
  release r
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["went on"]);
    }
}

#[test]
fn who_waits_at_a_barrier_learns_how_many_came_after() {
    for run in run_both(
        "barrier all = 5
task runner × 5
  let after = wait all
  print \"{after}\"
",
    ) {
        let mut printed = lines(&run);
        printed.sort_unstable();
        assert_eq!(printed, ["0", "1", "2", "3", "4"]);
    }
}

#[test]
fn queues_give_items_in_their_order() {
    for (kind, expected) in [("", "3 1 2"), ("lifo", "2 1 3"), ("priority", "1 2 3")] {
        let script = format!(
            "queue q {kind}
task only
  put q, 3
  put q, 1
  put q, 2
  let a = get q
  let b = get q
  let c = get q
  print \"{{a}} {{b}} {{c}}\"
"
        );
        for run in run_both(&script) {
            assert_eq!(lines(&run), [expected], "{kind}");
        }
    }
}

#[test]
fn timed_calls_give_up_and_say_so() {
    let run = run("lock m
semaphore s = 0
event e
condition c of m
queue q max 1
rwlock w
event held
event over
task holder
  acquire m
  acquire write w
  put q, 1
  set held
  wait over
  release w
  release m
task other
  wait held
  let ok1 = acquire m timeout 10
  let ok2 = acquire s timeout 10
  let ok3 = wait e timeout 10
  let ok4 = put q, 2 timeout 10
  let ok5 = acquire read w timeout 10
  print \"{ok1} {ok2} {ok3} {ok4} {ok5}\"
  set over
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["0 0 0 0 0"]);
    let timed_out = count(&run, |kind| matches!(kind, EventKind::TimedOut { .. }));
    assert_eq!(timed_out, 5);
}

#[test]
fn a_wait_at_a_condition_that_times_out_takes_the_lock_again() {
    for run in run_both(
        "lock m
condition c of m
task only
  acquire m
  let ok = wait c timeout 100
  release m
  print \"{ok}\"
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["0"]);
    }
}

#[test]
fn what_cannot_be_done_ends_the_task_with_the_fault_that_the_machine_names() {
    for (body, fault) in [
        ("  release m", Fault::NotOwner),
        ("  wait c", Fault::NotOwner),
        ("  let n = 1\n  notify c 0 - n", Fault::BadCount),
        ("  release s\n  release s", Fault::AboveMaximum),
        ("  let n = 1\n  release s 0 - n", Fault::BadCount),
        ("  done q", Fault::TooManyDone),
        ("  release w", Fault::NotOwner),
        ("  assert 1 > 2", Fault::AssertionFailed),
        ("  let n = 0\n  n = 1 / n", Fault::DivisionByZero),
    ] {
        let script = format!(
            "lock m
condition c of m
semaphore s = 0 max 1
queue q
rwlock w
task only
{body}
"
        );
        let run = run(&script);
        let found = findings(run.trace.as_ref().unwrap());
        let kinds: Vec<_> = found.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [FindingKind::Failed { fault }], "{body}");
    }
}

#[test]
fn readers_are_let_in_when_the_writer_that_kept_them_out_gives_up() {
    let run = run("rwlock w prefer writers
event reading
event over
task reader
  acquire read w
  set reading
  wait over
  release w
task writer
  wait reading
  let ok = acquire write w timeout 1000
  print \"writer {ok}\"
task late
  wait reading
  acquire read w
  print \"late\"
  release w
  set over
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert!(lines(&run).contains(&"late"));
}
