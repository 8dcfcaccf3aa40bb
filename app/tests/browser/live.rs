//! Real runs on request: the page, and `lockstep serve` behind it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fantoccini::key::Key;

use super::harness::{Page, tool};

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
        let mut child = Command::new(tool("LOCKSTEP"))
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
}

/// Has what is open run for real, until it is under way. The run before it may be about to end still: then it
/// is asked for again.
async fn start(page: &Page) {
    page.click("run-real").await;
    let begun = "const live = document.querySelector(`[data-testid='live']`);
        if (live && Number(live.dataset.events) > 0) return true;
        document.querySelector(`[data-testid='retry']`)?.click();
        return false";
    page.wait_script("a run is under way", begun).await;
}

#[tokio::test]
async fn a_run_on_request_stands_beside_the_simulated_one() {
    let server = Server::start(&[]);
    let page = Page::open_with_backend(server.port, "?native#s=lost-update").await;
    page.wait("data-slug", "lost-update").await;
    let simulated = page.number("data-length").await;
    page.click("run-real").await;
    page.wait("data-runs", "2").await;
    let name = page.text("stage-name-1").await;
    assert!(name.starts_with("real now: "), "{name}");
    let both = page.number("data-length").await;
    assert!(both > simulated);
    page.press(Key::End.into()).await;
    page.wait("data-position", &both.to_string()).await;
    page.press(Key::Left.into()).await;
    page.wait("data-position", &(both - 1).to_string()).await;
    // Beside the recorded one too, which alone is what a link names.
    page.wait_until("data-link", "names the step", |link| {
        link.contains(&format!("at={}", both - 1)) && !link.contains("real=")
    })
    .await;
    page.click("real-run").await;
    page.wait("data-runs", "3").await;
    let name = page.text("stage-name-1").await;
    assert!(name.starts_with("real: "), "{name}");
    // What it is stands where its parameters would.
    page.click("stage-name-2").await;
    page.press('p').await;
    assert!(page.text("real-note").await.contains("A measurement"));
    assert!(!page.has("error").await);
    page.close().await;
}

#[tokio::test]
async fn a_run_on_request_shows_how_far_it_is_and_can_be_stopped() {
    let server = Server::start(&["--allow-files", "--seconds", "3600"]);
    let page = Page::open_with_backend(server.port, "?native").await;
    let folder = tempfile::tempdir().expect("a folder");
    let script = "task sleeps\n  compute 1\n  sleep 3000000\n";
    page.choose(&folder, "sleeps.script", script.as_bytes())
        .await;
    start(&page).await;
    // Its words, also while it is not in sight yet: what is over at once need not be seen.
    let words = "const live = document.querySelector(`[data-testid='live']`);
        return live.textContent.includes('of 20,000 events at most')";
    page.wait_script("it says how far it may go", words).await;
    // Everything else goes on meanwhile.
    page.press(Key::End.into()).await;
    let length = page.attribute("data-length").await;
    page.wait("data-position", &length).await;
    let in_sight = "const stop = document.querySelector(`[data-testid='live-stop']`);
        return stop.checkVisibility({ visibilityProperty: true, opacityProperty: true })";
    page.wait_script("it can be stopped", in_sight).await;
    page.click("live-stop").await;
    let gone = "return document.querySelector(`[data-testid='live']`) === null";
    page.wait_script("it is not shown any more", gone).await;
    assert_eq!(page.attribute("data-runs").await, "1");
    assert!(!page.has("error").await);
    // The server is free for the next one.
    start(&page).await;
    page.close().await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_and_nothing_is_lost() {
    let server = Server::start(&[]);
    let page = Page::open_with_backend(server.port, "?native#s=two-locks&at=4").await;
    page.element("run-real").await;
    drop(server);
    page.click("run-real").await;
    let error = page.text("error").await;
    assert!(error.contains("does not answer"), "{error}");
    page.element("retry").await;
    page.wait("data-position", "4").await;
    page.click("dismiss").await;
    page.click("real-run").await;
    page.wait("data-runs", "2").await;
    page.close().await;
}

#[tokio::test]
async fn without_a_server_only_the_recorded_run_is_offered() {
    // Nobody listens at a port that was given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let asked = "performance.getEntriesByType('resource')
        .filter(entry => new URL(entry.name).pathname === '/native').length";
    for (query, requests) in [("", 0), ("?native", 1)] {
        let page = Page::open_with_backend(port, &format!("{query}#s=two-locks")).await;
        page.click("real-run").await;
        page.wait("data-runs", "2").await;
        let so_often = format!("return {asked} === {requests}");
        page.wait_script("the server was asked for", &so_often)
            .await;
        assert!(!page.has("run-real").await && !page.has("error").await);
        page.close().await;
    }
}
