//! Barriers: tasks wait until all have come.

use super::{Answer, Asker, Line, Primitive, Woken};
use crate::call::{Reply, Request};
use crate::native::park::Wake;

/// A barrier.
#[derive(Debug)]
pub(super) struct Barrier {
    parties: u32,
    line: Line,
}

impl Barrier {
    pub(super) fn new(parties: u32) -> Self {
        Self {
            parties,
            line: Line::default(),
        }
    }
}

impl Primitive for Barrier {
    fn ask(&mut self, _: Asker, _: Request, woken: &mut Woken) -> Answer {
        let parties = usize::try_from(self.parties).unwrap_or(usize::MAX);
        if self.line.len() + 1 < parties {
            return Answer::NotNow;
        }
        // Each is told how many came after it.
        let after = (1..=self.line.len()).rev();
        let waiting = self.line.all().into_iter().zip(after);
        woken.extend(waiting.map(|(each, after)| {
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            (each, Wake::Given(Reply::of(after)))
        }));
        Answer::Granted(0)
    }

    fn line(&mut self) -> &mut Line {
        &mut self.line
    }
}
