//! `lockstep serve`: real runs for the page, over HTTP.
//!
//! It listens on loopback only, and answers nobody but pages that come from there ([`access`]). What runs is a
//! scenario of the catalogue, unless a flag allows texts; one run at a time, within limits. It is no server
//! for a page: Trunk hands over what begins with `/native`.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /native` | one line: [`GREETING`], how far a run may go, and `files` where texts are allowed |
//! | `POST /native/run/SLUG` | a run; the body has a setting a line, `name=value` |
//! | `POST /native/text` | the same; behind an empty line stands the workload |
//!
//! A run is answered line by line while it goes on: `events N MS` about ten times a second, how many there
//! are after how many milliseconds, and in the end `recording`, a line, with the text of it behind, or
//! `error SENTENCE`. Who closes the connection cancels the run; who does not read holds nothing up.

#![allow(
    clippy::disallowed_types,
    reason = "how often a line is written goes by the real clock, like the run itself"
)]

mod access;

use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use sim_core::native::{self, Limits, Order};
use sim_core::program::Code;
use sim_core::recording::{LONGEST, Recording};
use sim_core::settings::Settings;
use sim_core::workload::Workload;
use tiny_http::{Header, Method, Request, Response, Server};

use super::Failure;

/// How an answer begins by which the page knows this program, and the form of what they say.
const GREETING: &str = "lockstep native 1";
/// The most bytes of settings in a request.
const SETTINGS: usize = 16 << 10;
/// The most bytes of a workload in a request: less than a file may have, because it is read here, outside
/// of what limits a run.
const TEXT: usize = 1 << 20;
/// The most events of a run: so many fit into what a recording may have.
const EVENTS: u64 = 20_000;
/// How often it is told how far a run is.
const TOLD: Duration = Duration::from_millis(100);
/// For how long a request waits for the run before it: one that nobody listens to is ended sooner.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked whether that has ended.
const GLANCE: Duration = Duration::from_millis(5);
/// How many lines may wait for somebody to read them; more are left out.
const LINES: usize = 16;
/// The processes of a run that its script does not make: its first one, and its own.
const OWN_PROCESSES: u64 = 2;

/// What `serve` is asked for.
#[derive(clap::Args)]
pub(super) struct ServeArguments {
    /// The port; 0 takes any that is free
    #[arg(long, value_name = "P", default_value_t = 8081)]
    port: u16,
    /// Run texts that a page sends, and not only scenarios of the catalogue
    #[arg(long)]
    allow_files: bool,
    /// After how many seconds a run is stopped
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// The most threads of a run
    #[arg(long, value_name = "N", default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=native::TASKS as u64))]
    threads: u64,
    /// The most processes of a run
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=4_096))]
    processes: u64,
    /// The most memory of a run's processes together, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    memory: u64,
    /// The most that a run may print, in KiB
    #[arg(long, value_name = "KIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=4_096))]
    output: u64,
}

/// What runs may be asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Catalogue,
    Texts,
}

/// What all requests share.
struct Service {
    program: PathBuf,
    allowed: Allowed,
    limits: Limits,
    /// The most threads of a run.
    threads: u64,
    /// The most processes of a run.
    processes: u64,
    /// Whether a run goes on.
    is_busy: AtomicBool,
}

/// A refusal: a status and a sentence.
struct Refusal(u16, String);

impl Refusal {
    fn new(status: u16, sentence: impl Into<String>) -> Self {
        Self(status, sentence.into())
    }
}

/// Answers requests until it is ended.
pub(super) fn serve(out: &mut impl Write, arguments: &ServeArguments) -> Result<u8, Failure> {
    let server = Server::http((Ipv4Addr::LOCALHOST, arguments.port)).map_err(|error| {
        let port = arguments.port;
        Failure::Input(format!(
            "--port: found {port}, which cannot be used: {error}"
        ))
    })?;
    let port = server.server_addr().to_ip().map_or(0, |own| own.port());
    let allowed = match arguments.allow_files {
        true => Allowed::Texts,
        false => Allowed::Catalogue,
    };
    writeln!(
        out,
        "Real runs for the page at http://127.0.0.1:{port}/native (Ctrl-C ends it)"
    )?;
    // Trunk's port, and the proxy's, stand in Trunk.toml.
    writeln!(
        out,
        "With `trunk serve`, open http://127.0.0.1:8080/?native"
    )?;
    out.flush()?;
    let service = Arc::new(Service {
        program: std::env::current_exe()?,
        allowed,
        limits: Limits {
            wall: Duration::from_secs(arguments.seconds),
            events: EVENTS,
            output: arguments.output << 10,
            memory: arguments.memory << 20,
        },
        threads: arguments.threads,
        processes: arguments.processes,
        is_busy: AtomicBool::new(false),
    });
    for request in server.incoming_requests() {
        if let Err(refusal) = access::check(&request) {
            refuse(request, &refusal);
            continue;
        }
        let is_greeting = *request.method() == Method::Get && request.url() == "/native";
        if is_greeting {
            respond(request, 200, service.greeting());
            continue;
        }
        if let Err(refusal) = service.expects(&request) {
            refuse(request, &refusal);
            continue;
        }
        let service = Arc::clone(&service);
        std::thread::spawn(move || service.answer(request));
    }
    Ok(super::DONE)
}

fn refuse(request: Request, Refusal(status, sentence): &Refusal) {
    respond(request, *status, format!("{sentence}\n"));
}

fn respond(request: Request, status: u16, text: String) {
    let mut response = Response::from_string(text).with_status_code(status);
    for (name, value) in [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ] {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    // Who asked may have gone.
    let _ = request.respond(response);
}

impl Service {
    /// What the page is told before it asks for anything.
    fn greeting(&self) -> String {
        let files = match self.allowed {
            Allowed::Texts => " files",
            Allowed::Catalogue => "",
        };
        let (seconds, events) = (self.limits.wall.as_secs(), self.limits.events);
        format!("{GREETING} seconds={seconds} events={events}{files}\n")
    }

    /// Whether a request asks for a run.
    fn expects(&self, request: &Request) -> Result<(), Refusal> {
        let is_text = request.url() == "/native/text";
        if !is_text && !request.url().starts_with("/native/run/") {
            return Err(Refusal::new(404, "there is nothing of this name"));
        }
        if *request.method() != Method::Post {
            return Err(Refusal::new(405, "a run is asked for by POST"));
        }
        if is_text && self.allowed == Allowed::Catalogue {
            let sentence = "only scenarios of the catalogue run; `lockstep serve --allow-files` runs texts too";
            return Err(Refusal::new(403, sentence));
        }
        let most = match is_text {
            true => SETTINGS + TEXT,
            false => SETTINGS,
        };
        // Of no length are those without a body, and those whose length nobody knows beforehand.
        let mut headers = request.headers().iter();
        let is_unknown = headers.any(|header| header.field.equiv("Transfer-Encoding"));
        if is_unknown || request.body_length().is_some_and(|length| length > most) {
            return Err(Refusal::new(
                413,
                format!("a request has at most {most} bytes"),
            ));
        }
        Ok(())
    }

    /// Takes the only place that there is for a run; one that was cancelled just now gives it back in a moment.
    fn claim(&self) -> bool {
        let asked = Instant::now();
        while self.is_busy.swap(true, Ordering::SeqCst) {
            if asked.elapsed() > PATIENCE {
                return false;
            }
            std::thread::sleep(GLANCE);
        }
        true
    }

    /// Answers a request for a run.
    fn answer(&self, mut request: Request) {
        // Before the place is taken: who is slow to ask keeps nobody else from it.
        let (name, order) = match self.order(&mut request) {
            Ok(order) => order,
            Err(refusal) => return refuse(request, &refusal),
        };
        if !self.claim() {
            let refusal = Refusal::new(409, "another run goes on; one at a time");
            return refuse(request, &refusal);
        }
        let (lines, queue) = sync_channel(LINES);
        let writer = request.into_writer();
        // What is to be written may have to wait for who reads it, and the run does not.
        std::thread::spawn(move || write_lines(writer, &queue));
        let answer = self.run(&lines, &name, &order);
        // Who reads the end of the answer may ask for the next run at once.
        self.is_busy.store(false, Ordering::SeqCst);
        // Who asked may have gone.
        let _ = lines.send(answer);
    }

    /// What a request asks for, and what it is called.
    fn order(&self, request: &mut Request) -> Result<(String, Order), Refusal> {
        let bad = |sentence: String| Refusal::new(422, sentence);
        let mut body = Vec::new();
        let most = (SETTINGS + TEXT) as u64;
        let read = request.as_reader().take(most).read_to_end(&mut body);
        read.map_err(|error| Refusal::new(400, error.to_string()))?;
        let body = String::from_utf8(body).map_err(|_| bad("expected UTF-8".to_owned()))?;
        let (settings, text) = body.split_once("\n\n").unwrap_or((&body, ""));
        let mut over = Settings::default();
        for line in settings.lines() {
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| bad(format!("found {line:?}, expected name=value")))?;
            over.set(name, value)
                .map_err(|error| bad(error.to_string()))?;
        }
        let (name, workload) = match request.url().strip_prefix("/native/run/") {
            Some(slug) => {
                let unknown = || Refusal::new(404, "the catalogue has no such scenario");
                let sources = sim_core::scenario::sources();
                let known = sources.iter().find(|source| source.slug == slug);
                let source = known.ok_or_else(unknown)?;
                let scenario = sim_core::scenario::Scenario::read(source);
                let scenario = scenario.map_err(|error| bad(error.to_string()))?;
                (slug.to_owned(), scenario.workload)
            }
            None => {
                let name = "workload.toml";
                let workload = Workload::from_toml(name, text);
                (
                    name.to_owned(),
                    workload.map_err(|error| bad(error.to_string()))?,
                )
            }
        };
        let mut order = Order {
            over,
            limits: self.limits,
            ..Order::new(workload)
        };
        let code = order.code().map_err(|error| bad(error.to_string()))?;
        native::support(&code).map_err(|what| bad(what.to_string()))?;
        // The system limits the memory of each process.
        order.limits.memory /= self.admit(&code)?;
        Ok((name, order))
    }

    /// How many processes a program may have, if it is not too much. What it makes at run time takes places of
    /// a table of a fixed size, so that is known before it runs.
    fn admit(&self, code: &Code) -> Result<u64, Refusal> {
        let too_many = |what, found, most, flag| {
            let way_out = format!("`lockstep serve --{flag}` allows more");
            let sentence = format!(
                "the run may have {found} {what}, and at most {most} are allowed; {way_out}"
            );
            Err(Refusal::new(422, sentence))
        };
        // Those of the kernel, and of its own where the process schedules some itself.
        let carriers = code.config.threads.at_a_time().map_or(0, u64::from);
        let threads = carriers.max(code.jobs.len() as u64);
        if threads > self.threads {
            return too_many("threads", threads, self.threads, "threads");
        }
        let processes = match code.slots.children {
            0 => 1,
            made => u64::from(made) + OWN_PROCESSES,
        };
        if processes > self.processes {
            return too_many("processes", processes, self.processes, "processes");
        }
        Ok(processes)
    }

    /// Runs, and says how far it is; the run ends when nobody listens. What is to be said in the end.
    fn run(&self, lines: &SyncSender<String>, name: &str, order: &Order) -> String {
        let mut events = 0;
        let began = Instant::now();
        let mut told = began;
        let run = native::run(&self.program, order, &mut |new| {
            events += new.len();
            if told.elapsed() < TOLD {
                return ControlFlow::Continue(());
            }
            told = Instant::now();
            let line = format!("events {events} {}\n", began.elapsed().as_millis());
            match lines.try_send(line) {
                Ok(()) | Err(TrySendError::Full(_)) => ControlFlow::Continue(()),
                Err(TrySendError::Disconnected(_)) => ControlFlow::Break(()),
            }
        });
        let recording = run.map(|run| {
            let trace = run.trace.as_ref()?;
            Recording::of(name, &order.workload, &order.over, trace)
        });
        match recording {
            Ok(Some(recording)) => match recording.write() {
                text if text.len() <= LONGEST => format!("recording\n{text}"),
                _ => "error the run has too many events to be shown\n".to_owned(),
            },
            Ok(None) => "error nothing was recorded\n".to_owned(),
            // One line: the first says what it is.
            Err(error) => {
                let sentence = error.to_string();
                format!("error {}\n", sentence.lines().next().unwrap_or_default())
            }
        }
    }
}

/// Writes an answer, each line as soon as it is there; ends when nobody reads it.
fn write_lines(mut writer: Box<dyn Write + Send>, queue: &Receiver<String>) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
                Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    writer.write_all(head.as_bytes())?;
    writer.flush()?;
    for line in queue {
        // A chunk each (RFC 9112, 7.1), in one piece so that it goes out as one.
        let chunk = format!("{:x}\r\n{line}\r\n", line.len());
        writer.write_all(chunk.as_bytes())?;
        writer.flush()?;
    }
    writer.write_all(b"0\r\n\r\n")?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// A writer that keeps what it gets to itself until it is flushed, as that of a connection does.
    #[derive(Default)]
    struct Connection {
        kept: Vec<u8>,
        sent: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Connection {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.kept.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.append(&mut self.kept);
            Ok(())
        }
    }

    #[test]
    fn each_line_goes_out_before_the_next_is_waited_for() {
        let connection = Connection::default();
        let sent = Arc::clone(&connection.sent);
        // Without a place in it: what is sent has been taken, and all before it is done.
        let (lines, queue) = sync_channel(0);
        let writer = std::thread::spawn(move || write_lines(Box::new(connection), &queue));
        // What was taken last may be done as well.
        let has_sent = |part: &str| {
            let sent = sent.lock().unwrap();
            String::from_utf8_lossy(&sent).contains(part)
        };
        lines.send("events 1 100\n".to_owned()).unwrap();
        assert!(has_sent("\r\n\r\n"), "the head");
        lines.send("error no\n".to_owned()).unwrap();
        assert!(has_sent("d\r\nevents 1 100\n\r\n"));
        drop(lines);
        writer.join().unwrap().unwrap();
        assert!(has_sent("9\r\nerror no\n\r\n0\r\n\r\n"));
    }
}
