//! What a first visit fetches, and what is fetched when it is first needed.

use std::path::Path;

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

use crate::harness::{Page, dist};

/// How the name ends of the part that is fetched later.
const PART: &str = "_later.wasm";
/// A scenario whose program is a script.
const SCRIPT: &str = "lost-update";

/// The names of all files that the page has fetched, in order; the page itself is not among them.
async fn fetched(page: &Page) -> Vec<String> {
    let script = "return performance.getEntriesByType('resource')
        .map(entry => new URL(entry.name).pathname.slice(1)).sort()";
    let names = page.script(script, vec![]).await;
    serde_json::from_value(names).expect("a list of names")
}

async fn parts(page: &Page) -> usize {
    let names = fetched(page).await;
    names.iter().filter(|name| name.ends_with(PART)).count()
}

/// The files of a folder and of those in it, by their names in the page.
pub fn files_below(folder: &Path, before: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder of the page");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let files = names.flat_map(|name| {
        let path = folder.join(&name);
        let name = format!("{before}{name}");
        match path.is_dir() {
            true => files_below(&path, &format!("{name}/")),
            false => vec![name],
        }
    });
    files.collect()
}

/// What `cargo xtask size` counts is what is fetched.
#[tokio::test]
async fn a_first_visit_fetches_what_counts_and_nothing_else() {
    let page = Page::open("").await;
    let index = std::fs::read_to_string(dist().join("index.html")).expect("the page");
    let counts = |name: &String| {
        let is_text = name.starts_with("scenarios/") || name.starts_with("recordings/");
        name != "index.html" && !name.ends_with(PART) && (!is_text || index.contains(name))
    };
    let mut counted: Vec<_> = files_below(&dist(), "")
        .into_iter()
        .filter(counts)
        .collect();
    counted.sort();
    let mut names = fetched(&page).await;
    // What was asked for ahead may stand there twice: asked for, and taken.
    names.dedup();
    assert_eq!(names, counted);
    assert_eq!(page.attribute("data-part").await, "away");
    page.close().await;
}

/// Everything that a person can do to the first scenario without opening something else.
#[tokio::test]
async fn the_first_scenario_plays_without_the_part() {
    let page = Page::open("").await;
    let length = page.number("data-length").await;
    for _ in 0..8 {
        page.press('+').await;
    }
    page.press(' ').await;
    page.wait("data-position", &length.to_string()).await;
    page.wait("data-playing", "false").await;
    for position in (0..length).rev() {
        page.press(Key::Left.into()).await;
        page.wait("data-position", &position.to_string()).await;
    }
    for key in ['-', 't', 't', 't', 'b', 'b', 'z', 'Z', '0', 'l', 'e', 'n'] {
        page.press(key).await;
    }
    page.press_with(&[Key::Shift.into()], Key::Right.into())
        .await;
    page.press(Key::End.into()).await;
    page.wait("data-position", &length.to_string()).await;
    // The pointer over everything that says more under it, in a wide window and in a narrow one.
    let hover = "for (const element of document.querySelectorAll('*')) {
        const { x, y, width, height } = element.getBoundingClientRect();
        for (const kind of ['pointerover', 'pointerenter', 'pointermove', 'pointerleave']) {
            element.dispatchEvent(new PointerEvent(kind, {
                bubbles: true, clientX: x + width / 3, clientY: y + height / 3,
            }));
        }
    }";
    for (width, height) in [(1280, 720), (400, 800), (800, 420), (1600, 1000)] {
        let client = page.client();
        client
            .set_window_size(width, height)
            .await
            .expect("a window");
        page.script(hover, vec![]).await;
        page.press(Key::Home.into()).await;
        page.wait("data-position", "0").await;
        page.press(Key::End.into()).await;
        page.wait("data-position", &length.to_string()).await;
    }
    for filter in ["lock", "nothing has this name"] {
        let script = "const field = document.querySelector('[data-testid=filter]');
            field.value = arguments[0];
            field.dispatchEvent(new Event('input', { bubbles: true }));";
        page.script(script, vec![json!(filter)]).await;
    }
    assert_eq!(page.attribute("data-part").await, "away");
    assert_eq!(parts(&page).await, 0);
    page.close().await;
}

#[tokio::test]
async fn a_script_brings_the_part_once() {
    let page = Page::open("").await;
    page.follow(&format!("#s={SCRIPT}")).await;
    page.wait("data-slug", SCRIPT).await;
    assert_eq!(page.attribute("data-part").await, "there");
    page.press(Key::End.into()).await;
    let length = page.number("data-length").await;
    page.wait("data-position", &length.to_string()).await;
    page.follow("#s=round-robin").await;
    page.wait("data-slug", "round-robin").await;
    assert_eq!(parts(&page).await, 1);
    page.close().await;
}

/// A panel, another scenario, a file and a change of the workload: each is shown or done once the part is there.
#[tokio::test]
async fn what_needs_the_part_waits_for_it() {
    let page = Page::open("").await;
    page.click("side-metrics").await;
    page.wait("data-part", "there").await;
    let metrics = page.client().wait();
    let metrics = metrics.for_element(Locator::Css("#side-panel .metrics"));
    metrics.await.expect("the metrics");
    page.close().await;

    let page = Page::open("").await;
    page.click("scenario-round-robin").await;
    page.wait("data-slug", "round-robin").await;
    page.close().await;

    let page = Page::open("").await;
    page.press('c').await;
    page.wait("data-runs", "2").await;
    page.close().await;

    let page = Page::open("").await;
    page.press('?').await;
    page.element("help").await;
    assert_eq!(parts(&page).await, 1);
    page.close().await;

    let page = Page::open("").await;
    let folder = tempfile::tempdir().expect("a folder");
    let script = b"shared counter = 0\ntask worker\n  store counter = 3\n";
    page.choose(&folder, "three.script", script).await;
    page.element("side-code").await;
    page.wait("data-slug", "").await;
    page.close().await;
}

/// Without the part what is there goes on, and a person can try again.
#[tokio::test]
async fn a_part_that_cannot_be_had_is_asked_for_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut part = None;
    for name in files_below(&dist(), "") {
        let path = folder.path().join(&name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        if name.ends_with(PART) {
            part = Some(name);
        } else {
            std::fs::copy(dist().join(&name), path).expect("a copy");
        }
    }
    let part = part.expect("a part");
    let page = Page::open_in(folder.path(), "").await;
    let length = page.number("data-length").await;
    page.follow(&format!("#s={SCRIPT}")).await;
    // A file that is not the one whose hash the page knows is none.
    assert!(page.text("error").await.contains("does not answer"));
    page.press(Key::End.into()).await;
    page.wait("data-position", &length.to_string()).await;
    std::fs::copy(dist().join(&part), folder.path().join(&part)).expect("a copy");
    page.click("retry").await;
    page.wait("data-slug", SCRIPT).await;
    assert_eq!(page.attribute("data-part").await, "there");
    page.close().await;
}
