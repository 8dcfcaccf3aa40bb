//! What is open: which of several tasks something is about.
//!
//! Not the picking, which is a policy's, or a person's.

use super::cpus::within_reach;
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, ObjectId, TaskId};
use crate::machine::{Machine, Role, State};
use crate::time::Time;

/// Something of which several things can be made; who of several tasks it is about is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    /// When.
    pub at: Time,
    /// What is open.
    pub open: Open,
}

/// What is open in a [`Choice`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    /// A CPU is free: which ready task takes it.
    Dispatch {
        /// The CPU.
        cpu: CpuId,
    },
    /// The same, where tasks that wait at conditions may wake without being notified: those are options
    /// too, after the ready ones.
    DispatchOrWake {
        /// The CPU.
        cpu: CpuId,
    },
    /// Something has become free at an object: who of those who wait there may try again.
    Wake {
        /// The object.
        object: ObjectId,
        /// Who of the waiting.
        role: Role,
    },
    /// A lock is handed over: who of those who wait for it is given it.
    HandOver {
        /// The lock.
        object: ObjectId,
        /// Who of the waiting.
        role: Role,
    },
}

impl Choice {
    /// How many options there are.
    #[must_use]
    pub fn count(&self, machine: &Machine) -> usize {
        match self.open {
            Open::Dispatch { cpu } => within_reach(machine, cpu) as usize,
            Open::DispatchOrWake { cpu } => {
                within_reach(machine, cpu) as usize + machine.waiting_to_be_notified().count()
            }
            Open::Wake { object, role } | Open::HandOver { object, role } => {
                machine.waiting_as(machine.object(object), role).count()
            }
        }
    }

    /// The options in order: the ready tasks by number, those who wait as they came. Named on
    /// demand; nothing is listed.
    pub fn options(self, machine: &Machine) -> impl Iterator<Item = TaskId> {
        let (ready, waiting) = match self.open {
            Open::Dispatch { cpu } | Open::DispatchOrWake { cpu } => (Some(cpu), None),
            Open::Wake { object, role } | Open::HandOver { object, role } => {
                (None, Some((object, role)))
            }
        };
        let ready = ready.into_iter().flat_map(move |cpu| {
            let tasks = (0..).map(TaskId).zip(&machine.tasks);
            let ready = tasks.filter(|(_, task)| task.state == State::Ready);
            let ready = ready.map(|(task, _)| task);
            ready.filter(move |task| machine.scheduler.may_take(cpu, *task))
        });
        let waiting = waiting
            .into_iter()
            .flat_map(move |(object, role)| machine.waiting_as(machine.object(object), role));
        let asleep = matches!(self.open, Open::DispatchOrWake { .. });
        let asleep = asleep.then(|| machine.waiting_to_be_notified());
        ready.chain(waiting).chain(asleep.into_iter().flatten())
    }

    /// Whether a task is one of the options.
    #[must_use]
    pub fn allows(self, machine: &Machine, task: TaskId) -> bool {
        match self.open {
            Open::Dispatch { cpu } => {
                let entry = machine.tasks.get(task.index());
                entry.is_some_and(|entry| entry.state == State::Ready)
                    && machine.scheduler.may_take(cpu, task)
            }
            Open::DispatchOrWake { .. } | Open::Wake { .. } | Open::HandOver { .. } => {
                self.options(machine).any(|option| option == task)
            }
        }
    }

    /// The event of taking an option.
    #[must_use]
    pub fn take(self, machine: &Machine, task: TaskId) -> Event {
        let kind = match self.open {
            Open::DispatchOrWake { .. } if machine.is_waiting_to_be_notified(task) => {
                EventKind::Woken { task }
            }
            Open::Dispatch { cpu } | Open::DispatchOrWake { cpu } => {
                EventKind::Dispatched { task, cpu }
            }
            Open::Wake { .. } => EventKind::Woken { task },
            Open::HandOver { object, .. } => EventKind::HandedOver { task, object },
        };
        Event { at: self.at, kind }
    }
}
