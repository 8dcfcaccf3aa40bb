//! How many bytes are on their way from one end of a connection to the other: sent, and not received.
//!
//! The kernel counts its own overhead against the sizes of buffers, has least sizes, and tells one end
//! nothing about what the other has taken. So its buffers are made larger than the script's, and who sends
//! keeps to the script's sizes by these counts, which all processes of a run share. They say too for how
//! many bytes a reader may count on the kernel. Who is told of each arrival would be told of those too for
//! which the script's receive buffer has no room, and what the kernel receives on its own nobody counts
//! before it is asked for: such a run is refused when it comes to that.

use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use rustix::io::ioctl_fionread;
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};

use super::super::super::actor::Actor;
use super::super::super::os;
use super::super::shared;
use super::{End, Side};

/// How large the kernel's buffers are asked to be, in bytes: an ordinary user gets so much (Linux:
/// `rmem_max`), and they hold as much again for its own needs.
const ASKED: usize = 212_992;
/// How long the kernel may take to bring over loopback what was sent.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long is waited between two looks for it.
const GLANCE: Duration = Duration::from_micros(20);

/// Makes the kernel's buffers large enough.
pub(super) fn enlarge(fd: impl AsFd) -> io::Result<()> {
    set_socket_recv_buffer_size(fd.as_fd(), ASKED)?;
    set_socket_send_buffer_size(fd, ASKED)?;
    Ok(())
}

/// In a count: the end to which the bytes are on their way is told of each arrival, or has the kernel
/// receive on its own.
const IS_TOLD: u32 = 1 << 31;

const fn place(side: Side) -> usize {
    match side {
        Side::Client => 0,
        Side::Server => 1,
    }
}

const fn other(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

/// A connection is new: nothing is on its way.
pub(super) fn begin(slot: u32) -> io::Result<()> {
    shared::set_counts(slot, [0; 2])
}

/// How many bytes are on their way to an end.
pub(super) fn coming(end: End) -> io::Result<u32> {
    Ok(shared::counts(end.slot)?[place(other(end.side))] & !IS_TOLD)
}

/// How many of these are in its receive buffer.
pub(super) fn arrived(actor: &Actor, end: End) -> io::Result<u32> {
    let buffer = actor.world.code.config.network.receive_buffer;
    Ok(coming(end)?.min(buffer))
}

/// How much room there is in an end's send buffer: what is on its way and has no room in the other end's
/// receive buffer stays in it.
pub(super) fn room(actor: &Actor, end: End) -> io::Result<u32> {
    let network = &actor.world.code.config.network;
    let going = shared::counts(end.slot)?[place(end.side)] & !IS_TOLD;
    let unsent = going.saturating_sub(network.receive_buffer);
    Ok(network.send_buffer.saturating_sub(unsent))
}

/// An end has sent so many more.
pub(super) fn sent(actor: &Actor, end: End, bytes: u32) -> io::Result<()> {
    let buffer = actor.world.code.config.network.receive_buffer;
    let mut is_too_much = false;
    change(end.slot, end.side, |count| {
        let after = count.saturating_add(bytes);
        is_too_much = count & IS_TOLD != 0 && after & !IS_TOLD > buffer;
        after
    })?;
    if is_too_much {
        let why = "more is on its way than the script's receive buffer holds, to who is told of each \
                   arrival or has the kernel receive: its own buffer is larger";
        return Err(io::Error::other(why));
    }
    Ok(())
}

/// An end is told of each arrival from now on, or has the kernel receive on its own.
pub(super) fn tell(end: End) -> io::Result<()> {
    change(end.slot, other(end.side), |count| count | IS_TOLD)
}

/// It has received so many of them.
pub(super) fn received(end: End, bytes: u32) -> io::Result<()> {
    change(end.slot, other(end.side), |count| {
        // It has received no more than was on its way.
        count - bytes
    })
}

/// Whether more is on its way to an end than its receive buffer holds.
pub(super) fn is_cut(actor: &Actor, end: End) -> io::Result<bool> {
    Ok(coming(end)? > actor.world.code.config.network.receive_buffer)
}

fn change(slot: u32, from: Side, what: impl FnOnce(u32) -> u32) -> io::Result<()> {
    let mut counts = shared::counts(slot)?;
    let count = &mut counts[place(from)];
    *count = what(*count);
    shared::set_counts(slot, counts)
}

/// Waits until the kernel has so many bytes for who reads.
pub(super) fn await_bytes(fd: impl AsFd, bytes: u32) -> io::Result<()> {
    await_until(|| Ok(ioctl_fionread(fd.as_fd())? >= u64::from(bytes)))
}

/// Waits until something has come of which it is known that it comes.
pub(super) fn await_until(mut is_there: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    let began = os::monotonic();
    while !is_there()? {
        let waited = Duration::from_nanos(os::monotonic().saturating_sub(began));
        if waited > PATIENCE {
            return Err(io::Error::other(
                "what was sent over loopback does not come",
            ));
        }
        thread::sleep(GLANCE);
    }
    Ok(())
}
