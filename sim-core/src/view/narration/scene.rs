//! How an event is told: what can be seen around it, and the reason that fits.
//!
//! Not the words of it, which are in the module above. The file is long because each kind of event has its own
//! reasons.

use super::{CpuAfter, LevelChange, Rival, Turn, What, Why};
use crate::call::Reason;
use crate::event::EventKind;
use crate::ids::{CpuId, PipeId, TaskId};
use crate::machine::{Machine, Mode, Pending, State, wait_for};
use crate::policy::Policy;
use crate::program::{Code, Disk, Order, PolicyKind};
use crate::time::{Span, Time};

/// What there is to look at.
pub(super) struct Scene<'a> {
    pub(super) code: &'a Code,
    pub(super) before: &'a Machine,
    pub(super) after: &'a Machine,
    pub(super) at: Time,
}

impl Scene<'_> {
    pub(super) fn what(&self, kind: EventKind) -> What {
        let Self {
            code,
            before,
            after,
            at,
        } = *self;
        match kind {
            EventKind::Arrived { task } => What::Arrived { task },
            EventKind::Loaded { task, partition } => What::Loaded {
                task,
                partition,
                size: code.partitions.get(partition.index()).copied().unwrap_or(0),
                used: code.job(task).memory,
            },
            EventKind::Dispatched { task, cpu } => self.dispatched(task, cpu),
            EventKind::ContextRestored { task, cpu } => What::ContextRestored {
                task,
                cpu,
                pc: after.registers(task).pc,
            },
            EventKind::SliceExpired { task, cpu } => What::SliceExpired {
                task,
                cpu,
                slice: self.slice(task),
                left: after.left(task),
                level: self.level_change(task),
            },
            EventKind::Exited { task } => What::Exited {
                task,
                turnaround: at.since(after.arrival(code, task)),
                freed: before.task(task).partition,
                cpu: self.cpu_after(task),
            },
            EventKind::Reaped { task } => What::Reaped {
                task,
                parent: self.reaper(task),
            },
            kind => self.what_later(kind),
        }
    }

    /// What the page's first scenario does without.
    #[lockstep_part::later(Scene<'_>)]
    fn what_later(&self, kind: EventKind) -> What {
        let Self {
            code,
            before,
            after,
            at,
        } = *self;
        match kind {
            EventKind::Admitted { task } => What::Admitted { task },
            EventKind::Preempted { task, cpu } => What::Preempted {
                task,
                cpu,
                left: after.left(task),
            },
            EventKind::Blocked { task, reason } => What::Blocked {
                task,
                reason: reason.into(),
                until: after.timers.of(task),
                cpu: self.cpu_after(task),
                level: self.level_change(task),
            },
            EventKind::Interrupted { task, cpu } => What::Interrupted {
                task,
                cpu,
                interrupted: match before.cpu(cpu).mode {
                    Mode::User(running) => Some(running),
                    _ => None,
                },
                until: after.cpu(cpu).due,
            },
            EventKind::IoCompleted { task } => What::IoCompleted {
                task,
                took: at.since(before.task(task).since),
            },
            EventKind::Woken { task } => What::Woken {
                task,
                reason: blocked_on(before, task),
                took: at.since(before.task(task).since),
            },
            EventKind::Sent { task, pipe } => {
                let (messages, capacity) = self.fill(pipe);
                What::Sent {
                    task,
                    pipe,
                    messages,
                    capacity,
                }
            }
            EventKind::Received { task, pipe } => {
                let (messages, capacity) = self.fill(pipe);
                What::Received {
                    task,
                    pipe,
                    messages,
                    capacity,
                }
            }
            EventKind::ReachedEnd { task, pipe } => What::ReachedEnd { task, pipe },
            EventKind::Accessed { .. }
            | EventKind::Granted { .. }
            | EventKind::Refused { .. }
            | EventKind::HandedOver { .. }
            | EventKind::TimedOut { .. }
            | EventKind::SleepEnded { .. }
            | EventKind::InterpreterTaken { .. }
            | EventKind::InterpreterDropped { .. }
            | EventKind::IntervalPassed { .. }
            | EventKind::CarrierTaken { .. }
            | EventKind::Yielded { .. }
            | EventKind::Passed { .. }
            | EventKind::Printed { .. }
            | EventKind::Failed { .. } => self.of_script(kind),
            EventKind::Forked { .. }
            | EventKind::Spawned { .. }
            | EventKind::ThreadStarted { .. }
            | EventKind::Executed { .. }
            | EventKind::Joined { .. }
            | EventKind::WaitedForChild { .. }
            | EventKind::Denied { .. }
            | EventKind::Asked { .. }
            | EventKind::SignalSent { .. }
            | EventKind::DispositionSet { .. }
            | EventKind::AlarmSet { .. }
            | EventKind::AlarmRang { .. }
            | EventKind::SignalDelivered { .. }
            | EventKind::HandlerReturned { .. }
            | EventKind::Killed { .. }
            | EventKind::Terminated { .. }
            | EventKind::Adopted { .. }
            | EventKind::Closed { .. } => self.of_process(kind),
            EventKind::Served { .. }
            | EventKind::CopyBegan { .. }
            | EventKind::WouldBlock { .. }
            | EventKind::NothingCompleted { .. }
            | EventKind::SocketFailed { .. }
            | EventKind::SocketEnded { .. }
            | EventKind::ScanBegan { .. }
            | EventKind::Completed { .. }
            | EventKind::PacketArrived { .. }
            | EventKind::CardInterrupted { .. } => self.of_network(kind),
            EventKind::Released { task } => What::Released {
                task,
                round: before.task(task).frame.round,
                deadline: after.task(task).deadline,
            },
            EventKind::DeadlineMissed { task } => What::DeadlineMissed {
                task,
                left: after.left(task),
                missed: after.task(task).accounting.missed,
            },
            EventKind::PriorityAdjusted => match code.config.policy.kind {
                PolicyKind::Priority => What::Aged {
                    ready: before.ready,
                },
                _ => What::Boosted {
                    ready: before.ready,
                },
            },
            EventKind::Arrived { .. }
            | EventKind::Loaded { .. }
            | EventKind::Dispatched { .. }
            | EventKind::ContextRestored { .. }
            | EventKind::SliceExpired { .. }
            | EventKind::Exited { .. }
            | EventKind::Reaped { .. } => self.what(kind),
        }
    }

    pub(super) fn why(&self, kind: EventKind) -> Option<Why> {
        let Self { before, .. } = *self;
        match kind {
            EventKind::Loaded { task, .. } => {
                let passed_over = before.admission.iter().position(|waiting| *waiting == task);
                Some(Why::FirstFit {
                    passed_over: count(passed_over.unwrap_or(0)),
                })
            }
            EventKind::Dispatched { task, cpu } => self.why_dispatched(task, cpu),
            EventKind::Arrived { .. }
            | EventKind::ContextRestored { .. }
            | EventKind::SliceExpired { .. }
            | EventKind::Exited { .. }
            | EventKind::Reaped { .. } => None,
            kind => self.why_later(kind),
        }
    }

    /// What the page's first scenario does without.
    #[lockstep_part::later(Scene<'_>)]
    fn why_later(&self, kind: EventKind) -> Option<Why> {
        let Self {
            code,
            before,
            after,
            at,
        } = *self;
        match kind {
            EventKind::Preempted { task, .. } => self.why_preempted(task),
            EventKind::Blocked { task, reason } => {
                if let Reason::Object(object) = reason.into() {
                    return self.why_waits(task, object);
                }
                let circle = wait_for::circle(after, task);
                if !circle.is_empty() {
                    let tasks = count(circle.len());
                    return Some(Why::Circle { tasks });
                }
                match reason.into() {
                    Reason::Data(socket) | Reason::Room(socket) => {
                        let task = after.network.opposite(socket)?;
                        return Some(Why::WaitsFor { task });
                    }
                    Reason::Interpreter => {
                        let holder = before.interpreter_of(task)?.holder?;
                        return Some(Why::HeldBy { task: holder });
                    }
                    _ => {}
                }
                let waits = Reason::from(reason) == Reason::Disk
                    && code.config.disk == Disk::Fifo
                    && after.disk.serving != Some(task);
                let ahead = after.disk.in_flight.saturating_sub(1);
                waits.then_some(Why::DiskQueue { ahead })
            }
            EventKind::Woken { .. } | EventKind::HandedOver { .. } => self.why_woken(),
            EventKind::Released { task } if blocked_on(before, task).is_none() => {
                Some(Why::JobBeforeWasLate {
                    by: at.since(after.task(task).released),
                })
            }
            EventKind::DeadlineMissed { task } => Some(Why::StillAt(after.task(task).state)),
            _ => None,
        }
    }

    fn dispatched(&self, task: TaskId, cpu: CpuId) -> What {
        let entry = self.after.cpu(cpu);
        let kernel = match entry.mode {
            Mode::Switching { .. } => Some(entry.due.since(entry.since)),
            _ => None,
        };
        let runs_from = self.at + kernel.unwrap_or_default();
        let slice = (entry.slice_end != Time::NEVER).then(|| entry.slice_end.since(runs_from));
        let is_first = self.before.task(task).accounting.first_run.is_none();
        let turn = if is_first { Turn::First } else { Turn::Again };
        What::Dispatched {
            task,
            cpu,
            turn,
            slice,
            kernel,
        }
    }

    fn why_dispatched(&self, task: TaskId, cpu: CpuId) -> Option<Why> {
        let Self { code, before, .. } = *self;
        if before.pending.front() == Some(&Pending::Seize(task)) {
            return Some(match before.cpu(cpu).mode {
                Mode::Held(_) => Why::CpuHeld,
                _ => Why::TakesCpuAtOnce,
            });
        }
        let entry = before.cpu(cpu);
        if matches!(entry.mode, Mode::Held(_)) {
            return Some(Why::CpuHeld);
        }
        let stolen_from = before.scheduler.queue_of(task).filter(|home| *home != cpu);
        let within_reach = before.scheduler.within_reach(cpu, before.ready);
        if within_reach <= 1 && stolen_from.is_none() {
            // It left this CPU at this very moment, and not by blocking: it would have been away.
            let goes_on = entry.last == Some(task)
                && before.task(task).since == self.at
                && before.task(task).accounting.first_run.is_some()
                && entry.since == self.at;
            return Some(if goes_on {
                Why::NobodyElse
            } else {
                Why::OnlyReady
            });
        }
        let ctx = before.context(code).on(cpu);
        let picked = before.scheduler.pick(&ctx, entry.last)?;
        if picked != task {
            return Some(Why::Chosen { instead_of: picked });
        }
        if let Some(from) = stolen_from {
            return Some(Why::Stolen { from });
        }
        match code.config.policy.kind {
            PolicyKind::Fcfs | PolicyKind::Rr => Some(match code.config.policy.order {
                Order::Queue => Why::FirstInQueue,
                Order::Cyclic => Why::NextInCircle { after: entry.last },
            }),
            kind => self.why_picked(task, cpu, kind),
        }
    }

    /// Why a policy other than those by order has picked a task.
    #[lockstep_part::later(Scene<'_>)]
    fn why_picked(&self, task: TaskId, cpu: CpuId, kind: PolicyKind) -> Option<Why> {
        let Self { code, before, .. } = *self;
        let ctx = before.context(code).on(cpu);
        Some(match kind {
            PolicyKind::Fcfs | PolicyKind::Rr => return None,
            PolicyKind::Mlfq => {
                let level = before.scheduler.level(task).map_or(0, |(level, _)| level);
                Why::HighestLevel { level }
            }
            PolicyKind::Lottery => {
                let tickets = |task: &TaskId| u64::from(code.job(*task).tickets);
                let of = before.scheduler.order(&ctx).iter().map(tickets).sum();
                Why::TicketDrawn {
                    held: code.job(task).tickets,
                    of,
                }
            }
            PolicyKind::Sjf
            | PolicyKind::Srtf
            | PolicyKind::Hrrn
            | PolicyKind::Priority
            | PolicyKind::Stride
            | PolicyKind::Cfs
            | PolicyKind::Edf
            | PolicyKind::Rm => {
                let order = before.scheduler.order(&ctx);
                let next = order.into_iter().find(|other| *other != task)?;
                let key = before.scheduler.key(&ctx, task);
                let rival = Rival {
                    task: next,
                    key: before.scheduler.key(&ctx, next),
                };
                if rival.key == key {
                    Why::FirstOfEquals { key, next }
                } else {
                    Why::BestKey { key, next: rival }
                }
            }
        })
    }

    fn why_preempted(&self, task: TaskId) -> Option<Why> {
        let Self {
            code,
            before,
            after,
            at,
        } = *self;
        if let Some(Pending::Seize(by)) = before.pending.front() {
            return Some(Why::CpuTaken { by: *by });
        }
        let ctx = before.context(code);
        let boost = before
            .scheduler
            .next_tick(&ctx)
            .is_some_and(|due| due.max(before.now) <= at);
        if boost && before.scheduler.tick_takes_cpus() {
            return Some(Why::Boost);
        }
        // After the event both are settled, so that their numbers can be compared.
        let State::Running(cpu) = before.task(task).state else {
            return None;
        };
        let rival = before.scheduler.pick(&ctx.on(cpu), None)?;
        if let (Some((level, _)), Some((own, _))) =
            (after.scheduler.level(rival), after.scheduler.level(task))
        {
            return Some(if level == own {
                Why::InFront { rival, level }
            } else {
                Why::HigherLevel { rival, level, own }
            });
        }
        let ctx = after.context(code);
        let rival = Rival {
            task: rival,
            key: after.scheduler.key(&ctx, rival),
        };
        Some(Why::BeatenBy {
            rival,
            key: after.scheduler.key(&ctx, task),
        })
    }

    fn why_woken(&self) -> Option<Why> {
        let Some(pending) = self.before.pending.front() else {
            return Some(Why::Spurious);
        };
        let (task, by) = match pending {
            Pending::Wake { task, by } => (task, *by),
            Pending::WakeOne { by, .. } | Pending::HandOver { by, .. } => {
                return Some(Why::WokenBy { task: *by });
            }
            Pending::Reap(_)
            | Pending::Seize(_)
            | Pending::End { .. }
            | Pending::Raise { .. }
            | Pending::Adopt(_)
            | Pending::Carry(_)
            | Pending::Outside(_) => return None,
        };
        match blocked_on(self.before, *task)? {
            Reason::PipeFull(pipe) if self.before.pipes[pipe.index()].readers == 0 => {
                Some(Why::LastReaderGone { task: by })
            }
            Reason::PipeFull(_) => Some(Why::RoomFrom { task: by }),
            Reason::PipeEmpty(pipe) if self.before.pipes[pipe.index()].messages() > 0 => {
                Some(Why::MessageFrom { task: by })
            }
            Reason::PipeEmpty(_) => Some(Why::LastWriterGone { task: by }),
            Reason::Child | Reason::Thread(_) => Some(Why::WokenBy { task: by }),
            Reason::Object(_)
            | Reason::Connection(_)
            | Reason::Connect(_)
            | Reason::Data(_)
            | Reason::Room(_)
            | Reason::Completion => Some(Why::WokenBy { task: by }),
            Reason::Interpreter => Some(Why::WokenBy { task: by }),
            Reason::Disk | Reason::Period | Reason::Sleep | Reason::Carrier => None,
        }
    }

    /// The length of a whole slice of a task that runs.
    fn slice(&self, task: TaskId) -> Option<Span> {
        let policy = &self.code.config.policy;
        match policy.kind {
            PolicyKind::Rr | PolicyKind::Lottery | PolicyKind::Stride => Some(policy.slice),
            PolicyKind::Mlfq => {
                let (level, _) = self.before.scheduler.level(task)?;
                policy.mlfq.slices.get(usize::from(level)).copied()
            }
            _ => None,
        }
    }

    /// What a task's leaving its CPU makes of that CPU.
    pub(super) fn cpu_after(&self, task: TaskId) -> CpuAfter {
        if self.after.is_task_level() {
            return CpuAfter::Unseen;
        }
        let State::Running(cpu) = self.before.task(task).state else {
            return CpuAfter::Idle;
        };
        let after = self.after;
        let carriers = after.carriers_of(task).into_iter();
        let mut kept =
            carriers.flat_map(|carriers| carriers.all.iter().filter_map(|each| each.kept));
        if kept.any(|kept| kept.cpu == cpu && kept.at == self.at) {
            return CpuAfter::Kept;
        }
        match (
            after.cpu(cpu).mode,
            after.scheduler.within_reach(cpu, after.ready),
        ) {
            (Mode::Held(_), _) => CpuAfter::Held,
            (_, 0) => CpuAfter::Idle,
            (_, ready) => CpuAfter::Free { ready },
        }
    }

    fn level_change(&self, task: TaskId) -> Option<LevelChange> {
        if self.after.is_task_level() {
            // The levels are those of the simulated policy.
            return None;
        }
        let (from, _) = self.before.scheduler.level(task)?;
        let (to, _) = self.after.scheduler.level(task)?;
        if from != to {
            return Some(LevelChange::Moved { from, to });
        }
        let slices_left = self.after.scheduler.allotment(task)?;
        Some(LevelChange::Stays {
            level: to,
            slices_left,
        })
    }

    fn fill(&self, pipe: PipeId) -> (u32, u32) {
        self.after.fill(self.code, pipe)
    }
}

fn blocked_on(machine: &Machine, task: TaskId) -> Option<Reason> {
    match machine.task(task).state {
        State::Blocked(reason) => Some(reason),
        _ => None,
    }
}

pub(super) fn count(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
