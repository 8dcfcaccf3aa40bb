//! How user-level threads are told: who is on which kernel thread, and who waits for one.

use super::scene::{Scene, count};
use super::{AboutCarriers, What};
use crate::call::Reason;
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::machine::State;
use crate::program::Threads;

impl Scene<'_> {
    pub(super) fn carrier_taken(&self, task: TaskId) -> What {
        let carrier = self.after.threads[task.index()].carrier.unwrap_or_default();
        let before = self.before.carriers_of(task);
        let last = before.and_then(|carriers| carriers.all.get(usize::from(carrier))?.last);
        let is_switch = last != Some(task);
        What::CarrierTaken {
            task,
            carrier,
            from: last.filter(|last| *last != task),
            cpu: match self.after.task(task).state {
                State::Running(cpu) => Some(cpu),
                _ => None,
            },
            cost: if is_switch {
                self.code.config.costs.user_switch
            } else {
                crate::time::Span::ZERO
            },
        }
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
            return carriers
                .free
                .is_empty()
                .then(|| self.waits_for_carrier(task))?;
        }
        let EventKind::Blocked { .. } = kind else {
            return None;
        };
        if self.after.threads[task.index()].carrier.is_none() {
            return had.map(|_| AboutCarriers::Leaves);
        }
        let blocked = self.held_up(task).count();
        Some(AboutCarriers::Blocks {
            waiting: count(carriers.waiting.len()),
            left: count(carriers.all.len() - blocked),
        })
    }

    fn waits_for_carrier(&self, task: TaskId) -> Option<AboutCarriers> {
        let carriers = self.after.carriers_of(task)?;
        let first = carriers.all.iter().find_map(|carrier| carrier.holder);
        let holder = self.held_up(task).next().or(first)?;
        let place = carriers.waiting.iter().position(|other| *other == task)?;
        Some(AboutCarriers::Waits {
            holder,
            reason: self.after.task(holder).waits(),
            of: count(carriers.all.len()),
            ahead: count(place),
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
