//! What a hand does that is neither a click nor a key: a file is dropped, two fingers spread the timeline.

use fantoccini::actions::{Actions, InputSource, PointerAction, TouchActions};
use serde_json::json;

use crate::SLUG;
use crate::harness::Page;

/// Drops a file on the page, as a hand does: it comes over the page first.
async fn drop_file(page: &Page, name: &str, text: &str) {
    let script = "const [name, text] = arguments;
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([text], name));
        const target = document.querySelector('.stage');
        for (const kind of ['dragover', 'drop']) {
            const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
            if (target.dispatchEvent(event)) throw new Error(kind + ' is left to the browser');
        }";
    page.script(script, vec![json!(name), json!(text)]).await;
}

#[tokio::test]
async fn a_file_is_dropped_on_the_page() {
    let page = Page::open(&format!("#s={SLUG}")).await;
    drop_file(
        &page,
        "mine.toml",
        "[[job]]\nname = \"only\"\nbursts = \"c2\"\n",
    )
    .await;
    page.wait_until("data-slug", "is no scenario's", |found| found != SLUG)
        .await;
    let digest = page.attribute("data-digest").await;
    drop_file(&page, "mine.script", "task a\n  nonsense\n").await;
    let error = page.text("error").await;
    assert!(error.contains("nonsense"), "{error}");
    assert_eq!(
        page.attribute("data-digest").await,
        digest,
        "the run before is there"
    );
    page.close().await;
}

#[tokio::test]
async fn two_fingers_spread_the_timeline() {
    let page = Page::open(&format!("#s={SLUG}")).await;
    let length = page.number("data-length").await;
    let timeline = page.element("timeline").await;
    let (x, y, width, height) = timeline.rectangle().await.expect("its place");
    let to = |part: f64| PointerAction::MoveTo {
        duration: None,
        x: x + width * part,
        y: y + height * 0.5,
    };
    let finger = |name: &str, from: f64, until: f64| {
        TouchActions::new(name.to_owned())
            .then(to(from))
            .then(PointerAction::Down { button: 0 })
            .then(to(until))
            .then(PointerAction::Up { button: 0 })
    };
    let tap = || Actions::from(finger("tap", 0.95, 0.95));
    page.client().perform_actions(tap()).await.expect("a tap");
    page.wait_until("data-position", "is near the end", |found| {
        found.parse().is_ok_and(|at: u64| at > length / 2)
    })
    .await;
    let before = page.number("data-position").await;

    // What was between the fingers is wider now: the same place of the screen is an earlier time.
    let spread = Actions::from(finger("left", 0.45, 0.3)).and(finger("right", 0.5, 0.9));
    page.client()
        .perform_actions(spread)
        .await
        .expect("a pinch");
    page.client().perform_actions(tap()).await.expect("a tap");
    page.wait_until("data-position", "is earlier", |found| {
        found.parse().is_ok_and(|at: u64| at < before)
    })
    .await;
    page.close().await;
}
