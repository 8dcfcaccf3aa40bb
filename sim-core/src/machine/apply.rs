//! The one mutator: carries out what happened, and never chooses.
//!
//! Every event says all that is open; the rest follows from the machine. An event that cannot
//! have happened is refused with a reason and leaves the machine in an unspecified state: a trace
//! is applied to a clone, or comes from [`rules`](crate::rules), which offer only legal events.

use core::{fmt, mem};

use super::{Machine, Mode, Pending, State, Timer};
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
        write!(
            f,
            "impossible event at {} ns: {kind:?}: {}",
            at.0, self.reason
        )
    }
}

impl std::error::Error for Illegal {}

type Legal = Result<(), &'static str>;

const NO_TASK: &str = "there is no such task";
const NO_CPU: &str = "there is no such CPU";

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
        self.carry_out(code, event).map_err(|reason| Illegal {
            event: *event,
            reason,
        })
    }

    /// [`apply`](Self::apply), inlined into the loop that makes a run: what makes up most of a run
    /// is carried out without a call, all the rest out of line.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(crate) fn carry_out(&mut self, code: &Code, event: &Event) -> Legal {
        self.pass_time(event.at)?;
        match event.kind {
            EventKind::Dispatched { task, cpu } => self.dispatch(code, task, cpu),
            EventKind::SliceExpired { task, cpu } => self.expire_slice(code, task, cpu),
            EventKind::Blocked { task, reason } => self.block(code, task, reason.into()),
            EventKind::IoCompleted { task } => self.complete_io(code, task),
            kind => self.carry_out_other(code, kind),
        }
    }

    #[inline(never)]
    fn carry_out_other(&mut self, code: &Code, kind: EventKind) -> Legal {
        if kind
            .task()
            .is_some_and(|task| task.index() >= self.tasks.len())
        {
            return Err(NO_TASK);
        }
        if kind.cpu().is_some_and(|cpu| cpu.index() >= self.cpus.len()) {
            return Err(NO_CPU);
        }
        match kind {
            EventKind::Arrived { task } => self.arrive(code, task),
            EventKind::Admitted { task } => self.admit(code, task),
            EventKind::Loaded { task, partition } => self.load(code, task, partition),
            EventKind::Woken { task } => self.wake(code, task),
            EventKind::Sent { task, pipe } => self.send(code, task, pipe),
            EventKind::Received { task, pipe } => self.receive(code, task, pipe),
            EventKind::ReachedEnd { task, pipe } => self.reach_end(code, task, pipe),
            EventKind::Released { task } => self.release(code, task),
            EventKind::DeadlineMissed { task } => self.miss_deadline(task),
            EventKind::Exited { task } => self.exit(code, task),
            EventKind::Reaped { task } => self.reap(task),
            EventKind::ContextRestored { task, cpu } => self.restore_context(code, task, cpu),
            EventKind::Preempted { task, cpu } => self.preempt(code, task, cpu),
            EventKind::Interrupted { task, cpu } => self.interrupt(code, task, cpu),
            EventKind::PriorityAdjusted => {
                self.scheduler.tick(&context!(self, code));
                Ok(())
            }
            EventKind::Dispatched { .. }
            | EventKind::SliceExpired { .. }
            | EventKind::Blocked { .. }
            | EventKind::IoCompleted { .. } => Err("it is carried out in line"),
        }
    }

    /// The clock goes on.
    #[inline]
    fn pass_time(&mut self, at: Time) -> Legal {
        require!(at >= self.now, "time does not run backwards");
        if at > self.now {
            let passed_over = match self.cpus.as_slice() {
                [only] => only.due < at,
                several => several.iter().any(|cpu| cpu.due < at),
            };
            require!(!passed_over, "before that, something ends on a CPU");
            self.now = at;
        }
        Ok(())
    }

    #[inline(never)]
    fn arrive(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(
            code.arrival(self.arrived) == Some(task),
            "it is not the next to arrive"
        );
        let job = code.job(task);
        require!(self.now == job.arrival, "it arrives at another time");
        self.arrived += 1;
        let entry = &mut self.tasks[task.index()];
        entry.enter(State::New, self.now);
        entry.released = self.now;
        entry.step = code.advance(task, &mut entry.frame);
        self.set_deadline(code, task);
        self.admission.push_back(task);
        Ok(())
    }

    #[inline(never)]
    fn admit(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(
            self.partitions.is_empty(),
            "memory is modelled: it must be loaded somewhere"
        );
        require!(self.leave_admission(task), "it does not wait for admission");
        self.make_ready(code, task, Readied::New);
        Ok(())
    }

    #[inline(never)]
    fn load(&mut self, code: &Code, task: TaskId, partition: PartitionId) -> Legal {
        require!(
            partition.index() < self.partitions.len(),
            "there is no such partition"
        );
        require!(self.leave_admission(task), "it does not wait for memory");
        let place = &mut self.partitions[partition.index()];
        require!(place.task.is_none(), "the partition is taken");
        require!(
            place.size >= code.job(task).memory,
            "it does not fit into the partition"
        );
        place.task = Some(task);
        self.tasks[task.index()].partition = Some(partition);
        self.make_ready(code, task, Readied::New);
        Ok(())
    }

    #[inline(never)]
    fn leave_admission(&mut self, task: TaskId) -> bool {
        if self.admission.front() == Some(&task) {
            self.admission.pop_front();
            return true;
        }
        let place = self.admission.iter().position(|waiting| *waiting == task);
        place
            .and_then(|place| self.admission.remove(place))
            .is_some()
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn dispatch(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        let Some(entry) = self.tasks.get(task.index()) else {
            return Err(NO_TASK);
        };
        let Some(cpu) = self.cpus.get(id.index()) else {
            return Err(NO_CPU);
        };
        require!(entry.state == State::Ready, "it is not ready");
        let free = match cpu.mode {
            Mode::Idle => true,
            Mode::Held(holder) => holder == task,
            _ => false,
        };
        require!(free, "the CPU is not free");
        let is_choice = cpu.mode == Mode::Idle && self.ready > 1;
        if self.pending.is_empty() || !self.take_seizure(task)? {
            self.decisions += u32::from(is_choice);
        }
        if code.config.on_io == IoStart::Wait {
            self.stop_holding(task);
        }
        let slice = self.scheduler.dispatch(&context!(self, code), task);
        self.ready -= 1;

        let now = self.now;
        let (entry, cpu) = (&mut self.tasks[task.index()], &mut self.cpus[id.index()]);
        entry.dispatch(id, now);
        let mut cost = mem::take(&mut cpu.owed);
        if cpu.last != Some(task) {
            cost += code.config.costs.switch;
            cpu.last = Some(task);
        }
        // The slice begins when the task runs.
        cpu.slice_end = slice.map_or(Time::NEVER, |slice| now + (cost + slice));
        if cost.is_zero() {
            cpu.run(task, entry, now);
        } else {
            cpu.mode = Mode::Switching { to: task };
            cpu.since = now;
            cpu.due = now + cost;
        }
        Ok(())
    }

    /// Whether a task takes a CPU at once because its I/O is done; that is then no choice.
    #[inline(never)]
    fn take_seizure(&mut self, task: TaskId) -> Result<bool, &'static str> {
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
    fn stop_holding(&mut self, task: TaskId) {
        for cpu in &mut self.cpus {
            match &mut cpu.mode {
                Mode::Held(holder) if *holder == task => cpu.mode = Mode::Idle,
                Mode::Handling { interrupted, .. } if *interrupted == Some(task) => {
                    *interrupted = None;
                }
                _ => {}
            }
        }
    }

    #[inline(never)]
    fn restore_context(&mut self, _code: &Code, task: TaskId, id: CpuId) -> Legal {
        let cpu = &mut self.cpus[id.index()];
        require!(
            cpu.mode == Mode::Switching { to: task },
            "its context is not being loaded there"
        );
        require!(cpu.due == self.now, "the context switch takes another time");
        let span = self.now.since(cpu.since);
        cpu.kernel += span;
        self.tasks[task.index()].accounting.waiting += span;
        self.start_running(task, id);
        Ok(())
    }

    fn start_running(&mut self, task: TaskId, id: CpuId) {
        self.cpus[id.index()].run(task, &mut self.tasks[task.index()], self.now);
    }

    /// Settles what the task on a CPU has used until now, the policy included.
    fn settle(&mut self, code: &Code, task: TaskId, id: CpuId) {
        let (entry, cpu) = (&mut self.tasks[task.index()], &mut self.cpus[id.index()]);
        let span = cpu.settle(entry, self.now);
        if !span.is_zero() {
            self.scheduler.ran(&context!(self, code), task, span);
        }
    }

    fn running_on(&self, task: TaskId, id: CpuId) -> bool {
        self.cpus[id.index()].mode == Mode::User(task)
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn expire_slice(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        let Some(entry) = self.tasks.get_mut(task.index()) else {
            return Err(NO_TASK);
        };
        let Some(cpu) = self.cpus.get_mut(id.index()) else {
            return Err(NO_CPU);
        };
        require!(cpu.mode == Mode::User(task), "it does not run there");
        require!(cpu.slice_end == self.now, "its slice ends at another time");
        cpu.owed.0 += code.config.costs.interrupt.0;
        let span = cpu.take_from(entry, self.now);
        self.ready += 1;
        self.scheduler
            .put_back(&context!(self, code), task, span, Readied::SliceExpired);
        Ok(())
    }

    #[inline(never)]
    fn preempt(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.running_on(task, id), "it does not run there");
        let (entry, cpu) = (&mut self.tasks[task.index()], &mut self.cpus[id.index()]);
        let span = cpu.take_from(entry, self.now);
        self.ready += 1;
        self.scheduler
            .put_back(&context!(self, code), task, span, Readied::Preempted);
        Ok(())
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn block(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        let Some(entry) = self.tasks.get_mut(task.index()) else {
            return Err(NO_TASK);
        };
        let State::Running(id) = entry.state else {
            return Err("it does not run");
        };
        let Some(cpu) = self.cpus.get_mut(id.index()) else {
            return Err(NO_CPU);
        };
        require!(cpu.mode == Mode::User(task), "its CPU does not run it");
        let span = cpu.settle(entry, self.now);
        require!(entry.step.run.is_zero(), "it has not come to its call");
        cpu.release();
        entry.leave_cpu(State::Blocked(reason), self.now);
        match (entry.step.call, reason) {
            (Call::Io { span }, Reason::Disk) => {
                if code.config.on_io == IoStart::Wait {
                    cpu.mode = Mode::Held(task);
                }
                self.request_io(code, task, span);
            }
            (call, _) => self.block_on(code, task, call, reason)?,
        }
        self.scheduler.block(&context!(self, code), task, span);
        Ok(())
    }

    /// Puts a task where it waits for something other than the disk.
    #[inline(never)]
    fn block_on(&mut self, code: &Code, task: TaskId, call: Call, reason: Reason) -> Legal {
        match (call, reason) {
            (Call::Send { pipe }, Reason::PipeFull(full)) if pipe == full => {
                self.pipes[pipe.index()].writers_waiting.push_back(task);
            }
            (Call::Receive { pipe }, Reason::PipeEmpty(empty)) if pipe == empty => {
                self.pipes[pipe.index()].readers_waiting.push_back(task);
            }
            (Call::NextPeriod, Reason::Period) => {
                self.forget_deadline(task);
                let period = code.job(task).period.unwrap_or_default();
                let at = self.task(task).released + period;
                self.timers.push(Timer { at, task });
            }
            _ => return Err("its call does not block on that"),
        }
        Ok(())
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
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
    #[inline]
    fn finish_request(&mut self, task: TaskId) {
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
    fn interrupt(&mut self, code: &Code, task: TaskId, id: CpuId) -> Legal {
        require!(self.take_timer(task), "no request of it is due");
        require!(
            self.task(task).state == State::Blocked(Reason::Disk),
            "it has no request"
        );
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
        cpu.mode = Mode::Handling {
            done: task,
            interrupted,
        };
        cpu.since = now;
        cpu.due = now + cost;
        if cpu.slice_end != Time::NEVER {
            cpu.slice_end += cost;
        }
        Ok(())
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn complete_io(&mut self, code: &Code, task: TaskId) -> Legal {
        let Some(entry) = self.tasks.get_mut(task.index()) else {
            return Err(NO_TASK);
        };
        require!(
            entry.state == State::Blocked(Reason::Disk),
            "it has no request"
        );
        entry.enter(State::Ready, self.now);
        entry.step = code.advance(task, &mut entry.frame);
        if code.config.costs.interrupt.is_zero() {
            require!(self.take_timer(task), "its request is not done");
            self.finish_request(task);
        } else {
            self.leave_handler(task)?;
        }
        self.ready += 1;
        self.scheduler
            .ready(&context!(self, code), task, Readied::Woken);
        if code.config.on_io_done == IoDone::Immediate {
            self.pending.push_back(Pending::Seize(task));
        }
        Ok(())
    }

    /// The CPU that handles the interrupt of a task's request goes on with what it did.
    #[inline(never)]
    fn leave_handler(&mut self, task: TaskId) -> Legal {
        let handling =
            |cpu: &super::Cpu| matches!(cpu.mode, Mode::Handling { done, .. } if done == task);
        let Some(place) = self.cpus.iter().position(handling) else {
            return Err("no CPU has handled the interrupt");
        };
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
        Ok(())
    }

    /// Takes the earliest timer if it is this task's and due.
    #[inline]
    fn take_timer(&mut self, task: TaskId) -> bool {
        let due = self
            .timers
            .first()
            .is_some_and(|first| first.task == task && first.at <= self.now);
        if due {
            self.timers.pop();
        }
        due
    }

    /// The task's call is done: its program goes on to the next.
    #[inline]
    fn finish_call(&mut self, code: &Code, task: TaskId) {
        let entry = &mut self.tasks[task.index()];
        entry.step = code.advance(task, &mut entry.frame);
    }

    /// The task's call was answered at once: it keeps its CPU and its slice.
    fn continue_running(&mut self, code: &Code, task: TaskId, id: CpuId) {
        self.finish_call(code, task);
        self.start_running(task, id);
    }

    /// The CPU of a task that has come to its call.
    fn calling(&mut self, code: &Code, task: TaskId) -> Result<(CpuId, Call), &'static str> {
        let State::Running(id) = self.task(task).state else {
            return Err("it does not run");
        };
        require!(self.running_on(task, id), "its CPU does not run it");
        self.settle(code, task, id);
        let step = self.task(task).step;
        require!(step.run.is_zero(), "it has not come to its call");
        Ok((id, step.call))
    }

    #[inline(never)]
    fn send(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(
            call == Call::Send { pipe },
            "it does not write into that pipe"
        );
        let end = &mut self.pipes[pipe.index()];
        require!(
            end.messages < code.pipes[pipe.index()].capacity,
            "the pipe is full"
        );
        end.messages += 1;
        if let Some(reader) = end.readers_waiting.pop_front() {
            self.pending.push_back(Pending::Wake {
                task: reader,
                by: task,
            });
        }
        self.continue_running(code, task, id);
        Ok(())
    }

    #[inline(never)]
    fn receive(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(call == Call::Receive { pipe }, "it does not read that pipe");
        let end = &mut self.pipes[pipe.index()];
        require!(end.messages > 0, "the pipe is empty");
        end.messages -= 1;
        if let Some(writer) = end.writers_waiting.pop_front() {
            self.pending.push_back(Pending::Wake {
                task: writer,
                by: task,
            });
        }
        self.continue_running(code, task, id);
        Ok(())
    }

    #[inline(never)]
    fn reach_end(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(call == Call::Receive { pipe }, "it does not read that pipe");
        let end = &self.pipes[pipe.index()];
        require!(
            end.messages == 0 && end.writers == 0,
            "the pipe has not ended"
        );
        self.continue_running(code, task, id);
        Ok(())
    }

    #[inline(never)]
    fn wake(&mut self, code: &Code, task: TaskId) -> Legal {
        let woken = matches!(self.pending.front(), Some(Pending::Wake { task: first, .. }) if *first == task);
        require!(woken, "nothing has woken it");
        self.pending.pop_front();
        self.make_ready(code, task, Readied::Woken);
        Ok(())
    }

    #[inline(never)]
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
                require!(
                    self.task(task).released + period <= self.now,
                    "its period is ahead"
                );
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
            self.deadlines.insert(deadline, task);
        }
    }

    fn forget_deadline(&mut self, task: TaskId) {
        if let Some(deadline) = self.task(task).deadline {
            self.deadlines.remove(deadline, task);
        }
    }

    #[inline(never)]
    fn miss_deadline(&mut self, task: TaskId) -> Legal {
        let first = self.deadlines.first();
        let due = first.filter(|(at, late)| *late == task && *at <= self.now);
        require!(due.is_some(), "no deadline of it has passed");
        if let Some((at, _)) = due {
            self.deadlines.remove(at, task);
        }
        self.tasks[task.index()].accounting.missed += 1;
        Ok(())
    }

    #[inline(never)]
    fn exit(&mut self, code: &Code, task: TaskId) -> Legal {
        let (id, call) = self.calling(code, task)?;
        require!(
            matches!(call, Call::Exit { .. }),
            "its program has not ended"
        );
        self.cpus[id.index()].release();
        let entry = &mut self.tasks[task.index()];
        entry.enter(State::Zombie, self.now);
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
                    let wake = |reader| Pending::Wake {
                        task: reader,
                        by: task,
                    };
                    self.pending.extend(end.readers_waiting.drain(..).map(wake));
                }
            }
        }
        self.pending.push_back(Pending::Reap(task));
        Ok(())
    }

    #[inline(never)]
    fn reap(&mut self, task: TaskId) -> Legal {
        require!(
            self.pending.front() == Some(&Pending::Reap(task)),
            "nobody waits for it"
        );
        self.pending.pop_front();
        self.tasks[task.index()].enter(State::Exited, self.now);
        self.exited += 1;
        Ok(())
    }

    #[inline]
    fn make_ready(&mut self, code: &Code, task: TaskId, why: Readied) {
        self.tasks[task.index()].enter(State::Ready, self.now);
        self.ready += 1;
        self.scheduler.ready(&context!(self, code), task, why);
    }
}
