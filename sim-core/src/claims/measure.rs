//! Numbers of a run that claims compare: `turnaround A`, `mean waiting @ fcfs`, `value counter`.
//!
//! Not the metrics themselves: those are in [`view::metrics`](crate::view::metrics).

use core::fmt;
use std::sync::Arc;

use crate::machine::Machine;
use crate::pattern::{Matcher, Pattern, variables};
use crate::program::{Code, Place};
use crate::time::{Span, Time, Unit};
use crate::trace::{Cursor, Trace};
use crate::view::metrics::{JobMetrics, Metrics};
use crate::view::{Finding, FindingKind, findings};

/// One side of a comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct Operand {
    text: String,
    /// What is measured.
    pub(super) what: What,
    /// After which event; none: at the end of the run.
    pub(super) after: Option<Pattern>,
    /// In the run of which variant; none: the one that the claim is about.
    pub(super) variant: Option<String>,
}

/// Why a claim is not looked for in runs on a real operating system.
#[cfg(all(feature = "native", not(target_family = "wasm")))]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unseen {
    /// Only the kernel sees it.
    Kernel,
    /// It is about how long something takes.
    Time,
    /// It is about the runs of several variants.
    Variants,
}

#[cfg(all(feature = "native", not(target_family = "wasm")))]
impl Unseen {
    /// It in words.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Kernel => "only the kernel sees it",
            Self::Time => "it is about how long something takes",
            Self::Variants => "it is about the runs of several variants",
        }
    }
}

/// What is measured.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum What {
    Number(f64),
    Job(OfJob, String),
    Mean(OfJob),
    Longest(OfJob),
    Run(OfRun),
    /// What a shared variable holds.
    Value(String),
}

/// A number of one job. Times are in the scenario's unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OfJob {
    Start,
    Completion,
    Response,
    Turnaround,
    Waiting,
    Cpu,
    Blocked,
    Missed,
    Preemptions,
    Dispatches,
    LongestWait,
    ProgramCounter,
    WaitingForData,
    Copying,
    Polling,
    /// The mean time from what it sent to the answer.
    Latency,
    Answers,
}

/// A number of a whole run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OfRun {
    Utilisation,
    Throughput,
    Fairness,
    Missed,
    Switches,
    End,
    /// The part of the time in which the disk worked.
    Disk,
    /// The time that all CPUs spent on switches and interrupts.
    Switching,
    /// How many circles of tasks that wait for each other have closed.
    Deadlocks,
    /// How many tasks did what cannot be done.
    Failures,
}

const OF_JOB: [(&str, OfJob); 17] = [
    ("start", OfJob::Start),
    ("completion", OfJob::Completion),
    ("response", OfJob::Response),
    ("turnaround", OfJob::Turnaround),
    ("waiting", OfJob::Waiting),
    ("cpu", OfJob::Cpu),
    ("blocked", OfJob::Blocked),
    ("missed", OfJob::Missed),
    ("preemptions", OfJob::Preemptions),
    ("dispatches", OfJob::Dispatches),
    ("longest-wait", OfJob::LongestWait),
    ("program-counter", OfJob::ProgramCounter),
    ("waiting-for-data", OfJob::WaitingForData),
    ("copying", OfJob::Copying),
    ("polling", OfJob::Polling),
    ("latency", OfJob::Latency),
    ("answers", OfJob::Answers),
];

const OF_RUN: [(&str, OfRun); 10] = [
    ("utilisation", OfRun::Utilisation),
    ("throughput", OfRun::Throughput),
    ("fairness", OfRun::Fairness),
    ("missed", OfRun::Missed),
    ("switches", OfRun::Switches),
    ("end", OfRun::End),
    ("disk", OfRun::Disk),
    ("switching", OfRun::Switching),
    ("deadlocks", OfRun::Deadlocks),
    ("failures", OfRun::Failures),
];

/// The word before the name of a shared variable.
const VALUE: &str = "value";

impl Operand {
    /// Reads `NUMBER`, or `MEASURE [JOB] [after PATTERN] [@ VARIANT]`, where the measure of a job
    /// may have `mean` or `longest` before it instead of a job behind it, and `value` has a shared
    /// variable behind it.
    ///
    /// What was found and what was expected is the error.
    pub(super) fn parse(text: &str) -> Result<Self, (String, String)> {
        let text = text.trim();
        let (rest, variant) = match text.split_once('@') {
            Some((rest, variant)) => (rest.trim(), Some(variant.trim().to_owned())),
            None => (text, None),
        };
        let (rest, after) = match rest.split_once(" after ") {
            Some((rest, pattern)) => {
                let pattern = Pattern::parse(pattern)
                    .map_err(|error| (error.found, format!("{} (pattern)", error.expected)))?;
                (rest, Some(pattern))
            }
            None => (rest, None),
        };
        let what = What::parse(rest)?;
        Ok(Self {
            text: text.to_owned(),
            what,
            after,
            variant,
        })
    }

    /// The name of the job of which it is a number.
    pub(super) fn job(&self) -> Option<&str> {
        match &self.what {
            What::Job(_, name) => Some(name),
            _ => None,
        }
    }

    /// The name of the shared variable whose value it is.
    pub(super) fn variable(&self) -> Option<&str> {
        match &self.what {
            What::Value(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it is a plain number.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.what, What::Number(_))
    }

    /// Whether tasks can see it; see [`Form::seen_by_tasks`](super::Form::seen_by_tasks).
    #[cfg(all(feature = "native", not(target_family = "wasm")))]
    pub(super) fn seen_by_tasks(&self) -> Result<(), Unseen> {
        if self.variant.is_some() {
            return Err(Unseen::Variants);
        }
        match &self.what {
            What::Number(_)
            | What::Value(_)
            | What::Run(OfRun::Deadlocks | OfRun::Failures)
            | What::Job(OfJob::Answers, _) => Ok(()),
            What::Job(OfJob::Preemptions | OfJob::Dispatches | OfJob::ProgramCounter, _)
            | What::Mean(OfJob::Preemptions | OfJob::Dispatches | OfJob::ProgramCounter)
            | What::Longest(OfJob::Preemptions | OfJob::Dispatches | OfJob::ProgramCounter)
            | What::Run(OfRun::Switches | OfRun::Utilisation | OfRun::Switching) => {
                Err(Unseen::Kernel)
            }
            What::Job(..) | What::Mean(_) | What::Longest(_) | What::Run(_) => Err(Unseen::Time),
        }
    }

    /// Its value in a run, or why it has none there.
    pub(super) fn value(&self, trace: &Arc<Trace>) -> Result<f64, String> {
        let code: &Code = trace.code();
        if let What::Number(number) = self.what {
            return Ok(number);
        }
        let mut cursor = Cursor::new(Arc::clone(trace));
        let metrics = match &self.after {
            None => {
                cursor.seek(trace.len());
                Metrics::at_end(trace)
            }
            Some(pattern) => {
                let found = matcher(pattern, code).find(trace).next();
                let event = found.ok_or_else(|| format!("no event is \"{pattern}\""))?;
                cursor.seek(event + 1);
                Metrics::at(trace.code(), cursor.machine())
            }
        };
        let at = At {
            unit: code.config.unit,
            metrics,
            machine: cursor.machine(),
            trace,
            position: cursor.position(),
        };
        let value = match &self.what {
            What::Number(number) => Some(*number),
            What::Job(of, name) => {
                let place = code.jobs.iter().position(|job| job.name == *name);
                let place = place.ok_or_else(|| format!("there is no job \"{name}\""))?;
                at.metrics
                    .jobs
                    .get(place)
                    .and_then(|job| at.of_job(*of, job))
            }
            What::Mean(of) => at.of_all(*of).and_then(|all| {
                let sum = all.iter().copied().reduce(|a, b| a + b);
                sum.map(|sum| sum / number(all.len()))
            }),
            What::Longest(of) => at
                .of_all(*of)
                .and_then(|all| all.into_iter().reduce(f64::max)),
            What::Run(of) => at.of_run(*of),
            What::Value(name) => at.of_variable(code, name),
        };
        value.ok_or_else(|| format!("{self} has no value: it did not come so far"))
    }
}

impl What {
    fn parse(text: &str) -> Result<Self, (String, String)> {
        let words: Vec<_> = text.split_whitespace().collect();
        let of_job = |name: &str| {
            OF_JOB
                .iter()
                .find(|(known, _)| *known == name)
                .map(|of| of.1)
        };
        let of_run = |name: &str| {
            OF_RUN
                .iter()
                .find(|(known, _)| *known == name)
                .map(|of| of.1)
        };
        let what = match words.as_slice() {
            [one] if one.parse::<f64>().is_ok() => one.parse().ok().map(Self::Number),
            [one] => of_run(one).map(Self::Run),
            [VALUE, variable] => Some(Self::Value((*variable).to_owned())),
            ["mean", of] => of_job(of).map(Self::Mean),
            ["longest", of] => of_job(of).map(Self::Longest),
            [of, job] => of_job(of).map(|of| Self::Job(of, (*job).to_owned())),
            _ => None,
        };
        what.ok_or_else(|| {
            let list = |names: Vec<&str>| names.join(", ");
            let of_run = list(OF_RUN.iter().map(|of| of.0).collect());
            let of_job = list(OF_JOB.iter().map(|of| of.0).collect());
            let expected = format!(
                "a number, a measure of the run ({of_run}), or one of a job with the job's name \
                 behind it or \"mean\" or \"longest\" before it ({of_job}), or \"{VALUE}\" and a \
                 shared variable"
            );
            (format!("\"{text}\""), expected)
        })
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A place in a run.
struct At<'a> {
    unit: Unit,
    metrics: Metrics,
    machine: &'a Machine,
    trace: &'a Trace,
    position: usize,
}

impl At<'_> {
    fn of_all(&self, of: OfJob) -> Option<Vec<f64>> {
        // Peers are no jobs of the machine; of latency, those count that got an answer.
        let is_latency = of == OfJob::Latency;
        let jobs = self.metrics.jobs.iter();
        let counted = jobs.filter(|job| match is_latency {
            true => job.latency().is_some(),
            false => job.place == Place::Inside,
        });
        counted.map(|job| self.of_job(of, job)).collect()
    }

    fn of_job(&self, of: OfJob, job: &JobMetrics) -> Option<f64> {
        let units = |span: Span| self.unit.number(span);
        let since_start = |at: Time| units(at.since(Time::ZERO));
        match of {
            OfJob::Start => job.start.map(since_start),
            OfJob::Completion => job.completion.map(since_start),
            OfJob::Response => job.response.map(units),
            OfJob::Turnaround => job.turnaround.map(units),
            OfJob::Waiting => job.waiting.map(units),
            OfJob::Cpu => job.cpu.map(units),
            OfJob::Blocked => Some(units(job.blocked)),
            OfJob::Missed => Some(f64::from(job.missed)),
            OfJob::Preemptions => Some(f64::from(job.preemptions)),
            OfJob::Dispatches => Some(f64::from(job.dispatches)),
            OfJob::LongestWait => job.longest_wait.map(units),
            // A workload's program is one instruction a nanosecond.
            OfJob::WaitingForData => Some(units(job.network.waiting_for_data)),
            OfJob::Copying => Some(units(job.network.copying)),
            OfJob::Polling => Some(units(job.network.polling)),
            OfJob::Latency => job.latency().map(units),
            OfJob::Answers => Some(f64::from(job.network.answers)),
            OfJob::ProgramCounter => Some(units(Span(self.machine.registers(job.task).pc))),
        }
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "a scenario counts far below 2^52, and one that does not is compared roughly"
    )]
    fn of_variable(&self, code: &Code, name: &str) -> Option<f64> {
        let cells = variables(code, name).ok()?;
        let word = self.machine.memory.get(usize::from(cells.start));
        word.filter(|_| cells.len() == 1).map(|word| *word as f64)
    }

    /// How many of these had been found by then.
    fn count(&self, wanted: fn(FindingKind) -> bool) -> f64 {
        let until = |found: &&Finding| found.position <= self.position;
        let found = findings(self.trace);
        number(
            found
                .iter()
                .filter(until)
                .filter(|found| wanted(found.kind))
                .count(),
        )
    }

    fn of_run(&self, of: OfRun) -> Option<f64> {
        let metrics = &self.metrics;
        let jobs = || metrics.jobs.iter();
        let share = |part: Span| {
            let whole = self.unit.number(metrics.now.since(Time::ZERO));
            (whole > 0.0).then(|| self.unit.number(part) / whole)
        };
        match of {
            OfRun::End => Some(self.unit.number(metrics.now.since(Time::ZERO))),
            OfRun::Missed => Some(jobs().map(|job| f64::from(job.missed)).sum()),
            OfRun::Switches => Some(jobs().map(|job| f64::from(job.dispatches)).sum()),
            OfRun::Utilisation => metrics.utilisation,
            OfRun::Throughput => metrics.throughput,
            OfRun::Fairness => metrics.fairness,
            OfRun::Disk => share(metrics.disk_busy),
            OfRun::Switching => Some(
                metrics
                    .cpus
                    .iter()
                    .map(|cpu| self.unit.number(cpu.switching))
                    .sum(),
            ),
            OfRun::Deadlocks => {
                Some(self.count(|kind| matches!(kind, FindingKind::Deadlock { .. })))
            }
            OfRun::Failures => Some(self.count(|kind| matches!(kind, FindingKind::Failed { .. }))),
        }
    }
}

/// A pattern in a run of which a claim speaks. Its names were found in the scenario; where a mutant
/// has not what they name, nothing happens there.
pub(super) fn matcher(pattern: &Pattern, code: &Code) -> Matcher {
    pattern
        .resolve(code)
        .unwrap_or_else(|_| Matcher::of_nothing())
}

#[allow(
    clippy::cast_precision_loss,
    reason = "inputs are limited far below 2^52"
)]
fn number(count: usize) -> f64 {
    count as f64
}
