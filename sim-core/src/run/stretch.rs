//! Plain stretches of a run: several events in a row of a machine with one CPU.
//!
//! Not a second set of rules: what is made here is what the [`rules`] offer one by one and what
//! [`Machine::apply`] carries out, only with less work for each event, because what cannot change
//! in a stretch is looked at once. Wherever something is not plain the stretch ends and the rules
//! decide. A test compares the two.
//!
//! [`Machine::apply`]: crate::machine::Machine::apply

use super::Runner;
use crate::call::{Call, Reason};
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, TaskId};
use crate::machine::{Machine, Mode, Plain, State};
use crate::policy::Policy;
use crate::program::Code;
use crate::rules::{self, PlainTies, Stop};
use crate::time::Time;

/// The only CPU.
const CPU: CpuId = CpuId(0);

impl Runner {
    /// Makes events until there are `target` of them or something is not plain.
    pub(super) fn stretch(&mut self, code: &Code, target: usize) {
        if !self.deviations.is_empty() || !is_plain(code, &self.machine) {
            return;
        }
        let room = usize::try_from(code.config.max_events).unwrap_or(usize::MAX);
        let most = self.moment_began + self.most_at_one_moment();
        let target = target.min(room).min(most);
        let mut ahead = Ahead::new(code, &self.machine);
        while self.trace.len() < target && self.plain_event(code, &mut ahead) {}
    }

    /// Makes one event, unless what comes next is not plain.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn plain_event(&mut self, code: &Code, ahead: &mut Ahead) -> bool {
        let machine = &self.machine;
        let [cpu] = machine.cpus.as_slice() else {
            return false;
        };
        match cpu.mode {
            Mode::Idle if machine.ready > 0 && machine.now < ahead.dispatch => {
                let picked = machine.scheduler.pick(&machine.context(code), cpu.last);
                let Some(task) = picked else { return false };
                self.record(code, machine.now, EventKind::Dispatched { task, cpu: CPU })
            }
            Mode::User(task) if cpu.due < ahead.cpu => {
                let at = cpu.due;
                match rules::stop(machine, at, cpu, task) {
                    Stop::Slice => {
                        self.record(code, at, EventKind::SliceExpired { task, cpu: CPU })
                    }
                    Stop::Call(Call::Io { .. }) => {
                        let reason = Reason::Disk.into();
                        let done = self.record(code, at, EventKind::Blocked { task, reason });
                        ahead.look(&self.machine);
                        done
                    }
                    Stop::Call(_) if machine.threads.is_empty() => false,
                    Stop::Call(_) => self.plain_call(code, at, task, ahead),
                }
            }
            Mode::Idle | Mode::User(_) => {
                let Some(first) = machine.timers.first() else {
                    return false;
                };
                let (at, task) = (first.at.max(machine.now), first.task);
                let at_disk = matches!(machine.task(task).state, State::Blocked(Reason::Disk));
                if at >= ahead.end || !at_disk {
                    return false;
                }
                let done = self.record(code, at, EventKind::IoCompleted { task });
                ahead.look(&self.machine);
                done
            }
            _ => false,
        }
    }

    /// A script's task has come to its call. False where that is not plain, or what follows is not.
    #[inline(never)]
    fn plain_call(&mut self, code: &Code, at: Time, task: TaskId, ahead: &mut Ahead) -> bool {
        let kind = rules::attempt(code, &self.machine, at, task);
        match kind {
            EventKind::Accessed { .. } | EventKind::Granted { .. } | EventKind::Refused { .. } => {
                self.record(code, at, kind) && self.machine.pending.is_empty()
            }
            EventKind::Blocked { .. } => {
                let done = self.record(code, at, kind);
                // It may have a time limit.
                *ahead = Ahead::new(code, &self.machine);
                done && self.machine.pending.is_empty()
            }
            _ => false,
        }
    }

    /// Carries out an event and records it; false where it could not be carried out.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn record(&mut self, code: &Code, at: Time, kind: EventKind) -> bool {
        let event = Event { at, kind };
        if at > self.machine.now {
            self.moment_began = self.trace.len();
        }
        let legal = self.machine.carry_out::<Plain>(code, &event);
        debug_assert!(legal.is_ok(), "{event:?}: {legal:?}");
        if legal.is_ok() {
            self.trace.push(event, &self.machine);
        }
        legal.is_ok()
    }
}

/// What lies ahead of a stretch.
struct Ahead {
    ties: PlainTies,
    /// Nothing but the CPU and the timers makes an event before this.
    end: Time,
    /// Before this, what ends on the CPU comes before the first timer.
    cpu: Time,
    /// Before this, a dispatch comes before the first timer.
    dispatch: Time,
}

impl Ahead {
    fn new(code: &Code, machine: &Machine) -> Self {
        let after = |until: Time| Time(until.0.saturating_add(1));
        let until = code.config.until.map_or(Time::NEVER, after);
        let end = until.min(rules::others(code, machine));
        let ties = rules::plain_ties(code.config.ties);
        let mut ahead = Self {
            ties,
            end,
            cpu: end,
            dispatch: end,
        };
        ahead.look(machine);
        ahead
    }

    /// Looks at the first timer again.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn look(&mut self, machine: &Machine) {
        let timer = machine.timers.first().map_or(Time::NEVER, |timer| timer.at);
        let tie = u64::from(self.ties.cpu_before_timer);
        self.cpu = self.end.min(Time(timer.0.saturating_add(tie)));
        self.dispatch = if self.ties.timer_before_dispatch {
            self.end.min(timer)
        } else {
            self.end
        };
    }
}

/// Whether a stretch can begin: a plain machine whose CPU nobody is taken from before the slice
/// ends.
fn is_plain(code: &Code, machine: &Machine) -> bool {
    machine.is_plain(code)
        && machine.admission.is_empty()
        && !machine.scheduler.is_preemptive(&code.config.policy)
        && !machine.scheduler.has_timer(&code.config.policy)
}
