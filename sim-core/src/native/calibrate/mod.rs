//! What this computer takes for what the simulated machine has costs for.
//!
//! Not a benchmark of Lockstep: each figure is the median of rounds in which the operating system does one
//! thing many times, in the terms of the cost table (`program/config.rs`). What user space cannot
//! measure (the kernel's handler of an interrupt) is not among them.
//!
//! What the simulated machine charges elsewhere is taken off, so that sums agree: to start and join a thread on
//! one CPU takes two switches besides, to fork and wait too. The calls to the kernel by which threads wait for
//! each other cost a simulated machine nothing, so they are part of the switch.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::os::{self, monotonic};
use super::{Delays, MemoryOrder, Order, Recording, run};
use crate::program::Costs;
use crate::settings::Settings;
use crate::time::Span;
use crate::workload::Workload;

mod processes;
mod waking;

#[cfg(target_os = "linux")]
pub(super) use processes::forked;
pub use processes::{FORKS, NOTHING, forks};

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

    /// Without what the simulated machine charges elsewhere.
    fn without(self, span: Span) -> Self {
        Self {
            range: self.range.map(|each| each - span),
            ..self
        }
    }
}

/// How many rounds there are of each measurement; an odd number has a median.
const ROUNDS: usize = 11;

/// Measures. `program` is this program or another that calls [`child`](super::child), ends at once when
/// it is started with [`NOTHING`], and calls [`forks`] when it is started with [`FORKS`]. Takes about two
/// seconds.
///
/// # Errors
///
/// Where the system refuses a pipe, a thread or a process.
pub fn calibrate(program: &Path) -> io::Result<Vec<Measured>> {
    let preset = Costs::CPYTHON;
    let mut all = vec![
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
            waking::switch,
        )?,
    ];
    let switches = Span(2 * all[1].median().0);
    if os::cpus() > 1 {
        all.push(measured(
            ("wake_cost", preset.wake),
            "one way between two threads on two CPUs, by pipes",
            waking::wake,
        )?);
    }
    #[cfg(target_os = "linux")]
    all.push(measured(
        ("timer_slack", preset.timer_slack),
        "what the kernel says that it is (prctl)",
        || Ok(Span(rustix::thread::current_timer_slack()?)),
    )?);
    all.push(measured(
        ("user_switch_cost", preset.user_switch),
        "going over from one user-level thread to another",
        || user_switch(program),
    )?);
    let thread = measured(
        ("thread_cost", preset.thread),
        "starting a thread and joining it on one CPU, without two switches",
        waking::thread,
    )?;
    all.push(thread.without(switches));
    #[cfg(target_os = "linux")]
    {
        let fork = measured(
            ("fork_cost", preset.fork),
            "fork, exit and wait on one CPU, without two switches",
            || forked(program, 0),
        )?;
        let copy = measured(
            ("fork_copy_cost", preset.fork_copy),
            "1 KiB more of memory that a process has touched which forks",
            || processes::fork_copy(program),
        )?;
        all.extend([fork.without(switches), copy]);
    }
    let spawn = measured(
        ("spawn_cost", preset.spawn),
        "starting a program and waiting for its end on one CPU, without two switches",
        || processes::spawn(program),
    )?;
    all.extend([
        spawn.without(switches),
        measured(
            ("copy_cost", preset.copy),
            "reading 1 KiB more from a connection that has it",
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
    ]);
    Ok(all)
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

/// The median of so many: what others do on this computer meanwhile is in few of them.
fn median_of(count: usize, mut one: impl FnMut() -> io::Result<Span>) -> io::Result<Span> {
    let mut spans = (0..count).map(|_| one()).collect::<io::Result<Vec<_>>>()?;
    spans.sort_unstable();
    let median = spans.get(count / 2).copied();
    median.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Measures in a thread of its own on one CPU, so that the caller may go on using all of them.
fn on_cpu(
    number: usize,
    measure: impl FnOnce() -> io::Result<Span> + Send + 'static,
) -> io::Result<Span> {
    let thread = thread::spawn(move || {
        os::use_cpu(number);
        measure()
    });
    let measured = thread.join();
    measured.map_err(|_| io::Error::other("it panicked"))?
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

/// What it takes longer to read 60,000 bytes from a connection than one, when they are there: loopback
/// delivers within the call that sends. Who sends is on another CPU, if there is one, so that they are not in
/// the reader's cache.
fn copy() -> io::Result<Span> {
    const BYTES: usize = 60_000;
    const TIMES: usize = 101;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut from = TcpStream::connect(listener.local_addr()?)?;
    from.set_nodelay(true)?;
    let (mut to, _) = listener.accept()?;
    let (ask, asked) = sync_channel::<usize>(0);
    let (answer, answered) = sync_channel(0);
    let sender = thread::spawn(move || {
        os::use_cpu(usize::from(os::cpus() > 1));
        let bytes = vec![1; BYTES];
        while let Ok(length) = asked.recv() {
            if answer.send(from.write_all(&bytes[..length])).is_err() {
                break;
            }
        }
    });
    let span = on_cpu(0, move || {
        let mut bytes = vec![0; BYTES];
        let mut read = |length: usize| {
            median_of(TIMES, || {
                ask.send(length).map_err(io::Error::other)?;
                answered.recv().map_err(io::Error::other)??;
                let start = monotonic();
                to.read_exact(&mut bytes[..length])?;
                Ok(Span(monotonic() - start))
            })
        };
        let (all, one) = (read(BYTES)?, read(1)?);
        Ok(Span(all.0.saturating_sub(one.0) * 1_024 / BYTES as u64))
    });
    let _ = sender.join();
    span
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
