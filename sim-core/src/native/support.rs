//! What has a real form here, and what has not.

use core::fmt;

use super::order::TASKS;
use crate::program::script::Facility;
use crate::program::{Code, OperatingSystem, Place, Threads};

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
    const LATER: &str = "they are not built yet";
    if code.script.is_some() && code.config.threads != Threads::Kernel {
        return refuse("user-level threads", LATER);
    }
    pipes(code)?;
    if code.jobs.iter().any(|job| job.place == Place::Outside) {
        return refuse("peers", LATER);
    }
    let Some(script) = &code.script else {
        return Ok(());
    };
    if !script.watches.is_empty() {
        return refuse("sets of sockets", LATER);
    }
    let uses = |facility| script.facilities().any(|each| each == facility);
    if uses(Facility::Sockets) {
        return refuse("sockets", LATER);
    }
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
