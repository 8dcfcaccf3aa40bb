//! What the command line says about bad input: the place, what was found, what was expected.

use std::path::PathBuf;

use super::{complaint, lockstep, lockstep_reading};

#[test]
fn bad_arguments() {
    for (arguments, sentence) in [
        (vec!["run"], "found neither a workload nor --jobs"),
        (
            vec!["run", "batch", "--jobs", "5"],
            "found both \"batch\" and --jobs",
        ),
        (vec!["run", "btach"], "found \"btach\", expected batch?"),
        (
            vec!["run", "no-such-file.toml"],
            "no-such-file.toml: found no file that can be read",
        ),
        (
            vec!["run", "--jobs", "5", "--policy", "rrr"],
            "--policy: found \"rrr\", expected one of",
        ),
        (
            vec!["run", "--jobs", "5", "--cpus", "0"],
            "--cpus: found \"0\", expected a whole number",
        ),
        (
            vec!["run", "--jobs", "5", "--cpus", "65"],
            "--cpus: found \"65\", expected a whole",
        ),
        (
            vec!["run", "--jobs", "5", "--slice", "-1"],
            "--slice: found \"-1\", expected a number",
        ),
        (
            vec!["run", "--jobs", "5", "--slice", "0"],
            "--slice: found \"0\", expected a number",
        ),
        (
            vec!["run", "--jobs", "5", "--slice", "NaN"],
            "--slice: found \"NaN\", expected a number",
        ),
        (
            vec!["run", "--jobs", "5", "--seed", "1.5"],
            "--seed: found \"1.5\", expected a whole",
        ),
        (
            vec!["run", "--jobs", "5", "--until", "x"],
            "--until: found \"x\", expected a number",
        ),
        (
            vec!["run", "--jobs", "5", "--set", "x"],
            "--set: found \"x\", expected NAME=VALUE",
        ),
        (
            vec!["run", "--jobs", "5", "--set", "qeues=1"],
            "--set qeues: found a name that no",
        ),
        (
            vec!["run", "--jobs", "5", "--set", "queues="],
            "--set queues: found \"\", expected a",
        ),
        (
            vec!["run", "--jobs", "5", "--set", "queues=2", "slices=1/2/3"],
            "--jobs: slices: found \"1/2/3\", a list of 3, expected a list of 2",
        ),
        (
            vec!["run", "--jobs", "5", "--set", "slice=0.5", "unit=ns"],
            "--set slice: found \"0.5\", expected a number of ns",
        ),
        (
            vec![
                "run",
                "gil-protocol",
                "--set",
                "threads=user",
                "interpreter_lock=check-points",
            ],
            "threads: found \"user\", with an interpreter lock, expected kernel, or interpreter_lock",
        ),
        (
            vec!["run", "batch", "--set", "unit=us"],
            "batch: unit: found \"us\", expected ms",
        ),
        (
            vec!["run", "--jobs", ""],
            "--jobs, column 1: job J0: found no burst, expected",
        ),
        (
            vec!["run", "--jobs", "5,c3 x2"],
            "--jobs, column 6: job J1: found \"x2\", expected c",
        ),
        (
            vec!["run", "--jobs", "5@"],
            "--jobs, column 3: job J0: found \"\", expected a number",
        ),
        (
            vec!["run", "--jobs", "-5"],
            "--jobs, column 1: job J0: found \"-5\", expected a job",
        ),
        (
            vec!["run", "--jobs", "c5 send:p"],
            "--jobs: job J0, bursts: found the pipe \"p\"",
        ),
        (
            vec!["run", "--jobs", "5", "--format", "xml"],
            "invalid value 'xml' for '--format",
        ),
        (
            vec!["run", "--bogus"],
            "unexpected argument '--bogus' found",
        ),
        (vec!["walk"], "unrecognized subcommand 'walk'"),
    ] {
        let output = lockstep(&arguments);
        let found = complaint(&output);
        assert!(found.contains(sentence), "{arguments:?}: {found}");
    }
}

/// A job, ready for one more line.
const JOB: &str = "[[job]]\nname = \"A\"\nbursts = \"c1\"\n";

#[test]
fn bad_files() {
    let job = |line: &str| format!("{JOB}{line}");
    let machine = |line: &str| format!("[machine]\n{line}\n{JOB}");
    let before = |lines: &str| format!("{lines}\n{JOB}");
    let bursts = |text: &str| format!("[[job]]\nname = \"A\"\nbursts = {text}");
    for (file, sentence) in [
        (
            String::new(),
            "-:1:1: found no job, expected at least one job",
        ),
        ("# nothing\n".to_owned(), "-:1:1: found no job, expected"),
        (
            "[machine".to_owned(),
            "-:1:9: TOML syntax: found the end of the text, expected `]`",
        ),
        (
            "x = ".to_owned(),
            "-:1:5: TOML syntax: found the end of the text, expected",
        ),
        (
            "\u{0}".to_owned(),
            "-:1:2: TOML syntax: found the end of the text, expected",
        ),
        (
            job("name = \"B\""),
            "-:4:1: TOML syntax: found \"name = \\\"B\\\"\", expected a key that",
        ),
        (
            "speed = 3".to_owned(),
            "-:1:1: top level: found the key \"speed\", expected one of",
        ),
        (
            "[job]\nname = \"A\"".to_owned(),
            "-:1:1: job: found a table, expected [[job]]",
        ),
        (
            "job = [3]".to_owned(),
            "-:1:8: job 1: found 3, expected a table",
        ),
        (
            "[[job]]\nname = \"A\"".to_owned(),
            "-:1:1: job 1: found no bursts, expected bursts =",
        ),
        (
            bursts("5"),
            "-:3:10: job 1, bursts: found 5, expected bursts in quotation marks",
        ),
        (
            bursts("\"\""),
            "-:3:10: job 1, bursts: found no burst, expected bursts such as",
        ),
        (
            bursts("\"c5 x5\""),
            "-:3:14: job 1, bursts: found \"x5\", expected c and a length",
        ),
        (
            bursts("'''\n  c5\n  i-3'''"),
            "-:5:3: job 1, bursts: found \"i-3\", expected a number",
        ),
        (
            bursts("\"c1e3\""),
            "-:3:11: job 1, bursts: found \"c1e3\", expected a number of ms",
        ),
        (
            bursts("\"c9999999999999999999\""),
            "-:3:11: job 1, bursts: found \"c999999999999999",
        ),
        (
            bursts("\"c1.1234567\""),
            "-:3:11: job 1, bursts: found \"c1.1234567\", expected a num",
        ),
        (
            bursts("\"send:\""),
            "-:3:11: job 1, bursts: found \"send:\", expected the name of a",
        ),
        (
            bursts("\"send:p\""),
            "-:3:10: job 1, bursts: found the pipe \"p\", expected a pipe",
        ),
        (
            job("arival = 3"),
            "-:4:1: job 1: found the key \"arival\", expected arrival?",
        ),
        (
            job("arrival = -3"),
            "-:4:11: job 1, arrival: found -3, expected a number of ms from 0",
        ),
        (
            job("arrival = nan"),
            "-:4:11: job 1, arrival: found nan, expected a number of ms",
        ),
        (
            job("arrival = inf"),
            "-:4:11: job 1, arrival: found inf, expected a number of ms",
        ),
        (
            job("arrival = \"3\""),
            "-:4:11: job 1, arrival: found \"3\", expected a number of ms",
        ),
        (
            job("arrival = 0x10"),
            "-:4:11: job 1, arrival: found 0x10, expected a number of ms",
        ),
        (
            job("arrival = 2000-01-01"),
            "-:4:11: job 1, arrival: found the date 2000-01-01, exp",
        ),
        (
            job("priority = 3000000000"),
            "-:4:12: job 1, priority: found 3000000000, expected a",
        ),
        (
            job("priority = 1.5"),
            "-:4:12: job 1, priority: found 1.5, expected a whole number",
        ),
        (
            job("tickets = 0"),
            "-:4:11: job 1, tickets: found 0, expected a whole number from 1",
        ),
        (
            job("tickets = true"),
            "-:4:11: job 1, tickets: found true, expected a whole number",
        ),
        (
            job("period = 0"),
            "-:4:10: job 1, period: found 0, expected a length above 0",
        ),
        (
            job("deadline = 0"),
            "-:4:12: job 1, deadline: found 0, expected a length above 0",
        ),
        (
            job("rounds = 0"),
            "-:4:10: job 1, rounds: found 0, expected a whole number from 1",
        ),
        (
            job("count = 0"),
            "-:4:9: job 1, count: found 0, expected a whole number from 1",
        ),
        (
            job("count = 200001"),
            "-:4:9: job 1, count: found 200001, expected a whole number",
        ),
        (
            job("files = \"x\""),
            "-:4:9: job 1, files: found \"x\", expected a list of names",
        ),
        (
            job("files = [1]"),
            "-:4:10: job 1, files: found 1, expected a list of names",
        ),
        (
            job("parent = \"B\""),
            "-:4:10: job 1, parent: found \"B\", expected the name of ano",
        ),
        (
            job("parent = \"A\""),
            "-:4:10: job 1, parent: found \"A\", expected a job that is not",
        ),
        (
            before(JOB),
            "-:6:8: job 2, name: found \"A\" again, expected a name that job 1 does",
        ),
        (
            machine("slise = 3"),
            "-:2:1: machine: found the key \"slise\", expected slice?",
        ),
        (
            machine("policy = \"r\""),
            "-:2:10: machine, policy: found \"r\", expected one of fcfs",
        ),
        (
            machine("policy = 3"),
            "-:2:10: machine, policy: found 3, expected one of fcfs",
        ),
        (
            machine("cpus = 65"),
            "-:2:8: machine, cpus: found 65, expected a whole number from 1",
        ),
        (
            machine("slice = 0"),
            "-:2:9: machine, slice: found 0, expected a number of ms above 0",
        ),
        (
            machine("preemptive = 1"),
            "-:2:14: machine, preemptive: found 1, expected true or",
        ),
        (
            machine("slices = [2, 0]"),
            "-:2:10: machine, slices: found [2, 0], expected numbers",
        ),
        (
            machine("queues = 3\nslices = [2, 4]"),
            "-:3:10: machine, slices: found \"2/4\", a",
        ),
        (
            machine("boost = {}"),
            "-:2:9: machine, boost: found a table, expected a number of ms",
        ),
        (
            before("machine = 3"),
            "-:1:11: machine: found 3, expected a table of keys",
        ),
        (
            before("[memory]\npartitions = 3"),
            "-:2:14: memory, partitions: found 3, expected a",
        ),
        (
            before("[memory]\npartitions = [0]"),
            "-:2:15: memory, partitions: found 0, expected",
        ),
        (
            before("[memory]\npartitions = [4, 2]") + "memory = 5",
            "-:6:10: job 1, memory: found 5, expected at most 4 KiB",
        ),
        (
            before("[[pipe]]\ncapacity = 3"),
            "-:1:1: pipe 1: found no name, expected name",
        ),
        (
            before("[[pipe]]\nname = \"a b\""),
            "-:2:8: pipe 1, name: found \"a b\", expected a",
        ),
        (
            before("[[pipe]]\nname = \"a\"\ncapacity = 0"),
            "-:3:12: pipe 1, capacity: found 0,",
        ),
        (
            "[[pipe]]\nname = \"p\"\n".to_owned() + &bursts("\"receive:p\""),
            "-:5:10: job 1, bursts: found receive:p, expected a pipe into which some job writes",
        ),
        (
            bursts("\"c1 c1 c1 c1 c1\"\nrounds = 1000000"),
            "-:3:10: job 1, bursts: found 5000000 bursts in all rounds of all jobs, expected",
        ),
        (
            bursts("\"c1000000000\"\nrounds = 1000000"),
            "-:3:10: job 1, bursts: found bursts that are too long together",
        ),
    ] {
        let output = lockstep_reading(&["run", "-"], file.as_bytes());
        let found = complaint(&output);
        let start = format!("lockstep: {sentence}");
        assert!(found.starts_with(&start), "{file:?}:\n{found}\n{start}");
        assert!(
            found.contains(": found ") && found.contains(", expected "),
            "{found}"
        );
    }
}

#[test]
fn bytes_that_are_no_text() {
    let output = lockstep_reading(&["run", "-"], b"# ok\nname\xFF\xFE");
    assert!(complaint(&output).contains("-:2:5: found the byte 0xFF, expected text in UTF-8"));
    // Longer than a workload may be: it is not even parsed.
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("long.toml");
    std::fs::write(&path, vec![b' '; (16 << 20) + 2]).expect("a file");
    let output = lockstep(&["run", path.to_str().expect("a path")]);
    assert!(complaint(&output).contains("expected at most 16777216"));
    std::fs::remove_file(path).expect("it is there");
}
