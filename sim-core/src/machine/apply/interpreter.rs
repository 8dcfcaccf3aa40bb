//! The interpreter lock is taken, dropped, and asked for.

use super::{Legal, Seat};
use crate::call::{DropReason, Reason};
use crate::ids::{ProcessId, TaskId};
use crate::machine::{Interpreter, Machine, Pending, Process, State};
use crate::policy::{Context, Policy};
use crate::program::Code;

impl Machine {
    /// Where a task runs, whether or not it has come to its call.
    fn seat(&mut self, code: &Code, task: TaskId) -> Result<Seat, &'static str> {
        match self.task(task).state {
            State::Running(id) if self.cpus[id.index()].runs(task) => {
                self.settle(code, task, id);
                Ok(Seat::Cpu(id))
            }
            State::Ready if self.is_task_level() => Ok(Seat::Unseen),
            _ => Err("it does not run"),
        }
    }

    #[inline(never)]
    pub(super) fn take_interpreter(&mut self, code: &Code, task: TaskId) -> Legal {
        let seat = self.seat(code, task)?;
        require!(self.needs_interpreter(task), "it does not want it");
        let (now, interval) = (self.now, code.switch_interval());
        let process = self.task(task).process;
        let lock = interpreter_of(&mut self.processes, process)?;
        require!(lock.holder.is_none(), "another holds it");
        require!(
            lock.forced != Some(task),
            "it waits until another has taken it"
        );
        lock.holder = Some(task);
        lock.drop_request = false;
        if lock.last != Some(task) {
            lock.last = Some(task);
            lock.switches = lock.switches.wrapping_add(1);
        }
        // Who was made to drop it waits for its turn from now on.
        let (forced, switches) = (lock.forced.take(), lock.switches);
        if let Some(forced) = forced {
            let thread = &mut self.threads[forced.index()];
            thread.seen_switches = switches;
            thread.deadline = Some(now + interval);
            self.timeouts.insert(now + interval, forced);
        }
        self.run_on(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn drop_interpreter(
        &mut self,
        code: &Code,
        task: TaskId,
        reason: DropReason,
    ) -> Legal {
        let seat = self.seat(code, task)?;
        let asked = self.drops_interpreter(code, task);
        let process = self.task(task).process;
        let lock = interpreter_of(&mut self.processes, process)?;
        require!(lock.holder == Some(task), "it does not hold it");
        lock.holder = None;
        let next = lock.waiting.pop_front();
        match reason {
            DropReason::Requested => {
                require!(asked, "it does not see the request");
                require!(next.is_some(), "nobody waits for it");
                lock.forced = Some(task);
                lock.drop_request = false;
                lock.waiting.push_back(task);
                self.leave_seat(task, seat, State::Blocked(Reason::Interpreter));
                if matches!(seat, Seat::Cpu(_)) {
                    self.scheduler.blocked(&context!(self, code), task);
                }
            }
            DropReason::Call => {
                let has_come = self.tasks[task.index()].step.run.is_zero();
                // Nobody sees how long a task still has to run on a machine without CPUs.
                require!(
                    has_come || matches!(seat, Seat::Unseen),
                    "it has not come to its call"
                );
                self.threads[task.index()].is_outside = true;
                self.run_on(code, task, seat);
            }
        }
        if let Some(next) = next {
            self.forget_timeout(next);
            let wake = Pending::Wake {
                task: next,
                by: task,
            };
            self.pending.push_back(wake);
        }
        Ok(())
    }

    /// A task that wants the interpreter lock sleeps for the switch interval.
    #[inline(never)]
    pub(super) fn wait_for_interpreter(&mut self, code: &Code, task: TaskId) -> Legal {
        let seat = self.seat(code, task)?;
        require!(self.needs_interpreter(task), "it does not want it");
        let deadline = self.now + code.switch_interval();
        let process = self.task(task).process;
        let lock = interpreter_of(&mut self.processes, process)?;
        require!(lock.holder.is_some(), "nobody holds it");
        lock.waiting.push_back(task);
        let thread = &mut self.threads[task.index()];
        thread.seen_switches = lock.switches;
        thread.deadline = Some(deadline);
        self.timeouts.insert(deadline, task);
        self.leave_seat(task, seat, State::Blocked(Reason::Interpreter));
        if matches!(seat, Seat::Cpu(_)) {
            self.scheduler.blocked(&context!(self, code), task);
        }
        Ok(())
    }

    /// The switch interval of a waiter has passed: it asks the holder to drop the lock, unless the
    /// lock was handed on meanwhile, and sleeps again.
    #[inline(never)]
    pub(super) fn pass_interval(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(
            matches!(self.task(task).state, State::Blocked(Reason::Interpreter)),
            "it does not wait for the interpreter lock"
        );
        let has_passed = self.take_timeout(task);
        require!(has_passed, "its interval has not passed");
        let deadline = self.now + code.switch_interval();
        let process = self.task(task).process;
        let lock = interpreter_of(&mut self.processes, process)?;
        let thread = &mut self.threads[task.index()];
        if thread.seen_switches == lock.switches && lock.holder.is_some() {
            lock.drop_request = true;
        }
        thread.seen_switches = lock.switches;
        thread.deadline = Some(deadline);
        self.timeouts.insert(deadline, task);
        let holder = lock.holder;
        // A holder that runs and looks at the request sees it at this very moment.
        if let Some(holder) = holder
            && self.drops_interpreter(code, holder)
            && let State::Running(id) = self.task(holder).state
            && self.cpus[id.index()].runs(holder)
        {
            self.cpus[id.index()].due = self.now;
        }
        Ok(())
    }

    /// Whether a task does not hold the lock, as it must not when it blocks or ends.
    pub(super) fn is_without_interpreter(&self, task: TaskId) -> bool {
        let lock = self.interpreter_of(task);
        lock.is_none_or(|lock| lock.holder != Some(task))
    }

    /// It runs on where it ran, with or without the lock.
    fn run_on(&mut self, code: &Code, task: TaskId, seat: Seat) {
        if let Seat::Cpu(id) = seat {
            self.start_running(code, task, id);
        }
    }

    pub(super) fn forget_timeout(&mut self, task: TaskId) {
        if let Some(deadline) = self.threads[task.index()].deadline.take() {
            self.timeouts.remove(deadline, task);
        }
    }
}

/// The interpreter lock of a process; a loan of one field, so that threads beside it can be changed.
fn interpreter_of(
    processes: &mut [Process],
    process: ProcessId,
) -> Result<&mut Interpreter, &'static str> {
    let process = processes.get_mut(process.index());
    let lock = process.and_then(|process| process.interpreter.as_mut());
    lock.ok_or("the process has no interpreter lock")
}
