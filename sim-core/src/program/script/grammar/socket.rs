//! Requests about sockets and pipes, and to sets of sockets.
//!
//! Not which socket: that is a number, known only when the script runs.

use super::expression::{expression, length, target};
use super::request::{WATCH, comma};
use super::{Parsed, Tokens, Wrong, accept, is_end, is_next, need, skip, word};
use crate::call::PipeEnd;
use crate::program::script::ast::{Ask, Attempt, Expression, SocketAsk, SocketVerb, Value, Verb};
use crate::program::script::token::{Token, TokenKind};
use crate::program::script::words::Word;

/// What may be meant by a word of textbooks.
const SIGNAL: &str = "`io` and a socket; `notify` for a condition, `release` for a semaphore, `set` for \
    an event, `kill` for a process";

/// Whether a word asks something about a socket.
pub(super) fn is_of_socket(token: &Token<'_>) -> bool {
    matches!(
        token.word,
        Some(
            Word::Listen
                | Word::Accept
                | Word::Connect
                | Word::Receive
                | Word::Send
                | Word::Completion
        )
    )
}

/// A request; its first word, perhaps after `try`, is known to be one.
pub(super) fn socket<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Value<'t>> {
    let at = input.first().map_or(0, |token| token.start);
    let attempt = if accept(input, Word::Try) {
        if let Some(token) = input
            .first()
            .filter(|token| token.is(Word::Listen) || token.is(Word::Connect))
        {
            let expected =
                "an instruction that can be tried: `accept`, `receive`, `send` or `completion`";
            return Err(Wrong::token(token, expected));
        }
        Attempt::Try
    } else {
        Attempt::Wait
    };
    let verb = verb(input)?;
    let mut ask = SocketAsk {
        verb,
        attempt,
        at,
        socket: None,
        amount: None,
        end: None,
        tag: None,
        timeout: None,
    };
    match verb {
        SocketVerb::Completion => {}
        SocketVerb::Listen => {
            ask.socket = Some(expression(input)?);
            if accept(input, Word::Backlog) {
                ask.amount = Some(expression(input)?);
            }
        }
        SocketVerb::Receive | SocketVerb::SubmitReceive => {
            if !is_end(input) && !is_next(input, Word::Timeout) && !is_option(input, Word::Max) {
                ask.socket = Some(expression(input)?);
            }
            if accept(input, Word::Max) {
                ask.amount = Some(expression(input)?);
            }
        }
        SocketVerb::Send => {
            let first = expression(input)?;
            if accept(input, Word::Comma) {
                (ask.socket, ask.amount) = (Some(first), Some(expression(input)?));
            } else {
                ask.amount = Some(first);
            }
        }
        SocketVerb::SubmitSend => {
            ask.socket = Some(expression(input)?);
            comma(input)?;
            ask.amount = Some(expression(input)?);
        }
        SocketVerb::Close if is_end(input) => {}
        SocketVerb::Close => {
            ask.socket = Some(expression(input)?);
            ask.end = end(input);
        }
        _ => ask.socket = Some(expression(input)?),
    }
    if matches!(
        verb,
        SocketVerb::SubmitAccept | SocketVerb::SubmitReceive | SocketVerb::SubmitSend
    ) {
        ask.tag = Some(tag(input)?);
    }
    let is_timed = matches!(
        verb,
        SocketVerb::Accept
            | SocketVerb::Connect
            | SocketVerb::Receive
            | SocketVerb::Send
            | SocketVerb::Completion
    );
    if is_timed && attempt == Attempt::Wait && accept(input, Word::Timeout) {
        ask.timeout = Some(length(input)?);
    }
    Ok(Value::Socket(Box::new(ask)))
}

fn verb(input: &mut Tokens<'_, '_>) -> Parsed<SocketVerb> {
    let first = word(input);
    skip(input);
    Ok(match first {
        Some(Word::Listen) => SocketVerb::Listen,
        Some(Word::Accept) => SocketVerb::Accept,
        Some(Word::Connect) => SocketVerb::Connect,
        Some(Word::Receive) => SocketVerb::Receive,
        Some(Word::Send) => SocketVerb::Send,
        Some(Word::CloseDescriptor) => SocketVerb::Close,
        Some(Word::Completion) => SocketVerb::Completion,
        Some(Word::Signal) => {
            need(input, Word::Io, SIGNAL)?;
            SocketVerb::Signal
        }
        // The only word that is left: `submit`.
        _ => {
            let submitted = match word(input) {
                Some(Word::Accept) => SocketVerb::SubmitAccept,
                Some(Word::Send) => SocketVerb::SubmitSend,
                Some(Word::Receive) => SocketVerb::SubmitReceive,
                _ => {
                    need(input, Word::Receive, "`receive`, `send` or `accept`")?;
                    return Ok(SocketVerb::SubmitReceive);
                }
            };
            skip(input);
            submitted
        }
    })
}

/// The end of a pipe that is closed.
fn end(input: &mut Tokens<'_, '_>) -> Option<PipeEnd> {
    if accept(input, Word::Read) {
        return Some(PipeEnd::Read);
    }
    accept(input, Word::Write).then_some(PipeEnd::Write)
}

fn tag<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Expression<'t>> {
    need(input, Word::As, "`as` and a number by which it is known")?;
    expression(input)
}

/// Whether a word that may be a name is none: a value follows.
fn is_option(input: &Tokens<'_, '_>, word: Word) -> bool {
    let follows = input.get(1);
    is_next(input, word)
        && follows.is_some_and(|token| token.is_name() || token.kind == TokenKind::Number)
}

/// `watch add` and `watch remove`: `watch` alone declares a set.
pub(super) fn watching<'t>(input: &mut Tokens<'t, '_>) -> Option<Parsed<Value<'t>>> {
    let is = |place: usize, word| {
        input
            .get(place)
            .is_some_and(|token: &Token<'_>| token.is(word))
    };
    let changes = is(1, Word::Add) || is(1, Word::Remove);
    let is_one = is(0, Word::Watch) && changes && input.get(2).is_some_and(Token::is_name);
    is_one.then(|| {
        skip(input);
        watch(input)
    })
}

fn watch<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Value<'t>> {
    let mut verb = if is_next(input, Word::Add) {
        Verb::Watch
    } else {
        Verb::Unwatch
    };
    skip(input);
    let target = target(input, WATCH)?;
    comma(input)?;
    let operand = Some(expression(input)?);
    if verb == Verb::Watch && accept(input, Word::Edge) {
        verb = Verb::WatchEdge;
    }
    Ok(Value::Ask(Box::new(Ask {
        verb,
        attempt: Attempt::Wait,
        sharing: None,
        target,
        operand,
        timeout: None,
    })))
}
