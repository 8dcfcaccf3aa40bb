//! From the lines of a script to its code: one pass for what is declared, one for the blocks.
//!
//! Nothing is evaluated here but constants. A mistake in one line keeps no other from being looked
//! at: what it would have declared is known as *unknown*, and nothing is said about its uses.

mod access;
mod ask;
mod blocks;
mod control;
mod declare;
mod emit;
mod instruction;
mod network;
mod pipe;
mod scope;
mod system;
mod tasks;
mod term;

use std::collections::BTreeMap;

use emit::Emitter;
use scope::{Body, BodyKind, Globals, Meaning};

use super::ast::{Declaration, Statement};
use super::code::Op;
use super::lines::{Source, sources};
use super::mistake::{Checked, Mistake, Mistakes, count};
use super::token::Token;
use super::words::{Class, Word};
use super::{LineKind, ObjectSpec, Script, TaskSpec, VariableSpec, grammar};
use crate::ids::ObjectId;
use crate::input::InputError;
use crate::program::{PipeSpec, Place, limits};
use crate::time::Unit;

/// The most lines: what each means is kept until all are read.
const LINES: usize = 20_000;
/// Words of other languages that are followed by the name of a local variable.
const LOCALS: &[&str] = &["for", "int", "var"];

/// A line that says something, and what.
struct Node<'t> {
    source: Source<'t>,
    indentation: usize,
    content: Content<'t>,
    /// Whether it mentions `self`.
    is_own: bool,
}

enum Content<'t> {
    Statement(Statement<'t>),
    /// It was not understood.
    Broken {
        /// The names that it may have been meant to introduce.
        names: Vec<&'t str>,
        /// Whether it was meant to be a declaration.
        is_global: bool,
    },
}

/// A script on its way to code.
struct Compiler<'t> {
    file: &'t str,
    unit: Unit,
    /// The values of constants that were set from outside.
    constants: &'t BTreeMap<String, i64>,
    mistakes: Mistakes,
    globals: Globals<'t>,
    variables: Vec<VariableSpec>,
    objects: Vec<ObjectSpec>,
    tasks: Vec<TaskSpec>,
    pipes: Vec<PipeSpec>,
    backlog: Option<u32>,
    bodies: Vec<u16>,
    emitter: Emitter,
    /// The function or task whose lines are being compiled.
    body: Option<Body<'t>>,
}

/// Compiles a text.
#[lockstep_part::later]
pub(super) fn compile(
    file: &str,
    text: &str,
    unit: Unit,
    constants: &BTreeMap<String, i64>,
) -> Result<Script, Vec<InputError>> {
    let mut compiler = Compiler {
        file,
        unit,
        constants,
        mistakes: Mistakes::default(),
        globals: Globals::default(),
        variables: Vec::new(),
        objects: Vec::new(),
        tasks: Vec::new(),
        pipes: Vec::new(),
        backlog: None,
        bodies: Vec::new(),
        emitter: Emitter::default(),
        body: None,
    };
    let mut kinds = Vec::new();
    if let Some(mistake) = too_long(text) {
        let first = Source {
            number: 1,
            text: "",
        };
        compiler.add(&first, *mistake);
        return Err(compiler.mistakes.into_list());
    }
    let nodes = compiler.nodes(text, &mut kinds);
    // Each pass needs what the one before has read; one that has found too much has not read all.
    if !compiler.mistakes.is_full() {
        compiler.declare_all(&nodes);
    }
    if !compiler.mistakes.is_full() {
        compiler.compile_bodies(&nodes);
        compiler.check_tasks(text);
        compiler.check_names(text);
        compiler.check_constants();
    }
    if !compiler.mistakes.is_empty() {
        return Err(compiler.mistakes.into_list());
    }
    // The tasks of this machine have the lower numbers.
    let tasks = compiler.tasks.into_iter().zip(compiler.bodies);
    let (own, peers): (Vec<_>, Vec<_>) = tasks.partition(|(task, _)| task.place == Place::Inside);
    let (tasks, bodies) = own.into_iter().chain(peers).unzip();
    let objects = (0..).map(ObjectId).zip(&compiler.objects);
    let watches = objects.filter(|(_, object)| object.kind.is_watch());
    let watches = watches.map(|(id, _)| id).collect();
    Ok(Script {
        variables: compiler.variables,
        objects: compiler.objects,
        watches,
        backlog: compiler.backlog,
        tasks,
        pipes: compiler.pipes,
        text: text.to_owned(),
        unit,
        kinds,
        bodies,
        program: compiler.emitter.program,
    })
}

fn too_long(text: &str) -> Option<Box<Mistake>> {
    if text.len() > limits::TEXT {
        return Some(Mistake::limit(0, text.len(), " bytes", limits::TEXT));
    }
    let lines = text.lines().count();
    (lines > LINES).then(|| Mistake::limit(0, lines, " lines", LINES))
}

impl<'t> Compiler<'t> {
    fn add(&mut self, source: &Source<'_>, mistake: Mistake) {
        self.mistakes.add(self.file, source, mistake);
    }

    /// Keeps the mistake, if it is one.
    fn keep<T>(&mut self, source: &Source<'_>, checked: Checked<T>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(mistake) => {
                self.add(source, *mistake);
                None
            }
        }
    }

    /// The lines that say something; and what each line of the text is.
    fn nodes(&mut self, text: &'t str, kinds: &mut Vec<LineKind>) -> Vec<Node<'t>> {
        let mut nodes = Vec::new();
        for source in sources(text) {
            if self.mistakes.is_full() {
                break;
            }
            let tokens = match source.tokens() {
                Ok(tokens) => tokens,
                Err(mistake) => {
                    self.add(&source, *mistake);
                    kinds.push(LineKind::Statement);
                    nodes.push(Node::broken(source, source.pieces()));
                    continue;
                }
            };
            if tokens.is_empty() {
                let is_comment = !source.text.trim().is_empty();
                kinds.push(if is_comment {
                    LineKind::Comment
                } else {
                    LineKind::Blank
                });
                continue;
            }
            let is_own = tokens.iter().any(Token::mentions_own);
            match grammar::statement(&tokens) {
                Ok(statement) => {
                    kinds.push(kind(&statement));
                    nodes.push(Node {
                        source,
                        indentation: source.indentation(),
                        content: Content::Statement(statement),
                        is_own,
                    });
                }
                Err(mistake) => {
                    self.add(&source, *mistake);
                    kinds.push(LineKind::Statement);
                    nodes.push(Node::broken(source, tokens));
                }
            }
        }
        nodes
    }

    fn check_tasks(&mut self, text: &'t str) {
        let is_task = |task: &TaskSpec| task.place == Place::Inside;
        if !self.tasks.iter().any(is_task) && self.mistakes.is_empty() {
            let last = sources(text).last();
            let last = last.unwrap_or(Source {
                number: 1,
                text: "",
            });
            let at = last.text.len();
            let expected = "at least one task: task NAME, and its lines indented below it";
            self.add(
                &last,
                *Mistake::new(at, &["the end of the text"], &[expected]),
            );
        }
    }

    /// What is made at run time has names of its own, which no declared task may have.
    fn check_names(&mut self, text: &'t str) {
        let ops = &self.emitter.program.ops;
        let processes = ops.iter().any(Op::makes_process);
        let threads = ops.iter().any(Op::makes_thread);
        for source in sources(text) {
            let task = self.tasks.iter().find(|task| task.line == source.number);
            let name = task.map(|task| task.name.split('[').next().unwrap_or_default());
            let is_made = match name {
                Some("child") => processes,
                Some("thread") => threads,
                _ => false,
            };
            let (true, Some(name)) = (is_made, name) else {
                continue;
            };
            let expected = ["another name: those made later are called ", name, "[0]"];
            let at = source.text.find(name).unwrap_or_default();
            let found = ["a task `", name, "`"];
            let mistake = Mistake::new(at, &found, &[&expected.concat()]);
            self.add(&source, *mistake);
        }
    }

    /// What is set from outside must be a constant of the script.
    fn check_constants(&mut self) {
        for name in self.constants.keys() {
            let is_constant = |meaning| matches!(meaning, Meaning::Constant(_));
            match self.globals.get(name).map(|global| global.meaning) {
                Some(Meaning::Constant(_) | Meaning::Unknown) => {}
                _ => {
                    let expected = match self.globals.nearest(name, is_constant, None) {
                        Some(near) => ["a constant of the script: `", near, "`?"].concat(),
                        None => "a constant of the script".to_owned(),
                    };
                    self.mistakes.add_setting(self.file, name, expected);
                }
            }
        }
    }

    /// Compiles the block of each task and function.
    fn compile_bodies(&mut self, nodes: &[Node<'t>]) {
        // What stands before the first line at the margin is in no block.
        let first = nodes.iter().position(|node| node.indentation == 0);
        let (stray, mut rest) = nodes.split_at(first.unwrap_or(nodes.len()));
        self.refuse(stray.first());
        let mut functions = 0..;
        let mut next = || functions.next().unwrap_or_default();
        while let Some((head, after)) = rest.split_first()
            && !self.mistakes.is_full()
        {
            let length = after
                .iter()
                .position(|node| node.indentation == 0)
                .unwrap_or(after.len());
            let (block, others) = after.split_at(length);
            rest = others;
            let declaration = match &head.content {
                Content::Broken { .. } => continue,
                Content::Statement(Statement::Declaration(declaration)) => Some(&**declaration),
                Content::Statement(_) => None,
            };
            match declaration {
                Some(Declaration::Task { place, .. }) => {
                    let kind = match place {
                        Place::Inside => BodyKind::Task,
                        Place::Outside => BodyKind::Peer,
                    };
                    self.compile_body(next(), head, kind, &[], block);
                }
                Some(Declaration::Function { parameters, .. }) => {
                    self.compile_body(next(), head, BodyKind::Function, parameters, block);
                }
                _ => self.refuse(block.first()),
            }
        }
    }

    /// A line that is indented where there is no block.
    fn refuse(&mut self, node: Option<&Node<'t>>) {
        if let Some(node) = node {
            let found = [&count(node.indentation), " spaces"];
            let expected = "none: only the blocks of `task` and `def` are indented";
            self.add(&node.source, *Mistake::new(0, &found, &[expected]));
        }
    }
}

impl<'t> Node<'t> {
    fn broken(source: Source<'t>, tokens: Vec<Token<'t>>) -> Self {
        let first = tokens.first();
        let is_global = first.is_some_and(|first| first.belongs(Class::Declaration));
        let is_local =
            first.is_some_and(|first| first.is(Word::Let) || LOCALS.contains(&first.text));
        let mut names = Vec::new();
        if is_global || is_local {
            let named = tokens
                .iter()
                .skip(1)
                .take(3)
                .filter(|token| token.is_name());
            names.extend(named.map(|token| token.text));
        }
        Self {
            source,
            indentation: source.indentation(),
            content: Content::Broken { names, is_global },
            is_own: false,
        }
    }
}

fn kind(statement: &Statement<'_>) -> LineKind {
    match statement {
        Statement::Declaration(declaration) => match **declaration {
            Declaration::Task { .. } | Declaration::Function { .. } => LineKind::Head,
            _ => LineKind::Declaration,
        },
        Statement::If(_)
        | Statement::Elif(_)
        | Statement::Else
        | Statement::While(_)
        | Statement::Repeat(_) => LineKind::Head,
        _ => LineKind::Statement,
    }
}
