//! What instructions do.

use sim_core::program::script::LineKind;

use crate::machine::{World, memory, parse, printed, run_on, run_task};

/// What a body prints, one text.
fn says(body: &str) -> String {
    printed(body).join(" ")
}

#[test]
fn values_are_worked_out_as_in_python() {
    for (expression, value) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 3 - 2", "5"),
        ("-7 / 2", "-4"),
        ("7 / -2", "-4"),
        ("-7 % 5", "3"),
        ("7 % -5", "-3"),
        ("- 2 * - 3", "6"),
        ("--3", "3"),
        ("2 + 3 == 5", "1"),
        ("1 < 2", "1"),
        ("2 <= 1", "0"),
        ("2 >= 2", "1"),
        ("3 > 4", "0"),
        ("3 != 4", "1"),
        ("not 0", "1"),
        ("not 5", "0"),
        ("not 1 == 2", "1"),
        ("not not 7", "1"),
        ("2 and 3", "1"),
        ("0 or 9", "1"),
        ("0 and 1 or 1", "1"),
        ("1 or 1 and 0", "1"),
        ("true + true", "2"),
        ("false", "0"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775807 - 1", "-9223372036854775808"),
    ] {
        // As a constant, and with operands that are known only when it runs.
        assert_eq!(
            says(&format!("print \"{{{expression}}}\"")),
            value,
            "{expression}"
        );
        let mut body = String::new();
        let mut hidden = String::new();
        let mut digits = String::new();
        let mut names = 0;
        for c in format!("{expression} ").chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            if !digits.is_empty() {
                body.push_str(&format!("let n{names} = {digits}\n"));
                hidden.push_str(&format!("n{names}"));
                names += 1;
                digits.clear();
            }
            hidden.push(c);
        }
        body.push_str(&format!("let x = {hidden}\nprint \"{{x}}\""));
        assert_eq!(says(&body), value, "{body}");
    }
}

#[test]
fn every_operator_takes_numbers_of_every_size_on_either_side() {
    let numbers = [
        0,
        1,
        -1,
        5,
        -32768,
        32767,
        32768,
        -32769,
        70_000,
        -5_000_000_000_i64,
    ];
    for left in numbers {
        for right in numbers {
            for (operator, expected) in [
                ("<", left < right),
                ("<=", left <= right),
                (">", left > right),
                (">=", left >= right),
                ("==", left == right),
                ("!=", left != right),
            ] {
                let expected = i64::from(expected);
                let body = format!(
                    "let l = {left}\nlet r = {right}\nlet a = l {operator} r\n\
                     let b = l {operator} {right}\nlet c = {left} {operator} r\nprint \"{{a}}{{b}}{{c}}\""
                );
                assert_eq!(
                    says(&body),
                    format!("{expected}{expected}{expected}"),
                    "{body}"
                );
            }
            let (sum, difference, product) = (left + right, left - right, left.wrapping_mul(right));
            let body = format!(
                "let l = {left}\nlet r = {right}\nprint \"{{l + r}} {{l + {right}}} {{{left} + r}}\"\n\
                 print \"{{l - r}} {{l - {right}}} {{{left} - r}}\"\n\
                 print \"{{l * r}} {{l * {right}}} {{{left} * r}}\""
            );
            if left.checked_mul(right).is_some() {
                assert_eq!(
                    printed(&body),
                    [
                        format!("{sum} {sum} {sum}"),
                        format!("{difference} {difference} {difference}"),
                        format!("{product} {product} {product}"),
                    ],
                    "{body}"
                );
            }
        }
    }
}

#[test]
fn and_and_or_look_at_no_more_than_they_must() {
    // The right side would divide by zero.
    for (expression, value) in [("z and 1 / z", "0"), ("not z or 1 / z", "1")] {
        let body = format!("let z = 0\nlet x = {expression}\nprint \"{{x}}\"");
        assert_eq!(says(&body), value, "{expression}");
        let body = format!("let z = 0\nif {expression}\n  print \"1\"\nelse\n  print \"0\"");
        assert_eq!(says(&body), value, "if {expression}");
    }
    assert_eq!(says("let x = 3\nx = 5 and x\nprint \"{x}\""), "1");
    assert_eq!(
        says("let x = 0\nlet y = 1\nx = y and not x\nprint \"{x}\""),
        "1"
    );
}

#[test]
fn conditions_choose_one_branch() {
    for (x, expected) in [(1, "one"), (2, "two"), (3, "three"), (4, "many")] {
        let body = format!(
            "let x = {x}\nif x == 1:\n  print \"one\"\nelif x == 2\n  print \"two\"\n\
             elif x == 3:\n  print \"three\"\nelse:\n  print \"many\"\nprint \"end\""
        );
        assert_eq!(says(&body), format!("{expected} end"));
    }
    for (condition, expected) in [
        ("a and b", [0, 0, 0, 1]),
        ("a or b", [0, 1, 1, 1]),
        ("not (a and b)", [1, 1, 1, 0]),
        ("not (a or b)", [1, 0, 0, 0]),
        ("not a and b", [0, 1, 0, 0]),
        ("a and (b or not a)", [0, 0, 0, 1]),
        ("(a or b) and not (a and b)", [0, 1, 1, 0]),
        ("(a and b) or (not a and not b)", [1, 0, 0, 1]),
    ] {
        for (row, expected) in expected.into_iter().enumerate() {
            let (a, b) = (row / 2, row % 2);
            let body = format!(
                "let a = {a}\nlet b = {b}\nlet x = 0\nif {condition}\n  x = 1\n\
                 let y = {condition}\nprint \"{{x}}{{y}}\""
            );
            assert_eq!(says(&body), format!("{expected}{expected}"), "{body}");
        }
    }
}

#[test]
fn loops_may_be_left_and_gone_on_with() {
    let body = "\
let i = 0
repeat
  i = i + 1
  if i == 2
    continue
  if i == 5
    break
  let j = 0
  while true
    j = j + 1
    if j == i
      break
    if j % 2 == 0
      continue
    print \"{i}{j}\"
print \"end {i}\"";
    assert_eq!(says(body), "31 41 43 end 5");
    assert_eq!(
        says(
            "repeat 2\n  repeat 3\n    repeat 0\n      print \"never\"\n    print \"x\"\n  print \"y\""
        ),
        "x x x y x x x y"
    );
    // A `break` out of an inner loop leaves the counter of the outer one alone.
    assert_eq!(
        says("repeat 3\n  repeat 5\n    break\n  print \"a\"\nrepeat 2\n  print \"b\""),
        "a a a b b"
    );
}

#[test]
fn a_function_may_call_itself() {
    let text = "\
def factorial(n)
  if n <= 1:
    return 1
  let rest = factorial(n - 1)
  return n * rest

def even(n)
  if n == 0
    return true
  let x = odd(n - 1)
  return x

def odd(n)
  if n == 0
    return false
  let x = even(n - 1)
  return x

def nothing()
  pass

task t
  let x = factorial(10)
  let e = even(7)
  let n = nothing()
  print \"{x} {e} {n}\"
";
    let run = run_task(&parse(text), 0, 0, World::Granting);
    assert_eq!(run.printed, ["3628800 0 0"]);
}

#[test]
fn locals_belong_to_their_call() {
    let text = "\
shared log[4] = 0
def f(a, b)
  let x = a * 10 + b
  store log[a] = x
  if a < 3
    f(a + 1, x % 7)
  let y = a * 10 + b
  assert x == y
  return x
task t
  let x = 5
  let y = f(0, x)
  print \"{x} {y}\"
";
    let run = run_task(&parse(text), 0, 0, World::Granting);
    assert_eq!(run.printed, ["5 5"]);
    assert_eq!(run.memory, [5, 15, 21, 30]);
}

#[test]
fn a_local_starts_at_zero_in_each_call() {
    let text = "\
def f(n)
  if n
    let x = 9
  else
    let x = x0(n)
  return x
def x0(n)
  return n
task t
  let a = f(1)
  let b = f(0)
  print \"{a} {b}\"
def g(n)
  if n
    let x = 9
  return x
task u
  let a = g(1)
  let b = g(0)
  print \"{a} {b}\"
";
    let script = parse(text);
    assert_eq!(run_task(&script, 0, 0, World::Granting).printed, ["9 0"]);
    assert_eq!(run_task(&script, 1, 0, World::Granting).printed, ["9 0"]);
}

#[test]
fn replicas_know_their_index() {
    let text = "\
const N = 4
shared seen[N] = -1
def mine(offset)
  return (self + offset) % len seen
task worker × N
  let next = mine(1)
  store seen[next] = self
task alone
  print \"{self} {len seen}\"
";
    let script = parse(text);
    let mut words = memory(&script);
    for task in 0..4 {
        run_on(&script, task, &mut words);
    }
    assert_eq!(words, [3, 0, 1, 2]);
    assert_eq!(run_task(&script, 4, 0, World::Granting).printed, ["0 4"]);
}

#[test]
fn random_numbers_repeat_with_their_seed() {
    let text = "task t x 2\n  repeat 50\n    let die = random 1..6\n    print \"{die}\"\n";
    let script = parse(text);
    let draw = |task, seed| run_task(&script, task, seed, World::Granting).printed;
    let first = draw(0, 7);
    assert!(
        first
            .iter()
            .all(|die| ["1", "2", "3", "4", "5", "6"].contains(&die.as_str()))
    );
    for face in 1..=6 {
        assert!(first.contains(&face.to_string()), "{face} in {first:?}");
    }
    assert_eq!(first, draw(0, 7));
    assert_ne!(first, draw(0, 8));
    assert_ne!(first, draw(1, 7));
}

#[test]
fn every_line_has_a_kind() {
    use LineKind::{Blank, Comment, Declaration, Head, Statement};
    let script =
        parse("# c\n\nconst N = 1 # c\n  # c\ntask t:\n  if 1\n    pass\n  else\n    pass\n  \n");
    assert_eq!(
        script.listing(),
        [
            Comment,
            Blank,
            Declaration,
            Comment,
            Head,
            Head,
            Statement,
            Head,
            Statement,
            Blank
        ]
    );
    assert_eq!(script.lines().count(), script.listing().len());
}

#[test]
fn layout_is_free() {
    // Windows line ends, a byte-order mark, any depth of indentation, blank lines in blocks.
    let text = "\u{feff}task t :\r\n     let x=1# c\r\n\r\n# c\r\n     if x:\r\n      print \"{ x }\"\r\n     print \"end\"";
    assert_eq!(
        run_task(&parse(text), 0, 0, World::Granting).printed,
        ["1", "end"]
    );
}

#[test]
fn options_are_good_names() {
    let text = "\
shared readers = 0
shared max = 2
lock read
lock write
condition all of read
queue priority priority
task at at 1 priority 2
  let x = load readers
  acquire read
  acquire write timeout 2
  notify all
  notify all all
  release read
  let fair = x * 2
  let of = fair
  put priority, of
";
    let run = run_task(&parse(text), 0, 0, World::Granting);
    assert_eq!(run.calls.len(), 8);
}
