//! `lockstep calibrate --check`: the simulated machine beside this computer.

use std::io::Write;
use std::path::Path;

use sim_core::native::quantities::{QUANTITIES, Real, Scale};
use sim_core::native::{NativeError, calibrate};
use sim_core::time::Unit;

use crate::{DONE, Failure};

/// In what costs are set here.
const UNIT: Unit = Unit::MILLISECOND;

/// Measures costs, then in each round every quantity in both machines, and writes the medians.
pub(super) fn check(out: &mut impl Write, program: &Path, rounds: u16) -> Result<u8, Failure> {
    let default = [("costs", "cpython".to_owned())];
    let failed = |error: NativeError| Failure::Input(error.to_string());
    let mut simulated = vec![Vec::new(); QUANTITIES.len()];
    let mut real = simulated.clone();
    for _ in 0..rounds {
        // Costs and what they are to explain are measured in turn: a machine that others use, too, has fast
        // minutes and slow ones.
        let measured = calibrate(program)?;
        let costs = measured
            .iter()
            .map(|each| (each.setting, UNIT.show(each.median()).to_string()));
        let calibrated: Vec<_> = default.iter().cloned().chain(costs).collect();
        for (place, quantity) in QUANTITIES.iter().enumerate() {
            simulated[place].extend(quantity.simulated(&calibrated).map_err(failed)?);
            real[place].extend(quantity.real(program).map_err(failed)?);
        }
    }
    writeln!(
        out,
        "| | simulated, default costs | simulated, calibrated | real, median | real, range | ratio |\n\
         | --- | --- | --- | --- | --- | --- |"
    )?;
    for ((quantity, simulated), real) in QUANTITIES.iter().zip(simulated).zip(real) {
        let by_default = quantity.simulated(&default).map_err(failed)?;
        let by_default = by_default.unwrap_or(f64::NAN);
        let ([_, calibrated, _], [least, median, most]) = (spread(simulated), spread(real));
        let show = |value| show(quantity.scale(), value);
        let form = match quantity.real_form() {
            Real::Plain => "",
            Real::Recorded => " ●",
            Real::Forks => " ○",
        };
        writeln!(
            out,
            "| {}{form} | {} | {} | {} | {} to {} | {} |",
            quantity.what,
            show(by_default),
            show(calibrated),
            show(median),
            show(least),
            show(most),
            ratio(calibrated, median)
        )?;
    }
    writeln!(out, "\n{rounds} rounds; ●: recorded; ○: outside of a run")?;
    Ok(DONE)
}

/// The least, the median and the most.
fn spread(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_unstable_by(f64::total_cmp);
    let at = |place: usize| numbers.get(place).copied().unwrap_or(f64::NAN);
    let last = numbers.len().saturating_sub(1);
    [at(0), at(numbers.len() / 2), at(last)]
}

/// What stands for what was not seen.
const NOT_SEEN: &str = "–";

fn show(scale: Scale, value: f64) -> String {
    match scale {
        _ if value.is_nan() => NOT_SEEN.to_owned(),
        Scale::Times => format!("{value:.2}×"),
        Scale::Share => format!("{:.0} %", 100.0 * value),
        Scale::Time if value < 1_000.0 => format!("{value:.0} ns"),
        Scale::Time if value < 100_000.0 => format!("{:.2} µs", value / 1e3),
        Scale::Time if value < 1_000_000.0 => format!("{:.0} µs", value / 1e3),
        Scale::Time => format!("{:.3} ms", value / 1e6),
    }
}

/// How many times one is the other; nothing of both is the same, and what was not seen compares with nothing.
fn ratio(one: f64, other: f64) -> String {
    let ratio = one / other;
    match ratio.is_nan() {
        true if one.is_finite() && other.is_finite() => "1.00".to_owned(),
        true => NOT_SEEN.to_owned(),
        false => format!("{ratio:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_agrees_with_nothing() {
        let [_, nothing, _] = spread(Vec::new());
        assert_eq!(show(Scale::Time, nothing), NOT_SEEN);
        assert_eq!(ratio(nothing, 5.0), NOT_SEEN);
        assert_eq!(ratio(5.0, nothing), NOT_SEEN);
        assert_eq!(ratio(nothing, nothing), NOT_SEEN);
        assert_eq!(ratio(0.0, 0.0), "1.00");
        assert_eq!(ratio(3.0, 2.0), "1.50");
    }
}
