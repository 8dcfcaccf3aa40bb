//! Real sockets: streams between tasks and peers, and what becomes of them when processes are made and end.

use std::process::Command;

use sim_core::call::SocketRequest;
use sim_core::event::EventKind;
use sim_core::native::{NativeRun, Order};
use sim_core::run::Outcome;

use super::{carry_out, count, lines, order as order_as_it_is, program, run_order};

/// How often what could go otherwise is tried.
const TIMES: usize = 5;

fn served(run: &NativeRun, wanted: SocketRequest) -> usize {
    count(
        run,
        |kind| matches!(kind, EventKind::Served { request, .. } if request == wanted),
    )
}

fn ends(run: &NativeRun) -> usize {
    count(run, |kind| matches!(kind, EventKind::SocketEnded { .. }))
}

/// A script in which who finds nobody at a port tries again: the threads of peers set off when they are let.
pub(super) fn order(script: &str) -> Order {
    const AGAIN: &str = "  let c, ok = connect 8X
  while not ok
    sleep 50
    c, ok = connect 8X
";
    let mut script = script.to_owned();
    for port in ["0", "2"] {
        let line = format!("  connect 8{port}\n");
        script = script.replace(&line, &AGAIN.replace('X', port));
    }
    order_as_it_is(&script)
}

pub(super) fn run(script: &str) -> NativeRun {
    run_order(&order(script))
}

/// A run with small buffers.
fn run_narrow(script: &str, buffer: &str) -> NativeRun {
    let mut order = order(script);
    for name in ["send_buffer", "receive_buffer"] {
        order.over.set(name, buffer).expect("a size");
    }
    run_order(&order)
}

#[test]
fn thousands_of_messages_lose_nothing_and_each_connection_ends_once() {
    let run = run("shared sum = 0
queue connections
task main
  let s = listen 80
  repeat 6
    let c = accept s
    put connections, c
  repeat 3
    put connections, -1
task worker × 3
  let c = get connections
  while c > 0
    let n = receive c
    while n > 0
      fetch_add sum, n
      n = receive c max 700
    close c
    c = get connections
  let all = load sum
  print \"{all}\"
peer client × 6
  connect 80
  repeat 400
    send 37
  repeat 100
    send 1 + self
  close
");
    assert_eq!(run.outcome, Outcome::Finished);
    // 6 × 400 × 37, and 100 × (1 + 2 + … + 6).
    assert!(lines(&run).contains(&"90900"), "{:?}", lines(&run));
    assert_eq!(ends(&run), 6);
    assert_eq!(served(&run, SocketRequest::Send), 3_000);
    assert_eq!(served(&run, SocketRequest::Accept), 6);
}

#[test]
fn both_ways_at_once_through_narrow_buffers() {
    for buffer in ["100", "2048", "65536"] {
        let run = run_narrow(
            "shared sum = 0
def takes(c)
  let n = receive c
  while n > 0
    fetch_add sum, n
    n = receive c
task server
  let s = listen 80
  let c = accept s
  let t = thread takes(c)
  repeat 20
    send c, 1500
  join t timeout 60000000
  close c
peer client
  connect 80
  repeat 20
    send 300
  let got = 0
  while got < 30000
    let n = receive max 1000
    got = got + n
  print \"{got}\"
  close
",
            buffer,
        );
        assert_eq!(run.outcome, Outcome::Finished, "{buffer}");
        assert_eq!(lines(&run), ["30000"], "{buffer}");
        assert_eq!(run.memory, [6_000], "{buffer}");
    }
}

#[test]
fn a_send_buffer_holds_as_much_as_it_says() {
    for (buffer, whole) in [("1000", 2_000), ("65536", 131_072)] {
        let run = run_narrow(
            "task server
  let s = listen 80
  let c = accept s
  let n, ok = try send c, 1000000
  let m = n
  while n > 0
    n, ok = try send c, 1000000
    m = m + n
  print \"{m} {ok}\"
  let late, sent = send c, 5 timeout 20
  print \"{late} {sent}\"
peer client
  connect 80
  sleep 10000000
",
            buffer,
        );
        assert_eq!(run.outcome, Outcome::Finished);
        let expected = [format!("{whole} 0"), "0 0".to_owned()];
        assert_eq!(lines(&run), expected);
    }
}

#[test]
fn who_has_sent_a_part_and_waits_again_is_seen_to_wait() {
    let run = run_narrow(
        "task server
  let s = listen 80
  let c = accept s
  send c, 9000
peer client
  connect 80
  sleep 2000
  receive max 500
  let t = listen 90
  let d = accept t
",
        "1000",
    );
    assert_eq!(run.outcome, Outcome::Stalled);
}

#[test]
fn two_who_send_first_wait_for_each_other() {
    let run = run_narrow(
        "task server
  let s = listen 80
  let c = accept s
  send c, 8192
  receive c
task client
  let c, ok = connect 80
  while not ok
    sleep 50
    c, ok = connect 80
  send c, 8192
  receive c
",
        "2048",
    );
    assert_eq!(run.outcome, Outcome::Deadlock);
}

#[test]
fn numbers_are_the_lowest_that_are_free_and_none_leaks() {
    const SCRIPT: &str = "task server
  let s = listen 80
  let high = 0
  repeat 600
    let c = connect 80
    let d = accept s
    if d > high
      high = d
    send c, 5
    close c
    let n = receive d
    let end = receive d
    close d
  print \"the highest is {high}\"
";
    let name = format!("lockstep-{}-net.script", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, SCRIPT).expect("a file");
    // With fewer descriptors than connections, were they not given back.
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 100; exec \"$0\" native \"$1\""])
        .arg(program())
        .arg(&file)
        .output()
        .expect("the command line");
    std::fs::remove_file(file).expect("the file");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("the highest is 5"), "{output:?}");
}

#[test]
fn what_cannot_be_done_is_said_once() {
    let run = run("task server
  let none, there = connect 81
  print \"{there}\"
  let s = listen 80
  let again, ok = listen 80
  print \"{ok}\"
  let t = listen 82
  let c = accept s
  receive c
  let end = receive c
  let n, sent = send c, 10
  print \"{sent}\"
  n, sent = send c, 10
  print \"{sent}\"
  let m, came = receive c
  print \"{m} {came}\"
  let d = accept t
  send d, 10
  let k, got = receive d
  print \"{k} {got}\"
  k, got = receive d
  print \"{k} {got}\"
peer goes
  connect 80
  send 10
  close
peer throws
  connect 82
  receive max 1
  close
");
    assert_eq!(run.outcome, Outcome::Finished);
    // Nobody at the port; the port is taken; the first answer to who has gone is lost and the second
    // fails; after that there is the end. Who leaves something unread resets the connection.
    let expected = ["0", "0", "1", "0", "0 1", "-1 0", "0 1"];
    assert_eq!(lines(&run), expected);
}

#[test]
fn who_waits_at_a_socket_that_another_closes_fails() {
    for _ in 0..TIMES {
        let run = run("def waits(c)
  let n = receive c
def comes(s)
  let c = accept s
task server
  let s = listen 80
  let c = accept s
  let a = thread waits(c)
  let b = thread comes(s)
  sleep 200
  close c
  close s
  join a
  join b
peer client
  connect 80
  receive
");
        assert_eq!(run.outcome, Outcome::Finished);
        let failed = count(&run, |kind| matches!(kind, EventKind::Failed { .. }));
        assert_eq!(failed, 2);
    }
}

#[test]
fn nothing_there_yet_is_no_error() {
    let run = run("task server
  let t = listen 81
  let s = listen 80
  let d, is_there = try accept t
  print \"{is_there}\"
  d, is_there = accept t timeout 5
  print \"{is_there}\"
  let c = accept s
  let n, came = try receive c
  print \"{came}\"
  n, came = receive c timeout 5
  print \"{came}\"
  send c, 1
  n = receive c
  print \"{n}\"
peer client
  connect 80
  receive
  send 7
");
    assert_eq!(lines(&run), ["0", "0", "0", "0", "7"]);
    let waits = count(&run, |kind| matches!(kind, EventKind::WouldBlock { .. }));
    let gives_up = count(&run, |kind| matches!(kind, EventKind::TimedOut { .. }));
    assert_eq!((waits, gives_up), (2, 2));
}

#[test]
fn processes_that_are_made_have_the_same_sockets() {
    for _ in 0..TIMES {
        let run = run("def serve(n)
  let c = accept 3
  let got = receive c
  send c, got
  close c
  exit got
def again(n)
  exec serve(n)
task main
  let s = listen 80
  let a = spawn serve(1)
  let b = spawn again(2)
  let pid = fork
  if pid == 0
    let c = accept s
    let n = receive c
    send c, n
    exit n
  let sum = 0
  repeat 3
    let which, status = waitpid
    sum = sum + status
  print \"{sum}\"
peer client × 3
  connect 80
  send 10 + self
  receive
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["33"]);
    }
}

#[test]
fn a_connection_ends_with_the_last_process_that_has_it() {
    let run = run("task main
  let s = listen 80
  let c = accept s
  let pid = fork
  if pid == 0
    sleep 3000
    exit
  close c
  let which = waitpid pid
  let d = accept s
peer client
  connect 80
  let n = receive
  print \"{n}\"
  connect 80
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["0"]);
    let trace = run.trace.as_ref().expect("a recorded run");
    let place = |is_wanted: &dyn Fn(EventKind) -> bool| {
        let mut events = trace.events().iter();
        events.position(|event| is_wanted(event.kind))
    };
    let ended = place(&|kind| matches!(kind, EventKind::Exited { .. }));
    let seen = place(&|kind| matches!(kind, EventKind::SocketEnded { .. }));
    assert!(ended < seen && ended.is_some(), "{ended:?} {seen:?}");
}

#[test]
fn a_run_ends_without_waiting_for_peers() {
    let run = run("task main
  let s = listen 80
  let c = accept s
peer client × 3
  connect 80
  sleep 3600000000
");
    assert_eq!(run.outcome, Outcome::Finished);
}

#[test]
fn an_endless_wait_for_who_has_gone_is_found() {
    let run = run("task main
  let s = listen 80
  let c = accept s
  let d = accept s
peer client
  connect 80
");
    assert_eq!(run.outcome, Outcome::Stalled);
}

#[test]
fn what_the_kernel_has_not_is_refused() {
    let refused = [
        (
            "task t\n  let s = listen 80 backlog 1\npeer p × 3\n  connect 80\n",
            "",
            "backlogs",
        ),
        (
            "task t\n  let s = listen 80\n",
            "100000",
            "buffers of sockets",
        ),
        (
            "watch w\ntask t\n  let s = listen 80\n  let pid = fork\n",
            "",
            "sets of sockets beside processes",
        ),
    ];
    for (script, buffer, what) in refused {
        let mut order = order(script);
        if !buffer.is_empty() {
            order.over.set("send_buffer", buffer).expect("a size");
        }
        let error = carry_out(&order).expect_err("refused").to_string();
        assert!(error.contains(what), "{error}");
    }
}
