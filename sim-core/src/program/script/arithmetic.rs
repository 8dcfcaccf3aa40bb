//! The operators: 64-bit numbers, floor division, and a fault instead of a wrong result.
//!
//! One meaning for constants, which the compiler works out, and for registers.

use super::ast::Binary;
use crate::call::Fault;
use crate::random::mix;

/// The result of an operator; for `and` and `or` of two values that are both known.
#[inline(always)]
pub(super) const fn binary(operator: Binary, left: i64, right: i64) -> Result<i64, Fault> {
    let result = match operator {
        Binary::Add => left.checked_add(right),
        Binary::Subtract => left.checked_sub(right),
        Binary::Multiply => left.checked_mul(right),
        Binary::Divide => return divide(left, right),
        Binary::Remainder => return remainder(left, right),
        Binary::Equal => Some((left == right) as i64),
        Binary::NotEqual => Some((left != right) as i64),
        Binary::Less => Some((left < right) as i64),
        Binary::LessEqual => Some((left <= right) as i64),
        Binary::Greater => Some((left > right) as i64),
        Binary::GreaterEqual => Some((left >= right) as i64),
        Binary::And => Some((left != 0 && right != 0) as i64),
        Binary::Or => Some((left != 0 || right != 0) as i64),
    };
    match result {
        Some(result) => Ok(result),
        None => Err(Fault::Overflow),
    }
}

/// Rounds down, as Python's `//` does: -7 / 2 is -4.
#[inline(always)]
const fn divide(left: i64, right: i64) -> Result<i64, Fault> {
    if right == 0 {
        return Err(Fault::DivisionByZero);
    }
    let Some(quotient) = left.checked_div(right) else {
        return Err(Fault::Overflow);
    };
    let down = left % right != 0 && (left < 0) != (right < 0);
    Ok(quotient - down as i64)
}

/// Has the sign of the divisor, as Python's `%`: -7 % 5 is 3.
#[inline(always)]
const fn remainder(left: i64, right: i64) -> Result<i64, Fault> {
    if right == 0 {
        return Err(Fault::DivisionByZero);
    }
    let remainder = left.wrapping_rem(right);
    let down = remainder != 0 && (remainder < 0) != (right < 0);
    Ok(if down { remainder + right } else { remainder })
}

/// A number from `low` to `high`, both included, by a counter-based draw: a function of seed, task
/// and how many the task drew before, so that there is nothing to rewind.
pub(super) fn random(seed: u64, task: u32, draws: u64, low: i64, high: i64) -> Result<i64, Fault> {
    if low > high {
        return Err(Fault::BadCount);
    }
    let span = u128::from(high.abs_diff(low)) + 1;
    let mixed = mix(mix(seed, u64::from(task) + 1), draws);
    // Multiply and shift: the bias is below span / 2^64. What is shifted fits into 64 bits.
    let above = ((u128::from(mixed) * span) >> 64) as u64;
    Ok(low.wrapping_add_unsigned(above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_down_as_in_python() {
        for (left, right, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, 3, 2, 0),
            (-6, 3, -2, 0),
            (0, -3, 0, 0),
            (i64::MIN, 1, i64::MIN, 0),
        ] {
            assert_eq!(divide(left, right), Ok(quotient), "{left} / {right}");
            assert_eq!(remainder(left, right), Ok(rest), "{left} % {right}");
        }
        assert_eq!(divide(1, 0), Err(Fault::DivisionByZero));
        assert_eq!(remainder(1, 0), Err(Fault::DivisionByZero));
        assert_eq!(divide(i64::MIN, -1), Err(Fault::Overflow));
        assert_eq!(remainder(i64::MIN, -1), Ok(0));
    }

    #[test]
    fn what_does_not_fit_is_a_fault() {
        for (operator, left, right) in [
            (Binary::Add, i64::MAX, 1),
            (Binary::Subtract, i64::MIN, 1),
            (Binary::Multiply, i64::MAX, 2),
        ] {
            assert_eq!(binary(operator, left, right), Err(Fault::Overflow));
        }
    }

    #[test]
    fn draws_are_within_their_bounds_and_reach_them() {
        let mut seen = [0; 6];
        for draw in 0..6_000 {
            let face = random(1, 0, draw, 1, 6).unwrap();
            seen[usize::try_from(face - 1).unwrap()] += 1;
        }
        assert!(
            seen.iter().all(|count| (850..1_150).contains(count)),
            "{seen:?}"
        );
        assert_eq!(random(1, 0, 0, 5, 5), Ok(5));
        assert_eq!(random(1, 0, 0, 6, 5), Err(Fault::BadCount));
        assert!(random(1, 0, 0, i64::MIN, i64::MAX).is_ok());
        assert_ne!(random(1, 0, 0, 0, 1 << 40), random(1, 1, 0, 0, 1 << 40));
        assert_ne!(random(1, 0, 0, 0, 1 << 40), random(2, 0, 0, 0, 1 << 40));
    }
}
