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

mod fiber;
mod places;

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::Duration;

pub(super) use self::fiber::Hand;
use self::fiber::{Fiber, Left};
use self::places::Places;
pub(super) use self::places::Regained;
use super::actor::Actor;
use super::park::{Wake, lock};
use super::threads::STACK;
use super::world::World;
use super::{os, sync, threads};
use crate::call::Reason;
use crate::ids::TaskId;
use crate::program::Threads;
use crate::time::Time;

/// The user-level threads of a process, and its carriers.
pub(super) struct Runtime {
    state: Mutex<State>,
    /// That there is an earlier time limit than before.
    earlier: Condvar,
    /// What its kernel threads run in.
    world: OnceLock<Weak<World>>,
}

struct State {
    places: Places,
    carriers: Vec<Carrier>,
    /// By task.
    threads: Vec<Thread>,
    /// The time limits of those that wait, the earliest first.
    limits: BTreeSet<(Time, TaskId)>,
}

/// A kernel thread that carries user-level threads.
#[derive(Default)]
struct Carrier {
    /// Who has taken it, and is not on it yet.
    taken_by: Option<TaskId>,
    place: Place,
    /// That somebody has taken it.
    turn: Arc<Condvar>,
}

impl Carrier {
    /// One whose kernel thread is being started.
    fn started() -> Self {
        Self {
            place: Place::Awake,
            ..Self::default()
        }
    }
}

/// What a carrier does.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// Its kernel thread has not been started.
    #[default]
    Unborn,
    /// It sleeps until somebody takes it.
    Asleep,
    /// It runs, or looks for whom to run.
    Awake,
}

/// A user-level thread.
struct Thread {
    /// Its stack, while it is on no kernel thread.
    fiber: Option<Fiber>,
    /// The carrier that it has.
    carrier: Option<u16>,
    /// On which processor it, or its maker, ran last.
    processor: Option<u8>,
    /// Why it goes on, when it does.
    why: Wake,
    /// At what the process has it wait.
    waits: Option<Reason>,
    /// Until when.
    limit: Option<Time>,
}

/// Who keeps a thread waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeper {
    /// The runtime of its process, and it leaves its carrier.
    Process,
    /// The kernel, and its carrier waits with it.
    Kernel,
}

impl Runtime {
    /// That of a process which schedules so many threads itself; none where the kernel does.
    pub(super) fn new(threads: Threads, count: usize) -> Option<Self> {
        let places = Places::new(threads)?;
        let thread = || Thread {
            fiber: None,
            carrier: None,
            processor: None,
            why: Wake::Again,
            waits: None,
            limit: None,
        };
        Some(Self {
            state: Mutex::new(State {
                places,
                carriers: Vec::new(),
                threads: (0..count).map(|_| thread()).collect(),
                limits: BTreeSet::new(),
            }),
            earlier: Condvar::new(),
            world: OnceLock::new(),
        })
    }

    /// Makes a user-level thread; it runs when it [can go on](Self::ready) and has a carrier.
    ///
    /// # Errors
    ///
    /// When there is no memory for its stack.
    pub(super) fn add(
        &self,
        actor: Actor<'static>,
        begin: impl FnOnce(&mut Actor<'_>) + 'static,
    ) -> std::io::Result<()> {
        let task = actor.task;
        let fiber = Fiber::new(actor, begin)?;
        lock(&self.state).thread(task).fiber = Some(fiber);
        Ok(())
    }

    /// A thread that was made runs where its maker does.
    pub(super) fn follows(&self, task: TaskId, maker: TaskId) {
        let state = &mut *lock(&self.state);
        state.thread(task).processor = state.thread(maker).processor;
    }

    /// A thread waits.
    pub(super) fn blocks(&self, task: TaskId, reason: Reason, keeper: Keeper) {
        let state = &mut *lock(&self.state);
        match keeper {
            Keeper::Process => {
                state.thread(task).waits = Some(reason);
                state.leave(task);
            }
            Keeper::Kernel => {
                if let Some(carrier) = state.thread(task).carrier {
                    state.places.give_up_processor(carrier);
                }
            }
        }
    }

    /// A thread has ended.
    pub(super) fn ended(&self, task: TaskId) {
        lock(&self.state).leave(task);
    }

    /// A thread lets others go first; whether there are any, so that it has left its carrier.
    pub(super) fn yields(&self, task: TaskId) -> bool {
        let state = &mut *lock(&self.state);
        let carrier = state.thread(task).carrier;
        if !carrier.is_some_and(|carrier| state.places.has_next_after(carrier)) {
            return false;
        }
        state.leave(task);
        state.places.queue(task, None);
        true
    }

    /// A thread that had no carrier could go on: it joins the run queue.
    pub(super) fn ready(&self, task: TaskId, why: Wake) {
        let state = &mut *lock(&self.state);
        let thread = &mut state.threads[task.index()];
        thread.why = why;
        thread.waits = None;
        if let Some(limit) = thread.limit.take() {
            state.limits.remove(&(limit, task));
        }
        state.places.queue(task, thread.processor);
    }

    /// A thread whose call the kernel kept waiting could go on; whether it has what it needs for that. If
    /// not, it has left its carrier and stands in the run queue.
    pub(super) fn comes_back(&self, task: TaskId) -> bool {
        let state = &mut *lock(&self.state);
        let has_right = state.regain_processor(task) != Regained::None;
        if !has_right {
            state.thread(task).why = Wake::Again;
            state.leave(task);
            state.places.queue(task, None);
        }
        has_right
    }

    /// The kernel may not keep a thread's call waiting any more: with what it would go on.
    pub(super) fn regain_processor(&self, task: TaskId) -> Regained {
        lock(&self.state).regain_processor(task)
    }

    /// It does: the thread gives back what it had for that.
    pub(super) fn put_processor_back(&self, task: TaskId, place: usize) {
        let state = &mut *lock(&self.state);
        if let Some(carrier) = state.thread(task).carrier {
            state.places.put_processor_back(carrier, place);
        }
    }

    /// The next thread takes a carrier, where somebody waits for one and there is one.
    pub(super) fn take_next(&self) -> Option<TaskId> {
        let state = &mut *lock(&self.state);
        let taken = state.places.take()?;
        let number = usize::from(taken.carrier);
        while state.carriers.len() <= number {
            state.carriers.push(Carrier::default());
        }
        state.carriers[number].taken_by = Some(taken.task);
        let thread = state.thread(taken.task);
        (thread.carrier, thread.processor) = (Some(taken.carrier), taken.processor);
        Some(taken.task)
    }

    /// Sees to it that the carrier goes on that a thread has taken.
    pub(super) fn call(&self, task: TaskId) {
        let mut state = lock(&self.state);
        let Some(number) = state.thread(task).carrier else {
            return;
        };
        let carrier = &mut state.carriers[usize::from(number)];
        match carrier.place {
            Place::Awake => {}
            Place::Asleep => carrier.turn.notify_one(),
            Place::Unborn => {
                carrier.place = Place::Awake;
                drop(state);
                self.start_carrier(number);
            }
        }
    }

    /// Starts the kernel threads with which the process begins, and the one that watches time limits.
    pub(super) fn begin(&self, world: &Arc<World>) {
        // Nobody has begun it before.
        let _ = self.world.set(Arc::downgrade(world));
        let made = {
            let state = &mut *lock(&self.state);
            let made = state.places.made();
            state.carriers = (0..made).map(|_| Carrier::started()).collect();
            made
        };
        for number in 0..made {
            self.start_carrier(number);
        }
        start(world, "limits", watch);
    }

    fn start_carrier(&self, number: u16) {
        if let Some(world) = self.world.get().and_then(Weak::upgrade) {
            let name = format!("carrier {number}");
            start(&world, &name, move |world| carry(world, number));
        }
    }

    /// A thread that waits gives up at a moment, unless it has been woken by now.
    pub(super) fn limit(&self, task: TaskId, until: Time) {
        let state = &mut *lock(&self.state);
        let thread = state.thread(task);
        if thread.waits.is_none() {
            return;
        }
        thread.limit = Some(until);
        let first = state.limits.first().map(|(at, _)| *at);
        state.limits.insert((until, task));
        if first.is_none_or(|first| until < first) {
            self.earlier.notify_one();
        }
    }

    /// Whether a thread waits, and longer than it may. Who asks keeps others from waking it meanwhile.
    pub(super) fn is_overdue(&self, task: TaskId, now: Time) -> bool {
        let limit = lock(&self.state).thread(task).limit;
        limit.is_some_and(|limit| limit <= now)
    }

    /// Waits until somebody has taken a carrier, and has left where it was.
    fn next(&self, mut state: MutexGuard<'_, State>, number: u16) -> (TaskId, Fiber, Wake) {
        let own = usize::from(number);
        loop {
            if let Some(task) = state.carriers[own].taken_by
                && let Some(fiber) = state.thread(task).fiber.take()
            {
                state.carriers[own].taken_by = None;
                return (task, fiber, state.thread(task).why);
            }
            state.carriers[own].place = Place::Asleep;
            let turn = Arc::clone(&state.carriers[own].turn);
            state = turn.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.carriers[own].place = Place::Awake;
        }
    }

    /// A thread has left the stack on which it was.
    fn put_away(&self, task: TaskId, fiber: Fiber) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        let thread = state.thread(task);
        thread.fiber = Some(fiber);
        if let Some(number) = thread.carrier {
            let other = &state.carriers[usize::from(number)];
            if other.place == Place::Asleep {
                other.turn.notify_one();
            }
        }
        state
    }

    /// Waits until a time limit has passed; whose.
    fn next_overdue(&self, world: &World) -> (TaskId, Option<Reason>) {
        let mut state = lock(&self.state);
        loop {
            let first = state.limits.first().copied();
            let left = first.map(|(at, _)| at.since(world.clock.now()));
            match (first, left) {
                (Some((_, task)), Some(left)) if left.is_zero() => {
                    state.limits.pop_first();
                    return (task, state.thread(task).waits);
                }
                (_, Some(left)) => {
                    let span = Duration::from_nanos(left.0);
                    let (guard, _) = self
                        .earlier
                        .wait_timeout(state, span)
                        .unwrap_or_else(PoisonError::into_inner);
                    state = guard;
                }
                (_, None) => {
                    state = self
                        .earlier
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl State {
    fn thread(&mut self, task: TaskId) -> &mut Thread {
        &mut self.threads[task.index()]
    }

    fn regain_processor(&mut self, task: TaskId) -> Regained {
        let thread = &self.threads[task.index()];
        let Some(carrier) = thread.carrier else {
            return Regained::NotNeeded;
        };
        let regained = self.places.regain_processor(carrier, thread.processor);
        if let Regained::Processor { number, .. } = regained {
            self.thread(task).processor = Some(number);
        }
        regained
    }

    fn leave(&mut self, task: TaskId) {
        if let Some(carrier) = self.thread(task).carrier.take() {
            self.places.leave(carrier);
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
    let mut state = lock(&runtime.state);
    loop {
        let (task, mut fiber, why) = runtime.next(state, number);
        world.goes_onto_thread(task, clock);
        let left = fiber.resume(why);
        clock = os::thread_cpu();
        state = match left {
            Left::Suspended => {
                world.leaves_thread(task, clock);
                runtime.put_away(task, fiber)
            }
            Left::Ended => {
                drop(fiber);
                lock(&runtime.state)
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
        let (task, reason) = runtime.next_overdue(world);
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
