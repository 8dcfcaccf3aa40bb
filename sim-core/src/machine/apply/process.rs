//! Processes and threads are made, waited for, adopted, and end.
//!
//! The file is long because a process comes and goes in many ways that change the same few fields.

use core::mem;
use std::collections::VecDeque;

use super::{Legal, Seat};
use crate::call::{Call, Denial, Disposition, Query, Reason, Reply, Signal};
use crate::ids::{ProcessId, TaskId, ThreadId};
use crate::machine::{
    Holder, Interpreter, Machine, Mode, Object, ObjectState, Pending, Phase, Process, ProcessState,
    State, Thread, Waited,
};
use crate::policy::{Context, Policy, Readied};
use crate::program::{Code, INIT, MAIN, OperatingSystem, Place};

impl Machine {
    #[inline(never)]
    pub(super) fn fork(&mut self, code: &Code, task: TaskId, process: ProcessId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(call == Call::Fork, "it does not fork");
        require!(self.unsupported(code, call).is_none(), "it cannot fork");
        let (child, thread) = self.take_process(code, process)?;
        self.copy_image(code, task, thread);
        let own = &self.threads[task.index()];
        let mut copy = Thread {
            kept: own.kept.clone(),
            ..Thread::new(own.program.clone())
        };
        copy.program.reply = Reply::of(0);
        self.threads[thread.index()] = copy;
        let mut entry = self.new_process(code, task, thread);
        let parent = self.process(self.task(task).process);
        entry.dispositions.clone_from(&parent.dispositions);
        if let Some(lock) = &mut entry.interpreter
            && parent
                .interpreter
                .as_ref()
                .is_some_and(|lock| lock.holder == Some(task))
        {
            // The copy's one thread has it, as in CPython (`PyOS_AfterFork_Child`).
            (lock.holder, lock.last) = (Some(thread), Some(thread));
        }
        self.processes.push(entry);
        self.begin_thread(code, thread, child);
        self.answer_call(code, task, Reply::of(i64::from(child.0) + 1));
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn spawn(&mut self, code: &Code, task: TaskId, process: ProcessId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let Call::Spawn { function } = call else {
            return Err("it does not make a process");
        };
        let (child, thread) = self.take_process(code, process)?;
        self.memory.extend(code.initial_memory());
        self.objects.extend(code.objects().map(Object::new));
        let own = i64::from(self.made.children) - 1;
        self.start_function(code, task, thread, function, own);
        let mut entry = self.new_process(code, task, thread);
        // What is ignored stays ignored (POSIX, posix_spawn); a handler is not there any more.
        entry.dispositions = ignored(self.process(self.task(task).process));
        self.processes.push(entry);
        self.begin_thread(code, thread, child);
        self.answer_call(code, task, Reply::of(i64::from(child.0) + 1));
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn start_thread(&mut self, code: &Code, task: TaskId, made: ThreadId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let Call::StartThread { function } = call else {
            return Err("it does not make a thread");
        };
        require!(self.has_room_for_thread(code), "there is no room for it");
        require!(made.0 == self.made.threads, "it is not the next thread");
        self.made.threads += 1;
        self.unused -= 1;
        let thread = code.slots.thread(made);
        self.start_function(code, task, thread, function, i64::from(made.0));
        let process = self.task(task).process;
        self.processes[process.index()].threads += 1;
        self.threads[thread.index()].processor = self.threads[task.index()].processor;
        self.begin_thread(code, thread, process);
        self.answer_call(code, task, Reply::of(i64::from(made.0)));
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// The process has a fresh image, in which the calling thread alone goes on.
    #[inline(never)]
    pub(super) fn execute(&mut self, code: &Code, task: TaskId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let Call::Execute { function } = call else {
            return Err("it does not get a fresh image");
        };
        require!(self.unsupported(code, call).is_none(), "it cannot do that");
        let process = self.task(task).process;
        let (words, objects) = (code.initial_memory(), code.objects().count());
        let image = process.index() - 1;
        let first = image * words.len();
        self.memory[first..first + words.len()].copy_from_slice(&words);
        for (place, kind) in (image * objects..).zip(code.objects()) {
            self.objects[place] = Object::new(kind);
        }
        let entry = &mut self.processes[process.index()];
        entry.dispositions = ignored(entry);
        entry.first = task;
        if let Some(lock) = &mut entry.interpreter {
            let holds = lock.holder == Some(task);
            *lock = Interpreter {
                holder: holds.then_some(task),
                last: holds.then_some(task),
                ..Interpreter::default()
            };
        }
        self.forget_signals(process);
        self.drop_late(code, process);
        self.end_threads(process, Some(task), None);
        let Thread {
            program,
            carrier,
            processor,
            network,
            ..
        } = &self.threads[task.index()];
        let (own, network) = (program.index(), *network);
        let (carrier, processor) = (*carrier, *processor);
        self.start_function(code, task, task, function, own);
        // The image is fresh, not what the kernel knows of the thread.
        let thread = &mut self.threads[task.index()];
        (thread.carrier, thread.processor, thread.network) = (carrier, processor, network);
        self.evaluate(code, task);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn join(&mut self, code: &Code, task: TaskId, thread: ThreadId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(call == Call::Join, "it joins no thread");
        require!(
            self.joined(code, task) == Some((thread, true)),
            "that thread has not ended"
        );
        self.answer_call(code, task, Reply::DONE);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn wait_for_child(&mut self, code: &Code, task: TaskId, child: ProcessId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(
            matches!(call, Call::WaitForChild | Call::TryWaitForChild),
            "it waits for no child"
        );
        // Of several the kernel takes one that it likes: its threads have lists of their own.
        let is_other = self.is_task_level()
            && matches!(self.waited(code, task), Waited::Ended(_))
            && self.is_zombie_of(child, task)
            && self.threads[task.index()].program.operands[0] == -1;
        require!(
            is_other || self.waited(code, task) == Waited::Ended(child),
            "that child has not ended"
        );
        let entry = self.process(child);
        let (status, last) = (i64::from(entry.status), entry.last);
        if entry.state == ProcessState::Zombie {
            self.pending.push_back(Pending::Reap(last));
            // Whoever waits for the same one learns that it has gone.
            self.wake_waiting(self.task(task).process, task);
        }
        let reply = Reply {
            second: status,
            ..Reply::of(i64::from(child.0) + 1)
        };
        self.answer_call(code, task, reply);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// Whether a process has ended and the process of a task has to wait for it.
    fn is_zombie_of(&self, child: ProcessId, task: TaskId) -> bool {
        self.processes.get(child.index()).is_some_and(|entry| {
            entry.parent == self.task(task).process && entry.state == ProcessState::Zombie
        })
    }

    /// The kernel does not do what a task asks.
    #[inline(never)]
    pub(super) fn deny(&mut self, code: &Code, task: TaskId, denial: Denial) -> Legal {
        let (seat, _) = self.calling(code, task)?;
        require!(
            self.denial(code, task) == Some(denial),
            "the kernel does what it asks"
        );
        self.answer_call(code, task, Reply::denied(denial));
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn ask(&mut self, code: &Code, task: TaskId, query: Query) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(call == Call::Ask { query }, "it asks something else");
        let own = self.task(task).process;
        let process = match query {
            Query::Own => own,
            Query::Parent => self.process(own).parent,
        };
        self.answer_call(code, task, Reply::of(i64::from(process.0) + 1));
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn adopt(&mut self, task: TaskId, process: ProcessId) -> Legal {
        require!(
            self.take_pending(Pending::Adopt(process)),
            "it is no orphan"
        );
        let entry = &mut self.processes[process.index()];
        require!(entry.first == task, "it is not the first thread");
        entry.parent = INIT;
        if entry.state == ProcessState::Zombie {
            self.pending.push_back(Pending::Reap(entry.last));
        }
        Ok(())
    }

    /// A thread ends because its process does, wherever it is.
    #[inline(never)]
    pub(super) fn end_thread(
        &mut self,
        code: &Code,
        task: TaskId,
        signal: Option<Signal>,
    ) -> Legal {
        require!(
            self.take_pending(Pending::End { task, signal }),
            "its process goes on"
        );
        self.take_out(code, task)?;
        self.tasks[task.index()].enter(State::Zombie, self.now);
        self.ended(code, task);
        Ok(())
    }

    /// Takes a task away from wherever it is.
    fn take_out(&mut self, code: &Code, task: TaskId) -> Legal {
        let now = self.now;
        match self.task(task).state {
            State::Running(id) => {
                self.settle_if_running(code, task);
                let cpu = &mut self.cpus[id.index()];
                if !cpu.runs(task) {
                    // It has its CPU, which works for the kernel.
                    let span = now.since(cpu.since);
                    self.tasks[task.index()].accounting.waiting += span;
                    if let Mode::Switching { .. } = cpu.mode {
                        cpu.kernel += span;
                    }
                }
                match &mut cpu.mode {
                    // The handler goes on; nobody's program does after it.
                    Mode::Handling { interrupted, .. } | Mode::Receiving { interrupted, .. } => {
                        *interrupted = None;
                    }
                    _ => {
                        cpu.since = now;
                        cpu.release();
                    }
                }
            }
            State::Ready => {
                self.ready -= 1;
                if !self.is_task_level() {
                    self.scheduler.remove(&context!(self, code), task);
                }
            }
            State::New => {
                self.leave_admission(task);
            }
            State::Blocked(reason) => {
                self.charge_waiting_for_data(task);
                self.leave_wait(code, task, reason)?;
            }
            State::Absent | State::Zombie | State::Exited | State::Outside(_) => {
                return Err("it is not there");
            }
        }
        self.abandon_copy(code, task);
        let thread = &mut self.threads[task.index()];
        (thread.phase, thread.deadline, thread.is_outside) = (Phase::Ask, None, false);
        thread.kept.clear();
        self.leave_carrier(task, None);
        let process = self.task(task).process;
        if let Some(lock) = &mut self.processes[process.index()].interpreter {
            lock.holder = lock.holder.filter(|holder| *holder != task);
            lock.forced = lock.forced.filter(|forced| *forced != task);
        }
        Ok(())
    }

    fn settle_if_running(&mut self, code: &Code, task: TaskId) {
        if let State::Running(id) = self.task(task).state
            && self.cpus[id.index()].runs(task)
        {
            self.settle(code, task, id);
        }
    }

    /// A blocked task stands nowhere in line any more.
    pub(super) fn leave_wait(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        if self.is_task_level() && reason.is_kernels() {
            // What would have woken it came to nothing: another was there before it.
            let wakes = |next: &Pending| matches!(next, Pending::Wake { task: other, .. } if *other == task);
            self.pending.retain(|next| !wakes(next));
        }
        let process = self.task(task).process.index();
        let waiting = match reason {
            Reason::Object(object) => {
                self.stop_waiting(object, task);
                return Ok(());
            }
            Reason::PipeEmpty(pipe) => &mut self.pipes[pipe.index()].readers_waiting,
            Reason::PipeFull(pipe) => &mut self.pipes[pipe.index()].writers_waiting,
            Reason::Child => &mut self.processes[process].waiting,
            Reason::Thread(_) => &mut self.processes[process].joining,
            Reason::Interpreter => match &mut self.processes[process].interpreter {
                Some(lock) => &mut lock.waiting,
                None => return Err("there is no interpreter lock"),
            },
            Reason::Carrier => {
                self.leave_run_queue(task);
                return Ok(());
            }
            Reason::Sleep => {
                self.leave_timeouts(task);
                return Ok(());
            }
            Reason::Connection(_)
            | Reason::Connect(_)
            | Reason::Data(_)
            | Reason::Room(_)
            | Reason::Completion => {
                self.stop_waiting_at_network(code, task, reason);
                self.leave_timeouts(task);
                return Ok(());
            }
            Reason::Disk | Reason::Period => return Err("nothing ends that wait"),
        };
        waiting.retain(|other| *other != task);
        self.leave_timeouts(task);
        Ok(())
    }

    /// A task's time limit is watched no more; it is kept, for a call that is made again.
    pub(super) fn leave_timeouts(&mut self, task: TaskId) {
        let thread = self.threads.get(task.index());
        if let Some(deadline) = thread.and_then(|thread| thread.deadline) {
            self.timeouts.remove(deadline, task);
        }
    }

    /// A thread of a process has ended: who joins it is woken; the last one takes the process along.
    #[lockstep_part::later(Machine)]
    pub(super) fn thread_ended(&mut self, code: &Code, task: TaskId) {
        let id = self.task(task).process;
        let joins = |other: &TaskId| {
            // Who ends too is not woken.
            let ends = |next: &Pending| matches!(next, Pending::End { task, .. } if task == other);
            if self.pending.iter().any(ends) {
                return false;
            }
            let joined = self.joined(code, *other);
            joined.is_some_and(|(thread, _)| code.slots.thread(thread) == task)
        };
        let joining = self.process(id).joining.iter().copied();
        let woken: Vec<_> = joining.filter(joins).collect();
        for other in woken {
            self.processes[id.index()]
                .joining
                .retain(|each| *each != other);
            self.wake_in_kernel(other, task);
        }
        let process = &mut self.processes[id.index()];
        process.threads -= 1;
        process.last = task;
        if process.threads > 0 {
            self.pending.push_back(Pending::Reap(task));
        } else {
            self.process_ended(code, id);
        }
    }

    /// A process has no threads any more.
    fn process_ended(&mut self, code: &Code, id: ProcessId) {
        self.forget_signals(id);
        self.alarms.set(id, None);
        let process = &mut self.processes[id.index()];
        process.alarm = None;
        let (parent, last) = (process.parent, process.last);
        let ends = mem::take(&mut process.ends);
        for (pipe, ends) in ends.iter().enumerate() {
            self.give_up_ends(pipe, *ends, last);
        }
        self.close_all(code, Holder::Process(id.0), last);
        if code.config.os == OperatingSystem::Windows {
            self.processes[id.index()].state = ProcessState::Gone;
            for place in 0..self.processes.len() {
                self.wake_waiting(ProcessId::from_index(place), last);
            }
            if self.task(last).state == State::Zombie {
                self.pending.push_back(Pending::Reap(last));
            }
            return;
        }
        self.processes[id.index()].state = ProcessState::Zombie;
        let all = (0..).map(ProcessId).zip(&self.processes);
        let orphans =
            all.filter(|(_, child)| child.parent == id && child.state != ProcessState::Gone);
        self.pending
            .extend(orphans.map(|(child, _)| Pending::Adopt(child)));
        let disposition = self.process(parent).disposition(Signal::Child);
        if self.task(last).state == State::Exited {
            // Only tasks were left that have not come: nobody is there to be reaped.
            self.processes[id.index()].state = ProcessState::Gone;
        } else if parent == INIT || disposition == Disposition::Ignore {
            self.pending.push_back(Pending::Reap(last));
        }
        self.wake_waiting(parent, last);
        if let Disposition::Handle { .. } = disposition {
            self.pending.push_back(Pending::Raise {
                process: parent,
                signal: Signal::Child,
                by: last,
            });
        }
    }

    /// It is decided how a process ends: all its threads do, but for one that has come to its end.
    #[lockstep_part::later(Machine)]
    pub(super) fn decide_end(
        &mut self,
        code: &Code,
        process: ProcessId,
        status: i32,
        signal: Option<Signal>,
        but: Option<TaskId>,
    ) {
        let entry = &mut self.processes[process.index()];
        entry.state = ProcessState::Ending;
        entry.status = status;
        self.forget_signals(process);
        self.drop_late(code, process);
        self.end_threads(process, but, signal);
        if self.process(process).threads == 0 {
            self.process_ended(code, process);
        }
    }

    fn end_threads(&mut self, process: ProcessId, but: Option<TaskId>, signal: Option<Signal>) {
        let others: Vec<_> = self.threads_of(process).collect();
        let others = others.into_iter().filter(|task| Some(*task) != but);
        let end = |task| Pending::End { task, signal };
        self.pending.extend(others.map(end));
    }

    /// Tasks that have not come do not come any more: their process ends.
    fn drop_late(&mut self, code: &Code, process: ProcessId) {
        if process != MAIN {
            return;
        }
        let late = code.slots.declared - self.peers - self.arrived;
        let tasks = (self.arrived..code.slots.declared).filter_map(|place| code.arrival(place));
        let inside = tasks.filter(|task| code.job(*task).place == Place::Inside);
        let inside = u32::try_from(inside.count()).unwrap_or(u32::MAX);
        self.arrived += late;
        self.dropped += late;
        self.unused += inside;
        self.processes[process.index()].threads -= inside;
    }

    /// Signals that were sent to a process are not delivered any more.
    fn forget_signals(&mut self, process: ProcessId) {
        let pending = mem::take(&mut self.processes[process.index()].pending);
        self.undelivered -= pending.count_ones();
    }

    /// Whoever of a process waits for a child looks again.
    fn wake_waiting(&mut self, process: ProcessId, by: TaskId) {
        let waiting = mem::take(&mut self.processes[process.index()].waiting);
        for task in waiting {
            self.wake_in_kernel(task, by);
        }
    }

    /// A task that has been taken out of a queue of the kernel will try again.
    pub(super) fn wake_in_kernel(&mut self, task: TaskId, by: TaskId) {
        self.leave_timeouts(task);
        self.pending.push_back(Pending::Wake { task, by });
    }

    fn take_process(
        &mut self,
        code: &Code,
        process: ProcessId,
    ) -> Result<(ProcessId, TaskId), &'static str> {
        require!(self.has_room_for_process(code), "there is no room for it");
        let (next, thread) = self.next_process(code);
        require!(next == process, "it is not the next process");
        self.made.children += 1;
        self.unused -= 1;
        Ok((next, thread))
    }

    /// A process that a task makes: it holds the ends of pipes that its parent holds.
    fn new_process(&mut self, code: &Code, task: TaskId, thread: TaskId) -> Process {
        let parent = self.task(task).process;
        let ends = self.process(parent).ends.clone();
        for (pipe, ends) in self.pipes.iter_mut().zip(&ends) {
            pipe.readers += u32::from(ends.reads);
            pipe.writers += u32::from(ends.writes);
        }
        let made = ProcessId::from_index(self.processes.len());
        self.copy_sockets(parent, made);
        Process {
            ends,
            ..Process::new(code, parent, thread, 1)
        }
    }

    /// The memory and the objects of a task's process are copied; what the task itself holds is held by
    /// the copy's thread, and what other threads hold stays held, by threads that are not there.
    fn copy_image(&mut self, code: &Code, task: TaskId, thread: TaskId) {
        let image = self.task(task).process.index() - 1;
        let (words, objects) = (code.initial_memory().len(), code.objects().count());
        let (first, end) = (image * words, (image + 1) * words);
        self.memory.extend_from_within(first..end);
        for place in image * objects..(image + 1) * objects {
            let mut copy = Object {
                state: self.objects[place].state.clone(),
                waiting: VecDeque::new(),
            };
            let own = |holder: &mut TaskId| {
                if *holder == task {
                    *holder = thread;
                }
            };
            match &mut copy.state {
                ObjectState::Lock { owner: holder }
                | ObjectState::RecursiveLock { owner: holder, .. } => {
                    holder.iter_mut().for_each(own);
                }
                ObjectState::ReadersWriter { readers, writer } => {
                    readers.iter_mut().chain(writer).for_each(own);
                }
                _ => {}
            }
            self.objects.push(copy);
        }
    }

    /// A thread stands at the beginning of a function, with the arguments that the caller holds ready.
    fn start_function(
        &mut self,
        code: &Code,
        caller: TaskId,
        thread: TaskId,
        function: u16,
        own: i64,
    ) {
        if let Some(script) = &code.script {
            let program = script.begin(&self.threads[caller.index()].program, function, own);
            self.threads[thread.index()] = Thread::new(program);
        }
    }

    /// A thread that was made becomes ready.
    fn begin_thread(&mut self, code: &Code, thread: TaskId, process: ProcessId) {
        let entry = &mut self.tasks[thread.index()];
        entry.process = process;
        entry.released = self.now;
        self.evaluate(code, thread);
        self.make_ready(code, thread, Readied::New);
    }

    /// A thread goes on to its next call.
    pub(super) fn evaluate(&mut self, code: &Code, task: TaskId) {
        let entry = &mut self.tasks[task.index()];
        let program = &mut self.threads[task.index()].program;
        entry.step = code.evaluate(task, entry.process, program);
    }

    /// Who asks the kernel to wait stands in a line of it, with its time limit.
    pub(super) fn wait_in_kernel(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        let process = self.task(task).process.index();
        match reason {
            Reason::Child => {
                let is_nobody = self.waited(code, task) == Waited::NotYet;
                require!(is_nobody, "a child has ended, or there is none");
                self.processes[process].waiting.push_back(task);
            }
            Reason::Thread(thread) => {
                let goes_on = self.joined(code, task) == Some((thread, false));
                require!(goes_on, "that thread has ended");
                self.processes[process].joining.push_back(task);
            }
            _ => {}
        }
        self.watch_limit(code, task);
        Ok(())
    }

    /// A task that waits gives up at its time limit, where it has one.
    pub(super) fn watch_limit(&mut self, code: &Code, task: TaskId) {
        let Some(thread) = self.threads.get_mut(task.index()) else {
            return;
        };
        if let (Some(timeout), None) = (thread.program.timeout, thread.deadline) {
            thread.deadline = Some(self.now + code.timer(task, timeout));
        }
        if let Some(deadline) = thread.deadline {
            self.timeouts.insert(deadline, task);
        }
    }

    /// It runs on where it ran, if it did.
    pub(super) fn run_on_if_running(&mut self, code: &Code, task: TaskId) {
        if let State::Running(id) = self.task(task).state {
            self.keep_seat(code, task, Seat::Cpu(id));
        }
    }
}

/// What a process ignores: that stays so for a fresh image; handlers do not (POSIX, exec).
fn ignored(process: &Process) -> Vec<(Signal, Disposition)> {
    let set = process.dispositions.iter().copied();
    set.filter(|(_, disposition)| *disposition == Disposition::Ignore)
        .collect()
}
