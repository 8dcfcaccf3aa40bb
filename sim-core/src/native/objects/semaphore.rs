//! Semaphores, bounded or not.

use super::{Answer, Asker, Line, Primitive, Woken};
use crate::call::{Fault, Request};
use crate::native::park::Wake;

/// A counter that is never below zero.
#[derive(Debug)]
pub(super) struct Semaphore {
    value: u32,
    maximum: Option<u32>,
    line: Line,
}

impl Semaphore {
    pub(super) fn new(value: u32, maximum: Option<u32>) -> Self {
        Self {
            value,
            maximum,
            line: Line::default(),
        }
    }
}

impl Primitive for Semaphore {
    fn ask(&mut self, asker: Asker, request: Request, woken: &mut Woken) -> Answer {
        if request != Request::Release {
            let Some(left) = self.value.checked_sub(1) else {
                return Answer::NotNow;
            };
            self.value = left;
            return Answer::Granted(0);
        }
        let places = u32::try_from(asker.operand).ok();
        let sum = places.and_then(|places| self.value.checked_add(places));
        let (Some(places), Some(sum)) = (places, sum) else {
            return Answer::Fault(Fault::BadCount);
        };
        if self.maximum.is_some_and(|maximum| sum > maximum) {
            return Answer::Fault(Fault::AboveMaximum);
        }
        self.value = sum;
        for _ in 0..places {
            let Some(next) = self.line.first() else {
                break;
            };
            woken.push((next, Wake::Again));
        }
        Answer::Granted(0)
    }

    fn line(&mut self) -> &mut Line {
        &mut self.line
    }
}
