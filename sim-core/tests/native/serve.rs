//! `lockstep serve`: who may ask for a run, what is refused, and that a run ends when nobody listens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use sim_core::recording::Recording;
use sim_core::scenario;

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
    ] {
        let (found, answer) = server.ask_with("GET /native", headers, "");
        assert_eq!(found, status, "{headers:?}: {answer}");
        assert_eq!(answer.contains("lockstep native 1"), status == 200);
        let (found, answer) = server.ask_with("POST /native/run/you-deadlock", headers, "");
        assert_eq!(found, status, "{headers:?}: {answer}");
    }
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
