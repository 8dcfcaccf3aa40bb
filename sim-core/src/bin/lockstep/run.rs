//! `lockstep run`: a run of the simulated machine.

use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;

use clap::ValueEnum;
use sim_core::report::Report;
use sim_core::run::{Deviations, run};
use sim_core::settings::{SettingError, Settings};
use sim_core::workload::{InputError, Workload};

use super::input::{from_pairs, named};
use super::{Failure, code_of};

/// What `run` is asked for.
#[derive(clap::Args)]
pub(super) struct RunArguments {
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
    /// A trace for Perfetto and other viewers of Chrome traces
    Chrome,
}

/// Runs a workload in the simulated machine.
pub(super) fn run_workload(
    out: &mut impl Write,
    mut arguments: RunArguments,
) -> Result<u8, Failure> {
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
        Format::Chrome => {
            serde_json::to_writer(&mut *out, &report.chrome())?;
            writeln!(out)?;
        }
    }
    Ok(code_of(trace.outcome()))
}

/// The settings of the command line. Options of their own win over `--set`.
fn settings(arguments: &RunArguments) -> Result<Settings, Failure> {
    let mut settings = from_pairs(&arguments.set)?;
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
        (Some(input), None) => named(input),
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
