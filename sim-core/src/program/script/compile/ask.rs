//! Requests to synchronisation objects: which can be made to which.
//!
//! Not what they do: that is the machine's.

use super::super::ObjectKind;
use super::super::ast::{Ask, Attempt, Sharing, Verb};
use super::super::code::{Op, Register};
use super::super::mistake::{Checked, Mistake};
use super::Compiler;
use super::access::Place;
use super::instruction::Answer;
use super::scope::Meaning;
use super::term::Term;
use crate::call::Request;
use crate::ids::ObjectId;

/// What goes with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operand {
    None,
    /// A number of things; one unless it is given.
    Count,
    Item,
}

impl<'t> Compiler<'t> {
    pub(super) fn ask(&mut self, ask: &Ask<'t>) -> Checked<Answer> {
        let name = ask.target.name;
        let is_object = |meaning| matches!(meaning, Meaning::Objects(..));
        let Some(global) = self.globals.get(name.text) else {
            let expected = expected(ask.verb);
            return Err(self.globals.unknown(name, expected, is_object, None));
        };
        let (several, kind) = match global.meaning {
            Meaning::Objects(several, kind) => (several, kind),
            Meaning::Unknown => return Ok(Answer::Both),
            _ => {
                return Err(global.mistake(name, &[expected(ask.verb)]));
            }
        };
        let (request, operand) = request(ask, kind)?;
        if request == Request::Arrive
            && let Some(timeout) = &ask.timeout
        {
            let expected = "none: a barrier waits until all have come";
            return Err(Mistake::new(timeout.at(), &["a time limit"], &[expected]));
        }
        let place = self.place_of(&ask.target, several)?;
        let operand = match operand {
            Operand::None => match &ask.operand {
                Some(surplus) => {
                    let expected = ["the end of the line: a ", kind.word(), " is released once"];
                    return Err(Mistake::new(surplus.at, &["a number"], &expected));
                }
                None => None,
            },
            Operand::Count => Some(self.count(ask)?),
            Operand::Item => match &ask.operand {
                Some(item) => {
                    let term = self.term(item)?;
                    Some(self.operand(&term))
                }
                None => None,
            },
        };
        if let Some(timeout) = &ask.timeout {
            let span = self.length(timeout)?;
            self.emitter.emit(Op::Timeout { span });
        }
        self.emitter.emit(match (place, operand) {
            (Place::Known(object), None) => Op::Ask {
                request,
                object: ObjectId(object),
            },
            (Place::Known(object), Some(operand)) => Op::AskWith {
                request,
                object: ObjectId(object),
                operand,
            },
            (Place::At(object), None) => Op::AskAt { request, object },
            (Place::At(object), Some(operand)) => Op::AskAtWith {
                request,
                object,
                operand,
            },
        });
        Ok(match request {
            Request::Get => Answer::Both,
            Request::TryGet => Answer::OnlyBoth,
            Request::Arrive => Answer::Value,
            _ => Answer::Granted,
        })
    }

    /// A number of things.
    fn count(&mut self, ask: &Ask<'t>) -> Checked<Register> {
        let Some(expression) = &ask.operand else {
            return Ok(self.operand(&Term::Number(1)));
        };
        let term = self.term(expression)?;
        if let Term::Number(number) = term {
            if !(0..=i64::from(u32::MAX)).contains(&number) {
                let most = i64::from(u32::MAX);
                return Err(Mistake::outside(expression.at, number, "a number", 0, most));
            }
            return Ok(self.operand(&term));
        }
        let count = self.operand(&term);
        self.emitter.emit(Op::CheckCount { count });
        Ok(count)
    }
}

/// The objects to which a request can be made.
const fn expected(verb: Verb) -> &'static str {
    match verb {
        Verb::Acquire | Verb::Release => "a lock, rlock, semaphore or rwlock",
        Verb::Wait => "a condition, an event or a barrier",
        Verb::Notify | Verb::NotifyAll => "a condition",
        Verb::Set | Verb::Clear => "an event",
        Verb::Put | Verb::Get | Verb::Done | Verb::Join => "a queue",
    }
}

/// What can be asked of an object.
const fn verbs(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Lock { .. } | ObjectKind::RecursiveLock | ObjectKind::Semaphore { .. } => {
            "`acquire` and `release`"
        }
        ObjectKind::Condition { .. } => "`wait`, `notify` and `notify all`",
        ObjectKind::Event => "`wait`, `set` and `clear`",
        ObjectKind::Barrier { .. } => "`wait`",
        ObjectKind::ReadersWriter { .. } => "`acquire read`, `acquire write` and `release`",
        ObjectKind::Queue { .. } => "`put`, `get`, `done` and `join`",
    }
}

/// The request that a line makes, and what goes with it.
fn request(ask: &Ask<'_>, kind: ObjectKind) -> Checked<(Request, Operand)> {
    use ObjectKind::{
        Barrier, Condition, Event, Lock, Queue, ReadersWriter, RecursiveLock, Semaphore,
    };

    let name = ask.target.name;
    let is_try = ask.attempt == Attempt::Try;
    let or_try = |request, attempt| if is_try { attempt } else { request };
    let found = ["the ", kind.word(), " `", name.text, "`"];
    let mistake = |expected: &[&str]| Err(Mistake::new(name.at, &found, expected));
    Ok(match (ask.verb, kind) {
        (Verb::Acquire, ReadersWriter { .. }) => match ask.sharing {
            Some(Sharing::Write) => (or_try(Request::Acquire, Request::TryAcquire), Operand::None),
            Some(Sharing::Read) => (
                or_try(Request::AcquireShared, Request::TryAcquireShared),
                Operand::None,
            ),
            None => {
                let name = name.text;
                return mistake(&["`acquire read ", name, "` or `acquire write ", name, "`"]);
            }
        },
        (Verb::Acquire, Lock { .. } | RecursiveLock | Semaphore { .. }) => {
            if ask.sharing.is_some() {
                return mistake(&["a rwlock, or `acquire ", name.text, "`"]);
            }
            (or_try(Request::Acquire, Request::TryAcquire), Operand::None)
        }
        (Verb::Release, Semaphore { .. }) => (Request::Release, Operand::Count),
        (Verb::Release, Lock { .. } | RecursiveLock | ReadersWriter { .. }) => {
            (Request::Release, Operand::None)
        }
        (Verb::Wait, Condition { .. }) => (Request::Wait, Operand::None),
        (Verb::Wait, Event) => (Request::WaitSet, Operand::None),
        (Verb::Wait, Barrier { .. }) => (Request::Arrive, Operand::None),
        (Verb::Notify, Condition { .. }) => (Request::Notify, Operand::Count),
        (Verb::NotifyAll, Condition { .. }) => (Request::NotifyAll, Operand::None),
        (Verb::Set, Event) => (Request::Set, Operand::None),
        (Verb::Clear, Event) => (Request::Clear, Operand::None),
        (Verb::Put, Queue { .. }) => (or_try(Request::Put, Request::TryPut), Operand::Item),
        (Verb::Get, Queue { .. }) => (or_try(Request::Get, Request::TryGet), Operand::None),
        (Verb::Done, Queue { .. }) => (Request::TaskDone, Operand::None),
        (Verb::Join, Queue { .. }) => (Request::JoinQueue, Operand::None),
        (verb, _) => {
            return mistake(&[
                expected(verb),
                "; the ",
                kind.word(),
                " knows ",
                verbs(kind),
            ]);
        }
    })
}
