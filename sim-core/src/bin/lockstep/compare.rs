//! `lockstep compare`: simulated runs against real ones.

use std::ffi::OsString;
use std::io::Write;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use sim_core::native::compare::{Comparison, Tally, Verdict, compare, compare_workload};
use sim_core::native::{Limits, NativeError};
use sim_core::scenario;
use sim_core::settings::Settings;

use super::input::named;
use super::{Failure, find};

/// What stands below the help of `compare`.
pub(super) const HELP: &str = "\
Exit codes: 0 the two machines agree, 1 they do not, 2 bad input, or nothing that can run here.";

/// What `compare` is asked for.
#[derive(clap::Args)]
pub(super) struct CompareArguments {
    /// A scenario's slug, or a script or workload file (- reads standard input)
    #[arg(value_name = "SLUG|FILE")]
    input: OsString,
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
    /// The same with all figures
    Json,
}

/// A real run that spins is stopped after so many events.
const EVENTS: u64 = 400_000;
/// A real run is stopped after so many seconds.
const SECONDS: u64 = 30;

/// Compares.
pub(super) fn run_compare(
    out: &mut impl Write,
    arguments: &CompareArguments,
) -> Result<u8, Failure> {
    let name = arguments.input.to_string_lossy().into_owned();
    let program = std::env::current_exe()?;
    let limits = Limits {
        wall: Duration::from_secs(SECONDS),
        events: EVENTS,
        ..Limits::default()
    };
    let is_scenario = scenario::sources().iter().any(|source| source.slug == name);
    let compared = if is_scenario {
        compare(&program, &find(&name)?, arguments.runs, limits)
    } else {
        let (_, workload) = named(&arguments.input)?;
        let over = Settings::default();
        compare_workload(&program, &workload, &over, arguments.runs, limits)
    };
    let compared = match compared {
        Ok(compared) => compared,
        Err(
            error @ (NativeError::Input(_) | NativeError::Unsupported(_) | NativeError::Start(_)),
        ) => {
            return Err(Failure::Input(format!("{name}: {error}")));
        }
        Err(error) => {
            writeln!(out, "FAILED  {name}: {error}")?;
            return Ok(super::CLAIM_FAILED);
        }
    };
    match arguments.format {
        Format::Text => write_text(out, &name, &compared)?,
        Format::Json => {
            serde_json::to_writer(&mut *out, &Figures::of(&name, &compared))?;
            writeln!(out)?;
        }
    }
    Ok(if compared.agrees() {
        super::DONE
    } else {
        super::CLAIM_FAILED
    })
}

fn write_text(out: &mut impl Write, name: &str, compared: &Comparison) -> std::io::Result<()> {
    for claim in &compared.claims {
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
        let subject = match fact.subject.as_str() {
            "" => name.to_owned(),
            subject => format!("{name} ({subject})"),
        };
        writeln!(
            out,
            "{:<12}  {subject}, {}: {} simulated, {} real",
            fact.verdict.name(),
            fact.what.name(),
            shown(&fact.simulated),
            shown(&fact.real)
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
const SHOWN: usize = 3;

fn shown(results: &[String]) -> String {
    let more = results.len().saturating_sub(SHOWN);
    let first: Vec<_> = results
        .iter()
        .take(SHOWN)
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
