//! `lockstep serve`: real runs for the page, over HTTP.
//!
//! It listens on loopback only, and answers nobody but pages that come from there: who is asked for by
//! another name than this computer's own (a name that a stranger bound to 127.0.0.1), or by a page of another
//! site, gets no run. What runs is a scenario of the catalogue, unless a flag allows texts; one run at a time,
//! within limits. It is no server for a page: Trunk hands over what begins with `/native`.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /native` | one line: [`GREETING`], and `files` where texts are allowed |
//! | `POST /native/run/SLUG` | a run; the body has a setting a line, `name=value` |
//! | `POST /native/text` | the same; behind an empty line stands the workload |
//!
//! A run is answered line by line while it goes on: `events N` about ten times a second, and in the end
//! `recording`, a line, with the text of it behind, or `error SENTENCE`. Who closes the connection cancels.

#![allow(
    clippy::disallowed_types,
    reason = "how often a line is written goes by the real clock, like the run itself"
)]

use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chunked_transfer::Encoder;
use sim_core::native::{self, Limits, Order};
use sim_core::program::limits;
use sim_core::recording::{LONGEST, Recording};
use sim_core::settings::Settings;
use sim_core::workload::Workload;
use tiny_http::{HTTPVersion, Header, Method, Request, Response, Server};

use super::Failure;

/// How an answer begins by which the page knows this program.
const GREETING: &str = "lockstep native 1";
/// The most bytes of settings in a request.
const SETTINGS: usize = 16 << 10;
/// How often it is told how far a run is.
const TOLD: Duration = Duration::from_millis(100);

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
    out.flush()?;
    let service = Arc::new(Service {
        program: std::env::current_exe()?,
        allowed,
        limits: Limits {
            wall: Duration::from_secs(arguments.seconds),
            // So many fit into what a recording may have.
            events: 20_000,
            output: 64 << 10,
            memory: 1 << 30,
        },
        is_busy: AtomicBool::new(false),
    });
    for request in server.incoming_requests() {
        if let Err(refusal) = check(&request) {
            refuse(request, &refusal);
            continue;
        }
        let is_greeting = *request.method() == Method::Get && request.url() == "/native";
        if is_greeting {
            let files = match allowed {
                Allowed::Texts => " files",
                Allowed::Catalogue => "",
            };
            respond(request, 200, format!("{GREETING}{files}\n"));
            continue;
        }
        if let Err(refusal) = service.claim(&request) {
            refuse(request, &refusal);
            continue;
        }
        let service = Arc::clone(&service);
        std::thread::spawn(move || service.answer(request));
    }
    Ok(super::DONE)
}

/// Whether a request comes from this computer, through a name of its own.
fn check(request: &Request) -> Result<(), Refusal> {
    let header = |name: &'static str| {
        let mut all = request.headers().iter();
        let found = all.find(|header| header.field.equiv(name));
        found.map(|header| header.value.as_str())
    };
    if !header("Host").is_some_and(is_loopback) {
        let sentence = "Host: expected 127.0.0.1 or localhost";
        return Err(Refusal::new(403, sentence));
    }
    let origin = header("Origin").map(|origin| {
        let rest = origin.strip_prefix("http://");
        rest.or_else(|| origin.strip_prefix("https://"))
            .unwrap_or("")
    });
    if !origin.is_none_or(is_loopback) {
        let sentence = "Origin: expected a page of this computer";
        return Err(Refusal::new(403, sentence));
    }
    if *request.http_version() < HTTPVersion(1, 1) {
        return Err(Refusal::new(505, "expected HTTP 1.1"));
    }
    Ok(())
}

/// Whether a name, perhaps with a port, is one of this computer's own.
fn is_loopback(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(without_port, "127.0.0.1" | "localhost" | "[::1]")
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
    /// Takes the only place that there is for a run.
    fn claim(&self, request: &Request) -> Result<(), Refusal> {
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
            true => SETTINGS + limits::TEXT,
            false => SETTINGS,
        };
        if request.body_length().is_none_or(|length| length > most) {
            return Err(Refusal::new(
                413,
                format!("a request has at most {most} bytes"),
            ));
        }
        match self.is_busy.swap(true, Ordering::SeqCst) {
            true => Err(Refusal::new(409, "another run goes on; one at a time")),
            false => Ok(()),
        }
    }

    /// Answers a request for a run.
    fn answer(&self, mut request: Request) {
        let (name, order) = match self.order(&mut request) {
            Ok(order) => order,
            Err(refusal) => {
                self.release();
                return refuse(request, &refusal);
            }
        };
        let mut writer = request.into_writer();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
                    Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";
        // Who asked may have gone: then there is nothing to do.
        if writer.write_all(head.as_bytes()).is_err() {
            return self.release();
        }
        let mut lines = Encoder::with_flush_after_write(&mut writer);
        let _ = self.run(&mut lines, &name, &order);
        // Who reads the end of the answer may ask for the next run at once.
        self.release();
        drop(lines);
        let _ = writer.flush();
    }

    /// No run goes on any more.
    fn release(&self) {
        self.is_busy.store(false, Ordering::SeqCst);
    }

    /// What a request asks for, and what it is called.
    fn order(&self, request: &mut Request) -> Result<(String, Order), Refusal> {
        let bad = |sentence: String| Refusal::new(422, sentence);
        let mut body = Vec::new();
        let most = (SETTINGS + limits::TEXT) as u64;
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
        let order = Order {
            over,
            limits: self.limits,
            ..Order::new(workload)
        };
        let code = order.code().map_err(|error| bad(error.to_string()))?;
        native::support(&code).map_err(|what| bad(what.to_string()))?;
        Ok((name, order))
    }

    /// Runs, and says how far it is; the run ends when nobody listens.
    fn run(&self, lines: &mut impl Write, name: &str, order: &Order) -> io::Result<()> {
        let mut events = 0;
        let mut told = Instant::now();
        let run = native::run(&self.program, order, &mut |new| {
            events += new.len();
            if told.elapsed() < TOLD {
                return ControlFlow::Continue(());
            }
            told = Instant::now();
            match writeln_flushed(lines, &format!("events {events}\n")) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        let recording = run.map(|run| {
            let trace = run.trace.as_ref()?;
            Recording::of(name, &order.workload, &order.over, trace)
        });
        let answer = match recording {
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
        };
        writeln_flushed(lines, &answer)
    }
}

/// In one piece, so that it goes out as one.
fn writeln_flushed(lines: &mut impl Write, text: &str) -> io::Result<()> {
    lines.write_all(text.as_bytes())?;
    lines.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_computer_are_loopback() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8081",
            "localhost",
            "localhost:1",
            "[::1]",
            "[::1]:9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.org",
            "127.0.0.1.example.org",
            "localhost.example:80",
            "0.0.0.0",
            "null",
            "127.0.0.1:x",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
