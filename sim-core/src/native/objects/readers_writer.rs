//! Readers–writer locks, with three rules of who goes first. They are handed over when they are given
//! back.

use super::{Answer, Asker, GIVEN, Line, Primitive, Want, Woken};
use crate::call::{Fault, Request};
use crate::ids::TaskId;
use crate::native::park::Waiter;
use crate::program::script::Preference;

/// A lock of many readers or one writer.
#[derive(Debug)]
pub(super) struct ReadersWriter {
    preference: Preference,
    readers: Vec<TaskId>,
    writer: Option<TaskId>,
    line: Line,
}

impl ReadersWriter {
    pub(super) fn new(preference: Preference) -> Self {
        Self {
            preference,
            readers: Vec::new(),
            writer: None,
            line: Line::default(),
        }
    }

    fn has(&self, want: Want) -> bool {
        self.line.wants().any(|each| each == want)
    }

    fn admits(&self, want: Want) -> bool {
        if self.writer.is_some() || want == Want::Take && !self.readers.is_empty() {
            return false;
        }
        match self.preference {
            Preference::Readers => true,
            Preference::Writers => want == Want::Take || !self.has(Want::Take),
            Preference::Fair => self.line.is_empty(),
        }
    }

    fn give(&mut self, to: Waiter, woken: &mut Woken) {
        match to.want {
            Want::Read => self.readers.push(to.task),
            _ => self.writer = Some(to.task),
        }
        woken.push((to, GIVEN));
    }

    /// Readers go in: all, or those in front of the first writer.
    fn let_readers_in(&mut self, woken: &mut Woken) {
        let readers = match self.preference {
            Preference::Fair => self
                .line
                .wants()
                .take_while(|each| *each == Want::Read)
                .count(),
            _ => self.line.wants().filter(|each| *each == Want::Read).count(),
        };
        for _ in 0..readers {
            if let Some(reader) = self.line.first_to(Want::Read) {
                self.give(reader, woken);
            }
        }
    }

    fn release(&mut self, task: TaskId, woken: &mut Woken) -> Answer {
        match self.readers.iter().position(|reader| *reader == task) {
            Some(place) => {
                self.readers.remove(place);
            }
            None if self.writer == Some(task) => self.writer = None,
            None => return Answer::Fault(Fault::NotOwner),
        }
        if !self.readers.is_empty() || self.writer.is_some() {
            return Answer::Granted(0);
        }
        let first = self.line.wants().next();
        let next = match self.preference {
            Preference::Readers if self.has(Want::Read) => Some(Want::Read),
            Preference::Writers if self.has(Want::Take) => Some(Want::Take),
            _ => first,
        };
        match next {
            Some(Want::Read) => self.let_readers_in(woken),
            Some(want) => {
                if let Some(writer) = self.line.first_to(want) {
                    self.give(writer, woken);
                }
            }
            None => {}
        }
        Answer::Granted(0)
    }
}

impl Primitive for ReadersWriter {
    fn ask(&mut self, asker: Asker, request: Request, woken: &mut Woken) -> Answer {
        if request == Request::Release {
            return self.release(asker.task, woken);
        }
        let want = super::want(request);
        if !self.admits(want) {
            return Answer::NotNow;
        }
        match want {
            Want::Read => self.readers.push(asker.task),
            _ => self.writer = Some(asker.task),
        }
        Answer::Granted(0)
    }

    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    /// Readers go in whom only the one who gave up kept out.
    fn was_left(&mut self, woken: &mut Woken) {
        let is_kept = self.preference == Preference::Writers && self.has(Want::Take);
        if self.writer.is_none() && !is_kept {
            self.let_readers_in(woken);
        }
    }

    fn copied(&mut self, task: TaskId, first: TaskId) {
        let holders = self.readers.iter_mut().chain(&mut self.writer);
        for holder in holders.filter(|holder| **holder == task) {
            *holder = first;
        }
    }

    fn holders(&self) -> Vec<TaskId> {
        self.readers.iter().copied().chain(self.writer).collect()
    }
}
