//! A stay inside the gate: what is recorded during it, and who is woken when it is over.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use super::super::kernel::Death;
use super::super::objects::Woken;
use super::super::park::{Patience, Wake};
use super::super::record::{BATCH, Ending, Record};
use super::{Gate, LIMITED, Recorder, World, used};
use crate::call::Reason;
use crate::event::EventKind;
use crate::ids::{ObjectId, TaskId};
use crate::time::Time;

/// A stay inside the gate: what is done meanwhile is one step of the run.
pub(in crate::native) struct Entry<'w> {
    pub(super) world: &'w World,
    pub(super) recorder: Option<MutexGuard<'w, Recorder>>,
    pub(super) at: Option<Time>,
    /// Who is to be woken when the stay is over.
    pub(super) told: Vec<(TaskId, Wake)>,
}

impl Entry<'_> {
    /// The moment.
    pub(in crate::native) fn at(&mut self) -> Time {
        *self.at.get_or_insert_with(|| self.world.clock.now())
    }

    /// Goes on at the present moment: something in this stay took time that is to be seen.
    #[cfg(target_os = "linux")]
    pub(in crate::native) fn go_on_at_present(&mut self) {
        self.at = Some(self.world.clock.now());
    }

    /// Whether it is recorded.
    pub(in crate::native) fn is_recorded(&self) -> bool {
        self.recorder.is_some()
    }

    /// Records what is done during this stay.
    pub(in crate::native) fn record(&mut self, kind: EventKind, value: i64) {
        let at = self.at.unwrap_or_default();
        let Some(recorder) = &mut self.recorder else {
            return;
        };
        if recorder.state == Gate::Closed {
            return;
        }
        recorder.records.push(Record::Event { at, kind, value });
        recorder.count += 1;
        if recorder.count >= self.world.limits.events {
            recorder.state = Gate::Closed;
            self.world.finish(Ending::Overflow);
        }
        if recorder.records.len() >= BATCH {
            self.world.write_records(recorder);
        }
    }

    /// Records that a task waits, and with it the CPU time that it has used.
    pub(in crate::native) fn block(&mut self, task: TaskId, reason: Reason, patience: Patience) {
        if let Reason::Object(object) = reason {
            let seat = self.world.seat(task);
            seat.waits_at
                .store(u32::from(object.0) + 1, Ordering::SeqCst);
        }
        if self.is_recorded() {
            let reason = reason.into();
            self.record(EventKind::Blocked { task, reason }, used());
        }
        self.stops(patience);
    }

    /// A task does not go on: it is counted among those that wait.
    pub(in crate::native) fn stops(&mut self, patience: Patience) {
        let change = match patience {
            Patience::Endless => 1,
            Patience::Limited => 1_u64.wrapping_sub(LIMITED),
        };
        let active = &self.world.census.active;
        let left = active
            .fetch_sub(change, Ordering::SeqCst)
            .wrapping_sub(change);
        if left.is_multiple_of(LIMITED) {
            // Nothing will be recorded for a while.
            if let Some(recorder) = &mut self.recorder {
                self.world.write_records(recorder);
            }
        }
        if left == 0 {
            self.world.nobody_goes_on();
        }
    }

    /// Records that tasks are woken, and counts them among those that can go on. They are woken when the
    /// stay is over. `object` is what is handed over, where something is.
    pub(in crate::native) fn wakes(&mut self, woken: &Woken, object: Option<ObjectId>) {
        for (waiter, why) in woken {
            let task = waiter.task;
            self.world.seat(task).waits_at.store(0, Ordering::SeqCst);
            match (why, object) {
                (Wake::Given(_), Some(object)) => {
                    self.record(EventKind::HandedOver { task, object }, 0);
                }
                _ => self.record(EventKind::Woken { task }, 0),
            }
            self.world.goes_on(waiter.patience);
            self.tell(task, *why);
        }
    }

    /// Records that a task is woken to try again, and counts it among those that can go on.
    pub(in crate::native) fn go_on(&mut self, task: TaskId, patience: Patience) {
        self.record(EventKind::Woken { task }, 0);
        self.world.goes_on(patience);
        self.tell(task, Wake::Again);
    }

    /// Wakes a task when the stay is over.
    pub(in crate::native) fn tell(&mut self, task: TaskId, why: Wake) {
        self.told.push((task, why));
    }

    /// Writes what has been recorded; how many events there were.
    pub(in crate::native) fn finish(&mut self) -> u64 {
        let Some(recorder) = &mut self.recorder else {
            return 0;
        };
        self.world.write_records(recorder);
        recorder.count
    }

    /// The process ends, one of several.
    pub(in crate::native) fn die(&mut self, how: Death) {
        let events = self.finish();
        self.world.write(&self.world.words());
        if let Some(kernel) = &self.world.kernel {
            kernel.die(how, events);
        }
    }

    /// The process ends, and with it all its threads: nothing more can happen.
    pub(in crate::native) fn end_process(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.state = Gate::Closed;
        }
        self.world.finish(Ending::Over);
    }
}

impl Drop for Entry<'_> {
    /// Who is woken does not find the gate closed.
    fn drop(&mut self) {
        if let (Some(kernel), Some(recorder)) = (&self.world.kernel, &mut self.recorder)
            && kernel.is_family()
        {
            self.world.write_records(recorder);
            if recorder.state == Gate::Closed {
                let (at, how) = (self.at.unwrap_or_default(), Ending::Overflow);
                self.world.write(&[Record::End { at, how }]);
            }
            kernel.leave(recorder.count);
        }
        drop(self.recorder.take());
        for (task, why) in self.told.drain(..) {
            self.world.seat(task).parker.wake(why);
        }
    }
}
