//! A server and two clients in the page: played, stepped back, both phases of a read seen.

use fantoccini::key::Key;

use super::harness::Page;

/// The first client keeps the server waiting for its data.
const SERVER: &str = "task server\n  let s = listen 80\n  repeat 2\n    let c = accept s\n    \
    let n = receive c\n    send c, n\n    close c\n\npeer client × 2 at 2\n  connect 80\n  sleep 8\n  \
    send 2048\n  let n = receive\n  print \"got {n}\"\n  close\n";

/// Everything that stands on the stage. A token keeps the room for words that it had once.
const STAGE: &str =
    "return [...document.querySelectorAll('.stage .shared, .stage .token, .stage .packet')]
    .map(part => part.className + part.style.transform + part.innerHTML).join('|')
    .replaceAll(/<span class=.token-(note|number).><\\/span>/g, '')";

/// What is seen at one step: who waits for data, who copies, how many packets, what is in a buffer.
const SEEN: &str = "const has = what => document.querySelectorAll('.stage ' + what).length;
    return [has('.token.state-data'), has('.token.state-copying'), has('.packet'), has('.copied'),
        has('.peer-waiting')]";

#[tokio::test]
async fn a_server_with_two_clients_plays_and_steps_back() {
    let page = Page::open("#s=round-robin").await;
    let folder = tempfile::tempdir().expect("a folder");
    let toml = format!("script = '''\n{SERVER}'''\n[machine]\ncosts = \"classroom\"\n");
    page.choose(&folder, "server.toml", toml.as_bytes()).await;
    page.wait("data-slug", "").await;
    page.wait("data-outcome", "finished").await;
    let length = page.number("data-length").await;
    let mut seen = [0; 5];
    let mut stages = Vec::new();
    for position in 0..=length {
        if position > 0 {
            page.press(Key::Right.into()).await;
            page.wait("data-position", &position.to_string()).await;
        }
        let now = page.script(SEEN, vec![]).await;
        for (place, seen) in seen.iter_mut().enumerate() {
            *seen += now[place].as_u64().unwrap_or(0);
        }
        stages.push(page.script(STAGE, vec![]).await);
    }
    assert!(
        seen.iter().all(|seen| *seen > 0),
        "all of it is seen: {seen:?}"
    );
    for position in (0..length).rev() {
        page.press(Key::Left.into()).await;
        page.wait("data-position", &position.to_string()).await;
        let index = usize::try_from(position).unwrap_or(0);
        assert_eq!(
            page.script(STAGE, vec![]).await,
            stages[index],
            "step {position}"
        );
    }
    page.press(Key::Home.into()).await;
    for _ in 0..8 {
        page.press('+').await;
    }
    page.press(' ').await;
    page.wait("data-position", &length.to_string()).await;
    page.wait("data-playing", "false").await;
    page.press('o').await;
    // A stream: the first packet is all that is there when the client looks.
    let console = page.text("console").await;
    assert!(console.contains("got 1500"), "{console}");
    page.close().await;
}
