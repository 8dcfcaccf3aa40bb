//! What can be measured of one script in both machines, to be held beside each other: what
//! `lockstep calibrate --check` tabulates, and what the default costs are tested by.
//!
//! Each is a small script and what is looked at in its run. A simulated run of it is exact; of a real one
//! it is one sample, on a machine that does other things too.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Limits, MemoryOrder, NativeError, Order, Recording, run as run_for_real};
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::run::{Deviations, run};
use crate::settings::Settings;
use crate::time::{Span, Time};
use crate::trace::Trace;
use crate::workload::Workload;

/// Something that both machines show.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// By which it is known.
    pub name: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// What is done.
    script: &'static str,
    /// The machine, and constants of the script.
    settings: &'static [(&'static str, &'static str)],
    measure: Measure,
    real: Real,
}

/// How the real figure is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Real {
    /// In a run of the script without a record.
    Plain,
    /// In one with a record, by its times.
    Recorded,
    /// By a small process that forks and waits, outside of any run: a run records, and has threads of its own.
    Forks,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
enum Measure {
    /// How long the run takes, for each of so many that it does.
    Each(u32),
    /// How many times as long the run takes as with these settings.
    Against(&'static [(&'static str, &'static str)]),
    /// The median time from one event to the next of the other kind.
    Between(fn(EventKind) -> bool, fn(EventKind) -> bool),
    /// How much longer that is than with these settings.
    Longer(
        fn(EventKind) -> bool,
        fn(EventKind) -> bool,
        &'static [(&'static str, &'static str)],
    ),
    /// Which share of so many additions the first variable lacks at the end.
    Lost(u32),
}

/// In what a quantity is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scale {
    /// Nanoseconds.
    Time,
    /// How many times.
    Times,
    /// A share, 1 for all.
    Share,
}

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

/// What is looked at in a run.
struct Seen {
    end: Time,
    memory: Vec<i64>,
    trace: Option<Arc<Trace>>,
}

impl Seen {
    /// The median time from an event to the next of the other kind.
    fn median_between(
        &self,
        begins: fn(EventKind) -> bool,
        ends: fn(EventKind) -> bool,
    ) -> Option<Span> {
        let (mut since, mut spans) = (None, Vec::new());
        for event in self.trace.as_ref()?.events() {
            if ends(event.kind)
                && let Some(since) = since.take()
            {
                spans.push(event.at.since(since));
            }
            if begins(event.kind) {
                since = Some(event.at);
            }
        }
        spans.sort_unstable();
        spans.get(spans.len() / 2).copied()
    }
}

/// The longest that a real run may take.
const LONGEST: Duration = Duration::from_secs(60);

impl Quantity {
    /// What it is in the simulated machine with these costs, which are settings; none where it is not to be
    /// seen, because it takes no time.
    ///
    /// # Errors
    ///
    /// Where the costs are no settings.
    pub fn simulated(&self, costs: &[(&str, String)]) -> Result<Option<f64>, NativeError> {
        let costs: Vec<_> = costs
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.look(|workload, settings| {
            let over = set(costs.iter().chain(settings))?;
            let code = workload.code(&over).map_err(NativeError::Input)?;
            let trace = run(Arc::new(code), Deviations::default());
            let machine = trace.last();
            Ok(Seen {
                end: machine.now,
                memory: machine.memory,
                trace: Some(Arc::new(trace)),
            })
        })
    }

    /// What it is on this computer, in one run; none where it did not come to it. `program` is as for
    /// [`run`](super::run).
    ///
    /// # Errors
    ///
    /// Where there is no real run.
    pub fn real(&self, program: &Path) -> Result<Option<f64>, NativeError> {
        let recording = match self.real {
            Real::Plain => Recording::Off(MemoryOrder::SequentiallyConsistent),
            Real::Recorded => Recording::On,
            Real::Forks => return forks(program),
        };
        self.look(|workload, settings| {
            let order = Order {
                over: set(settings)?,
                recording,
                limits: Limits {
                    wall: LONGEST,
                    ..Limits::default()
                },
                ..Order::new(workload)
            };
            let run = run_for_real(program, &order, &mut |_| ControlFlow::Continue(()))?;
            Ok(Seen {
                end: run.end,
                memory: run.memory,
                trace: run.trace,
            })
        })
    }

    /// In what it is measured.
    #[must_use]
    pub const fn scale(&self) -> Scale {
        match self.measure {
            Measure::Each(_) | Measure::Between(..) | Measure::Longer(..) => Scale::Time,
            Measure::Against(_) => Scale::Times,
            Measure::Lost(_) => Scale::Share,
        }
    }

    /// How its real figure is taken.
    #[must_use]
    pub const fn real_form(&self) -> Real {
        self.real
    }

    fn look(
        &self,
        run: impl Fn(Workload, &[(&str, &str)]) -> Result<Seen, NativeError>,
    ) -> Result<Option<f64>, NativeError> {
        let workload = Workload::from_script(self.name, self.script).map_err(NativeError::Input)?;
        let seen = run(workload.clone(), self.settings)?;
        Ok(match self.measure {
            Measure::Each(count) => Some(number(seen.end.0) / f64::from(count)),
            Measure::Against(settings) => {
                let other = run(workload, settings)?;
                Some(number(seen.end.0) / number(other.end.0.max(1)))
            }
            Measure::Between(begins, ends) => {
                let span = seen.median_between(begins, ends);
                span.map(|span| number(span.0))
            }
            Measure::Longer(begins, ends, settings) => {
                let other = run(workload, settings)?.median_between(begins, ends);
                let span = seen.median_between(begins, ends);
                // What takes no time is not reported.
                span.map(|span| number((span - other.unwrap_or_default()).0))
            }
            Measure::Lost(count) => seen.memory.first().map(|kept| {
                let kept = number(u64::try_from(*kept).unwrap_or_default());
                1.0 - kept / f64::from(count)
            }),
        })
    }
}

#[cfg(target_os = "linux")]
fn forks(program: &Path) -> Result<Option<f64>, NativeError> {
    let span = super::calibrate::forked(program, 0).map_err(NativeError::Start)?;
    Ok(Some(number(span.0)))
}

#[cfg(not(target_os = "linux"))]
fn forks(_: &Path) -> Result<Option<f64>, NativeError> {
    Ok(None)
}

fn set<'a>(
    pairs: impl IntoIterator<Item = &'a (&'a str, &'a str)>,
) -> Result<Settings, NativeError> {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        settings
            .set(name, value)
            .map_err(|error| NativeError::Failed(format!("{name}: {error}")))?;
    }
    Ok(settings)
}

/// Good for about three months in nanoseconds, which is longer than any run.
#[expect(clippy::cast_precision_loss, reason = "see above")]
const fn number(whole: u64) -> f64 {
    whole as f64
}
