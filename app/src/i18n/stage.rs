//! The texts of stage, sentence, process table, memory, metrics and lesson.

use sim_core::ids::{CpuId, TaskId};
use sim_core::policy::Key;
use sim_core::program::{Code, PolicyConfig};
use sim_core::time::{Span, Time, Unit};

use crate::scene::Scene;

/// A part of a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Plain words.
    Words(String),
    /// The name of a thing of the machine, to be set in bold.
    Thing(String),
    /// A task's name, to be set in bold and in the colour of its state.
    Task(TaskId),
}

/// What the sentence panel says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sentence {
    /// What just happened, and why.
    pub main: Vec<Piece>,
    /// What else is worth knowing, in smaller type.
    pub more: Vec<Piece>,
}

/// The kinds of states in which a task is seen. One more than the machine's: a task whose CPU works
/// for the kernel is *running* there, but does not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// It has not arrived.
    Absent,
    /// It waits for memory.
    New,
    /// It could run.
    Ready,
    /// It could run or does: nobody sees which.
    ReadyOrRunning,
    /// It could run, and has no kernel thread of its process.
    Queued,
    /// It runs.
    Running,
    /// It has a CPU that loads its context, or handles an interrupt.
    Held,
    /// It runs: the kernel copies for it.
    Copying,
    /// It runs: the kernel looks at its sockets.
    Scanning,
    /// It cannot go on.
    Blocked,
    /// It cannot go on: it waits for data.
    WaitingForData,
    /// It is no task of this machine.
    Outside,
    /// It has ended; its exit status is not collected.
    Zombie,
    /// It is gone.
    Exited,
}

/// A column of the process table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// The task's number.
    Number,
    /// Its name.
    Name,
    /// Its state, and on what it waits.
    State,
    /// The number by which the policy compares it, or its level.
    Rank(Ranking),
    /// The program counter.
    ProgramCounter,
    /// The stack pointer.
    StackPointer,
    /// Its partition of memory.
    Memory,
    /// The files that it holds open.
    Files,
    /// Its parent.
    Parent,
    /// How its process has ended.
    Status,
    /// CPU time used.
    Cpu,
    /// Time waited for a CPU.
    Waiting,
    /// Time blocked.
    Blocked,
    /// How often it was dispatched.
    Switches,
}

/// By what a policy ranks tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ranking {
    /// The level of a feedback queue.
    Level,
    /// Length of the next burst.
    Burst,
    /// What is left of the burst.
    Remaining,
    /// Waiting time and burst, set against the burst.
    ResponseRatio,
    /// Priority.
    Priority,
    /// Tickets.
    Tickets,
    /// Pass.
    Pass,
    /// Virtual runtime.
    VirtualRuntime,
    /// Deadline.
    Deadline,
    /// Period.
    Period,
}

/// A number of the metrics panel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Metric {
    /// When a job arrives.
    Arrival,
    /// When it first ran.
    Start,
    /// When it ended.
    Completion,
    /// From arrival to the first run.
    Response,
    /// From arrival to completion.
    Turnaround,
    /// Time in which it could have run but did not.
    Waiting,
    /// The part of CPU time that programs used.
    Utilisation,
    /// Jobs completed in each unit of time.
    Throughput,
    /// How equally jobs progress.
    Fairness,
    /// The part of CPU time that switches and interrupts used.
    Overhead,
    /// Time blocked until data came.
    WaitingForData,
    /// CPU time in which the kernel copied.
    Copying,
    /// CPU time in calls that came back with nothing, and in looking at sockets.
    Polling,
    /// From what was sent to the answer.
    Latency,
    /// The longest of these.
    LongestLatency,
}

/// The texts of stage, sentence, process table, memory, metrics and lesson.
pub trait StageTexts {
    /// A queue with nothing in it.
    fn empty_queue(&self) -> &'static str;
    /// Where tasks sleep.
    fn sleep(&self) -> &'static str;
    /// Part of a whole, short.
    fn part_of(&self, part: usize, whole: u32) -> String;
    /// A CPU copies for a task.
    fn copying(&self) -> &'static str;
    /// A CPU looks at the sockets of a set for a task.
    fn scanning(&self) -> &'static str;
    // Numbers.

    /// A length of time with its unit.
    fn span(&self, unit: Unit, span: Span) -> String;
    /// A moment, with its unit.
    fn moment(&self, unit: Unit, at: Time) -> String {
        self.span(unit, Span(at.0))
    }
    /// A length of time without its unit.
    fn bare(&self, unit: Unit, span: Span) -> String;
    /// A plain number.
    fn number(&self, number: f64) -> String;
    /// A part of a whole, from 0 to 1.
    fn share(&self, share: f64) -> String;
    /// A program counter.
    fn program_counter(&self, pc: u64) -> String;
    /// The number by which a policy compares a task.
    fn key(&self, unit: Unit, key: Key) -> String;

    // The stage.

    /// What the stage is, for people who cannot see it.
    fn stage(&self, scene: &Scene) -> String;
    /// The place of jobs that are new.
    fn new_title(&self) -> &'static str;
    /// Who arrives next.
    fn next_arrival(&self, name: &str, at: &str, others: usize) -> String;
    /// Everybody has arrived.
    fn all_arrived(&self) -> &'static str;
    /// The ready queue.
    fn ready_title(&self) -> &'static str;
    /// The place of those who are ready or run, where nobody sees which.
    fn unseen_title(&self) -> &'static str;
    /// What a real run does not tell.
    fn not_seen(&self) -> &'static str;
    /// By what the ready queue is ordered.
    fn ready_order(&self, policy: &PolicyConfig) -> &'static str;
    /// A level of the ready queue.
    fn level(&self, level: u8) -> String;
    /// A CPU.
    fn cpu(&self, cpu: CpuId) -> String;
    /// What a CPU that does nothing does.
    fn idle(&self) -> &'static str;
    /// What a CPU that runs a program does.
    fn running(&self) -> &'static str;
    /// What a CPU does that loads a task's context.
    fn switching(&self) -> &'static str;
    /// What a CPU does that handles the disk's interrupt.
    fn handling(&self) -> &'static str;
    /// What a CPU does that waits with a task for the disk.
    fn waiting_with(&self, name: &str) -> String;
    /// How much of a slice is used.
    fn slice_used(&self, used: &str, of: &str) -> String;
    /// There is no slice.
    fn no_slice(&self) -> &'static str;
    /// How much of a CPU burst is done.
    fn burst_done(&self, done: &str, of: &str) -> String;
    /// How far a context switch is.
    fn switch_done(&self, done: &str, of: &str) -> String;
    /// How far an interrupt's handler is.
    fn handler_done(&self, done: &str, of: &str) -> String;
    /// The program counter in a CPU, short.
    fn pc_label(&self) -> &'static str;
    /// The stack pointer in a CPU, short.
    fn sp_label(&self) -> &'static str;
    /// The disk.
    fn disk_title(&self) -> &'static str;
    /// How the disk serves several requests.
    fn disk_note(&self, code: &Code) -> &'static str;
    /// How far a request is.
    fn request_done(&self, done: &str, of: &str) -> String;
    /// A request waits for the disk.
    fn request_waits(&self) -> &'static str;
    /// The disk's interrupt is being handled.
    fn request_handled(&self) -> &'static str;
    /// The timer.
    fn timer_title(&self) -> &'static str;
    /// What tasks wait for at the timer.
    fn timer_note(&self) -> &'static str;
    /// When something is due.
    fn due(&self, at: &str) -> String;
    /// A pipe.
    fn pipe_title(&self, name: &str) -> String;
    /// How full a pipe is.
    fn pipe_fill(&self, messages: u32, capacity: u32) -> String;
    /// The end of a pipe where writers wait.
    fn writers_wait(&self) -> &'static str;
    /// The end of a pipe where readers wait.
    fn readers_wait(&self) -> &'static str;
    /// The place of tasks that have ended.
    fn done_title(&self) -> &'static str;
    /// What stands below ended tasks.
    fn done_note(&self) -> &'static str;
    /// Main memory.
    fn memory_title(&self) -> &'static str;
    /// The size of a partition.
    fn memory_size(&self, size: u32) -> String;
    /// How much of a partition is used.
    fn memory_used(&self, used: u32, size: u32) -> String;
    /// A free partition.
    fn free(&self) -> &'static str;
    /// So many are not shown.
    fn more(&self, count: usize) -> String;
    /// So many CPUs are not shown.
    fn more_cpus(&self, count: usize) -> String;
    /// So many pipes are not shown.
    fn more_pipes(&self, count: usize) -> String;

    // The sentence.

    /// What just happened and why.
    fn sentence(&self, scene: &Scene) -> Sentence;
    /// Where in the run this is.
    fn place(&self, scene: &Scene) -> String;

    // The process table.

    /// Its title.
    fn process_table(&self) -> &'static str;
    /// A state.
    fn state(&self, seen: Seen) -> &'static str;
    /// A column's heading and what it means.
    fn column(&self, column: Column) -> (&'static str, &'static str);
    /// A task that is made at run time, and is not yet.
    fn not_made(&self) -> &'static str;
    /// The parent of tasks that have none in the workload.
    fn first_process(&self) -> &'static str;
    /// What a blocked task waits for, short.
    fn waits_for(&self, code: &Code, reason: sim_core::call::Reason) -> String;
    /// The program counter is in a CPU and not in the table.
    fn live_on(&self, cpu: CpuId) -> String;

    // Metrics and lesson.

    /// The title of the metrics.
    fn metrics_title(&self) -> &'static str;
    /// A metric's name and definition.
    fn metric(&self, metric: Metric) -> (&'static str, &'static str);
    /// The row of means.
    fn mean(&self) -> &'static str;
    /// The heading of the column of jobs.
    fn job(&self) -> &'static str;
    /// The heading of the column of what is compared.
    fn measure(&self) -> &'static str;
    /// The best of several runs.
    fn best(&self) -> &'static str;
    /// Up to when the metrics are.
    fn so_far(&self, at: &str) -> String;
    /// The title of the lesson.
    fn lesson_title(&self) -> &'static str;
}
