//! What is asked of the operating system: processes, threads, signals.
//!
//! Not what it does: that is the machine's.

use super::super::ast::{Attempt, Expression, Form, Length, Made, Name, Reaction, System};
use super::super::code::{Op, Register};
use super::super::mistake::{Checked, Mistake};
use super::super::words::nearest;
use super::Compiler;
use super::instruction::Answer;
use super::scope::Meaning;
use super::term::Term;
use crate::call::{Disposition, Fault, Signal};

impl<'t> Compiler<'t> {
    pub(super) fn system(&mut self, system: &System<'t>) -> Checked<Answer> {
        match system {
            System::Fork(_) => {
                self.emitter.emit(Op::Fork);
                Ok(Answer::Needed(Fault::TooManyTasks))
            }
            System::Make {
                what,
                name,
                arguments,
            } => self.make(*what, *name, arguments),
            System::WaitForChild {
                which,
                attempt,
                timeout,
            } => {
                let any = Term::Number(-1);
                let which = match which {
                    Some(which) => self.term(which)?,
                    None => any,
                };
                let which = self.operand(&which);
                self.time_limit(timeout.as_ref())?;
                self.emitter.emit(match attempt {
                    Attempt::Wait => Op::WaitForChild { which },
                    Attempt::Try => Op::TryWaitForChild { which },
                });
                Ok(Answer::ValueAndSecond)
            }
            System::Kill { process, signal } => {
                let signal = match signal {
                    Some(name) => signal_named(*name)?,
                    None => Signal::Terminate,
                };
                let process = self.term(process)?;
                let process = self.operand(&process);
                self.emitter.emit(Op::Kill { process, signal });
                Ok(Answer::Granted)
            }
            System::Ask(query) => {
                self.emitter.emit(Op::Query { query: *query });
                Ok(Answer::Value)
            }
            System::OnSignal { signal, reaction } => self.on_signal(*signal, *reaction),
            System::Alarm(length) => {
                let span = self.length(length)?;
                self.emitter.emit(Op::SetAlarm { span });
                Ok(Answer::Nothing)
            }
        }
    }

    fn make(
        &mut self,
        what: Made,
        name: Name<'t>,
        arguments: &[Expression<'t>],
    ) -> Checked<Answer> {
        let Some(function) = self.arguments(name, arguments)? else {
            return Ok(Answer::Needed(Fault::TooManyTasks));
        };
        self.emitter.emit(match what {
            Made::Process => Op::Spawn { function },
            Made::Thread => Op::StartThread { function },
            Made::Image => Op::Execute { function },
        });
        Ok(match what {
            Made::Image => Answer::Nothing,
            Made::Process | Made::Thread => Answer::Needed(Fault::TooManyTasks),
        })
    }

    /// Joins the thread whose number a local variable holds.
    pub(super) fn join_thread(
        &mut self,
        thread: Register,
        timeout: Option<&Length<'t>>,
    ) -> Checked<Answer> {
        self.time_limit(timeout)?;
        self.emitter.emit(Op::Join { thread });
        Ok(Answer::Granted)
    }

    pub(super) fn time_limit(&mut self, timeout: Option<&Length<'t>>) -> Checked<()> {
        if let Some(timeout) = timeout {
            let span = self.length(timeout)?;
            self.emitter.emit(Op::Timeout { span });
        }
        Ok(())
    }

    fn on_signal(&mut self, name: Name<'t>, reaction: Reaction<'t>) -> Checked<Answer> {
        let signal = signal_named(name)?;
        if signal == Signal::Kill {
            let expected = "another signal: SIGKILL ends a process, whatever it wants";
            return Err(Mistake::new(name.at, &["SIGKILL"], &[expected]));
        }
        let disposition = match reaction {
            Reaction::Default => Disposition::Default,
            Reaction::Ignore => Disposition::Ignore,
            Reaction::Handle(name, style) => {
                let Some((function, parameters)) = self.function_named(name)? else {
                    return Ok(Answer::Nothing);
                };
                if parameters > 1 {
                    let expected =
                        "a function without parameters, or with one for the number of the signal";
                    let found = ["the function `", name.text, "`"];
                    return Err(Mistake::new(name.at, &found, &[expected]));
                }
                Disposition::Handle { function, style }
            }
        };
        self.emitter.emit(Op::SetDisposition {
            signal,
            disposition,
        });
        Ok(Answer::Nothing)
    }

    /// A value that may be the word `fork`, where something has that name.
    pub(super) fn named_fork(&self, system: &System<'t>) -> Option<Expression<'t>> {
        let System::Fork(name) = system else {
            return None;
        };
        let local = self.body.as_ref().and_then(|body| body.local(name.text));
        let is_taken = local.is_some()
            || self.globals.get(name.text).is_some_and(|global| {
                matches!(global.meaning, Meaning::Constant(_) | Meaning::Unknown)
            });
        is_taken.then_some(Expression {
            at: name.at,
            form: Form::Name(name.text),
        })
    }
}

fn signal_named(name: Name<'_>) -> Checked<Signal> {
    Signal::named(name.text).ok_or_else(|| {
        let mut names = Signal::ALL.into_iter().map(Signal::name);
        let expected = match nearest(name.text, &mut names) {
            Some(near) => ["a signal: `", near, "`?"].concat(),
            None => {
                let all: Vec<_> = Signal::ALL.into_iter().map(Signal::name).collect();
                ["a signal: ", &all.join(", ")].concat()
            }
        };
        let found = ["`", name.text, "`"];
        Mistake::new(name.at, &found, &[&expected])
    })
}
