//! Blocks: conditions, loops, and the ways out of them.
//!
//! Not which lines are in a block: that is told by [`blocks`](super::blocks).

use super::super::ast::{Binary, Expression, Statement, Unary};
use super::super::code::{Op, Register};
use super::super::mistake::{Checked, Mistake};
use super::Compiler;
use super::blocks::{Block, BlockKind};
use super::emit::Hole;
use super::scope::BodyKind;
use super::term::Term;

impl<'t> Compiler<'t> {
    /// Compiles a line.
    pub(super) fn statement(
        &mut self,
        blocks: &mut Vec<Block>,
        statement: &Statement<'t>,
        outside: usize,
    ) -> Checked<()> {
        self.check_outside(statement, outside)?;
        match statement {
            Statement::If(condition) => {
                let otherwise = self.condition(condition)?;
                let ends = Vec::new();
                let kind = BlockKind::Condition { otherwise, ends };
                blocks.push(Block::new("if", outside, kind));
            }
            Statement::Elif(condition) => {
                let ends = self.next_branch(blocks, "elif", outside)?;
                self.emitter.is_fresh = true;
                // An unknown block takes the place of what is wrong: the chain is closed.
                let otherwise = self.condition(condition)?;
                let kind = BlockKind::Condition { otherwise, ends };
                blocks.push(Block::new("elif", outside, kind));
            }
            Statement::Else => {
                let ends = self.next_branch(blocks, "else", outside)?;
                self.emitter.is_fresh = false;
                blocks.push(Block::new("else", outside, BlockKind::Else { ends }));
            }
            Statement::While(condition) => {
                let start = self.emitter.here();
                let exits = self.condition(condition)?;
                let kind = BlockKind::Loop {
                    start,
                    exits,
                    counter: None,
                };
                blocks.push(Block::new("while", outside, kind));
            }
            Statement::Repeat(times) => {
                let kind = self.repeat(blocks, times.as_ref())?;
                blocks.push(Block::new("repeat", outside, kind));
            }
            Statement::Break => {
                let hole = self.emitter.emit(Op::Jump { to: 0 });
                match innermost_loop(blocks, "break", outside)? {
                    Some((_, exits)) => exits.push(hole),
                    None => return Ok(()),
                }
            }
            Statement::Continue => {
                if let Some((start, _)) = innermost_loop(blocks, "continue", outside)? {
                    self.emitter.emit(Op::Again { to: start });
                }
            }
            Statement::Return(None) if self.is_in_task() => {
                self.emitter.emit(Op::EndThread);
            }
            Statement::Return(value) => {
                if self.is_in_task() {
                    let expected =
                        "`return` without a value, which ends the task: only a `def` has one";
                    return Err(Mistake::new(
                        outside,
                        &["the keyword `return`"],
                        &[expected],
                    ));
                }
                let term = match value {
                    Some(value) => self.term(value)?,
                    None => Term::Number(0),
                };
                let value = self.operand(&term);
                self.emitter.emit(Op::Return { value });
            }
            Statement::Declaration(_) => {
                let expected = "an instruction; declarations stand at the left margin";
                return Err(Mistake::new(
                    outside,
                    &["a declaration in a block"],
                    &[expected],
                ));
            }
            statement => self.instruction(statement)?,
        }
        Ok(())
    }

    /// Ends a branch of a chain of conditions, so that the next one begins here.
    fn next_branch(
        &mut self,
        blocks: &mut Vec<Block>,
        word: &'static str,
        outside: usize,
    ) -> Checked<Vec<Hole>> {
        let continues = |block: &mut Block| {
            let is_chain = matches!(block.kind, BlockKind::Condition { .. } | BlockKind::Unknown);
            is_chain && block.outside == outside
        };
        match blocks.pop_if(continues).map(|block| block.kind) {
            Some(BlockKind::Condition {
                otherwise,
                mut ends,
            }) => {
                self.emitter.is_fresh = false;
                ends.push(self.emitter.emit(Op::Jump { to: 0 }));
                self.emitter.land(&otherwise);
                Ok(ends)
            }
            Some(_) => Ok(Vec::new()),
            None => {
                let expected = "an `if` or `elif` above it with the same indentation";
                Err(Mistake::new(
                    outside,
                    &["the keyword `", word, "`"],
                    &[expected],
                ))
            }
        }
    }

    fn repeat(&mut self, blocks: &[Block], times: Option<&Expression<'t>>) -> Checked<BlockKind> {
        let Some(times) = times else {
            let start = self.emitter.here();
            self.emitter.emit(Op::Nothing);
            return Ok(BlockKind::Loop {
                start,
                exits: Vec::new(),
                counter: None,
            });
        };
        let term = self.term(times)?;
        let counter = self.counter(blocks);
        // The line costs once for each test, not for working the number out.
        self.emitter.is_fresh = false;
        self.evaluate(&term, counter);
        let start = self.emitter.here();
        self.emitter.is_fresh = true;
        let exits = vec![self.emitter.emit(Op::Count { counter, exit: 0 })];
        Ok(BlockKind::Loop {
            start,
            exits,
            counter: Some(counter),
        })
    }

    /// The register of a loop's counter: the one after those of the loops around it.
    fn counter(&self, blocks: &[Block]) -> Register {
        let outer = blocks.iter().rev().find_map(|block| match &block.kind {
            BlockKind::Loop { counter, .. } => *counter,
            _ => None,
        });
        let first = self.body.as_ref().map_or(0, |body| body.counters);
        outer.map_or(first, |outer| outer.saturating_add(1))
    }

    /// A condition; what is to be sent elsewhere when it does not hold.
    fn condition(&mut self, condition: &Expression<'t>) -> Checked<Vec<Hole>> {
        let term = self.term(condition)?;
        if let Term::Number(_) = term {
            self.emitter.emit(Op::Nothing);
        }
        let mut holes = Vec::new();
        self.jump_if(&term, Holds::Not, &mut holes);
        Ok(holes)
    }

    /// Jumps when a condition holds, or when it does not: `and` and `or` look at no more than they
    /// must.
    fn jump_if(&mut self, term: &Term, when: Holds, holes: &mut Vec<Hole>) {
        match (term, when) {
            (Term::Number(number), _) => {
                if (*number != 0) == (when == Holds::Yes) {
                    holes.push(self.emitter.emit(Op::Jump { to: 0 }));
                }
            }
            (Term::Unary(Unary::Not, value), _) => self.jump_if(value, when.other(), holes),
            (Term::Binary(Binary::And, left, right), Holds::Not)
            | (Term::Binary(Binary::Or, left, right), Holds::Yes) => {
                self.jump_if(left, when, holes);
                self.jump_if(right, when, holes);
            }
            (Term::Binary(Binary::And | Binary::Or, left, right), _) => {
                let mut past = Vec::new();
                self.jump_if(left, when.other(), &mut past);
                self.jump_if(right, when, holes);
                self.emitter.land(&past);
            }
            _ => {
                let used = self.used();
                let test = self.operand(term);
                self.free(used);
                holes.push(self.emitter.emit(match when {
                    Holds::Yes => Op::JumpIfNotZero { test, to: 0 },
                    Holds::Not => Op::JumpIfZero { test, to: 0 },
                }));
            }
        }
    }

    /// What stands at the end of a block.
    pub(super) fn close(&mut self, block: Block) {
        self.emitter.is_fresh = false;
        match block.kind {
            BlockKind::Condition { otherwise, ends } => {
                self.emitter.land(&otherwise);
                self.emitter.land(&ends);
            }
            BlockKind::Else { ends } => self.emitter.land(&ends),
            BlockKind::Loop { start, exits, .. } => {
                self.emitter.emit(Op::Again { to: start });
                self.emitter.land(&exits);
            }
            BlockKind::Body | BlockKind::Unknown => {}
        }
    }

    fn is_in_task(&self) -> bool {
        let body = self.body.as_ref();
        body.is_some_and(|body| body.kind != BodyKind::Function)
    }

    /// The end of a task or function that has come to its last line.
    pub(super) fn finish(&mut self, kind: BodyKind) {
        self.emitter.is_fresh = false;
        if kind != BodyKind::Function {
            self.emitter.emit(Op::EndThread);
            return;
        }
        let value = self.temporary();
        self.emitter.number(value, 0);
        self.emitter.emit(Op::Return { value });
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    Not,
}

impl Holds {
    const fn other(self) -> Self {
        match self {
            Self::Yes => Self::Not,
            Self::Not => Self::Yes,
        }
    }
}

/// The start and the exits of the loop that a line is in; none where the block that it is in was not
/// understood.
fn innermost_loop<'b>(
    blocks: &'b mut [Block],
    word: &str,
    at: usize,
) -> Checked<Option<(u32, &'b mut Vec<Hole>)>> {
    for block in blocks.iter_mut().rev() {
        match &mut block.kind {
            BlockKind::Loop { start, exits, .. } => return Ok(Some((*start, exits))),
            BlockKind::Unknown => return Ok(None),
            _ => {}
        }
    }
    let expected = "a `while` or `repeat` around it";
    Err(Mistake::new(at, &["the keyword `", word, "`"], &[expected]))
}
