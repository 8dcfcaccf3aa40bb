//! Values whose names are known and whose constants are worked out.
//!
//! Not code yet.

use super::super::arithmetic::binary;
use super::super::ast::{Binary, Expression, Form, Length, Name, Unary};
use super::super::code::Register;
use super::super::mistake::{Checked, Mistake, decimal};
use super::Compiler;
use super::scope::Meaning;
use crate::call::Fault;
use crate::program::limits;
use crate::time::Span;

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Term {
    Number(i64),
    /// A local variable.
    Register(Register),
    Unary(Unary, Box<Term>),
    Binary(Binary, Box<Term>, Box<Term>),
}

impl Compiler<'_> {
    /// Resolves names and works out what is constant.
    pub(super) fn term(&self, expression: &Expression<'_>) -> Checked<Term> {
        let at = expression.at;
        Ok(match &expression.form {
            Form::Number(number) => Term::Number(*number),
            Form::Name(text) => self.named(Name { text, at })?,
            Form::Own => match &self.body {
                Some(body) => Term::Register(body.own.unwrap_or_default()),
                None => {
                    return Err(Mistake::new(
                        at,
                        &["the keyword `self`"],
                        &["a constant: `self` is known only in a task"],
                    ));
                }
            },
            Form::Length(name) => Term::Number(self.length_of(*name)?),
            Form::Unary(operator, value) => match (operator, self.term(value)?) {
                (Unary::Not, Term::Number(number)) => Term::Number(i64::from(number == 0)),
                (Unary::Negate, Term::Number(number)) if number != i64::MIN => {
                    Term::Number(-number)
                }
                (operator, value) => Term::Unary(*operator, Box::new(value)),
            },
            Form::Binary(operator, left, right) => {
                let (left, right) = (self.term(left)?, self.term(right)?);
                match (&left, &right) {
                    (Term::Number(known), Term::Number(other)) => {
                        // What has no result is left to fail when it is carried out.
                        binary(*operator, *known, *other).map_or_else(
                            |_: Fault| {
                                Term::Binary(
                                    *operator,
                                    Box::new(left.clone()),
                                    Box::new(right.clone()),
                                )
                            },
                            Term::Number,
                        )
                    }
                    _ => Term::Binary(*operator, Box::new(left), Box::new(right)),
                }
            }
        })
    }

    fn named(&self, name: Name<'_>) -> Checked<Term> {
        let local = self.body.as_ref().and_then(|body| body.local(name.text));
        if let Some(register) = local {
            return Ok(Term::Register(register));
        }
        let Some(global) = self.globals.get(name.text) else {
            let expected = if self.body.is_some() {
                "a local variable (`let` makes one) or a constant"
            } else {
                "a constant that is declared before"
            };
            let lower = name.text.to_ascii_lowercase();
            if ["true", "false", "self"].contains(&lower.as_str()) {
                let found = ["`", name.text, "`"];
                return Err(Mistake::new(name.at, &found, &["`", &lower, "`"]));
            }
            let is_constant = |meaning| matches!(meaning, Meaning::Constant(_));
            return Err(self
                .globals
                .unknown(name, expected, is_constant, self.body.as_ref()));
        };
        let load = ["a local variable; load it first: let x = load ", name.text];
        let call = [
            "a value; call it in a line of its own: let x = ",
            name.text,
            "(…)",
        ];
        let expected: &[&str] = match global.meaning {
            Meaning::Constant(number) => return Ok(Term::Number(number)),
            Meaning::Unknown => return Ok(Term::Number(1)),
            _ if self.body.is_none() => &["a constant"],
            Meaning::Variables(_) => &load,
            Meaning::Objects(..) => &["a value; what it is asked stands in a line of its own"],
            Meaning::Function { .. } => &call,
            Meaning::Pipe(_) => {
                &["a value; what comes out of a pipe is given to a `let`: let x = receive …"]
            }
        };
        Err(global.mistake(name, expected))
    }

    /// The number of elements of an array.
    fn length_of(&self, name: Name<'_>) -> Checked<i64> {
        let expected = "the name of an array";
        let Some(global) = self.globals.get(name.text) else {
            let is_array = |meaning| match meaning {
                Meaning::Variables(several) | Meaning::Objects(several, _) => {
                    several.array.is_some()
                }
                _ => false,
            };
            return Err(self.globals.unknown(name, expected, is_array, None));
        };
        match global.meaning {
            Meaning::Variables(several) | Meaning::Objects(several, _)
                if several.array.is_some() =>
            {
                Ok(i64::from(several.length))
            }
            Meaning::Unknown => Ok(1),
            _ => Err(global.mistake(name, &[expected])),
        }
    }

    /// A value that is known before the script runs.
    pub(super) fn constant(&self, expression: &Expression<'_>) -> Checked<i64> {
        match self.term(expression)? {
            Term::Number(number) => Ok(number),
            _ => {
                let found = "a value that does not fit, or a division by zero";
                let expected = "a constant of 64 bits";
                Err(Mistake::new(expression.at, &[found], &[expected]))
            }
        }
    }

    /// A constant within bounds.
    pub(super) fn constant_in(
        &self,
        expression: &Expression<'_>,
        least: i64,
        most: i64,
        what: &str,
    ) -> Checked<i64> {
        let number = self.constant(expression)?;
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(Mistake::outside(expression.at, number, what, least, most))
    }

    /// A length of time that is known before the script runs, or the value of one that is not.
    pub(super) fn span(&self, length: &Length<'_>) -> Checked<Result<Span, Term>> {
        let unit = self.unit;
        let longest = || {
            // The longest length is far from the end of an `i64`.
            let longest = limits::SPAN.0 / unit.span().0;
            decimal(longest.cast_signed())
        };
        match length {
            Length::Decimal { text, at } => unit.parse(text).map(Ok).ok_or_else(|| {
                let expected = [
                    "a length of at most ",
                    &longest(),
                    " ",
                    unit.name(),
                    ", whole in nanoseconds and with at most six decimals",
                ];
                Mistake::new(*at, &["`", text, "`"], &expected)
            }),
            Length::Units(expression) => match self.term(expression)? {
                Term::Number(number) => {
                    let span = u64::try_from(number).ok();
                    let span = span.and_then(|units| units.checked_mul(unit.span().0));
                    let span = span.filter(|span| *span <= limits::SPAN.0);
                    span.map(|span| Ok(Span(span))).ok_or_else(|| {
                        let expected = ["a length from 0 to ", &longest(), " ", unit.name()];
                        Mistake::new(expression.at, &[&decimal(number)], &expected)
                    })
                }
                term => Ok(Err(term)),
            },
        }
    }
}
