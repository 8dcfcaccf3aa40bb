//! How a thread waits for another, and the line in which it stands meanwhile.
//!
//! Each task has a place of its own to sleep at (a condition variable: on Linux a futex). Who wakes it
//! says why; nobody is woken twice, because who wakes takes it out of the line first.

use std::collections::VecDeque;
use std::time::Duration;

use crate::call::Reply;
use crate::ids::TaskId;
use crate::time::Time;

use super::clock::Clock;
use super::threading::{Condvar, Mutex, MutexGuard, PoisonError};

/// Locks a mutex. That a thread ended while it held it does not matter: what it guards is changed in
/// steps that do not fail.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a thread was woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wake {
    /// What it waits for may be there: it tries again.
    Again,
    /// It was given what it waits for.
    Given(Reply),
    /// It goes on sleeping, until a moment at most.
    Until(Time),
    /// Its time was over: that has been recorded, and it stands in no line any more.
    TooLate,
}

/// Where a task sleeps.
#[derive(Debug, Default)]
pub(super) struct Parker {
    wake: Mutex<Option<Wake>>,
    woken: Condvar,
}

impl Parker {
    /// Wakes who sleeps here, or will.
    pub(super) fn wake(&self, why: Wake) {
        *lock(&self.wake) = Some(why);
        self.woken.notify_one();
    }

    /// Sleeps until woken.
    pub(super) fn sleep(&self) -> Wake {
        let mut wake = lock(&self.wake);
        loop {
            if let Some(why) = wake.take() {
                return why;
            }
            wake = self
                .woken
                .wait(wake)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Sleeps until woken, or until a moment; none where that came first.
    pub(super) fn sleep_until(&self, moment: Option<Time>, clock: &Clock) -> Option<Wake> {
        let Some(moment) = moment else {
            return Some(self.sleep());
        };
        let mut wake = lock(&self.wake);
        loop {
            if let Some(why) = wake.take() {
                return Some(why);
            }
            let left = moment.since(clock.now());
            if left.is_zero() {
                return None;
            }
            let (guard, _) = self
                .woken
                .wait_timeout(wake, Duration::from_nanos(left.0))
                .unwrap_or_else(PoisonError::into_inner);
            wake = guard;
        }
    }
}

/// What a waiter wants, where that makes a difference for who is woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Want {
    /// To have it alone, or whatever there is to have.
    Take,
    /// To read.
    Read,
    /// To put an item.
    Put,
    /// To take an item.
    Get,
    /// That all items are dealt with.
    Join,
}

/// Whether a waiter gives up by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Patience {
    /// It waits for as long as it takes.
    Endless,
    /// It has a time limit.
    Limited,
}

impl Patience {
    /// Of who gives up at a moment, or never.
    pub(super) const fn until(moment: Option<Time>) -> Self {
        match moment {
            Some(_) => Self::Limited,
            None => Self::Endless,
        }
    }
}

/// Somebody in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waiter {
    pub(super) task: TaskId,
    pub(super) want: Want,
    pub(super) patience: Patience,
}

/// Those who wait, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Line(VecDeque<Waiter>);

impl Line {
    pub(super) fn join(&mut self, waiter: Waiter) {
        self.0.push_back(waiter);
    }

    /// Takes a task out; false where somebody has taken it out to wake it.
    pub(super) fn leave(&mut self, task: TaskId) -> bool {
        let place = self.0.iter().position(|waiter| waiter.task == task);
        place.and_then(|place| self.0.remove(place)).is_some()
    }

    /// Takes out the first.
    pub(super) fn first(&mut self) -> Option<Waiter> {
        self.0.pop_front()
    }

    /// Takes out the first who wants something.
    pub(super) fn first_to(&mut self, want: Want) -> Option<Waiter> {
        let place = self.0.iter().position(|waiter| waiter.want == want)?;
        self.0.remove(place)
    }

    /// Takes out all.
    pub(super) fn all(&mut self) -> VecDeque<Waiter> {
        core::mem::take(&mut self.0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they want, in order.
    pub(super) fn wants(&self) -> impl Iterator<Item = Want> {
        self.0.iter().map(|waiter| waiter.want)
    }
}
