//! The rules, by golden scripts: a situation, a line of dashes, the events that are expected.
//!
//! Each file of `golden/` is a notebook about one subject. A situation begins with `## ` and its
//! name, followed by a workload in TOML, of jobs or with a script; where no workload follows, it is
//! the one before, with the settings that stand after `with` in the name. Beside expected events
//! stand the reasons, after `#`. `UPDATE_GOLDEN=1 cargo test --test rules` writes what happens now
//! into the files, and keeps a reason where its event is still there: read the difference before you
//! believe it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

use sim_core::call::Reason;
use sim_core::event::{Event, EventKind};
use sim_core::ids::{ObjectId, PipeId, TaskId};
use sim_core::pattern;
use sim_core::program::Code;
use sim_core::run::{Deviations, Outcome, run};
use sim_core::settings::Settings;
use sim_core::time::Time;
use sim_core::trace::Trace;
use sim_core::view::{self, FindingKind};
use sim_core::workload::Workload;

const DASHES: &str = "----";
/// The column at which reasons begin, where there is room.
const REASONS: usize = 43;

#[test]
fn golden_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "there are no golden scripts");
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    let mut differences = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let now = replayed(&path.file_name().unwrap().to_string_lossy(), &text);
        if now != text && update {
            fs::write(&path, now).unwrap();
        } else if now != text {
            describe(&mut differences, &path, &text, &now);
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

/// The first difference between a script and what happens.
fn describe(differences: &mut String, path: &Path, text: &str, now: &str) {
    let mut situation = "";
    let mut lines = text.lines();
    for (number, is) in now.lines().enumerate() {
        if is.starts_with("## ") {
            situation = is;
        }
        let expected = lines.next().unwrap_or("(the end)");
        if is != expected {
            let line = number + 1;
            let _ = writeln!(
                differences,
                "{}:{line}: {situation}\n  expected  {expected}\n  happens   {is}",
                path.display()
            );
            return;
        }
    }
    let _ = writeln!(
        differences,
        "{}: it expects more than happens",
        path.display()
    );
}

/// A script with the events that happen now.
fn replayed(file: &str, text: &str) -> String {
    let mut parts = text.split("\n## ");
    let mut now = parts.next().unwrap_or_default().to_owned();
    let mut workload = Workload::default();
    for part in parts {
        let (name, body) = part.split_once('\n').unwrap_or((part, ""));
        let dashes = format!("{DASHES}\n");
        let (situation, expected) = body.split_once(&dashes).unwrap_or((body, ""));
        let begins = |line: &str| line.starts_with('[') || line.starts_with("script = ");
        if situation.lines().any(begins) {
            workload = Workload::from_toml(&format!("{file}: {name}"), situation)
                .unwrap_or_else(|error| panic!("{error}"));
        }
        let mut over = Settings::default();
        let words = name
            .rsplit_once(" with ")
            .map_or("", |(_, settings)| settings);
        for (setting, value) in words.split(' ').filter_map(|word| word.split_once('=')) {
            over.set(setting, value)
                .unwrap_or_else(|error| panic!("{file}: {name}: {error}"));
        }
        let code = Arc::new(
            workload
                .code(&over)
                .unwrap_or_else(|error| panic!("{error}")),
        );
        let trace = run(Arc::clone(&code), Deviations::new());
        let _ = write!(
            now,
            "\n## {name}\n{situation}{DASHES}\n{}",
            listing(&code, &trace, expected)
        );
    }
    now
}

/// The events of a run, a line each, with the reasons that stood beside the same lines before.
fn listing(code: &Code, trace: &Trace, before: &str) -> String {
    let mut reasons: Vec<_> = before
        .lines()
        .map(|line| line.split_once('#').unwrap_or((line, "")))
        .map(|(line, reason)| (line.trim().to_owned(), reason.trim()))
        .collect();
    let mut outputs = trace.outputs().iter().map(|output| &*output.text);
    let mut lines: Vec<_> = trace
        .events()
        .iter()
        .map(|event| match event.kind {
            EventKind::Printed { .. } => {
                let text = outputs.next().unwrap_or_default();
                format!("{}: {text}", line(code, event))
            }
            _ => line(code, event),
        })
        .collect();
    lines.push(match trace.outcome() {
        Outcome::Finished => format!("{} finished", at(code, trace.end())),
        Outcome::Deadlock => format!("{} deadlock", at(code, trace.end())),
        Outcome::Stalled => format!("{} stalled", at(code, trace.end())),
        Outcome::Limit(limit) => format!("{} stopped: {limit:?}", at(code, trace.end())),
    });
    lines.extend(findings(code, trace));
    lines.extend(memory(code, trace));
    let mut text = String::new();
    for line in lines {
        // Of several lines that are alike, the first keeps the reason of the first.
        let place = reasons.iter().position(|(of, _)| *of == line.trim());
        let reason = place.map_or("", |place| reasons.remove(place).1);
        let _ = match reason {
            "" => writeln!(text, "{line}"),
            reason => writeln!(text, "{line:REASONS$} # {reason}"),
        };
    }
    text
}

/// The circles that closed, whatever became of the run.
fn findings(code: &Code, trace: &Trace) -> Vec<String> {
    let found = view::findings(trace);
    let told = found.iter().filter_map(|found| {
        let name = &code.job(found.task).name;
        match found.kind {
            FindingKind::Deadlock { tasks } => Some(format!(
                "{} {name} closed a circle of {tasks}",
                at(code, found.at)
            )),
            _ => None,
        }
    });
    told.collect()
}

/// The shared variables of a script as they are in the end.
fn memory(code: &Code, trace: &Trace) -> Vec<String> {
    let last = trace.last();
    let variables = code.script.iter().flat_map(|script| &script.variables);
    let told = variables.map(|variable| {
        let first = variable.first.index();
        let words = &last.memory[first..first + usize::from(variable.len)];
        let value = match words {
            [word] if !variable.is_array => word.to_string(),
            words => format!("{words:?}"),
        };
        format!("     {} = {value}", variable.name)
    });
    told.collect()
}

fn at(code: &Code, time: Time) -> String {
    format!("{:>4}", code.config.unit.show_time(time).to_string())
}

fn line(code: &Code, event: &Event) -> String {
    let name = |task: TaskId| code.job(task).name.as_str();
    let pipe_name = |pipe: PipeId| code.pipes[pipe.index()].name.as_str();
    let object_name = |object: ObjectId| {
        let word = pattern::place_word(code.object(object));
        format!("{word} {}", code.object_name(object))
    };
    let mut text = format!("{} {}", at(code, event.at), event.kind.name());
    if let Some(task) = event.kind.task() {
        let _ = write!(text, " {}", name(task));
    }
    if let Some(cpu) = event.kind.cpu() {
        let _ = write!(text, " on cpu {}", cpu.0);
    }
    let _ = match event.kind {
        EventKind::Loaded { partition, .. } => write!(text, " on partition {}", partition.0),
        EventKind::Blocked { reason, .. } => match reason.into() {
            Reason::Disk => write!(text, " on disk"),
            Reason::Period => write!(text, " on period"),
            Reason::PipeEmpty(pipe) => write!(text, " on empty pipe {}", pipe_name(pipe)),
            Reason::PipeFull(pipe) => write!(text, " on full pipe {}", pipe_name(pipe)),
            Reason::Object(object) => write!(text, " on {}", object_name(object)),
            Reason::Sleep => write!(text, " on sleep"),
            Reason::Interpreter => write!(text, " on interpreter"),
            Reason::Carrier => write!(text, " on kernel-thread"),
            Reason::Child => write!(text, " on child"),
            Reason::Thread(thread) => {
                write!(text, " on thread {}", name(code.slots.thread(thread)))
            }
            Reason::Connection(socket) => write!(text, " on connection at socket {}", socket.0),
            Reason::Connect(socket) => write!(text, " on connecting socket {}", socket.0),
            Reason::Data(socket) => write!(text, " on data at socket {}", socket.0),
            Reason::Room(socket) => write!(text, " on room at socket {}", socket.0),
            Reason::Completion => write!(text, " on completion"),
        },
        EventKind::Sent { pipe, .. }
        | EventKind::Received { pipe, .. }
        | EventKind::ReachedEnd { pipe, .. } => write!(text, " on pipe {}", pipe_name(pipe)),
        EventKind::Accessed { variable, .. } => {
            write!(text, " on variable {}", code.variable_name(variable))
        }
        EventKind::Granted { object, .. }
        | EventKind::Refused { object, .. }
        | EventKind::HandedOver { object, .. } => write!(text, " on {}", object_name(object)),
        EventKind::ScanBegan { object, .. } => write!(text, " on {}", object_name(object)),
        EventKind::PacketArrived { kind, socket, .. } => {
            write!(text, " at socket {}: {}", socket.0, kind.name())
        }
        EventKind::Failed { fault, .. } => write!(text, ": {}", fault.name()),
        EventKind::Closed { end, pipe, .. } => {
            write!(text, " on pipe {}: {}", pipe_name(pipe), end.word())
        }
        EventKind::SignalSent { signal, .. } => {
            let to = code.slots.other(event.kind).map_or("init", name);
            write!(text, " on signal {}: to {to}", signal.name())
        }
        EventKind::DispositionSet { signal, .. }
        | EventKind::SignalDelivered { signal, .. }
        | EventKind::Killed { signal, .. } => write!(text, " on signal {}", signal.name()),
        EventKind::Forked { .. } | EventKind::Spawned { .. } | EventKind::WaitedForChild { .. } => {
            let other = code.slots.other(event.kind);
            write!(text, " on process {}", other.map_or("init", name))
        }
        EventKind::ThreadStarted { .. } | EventKind::Joined { .. } => {
            let other = code.slots.other(event.kind);
            write!(text, " on thread {}", other.map_or("", name))
        }
        kind if kind.socket().is_some() => {
            write!(
                text,
                " on socket {}",
                kind.socket().map_or(0, |socket| socket.0)
            )
        }
        _ => Ok(()),
    };
    text
}
