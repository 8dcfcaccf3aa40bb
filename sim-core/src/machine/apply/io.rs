//! Tasks block, and the disk wakes them.

use super::carriers::gives_processors_up;
use super::{Known, Legal, NO_CPU, NO_TASK};
use crate::call::{Call, Reason, Reply};
use crate::ids::{CpuId, PacketId, TaskId};
use crate::machine::{Machine, Mode, Pending, PipeAnswer, State, Timer};
use crate::policy::{Context, Policy, Readied};
use crate::program::{Code, Disk, IoDone, IoStart};
use crate::time::{Span, Time};

impl Machine {
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn block<K: Known>(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        if !K::IS_PLAIN && self.leaves_carrier(code, task, reason) {
            return self.block_in_runtime(code, task, reason);
        }
        let Some(entry) = self.tasks.get_mut(task.index()) else {
            return Err(NO_TASK);
        };
        let State::Running(id) = entry.state else {
            return self.block_unseen(code, task, reason);
        };
        let Some(cpu) = self.cpus.get_mut(id.index()) else {
            return Err(NO_CPU);
        };
        require!(cpu.runs(task), "its CPU does not run it");
        if let Reason::Interpreter = reason {
            return self.wait_for_interpreter(code, task);
        }
        let span = cpu.settle(entry, self.now);
        require!(entry.step.run.is_zero(), "it has not come to its call");
        cpu.release();
        entry.leave_cpu(State::Blocked(reason), self.now);
        match (entry.step.call, reason) {
            (Call::Io { span }, Reason::Disk) => {
                if !K::IS_PLAIN && code.config.on_io == IoStart::Wait {
                    cpu.mode = Mode::Held(task);
                }
                self.request_io(code, task, span);
            }
            (call, _) => self.block_on(code, task, call, reason)?,
        }
        self.scheduler.block(&context!(self, code), task, span);
        if !K::IS_PLAIN && gives_processors_up(code) {
            self.give_up_processor(task);
        }
        Ok(())
    }

    /// A task blocks of which nobody sees where it ran.
    #[inline(never)]
    fn block_unseen(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        if let Reason::Interpreter = reason {
            return self.wait_for_interpreter(code, task);
        }
        let (seat, call) = self.calling(code, task)?;
        self.leave_seat(task, seat, State::Blocked(reason));
        match (call, reason) {
            (Call::Io { span }, Reason::Disk) => self.request_io(code, task, span),
            (call, _) => self.block_on(code, task, call, reason)?,
        }
        if gives_processors_up(code) {
            self.give_up_processor(task);
        }
        Ok(())
    }

    /// Puts a task where it waits for something other than the disk.
    #[inline(never)]
    #[lockstep_part::later(Machine)]
    pub(super) fn block_on(
        &mut self,
        code: &Code,
        task: TaskId,
        call: Call,
        reason: Reason,
    ) -> Legal {
        require!(
            self.is_without_interpreter(task),
            "it holds the interpreter lock"
        );
        match (call, reason) {
            (Call::Send { pipe }, Reason::PipeFull(full)) if pipe == full => {
                let waits = self.pipe_takes(code, task, pipe) == PipeAnswer::Wait;
                require!(waits, "the pipe is not full");
                self.pipes[pipe.index()].writers_waiting.push_back(task);
                self.watch_limit(code, task);
            }
            (Call::Receive { pipe }, Reason::PipeEmpty(empty)) if pipe == empty => {
                let waits = self.pipe_gives(task, pipe) == PipeAnswer::Wait;
                require!(waits, "the pipe is not empty");
                self.pipes[pipe.index()].readers_waiting.push_back(task);
                self.watch_limit(code, task);
            }
            (Call::WaitForChild, Reason::Child) | (Call::Join, Reason::Thread(_)) => {
                self.wait_in_kernel(code, task, reason)?;
            }
            (Call::NextPeriod, Reason::Period) => {
                self.forget_deadline(task);
                let period = code.job(task).period.unwrap_or_default();
                let at = self.task(task).released + period;
                self.timers.push(Timer { at, task });
            }
            (Call::Sync { .. }, Reason::Object(object)) => self.wait_at(code, task, object)?,
            (Call::Sleep { span }, Reason::Sleep) => self.sleep(code, task, span),
            (Call::Socket { .. }, reason) => self.wait_at_network(code, task, reason)?,
            _ => return Err("its call does not block on that"),
        }
        Ok(())
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn request_io(&mut self, code: &Code, task: TaskId, span: Span) {
        if self.disk.in_flight == 0 {
            self.disk.since = self.now;
        }
        self.disk.in_flight += 1;
        let at = self.now + span;
        match code.config.disk {
            Disk::Parallel => self.timers.push(Timer { at, task }),
            Disk::Fifo if self.disk.serving.is_none() => {
                self.disk.serving = Some(task);
                self.timers.push(Timer { at, task });
            }
            Disk::Fifo => self.disk.queue.push_back((task, span)),
        }
    }

    /// A request is done, whenever the disk began with it and whatever the CPUs had to do for it:
    /// neither is seen where there are no CPUs.
    #[inline(never)]
    fn take_request(&mut self, code: &Code, task: TaskId) -> Legal {
        // Where interrupts take no time, it is due, at least.
        let is_timed = code.config.costs.interrupt.is_zero();
        let is_due = self.timers.of(task).is_some_and(|at| at <= self.now);
        require!(is_due || !is_timed, "its request is not done");
        if !self.timers.remove(task) {
            let place = self.disk.queue.iter().position(|(other, _)| *other == task);
            let request = place.and_then(|place| self.disk.queue.remove(place));
            require!(request.is_some(), "it has no request");
        }
        self.finish_request(task);
        Ok(())
    }

    /// The disk has done a request: it takes the next.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn finish_request(&mut self, task: TaskId) {
        self.disk.in_flight -= 1;
        if self.disk.in_flight == 0 {
            self.disk.busy += self.now.since(self.disk.since);
        }
        if self.disk.serving == Some(task) {
            self.disk.serving = self.disk.queue.pop_front().map(|(next, span)| {
                self.timers.push(Timer {
                    at: self.now + span,
                    task: next,
                });
                next
            });
        }
    }

    #[inline(never)]
    pub(super) fn interrupt(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.take_timer(task), "no request of it is due");
        require!(
            self.task(task).state == State::Blocked(Reason::Disk),
            "it has no request"
        );
        self.finish_request(task);
        let interrupted = self.enter_handler(code, id)?;
        self.cpus[id.index()].mode = Mode::Handling {
            done: task,
            interrupted,
        };
        Ok(())
    }

    /// A CPU leaves what it does for an interrupt's handler: whose program that was.
    pub(super) fn enter_handler(
        &mut self,
        code: &Code,
        id: CpuId,
    ) -> Result<Option<TaskId>, &'static str> {
        let cost = code.config.costs.interrupt;
        require!(!cost.is_zero(), "interrupts are free on this machine");
        let interrupted = match self.cpus[id.index()].mode {
            Mode::Idle => None,
            Mode::Held(holder) => Some(holder),
            Mode::User(running) => {
                self.settle(code, running, id);
                Some(running)
            }
            Mode::Switching { .. } | Mode::Handling { .. } | Mode::Receiving { .. } => {
                return Err("the CPU is in the kernel, interrupts off");
            }
        };
        let now = self.now;
        let cpu = &mut self.cpus[id.index()];
        cpu.since = now;
        cpu.due = now + cost;
        if cpu.slice_end != Time::NEVER {
            cpu.slice_end += cost;
        }
        Ok(interrupted)
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(super) fn complete_io<K: Known>(&mut self, code: &Code, task: TaskId) -> Legal {
        let Some(entry) = self.tasks.get_mut(task.index()) else {
            return Err(NO_TASK);
        };
        require!(
            matches!(entry.state, State::Blocked(Reason::Disk)),
            "it has no request"
        );
        entry.enter(State::Ready, self.now);
        // What `finish_call` does, where most of a run is spent.
        if self.threads.is_empty() {
            entry.step = code.advance(task, &mut entry.frame);
        } else {
            self.answer_call(code, task, Reply::DONE);
        }
        let is_unseen = !K::IS_PLAIN && self.is_task_level();
        if is_unseen {
            self.take_request(code, task)?;
        } else if K::IS_PLAIN || code.config.costs.interrupt.is_zero() {
            require!(self.take_timer(task), "its request is not done");
            self.finish_request(task);
        } else {
            self.leave_handler(code, task)?;
        }
        self.ready += 1;
        if !is_unseen {
            self.scheduler
                .ready(&context!(self, code), task, Readied::Woken);
        }
        if !K::IS_PLAIN
            && code.config.on_io_done == IoDone::Immediate
            && !is_unseen
            && self.may_seize(task)
        {
            self.pending.push_back(Pending::Seize(task));
        }
        Ok(())
    }

    /// Whether a task whose I/O is done may take a CPU at once. Where all CPUs share one queue it may,
    /// and waits for one to come out of the kernel if it must. Where each has its own, other CPUs go
    /// on meanwhile: it takes one that is there for it now, or joins its queue like any other.
    #[inline(never)]
    fn may_seize(&self, task: TaskId) -> bool {
        let Some(home) = self.scheduler.queue_of(task) else {
            return true;
        };
        let mut cpus = (0..).map(CpuId).zip(&self.cpus);
        cpus.any(|(id, cpu)| match cpu.mode {
            Mode::Held(holder) => holder == task,
            Mode::Idle => self.scheduler.may_take(id, task),
            Mode::User(_) => id == home,
            Mode::Switching { .. } | Mode::Handling { .. } | Mode::Receiving { .. } => false,
        })
    }

    /// The CPU that handles the interrupt of a task's request goes on with what it did.
    #[inline(never)]
    pub(super) fn leave_handler(&mut self, code: &Code, task: TaskId) -> Legal {
        let handling = |cpu: &crate::machine::Cpu| matches!(cpu.mode, Mode::Handling { done, .. } if done == task);
        let Some(place) = self.cpus.iter().position(handling) else {
            return Err("no CPU has handled the interrupt");
        };
        self.go_back(code, place)
    }

    /// The same, of a packet.
    pub(super) fn leave_packet_handler(&mut self, code: &Code, packet: PacketId) -> Legal {
        let handling = |cpu: &crate::machine::Cpu| matches!(cpu.mode, Mode::Receiving { packet: other, .. } if other == packet);
        let Some(place) = self.cpus.iter().position(handling) else {
            return Err("no CPU has handled the interrupt");
        };
        self.go_back(code, place)
    }

    /// A CPU goes back from a handler to what it did.
    fn go_back(&mut self, code: &Code, place: usize) -> Legal {
        let cpu = &mut self.cpus[place];
        require!(cpu.due == self.now, "the handler takes another time");
        let (Mode::Handling { interrupted, .. } | Mode::Receiving { interrupted, .. }) = cpu.mode
        else {
            return Err("no CPU handles it");
        };
        let span = self.now.since(cpu.since);
        cpu.kernel += span;
        cpu.mode = interrupted.map_or(Mode::Idle, Mode::Held);
        cpu.due = Time::NEVER;
        if let Some(before) = interrupted {
            let entry = &mut self.tasks[before.index()];
            if matches!(entry.state, State::Running(_)) {
                entry.accounting.waiting += span;
                self.start_running(code, before, CpuId::from_index(place));
            }
        }
        Ok(())
    }
}
