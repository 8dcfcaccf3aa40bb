//! The texts of runs, parameters and workloads in English.

use sim_core::program::PolicyKind;
use sim_core::settings::Group;

use super::English;
use crate::i18n::SettingTexts;
use crate::session::JobField;

/// Two tasks count together. Without the lock, updates are lost.
const NEW_SCRIPT: &str = "\
# Two workers count together.
# What happens without the lock?
const ROUNDS = 2

shared counter = 0
lock m

task worker * 2
  repeat ROUNDS
    acquire m
    let seen = load counter
    store counter = seen + 1
    release m
  print \"worker {self} is done\"
";

impl SettingTexts for English {
    fn runs(&self) -> &'static str {
        "Runs on one clock"
    }

    fn run_number(&self, number: usize) -> String {
        format!("Run {number}")
    }

    fn add_run(&self) -> &'static str {
        "Compare"
    }

    fn add_run_hint(&self) -> &'static str {
        "Put a run with another policy beside it (c)"
    }

    fn remove_run(&self) -> &'static str {
        "Take this run away"
    }

    fn keep_run(&self) -> &'static str {
        "Only this one"
    }

    fn keep_run_hint(&self) -> &'static str {
        "Take all runs away but the chosen one"
    }

    fn compare_variants(&self) -> &'static str {
        "All variants"
    }

    fn compare_variants_hint(&self) -> &'static str {
        "Put all variants of this scenario side by side"
    }

    fn variants(&self) -> &'static str {
        "Variants"
    }

    fn use_variant(&self) -> &'static str {
        "Run this variant"
    }

    fn scope(&self) -> &'static str {
        "Which runs to change"
    }

    fn this_run(&self) -> &'static str {
        "This run"
    }

    fn all_runs(&self) -> &'static str {
        "All runs"
    }

    fn policy(&self, kind: PolicyKind) -> &'static str {
        match kind {
            PolicyKind::Fcfs => "First come, first served",
            PolicyKind::Sjf => "Shortest job first",
            PolicyKind::Srtf => "Shortest remaining time first",
            PolicyKind::Hrrn => "Highest response ratio next",
            PolicyKind::Rr => "Round robin",
            PolicyKind::Priority => "Priority",
            PolicyKind::Mlfq => "Multi-level feedback queue",
            PolicyKind::Lottery => "Lottery",
            PolicyKind::Stride => "Stride",
            PolicyKind::Cfs => "Fair (CFS-like)",
            PolicyKind::Edf => "Earliest deadline first",
            PolicyKind::Rm => "Rate monotonic",
        }
    }

    fn group(&self, group: Group) -> &'static str {
        match group {
            Group::Policy => "Scheduling policy",
            Group::Machine => "Machine",
            Group::Costs => "Costs of the machine's own work",
            Group::Disk => "Disk",
            Group::Network => "Network",
            Group::Run => "Run",
        }
    }

    fn constants(&self) -> &'static str {
        "Constants of the script"
    }

    fn no_constants(&self) -> &'static str {
        "This script has no constants in capital letters, such as const N = 3."
    }

    #[lockstep_part::later(English)]
    fn setting(&self, name: &str) -> (&'static str, &'static str) {
        match name {
            "unit" => ("Unit", "The unit of all times"),
            "policy" => ("Policy", "Who gets the CPU next"),
            "slice" => (
                "Time slice",
                "How long a task may run before the timer interrupts it",
            ),
            "next" => (
                "Next in turn",
                "Who is next: the longest in the queue, or the next number",
            ),
            "preemptive" => (
                "Preemptive",
                "Whether a task of higher priority takes the CPU from a lower one",
            ),
            "aging" => ("Aging", "After how long a wait the priority rises by one"),
            "queues" => ("Queues", "The number of levels"),
            "allotment" => (
                "Allotment",
                "Slices that a task may use at a level before it sinks",
            ),
            "slices" => (
                "Slice of each level",
                "The highest level first, with / between",
            ),
            "allotments" => (
                "Allotment of each level",
                "The highest level first, with / between",
            ),
            "boost" => (
                "Boost every",
                "How often all tasks rise to the highest level",
            ),
            "io_keeps_priority" => (
                "I/O renews allotment",
                "A task that blocks in time keeps its level: can be gamed",
            ),
            "io_to_front" => ("I/O to the front", "After I/O a task is first in its queue"),
            "latency" => (
                "Latency",
                "The period in which each ready task should run once",
            ),
            "granularity" => ("Granularity", "The shortest slice"),
            "cpus" => ("CPUs", "How many there are"),
            "ready_queue" => (
                "Ready queue",
                "One for all CPUs, or one for each: then tasks come back to their CPU",
            ),
            "steal" => (
                "Stealing",
                "Whether a CPU whose own queue is empty takes a task from the longest",
            ),
            "ties" => (
                "Ties",
                "What comes first when several things happen at one moment",
            ),
            "costs" => ("Preset", "What switches, interrupts and calls cost"),
            "switch_cost" => ("Context switch", "Saving one context and loading another"),
            "wake_cost" => ("Waking a CPU", "Getting a CPU that has been idle to work"),
            "timer_slack" => (
                "Timer slack",
                "How much later than asked the clock ends a sleep or a time limit",
            ),
            "user_switch_cost" => (
                "User-level switch",
                "What it takes a process to go over to another of its own threads",
            ),
            "migration_cost" => (
                "Migration",
                "What a switch takes longer on another CPU than the task ran on before",
            ),
            "interrupt_cost" => ("Interrupt", "Handling an interrupt"),
            "io_issue_cost" => ("I/O call", "Making the call"),
            "io_done_cost" => ("I/O completion", "Handling it in the task"),
            "instruction_cost" => ("Line of a script", "What carrying out one line costs"),
            "fork_cost" => ("Fork", "Making a copy of a process, its memory not counted"),
            "fork_copy_cost" => ("Fork: a KiB", "Copying one KiB of its memory: 128 words"),
            "spawn_cost" => ("Fresh process", "Making a process with a fresh image"),
            "thread_cost" => ("Fresh thread", "Making a thread"),
            "os" => (
                "Processes",
                "A tree, as on UNIX, or all alike, as on Windows",
            ),
            "fault_ends" => (
                "A fault ends",
                "The thread, or the whole process by a signal",
            ),
            "process_table" => (
                "Process table",
                "How many processes, and how many threads, can be made at run time",
            ),
            "system_call_cost" => (
                "System call",
                "What a script's call about sockets costs: the way into the kernel and back",
            ),
            "copy_cost" => (
                "Copying",
                "What copying a KiB between the kernel's buffer and the process costs",
            ),
            "scan_cost" => (
                "Looking at a socket",
                "What select, poll and epoll cost for each descriptor that they look at",
            ),
            "network_latency" => ("Latency", "How long a packet travels"),
            "network_rate" => (
                "Bandwidth",
                "How many bytes the wire takes in a unit of time, each way; 0 is no limit",
            ),
            "packet_size" => ("Packet", "The most bytes of a packet"),
            "receive_buffer" => (
                "Receive buffer",
                "How many bytes the kernel keeps for a socket until they are read",
            ),
            "send_buffer" => (
                "Send buffer",
                "How many bytes the kernel keeps for a socket until they have arrived",
            ),
            "threads" => (
                "Threads",
                "Who schedules them: the kernel, or the process on one kernel thread, a few, or as many as it takes",
            ),
            "kernel_threads" => (
                "Kernel threads",
                "How many the threads of a process share, where it schedules them on a few",
            ),
            "processors" => (
                "Processors",
                "How many threads of a process run at a time, where processors steal from each other",
            ),
            "interpreter_lock" => (
                "Interpreter lock",
                "Whether threads need CPython's lock to run, and where they look who asks for it",
            ),
            "switch_interval" => (
                "Switch interval",
                "How long a thread waits before it asks for the interpreter lock",
            ),
            "spurious_wakeups" => (
                "Spurious wake-ups",
                "Whether you may wake, where you choose who is next, a task that waits at a condition and that nobody notified",
            ),
            "on_io" => ("During I/O", "The CPU switches to another task, or waits"),
            "on_io_done" => (
                "After I/O",
                "The task joins the queue, or takes a CPU at once",
            ),
            "disk" => (
                "Disk serves",
                "All requests at once, or one after the other",
            ),
            "seed" => ("Seed", "Other seed, other draws"),
            "until" => ("Stop at", "When to stop the run"),
            "max_events" => ("Most events", "After how many events to stop"),
            "starvation" => (
                "Starvation after",
                "How long a wait for a CPU is called starvation",
            ),
            // A setting that is newer than this text is shown all the same.
            _ => ("Setting", ""),
        }
    }

    #[lockstep_part::later(English)]
    fn choice(&self, setting: &str, value: &str) -> String {
        if setting == "policy" {
            let kind = PolicyKind::ALL
                .into_iter()
                .find(|kind| kind.name() == value);
            return kind.map_or(value, |kind| self.policy(kind)).to_owned();
        }
        match (setting, value) {
            ("next", "queue") => "Longest in the queue",
            ("next", "cyclic") => "Next number",
            ("ties", "cpu-first") => "CPU first",
            ("ties", "arrivals-first") => "Arrivals first",
            ("ties", "dispatch-first") => "Dispatch first",
            ("costs", "textbook") => "Textbook: free",
            ("costs", "classroom") => "Classroom: visible",
            ("costs", "cpython") => "As measured",
            ("os", "unix") => "UNIX",
            ("os", "windows") => "Windows",
            ("fault_ends", "thread") => "The thread",
            ("fault_ends", "process") => "The process",
            ("threads", "kernel") => "Kernel: one to one",
            ("threads", "user") => "Process: many to one",
            ("threads", "hybrid") => "Hybrid: many to many",
            ("threads", "stealing") => "Processors that steal: many to many",
            ("interpreter_lock", "off") => "None",
            ("interpreter_lock", "any-instruction") => "Asks at every line",
            ("interpreter_lock", "check-points") => "Asks at check points",
            ("on_io", "switch") => "Switch",
            ("on_io", "wait") => "Wait",
            ("on_io_done", "later") => "Join the queue",
            ("on_io_done", "immediate") => "Run at once",
            ("disk", "parallel") => "All at once",
            ("disk", "fifo") => "One by one",
            _ => value,
        }
        .to_owned()
    }

    fn on(&self) -> &'static str {
        "Yes"
    }

    fn off(&self) -> &'static str {
        "No"
    }

    fn less(&self, setting: &str) -> String {
        format!("{setting}: less")
    }

    fn more_of(&self, setting: &str) -> String {
        format!("{setting}: more")
    }

    fn reset(&self, setting: &str) -> String {
        format!("{setting}: as in the workload")
    }

    fn reset_all(&self) -> &'static str {
        "Reset all"
    }

    fn workload_form(&self) -> &'static str {
        "How the workload is shown"
    }

    fn as_table(&self) -> &'static str {
        "Table"
    }

    fn as_text(&self) -> &'static str {
        "Text"
    }

    fn workload_text(&self) -> &'static str {
        "The workload as text"
    }

    fn open_file(&self) -> &'static str {
        "Open file"
    }

    fn open_file_hint(&self) -> &'static str {
        "Open a workload or a script; a file may also be dropped anywhere"
    }

    fn new_script(&self) -> &'static str {
        "New script"
    }

    fn new_script_hint(&self) -> &'static str {
        "Begin with a small script that runs"
    }

    fn new_script_name(&self) -> &'static str {
        "new.script"
    }

    fn new_script_text(&self) -> &'static str {
        NEW_SCRIPT
    }

    fn is_script(&self) -> &'static str {
        "This workload is a script: its tasks are in the code."
    }

    fn drop_here(&self) -> &'static str {
        "Drop the workload or script to run it"
    }

    fn download(&self) -> &'static str {
        "Download"
    }

    fn download_hint(&self) -> &'static str {
        "Keep this workload as a file"
    }

    fn add_job(&self) -> &'static str {
        "Add a job"
    }

    fn remove_job(&self) -> &'static str {
        "Take this job away"
    }

    fn all_columns(&self) -> &'static str {
        "All columns"
    }

    fn more_jobs(&self, count: usize) -> String {
        format!("{count} more jobs are in the text.")
    }

    fn bursts_note(&self) -> &'static str {
        "Bursts: c5 uses the CPU for 5 units, i3 waits for the disk for 3, send:log and receive:log \
         use a pipe."
    }

    #[lockstep_part::later(English)]
    fn job_field(&self, field: JobField) -> (&'static str, &'static str) {
        match field {
            JobField::Name => ("Name", "What the job is called"),
            JobField::Arrival => ("Arrival", "When it enters the system"),
            JobField::Priority => ("Priority", "The lower the number, the higher"),
            JobField::Tickets => (
                "Tickets",
                "Its share under lottery, stride and fair scheduling",
            ),
            JobField::Bursts => ("Bursts", "What it does, in order"),
            JobField::Period => ("Period", "How often it does it again"),
            JobField::Deadline => ("Deadline", "How long after its arrival it must be done"),
            JobField::Rounds => ("Rounds", "How many times it does it"),
            JobField::Memory => ("KiB", "The memory that it needs"),
            JobField::Parent => ("Parent", "The job whose child it is"),
        }
    }
}
