//! The disk: a timer for each request, or one for all.

use std::collections::VecDeque;

use super::park::Waiter;
use crate::ids::TaskId;
use crate::program;
use crate::time::{Span, Time};

/// A disk that serves its requests all at once, or one after the other.
#[derive(Debug)]
pub(super) struct Disk {
    kind: program::Disk,
    /// Whether it works on a request, where it works on one at a time.
    is_busy: bool,
    /// When that will be done.
    due: Time,
    queue: VecDeque<(Waiter, Span)>,
}

impl Disk {
    pub(super) fn new(kind: program::Disk) -> Self {
        Self {
            kind,
            is_busy: false,
            due: Time::ZERO,
            queue: VecDeque::new(),
        }
    }

    /// When a request will be done; none where others are before it.
    pub(super) fn request(&mut self, waiter: Waiter, span: Span, now: Time) -> Option<Time> {
        if self.kind == program::Disk::Parallel {
            return Some(now + span);
        }
        if self.is_busy {
            self.queue.push_back((waiter, span));
            return None;
        }
        (self.is_busy, self.due) = (true, now + span);
        Some(self.due)
    }

    /// When the request will be done on which it works.
    pub(super) fn due(&self) -> Time {
        self.due
    }

    /// It has done a request; whose is next.
    pub(super) fn completed(&mut self, now: Time) -> Option<TaskId> {
        let next = self.queue.pop_front();
        self.is_busy = next.is_some();
        let (waiter, span) = next?;
        self.due = now + span;
        Some(waiter.task)
    }
}
