//! Simulated time: whole nanoseconds since the machine was switched on.
//!
//! Not the clock of the computer that runs the simulation: nothing here reads one.

use core::fmt;
use core::ops::{Add, AddAssign, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// A moment, in nanoseconds since the start of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct Time(pub u64);

/// A length of time, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct Span(pub u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Self = Self(0);
    /// Later than everything: the due time of what does not end by itself.
    pub const NEVER: Self = Self(u64::MAX);

    /// How long ago `earlier` was; nothing if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Span {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

/// The unit in which people read and write the times of a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unit(Span);

/// Decimal places that are read and written: finer than any cost of the machine.
const DECIMALS: usize = 6;

impl Unit {
    /// One millisecond: the unit unless a scenario names another.
    pub const MILLISECOND: Self = Self(Span(1_000_000));

    /// The unit with this name: `ns`, `us`, `ms` or `s`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let ns = match name {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            _ => return None,
        };
        Some(Self(Span(ns)))
    }

    /// The name that [`named`](Self::named) takes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0.0 {
            1 => "ns",
            1_000 => "us",
            1_000_000 => "ms",
            _ => "s",
        }
    }

    /// Its length.
    #[must_use]
    pub const fn span(self) -> Span {
        self.0
    }

    /// Reads a plain decimal number of units, such as `3` or `2.5`.
    ///
    /// None when it is no such number, has more than six decimals, is finer than a nanosecond or
    /// is beyond [`limits::SPAN`](crate::program::limits::SPAN).
    #[must_use]
    pub fn parse(self, text: &str) -> Option<Span> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > DECIMALS {
            return None;
        }
        if text.ends_with('.') {
            return None;
        }
        let mut ns = whole.parse::<u64>().ok()?.checked_mul(self.0.0)?;
        if !fraction.is_empty() {
            let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
            let part = fraction.parse::<u64>().ok()?.checked_mul(self.0.0)?;
            if part % scale != 0 {
                return None;
            }
            ns = ns.checked_add(part / scale)?;
        }
        (ns <= crate::program::limits::SPAN.0).then_some(Span(ns))
    }

    /// Writes a length as a number of units, with as many decimals as it needs (six at most).
    #[must_use]
    pub fn show(self, span: Span) -> impl fmt::Display {
        let whole = span.0 / self.0.0;
        let millionths = u128::from(span.0 % self.0.0) * 1_000_000 / u128::from(self.0.0);
        Decimal { whole, millionths }
    }

    /// Writes a moment as a number of units since the start.
    #[must_use]
    pub fn show_time(self, time: Time) -> impl fmt::Display {
        self.show(Span(time.0))
    }

    /// The length as a number of units, for charts and reports; never fed back into a machine.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "for people, not for the machine"
    )]
    pub fn number(self, span: Span) -> f64 {
        span.0 as f64 / self.0.0 as f64
    }
}

struct Decimal {
    whole: u64,
    millionths: u128,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millionths == 0 {
            return f.pad(&self.whole.to_string());
        }
        let text = format!("{}.{:06}", self.whole, self.millionths);
        f.pad(text.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_read_what_they_write() {
        let unit = Unit::MILLISECOND;
        for text in ["0", "1", "2.5", "0.000001", "1000000", "3.25"] {
            let span = unit.parse(text).unwrap();
            assert_eq!(unit.show(span).to_string(), text);
        }
        for bad in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "1e3",
            "1.0000001",
            " 1",
            "٣",
            "99999999999999999999",
        ] {
            assert_eq!(unit.parse(bad), None, "{bad:?}");
        }
        assert_eq!(Unit::named("ns").unwrap().parse("0.5"), None);
    }
}
