//! The texts of the page's frame in English.

use sim_core::call::Reason;
use sim_core::run::Outcome;
use sim_core::scenario::Chapter;
use sim_core::time::{Span, Time};
use sim_core::view::{CpuSegmentKind, SegmentKind};

use super::English;
use crate::i18n::{CodeTexts, NetworkTexts, ShellTexts, StageTexts, real_texts, shell::KeyGroup};
use crate::panels::timeline::{Axis, Bar, BarKind, Row, Subject, task_name};
use crate::session::{FileFault, Problem, Progress, RecordingFault, Session};
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
            Side::Code => self.code(),
            Side::Console => self.output(),
            Side::Processes => "Processes",
            Side::Metrics => "Metrics",
            Side::Parameters => "Parameters",
            Side::Workload => "Workload",
        }
    }

    fn close(&self) -> &'static str {
        "Close (Esc)"
    }

    fn stuck(&self, outcome: Outcome, is_over: bool) -> Option<(&'static str, &'static str)> {
        match (outcome, is_over) {
            (Outcome::Deadlock, false) => Some((
                "Ends in deadlock",
                "Further on, tasks wait for each other in a circle, and nobody can ever go on",
            )),
            (Outcome::Deadlock, true) => Some((
                "Deadlock",
                "Tasks wait for each other in a circle: nobody can ever go on",
            )),
            (Outcome::Stalled, false) => Some((
                "Gets stuck",
                "Further on, tasks wait for what never comes, without a circle",
            )),
            (Outcome::Stalled, true) => Some((
                "Stuck",
                "Tasks wait for what never comes; they do not wait for each other in a circle",
            )),
            _ => None,
        }
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
        "Step: event"
    }

    fn by_switch(&self) -> &'static str {
        "Step: switch"
    }

    fn by_block(&self) -> &'static str {
        "Step: blocked"
    }

    fn by_task(&self) -> &'static str {
        "Step: task"
    }

    fn let_choose(&self) -> &'static str {
        "Let me choose"
    }

    fn let_choose_hint(&self) -> &'static str {
        "Playing stops wherever it is open who is next, and you choose (x)"
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
            ("unseen", "ready or running: not seen"),
            ("queued", "in a run queue"),
            ("blocked", "blocked"),
            ("kernel", "kernel at work"),
            ("data", "waiting for data"),
            ("copying", "copying"),
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
            Subject::Border => self.outside().to_owned(),
            Subject::Peers(first, number) => {
                let name = task_name(session, row.run, first);
                format!("{} \u{d7} {number}", crate::layout::stem(&name))
            }
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

    fn problem(&self, problem: &Problem) -> String {
        match problem {
            Problem::Live(fault) => real_texts().live_fault(fault),
            problem => problem.to_string(),
        }
    }

    fn problem_title(&self, problem: &Problem) -> &'static str {
        match problem {
            Problem::UnknownScenario { .. } | Problem::UnknownVariant { .. } => "Not found",
            Problem::Fetch { .. } => "This scenario cannot be fetched",
            Problem::Recording(_) => "The real run cannot be shown",
            Problem::Live(_) => real_texts().live_title(),
            Problem::Part(_) => "The rest of this page cannot be fetched",
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
            Problem::Fetch { .. } => "What ran before is still here. Try again.",
            Problem::Recording(RecordingFault::Missing) => "What ran before is still here.",
            Problem::Recording(RecordingFault::Fetch(_)) => {
                "What ran before is still here. Try again."
            }
            Problem::Recording(RecordingFault::Bad(_)) => {
                "The recordings are older or newer than this page: load it anew. Who serves it makes \
                 them anew by `lockstep record sim-core/recordings`."
            }
            Problem::Live(fault) => real_texts().live_way_out(fault),
            Problem::Part(_) => {
                "What ran before is still here. Try again; if that does not help, load the page anew."
            }
            Problem::Input(_) | Problem::Setting(_) => {
                "What ran before is still here. Mend it and try again."
            }
            Problem::Link(_) => "What is shown is as it was.",
            Problem::File {
                fault: FileFault::TooLong,
                ..
            } => "A workload has at most 16 MiB of text.",
            Problem::File { .. } => {
                "A workload is a text file in TOML, a script one in plain text."
            }
            Problem::TooManyRuns => "Take one away first.",
        }
    }

    fn dismiss(&self) -> &'static str {
        "Close (Esc)"
    }

    fn retry(&self) -> &'static str {
        "Try again"
    }

    fn fetching_part(&self) -> &'static str {
        "Fetching the rest of this page"
    }

    fn fetching(&self, title: &str) -> String {
        format!("Fetching “{title}”")
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

    #[lockstep_part::later(English)]
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
                "Scripts and choices",
                vec![
                    (&["1 … 9"], "have this one next, where it is open"),
                    (&["x"], "stop playing wherever it is open"),
                    (&["n"], "next line of the marked task"),
                    (&["e"], "edit the script"),
                    (&["Ctrl Enter"], "run what was edited"),
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
                    (&["l", "s", "o"], "lesson, script, output"),
                    (&["r", "m"], "processes, metrics"),
                    (&["p", "w"], "parameters, workload"),
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
            SegmentKind::ReadyOrRunning => "ready or running: not seen which".to_owned(),
            SegmentKind::Running(cpu) => format!("running on {}", text.cpu(cpu)),
            SegmentKind::Loading(cpu) => {
                format!("on {}, which works for the kernel", text.cpu(cpu))
            }
            SegmentKind::Blocked(Reason::Carrier) => {
                "could run, waits for a kernel thread".to_owned()
            }
            SegmentKind::Blocked(reason) => {
                let code = session.runs().get(row.run).map(|run| run.trace.code());
                let waits = code
                    .map(|code| text.waits_for(code, reason))
                    .unwrap_or_default();
                format!("blocked: {waits}")
            }
            SegmentKind::Copying(cpu) => {
                format!("the kernel copies for it on {}", text.cpu(cpu))
            }
            SegmentKind::Scanning(cpu) => {
                format!("the kernel looks at its sockets on {}", text.cpu(cpu))
            }
            SegmentKind::WaitingForData(_) => "blocked: waits for data".to_owned(),
            SegmentKind::Outside(Some(Reason::Sleep)) => "outside, does nothing".to_owned(),
            SegmentKind::Outside(_) => "outside, waits for the network".to_owned(),
            SegmentKind::Zombie => "zombie, its parent has not collected it".to_owned(),
        },
        BarKind::Cpu(kind) => match kind {
            CpuSegmentKind::Idle => "idle".to_owned(),
            CpuSegmentKind::User(task) => format!("runs {}", name(task)),
            CpuSegmentKind::Switching(task) => format!("switches to {}", name(task)),
            CpuSegmentKind::Handling(task) => {
                format!("handles the disk's interrupt for {}", name(task))
            }
            CpuSegmentKind::Receiving(_) => "handles the network card's interrupt".to_owned(),
            CpuSegmentKind::Held(task) => format!("waits with {} for the disk", name(task)),
        },
        BarKind::Crowd(waiting, of) => text.crowd(waiting, of),
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
pub(super) fn grouped(number: usize) -> String {
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
