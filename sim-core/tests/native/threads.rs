//! Threads that are made at run time.

use sim_core::event::EventKind;
use sim_core::run::Outcome;

use super::{count, lines, run, run_both};

#[test]
fn threads_are_made_and_joined() {
    for run in run_both(
        "shared sum = 0
def work(n)
  fetch_add sum, n
task main
  let a = thread work(1)
  let b = thread work(20)
  let c = thread work(300)
  join b
  join a
  join c
  let s = load sum
  print \"{s}\"
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["321"]);
    }
}

#[test]
fn a_join_gives_up_at_its_limit_and_may_be_made_again() {
    for run in run_both(
        "event go
def work()
  wait go
task main
  let t = thread work()
  let ok = join t timeout 50
  print \"{ok}\"
  set go
  let ok2 = join t
  print \"{ok2}\"
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["0", "1"]);
    }
}

#[test]
fn what_is_no_other_thread_cannot_be_joined() {
    let run = run("def work()
  let own = 0
  join own
task main
  let t = thread work()
  join t
  let nobody = 7
  join nobody
");
    assert_eq!(run.outcome, Outcome::Finished);
    let failed = count(&run, |kind| matches!(kind, EventKind::Failed { .. }));
    assert_eq!(failed, 2);
}

#[test]
fn there_is_room_for_so_many_threads_and_no_more() {
    let run = run("def work()
  pass
task main
  let made = 0
  let ok = 1
  while ok
    let t, more = thread work()
    ok = more
    made = made + ok
  print \"{made}\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["32"]);
}

#[test]
fn when_one_exits_all_end() {
    for run in run_both(
        "task waits
  sleep 10000000
task spins
  let n = 0
  while 1
    n = n + 1
    yield
task ends
  sleep 100
  exit 3
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.stopped, None);
    }
}
