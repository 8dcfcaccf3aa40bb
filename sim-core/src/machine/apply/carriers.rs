//! User-level threads take the kernel threads of their process, and leave them.

use super::{Legal, Seat};
use crate::call::Reason;
use crate::ids::{ProcessId, TaskId};
use crate::machine::{Carrier, KeptCpu, Machine, Mode, Pending, State};
use crate::policy::{Context, Policy, Readied};
use crate::program::{Code, Threads};

/// Whether a kernel thread gives its processor up while the kernel keeps it waiting.
pub(super) const fn gives_processors_up(code: &Code) -> bool {
    matches!(code.config.threads, Threads::Stealing { .. })
}

impl Machine {
    /// A user-level thread that could run stands in a run queue of its process.
    #[lockstep_part::later(Machine)]
    #[inline(never)]
    pub(super) fn queue_for_carrier(&mut self, task: TaskId) {
        let processor = self.threads[task.index()].processor;
        self.stand_in_run_queue(task, processor);
    }

    fn stand_in_run_queue(&mut self, task: TaskId, processor: Option<u8>) {
        self.tasks[task.index()].enter(State::Blocked(Reason::Carrier), self.now);
        let process = self.task(task).process;
        if let Some(carriers) = &mut self.processes[process.index()].carriers {
            carriers.queue(task, processor);
        }
        self.offer_carriers(process);
    }

    /// A thread whose call the kernel keeps waiting keeps its kernel thread, but not the processor.
    #[lockstep_part::later(Machine)]
    #[inline(never)]
    pub(super) fn give_up_processor(&mut self, task: TaskId) {
        let process = self.task(task).process;
        let carrier = self
            .threads
            .get(task.index())
            .and_then(|thread| thread.carrier);
        let entry = self.processes.get_mut(process.index());
        let carriers = entry.and_then(|entry| entry.carriers.as_mut());
        if let (Some(carriers), Some(number)) = (carriers, carrier) {
            carriers.give_up_processor(number);
            self.offer_carriers(process);
        }
    }

    /// A thread on a kernel thread could run again; whether it may. Where no processor is idle, it leaves its
    /// kernel thread, and waits with those who share a queue.
    #[lockstep_part::later(Machine)]
    #[inline(never)]
    pub(super) fn regain_processor(&mut self, task: TaskId) -> bool {
        let process = self.task(task).process;
        let thread = &self.threads[task.index()];
        let (carrier, had) = (thread.carrier, thread.processor);
        let carriers = &mut self.processes[process.index()].carriers;
        let (Some(carriers), Some(number)) = (carriers, carrier) else {
            return true;
        };
        if carriers.regain_processor(number, had) {
            self.threads[task.index()].processor = carriers.all[usize::from(number)].processor;
            self.offer_carriers(process);
            return true;
        }
        self.leave_carrier(task, None);
        self.stand_in_run_queue(task, None);
        false
    }

    /// A user-level thread stands in no run queue any more.
    #[lockstep_part::later(Machine)]
    pub(super) fn leave_run_queue(&mut self, task: TaskId) {
        let process = self.task(task).process;
        if let Some(carriers) = &mut self.processes[process.index()].carriers {
            carriers.forget(task);
        }
        self.offer_carriers(process);
    }

    /// As many threads of a run queue take a kernel thread, at once, as there are free ones.
    fn offer_carriers(&mut self, process: ProcessId) {
        let Some(carriers) = &self.processes[process.index()].carriers else {
            return;
        };
        let wanted = carriers.room().min(carriers.queued().count());
        let carry = Pending::Carry(process);
        let mut offered = self.pending.iter().filter(|next| **next == carry).count();
        while offered < wanted {
            self.pending.push_back(carry);
            offered += 1;
        }
        // Who stood in the queue has been ended meanwhile.
        while offered > wanted {
            let last = self.pending.iter().rposition(|next| *next == carry);
            last.and_then(|place| self.pending.remove(place));
            offered -= 1;
        }
    }

    /// The CPU that a kernel thread keeps when the thread on it leaves it.
    pub(super) fn kept_by(&self, seat: Seat) -> Option<KeptCpu> {
        let Seat::Cpu(cpu) = seat else { return None };
        Some(KeptCpu {
            cpu,
            slice_end: self.cpu(cpu).slice_end,
            at: self.now,
        })
    }

    /// A thread leaves its kernel thread, if it is on one. That keeps its CPU where somebody else takes it
    /// at once; whether one does.
    pub(super) fn leave_carrier(&mut self, task: TaskId, kept: Option<KeptCpu>) -> bool {
        let Some(thread) = self.threads.get_mut(task.index()) else {
            return false;
        };
        let Some(number) = thread.carrier.take() else {
            return false;
        };
        self.give_back_carrier(task, number, kept)
    }

    #[lockstep_part::later(Machine)]
    #[inline(never)]
    fn give_back_carrier(&mut self, task: TaskId, number: u16, kept: Option<KeptCpu>) -> bool {
        let process = self.task(task).process;
        let kept = kept.filter(|_| self.has_next_to_carry(process, number));
        if let Some(carriers) = &mut self.processes[process.index()].carriers {
            let carrier = &mut carriers.all[usize::from(number)];
            (carrier.holder, carrier.kept) = (None, kept);
            carriers.free.push(number);
            carriers.give_up_processor(number);
        }
        self.offer_carriers(process);
        kept.is_some()
    }

    /// A running thread waits for something that the runtime of its process keeps.
    #[lockstep_part::later(Machine)]
    #[inline(never)]
    pub(super) fn block_in_runtime(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let kept = self.kept_by(seat);
        self.leave_seat(task, seat, State::Blocked(reason));
        self.block_on(code, task, call, reason)?;
        let goes_on = self.leave_carrier(task, kept);
        if matches!(seat, Seat::Cpu(_)) && !goes_on {
            self.scheduler.blocked(&context!(self, code), task);
        }
        Ok(())
    }

    /// A user-level thread lets others of its process run; it goes on at once where nobody could.
    #[lockstep_part::later(Machine)]
    #[inline(never)]
    pub(super) fn yield_carrier(&mut self, code: &Code, task: TaskId, seat: Seat) -> Legal {
        let carrier = self.threads[task.index()].carrier;
        let others = self.carriers_of(task).zip(carrier);
        if others.is_none_or(|(carriers, number)| !carriers.has_next_after(number)) {
            self.keep_seat(code, task, seat);
            return Ok(());
        }
        let kept = self.kept_by(seat);
        self.leave_seat(task, seat, State::Blocked(Reason::Carrier));
        self.leave_carrier(task, kept);
        self.stand_in_run_queue(task, None);
        Ok(())
    }

    /// A kernel thread of its process takes a user-level thread on.
    #[inline(never)]
    pub(super) fn take_carrier(&mut self, code: &Code, task: TaskId) -> Legal {
        let process = self.task(task).process;
        // Of a real run nobody sees when what else follows takes place.
        let is_task_level = self.is_task_level();
        let mut places = self.pending.iter();
        let place = places.position(|next| *next == Pending::Carry(process));
        let Some(place) = place.filter(|place| is_task_level || *place == 0) else {
            return Err("no kernel thread of its process is to be taken");
        };
        self.pending.remove(place);
        let entry = self.processes.get_mut(process.index());
        let Some(carriers) = entry.and_then(|entry| entry.carriers.as_mut()) else {
            return Err("it is no user-level thread");
        };
        let source = match carriers.next() {
            Some((next, source)) if next == task && carriers.room() > 0 => source,
            _ => return Err("it is not the next to run of its process"),
        };
        let made = carriers.all.len();
        let Some(number) = carriers.take_place(source) else {
            return Err("no kernel thread of its process is free");
        };
        let is_made = carriers.all.len() > made;
        let carrier = &mut carriers.all[usize::from(number)];
        let (name, kept) = (carrier.name, carrier.kept.take());
        let is_switch = carrier.last != Some(task);
        let processor = carrier.processor;
        *carrier = Carrier {
            holder: Some(task),
            last: Some(task),
            name: Some(task),
            kept: None,
            processor,
        };
        for (place, other) in carriers.all.iter_mut().enumerate() {
            if place == usize::from(number) {
                continue;
            }
            // Its registers have changed since it was there, and the two exchange names.
            other.last = other.last.filter(|last| *last != task);
            if other.name == Some(task) {
                other.name = name;
            }
        }
        let thread = &mut self.threads[task.index()];
        (thread.carrier, thread.processor) = (Some(number), processor);
        let costs = &code.config.costs;
        if is_switch {
            self.tasks[task.index()].step.run += costs.user_switch;
        }
        if is_made {
            self.tasks[task.index()].step.run += costs.thread;
        }
        if let Some(name) = name {
            self.exchange_names(task, name);
        }
        match kept {
            Some(KeptCpu { cpu, slice_end, at })
                if at == self.now && self.cpu(cpu).mode == Mode::Idle =>
            {
                self.tasks[task.index()].enter(State::Running(cpu), self.now);
                self.cpus[cpu.index()].slice_end = slice_end;
                self.scheduler.taken_on(&context!(self, code), task);
                self.start_running(code, task, cpu);
            }
            _ => {
                self.tasks[task.index()].enter(State::Ready, self.now);
                let is_new = name.is_none();
                let why = if is_new { Readied::New } else { Readied::Woken };
                self.queue_up(code, task, why);
            }
        }
        Ok(())
    }

    /// What the kernel knows in the name of one task it knows in the name of the other from now on: it is
    /// the same kernel thread. Neither is ready or runs.
    fn exchange_names(&mut self, one: TaskId, other: TaskId) {
        if one == other || self.is_task_level() {
            return;
        }
        let last_cpu = self.task(one).last_cpu;
        self.tasks[one.index()].last_cpu = self.task(other).last_cpu;
        self.tasks[other.index()].last_cpu = last_cpu;
        for cpu in &mut self.cpus {
            cpu.last = cpu.last.map(|last| match last {
                last if last == one => other,
                last if last == other => one,
                last => last,
            });
        }
        self.scheduler.exchange(one, other);
    }
}
