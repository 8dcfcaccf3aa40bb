//! Operations on shared variables, and which element of an array is meant.
//!
//! Not the requests to synchronisation objects, which use the latter too.

use super::super::ast::{Expression, Target};
use super::super::code::{Op, Register};
use super::super::mistake::{Checked, Mistake};
use super::Compiler;
use super::instruction::Answer;
use super::scope::{Meaning, Several};
use super::term::Term;
use crate::call::Operation;
use crate::ids::VariableId;

/// Which element of several: known, or in a register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Known(u16),
    At(Register),
}

impl<'t> Compiler<'t> {
    /// One operation on a shared variable.
    pub(super) fn access(
        &mut self,
        operation: Operation,
        target: &Target<'t>,
        operands: &[&Expression<'t>],
    ) -> Checked<Answer> {
        let expected = "a shared variable";
        let name = target.name;
        let is_variable = |meaning| matches!(meaning, Meaning::Variables(_));
        if self
            .body
            .as_ref()
            .and_then(|body| body.local(name.text))
            .is_some()
        {
            let expected = "a shared variable; a local one is changed by `=` and read by its name";
            let found = ["the local variable `", name.text, "`"];
            return Err(Mistake::new(name.at, &found, &[expected]));
        }
        let several = match self.globals.get(name.text) {
            None => {
                return Err(self.globals.unknown(name, expected, is_variable, None));
            }
            Some(global) => match global.meaning {
                Meaning::Variables(several) => several,
                Meaning::Unknown => return Ok(operation_answer(operation)),
                _ => return Err(global.mistake(name, &[expected])),
            },
        };
        let place = self.place_of(target, several)?;
        let terms = operands.iter().map(|operand| self.term(operand));
        let terms = terms.collect::<Checked<Vec<_>>>()?;
        // Two operands stand in a row; one stands where it is.
        let operands = match terms.as_slice() {
            [] => 0,
            [one] => self.operand(one),
            several => {
                let first = self.used();
                let registers: Vec<_> = several.iter().map(|_| self.temporary()).collect();
                debug_assert!(self.used() > first);
                for (term, to) in several.iter().zip(&registers) {
                    self.evaluate(term, *to);
                }
                registers.first().copied().unwrap_or_default()
            }
        };
        self.emitter.emit(match place {
            Place::Known(variable) => Op::Access {
                operation,
                variable: VariableId(variable),
                operands,
            },
            Place::At(variable) => Op::AccessAt {
                operation,
                variable,
                operands,
            },
        });
        Ok(operation_answer(operation))
    }

    /// Which one of several things a target is.
    pub(super) fn place_of(&mut self, target: &Target<'t>, several: Several) -> Checked<Place> {
        several.check_index(target)?;
        let (Some(index), Some(array)) = (&target.index, several.array) else {
            return Ok(Place::Known(several.first));
        };
        match self.term(index)? {
            Term::Number(number) => Ok(Place::Known(several.element(index.at, number)?)),
            term => {
                let to = self.temporary();
                let index = self.operand(&term);
                self.emitter.emit(Op::Element { to, index, array });
                Ok(Place::At(to))
            }
        }
    }
}

const fn operation_answer(operation: Operation) -> Answer {
    match operation {
        Operation::CompareAndSwap => Answer::Granted,
        _ => Answer::Value,
    }
}
