//! Scripts on the command line: files of their own or in a workload, what they print, how they end.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{DONE, STALLED, code, complaint, lockstep, lockstep_reading, text, written};

/// Two tasks that take two locks in opposite order.
const CROSSED: &str = "script = '''
lock a
lock b

task left
  acquire a
  yield
  acquire b

task right
  acquire b
  acquire a
'''
";

const PRINTS: &str = "const TIMES = 2
shared x = 0

task A
  repeat TIMES
    let old = fetch_add x, 1
    print \"{old}\"
  assert old == 1
";

fn file(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a file for tests");
    path.to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn a_script_is_a_file_of_its_own() {
    let path = file("prints.script", PRINTS);
    let output = lockstep(&["run", &path]);
    assert_eq!(code(&output), DONE, "{}", text(&output.stderr));
    let summary = text(&output.stdout);
    assert!(summary.starts_with("finished at "), "{summary}");
    assert!(summary.contains("; rr on 1 CPU, "), "{summary}");
    assert!(summary.contains("\noutput\n  0\n  1\n"), "{summary}");
    assert!(summary.ends_with("findings: none\n"), "{summary}");

    let more = lockstep(&["run", &path, "--set", "TIMES=3", "--format", "json"]);
    assert_eq!(
        code(&more),
        DONE,
        "a task that fails is no failure of the run"
    );
    let run: Value = serde_json::from_str(text(&more.stdout)).expect("JSON");
    assert_eq!(run["output"], json!(["0", "1", "2"]));
    assert_eq!(run["findings"][0]["kind"], json!("assertion-failed"));
    assert_eq!(run["findings"][0]["job"], json!(0));
    let events = run["events"].as_array().expect("events");
    let added = events
        .iter()
        .filter(|event| event["kind"] == "fetched-and-added");
    let added: Vec<_> = added.map(|event| &event["variable"]).collect();
    assert_eq!(added, ["x", "x", "x"]);
}

#[test]
fn a_deadlock_names_who_waits_for_whom() {
    let output = lockstep_reading(&["run", "-"], CROSSED.as_bytes());
    assert_eq!(code(&output), STALLED, "{}", text(&output.stderr));
    let summary = text(&output.stdout);
    assert!(summary.starts_with("deadlock at "), "{summary}");
    assert!(
        summary.contains("tasks wait for each other in a circle"),
        "{summary}"
    );
    assert!(
        summary.contains("  left waits: lock b, held by right\n"),
        "{summary}"
    );
    assert!(
        summary.contains("  right waits: lock a, held by left\n"),
        "{summary}"
    );
    assert!(summary.contains("closes a circle of 2 tasks"), "{summary}");

    let output = lockstep_reading(&["run", "-", "--format", "json"], CROSSED.as_bytes());
    let run: Value = serde_json::from_str(text(&output.stdout)).expect("JSON");
    assert_eq!(run["outcome"], json!("deadlock"));
    assert_eq!(
        run["stuck"],
        json!([
            { "job": 0, "reason": "lock", "object": "b", "held_by": ["right"] },
            { "job": 1, "reason": "lock", "object": "a", "held_by": ["left"] },
        ])
    );
    assert_eq!(run["findings"][0]["kind"], json!("deadlock"));
}

#[test]
fn mistakes_in_a_script_have_their_place() {
    // In a file of its own, and in a workload, where the script begins at line 2.
    let wrong = "lock m\n\ntask A\n  acquire n\n";
    let path = file("wrong.script", wrong);
    let output = lockstep(&["run", &path]);
    let alone = complaint(&output);
    assert!(alone.contains("wrong.script:4:11: "), "{alone}");
    let inside = format!("script = '''\n{wrong}'''\n");
    let output = lockstep_reading(&["run", "-"], inside.as_bytes());
    let inside = complaint(&output);
    assert!(inside.contains(":5:11: "), "{inside}");
    for (arguments, input, parts) in [
        (
            &["run", "-"][..],
            "script = 3",
            &["script: found 3", "between '''"][..],
        ),
        (&["run", "-"], "script = ''", &["expected"]),
        (
            &["run", "-"],
            "script = 'task A'\n[[job]]\nname = \"B\"\nbursts = \"c1\"",
            &["either a script or jobs"],
        ),
        (&["run", "-", "--set", "TIMES=3"], CROSSED, &["TIMES"]),
        (
            &["run", "-", "--set", "TIMES=3"],
            "[[job]]\nname = \"B\"\nbursts = \"c1\"",
            &["TIMES", "the workload has no script"],
        ),
    ] {
        let output = lockstep_reading(arguments, input.as_bytes());
        let sentence = complaint(&output);
        for part in parts {
            assert!(
                sentence.contains(part),
                "{input}: no {part:?} in: {sentence}"
            );
        }
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
    // Refused before the input is read.
    let output = lockstep(&["run", &path, "--set", "TIMES=x"]);
    let sentence = complaint(&output);
    let expected = "TIMES: found \"x\", expected a whole number";
    assert!(sentence.contains(expected), "{sentence}");
}

/// Whose kernel thread a user-level thread waits for, and what that one waits for in turn.
#[test]
fn who_has_no_kernel_thread_is_said_to_wait_for_it() {
    let script = "script = '''\npipe p\n\ntask reader\n  let x = receive p\n\ntask writer\n  send p, 1\n'''\n";
    let arguments = ["run", "-", "--set", "threads=user"];
    let output = lockstep_reading(&arguments, script.as_bytes());
    assert_eq!(code(&output), STALLED, "{}", text(&output.stderr));
    let summary = text(&output.stdout);
    assert!(summary.starts_with("deadlock at "), "{summary}");
    for line in [
        "  reader waits: pipe-empty p; its write end is still open in: reader\n",
        "  writer waits: kernel-thread, held by reader\n",
    ] {
        assert!(summary.contains(line), "{summary}");
    }
}

/// Who is made at run time has a column from then on; who never was has none.
#[test]
fn a_grid_of_threads_that_are_made() {
    let script =
        "def work()\n  compute 1\ntask main\n  compute 1\n  let t = thread work()\n  join t\n";
    let file = file("made.script", script);
    let arguments = [
        "run",
        &file,
        "--set",
        "instruction_cost=0",
        "--format",
        "grid",
    ];
    let grid = "\
time  main     thread[0]
   0  running  -
   1  blocked  running
";
    assert_eq!(written(&arguments, DONE), grid);
}
