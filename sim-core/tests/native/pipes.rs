//! Real pipes, between threads and between processes.

use sim_core::event::EventKind;
use sim_core::ids::PipeId;
use sim_core::run::Outcome;

use super::{carry_out, count, lines, order, run};

/// How often what could go otherwise is tried.
const TIMES: usize = 5;

fn ends(run: &sim_core::native::NativeRun, pipe: u16) -> usize {
    count(
        run,
        |kind| matches!(kind, EventKind::ReachedEnd { pipe: own, .. } if own == PipeId(pipe)),
    )
}

#[test]
fn many_writers_and_readers_lose_nothing_and_each_reader_comes_to_one_end() {
    for size in ["", "max 1", "max 4"] {
        for _ in 0..TIMES {
            let run = run(&format!(
                "pipe p {size}
pipe sums
task main
  repeat 3
    let pid = fork
    if pid == 0
      close p read
      let n = 0
      repeat 100
        n = n + 1
        send p, n
      exit
  repeat 3
    let pid = fork
    if pid == 0
      close p write
      let sum = 0
      let x, ok = receive p
      while ok
        sum = sum + x
        x, ok = receive p
      send sums, sum
      exit
  close p write
  close p read
  close sums write
  let total = 0
  let s, more = receive sums
  while more
    total = total + s
    s, more = receive sums
  let pid = waitpid
  while pid > 0
    pid = waitpid
  print \"{{total}}\"
"
            ));
            assert_eq!(run.outcome, Outcome::Finished, "{size}");
            // 3 × (1 + 2 + … + 100).
            assert_eq!(lines(&run), ["15150"], "{size}");
            assert_eq!((ends(&run, 0), ends(&run, 1)), (3, 1), "{size}");
            let ended = count(&run, |kind| {
                matches!(kind, EventKind::WaitedForChild { .. })
            });
            assert_eq!(ended, 6, "{size}");
        }
    }
}

#[test]
fn threads_share_the_ends_of_their_process() {
    for _ in 0..TIMES {
        let run = run("pipe p max 2
shared sum = 0
def writer()
  repeat 50
    send p, 2
def reader()
  let x, ok = receive p
  while ok
    fetch_add sum, x
    x, ok = receive p
task main
  let a = thread writer()
  let b = thread writer()
  let c = thread reader()
  let d = thread reader()
  join a
  join b
  close p write
  join c
  join d
  let s = load sum
  print \"{s}\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["200"]);
        assert_eq!(ends(&run, 0), 2);
    }
}

#[test]
fn a_pipe_holds_as_many_as_it_says() {
    for size in [1, 2, 16, 256, 512, 8_192] {
        let run = run(&format!(
            "pipe p max {size}
task main
  let n = 0
  let ok = 1
  while ok
    ok = try send p, n
    n = n + ok
  let late = send p, 7 timeout 20
  print \"{{n}} {{late}}\"
  let x = receive p
  let y, more = try receive p
  print \"{{x}} {{more}}\"
"
        ));
        assert_eq!(run.outcome, Outcome::Finished);
        let more = i64::from(size > 1);
        let expected = [format!("{size} 0"), format!("0 {more}")];
        assert_eq!(lines(&run), expected);
    }
}

#[test]
fn room_in_a_large_pipe_comes_back_by_pages_and_nothing_is_lost() {
    let run = run("pipe p
task main
  let pid = fork
  if pid == 0
    close p read
    let n = 0
    repeat 9000
      n = n + 1
      send p, n
    exit
  close p write
  let which = waitpid pid timeout 1000
  let sum = 0
  let x, ok = receive p
  while ok
    sum = sum + x
    x, ok = receive p
  which = waitpid
  print \"{sum}\"
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["40504500"]);
}

#[test]
fn what_the_kernel_has_not_is_refused() {
    for size in [3, 6, 300, 1_000, 262_144] {
        let order = order(&format!("pipe p max {size}\ntask main\n  send p, 1\n"));
        let error = carry_out(&order).expect_err("no such pipe").to_string();
        assert!(error.contains("that many messages"), "{error}");
    }
}

#[test]
fn an_end_that_was_closed_is_no_descriptor_any_more() {
    let run = run("pipe p
task main
  let pid = fork
  if pid == 0
    close p write
    close p write
  let which, status = waitpid pid
  print \"{status}\"
  close p read
  let x = receive p
");
    assert_eq!(run.outcome, Outcome::Finished);
    assert_eq!(lines(&run), ["1"]);
    let failed = count(&run, |kind| matches!(kind, EventKind::Failed { .. }));
    assert_eq!(failed, 2);
}

#[test]
fn who_waits_at_an_end_that_another_thread_closes_fails() {
    for _ in 0..TIMES {
        let run = run("pipe p
pipe q max 1
def reader()
  let x = receive p
def writer()
  send q, 1
  send q, 2
task main
  let a = thread reader()
  let b = thread writer()
  sleep 200
  close p read
  close q write
  join a
  join b
  let x, ok = receive q
  while ok
    x, ok = receive q
  print \"end\"
");
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["end"]);
        let failed = count(&run, |kind| matches!(kind, EventKind::Failed { .. }));
        // The reader always, the writer if it was not done before.
        assert!((1..=2).contains(&failed), "{failed}");
    }
}

#[test]
fn jobs_of_a_workload_write_into_real_pipes() {
    use sim_core::native::Order;
    let text = r#"
[machine]
unit = "us"

[[pipe]]
name = "p"
capacity = 2

[[job]]
name = "a"
bursts = "c5 send:p c5 send:p c5 send:p"

[[job]]
name = "b"
bursts = "send:p send:p"

[[job]]
name = "r"
bursts = "receive:p receive:p receive:p receive:p receive:p receive:p"
"#;
    let Ok(workload) = sim_core::workload::Workload::from_toml("test", text) else {
        panic!("a workload");
    };
    for _ in 0..TIMES {
        let run = super::run_order(&Order::new(workload.clone()));
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(ends(&run, 0), 1);
        let received = count(&run, |kind| matches!(kind, EventKind::Received { .. }));
        assert_eq!(received, 5);
    }
}
