//! Instructions: what stands in the blocks of tasks and functions.
//!
//! Not the checks of names and kinds.

use winnow::prelude::*;
use winnow::token::any;

use super::declaration::declaration;
use super::expression::{expression, length, target};
use super::request::{ask, comma};
use super::socket::{is_of_socket, socket, watching};
use super::system::{is_system, system};
use super::text::pieces;
use super::unknown;
use super::{Parsed, Tokens, Wrong, accept, is_end, last, name, need, skip, word};
use crate::program::script::ast::{Binding, Expression, Statement, Value};
use crate::program::script::token::{Token, TokenKind};
use crate::program::script::words::{Class, Word};

/// A call is no part of an expression: others may come between, and it may take long.
const END_OF_CALL: &str = "the end of the line: the value of a call is given to a `let` of its own";
const TRY: &str = "a `let` for the answer: let ok = try …";
const SHARED: &str = "the name of a shared variable";

/// A line.
pub(super) fn statement<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Statement<'t>> {
    let first = input.first().copied();
    let class = |class| first.is_some_and(|first| first.belongs(class));
    if let Some(watching) = watching(input) {
        return boxed(watching);
    }
    if class(Class::Declaration) {
        return declaration(input).map(|declared| Statement::Declaration(Box::new(declared)));
    }
    match first {
        Some(first) if first.is(Word::Try) => without_let(&first, TRY),
        Some(_) if is_system(input) => boxed(value(input)),
        Some(first) if first.is_name() => named(input),
        Some(first) if class(Class::Instruction) || first.is(Word::Random) => {
            instruction(input, &first)
        }
        _ => Err(Wrong::exact(unknown::instruction(input))),
    }
}

fn instruction<'t>(input: &mut Tokens<'t, '_>, first: &Token<'t>) -> Parsed<Statement<'t>> {
    // What does not go on with its first word returns before it is passed over.
    let word = first.word.unwrap_or(Word::Pass);
    match word {
        Word::Swap | Word::Cas | Word::FetchAdd => return boxed(value(input)),
        Word::Acquire
        | Word::Release
        | Word::Wait
        | Word::Notify
        | Word::Set
        | Word::Clear
        | Word::Put
        | Word::Done
        | Word::Join
        | Word::Select
        | Word::Poll
        | Word::Epoll => return boxed(ask(input)),
        Word::Connect
        | Word::Receive
        | Word::Send
        | Word::CloseDescriptor
        | Word::Signal
        | Word::Submit => {
            return boxed(socket(input));
        }
        Word::Listen => return without_let(first, "a `let` for the socket: let s = listen …"),
        Word::Accept => return without_let(first, "a `let` for the socket: let c = accept …"),
        Word::Completion => {
            return without_let(first, "a `let` for the answer: let tag, n = completion");
        }
        Word::Try => return without_let(first, "a `let` for the answer: let ok = try …"),
        Word::Load => return without_let(first, "a `let` for the value: let x = load …"),
        Word::Get => return without_let(first, "a `let` for the item: let x = get …"),
        Word::Random => return without_let(first, "a `let` for the number: let x = random 1..6"),
        _ => skip(input),
    }
    Ok(match word {
        Word::Let => return assignment(input, Binding::New),
        Word::Store => {
            let target = target(input, SHARED)?;
            need(input, Word::Becomes, "`=` and the new value")?;
            Statement::Store(target, expression(input)?)
        }
        Word::Compute => Statement::Compute(length(input)?),
        Word::Sleep => Statement::Sleep(length(input)?),
        Word::If => Statement::If(condition(input)?),
        Word::Elif => Statement::Elif(condition(input)?),
        Word::While => Statement::While(condition(input)?),
        Word::Repeat => {
            let times = until_end(input)?;
            accept(input, Word::Colon);
            Statement::Repeat(times)
        }
        Word::Else => {
            if let Some(word) = input.first().filter(|word| word.is(Word::If)) {
                return Err(Wrong::token(word, "`elif` instead of `else if`"));
            }
            accept(input, Word::Colon);
            alone(input, Statement::Else)?
        }
        Word::Return => Statement::Return(until_end(input)?),
        Word::Exit => Statement::Exit(until_end(input)?),
        Word::Assert => Statement::Assert(expression(input)?),
        Word::Print => {
            let text = any.verify(|token: &Token<'_>| token.kind == TokenKind::Text);
            let expected = "a text in double quotation marks, as in print \"x is {x}\"";
            let text = text.context(expected).parse_next(input)?;
            let pieces = pieces(text).map_err(Wrong::exact)?;
            alone(input, Statement::Print(pieces))?
        }
        Word::Yield => alone(input, Statement::Yield)?,
        Word::Break => alone(input, Statement::Break)?,
        Word::Continue => alone(input, Statement::Continue)?,
        // The only word that is left.
        _ => alone(input, Statement::Pass)?,
    })
}

/// An instruction that is of no use without its result.
fn without_let<'t>(first: &Token<'t>, expected: &str) -> Parsed<Statement<'t>> {
    Err(Wrong::token(first, expected))
}

/// An instruction whose result nobody wants.
fn boxed<'t>(value: Parsed<Value<'t>>) -> Parsed<Statement<'t>> {
    value.map(|value| Statement::Do(Box::new(value)))
}

/// An instruction after which nothing may stand.
fn alone<'t>(input: &mut Tokens<'t, '_>, statement: Statement<'t>) -> Parsed<Statement<'t>> {
    last(input, "the end of the line").map(|()| statement)
}

/// A condition in the head of a block.
#[inline(never)]
fn condition<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Expression<'t>> {
    let condition = expression(input)?;
    accept(input, Word::Colon);
    Ok(condition)
}

/// A value that may be left out.
#[inline(never)]
fn until_end<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Option<Expression<'t>>> {
    if is_end(input) {
        return Ok(None);
    }
    expression(input).map(Some)
}

/// A line that begins with a name: an assignment or a call, or an instruction that is unknown.
fn named<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Statement<'t>> {
    match input.get(1).and_then(|second| second.word) {
        Some(Word::Open) => boxed(value(input)),
        Some(Word::Becomes | Word::Comma) => assignment(input, Binding::Existing),
        _ => Err(Wrong::exact(unknown::instruction(input))),
    }
}

fn assignment<'t>(input: &mut Tokens<'t, '_>, binding: Binding) -> Parsed<Statement<'t>> {
    const NAME: &str = "a name for a local variable";
    let mut names = vec![name(input, NAME)?];
    if accept(input, Word::Comma) {
        names.push(name(input, NAME)?);
    }
    need(input, Word::Becomes, "`=` and a value")?;
    let at = input.first().map_or(0, |token| token.start);
    Ok(Statement::Let {
        binding,
        names,
        value: Box::new(value(input)?),
        at,
    })
}

/// What can give a result.
fn value<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Value<'t>> {
    let is_call = input.get(1).is_some_and(|token| token.is(Word::Open));
    if is_call && input.first().is_some_and(Token::is_name) {
        return call(input);
    }
    if is_system(input) {
        return system(input);
    }
    let word = word(input);
    match word {
        Some(Word::Try) if input.get(1).is_some_and(is_of_socket) => return socket(input),
        Some(
            Word::Acquire
            | Word::Wait
            | Word::Put
            | Word::Get
            | Word::Join
            | Word::Try
            | Word::Select
            | Word::Poll
            | Word::Epoll,
        ) => return ask(input),
        Some(Word::Ready) if input.get(1).is_some_and(Token::is_name) => return ask(input),
        Some(_) if input.first().is_some_and(|token| is_of_socket(token)) => return socket(input),
        Some(Word::Load | Word::Swap | Word::Cas | Word::FetchAdd | Word::Random) => skip(input),
        _ => return expression(input).map(Value::Expression),
    }
    if word == Some(Word::Random) {
        let low = expression(input)?;
        need(input, Word::To, "`..` and the largest number")?;
        let high = expression(input)?;
        return Ok(Value::Random { low, high });
    }
    let target = target(input, SHARED)?;
    if word == Some(Word::Load) {
        return Ok(Value::Load(target));
    }
    comma(input)?;
    let first = expression(input)?;
    Ok(match word {
        Some(Word::Swap) => Value::Swap(target, first),
        Some(Word::FetchAdd) => Value::FetchAdd(target, first),
        _ => {
            comma(input)?;
            Value::CompareAndSwap(target, first, expression(input)?)
        }
    })
}

fn call<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Value<'t>> {
    let name = name(input, "the name of a function")?;
    skip(input);
    let arguments = arguments(input)?;
    Ok(Value::Call { name, arguments })
}

/// The values for a function; the bracket before them has been read.
pub(super) fn arguments<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Vec<Expression<'t>>> {
    let mut arguments = Vec::new();
    if !accept(input, Word::Close) {
        arguments.push(expression(input)?);
        while accept(input, Word::Comma) {
            arguments.push(expression(input)?);
        }
        need(input, Word::Close, "an operator, `)`, or `,` and a value")?;
    }
    last(input, END_OF_CALL)?;
    Ok(arguments)
}
