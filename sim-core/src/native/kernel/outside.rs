//! The world outside: a process of its own in which the peers are threads.
//!
//! It shares the gate and the clock with the processes of the script, and none of their descriptors: what
//! it has of them comes over the network. Nobody waits for it: the first process ends it when all others
//! have ended.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::super::actor::{Actor, Program};
use super::super::park::Wake;
use super::super::threads::spawn;
use super::super::world::World;
use super::shared::{self, Header};
use crate::event::EventKind;
use crate::program::INIT;

/// How often it is looked whether the run has begun.
const GLANCE: Duration = Duration::from_micros(100);

/// Starts the peers' threads, and lets each come when it is its time.
pub(super) fn carry_out(world: &Arc<World>) -> io::Result<()> {
    let peers = || (0..).map_while(|place| world.code.peer_arrival(place));
    for (_, task) in peers() {
        let program = Program::of(&world.code, task);
        let actor = Actor::new(world, task, INIT, program);
        spawn(actor, |actor| {
            actor.sleep_on();
        })?;
    }
    stand_ready()?;
    world.clock.join(beginning()?);
    for (at, task) in peers() {
        world.clock.sleep_until(at);
        let Ok(mut entry) = world.enter() else {
            break;
        };
        entry.record(EventKind::Arrived { task }, 0);
        drop(entry);
        world.seat(task).parker.wake(Wake::Again);
    }
    Ok(())
}

fn stand_ready() -> io::Result<()> {
    shared::enter()?;
    let written = Header::read().and_then(|header| Header { peers: 1, ..header }.write());
    shared::leave();
    written
}

/// Waits until the peers stand ready.
pub(super) fn await_ready(file: impl std::os::fd::AsFd) -> io::Result<()> {
    while Header::read_from(file.as_fd())?.peers == 0 {
        thread::sleep(GLANCE);
    }
    Ok(())
}

/// Waits until the run has begun; when that was.
fn beginning() -> io::Result<u64> {
    loop {
        shared::enter()?;
        let header = Header::read();
        shared::leave();
        let epoch = header?.epoch;
        if epoch != 0 {
            return Ok(epoch);
        }
        thread::sleep(GLANCE);
    }
}
