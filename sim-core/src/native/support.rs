//! What has a real form here, and what has not.

use core::fmt;

use super::order::TASKS;
use crate::program::script::{Facility, Script};
use crate::program::{Code, OperatingSystem, Threads};

/// The first thing in a program that has no real form, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsupported {
    /// What.
    pub what: &'static str,
    /// Why not.
    pub why: &'static str,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} have no real form here: {}", self.what, self.why)
    }
}

impl std::error::Error for Unsupported {}

/// Whether a program can run on the operating system, as this program is built for it.
///
/// # Errors
///
/// The first thing that cannot.
pub fn support(code: &Code) -> Result<(), Unsupported> {
    let refuse = |what, why| Err(Unsupported { what, why });
    if !cfg!(unix) {
        let why = "they are built for UNIX-like systems";
        return refuse("native runs", why);
    }
    if code.jobs.len() > TASKS {
        return refuse("so many tasks", "each is a thread, and 8,192 are enough");
    }
    if !code.partitions.is_empty() {
        let why = "a real kernel gives memory by pages, and lets every process begin";
        return refuse("partitions of memory", why);
    }
    pipes(code)?;
    let Some(script) = &code.script else {
        return Ok(());
    };
    user_level(code, script)?;
    sockets(code, script)?;
    let uses = |facility| script.facilities().any(|each| each == facility);
    for (facility, what) in [
        (Facility::Processes, "processes made at run time"),
        (Facility::Signals, "signals"),
    ] {
        if uses(facility) && !cfg!(target_os = "linux") {
            return refuse(what, LINUX);
        }
        if uses(facility) && code.config.os == OperatingSystem::Windows {
            let why = "those of Windows are asked for, and this is a UNIX-like system";
            return refuse(what, why);
        }
    }
    Ok(())
}

const LINUX: &str = "they are built for Linux";

/// Whether the user-level threads can be had.
fn user_level(code: &Code, script: &Script) -> Result<(), Unsupported> {
    let refuse = |what, why| Err(Unsupported { what, why });
    if code.config.threads == Threads::Kernel {
        return Ok(());
    }
    let uses = |facility| script.facilities().any(|each| each == facility);
    if uses(Facility::Processes) {
        let why = "a copy of a process would have the stacks of all its threads, and none of its carriers";
        return refuse("user-level threads beside processes made at run time", why);
    }
    if uses(Facility::Signals) || uses(Facility::Arrivals) {
        let why = "the kernel gives a signal to a carrier, whoever is on it";
        return refuse("user-level threads beside signals", why);
    }
    Ok(())
}

/// Whether the sockets can be had.
fn sockets(code: &Code, script: &Script) -> Result<(), Unsupported> {
    let refuse = |what, why| Err(Unsupported { what, why });
    let uses = |facility| script.facilities().any(|each| each == facility);
    let has_sets = !script.watches.is_empty();
    let is_used = has_sets || code.peers() > 0;
    let of_sockets = [Facility::Sockets, Facility::Completions, Facility::Arrivals];
    if !is_used && !of_sockets.into_iter().any(uses) {
        return Ok(());
    }
    if !cfg!(target_os = "linux") {
        return refuse("sockets", LINUX);
    }
    #[cfg(unix)]
    if uses(Facility::Completions) && !super::kernel::has_rings() {
        let why =
            "this kernel forbids io_uring (kernel.io_uring_disabled, or a filter of system calls)";
        return refuse("asynchronous calls", why);
    }
    if uses(Facility::Completions) && uses(Facility::Processes) {
        let why = "a ring of io_uring belongs to one process";
        return refuse("asynchronous calls beside processes made at run time", why);
    }
    if has_sets && uses(Facility::Processes) {
        let why = "what a process made by fork watches, its parent watches too";
        return refuse("sets of sockets beside processes made at run time", why);
    }
    if uses(Facility::Arrivals) && uses(Facility::Processes) {
        let why =
            "a fresh image has no handler, and the kernel would end it when no record could say so";
        return refuse("signals of arrivals beside processes made at run time", why);
    }
    let network = &code.config.network;
    if network.send_buffer.saturating_add(network.receive_buffer) > LARGEST_BUFFERS {
        let why = "the kernel gives an ordinary user no more";
        return refuse("buffers of sockets above 64 KiB each", why);
    }
    if script
        .backlog
        .is_some_and(|backlog| usize::try_from(backlog).is_ok_and(|most| most < code.jobs.len()))
    {
        let why =
            "Linux lets who finds one full wait for a second and try again, and refuses nobody";
        return refuse("backlogs that can be full", why);
    }
    Ok(())
}

/// The largest buffers of a socket, both together, in bytes: what is sent in small pieces takes the kernel
/// several times as much.
const LARGEST_BUFFERS: u32 = 131_072;

/// Whether the pipes can be had: a real one has a power of two of pages, and a message takes one.
fn pipes(code: &Code) -> Result<(), Unsupported> {
    let refuse = |what, why| Err(Unsupported { what, why });
    if !code.pipes.is_empty() && !cfg!(target_os = "linux") {
        return refuse("pipes", LINUX);
    }
    #[cfg(unix)]
    if code
        .pipes
        .iter()
        .any(|pipe| !super::kernel::is_real(pipe.capacity))
    {
        let why = "those of the kernel have 1, 2, 4 … or 256 pages";
        return refuse("pipes for that many messages", why);
    }
    Ok(())
}

/// Whether a program can run without a record.
///
/// # Errors
///
/// What cannot.
#[cfg(unix)]
pub(super) fn without_record(code: &Code) -> Result<(), Unsupported> {
    if code.pipes.is_empty() && !super::kernel::needs_processes(code) {
        return Ok(());
    }
    Err(Unsupported {
        what: "runs without a record of processes, signals or pipes",
        why: "who waits in the kernel is known from the record alone",
    })
}
