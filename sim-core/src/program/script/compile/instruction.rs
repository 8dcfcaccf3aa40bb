//! Instructions that are no heads of blocks, and what stands after `let x =`.
//!
//! Not the requests to synchronisation objects: those are in [`ask`](super::ask).

use super::super::ast::{Binding, Expression, Length, Name, Piece, Statement, Value};
use super::super::code::{Format, Op, Register};
use super::super::mistake::{Checked, Mistake, count, decimal};
use super::Compiler;
use super::network::is_connect;
use super::scope::{Meaning, free};
use super::term::Term;
use crate::call::{Fault, Operation};
use crate::ids::FormatId;

/// What a call answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// A value.
    Value,
    /// Whether it was granted.
    Granted,
    /// An item, and whether there was one.
    Both,
    /// An item where there is one; whether there is must be asked for.
    OnlyBoth,
    /// A value; where nobody asks whether it was granted, it is a fault that it was not.
    Needed(Fault),
    /// Whether it was granted; where nobody asks, it is a fault that it was not.
    GrantedOrFault(Fault),
    /// A value, and a second one for who asks for it.
    ValueAndSecond,
    /// Two values.
    Pair,
    /// Nothing.
    Nothing,
}

impl<'t> Compiler<'t> {
    pub(super) fn instruction(&mut self, statement: &Statement<'t>) -> Checked<()> {
        match statement {
            Statement::Let {
                binding,
                names,
                value,
                at,
            } => return self.assign(*binding, names, value, *at),
            Statement::Do(value) => {
                self.check_received(value)?;
                let answer = self.value(value)?;
                if let Some(Answer::Needed(fault) | Answer::GrantedOrFault(fault)) = answer {
                    self.emitter.emit(Op::NeedGranted { fault });
                }
                if let (true, Some(to)) = (is_connect(value), self.own_socket()) {
                    self.emitter.emit(Op::TakeValue { to });
                }
            }
            Statement::Store(target, value) => {
                self.access(Operation::Store, target, &[value])?;
            }
            Statement::Compute(length) => {
                let span = self.length(length)?;
                self.emitter.emit(Op::Compute { span });
            }
            Statement::Sleep(length) => {
                let span = self.length(length)?;
                self.emitter.emit(Op::Sleep { span });
            }
            Statement::Yield => {
                self.emitter.emit(Op::Yield);
            }
            Statement::Print(pieces) => self.print(pieces)?,
            Statement::Assert(condition) => {
                let term = self.term(condition)?;
                let test = self.operand(&term);
                self.emitter.emit(Op::Assert { test });
            }
            Statement::Exit(status) => {
                let term = match status {
                    Some(status) => self.term(status)?,
                    None => Term::Number(0),
                };
                let status = self.operand(&term);
                self.emitter.emit(Op::Exit { status });
            }
            // The others are heads of blocks and ways out of them.
            _ => {
                self.emitter.emit(Op::Nothing);
            }
        }
        Ok(())
    }

    /// `let x = …`, `x = …`
    fn assign(
        &mut self,
        binding: Binding,
        names: &[Name<'t>],
        value: &Value<'t>,
        at: usize,
    ) -> Checked<()> {
        // A name that must exist is looked at before the value, as a reader does. A new one is
        // known only after it: in `let x = x` there is no `x` yet.
        if binding == Binding::Existing {
            for name in names {
                self.introduce(*name, binding)?;
            }
        }
        if let [first, second] = names
            && first.text == second.text
        {
            let found = ["`", second.text, "` again"];
            return Err(Mistake::new(second.at, &found, &["another name"]));
        }
        if let (Value::Expression(expression), [name]) = (value, names) {
            let term = self.term(expression)?;
            let to = self.introduce(*name, binding)?;
            self.evaluate(&term, to);
            if self.emitter.is_fresh {
                self.emitter.emit(Op::Nothing);
            }
            return Ok(());
        }
        if let Value::System(system) = value
            && let Some(expression) = self.named_fork(system)
        {
            return self.assign(binding, names, &Value::Expression(expression), at);
        }
        let answer = self.value(value)?;
        let mut registers = Vec::with_capacity(names.len());
        for name in names {
            registers.push(self.introduce(*name, binding)?);
        }
        let is_connected = is_connect(value);
        match (answer, registers.as_slice()) {
            (Some(Answer::Value | Answer::Both), [to]) => {
                // What a function returns and what is drawn are no replies of the machine.
                let op = match (value, &self.body) {
                    (Value::Call { .. } | Value::Random { .. }, Some(body)) => Op::Copy {
                        to: *to,
                        from: body.registers,
                    },
                    _ => Op::TakeValue { to: *to },
                };
                self.emitter.emit(op);
            }
            (Some(Answer::Needed(fault)), [to]) => {
                self.emitter.emit(Op::NeedGranted { fault });
                self.emitter.emit(Op::TakeValue { to: *to });
            }
            (Some(Answer::ValueAndSecond), [to]) => {
                self.emitter.emit(Op::TakeValue { to: *to });
            }
            (Some(Answer::ValueAndSecond), [value, second]) => {
                self.emitter.emit(Op::TakeValue { to: *value });
                self.emitter.emit(Op::TakeSecond { to: *second });
            }
            (Some(Answer::Granted | Answer::GrantedOrFault(_)), [to]) => {
                self.emitter.emit(Op::TakeGranted { to: *to });
            }
            (Some(Answer::Both | Answer::OnlyBoth | Answer::Needed(_)), [value, granted]) => {
                self.emitter.emit(Op::TakeValue { to: *value });
                self.emitter.emit(Op::TakeGranted { to: *granted });
            }
            (Some(Answer::Pair), [value, second]) => {
                self.emitter.emit(Op::TakeValue { to: *value });
                self.emitter.emit(Op::TakeSecond { to: *second });
            }
            (Some(Answer::Pair), _) => {
                let expected = "two names: let tag, n = completion";
                return Err(Mistake::new(at, &["one name for the answer"], &[expected]));
            }
            (Some(Answer::OnlyBoth), _) => {
                let expected = "two names, the item and whether there was one: let x, ok = …";
                return Err(Mistake::new(at, &["one name for the answer"], &[expected]));
            }
            (_, [_, _]) => {
                let expected = "one: this has no second answer";
                return Err(Mistake::new(names[1].at, &["a second name"], &[expected]));
            }
            _ => {
                let expected = "an instruction with a result";
                return Err(Mistake::new(at, &["no value"], &[expected]));
            }
        }
        if let (true, Some(socket), Some(from)) =
            (is_connected, self.own_socket(), registers.first().copied())
        {
            self.emitter.emit(Op::Copy { to: socket, from });
        }
        Ok(())
    }

    /// The register of a name on the left of `=`.
    pub(super) fn introduce(&mut self, name: Name<'t>, binding: Binding) -> Checked<Register> {
        if binding == Binding::New {
            // Known from here on, so that a name that is taken is complained about once.
            let body = self.body.as_mut();
            let register = body.map_or(0, |body| body.introduce(name.text));
            return match self.globals.get(name.text) {
                Some(global) if global.meaning != Meaning::Unknown => {
                    Err(global.mistake(name, &[&free(global.line)]))
                }
                _ => Ok(register),
            };
        }
        let local = self.body.as_ref().and_then(|body| body.local(name.text));
        if let Some(register) = local {
            return Ok(register);
        }
        match self.globals.get(name.text) {
            Some(global) if global.meaning == Meaning::Unknown => Ok(0),
            Some(global) => {
                let store = ["`store ", name.text, " = …`"];
                Err(match global.meaning {
                    Meaning::Variables(_) => global.mistake(name, &store),
                    _ => global.mistake(name, &["a local variable"]),
                })
            }
            None => {
                let expected = "a local variable that has a value; `let` makes a new one";
                Err(self
                    .globals
                    .unknown(name, expected, |_| false, self.body.as_ref()))
            }
        }
    }

    /// What has an effect or a result; the result of a call to a function, and a random number, are
    /// in the first register beyond the locals.
    fn value(&mut self, value: &Value<'t>) -> Checked<Option<Answer>> {
        Ok(Some(match value {
            // Alone in a line it has no effect; the grammar knows no such line.
            Value::Expression(expression) => {
                let term = self.term(expression)?;
                self.operand(&term);
                return Ok(None);
            }
            Value::Load(target) => self.access(Operation::Load, target, &[])?,
            Value::Swap(target, new) => self.access(Operation::Swap, target, &[new])?,
            Value::CompareAndSwap(target, expected, new) => {
                self.access(Operation::CompareAndSwap, target, &[expected, new])?
            }
            Value::FetchAdd(target, delta) => self.access(Operation::FetchAdd, target, &[delta])?,
            Value::Ask(ask) => self.ask(ask)?,
            Value::System(system) => self.system(system)?,
            Value::Socket(ask) => self.ask_socket(ask)?,
            Value::Call { name, arguments } => {
                self.call(*name, arguments)?;
                Answer::Value
            }
            Value::Random { low, high } => {
                let (first, last) = (self.term(low)?, self.term(high)?);
                if let (Term::Number(first), Term::Number(last)) = (&first, &last)
                    && first > last
                {
                    let expected = ["a number of at least ", &decimal(*first), ", the other end"];
                    return Err(Mistake::new(high.at, &[&decimal(*last)], &expected));
                }
                let to = self.temporary();
                let (low, high) = (self.operand(&first), self.operand(&last));
                self.emitter.emit(Op::Random { to, low, high });
                Answer::Value
            }
        }))
    }

    /// Puts the arguments where the function's first registers will be, and calls it.
    fn call(&mut self, name: Name<'t>, arguments: &[Expression<'t>]) -> Checked<()> {
        if let Some(function) = self.arguments(name, arguments)? {
            self.emitter.emit(Op::Call { function });
        }
        Ok(())
    }

    /// Puts the arguments of a function in a row beyond the locals; none where its declaration was not
    /// understood.
    pub(super) fn arguments(
        &mut self,
        name: Name<'t>,
        arguments: &[Expression<'t>],
    ) -> Checked<Option<u16>> {
        let Some((function, parameters)) = self.function_named(name)? else {
            return Ok(None);
        };
        let parameters = usize::from(parameters);
        if arguments.len() != parameters {
            let at = arguments
                .get(parameters)
                .map_or(name.at, |surplus| surplus.at);
            let found = [&count(arguments.len()), " values for `", name.text, "`"];
            return Err(Mistake::new(at, &found, &[&count(parameters)]));
        }
        for argument in arguments {
            let term = self.term(argument)?;
            let to = self.temporary();
            self.evaluate(&term, to);
        }
        Ok(Some(function))
    }

    /// A function and how many parameters it has; none where its declaration was not understood.
    pub(super) fn function_named(&self, name: Name<'t>) -> Checked<Option<(u16, u16)>> {
        let expected = "a function";
        let is_function = |meaning| matches!(meaning, Meaning::Function { .. });
        let global = self.globals.get(name.text);
        let Some(global) = global else {
            return Err(self.globals.unknown(name, expected, is_function, None));
        };
        match global.meaning {
            Meaning::Function {
                function,
                parameters,
            } => Ok(Some((function, parameters))),
            Meaning::Unknown => Ok(None),
            _ => Err(global.mistake(name, &[expected])),
        }
    }

    /// A length of time in nanoseconds, in a register.
    pub(super) fn length(&mut self, length: &Length<'t>) -> Checked<Register> {
        Ok(match self.span(length)? {
            Ok(span) => {
                // The longest length is far from the end of an `i64`.
                self.operand(&Term::Number(span.0.cast_signed()))
            }
            Err(term) => {
                let to = self.temporary();
                let from = self.operand(&term);
                self.emitter.emit(Op::Units { to, from });
                to
            }
        })
    }

    /// Works the numbers for the gaps out, and prints.
    fn print(&mut self, pieces: &[Piece<'t>]) -> Checked<()> {
        let mut format = Format::default();
        for piece in pieces {
            match piece {
                Piece::Text(text) => format.end.push_str(text),
                Piece::Gap(value) => {
                    let term = self.term(value)?;
                    let to = self.temporary();
                    self.evaluate(&term, to);
                    format.before.push(core::mem::take(&mut format.end));
                }
            }
        }
        let formats = &mut self.emitter.program.formats;
        // Each has a line, and lines are limited: its place fits.
        let place = FormatId::from_index(formats.len());
        formats.push(format);
        self.emitter.emit(Op::Print { format: place });
        Ok(())
    }
}
