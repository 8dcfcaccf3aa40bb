//! A CPU is given to a task, and taken from it.

use core::mem;

use super::{Known, Legal, NO_CPU, NO_TASK, Seat};
use crate::call::Call;
use crate::ids::{CpuId, TaskId};
use crate::machine::{Machine, Mode, Pending, State};
use crate::policy::{Context, Policy, Readied};
use crate::program::{Code, IoStart, Wakeups};
use crate::time::{Span, Time};

impl Machine {
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn dispatch<K: Known>(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        let Some(entry) = self.tasks.get(task.index()) else {
            return Err(NO_TASK);
        };
        let Some(cpu) = self.cpus.get(id.index()) else {
            return Err(NO_CPU);
        };
        require!(matches!(entry.state, State::Ready), "it is not ready");
        let free = match cpu.mode {
            Mode::Idle => true,
            Mode::Held(holder) => holder == task,
            _ => false,
        };
        require!(free, "the CPU is not free");
        let was_idle = cpu.mode == Mode::Idle && cpu.since < self.now;
        let mut was_choice = false;
        if K::IS_PLAIN {
            self.decisions += u32::from(self.ready > 1);
        } else {
            let mut options = self.ready;
            if self.scheduler.is_per_cpu() {
                let may_take = self.scheduler.may_take(id, task);
                require!(may_take, "it stands in another CPU's queue");
                options = self.scheduler.within_reach(id, self.ready);
            }
            if code.config.wakeups == Wakeups::Spurious {
                let asleep = self.waiting_to_be_notified().count();
                options += u32::try_from(asleep).unwrap_or(u32::MAX);
            }
            let is_choice = cpu.mode == Mode::Idle && options > 1;
            if self.pending.is_empty() || !self.take_seizure(task)? {
                self.decisions += u32::from(is_choice);
                was_choice = is_choice;
            }
            if code.config.on_io == IoStart::Wait {
                self.stop_holding(task);
            }
        }
        let now = self.now;
        let (tasks, cpus) = (self.tasks.as_mut_slice(), self.cpus.as_mut_slice());
        let ctx = Context {
            code,
            tasks,
            now,
            decision: self.decisions,
            cpu: Some(id),
        };
        let is_chosen = was_choice
            && self.scheduler.is_preemptive(&code.config.policy)
            && self.scheduler.pick(&ctx, cpus[id.index()].last) != Some(task);
        let slice = self.scheduler.dispatch(&ctx, task);
        self.ready -= 1;
        let (entry, cpu) = (&mut tasks[task.index()], &mut cpus[id.index()]);
        entry.dispatch(id, now);
        let mut cost = Span::ZERO;
        if !K::IS_PLAIN {
            cost = mem::take(&mut cpu.owed);
            if was_idle {
                cost += code.config.costs.wake;
            }
            if cpu.last != Some(task) {
                cost += code.config.costs.switch;
            }
            if entry.last_cpu.is_some_and(|last| last != id) {
                cost += code.config.costs.migration;
            }
        }
        cpu.is_chosen = is_chosen;
        (cpu.last, entry.last_cpu) = (Some(task), Some(id));
        // The slice begins when the task runs. Plain arithmetic, as in `Cpu::settle`: inputs are limited
        // so that no sum of times comes near the end of a `u64`.
        cpu.slice_end = slice.map_or(Time::NEVER, |slice| Time(now.0 + cost.0 + slice.0));
        if cost.is_zero() {
            cpu.run(task, entry, now);
            if !K::IS_PLAIN && self.has_to_see_to_interpreter(code, task) {
                self.cpus[id.index()].due = now;
            }
        } else {
            cpu.mode = Mode::Switching { to: task };
            cpu.since = now;
            cpu.due = now + cost;
        }
        Ok(())
    }

    /// Whether a task takes a CPU at once because its I/O is done; that is then no choice.
    #[inline(never)]
    #[lockstep_part::later(Machine)]
    pub(super) fn take_seizure(&mut self, task: TaskId) -> Result<bool, &'static str> {
        if let Some(place) = self
            .pending
            .iter()
            .position(|next| *next == Pending::Seize(task))
        {
            self.pending.remove(place);
            return Ok(true);
        }
        let urgent = matches!(self.pending.front(), Some(Pending::Seize(_)));
        require!(!urgent, "a task whose I/O is done comes first");
        Ok(false)
    }

    /// No CPU waits for a task any more: it has one.
    #[inline(never)]
    #[lockstep_part::later(Machine)]
    pub(super) fn stop_holding(&mut self, task: TaskId) {
        for cpu in &mut self.cpus {
            match &mut cpu.mode {
                Mode::Held(holder) if *holder == task => cpu.mode = Mode::Idle,
                Mode::Handling { interrupted, .. } | Mode::Receiving { interrupted, .. }
                    if *interrupted == Some(task) =>
                {
                    *interrupted = None;
                }
                _ => {}
            }
        }
    }

    #[inline(never)]
    pub(super) fn restore_context(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        let cpu = &mut self.cpus[id.index()];
        require!(
            cpu.mode == Mode::Switching { to: task },
            "its context is not being loaded there"
        );
        require!(cpu.due == self.now, "the context switch takes another time");
        let span = self.now.since(cpu.since);
        cpu.kernel += span;
        self.tasks[task.index()].accounting.waiting += span;
        self.start_running(code, task, id);
        Ok(())
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn expire_slice<K: Known>(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        let Some(entry) = self.tasks.get_mut(task.index()) else {
            return Err(NO_TASK);
        };
        let Some(cpu) = self.cpus.get_mut(id.index()) else {
            return Err(NO_CPU);
        };
        require!(cpu.runs(task), "it does not run there");
        require!(cpu.slice_end == self.now, "its slice ends at another time");
        if !K::IS_PLAIN {
            cpu.owed.0 += code.config.costs.interrupt.0;
        }
        let span = cpu.take_from(entry, self.now);
        self.ready += 1;
        self.scheduler
            .put_back(&context!(self, code), task, span, Readied::SliceExpired);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn preempt(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.running_on(task, id), "it does not run there");
        let (entry, cpu) = (&mut self.tasks[task.index()], &mut self.cpus[id.index()]);
        let span = cpu.take_from(entry, self.now);
        self.ready += 1;
        self.scheduler
            .put_back(&context!(self, code), task, span, Readied::Preempted);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn yield_cpu(&mut self, code: &Code, task: TaskId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(call == Call::Yield, "it does not yield");
        self.finish_call(code, task);
        if self.carriers_of(task).is_some() {
            return self.yield_carrier(code, task, seat);
        }
        if let Seat::Cpu(id) = seat {
            self.cpus[id.index()].release();
            self.tasks[task.index()].leave_cpu(State::Ready, self.now);
            self.queue_up(code, task, Readied::Yielded);
        }
        Ok(())
    }
}
