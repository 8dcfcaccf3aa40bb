//! Who is on which carrier, and how a carrier goes over from one thread to the next.
//!
//! All of it is used under one lock, and decided inside the gate where there is one. It knows nothing of
//! stacks: a thread that is on no kernel thread is a value of any type, so that a model checker can try
//! the hand-over under many schedules (`tests/native_model/`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::super::clock::Clock;
use super::super::park::{Wake, lock};
use super::super::threading::{Condvar, Mutex, MutexGuard, PoisonError};
use super::places::{Places, Regained};
use crate::call::Reason;
use crate::ids::TaskId;
use crate::program::Threads;
use crate::time::Time;

/// The user-level threads of a process and its carriers. `F` is a thread that is on no kernel thread.
pub(in crate::native) struct Board<F> {
    state: Mutex<State<F>>,
    /// That there is an earlier time limit than before.
    earlier: Condvar,
}

/// What stands on the board, while it is locked.
pub(in crate::native) struct State<F> {
    places: Places,
    carriers: Vec<Carrier>,
    /// By task.
    threads: Vec<Thread<F>>,
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
struct Thread<F> {
    /// Its stack, while it is on no kernel thread.
    fiber: Option<F>,
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
pub(in crate::native) enum Keeper {
    /// The runtime of its process, and it leaves its carrier.
    Process,
    /// The kernel, and its carrier waits with it.
    Kernel,
}

impl<F> Board<F> {
    /// That of a process which schedules so many threads itself; none where the kernel does.
    pub(in crate::native) fn new(threads: Threads, count: usize) -> Option<Self> {
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
                carriers: (0..places.made()).map(|_| Carrier::started()).collect(),
                places,
                threads: (0..count).map(|_| thread()).collect(),
                limits: BTreeSet::new(),
            }),
            earlier: Condvar::new(),
        })
    }

    /// How many carriers there are.
    pub(in crate::native) fn carriers(&self) -> u16 {
        lock(&self.state).places.made()
    }

    /// A thread is made; it runs when it [can go on](Self::ready) and has a carrier.
    pub(in crate::native) fn add(&self, task: TaskId, fiber: F) {
        lock(&self.state).thread(task).fiber = Some(fiber);
    }

    /// A thread that was made runs where its maker does.
    pub(in crate::native) fn follows(&self, task: TaskId, maker: TaskId) {
        let state = &mut *lock(&self.state);
        state.thread(task).processor = state.thread(maker).processor;
    }

    /// A thread waits.
    pub(in crate::native) fn blocks(&self, task: TaskId, reason: Reason, keeper: Keeper) {
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
    pub(in crate::native) fn ended(&self, task: TaskId) {
        lock(&self.state).leave(task);
    }

    /// A thread lets others go first; whether there are any, so that it has left its carrier.
    pub(in crate::native) fn yields(&self, task: TaskId) -> bool {
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
    pub(in crate::native) fn ready(&self, task: TaskId, why: Wake) {
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
    pub(in crate::native) fn comes_back(&self, task: TaskId) -> bool {
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
    pub(in crate::native) fn regain_processor(&self, task: TaskId) -> Regained {
        lock(&self.state).regain_processor(task)
    }

    /// It does: the thread gives back what it had for that.
    pub(in crate::native) fn put_processor_back(&self, task: TaskId, place: usize) {
        let state = &mut *lock(&self.state);
        if let Some(carrier) = state.thread(task).carrier {
            state.places.put_processor_back(carrier, place);
        }
    }

    /// The next thread takes a carrier, where somebody waits for one and there is one.
    pub(in crate::native) fn take_next(&self) -> Option<TaskId> {
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

    /// Calls the carrier that a thread has taken, if it sleeps; one of which no kernel thread has been started
    /// is to be.
    pub(in crate::native) fn call(&self, task: TaskId) -> Option<u16> {
        let mut state = lock(&self.state);
        let number = state.thread(task).carrier?;
        let carrier = &mut state.carriers[usize::from(number)];
        match carrier.place {
            Place::Awake => None,
            Place::Asleep => {
                carrier.turn.notify_one();
                None
            }
            Place::Unborn => {
                carrier.place = Place::Awake;
                Some(number)
            }
        }
    }

    /// A thread that waits gives up at a moment, unless it has been woken by now.
    pub(in crate::native) fn limit(&self, task: TaskId, until: Time) {
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
    pub(in crate::native) fn is_overdue(&self, task: TaskId, now: Time) -> bool {
        let limit = lock(&self.state).thread(task).limit;
        limit.is_some_and(|limit| limit <= now)
    }

    /// For a carrier that carries nobody: the state, for [`next`](Self::next).
    pub(in crate::native) fn look(&self) -> MutexGuard<'_, State<F>> {
        lock(&self.state)
    }

    /// Waits until somebody has taken a carrier, and has left where it was.
    pub(in crate::native) fn next(
        &self,
        mut state: MutexGuard<'_, State<F>>,
        number: u16,
    ) -> (TaskId, F, Wake) {
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
    pub(in crate::native) fn put_away(&self, task: TaskId, fiber: F) -> MutexGuard<'_, State<F>> {
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
    pub(in crate::native) fn next_overdue(&self, clock: &Clock) -> (TaskId, Option<Reason>) {
        let mut state = lock(&self.state);
        loop {
            let first = state.limits.first().copied();
            let left = first.map(|(at, _)| at.since(clock.now()));
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

impl<F> State<F> {
    fn thread(&mut self, task: TaskId) -> &mut Thread<F> {
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
