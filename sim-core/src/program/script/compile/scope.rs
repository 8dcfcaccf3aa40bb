//! Names: what the whole script declares, and the local variables of one body.
//!
//! Not the code that uses them.

use super::super::ObjectKind;
use super::super::ast::{Name, Target};
use super::super::code::Register;
use super::super::mistake::{Checked, Mistake, decimal};
use super::super::words::nearest;

/// What a name of the script means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    Constant(i64),
    /// Variables; where they are several, the place in the table of arrays.
    Variables(Several),
    Objects(Several, ObjectKind),
    Function {
        function: u16,
        parameters: u16,
    },
    /// Its declaration was not understood.
    Unknown,
}

/// One or several things in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Several {
    pub(super) first: u16,
    pub(super) length: u16,
    /// Its place in the table of arrays; none for one that is no array.
    pub(super) array: Option<u16>,
}

/// A name of the script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Global<'t> {
    pub(super) name: &'t str,
    pub(super) meaning: Meaning,
    pub(super) line: u32,
}

/// Names and their numbers, by name. Not a tree: that would be several times the code, which the
/// page has to load, and lines and locals are limited.
#[derive(Debug, Default)]
struct Places<'t>(Vec<(&'t str, usize)>);

impl<'t> Places<'t> {
    fn get(&self, name: &str) -> Option<usize> {
        let (own, number) = self.0.get(self.at(name))?;
        (*own == name).then_some(*number)
    }

    fn insert(&mut self, name: &'t str, number: usize) {
        self.0.insert(self.at(name), (name, number));
    }

    /// The first place that is not before a name.
    fn at(&self, name: &str) -> usize {
        self.0.partition_point(|(own, _)| *own < name)
    }
}

/// The names of the whole script.
#[derive(Debug, Default)]
pub(super) struct Globals<'t> {
    places: Places<'t>,
    list: Vec<Global<'t>>,
    /// The tasks, whose names stand in no expression, and their lines.
    tasks: Places<'t>,
}

impl<'t> Globals<'t> {
    pub(super) fn get(&self, name: &str) -> Option<&Global<'t>> {
        self.list.get(self.places.get(name)?)
    }

    /// Declares a name.
    pub(super) fn add(&mut self, name: Name<'t>, meaning: Meaning, line: u32) -> Checked<()> {
        if let Some(before) = self.get(name.text) {
            return Err(again(name, before.line));
        }
        self.places.insert(name.text, self.list.len());
        self.list.push(Global {
            name: name.text,
            meaning,
            line,
        });
        Ok(())
    }

    /// Says that a name may have been declared in a line that was not understood.
    pub(super) fn add_unknown(&mut self, text: &'t str, line: u32) {
        let name = Name { text, at: 0 };
        // If it is known already, it stays what it is.
        let _ = self.add(name, Meaning::Unknown, line);
    }

    pub(super) fn add_task(&mut self, name: Name<'t>, line: u32) -> Checked<()> {
        if let Some(before) = self.tasks.get(name.text) {
            return Err(again(name, u32::try_from(before).unwrap_or(u32::MAX)));
        }
        self.tasks.insert(name.text, line as usize);
        Ok(())
    }

    /// The name of something that fits which is near to a name.
    pub(super) fn nearest(
        &self,
        name: &str,
        fits: fn(Meaning) -> bool,
        locals: Option<&Body<'t>>,
    ) -> Option<&'t str> {
        let globals = self.list.iter().filter(|global| fits(global.meaning));
        let locals = locals.into_iter().flat_map(|body| &body.locals);
        let locals = locals.filter(|local| local.is_known);
        let mut names = globals
            .map(|global| global.name)
            .chain(locals.map(|local| local.name));
        nearest(name, &mut names)
    }

    /// A name that is not known; the nearest of those that fit is the one that was probably meant.
    pub(super) fn unknown(
        &self,
        name: Name<'_>,
        expected: &str,
        fits: fn(Meaning) -> bool,
        locals: Option<&Body<'t>>,
    ) -> Box<Mistake> {
        let expected = match self.nearest(name.text, fits, locals) {
            Some(near) => [expected, ": `", near, "`?"].concat(),
            None => expected.to_owned(),
        };
        let found = ["the unknown name `", name.text, "`"];
        Mistake::new(name.at, &found, &[&expected])
    }
}

fn again(name: Name<'_>, line: u32) -> Box<Mistake> {
    Mistake::new(name.at, &["`", name.text, "` again"], &[&free(line)])
}

/// What is expected where a name is taken.
pub(super) fn free(line: u32) -> String {
    ["a name that line ", &decimal(line.into()), " has not taken"].concat()
}

impl Global<'_> {
    /// A place where something else was expected.
    pub(super) fn mistake(&self, name: Name<'_>, expected: &[&str]) -> Box<Mistake> {
        let noun = match self.meaning {
            Meaning::Constant(_) => "constant",
            Meaning::Variables(_) => "shared variable",
            Meaning::Objects(_, kind) => kind.word(),
            Meaning::Function { .. } => "function",
            Meaning::Unknown => "name",
        };
        Mistake::new(name.at, &["the ", noun, " `", self.name, "`"], expected)
    }
}

impl Several {
    /// Checks that an index is given where there are several.
    pub(super) fn check_index(&self, target: &Target<'_>) -> Checked<()> {
        let name = target.name.text;
        match (&target.index, self.array) {
            (Some(index), None) => {
                let found = ["an index of `", name, "`"];
                Err(Mistake::new(index.at, &found, &["none: it is no array"]))
            }
            (None, Some(_)) => {
                let last = decimal(i64::from(self.length) - 1);
                let expected = [
                    "one of its elements, from ",
                    name,
                    "[0] to ",
                    name,
                    "[",
                    &last,
                    "]",
                ];
                Err(Mistake::new(
                    target.name.at,
                    &["the array `", name, "`"],
                    &expected,
                ))
            }
            _ => Ok(()),
        }
    }

    /// The element with a known index.
    pub(super) fn element(&self, at: usize, index: i64) -> Checked<u16> {
        let inside = u16::try_from(index)
            .ok()
            .filter(|index| *index < self.length);
        inside.map(|index| self.first + index).ok_or_else(|| {
            let last = decimal(i64::from(self.length) - 1);
            let found = ["the index ", &decimal(index)];
            Mistake::new(at, &found, &["an index from 0 to ", &last])
        })
    }
}

/// The most local variables of a task or function.
pub(super) const LOCALS: u16 = 1_000;

/// What a body is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BodyKind {
    Task,
    Function,
}

/// The names and registers of a task's body or a function.
#[derive(Debug)]
pub(super) struct Body<'t> {
    pub(super) kind: BodyKind,
    places: Places<'t>,
    /// The local variables that have a name, by their registers: these come first.
    locals: Vec<Local<'t>>,
    /// How many registers hold locals, those without a name included.
    pub(super) registers: u16,
    /// The register of `self`.
    pub(super) own: Option<Register>,
    /// The first register for the counters of `repeat`, one for each level.
    pub(super) counters: Register,
    /// How many intermediate values are in use, and how many ever were.
    pub(super) temporaries: u16,
    pub(super) most: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Local<'t> {
    name: &'t str,
    /// Whether a line that gives it a value has been seen.
    is_known: bool,
}

impl<'t> Body<'t> {
    pub(super) const fn new(kind: BodyKind) -> Self {
        Self {
            kind,
            places: Places(Vec::new()),
            locals: Vec::new(),
            registers: 0,
            own: None,
            counters: 0,
            temporaries: 0,
            most: 1,
        }
    }

    /// Gives a local variable its register, if it has none.
    pub(super) fn reserve(&mut self, name: &'t str) {
        // One more than there may be is enough to say so.
        if self.places.get(name).is_some() || self.locals.len() > usize::from(LOCALS) {
            return;
        }
        self.places.insert(name, self.locals.len());
        self.locals.push(Local {
            name,
            is_known: false,
        });
        self.registers = self.registers.saturating_add(1);
    }

    /// The register of a name that gets a value now.
    pub(super) fn introduce(&mut self, name: &str) -> Register {
        let place = self.places.get(name).unwrap_or_default();
        if let Some(local) = self.locals.get_mut(place) {
            local.is_known = true;
        }
        register(place)
    }

    /// The register of a name that has got a value before.
    pub(super) fn local(&self, name: &str) -> Option<Register> {
        let place = self.places.get(name)?;
        let local = self.locals.get(place)?;
        local.is_known.then(|| register(place))
    }

    /// All names by their registers.
    pub(super) fn names(&self) -> Vec<String> {
        self.locals
            .iter()
            .map(|local| local.name.to_owned())
            .collect()
    }
}

/// A place as a register. Locals are limited far below: a script with more does not run.
fn register(place: usize) -> Register {
    Register::try_from(place).unwrap_or(Register::MAX)
}
