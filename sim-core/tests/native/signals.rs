//! Real signals: sent, delivered, ignored, deadly.

use sim_core::event::EventKind;
use sim_core::run::Outcome;

use super::{count, lines, run};

/// How often what could go otherwise is tried.
const TIMES: usize = 10;

fn delivered(run: &sim_core::native::NativeRun) -> usize {
    count(run, |kind| {
        matches!(kind, EventKind::SignalDelivered { .. })
    })
}

#[test]
fn a_signal_ends_a_wait_for_its_handler_and_the_call_is_made_again() {
    for _ in 0..TIMES {
        let run = run("pipe ready
pipe p
def handler(number)
  print \"signal {number}\"
  send p, 3
task main
  on signal SIGUSR1 handler
  let pid = fork
  if pid == 0
    let x = receive ready
    kill 2, SIGUSR1
    exit
  send ready, 1
  let x = receive p
  let which = waitpid
  print \"{x} {which}\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["signal 10", "3 3"]);
        assert_eq!(delivered(&run), 1);
    }
}

#[test]
fn an_interrupted_call_is_not_made_again_where_the_script_says_so() {
    for call in ["receive p", "receive p timeout 10000000", "waitpid pid"] {
        let run = run(&format!(
            "pipe p
shared rung = 0
def ring()
  store rung = 1
def rings()
  while 1
    sleep 100
    kill 2, SIGUSR1
task main
  on signal SIGUSR1 ring interrupting
  let pid = spawn rings()
  let x, ok = {call}
  let r = load rung
  print \"{{x}} {{r}}\"
  on signal SIGUSR1 ignore
  kill pid, SIGKILL
  let which, status = waitpid pid
  print \"{{status}}\"
"
        ));
        assert_eq!(run.outcome, Outcome::Finished, "{call}");
        assert_eq!(lines(&run), ["-4 1", "-9"], "{call}");
    }
}

#[test]
fn signals_end_processes_and_parents_are_told_which() {
    for (signal, status) in [
        ("SIGHUP", -1),
        ("SIGINT", -2),
        ("SIGQUIT", -3),
        ("SIGFPE", -8),
        ("SIGKILL", -9),
        ("SIGUSR1", -10),
        ("SIGSEGV", -11),
        ("SIGPIPE", -13),
        ("SIGALRM", -14),
        ("SIGTERM", -15),
        ("SIGIO", -29),
    ] {
        let run = run(&format!(
            "event never
def idle()
  wait never
def child()
  let a = thread idle()
  while 1
    yield
def own()
  let me = getpid
  kill me, {signal}
  print \"never\"
task main
  let pid = spawn child()
  kill pid, {signal}
  let which, status = waitpid pid
  let again = kill pid, {signal}
  let second = spawn own()
  let other, same = waitpid second
  print \"{{status}} {{same}} {{again}}\"
"
        ));
        assert_eq!(run.outcome, Outcome::Finished, "{signal}");
        assert_eq!(lines(&run), [format!("{status} {status} 0")], "{signal}");
    }
}

#[test]
fn what_is_ignored_does_nothing_and_stays_so_in_children() {
    let run = run("pipe go
def child()
  let x = receive go
  exit 4
def twice()
  exec child()
task main
  on signal SIGTERM ignore
  on signal SIGPIPE ignore
  let a = fork
  if a == 0
    child()
  let b = spawn child()
  let c = spawn twice()
  kill a
  kill b, SIGPIPE
  kill c
  kill 2
  kill a, SIGCHLD
  kill b, SIGCONT
  repeat 3
    send go, 1
  let sum = 0
  repeat 3
    let which, status = waitpid
    sum = sum + status
  print \"{sum}\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["12"]);
}

#[test]
fn a_disposition_can_be_changed_again_and_again() {
    for _ in 0..TIMES {
        let run = run("shared count = 0
def handler()
  fetch_add count, 1
task main
  let me = getpid
  repeat 5
    on signal SIGUSR1 handler
    kill me, SIGUSR1
    sleep 1
    on signal SIGUSR1 ignore
    kill me, SIGUSR1
    on signal SIGCHLD handler
    on signal SIGCHLD default
    kill me, SIGCHLD
    on signal SIGUSR1 default
  let n = load count
  print \"{n}\"
  kill me, SIGUSR1
  print \"never\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["5"]);
    }
}

#[test]
fn signals_wait_for_the_end_of_their_handler_and_two_that_wait_are_one() {
    let run = run("shared count = 0
def handler()
  fetch_add count, 1
  let n = load count
  if n == 1
    let me = getpid
    kill me, SIGUSR1
    kill me, SIGUSR1
    sleep 100
    n = load count
    print \"{n}\"
task main
  on signal SIGUSR1 handler
  let me = getpid
  kill me, SIGUSR1
  sleep 1
  let n = load count
  print \"{n}\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["1", "2"]);
    assert_eq!(delivered(&run), 2);
}

#[test]
fn children_tell_their_parent_and_those_nobody_asks_for_are_no_zombies() {
    for _ in 0..TIMES {
        let run = run("shared seen = 0
def ended()
  let pid, status = try waitpid
  while pid > 0
    fetch_add seen, status
    pid, status = try waitpid
def child(n)
  exit n
task main
  on signal SIGCHLD ended
  let n = 0
  repeat 5
    n = n + 1
    let pid = spawn child(n)
  let sum = load seen
  while sum != 15
    sleep 10
    sum = load seen
  on signal SIGCHLD ignore
  let pid = spawn child(3)
  let none = waitpid pid
  let sent = kill pid
  print \"{sum} {none} {sent}\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["15 -1 0"]);
    }
}

#[test]
fn who_writes_and_is_not_read_dies_fails_or_is_called() {
    for (how, expected) in [
        ("default", vec!["-13"]),
        ("ignore", vec!["1"]),
        ("handler", vec!["called", "1"]),
    ] {
        for _ in 0..TIMES {
            let run = run(&format!(
                "pipe p
def handler()
  print \"called\"
def writer()
  close p read
  on signal SIGPIPE {how}
  while 1
    send p, 1
task main
  let pid = spawn writer()
  let x = receive p
  close p read
  let which, status = waitpid pid
  print \"{{status}}\"
"
            ));
            assert_eq!(run.outcome, Outcome::Finished, "{how}");
            assert_eq!(lines(&run), expected, "{how}");
        }
    }
}

#[test]
fn alarm_clocks_ring_once_can_be_stopped_and_survive_a_fresh_image() {
    let run = run("shared rung = 0
def ring()
  fetch_add rung, 1
def dies()
  alarm 50
  sleep 10000000
def stopped()
  alarm 1000000
  alarm 0
  exit 6
def waits()
  sleep 10000000
def fresh()
  alarm 3000
  exec waits()
task main
  on signal SIGALRM ring
  alarm 10
  let n = load rung
  while not n
    sleep 10
    n = load rung
  on signal SIGALRM default
  let a = spawn dies()
  let which, first = waitpid a
  let b = spawn stopped()
  let which, second = waitpid b
  let c = spawn fresh()
  let which, third = waitpid c
  print \"{n} {first} {second} {third}\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["1 -14 6 -14"]);
    let rang = count(&run, |kind| matches!(kind, EventKind::AlarmRang { .. }));
    assert_eq!(rang, 3);
}

#[test]
fn a_storm_of_signals_is_legal_and_none_is_delivered_that_was_not_sent() {
    for _ in 0..3 {
        let run = run("shared count = 0
pipe over
def handler()
  fetch_add count, 1
def worker()
  let x, ok = receive over
  while ok
    x, ok = receive over
def sender()
  close over read
  repeat 60
    kill 2, SIGUSR1
    kill 2, SIGUSR2
  send over, 1
  exit
task main
  on signal SIGUSR1 handler
  on signal SIGUSR2 handler
  let a = thread worker()
  let b = thread worker()
  repeat 3
    let pid = spawn sender()
  close over write
  let pid = waitpid
  while pid > 0
    pid = waitpid
  join a
  join b
");
        assert_eq!(run.outcome, Outcome::Finished);
        let sent = count(&run, |kind| matches!(kind, EventKind::SignalSent { .. }));
        assert_eq!(sent, 360);
        assert!((2..=360).contains(&delivered(&run)));
    }
}

#[test]
fn a_fault_ends_its_process_by_the_signal_of_the_processor() {
    let mut order = super::order(
        "shared v[2] = 0
def child(kind)
  if kind == 0
    let x = 1 / kind
  if kind == 1
    store v[kind + 5] = 1
  assert kind < 0
task main
  let kind = 0
  repeat 3
    let pid = spawn child(kind)
    let which, status = waitpid pid
    print \"{status}\"
    kind = kind + 1
",
    );
    order.over.set("fault_ends", "process").expect("a setting");
    let run = super::run_order(&order);
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["-8", "-11", "1"]);
}

#[test]
fn what_was_sent_while_it_was_ignored_is_gone_when_it_is_handled() {
    let run = run("def handler(number)
  pass
task main
  let me = getpid
  repeat 400
    on signal SIGUSR1 ignore
    kill me, SIGUSR1
    on signal SIGUSR1 handler
  print \"alive\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["alive"]);
    assert_eq!(delivered(&run), 0);
}
