//! Lines that begin with no instruction: what was probably meant.
//!
//! Habits from other languages are told apart from slips of the pen.

use crate::program::script::mistake::Mistake;
use crate::program::script::token::{Token, TokenKind};
use crate::program::script::words::{Class, Word, nearest};

/// Words of other languages and of textbooks, and what they are here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("broadcast", "`notify all`"),
    ("down", "`acquire`"),
    ("else_if", "`elif`"),
    ("elseif", "`elif`"),
    ("for", "`repeat N`, or `while` with a variable that counts"),
    ("function", "`def`"),
    ("int", "`let`, or `shared` for a shared variable"),
    ("leave", "`release`"),
    ("loop", "`repeat`"),
    ("mutex", "`lock`"),
    ("post", "`release`"),
    ("printf", "`print`"),
    ("proc", "`task`"),
    ("process", "`task`"),
    (
        "signal",
        "`notify` for a condition, `release` for a semaphore, `set` for an event, `kill` for a process",
    ),
    (
        "thread",
        "`task`, or `thread f(…)` for one that is made at run time",
    ),
    ("unlock", "`release`"),
    ("up", "`release`"),
    ("var", "`let`, or `shared` for a shared variable"),
];

/// What is wrong with a line of which nothing can be made.
pub(super) fn instruction(tokens: &[Token<'_>]) -> Box<Mistake> {
    let Some(first) = tokens.first() else {
        return Mistake::new(0, &["nothing"], &["an instruction"]);
    };
    if let (true, Some(second)) = (first.is_name(), tokens.get(1))
        && second.kind == TokenKind::Symbol
    {
        let name = first.text;
        let found = second.describe();
        let mistake = |expected: &[&str]| Mistake::new(second.start, &[&found], expected);
        return match second.word {
            Some(
                Word::AddTo
                | Word::SubtractFrom
                | Word::MultiplyBy
                | Word::DivideBy
                | Word::ReduceBy,
            ) => mistake(&["`=`, as in `", name, " = ", name, " + 1`"]),
            Some(Word::Point) => mistake(&["an instruction, then a name, as in `acquire m`"]),
            Some(Word::OpenIndex) => mistake(&[
                "`store ",
                name,
                "[…] = …`: only shared variables have elements",
            ]),
            Some(Word::Equal) => mistake(&["`=`, which gives `", name, "` a value"]),
            _ => mistake(&["`", name, " = …`, or an instruction"]),
        };
    }
    let found = first.describe();
    let mistake = |expected: &[&str]| Mistake::new(first.start, &[&found], expected);
    let elsewhere = ELSEWHERE.iter().find(|(word, _)| *word == first.text);
    if let Some((_, here)) = elsewhere {
        return mistake(&[here]);
    }
    let all = Class::Instruction.words().collect::<Vec<_>>().join(", ");
    let mut words = Class::Declaration.words().chain(Class::Instruction.words());
    match nearest(first.text, &mut words) {
        Some(near) if first.is_name() => mistake(&["`", near, "`, or another instruction: ", &all]),
        _ => mistake(&["an instruction: ", &all]),
    }
}
