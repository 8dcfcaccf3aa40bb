//! What has a real form here, and what has not.

use core::fmt;

use super::order::TASKS;
use crate::program::script::Facility;
use crate::program::{Code, Place, Threads};

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
    if code.jobs.iter().any(|job| job.place == Place::Outside) {
        return refuse("peers", LATER);
    }
    if code.script.is_none() && !code.pipes.is_empty() {
        return refuse("pipes", LATER);
    }
    let Some(script) = &code.script else {
        return Ok(());
    };
    if !script.watches.is_empty() {
        return refuse("sets of sockets", LATER);
    }
    match script.facilities().min() {
        None => Ok(()),
        Some(Facility::Processes) => refuse("processes made at run time", LATER),
        Some(Facility::Signals) => refuse("signals", LATER),
        Some(Facility::Pipes) => refuse("pipes", LATER),
        Some(Facility::Sockets) => refuse("sockets", LATER),
    }
}
