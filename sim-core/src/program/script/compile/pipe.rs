//! Requests about pipes: the words of sockets with the name of a pipe in the place of a number.
//!
//! Not what they do: that is the machine's.

use super::super::ast::{Attempt, Form, SocketAsk, SocketVerb, Value};
use super::super::code::Op;
use super::super::mistake::{Checked, Mistake};
use super::Compiler;
use super::instruction::Answer;
use super::scope::Meaning;
use crate::call::Fault;
use crate::ids::PipeId;

impl<'t> Compiler<'t> {
    /// The pipe that a request names; none where it is about a socket.
    pub(super) fn pipe_named(&self, ask: &SocketAsk<'t>) -> Option<PipeId> {
        let Form::Name(name) = ask.socket.as_ref()?.form else {
            return None;
        };
        let is_local = self
            .body
            .as_ref()
            .is_some_and(|body| body.local(name).is_some());
        match self.globals.get(name)?.meaning {
            Meaning::Pipe(pipe) if !is_local => Some(pipe),
            _ => None,
        }
    }

    /// A message that is taken out of a pipe is taken for something.
    pub(super) fn check_received(&self, value: &Value<'t>) -> Checked<()> {
        match value {
            Value::Socket(ask)
                if ask.verb == SocketVerb::Receive && self.pipe_named(ask).is_some() =>
            {
                let expected = "a `let` for what is received: let x = receive …";
                Err(Mistake::new(
                    ask.at,
                    &["the keyword `receive`"],
                    &[expected],
                ))
            }
            _ => Ok(()),
        }
    }

    /// What is asked about a pipe.
    pub(super) fn ask_pipe(&mut self, pipe: PipeId, ask: &SocketAsk<'t>) -> Checked<Answer> {
        let waits = ask.attempt == Attempt::Wait;
        let is_plain = waits && ask.timeout.is_none();
        match (ask.verb, &ask.amount) {
            (SocketVerb::Send, Some(item)) => {
                let item = self.term(item)?;
                let item = self.operand(&item);
                self.time_limit(ask.timeout.as_ref())?;
                self.emitter.emit(match waits {
                    true => Op::Send { pipe, item },
                    false => Op::TrySend { pipe, item },
                });
                Ok(match is_plain {
                    true => Answer::GrantedOrFault(Fault::Interrupted),
                    false => Answer::Granted,
                })
            }
            (SocketVerb::Receive, None) => {
                self.time_limit(ask.timeout.as_ref())?;
                self.emitter.emit(match waits {
                    true => Op::Receive { pipe },
                    false => Op::TryReceive { pipe },
                });
                Ok(match is_plain {
                    true => Answer::Needed(Fault::EndOfFile),
                    false => Answer::OnlyBoth,
                })
            }
            (SocketVerb::Receive, Some(most)) => {
                let expected = "the end of the line: a pipe gives one item at a time";
                Err(Mistake::new(most.at, &["`max` of a pipe"], &[expected]))
            }
            (SocketVerb::Close, _) => {
                let Some(end) = ask.end else {
                    let expected = "`read` or `write`: the end that is closed";
                    return Err(Mistake::new(
                        ask.at,
                        &["a pipe without an end"],
                        &[expected],
                    ));
                };
                self.emitter.emit(Op::Close { pipe, end });
                Ok(Answer::Nothing)
            }
            _ => {
                let expected = "the number of a socket: a pipe knows `send`, `receive` and `close`";
                Err(Mistake::new(ask.at, &["a pipe"], &[expected]))
            }
        }
    }
}
