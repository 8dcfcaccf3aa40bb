//! User-level threads on real carriers: what a process decides about its threads is in the record, and the
//! same in every run.
//!
//! The file is long because what holds of kernel threads elsewhere is tried again here in three ways of
//! scheduling threads, each with a script of its own.

use sim_core::event::EventKind;
use sim_core::machine::wait_for;
use sim_core::native::{MemoryOrder, NativeError, NativeRun, Order, Recording};
use sim_core::run::Outcome;

use super::deadlocks::CIRCLE;
use super::{carry_out, lines, order, run_order};

/// How threads are carried, as pairs of settings.
const USER: &[(&str, &str)] = &[("threads", "user")];
const TWO_CARRIERS: &[(&str, &str)] = &[("threads", "hybrid"), ("kernel_threads", "2")];
const ONE_PROCESSOR: &[(&str, &str)] = &[("threads", "stealing"), ("processors", "1")];
const TWO_PROCESSORS: &[(&str, &str)] = &[("threads", "stealing"), ("processors", "2")];
const ALL: [&[(&str, &str)]; 4] = [USER, TWO_CARRIERS, ONE_PROCESSOR, TWO_PROCESSORS];

fn carried(script: &str, settings: &[(&str, &str)]) -> Order {
    let mut order = order(script);
    for (name, value) in settings {
        order.over.set(name, value).expect("a setting");
    }
    order
}

/// A recorded run.
fn run(script: &str, settings: &[(&str, &str)]) -> NativeRun {
    run_order(&carried(script, settings))
}

/// A run without a record.
fn run_unrecorded(script: &str, settings: &[(&str, &str)]) -> NativeRun {
    run_order(&Order {
        recording: Recording::Off(MemoryOrder::SequentiallyConsistent),
        ..carried(script, settings)
    })
}

/// Carried in every way, recorded and not.
fn run_all(script: &str) -> Vec<NativeRun> {
    let both = |settings| [run(script, settings), run_unrecorded(script, settings)];
    ALL.into_iter().flat_map(both).collect()
}

/// What is in a record of these kinds, as the event's name and the number of the task.
fn order_of(run: &NativeRun, names: &[&str]) -> Vec<String> {
    let trace = run.trace.as_ref().expect("a recorded run");
    let events = trace.events().iter().map(|event| event.kind);
    let wanted = events.filter(|kind| names.contains(&kind.name()));
    wanted
        .map(|kind| {
            let task = kind.task().expect("a task's event");
            format!("{} {}", kind.name(), task.0)
        })
        .collect()
}

#[test]
fn a_call_that_the_kernel_keeps_waiting_stops_all_on_one_carrier() {
    let run = run(
        "task reader
  sleep 2000
  compute 1
task worker × 2
  compute 1
",
        USER,
    );
    assert_eq!(
        order_of(&run, &["carrier-taken", "blocked", "sleep-ended", "exited"]),
        [
            "carrier-taken 0",
            "blocked 0",
            "sleep-ended 0",
            "exited 0",
            "carrier-taken 1",
            "exited 1",
            "carrier-taken 2",
            "exited 2",
        ]
    );
}

#[test]
fn a_processor_goes_on_while_the_kernel_keeps_a_call_waiting() {
    let run = run(
        "event over
task reader
  sleep 1000
  set over
task worker × 2
  wait over
",
        ONE_PROCESSOR,
    );
    let taken = order_of(&run, &["carrier-taken", "sleep-ended"]);
    // The workers come to their wait before the sleep is over or after it, and run in any case: were the
    // processor not given up, the first worker would take it only when the reader had ended.
    assert_eq!(taken[..2], ["carrier-taken 0", "carrier-taken 1"]);
    let blocked = order_of(&run, &["blocked", "carrier-taken"]);
    assert_eq!(
        blocked[..3],
        ["carrier-taken 0", "blocked 0", "carrier-taken 1"]
    );
    assert_eq!(run.outcome, Outcome::Finished);
}

#[test]
fn those_who_yield_take_turns() {
    for settings in [USER, ONE_PROCESSOR] {
        let run = run(
            "task one × 3
  repeat 3
    print \"{self}\"
    yield
",
            settings,
        );
        assert_eq!(lines(&run), ["0", "1", "2", "0", "1", "2", "0", "1", "2"]);
    }
}

#[test]
fn who_yields_alone_goes_on() {
    for settings in ALL {
        let run = run("task only\n  repeat 5\n    yield\n", settings);
        assert_eq!(
            order_of(&run, &["carrier-taken", "yielded", "exited"]),
            [
                "carrier-taken 0",
                "yielded 0",
                "yielded 0",
                "yielded 0",
                "yielded 0",
                "yielded 0",
                "exited 0"
            ]
        );
    }
}

#[test]
fn who_does_not_yield_keeps_the_carrier_to_the_end() {
    let run = run(
        "task crunch
  repeat 50
    compute 20
task clock
  print \"tick\"
",
        USER,
    );
    assert_eq!(
        order_of(&run, &["carrier-taken", "printed", "exited"]),
        [
            "carrier-taken 0",
            "exited 0",
            "carrier-taken 1",
            "printed 1",
            "exited 1"
        ]
    );
}

#[test]
fn two_carriers_carry_two_threads_and_no_third() {
    let run = run(
        "task pair × 2
  sleep 1000
task third
  pass
",
        TWO_CARRIERS,
    );
    let order = order_of(&run, &["carrier-taken", "exited"]);
    assert_eq!(order[..2], ["carrier-taken 0", "carrier-taken 1"]);
    assert!(order[2].starts_with("exited"), "{order:?}");
    assert_eq!(order[3], "carrier-taken 2");
}

#[test]
fn what_is_made_runs_in_its_order() {
    let script = "def work(n)
  print \"{n}\"
task main
  let a = thread work(1)
  let b = thread work(2)
  let c = thread work(3)
  join a
  join b
  join c
  print \"all\"
";
    for run in [run(script, USER), run_unrecorded(script, USER)] {
        assert_eq!(lines(&run), ["1", "2", "3", "all"]);
    }
    // Who was made last is next on its maker's processor.
    for run in [
        run(script, ONE_PROCESSOR),
        run_unrecorded(script, ONE_PROCESSOR),
    ] {
        assert_eq!(lines(&run), ["3", "1", "2", "all"]);
    }
}

#[test]
fn joins_locks_conditions_and_queues_work_however_threads_are_carried() {
    for run in run_all(
        "shared sum = 0
shared ready = 0
lock m
lock h handover
condition c of m
queue q max 2
semaphore s = 0
barrier b = 3
rwlock w prefer fair
def work(n)
  acquire m
  let r = load ready
  while r == 0
    wait c
    r = load ready
  release m
  acquire h
  let t = load sum
  yield
  store sum = t + n
  release h
  wait b
  acquire read w
  release w
  put q, n
  release s
task main
  let a = thread work(1)
  let d = thread work(10)
  let e = thread work(100)
  yield
  acquire m
  store ready = 1
  notify all c
  release m
  let x = get q
  let y = get q
  let z = get q
  acquire s
  acquire s
  acquire s
  join e
  join d
  join a
  let got = x + y + z
  let t = load sum
  print \"{got} {t}\"
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["111 111"]);
    }
}

#[test]
fn who_waits_too_long_stands_in_the_run_queue() {
    let script = "event never
event late
lock m
condition c of m
def sits()
  wait late
task waiter
  let ok = wait never timeout 50
  print \"event {ok}\"
  acquire m
  let ok2 = wait c timeout 50
  print \"condition {ok2}\"
  release m
  let t = thread sits()
  let ok3 = join t timeout 50
  print \"join {ok3}\"
  set late
  let ok4 = join t timeout 60000000
  print \"join {ok4}\"
";
    for run in run_all(script) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["event 0", "condition 0", "join 0", "join 1"]);
    }
    let run = run(script, USER);
    let expected = [
        ("timed-out 0", "carrier-taken 0"),
        ("timed-out 0", "carrier-taken 0"),
        ("timed-out 0", "carrier-taken 0"),
    ];
    let order = order_of(&run, &["timed-out", "carrier-taken"]);
    let after = order.windows(2).filter(|pair| pair[0] == "timed-out 0");
    let after: Vec<_> = after.map(|pair| (&*pair[0], &*pair[1])).collect();
    assert_eq!(after, expected);
}

#[test]
fn a_time_limit_passes_though_another_keeps_the_only_carrier() {
    let run = run(
        "event never
task waiter
  let ok = wait never timeout 100
  print \"{ok}\"
task crunch
  compute 20000
",
        USER,
    );
    assert_eq!(lines(&run), ["0"]);
    assert_eq!(
        order_of(&run, &["carrier-taken", "exited"]),
        [
            "carrier-taken 0",
            "carrier-taken 1",
            "exited 1",
            "carrier-taken 0",
            "exited 0"
        ]
    );
}

#[test]
fn a_woken_waiter_is_not_late_for_its_next_wait() {
    // Each wait has a limit, and nearly all are woken: limits that are over are forgotten.
    for run in run_all(
        "event ping
event pong
shared late = 0
task one
  repeat 200
    set ping
    let ok = wait pong timeout 60000000
    clear pong
    fetch_add late, 1 - ok
task two
  repeat 200
    let ok = wait ping timeout 60000000
    clear ping
    fetch_add late, 1 - ok
    set pong
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [0]);
    }
}

#[test]
fn a_deadlock_of_user_level_threads_is_named() {
    for settings in ALL {
        let run = run(CIRCLE, settings);
        assert_eq!(run.outcome, Outcome::Deadlock);
        let trace = run.trace.as_ref().unwrap();
        let circles = wait_for::circles(&trace.last());
        assert_eq!(circles.len(), 1);
        assert_eq!(circles[0].len(), 2);
        let run = run_unrecorded(CIRCLE, settings);
        assert_eq!(run.outcome, Outcome::Deadlock);
    }
}

#[test]
fn waiting_for_what_nobody_does_is_a_stall() {
    for run in run_all("event e\nshared x = 0\ntask only × 3\n  fetch_add x, 1\n  wait e\n") {
        assert_eq!(run.outcome, Outcome::Stalled);
        assert_eq!(run.memory, [3]);
    }
}

#[test]
fn thousands_of_threads_share_one_carrier() {
    for run in run_all(
        "shared inside = 0
shared total = 0
lock m
task worker × 5000
  acquire m
  let i = fetch_add inside, 1
  assert i == 0
  yield
  fetch_add total, 1
  fetch_add inside, 0 - 1
  release m
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [0, 5_000]);
    }
}

#[test]
fn threads_go_from_one_carrier_to_another_under_load() {
    let script = "shared inside = 0
shared total = 0
lock m
semaphore few = 3
queue q max 4
task worker × 12
  repeat 60
    acquire few
    acquire m
    let i = fetch_add inside, 1
    assert i == 0
    yield
    fetch_add total, 1
    fetch_add inside, 0 - 1
    release m
    release few
    put q, 1
    sleep 1
task taker × 2
  repeat 360
    let x = get q
    yield
";
    for carriers in ["2", "3", "7"] {
        for settings in [
            [("threads", "hybrid"), ("kernel_threads", carriers)],
            [("threads", "stealing"), ("processors", carriers)],
        ] {
            for run in [run(script, &settings), run_unrecorded(script, &settings)] {
                assert_eq!(run.outcome, Outcome::Finished);
                assert_eq!(run.memory, [0, 720]);
            }
        }
    }
}

#[test]
fn what_a_thread_has_used_is_not_counted_for_those_after_it() {
    for settings in [USER, ONE_PROCESSOR] {
        let runs = [
            run(
                "task heavy\n  compute 50000\ntask light\n  pass\n",
                settings,
            ),
            run_unrecorded(
                "task heavy\n  compute 50000\ntask light\n  pass\n",
                settings,
            ),
        ];
        for run in runs {
            let [heavy, light] = run.cpu[..] else {
                panic!("{:?}", run.cpu);
            };
            // A thread that computes does so until its own clock has gone on by so much.
            assert!(heavy.0 >= 50_000_000, "{heavy:?}");
            assert!(light < heavy, "{light:?} beside {heavy:?}");
        }
    }
}

#[test]
fn a_fault_ends_the_thread_or_the_process() {
    let script = "task one
  assert 1 == 2
task two
  print \"goes on\"
";
    for settings in ALL {
        let run = run(script, settings);
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(lines(&run), ["goes on"]);
    }
    for run in run_all("task one\n  exit 3\ntask two\n  repeat\n    yield\n") {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.stopped, None);
    }
}

#[test]
fn what_arrives_late_stands_in_the_run_queue() {
    for run in run_all(
        "shared x = 0
task first
  compute 2000
  fetch_add x, 1
task late × 3 at 500
  fetch_add x, 1
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [4]);
    }
}

#[test]
fn what_user_level_threads_do_without_is_said() {
    for (script, what) in [
        ("task one\n  let pid = fork\n", "processes"),
        (
            "def f()\n  pass\ntask one\n  on signal SIGUSR1 f\n",
            "signals",
        ),
    ] {
        let error = carry_out(&carried(script, USER)).unwrap_err();
        assert!(matches!(error, NativeError::Unsupported(_)), "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn who_comes_out_of_the_kernel_and_finds_no_processor_stands_in_the_run_queue() {
    // The data are there while the writer computes; how soon the reader is told is the kernel's affair.
    let waits_for_processor = || {
        let run = run(
            "pipe p max 1
task reader
  let n = receive p
  print \"{n}\"
task writer
  send p, 5
  compute 20000
",
            ONE_PROCESSOR,
        );
        assert_eq!(lines(&run), ["5"]);
        let order = order_of(&run, &["carrier-taken", "woken", "received", "exited"]);
        order
            == [
                "carrier-taken 0",
                "carrier-taken 1",
                "woken 0",
                "exited 1",
                "carrier-taken 0",
                "received 0",
                "exited 0",
            ]
    };
    assert!((0..1_000).any(|_| waits_for_processor()));
}

/// A server, with a thread for each of its clients.
#[cfg(target_os = "linux")]
const SERVER: &str = "shared served = 0
watch sockets
def serve(c)
  let n = receive c
  send c, n
  close c
  fetch_add served, 1
task server
  let s = listen 80
  watch add sockets, s
  repeat 6
    epoll sockets
    let c = accept s
    let t = thread serve(c)
task other × 3
  repeat 20
    compute 5
    yield
peer client × 6
  let c, ok = connect 80
  while ok == 0
    sleep 5
    c, ok = connect 80
  sleep 40
  send 1000
  receive
";

#[test]
#[cfg(target_os = "linux")]
fn sockets_and_sets_of_them_work_beside_user_level_threads() {
    for settings in ALL {
        for _ in 0..10 {
            let run = run(SERVER, settings);
            assert_eq!(run.outcome, Outcome::Finished);
            assert_eq!(run.memory, [6]);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn pipes_work_beside_user_level_threads() {
    let script = "pipe p max 1
shared sum = 0
task writer × 2
  repeat 20
    send p, 1
task reader × 2
  repeat 20
    let n = receive p
    fetch_add sum, n
";
    for settings in [
        &[("threads", "hybrid"), ("kernel_threads", "4")][..],
        ONE_PROCESSOR,
        TWO_PROCESSORS,
    ] {
        let run = run(script, settings);
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [40]);
    }
    // On one carrier a writer waits in the kernel for readers that wait for the carrier.
    assert_eq!(run(script, USER).outcome, Outcome::Deadlock);
}

#[test]
fn the_record_says_who_was_carried_and_nobody_twice() {
    let run = run(
        "lock m
task worker × 9
  repeat 5
    acquire m
    compute 5
    release m
",
        TWO_CARRIERS,
    );
    let trace = run.trace.as_ref().unwrap();
    let mut on: Vec<u32> = Vec::new();
    for event in trace.events() {
        match event.kind {
            EventKind::CarrierTaken { task } => {
                assert!(!on.contains(&task.0), "it has one: {event:?}");
                on.push(task.0);
                assert!(on.len() <= 2, "{on:?}");
            }
            EventKind::Blocked { task, .. } | EventKind::Exited { task } => {
                on.retain(|other| *other != task.0);
            }
            _ => {}
        }
    }
}
