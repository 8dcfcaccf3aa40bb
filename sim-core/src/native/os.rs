//! What is asked of the real operating system: its clocks, its limits, its process groups.
//!
//! The only file that names system calls; what only Linux has is gated here.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::process::{Resource, Rlimit, Signal, getppid, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::time::Span;
use crate::trace::System;

fn nanoseconds(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let rest = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

/// The clock of the machine, which never falls (POSIX `CLOCK_MONOTONIC`), in nanoseconds.
pub(super) fn monotonic() -> u64 {
    nanoseconds(ClockId::Monotonic)
}

/// The CPU time that the calling thread has used (POSIX `CLOCK_THREAD_CPUTIME_ID`).
pub(super) fn thread_cpu() -> Span {
    Span(nanoseconds(ClockId::ThreadCPUTime))
}

/// Lets a command be the leader of a process group of its own, so that all of it can be ended.
pub(super) fn lead_group(command: &mut Command) {
    command.process_group(0);
}

/// Ends a child, and everything that it has started in its process group. The child must not have been
/// waited for: until then nobody else has its number.
pub(super) fn kill_group(child: &mut Child) {
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // It may have ended by itself.
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill();
}

/// Ends the calling process when its parent ends, and at once if that has happened already. Where the
/// system has no such thing, the end of standard input tells.
pub(super) fn end_with(parent: u32) -> Result<(), &'static str> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|_| "cannot ask to be ended with the parent")?;
    let now = getppid().map(|pid| pid.as_raw_nonzero().get());
    let expected = i32::try_from(parent).ok();
    if now.is_none() || now != expected {
        return Err("the parent has ended");
    }
    Ok(())
}

/// Limits what the calling process may use: seconds of CPU time, and bytes of memory.
pub(super) fn limit(cpu_seconds: u64, bytes: u64) {
    let wanted = [
        (Resource::Cpu, cpu_seconds),
        (Resource::Data, bytes),
        (Resource::Core, 0),
    ];
    for (resource, most) in wanted {
        let maximum = getrlimit(resource).maximum;
        let most = maximum.map_or(most, |maximum| maximum.min(most));
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        // A system that does not know a limit goes without.
        let _ = setrlimit(resource, limit);
    }
}

/// How many CPUs the calling process may use.
pub(super) fn cpus() -> u32 {
    let cpus = std::thread::available_parallelism();
    cpus.map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX))
}

/// On how many CPUs a program runs that is to have so many at most.
pub(super) fn cpus_of(most: u8) -> u16 {
    let cpus = u16::try_from(cpus()).unwrap_or(u16::MAX);
    // See `use_cpus`.
    if cfg!(target_os = "linux") {
        cpus.min(most.into())
    } else {
        cpus
    }
}

/// This system.
pub(super) fn system(cpus: u16) -> System {
    System {
        os: std::env::consts::OS.into(),
        architecture: std::env::consts::ARCH.into(),
        cpus,
    }
}

/// Keeps the calling thread, and those that it starts, to so many CPUs, if there are more.
pub(super) fn use_cpus(most: u8) {
    use_these(0, most.into());
}

/// Keeps the calling thread, and those that it starts, to one CPU, by its place among those that it may use.
pub(super) fn use_cpu(place: usize) {
    use_these(place, 1);
}

fn use_these(first: usize, most: usize) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let Ok(allowed) = sched_getaffinity(None) else {
            return;
        };
        let mut chosen = CpuSet::new();
        let all = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        for cpu in all.skip(first).take(most) {
            chosen.set(cpu);
        }
        if chosen.count() > 0 {
            // Where it is forbidden, the run uses what there is.
            let _ = sched_setaffinity(None, &chosen);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (first, most);
}
