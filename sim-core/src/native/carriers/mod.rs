//! User-level threads for real: coroutines with stacks of their own, on real kernel threads that a process
//! shares among them, its *carriers*.
//!
//! The scheduler of these threads is in user space, so what it decides is known: that a thread takes a
//! carrier is decided and recorded inside the gate, in the stay in which a carrier was left or somebody
//! could go on. The kernel threads follow: one that is left goes over to the thread that took it, and one
//! that slept is woken. What the kernel keeps waiting keeps its carrier, as it would any program's.
//!
//! A thread can have taken another carrier before it has really left the one that it was on: that carrier
//! waits until its stack has been left.

mod board;
mod fiber;
mod places;

use std::sync::{Arc, OnceLock, Weak};
use std::thread;

use self::board::Board;
pub(super) use self::board::Keeper;
pub(super) use self::fiber::Hand;
use self::fiber::{Fiber, Left};
pub(super) use self::places::Regained;
use super::actor::Actor;
use super::threads::STACK;
use super::world::World;
use super::{os, sync, threads};
use crate::call::Reason;
use crate::ids::TaskId;
use crate::program::Threads;

/// What schedules the threads of a process, and its kernel threads.
pub(super) struct Runtime {
    /// Who is on which carrier.
    pub(super) board: Board<Fiber>,
    /// In what its kernel threads run.
    world: OnceLock<Weak<World>>,
}

impl Runtime {
    /// That of a process which schedules so many threads itself; none where the kernel does.
    pub(super) fn new(threads: Threads, count: usize) -> Option<Self> {
        Some(Self {
            board: Board::new(threads, count)?,
            world: OnceLock::new(),
        })
    }

    /// Makes a user-level thread.
    ///
    /// # Errors
    ///
    /// When there is no memory for its stack.
    pub(super) fn make(
        &self,
        actor: Actor<'static>,
        begin: impl FnOnce(&mut Actor<'_>) + 'static,
    ) -> std::io::Result<()> {
        let task = actor.task;
        self.board.add(task, Fiber::new(actor, begin)?);
        Ok(())
    }

    /// Starts the kernel threads with which the process begins, and the one that watches time limits.
    pub(super) fn begin(&self, world: &Arc<World>) {
        // Nobody has begun it before.
        let _ = self.world.set(Arc::downgrade(world));
        for number in 0..self.board.carriers() {
            self.start_carrier(number);
        }
        start(world, "limits", watch);
    }

    /// Sees to it that the carrier goes on that a thread has taken.
    pub(super) fn carry_on(&self, task: TaskId) {
        if let Some(number) = self.board.call(task) {
            self.start_carrier(number);
        }
    }

    fn start_carrier(&self, number: u16) {
        if let Some(world) = self.world.get().and_then(Weak::upgrade) {
            let name = format!("carrier {number}");
            start(&world, &name, move |world| carry(world, number));
        }
    }
}

/// Starts a kernel thread of the runtime.
fn start(world: &Arc<World>, name: &str, what: impl FnOnce(&World) + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned());
    let own = Arc::clone(world);
    if let Err(error) = thread.stack_size(STACK).spawn(move || what(&own)) {
        world.fail(&format!("no kernel thread can be started: {error}"));
    }
}

/// What a carrier does: it runs one thread after the other. It ends with its process.
fn carry(world: &World, number: u16) {
    let Some(runtime) = &world.runtime else {
        return;
    };
    let mut clock = os::thread_cpu();
    let mut state = runtime.board.look();
    loop {
        let (task, mut fiber, why) = runtime.board.next(state, number);
        world.goes_onto_thread(task, clock);
        let left = fiber.resume(why);
        clock = os::thread_cpu();
        state = match left {
            Left::Suspended => {
                world.leaves_thread(task, clock);
                runtime.board.put_away(task, fiber)
            }
            Left::Ended => {
                drop(fiber);
                runtime.board.look()
            }
        };
    }
}

/// What passes by itself: that a thread gives up waiting, whoever has the carriers. It ends with its
/// process.
fn watch(world: &World) {
    let Some(runtime) = &world.runtime else {
        return;
    };
    loop {
        let (task, reason) = runtime.board.next_overdue(&world.clock);
        let Ok(mut entry) = world.enter() else {
            return;
        };
        match reason {
            Some(Reason::Object(object)) => sync::gives_up(&mut entry, task, object),
            Some(Reason::Thread(thread)) => threads::gives_up(&mut entry, task, thread),
            _ => {}
        }
    }
}
