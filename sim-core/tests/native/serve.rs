//! `lockstep serve`: who may ask for a run, what is refused, and that a run ends when nobody listens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use sim_core::event::EventKind;
use sim_core::recording::Recording;
use sim_core::run::{Limit, Outcome};
use sim_core::scenario;

#[cfg(target_os = "linux")]
use super::leftovers::states;
use super::program;

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["serve", "--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let port = line
            .split(['/', ':'])
            .find_map(|word| word.parse().ok())
            .unwrap_or_else(|| panic!("no port in {line:?}"));
        Self { child, port }
    }

    /// Sends a request; what its answer is read from.
    fn send(&self, line: &str, headers: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        let length = body.len();
        let text = format!(
            "{line} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).expect("a request");
        stream
    }

    /// The whole answer to a request: its status, and what follows.
    fn ask_with(&self, line: &str, headers: &str, body: &str) -> (u16, String) {
        let mut answer = String::new();
        let mut stream = self.send(line, headers, body);
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
        (status.expect("a status"), answer)
    }

    fn ask(&self, line: &str, body: &str) -> (u16, String) {
        self.ask_with(line, "Host: localhost\r\n", body)
    }
}

/// What was sent in chunks, as one text.
fn joined(answer: &str) -> String {
    let (_, mut rest) = answer.split_once("\r\n\r\n").expect("a body");
    let mut text = String::new();
    while let Some((length, behind)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).expect("a length");
        text.push_str(&behind[..length]);
        rest = &behind[length + 2..];
    }
    text
}

fn recording(answer: &str) -> Recording {
    let text = joined(answer);
    let (_, text) = text.split_once("recording\n").expect("a recording");
    Recording::read(text).expect("a recording")
}

#[test]
fn only_pages_of_this_computer_get_an_answer() {
    let server = Server::start(&[]);
    for (headers, status) in [
        ("Host: localhost\r\n", 200),
        ("Host: 127.0.0.1:8080\r\n", 200),
        ("Host: localhost\r\nOrigin: http://localhost:8080\r\n", 200),
        ("", 403),
        ("Host: example.org\r\n", 403),
        ("Host: 127.0.0.1.example.org\r\n", 403),
        ("Host: localhost\r\nOrigin: https://example.org\r\n", 403),
        ("Host: localhost\r\nOrigin: null\r\n", 403),
        ("Host: localhost\r\nHost: localhost\r\n", 403),
        // What a proxy was called by, and what the browser says of page and server.
        (
            "Host: 127.0.0.1\r\nX-Forwarded-Host: localhost:8080\r\n",
            200,
        ),
        ("Host: 127.0.0.1\r\nX-Forwarded-Host: example.org\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: same-origin\r\n", 200),
        ("Host: localhost\r\nSec-Fetch-Site: none\r\n", 200),
        ("Host: localhost\r\nSec-Fetch-Site: same-site\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403),
    ] {
        let (found, answer) = server.ask_with("GET /native", headers, "");
        assert_eq!(found, status, "{headers:?}: {answer}");
        let greets = answer.contains("lockstep native 1 seconds=10 events=20000\n");
        assert_eq!(greets, status == 200, "{answer}");
        let (found, answer) = server.ask_with("POST /native/run/you-deadlock", headers, "");
        assert_eq!(found, status, "{headers:?}: {answer}");
    }
}

/// The sockets of this computer that listen at a port, as the kernel lists them: address and port in hexadecimal.
#[cfg(target_os = "linux")]
fn listening(port: u16) -> Vec<String> {
    /// The kernel's number for a socket that listens (`TCP_LISTEN`).
    const LISTENS: &str = "0A";
    let lists = ["/proc/net/tcp", "/proc/net/tcp6"];
    let lists = lists.map(|list| std::fs::read_to_string(list).unwrap_or_default());
    let lines = lists.iter().flat_map(|list| list.lines());
    let own = lines.filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let address = *fields.get(1)?;
        let is_own = address.ends_with(&format!(":{port:04X}")) && *fields.get(3)? == LISTENS;
        is_own.then(|| address.to_owned())
    });
    own.collect()
}

#[test]
#[cfg(target_os = "linux")]
fn it_listens_on_loopback_only() {
    let server = Server::start(&[]);
    let port = server.port;
    let loopback = u32::from_ne_bytes([127, 0, 0, 1]);
    assert_eq!(listening(port), [format!("{loopback:08X}:{port:04X}")]);
}

#[test]
fn what_cannot_run_is_refused_with_a_sentence() {
    let server = Server::start(&[]);
    let long = "x".repeat(20_000);
    for (line, body, status, sentence) in [
        ("GET /", "", 404, "nothing of this name"),
        ("GET /native/run/two-locks", "", 405, "by POST"),
        ("POST /native/run/nothing", "", 404, "no such scenario"),
        ("POST /native/run/../two-locks", "", 404, "no such scenario"),
        (
            "POST /native/run/two-locks",
            "cpus",
            422,
            "expected name=value",
        ),
        ("POST /native/run/two-locks", "cpus=0", 422, "from 1 to 64"),
        ("POST /native/run/two-locks", &long, 413, "at most"),
        ("POST /native/text", "\n\nscript = ''", 403, "--allow-files"),
    ] {
        let (found, answer) = server.ask(line, body);
        assert_eq!(found, status, "{line}: {answer}");
        assert!(answer.contains(sentence), "{line}: {answer}");
    }
}

#[test]
fn a_request_may_do_without_a_body_and_says_how_long_it_is() {
    let server = Server::start(&[]);
    for (headers, status) in [("", 200), ("Transfer-Encoding: chunked\r\n", 413)] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
        let text = format!(
            "POST /native/run/lost-update HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
        );
        stream.write_all(text.as_bytes()).expect("a request");
        let mut answer = String::new();
        let mut lines = BufReader::new(stream);
        lines.read_line(&mut answer).expect("an answer");
        assert!(answer.contains(&status.to_string()), "{answer}");
    }
}

#[test]
fn a_run_is_a_recording_of_its_scenario_with_its_settings() {
    let server = Server::start(&[]);
    for settings in ["", "cpus=1\n"] {
        let (status, answer) = server.ask("POST /native/run/lost-update", settings);
        assert_eq!(status, 200, "{answer}");
        let recording = recording(&answer);
        let workload = &scenario::find("lost-update").unwrap().workload;
        let trace = recording.replay(workload).expect("a run");
        assert!(trace.reality().is_some());
        assert_eq!(recording.settings.is_empty(), settings.is_empty());
    }
}

/// A text, behind no settings.
fn script(text: &str) -> String {
    format!("\n\nscript = '''\n{text}'''\n")
}

/// How a run ends that is stopped.
fn outcome(answer: &(u16, String)) -> Outcome {
    assert_eq!(answer.0, 200, "{}", answer.1);
    recording(&answer.1).outcome
}

#[test]
fn a_run_is_stopped_when_its_time_is_over() {
    let server = Server::start(&["--allow-files", "--seconds", "1"]);
    let answer = server.ask("POST /native/text", &script("task main\n  sleep 600000\n"));
    assert_eq!(outcome(&answer), Outcome::Limit(Limit::Until));
    let (_, greeting) = server.ask("GET /native", "");
    assert!(
        greeting.contains("seconds=1 events=20000 files"),
        "{greeting}"
    );
}

#[test]
fn a_run_is_stopped_when_it_has_too_many_events() {
    let server = Server::start(&["--allow-files", "--seconds", "3600"]);
    let spins = script("shared x = 0\ntask spins\n  while 1\n    fetch_add x, 1\n");
    let (status, answer) = server.ask("POST /native/text", &spins);
    assert_eq!(status, 200, "{answer}");
    let recording = recording(&answer);
    assert_eq!(recording.outcome, Outcome::Limit(Limit::Events));
    assert_eq!(recording.events.len(), 20_000);
}

#[test]
fn a_run_is_stopped_when_it_prints_too_much() {
    let server = Server::start(&["--allow-files", "--seconds", "3600", "--output", "1"]);
    let line = "again and again and again and again";
    let talks = script(&format!("task talks\n  while 1\n    print \"{line}\"\n"));
    let (status, answer) = server.ask("POST /native/text", &talks);
    assert_eq!(status, 200, "{answer}");
    let recording = recording(&answer);
    assert_eq!(recording.outcome, Outcome::Limit(Limit::Events));
    let printed = recording.events.iter();
    let printed = printed.filter(|event| matches!(event.kind, EventKind::Printed { .. }));
    // The one with which it is too much is the last.
    assert_eq!(printed.count(), 1_024 / line.len() + 1);
}

#[test]
fn a_run_with_too_many_threads_or_processes_does_not_begin() {
    let server = Server::start(&["--allow-files", "--threads", "40", "--processes", "20"]);
    let tasks = |count: u32| script(&format!("task one × {count}\n  pass\n"));
    let forks = "task main\n  let child = fork\n";
    let table = |places: u32| format!("process_table={places}\n{}", script(forks));
    for (body, status, sentence) in [
        (tasks(40), 200, "recording"),
        (tasks(41), 422, "41 threads, and at most 40"),
        (table(18), 200, "recording"),
        (table(19), 422, "21 processes, and at most 20"),
    ] {
        let (found, answer) = server.ask("POST /native/text", &body);
        assert_eq!(found, status, "{body}: {answer}");
        assert!(answer.contains(sentence), "{answer}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_needs_too_much_memory_ends_with_a_sentence() {
    // Each thread has a stack of 128 KiB.
    let threads = script("task sleeps × 300\n  sleep 1\n");
    for (memory, is_enough) in [("16", false), ("512", true)] {
        let server = Server::start(&["--allow-files", "--memory", memory]);
        let (status, answer) = server.ask("POST /native/text", &threads);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(
            joined(&answer).contains("recording\n"),
            is_enough,
            "{answer}"
        );
        assert_eq!(joined(&answer).contains("error "), !is_enough, "{answer}");
    }
}

/// What processes may use together is shared out among them.
#[test]
#[cfg(target_os = "linux")]
fn scenarios_with_processes_run_within_the_limits() {
    let server = Server::start(&[]);
    for slug in ["three-forks", "orphan"] {
        let (status, answer) = server.ask(&format!("POST /native/run/{slug}"), "");
        assert_eq!(status, 200, "{answer}");
        let workload = &scenario::find(slug).unwrap().workload;
        recording(&answer).replay(workload).expect("a run");
    }
}

#[test]
fn who_is_slow_to_ask_keeps_nobody_else_from_a_run() {
    let server = Server::start(&[]);
    let mut slow = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    let begun = "POST /native/run/lost-update HTTP/1.1\r\nHost: localhost\r\n\
                 Content-Length: 10000\r\n\r\ncpus=1\n";
    slow.write_all(begun.as_bytes()).expect("a request");
    let (status, answer) = server.ask("POST /native/run/lost-update", "");
    assert_eq!(status, 200, "{answer}");
}

#[test]
#[cfg(target_os = "linux")]
fn who_cancels_ends_every_process_of_the_run() {
    let server = Server::start(&["--allow-files", "--seconds", "3600"]);
    let family = script(
        "pipe never\ndef waits()\n  let x = receive never\n\
         task main\n  let a = spawn waits()\n  let b = fork\n  sleep 3600000\n",
    );
    let listener = server.send("POST /native/text", "Host: localhost\r\n", &family);
    // The run's first process leads a group of its own, which has four then.
    let group = loop {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", server.child.id()));
        let lists = tasks
            .expect("its threads")
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
        let first = lists.collect::<String>();
        let first = first.split_whitespace().next().map(str::parse::<u32>);
        if let Some(Ok(first)) = first
            && states(first).len() == 4
        {
            break first;
        }
        std::thread::yield_now();
    };
    drop(listener);
    while !states(group).is_empty() {
        std::thread::yield_now();
    }
}

/// One that goes on until the time is over.
const SLEEPS: &str = "\n\nscript = '''\ntask sleeps\n  sleep 600000\n'''\n";

#[test]
fn one_runs_at_a_time_and_ends_when_nobody_listens() {
    let server = Server::start(&["--allow-files", "--seconds", "3600"]);
    let mut first = server.send("POST /native/text", "Host: localhost\r\n", SLEEPS);
    let mut begun = [0; 12];
    first.read_exact(&mut begun).expect("the answer begins");
    assert_eq!(&begun, b"HTTP/1.1 200");
    let (status, answer) = server.ask("POST /native/run/lost-update", "");
    assert_eq!(status, 409, "{answer}");
    // The place is free only when the run's processes have ended.
    drop(first);
    loop {
        let (status, answer) = server.ask("POST /native/run/lost-update", "");
        if status == 200 {
            recording(&answer);
            break;
        }
        assert_eq!(status, 409, "{answer}");
    }
}
