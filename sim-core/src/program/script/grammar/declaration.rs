//! Declarations: what stands at the left margin.
//!
//! Not the checks of their numbers: those need the constants.

use super::expression::{expression, length, target};
use super::{Parsed, Tokens, accept, last, name, need, skip, word};
use crate::program::Place;
use crate::program::script::ast::{Declaration, Expression, Object, Target, TaskOption};
use crate::program::script::words::Word;
use crate::program::script::{Handover, Preference, QueueOrder};

/// A declaration; its first word is known to be one.
pub(super) fn declaration<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Declaration<'t>> {
    let word = word(input).unwrap_or(Word::Task);
    skip(input);
    let Target {
        name,
        index: length,
    } = match word {
        Word::Task => return task(input, Place::Inside),
        Word::Peer => return task(input, Place::Outside),
        Word::Def => return function(input),
        Word::Const => return constant(input),
        Word::Pipe => return pipe(input),
        Word::Shared => target(input, "a name for the shared variable")?,
        Word::Semaphore => target(input, "a name for the semaphore")?,
        Word::Condition => target(input, "a name for the condition")?,
        Word::Event => target(input, "a name for the event")?,
        Word::Barrier => target(input, "a name for the barrier")?,
        Word::Queue => target(input, "a name for the queue")?,
        Word::Watch => target(input, "a name for the set of sockets")?,
        _ => target(input, "a name for the lock")?,
    };
    if word == Word::Shared {
        need(input, Word::Becomes, START)?;
        let initial = expression(input)?;
        return Ok(Declaration::Shared {
            name,
            length,
            initial,
        });
    }
    Ok(Declaration::Object {
        name,
        length,
        object: object(input, word)?,
    })
}

const START: &str = "`=` and its value at the start";

/// What follows the name of a synchronisation object.
fn object<'t>(input: &mut Tokens<'t, '_>, word: Word) -> Parsed<Object<'t>> {
    const NO_OPTIONS: &str = "a number of elements in brackets, or the end of the line";
    Ok(match word {
        Word::Semaphore => {
            need(input, Word::Becomes, START)?;
            let initial = expression(input)?;
            let maximum = maximum(input)?;
            Object::Semaphore { initial, maximum }
        }
        Word::Condition => {
            need(input, Word::Of, "`of` and the name of its lock")?;
            let lock = target(input, "the name of a lock")?;
            last(input, "the end of the line")?;
            Object::Condition { lock }
        }
        Word::Barrier => {
            need(
                input,
                Word::Becomes,
                "`=` and the number of tasks that meet at it",
            )?;
            let parties = expression(input)?;
            Object::Barrier { parties }
        }
        Word::Queue => queue(input)?,
        Word::ReadersWriter => readers_writer(input)?,
        Word::Lock => {
            let handover = if accept(input, Word::Handover) {
                Handover::HandOver
            } else {
                Handover::Barging
            };
            last(input, "`handover` or the end of the line")?;
            Object::Lock { handover }
        }
        Word::Event => {
            last(input, NO_OPTIONS)?;
            Object::Event
        }
        Word::Watch => {
            last(input, NO_OPTIONS)?;
            Object::Watch
        }
        // The only word that is left.
        _ => {
            last(input, NO_OPTIONS)?;
            Object::RecursiveLock
        }
    })
}

fn maximum<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Option<Expression<'t>>> {
    if accept(input, Word::Max) {
        return expression(input).map(Some);
    }
    Ok(None)
}

fn queue<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Object<'t>> {
    let capacity = maximum(input)?;
    let order = if accept(input, Word::Lifo) {
        QueueOrder::Lifo
    } else if accept(input, Word::Priority) {
        QueueOrder::Priority
    } else {
        accept(input, Word::Fifo);
        QueueOrder::Fifo
    };
    last(
        input,
        "`max`, `fifo`, `lifo`, `priority` or the end of the line",
    )?;
    Ok(Object::Queue { capacity, order })
}

fn readers_writer<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Object<'t>> {
    let mut preference = Preference::Readers;
    if accept(input, Word::Prefer) {
        if accept(input, Word::Writers) {
            preference = Preference::Writers;
        } else if accept(input, Word::Fair) {
            preference = Preference::Fair;
        } else {
            need(input, Word::Readers, "`readers`, `writers` or `fair`")?;
        }
    }
    last(input, "`prefer` or the end of the line")?;
    Ok(Object::ReadersWriter { preference })
}

fn pipe<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Declaration<'t>> {
    let name = name(input, "a name for the pipe")?;
    let capacity = maximum(input)?;
    last(input, "`max` or the end of the line")?;
    Ok(Declaration::Pipe { name, capacity })
}

fn constant<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Declaration<'t>> {
    let name = name(input, "a name for the constant")?;
    need(input, Word::Becomes, "`=` and its value")?;
    let value = expression(input)?;
    Ok(Declaration::Constant { name, value })
}

fn task<'t>(input: &mut Tokens<'t, '_>, place: Place) -> Parsed<Declaration<'t>> {
    let (called, end) = match place {
        Place::Inside => (
            "a name for the task",
            "`×`, `at`, `priority`, `tickets` or the end of the line",
        ),
        Place::Outside => (
            "a name for the peer",
            "`×`, `at`, `every` or the end of the line",
        ),
    };
    let name = name(input, called)?;
    let mut replicas = None;
    if accept(input, Word::Times) || accept(input, Word::By) || accept(input, Word::Star) {
        replicas = Some(expression(input)?);
    }
    let mut options = Vec::new();
    loop {
        options.push(if accept(input, Word::At) {
            TaskOption::At(length(input)?)
        } else if place == Place::Outside && accept(input, Word::Every) {
            TaskOption::Every(length(input)?)
        } else if place == Place::Inside && accept(input, Word::Priority) {
            TaskOption::Priority(expression(input)?)
        } else if place == Place::Inside && accept(input, Word::Tickets) {
            TaskOption::Tickets(expression(input)?)
        } else {
            break;
        });
    }
    accept(input, Word::Colon);
    last(input, end)?;
    Ok(Declaration::Task {
        place,
        name,
        replicas,
        options,
    })
}

fn function<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Declaration<'t>> {
    const PARAMETER: &str = "a name for the parameter";
    let function = name(input, "a name for the function")?;
    need(input, Word::Open, "`(` and the parameters")?;
    let mut parameters = Vec::new();
    if !accept(input, Word::Close) {
        parameters.push(name(input, PARAMETER)?);
        while accept(input, Word::Comma) {
            parameters.push(name(input, PARAMETER)?);
        }
        need(input, Word::Close, "`)`, or `,` and a parameter")?;
    }
    accept(input, Word::Colon);
    last(input, "the end of the line")?;
    Ok(Declaration::Function {
        name: function,
        parameters,
    })
}
