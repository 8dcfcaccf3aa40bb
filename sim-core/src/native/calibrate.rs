//! What this computer takes for what the simulated machine has costs for.
//!
//! Not a benchmark of Lockstep: each figure is the median of rounds in which the operating system does one
//! thing many times, in the terms of the cost table (`program/config.rs`). What user space cannot
//! measure (the kernel's handler of an interrupt) is not among them.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::os::{self, monotonic};
use super::{Delays, MemoryOrder, Order, Recording, run};
use crate::program::Costs;
use crate::settings::Settings;
use crate::time::Span;
use crate::workload::Workload;

/// The argument by which a program is asked to end at once: what starting a process takes.
pub const NOTHING: &str = "native-nothing";

/// A cost that was measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    /// The setting that it is a value for.
    pub setting: &'static str,
    /// What was done.
    pub what: &'static str,
    /// What the preset [`Costs::CPYTHON`] has for it.
    pub preset: Span,
    /// The least of all rounds, the median, and the most.
    pub range: [Span; 3],
}

impl Measured {
    /// The value to take.
    #[must_use]
    pub const fn median(&self) -> Span {
        self.range[1]
    }
}

/// How many rounds there are of each measurement; an odd number has a median.
const ROUNDS: usize = 11;

/// Measures. `program` is this program or another that calls [`child`](super::child) and ends at once when
/// it is started with [`NOTHING`]. Takes about two seconds.
///
/// # Errors
///
/// Where the system refuses a pipe, a thread or a process.
pub fn calibrate(program: &Path) -> io::Result<Vec<Measured>> {
    let preset = Costs::CPYTHON;
    Ok(vec![
        measured(
            ("system_call_cost", preset.system_call),
            "a system call (getppid)",
            || {
                Ok(times(20_000, || {
                    let _ = rustix::process::getppid();
                }))
            },
        )?,
        measured(
            ("switch_cost", preset.switch),
            "one way between two threads on one CPU, by pipes",
            switch,
        )?,
        measured(
            ("user_switch_cost", preset.user_switch),
            "going over from one user-level thread to another",
            || user_switch(program),
        )?,
        measured(
            ("thread_cost", preset.thread),
            "starting a thread and joining it",
            || {
                timed(200, || {
                    let thread = thread::Builder::new().spawn(|| ())?;
                    thread.join().map_err(|_| io::Error::other("it panicked"))
                })
            },
        )?,
        measured(
            ("spawn_cost", preset.spawn),
            "starting a program and waiting for its end",
            || timed(5, || spawn(program)),
        )?,
        measured(
            ("copy_cost", preset.copy),
            "copying 1 KiB into or out of the kernel",
            copy,
        )?,
        measured(
            ("scan_cost", preset.scan),
            "one descriptor more in poll",
            scan,
        )?,
        measured(
            ("instruction_cost", preset.instruction),
            "a line of a script, half of them shared accesses",
            || line(program),
        )?,
    ])
}

/// A figure of some rounds, after one that is not counted.
fn measured(
    (setting, preset): (&'static str, Span),
    what: &'static str,
    mut round: impl FnMut() -> io::Result<Span>,
) -> io::Result<Measured> {
    round()?;
    let mut spans = (0..ROUNDS)
        .map(|_| round())
        .collect::<io::Result<Vec<_>>>()?;
    spans.sort_unstable();
    let range = [spans[0], spans[ROUNDS / 2], spans[ROUNDS - 1]];
    Ok(Measured {
        setting,
        what,
        preset,
        range,
    })
}

/// How long something takes that is done so many times.
fn times(count: u32, mut act: impl FnMut()) -> Span {
    let start = monotonic();
    (0..count).for_each(|_| act());
    Span((monotonic() - start) / u64::from(count.max(1)))
}

/// The same of what can fail.
fn timed(count: u32, mut act: impl FnMut() -> io::Result<()>) -> io::Result<Span> {
    let mut done = Ok(());
    let span = times(count, || {
        if done.is_ok() {
            done = act();
        }
    });
    done.map(|()| span)
}

fn spawn(program: &Path) -> io::Result<()> {
    let mut command = Command::new(program);
    command.arg(NOTHING).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().map(|_| ())
}

/// Two threads on one CPU send a byte to and fro: each way is a write, a switch and a read (the way in
/// which lmbench measures it; McVoy and Staelin, 1996).
fn switch() -> io::Result<Span> {
    const WAYS: u32 = 2_000;
    let (mut ping_out, mut ping_in) = io::pipe()?;
    let (mut pong_out, mut pong_in) = io::pipe()?;
    // A thread of its own, so that the caller may go on using all CPUs.
    let pair = thread::spawn(move || {
        os::use_cpus(1);
        let other = thread::spawn(move || {
            let mut byte = [0];
            while ping_out.read_exact(&mut byte).is_ok() {
                if pong_in.write_all(&byte).is_err() {
                    break;
                }
            }
        });
        let span = timed(WAYS, || {
            let mut byte = [1];
            ping_in.write_all(&byte)?;
            pong_out.read_exact(&mut byte)
        });
        drop(ping_in);
        let _ = other.join();
        span
    });
    let there_and_back = pair.join().map_err(|_| io::Error::other("it panicked"))??;
    Ok(Span(there_and_back.0 / 2))
}

/// What two user-level threads take longer that take turns than one that yields to nobody, in a real run
/// that is not recorded, by their CPU time: leaving a stack, the run queue, and going on on another stack.
fn user_switch(program: &Path) -> io::Result<Span> {
    const TURNS: u64 = 20_000;
    let yields = |threads: u64| {
        let text = format!("task t × {threads}\n  repeat {TURNS}\n    yield\n");
        used(program, &text, "user").map(|used| used.0 / (threads * TURNS))
    };
    let (alone, by_turns) = (yields(1)?, yields(2)?);
    Ok(Span(by_turns.saturating_sub(alone)))
}

/// Half of what it takes to write 32 KiB into a pipe and read them out again, without the two calls.
fn copy() -> io::Result<Span> {
    const KIB: usize = 32;
    let (mut out, mut into) = io::pipe()?;
    let mut bytes = vec![1; KIB * 1_024];
    let mut through = |length: usize| {
        timed(200, || {
            into.write_all(&bytes[..length])?;
            out.read_exact(&mut bytes[..length])
        })
    };
    let (all, one) = (through(KIB * 1_024)?, through(1)?);
    let kib = KIB as u64;
    Ok(Span((all - one).0 / (2 * kib)))
}

/// What a poll takes longer with 256 descriptors at which nothing happens than with one.
fn scan() -> io::Result<Span> {
    const MANY: usize = 256;
    let (out, _open) = io::pipe()?;
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let poll_of = |count: usize| {
        let mut set: Vec<_> = (0..count)
            .map(|_| PollFd::new(&out, PollFlags::IN))
            .collect();
        timed(2_000, || {
            poll(&mut set, Some(&at_once))?;
            Ok(())
        })
    };
    let (many, one) = (poll_of(MANY)?, poll_of(1)?);
    Ok(Span((many - one).0 / (MANY as u64 - 1)))
}

/// A line of a script that runs natively and is not recorded, by the CPU time of its thread.
fn line(program: &Path) -> io::Result<Span> {
    const ROUNDS: u64 = 100_000;
    let text = format!(
        "shared x = 0\ntask t\n  repeat {ROUNDS}\n    let v = load x\n    let w = v + 1\n    store x = w\n    let u = w\n"
    );
    let used = used(program, &text, "kernel")?;
    Ok(Span(used.0 / (ROUNDS * 5)))
}

/// The CPU time that the tasks of a script use in a real run that is not recorded.
fn used(program: &Path, text: &str, threads: &str) -> io::Result<Span> {
    let failed = |what: String| io::Error::other(what);
    let workload =
        Workload::from_script("measured", text).map_err(|error| failed(error.to_string()))?;
    let mut over = Settings::default();
    over.set("threads", threads)
        .map_err(|error| failed(error.to_string()))?;
    let order = Order {
        recording: Recording::Off(MemoryOrder::SequentiallyConsistent),
        delays: Delays::None,
        over,
        ..Order::new(workload)
    };
    let done = run(program, &order, &mut |_| ControlFlow::Continue(()));
    let done = done.map_err(|error| failed(error.to_string()))?;
    Ok(Span(done.cpu.iter().map(|used| used.0).sum()))
}
