//! Scripts in the page: played, changed, and scheduled by hand.

use fantoccini::key::Key;
use serde_json::json;

use super::harness::Page;

/// It finishes as the policy has it, and ends in a deadlock if `two` goes on after it has yielded.
const LOCKS: &str = "const PAUSE = 1\nlock a\nlock b\n\
    task one\n  acquire a\n  yield\n  acquire b\n  compute PAUSE\n  release b\n  release a\n\
    task two\n  yield\n  acquire b\n  yield\n  acquire a\n  print \"both\"\n  release a\n  release b\n";

/// The page with the script of the two locks, opened as a file.
async fn locks() -> Page {
    let page = Page::open("#s=round-robin").await;
    let folder = tempfile::tempdir().expect("a folder");
    page.choose(&folder, "locks.script", LOCKS.as_bytes()).await;
    page.wait("data-slug", "").await;
    page.wait("data-outcome", "finished").await;
    page
}

/// Steps forward to the choice number `wanted`, from 1.
async fn step_to_choice(page: &Page, wanted: usize) {
    let length = page.number("data-length").await;
    let mut seen = 0;
    for position in 1..=length {
        page.press(Key::Right.into()).await;
        page.wait("data-position", &position.to_string()).await;
        seen += usize::from(!page.attribute("data-choice").await.is_empty());
        if seen == wanted {
            return;
        }
    }
    panic!("there are only {seen} choices");
}

#[tokio::test]
async fn a_script_plays_and_steps_back_along_its_lines() {
    let page = locks().await;
    let length = page.number("data-length").await;
    for _ in 0..8 {
        page.press('+').await;
    }
    page.press(' ').await;
    page.wait("data-position", &length.to_string()).await;
    page.wait("data-playing", "false").await;
    page.press('o').await;
    assert!(page.text("console").await.contains("both"));

    page.press('s').await;
    page.element("code").await;
    let mut lines = 0;
    for position in (0..length).rev() {
        page.press(Key::Left.into()).await;
        page.wait("data-position", &position.to_string()).await;
        let line = page.attribute("data-line").await;
        let marked = "return document.querySelector('.code-row.happened')?.dataset.line ?? ''";
        assert_eq!(page.script(marked, vec![]).await, json!(line));
        lines += usize::from(!line.is_empty());
    }
    assert!(lines > 10, "{lines} events had a line");
    page.press('o').await;
    assert!(!page.text("console").await.contains("both"));
    page.close().await;
}

#[tokio::test]
async fn a_mistake_is_marked_and_the_old_run_lives_until_it_is_mended() {
    let page = locks().await;
    page.press(Key::End.into()).await;
    page.wait("data-time", "13").await;
    let digest = page.attribute("data-digest").await;

    page.press('e').await;
    page.element("script-text")
        .await
        .send_keys("x\n")
        .await
        .expect("typing");
    page.press_with(&[Key::Control.into()], Key::Enter.into())
        .await;
    page.wait("data-mistakes", "1").await;
    assert!(page.text("mistakes").await.contains("line 1, column 1"));
    let wrong = "return document.querySelector('.code-lines .wrong').textContent";
    assert_eq!(page.script(wrong, vec![]).await, json!("1"));
    assert_eq!(page.attribute("data-digest").await, digest);

    // What was typed is there again after something else was looked at.
    page.click("side-lesson").await;
    page.click("side-code").await;
    let value = "return document.querySelector('[data-testid=script-text]').value";
    assert_eq!(
        page.script(value, vec![]).await,
        json!(format!("x\n{LOCKS}"))
    );

    let mend = "const field = document.querySelector('[data-testid=script-text]');
        field.value = field.value.replace('x\\n', '').replace('PAUSE = 1', 'PAUSE = 9');
        field.dispatchEvent(new Event('input', { bubbles: true }));";
    page.script(mend, vec![]).await;
    page.wait("data-mistakes", "").await;
    page.click("run-script").await;
    page.element("code").await;
    page.wait_until("data-link", "has the new text", |link| {
        link.contains("PAUSE+%3D+9")
    })
    .await;
    page.press(Key::End.into()).await;
    page.wait("data-time", "21").await;
    page.close().await;
}

#[tokio::test]
async fn a_choice_leads_into_a_deadlock_and_back() {
    let page = locks().await;
    step_to_choice(&page, 3).await;
    let position = page.number("data-position").await;
    assert_eq!(page.attribute("data-choice").await, "0 1");
    page.press('2').await;
    page.wait("data-outcome", "deadlock").await;
    page.wait("data-position", &(position + 1).to_string())
        .await;
    page.wait("data-deviations", "1").await;
    assert!(!page.text("stuck-0").await.is_empty());
    page.wait_until("data-link", "has the choice", |link| link.contains("&d="))
        .await;
    let link = page.attribute("data-link").await;
    let digest = page.attribute("data-digest").await;

    page.click("forget-choices").await;
    page.wait("data-outcome", "finished").await;
    page.wait("data-deviations", "0").await;

    page.go(&link).await;
    page.wait("data-outcome", "deadlock").await;
    page.wait("data-position", &(position + 1).to_string())
        .await;
    page.wait("data-digest", &digest).await;
    page.close().await;
}

#[tokio::test]
async fn playing_stops_where_a_person_is_to_choose() {
    let page = locks().await;
    page.press('x').await;
    for _ in 0..8 {
        page.press('+').await;
    }
    page.press(' ').await;
    page.wait_until("data-choice", "is open", |open| !open.is_empty())
        .await;
    page.wait("data-playing", "false").await;
    let link = page.attribute("data-link").await;
    assert!(link.contains("choose=1"), "{link}");

    let folder = tempfile::tempdir().expect("a folder");
    page.choose(&folder, "bad.script", b"task t\n  aquire m\n")
        .await;
    let error = page.text("error").await;
    for part in ["bad.script", "2:3", "aquire"] {
        assert!(error.contains(part), "{part:?} is missing: {error}");
    }
    page.close().await;
}

#[tokio::test]
async fn a_goal_is_reached_by_choosing() {
    let page = Page::open("#s=you-deadlock&at=0").await;
    let open = page.text("goals").await;
    page.press(Key::End.into()).await;
    page.wait("data-outcome", "finished").await;
    assert_eq!(page.text("goals").await, open);
    page.press(Key::Home.into()).await;
    page.wait("data-position", "0").await;
    // The fax first, twice: then each has one of the two.
    let mut own = 0;
    for position in 1.. {
        let choice = page.attribute("data-choice").await;
        let fax = choice.starts_with("0 ") && own < 2;
        match fax {
            true => page.press('2').await,
            false => page.press(Key::Right.into()).await,
        }
        own += usize::from(fax);
        page.wait("data-position", &position.to_string()).await;
        if page.attribute("data-outcome").await == "deadlock" {
            break;
        }
    }
    assert_eq!(page.text("goals").await, open);
    page.press(Key::End.into()).await;
    page.wait_until("data-position", "is at the end", |found| found != "0")
        .await;
    assert_ne!(page.text("goals").await, open);
    page.close().await;
}
