//! Jobs come, are loaded, meet their periods and end.

use super::{Legal, Seat};
use crate::call::{Call, Fault, Reason};
use crate::ids::{PartitionId, TaskId};
use crate::machine::{Ends, Holder, Machine, Pending, ProcessState, State};
use crate::policy::Readied;
use crate::program::{Code, FaultEnds, Place};
use crate::time::Span;

/// The exit status of a process that ends because of an error that it found itself (`EXIT_FAILURE`).
const FAILED: i32 = 1;

impl Machine {
    #[inline(never)]
    pub(super) fn arrive(&mut self, code: &Code, task: TaskId) -> Legal {
        let job = code.job(task);
        let next = match job.place {
            Place::Inside => code.arrival(self.arrived),
            Place::Outside => code
                .peer_arrival(self.network.arrived)
                .map(|(_, task)| task),
        };
        require!(next == Some(task), "it is not the next to arrive");
        // Nothing comes to the nanosecond on a real system, and nothing too early.
        let is_late = self.is_task_level() && self.now > job.arrival;
        require!(
            self.now == job.arrival || is_late,
            "it arrives at another time"
        );
        match job.place {
            Place::Inside => self.arrived += 1,
            Place::Outside => self.network.arrived += 1,
        }
        let entry = &mut self.tasks[task.index()];
        entry.enter(State::New, self.now);
        entry.released = self.now;
        self.finish_call(code, task);
        if job.place == Place::Outside {
            self.tasks[task.index()].enter(State::Outside(None), self.now);
            self.pending.push_back(Pending::Outside(task));
            return Ok(());
        }
        self.set_deadline(code, task);
        self.admission.push_back(task);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn admit(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(
            self.partitions.is_empty(),
            "memory is modelled: it must be loaded somewhere"
        );
        require!(self.leave_admission(task), "it does not wait for admission");
        self.make_ready(code, task, Readied::New);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn load(&mut self, code: &Code, task: TaskId, partition: PartitionId) -> Legal {
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
    pub(super) fn leave_admission(&mut self, task: TaskId) -> bool {
        if self.admission.front() == Some(&task) {
            self.admission.pop_front();
            return true;
        }
        let place = self.admission.iter().position(|waiting| *waiting == task);
        place
            .and_then(|place| self.admission.remove(place))
            .is_some()
    }

    #[inline(never)]
    pub(super) fn release(&mut self, code: &Code, task: TaskId) -> Legal {
        let period = code.job(task).period.unwrap_or_default();
        match self.task(task).state {
            State::Blocked(Reason::Period) => {
                let is_due = if self.is_task_level() {
                    // Timers of requests that are done may be ahead of it, see `take_request`.
                    let is_due = self.timers.of(task).is_some_and(|at| at <= self.now);
                    is_due && self.timers.remove(task)
                } else {
                    self.take_timer(task)
                };
                require!(is_due, "its period has not begun");
                self.begin_period(code, task, period);
                self.make_ready(code, task, Readied::Woken);
            }
            State::Running(_) | State::Ready => {
                let (seat, call) = self.calling(code, task)?;
                require!(call == Call::NextPeriod, "it does not wait for its period");
                require!(
                    self.task(task).released + period <= self.now,
                    "its period is ahead"
                );
                self.begin_period(code, task, period);
                self.keep_seat(code, task, seat);
            }
            _ => return Err("it does not wait for its period"),
        }
        Ok(())
    }

    pub(super) fn begin_period(&mut self, code: &Code, task: TaskId, period: Span) {
        self.forget_deadline(task);
        self.tasks[task.index()].released += period;
        self.finish_call(code, task);
        self.set_deadline(code, task);
    }

    pub(super) fn set_deadline(&mut self, code: &Code, task: TaskId) {
        let job = code.job(task);
        let entry = &mut self.tasks[task.index()];
        entry.deadline = job.deadline.map(|span| entry.released + span);
        if let Some(deadline) = entry.deadline {
            self.deadlines.insert(deadline, task);
        }
    }

    pub(super) fn forget_deadline(&mut self, task: TaskId) {
        if let Some(deadline) = self.task(task).deadline {
            self.deadlines.remove(deadline, task);
        }
    }

    #[inline(never)]
    pub(super) fn miss_deadline(&mut self, task: TaskId) -> Legal {
        let is_due = self.deadlines.take_due(task, self.now);
        require!(is_due, "no deadline of it has passed");
        self.tasks[task.index()].accounting.missed += 1;
        Ok(())
    }

    #[inline(never)]
    pub(super) fn exit(&mut self, code: &Code, task: TaskId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        match call {
            Call::Exit { status } if self.is_thread(code, task) => {
                let process = self.task(task).process;
                self.decide_end(code, process, status.into(), None, Some(task));
            }
            Call::Exit { .. } | Call::EndThread => {}
            _ => return Err("its program has not ended"),
        }
        self.end(code, task, seat)
    }

    /// Whether it is a thread of one of the processes of a script; peers are not, and jobs are processes
    /// of their own.
    fn is_thread(&self, code: &Code, task: TaskId) -> bool {
        !self.processes.is_empty() && code.job(task).place == Place::Inside
    }

    /// What an uncaught exception does to a thread: it ends, and what it holds stays held. Where faults
    /// end the process, a signal does.
    #[inline(never)]
    pub(super) fn fail(&mut self, code: &Code, task: TaskId, fault: Fault) -> Legal {
        let (seat, _) = self.calling(code, task)?;
        require!(self.fault(code, task) == Some(fault), "it has not failed");
        self.fail_with_socket(code, task, fault);
        if !self.is_thread(code, task) {
            return self.end(code, task, seat);
        }
        if let Some(process) = self
            .processes
            .get_mut(self.tasks[task.index()].process.index())
        {
            if code.config.fault_ends == FaultEnds::Process {
                let (id, signal) = (self.tasks[task.index()].process, fault.signal());
                let status = signal.map_or(FAILED, |signal| -i32::from(signal.number()));
                self.decide_end(code, id, status, signal, Some(task));
            } else if process.first == task {
                process.status = FAILED;
            }
        }
        self.end(code, task, seat)
    }

    /// A task that runs ends.
    fn end(&mut self, code: &Code, task: TaskId, seat: Seat) -> Legal {
        require!(
            self.is_without_interpreter(task),
            "it holds the interpreter lock"
        );
        let kept = self.kept_by(seat);
        self.leave_seat(task, seat, State::Zombie);
        self.ended(code, task);
        self.leave_carrier(task, kept);
        Ok(())
    }

    /// A task has ended: what it had is free.
    pub(super) fn ended(&mut self, code: &Code, task: TaskId) {
        let entry = &mut self.tasks[task.index()];
        entry.accounting.completion = Some(self.now);
        if let Some(partition) = entry.partition.take() {
            self.partitions[partition.index()].task = None;
        }
        self.forget_deadline(task);
        if self.is_thread(code, task) {
            self.thread_ended(code, task);
            return;
        }
        if code.job(task).place == Place::Outside {
            self.close_all(code, Holder::Peer(task), task);
            self.pending.push_back(Pending::Reap(task));
            return;
        }
        for pipe in 0..self.pipes.len() {
            let ends = Ends {
                reads: false,
                writes: code.job(task).writes[pipe],
            };
            self.give_up_ends(pipe, ends, task);
        }
        self.pending.push_back(Pending::Reap(task));
    }

    #[inline(never)]
    pub(super) fn reap(&mut self, code: &Code, task: TaskId) -> Legal {
        require!(
            self.take_pending(Pending::Reap(task)),
            "nobody waits for it"
        );
        self.tasks[task.index()].enter(State::Exited, self.now);
        self.exited += u32::from(code.job(task).place == Place::Inside);
        let process = self.task(task).process.index();
        if let Some(process) = self.processes.get_mut(process)
            && process.state == ProcessState::Zombie
            && process.last == task
        {
            process.state = ProcessState::Gone;
        }
        Ok(())
    }
}
