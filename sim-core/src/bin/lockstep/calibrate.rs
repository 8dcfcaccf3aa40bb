//! `lockstep calibrate`: what this computer takes, as a cost table.

use std::io::Write;

use clap::ValueEnum;
use sim_core::native::calibrate;
use sim_core::settings::{SettingError, Settings};

use super::{DONE, Failure};

mod check;

/// What `calibrate` is asked for.
#[derive(clap::Args)]
pub(super) struct CalibrateArguments {
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Toml)]
    format: Format,
    /// Hold the simulated machine beside this computer, in so many rounds: a table in Markdown, of what both
    /// show of the same scripts
    #[arg(long, value_name = "ROUNDS", conflicts_with_all = ["format", "unit"], num_args = 0..=1, default_missing_value = "9", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    check: Option<u16>,
    /// The unit of the times: that of the scenario or file for which the costs are
    #[arg(long, value_name = "UNIT", default_value = "ms")]
    unit: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for the start of a workload file
    Toml,
    /// NAME=VALUE pairs for --set
    Set,
    /// A table to read, beside the costs that are there by default
    Text,
}

/// Forks as often as that is measured: how long each time takes.
pub(super) fn run_forks(out: &mut impl Write, kib: u32) -> Result<u8, Failure> {
    let span = sim_core::native::forks(kib)?;
    writeln!(out, "{}", span.0)?;
    Ok(DONE)
}

/// Measures this computer.
pub(super) fn run_calibrate(
    out: &mut impl Write,
    arguments: &CalibrateArguments,
) -> Result<u8, Failure> {
    let mut settings = Settings::default();
    let named = |error: SettingError| Failure::Input(format!("--{error}"));
    settings.set("unit", &arguments.unit).map_err(named)?;
    let unit = settings.unit();
    let program = std::env::current_exe()?;
    if let Some(rounds) = arguments.check {
        return check::check(out, &program, rounds);
    }
    let measured = calibrate(&program)?;
    match arguments.format {
        Format::Toml => {
            writeln!(
                out,
                "# The costs of one computer, by `lockstep calibrate`: to stand in a workload file."
            )?;
            writeln!(
                out,
                "[machine]\nunit = \"{}\"\ncosts = \"cpython\"",
                arguments.unit
            )?;
            for each in &measured {
                let value = unit.show(each.median());
                writeln!(out, "{} = {value}  # {}", each.setting, each.what)?;
            }
        }
        Format::Set => {
            let pairs = measured.iter().map(|each| {
                let value = unit.show(each.median());
                format!("{}={value}", each.setting)
            });
            let pairs: Vec<_> = pairs.collect();
            writeln!(out, "costs=cpython {}", pairs.join(" "))?;
        }
        Format::Text => {
            writeln!(
                out,
                "{:<18} {:>10} {:>21} {:>10}  what (ns)",
                "cost", "median", "range", "default"
            )?;
            for each in &measured {
                let [least, median, most] = each.range.map(|span| span.0);
                let range = format!("{least} to {most}");
                let default = each.preset.0;
                writeln!(
                    out,
                    "{:<18} {median:>10} {range:>21} {default:>10}  {}",
                    each.setting, each.what
                )?;
            }
        }
    }
    Ok(DONE)
}
