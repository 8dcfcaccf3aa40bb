//! Writing code: operations with their lines, registers for intermediate values, jumps whose ends
//! are not known yet.
//!
//! Not which code is written.

use core::mem;

use super::super::arithmetic::binary;
use super::super::ast::{Binary, Unary};
use super::super::code::{Op, Program, Register};
use super::Compiler;
use super::term::Term;

/// The code as far as it is written.
#[derive(Debug, Default)]
pub(super) struct Emitter {
    pub(super) program: Program,
    /// The line that is being compiled.
    pub(super) line: u32,
    /// Whether its first operation is still to come; it bears the cost of the line.
    pub(super) is_fresh: bool,
}

/// A jump whose end is not known yet.
pub(super) type Hole = usize;

impl Emitter {
    pub(super) fn emit(&mut self, op: Op) -> Hole {
        let program = &mut self.program;
        program.ops.push(op);
        program.begins.push(mem::take(&mut self.is_fresh));
        program.lines.push(self.line);
        program.ops.len() - 1
    }

    /// Where the next operation will stand.
    pub(super) fn here(&self) -> u32 {
        // Lines and what is in a line are limited: it fits by far.
        u32::try_from(self.program.ops.len()).unwrap_or(u32::MAX)
    }

    /// Lets jumps end here.
    pub(super) fn land(&mut self, holes: &[Hole]) {
        let here = self.here();
        for hole in holes {
            match &mut self.program.ops[*hole] {
                Op::Jump { to }
                | Op::JumpIfZero { to, .. }
                | Op::JumpIfNotZero { to, .. }
                | Op::Count { exit: to, .. } => *to = here,
                _ => {}
            }
        }
    }

    pub(super) fn number(&mut self, to: Register, number: i64) {
        if let Ok(number) = i32::try_from(number) {
            self.emit(Op::Number { to, number });
            return;
        }
        let numbers = &mut self.program.numbers;
        let place = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        numbers.push(number);
        self.emit(Op::Large { to, place });
    }
}

impl Compiler<'_> {
    /// A register for an intermediate value, until the line ends or [`free`](Self::free) is called.
    pub(super) fn temporary(&mut self) -> Register {
        let Some(body) = &mut self.body else {
            return 0;
        };
        let register = body.registers.saturating_add(body.temporaries);
        body.temporaries += 1;
        body.most = body.most.max(body.temporaries);
        register
    }

    /// How many intermediate values are in use.
    pub(super) fn used(&self) -> u16 {
        self.body.as_ref().map_or(0, |body| body.temporaries)
    }

    /// Frees all but the first `used` of them.
    pub(super) fn free(&mut self, used: u16) {
        if let Some(body) = &mut self.body {
            body.temporaries = used;
        }
    }

    /// Works a value out into a register.
    pub(super) fn evaluate(&mut self, term: &Term, to: Register) {
        match term {
            Term::Number(number) => self.emitter.number(to, *number),
            Term::Register(from) if *from == to => {}
            Term::Register(from) => {
                let from = *from;
                self.emitter.emit(Op::Copy { to, from });
            }
            Term::Unary(operator, value) => {
                let used = self.used();
                let from = self.operand(value);
                self.free(used);
                self.emitter.emit(match operator {
                    Unary::Negate => Op::Negate { to, from },
                    Unary::Not => Op::Not { to, from },
                });
            }
            Term::Binary(operator @ (Binary::And | Binary::Or), left, right) => {
                // Into an intermediate value: the right side may read the register that is to
                // be written.
                let used = self.used();
                let both = self.temporary();
                self.evaluate(left, both);
                let hole = self.emitter.emit(match operator {
                    Binary::And => Op::JumpIfZero { test: both, to: 0 },
                    _ => Op::JumpIfNotZero { test: both, to: 0 },
                });
                self.evaluate(right, both);
                self.emitter.land(&[hole]);
                self.emitter.emit(Op::Truth { to, from: both });
                self.free(used);
            }
            Term::Binary(operator, left, right) => self.calculate(*operator, left, right, to),
        }
    }

    /// Works a value out into whatever register suits.
    pub(super) fn operand(&mut self, term: &Term) -> Register {
        if let Term::Register(register) = term {
            return *register;
        }
        let to = self.temporary();
        self.evaluate(term, to);
        to
    }

    fn calculate(&mut self, operator: Binary, left: &Term, right: &Term, to: Register) {
        let used = self.used();
        let swapped = match operator {
            Binary::Add | Binary::Multiply | Binary::Equal | Binary::NotEqual => Some(operator),
            Binary::Less => Some(Binary::Greater),
            Binary::LessEqual => Some(Binary::GreaterEqual),
            Binary::Greater => Some(Binary::Less),
            Binary::GreaterEqual => Some(Binary::LessEqual),
            _ => None,
        };
        let op = match (left, right, swapped) {
            (_, Term::Number(number), _) if fits(operator, *number) => {
                let left = self.operand(left);
                with_number(operator, to, left, *number)
            }
            (Term::Number(number), _, Some(swapped)) if fits(swapped, *number) => {
                let right = self.operand(right);
                with_number(swapped, to, right, *number)
            }
            _ => None,
        };
        let op = op.unwrap_or_else(|| {
            let (left, right) = (self.operand(left), self.operand(right));
            with_register(operator, to, left, right)
        });
        self.free(used);
        self.emitter.emit(op);
    }
}

/// Whether an operation has room for the number on its right.
fn fits(operator: Binary, number: i64) -> bool {
    with_number(operator, 0, 0, number).is_some()
}

fn with_number(operator: Binary, to: Register, left: Register, number: i64) -> Option<Op> {
    // `x - n` is `x + -n`, `x <= n` is `x < n + 1`, `x >= n` is `x > n - 1`: the numbers are small,
    // so that nothing overflows that did not before.
    let moved = match operator {
        Binary::Subtract => binary(Binary::Subtract, 0, number).ok()?,
        Binary::LessEqual => binary(Binary::Add, number, 1).ok()?,
        Binary::GreaterEqual => binary(Binary::Subtract, number, 1).ok()?,
        _ => number,
    };
    let right = i16::try_from(moved).ok()?;
    Some(match operator {
        Binary::Add | Binary::Subtract => Op::AddNumber { to, left, right },
        Binary::Multiply => Op::MultiplyNumber { to, left, right },
        Binary::Divide => Op::DivideNumber { to, left, right },
        Binary::Remainder => Op::RemainderNumber { to, left, right },
        Binary::Equal => Op::EqualNumber { to, left, right },
        Binary::NotEqual => Op::NotEqualNumber { to, left, right },
        Binary::Less | Binary::LessEqual => Op::LessNumber { to, left, right },
        Binary::Greater | Binary::GreaterEqual => Op::GreaterNumber { to, left, right },
        Binary::And | Binary::Or => return None,
    })
}

const fn with_register(operator: Binary, to: Register, left: Register, right: Register) -> Op {
    match operator {
        Binary::Add => Op::Add { to, left, right },
        Binary::Subtract => Op::Subtract { to, left, right },
        Binary::Multiply => Op::Multiply { to, left, right },
        Binary::Divide => Op::Divide { to, left, right },
        Binary::Remainder => Op::Remainder { to, left, right },
        Binary::Equal => Op::Equal { to, left, right },
        Binary::NotEqual => Op::NotEqual { to, left, right },
        Binary::Less => Op::Less { to, left, right },
        Binary::LessEqual => Op::LessEqual { to, left, right },
        Binary::Greater => Op::Less {
            to,
            left: right,
            right: left,
        },
        Binary::GreaterEqual => Op::LessEqual {
            to,
            left: right,
            right: left,
        },
        // These two jump: they are worked out elsewhere.
        Binary::And | Binary::Or => Op::Nothing,
    }
}
