//! A recorded real run in the page, beside the simulated one.

use fantoccini::key::Key;
use serde_json::json;

use super::harness::{Page, dist};
use super::part::files_below;

#[tokio::test]
async fn a_real_run_is_fetched_shown_stepped_and_restored_by_a_link() {
    let page = Page::open("#s=two-locks").await;
    page.wait("data-slug", "two-locks").await;
    let simulated = page.number("data-length").await;
    page.click("real-run").await;
    page.wait("data-runs", "2").await;
    let name = page.text("stage-name-1").await;
    assert!(name.starts_with("real: "), "{name}");
    let both = page.number("data-length").await;
    assert!(both > simulated);

    // Its stage has no CPU and no queue, and says so.
    let boxes = "const stage = document.querySelectorAll('.stage')[1];
        return [stage.querySelectorAll('.box.cpu').length, stage.querySelectorAll('.box.unseen').length]";
    assert_eq!(page.script(boxes, vec![]).await, json!([0, 1]));
    let legend = "return document.querySelector('.legend-unseen') !== null";
    assert_eq!(page.script(legend, vec![]).await, json!(true));

    for position in 1..=both {
        page.press(Key::Right.into()).await;
        page.wait("data-position", &position.to_string()).await;
    }
    let digest = page.attribute("data-digest").await;
    let told = "return document.querySelectorAll('.stage')[1].getAttribute('aria-label')";
    let told = page.script(told, vec![]).await;
    assert!(
        told.as_str().unwrap_or_default().contains("not seen"),
        "{told}"
    );
    page.press(Key::Left.into()).await;
    page.wait("data-position", &(both - 1).to_string()).await;
    page.press(Key::Right.into()).await;
    page.wait("data-digest", &digest).await;

    page.wait_until("data-link", "names the real run and the step", |link| {
        link.contains("real=1") && link.contains(&format!("at={both}"))
    })
    .await;
    let link = page.attribute("data-link").await;
    page.go(&link).await;
    page.wait("data-runs", "2").await;
    page.wait("data-position", &both.to_string()).await;
    page.wait("data-digest", &digest).await;

    page.press('m').await;
    page.click("stage-remove").await;
    page.wait("data-runs", "1").await;
    page.close().await;
}

#[tokio::test]
async fn a_recording_that_is_gone_is_said_and_can_be_asked_for_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in files_below(&dist(), "") {
        let path = folder.path().join(&name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::copy(dist().join(&name), path).expect("a copy");
    }
    let path = folder.path().join("recordings/two-locks.txt");
    let kept = std::fs::read(&path).expect("a recording");
    std::fs::remove_file(&path).expect("it is there");
    let page = Page::open_in(folder.path(), "#s=two-locks&real=1&at=2").await;
    assert!(page.text("error").await.contains("404"));
    page.wait("data-position", "2").await;
    page.wait("data-runs", "1").await;
    std::fs::write(&path, kept).expect("it is there again");
    page.click("retry").await;
    page.wait("data-runs", "2").await;
    page.close().await;
}
