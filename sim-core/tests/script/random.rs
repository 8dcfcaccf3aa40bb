//! Random texts and programs: nothing panics, nothing hangs, and values are right.
//!
//! The seed is fixed, so that a failure repeats; `SCRIPT_CASES=100000 SCRIPT_SEED=7 cargo test --test
//! script random` hunts for new ones.

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, RngSeed, TestCaseError, TestCaseResult, TestRunner};
use sim_core::call::{Call, Fault};
use sim_core::program::script::{Script, highlight};
use sim_core::time::Unit;

use crate::WORDS;
use crate::machine::{World, memory, run_calls};

/// The scripts of the reference page are valid, and use everything.
const PAGE: &str = include_str!("../../../docs/scripts.md");
/// Texts that are no words of the language: names, numbers, signs, and some of other languages.
const OTHERS: &[&str] = &[
    "x",
    "×",
    "a",
    "b",
    "m",
    "q",
    "f",
    "N",
    "0",
    "1",
    "2",
    "3",
    "65000",
    "9223372036854775807",
    "9223372036854775808",
    "2.5",
    "0.0000001",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "..",
    ".",
    "\"",
    "\"a {x}\"",
    "\"{\"",
    "\"\\\\\"",
    "#",
    "，",
    "：",
    "“",
    "中文",
    "\t",
    "\r",
    "\u{3000}",
    "\u{feff}",
    "+=",
    "&&",
    "{",
    "}",
    ";",
    "!",
    "'",
    "\u{0}",
    "🦀",
];

/// Tests a law on random values.
fn hold<S: Strategy>(cases: u32, strategy: S, law: impl Fn(S::Value) -> TestCaseResult) {
    let number = |name| {
        let text = std::env::var(name).ok();
        text.and_then(|text| text.parse::<u64>().ok())
    };
    let cases = number("SCRIPT_CASES").map_or(cases, |cases| u32::try_from(cases).unwrap());
    let config = Cases {
        cases,
        rng_seed: RngSeed::Fixed(number("SCRIPT_SEED").unwrap_or(1)),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Cases::default()
    };
    if let Err(failure) = TestRunner::new(config).run(&strategy, law) {
        panic!("{failure}");
    }
}

/// What holds of every text, right or wrong.
fn law(text: &str) -> TestCaseResult {
    for line in text.lines() {
        let mut end = 0;
        for (range, _) in highlight(line) {
            prop_assert!(range.start >= end && range.end > range.start, "{line:?}");
            prop_assert!(line.get(range.clone()).is_some(), "{line:?}");
            end = range.end;
        }
    }
    let script = match Script::parse("text", text, Unit::MILLISECOND) {
        Ok(script) => script,
        Err(errors) => {
            prop_assert!((1..=20).contains(&errors.len()));
            prop_assert!(errors.is_sorted_by(|one, other| one.line < other.line));
            for error in errors {
                let lines: Vec<_> = text
                    .strip_prefix('\u{feff}')
                    .unwrap_or(text)
                    .lines()
                    .collect();
                let (line, column) = (error.line.unwrap() as usize, error.column.unwrap() as usize);
                let length = lines.get(line - 1).map_or(0, |line| line.chars().count());
                prop_assert!((1..=length + 1).contains(&column), "{error} in {text:?}");
                prop_assert!(
                    !error.found.is_empty() && !error.expected.is_empty(),
                    "{error}"
                );
            }
            return Ok(());
        }
    };
    prop_assert_eq!(script.listing().len(), script.lines().count());
    prop_assert_eq!(script.text(), text);
    runs(&script)
}

/// A valid script runs, and each call names a line of it.
fn runs(script: &Script) -> TestCaseResult {
    let words = memory(script);
    for task in 0..script.tasks.len().min(3) {
        for world in [World::Granting, World::Refusing] {
            let run = run_calls(script, task, 3, world, &mut words.clone(), 60);
            for (_, call, line) in &run.calls {
                let number = *line as usize;
                prop_assert!((1..=script.listing().len()).contains(&number), "{call:?}");
            }
        }
    }
    Ok(())
}

fn token() -> impl Strategy<Value = &'static str> {
    proptest::sample::select([WORDS, OTHERS].concat())
}

/// Lines of random tokens at random depths.
fn soup() -> impl Strategy<Value = String> {
    let line = (0..4_usize, proptest::collection::vec(token(), 0..8));
    proptest::collection::vec(line, 0..12).prop_map(|lines| {
        let lines = lines
            .into_iter()
            .map(|(depth, tokens)| format!("{}{}\n", "  ".repeat(depth), tokens.join(" ")));
        lines.collect()
    })
}

/// The valid scripts of the reference page.
fn valid() -> Vec<String> {
    crate::docs::blocks(PAGE, "lockstep")
        .into_iter()
        .map(|(_, text)| text)
        .collect()
}

/// A small change of a text.
#[derive(Clone, Debug)]
enum Change {
    Insert(usize, &'static str),
    Remove(usize, usize),
    Repeat(usize),
    Swap(usize, usize),
    Indent(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = || 0..10_000_usize;
    prop_oneof![
        (place(), token()).prop_map(|(place, token)| Change::Insert(place, token)),
        (place(), 1..12_usize).prop_map(|(place, length)| Change::Remove(place, length)),
        place().prop_map(Change::Repeat),
        (place(), place()).prop_map(|(one, other)| Change::Swap(one, other)),
        (place(), 0..7_usize).prop_map(|(line, depth)| Change::Indent(line, depth)),
    ]
}

fn changed(text: &str, change: &Change) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (length, count) = (characters.len().max(1), lines.len().max(1));
    if lines.is_empty() {
        lines.push(String::new());
    }
    match *change {
        Change::Insert(place, token) => {
            let place = (place % length).min(characters.len());
            characters.splice(place..place, format!(" {token} ").chars());
            return characters.into_iter().collect();
        }
        Change::Remove(place, many) => {
            let start = (place % length).min(characters.len());
            let end = (start + many).min(characters.len());
            characters.drain(start..end);
            return characters.into_iter().collect();
        }
        Change::Repeat(line) => {
            let line = line % count;
            lines.insert(line, lines[line].clone());
        }
        Change::Swap(one, other) => lines.swap(one % count, other % count),
        Change::Indent(line, depth) => {
            let line = &mut lines[line % count];
            *line = format!("{}{}", " ".repeat(depth), line.trim_start());
        }
    }
    lines.join("\n")
}

#[test]
fn any_text_is_refused_or_runs() {
    hold(3_000, soup(), |text| law(&text));
    hold(300, "\\PC{0,200}", |text| law(&text));
}

#[test]
fn changed_scripts_are_refused_or_run() {
    let texts = proptest::sample::select(valid());
    let changes = proptest::collection::vec(change(), 1..4);
    hold(3_000, (texts, changes), |(text, changes)| {
        law(&changes
            .iter()
            .fold(text, |text, change| changed(&text, change)))
    });
}

/// A value, as the test works it out itself.
#[derive(Clone, Debug)]
enum Value {
    Number(i64),
    /// One of the local variables.
    Local(usize),
    Negate(Box<Value>),
    Not(Box<Value>),
    Both(&'static str, Box<Value>, Box<Value>),
}

/// The local variables of the generated programs and what they hold at the start.
const LOCALS: [(&str, i64); 3] = [("a", -7), ("b", 3), ("c", i64::MAX)];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or",
];

fn value() -> impl Strategy<Value = Value> {
    let numbers = prop_oneof![
        -3..10_i64,
        proptest::sample::select(&[32_767_i64, 32_768, 65_536, 1 << 40, i64::MAX][..]),
    ];
    let leaf = prop_oneof![
        numbers.prop_map(Value::Number),
        (0..LOCALS.len()).prop_map(Value::Local),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        let operator = proptest::sample::select(OPERATORS);
        prop_oneof![
            1 => inner.clone().prop_map(|value| Value::Negate(Box::new(value))),
            1 => inner.clone().prop_map(|value| Value::Not(Box::new(value))),
            6 => (operator, inner.clone(), inner)
                .prop_map(|(operator, left, right)| Value::Both(operator, Box::new(left), Box::new(right))),
        ]
    })
}

impl Value {
    fn text(&self) -> String {
        match self {
            Self::Number(number) if *number < 0 => format!("({number})"),
            Self::Number(number) => number.to_string(),
            Self::Local(local) => LOCALS[*local].0.to_owned(),
            Self::Negate(value) => format!("(-{})", value.text()),
            Self::Not(value) => format!("(not {})", value.text()),
            Self::Both(operator, left, right) => {
                format!("({} {operator} {})", left.text(), right.text())
            }
        }
    }

    /// In 128 bits, so that it shares nothing with what it tests.
    fn result(&self) -> Result<i64, Fault> {
        let wide = match self {
            Self::Number(number) => i128::from(*number),
            Self::Local(local) => i128::from(LOCALS[*local].1),
            Self::Negate(value) => -i128::from(value.result()?),
            Self::Not(value) => i128::from(value.result()? == 0),
            Self::Both("and", left, right) => {
                i128::from(left.result()? != 0 && right.result()? != 0)
            }
            Self::Both("or", left, right) => {
                i128::from(left.result()? != 0 || right.result()? != 0)
            }
            Self::Both(operator, left, right) => {
                let (left, right) = (i128::from(left.result()?), i128::from(right.result()?));
                match *operator {
                    "+" => left + right,
                    "-" => left - right,
                    "*" => left * right,
                    "/" | "%" if right == 0 => return Err(Fault::DivisionByZero),
                    "/" => (left - floor_rest(left, right)) / right,
                    "%" => floor_rest(left, right),
                    "==" => i128::from(left == right),
                    "!=" => i128::from(left != right),
                    "<" => i128::from(left < right),
                    "<=" => i128::from(left <= right),
                    ">" => i128::from(left > right),
                    _ => i128::from(left >= right),
                }
            }
        };
        i64::try_from(wide).map_err(|_| Fault::Overflow)
    }
}

/// The rest that has the sign of the divisor.
fn floor_rest(left: i128, right: i128) -> i128 {
    (left % right + right) % right
}

#[test]
fn values_are_what_they_should_be() {
    hold(4_000, value(), |value| {
        let locals = LOCALS.map(|(name, number)| format!("  let {name} = {number}\n"));
        let text = value.text();
        let text = format!(
            "task t\n{}  let x = {text}\n  let y = 0\n  if {text}\n    y = 1\n  print \"{{x}} {{y}} {{{text}}}\"\n",
            locals.concat()
        );
        let script = match Script::parse("text", &text, Unit::MILLISECOND) {
            Ok(script) => script,
            Err(errors) if text.lines().any(|line| line.len() > 900) => {
                prop_assert!(errors[0].found.contains("bytes in a line"));
                return Ok(());
            }
            Err(errors) => return Err(TestCaseError::fail(errors[0].to_string())),
        };
        let run = run_calls(&script, 0, 0, World::Granting, &mut [], 10);
        match value.result() {
            Ok(number) => {
                let expected = format!("{number} {} {number}", i64::from(number != 0));
                prop_assert_eq!(&run.printed, &[expected], "{}", text);
            }
            Err(fault) => prop_assert_eq!(run.last(), Call::Fail { fault }, "{}", text),
        }
        Ok(())
    });
}

/// A block of a generated program, without its indentation.
fn block(depth: u32) -> BoxedStrategy<Vec<String>> {
    let name = || proptest::sample::select(&["a", "b", "c"][..]);
    let assign = (name(), value()).prop_map(|(name, value)| format!("{name} = {}", value.text()));
    let line = prop_oneof![
        assign,
        name().prop_map(|name| format!("{name} = load v")),
        (name(), value()).prop_map(|(name, value)| format!("{name} = load w[{}]", value.text())),
        value().prop_map(|value| format!("store v = {}", value.text())),
        (name(), name()).prop_map(|(old, new)| format!("{old} = cas v, {new}, 1")),
        name().prop_map(|name| format!("fetch_add v, {name}")),
        name().prop_map(|name| format!("{name} = acquire m timeout 1")),
        name().prop_map(|name| format!("acquire n[{name} % 2]")),
        (name(), name()).prop_filter_map("two names", |(one, other)| {
            (one != other).then(|| format!("{one}, {other} = try get q"))
        }),
        (name(), name()).prop_map(|(to, from)| format!("{to} = f({from})")),
        name().prop_map(|name| format!("{name} = random -2..2")),
        name().prop_map(|name| format!("compute {name}")),
        value().prop_map(|value| format!("print \"{{{}}}\"", value.text())),
        proptest::sample::select(&["yield", "pass", "compute 0.5", "notify all k"][..])
            .prop_map(str::to_owned),
    ];
    let line = line.prop_map(|line| vec![line]).boxed();
    let part = if depth == 0 {
        line
    } else {
        let inner = || block(depth - 1).prop_map(|block| indented(&block));
        let headed = |head: String, block: Vec<String>| [vec![head], block].concat();
        let condition = || value().prop_map(|value| value.text());
        prop_oneof![
            5 => line,
            1 => (condition(), inner()).prop_map(move |(c, b)| headed(format!("if {c}"), b)),
            1 => (condition(), inner(), inner()).prop_map(move |(c, b, other)| {
                [headed(format!("if {c}:"), b), headed("else".to_owned(), other)].concat()
            }),
            1 => (condition(), inner()).prop_map(move |(c, b)| headed(format!("while {c}"), b)),
            1 => (0..3_u32, inner()).prop_map(move |(n, b)| headed(format!("repeat {n}"), b)),
            1 => (inner(), proptest::sample::select(&["break", "continue"][..]))
                .prop_map(move |(mut b, way)| {
                    b.push(format!("  {way}"));
                    headed("repeat 2".to_owned(), b)
                }),
        ]
        .boxed()
    };
    proptest::collection::vec(part, 1..5)
        .prop_map(|parts| parts.concat())
        .boxed()
}

fn indented(block: &[String]) -> Vec<String> {
    block.iter().map(|line| format!("  {line}")).collect()
}

#[test]
fn generated_programs_run() {
    const DECLARATIONS: &str = "\
shared v = 1
shared w[3] = 2
lock m
lock n[2]
condition k of m
queue q max 2
def f(x)
  if x > 0
    let y = f(x - 1)
    return y
  return x
task t
  let a = 0
  let b = 1
  let c = 2
";
    hold(1_500, block(3), |block| {
        let block: String = indented(&block)
            .iter()
            .map(|line| format!("{line}\n"))
            .collect();
        let text = format!("{DECLARATIONS}{block}");
        match Script::parse("text", &text, Unit::MILLISECOND) {
            Ok(script) => runs(&script),
            Err(errors) => {
                // What is known to be wrong before it runs is refused; all else is valid.
                let known = [
                    "bytes in a line",
                    "the index",
                    "a length",
                    "brackets and signs",
                ];
                let message = errors[0].to_string();
                prop_assert!(
                    known.iter().any(|known| message.contains(known)),
                    "{message} in\n{text}"
                );
                Ok(())
            }
        }
    });
}
