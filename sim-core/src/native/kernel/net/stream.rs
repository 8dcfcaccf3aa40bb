//! Bytes into sockets and out of them.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send as send_bytes};

use super::super::super::actor::Actor;
use super::super::super::world::{Entry, Stop};
use super::super::signals::Told;
use super::super::waits::Attempt;
use super::{begin_copying, bytes, connection, counts, end_copying, failed, fails, served};
use crate::call::{Fault, Reason, Reply, SocketRequest};
use crate::event::EventKind;

/// The most bytes that are handed to the kernel, or taken from it, at once.
const PIECE: usize = 1 << 16;
/// What is sent: a script knows how many bytes, and not which.
static ZEROS: [u8; PIECE] = [0; PIECE];

/// Takes what has arrived; waits while nothing has and the other side has not ended.
pub(super) fn receive(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    request: SocketRequest,
) -> Result<Attempt, Stop> {
    let [number, most] = actor.operands();
    let (fd, end) = connection(actor, entry, number)?;
    if is_broken(&fd) && counts::is_cut(actor, end).map_err(|error| failed(actor, error))? {
        // It would be lost, with the end behind it; the kernel has it already.
        let why = "a connection is thrown away while more is on its way than the script's receive buffer \
                   holds";
        return Err(actor.world.fail(why));
    }
    let here = counts::arrived(actor, end).map_err(|error| failed(actor, error))?;
    let count = here.min(bytes(most));
    if count > 0 {
        counts::await_bytes(&*fd, count).map_err(|error| failed(actor, error))?;
        begin_copying(actor, entry, request);
        take(&fd, count).map_err(|error| failed(actor, error))?;
        end_copying(actor, entry);
        counts::received(end, count).map_err(|error| failed(actor, error))?;
    }
    if count > 0 || most == 0 {
        let count = i64::from(count);
        return Ok(served(actor, entry, request, count, Reply::of(count)));
    }
    let mut buffer = [0];
    match recv(&*fd, &mut buffer, RecvFlags::DONTWAIT).map(|(_, count)| count) {
        Ok(0) => {
            let (task, socket) = (actor.task, super::UNNAMED);
            entry.record(EventKind::SocketEnded { task, socket }, 0);
            Ok(Attempt::Done(Reply::of(0)))
        }
        Ok(_) => Err(actor.world.fail("bytes came that nobody has sent")),
        Err(Errno::AGAIN) => {
            let targets = vec![(fd, PollFlags::IN)];
            Ok(Attempt::Wait(Reason::Data(super::UNNAMED), targets))
        }
        Err(Errno::CONNRESET | Errno::PIPE) => fails(actor, entry, request, Fault::ConnectionReset),
        Err(error) => Err(failed(actor, error)),
    }
}

/// Takes so many bytes, which are there.
fn take(fd: &std::os::fd::OwnedFd, count: u32) -> Result<(), Errno> {
    let mut buffer = [0; PIECE];
    let mut left = usize::try_from(count).unwrap_or(usize::MAX);
    while left > 0 {
        let piece = &mut buffer[..left.min(PIECE)];
        let (_, count) = recv(fd, piece, RecvFlags::DONTWAIT)?;
        if count == 0 {
            return Err(Errno::NODATA);
        }
        left -= count;
    }
    Ok(())
}

/// Gives the kernel bytes to send; waits while its buffer is full. Each piece for which there is room is
/// recorded.
pub(super) fn send(
    actor: &mut Actor,
    entry: &mut Entry<'_>,
    request: SocketRequest,
) -> Result<Attempt, Stop> {
    let [number, total] = actor.operands();
    let (fd, end) = connection(actor, entry, number)?;
    let done = match actor.local.phase {
        Told::Partly(done) => done,
        _ => 0,
    };
    let total = bytes(total);
    let left = total.saturating_sub(done);
    if is_broken(&fd) {
        // It takes nothing, and says so once more or for the first time.
        let _ = send_bytes(&*fd, &ZEROS[..1], SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        return fails(actor, entry, request, Fault::BrokenPipe);
    }
    let room = counts::room(actor, end).map_err(|error| failed(actor, error))?;
    if left > 0 && room == 0 {
        // What the other side takes is not told by the kernel, whose buffers are larger.
        let targets = vec![(fd, PollFlags::empty())];
        return Ok(Attempt::WaitUntold(Reason::Room(super::UNNAMED), targets));
    }
    let count = left.min(room);
    if count > 0 {
        begin_copying(actor, entry, request);
        give(&fd, count).map_err(|error| failed(actor, error))?;
        end_copying(actor, entry);
        counts::sent(actor, end, count).map_err(|error| failed(actor, error))?;
    }
    let done = done + count;
    let reply = Reply::of(done.into());
    let attempt = served(actor, entry, request, count.into(), reply);
    if done < total && !request.is_try() {
        actor.local.phase = Told::Partly(done);
        return Ok(Attempt::GoOn);
    }
    Ok(attempt)
}

/// Hands over so many bytes, for which there is room.
fn give(fd: &std::os::fd::OwnedFd, count: u32) -> Result<(), Errno> {
    let mut left = usize::try_from(count).unwrap_or(usize::MAX);
    while left > 0 {
        let piece = &ZEROS[..left.min(PIECE)];
        left -= send_bytes(fd, piece, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)?;
    }
    Ok(())
}

/// Whether the other side has thrown the connection away.
fn is_broken(fd: &std::os::fd::OwnedFd) -> bool {
    const AT_ONCE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut fds = [PollFd::new(fd, PollFlags::empty())];
    let is_ready = poll(&mut fds, Some(&AT_ONCE)).is_ok();
    let broken = PollFlags::ERR | PollFlags::HUP;
    is_ready && fds[0].revents().intersects(broken)
}
