//! Processes: what their threads have in common, and what they are to each other.
//!
//! A process is a unit of resources: memory, objects, ends of pipes, what is to be done with signals.
//! Its threads are what runs. Processes of workloads have one thread each and nothing of this. The file
//! is long because what the kernel answers stands beside the state that it looks at.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Answer, Carriers, Interpreter, Machine, ObjectState, Phase, State};
use crate::call::{Call, Denial, Disposition, Fault, PipeEnd, Reason, Signal};
use crate::event::EventKind;
use crate::ids::{PipeId, ProcessId, TaskId, ThreadId};
use crate::program::{Code, INIT, MAIN, OperatingSystem, Slots, limits};
use crate::sort::sort_by_key;
use crate::time::Time;

/// A process of a script.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Process {
    /// Its parent: who made it, or the first process.
    pub parent: ProcessId,
    /// Its state.
    pub state: ProcessState,
    /// Its exit status, once it ends: what it exited with, or minus the number of the signal that
    /// ended it.
    pub status: i32,
    /// Its first thread.
    pub first: TaskId,
    /// The thread that ended last, while the process is a zombie.
    pub last: TaskId,
    /// How many of its threads have not ended.
    pub threads: u32,
    /// What is to be done with signals, where that is not the default; in the order of signals.
    pub dispositions: Vec<(Signal, Disposition)>,
    /// The signals that were sent and not yet delivered, as a set of their numbers.
    pub pending: u32,
    /// When its alarm clock rings.
    pub alarm: Option<Time>,
    /// Which ends of each pipe it holds open.
    pub ends: Vec<Ends>,
    /// Its threads that wait for a child, in order.
    pub waiting: VecDeque<TaskId>,
    /// Its threads that join others, in order.
    pub joining: VecDeque<TaskId>,
    /// Its interpreter lock, where it has one.
    pub interpreter: Option<Interpreter>,
    /// The kernel threads that its threads share, where these are user-level threads.
    pub carriers: Option<Carriers>,
}

/// The states of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ProcessState {
    /// Its threads run.
    Live,
    /// It is decided how it ends; its threads are being ended.
    Ending,
    /// It has ended; its parent has not collected its exit status.
    Zombie,
    /// It has ended, and on UNIX nothing is left of it.
    Gone,
}

/// Which ends of a pipe a process holds open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Ends {
    /// Whether it can read from it.
    pub reads: bool,
    /// Whether it can write into it.
    pub writes: bool,
}

impl Process {
    /// A process that begins with one thread, or with several.
    pub(super) fn new(code: &Code, parent: ProcessId, first: TaskId, threads: u32) -> Self {
        Self {
            parent,
            state: ProcessState::Live,
            status: 0,
            first,
            last: first,
            threads,
            dispositions: Vec::new(),
            pending: 0,
            alarm: None,
            ends: Vec::new(),
            waiting: VecDeque::new(),
            joining: VecDeque::new(),
            interpreter: code.config.interpreter.map(|_| Interpreter::default()),
            carriers: Carriers::new(code.config.threads),
        }
    }

    /// Whether it has threads that run.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.state, ProcessState::Live)
    }

    /// What is to be done with a signal.
    #[must_use]
    pub fn disposition(&self, signal: Signal) -> Disposition {
        let set = self.dispositions.iter().find(|(own, _)| *own == signal);
        set.map_or(Disposition::Default, |(_, disposition)| *disposition)
    }

    pub(super) fn set_disposition(&mut self, signal: Signal, disposition: Disposition) {
        self.dispositions.retain(|(own, _)| *own != signal);
        if disposition != Disposition::Default {
            self.dispositions.push((signal, disposition));
            sort_by_key(&mut self.dispositions, |(signal, _)| *signal);
        }
    }

    /// Whether a signal makes no difference to it.
    #[must_use]
    pub fn ignores(&self, signal: Signal) -> bool {
        match self.disposition(signal) {
            Disposition::Ignore => true,
            Disposition::Default => signal.is_ignored_by_default(),
            Disposition::Handle { .. } => false,
        }
    }

    /// Whether it holds an end of a pipe open.
    #[must_use]
    pub fn holds(&self, pipe: PipeId, end: PipeEnd) -> bool {
        let ends = self.ends.get(pipe.index());
        ends.is_some_and(|ends| match end {
            PipeEnd::Read => ends.reads,
            PipeEnd::Write => ends.writes,
        })
    }

    /// The memory that a copy takes, in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(self.dispositions.as_slice())
            + size_of_val(self.ends.as_slice())
            + self.carriers.as_ref().map_or(0, Carriers::bytes)
    }

    /// What decides how it goes on, as canonical bytes; see
    /// [`Machine::control_state`](super::Machine::control_state).
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.parent.0.to_le_bytes());
        bytes.push(self.state as u8);
        bytes.extend(self.status.to_le_bytes());
        bytes.extend(self.pending.to_le_bytes());
        bytes.push(u8::from(self.alarm.is_some()));
        bytes.extend((self.dispositions.len() as u64).to_le_bytes());
        for (signal, disposition) in &self.dispositions {
            bytes.push(signal.number());
            bytes.extend(match disposition {
                Disposition::Default => [0; 4],
                Disposition::Ignore => [1, 0, 0, 0],
                Disposition::Handle { function, style } => {
                    let [low, high] = function.to_le_bytes();
                    [2, *style as u8, low, high]
                }
            });
        }
        if let Some(carriers) = &self.carriers {
            carriers.control(bytes);
        }
        for ends in &self.ends {
            bytes.push(u8::from(ends.reads) | u8::from(ends.writes) << 1);
        }
    }
}

/// The alarm clocks that are set, the earliest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Alarms(Vec<(Time, ProcessId)>);

impl Alarms {
    /// The next that rings; of those that ring at one moment, that of the first process.
    #[must_use]
    pub fn first(&self) -> Option<(Time, ProcessId)> {
        self.0.first().copied()
    }

    pub(super) fn set(&mut self, process: ProcessId, at: Option<Time>) {
        self.0.retain(|(_, own)| *own != process);
        if let Some(at) = at {
            let place = self.0.partition_point(|alarm| *alarm < (at, process));
            self.0.insert(place, (at, process));
        }
    }
}

/// How many processes and threads were made at run time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Made {
    /// Processes.
    pub children: u16,
    /// Threads.
    pub threads: u16,
    /// The task of the first of these threads; those of the others follow.
    pub first_thread: u32,
}

impl Made {
    /// Both.
    #[must_use]
    pub fn count(self) -> u32 {
        u32::from(self.children) + u32::from(self.threads)
    }
}

/// What the kernel says to a task that waits for a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited {
    /// This one has ended.
    Ended(ProcessId),
    /// None of them has.
    NotYet,
    /// There is none to wait for.
    NoChild,
    /// It cannot be asked that.
    Fault(Fault),
}

/// What a pipe says to who writes into it or reads from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PipeAnswer {
    /// It is done.
    Done,
    /// It has to wait.
    Wait,
    /// It is empty, and no writer is left.
    Ended,
    /// Nobody reads from it any more: SIGPIPE is due.
    Broken,
    /// It cannot be asked that.
    Fault(Fault),
}

impl Machine {
    /// A process of a script.
    #[must_use]
    pub fn process(&self, process: ProcessId) -> &Process {
        &self.processes[process.index()]
    }

    /// The process of a task of a script; none for a job of a workload.
    #[must_use]
    pub fn process_of(&self, task: TaskId) -> Option<&Process> {
        self.processes.get(self.task(task).process.index())
    }

    /// The interpreter lock of a task's process, where it has one.
    #[must_use]
    pub fn interpreter_of(&self, task: TaskId) -> Option<&Interpreter> {
        self.process_of(task)?.interpreter.as_ref()
    }

    /// The interpreter lock of the script's own process, where it has one.
    #[must_use]
    pub fn interpreter(&self) -> Option<&Interpreter> {
        self.processes.get(MAIN.index())?.interpreter.as_ref()
    }

    /// What people call a process: `init`, or the name of its first thread.
    #[must_use]
    pub fn process_name<'a>(&self, code: &'a Code, process: ProcessId) -> &'a str {
        if process == INIT {
            return "init";
        }
        let first = match process {
            MAIN => TaskId(0),
            made => code.slots.first_thread(made),
        };
        code.jobs.get(first.index()).map_or("", |job| &job.name)
    }

    /// The thread that a blocked task joins.
    #[must_use]
    pub fn joined_by(&self, task: TaskId) -> Option<TaskId> {
        match self.task(task).state {
            State::Blocked(Reason::Thread(thread)) => {
                Some(TaskId(self.made.first_thread + u32::from(thread.0)))
            }
            _ => None,
        }
    }

    /// The processes that hold an end of a pipe open.
    pub fn holders_of(&self, pipe: PipeId, end: PipeEnd) -> impl Iterator<Item = ProcessId> {
        let processes = (0..).map(ProcessId).zip(&self.processes);
        let holders = processes.filter(move |(_, process)| process.holds(pipe, end));
        holders.map(|(id, _)| id)
    }

    /// When a task entered the system, or will: a job at its arrival, others when they were made.
    #[must_use]
    pub fn arrival(&self, code: &Code, task: TaskId) -> Time {
        if code.slots.count() > 0 && !code.slots.is_declared(task) {
            self.task(task).released
        } else {
            code.job(task).arrival
        }
    }

    /// The threads of a process that are in the system, in order.
    pub fn threads_of(&self, process: ProcessId) -> impl Iterator<Item = TaskId> {
        let tasks = (0..).map(TaskId).zip(&self.tasks);
        let own = tasks.filter(move |(_, task)| task.process == process && task.is_live());
        own.map(|(task, _)| task)
    }

    /// Whether there is room for another process: a place in the process table, and memory.
    #[must_use]
    pub fn has_room_for_process(&self, code: &Code) -> bool {
        let script = code.script.as_ref();
        let things = script.map_or(0, |script| script.words().max(script.objects.len()));
        // The first process has no image, so that there is one less than there are processes.
        let images = self.processes.len();
        self.made.children < code.slots.children && images * things <= limits::ALL_IMAGES
    }

    /// Whether there is room for another thread.
    #[must_use]
    pub fn has_room_for_thread(&self, code: &Code) -> bool {
        self.made.threads < code.slots.threads
    }

    /// The process that would be made next, and its thread.
    pub(crate) fn next_process(&self, code: &Code) -> (ProcessId, TaskId) {
        let process = Slots::process(self.made.children);
        (process, code.slots.first_thread(process))
    }

    /// The thread that would be made next.
    pub(crate) const fn next_thread(&self) -> ThreadId {
        ThreadId(self.made.threads)
    }

    /// The number that a task joins, asks for or sends to.
    fn operand(&self, task: TaskId) -> i64 {
        let thread = self.threads.get(task.index());
        thread.map_or(0, |thread| thread.program.operands[0])
    }

    /// The process with the number that a task names, if it is still there.
    #[must_use]
    pub fn named_process(&self, task: TaskId) -> Option<ProcessId> {
        let place = usize::try_from(self.operand(task)).ok()?.checked_sub(1)?;
        let process = self.processes.get(place)?;
        (process.state != ProcessState::Gone).then(|| ProcessId::from_index(place))
    }

    /// What a task is told that waits for a child.
    #[must_use]
    pub fn waited(&self, code: &Code, task: TaskId) -> Waited {
        let own = self.task(task).process;
        let which = self.operand(task);
        if code.config.os == OperatingSystem::Windows {
            return self.waited_for_handle(own, which);
        }
        // As POSIX has it: -1 is any child.
        let is_wanted = |place: usize| which == -1 || usize::try_from(which) == Ok(place + 1);
        let all = self.processes.iter().enumerate();
        let children = all.filter(|(place, process)| {
            process.parent == own && *place != INIT.index() && is_wanted(*place)
        });
        let mut answer = Waited::NoChild;
        for (place, child) in children {
            match child.state {
                ProcessState::Zombie => return Waited::Ended(ProcessId::from_index(place)),
                ProcessState::Live | ProcessState::Ending => answer = Waited::NotYet,
                ProcessState::Gone => {}
            }
        }
        answer
    }

    /// On Windows whoever knows a process waits for it, as often as it likes; there is no *any child*.
    fn waited_for_handle(&self, own: ProcessId, which: i64) -> Waited {
        if which == -1 {
            return Waited::Fault(Fault::NotSupported);
        }
        let place = usize::try_from(which)
            .ok()
            .and_then(|pid| pid.checked_sub(1));
        let process = place.and_then(|place| Some((place, self.processes.get(place)?)));
        match process {
            Some((place, process)) if place != INIT.index() && place != own.index() => {
                match process.state {
                    ProcessState::Live | ProcessState::Ending => Waited::NotYet,
                    ProcessState::Zombie | ProcessState::Gone => {
                        Waited::Ended(ProcessId::from_index(place))
                    }
                }
            }
            _ => Waited::NoChild,
        }
    }

    /// The thread that a task joins, and whether it has ended; none where it is no other thread of its
    /// process.
    #[must_use]
    pub fn joined(&self, code: &Code, task: TaskId) -> Option<(ThreadId, bool)> {
        let thread = u16::try_from(self.operand(task)).ok()?;
        if thread >= self.made.threads {
            return None;
        }
        let other = code.slots.thread(ThreadId(thread));
        let entry = self.task(other);
        let is_other = other != task && entry.process == self.task(task).process;
        is_other.then(|| (ThreadId(thread), !entry.is_live()))
    }

    /// What a pipe says to who writes into it.
    #[must_use]
    pub fn pipe_takes(&self, code: &Code, task: TaskId, pipe: PipeId) -> PipeAnswer {
        let entry = &self.pipes[pipe.index()];
        if let Some(process) = self.process_of(task) {
            if !process.holds(pipe, PipeEnd::Write) {
                return PipeAnswer::Fault(Fault::BadDescriptor);
            }
            if entry.readers == 0 {
                let is_told = self.threads[task.index()].phase == Phase::Broken;
                return if is_told || process.ignores(Signal::Pipe) {
                    PipeAnswer::Fault(Fault::BrokenPipe)
                } else {
                    PipeAnswer::Broken
                };
            }
        }
        if entry.messages() < code.pipes[pipe.index()].capacity {
            PipeAnswer::Done
        } else {
            PipeAnswer::Wait
        }
    }

    /// What a pipe says to who reads from it.
    #[must_use]
    pub fn pipe_gives(&self, task: TaskId, pipe: PipeId) -> PipeAnswer {
        let entry = &self.pipes[pipe.index()];
        let holds = |process: &Process| process.holds(pipe, PipeEnd::Read);
        if self.process_of(task).is_some_and(|process| !holds(process)) {
            return PipeAnswer::Fault(Fault::BadDescriptor);
        }
        if entry.messages() > 0 {
            PipeAnswer::Done
        } else if entry.writers == 0 {
            PipeAnswer::Ended
        } else {
            PipeAnswer::Wait
        }
    }

    /// Why the kernel will not do what a task asks, on this operating system.
    #[must_use]
    pub fn unsupported(&self, code: &Code, call: Call) -> Option<Fault> {
        let is_unix = matches!(
            call,
            Call::Fork | Call::Execute { .. } | Call::SetDisposition { .. } | Call::SetAlarm { .. }
        );
        (is_unix && code.config.os == OperatingSystem::Windows).then_some(Fault::NotSupported)
    }

    /// What a task does that cannot be done; none where its call is none of that kind.
    #[must_use]
    pub fn fault(&self, code: &Code, task: TaskId) -> Option<Fault> {
        let call = self.task(task).step.call;
        match call {
            Call::Fail { fault } => Some(fault),
            Call::Sync { .. } => match self.answer_to(code, task) {
                Some(Answer::Fault(fault)) => Some(fault),
                _ => None,
            },
            Call::Send { pipe } | Call::TrySend { pipe } => {
                match self.pipe_takes(code, task, pipe) {
                    PipeAnswer::Fault(fault) => Some(fault),
                    _ => None,
                }
            }
            Call::Receive { pipe } | Call::TryReceive { pipe } => {
                match self.pipe_gives(task, pipe) {
                    PipeAnswer::Fault(fault) => Some(fault),
                    _ => None,
                }
            }
            Call::Close { pipe, end } => {
                let is_open = self
                    .process_of(task)
                    .is_some_and(|own| own.holds(pipe, end));
                (!is_open).then_some(Fault::BadDescriptor)
            }
            Call::Join => self.joined(code, task).is_none().then_some(Fault::NoThread),
            Call::WaitForChild | Call::TryWaitForChild => match self.waited(code, task) {
                Waited::Fault(fault) => Some(fault),
                _ => None,
            },
            Call::Socket { request } => match self.network_answer(code, self.now, task, request) {
                EventKind::Failed { fault, .. } => Some(fault),
                _ => None,
            },
            call => self.unsupported(code, call),
        }
    }

    /// Whether the call of a task is one that the kernel does not do now, and why.
    #[must_use]
    pub fn denial(&self, code: &Code, task: TaskId) -> Option<Denial> {
        let thread = self.threads.get(task.index())?;
        if thread.phase == Phase::Interrupted {
            return Some(Denial::Interrupted);
        }
        match self.task(task).step.call {
            Call::Fork | Call::Spawn { .. } if !self.has_room_for_process(code) => {
                Some(Denial::TryAgain)
            }
            Call::StartThread { .. } if !self.has_room_for_thread(code) => Some(Denial::TryAgain),
            Call::TrySend { pipe } if self.pipe_takes(code, task, pipe) == PipeAnswer::Wait => {
                Some(Denial::TryAgain)
            }
            Call::TryReceive { pipe } if self.pipe_gives(task, pipe) == PipeAnswer::Wait => {
                Some(Denial::TryAgain)
            }
            Call::WaitForChild | Call::TryWaitForChild => match self.waited(code, task) {
                Waited::NoChild => Some(Denial::NoChild),
                Waited::NotYet if self.task(task).step.call == Call::TryWaitForChild => {
                    Some(Denial::TryAgain)
                }
                _ => None,
            },
            Call::Kill { .. } if self.named_process(task).is_none() => Some(Denial::NoProcess),
            _ => None,
        }
    }

    /// The first thread of a process that can take a signal now, where the next that could is not one
    /// that has still to be given a CPU: it takes it then.
    #[must_use]
    pub fn signal_taker(&self, process: ProcessId, signal: Signal) -> Option<TaskId> {
        for task in self.threads_of(process) {
            let thread = &self.threads[task.index()];
            if thread.kept.iter().any(|kept| kept.signal == signal) {
                continue;
            }
            match self.task(task).state {
                State::Running(cpu) => {
                    let is_there = self.cpu(cpu).runs(task) && !self.needs_interpreter(task);
                    return is_there.then_some(task);
                }
                State::Ready => return None,
                State::Blocked(reason) if self.is_interruptible(reason) => return Some(task),
                _ => {}
            }
        }
        None
    }

    /// A signal that is to be delivered now, and who takes it.
    #[must_use]
    pub fn signal_due(&self) -> Option<(TaskId, Signal)> {
        let processes = (0..).map(ProcessId).zip(&self.processes);
        let mut waiting = processes.filter(|(_, process)| process.pending != 0);
        waiting.find_map(|(id, process)| {
            let mut signals = Signal::ALL.into_iter();
            signals.find_map(|signal| {
                let is_sent = process.pending & signal.bit() != 0;
                let taker = is_sent.then(|| self.signal_taker(id, signal))?;
                taker.map(|task| (task, signal))
            })
        })
    }

    /// Whether a signal takes a task away from what it waits for: the kernel's waits, not those at what a
    /// library keeps (signal(7), *Interruption of system calls*; a futex wait goes on by itself).
    #[must_use]
    pub(super) fn is_interruptible(&self, reason: Reason) -> bool {
        match reason {
            Reason::Sleep | Reason::PipeEmpty(_) | Reason::PipeFull(_) | Reason::Child => true,
            Reason::Object(object) => {
                matches!(self.object(object).state, ObjectState::Watch(_))
            }
            reason => reason.is_network(),
        }
    }
}
