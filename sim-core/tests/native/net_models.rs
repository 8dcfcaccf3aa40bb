//! The models of input and output on real sockets: sets of them, signals, asynchronous calls, and the two
//! phases of a read.

use sim_core::event::EventKind;
use sim_core::native;
use sim_core::run::Outcome;

use super::net::{order, run};
use super::{carry_out, count, lines, order as order_as_it_is, run_order};

/// How often what could go otherwise is tried.
const TIMES: usize = 5;

#[test]
fn sets_report_a_level_while_it_is_there_and_an_edge_once() {
    for call in ["select", "poll", "epoll"] {
        let run = run(&format!(
            "watch w
task server
  let s = listen 80
  let c = accept s
  watch add w, c
  let n = {call} w
  let m = {call} w
  watch add w, c edge
  let e = {call} w timeout 50
  let f = {call} w timeout 50
  receive c max 1
  let g = {call} w timeout 50
  let r = ready w
  watch remove w, c
  let h = {call} w timeout 0
  print \"{{n}}{{m}} {{e}}{{f}}{{g}} {{r}} {{h}}\"
peer client
  connect 80
  sleep 100
  send 10
  sleep 10000000
"
        ));
        // Only epoll knows edges.
        let expected = match call {
            "epoll" => "11 100 4 0",
            _ => "11 111 4 0",
        };
        assert_eq!(lines(&run), [expected], "{call}");
    }
}

/// What comes again to a socket that is in line for epoll already does not move it back; who was reported
/// for its level goes to the end.
const LINE: &str = "watch w
task server
  let s = listen 80
  let t = listen 81
  let a = connect 80
  let b = connect 81
  let c = accept s
  let d = accept t
  watch add w, c
  watch add w, d
  send a, 1
  send b, 1
  send a, 1
  let n = epoll w
  let one = ready w
  let two = ready w
  receive c
  send a, 1
  n = epoll w
  let three = ready w
  receive d
  send b, 1
  n = epoll w
  let four = ready w
  print \"{one} {two} {three} {four}\"
";

/// A socket has its number before it asks for a connection.
const NUMBERS: &str = "task server
  let s = listen 80
  submit accept s as 1
  let c = connect 80
  let tag, d = completion
  print \"{c} {d}\"
";

/// A connection that was thrown away after its end is at its end, and one that was thrown away before fails
/// once: for who submits as for who reads.
const BROKEN: &str = "task server
  let s = listen 80
  let a = connect 80
  let b = accept s
  close a
  let n = send b, 5
  submit receive b as 1
  let tag, m = completion
  let c = connect 80
  let d = accept s
  send c, 5
  close d
  submit receive c as 2
  let other, k = completion
  submit receive c as 3
  let third, l = completion
  print \"{m} {k} {l}\"
";

/// It is said to who fails by it, too.
const FAILS: &str = "def fails(c)
  send c, 5
task server
  let s = listen 80
  let a = connect 80
  let b = accept s
  send a, 5
  close b
  let t = thread fails(a)
  join t
  let n, ok = receive a
  print \"{n} {ok}\"
";

/// What a broken connection had on its way, beyond what fits into the buffer of who reads, would be lost.
const LOST: &str = "task server
  let s = listen 80
  let a = connect 80
  let b = accept s
  send a, 1800
  close a
  send b, 5
  receive b
";

#[test]
fn a_connection_that_is_thrown_away_with_too_much_on_its_way_is_refused() {
    let mut own = order_as_it_is(LOST);
    for name in ["send_buffer", "receive_buffer"] {
        own.over.set(name, "1000").expect("a size");
    }
    let error = carry_out(&own).expect_err("refused").to_string();
    assert!(error.contains("thrown away"), "{error}");
}

#[test]
fn simulated_and_real_sockets_say_the_same() {
    for (script, expected) in [
        (LINE, "7 8 7 7"),
        (NUMBERS, "4 5"),
        (BROKEN, "0 -1 0"),
        (FAILS, "0 1"),
    ] {
        let own = order_as_it_is(script);
        let code = own.workload.code(&own.over).expect("a script");
        let simulated = sim_core::run::run(code.into(), sim_core::run::Deviations::new());
        let text: Vec<_> = simulated.outputs().iter().map(|line| &*line.text).collect();
        assert_eq!(text, [expected]);
        match native::support(&own.code().expect("a script")) {
            Ok(()) => assert_eq!(lines(&run_order(&own)), [expected]),
            Err(why) => eprintln!("skipped: {why}"),
        }
    }
}

#[test]
fn several_wait_at_one_set_and_it_grows_meanwhile() {
    for call in ["select", "poll", "epoll"] {
        let run = run(&format!(
            "watch w
shared served = 0
def looks(s)
  let is_over = 0
  while not is_over
    let n = {call} w timeout 2000000
    let c, ok = try accept s
    if ok
      receive c
      fetch_add served, 1
      is_over = 1
task server
  let s = listen 80
  let a = thread looks(s)
  let b = thread looks(s)
  let c = thread looks(s)
  sleep 300
  watch add w, s
  join a
  join b
  join c
peer client × 3
  connect 80
  send 5
  sleep 10000000
"
        ));
        assert_eq!(run.outcome, Outcome::Finished, "{call}");
        assert_eq!(run.memory, [3], "{call}");
    }
}

#[test]
fn a_signal_comes_with_the_data() {
    for style in ["", " interrupting"] {
        let run = run(&format!(
            "shared got = 0
def came()
  let n, ok = try receive 4
  while n > 0
    fetch_add got, n
    n, ok = try receive 4
task server
  let s = listen 80
  let c = accept s
  on signal SIGIO came{style}
  signal io c
  send c, 1
  let n = load got
  while n < 3000
    sleep 100
    n = load got
  print \"{{n}}\"
peer client
  connect 80
  receive
  repeat 30
    send 100
    sleep 40
  sleep 10000000
"
        ));
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["3000"]);
        let delivered = count(&run, |kind| {
            matches!(kind, EventKind::SignalDelivered { .. })
        });
        assert!(delivered > 0);
    }
}

#[test]
fn a_signal_that_would_end_the_process_unseen_is_refused() {
    let order = order(
        "task server
  let s = listen 80
  signal io s
",
    );
    let error = carry_out(&order).expect_err("refused").to_string();
    assert!(error.contains("signal that nobody handles"), "{error}");
}

#[test]
fn what_is_submitted_is_done_meanwhile() {
    const SCRIPT: &str = "task server
  let s = listen 80
  repeat 3
    submit accept s as 100
  let left = 3
  let sum = 0
  while left > 0
    let tag, n = completion
    if tag == 100
      submit receive n as n
    elif tag == 200
      left = left - 1
    else
      sum = sum + n
      submit send tag, n as 200
  let none, zero = try completion
  print \"{sum} {none}\"
  submit receive 4 as 7
  close 4
  let gone, failed = completion
  print \"{gone} {failed}\"
peer client × 3
  connect 80
  sleep 100 * self
  send 100 + self
  let n = receive
  sleep 10000000
";
    let order = order(SCRIPT);
    let code = order.code().expect("a script");
    if let Err(why) = native::support(&code) {
        eprintln!("skipped: {why}");
        return;
    }
    for _ in 0..TIMES {
        let run = run_order(&order);
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["303 -1", "7 -1"]);
    }
}

#[test]
fn both_phases_of_a_read_are_timed() {
    let run = run("task server
  let s = listen 80
  let c = accept s
  let n = receive c
  print \"{n}\"
peer client
  connect 80
  sleep 3000
  send 60000
  sleep 10000000
");
    assert_eq!(lines(&run), ["60000"]);
    let trace = run.trace.as_ref().expect("a recorded run");
    let server = sim_core::ids::TaskId(0);
    let used = trace.last().network_use(server);
    assert!(!used.waiting_for_data.is_zero() && !used.copying.is_zero());
    let copies = count(&run, |kind| matches!(kind, EventKind::CopyBegan { .. }));
    assert_eq!(copies, 1);
}
