//! A page in a real browser: the built page served on loopback, a driver, and what a person does.
//!
//! Nothing here waits for a time or an animation: a test waits for an attribute that the page sets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::actions::{Actions, InputSource, KeyAction, KeyActions};
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

/// How long an attribute may take before the test says that it never came.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page in a browser of its own.
pub struct Page {
    client: Client,
    /// Ended with the page.
    _driver: Driver,
    address: String,
    _profile: tempfile::TempDir,
}

impl Page {
    /// Opens the page at a link (the part from `#` on, or nothing).
    pub async fn open(link: &str) -> Self {
        Self::open_in(&dist(), link).await
    }

    /// Opens a page that is in another folder than the built one.
    pub async fn open_in(folder: &Path, link: &str) -> Self {
        Self::open_at(serve(folder, None), link).await
    }

    /// Opens the page; what begins with `native` goes to a server at another port, as with Trunk's proxy.
    pub async fn open_with_backend(port: u16, link: &str) -> Self {
        Self::open_at(serve(&dist(), Some(port)), link).await
    }

    async fn open_at(address: String, link: &str) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");
        let client = connect(driver.port, profile.path()).await;
        let page = Self {
            client,
            _driver: driver,
            address,
            _profile: profile,
        };
        page.go(link).await;
        page
    }

    /// Loads the page anew at a link.
    pub async fn go(&self, link: &str) {
        // A change of the fragment alone would not load the page again.
        self.client
            .goto("about:blank")
            .await
            .expect("an empty page");
        let address = format!("{}/{link}", self.address);
        self.client.goto(&address).await.expect("the page loads");
        self.wait("data-ready", "true").await;
        let watch = "window.lockstepErrors = [];
            window.addEventListener('error', e => {
                // The browser's notice that a frame was too short for all observers; no error.
                if (String(e.message).startsWith('ResizeObserver loop')) return;
                window.lockstepErrors.push(String(e.message));
            });";
        self.client.execute(watch, vec![]).await.expect("a script");
    }

    /// Goes on to another link in the page that is open, as a click on a link does.
    pub async fn follow(&self, link: &str) {
        let script = "location.hash = arguments[0]";
        self.client
            .execute(script, vec![json!(link)])
            .await
            .expect("a script");
    }

    /// An attribute of the body.
    pub async fn attribute(&self, name: &str) -> String {
        let script = "return document.body.getAttribute(arguments[0])";
        let value = self
            .client
            .execute(script, vec![json!(name)])
            .await
            .expect("a script");
        value.as_str().unwrap_or_default().to_owned()
    }

    /// An attribute of the body that is a number.
    pub async fn number(&self, name: &str) -> u64 {
        let text = self.attribute(name).await;
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}, not a number"))
    }

    /// Waits until an attribute of the body has a value.
    pub async fn wait(&self, name: &str, value: &str) {
        let wanted = |found: &str| found == value;
        self.wait_until(name, &format!("is {value:?}"), wanted)
            .await;
    }

    /// Waits until an attribute of the body fulfils a condition, which `what` says in words.
    pub async fn wait_until(&self, name: &str, what: &str, wanted: impl Fn(&str) -> bool) {
        let mut found = String::new();
        let waiting = async {
            loop {
                found = self.attribute(name).await;
                if wanted(&found) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, waiting).await.is_ok();
        assert!(came, "{name} never {what}; it is {found:?}");
    }

    /// Presses and releases a key with the page (not an input field) in focus.
    pub async fn press(&self, key: char) {
        self.press_with(&[], key).await;
    }

    /// Presses a key while others are held.
    pub async fn press_with(&self, held: &[char], key: char) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in held {
            keys = keys.then(KeyAction::Down { value: *value });
        }
        keys = keys
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        for value in held.iter().rev() {
            keys = keys.then(KeyAction::Up { value: *value });
        }
        self.client
            .perform_actions(Actions::from(keys))
            .await
            .expect("a key press");
    }

    /// The element with a test id.
    pub async fn element(&self, id: &str) -> fantoccini::elements::Element {
        let selector = format!("[data-testid='{id}']");
        let wait = self.client.wait().at_most(PATIENCE);
        let found = wait.for_element(Locator::Css(&selector)).await;
        found.unwrap_or_else(|error| panic!("no element {id}: {error}"))
    }

    /// Clicks the element with a test id.
    pub async fn click(&self, id: &str) {
        let element = self.element(id).await;
        let clicked: Result<(), CmdError> = element.click().await;
        clicked.unwrap_or_else(|error| panic!("{id} cannot be clicked: {error}"));
    }

    /// Chooses a file to be opened: one with this content, made in a folder that is there until the
    /// browser has read it.
    pub async fn choose(&self, folder: &tempfile::TempDir, name: &str, content: &[u8]) {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        let input = self.client.find(Locator::Css("input[type=file]")).await;
        let chosen = input
            .expect("an input")
            .send_keys(&path.display().to_string())
            .await;
        chosen.expect("the file is chosen");
    }

    /// The text of the element with a test id.
    pub async fn text(&self, id: &str) -> String {
        self.element(id).await;
        // Looked for and read at once: what is drawn anew in between is another element.
        let script = "return document.querySelector(`[data-testid='${arguments[0]}']`).innerText";
        let text = self.script(script, vec![json!(id)]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Whether there is an element with a test id at this moment.
    pub async fn has(&self, id: &str) -> bool {
        let script = "return document.querySelector(`[data-testid='${arguments[0]}']`) !== null";
        self.script(script, vec![json!(id)]).await == json!(true)
    }

    /// Waits until a script in the page says `true`; `what` says in words what that means.
    pub async fn wait_script(&self, what: &str, script: &str) {
        let waiting = async {
            while self.script(script, vec![]).await != json!(true) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, waiting).await.is_ok();
        assert!(came, "never: {what}");
    }

    /// Runs a script in the page.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(script, arguments)
            .await
            .expect("a script")
    }

    /// The browser's client, for what is not here.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Ends the test: nothing may have gone wrong unseen.
    pub async fn close(self) {
        let errors = self.script("return window.lockstepErrors", vec![]).await;
        assert_eq!(errors, json!([]), "the page reported errors");
        self.client.close().await.expect("the browser closes");
    }
}

/// The folder of the built page.
pub fn dist() -> PathBuf {
    let folder = std::env::var_os("LOCKSTEP_DIST")
        .expect("LOCKSTEP_DIST names the folder of the built page; `cargo xtask test` sets it");
    PathBuf::from(folder)
}

pub fn tool(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} names a program; `cargo xtask test` sets it"))
}

async fn connect(port: u16, profile: &Path) -> Client {
    let options = json!({
        "binary": tool("CHROME"),
        "args": [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,720",
            "--lang=en-US",
            format!("--user-data-dir={}", profile.display()),
        ],
    });
    let mut capabilities = serde_json::Map::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .expect("the driver opens a browser")
}

/// A running driver; it is ended when dropped, and its browser with it.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// A driver takes a port for two families of addresses; where the second one has been given away meanwhile,
    /// it ends, and another is started.
    fn start() -> Self {
        const ATTEMPTS: usize = 5;
        let mut attempts = (0..ATTEMPTS).filter_map(|_| Self::try_start());
        attempts.next().expect("the driver tells its port")
    }

    fn try_start() -> Option<Self> {
        let mut process = Command::new(tool("CHROMEDRIVER"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the driver starts");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut lines = output.lines();
        let port = lines.by_ref().find_map(|line| {
            let line = line.ok()?;
            let text = line
                .strip_suffix('.')?
                .split("started successfully on port ")
                .nth(1)?;
            text.parse().ok()
        });
        let Some(port) = port else {
            let _ = process.wait();
            return None;
        };
        // The rest of its output must be read, or it blocks.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, port })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Hands a request on, and its answer back as it comes, until one of both sides has gone.
fn hand_on(mut request: tiny_http::Request, port: u16) {
    let Ok(mut backend) = TcpStream::connect(("127.0.0.1", port)) else {
        // As Trunk does.
        let _ = request.respond(tiny_http::Response::empty(500));
        return;
    };
    let mut body = Vec::new();
    let _ = request.as_reader().read_to_end(&mut body);
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.url());
    for header in request.headers() {
        let name = header.field.as_str().as_str();
        match name.to_ascii_lowercase().as_str() {
            "host" => head += &format!("Host: 127.0.0.1\r\nX-Forwarded-Host: {}\r\n", header.value),
            "connection" | "content-length" => {}
            _ => head += &format!("{name}: {}\r\n", header.value),
        }
    }
    head += &format!(
        "Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let sent = backend.write_all(head.as_bytes());
    let _ = sent.and_then(|()| backend.write_all(&body));
    let mut writer = request.into_writer();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = backend.read(&mut piece) {
        let written = writer.write_all(&piece[..length]);
        if written.and_then(|()| writer.flush()).is_err() {
            return;
        }
    }
}

/// Serves a folder on loopback for as long as the tests run; the address.
fn serve(folder: &Path, backend: Option<u16>) -> String {
    let server = tiny_http::Server::http("127.0.0.1:0").expect("a port on loopback");
    let port = server
        .server_addr()
        .to_ip()
        .expect("an address of the internet")
        .port();
    let folder = folder.to_path_buf();
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            if let Some(port) = backend
                && request.url().starts_with("/native")
            {
                std::thread::spawn(move || hand_on(request, port));
                continue;
            }
            let path = request.url().split(['?', '#']).next().unwrap_or_default();
            let name = if path == "/" {
                "index.html"
            } else {
                path.trim_start_matches('/')
            };
            let kind = match name.rsplit('.').next() {
                Some("html") => "text/html; charset=utf-8",
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                Some("wasm") => "application/wasm",
                _ => "application/octet-stream",
            };
            let answer = match std::fs::read(folder.join(name)) {
                Ok(bytes) => tiny_http::Response::from_data(bytes),
                Err(_) => tiny_http::Response::from_data(Vec::new()).with_status_code(404),
            };
            let header = tiny_http::Header::from_bytes("Content-Type", kind).expect("a header");
            let _ = request.respond(answer.with_header(header));
        }
    });
    format!("http://127.0.0.1:{port}")
}
