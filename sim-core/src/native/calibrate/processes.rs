//! What making a process takes.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{on_cpu, timed};
use crate::native::os;
use crate::time::Span;

/// The argument by which a program is asked to end at once: what starting a process takes.
pub const NOTHING: &str = "native-nothing";

/// The argument by which a program is asked to call [`forks`] with the number that follows.
pub const FORKS: &str = "native-forks";

/// Memory that the process of [`fork_copy`] has touched, in KiB.
#[cfg(target_os = "linux")]
const TOUCHED: u64 = 65_536;

/// What it takes to start a program and to wait for its end, on one CPU.
pub(super) fn spawn(program: &Path) -> io::Result<Span> {
    let program = program.to_owned();
    on_cpu(0, move || {
        timed(5, || {
            let mut command = Command::new(&program);
            command.arg(NOTHING).stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().map(|_| ())
        })
    })
}

/// What it takes a process with so much memory to fork, and its copy to exit, and it to wait for that.
#[cfg(target_os = "linux")]
pub(in crate::native) fn forked(program: &Path, kib: u64) -> io::Result<Span> {
    let mut command = Command::new(program);
    command.args([FORKS, &kib.to_string()]).stdin(Stdio::null());
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let span = said.trim().parse().map(Span);
    span.map_err(|_| io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// What a KiB of memory takes longer.
#[cfg(target_os = "linux")]
pub(super) fn fork_copy(program: &Path) -> io::Result<Span> {
    let (large, small) = (forked(program, TOUCHED)?, forked(program, 0)?);
    Ok(Span((large - small).0 / TOUCHED))
}

/// Forks, exits and waits several times, on one CPU, in a process of one thread that has touched so much
/// memory: how long each time takes.
///
/// # Errors
///
/// Where the system refuses a process, or does not have `fork`.
pub fn forks(kib: u32) -> io::Result<Span> {
    let memory: Vec<u8> = (0..kib)
        .flat_map(|number| [number.to_le_bytes()[0]; 1_024])
        .collect();
    os::use_cpus(1);
    let span = many_forks(if kib == 0 { 50 } else { 3 });
    drop(std::hint::black_box(memory));
    span
}

#[cfg(target_os = "linux")]
fn many_forks(count: u32) -> io::Result<Span> {
    timed(count, crate::native::kernel::fork_and_wait)
}

#[cfg(not(target_os = "linux"))]
fn many_forks(_: u32) -> io::Result<Span> {
    Err(io::ErrorKind::Unsupported.into())
}
