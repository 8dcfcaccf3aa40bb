//! The page in real Chromium, end to end.
//!
//! Few tests, each a thing that a person does from start to finish. What needs no browser (session,
//! player, links, layout) is tested by plain unit tests.

mod gestures;
mod harness;
mod live;
mod network;
mod part;
mod processes;
mod real;
mod scripts;

use std::sync::Arc;

use fantoccini::actions::{Actions, InputSource, MouseActions, PointerAction};
use fantoccini::key::Key;
use harness::Page;
use serde_json::json;
use sim_core::run::{Deviations, run};
use sim_core::scenario::{self, Scenario};
use sim_core::settings::Settings;
use sim_core::trace::{Cursor, Trace};
use sim_core::view::merge::Merged;

/// A scenario that every test can rely on.
const SLUG: &str = "round-robin";

/// The runs that a scenario opens with, made natively.
fn native_runs(scenario: &Scenario) -> Vec<Arc<Trace>> {
    let make = |settings: &Settings| {
        let code = scenario.workload.code(settings).expect("a sound scenario");
        Arc::new(run(Arc::new(code), Deviations::new()))
    };
    match scenario.side_by_side() {
        [] => vec![make(&Settings::default())],
        variants => variants
            .iter()
            .map(|variant| make(&variant.settings))
            .collect(),
    }
}

/// The only run of a scenario, made natively.
fn native(slug: &str) -> Arc<Trace> {
    let scenario = scenario::find(slug).expect("a scenario of the catalogue");
    native_runs(scenario).remove(0)
}

#[tokio::test]
async fn plays_to_the_end_and_steps_back_to_the_start() {
    let page = Page::open(&format!("#s={SLUG}")).await;
    let length = page.number("data-length").await;
    assert_eq!(length, native(SLUG).len() as u64);
    page.press(Key::Home.into()).await;
    page.wait("data-position", "0").await;

    // As fast as it goes; playing stops by itself.
    for _ in 0..8 {
        page.press('+').await;
    }
    page.press(' ').await;
    page.wait("data-playing", "true").await;
    page.wait("data-position", &length.to_string()).await;
    page.wait("data-playing", "false").await;

    for position in (0..length).rev() {
        page.press(Key::Left.into()).await;
        page.wait("data-position", &position.to_string()).await;
    }
    page.press(Key::Left.into()).await;
    assert_eq!(page.number("data-position").await, 0);
    page.close().await;
}

/// Each chapter, by its first scenario: it plays, goes a step back, and a link leads to that very step.
#[tokio::test]
async fn every_chapter_plays_steps_back_and_is_shared() {
    let page = Page::open("").await;
    for chapter in scenario::Chapter::ALL {
        let mut index = scenario::index().iter();
        let first = index.find(|entry| entry.chapter == chapter);
        let slug = first.expect("a scenario of each chapter").slug;
        page.go(&format!("#s={slug}")).await;
        page.wait("data-slug", slug).await;
        let length = page.number("data-length").await;
        for _ in 0..8 {
            page.press('+').await;
        }
        page.press(' ').await;
        page.wait("data-position", &length.to_string()).await;
        page.wait("data-playing", "false").await;
        let at_end = page.attribute("data-digest").await;

        page.press(Key::Left.into()).await;
        let back = (length - 1).to_string();
        page.wait("data-position", &back).await;
        let digest = page.attribute("data-digest").await;
        assert_ne!(digest, at_end, "{slug}");
        let holds = format!("at={back}");
        page.wait_until("data-link", "holds the step", |link| link.contains(&holds))
            .await;
        let link = page.attribute("data-link").await;
        page.go(&link).await;
        page.wait("data-position", &back).await;
        assert_eq!(page.attribute("data-digest").await, digest, "{link}");
        page.press(Key::Right.into()).await;
        page.wait("data-position", &length.to_string()).await;
        assert_eq!(page.attribute("data-digest").await, at_end, "{slug}");
    }
    page.close().await;
}

#[tokio::test]
async fn seeks_by_keyboard_and_mouse() {
    let page = Page::open(&format!("#s={SLUG}")).await;
    let length = page.number("data-length").await;
    page.press(Key::End.into()).await;
    page.wait("data-position", &length.to_string()).await;
    page.press(Key::Home.into()).await;
    page.wait("data-position", "0").await;
    page.press(Key::Right.into()).await;
    page.wait("data-position", "1").await;
    page.press_with(&[Key::Shift.into()], Key::Right.into())
        .await;
    page.wait_until("data-position", "is at a switch", |found| found != "1")
        .await;

    // The middle of the slider, then a drag on the timeline to its end.
    page.click("position").await;
    let middle = |found: &str| found.parse().is_ok_and(|at: u64| at > 1 && at < length);
    page.wait_until("data-position", "is in the middle", middle)
        .await;
    let before = page.number("data-position").await;
    let timeline = page.element("timeline").await;
    let (x, y, width, height) = timeline.rectangle().await.expect("its place");
    let lane = |part: f64| PointerAction::MoveTo {
        duration: None,
        x: x + width * part,
        y: y + height * 0.5,
    };
    let drag = MouseActions::new("mouse".to_owned())
        .then(lane(0.5))
        .then(PointerAction::Down { button: 0 })
        .then(lane(0.9))
        .then(PointerAction::Up { button: 0 });
    page.client()
        .perform_actions(Actions::from(drag))
        .await
        .expect("a drag");
    page.wait_until("data-position", "has moved", |found| {
        found != before.to_string()
    })
    .await;
    page.close().await;
}

#[tokio::test]
async fn a_link_restores_the_very_step() {
    let page = Page::open(&format!("#s={SLUG}")).await;
    for _ in 0..7 {
        page.press(Key::Right.into()).await;
    }
    page.wait("data-position", "7").await;
    page.script("return new Promise(done => setTimeout(done, 0))", vec![])
        .await;
    let position = page.attribute("data-position").await;
    let digest = page.attribute("data-digest").await;
    page.wait_until("data-link", "holds the step", |found| !found.is_empty())
        .await;
    let link = page.attribute("data-link").await;
    assert!(link.contains(SLUG), "{link}");
    page.close().await;

    let page = Page::open(&link).await;
    assert_eq!(page.attribute("data-position").await, position);
    assert_eq!(page.attribute("data-digest").await, digest);

    // A link that makes no sense says so, and the page lives on.
    page.go("#s=no-such-scenario&at=99999999&policy=%FF").await;
    assert!(!page.text("error").await.is_empty());
    page.go(&format!("#s={SLUG}&at=3")).await;
    page.wait("data-position", "3").await;
    page.close().await;
}

#[tokio::test]
async fn a_bad_file_gives_a_readable_error_and_the_page_lives_on() {
    let page = Page::open(&format!("#s={SLUG}")).await;
    let digest = page.attribute("data-digest").await;
    let folder = tempfile::tempdir().expect("a folder");

    page.choose(
        &folder,
        "jobs.toml",
        b"[[job]]\nname = \"A\"\nbursts = \"x5\"\n",
    )
    .await;
    let error = page.text("error").await;
    for part in ["jobs.toml", "3", "bursts", "x5"] {
        assert!(error.contains(part), "{part:?} is missing: {error}");
    }
    assert_eq!(
        page.attribute("data-digest").await,
        digest,
        "the run before is still there"
    );

    page.choose(&folder, "rubbish.toml", &[0xFF, 0x00, 0xFE, 0x80])
        .await;
    assert!(!page.text("error").await.is_empty());
    page.press(Key::Right.into()).await;
    page.wait_until("data-digest", "has changed", |found| found != digest)
        .await;

    page.choose(
        &folder,
        "good.toml",
        b"[[job]]\nname = \"only\"\nbursts = \"c2 i1 c1\"\n",
    )
    .await;
    page.wait_until("data-slug", "is no scenario's", |found| found != SLUG)
        .await;
    page.close().await;
}

#[tokio::test]
async fn a_scenario_that_cannot_be_fetched_can_be_tried_again() {
    let page = Page::open(&format!("#s={SLUG}&at=3")).await;
    let digest = page.attribute("data-digest").await;
    let cut = "window.kept = window.fetch; window.fetch = () => Promise.reject(new TypeError());";
    page.script(cut, vec![]).await;
    page.follow("#s=mlfq&at=5").await;
    assert!(page.text("error").await.contains("mlfq"));
    assert_eq!(page.attribute("data-digest").await, digest);
    assert_eq!(page.attribute("data-fetching").await, "");

    page.script("window.fetch = window.kept", vec![]).await;
    page.click("retry").await;
    page.wait("data-slug", "mlfq").await;
    page.wait("data-position", "5").await;

    // The first script shows its code, although it comes later.
    page.follow("#s=peterson").await;
    page.element("code").await;
    page.wait("data-slug", "peterson").await;

    // What was opened before needs nobody's answer.
    page.script(
        "window.fetch = () => Promise.reject(new TypeError())",
        vec![],
    )
    .await;
    page.follow(&format!("#s={SLUG}")).await;
    page.wait("data-slug", SLUG).await;
    page.close().await;
}

#[tokio::test]
async fn a_comparison_keeps_one_clock() {
    let page = Page::open("#s=all-policies").await;
    let runs = page.number("data-runs").await;
    assert!(runs >= 2, "it opens {runs} runs");
    let length = page.number("data-length").await;
    page.press(Key::Home.into()).await;
    page.wait("data-position", "0").await;
    let mut time = 0.0;
    for position in 1..=length.min(40) {
        page.press(Key::Right.into()).await;
        page.wait("data-position", &position.to_string()).await;
        let now: f64 = page.attribute("data-time").await.parse().expect("a time");
        assert!(now >= time, "the clock went back from {time} to {now}");
        time = now;
        // Each run has had all its events up to the clock, and none after it.
        let clocks = page.attribute("data-clocks").await;
        for clock in clocks.split(' ') {
            let clock: f64 = clock.parse().expect("a time for each run");
            assert!(clock <= now, "a run is ahead of the clock: {clock} > {now}");
        }
    }
    page.close().await;
}

#[tokio::test]
async fn the_browser_makes_the_same_runs_byte_for_byte() {
    let page = Page::open("").await;
    for scenario in scenario::catalogue() {
        let slug = &scenario.slug;
        let runs = native_runs(scenario);
        let merged = Merged::new(&runs);
        let mut cursors: Vec<_> = runs
            .iter()
            .map(|run| Cursor::new(Arc::clone(run)))
            .collect();
        // One link a scenario: browsers refuse a page that changes its address all the time.
        page.follow(&format!("#s={slug}&at=1")).await;
        page.wait("data-slug", slug).await;
        page.wait("data-length", &merged.len().to_string()).await;
        // The first scenario is there before its link is followed.
        page.wait("data-position", "1").await;
        let seek = "const slider = document.querySelector('[data-testid=position]');
            slider.value = arguments[0];
            slider.dispatchEvent(new Event('input', { bubbles: true }));";
        for position in [0, merged.len() / 3, merged.len()] {
            page.script(seek, vec![json!(position)]).await;
            page.wait("data-position", &position.to_string()).await;
            page.wait_until("data-digest", "is known", |found| !found.is_empty())
                .await;
            let mut digests = Vec::new();
            for (cursor, events) in cursors.iter_mut().zip(merged.counts(position)) {
                cursor.seek(events);
                digests.push(format!("{:016x}", cursor.machine().digest()));
            }
            let found = page.attribute("data-digest").await;
            assert_eq!(found, digests.join(" "), "{slug} at {position}");
        }
    }
    page.close().await;
}

#[tokio::test]
async fn everything_on_the_page_can_be_clicked() {
    let page = Page::open(&format!("#s={SLUG}")).await;
    let count = page
        .script("return document.querySelectorAll('button').length", vec![])
        .await;
    let count = count.as_u64().expect("a number of buttons");
    assert!(count > 10, "{count} buttons");
    for place in 0..count {
        let click = "const all = [...document.querySelectorAll('button')]
            .filter(b => !b.disabled && b.offsetParent);
            if (all.length) all[arguments[0] % all.length].click();";
        page.script(click, vec![json!(place)]).await;
    }
    page.wait("data-ready", "true").await;
    page.press(Key::Escape.into()).await;
    page.close().await;
}
