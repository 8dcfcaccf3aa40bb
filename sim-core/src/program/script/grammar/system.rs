//! What is asked of the operating system: processes, threads, signals.
//!
//! Not what names mean.

use super::expression::{expression, length};
use super::statement::arguments;
use super::{Parsed, Tokens, accept, is_end, is_next, last, name, need, skip, word};
use crate::call::{HandlerStyle, Query};
use crate::program::script::ast::{Attempt, Length, Made, Name, Reaction, System, Value};
use crate::program::script::token::Token;
use crate::program::script::words::Word;

/// Whether what follows is asked of the operating system.
pub(super) fn is_system(input: &Tokens<'_, '_>) -> bool {
    let second = input.get(1);
    match word(input) {
        Some(
            Word::Spawn
            | Word::Execute
            | Word::WaitForChild
            | Word::Kill
            | Word::GetOwnPid
            | Word::GetParentPid
            | Word::On
            | Word::Alarm,
        ) => true,
        Some(Word::Try) => second.is_some_and(|second| second.is(Word::WaitForChild)),
        // Words that are names too.
        Some(Word::Fork) => second.is_none(),
        Some(Word::Thread) => second.is_some_and(Token::is_name),
        _ => false,
    }
}

/// What is asked; that it is something has been seen.
pub(super) fn system<'t>(input: &mut Tokens<'t, '_>) -> Parsed<Value<'t>> {
    let attempt = if accept(input, Word::Try) {
        Attempt::Try
    } else {
        Attempt::Wait
    };
    let first = word(input).unwrap_or(Word::Fork);
    if first == Word::Fork {
        let name = name(input, "`fork`")?;
        return Ok(Value::System(Box::new(System::Fork(name))));
    }
    skip(input);
    let system = match first {
        Word::Spawn => make(input, Made::Process)?,
        Word::Thread => make(input, Made::Thread)?,
        Word::Execute => make(input, Made::Image)?,
        Word::GetOwnPid => System::Ask(Query::Own),
        Word::GetParentPid => System::Ask(Query::Parent),
        Word::WaitForChild => {
            let is_any = is_end(input) || is_next(input, Word::Timeout);
            System::WaitForChild {
                which: if is_any {
                    None
                } else {
                    Some(expression(input)?)
                },
                attempt,
                timeout: timeout(input, attempt)?,
            }
        }
        Word::Kill => {
            let process = expression(input)?;
            let signal = if accept(input, Word::Comma) {
                Some(name(input, "the name of a signal, such as SIGTERM")?)
            } else {
                None
            };
            System::Kill { process, signal }
        }
        Word::On => on_signal(input)?,
        // The only word that is left.
        _ => System::Alarm(length(input)?),
    };
    Ok(Value::System(Box::new(system)))
}

fn timeout<'t>(input: &mut Tokens<'t, '_>, attempt: Attempt) -> Parsed<Option<Length<'t>>> {
    if attempt == Attempt::Wait && accept(input, Word::Timeout) {
        return length(input).map(Some);
    }
    Ok(None)
}

fn make<'t>(input: &mut Tokens<'t, '_>, what: Made) -> Parsed<System<'t>> {
    let name = name(input, "the name of a function")?;
    need(input, Word::Open, "`(` and the values for the function")?;
    Ok(System::Make {
        what,
        name,
        arguments: arguments(input)?,
    })
}

fn on_signal<'t>(input: &mut Tokens<'t, '_>) -> Parsed<System<'t>> {
    const REACTION: &str = "the name of a function, `ignore` or `default`";
    need(input, Word::Signal, "`signal` and its name")?;
    let signal = name(input, "the name of a signal, such as SIGUSR1")?;
    // A function may have one of these names: what is meant then is the function.
    let word = word(input);
    let handler: Name<'t> = name(input, REACTION)?;
    let reaction = match word {
        Some(Word::Ignore) => Reaction::Ignore,
        Some(Word::Default) => Reaction::Default,
        _ if accept(input, Word::Interrupting) => {
            Reaction::Handle(handler, HandlerStyle::Interrupting)
        }
        _ => Reaction::Handle(handler, HandlerStyle::Restarting),
    };
    last(input, "`interrupting` or the end of the line")?;
    Ok(System::OnSignal { signal, reaction })
}
