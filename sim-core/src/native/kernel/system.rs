//! The few requests to the kernel that Rust calls unsafe, each in a wrapper of its own.
//!
//! Beside it only `carriers/fiber.rs` is unsafe.

#![allow(
    unsafe_code,
    reason = "fork, sigaction, F_SETOWN, rings and inherited descriptors have no safe form"
)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use io_uring::{IoUring, squeue};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::ForkResult;

/// As what a process goes on after `fork`.
pub(super) enum Side {
    /// As who called, and the child has this number.
    Parent(i32),
    /// As the copy.
    Child,
}

/// Makes a copy of the calling process, with the calling thread alone (POSIX `fork`).
///
/// The caller is inside the gate, so that no other thread of the process is changing anything that the
/// copy uses: variables, objects, ends of pipes and what is kept about signals and children are changed
/// inside only. The memory allocator's own locks are freed in the copy by the C library. What other
/// threads use outside (where they sleep) the copy never looks at again.
pub(super) fn fork() -> io::Result<Side> {
    // SAFETY: see above; the copy uses nothing that another thread may have left half changed.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(Side::Parent(child.as_raw())),
        ForkResult::Child => Ok(Side::Child),
    }
}

/// What the kernel does with a signal that is not blocked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// What it does by itself.
    Default,
    /// Nothing.
    Ignore,
}

/// Tells the kernel what to do with a signal (POSIX `sigaction`).
pub(super) fn set_action(signal: Signal, action: Action) -> io::Result<()> {
    let handler = match action {
        Action::Default => SigHandler::SigDfl,
        Action::Ignore => SigHandler::SigIgn,
    };
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: no handler is installed; what was there before is not called any more, and is the Rust
    // runtime's report of a stack overflow at most.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}

/// The descriptor of that number, which the process inherited, or has given up the ownership of.
pub(super) fn own(number: RawFd) -> OwnedFd {
    // SAFETY: the number comes from the process that opened it and passed it on; here nobody else
    // closes it.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// Has the kernel send signals about a descriptor to the calling process (fcntl(2), `F_SETOWN`).
pub(super) fn own_signals_of(fd: impl AsFd) -> io::Result<()> {
    let own = std::process::id().cast_signed();
    // SAFETY: it takes two numbers and no memory.
    let done = unsafe { nix::libc::fcntl(fd.as_fd().as_raw_fd(), nix::libc::F_SETOWN, own) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Hands an operation to a ring.
///
/// The caller keeps what it points to, memory and descriptors, until the ring says that it is done or for
/// as long as the process lives.
pub(super) fn submit(ring: &mut IoUring, operation: &squeue::Entry) -> io::Result<()> {
    // SAFETY: see above.
    let pushed = unsafe { ring.submission().push(operation) };
    pushed.map_err(io::Error::other)
}

/// Ends the process with all its threads at once, and without anything that others do at the end of a
/// process: that would wait for locks of threads that a copy does not have.
pub(super) fn end(status: u8) -> ! {
    // SAFETY: it does not return and uses no memory.
    unsafe { nix::libc::_exit(status.into()) }
}
