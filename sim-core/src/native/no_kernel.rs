//! Where the kernel is not Linux: nothing of [`kernel`](super::kernel) is built, and
//! [`support`](super::support()) says so before anything is started. What the other files need to know of
//! it is here.

use std::fs::File;
use std::io;
use std::process::ExitCode;

use super::actor::{Actor, Answered};
use super::world::{Entry, Stop};
use crate::call::{Call, Disposition, PipeEnd, Query, Request, Signal, SocketRequest};
use crate::ids::{ObjectId, PipeId, TaskId, ThreadId};
use crate::program::Code;
use crate::time::Span;

/// There is none.
pub(super) enum Kernel {}

/// How a process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Death {
    /// It exits.
    Exit(u8),
    /// A signal ends it.
    Signal(Signal),
}

/// Whether a process has threads left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    /// It has.
    Somebody,
    /// It has none.
    Nobody,
}

/// What a process is in a run of several: there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {}

/// What a task has to do with signals.
#[derive(Default)]
pub(super) struct Local {
    /// The call to which it comes back after a handler.
    pub(super) again: Option<(Call, Span)>,
}

impl Local {
    pub(super) fn begin(&mut self, _: Call, _: Span) {}
}

/// Whether there is a world outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Peers {
    /// There is.
    Some,
    /// Nobody is in it.
    None,
}

impl Role {
    pub(super) fn own() -> Option<Self> {
        None
    }
}

impl Kernel {
    pub(super) fn of_jobs(_: &Code) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn enter(&self) -> io::Result<Option<u64>> {
        match *self {}
    }

    pub(super) fn leave(&self, _: u64) {
        match *self {}
    }

    pub(super) const fn is_family(&self) -> bool {
        match *self {}
    }

    pub(super) const fn is_outside(&self) -> bool {
        match *self {}
    }

    pub(super) fn peer_ended(&self, _: TaskId) {
        match *self {}
    }

    pub(super) fn make_thread(&self) -> Option<u16> {
        match *self {}
    }

    pub(super) fn threads(&self) -> Option<u16> {
        match *self {}
    }

    pub(super) fn is_own(&self, _: ThreadId) -> bool {
        match *self {}
    }

    pub(super) fn failed(&self, _: TaskId, _: u8) {
        match *self {}
    }

    pub(super) fn thread_ended(&self, _: &mut Entry<'_>, _: TaskId, _: Left) {
        match *self {}
    }

    pub(super) fn die(&self, _: Death, _: u64) {
        match *self {}
    }
}

pub(super) fn needs_processes(_: &Code) -> bool {
    false
}

pub(super) fn has_rings() -> bool {
    false
}

pub(super) fn is_real(_: u32) -> bool {
    false
}

pub(super) fn run_as_member(role: Role, _: File) -> Result<ExitCode, (File, String)> {
    match role {}
}

pub(super) fn run_as_init(_: &[u8], _: Peers) -> io::Result<()> {
    Ok(())
}

pub(super) mod signals {
    use super::{Actor, Span, Stop};

    pub(in crate::native) fn has_come(_: &mut Actor) -> Result<bool, Stop> {
        Ok(false)
    }

    pub(in crate::native) fn is_called(_: &Actor) -> bool {
        false
    }

    pub(in crate::native) fn take_between(_: &mut Actor, _: Span) -> Result<(), Stop> {
        Ok(())
    }
}

fn none(actor: &Actor) -> Answered {
    Err(actor.world.fail("that call has no real form here"))
}

pub(super) fn sleep(actor: &mut Actor, _: Span) -> Answered {
    none(actor)
}

pub(super) fn ask_socket(actor: &mut Actor, _: SocketRequest) -> Answered {
    none(actor)
}

pub(super) fn ask_set(actor: &mut Actor, _: ObjectId, _: Request) -> Answered {
    none(actor)
}

pub(super) fn send(actor: &mut Actor, _: PipeId) -> Answered {
    none(actor)
}

pub(super) fn try_send(actor: &mut Actor, _: PipeId) -> Answered {
    none(actor)
}

pub(super) fn receive(actor: &mut Actor, _: PipeId) -> Answered {
    none(actor)
}

pub(super) fn try_receive(actor: &mut Actor, _: PipeId) -> Answered {
    none(actor)
}

pub(super) fn close(actor: &Actor, _: PipeId, _: PipeEnd) -> Answered {
    none(actor)
}

pub(super) fn fork(actor: &mut Actor) -> Answered {
    none(actor)
}

pub(super) fn spawn(actor: &Actor, _: u16) -> Answered {
    none(actor)
}

pub(super) fn execute(actor: &Actor, _: u16) -> Answered {
    none(actor)
}

pub(super) fn wait_for_child(actor: &mut Actor) -> Answered {
    none(actor)
}

pub(super) fn try_wait_for_child(actor: &mut Actor) -> Answered {
    none(actor)
}

pub(super) fn kill(actor: &Actor, _: Signal) -> Answered {
    none(actor)
}

pub(super) fn set_disposition(actor: &Actor, _: Signal, _: Disposition) -> Answered {
    none(actor)
}

pub(super) fn return_from_handler(actor: &mut Actor) -> Answered {
    none(actor)
}

pub(super) fn set_alarm(actor: &Actor, _: Span) -> Answered {
    none(actor)
}

pub(super) fn ask(actor: &Actor, _: Query) -> Answered {
    none(actor)
}
