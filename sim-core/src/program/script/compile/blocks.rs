//! The second pass: which lines belong together, by their indentation.
//!
//! Not what they do: [`control`](super::control) opens and closes the blocks, and
//! [`instruction`](super::instruction) compiles what is in them.

use super::super::LineKind;
use super::super::ast::{Binding, Name, Statement};
use super::super::code::{Op, Register};
use super::super::mistake::{Checked, Mistake, count};
use super::emit::Hole;
use super::scope::{Body, BodyKind, LOCALS};
use super::{Compiler, Content, Node};

/// The most blocks inside each other.
const BLOCKS: usize = 60;

/// A block whose end has not come.
pub(super) struct Block {
    /// What its head says.
    pub(super) head: &'static str,
    /// The indentation of its head.
    pub(super) outside: usize,
    /// The indentation of its lines, once there is one.
    inside: Option<usize>,
    pub(super) kind: BlockKind,
}

pub(super) enum BlockKind {
    Body,
    /// Where to go when the condition does not hold, and what goes to the end of the whole chain.
    Condition {
        otherwise: Vec<Hole>,
        ends: Vec<Hole>,
    },
    Else {
        ends: Vec<Hole>,
    },
    Loop {
        start: u32,
        exits: Vec<Hole>,
        /// Of a `repeat` that counts.
        counter: Option<Register>,
    },
    /// Its head was not understood.
    Unknown,
}

impl Block {
    pub(super) const fn new(head: &'static str, outside: usize, kind: BlockKind) -> Self {
        Self {
            head,
            outside,
            inside: None,
            kind,
        }
    }

    /// Whether a line must follow that is indented.
    const fn lacks_lines(&self) -> bool {
        self.inside.is_none() && !matches!(self.kind, BlockKind::Unknown)
    }

    /// Whether `elif` and `else` may follow.
    const fn can_continue(&self) -> bool {
        matches!(self.kind, BlockKind::Condition { .. } | BlockKind::Unknown)
    }
}

impl<'t> Compiler<'t> {
    /// Compiles the block of a task or function.
    pub(super) fn compile_body(
        &mut self,
        function: usize,
        head: &Node<'t>,
        kind: BodyKind,
        parameters: &[Name<'t>],
        nodes: &[Node<'t>],
    ) {
        let entry = self.emitter.here();
        self.body = Some(body(kind, parameters, nodes));
        self.emitter.line = head.source.number;
        let checked = self.enter(parameters);
        self.keep(&head.source, checked);
        let name = match kind {
            BodyKind::Task => "task",
            BodyKind::Peer => "peer",
            BodyKind::Function => "def",
        };
        let mut blocks = vec![Block::new(name, 0, BlockKind::Body)];
        for node in nodes {
            if self.mistakes.is_full() {
                break;
            }
            self.emitter.line = node.source.number;
            let checked = self.place(&mut blocks, node);
            self.keep(&node.source, checked);
            // Also where it stands wrong: what it introduces is used below.
            let checked = self.node(&mut blocks, node);
            self.keep(&node.source, checked);
            self.free(0);
        }
        if let Some(open) = blocks.last().filter(|block| block.lacks_lines()) {
            let source = nodes.last().unwrap_or(head).source;
            let at = source.text.trim_end().len();
            self.add(&source, *no_block(at, "the end of the block", open.head));
        }
        while let Some(block) = blocks.pop() {
            self.close(block);
        }
        // Whoever has come to the end is at no line of the block: the mark goes back to its head.
        self.emitter.line = head.source.number;
        self.finish(kind);
        let Some(body) = self.body.take() else {
            return;
        };
        if body.registers > LOCALS {
            let registers = usize::from(body.registers);
            let mistake = Mistake::limit(0, registers, " local variables", LOCALS.into());
            self.add(&head.source, *mistake);
        }
        let function = &mut self.emitter.program.functions[function];
        function.entry = entry;
        function.locals = body.registers;
        function.registers = body.registers.saturating_add(body.most);
        function.names = body.names();
    }

    /// Gives parameters and `self` their values.
    fn enter(&mut self, parameters: &[Name<'t>]) -> Checked<()> {
        let own = self.body.as_ref().and_then(|body| body.own);
        if let Some(to) = own {
            self.emitter.is_fresh = false;
            self.emitter.emit(Op::Own { to });
        }
        for parameter in parameters {
            self.introduce(*parameter, Binding::New)?;
        }
        Ok(())
    }

    /// Closes the blocks that a line is not in, and opens its own.
    fn place(&mut self, blocks: &mut Vec<Block>, node: &Node<'t>) -> Checked<()> {
        let spaces = node.indentation;
        let mut mistake = None;
        if let Some(open) = blocks.last_mut().filter(|block| block.inside.is_none()) {
            if spaces > open.outside {
                open.inside = Some(spaces);
                return Ok(());
            }
            if open.lacks_lines() {
                mistake = Some(no_block(spaces, "a line that is not indented", open.head));
            }
        }
        let mut closed = None;
        while blocks.len() > 1
            && let Some(block) =
                blocks.pop_if(|block| block.inside.is_none_or(|inside| inside > spaces))
        {
            let continues = matches!(
                &node.content,
                Content::Statement(Statement::Elif(_) | Statement::Else)
            );
            closed = block.inside;
            if continues && block.outside == spaces && block.can_continue() {
                blocks.push(block);
                return mistake.map_or(Ok(()), Err);
            }
            self.close(block);
        }
        if let Some(mistake) = mistake {
            return Err(mistake);
        }
        let inside = blocks
            .last()
            .and_then(|block| block.inside)
            .unwrap_or(spaces);
        if inside == spaces {
            return Ok(());
        }
        let expected = match closed {
            Some(deeper) => [
                &count(inside),
                " or ",
                &count(deeper),
                ", as in a line above",
            ]
            .concat(),
            None if spaces < inside => [&count(inside), ", as in a line above"].concat(),
            None => [&count(inside), ": the line above begins no block"].concat(),
        };
        if spaces > inside {
            // The lines that follow it stand right with respect to this one.
            let mut unknown = Block::new("", inside, BlockKind::Unknown);
            unknown.inside = Some(spaces);
            blocks.push(unknown);
        }
        Err(Mistake::new(0, &[&count(spaces), " spaces"], &[&expected]))
    }

    fn node(&mut self, blocks: &mut Vec<Block>, node: &Node<'t>) -> Checked<()> {
        let outside = node.indentation;
        let unknown = || Block::new("", outside, BlockKind::Unknown);
        let statement = match &node.content {
            Content::Broken { names, is_global } => {
                if let Some(body) = self.body.as_mut().filter(|_| !is_global) {
                    for name in names {
                        body.introduce(name);
                    }
                }
                // It may have been the head of a block, or not.
                blocks.push(unknown());
                return Ok(());
            }
            Content::Statement(statement) => statement,
        };
        self.emitter.is_fresh = true;
        let before = blocks.len();
        let mut checked = self.statement(blocks, statement, outside);
        if blocks.len() > BLOCKS && blocks.len() > before {
            let (found, most) = (blocks.len() - 1, BLOCKS - 1);
            checked = Err(Mistake::limit(
                outside,
                found,
                " blocks inside each other",
                most,
            ));
        }
        if checked.is_err() {
            match statement {
                Statement::Let { names, .. } => {
                    if let Some(body) = &mut self.body {
                        for name in names {
                            body.introduce(name.text);
                        }
                    }
                }
                _ if blocks.len() == before && is_head(statement) => blocks.push(unknown()),
                _ => {}
            }
        }
        checked
    }
}

/// Whether indented lines follow.
fn is_head(statement: &Statement<'_>) -> bool {
    super::kind(statement) == LineKind::Head
}

fn no_block(at: usize, found: &str, head: &str) -> Box<Mistake> {
    let expected = ["an indented line below `", head, "` (`pass` does nothing)"];
    Mistake::new(at, &[found], &expected)
}

/// The registers of a body: parameters, what `let` introduces, the counters of `repeat`, `self`.
fn body<'t>(kind: BodyKind, parameters: &[Name<'t>], nodes: &[Node<'t>]) -> Body<'t> {
    let mut body = Body::new(kind);
    for parameter in parameters {
        body.reserve(parameter.text);
    }
    let (mut open, mut deepest) = (Vec::new(), 0);
    for node in nodes {
        while open
            .pop_if(|outside| *outside >= node.indentation)
            .is_some()
        {}
        match &node.content {
            Content::Statement(Statement::Let {
                binding: Binding::New,
                names,
                ..
            }) => {
                for name in names {
                    body.reserve(name.text);
                }
            }
            Content::Statement(Statement::Repeat(Some(_))) => {
                open.push(node.indentation);
                deepest = open.len().max(deepest);
            }
            Content::Broken { names, .. } => {
                for name in names {
                    body.reserve(name);
                }
            }
            Content::Statement(_) => {}
        }
    }
    body.counters = body.registers;
    body.registers = body
        .registers
        .saturating_add(u16::try_from(deepest).unwrap_or(u16::MAX));
    if nodes.iter().any(|node| node.is_own) {
        body.own = Some(body.registers);
        body.registers = body.registers.saturating_add(1);
    }
    if kind == BodyKind::Peer {
        body.socket = Some(body.registers);
        body.registers = body.registers.saturating_add(1);
    }
    body
}
