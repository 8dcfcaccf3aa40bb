//! What is said about mistakes, word for word.
//!
//! Each case of `mistakes.txt` is a script and, behind `>>>`, all that is said about it.

use sim_core::program::script::Script;
use sim_core::time::Unit;

const CASES: &str = include_str!("mistakes.txt");
/// There are at least so many: an empty file would test nothing.
const AT_LEAST: usize = 100;

/// The mistakes of a text, one a line.
fn mistakes(text: &str) -> Vec<String> {
    match Script::parse("", text, Unit::MILLISECOND) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn every_mistake_is_named_where_it_is() {
    let mut cases = 0;
    for case in CASES.split("\n====\n") {
        let mut text = String::new();
        let mut expected = Vec::new();
        for line in case.lines() {
            match line.strip_prefix(">>> ") {
                Some(message) => expected.push(format!(":{message}")),
                None => text.push_str(&format!("{line}\n")),
            }
        }
        assert!(!expected.is_empty(), "no message in the case\n{case}");
        assert_eq!(mistakes(&text), expected, "in\n{text}");
        cases += 1;
    }
    assert!(cases >= AT_LEAST, "only {cases} cases");
}

#[test]
fn twenty_mistakes_are_enough() {
    let text = format!("task t\n{}", "  let x = y\n".repeat(30));
    assert_eq!(mistakes(&text).len(), 20);
    let text = format!("task t\n{}", "  let x = = 1\n".repeat(30));
    assert_eq!(mistakes(&text).len(), 20);
    let text = format!("{}task t\n  pass\n", "const A = 1\n".repeat(30));
    assert_eq!(mistakes(&text).len(), 20);
}

#[test]
fn sizes_are_limited() {
    let over = |text: &str, expected: &str| {
        let found = mistakes(text);
        assert!(found[0].contains(expected), "{found:?}");
    };
    over(&"x".repeat((16 << 20) + 1), "16777217 bytes");
    over(&"\n".repeat(20_001), "20001 lines");
    over(
        &format!("task t\n  let x = {}\n", "1 + ".repeat(300)),
        "bytes in a line",
    );
    over(
        &format!("task t\n  let x = {}1{}\n", "(".repeat(41), ")".repeat(41)),
        "brackets and signs",
    );
    over(
        &format!("task t\n  let x = {}1\n", "not ".repeat(41)),
        "brackets and signs",
    );
    over(
        &format!("task t\n  print \"{{{}1}}\"\n", "-".repeat(41)),
        "brackets and signs",
    );
    over(
        "shared a[65000] = 0\nshared b = 0\ntask t\n  pass\n",
        "65001 of them with this one",
    );
    over(
        "lock a[65000]\nlock b\ntask t\n  pass\n",
        "65001 of them with this one",
    );
    over(
        "task a x 65000\n  pass\ntask b\n  pass\n",
        "65001 tasks with these",
    );
    over(
        &format!("task {}\n  pass\n", "a".repeat(61)),
        "61 letters in a name",
    );
    let deep: String = (1..=60)
        .map(|depth| format!("{}if 1\n", " ".repeat(depth)))
        .collect();
    over(
        &format!("task t\n{deep}{}pass\n", " ".repeat(61)),
        "blocks inside each other",
    );
    let many: String = (0..1_001).map(|n| format!("  let x{n} = 0\n")).collect();
    over(&format!("task t\n{many}"), "1001 local variables");
}
