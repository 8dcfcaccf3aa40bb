//! All quantities: their scripts, on what machine, and what is looked at.

use super::{Measure, Quantity, Real};
use crate::event::EventKind;
use crate::ids::TaskId;

const THREADS: &str = "
def f()
  pass
task main
  repeat 100
    let t = thread f()
    join t
";

const FORKS: &str = "
task main
  repeat 50
    let pid = fork
    if pid == 0
      exit
    let w = waitpid pid
";

const TURNS: &str = "
semaphore a = 0
semaphore b = 0
task one
  repeat 1000
    release a
    acquire b
task two
  repeat 1000
    acquire a
    release b
";

const TURNS_WITH_WORK: &str = "
semaphore a = 0
semaphore b = 0
task one
  repeat 300
    compute 0.02
    release a
    acquire b
task two
  repeat 300
    acquire a
    compute 0.02
    release b
";

const HANDED_OVER: &str = "
lock m handover
task t × 2
  repeat 300
    acquire m
    compute 0.02
    release m
";

const HELD: &str = "
lock m
task t × 2
  repeat 300
    acquire m
    compute 0.02
    release m
";

const CONTENDED: &str = "
const T = 2
const N = 20000
lock m
task t × T
  repeat N
    acquire m
    release m
";

const BUSY: &str = "
const T = 2
task t × T
  compute 50
";

const CONVOY: &str = "
task io
  repeat 8
    sleep 1
task busy
  compute 70
";

const COUNTER: &str = "
const K = 100000
shared counter = 0
def add()
  repeat K
    let x = load counter
    x = x + 1
    store counter = x
task main
  let a = thread add()
  let b = thread add()
  join a
  join b
";

const SLEEPS: &str = "
task t
  repeat 50
    sleep 0.1
";

const READS: &str = "
const BYTES = 60000
const READS = 9
const PAUSE = 5
task server
  let s = listen 80
  let c = accept s
  repeat READS
    let n = receive c
    let answer = send c, 1
peer client at 1
  connect 80
  repeat READS
    sleep PAUSE
    send BYTES
    let n = receive
";

const TWO_CPUS: (&str, &str) = ("cpus", "2");
const GIL: (&str, &str) = ("interpreter_lock", "check-points");

/// All of them, in the order in which they are shown.
pub const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "thread",
        what: "start a thread and join it, one CPU",
        script: THREADS,
        settings: &[("process_table", "100")],
        measure: Measure::Each(100),
        real: Real::Plain,
    },
    Quantity {
        name: "thread-two-cpus",
        what: "the same, two CPUs",
        script: THREADS,
        settings: &[("process_table", "100"), TWO_CPUS],
        measure: Measure::Each(100),
        real: Real::Plain,
    },
    Quantity {
        name: "fork",
        what: "fork, exit and wait, one CPU",
        script: FORKS,
        settings: &[("process_table", "50")],
        measure: Measure::Each(50),
        real: Real::Forks,
    },
    Quantity {
        name: "switch",
        what: "one way between two threads by semaphores, one CPU",
        script: TURNS,
        settings: &[],
        measure: Measure::Each(2_000),
        real: Real::Plain,
    },
    Quantity {
        name: "switch-two-cpus",
        what: "the same, two CPUs, after 20 µs of work",
        script: TURNS_WITH_WORK,
        settings: &[TWO_CPUS],
        measure: Measure::Each(600),
        real: Real::Plain,
    },
    Quantity {
        name: "handed-over",
        what: "20 µs of work under a lock that two threads hand to each other, two CPUs",
        script: HANDED_OVER,
        settings: &[TWO_CPUS],
        measure: Measure::Each(600),
        real: Real::Plain,
    },
    Quantity {
        name: "held",
        what: "the same under a lock for which they compete",
        script: HELD,
        settings: &[TWO_CPUS],
        measure: Measure::Each(600),
        real: Real::Plain,
    },
    Quantity {
        name: "contended",
        what: "a lock for which they compete without any work, against one thread that takes it as often",
        script: CONTENDED,
        settings: &[TWO_CPUS],
        measure: Measure::Against(&[TWO_CPUS, ("T", "1"), ("N", "40000")]),
        real: Real::Plain,
    },
    Quantity {
        name: "slice-5",
        what: "time slice of the interpreter lock, interval 5 ms, two CPUs",
        script: BUSY,
        settings: &[GIL, TWO_CPUS, ("switch_interval", "5")],
        measure: Measure::Between(is_taken, is_taken),
        real: Real::Recorded,
    },
    Quantity {
        name: "slice-1",
        what: "the same, interval 1 ms",
        script: BUSY,
        settings: &[GIL, TWO_CPUS, ("switch_interval", "1")],
        measure: Measure::Between(is_taken, is_taken),
        real: Real::Recorded,
    },
    Quantity {
        name: "slice-0.1",
        what: "the same, interval 0.1 ms",
        script: BUSY,
        settings: &[GIL, TWO_CPUS, ("switch_interval", "0.1")],
        measure: Measure::Between(is_taken, is_taken),
        real: Real::Recorded,
    },
    Quantity {
        name: "two-threads",
        what: "two threads that compute under the interpreter lock, against one",
        script: BUSY,
        settings: &[GIL, TWO_CPUS],
        measure: Measure::Against(&[GIL, TWO_CPUS, ("T", "1")]),
        real: Real::Recorded,
    },
    Quantity {
        name: "four-threads",
        what: "four of them, against one",
        script: BUSY,
        settings: &[GIL, TWO_CPUS, ("T", "4")],
        measure: Measure::Against(&[GIL, TWO_CPUS, ("T", "1")]),
        real: Real::Recorded,
    },
    Quantity {
        name: "convoy",
        what: "from the end of an I/O to the interpreter lock, beside a thread that computes",
        script: CONVOY,
        settings: &[GIL, TWO_CPUS],
        measure: Measure::Between(is_sleep_over, is_taken_by_first),
        real: Real::Recorded,
    },
    Quantity {
        name: "lost-20",
        what: "lost updates, two threads on two CPUs, 20 each",
        script: COUNTER,
        settings: &[TWO_CPUS, ("K", "20")],
        measure: Measure::Lost(40),
        real: Real::Plain,
    },
    Quantity {
        name: "lost-100000",
        what: "the same, 100,000 each",
        script: COUNTER,
        settings: &[TWO_CPUS],
        measure: Measure::Lost(200_000),
        real: Real::Plain,
    },
    Quantity {
        name: "sleep",
        what: "a sleep of 0.1 ms, one CPU",
        script: SLEEPS,
        settings: &[],
        measure: Measure::Each(50),
        real: Real::Plain,
    },
    Quantity {
        name: "waiting-for-data",
        what: "first phase of a read: data that come after 5 ms, two CPUs",
        script: READS,
        settings: NEAR,
        measure: Measure::Between(is_blocked_first, is_woken_first),
        real: Real::Recorded,
    },
    Quantity {
        name: "copying",
        what: "second phase: copying 60,000 bytes, without what one takes",
        script: READS,
        settings: OFTEN,
        measure: Measure::Longer(is_copying, is_received, OFTEN_AND_SMALL),
        real: Real::Recorded,
    },
];

/// A network as near as a real machine's loopback device.
const NEAR: &[(&str, &str)] = &[TWO_CPUS, ("network_latency", "0"), ("packet_size", "65483")];

const OFTEN: &[(&str, &str)] = &[
    TWO_CPUS,
    ("network_latency", "0"),
    ("packet_size", "65483"),
    ("READS", "99"),
    ("PAUSE", "1"),
];

const OFTEN_AND_SMALL: &[(&str, &str)] = &[
    TWO_CPUS,
    ("network_latency", "0"),
    ("packet_size", "65483"),
    ("READS", "99"),
    ("PAUSE", "1"),
    ("BYTES", "1"),
];

const FIRST: TaskId = TaskId(0);

fn is_taken(kind: EventKind) -> bool {
    matches!(kind, EventKind::InterpreterTaken { .. })
}

fn is_taken_by_first(kind: EventKind) -> bool {
    kind == EventKind::InterpreterTaken { task: FIRST }
}

fn is_sleep_over(kind: EventKind) -> bool {
    kind == EventKind::SleepEnded { task: FIRST }
}

fn is_blocked_first(kind: EventKind) -> bool {
    matches!(kind, EventKind::Blocked { task: FIRST, .. })
}

fn is_woken_first(kind: EventKind) -> bool {
    kind == EventKind::Woken { task: FIRST }
}

fn is_copying(kind: EventKind) -> bool {
    matches!(kind, EventKind::CopyBegan { task: FIRST, .. })
}

fn is_received(kind: EventKind) -> bool {
    matches!(kind, EventKind::Served { task: FIRST, .. })
}
