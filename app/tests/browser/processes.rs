//! Processes that are made while a script runs: in the tree and on the stage, forwards and back.

use fantoccini::key::Key;
use serde_json::json;

use super::harness::Page;

/// One child is a zombie until it is waited for; the other leaves an orphan behind.
const FAMILY: &str = "shared counter = 10\n\
    task parent\n  let a = fork\n  if a == 0\n    store counter = 15\n    exit 3\n\
    \x20 let b = fork\n  if b == 0\n    let c = fork\n    if c == 0\n      compute 14\n      exit 0\n\
    \x20   compute 3\n    exit 0\n\
    \x20 compute 9\n  let p, status = waitpid a\n  let q, other = waitpid b\n  compute 9\n";

/// What the tree says of a process: its row.
async fn row(page: &Page, name: &str) -> String {
    let find = "const rows = [...document.querySelectorAll('.tree-row')];
        return rows.find(row => row.querySelector('b').textContent === arguments[0])?.innerText
            .replace(/\\s+/g, ' ') ?? ''";
    let row = page.script(find, vec![json!(name)]).await;
    row.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_family_of_processes_plays_steps_back_and_is_restored() {
    let page = Page::open("#s=round-robin").await;
    let folder = tempfile::tempdir().expect("a folder");
    page.choose(&folder, "family.script", FAMILY.as_bytes())
        .await;
    page.wait("data-slug", "").await;
    page.wait("data-outcome", "finished").await;
    let length = page.number("data-length").await;
    for _ in 0..8 {
        page.press('+').await;
    }
    page.press(' ').await;
    page.wait("data-position", &length.to_string()).await;
    page.wait("data-playing", "false").await;
    page.press('r').await;
    page.element("tree").await;
    assert!(row(&page, "child[0]").await.contains("gone exit 3"));

    // Back to where nobody but the parent is there, and looking at each step on the way.
    let (mut zombies, mut orphans, mut copies) = (0, 0, 0);
    let mut seen = None;
    for position in (0..length).rev() {
        page.press(Key::Left.into()).await;
        page.wait("data-position", &position.to_string()).await;
        let first = row(&page, "child[0]").await;
        let last = row(&page, "child[2]").await;
        let is_orphan = last.contains("adopted");
        zombies += usize::from(first.contains("zombie exit 3"));
        orphans += usize::from(is_orphan);
        let count = "return document.querySelectorAll('.copy').length";
        let rooms = page.script(count, vec![]).await.as_u64().unwrap_or(0);
        copies = copies.max(rooms);
        let tokens = "return document.querySelectorAll('.token.in-zombies').length > 0";
        let stands = page.script(tokens, vec![]).await == json!(true);
        let rows = "return [...document.querySelectorAll('.tree-row')]
            .some(row => row.innerText.includes('zombie'))";
        let is_zombie = page.script(rows, vec![]).await == json!(true);
        assert_eq!(stands, is_zombie, "at {position}");
        if is_orphan && first.contains("zombie") {
            seen = Some((position, page.attribute("data-digest").await, first, last));
        }
    }
    assert!(zombies > 3 && orphans > 3, "{zombies}, {orphans}");
    assert_eq!(copies, 4);
    assert_eq!(row(&page, "child[0]").await, "", "it is not made yet");

    let (position, digest, first, last) = seen.expect("a zombie and an orphan");
    while page.number("data-position").await < position {
        let next = page.number("data-position").await + 1;
        page.press(Key::Right.into()).await;
        page.wait("data-position", &next.to_string()).await;
    }
    page.wait("data-digest", &digest).await;
    page.wait_until("data-link", "has the place", |link| {
        link.ends_with(&format!("at={position}"))
    })
    .await;
    let link = page.attribute("data-link").await;
    page.go(&link).await;
    page.wait("data-position", &position.to_string()).await;
    page.wait("data-digest", &digest).await;
    page.press('r').await;
    page.element("tree").await;
    assert_eq!(row(&page, "child[0]").await, first);
    assert_eq!(row(&page, "child[2]").await, last);
    page.close().await;
}
