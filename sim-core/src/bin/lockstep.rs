//! The command line of Lockstep: lists the catalogue, runs workloads, checks claims.
//!
//! Everything that it knows comes from the library; here arguments become settings, and outcomes
//! become exit codes.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ColorChoice, Parser, Subcommand, ValueEnum};
use serde::Serialize;
use sim_core::claims::{self, ClaimResult};
use sim_core::program::limits;
use sim_core::report::Report;
use sim_core::run::{Deviations, Outcome, run};
use sim_core::scenario::{self, Scenario};
use sim_core::settings::{SETTINGS, SettingError, Settings, one_of};
use sim_core::time::Unit;
use sim_core::workload::{InputError, Workload};

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
    Run(RunArguments),
    /// Check the claims of all scenarios, or of one
    Check {
        /// The scenario
        slug: Option<String>,
    },
}

#[derive(clap::Args)]
struct RunArguments {
    /// A scenario's slug, or a workload file in TOML (- reads standard input)
    #[arg(value_name = "SLUG|FILE")]
    input: Option<OsString>,
    /// Jobs with commas between them: 5 (a CPU burst), 5@3 (arrives at 3), c5 i3 c2@1 (CPU and
    /// disk)
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    jobs: Option<String>,
    /// The scheduling policy
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// How many CPUs there are
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    cpus: Option<String>,
    /// The time slice, in units (1 ms unless set)
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    slice: Option<String>,
    /// Set parameters, listed below
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    set: Vec<String>,
    /// The seed of random draws
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<String>,
    /// When to stop, in units
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    until: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A summary to read
    Text,
    /// All figures, slots and events
    Json,
    /// A table of time × task
    Grid,
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
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let result = match arguments.command {
        Command::List { json } => list(&mut out, json),
        Command::Run(arguments) => run_workload(&mut out, arguments),
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
}

fn list(out: &mut impl Write, json: bool) -> Result<u8, Failure> {
    let listed = scenario::catalogue().iter().map(|scenario| Listed {
        slug: &scenario.slug,
        title: scenario.title.to_string(),
        chapter: scenario.chapter.name(),
        rows: &scenario.rows,
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

fn run_workload(out: &mut impl Write, mut arguments: RunArguments) -> Result<u8, Failure> {
    // `--set a=1 b=2 SLUG`: what is no parameter after --set is the input, if there is none yet.
    let is_parameter = |text: &String| text.contains('=');
    if arguments.input.is_none()
        && arguments.jobs.is_none()
        && arguments.set.last().is_some_and(|last| !is_parameter(last))
    {
        arguments.input = arguments.set.pop().map(OsString::from);
    }
    let over = settings(&arguments)?;
    let (name, workload) = workload(&arguments, &over)?;
    let code = workload.code(&over).map_err(|error| InputError {
        file: name,
        ..error
    })?;
    let trace = run(Arc::new(code), Deviations::new());
    let report = Report::new(&trace);
    match arguments.format {
        Format::Text => report.write_text(out)?,
        Format::Grid => report.write_grid(out)?,
        Format::Json => {
            serde_json::to_writer(&mut *out, &report)?;
            writeln!(out)?;
        }
    }
    Ok(match trace.outcome() {
        Outcome::Finished => DONE,
        Outcome::Stalled | Outcome::Deadlock => STALLED,
        Outcome::Limit(_) => LIMIT,
    })
}

/// The settings of the command line. Options of their own win over `--set`.
fn settings(arguments: &RunArguments) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let mut pairs = Vec::new();
    for text in &arguments.set {
        let Some((name, value)) = text.split_once('=') else {
            let sentence = format!("--set: found {text:?}, expected NAME=VALUE");
            return Err(Failure::Input(sentence));
        };
        pairs.push((name, value));
    }
    // Lengths are read in the unit, so it comes first.
    pairs.sort_by_key(|(name, _)| *name != "unit");
    for (name, value) in pairs {
        let named = |error: SettingError| Failure::Input(format!("--set {error}"));
        settings.set(name, value).map_err(named)?;
    }
    for (name, value) in [
        ("policy", &arguments.policy),
        ("cpus", &arguments.cpus),
        ("slice", &arguments.slice),
        ("seed", &arguments.seed),
        ("until", &arguments.until),
    ] {
        if let Some(value) = value {
            let named = |error: SettingError| Failure::Input(format!("--{error}"));
            settings.set(name, value).map_err(named)?;
        }
    }
    Ok(settings)
}

/// The workload that is asked for, and what errors call it.
fn workload(arguments: &RunArguments, over: &Settings) -> Result<(String, Workload), Failure> {
    match (&arguments.input, &arguments.jobs) {
        (None, Some(list)) => {
            let file = "--jobs".to_owned();
            let workload = Workload::from_list(list, over.unit()).map_err(|error| InputError {
                file: file.clone(),
                ..error
            })?;
            Ok((file, workload))
        }
        (Some(input), None) => {
            let name = input.to_string_lossy().into_owned();
            let path = Path::new(input);
            let is_file = path
                .extension()
                .is_some_and(|extension| extension == "toml" || extension == "script")
                || name == "-"
                || path.components().count() > 1
                || (scenario::sources().iter().all(|source| source.slug != name) && path.exists());
            if is_file {
                let workload = Workload::from_bytes(&name, &read(&name, path)?)?;
                return Ok((name, workload));
            }
            Ok((name.clone(), find(&name)?.workload))
        }
        (Some(input), Some(_)) => Err(Failure::Input(format!(
            "run: found both {:?} and --jobs, expected one of them",
            input.to_string_lossy()
        ))),
        (None, None) => Err(Failure::Input(
            "run: found neither a workload nor --jobs, expected a scenario's slug (lockstep list \
             shows them), a file, or --jobs LIST"
                .to_owned(),
        )),
    }
}

/// The bytes of a file, of which at most as many are read as a workload may have and one more.
fn read(name: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: io::Error| {
        Failure::Input(format!(
            "{name}: found no file that can be read ({error}), expected one"
        ))
    };
    let most = limits::TEXT as u64 + 1;
    let mut bytes = Vec::new();
    let result = match name {
        "-" => io::stdin().lock().take(most).read_to_end(&mut bytes),
        _ => File::open(path)
            .map_err(cannot)?
            .take(most)
            .read_to_end(&mut bytes),
    };
    result.map_err(cannot)?;
    Ok(bytes)
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
