//! Requests to synchronisation objects.
//!
//! Not which object knows which request: that needs the declarations.

use super::expression::{expression, length, target};
use super::{Parsed, Tokens, Wrong, accept, is_end, need, skip, word};
use crate::program::script::ast::{Ask, Attempt, Sharing, Value, Verb};
use crate::program::script::token::Token;
use crate::program::script::words::Word;

/// A request; its first word, perhaps after `try`, is known to be one.
pub(super) fn ask<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Value<'t>> {
    let attempt = if accept(input, Word::Try) {
        if !matches!(word(input), Some(Word::Acquire | Word::Put | Word::Get)) {
            need(
                input,
                Word::Acquire,
                "`acquire`, `put`, `get`, `accept`, `receive`, `send` or `completion`",
            )?;
        }
        Attempt::Try
    } else {
        Attempt::Wait
    };
    let verb = match word(input) {
        Some(Word::Acquire) => Verb::Acquire,
        Some(Word::Release) => Verb::Release,
        Some(Word::Wait) => Verb::Wait,
        Some(Word::Notify) => Verb::Notify,
        Some(Word::Set) => Verb::Set,
        Some(Word::Clear) => Verb::Clear,
        Some(Word::Put) => Verb::Put,
        Some(Word::Get) => Verb::Get,
        Some(Word::Done) => Verb::Done,
        Some(Word::Select) => Verb::Select,
        Some(Word::Poll) => Verb::Poll,
        Some(Word::Epoll) => Verb::Epoll,
        Some(Word::Ready) => Verb::Ready,
        _ => Verb::Join,
    };
    skip(input);
    let (verb, sharing) = details(input, verb)?;
    let target = target(input, what(verb))?;
    let operand = match verb {
        Verb::Put => {
            comma(input)?;
            Some(expression(input)?)
        }
        Verb::Release | Verb::Notify if !is_end(input) => Some(expression(input)?),
        _ => None,
    };
    let is_timed = matches!(
        verb,
        Verb::Acquire
            | Verb::Wait
            | Verb::Put
            | Verb::Get
            | Verb::Join
            | Verb::Select
            | Verb::Poll
            | Verb::Epoll
    );
    let timeout = if is_timed && attempt == Attempt::Wait && accept(input, Word::Timeout) {
        Some(length(input)?)
    } else {
        None
    };
    Ok(Value::Ask(Box::new(Ask {
        verb,
        attempt,
        sharing,
        target,
        operand,
        timeout,
    })))
}

/// A word between the verb and the name. It is one only where a name follows: else it is the name.
fn details(input: &mut Tokens<'_, '_>, verb: Verb) -> Parsed<(Verb, Option<Sharing>)> {
    let Some(token) = input.first().copied() else {
        return Ok((verb, None));
    };
    if !input.get(1).is_some_and(Token::is_name) {
        return Ok((verb, None));
    }
    let details = match (verb, token.word) {
        (Verb::Notify, Some(Word::All)) => (Verb::NotifyAll, None),
        (Verb::Acquire, Some(Word::Read)) => (verb, Some(Sharing::Read)),
        (Verb::Acquire, Some(Word::Write)) => (verb, Some(Sharing::Write)),
        (Verb::Release, Some(Word::Read | Word::Write)) => {
            let expected = "the name of the lock: it is released in one way, however it was taken";
            return Err(Wrong::token(&token, expected));
        }
        _ => return Ok((verb, None)),
    };
    skip(input);
    Ok(details)
}

/// A comma, after which a value must stand.
#[inline(never)]
pub(super) fn comma(input: &mut Tokens<'_, '_>) -> Parsed<()> {
    need(input, Word::Comma, "`,` and a value")
}

/// What sockets are watched in.
pub(super) const WATCH: &str = "the name of a watch";

/// What a request can be made to.
const fn what(verb: Verb) -> &'static str {
    match verb {
        Verb::Acquire | Verb::Release => "the name of a lock or semaphore",
        Verb::Wait => "the name of a condition, an event or a barrier",
        Verb::Notify | Verb::NotifyAll => "the name of a condition",
        Verb::Set | Verb::Clear => "the name of an event",
        Verb::Put | Verb::Get | Verb::Done | Verb::Join => "the name of a queue",
        Verb::Watch
        | Verb::WatchEdge
        | Verb::Unwatch
        | Verb::Select
        | Verb::Poll
        | Verb::Epoll
        | Verb::Ready => WATCH,
    }
}
