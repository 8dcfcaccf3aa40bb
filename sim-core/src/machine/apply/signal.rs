//! Signals are sent and delivered, handlers return, alarm clocks ring.

use super::Legal;
use crate::call::{Call, Disposition, HandlerStyle, Reply, Signal};
use crate::ids::{ProcessId, TaskId};
use crate::machine::{Kept, Machine, Pending, Phase, PipeAnswer, State};
use crate::policy::Readied;
use crate::program::{Code, INIT, OperatingSystem};

impl Machine {
    #[inline(never)]
    pub(super) fn send_signal(
        &mut self,
        code: &Code,
        task: TaskId,
        signal: Signal,
        process: ProcessId,
    ) -> Legal {
        let raised = Pending::Raise {
            process,
            signal,
            by: task,
        };
        if self.take_pending(raised) {
            self.post(code, process, signal);
            return Ok(());
        }
        let (seat, call) = self.calling(code, task)?;
        match call {
            Call::Kill { signal: own } if own == signal => {
                let named = self.named_process(task);
                require!(named == Some(process), "it sends to another process");
                self.answer_call(code, task, Reply::DONE);
            }
            Call::Send { pipe } | Call::TrySend { pipe } if signal == Signal::Pipe => {
                require!(process == self.task(task).process, "it is its own signal");
                let is_broken = self.pipe_takes(code, task, pipe) == PipeAnswer::Broken;
                require!(is_broken, "somebody reads from the pipe");
                self.threads[task.index()].phase = Phase::Broken;
            }
            _ => return Err("it sends no such signal"),
        }
        self.keep_seat(code, task, seat);
        self.post(code, process, signal);
        Ok(())
    }

    /// A signal has come to a process.
    pub(super) fn post(&mut self, code: &Code, process: ProcessId, signal: Signal) {
        let entry = &mut self.processes[process.index()];
        // The first process takes no signal that it has not asked for (signal(7)).
        if process == INIT || !entry.is_live() {
            return;
        }
        if code.config.os == OperatingSystem::Windows {
            // TerminateProcess; the signal's number is the exit code, as in Python's `os.kill`.
            let status = i32::from(signal.number());
            self.decide_end(code, process, status, Some(signal), None);
            return;
        }
        if let Disposition::Handle { .. } = entry.disposition(signal) {
            self.undelivered += u32::from(entry.pending & signal.bit() == 0);
            entry.pending |= signal.bit();
        } else if !entry.ignores(signal) {
            let status = -i32::from(signal.number());
            self.decide_end(code, process, status, Some(signal), None);
        }
    }

    #[inline(never)]
    pub(super) fn set_disposition(&mut self, code: &Code, task: TaskId, signal: Signal) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let Call::SetDisposition {
            signal: own,
            disposition,
        } = call
        else {
            return Err("it says nothing about signals");
        };
        require!(own == signal, "it speaks of another signal");
        require!(
            self.unsupported(code, call).is_none(),
            "there are no signals"
        );
        let process = &mut self.processes[self.tasks[task.index()].process.index()];
        process.set_disposition(signal, disposition);
        let is_handled = matches!(disposition, Disposition::Handle { .. });
        if !is_handled && process.pending & signal.bit() != 0 {
            process.pending &= !signal.bit();
            self.undelivered -= 1;
        }
        self.answer_call(code, task, Reply::DONE);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn set_alarm(&mut self, code: &Code, task: TaskId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let Call::SetAlarm { span } = call else {
            return Err("it sets no alarm clock");
        };
        require!(
            self.unsupported(code, call).is_none(),
            "there are no alarm clocks"
        );
        let at = (!span.is_zero()).then(|| self.now + span);
        let process = self.task(task).process;
        self.alarms.set(process, at);
        self.processes[process.index()].alarm = at;
        self.answer_call(code, task, Reply::DONE);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn ring(&mut self, code: &Code, task: TaskId, process: ProcessId) -> Legal {
        let is_due = if self.is_task_level() {
            // Each process looks at its own clock.
            let own = self.processes.get(process.index());
            own.and_then(|own| own.alarm)
                .is_some_and(|at| at <= self.now)
        } else {
            let first = self.alarms.first();
            first.is_some_and(|(at, own)| own == process && at <= self.now)
        };
        require!(is_due, "its alarm clock does not ring");
        let is_first = self.process(process).first == task;
        require!(is_first, "it is not the first thread");
        self.alarms.set(process, None);
        self.processes[process.index()].alarm = None;
        self.post(code, process, Signal::Alarm);
        Ok(())
    }

    /// A thread goes on in the handler of a signal.
    #[inline(never)]
    pub(super) fn deliver(&mut self, code: &Code, task: TaskId, signal: Signal) -> Legal {
        let id = self.task(task).process;
        let process = self.process(id);
        require!(
            process.pending & signal.bit() != 0,
            "no such signal was sent"
        );
        let Disposition::Handle { function, style } = process.disposition(signal) else {
            return Err("its process does not handle that signal");
        };
        let in_it = |kept: &Kept| kept.signal == signal;
        let is_in_handler = self.threads[task.index()].kept.iter().any(in_it);
        require!(!is_in_handler, "it is in that handler");
        let Some(script) = &code.script else {
            return Err("it has no handlers");
        };
        let state = self.task(task).state;
        match state {
            State::Running(cpu) if self.cpu(cpu).runs(task) => self.settle(code, task, cpu),
            State::Ready if self.is_task_level() => {}
            State::Blocked(reason) if self.is_interruptible(reason) => {
                self.leave_wait(code, task, reason)?;
            }
            _ => return Err("it cannot take a signal now"),
        }
        let is_blocked = matches!(state, State::Blocked(_));
        let thread = &mut self.threads[task.index()];
        let phase = match style {
            HandlerStyle::Interrupting if is_blocked => Phase::Interrupted,
            _ => thread.phase,
        };
        let kept = Kept {
            signal,
            step: self.tasks[task.index()].step,
            phase,
            deadline: thread.deadline.take(),
            program: script.interrupt(&mut thread.program, function, signal),
        };
        thread.kept.push(kept);
        (thread.phase, thread.is_outside) = (Phase::Ask, false);
        self.processes[id.index()].pending &= !signal.bit();
        self.undelivered -= 1;
        self.evaluate(code, task);
        if is_blocked {
            self.make_ready(code, task, Readied::Woken);
        } else {
            self.run_on_if_running(code, task);
        }
        Ok(())
    }

    /// The handler of a signal is over: the thread goes on where it was.
    #[inline(never)]
    pub(super) fn return_from_handler(&mut self, code: &Code, task: TaskId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(call == Call::ReturnFromHandler, "it goes on in the handler");
        let thread = &mut self.threads[task.index()];
        let Some(kept) = thread.kept.pop() else {
            return Err("it is in no handler");
        };
        thread.program.leave_handler(&kept.program);
        thread.phase = kept.phase;
        thread.deadline = kept.deadline;
        thread.is_outside = false;
        self.tasks[task.index()].step = kept.step;
        self.keep_seat(code, task, seat);
        Ok(())
    }
}
