//! Real runs on the command line: how they end, what they write, and what has no real form.

use serde_json::Value;

use super::{DONE, STALLED, complaint, lockstep, lockstep_reading, parsed, text, written};

/// Two tasks that meet with a lock each, and then want the other's: a deadlock in every run.
const CROSSED: &str = "script = '''
lock a
lock b
barrier met = 2
task left
  acquire a
  wait met
  acquire b
task right
  acquire b
  wait met
  acquire a
'''
";

/// A job that has to be loaded somewhere.
const PARTITIONED: &str = "[memory]
partitions = [64]
[[job]]
name = \"only\"
memory = 64
bursts = \"c1\"
";

#[test]
fn a_real_run_is_told_like_a_simulated_one() {
    let report = written(&["native", "atomic-update"], DONE);
    assert!(report.starts_with("finished at "), "{report}");
    assert!(report.contains("; real: "), "{report}");
    assert!(
        report.contains("\nMemory at the end: count = 4\n"),
        "{report}"
    );
    assert!(report.contains("\nReal time: "), "{report}");
}

#[test]
fn several_runs_are_counted() {
    for arguments in [
        &["native", "atomic-update", "--runs", "5"][..],
        &["native", "atomic-update", "--runs", "5", "--no-record"],
        &[
            "native",
            "atomic-update",
            "--runs",
            "5",
            "--no-record",
            "--memory",
            "relaxed",
        ],
    ] {
        let report = written(arguments, DONE);
        assert!(report.starts_with("5 runs\n      5 finished\n"), "{report}");
        assert!(report.contains("memory: count = 4\n"), "{report}");
    }
}

#[test]
fn runs_in_json_have_their_figures_and_one_has_its_report() {
    let runs = parsed(&["native", "atomic-update", "--format", "json"], DONE);
    let run = &runs[0];
    assert_eq!(run["outcome"], "finished");
    assert_eq!(run["memory"][0]["name"], "count");
    assert_eq!(run["memory"][0]["value"], 4);
    assert!(run["tasks"][0]["cpu_ns"].is_u64());
    assert!(run["report"]["events"].is_array());
    let several = ["native", "atomic-update", "--format", "json", "--runs", "3"];
    let runs = parsed(&several, DONE);
    assert_eq!(runs.as_array().map(Vec::len), Some(3));
    assert_eq!(runs[2]["report"], Value::Null);
}

#[test]
fn a_real_deadlock_has_its_exit_code_and_names() {
    let output = lockstep_reading(&["native", "-"], CROSSED.as_bytes());
    assert_eq!(
        output.status.code(),
        Some(STALLED),
        "{}",
        text(&output.stderr)
    );
    let report = text(&output.stdout);
    assert!(report.starts_with("deadlock at "), "{report}");
    assert!(
        report.contains("  left waits: lock b, held by right\n"),
        "{report}"
    );
    assert!(
        report.contains("  right waits: lock a, held by left\n"),
        "{report}"
    );
    let without = lockstep_reading(&["native", "-", "--no-record"], CROSSED.as_bytes());
    assert_eq!(without.status.code(), Some(STALLED));
}

#[test]
fn what_has_no_real_form_is_said_in_a_sentence() {
    for command in ["native", "compare"] {
        let output = lockstep_reading(&[command, "-"], PARTITIONED.as_bytes());
        let sentence = complaint(&output);
        let expected = "partitions of memory have no real form here";
        assert!(sentence.contains(expected), "{sentence}");
        let output = lockstep(&[command, "no-such-scenario"]);
        assert!(complaint(&output).contains("expected one of"));
    }
}

#[test]
fn the_list_says_what_has_a_real_form() {
    let listed = parsed(&["list", "--json"], DONE);
    let is_native = |slug: &str| {
        let all = listed.as_array().expect("a list").iter();
        let mut found = all.filter(|scenario| scenario["slug"] == slug);
        found.next().expect("it is listed")["native"].clone()
    };
    assert_eq!(is_native("two-locks"), true);
    // It loads jobs into partitions of memory.
    assert_eq!(is_native("batch"), false);
}

#[test]
fn both_machines_are_compared() {
    let report = written(&["compare", "atomic-update", "--runs", "2"], DONE);
    assert!(
        report.contains("agrees        atomic-update, memory: \"[4]\""),
        "{report}"
    );
    let figures = parsed(
        &[
            "compare",
            "atomic-update",
            "--runs",
            "2",
            "--format",
            "json",
        ],
        DONE,
    );
    assert_eq!(figures["agrees"], true);
    assert_eq!(figures["facts"][1]["real"][0], "[4]");
    // Of several, what agrees is counted.
    let several = ["compare", "atomic-update", "executor", "--runs", "1"];
    let report = written(&several, DONE);
    let lines: Vec<_> = report.lines().collect();
    let [first, second, "2 of 2 agree"] = lines[..] else {
        panic!("{report}");
    };
    assert!(
        first.starts_with("agrees        atomic-update: "),
        "{first}"
    );
    assert!(second.contains(" 0 disagrees, "), "{second}");
    // All are read before any is run.
    let output = lockstep(&["compare", "atomic-update", "no-such-scenario"]);
    assert!(complaint(&output).contains("expected one of"));
}
