//! `lockstep record`: the real runs that the page shows beside simulated ones.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sim_core::native::{self, Limits, Order};
use sim_core::recording::{LONGEST_KEPT, Recording};
use sim_core::run::Outcome;
use sim_core::scenario::{self, Scenario};
use sim_core::settings::Settings;

use super::Failure;

/// How often a scenario is run, until a run ends by itself and is short enough to be kept.
const ATTEMPTS: usize = 5;
/// After how many events a run is stopped: so many fill about half of what a file may have.
const EVENTS: u64 = 1_000;

/// What `record` is asked for.
#[derive(clap::Args)]
pub(super) struct RecordArguments {
    /// The folder of the recordings; those of scenarios that have no real form any more are taken away
    folder: PathBuf,
    /// Only of these scenarios
    slugs: Vec<String>,
}

/// Runs all scenarios that have a real form, and keeps a run of each.
pub(super) fn record(out: &mut impl Write, arguments: &RecordArguments) -> Result<u8, Failure> {
    let all = scenario::catalogue();
    for slug in &arguments.slugs {
        super::find(slug)?;
    }
    fs::create_dir_all(&arguments.folder)
        .map_err(|error| cannot_write(&arguments.folder, &error))?;
    for scenario in all {
        let path = arguments.folder.join(format!("{}.txt", scenario.slug));
        let is_wanted = arguments.slugs.is_empty() || arguments.slugs.contains(&scenario.slug);
        if !is_wanted {
            continue;
        }
        if !super::is_native(scenario) {
            if path.exists() {
                fs::remove_file(&path).map_err(|error| cannot_write(&path, &error))?;
            }
            continue;
        }
        match run(scenario)? {
            Some(recording) => {
                keep(&path, Some(&recording))?;
                let outcome = recording.outcome.name();
                let events = recording.events.len();
                writeln!(out, "{}: {outcome}, {events} events", scenario.slug)?;
            }
            None => writeln!(out, "{}: no run is short enough", scenario.slug)?,
        }
        out.flush()?;
    }
    Ok(super::DONE)
}

/// A run of a scenario that can be kept, one that ended by itself if there is one.
fn run(scenario: &Scenario) -> Result<Option<Recording>, Failure> {
    let program = std::env::current_exe()?;
    let order = Order {
        limits: Limits {
            wall: Duration::from_secs(10),
            events: EVENTS,
            ..Limits::default()
        },
        ..Order::new(scenario.workload.clone())
    };
    let mut best = None;
    for _ in 0..ATTEMPTS {
        let run = native::run(&program, &order, &mut |_| ControlFlow::Continue(()))
            .map_err(|error| Failure::Input(format!("{}: {error}", scenario.slug)))?;
        let Some(trace) = &run.trace else { continue };
        let over = Settings::default();
        let recording = Recording::of(&scenario.slug, &order.workload, &over, trace);
        let Some(recording) = recording.filter(|each| each.write().len() <= LONGEST_KEPT) else {
            continue;
        };
        let is_whole = !matches!(run.outcome, Outcome::Limit(_));
        best = Some(recording);
        if is_whole {
            break;
        }
    }
    Ok(best)
}

/// Writes a recording to a file.
pub(super) fn keep(path: &Path, recording: Option<&Recording>) -> Result<(), Failure> {
    let Some(recording) = recording else {
        let sentence = format!("{}: found no real run to keep", path.display());
        return Err(Failure::Input(sentence));
    };
    fs::write(path, recording.write()).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Input(format!("{}: it cannot be written: {error}", path.display()))
}
