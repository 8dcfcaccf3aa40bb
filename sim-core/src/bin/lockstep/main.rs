//! The command line of Lockstep: lists the catalogue, runs workloads, checks claims.
//!
//! Everything that it knows comes from the library; here arguments become settings, and outcomes
//! become exit codes.

#[cfg(unix)]
mod calibrate;
mod compare;
mod input;
mod native;
mod record;
mod run;
mod serve;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{ColorChoice, Parser, Subcommand};
use serde::Serialize;
use sim_core::claims::{self, ClaimResult};
use sim_core::run::Outcome;
use sim_core::scenario::{self, Scenario};
use sim_core::settings::{SETTINGS, Settings, one_of};
use sim_core::time::Unit;
use sim_core::workload::InputError;

/// A simulated computer and its schedulers.
#[derive(Parser)]
#[command(name = "lockstep", version, color = ColorChoice::Never)]
#[command(
    after_help = "Exit codes: 0 done, 1 a claim failed, 2 bad input, 3 deadlock or stalled, \
                        4 ended by a limit or --until."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the scenarios of the catalogue
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Run a scenario, a workload file or a list of jobs
    #[command(after_help = settings_help())]
    Run(run::RunArguments),
    /// Run a scenario, a script or a workload on real threads of the operating system
    #[command(after_help = native::HELP)]
    Native(native::NativeArguments),
    /// Make the recordings of real runs that the page shows, of all scenarios that have a real form
    Record(record::RecordArguments),
    /// Let the page run scenarios for real: answer its requests on loopback
    Serve(serve::ServeArguments),
    /// Compare simulated runs with real ones: what is claimed, and what they come to
    #[command(after_help = compare::HELP)]
    Compare(compare::CompareArguments),
    /// Measure what this computer takes, as costs for the simulated machine
    #[cfg(unix)]
    Calibrate(calibrate::CalibrateArguments),
    /// Ends at once: what starting a process takes
    #[cfg(unix)]
    #[command(hide = true, name = sim_core::native::NOTHING)]
    NativeNothing,
    /// Forks and waits, with so many KiB of memory: what that takes, in nanoseconds
    #[cfg(unix)]
    #[command(hide = true, name = sim_core::native::FORKS)]
    NativeForks {
        /// How many KiB
        kib: u32,
    },
    /// The process in which `native` lets a program run
    #[command(hide = true, name = sim_core::native::CHILD)]
    NativeChild,
    /// Check the claims of all scenarios, or of one
    Check {
        /// The scenario
        slug: Option<String>,
    },
}

/// Why a command did not do what it was asked to.
enum Failure {
    /// The input is wrong.
    Input(String),
    /// Nobody reads the output any more.
    BrokenPipe,
    /// The output cannot be written.
    Output(io::Error),
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Output(error),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

const DONE: u8 = 0;
const CLAIM_FAILED: u8 = 1;
const BAD_INPUT: u8 = 2;
const STALLED: u8 = 3;
const LIMIT: u8 = 4;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::NativeChild = arguments.command {
        return child();
    }
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let result = match arguments.command {
        Command::List { json } => list(&mut out, json),
        Command::Run(arguments) => run::run_workload(&mut out, arguments),
        Command::Native(arguments) => native::run_natively(&mut out, &arguments),
        Command::Record(arguments) => record::record(&mut out, &arguments),
        Command::Serve(arguments) => serve::serve(&mut out, &arguments),
        Command::Compare(arguments) => compare::run_compare(&mut out, &arguments),
        #[cfg(unix)]
        Command::Calibrate(arguments) => calibrate::run_calibrate(&mut out, &arguments),
        #[cfg(unix)]
        Command::NativeNothing => Ok(DONE),
        #[cfg(unix)]
        Command::NativeForks { kib } => calibrate::run_forks(&mut out, kib),
        Command::NativeChild => Ok(DONE),
        Command::Check { slug } => check(&mut out, slug.as_deref()),
    };
    let result = result.and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    let (code, sentence) = match result {
        Ok(code) => (code, None),
        // Whoever reads may stop at any time: that is no error.
        Err(Failure::BrokenPipe) => (DONE, None),
        Err(Failure::Input(sentence)) => (BAD_INPUT, Some(sentence)),
        Err(Failure::Output(error)) => (BAD_INPUT, Some(format!("cannot write: {error}"))),
    };
    if let Some(sentence) = sentence {
        // Without standard error, the exit code has to do.
        let _ = writeln!(io::stderr(), "lockstep: {sentence}");
    }
    // What is still in the buffer could not be written, and is not to be tried again.
    let _ = out.into_parts();
    code.into()
}

#[cfg(unix)]
fn child() -> ExitCode {
    sim_core::native::child()
}

#[cfg(not(unix))]
fn child() -> ExitCode {
    ExitCode::FAILURE
}

/// The settings, as the help of `run` shows them.
fn settings_help() -> String {
    let mut help = String::from("Parameters of --set and their defaults:\n");
    for setting in SETTINGS {
        let expected = setting.expected(Unit::MILLISECOND);
        help.push_str(&format!(
            "  {}={}: {expected}\n",
            setting.name, setting.default
        ));
    }
    help
}

#[derive(Serialize)]
struct Listed<'a> {
    slug: &'a str,
    title: String,
    chapter: &'static str,
    rows: &'a [String],
    /// Whether it has a real form here.
    native: bool,
}

/// Whether a scenario, as it stands, can run on the operating system.
fn is_native(scenario: &Scenario) -> bool {
    let code = scenario.workload.code(&Settings::default());
    code.is_ok_and(|code| sim_core::native::support(&code).is_ok())
}

fn list(out: &mut impl Write, json: bool) -> Result<u8, Failure> {
    let listed = scenario::catalogue().iter().map(|scenario| Listed {
        slug: &scenario.slug,
        title: scenario.title.to_string(),
        chapter: scenario.chapter.name(),
        rows: &scenario.rows,
        native: is_native(scenario),
    });
    let listed: Vec<_> = listed.collect();
    if json {
        serde_json::to_writer_pretty(&mut *out, &listed)?;
        writeln!(out)?;
        return Ok(DONE);
    }
    let width = listed
        .iter()
        .map(|each| each.slug.chars().count())
        .max()
        .unwrap_or(0);
    for each in listed {
        writeln!(
            out,
            "{:<width$}  {} ({})",
            each.slug,
            each.title,
            each.rows.join(", ")
        )?;
    }
    Ok(DONE)
}

fn check(out: &mut impl Write, slug: Option<&str>) -> Result<u8, Failure> {
    let one;
    let (scenarios, broken) = match slug {
        Some(slug) => {
            one = find(slug)?;
            (core::slice::from_ref(&one), [].as_slice())
        }
        None => (scenario::catalogue(), scenario::broken()),
    };
    let mut code = DONE;
    for error in broken {
        writeln!(out, "FAILED  {error}")?;
        code = CLAIM_FAILED;
    }
    for scenario in scenarios {
        if write_claims(out, &scenario.slug, &claims::check(scenario))? == Verdict::Failed {
            code = CLAIM_FAILED;
        }
    }
    Ok(code)
}

/// What became of all claims of a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// All hold, and their mutants break them.
    Passed,
    /// At least one does not.
    Failed,
}

fn write_claims(out: &mut impl Write, slug: &str, results: &[ClaimResult]) -> io::Result<Verdict> {
    let mut verdict = Verdict::Passed;
    for result in results {
        let word = if result.passes() { "holds " } else { "FAILED" };
        writeln!(out, "{word}  {slug}/{}: {}", result.id, result.text)?;
        if result.passes() {
            continue;
        }
        verdict = Verdict::Failed;
        if !result.holds {
            writeln!(out, "        found: {}", result.detail)?;
        }
        if !result.mutant_breaks {
            writeln!(
                out,
                "        its mutant does not break it: {}",
                result.mutant_detail
            )?;
        }
    }
    Ok(verdict)
}

/// The exit code of a run that ended so.
const fn code_of(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Finished => DONE,
        Outcome::Stalled | Outcome::Deadlock => STALLED,
        Outcome::Limit(_) => LIMIT,
    }
}

/// The scenario with a slug. Only its own texts are read: the whole catalogue takes longer than a
/// small run.
fn find(slug: &str) -> Result<Scenario, Failure> {
    let sources = scenario::sources();
    let Some(source) = sources.iter().find(|source| source.slug == slug) else {
        let expected = one_of(slug, sources.iter().map(|source| source.slug));
        let sentence = format!("scenario: found {slug:?}, expected {expected}");
        return Err(Failure::Input(sentence));
    };
    Ok(Scenario::read(source)?)
}

#[cfg(test)]
mod tests {
    use sim_core::claims::Kind;

    use super::*;

    #[test]
    fn a_claim_fails_when_it_does_not_hold_or_says_nothing() {
        let result = |holds, mutant_breaks| ClaimResult {
            id: "a".to_owned(),
            kind: Kind::Always,
            text: "It is so.".to_owned(),
            holds,
            mutant_breaks,
            detail: "it is not".to_owned(),
            mutant_detail: "it still is".to_owned(),
        };
        let verdict = |result| {
            let mut text = Vec::new();
            let verdict = write_claims(&mut text, "s", &[result]).unwrap();
            (verdict, String::from_utf8(text).unwrap())
        };
        let holds = (Verdict::Passed, "holds   s/a: It is so.\n".to_owned());
        assert_eq!(verdict(result(true, true)), holds);
        let (failed, text) = verdict(result(false, true));
        assert_eq!(failed, Verdict::Failed);
        assert!(text.ends_with("found: it is not\n"), "{text}");
        let (failed, text) = verdict(result(true, false));
        assert_eq!(failed, Verdict::Failed);
        assert!(text.ends_with("does not break it: it still is\n"), "{text}");
    }
}
