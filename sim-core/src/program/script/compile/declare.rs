//! The first pass: constants, shared variables and synchronisation objects.
//!
//! Not the heads of tasks and functions, which belong to this pass too: those are in
//! [`tasks`](super::tasks).

use super::super::ast::{Declaration, Expression, Name, Object, Statement, Target};
use super::super::code::Array;
use super::super::mistake::{Checked, Mistake, decimal};
use super::super::{ObjectKind, ObjectSpec, TaskSpec, VariableSpec};
use super::scope::{Meaning, Several};
use super::{Compiler, Content, Node};
use crate::ids::{ObjectId, PipeId, VariableId};
use crate::program::{PipeSpec, limits};

/// What people call an element.
pub(super) fn element(name: &str, index: i64) -> String {
    [name, "[", &decimal(index), "]"].concat()
}

/// The most shared words, synchronisation objects or tasks: ids have 16 bits.
pub(super) const THINGS: usize = 65_000;

impl<'t> Compiler<'t> {
    pub(super) fn declare_all(&mut self, nodes: &[Node<'t>]) {
        for node in nodes {
            if self.mistakes.is_full() {
                break;
            }
            let line = node.source.number;
            match &node.content {
                Content::Statement(statement) if node.indentation == 0 => {
                    let checked = match statement {
                        Statement::Declaration(declaration) => self.declare(declaration, line),
                        _ => Err(Mistake::new(
                            0,
                            &["an instruction at the left margin"],
                            &["a declaration; instructions are indented below a `task` or `def`"],
                        )),
                    };
                    self.keep(&node.source, checked);
                }
                Content::Broken {
                    names,
                    is_global: true,
                    ..
                } => {
                    for name in names.iter().filter(|_| node.indentation == 0) {
                        self.globals.add_unknown(name, line);
                    }
                }
                Content::Broken { .. } | Content::Statement(_) => {}
            }
        }
    }

    fn declare(&mut self, declaration: &Declaration<'t>, line: u32) -> Checked<()> {
        let declared = match declaration {
            Declaration::Task {
                place,
                name,
                replicas,
                options,
            } => {
                let function = self.function(*name, 0);
                let spec = TaskSpec::new(*place, line);
                return self.task(*name, replicas.as_ref(), options, function, spec);
            }
            Declaration::Function { name, parameters } => self.head(*name, parameters, line),
            Declaration::Constant { name, value } => self.constant(value).and_then(|value| {
                let set = self.constants.get(name.text);
                let meaning = Meaning::Constant(set.copied().unwrap_or(value));
                self.globals.add(*name, meaning, line)
            }),
            Declaration::Shared {
                name,
                length,
                initial,
            } => self.shared(*name, length.as_deref(), initial, line),
            Declaration::Object {
                name,
                length,
                object,
            } => self.object(*name, length.as_deref(), object, line),
            Declaration::Pipe { name, capacity } => self.pipe(*name, capacity.as_ref(), line),
        };
        if declared.is_err() {
            let (Declaration::Task { name, .. }
            | Declaration::Function { name, .. }
            | Declaration::Constant { name, .. }
            | Declaration::Shared { name, .. }
            | Declaration::Pipe { name, .. }
            | Declaration::Object { name, .. }) = declaration;
            self.globals.add_unknown(name.text, line);
        }
        declared
    }

    /// How many things are declared: the number of an array's elements, or one.
    fn several(
        &mut self,
        name: Name<'_>,
        length: Option<&Expression<'_>>,
        before: usize,
    ) -> Checked<Several> {
        let most = i64::try_from(THINGS).unwrap_or(i64::MAX);
        let length = match length {
            Some(length) => Some(self.constant_in(length, 1, most, "a number of elements")?),
            None => None,
        };
        let count = u16::try_from(length.unwrap_or(1)).unwrap_or(u16::MAX);
        let Some(first) = u16::try_from(before)
            .ok()
            .filter(|_| before + usize::from(count) <= THINGS)
        else {
            let all = before + usize::from(count);
            return Err(Mistake::limit(
                name.at,
                all,
                " of them with this one",
                THINGS,
            ));
        };
        let array = length.map(|_| {
            let arrays = &mut self.emitter.program.arrays;
            arrays.push(Array {
                first,
                length: count,
            });
            // Every array has a line, and lines are limited.
            u16::try_from(arrays.len() - 1).unwrap_or(u16::MAX)
        });
        Ok(Several {
            first,
            length: count,
            array,
        })
    }

    fn shared(
        &mut self,
        name: Name<'t>,
        length: Option<&Expression<'_>>,
        initial: &Expression<'_>,
        line: u32,
    ) -> Checked<()> {
        let used = self
            .variables
            .last()
            .map_or(0, |last| last.first.index() + usize::from(last.len));
        let several = self.several(name, length, used)?;
        let initial = self.constant(initial)?;
        let meaning = Meaning::Variables(several);
        self.globals.add(name, meaning, line)?;
        self.variables.push(VariableSpec {
            name: name.text.to_owned(),
            first: VariableId(several.first),
            len: several.length,
            is_array: several.array.is_some(),
            initial,
            line,
        });
        Ok(())
    }

    fn object(
        &mut self,
        name: Name<'t>,
        length: Option<&Expression<'_>>,
        object: &Object<'t>,
        line: u32,
    ) -> Checked<()> {
        let several = self.several(name, length, self.objects.len())?;
        let kind = self.kind(object)?;
        let meaning = Meaning::Objects(several, kind);
        self.globals.add(name, meaning, line)?;
        for index in 0..several.length {
            let name = match several.array {
                Some(_) => element(name.text, i64::from(index)),
                None => name.text.to_owned(),
            };
            self.objects.push(ObjectSpec { name, kind, line });
        }
        Ok(())
    }

    fn pipe(
        &mut self,
        name: Name<'t>,
        capacity: Option<&Expression<'_>>,
        line: u32,
    ) -> Checked<()> {
        let capacity = match capacity {
            Some(capacity) => {
                let most = i64::from(u32::MAX);
                let capacity = self.constant_in(capacity, 1, most, "a number of items")?;
                u32::try_from(capacity).unwrap_or(u32::MAX)
            }
            None => limits::PIPE_CAPACITY,
        };
        if self.pipes.len() >= limits::PIPES {
            let all = self.pipes.len() + 1;
            return Err(Mistake::limit(
                name.at,
                all,
                " pipes with this one",
                limits::PIPES,
            ));
        }
        let meaning = Meaning::Pipe(PipeId::from_index(self.pipes.len()));
        self.globals.add(name, meaning, line)?;
        self.pipes.push(PipeSpec {
            name: name.text.to_owned(),
            capacity,
        });
        Ok(())
    }

    fn kind(&self, object: &Object<'t>) -> Checked<ObjectKind> {
        let most = i64::from(u32::MAX);
        let number = |expression: &Expression<'_>, least, what| {
            let number = self.constant_in(expression, least, most, what)?;
            Ok::<_, Box<Mistake>>(u32::try_from(number).unwrap_or(u32::MAX))
        };
        Ok(match object {
            Object::Lock { handover } => ObjectKind::Lock {
                handover: *handover,
            },
            Object::RecursiveLock => ObjectKind::RecursiveLock,
            Object::Semaphore { initial, maximum } => {
                let at_start = number(initial, 0, "a value")?;
                let maximum = match maximum {
                    Some(maximum) => Some(number(
                        maximum,
                        i64::from(at_start.max(1)),
                        "a largest value",
                    )?),
                    None => None,
                };
                ObjectKind::Semaphore {
                    initial: at_start,
                    maximum,
                }
            }
            Object::Condition { lock } => ObjectKind::Condition {
                lock: self.lock_of(lock)?,
            },
            Object::Event => ObjectKind::Event,
            Object::Watch => ObjectKind::Watch,
            Object::Barrier { parties } => ObjectKind::Barrier {
                parties: number(parties, 1, "a number of tasks")?,
            },
            Object::ReadersWriter { preference } => ObjectKind::ReadersWriter {
                preference: *preference,
            },
            Object::Queue { capacity, order } => ObjectKind::Queue {
                capacity: match capacity {
                    Some(capacity) => Some(number(capacity, 1, "a number of items")?),
                    None => None,
                },
                order: *order,
            },
        })
    }

    /// The lock of a condition.
    fn lock_of(&self, lock: &Target<'_>) -> Checked<ObjectId> {
        let expected = "a lock or rlock that is declared before";
        let is_lock = |meaning| {
            matches!(
                meaning,
                Meaning::Objects(_, ObjectKind::Lock { .. } | ObjectKind::RecursiveLock)
            )
        };
        let name = lock.name;
        match self.globals.get(name.text) {
            None => Err(self.globals.unknown(name, expected, is_lock, None)),
            Some(global) => match global.meaning {
                Meaning::Objects(several, _) if is_lock(global.meaning) => {
                    several.check_index(lock)?;
                    match &lock.index {
                        Some(index) => {
                            let element = several.element(index.at, self.constant(index)?)?;
                            Ok(ObjectId(element))
                        }
                        None => Ok(ObjectId(several.first)),
                    }
                }
                Meaning::Unknown => Ok(ObjectId(0)),
                _ => Err(global.mistake(name, &[expected])),
            },
        }
    }
}
