//! Numbers with decimals as text, written with whole numbers.
//!
//! Rust's own writing of floating-point numbers is exact for all there are, and a large part of a
//! small page; lengths on a screen and means of times have few digits.

use core::fmt;

/// A number that is written with so many decimals.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Decimal {
    number: f64,
    places: u32,
}

/// A number with so many decimals.
#[must_use]
pub fn decimal(number: impl Into<f64>, places: u32) -> Decimal {
    Decimal {
        number: number.into(),
        places,
    }
}

/// A length on the screen: a tenth of a pixel is seen by nobody.
#[must_use]
pub fn px(length: impl Into<f64>) -> Decimal {
    decimal(length, 1)
}

impl fmt::Display for Decimal {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is too large for it is on no screen"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.places);
        #[allow(clippy::cast_precision_loss, reason = "a small power of ten")]
        let parts = (self.number.abs() * unit as f64).round_ties_even() as u64;
        if self.number < 0.0 && parts > 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", parts / unit)?;
        if self.places > 0 {
            let width = self.places as usize;
            write!(f, ".{:0width$}", parts % unit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_numbers_keep_their_zeros() {
        for (number, places, text) in [
            (0.0, 0, "0"),
            (0.0, 2, "0.00"),
            (-0.04, 1, "0.0"),
            (-12.06, 1, "-12.1"),
            (1.005, 3, "1.005"),
            (0.125, 2, "0.12"),
        ] {
            assert_eq!(decimal(number, places).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn it_writes_what_rust_writes(number in 0_i32..1_000_000_000, places in 0_u32..4) {
            // In 1,024ths, so that nothing is lost before it is rounded.
            let number = f64::from(number) / 1_024.0;
            let width = places as usize;
            prop_assert_eq!(decimal(number, places).to_string(), format!("{number:.width$}"));
        }
    }
}
