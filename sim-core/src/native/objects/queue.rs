//! Queues of items: first in, first out; last in, first out; the least first.

use std::collections::VecDeque;

use super::{Answer, Asker, Line, Primitive, Woken};
use crate::call::{Fault, Request};
use crate::native::park::{Wake, Want};
use crate::program::script::QueueOrder;

/// A queue, with a limit or without.
#[derive(Debug)]
pub(super) struct Queue {
    capacity: Option<u32>,
    order: QueueOrder,
    items: VecDeque<i64>,
    unfinished: u32,
    line: Line,
}

impl Queue {
    pub(super) fn new(capacity: Option<u32>, order: QueueOrder) -> Self {
        Self {
            capacity,
            order,
            items: VecDeque::new(),
            unfinished: 0,
            line: Line::default(),
        }
    }

    fn take(&mut self) -> Option<i64> {
        match self.order {
            QueueOrder::Fifo => self.items.pop_front(),
            QueueOrder::Lifo => self.items.pop_back(),
            QueueOrder::Priority => {
                let mut least = None;
                for (place, item) in self.items.iter().enumerate() {
                    if least.is_none_or(|(_, smallest)| item < smallest) {
                        least = Some((place, item));
                    }
                }
                let (place, _) = least?;
                self.items.remove(place)
            }
        }
    }

    fn wake(&mut self, want: Want, woken: &mut Woken) {
        woken.extend(self.line.first_to(want).map(|each| (each, Wake::Again)));
    }
}

impl Primitive for Queue {
    fn ask(&mut self, asker: Asker, request: Request, woken: &mut Woken) -> Answer {
        match request {
            Request::Put | Request::TryPut => {
                let is_full = self.capacity.is_some_and(|most| {
                    self.items.len() >= usize::try_from(most).unwrap_or(usize::MAX)
                });
                if is_full {
                    return Answer::NotNow;
                }
                self.items.push_back(asker.operand);
                self.unfinished = self.unfinished.saturating_add(1);
                self.wake(Want::Get, woken);
                Answer::Granted(0)
            }
            Request::Get | Request::TryGet => {
                let Some(item) = self.take() else {
                    return Answer::NotNow;
                };
                self.wake(Want::Put, woken);
                Answer::Granted(item)
            }
            Request::TaskDone => {
                let Some(left) = self.unfinished.checked_sub(1) else {
                    return Answer::Fault(Fault::TooManyDone);
                };
                self.unfinished = left;
                while left == 0
                    && let Some(next) = self.line.first_to(Want::Join)
                {
                    woken.push((next, Wake::Again));
                }
                Answer::Granted(0)
            }
            _ if self.unfinished == 0 => Answer::Granted(0),
            _ => Answer::NotNow,
        }
    }

    fn line(&mut self) -> &mut Line {
        &mut self.line
    }
}
