//! Threads as values: their canonical bytes, what a page sees of them, how they are stored.

use sim_core::call::{Call, Reply};
use sim_core::ids::TaskId;
use sim_core::program::script::{Evaluation, Script, Thread};
use sim_core::time::Span;

use crate::machine::parse;

const CTX: Evaluation = Evaluation {
    instruction: Span(1),
    seed: 0,
    task: TaskId(0),
};

fn control(thread: &Thread) -> Vec<u8> {
    let mut bytes = Vec::new();
    thread.control(&mut bytes);
    bytes
}

/// Carries a thread on, answering every call with this value.
fn step(script: &Script, thread: &mut Thread, value: i64) -> Call {
    let call = script.advance(thread, &CTX).call;
    thread.reply = Reply::of(value);
    call
}

#[test]
fn a_loop_comes_back_to_the_same_bytes() {
    let script = parse(
        "shared v = 0\nlock m\ntask t\n  repeat\n    acquire m\n    let x = load v\n    store v = x\n    release m\n",
    );
    let mut thread = script.start(0);
    let mut rounds = Vec::new();
    for _ in 0..3 {
        let mut round = Vec::new();
        for _ in 0..4 {
            step(&script, &mut thread, 0);
            round.push(control(&thread));
        }
        rounds.push(round);
    }
    assert_eq!(rounds[0], rounds[1]);
    assert_eq!(rounds[1], rounds[2]);
    let mut distinct = rounds[0].clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 4, "four places differ");
}

#[test]
fn an_answer_that_nobody_reads_decides_nothing() {
    for (line, decides) in [
        ("acquire m timeout 1", false),
        ("let ok = acquire m timeout 1", true),
    ] {
        let script = parse(&format!("lock m\ntask t\n  {line}\n  yield\n"));
        let mut thread = script.start(0);
        let _ = script.advance(&mut thread, &CTX);
        let mut other = thread.clone();
        thread.reply = Reply::DONE;
        other.reply = Reply::REFUSED;
        assert_eq!(control(&thread) != control(&other), decides, "{line}");
        let _ = (
            script.advance(&mut thread, &CTX),
            script.advance(&mut other, &CTX),
        );
        assert_eq!(control(&thread) != control(&other), decides, "{line}");
    }
}

#[test]
fn intermediate_values_are_not_among_the_bytes() {
    // Two ways to the same place and the same locals.
    let text = "shared v = 0\ntask t\n  let x = load v\n  if x == 1\n    store v = (x + 5) * (x + 6)\n  else\n    store v = 1\n  x = 3\n  yield\n";
    let script = parse(text);
    let run = |value| {
        let mut thread = script.start(0);
        for _ in 0..3 {
            step(&script, &mut thread, value);
        }
        control(&thread)
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn frames_and_operands_are_among_the_bytes() {
    let text =
        "shared v = 0\ndef f(n)\n  store v = n\n  return 0\ntask t\n  f(1)\n  f(2)\n  f(2)\n";
    let script = parse(text);
    let mut thread = script.start(0);
    let mut seen = Vec::new();
    for _ in 0..3 {
        step(&script, &mut thread, 0);
        seen.push(control(&thread));
    }
    // The same line of the same function each time, called from three lines.
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_call_differs_from_a_pass_before_the_line_after_it() {
    // Both ways lead to the last line with the same locals: one thread is still at its `yield`, the
    // other has run out of fuel.
    let many = "  pass\n".repeat(9_992);
    let text = format!(
        "shared v = 0\ntask t\n  let x = load v\n  let y = x\n  x = 0\n{many}  if y\n    y = 0\n    \
         yield\n  else\n{}  pass\n",
        "    pass\n".repeat(5)
    );
    let script = parse(&text);
    let run = |value| {
        let mut thread = script.start(0);
        step(&script, &mut thread, value);
        let call = step(&script, &mut thread, 0);
        (
            call,
            control(&thread),
            script.stack(&thread)[0].locals.clone(),
        )
    };
    let (at_yield, passing) = (run(1), run(0));
    assert_eq!((at_yield.0, passing.0), (Call::Yield, Call::Pass));
    assert_eq!(at_yield.2, passing.2);
    assert_ne!(at_yield.1, passing.1);
}

#[test]
fn time_decides_nothing_but_draws_do() {
    let script = parse("task t\n  repeat\n    compute 3\n    yield\n");
    let mut thread = script.start(0);
    step(&script, &mut thread, 0);
    let first = control(&thread);
    assert!(thread.checkpoint);
    let other = Evaluation {
        instruction: Span(1_000),
        ..CTX
    };
    let _ = script.advance(&mut thread, &other);
    assert_eq!(control(&thread), first);

    let script = parse("task t\n  repeat\n    let x = random 0..0\n    yield\n");
    let mut thread = script.start(0);
    step(&script, &mut thread, 0);
    let first = control(&thread);
    step(&script, &mut thread, 0);
    assert_ne!(control(&thread), first, "the next number differs");
}

#[test]
fn check_points_are_the_ends_of_passes_and_functions_and_computing() {
    let text = "\
shared v = 0
def f()
  return 1
task t
  store v = 1
  store v = 2
  repeat 1
    store v = 3
  store v = 4
  f()
  store v = 5
  compute 0
  store v = 6
  if 1
    let x = 2
  store v = 7
";
    let script = parse(text);
    let mut thread = script.start(0);
    let mut passed = Vec::new();
    for _ in 0..7 {
        step(&script, &mut thread, 0);
        passed.push(thread.checkpoint);
    }
    assert_eq!(passed, [false, false, false, true, true, true, false]);
}

#[test]
fn a_page_sees_the_stack() {
    let text = "\
def inner(a)
  let b = a + 1
  yield
  return b
def outer(n)
  let m = n * 2
  let r = inner(m)
  return r
task main
  let x = 4
  outer(x)
  yield
";
    let script = parse(text);
    let mut thread = script.start(0);
    assert_eq!(script.stack(&thread)[0].name, "main");
    step(&script, &mut thread, 0);
    assert_eq!(thread.depth(), 3);
    assert_eq!(script.line(&thread, Span::ZERO), 3);
    let stack = script.stack(&thread);
    let seen: Vec<_> = stack
        .iter()
        .map(|frame| (frame.name, frame.line, frame.locals.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            ("main", 11, vec![("x", 4)]),
            ("outer", 7, vec![("n", 4), ("m", 8), ("r", 0)]),
            ("inner", 3, vec![("a", 8), ("b", 9)]),
        ]
    );
    step(&script, &mut thread, 0);
    assert_eq!(thread.depth(), 1);
    assert_eq!(script.line(&thread, Span::ZERO), 12);
    assert_eq!(script.stack(&thread)[0].locals, [("x", 4)]);
    assert_eq!(script.print(&thread), "");
}

#[test]
fn a_thread_is_plain_data() {
    let script = parse("def f(n)\n  print \"{n}\"\n  return n\ntask t\n  let x = f(3)\n  yield\n");
    let mut thread = script.start(0);
    step(&script, &mut thread, 0);
    let bytes = postcard::to_stdvec(&thread).unwrap();
    let mut copy: Thread = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(copy, thread);
    assert_eq!(script.print(&copy), "3");
    assert_eq!(step(&script, &mut copy, 0), step(&script, &mut thread, 0));
    assert_eq!(copy, thread);
}

/// What is left of the run says whether a task is still in its `compute` or in the lines after it.
#[test]
fn a_task_that_computes_is_at_its_compute() {
    let text = "task main\n  let x = 1\n  compute 5\n  x = x + 1\n  yield\n";
    let script = parse(text);
    let mut thread = script.start(0);
    let step = script.advance(&mut thread, &CTX);
    // One nanosecond a line before it and two after it.
    let unit = script.unit().span().0;
    assert_eq!(step.run, Span(5 * unit + 3));
    let line = |left: u64| script.line(&thread, Span(left));
    assert_eq!([line(step.run.0), line(3), line(2), line(0)], [3, 3, 5, 5]);
}
