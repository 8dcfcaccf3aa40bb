//! Values: numbers, names and operators, with Python's precedence.
//!
//! Not their evaluation.

use winnow::combinator::fail;
use winnow::prelude::*;
use winnow::stream::Stream;

use super::{Parsed, Tokens, VALUE, Wrong, accept, name, need, skip, word};
use crate::program::script::ast::{Binary, Expression, Form, Length, Target, Unary};
use crate::program::script::mistake::{Mistake, decimal};
use crate::program::script::token::TokenKind;
use crate::program::script::words::Word;

// How strongly operators bind (The Python Language Reference, 6.17).
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const NEGATION: u8 = 7;

/// A value.
pub(super) fn expression<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Expression<'t>> {
    at_least(input, OR)
}

/// A value whose operators bind at least so strongly: precedence climbing (Richards, 1979). Brackets,
/// and signs before signs, are limited before.
fn at_least<'t>(input: &mut Tokens<'t, '_>, least: u8) -> Parsed<Expression<'t>> {
    let mut left = operand(input)?;
    let mut strongest = NEGATION;
    while let Some((operator, power)) = word(input).and_then(operator)
        && (least..=strongest).contains(&power)
    {
        skip(input);
        let right = at_least(input, power + 1)?;
        // A comparison is no side of another one.
        strongest = if power == COMPARISON { AND } else { power };
        left = Expression {
            at: left.at,
            form: Form::Binary(operator, Box::new(left), Box::new(right)),
        };
    }
    Ok(left)
}

/// An operator between two values, and how strongly it binds.
const fn operator(word: Word) -> Option<(Binary, u8)> {
    Some(match word {
        Word::Or => (Binary::Or, OR),
        Word::And => (Binary::And, AND),
        Word::Equal => (Binary::Equal, COMPARISON),
        Word::NotEqual => (Binary::NotEqual, COMPARISON),
        Word::Less => (Binary::Less, COMPARISON),
        Word::LessEqual => (Binary::LessEqual, COMPARISON),
        Word::Greater => (Binary::Greater, COMPARISON),
        Word::GreaterEqual => (Binary::GreaterEqual, COMPARISON),
        Word::Plus => (Binary::Add, SUM),
        Word::Minus => (Binary::Subtract, SUM),
        Word::Star => (Binary::Multiply, PRODUCT),
        Word::Slash => (Binary::Divide, PRODUCT),
        Word::Percent => (Binary::Remainder, PRODUCT),
        _ => return None,
    })
}

/// What operators work on.
fn operand<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Expression<'t>> {
    let Some(token) = input.peek_token() else {
        return fail.context(VALUE).parse_next(input);
    };
    let at = token.start;
    let form = match token.word {
        Some(Word::Open) => {
            skip(input);
            let inner = expression(input)?;
            need(input, Word::Close, "an operator or `)`")?;
            return Ok(Expression { at, ..inner });
        }
        Some(Word::Length) => {
            skip(input);
            let form = Form::Length(name(input, "the name of an array")?);
            return Ok(Expression { at, form });
        }
        Some(Word::Minus) => {
            skip(input);
            let form = match at_least(input, NEGATION)?.form {
                // A number that was read is not below zero: its opposite fits.
                Form::Number(number) => Form::Number(number.wrapping_neg()),
                form => Form::Unary(Unary::Negate, Box::new(Expression { at, form })),
            };
            return Ok(Expression { at, form });
        }
        Some(Word::Not) => {
            skip(input);
            let value = at_least(input, NOT)?;
            let form = Form::Unary(Unary::Not, Box::new(value));
            return Ok(Expression { at, form });
        }
        Some(Word::Own) => Form::Own,
        Some(Word::True) => Form::Number(1),
        Some(Word::False) => Form::Number(0),
        _ if token.kind == TokenKind::Number => {
            let number = token.text.parse().map_err(|_| {
                let expected = ["a number of at most ", &decimal(i64::MAX)];
                Wrong::exact(Mistake::new(at, &[&token.describe()], &expected))
            })?;
            Form::Number(number)
        }
        _ if token.is_name() => Form::Name(token.text),
        _ => return fail.context(VALUE).parse_next(input),
    };
    skip(input);
    Ok(Expression { at, form })
}

/// A name, perhaps with an index.
#[inline(never)]
pub(super) fn target<'t>(input: &mut Tokens<'t, '_>, expected: &'static str) -> Parsed<Target<'t>> {
    let name = name(input, expected)?;
    let mut index = None;
    if accept(input, Word::OpenIndex) {
        index = Some(Box::new(expression(input)?));
        need(input, Word::CloseIndex, "an operator or `]`")?;
    }
    Ok(Target { name, index })
}

/// A length of time.
#[inline(never)]
pub(super) fn length<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Length<'t>> {
    match input.first() {
        Some(token) if token.kind == TokenKind::Decimal => {
            let (text, at) = (token.text, token.start);
            skip(input);
            Ok(Length::Decimal { text, at })
        }
        _ => expression(input).map(Length::Units),
    }
}
