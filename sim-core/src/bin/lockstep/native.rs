//! `lockstep native`: runs on real threads of the operating system.

use std::ffi::OsString;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use sim_core::native::{self, Limits, MemoryOrder, NativeRun, Order, Recording};
use sim_core::program::Code;
use sim_core::recording::Recording as Kept;
use sim_core::report::Report;
use sim_core::workload::InputError;

use super::input::{from_pairs, named};
use super::{Failure, code_of};

/// What stands below the help of `native`.
pub(super) const HELP: &str = "\
Exit codes: 0 done, 2 bad input, or nothing that can run here, 3 deadlock or stalled, 4 ended by a limit; \
of several runs the first that is not 0. Parameters of --set are those of `run`.";

/// What `native` is asked for.
#[derive(clap::Args)]
pub(super) struct NativeArguments {
    /// A scenario's slug, or a script or workload file (- reads standard input)
    #[arg(value_name = "SLUG|FILE")]
    input: OsString,
    /// How many runs
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// Record nothing but how the run ends, memory at the end and what is printed
    #[arg(long)]
    no_record: bool,
    /// How strongly the processor orders accesses to memory, where nothing is recorded
    #[arg(long, value_enum, default_value_t = Memory::Sequential, requires = "no_record")]
    memory: Memory,
    /// Set parameters
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    set: Vec<String>,
    /// After how many seconds a run is stopped
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// After how many events a run is stopped
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    events: u64,
    /// Keep the run in a file, which `lockstep` and the page can show again
    #[arg(long, value_name = "FILE", conflicts_with = "no_record")]
    trace: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Memory {
    /// All accesses have one order
    Sequential,
    /// Only accesses to the same variable do
    Relaxed,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A summary to read
    Text,
    /// All figures; of a single run also its slots and events
    Json,
    /// A trace for Perfetto and other viewers of Chrome traces, of one recorded run
    Chrome,
}

/// A run in figures.
#[derive(Serialize)]
struct RunFigures<'a> {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<&'static str>,
    /// Nanoseconds from the moment at which all threads stood ready.
    elapsed_ns: u64,
    /// The same, with starting the process and its threads.
    wall_ns: u64,
    memory: Vec<Word>,
    output: &'a [Box<str>],
    tasks: Vec<TaskFigures<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Word {
    name: String,
    value: i64,
}

#[derive(Serialize)]
struct TaskFigures<'a> {
    name: &'a str,
    cpu_ns: u64,
}

/// Runs a workload for real.
pub(super) fn run_natively(
    out: &mut impl Write,
    arguments: &NativeArguments,
) -> Result<u8, Failure> {
    let over = from_pairs(&arguments.set)?;
    let (name, workload) = named(&arguments.input)?;
    let memory = match arguments.memory {
        Memory::Sequential => MemoryOrder::SequentiallyConsistent,
        Memory::Relaxed => MemoryOrder::Relaxed,
    };
    let order = Order {
        over,
        recording: if arguments.no_record {
            Recording::Off(memory)
        } else {
            Recording::On
        },
        limits: Limits {
            wall: Duration::from_secs(arguments.seconds),
            events: arguments.events,
            ..Limits::default()
        },
        ..Order::new(workload)
    };
    let code = order.code().map_err(|error| InputError {
        file: name.clone(),
        ..error
    })?;
    native::support(&code).map_err(|what| Failure::Input(format!("{name}: {what}")))?;
    if arguments.format == Format::Chrome && (arguments.runs > 1 || arguments.no_record) {
        let sentence =
            "--format chrome: found several runs or --no-record, expected one recorded run";
        return Err(Failure::Input(sentence.to_owned()));
    }
    if arguments.trace.is_some() && arguments.runs > 1 {
        let sentence = "--trace: found several runs, expected one";
        return Err(Failure::Input(sentence.to_owned()));
    }
    let program = std::env::current_exe()?;
    let mut verdict = super::DONE;
    let mut figures = Vec::new();
    let mut tally = Tally::default();
    for _ in 0..arguments.runs {
        let run = native::run(&program, &order, &mut |_| ControlFlow::Continue(()))
            .map_err(|error| Failure::Input(format!("{name}: {error}")))?;
        if verdict == super::DONE {
            verdict = code_of(run.outcome);
        }
        tally.add(&code, &run);
        if let (Some(path), Some(trace)) = (&arguments.trace, &run.trace) {
            let kept = Kept::of(&name, &order.workload, &order.over, trace);
            super::record::keep(path, kept.as_ref())?;
        }
        match arguments.format {
            Format::Json => {
                let figures_of = RunFigures::of(&code, &run, arguments.runs == 1)?;
                figures.push(serde_json::to_value(figures_of)?);
            }
            Format::Text if arguments.runs == 1 => write_run(out, &code, &run)?,
            Format::Chrome => {
                if let Some(trace) = &run.trace {
                    serde_json::to_writer(&mut *out, &Report::new(trace).chrome())?;
                    writeln!(out)?;
                }
            }
            Format::Text => {}
        }
    }
    match arguments.format {
        Format::Json => {
            serde_json::to_writer(&mut *out, &figures)?;
            writeln!(out)?;
        }
        Format::Text if arguments.runs > 1 => tally.write(out)?,
        Format::Text | Format::Chrome => {}
    }
    Ok(verdict)
}

impl<'a> RunFigures<'a> {
    fn of(code: &'a Code, run: &'a NativeRun, is_single: bool) -> Result<Self, Failure> {
        let tasks = code.jobs.iter().zip(&run.cpu);
        let report = match &run.trace {
            Some(trace) if is_single => Some(serde_json::to_value(Report::new(trace))?),
            _ => None,
        };
        Ok(Self {
            outcome: run.outcome.name(),
            stopped: run.stopped.map(native::Stopped::name),
            elapsed_ns: run.end.0,
            wall_ns: run.wall.0,
            memory: words(code, run),
            output: &run.printed,
            tasks: tasks
                .map(|(job, cpu)| TaskFigures {
                    name: &job.name,
                    cpu_ns: cpu.0,
                })
                .collect(),
            events: run.trace.as_ref().map(|trace| trace.len()),
            report,
        })
    }
}

/// The shared variables at the end, by name.
fn words(code: &Code, run: &NativeRun) -> Vec<Word> {
    let memory = run.memory.iter().enumerate();
    let words = memory.map(|(place, value)| Word {
        name: code.variable_name(sim_core::ids::VariableId::from_index(place)),
        value: *value,
    });
    words.collect()
}

fn write_run(out: &mut impl Write, code: &Code, run: &NativeRun) -> Result<(), Failure> {
    if let Some(trace) = &run.trace {
        Report::new(trace).write_text(&mut *out)?;
    } else {
        writeln!(out, "Outcome: {}", run.outcome.name())?;
        for line in &run.printed {
            writeln!(out, "{line}")?;
        }
    }
    if let Some(stopped) = run.stopped {
        writeln!(out, "Stopped: {}", stopped.name())?;
    }
    for Word { name, value } in words(code, run) {
        writeln!(out, "Memory at the end: {name} = {value}")?;
    }
    writeln!(
        out,
        "Real time: {} ms, and {} ms with starting the process",
        millis(run.end.0),
        millis(run.wall.0)
    )?;
    let used: Vec<_> = code.jobs.iter().zip(&run.cpu).collect();
    let used = used.iter().filter(|(_, cpu)| !cpu.is_zero());
    for (job, cpu) in used {
        writeln!(out, "CPU time of {}: {} ms", job.name, millis(cpu.0))?;
    }
    Ok(())
}

/// Nanoseconds as milliseconds, with three decimals.
fn millis(ns: u64) -> String {
    format!("{}.{:03}", ns / 1_000_000, ns / 1_000 % 1_000)
}

/// What came of several runs.
#[derive(Default)]
struct Tally {
    /// How often each of these came: how it ended, memory at the end, the lines that were printed.
    kinds: std::collections::BTreeMap<(&'static str, String, String), u32>,
    times: Vec<u64>,
}

impl Tally {
    fn add(&mut self, code: &Code, run: &NativeRun) {
        let memory = words(code, run).into_iter();
        let memory: Vec<_> = memory
            .map(|Word { name, value }| format!("{name} = {value}"))
            .collect();
        let kind = (
            run.outcome.name(),
            memory.join(", "),
            run.printed.join(" / "),
        );
        *self.kinds.entry(kind).or_default() += 1;
        self.times.push(run.end.0);
    }

    fn write(mut self, out: &mut impl Write) -> Result<(), Failure> {
        let runs = self.times.len();
        writeln!(out, "{runs} runs")?;
        let mut kinds: Vec<_> = self.kinds.into_iter().collect();
        kinds.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
        for ((outcome, memory, printed), count) in kinds {
            writeln!(out, "{count:>7} {outcome}")?;
            for (what, text) in [("memory", memory), ("output", printed)] {
                if !text.is_empty() {
                    writeln!(out, "        {what}: {text}")?;
                }
            }
        }
        self.times.sort_unstable();
        let first = self.times.first().copied().unwrap_or(0);
        let last = self.times.last().copied().unwrap_or(0);
        let median = self.times.get(runs / 2).copied().unwrap_or(0);
        writeln!(
            out,
            "Real time: median {} ms, {} to {} ms",
            millis(median),
            millis(first),
            millis(last)
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_three_decimals() {
        assert_eq!(millis(1_234_567), "1.234");
        assert_eq!(millis(1_002_000_000), "1002.000");
    }
}
