//! The texts of the page's frame in English.

use sim_core::program::PolicyKind;
use sim_core::scenario::Chapter;
use sim_core::settings::Group;
use sim_core::time::{Span, Time};
use sim_core::view::{CpuSegmentKind, SegmentKind};

use super::English;
use crate::i18n::{ShellTexts, StageTexts, shell::KeyGroup};
use crate::panels::timeline::{Axis, Bar, BarKind, Row, Subject, task_name};
use crate::session::{FileFault, JobField, Problem, Progress, Session};
use crate::store::{Side, Theme};

impl ShellTexts for English {
    fn skip(&self) -> &'static str {
        "Skip to the machine"
    }

    fn catalogue_button(&self) -> &'static str {
        "Show or hide the catalogue (b)"
    }

    fn theme_button(&self, theme: Theme) -> String {
        let now = match theme {
            Theme::System => "as the system",
            Theme::Dark => "dark",
            Theme::Light => "light",
        };
        format!("Colours: {now} (t)")
    }

    fn help_button(&self) -> &'static str {
        "Keys and help (?)"
    }

    fn stage_region(&self) -> &'static str {
        "The machine"
    }

    fn side_region(&self) -> &'static str {
        "Lesson, tables and settings"
    }

    fn side(&self, side: Side) -> &'static str {
        match side {
            Side::Lesson => "Lesson",
            Side::Processes => "Processes",
            Side::Metrics => "Metrics",
            Side::Parameters => "Parameters",
            Side::Workload => "Workload",
        }
    }

    fn close(&self) -> &'static str {
        "Close (Esc)"
    }

    fn own_workload(&self, name: &str) -> String {
        format!("Your own: {name}")
    }

    fn no_lesson(&self) -> &'static str {
        "This workload is your own and has no lesson. Change it under Workload, put another policy \
         beside it under Parameters, and watch what happens."
    }

    fn catalogue(&self) -> &'static str {
        "Catalogue"
    }

    fn filter(&self) -> &'static str {
        "Search scenarios"
    }

    fn nothing_found(&self) -> &'static str {
        "No scenario has these words."
    }

    fn chapter(&self, chapter: Chapter) -> &'static str {
        chapter.title()
    }

    fn transport(&self) -> &'static str {
        "Transport"
    }

    fn play(&self) -> &'static str {
        "Play (space bar)"
    }

    fn pause(&self) -> &'static str {
        "Pause (space bar)"
    }

    fn to_start(&self) -> &'static str {
        "To the start (Home)"
    }

    fn to_end(&self) -> &'static str {
        "To the end (End)"
    }

    fn step_forward(&self) -> &'static str {
        "Step forward (→)"
    }

    fn step_back(&self) -> &'static str {
        "Step back (←)"
    }

    fn position(&self) -> &'static str {
        "Place in the run"
    }

    fn count(&self, position: usize, length: usize) -> String {
        format!("event {position} of {length}")
    }

    fn clock(&self, session: &Session) -> String {
        let unit = session.unit();
        let clock = session.player().clock();
        // Between two events only what the eye can follow: hundredths of a unit.
        let grain = (unit.span().0 / 100).max(1);
        let is_event = session.merged().time(session.position()) == clock;
        let shown = if is_event {
            clock.0
        } else {
            clock.0 / grain * grain
        };
        self.moment(unit, Time(shown))
    }

    fn end(&self, session: &Session) -> String {
        format!("of {}", self.moment(session.unit(), session.merged().end()))
    }

    fn step_by(&self) -> &'static str {
        "Step by"
    }

    fn by_event(&self) -> &'static str {
        "Event"
    }

    fn by_switch(&self) -> &'static str {
        "Switch"
    }

    fn speed(&self) -> &'static str {
        "Speed (+ and −)"
    }

    fn timeline(&self) -> &'static str {
        "Timeline"
    }

    fn timeline_lanes(&self) -> &'static str {
        "Lanes of CPUs, tasks and the disk; arrow keys step through the run"
    }

    fn axis_label(&self) -> &'static str {
        "What the axis counts"
    }

    fn axis_time(&self) -> &'static str {
        "Time"
    }

    fn axis_step(&self) -> &'static str {
        "Steps"
    }

    fn zoom_in(&self) -> &'static str {
        "Zoom in (z)"
    }

    fn zoom_out(&self) -> &'static str {
        "Zoom out (Z)"
    }

    fn zoom_fit(&self) -> &'static str {
        "Show everything (0)"
    }

    fn legend(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("running", "running"),
            ("ready", "ready"),
            ("blocked", "blocked"),
            ("kernel", "kernel at work"),
            ("new", "new"),
            ("zombie", "zombie"),
        ]
    }

    fn row_name(&self, session: &Session, row: &Row) -> String {
        match row.subject {
            Subject::Run => {
                let names = crate::panels::compare::run_names(session);
                names.get(row.run).cloned().unwrap_or_default()
            }
            Subject::Cpu(cpu) => self.cpu(cpu),
            Subject::Task(task) => task_name(session, row.run, task),
            Subject::Disk => "Disk".to_owned(),
        }
    }

    fn bar(&self, session: &Session, row: &Row, bar: Option<&Bar>, axis: Axis) -> Vec<String> {
        let name = self.row_name(session, row);
        let Some(bar) = bar else { return vec![name] };
        let unit = session.unit();
        let span = match axis {
            Axis::Time => format!(
                "{} to {}, {}",
                self.bare(unit, Span(bar.from)),
                self.moment(unit, Time(bar.to)),
                self.span(unit, Span(bar.to - bar.from)),
            ),
            Axis::Step if bar.to - bar.from == 1 => format!("step {}", bar.from),
            Axis::Step => format!("steps {} to {}", bar.from, bar.to - 1),
        };
        vec![format!("{name}: {}", what(self, session, row, bar)), span]
    }

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
            Group::Run => "Run",
        }
    }

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
            "cpus" => ("CPUs", "How many, with one ready queue"),
            "ties" => (
                "Ties",
                "What comes first when several things happen at one moment",
            ),
            "costs" => ("Preset", "What switches, interrupts and calls cost"),
            "switch_cost" => ("Context switch", "Saving one context and loading another"),
            "interrupt_cost" => ("Interrupt", "Handling an interrupt"),
            "io_issue_cost" => ("I/O call", "Making the call"),
            "io_done_cost" => ("I/O completion", "Handling it in the task"),
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
        "Open a workload; a file may also be dropped anywhere"
    }

    fn drop_here(&self) -> &'static str {
        "Drop the workload to run it"
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

    fn problem_title(&self, problem: &Problem) -> &'static str {
        match problem {
            Problem::UnknownScenario { .. } | Problem::UnknownVariant { .. } => "Not found",
            Problem::Input(_) => "This workload cannot run",
            Problem::Setting(_) => "This setting cannot be used",
            Problem::Link(_) => "This link cannot be followed",
            Problem::File { .. } => "This file cannot be opened",
            Problem::TooManyRuns => "No room for another run",
        }
    }

    fn problem_way_out(&self, problem: &Problem) -> &'static str {
        match problem {
            Problem::UnknownScenario { .. } | Problem::UnknownVariant { .. } => {
                "Choose one from the catalogue."
            }
            Problem::Input(_) | Problem::Setting(_) => {
                "What ran before is still here. Mend it and try again."
            }
            Problem::Link(_) => "What is shown is as it was.",
            Problem::File {
                fault: FileFault::TooLong,
                ..
            } => "A workload has at most 16 MiB of text.",
            Problem::File { .. } => "A workload is a text file in TOML.",
            Problem::TooManyRuns => "Take one away first.",
        }
    }

    fn dismiss(&self) -> &'static str {
        "Close (Esc)"
    }

    fn making(&self, progress: Progress) -> String {
        let events = grouped(progress.events);
        if progress.runs == 1 {
            format!("Running: {events} events so far")
        } else {
            let (complete, runs) = (progress.complete, progress.runs);
            format!("Running: {events} events so far, {complete} of {runs} runs complete")
        }
    }

    fn cancel(&self) -> &'static str {
        "Cancel"
    }

    fn help_title(&self) -> &'static str {
        "Keys"
    }

    fn keys(&self) -> Vec<KeyGroup> {
        vec![
            (
                "Time",
                vec![
                    (&["Space"], "play or pause"),
                    (&["→", "←"], "step forward or back"),
                    (&["Shift →", "Shift ←"], "to the next or last switch"),
                    (&["Home", "End"], "to the start or the end"),
                    (&["+", "−"], "faster or slower"),
                ],
            ),
            (
                "Timeline",
                vec![
                    (&["z", "Z"], "zoom in or out"),
                    (&["0"], "show everything"),
                    (&["drag"], "move through time"),
                    (&["wheel"], "zoom; with Shift move along"),
                ],
            ),
            (
                "Page",
                vec![
                    (
                        &["1 … 5"],
                        "lesson, processes, metrics, parameters, workload",
                    ),
                    (&["p"], "parameters"),
                    (&["c"], "compare with another policy"),
                    (&["/"], "search the catalogue"),
                    (&["b"], "show or hide the catalogue"),
                    (&["t"], "colours: system, dark, light"),
                    (&["?"], "this help"),
                    (&["Esc"], "close, or leave a field"),
                ],
            ),
        ]
    }

    fn help_note(&self) -> &'static str {
        "The address always leads back to what you see: scenario, parameters and step. A workload \
         file may be dropped anywhere on the page."
    }
}

/// What a task, a CPU or the disk does in a bar.
fn what(text: &English, session: &Session, row: &Row, bar: &Bar) -> String {
    let name = |task| task_name(session, row.run, task);
    match bar.kind {
        BarKind::Task(kind) => match kind {
            SegmentKind::New => "new, waits for memory".to_owned(),
            SegmentKind::Ready => "ready, waits for a CPU".to_owned(),
            SegmentKind::Running(cpu) => format!("running on {}", text.cpu(cpu)),
            SegmentKind::Loading(cpu) => {
                format!("on {}, which works for the kernel", text.cpu(cpu))
            }
            SegmentKind::Blocked(reason) => {
                let code = session.runs().get(row.run).map(|run| run.trace.code());
                let waits = code
                    .map(|code| text.waits_for(code, reason))
                    .unwrap_or_default();
                format!("blocked: {waits}")
            }
            SegmentKind::Zombie => "zombie, its parent has not collected it".to_owned(),
        },
        BarKind::Cpu(kind) => match kind {
            CpuSegmentKind::Idle => "idle".to_owned(),
            CpuSegmentKind::User(task) => format!("runs {}", name(task)),
            CpuSegmentKind::Switching(task) => format!("switches to {}", name(task)),
            CpuSegmentKind::Handling(task) => {
                format!("handles the disk's interrupt for {}", name(task))
            }
            CpuSegmentKind::Held(task) => format!("waits with {} for the disk", name(task)),
        },
        BarKind::Disk(kind) => match (kind.requests, kind.serving) {
            (1, Some(task)) => format!("serves {}", name(task)),
            (requests, Some(task)) => {
                format!("serves {}, {} more wait", name(task), requests - 1)
            }
            (1, None) => "1 request".to_owned(),
            (requests, None) => format!("{requests} requests at once"),
        },
    }
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
