//! Real processes: made, waited for, orphaned, given a fresh image.

use sim_core::event::EventKind;
use sim_core::run::Outcome;

use super::{count, lines, order, run, run_order};

/// How often what could go otherwise is tried.
const TIMES: usize = 10;

#[test]
fn a_copy_goes_on_from_what_its_parent_had_and_shares_nothing() {
    for _ in 0..TIMES {
        let run = run("shared x = 1
lock m
queue q max 4
task main
  store x = 5
  put q, 7
  acquire m
  let pid = fork
  if pid == 0
    let item = get q
    let before = load x
    store x = before + item
    release m
    acquire m
    let after = load x
    exit after
  let which, status = waitpid pid
  let own = load x
  let item = get q
  release m
  print \"{status} {own} {item}\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["12 5 7"]);
    }
}

#[test]
fn what_other_threads_hold_at_a_fork_stays_held() {
    let run = run("lock m
event holds
event over
def holder()
  acquire m
  set holds
  wait over
  release m
task main
  let t = thread holder()
  wait holds
  let pid = fork
  if pid == 0
    let got = try acquire m
    exit got
  let which, status = waitpid pid
  print \"{status}\"
  set over
  join t
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["0"]);
}

#[test]
fn threads_can_be_made_in_a_copy_and_those_of_the_original_cannot_be_joined() {
    for _ in 0..TIMES {
        let run = run("shared sum = 0
event go
def add(n)
  fetch_add sum, n
def waits()
  wait go
task main
  let old = thread waits()
  let pid = fork
  if pid == 0
    let a = thread add(3)
    let b = thread add(4)
    join a
    join b
    let s = load sum
    print \"{s}\"
    join old
  let which, status = waitpid pid
  print \"{status}\"
  set go
  join old
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["7", "1"]);
    }
}

/// Whatever the runtime of the language does when a thread starts or ends, a copy finds nothing of it half
/// done, be it a copy of what the script began with, of what it spawned, or of a fresh image.
#[test]
fn copies_made_while_threads_start_and_end_can_make_threads() {
    let mut order = order(
        "def short()
  pass
def copies()
  let c = 0
  while c < 100
    let a = thread short()
    let pid = fork
    if pid == 0
      let b = thread short()
      join b
      exit 3
    let which, status = waitpid pid
    assert status == 3
    join a
    c = c + 1
  exit 4
def fresh()
  exec copies()
task main
  let first = spawn copies()
  let which, status = waitpid first
  let second = spawn fresh()
  let which, other = waitpid second
  print \"{status} {other}\"
",
    );
    let settings = &mut order.workload.settings;
    settings.set("process_table", "4000").expect("a setting");
    let run = run_order(&order);
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["4 4"]);
}

#[test]
fn the_process_table_fills_and_who_is_too_late_is_told() {
    let run = run("task main
  let made = 0
  let ok = 1
  while ok
    let pid, more = spawn nothing()
    ok = more
    made = made + ok
  print \"{made}\"
  let pid = waitpid
  while pid > 0
    pid = waitpid
def nothing()
  pass
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["32"]);
    let waited = count(&run, |kind| {
        matches!(kind, EventKind::WaitedForChild { .. })
    });
    assert_eq!(waited, 32);
}

#[test]
fn children_are_waited_for_by_any_thread_and_each_once() {
    for _ in 0..TIMES {
        let run = run("shared sum = 0
def child(n)
  exit n
def waiter()
  let pid, status = waitpid
  while pid > 0
    fetch_add sum, status
    pid, status = waitpid
task main
  let n = 0
  repeat 6
    n = n + 1
    let pid = spawn child(n)
  let a = thread waiter()
  let b = thread waiter()
  let c = thread waiter()
  join a
  join b
  join c
  let s = load sum
  print \"{s}\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["21"]);
    }
}

#[test]
fn a_wait_gives_up_at_its_limit_and_may_be_made_again() {
    let run = run("pipe go
def child()
  let x = receive go
  exit x
task main
  let pid = spawn child()
  let none, zero = waitpid pid timeout 100
  let nobody = try waitpid
  let stranger = waitpid 77
  send go, 9
  let which, status = waitpid pid
  print \"{none} {nobody} {stranger} {which} {status}\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["0 0 -1 3 9"]);
}

#[test]
fn orphans_are_adopted_and_reaped() {
    for _ in 0..TIMES {
        let run = run("pipe told
pipe gone
task main
  let pid = fork
  if pid == 0
    let inner = fork
    if inner == 0
      let before = receive gone
      let parent = getppid
      send told, parent
      exit
    exit
  let which = waitpid pid
  send gone, 1
  let parent = receive told
  let none = waitpid
  print \"{parent} {none}\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["1 -1"]);
        let adopted = count(&run, |kind| matches!(kind, EventKind::Adopted { .. }));
        assert_eq!(adopted, 1);
    }
}

/// The system says of such a process that it is a zombie.
#[test]
fn an_orphan_whose_first_thread_has_ended_is_still_there() {
    let run = run("pipe p
def waits()
  sleep 100000000
task main
  let middle = fork
  if middle == 0
    let orphan = fork
    if orphan == 0
      let t = thread waits()
      let parent = getppid
      while parent != 1
        sleep 10
        let parent = getppid
      let own = getpid
      send p, own
  else
    let which, status = waitpid middle
    let orphan = receive p
    sleep 1000
    let ok = kill orphan, SIGTERM
    print \"{ok}\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["1"]);
}

#[test]
fn a_run_goes_on_when_the_first_process_has_ended() {
    let run = run("pipe go
def late()
  let x, ok = receive go
  print \"still here {ok}\"
task main
  let pid = fork
  if pid == 0
    close go write
    late()
    exit
  exit 3
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["still here 0"]);
}

#[test]
fn a_fresh_image_keeps_number_children_and_ends_of_pipes_but_no_memory_and_no_threads() {
    for _ in 0..TIMES {
        let run = run("shared x = 1
pipe p
event never
def child()
  let item = receive p
  exit item
def idle()
  wait never
def fresh(child_pid)
  let seen = load x
  send p, 8
  let which, status = waitpid child_pid
  let me = getpid
  print \"{seen} {status} {me}\"
task main
  store x = 5
  let t = thread idle()
  let pid = spawn child()
  exec fresh(pid)
  print \"never\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["1 8 2"]);
        let ended = count(&run, |kind| matches!(kind, EventKind::Terminated { .. }));
        assert_eq!(ended, 1, "the thread that waits");
    }
}

#[test]
fn exit_ends_all_threads_of_its_process_and_no_other_process() {
    for _ in 0..TIMES {
        let run = run("pipe p
event never
def idle()
  wait never
def sleeps()
  sleep 10000000
def spins()
  while 1
    yield
def child()
  let a = thread idle()
  let b = thread sleeps()
  let c = thread spins()
  send p, 1
  exit 5
task main
  let pid = spawn child()
  let x = receive p
  let which, status = waitpid pid
  print \"{status}\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["5"]);
    }
}

#[test]
fn processes_that_wait_for_each_other_are_a_deadlock() {
    let run = run("pipe a
pipe b
task main
  let pid = fork
  if pid == 0
    let x = receive a
    send b, 1
    exit
  let y = receive b
  send a, 1
");
    assert_eq!(run.outcome, Outcome::Deadlock);
    assert_eq!(run.stopped, None);
}

#[test]
fn many_processes_keep_one_order() {
    let run = run("task main
  let n = 0
  repeat 4
    let pid = fork
    n = n * 2 + (pid == 0)
  let k = 0
  repeat 20
    k = k + 1
    print \"{n}: {k}\"
  let pid = waitpid
  while pid > 0
    pid = waitpid
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run).len(), 16 * 20);
    for n in 0..16 {
        let own = format!("{n}: ");
        let all = lines(&run);
        let of_it: Vec<_> = all.iter().filter(|line| line.starts_with(&own)).collect();
        let expected: Vec<_> = (1..=20).map(|k| format!("{n}: {k}")).collect();
        assert!(
            of_it
                .iter()
                .zip(&expected)
                .all(|(line, text)| **line == text)
        );
        assert_eq!(of_it.len(), 20);
    }
}
