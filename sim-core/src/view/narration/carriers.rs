//! How user-level threads are told: who is on which kernel thread, and who waits for one.

use super::scene::{Scene, count};
use super::{AboutCarriers, ByProcessor, Wanted, What};
use crate::call::Reason;
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::machine::{Processor, Processors, Source, State};
use crate::program::Threads;
use crate::time::Span;

impl Scene<'_> {
    pub(super) fn carrier_taken(&self, task: TaskId) -> What {
        let carrier = self.after.threads[task.index()].carrier.unwrap_or_default();
        let before = self.before.carriers_of(task);
        let last = before.and_then(|carriers| carriers.all.get(usize::from(carrier))?.last);
        let is_switch = last != Some(task);
        let own = self.after.carriers_of(task);
        let made = own.zip(before);
        let is_made = made.is_some_and(|(after, before)| after.all.len() > before.all.len());
        let mut cost = Span::ZERO;
        if is_switch {
            cost += self.code.config.costs.user_switch;
        }
        if is_made {
            cost += self.code.config.costs.thread;
        }
        What::CarrierTaken {
            task,
            carrier,
            right: self.right(task, is_made),
            from: last.filter(|last| *last != task),
            cpu: match self.after.task(task).state {
                State::Running(cpu) => Some(cpu),
                _ => None,
            },
            cost,
        }
    }

    /// Where the processor that a thread has got found it.
    fn right(&self, task: TaskId, is_made: bool) -> Option<ByProcessor> {
        let processor = self.after.threads[task.index()].processor?;
        let before = self.before.carriers_of(task)?.processors.as_ref()?;
        let after = self.after.carriers_of(task)?.processors.as_ref()?;
        let stands = |processor: &Processor| processor.queued().any(|other| other == task);
        let found = before.all.iter().position(stands);
        let found = found.and_then(|place| u8::try_from(place).ok());
        let source = match found {
            None => Source::Shared,
            Some(found) if found == processor => Source::Own,
            Some(found) => Source::Stolen(found),
        };
        let own = |processors: &Processors| processors.all[usize::from(processor)].queued().count();
        let with = own(after).saturating_sub(own(before));
        Some(ByProcessor {
            processor,
            source,
            with: count(with),
            is_made,
        })
    }

    pub(super) fn about_carriers(&self, kind: EventKind) -> Option<AboutCarriers> {
        if self.code.config.threads == Threads::Kernel {
            return None;
        }
        self.about_shared(kind)
    }

    #[lockstep_part::later(Scene<'_>)]
    fn about_shared(&self, kind: EventKind) -> Option<AboutCarriers> {
        let made = self.code.slots.made(kind);
        let task = made.or(kind.task())?;
        let carriers = self.after.carriers_of(task)?;
        let had = self.before.threads[task.index()].carrier;
        let State::Blocked(reason) = self.after.task(task).state else {
            return None;
        };
        if reason == Reason::Carrier {
            return (carriers.room() == 0).then(|| self.waits_for_carrier(task))?;
        }
        let EventKind::Blocked { .. } = kind else {
            return None;
        };
        if self.after.threads[task.index()].carrier.is_none() {
            return had.map(|_| AboutCarriers::Leaves);
        }
        if carriers.processors.is_some() {
            return Some(AboutCarriers::GivesUpProcessor {
                processor: self.before.threads[task.index()].processor?,
                waiting: count(carriers.queued().count()),
            });
        }
        let blocked = self.held_up(task).count();
        Some(AboutCarriers::Blocks {
            waiting: count(carriers.waiting.len()),
            left: count(carriers.all.len() - blocked),
        })
    }

    fn waits_for_carrier(&self, task: TaskId) -> Option<AboutCarriers> {
        let carriers = self.after.carriers_of(task)?;
        let first = carriers.holders().next();
        let (holder, what) = match carriers.processors {
            None => (self.held_up(task).next().or(first)?, Wanted::KernelThread),
            Some(_) => (first?, Wanted::Processor),
        };
        let mut place = carriers.waiting.iter().position(|other| *other == task);
        for processor in carriers.processors.iter().flat_map(|all| &all.all) {
            place = place.or(processor.queued().position(|other| other == task));
        }
        Some(AboutCarriers::Waits {
            holder,
            reason: self.after.task(holder).waits(),
            of: count(carriers.places()),
            what,
            ahead: count(place?),
        })
    }

    /// Those whom the kernel keeps waiting on the kernel threads of a task's process.
    fn held_up(&self, task: TaskId) -> impl Iterator<Item = TaskId> {
        let carriers = self.after.carriers_of(task).into_iter();
        let holders = carriers.flat_map(|carriers| &carriers.all);
        let holders = holders.filter_map(|carrier| carrier.holder);
        holders.filter(|holder| self.after.task(*holder).waits().is_some())
    }
}
