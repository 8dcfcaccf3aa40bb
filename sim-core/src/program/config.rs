//! The machine that a program runs on: what is fixed before the run starts.
//!
//! Plain checked values. The names, ranges and texts by which people set them are in
//! [`settings`](crate::settings). The file is long because a machine has many of them, and each says where
//! its rule is from.

use serde::{Deserialize, Serialize};

use super::limits;
use crate::time::{Span, Time, Unit};

/// A machine and its policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Config {
    /// The unit in which people read and write its times.
    pub unit: Unit,
    /// How many CPUs it has, 1 to 64.
    pub cpus: u8,
    /// From which queue they take their tasks.
    pub ready_queue: ReadyQueue,
    /// The scheduling policy.
    pub policy: PolicyConfig,
    /// What interrupts, switches and calls cost.
    pub costs: Costs,
    /// What comes first when several things happen at one moment.
    pub ties: Ties,
    /// What the CPU does while a task waits for the disk.
    pub on_io: IoStart,
    /// What a task does whose I/O is done.
    pub on_io_done: IoDone,
    /// How the disk serves several requests.
    pub disk: Disk,
    /// The network between this machine and its peers.
    pub network: Network,
    /// How long the kernel copies what goes through sockets.
    pub copying: Copying,
    /// The interpreter lock of a script's process; none: its threads run side by side.
    pub interpreter: Option<InterpreterConfig>,
    /// Who schedules the threads of a script's processes.
    pub threads: Threads,
    /// Whether a task that waits at a condition may wake without being notified.
    pub wakeups: Wakeups,
    /// The seed of every random draw.
    pub seed: u64,
    /// When to stop, if the run has not ended by then.
    pub until: Option<Time>,
    /// After how many events to stop.
    pub max_events: u64,
    /// How long a task may wait for a CPU before that is called starvation; none: never.
    pub starvation: Option<Span>,
    /// What processes are to each other.
    pub os: OperatingSystem,
    /// What a fault ends.
    pub fault_ends: FaultEnds,
    /// How many processes, and how many threads, a script can make at run time.
    pub process_table: u16,
}

/// What wakes a task that waits at a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Wakeups {
    /// A notification.
    #[default]
    Notified,
    /// Nothing at all, too, as POSIX allows (`pthread_cond_wait`): where a CPU is free and somebody is
    /// ready, a person may choose to wake a task instead. No policy ever does.
    Spurious,
}

impl Default for Config {
    fn default() -> Self {
        let policy = PolicyConfig::default();
        Self {
            unit: Unit::MILLISECOND,
            cpus: 1,
            ready_queue: ReadyQueue::Shared,
            policy,
            costs: Costs::TEXTBOOK,
            ties: Ties::CpuFirst,
            on_io: IoStart::Switch,
            on_io_done: IoDone::Later,
            disk: Disk::Parallel,
            network: Network::default(),
            copying: Copying::Costs,
            interpreter: None,
            threads: Threads::Kernel,
            wakeups: Wakeups::Notified,
            seed: 0,
            until: None,
            max_events: limits::EVENTS,
            starvation: None,
            os: OperatingSystem::Unix,
            fault_ends: FaultEnds::Thread,
            process_table: limits::PROCESS_TABLE,
        }
    }
}

/// How long the kernel copies between its buffers and a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Copying {
    /// As long as the costs say.
    #[default]
    Costs,
    /// As long as it takes: its beginning and its end are reported, and what passes between is counted.
    Measured,
}

/// What processes are to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum OperatingSystem {
    /// A tree: each has a parent, which collects its exit status.
    Unix,
    /// All alike: whoever knows one can wait for it, as often as it likes. No fork, no signals.
    Windows,
}

/// What a fault ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FaultEnds {
    /// The thread, as an uncaught exception does in Python.
    Thread,
    /// The process, by a signal, as what a processor traps does.
    Process,
}

/// From which queue several CPUs take their tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ReadyQueue {
    /// All from one: no CPU is idle beside a ready task.
    Shared,
    /// Each from its own, under the same policy: tasks come back to the CPU on which they ran.
    PerCpu(IdleCpu),
}

/// What a CPU does whose own queue is empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum IdleCpu {
    /// It waits, beside ready tasks of other CPUs.
    Waits,
    /// It takes a task from the longest queue.
    Steals,
}

/// The names of the scheduling policies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PolicyKind {
    /// First come, first served.
    Fcfs,
    /// Shortest job (next CPU burst) first.
    Sjf,
    /// Shortest remaining time first: SJF with preemption.
    Srtf,
    /// Highest response ratio next.
    Hrrn,
    /// Round robin.
    Rr,
    /// By priority.
    Priority,
    /// Multi-level feedback queue.
    Mlfq,
    /// Lottery.
    Lottery,
    /// Stride.
    Stride,
    /// A fair scheduler in the manner of Linux's CFS.
    Cfs,
    /// Earliest deadline first.
    Edf,
    /// Rate monotonic.
    Rm,
}

impl PolicyKind {
    /// All of them, in the order in which they are taught.
    pub const ALL: [Self; 12] = [
        Self::Fcfs,
        Self::Sjf,
        Self::Srtf,
        Self::Hrrn,
        Self::Rr,
        Self::Priority,
        Self::Mlfq,
        Self::Lottery,
        Self::Stride,
        Self::Cfs,
        Self::Edf,
        Self::Rm,
    ];

    /// The name by which people set it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fcfs => "fcfs",
            Self::Sjf => "sjf",
            Self::Srtf => "srtf",
            Self::Hrrn => "hrrn",
            Self::Rr => "rr",
            Self::Priority => "priority",
            Self::Mlfq => "mlfq",
            Self::Lottery => "lottery",
            Self::Stride => "stride",
            Self::Cfs => "cfs",
            Self::Edf => "edf",
            Self::Rm => "rm",
        }
    }
}

/// A policy and all its parameters; each policy reads those that concern it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PolicyConfig {
    /// Which one.
    pub kind: PolicyKind,
    /// Time slice of round robin, lottery and stride.
    pub slice: Span,
    /// Who is next in the queue of FCFS and round robin.
    pub order: Order,
    /// Whether a task of higher priority takes the CPU from a lower one (priority).
    pub preemptive: bool,
    /// After how long waiting the priority rises by one; none: no aging (priority).
    pub aging: Option<Span>,
    /// The levels of the feedback queue.
    pub mlfq: Mlfq,
    /// The period in which every ready task should run once (CFS: `sched_latency`).
    pub latency: Span,
    /// The shortest slice (CFS: `sched_min_granularity`).
    pub granularity: Span,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        let unit = Unit::MILLISECOND.span();
        Self {
            kind: PolicyKind::Fcfs,
            slice: Span(4 * unit.0),
            order: Order::Queue,
            preemptive: true,
            aging: None,
            mlfq: Mlfq::default(),
            latency: Span(12 * unit.0),
            granularity: Span(2 * unit.0),
        }
    }
}

/// Parameters of the multi-level feedback queue (OSTEP chapter 8).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mlfq {
    /// Time slice of each level, the highest first; as many as there are levels.
    pub slices: Vec<Span>,
    /// How many slices a task may use at each level before it moves down, the highest first.
    pub allotments: Vec<u32>,
    /// How often every task moves to the highest level; none: never.
    pub boost: Option<Span>,
    /// Whether a call that blocks gives the task a fresh allotment (the rule that can be gamed).
    pub io_keeps_priority: bool,
    /// Whether a task whose I/O is done goes to the front of its queue.
    pub io_to_front: bool,
}

impl Default for Mlfq {
    fn default() -> Self {
        let slice = Span(4 * Unit::MILLISECOND.span().0);
        Self {
            slices: vec![slice; 3],
            allotments: vec![1; 3],
            boost: None,
            io_keeps_priority: false,
            io_to_front: false,
        }
    }
}

/// Who is next in a plain queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Order {
    /// Who has been in the queue longest.
    Queue,
    /// The next number after the task that ran last, in a circle.
    Cyclic,
}

/// What comes first when several things happen at one moment: the one written rule of ties.
///
/// Within a kind the lower number comes first (CPU, then task).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ties {
    /// What happens on CPUs (a burst or a slice ends), the scheduler's timer, deadlines, arrivals,
    /// interrupts, dispatch. A task whose slice ends stands in the queue before one that arrives
    /// at that moment (OSTEP's simulators).
    CpuFirst,
    /// Arrivals and interrupts before what happens on CPUs: the other convention of textbooks.
    ArrivalsFirst,
    /// A free CPU takes its next task at once, before arrivals and interrupts of that moment.
    DispatchFirst,
}

/// What the CPU does while a task waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum IoStart {
    /// It runs another task: multiprogramming.
    Switch,
    /// It waits with it: no multiprogramming.
    Wait,
}

/// What a task does whose I/O is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum IoDone {
    /// It joins the ready queue.
    Later,
    /// It takes a CPU at once.
    Immediate,
}

/// How the disk serves several requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Disk {
    /// All at the same time, as exercises assume: as if each task had a disk of its own.
    Parallel,
    /// One after the other, first come, first served.
    Fifo,
}

/// How an interpreter lock works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InterpreterConfig {
    /// Where a thread looks whether it was asked to drop the lock.
    pub dialect: Dialect,
    /// How long a waiter sleeps before it asks (CPython: `sys.setswitchinterval`, 5 ms).
    pub interval: Span,
}

/// Where a thread looks whether it was asked to drop the interpreter lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Dialect {
    /// Before every instruction, as CPython up to 3.9 does.
    AnyInstruction,
    /// At the end of a loop pass, after a call, and within a long computation, as CPython since 3.10
    /// does.
    CheckPoints,
}

/// Who schedules the threads of a process (Tanenbaum §2.2.4–6, Silberschatz §4.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Threads {
    /// The kernel: each has a kernel thread of its own (1:1).
    Kernel,
    /// The process itself, on its only kernel thread (N:1).
    User,
    /// The process itself, on several kernel threads (M:N).
    Hybrid {
        /// How many.
        kernel_threads: u8,
    },
    /// The process itself, on as many kernel threads as it takes, of which so many run at a time: those that
    /// have a processor, with a run queue of its own (M:N, as the Go runtime does it).
    Stealing {
        /// How many processors there are (Go: `GOMAXPROCS`).
        processors: u8,
    },
}

impl Threads {
    /// How many of the threads of a process run at a time at most; none where each has a kernel thread of
    /// its own.
    #[must_use]
    pub const fn at_a_time(self) -> Option<u8> {
        match self {
            Self::Kernel => None,
            Self::User => Some(1),
            Self::Hybrid { kernel_threads } => Some(kernel_threads),
            Self::Stealing { processors } => Some(processors),
        }
    }
}

/// What the machine's own work costs, in CPU time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Costs {
    /// Saving one task's context and loading another's.
    pub switch: Span,
    /// Getting a CPU that has been idle to work: the interrupt by which it is told, and leaving the state in
    /// which it saves power.
    pub wake: Span,
    /// How much later than asked the kernel's clock ends a sleep or a time limit, so that it can end several
    /// at once (Linux, prctl(2): `PR_SET_TIMERSLACK`).
    pub timer_slack: Span,
    /// What a process needs to go over from one of its user-level threads to another.
    pub user_switch: Span,
    /// What a switch takes longer where the task ran on another CPU before: that CPU's cache is warm
    /// with its data, this one's is cold. How long depends on the program, so that no preset has it.
    pub migration: Span,
    /// Handling an interrupt.
    pub interrupt: Span,
    /// Making a call to the kernel.
    pub io_issue: Span,
    /// Handling the completion of an I/O in the task, before it goes on.
    pub io_done: Span,
    /// Carrying out one line of a script.
    pub instruction: Span,
    /// Making a copy of a process, its memory not counted.
    pub fork: Span,
    /// Copying one KiB of its memory; a word has 8 bytes.
    pub fork_copy: Span,
    /// Making a process with a fresh image, or giving a process one.
    pub spawn: Span,
    /// Making a thread.
    pub thread: Span,
    /// The way into the kernel and back, of a script's call that has to do with sockets.
    pub system_call: Span,
    /// Copying a KiB between the kernel's buffer and the process.
    pub copy: Span,
    /// Looking at one descriptor of a set.
    pub scan: Span,
}

impl Costs {
    /// Everything is free, for exercises that count ticks; a line of a script is one, of 1 ms.
    pub const TEXTBOOK: Self = Self {
        switch: Span::ZERO,
        wake: Span::ZERO,
        timer_slack: Span::ZERO,
        user_switch: Span::ZERO,
        migration: Span::ZERO,
        interrupt: Span::ZERO,
        io_issue: Span::ZERO,
        io_done: Span::ZERO,
        instruction: Unit::MILLISECOND.span(),
        fork: Span::ZERO,
        fork_copy: Span::ZERO,
        spawn: Span::ZERO,
        thread: Span::ZERO,
        system_call: Span::ZERO,
        copy: Span::ZERO,
        scan: Span::ZERO,
    };

    /// Every step long enough to be seen, as a part of the scenario's unit.
    #[must_use]
    pub const fn classroom(unit: Unit) -> Self {
        let unit = unit.span().0;
        Self {
            switch: Span(unit / 2),
            wake: Span::ZERO,
            timer_slack: Span::ZERO,
            user_switch: Span(unit / 8),
            migration: Span::ZERO,
            interrupt: Span(unit / 4),
            io_issue: Span::ZERO,
            io_done: Span::ZERO,
            instruction: Span(unit),
            fork: Span(4 * unit),
            // An eighth of a unit for each word.
            fork_copy: Span(16 * unit),
            spawn: Span(8 * unit),
            thread: Span(unit),
            system_call: Span(unit / 4),
            copy: Span(unit),
            scan: Span(unit / 4),
        }
    }

    /// What was measured under a real kernel, a Python program above it: a switch between tasks on
    /// one CPU 1.5–2.0 µs, between two CPUs, of which one is idle each time, 4–5 times as much; between two
    /// greenlets of one thread 254–292 ns (greenlet 3.5.6 under CPython 3.11, the call that asks for it
    /// included), a system call 0.13–0.17 µs; an interrupt is taken as half a switch, and a
    /// line of a script as a few bytecodes of CPython. To fork, exit and wait 206–224 µs, and
    /// 18–32 ms more with 512 MiB of memory that was touched; the same with `posix_spawn` of a small
    /// program 657 µs; to start and join a thread 42–69 µs. Linux' own default of the timer slack is 50 µs.
    /// Memory is copied at 20 GB/s, and `poll` looks at a
    /// descriptor in some 30 ns.
    pub const CPYTHON: Self = Self {
        switch: Span(1_750),
        wake: Span(8_000),
        timer_slack: Span(50_000),
        user_switch: Span(250),
        migration: Span::ZERO,
        interrupt: Span(875),
        io_issue: Span(150),
        io_done: Span(150),
        instruction: Span(50),
        fork: Span(210_000),
        fork_copy: Span(50),
        spawn: Span(650_000),
        thread: Span(50_000),
        system_call: Span(150),
        copy: Span(50),
        scan: Span(30),
    };

    /// How long it takes to copy so many bytes.
    #[must_use]
    pub fn copying(&self, bytes: u32) -> Span {
        const KIB: u64 = 1_024;
        let span = self.copy.0.saturating_mul(u64::from(bytes)) / KIB;
        Span(span.min(limits::COST.0))
    }

    /// How long it takes to copy a process with so many words of memory.
    #[must_use]
    pub fn forking(&self, words: usize) -> Span {
        const OF_A_KIB: u64 = 128;
        let words = u64::try_from(words).unwrap_or(u64::MAX);
        let copying = self.fork_copy.0.saturating_mul(words) / OF_A_KIB;
        self.fork + Span(copying.min(limits::COST.0))
    }

    /// After how long the kernel's clock ends what is to end after a while.
    #[must_use]
    pub fn by_the_clock(&self, span: Span) -> Span {
        if span.is_zero() {
            // No timer is needed.
            span
        } else {
            span + self.timer_slack
        }
    }

    /// How long it takes to look at so many descriptors.
    #[must_use]
    pub fn scanning(&self, descriptors: u32) -> Span {
        let span = self.scan.0.saturating_mul(u64::from(descriptors));
        Span(span.min(limits::COST.0))
    }
}

/// The network between a machine and its peers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Network {
    /// How long a packet travels.
    pub latency: Span,
    /// How many bytes the wire takes in a unit of time, each way; without a limit where it is zero.
    pub rate: u64,
    /// The most bytes of a packet.
    pub packet: u32,
    /// The size of a socket's receive buffer in bytes.
    pub receive_buffer: u32,
    /// The size of its send buffer.
    pub send_buffer: u32,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            latency: Unit::MILLISECOND.span(),
            rate: 0,
            packet: 1_500,
            receive_buffer: 65_536,
            send_buffer: 65_536,
        }
    }
}

impl Network {
    /// The same sockets on a real machine's loopback device, which is there and takes what it is given: a
    /// packet is as large as Linux makes them there (65,536 bytes less the headers and their options).
    #[must_use]
    pub const fn loopback(&self) -> Self {
        Self {
            latency: Span::ZERO,
            rate: 0,
            packet: 65_483,
            ..*self
        }
    }

    /// How long so many bytes take up the wire.
    #[must_use]
    pub fn time_on_wire(&self, bytes: u32, unit: Unit) -> Span {
        let span = unit.span().0.saturating_mul(u64::from(bytes));
        let span = span.checked_div(self.rate).unwrap_or(0);
        Span(span.min(limits::COST.0))
    }
}
