//! A stay inside the gate: what is recorded during it, and who is woken when it is over.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use super::super::kernel::Death;
use super::super::objects::Woken;
use super::super::park::{Patience, Wake};
use super::super::record::{BATCH, Ending, Record};
use super::{Gate, LIMITED, Recorder, World};
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
    /// Who has taken a carrier, and goes on there when the stay is over.
    pub(super) carried: Vec<TaskId>,
}

impl<'w> Entry<'w> {
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
            let used = self.world.used(task);
            self.record(EventKind::Blocked { task, reason }, used);
        }
        if let Some(runtime) = &self.world.runtime {
            runtime
                .board
                .blocks(task, reason, self.world.keeper(reason));
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
            self.rouse(task, *why);
        }
    }

    /// A task that the process had wait goes on: it is woken when the stay is over, or joins the run queue.
    pub(in crate::native) fn rouse(&mut self, task: TaskId, why: Wake) {
        match &self.world.runtime {
            Some(runtime) => runtime.board.ready(task, why),
            None => self.tell(task, why),
        }
    }

    /// In what it takes place.
    pub(in crate::native) fn world(&self) -> &'w World {
        self.world
    }

    /// Whether a user-level thread waits for longer than it may. Who asks keeps others from waking it.
    pub(in crate::native) fn is_overdue(&mut self, task: TaskId) -> bool {
        let at = self.at();
        let runtime = self.world.runtime.as_ref();
        runtime.is_some_and(|runtime| runtime.board.is_overdue(task, at))
    }

    /// The time of a user-level thread is over, which has left the line in which it stood.
    pub(in crate::native) fn times_out(&mut self, task: TaskId) {
        self.waits_no_more(task);
        self.world.goes_on(Patience::Limited);
        self.record(EventKind::TimedOut { task }, 0);
        self.rouse(task, Wake::TooLate);
    }

    /// A task's wait is over by itself: it is part of no circle.
    pub(in crate::native) fn waits_no_more(&self, task: TaskId) {
        self.world.seat(task).waits_at.store(0, Ordering::SeqCst);
    }

    /// As many of the run queue take a carrier as there are free ones.
    pub(in crate::native) fn carry(&mut self) {
        if let Some(runtime) = &self.world.runtime {
            while let Some(task) = runtime.board.take_next() {
                self.record(EventKind::CarrierTaken { task }, 0);
                self.carried.push(task);
            }
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
        self.carry();
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
        if let Some(runtime) = &self.world.runtime {
            for task in self.carried.drain(..) {
                runtime.carry_on(task);
            }
        }
    }
}
