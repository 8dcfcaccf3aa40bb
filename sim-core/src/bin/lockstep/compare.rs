//! `lockstep compare`: simulated runs against real ones.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use sim_core::native::compare::{Comparison, Tally, Verdict, compare, compare_workload};
use sim_core::native::{Limits, NativeError};
use sim_core::scenario::{self, Scenario};
use sim_core::settings::Settings;
use sim_core::workload::Workload;

use super::input::named;
use super::{Failure, find};

/// What stands below the help of `compare`.
pub(super) const HELP: &str = "\
Exit codes: 0 the two machines agree, 1 they do not, 2 bad input, or nothing that can run here.";

/// What `compare` is asked for.
#[derive(clap::Args)]
pub(super) struct CompareArguments {
    /// Slugs of scenarios, or script or workload files (- reads standard input); without any, all scenarios
    /// that have a real form here. Of several, what agrees is only counted
    #[arg(value_name = "SLUG|FILE")]
    inputs: Vec<OsString>,
    /// How many real runs of each variant; of what has only to be possible up to twenty times as many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each thing that is compared
    Text,
    /// The same with all figures, a line of JSON for each input
    Json,
}

/// When a real run is stopped: one that spins after so many events.
fn limits() -> Limits {
    Limits {
        wall: Duration::from_secs(30),
        events: 400_000,
        ..Limits::default()
    }
}

/// Compares; goes on behind what does not agree.
pub(super) fn run_compare(
    out: &mut impl Write,
    arguments: &CompareArguments,
) -> Result<u8, Failure> {
    let CompareArguments { inputs, format, .. } = arguments;
    let subjects = match inputs[..] {
        [] => {
            let all = scenario::catalogue().iter();
            let native = all.filter(|scenario| super::is_native(scenario));
            native.cloned().map(Subject::Scenario).collect()
        }
        _ => {
            let subjects = inputs.iter().map(|input| Subject::find(input));
            subjects.collect::<Result<Vec<_>, _>>()?
        }
    };
    let mut agreeing = 0;
    for subject in &subjects {
        let name = subject.name();
        let compared = match subject.compare(arguments.runs) {
            Ok(compared) => compared,
            Err(
                error @ (NativeError::Input(_)
                | NativeError::Unsupported(_)
                | NativeError::Start(_)),
            ) => {
                return Err(Failure::Input(format!("{name}: {error}")));
            }
            Err(error) => {
                writeln!(out, "FAILED        {name}: {error}")?;
                continue;
            }
        };
        agreeing += usize::from(compared.agrees());
        match (format, &subjects[..]) {
            (Format::Text, [_]) => write_text(out, name, &compared, Shown::All)?,
            (Format::Text, _) => {
                write_sum(out, name, &compared)?;
                write_text(out, name, &compared, Shown::Disagreements)?;
            }
            (Format::Json, _) => {
                serde_json::to_writer(&mut *out, &Figures::of(name, &compared))?;
                writeln!(out)?;
            }
        }
        out.flush()?;
    }
    if *format == Format::Text && subjects.len() > 1 {
        writeln!(out, "{agreeing} of {} agree", subjects.len())?;
    }
    Ok(match agreeing == subjects.len() {
        true => super::DONE,
        false => super::CLAIM_FAILED,
    })
}

/// What is compared.
enum Subject {
    Scenario(Scenario),
    Workload(String, Workload),
}

impl Subject {
    fn find(input: &OsStr) -> Result<Self, Failure> {
        let name = input.to_string_lossy();
        if scenario::sources().iter().any(|source| source.slug == name) {
            return Ok(Self::Scenario(find(&name)?));
        }
        let (name, workload) = named(input)?;
        Ok(Self::Workload(name, workload))
    }

    fn name(&self) -> &str {
        match self {
            Self::Scenario(scenario) => &scenario.slug,
            Self::Workload(name, _) => name,
        }
    }

    fn compare(&self, runs: u32) -> Result<Comparison, NativeError> {
        let program = std::env::current_exe().map_err(NativeError::Start)?;
        let limits = limits();
        match self {
            Self::Scenario(scenario) => compare(&program, scenario, runs, limits),
            Self::Workload(_, workload) => {
                let over = Settings::default();
                compare_workload(&program, workload, &over, runs, limits)
            }
        }
    }
}

/// How much of it agrees.
fn write_sum(out: &mut impl Write, name: &str, compared: &Comparison) -> std::io::Result<()> {
    let claims = compared.claims.iter().map(|claim| claim.verdict);
    let facts = compared.facts.iter().map(|fact| fact.verdict);
    let all: Vec<_> = claims.chain(facts).map(Verdict::name).collect();
    let sums = ["agrees", "disagrees", "open", "not-compared"].map(|verdict| {
        let count = all.iter().filter(|each| **each == verdict).count();
        format!("{count} {verdict}")
    });
    let word = match compared.agrees() {
        true => Verdict::Agrees.name(),
        false => Verdict::Disagrees.name(),
    };
    writeln!(out, "{word:<12}  {name}: {}", sums.join(", "))
}

/// What is written of a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    Disagreements,
}

fn write_text(
    out: &mut impl Write,
    name: &str,
    compared: &Comparison,
    shown: Shown,
) -> std::io::Result<()> {
    let is_shown = |verdict| shown == Shown::All || verdict == Verdict::Disagrees;
    for claim in &compared.claims {
        if !is_shown(claim.verdict) {
            continue;
        }
        writeln!(
            out,
            "{:<12}  {name}/{} ({}): {}",
            claim.verdict.name(),
            claim.id,
            claim.kind.name(),
            claim.text
        )?;
        if let Verdict::NotCompared(why) = claim.verdict {
            writeln!(out, "              {why}")?;
            continue;
        }
        writeln!(
            out,
            "              so in {} simulated schedules and {} real runs; {}",
            of(claim.simulated),
            of(claim.real),
            claim.detail
        )?;
    }
    for fact in &compared.facts {
        if !is_shown(fact.verdict) {
            continue;
        }
        let subject = match fact.subject.as_str() {
            "" => name.to_owned(),
            subject => format!("{name} ({subject})"),
        };
        writeln!(
            out,
            "{:<12}  {subject}, {}: {} simulated, {} real",
            fact.verdict.name(),
            fact.what.name(),
            some_of(&fact.simulated),
            some_of(&fact.real)
        )?;
        if let Verdict::NotCompared(why) = fact.verdict {
            writeln!(out, "              {why}")?;
        }
        if fact.what.name() == "outcome" {
            writeln!(
                out,
                "              {} ms simulated, {} ms in the middle of the real runs; times are not \
                 judged",
                millis(fact.simulated_time.0),
                millis(fact.real_time.0)
            )?;
        }
    }
    Ok(())
}

fn of(tally: Tally) -> String {
    format!("{} of {}", tally.so, tally.of)
}

/// The most results that are written out.
const SOME: usize = 3;

fn some_of(results: &[String]) -> String {
    let more = results.len().saturating_sub(SOME);
    let first: Vec<_> = results
        .iter()
        .take(SOME)
        .map(|each| format!("\"{each}\""))
        .collect();
    match more {
        0 => first.join(" or "),
        more => format!("{} or {more} more", first.join(" or ")),
    }
}

fn millis(ns: u64) -> String {
    format!("{}.{:03}", ns / 1_000_000, ns / 1_000 % 1_000)
}

#[derive(Serialize)]
struct Figures<'a> {
    input: &'a str,
    agrees: bool,
    claims: Vec<ClaimFigures<'a>>,
    facts: Vec<FactFigures<'a>>,
}

#[derive(Serialize)]
struct ClaimFigures<'a> {
    id: &'a str,
    kind: &'static str,
    text: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    /// So in how many, of how many.
    simulated: [u32; 2],
    real: [u32; 2],
    detail: &'a str,
}

#[derive(Serialize)]
struct FactFigures<'a> {
    subject: &'a str,
    what: &'static str,
    verdict: &'static str,
    simulated: &'a [String],
    real: &'a [String],
    simulated_ns: u64,
    real_ns: u64,
}

impl<'a> Figures<'a> {
    fn of(input: &'a str, compared: &'a Comparison) -> Self {
        let claims = compared.claims.iter().map(|claim| ClaimFigures {
            id: &claim.id,
            kind: claim.kind.name(),
            text: &claim.text,
            verdict: claim.verdict.name(),
            why: match claim.verdict {
                Verdict::NotCompared(why) => Some(why),
                _ => None,
            },
            simulated: [claim.simulated.so, claim.simulated.of],
            real: [claim.real.so, claim.real.of],
            detail: &claim.detail,
        });
        let facts = compared.facts.iter().map(|fact| FactFigures {
            subject: &fact.subject,
            what: fact.what.name(),
            verdict: fact.verdict.name(),
            simulated: &fact.simulated,
            real: &fact.real,
            simulated_ns: fact.simulated_time.0,
            real_ns: fact.real_time.0,
        });
        Self {
            input,
            agrees: compared.agrees(),
            claims: claims.collect(),
            facts: facts.collect(),
        }
    }
}
