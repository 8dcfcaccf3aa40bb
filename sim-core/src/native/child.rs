//! The child process in which a program really runs.
//!
//! It reads its order from standard input and writes records to standard output. It ends when its parent
//! does: the kernel tells it (on Linux), and so does the end of standard input.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::actor::{Actor, Program};
use super::kernel::{self, Kernel, Peers, Role};
use super::order::Wire;
use super::park::Wake;
use super::record::{Ending, Record, Said};
use super::threads::spawn;
use super::world::World;
use super::{os, threads};
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::program::MAIN;
use crate::time::{Span, Time};

/// The longest order, in bytes.
const ORDER: u32 = 64 << 20;
/// How long records may wait in memory: the parent watches for deadlocks and shows what happens.
const STALE: Duration = Duration::from_millis(10);

/// Carries out the order on standard input; what `native-child` of the command line does.
#[must_use]
pub fn main() -> ExitCode {
    // A thread that panics must not leave others waiting for it.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
    let Ok(out) = io::stdout().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    let out = File::from(out);
    let begun = match Role::own() {
        Some(role) => kernel::run_as_member(role, out),
        None => begin(out).map(|()| ExitCode::SUCCESS),
    };
    match begun {
        Ok(code) => code,
        Err((mut out, why)) => {
            let mut bytes = Vec::new();
            let failure = Record::of_text(Said::Failure, &why);
            let (at, how) = (Time::ZERO, Ending::Failure);
            for record in failure.iter().chain(&[Record::End { at, how }]) {
                record.write(&mut bytes);
            }
            // Without a parent, the exit code has to do.
            let _ = io::Write::write_all(&mut out, &bytes);
            ExitCode::FAILURE
        }
    }
}

fn begin(out: File) -> Result<(), (File, String)> {
    let wire = match read_order() {
        Ok(wire) => wire,
        Err(why) => return Err((out, why)),
    };
    let (code, cpus) = match wire.code() {
        Ok(code) => code,
        Err(why) => return Err((out, why)),
    };
    let is_init = kernel::needs_processes(&code);
    // Who stands for init has to end others before itself, and is told by the end of standard input.
    if !is_init && let Err(why) = os::end_with(wire.parent) {
        return Err((out, why.to_owned()));
    }
    let seconds = wire.limits.wall.as_secs().saturating_add(1);
    let cpu = seconds.saturating_mul(os::cpus().into());
    os::limit(cpu, wire.limits.memory);
    os::use_cpus(cpus);
    if is_init {
        let peers = match code.peers() {
            0 => Peers::None,
            _ => Peers::Some,
        };
        return lead(&wire, peers, out);
    }
    let kernel = match Kernel::of_jobs(&code) {
        Ok(kernel) => kernel,
        Err(error) => return Err((out, format!("there are no pipes: {error}"))),
    };
    let world = World::new(code, &wire, out, kernel);
    let world = Arc::new(world);
    if let Err(error) = watch_parent() {
        world.fail(&format!("cannot start a thread: {error}"));
    }
    let how = match carry_out(&world, |_| {}) {
        Ending::Stuck if world.has_circle() => Ending::Circle,
        how => how,
    };
    world.close();
    world.report(how);
    // Threads that still run or sleep end with the process.
    std::process::exit(0);
}

/// Starts the processes of a run, and waits until all have ended.
fn lead(wire: &Wire, peers: Peers, mut out: File) -> Result<(), (File, String)> {
    let order = postcard::to_stdvec(wire).map_err(io::Error::other);
    if let Err(error) = order.and_then(|order| kernel::run_as_init(&order, peers)) {
        return Err((out, format!("no process can be started: {error}")));
    }
    let mut bytes = Vec::new();
    let (at, how) = (Time::ZERO, Ending::Over);
    Record::End { at, how }.write(&mut bytes);
    // Without a parent, nobody wants to know.
    let _ = io::Write::write_all(&mut out, &bytes);
    Ok(())
}

fn read_order() -> Result<Wire, String> {
    let cannot = |error: io::Error| format!("cannot read the order: {error}");
    let mut input = io::stdin().lock();
    let mut length = [0; 4];
    input.read_exact(&mut length).map_err(cannot)?;
    let length = u32::from_le_bytes(length);
    if length > ORDER {
        return Err(format!("the order has {length} bytes, more than {ORDER}"));
    }
    let mut bytes = vec![0; length as usize];
    input.read_exact(&mut bytes).map_err(cannot)?;
    postcard::from_bytes(&bytes).map_err(|error| format!("cannot read the order: {error}"))
}

/// Nothing more is written to standard input: when it ends, the parent has.
fn watch_parent() -> io::Result<()> {
    let watch = || {
        let mut byte = [0];
        loop {
            match io::stdin().lock().read(&mut byte) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => std::process::exit(1),
            }
        }
    };
    let thread = thread::Builder::new().name("parent".to_owned());
    thread.stack_size(threads::STACK).spawn(watch).map(drop)
}

/// Starts all threads, lets tasks come when it is their time, and waits for the end. `began` is called
/// when the clock has begun, before the first of them comes.
pub(super) fn carry_out(world: &Arc<World>, began: impl FnOnce(&World)) -> Ending {
    let mut declared = (0..).map_while(|place| world.code.arrival(place));
    let started = declared.try_for_each(|task| {
        let program = Program::of(&world.code, task);
        let actor = Actor::new(world, task, MAIN, program);
        spawn(actor, |actor| {
            if actor.world.runtime.is_none() {
                actor.sleep_on();
            }
            let arrived = &actor.world.seat(actor.task).arrived;
            actor.released = Time(arrived.load(Ordering::SeqCst));
        })
    });
    if let Err(error) = started {
        world.fail(&format!("cannot start a thread: {error}"));
    }
    if let Some(runtime) = &world.runtime {
        runtime.begin(world);
    }
    world.clock.begin();
    began(world);
    let mut next = 0;
    loop {
        next = admit(world, next);
        let ahead = world.code.arrival_time(next);
        let span = ahead.map_or(Span(u64::MAX), |at| at.since(world.clock.now()));
        let span = Duration::from_nanos(span.0).min(STALE);
        if let Some(how) = world.wait(span) {
            return how;
        }
        world.flush();
    }
}

/// Lets those come whose time it is, all in one step, so that none has a start; how many have come.
fn admit(world: &World, mut next: u32) -> u32 {
    let mut come: Vec<TaskId> = Vec::new();
    let Ok(mut entry) = world.enter() else {
        return next;
    };
    let now = entry.at();
    while world.code.arrival_time(next).is_some_and(|at| at <= now) {
        let Some(task) = world.code.arrival(next) else {
            break;
        };
        entry.record(EventKind::Arrived { task }, 0);
        entry.record(EventKind::Admitted { task }, 0);
        world.seat(task).arrived.store(now.0, Ordering::SeqCst);
        next += 1;
        if let Some(runtime) = &world.runtime {
            runtime.board.ready(task, Wake::Again);
            entry.carry();
        } else {
            come.push(task);
        }
    }
    drop(entry);
    for task in come {
        world.seat(task).parker.wake(Wake::Again);
    }
    next
}
