//! Lanes: what each task, each CPU and the disk did, as segments of time.
//!
//! Not a drawing: a timeline scales them, a report lists them.

use crate::call::Reason;
use crate::event::EventKind;
use crate::ids::{CpuId, PacketId, TaskId};
use crate::machine::{Machine, Mode, Phase, State};
use crate::program::{Code, IoStart};
use crate::time::{Span, Time};
use crate::trace::Trace;

/// The lanes of a whole run, up to its end.
///
/// In each lane the segments follow each other in time and do not overlap; what lasts no time has
/// no segment, and neighbours that are alike are one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lanes {
    /// A lane for each task: from its arrival to its exit, without gaps.
    pub tasks: Vec<Vec<Segment>>,
    /// A lane for each CPU: from the start to the end of the run, without gaps.
    pub cpus: Vec<Vec<CpuSegment>>,
    /// The disk, while it has something to do.
    pub disk: Vec<DiskSegment>,
    /// When the run ends.
    pub end: Time,
}

/// A stretch of time in which something stays the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch<K> {
    /// Its start.
    pub from: Time,
    /// Its end, later than its start.
    pub to: Time,
    /// What it is.
    pub kind: K,
}

/// A segment of a task's lane.
pub type Segment = Stretch<SegmentKind>;
/// A segment of a CPU's lane.
pub type CpuSegment = Stretch<CpuSegmentKind>;
/// A segment of the disk's lane.
pub type DiskSegment = Stretch<DiskSegmentKind>;

/// What a task does in a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentKind {
    /// It waits for memory.
    New,
    /// It waits for a CPU.
    Ready,
    /// It waits for a CPU or has one: nobody sees which.
    ReadyOrRunning,
    /// It runs.
    Running(CpuId),
    /// A CPU is its own but works for the kernel: the task's context is being loaded, or its
    /// program is interrupted.
    Loading(CpuId),
    /// The second phase of an input or output: the kernel copies, on its CPU.
    Copying(CpuId),
    /// The kernel looks at the sockets of a set, on its CPU.
    Scanning(CpuId),
    /// It cannot go on.
    Blocked(Reason),
    /// The first phase of an input: it cannot go on until data have arrived, at one socket or at one of
    /// a set.
    WaitingForData(Reason),
    /// It is a peer; what it waits for, if it does.
    Outside(Option<Reason>),
    /// It has ended and waits for its parent.
    Zombie,
}

/// What a CPU does in a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CpuSegmentKind {
    /// Nothing.
    Idle,
    /// It runs a task's program.
    User(TaskId),
    /// It loads a task's context.
    Switching(TaskId),
    /// It handles the interrupt that a task's request is done.
    Handling(TaskId),
    /// It handles the interrupt that a packet has arrived.
    Receiving(PacketId),
    /// It waits with a task for the disk.
    Held(TaskId),
}

/// What the disk does in a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DiskSegmentKind {
    /// How many requests are in flight.
    pub requests: u32,
    /// Whose request it works on, where it serves one after the other.
    pub serving: Option<TaskId>,
}

impl<K> Stretch<K> {
    /// How long it lasts.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.to.since(self.from)
    }
}

impl Lanes {
    /// The lanes of a run. One pass over its events.
    #[must_use]
    pub fn new(trace: &Trace) -> Self {
        let mut machine = trace.start().clone();
        let mut draft = Draft::new(&machine);
        for event in trace.events() {
            // It was applied when it was recorded, to the same machine.
            let _ = machine.apply(trace.code(), event);
            draft.note(trace.code(), &machine, event.kind);
        }
        draft.finish(trace.end())
    }

    /// What a task does at a moment; none before its arrival and after its exit.
    #[must_use]
    pub fn task_at(&self, task: TaskId, at: Time) -> Option<&Segment> {
        segment_at(&self.tasks[task.index()], at)
    }

    /// What a CPU does at a moment; none after the end.
    #[must_use]
    pub fn cpu_at(&self, cpu: CpuId, at: Time) -> Option<&CpuSegment> {
        segment_at(&self.cpus[cpu.index()], at)
    }
}

/// The segments of a lane that lie between two moments, those at its edges included whole.
#[must_use]
pub fn visible<K>(lane: &[Stretch<K>], from: Time, to: Time) -> &[Stretch<K>] {
    let first = lane.partition_point(|segment| segment.to <= from);
    let after = lane.partition_point(|segment| segment.from < to);
    lane.get(first..after).unwrap_or_default()
}

/// The segment of a lane at a moment; at a border the one that begins there.
#[must_use]
pub fn segment_at<K>(lane: &[Stretch<K>], at: Time) -> Option<&Stretch<K>> {
    let first = lane.partition_point(|segment| segment.to <= at);
    lane.get(first).filter(|segment| segment.from <= at)
}

/// Lanes that are being made.
struct Draft {
    tasks: Vec<Lane<SegmentKind>>,
    cpus: Vec<Lane<CpuSegmentKind>>,
    /// What each CPU did when it was last looked at.
    modes: Vec<Mode>,
    disk: Lane<DiskSegmentKind>,
}

/// A lane that is being made: what is over, and what goes on.
struct Lane<K> {
    over: Vec<Stretch<K>>,
    open: Option<(K, Time)>,
}

impl<K: Copy + PartialEq> Lane<K> {
    const fn new(open: Option<(K, Time)>) -> Self {
        Self {
            over: Vec::new(),
            open,
        }
    }

    #[inline]
    fn set(&mut self, kind: Option<K>, now: Time) {
        if self.open.map(|(kind, _)| kind) != kind {
            self.close(now);
            self.open = kind.map(|kind| (kind, now));
        }
    }

    fn close(&mut self, now: Time) {
        let Some((kind, from)) = self.open.take() else {
            return;
        };
        if from >= now {
            return;
        }
        match self.over.last_mut() {
            Some(last) if last.to == from && last.kind == kind => last.to = now,
            _ => self.over.push(Stretch {
                from,
                to: now,
                kind,
            }),
        }
    }

    fn finish(mut self, end: Time) -> Vec<Stretch<K>> {
        self.close(end);
        self.over
    }
}

impl Draft {
    fn new(start: &Machine) -> Self {
        let idle = Some((CpuSegmentKind::Idle, Time::ZERO));
        Self {
            tasks: start.tasks.iter().map(|_| Lane::new(None)).collect(),
            cpus: start.cpus.iter().map(|_| Lane::new(idle)).collect(),
            modes: start.cpus.iter().map(|cpu| cpu.mode).collect(),
            disk: Lane::new(None),
        }
    }

    /// Takes in the machine after an event. What changed is the task that it is about, and what
    /// its CPUs do: the one that it names and the one that the task was on.
    #[inline]
    fn note(&mut self, code: &Code, machine: &Machine, kind: EventKind) {
        let now = machine.now;
        if let Some(task) = kind.task() {
            let left = match self.tasks[task.index()].open {
                Some((kind, _)) => kind.cpu(),
                _ => None,
            };
            self.note_task(machine, task);
            // A user-level thread goes on on a CPU that its event does not name.
            let taken = match machine.task(task).state {
                State::Running(cpu) => Some(cpu),
                _ => None,
            };
            for cpu in [left, kind.cpu(), taken].into_iter().flatten() {
                self.note_cpu(machine, cpu);
            }
        }
        if let Some(made) = code.slots.made(kind) {
            self.note_task(machine, made);
        }
        // CPUs that wait for tasks, or handle interrupts, are let go by events that do not name them.
        if code.config.on_io == IoStart::Wait || !code.config.costs.interrupt.is_zero() {
            for place in 0..machine.cpus.len() {
                self.note_cpu(machine, CpuId::from_index(place));
            }
        }
        let requests = machine.disk.in_flight;
        let disk = DiskSegmentKind {
            requests,
            serving: machine.disk.serving,
        };
        self.disk.set((requests > 0).then_some(disk), now);
    }

    fn note_cpu(&mut self, machine: &Machine, id: CpuId) {
        let mode = machine.cpu(id).mode;
        if self.modes[id.index()] == mode {
            return;
        }
        self.modes[id.index()] = mode;
        self.cpus[id.index()].set(Some(CpuSegmentKind::of(mode)), machine.now);
        if let Some(task) = CpuSegmentKind::task_of(mode) {
            self.note_task(machine, task);
        }
    }

    fn note_task(&mut self, machine: &Machine, task: TaskId) {
        self.tasks[task.index()].set(SegmentKind::of(machine, task), machine.now);
    }

    fn finish(self, end: Time) -> Lanes {
        Lanes {
            tasks: self
                .tasks
                .into_iter()
                .map(|lane| lane.finish(end))
                .collect(),
            cpus: self.cpus.into_iter().map(|lane| lane.finish(end)).collect(),
            disk: self.disk.finish(end),
            end,
        }
    }
}

impl SegmentKind {
    /// What a task does at this moment; none while it is no process.
    #[must_use]
    pub fn of(machine: &Machine, task: TaskId) -> Option<Self> {
        Some(match machine.task(task).state {
            State::Absent | State::Exited => return None,
            State::New => Self::New,
            State::Ready if machine.is_task_level() => Self::ReadyOrRunning,
            State::Ready => Self::Ready,
            State::Running(cpu) if machine.cpu(cpu).mode == Mode::User(task) => {
                match machine.threads.get(task.index()).map(|thread| thread.phase) {
                    Some(Phase::Copying { .. }) => Self::Copying(cpu),
                    Some(Phase::Scanned) => Self::Scanning(cpu),
                    _ => Self::Running(cpu),
                }
            }
            State::Running(cpu) => Self::Loading(cpu),
            State::Blocked(reason) if machine.waits_for_data(task) => Self::WaitingForData(reason),
            State::Blocked(reason) => Self::Blocked(reason),
            State::Outside(reason) => Self::Outside(reason),
            State::Zombie => Self::Zombie,
        })
    }
}

impl SegmentKind {
    /// The CPU that it has, if it has one.
    #[must_use]
    pub const fn cpu(self) -> Option<CpuId> {
        match self {
            Self::Running(cpu) | Self::Loading(cpu) | Self::Copying(cpu) | Self::Scanning(cpu) => {
                Some(cpu)
            }
            _ => None,
        }
    }
}

impl CpuSegmentKind {
    /// What a CPU in this mode does.
    #[must_use]
    pub const fn of(mode: Mode) -> Self {
        match mode {
            Mode::Idle => Self::Idle,
            Mode::User(task) => Self::User(task),
            Mode::Switching { to } => Self::Switching(to),
            Mode::Handling { done, .. } => Self::Handling(done),
            Mode::Receiving { packet, .. } => Self::Receiving(packet),
            Mode::Held(task) => Self::Held(task),
        }
    }

    /// The task whose own state a CPU in this mode decides.
    #[must_use]
    pub const fn task_of(mode: Mode) -> Option<TaskId> {
        match mode {
            Mode::User(task) | Mode::Switching { to: task } => Some(task),
            Mode::Handling { interrupted, .. } | Mode::Receiving { interrupted, .. } => interrupted,
            Mode::Idle | Mode::Held(_) => None,
        }
    }
}
