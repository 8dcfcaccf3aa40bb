//! Locks: barging, handed over, or re-entrant.

use super::{Answer, Asker, GIVEN, Line, Primitive, Woken};
use crate::call::{Fault, Request};
use crate::ids::TaskId;
use crate::native::park::Wake;

/// What becomes of a lock that is released, and who may take it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::native) enum Style {
    /// The first waiter tries again; who comes before it may take the lock.
    Barging,
    /// The first waiter owns it at once.
    HandOver,
    /// As barging, and its holder can take it again.
    Recursive,
}

/// A lock.
#[derive(Debug)]
pub(in crate::native) struct Lock {
    style: Style,
    owner: Option<TaskId>,
    count: u32,
    line: Line,
}

impl Lock {
    pub(super) fn new(style: Style) -> Self {
        Self {
            style,
            owner: None,
            count: 0,
            line: Line::default(),
        }
    }

    /// How often a task holds it; none where it does not.
    pub(in crate::native) fn held_by(&self, task: TaskId) -> Option<u32> {
        (self.owner == Some(task)).then_some(self.count)
    }

    /// It has no owner any more, however often that had taken it.
    pub(in crate::native) fn give_back(&mut self, woken: &mut Woken) {
        (self.owner, self.count) = (None, 0);
        let Some(next) = self.line.first() else {
            return;
        };
        if self.style == Style::HandOver {
            (self.owner, self.count) = (Some(next.task), 1);
            woken.push((next, GIVEN));
        } else {
            woken.push((next, Wake::Again));
        }
    }
}

impl Primitive for Lock {
    fn ask(&mut self, asker: Asker, request: Request, woken: &mut Woken) -> Answer {
        let is_own = self.owner == Some(asker.task);
        match request {
            Request::Release if !is_own => Answer::Fault(Fault::NotOwner),
            Request::Release if self.style == Style::Recursive && self.count > 1 => {
                self.count -= 1;
                Answer::Granted(0)
            }
            Request::Release => {
                self.give_back(woken);
                Answer::Granted(0)
            }
            _ if self.owner.is_none() || is_own && self.style == Style::Recursive => {
                self.owner = Some(asker.task);
                self.count = self.count.saturating_add(asker.times);
                Answer::Granted(0)
            }
            _ => Answer::NotNow,
        }
    }

    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn copied(&mut self, task: TaskId, first: TaskId) {
        if self.owner == Some(task) {
            self.owner = Some(first);
        }
    }

    fn holders(&self) -> Vec<TaskId> {
        self.owner.into_iter().collect()
    }
}
