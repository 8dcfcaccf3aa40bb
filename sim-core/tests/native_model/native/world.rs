//! The gate, as far as the interpreter lock knows it: what is done inside is one step, and who is woken is
//! told when the stay is over.

use super::clock::Clock;
use super::park::{Parker, Patience, Wake, lock};
use super::threading::{Mutex, MutexGuard};
use crate::call::Reason;
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::time::Time;

pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) parkers: Vec<Parker>,
    /// What was recorded.
    pub(super) record: Mutex<Vec<EventKind>>,
}

#[derive(Debug)]
pub(super) enum Stop {}

impl World {
    pub(super) fn new(tasks: usize) -> Self {
        Self {
            clock: Clock,
            parkers: (0..tasks).map(|_| Parker::default()).collect(),
            record: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn enter(&self) -> Result<Entry<'_>, Stop> {
        Ok(Entry {
            world: self,
            record: Some(lock(&self.record)),
            told: Vec::new(),
        })
    }
}

pub(super) struct Entry<'w> {
    world: &'w World,
    record: Option<MutexGuard<'w, Vec<EventKind>>>,
    told: Vec<(TaskId, Wake)>,
}

impl Entry<'_> {
    pub(super) fn at(&mut self) -> Time {
        self.world.clock.now()
    }

    pub(super) fn record(&mut self, kind: EventKind, _: i64) {
        if let Some(record) = &mut self.record {
            record.push(kind);
        }
    }

    pub(super) fn block(&mut self, task: TaskId, reason: Reason, _: Patience) {
        let reason = reason.into();
        self.record(EventKind::Blocked { task, reason }, 0);
    }

    pub(super) fn stops(&mut self, _: Patience) {}

    pub(super) fn go_on(&mut self, task: TaskId, _: Patience) {
        self.record(EventKind::Woken { task }, 0);
        self.tell(task, Wake::Again);
    }

    pub(super) fn tell(&mut self, task: TaskId, why: Wake) {
        self.told.push((task, why));
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        drop(self.record.take());
        for (task, why) in self.told.drain(..) {
            self.world.parkers[task.index()].wake(why);
        }
    }
}
