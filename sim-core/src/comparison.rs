//! How numbers compare, as claims and goals write it.

/// How two numbers compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `=`
    Equal,
    /// `!=`
    Different,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
}

/// Far below any difference of times that a scenario can have, far above errors of rounding.
const TOLERANCE: f64 = 1e-9;

impl Comparison {
    /// The signs, the longer before those that they begin with.
    const SIGNS: [(&str, Self); 6] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("!=", Self::Different),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Equal),
    ];

    /// Its sign.
    #[must_use]
    pub fn sign(self) -> &'static str {
        Self::SIGNS
            .iter()
            .find(|(_, each)| *each == self)
            .map_or("", |(sign, _)| sign)
    }

    /// Divides a text at its first sign.
    pub(crate) fn split(text: &str) -> Option<(&str, Self, &str)> {
        let place = text.find(['<', '>', '=', '!'])?;
        let (left, rest) = text.split_at(place);
        let sign = Self::SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
        sign.map(|(sign, comparison)| (left, *comparison, &rest[sign.len()..]))
    }

    pub(crate) fn holds(self, left: f64, right: f64) -> bool {
        let same = (left - right).abs() <= TOLERANCE * left.abs().max(right.abs()).max(1.0);
        match self {
            Self::Less => left < right && !same,
            Self::LessOrEqual => left < right || same,
            Self::Equal => same,
            Self::Different => !same,
            Self::GreaterOrEqual => left > right || same,
            Self::Greater => left > right && !same,
        }
    }
}
