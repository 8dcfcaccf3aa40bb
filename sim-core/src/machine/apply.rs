//! The one mutator: carries out what happened, and never chooses.
//!
//! Every event says all that is open; the rest follows from the machine. An event that cannot
//! have happened is refused with a reason and leaves the machine in an unspecified state: a trace
//! is applied to a clone, or comes from [`rules`](crate::rules), which offer only legal events.

use core::fmt;

use super::{Machine, Mode, Pending, State, Task, Timer};
use crate::call::{Call, Reason};
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, PartitionId, PipeId, TaskId};
use crate::policy::{Context, Policy, Readied};
use crate::program::{Code, Disk, IoDone, IoStart};
use crate::time::{Span, Time};

/// An event that cannot have happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Illegal {
    /// The event.
    pub event: Event,
    /// Why it cannot have happened.
    pub reason: &'static str,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { at, kind } = self.event;
        write!(f, "impossible event at {} ns: {kind:?}: {}", at.0, self.reason)
    }
}

impl std::error::Error for Illegal {}

type Legal = Result<(), &'static str>;

/// Refuses with a reason unless a condition holds.
macro_rules! require {
    ($condition:expr, $reason:literal) => {
        if !$condition {
            return Err($reason);
        }
    };
}

/// What a policy may look at, as a loan of two fields: the scheduler beside it can be changed.
macro_rules! context {
    ($machine:ident, $code:ident) => {
        Context {
            code: $code,
            tasks: &$machine.tasks,
            now: $machine.now,
            decision: $machine.decisions,
        }
    };
}

impl Machine {
    /// Carries out an event.
    ///
    /// # Errors
    ///
    /// When the event cannot have happened on this machine; the machine is then of no more use.
    pub fn apply(&mut self, code: &Code, event: &Event) -> Result<(), Illegal> {
        self.apply_kind(code, event).map_err(|reason| Illegal { event: *event, reason })
    }

    fn apply_kind(&mut self, code: &Code, event: &Event) -> Legal {
        require!(event.at >= self.now, "time does not run backwards");
        if event.kind.task().is_some_and(|task| task.index() >= self.tasks.len()) {
            return Err("there is no such task");
        }
        if event.kind.cpu().is_some_and(|cpu| cpu.index() >= self.cpus.len()) {
            return Err("there is no such CPU");
        }
        self.now = event.at;
        match event.kind {
            EventKind::Arrived { task } => self.arrive(code, task),
            EventKind::Admitted { task } => self.admit(code, task),
            EventKind::Loaded { task, partition } => self.load(code, task, partition),
            EventKind::Blocked { task, reason } => self.block(code, task, reason.into()),
            EventKind::IoCompleted { task } => self.complete_io(code, task),
            EventKind::Woken { task } => self.wake(code, task),
            EventKind::Sent { task, pipe } => self.send(code, task, pipe),
            EventKind::Received { task, pipe } => self.receive(code, task, pipe),
            EventKind::ReachedEnd { task, pipe } => self.reach_end(code, task, pipe),
            EventKind::Released { task } => self.release(code, task),
            EventKind::DeadlineMissed { task } => self.miss_deadline(task),
            EventKind::Exited { task } => self.exit(code, task),
            EventKind::Reaped { task } => self.reap(task),
            EventKind::Dispatched { task, cpu } => self.dispatch(code, task, cpu),
            EventKind::ContextRestored { task, cpu } => self.restore_context(code, task, cpu),
            EventKind::SliceExpired { task, cpu } => self.expire_slice(code, task, cpu),
            EventKind::Preempted { task, cpu } => self.preempt(code, task, cpu),
            EventKind::Interrupted { task, cpu } => self.interrupt(code, task, cpu),
            EventKind::PriorityAdjusted => {
                self.scheduler.tick(&context!(self, code));
                Ok(())
            }
        }
    }

    fn arrive(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(code.arrival(self.arrived) == Some(task), "it is not the next to arrive");
        let job = code.job(task);
        self.arrived += 1;
        self.enter(task, State::New);
        let entry = &mut self.tasks[task.index()];
        entry.released = self.now;
        entry.step = job.advance(&code.config, &mut entry.frame);
        self.set_deadline(code, task);
        self.admission.push_back(task);
        Ok(())
    }

    fn admit(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(self.partitions.is_empty(), "memory is modelled: it must be loaded somewhere");
        require!(self.leave_admission(task), "it does not wait for admission");
        self.make_ready(code, task, Readied::New);
        Ok(())
    }

    fn load(&mut self, code: &Code, task: TaskId, partition: PartitionId) -> Legal {
        require!(partition.index() < self.partitions.len(), "there is no such partition");
        require!(self.leave_admission(task), "it does not wait for memory");
        let place = &mut self.partitions[partition.index()];
        require!(place.task.is_none(), "the partition is taken");
        require!(place.size >= code.job(task).memory, "it does not fit into the partition");
        place.task = Some(task);
        self.tasks[task.index()].partition = Some(partition);
        self.make_ready(code, task, Readied::New);
        Ok(())
    }

    fn leave_admission(&mut self, task: TaskId) -> bool {
        if self.admission.front() == Some(&task) {
            self.admission.pop_front();
            return true;
        }
        let place = self.admission.iter().position(|waiting| *waiting == task);
        place.and_then(|place| self.admission.remove(place)).is_some()
    }

    fn dispatch(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.task(task).state == State::Ready, "it is not ready");
        let cpu = &self.cpus[id.index()];
        let free = match cpu.mode {
            Mode::Idle => true,
            Mode::Held(holder) => holder == task,
            _ => false,
        };
        require!(free, "the CPU is not free");
        if let Some(Pending::Seize(urgent)) = self.pending.front() {
            require!(*urgent == task, "a task whose I/O is done comes first");
            self.pending.pop_front();
        } else if cpu.mode == Mode::Idle && self.ready > 1 {
            self.decisions += 1;
        }
        let ctx = context!(self, code);
        let slice = self.scheduler.slice(&ctx, task);
        self.scheduler.remove(&ctx, task);
        self.ready -= 1;
        self.enter(task, State::Running(id));
        let accounting = &mut self.tasks[task.index()].accounting;
        accounting.dispatches += 1;

        let now = self.now;
        let cpu = &mut self.cpus[id.index()];
        let same = cpu.last == Some(task);
        let cost = cpu.owed + if same { Span::ZERO } else { code.config.costs.switch };
        cpu.owed = Span::ZERO;
        cpu.last = Some(task);
        // The slice begins when the task runs; until then this field holds its length.
        cpu.slice_end = slice.map_or(Time::NEVER, |slice| now + cost + slice);
        if cost.is_zero() {
            self.start_running(task, id);
        } else {
            cpu.mode = Mode::Switching { to: task };
            cpu.since = now;
            cpu.due = now + cost;
        }
        Ok(())
    }

    fn restore_context(&mut self, _code: &Code, task: TaskId, id: CpuId) -> Legal {
        let cpu = &mut self.cpus[id.index()];
        require!(cpu.mode == Mode::Switching { to: task }, "its context is not being loaded there");
        require!(cpu.due == self.now, "the context switch takes another time");
        let span = self.now.since(cpu.since);
        cpu.kernel += span;
        self.tasks[task.index()].accounting.waiting += span;
        self.start_running(task, id);
        Ok(())
    }

    /// The CPU goes on (or begins) in the task's program.
    fn start_running(&mut self, task: TaskId, id: CpuId) {
        let now = self.now;
        let entry = &mut self.tasks[task.index()];
        if entry.accounting.first_run.is_none() {
            entry.accounting.first_run = Some(now);
        }
        let cpu = &mut self.cpus[id.index()];
        cpu.mode = Mode::User(task);
        cpu.since = now;
        cpu.due = cpu.slice_end.min(now + entry.step.run);
    }

    /// Settles what the task on a CPU has used until now: its burst, accounting, registers and
    /// what the policy knows of it.
    fn settle(&mut self, code: &Code, task: TaskId, id: CpuId) {
        let cpu = &mut self.cpus[id.index()];
        let span = self.now.since(cpu.since);
        cpu.since = self.now;
        if span.is_zero() {
            return;
        }
        cpu.busy += span;
        let entry = &mut self.tasks[task.index()];
        entry.step.run -= span;
        entry.accounting.cpu += span;
        entry.saved = entry.saved.after(span);
        self.scheduler.ran(&context!(self, code), task, span);
    }

    fn running_on(&self, task: TaskId, id: CpuId) -> bool {
        self.cpus[id.index()].mode == Mode::User(task)
    }

    /// Settles a running task and frees its CPU.
    fn leave_cpu(&mut self, code: &Code, task: TaskId, id: CpuId) {
        self.settle(code, task, id);
        let cpu = &mut self.cpus[id.index()];
        cpu.mode = Mode::Idle;
        cpu.due = Time::NEVER;
        cpu.slice_end = Time::NEVER;
    }

    fn expire_slice(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.running_on(task, id), "it does not run there");
        let cpu = &mut self.cpus[id.index()];
        require!(cpu.slice_end == self.now, "its slice ends at another time");
        cpu.owed += code.config.costs.interrupt;
        self.leave_cpu(code, task, id);
        self.tasks[task.index()].accounting.preemptions += 1;
        self.make_ready(code, task, Readied::SliceExpired);
        Ok(())
    }

    fn preempt(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.running_on(task, id), "it does not run there");
        self.leave_cpu(code, task, id);
        self.tasks[task.index()].accounting.preemptions += 1;
        self.make_ready(code, task, Readied::Preempted);
        Ok(())
    }

    fn block(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        let State::Running(id) = self.task(task).state else { return Err("it does not run") };
        require!(self.running_on(task, id), "its CPU does not run it");
        self.settle(code, task, id);
        let Task { step, released, .. } = self.task(task);
        require!(step.run.is_zero(), "it has not come to its call");
        let released = *released;
        match (step.call, reason) {
            (Call::Io { span }, Reason::Disk) => self.request_io(code, task, span),
            (Call::Send { pipe }, Reason::PipeFull(full)) if pipe == full => {
                self.pipes[pipe.index()].writers_waiting.push_back(task);
            }
            (Call::Receive { pipe }, Reason::PipeEmpty(empty)) if pipe == empty => {
                self.pipes[pipe.index()].readers_waiting.push_back(task);
            }
            (Call::NextPeriod, Reason::Period) => {
                self.forget_deadline(task);
                let period = code.job(task).period.unwrap_or_default();
                self.timers.push(Timer { at: released + period, task });
            }
            _ => return Err("its call does not block on that"),
        }
        self.scheduler.blocked(&context!(self, code), task);
        let held = reason == Reason::Disk && code.config.on_io == IoStart::Wait;
        self.leave_cpu(code, task, id);
        if held {
            self.cpus[id.index()].mode = Mode::Held(task);
        }
        self.enter(task, State::Blocked(reason));
        Ok(())
    }

    fn request_io(&mut self, code: &Code, task: TaskId, span: Span) {
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

    /// The disk has done a request: it takes the next.
    fn finish_request(&mut self, task: TaskId) {
        self.disk.in_flight -= 1;
        if self.disk.in_flight == 0 {
            self.disk.busy += self.now.since(self.disk.since);
        }
        if self.disk.serving == Some(task) {
            self.disk.serving = self.disk.queue.pop_front().map(|(next, span)| {
                self.timers.push(Timer { at: self.now + span, task: next });
                next
            });
        }
    }

    fn interrupt(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.take_timer(task), "no request of it is due");
        require!(self.task(task).state == State::Blocked(Reason::Disk), "it has no request");
        let cost = code.config.costs.interrupt;
        require!(!cost.is_zero(), "interrupts are free on this machine");
        self.finish_request(task);
        let interrupted = match self.cpus[id.index()].mode {
            Mode::Idle => None,
            Mode::Held(holder) => Some(holder),
            Mode::User(running) => {
                self.settle(code, running, id);
                Some(running)
            }
            Mode::Switching { .. } | Mode::Handling { .. } => {
                return Err("the CPU is in the kernel, interrupts off");
            }
        };
        let now = self.now;
        let cpu = &mut self.cpus[id.index()];
        cpu.mode = Mode::Handling { done: task, interrupted };
        cpu.since = now;
        cpu.due = now + cost;
        if cpu.slice_end != Time::NEVER {
            cpu.slice_end += cost;
        }
        Ok(())
    }

    fn complete_io(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(self.task(task).state == State::Blocked(Reason::Disk), "it has no request");
        let handling =
            |cpu: &super::Cpu| matches!(cpu.mode, Mode::Handling { done, .. } if done == task);
        if let Some(place) = self.cpus.iter().position(handling) {
            let cpu = &mut self.cpus[place];
            require!(cpu.due == self.now, "the handler takes another time");
            let Mode::Handling { interrupted, .. } = cpu.mode else {
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
                    self.start_running(before, CpuId::from_index(place));
                }
            }
        } else {
            require!(code.config.costs.interrupt.is_zero(), "no CPU has handled the interrupt");
            require!(self.take_timer(task), "its request is not done");
            self.finish_request(task);
        }
        self.finish_call(code, task);
        self.make_ready(code, task, Readied::Woken);
        if code.config.on_io_done == IoDone::Immediate {
            self.pending.push_back(Pending::Seize(task));
        }
        Ok(())
    }

    /// Takes the earliest timer if it is this task's and due.
    fn take_timer(&mut self, task: TaskId) -> bool {
        let due = self.timers.first().is_some_and(|first| first.task == task && first.at <= self.now);
        if due {
            self.timers.pop();
        }
        due
    }

    /// The task's call is done: its program goes on to the next.
    fn finish_call(&mut self, code: &Code, task: TaskId) {
        let entry = &mut self.tasks[task.index()];
        entry.step = code.job(task).advance(&code.config, &mut entry.frame);
    }

    /// The task's call was answered at once: it keeps its CPU and its slice.
    fn continue_running(&mut self, code: &Code, task: TaskId, id: CpuId) {
        self.finish_call(code, task);
        self.start_running(task, id);
    }

    /// The CPU of a task that has come to its call.
    fn calling(&mut self, code: &Code, task: TaskId) -> Result<(CpuId, Call), &'static str> {
        let State::Running(id) = self.task(task).state else { return Err("it does not run") };
        require!(self.running_on(task, id), "its CPU does not run it");
        self.settle(code, task, id);
        let step = self.task(task).step;
        require!(step.run.is_zero(), "it has not come to its call");
        Ok((id, step.call))
    }

    fn send(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(call == Call::Send { pipe }, "it does not write into that pipe");
        let end = &mut self.pipes[pipe.index()];
        require!(end.messages < code.pipes[pipe.index()].capacity, "the pipe is full");
        end.messages += 1;
        if let Some(reader) = end.readers_waiting.pop_front() {
            self.pending.push_back(Pending::Wake(reader));
        }
        self.continue_running(code, task, id);
        Ok(())
    }

    fn receive(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(call == Call::Receive { pipe }, "it does not read that pipe");
        let end = &mut self.pipes[pipe.index()];
        require!(end.messages > 0, "the pipe is empty");
        end.messages -= 1;
        if let Some(writer) = end.writers_waiting.pop_front() {
            self.pending.push_back(Pending::Wake(writer));
        }
        self.continue_running(code, task, id);
        Ok(())
    }

    fn reach_end(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(call == Call::Receive { pipe }, "it does not read that pipe");
        let end = &self.pipes[pipe.index()];
        require!(end.messages == 0 && end.writers == 0, "the pipe has not ended");
        self.continue_running(code, task, id);
        Ok(())
    }

    fn wake(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(self.pending.front() == Some(&Pending::Wake(task)), "nothing has woken it");
        self.pending.pop_front();
        self.make_ready(code, task, Readied::Woken);
        Ok(())
    }

    fn release(&mut self, code: &Code, task: TaskId) -> Legal {
        let period = code.job(task).period.unwrap_or_default();
        match self.task(task).state {
            State::Blocked(Reason::Period) => {
                require!(self.take_timer(task), "its period has not begun");
                self.begin_period(code, task, period);
                self.make_ready(code, task, Readied::Woken);
            }
            State::Running(_) => {
                let (id, call) = self.calling(code, task)?;
                require!(call == Call::NextPeriod, "it does not wait for its period");
                require!(self.task(task).released + period <= self.now, "its period is ahead");
                self.begin_period(code, task, period);
                self.start_running(task, id);
            }
            _ => return Err("it does not wait for its period"),
        }
        Ok(())
    }

    fn begin_period(&mut self, code: &Code, task: TaskId, period: Span) {
        self.forget_deadline(task);
        self.tasks[task.index()].released += period;
        self.finish_call(code, task);
        self.set_deadline(code, task);
    }

    fn set_deadline(&mut self, code: &Code, task: TaskId) {
        let job = code.job(task);
        let entry = &mut self.tasks[task.index()];
        entry.deadline = job.deadline.map(|span| entry.released + span);
        if let Some(deadline) = entry.deadline {
            self.deadlines.insert((deadline, task));
        }
    }

    fn forget_deadline(&mut self, task: TaskId) {
        if let Some(deadline) = self.task(task).deadline {
            self.deadlines.remove(&(deadline, task));
        }
    }

    fn miss_deadline(&mut self, task: TaskId) -> Legal {
        let first = self.deadlines.pop_first();
        let due = first.is_some_and(|(at, late)| late == task && at <= self.now);
        require!(due, "no deadline of it has passed");
        self.tasks[task.index()].accounting.missed += 1;
        Ok(())
    }

    fn exit(&mut self, code: &Code, task: TaskId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(matches!(call, Call::Exit { .. }), "its program has not ended");
        self.leave_cpu(code, task, id);
        self.enter(task, State::Zombie);
        let entry = &mut self.tasks[task.index()];
        entry.accounting.completion = Some(self.now);
        if let Some(partition) = entry.partition.take() {
            self.partitions[partition.index()].task = None;
        }
        self.forget_deadline(task);
        for (pipe, end) in self.pipes.iter_mut().enumerate() {
            if code.job(task).writes[pipe] {
                end.writers -= 1;
                if end.writers == 0 {
                    // The end of a pipe is news for every reader (POSIX read, pipe semantics).
                    self.pending.extend(end.readers_waiting.drain(..).map(Pending::Wake));
                }
            }
        }
        self.pending.push_back(Pending::Reap(task));
        Ok(())
    }

    fn reap(&mut self, task: TaskId) -> Legal {
        require!(self.pending.front() == Some(&Pending::Reap(task)), "nobody waits for it");
        self.pending.pop_front();
        self.enter(task, State::Exited);
        self.exited += 1;
        Ok(())
    }

    fn make_ready(&mut self, code: &Code, task: TaskId, why: Readied) {
        self.enter(task, State::Ready);
        self.ready += 1;
        self.scheduler.ready(&context!(self, code), task, why);
    }

    /// Changes a task's state and accounts for the one before.
    fn enter(&mut self, task: TaskId, state: State) {
        let entry = &mut self.tasks[task.index()];
        let span = self.now.since(entry.since);
        entry.accounting.charge(entry.state, span);
        if entry.state == State::Ready && span > entry.accounting.longest_wait {
            entry.accounting.longest_wait = span;
        }
        entry.state = state;
        entry.since = self.now;
    }
}
