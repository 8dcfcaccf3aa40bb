//! A real interpreter lock, with the protocol of CPython 3.2 and later (`Python/ceval_gil.c`).
//!
//! Who wants it sleeps for the switch interval at most; if nobody has handed the lock on meanwhile, the
//! sleeper asks the holder to drop it. The holder looks at that request where its dialect says, drops the
//! lock, wakes one who waits, and waits itself until another has taken it (forced switching). A call that
//! blocks drops the lock first, and takes it again when it is done.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::actor::Actor;
use super::park::{Patience, Wake, lock};
use super::threading::{AtomicBool, Mutex};
use super::world::{Entry, Stop};
use crate::call::{DropReason, Reason};
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::program::{Dialect, InterpreterConfig};
use crate::time::Time;

/// The interpreter lock of a process.
#[derive(Debug)]
pub(super) struct Interpreter {
    config: InterpreterConfig,
    state: Mutex<State>,
    /// The request as the holder looks at it, without locking anything.
    asked: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    holder: Option<TaskId>,
    /// Who held it last.
    last: Option<TaskId>,
    /// How often it has passed from one to another.
    switches: u32,
    /// Whether the holder is to drop it.
    request: bool,
    /// Who was made to drop it and waits until another has taken it.
    forced: Option<TaskId>,
    waiting: VecDeque<Waiting>,
}

/// Who wants it, and how often it had been handed on when it last looked.
#[derive(Debug)]
struct Waiting {
    task: TaskId,
    seen: u32,
}

impl Interpreter {
    pub(super) fn new(config: InterpreterConfig) -> Self {
        Self {
            config,
            state: Mutex::default(),
            asked: AtomicBool::new(false),
        }
    }

    /// It is in the copy of a process, where `task` goes on as `first` and no other thread is: that has the
    /// lock if `task` had it (CPython: `PyOS_AfterFork_Child`).
    pub(super) fn copied(&self, task: TaskId, first: TaskId) {
        let mut state = lock(&self.state);
        let holder = (state.holder == Some(task)).then_some(first);
        *state = State {
            holder,
            last: holder,
            ..State::default()
        };
        self.asked.store(false, Ordering::Relaxed);
    }

    /// Whether the holder should look: somebody asks it to drop the lock.
    pub(super) fn is_asked_for(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether a thread looks at requests where it is now.
    pub(super) const fn is_looked_at(&self, is_checkpoint: bool) -> bool {
        match self.config.dialect {
            Dialect::AnyInstruction => true,
            Dialect::CheckPoints => is_checkpoint,
        }
    }

    /// Takes the lock, if the task does not hold it.
    pub(super) fn take(&self, actor: &Actor) -> Result<(), Stop> {
        let task = actor.task;
        while !actor.holds_interpreter.get() {
            let mut entry = actor.world.enter()?;
            let mut state = lock(&self.state);
            let at = entry.at();
            if state.holder.is_none() {
                entry.record(EventKind::InterpreterTaken { task }, 0);
                self.give(&mut state, &mut entry, task, at);
                actor.holds_interpreter.set(true);
                return Ok(());
            }
            let seen = state.switches;
            state.waiting.push_back(Waiting { task, seen });
            entry.block(task, Reason::Interpreter, Patience::Limited);
            drop(state);
            drop(entry);
            self.wait(actor, Some(at + self.config.interval))?;
        }
        Ok(())
    }

    fn give(&self, state: &mut State, entry: &mut Entry<'_>, task: TaskId, at: Time) {
        state.holder = Some(task);
        state.request = false;
        self.asked.store(false, Ordering::Relaxed);
        if state.last != Some(task) {
            state.last = Some(task);
            state.switches = state.switches.wrapping_add(1);
        }
        // Who was made to drop it waits for its turn from now on.
        if let Some(forced) = state.forced.take() {
            let switches = state.switches;
            let mut waiting = state.waiting.iter_mut();
            if let Some(waiting) = waiting.find(|waiting| waiting.task == forced) {
                waiting.seen = switches;
            }
            entry.tell(forced, Wake::Until(at + self.config.interval));
        }
    }

    /// Waits to be woken, and asks for the lock at the end of each interval.
    fn wait(&self, actor: &Actor, mut until: Option<Time>) -> Result<(), Stop> {
        let task = actor.task;
        loop {
            match actor.sleep(until) {
                Some(Wake::Until(moment)) => until = Some(moment),
                Some(_) => return Ok(()),
                None => {
                    let mut entry = actor.world.enter()?;
                    let mut state = lock(&self.state);
                    let (switches, is_held) = (state.switches, state.holder.is_some());
                    let mut waiting = state.waiting.iter_mut();
                    let own = waiting.find(|waiting| waiting.task == task);
                    // Who is not in line any more is being woken.
                    until = None;
                    if let Some(own) = own {
                        entry.record(EventKind::IntervalPassed { task }, 0);
                        let was_handed_on = own.seen != switches;
                        own.seen = switches;
                        until = Some(entry.at() + self.config.interval);
                        if is_held && !was_handed_on {
                            state.request = true;
                            self.asked.store(true, Ordering::Relaxed);
                        }
                    }
                }
            }
        }
    }

    /// Drops the lock, if the task has really been asked to, and takes it again after another has had it.
    pub(super) fn drop_if_asked(&self, actor: &Actor) -> Result<(), Stop> {
        let task = actor.task;
        let mut entry = actor.world.enter()?;
        let mut state = lock(&self.state);
        if !state.request || state.holder != Some(task) {
            return Ok(());
        }
        let Some(next) = state.waiting.pop_front() else {
            return Ok(());
        };
        let reason = DropReason::Requested;
        entry.record(EventKind::InterpreterDropped { task, reason }, 0);
        actor.holds_interpreter.set(false);
        (state.holder, state.request) = (None, false);
        self.asked.store(false, Ordering::Relaxed);
        state.forced = Some(task);
        let seen = state.switches;
        state.waiting.push_back(Waiting { task, seen });
        entry.go_on(next.task, Patience::Limited);
        entry.stops(Patience::Limited);
        drop(state);
        drop(entry);
        self.wait(actor, None)?;
        self.take(actor)
    }

    /// The task's call blocks, or ends it: it drops the lock, if it holds it.
    pub(super) fn leave(&self, actor: &Actor, entry: &mut Entry<'_>) {
        if !actor.holds_interpreter.replace(false) {
            return;
        }
        let task = actor.task;
        let mut state = lock(&self.state);
        let reason = DropReason::Call;
        entry.record(EventKind::InterpreterDropped { task, reason }, 0);
        state.holder = None;
        if let Some(next) = state.waiting.pop_front() {
            entry.go_on(next.task, Patience::Limited);
        }
    }
}
