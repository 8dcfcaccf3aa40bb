//! The command line from outside: exit codes and formats; [`bad_input`] has what it refuses,
//! [`scripts`] what is special about scripts. The file is long because outputs stand in it as they are written.

mod bad_input;
#[cfg(unix)]
mod native;
mod scripts;

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const DONE: i32 = 0;
const BAD_INPUT: i32 = 2;
const STALLED: i32 = 3;
const LIMIT: i32 = 4;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockstep"));
    command.args(arguments);
    command
}

fn lockstep(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command starts")
}

/// Runs with a text on standard input.
fn lockstep_reading(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("standard input");
    stdin.write_all(input).expect("it reads its input");
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ended it")
}

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).expect("UTF-8")
}

/// Runs to an exit code and gives what it wrote.
fn written(arguments: &[&str], expected: i32) -> String {
    let output = lockstep(arguments);
    assert_eq!(
        code(&output),
        expected,
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    assert!(
        output.stderr.is_empty(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout).to_owned()
}

fn parsed(arguments: &[&str], expected: i32) -> Value {
    serde_json::from_str(&written(arguments, expected)).expect("JSON")
}

/// The one sentence that it says of bad input, where it writes nothing else.
fn complaint(output: &Output) -> &str {
    assert_eq!(code(output), BAD_INPUT, "{}", text(&output.stderr));
    assert!(output.stdout.is_empty(), "nothing ran");
    text(&output.stderr)
}

/// A job that reads what only it itself would write.
const STALLING: &str = r#"
[[pipe]]
name = "p"
[[job]]
name = "A"
bursts = "c1 receive:p send:p"
"#;

#[test]
fn every_exit_code_of_a_run() {
    written(&["run", "--jobs", "5,3@1"], DONE);
    written(&["run", "--jobs", "5", "--until", "5"], DONE);
    written(&["run", "--jobs", "5", "--until", "4"], LIMIT);
    written(&["run", "--jobs", "5", "--set", "max_events=2"], LIMIT);
    assert_eq!(
        code(&lockstep_reading(&["run", "-"], STALLING.as_bytes())),
        STALLED
    );
    complaint(&lockstep(&["run", "--jobs", "x"]));
    written(&["--help"], DONE);
    written(&["--version"], DONE);
}

#[test]
fn checks_have_exit_codes() {
    let everything = written(&["check"], DONE);
    assert!(
        everything.lines().count() > 20 && !everything.contains("FAILED"),
        "{everything}"
    );
    let slug = "batch";
    let one = written(&["check", slug], DONE);
    assert!(
        one.lines()
            .all(|line| line.starts_with("holds ") && line.contains(slug)),
        "{one}"
    );
    let unknown = lockstep(&["check", "btach"]);
    assert!(complaint(&unknown).contains("found \"btach\", expected batch?"));
}

#[test]
fn the_list_has_slugs_titles_and_rows() {
    let list = parsed(&["list", "--json"], DONE);
    let list = list.as_array().expect("a list");
    assert!(!list.is_empty());
    let plain = written(&["list"], DONE);
    for each in list {
        let slug = each["slug"].as_str().expect("a slug");
        assert!(
            each["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty())
        );
        let rows = each["rows"].as_array().expect("rows");
        assert!(!rows.is_empty() && rows.iter().all(Value::is_string));
        assert!(plain.lines().any(|line| line.starts_with(slug)));
        for format in ["text", "json", "grid", "chrome"] {
            let output = lockstep(&["run", slug, "--format", format]);
            assert_ne!(code(&output), BAD_INPUT, "{slug}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn a_reader_may_stop_reading() {
    for arguments in [
        &[
            "run",
            "--jobs",
            "9000,9000",
            "--policy",
            "rr",
            "--set",
            "slice=0.1",
            "--format",
            "json",
        ],
        &[
            "run",
            "--jobs",
            "9000,9000",
            "--policy",
            "rr",
            "--set",
            "slice=0.1",
            "--format",
            "grid",
        ],
    ] {
        let mut command = command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut head = [0; 8];
        let mut stdout = child.stdout.take().expect("standard output");
        stdout.read_exact(&mut head).expect("a start");
        drop(stdout);
        let output = child.wait_with_output().expect("the command ends");
        assert_eq!(code(&output), DONE);
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn json_of_a_small_run() {
    let run = parsed(
        &[
            "run",
            "--jobs",
            "c2 i3.5 c1,3@1",
            "--policy",
            "rr",
            "--slice",
            "2",
            "--format",
            "json",
        ],
        DONE,
    );
    assert_eq!(
        run,
        json!({
            "unit_ns": 1_000_000,
            "outcome": "finished",
            "limit": null,
            "findings": [],
            "stuck": [],
            "output": [],
            "end": 6.5,
            "jobs": [
                {
                    "id": 0, "name": "J0", "arrival": 0, "start": 0, "completion": 6.5,
                    "response": 0, "turnaround": 6.5, "waiting": 0, "cpu": 3, "blocked": 3.5,
                    "dispatches": 2, "preemptions": 0, "missed": 0,
                },
                {
                    "id": 1, "name": "J1", "arrival": 1, "start": 2, "completion": 5,
                    "response": 1, "turnaround": 4, "waiting": 1, "cpu": 3, "blocked": 0,
                    "dispatches": 2, "preemptions": 1, "missed": 0,
                },
            ],
            "cpus": [{ "busy": 6, "idle": 0.5, "switching": 0 }],
            "disk": { "busy": 3.5 },
            "slots": [
                { "cpu": 0, "job": 0, "from": 0, "to": 2 },
                { "cpu": 0, "job": 1, "from": 2, "to": 5 },
                { "cpu": 0, "job": 0, "from": 5.5, "to": 6.5 },
            ],
            "events": [
                { "at": 0, "kind": "arrived", "job": 0 },
                { "at": 0, "kind": "admitted", "job": 0 },
                { "at": 0, "kind": "dispatched", "job": 0, "cpu": 0 },
                { "at": 1, "kind": "arrived", "job": 1 },
                { "at": 1, "kind": "admitted", "job": 1 },
                { "at": 2, "kind": "blocked", "job": 0, "reason": "disk" },
                { "at": 2, "kind": "dispatched", "job": 1, "cpu": 0 },
                { "at": 4, "kind": "slice-expired", "job": 1, "cpu": 0 },
                { "at": 4, "kind": "dispatched", "job": 1, "cpu": 0 },
                { "at": 5, "kind": "exited", "job": 1 },
                { "at": 5, "kind": "reaped", "job": 1 },
                { "at": 5.5, "kind": "io-completed", "job": 0 },
                { "at": 5.5, "kind": "dispatched", "job": 0, "cpu": 0 },
                { "at": 6.5, "kind": "exited", "job": 0 },
                { "at": 6.5, "kind": "reaped", "job": 0 },
            ],
        })
    );
}

#[test]
fn json_keeps_the_order_of_its_fields() {
    let text = written(&["run", "--jobs", "5", "--format", "json"], DONE);
    let fields = [
        "unit_ns", "outcome", "limit", "findings", "stuck", "output", "end", "jobs", "cpus",
        "disk", "slots", "events",
    ];
    let places = fields.map(|field| text.find(&format!("\"{field}\":")).expect("the field"));
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn json_has_null_where_something_never_happened() {
    let arguments = &[
        "run", "--jobs", "5,5,5@9", "--until", "3", "--format", "json",
    ];
    let run = parsed(arguments, LIMIT);
    assert_eq!(
        (&run["outcome"], &run["limit"], &run["end"]),
        (&json!("limit"), &json!("until"), &json!(3),)
    );
    assert_eq!(run["jobs"][0]["start"], json!(0));
    assert_eq!(
        run["jobs"][0]["cpu"],
        json!(3),
        "what runs at the end counts"
    );
    for job in [1, 2] {
        for field in ["start", "completion", "response", "turnaround"] {
            assert_eq!(run["jobs"][job][field], Value::Null);
        }
    }
    assert_eq!(
        run["slots"],
        json!([{ "cpu": 0, "job": 0, "from": 0, "to": 3 }])
    );
}

#[test]
fn json_of_feedback_queues_has_levels_and_joins_only_equal_ones() {
    let arguments = [
        "run",
        "--jobs",
        "7",
        "--policy",
        "mlfq",
        "--set",
        "queues=3",
        "slice=2",
        "allotment=1",
        "io_keeps_priority=true",
        "--set",
        "boost=20",
        "--format",
        "json",
    ];
    assert_eq!(
        parsed(&arguments, DONE)["slots"],
        json!([
            { "cpu": 0, "job": 0, "from": 0, "to": 2, "level": 2 },
            { "cpu": 0, "job": 0, "from": 2, "to": 4, "level": 1 },
            { "cpu": 0, "job": 0, "from": 4, "to": 7, "level": 0 },
        ])
    );
}

#[test]
fn json_says_who_is_stuck_and_who_was_late() {
    let stalled = lockstep_reading(&["run", "-", "--format", "json"], STALLING.as_bytes());
    let run: Value = serde_json::from_str(text(&stalled.stdout)).expect("JSON");
    assert_eq!(run["outcome"], json!("stalled"));
    assert_eq!(
        run["stuck"],
        json!([{ "job": 0, "reason": "pipe-empty", "pipe": "p" }])
    );

    let late = "[[job]]\nname = \"A\"\nperiod = 4\nrounds = 1\nbursts = \"c5\"";
    let late = lockstep_reading(&["run", "-", "--format", "json"], late.as_bytes());
    let run: Value = serde_json::from_str(text(&late.stdout)).expect("JSON");
    assert_eq!(
        run["findings"],
        json!([{ "kind": "deadline-missed", "job": 0, "at": 4 }])
    );
}

#[test]
fn settings_may_stand_before_the_input() {
    let before = written(&["run", "--set", "policy=rr", "slice=1", "batch"], DONE);
    let after = written(
        &["run", "batch", "--set", "policy=rr", "--set", "slice=1"],
        DONE,
    );
    assert_eq!(before, after);
}

#[test]
fn grid_of_a_small_run() {
    let arguments = [
        "run",
        "--jobs",
        "c1 i2 c1,3,1@7",
        "--set",
        "next=cyclic",
        "io_issue_cost=1",
        "io_done_cost=1",
        "--format",
        "grid",
    ];
    let grid = "\
time  J0       J1       J2
   0  running  ready    -
   1  running  ready    -
   2  blocked  running  -
   3  blocked  running  -
   4  ready    running  -
   5  running  done     -
   6  running  done     -
   7  done     done     running
";
    assert_eq!(written(&arguments, DONE), grid);
}

#[test]
fn a_grid_names_cpus_and_divides_units() {
    let arguments = [
        "run",
        "--jobs",
        "1,0.5",
        "--cpus",
        "2",
        "--set",
        "switch_cost=0.5",
        "--format",
        "grid",
    ];
    let grid = "\
one row is 0.5 ms
time  J0          J1
   0  loading:0   loading:1
 0.5  running:0   running:1
   1  running:0   done
";
    assert_eq!(written(&arguments, DONE), grid);
    let long = written(&["run", "--jobs", "20000", "--format", "grid"], DONE);
    assert_eq!(long.lines().count(), 1 + 10_000 + 1);
    assert!(
        long.ends_with("has everything\n"),
        "{}",
        &long[long.len() - 200..]
    );
}

#[test]
fn text_of_a_small_run() {
    let summary = "\
finished at 8 ms; rr on 1 CPU, 16 events

who ran (ms)
  CPU 0: J0 0-2, J1 2-4, J0 4-6, J1 6-7, J0 7-8

job   arrival  start  completion  response  turnaround  waiting  cpu  blocked
J0          0      0           8         0           8        3    5        0
J1          1      2           7         1           6        3    3        0
mean                                   0.5           7        3

CPU 0: busy 8 (100.0 %), switching 0, idle 0
disk: busy 0 (0.0 %)
throughput 0.25 jobs per ms, fairness 0.988
findings: none
";
    let arguments = ["run", "--jobs", "5,3@1", "--policy", "rr", "--slice", "2"];
    assert_eq!(written(&arguments, DONE), summary);
}

#[test]
fn the_environment_changes_nothing() {
    let arguments = ["run", "batch"];
    let plain = written(&arguments, DONE);
    let elsewhere = command(&arguments)
        .env_clear()
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("TZ", "Pacific/Chatham")
        .env("COLUMNS", "20")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .expect("the command starts");
    assert_eq!(text(&elsewhere.stdout), plain);
}

/// A Chrome trace has a row for each CPU and task, and what a CPU does adds up to what it was busy.
#[test]
fn a_chrome_trace_tells_the_same_times() {
    let run = [
        "run",
        "--jobs",
        "c2 i3 c1,4@1",
        "--policy",
        "rr",
        "--format",
    ];
    let format = |format: &'static str| -> Value {
        let arguments = [run.as_slice(), &[format]].concat();
        serde_json::from_str(&written(&arguments, DONE)).expect("JSON")
    };
    let (report, chrome) = (format("json"), format("chrome"));
    let entries = chrome["traceEvents"].as_array().expect("entries");
    let of = |wanted: &str| {
        let all = entries.iter().filter(move |entry| entry["ph"] == wanted);
        all.collect::<Vec<_>>()
    };
    let total = |group: u64, row: u64, name: &str| -> f64 {
        let own = of("X")
            .into_iter()
            .filter(|entry| entry["pid"] == group && entry["tid"] == row && entry["name"] == name);
        own.filter_map(|entry| entry["dur"].as_f64()).sum()
    };
    let unit = report["unit_ns"].as_f64().expect("a unit") / 1_000.0;
    for (row, job) in (0..).zip(report["jobs"].as_array().expect("jobs")) {
        let name = job["name"].as_str().expect("a name");
        let cpu = job["cpu"].as_f64().expect("its CPU time") * unit;
        assert!((total(1, 0, name) - cpu).abs() < 1e-6, "{name}");
        assert!((total(2, row, "running") - cpu).abs() < 1e-6, "{name}");
        let blocked = job["blocked"].as_f64().expect("its waiting") * unit;
        assert!(
            (total(2, row, "blocked: disk") - blocked).abs() < 1e-6,
            "{name}"
        );
        let names_it = |entry: &&Value| entry["tid"] == row && entry["args"]["name"] == name;
        assert_eq!(of("M").iter().filter(|entry| names_it(entry)).count(), 1);
    }
    let instants = of("i").len();
    assert_eq!(instants, report["events"].as_array().expect("events").len());
    let times = entries.iter().map(|entry| entry["ts"].as_f64());
    assert!(times.flatten().all(|at| at >= 0.0));
}

/// Both machines show each quantity: the table has no gap.
#[cfg(target_os = "linux")]
#[test]
fn both_machines_are_held_beside_each_other() {
    let table = written(&["calibrate", "--check", "1"], DONE);
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(2)
        .collect();
    let names = sim_core::native::quantities::QUANTITIES;
    assert_eq!(rows.len(), names.len(), "{table}");
    for (row, quantity) in rows.iter().zip(names) {
        assert!(row.contains(quantity.what), "{row}");
        // All were seen.
        assert!(!row.contains("NaN") && !row.contains('–'), "{row}");
    }
    for others in [
        &["0"][..],
        &["1", "--format", "set"],
        &["1", "--unit", "us"],
    ] {
        let refused = lockstep(&[&["calibrate", "--check"], others].concat());
        assert_eq!(code(&refused), BAD_INPUT, "{others:?}");
    }
}

/// What is measured here is a head of a workload file, and a list of settings.
#[cfg(unix)]
#[test]
fn a_table_of_costs_is_taken_by_the_simulator() {
    let table = written(&["calibrate"], DONE);
    let names = [
        "switch_cost",
        "thread_cost",
        "spawn_cost",
        "instruction_cost",
    ];
    for name in names {
        assert!(table.contains(name), "{name}: {table}");
    }
    let file = format!("{table}[[job]]\nname = \"a\"\nbursts = \"c2 i1 c1\"\n");
    let run = lockstep_reading(&["run", "-", "--format", "json"], file.as_bytes());
    assert_eq!(code(&run), DONE, "{}", text(&run.stderr));
    let pairs = written(&["calibrate", "--format", "set", "--unit", "us"], DONE);
    let set: Vec<_> = pairs.split_whitespace().collect();
    let arguments = [
        &["run", "--jobs", "3,4", "--set", "unit=us"],
        set.as_slice(),
    ]
    .concat();
    written(&arguments, DONE);
    #[cfg(target_os = "linux")]
    for name in ["fork_cost", "fork_copy_cost", "timer_slack"] {
        assert!(table.contains(name), "{name}: {table}");
    }
    let refused = lockstep(&["calibrate", "--unit", "parsec"]);
    assert_eq!(code(&refused), BAD_INPUT);
    assert!(text(&refused.stderr).contains("parsec"));
}
