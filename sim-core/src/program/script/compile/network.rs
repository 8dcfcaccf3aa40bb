//! Requests about sockets, and what a peer can do.
//!
//! Not what they do: that is the machine's.

use super::super::ast::{Attempt, Expression, SocketAsk, SocketVerb, Statement, Value};
use super::super::code::{Op, Register};
use super::super::mistake::{Checked, Mistake};
use super::Compiler;
use super::instruction::Answer;
use super::scope::BodyKind;
use super::term::Term;
use crate::call::SocketRequest;

/// How many connections wait at a port, unless it is said (Linux: `SOMAXCONN` before 5.4).
const BACKLOG: i64 = 128;
/// The largest port.
const PORT: i64 = 65_535;

impl<'t> Compiler<'t> {
    /// What is asked about a socket or a pipe.
    pub(super) fn ask_socket(&mut self, ask: &SocketAsk<'t>) -> Checked<Answer> {
        if let Some(pipe) = self.pipe_named(ask) {
            return self.ask_pipe(pipe, ask);
        }
        if ask.end.is_some() {
            let expected = "a pipe: a socket is closed as a whole";
            return Err(Mistake::new(ask.at, &["an end of a socket"], &[expected]));
        }
        let request = request(ask);
        let first = match (ask.verb, &ask.socket) {
            (SocketVerb::Completion, _) => Term::Number(0),
            (SocketVerb::Listen | SocketVerb::Connect, Some(port)) => self.port(port)?,
            (_, Some(socket)) => self.term(socket)?,
            (_, None) => match self.own_socket() {
                Some(socket) => Term::Register(socket),
                None => {
                    let expected = "its number: only a peer may leave its socket out";
                    return Err(Mistake::new(ask.at, &["no socket"], &[expected]));
                }
            },
        };
        let second = match (ask.verb, &ask.amount) {
            (_, Some(amount)) => self.amount(amount)?,
            (SocketVerb::Listen, None) => Term::Number(BACKLOG),
            _ => Term::Number(i64::from(u32::MAX)),
        };
        if let (SocketVerb::Listen, Some(_)) = (ask.verb, &ask.amount) {
            let backlog = match second {
                Term::Number(number) => u32::try_from(number).unwrap_or(0),
                _ => 0,
            };
            self.backlog = Some(self.backlog.map_or(backlog, |least| least.min(backlog)));
        }
        // The operands stand in a row.
        let (operands, next) = (self.temporary(), self.temporary());
        self.evaluate(&first, operands);
        self.evaluate(&second, next);
        if !matches!(second, Term::Number(_)) {
            self.emitter.emit(Op::CheckCount { count: next });
        }
        if let Some(tag) = &ask.tag {
            let term = self.term(tag)?;
            let tag = self.operand(&term);
            self.emitter.emit(Op::Tag { tag });
        }
        if let Some(timeout) = &ask.timeout {
            let span = self.length(timeout)?;
            self.emitter.emit(Op::Timeout { span });
        }
        self.emitter.emit(Op::Socket { request, operands });
        Ok(match request {
            SocketRequest::TryAccept | SocketRequest::TryReceive => Answer::OnlyBoth,
            SocketRequest::Complete | SocketRequest::TryComplete => Answer::Pair,
            SocketRequest::Close | SocketRequest::Signal => Answer::Granted,
            request if request.is_submission() => Answer::Granted,
            _ => Answer::Both,
        })
    }

    /// A port.
    fn port(&self, port: &Expression<'t>) -> Checked<Term> {
        let term = self.term(port)?;
        match term {
            Term::Number(number) if !(1..=PORT).contains(&number) => {
                Err(Mistake::outside(port.at, number, "a port", 1, PORT))
            }
            term => Ok(term),
        }
    }

    /// A number of bytes or of connections.
    fn amount(&self, amount: &Expression<'t>) -> Checked<Term> {
        let most = i64::from(u32::MAX);
        let term = self.term(amount)?;
        match term {
            Term::Number(number) if !(0..=most).contains(&number) => {
                Err(Mistake::outside(amount.at, number, "a number", 0, most))
            }
            term => Ok(term),
        }
    }

    /// The socket of a peer that has no name.
    pub(super) fn own_socket(&self) -> Option<Register> {
        self.body.as_ref().and_then(|body| body.socket)
    }

    /// In the world outside there is nothing but the network.
    pub(super) fn check_outside(&self, statement: &Statement<'t>, at: usize) -> Checked<()> {
        let kind = self.body.as_ref().map(|body| body.kind);
        if kind != Some(BodyKind::Peer) || is_known_outside(statement) {
            return Ok(());
        }
        let expected = "what a peer knows: `connect`, `send`, `receive`, `close`, `listen`, \
            `accept`, `sleep`, `print`, `let`, `if`, `while`, `repeat` and `exit`";
        let found = ["an instruction of this machine"];
        Err(Mistake::new(at, &found, &[expected]))
    }
}

/// Whether a line asks for a connection.
pub(super) fn is_connect(value: &Value<'_>) -> bool {
    matches!(value, Value::Socket(ask) if ask.verb == SocketVerb::Connect)
}

/// Whether a peer can do what a line says.
fn is_known_outside(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::Let { value, .. } | Statement::Do(value) => match &**value {
            Value::Expression(_) | Value::Random { .. } => true,
            Value::Socket(ask) => matches!(
                ask.verb,
                SocketVerb::Listen
                    | SocketVerb::Accept
                    | SocketVerb::Connect
                    | SocketVerb::Receive
                    | SocketVerb::Send
                    | SocketVerb::Close
            ),
            _ => false,
        },
        Statement::Store(..) | Statement::Compute(_) | Statement::Yield => false,
        _ => true,
    }
}

fn request(ask: &SocketAsk<'_>) -> SocketRequest {
    let tries = ask.attempt == Attempt::Try;
    match ask.verb {
        SocketVerb::Listen => SocketRequest::Listen,
        SocketVerb::Accept if tries => SocketRequest::TryAccept,
        SocketVerb::Accept => SocketRequest::Accept,
        SocketVerb::Connect => SocketRequest::Connect,
        SocketVerb::Receive if tries => SocketRequest::TryReceive,
        SocketVerb::Receive => SocketRequest::Receive,
        SocketVerb::Send if tries => SocketRequest::TrySend,
        SocketVerb::Send => SocketRequest::Send,
        SocketVerb::Close => SocketRequest::Close,
        SocketVerb::Signal => SocketRequest::Signal,
        SocketVerb::SubmitAccept => SocketRequest::SubmitAccept,
        SocketVerb::SubmitReceive => SocketRequest::SubmitReceive,
        SocketVerb::SubmitSend => SocketRequest::SubmitSend,
        SocketVerb::Completion if tries => SocketRequest::TryComplete,
        SocketVerb::Completion => SocketRequest::Complete,
    }
}
