//! How fast the page is, in a real browser: until it can be used, and from a seek to its paint.
//!
//! `cargo xtask bench-page` builds the published page and runs this. It prints medians and 95th
//! percentiles and judges nothing: the goals are in `docs/benchmarks.md`.

#[path = "../tests/browser/harness.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod harness;

use harness::Page;
use serde_json::{Value, json};

/// Jobs of the large run: 200, each with enough short bursts for about 100,000 events together.
const JOBS: u32 = 200;
/// How often each job's two bursts are repeated.
const ROUNDS: u32 = 100;
/// How many seeks are measured.
const SEEKS: u32 = 200;
/// How often the page is loaded.
const LOADS: u32 = 10;

/// How many frames are measured while five models play.
const FRAMES: u32 = 400;
/// A server in five models, by the constant: blocking, non-blocking, select, epoll, asynchronous.
const MODELS: &str = include_str!("models.script");

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let page = Page::open("").await;
    let mut loads = Vec::new();
    for _ in 0..LOADS {
        page.go("").await;
        let ready = "return performance.getEntriesByName('ready')[0]?.startTime
            ?? performance.now()";
        loads.push(
            page.script(ready, vec![])
                .await
                .as_f64()
                .unwrap_or(f64::NAN),
        );
    }
    report("interactive after the start of loading", &mut loads);

    let text = format!(
        "[machine]\npolicy = \"rr\"\nslice = 1\n[[job]]\nname = \"t\"\ncount = {JOBS}\n\
         rounds = {ROUNDS}\nbursts = \"c2 i5\"\n"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("large.toml");
    std::fs::write(&file, text).expect("a file");
    let input = page
        .client()
        .find(fantoccini::Locator::Css("input[type=file]"))
        .await;
    let input = input.expect("a place to choose a file");
    input
        .send_keys(&file.display().to_string())
        .await
        .expect("the file is chosen");
    page.wait("data-slug", "").await;
    page.wait("data-making", "false").await;
    page.wait_until("data-length", "is large", |length| {
        length.parse().is_ok_and(|length: u64| length > 50_000)
    })
    .await;
    println!(
        "{} events, {JOBS} tasks",
        page.attribute("data-length").await
    );

    // From the input event to the end of the frame that shows it. Browsers hand input to a page at the
    // start of a frame, and so do we: else up to a whole frame of waiting would be measured with it. A
    // message that is posted then arrives when that frame has been drawn.
    let measure = "const [seeks] = arguments;
        const slider = document.querySelector('[data-testid=position]');
        const frame = () => new Promise(requestAnimationFrame);
        const times = [];
        let random = 12345;
        return (async () => {
            const most = Number(slider.max);
            for (let i = 0; i < seeks; i++) {
                random = (random * 1103515245 + 12345) % 2147483648;
                slider.value = String(Math.floor(random / 2147483648 * most));
                await frame();
                const start = performance.now();
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                do {
                    await new Promise(done => {
                        const channel = new MessageChannel();
                        channel.port1.onmessage = done;
                        channel.port2.postMessage(0);
                    });
                } while (document.body.dataset.position !== slider.value);
                times.push(performance.now() - start);
            }
            return times;
        })();";
    let times = page.script(measure, vec![json!(SEEKS)]).await;
    let times = times.as_array().cloned().unwrap_or_default();
    let mut times: Vec<f64> = times.iter().filter_map(Value::as_f64).collect();
    assert_eq!(times.len(), SEEKS as usize, "a seek was not measured");
    let last = "return document.querySelector('[data-testid=position]').value";
    let last = page.script(last, vec![]).await;
    page.wait("data-position", last.as_str().unwrap_or_default())
        .await;
    assert!(
        page.number("data-position").await > 0,
        "the seeks led nowhere"
    );
    report("from a seek to its paint", &mut times);
    play_five_models(&page).await;
    page.close().await;
}

/// Five models of input and output in one script, played side by side on one clock: how long a frame
/// takes from its start until it is drawn, and how far frames are apart.
async fn play_five_models(page: &Page) {
    let mut link = form_urlencoded::Serializer::new(String::new());
    link.append_pair("v", "1")
        .append_pair("w", MODELS)
        .append_pair("file", "models.script")
        .append_pair("costs", "classroom")
        .append_pair("policy", "rr");
    for model in ["0", "1", "2", "3", "4"] {
        link.append_pair("run", "").append_pair("MODEL", model);
    }
    page.go(&format!("#{}", link.finish())).await;
    page.wait("data-runs", "5").await;
    page.press(' ').await;
    page.wait("data-playing", "true").await;
    let measure = "const [frames] = arguments;
        const frame = () => new Promise(requestAnimationFrame);
        const drawn = () => new Promise(done => {
            const channel = new MessageChannel();
            channel.port1.onmessage = done;
            channel.port2.postMessage(0);
        });
        const work = [], apart = [];
        return (async () => {
            let before = await frame();
            for (let i = 0; i < frames; i++) {
                const start = await frame();
                apart.push(start - before);
                before = start;
                await drawn();
                work.push(performance.now() - start);
            }
            return [work, apart, document.body.dataset.playing];
        })();";
    let times = page.script(measure, vec![json!(FRAMES)]).await;
    assert_eq!(times[2], "true", "the runs were over too soon");
    for (place, what) in [
        "a frame of five models until it is drawn",
        "between two such frames",
    ]
    .into_iter()
    .enumerate()
    {
        let times = times[place].as_array().cloned().unwrap_or_default();
        let mut times: Vec<f64> = times.iter().filter_map(Value::as_f64).collect();
        report(what, &mut times);
    }
}

fn report(what: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a short list"
        )]
        let place = (times.len() as f64 * part) as usize;
        times
            .get(place.min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or(f64::NAN)
    };
    println!(
        "{what}: median {:.1} ms, 95th percentile {:.1} ms",
        at(0.5),
        at(0.95)
    );
}
