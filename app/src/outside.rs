//! What the page writes outside of its own views: the theme, the title, and attributes of the
//! body that say where it is, for tests and for whoever looks from outside.
//!
//! Not the address, which is in `address`.

use wasm_bindgen::JsCast;

use crate::app::title_of;
use crate::dom::{afterwards, document, window};
use crate::i18n::texts;
use crate::live::Derived;
use crate::player::Motion;
use crate::session::{Session, Source};
use crate::store::{Store, Theme};

/// Under which name the browser keeps the theme.
const KEPT_THEME: &str = "lockstep-theme";
/// A machine with more tasks than this is not hashed at every step.
const MOST_HASHED: usize = 2_000;

/// Shows the theme that was chosen before, and keeps the one that is chosen.
pub fn keep_theme(store: Store) {
    let storage = || window().local_storage().ok().flatten();
    if let Some(name) = storage().and_then(|kept| kept.get_item(KEPT_THEME).ok().flatten()) {
        store.theme.set(Theme::named(&name));
    }
    afterwards(move || {
        let theme = store.theme.get();
        let Some(root) = document().document_element() else {
            return;
        };
        // A browser that keeps nothing forgets the theme, which is no harm.
        let _ = match theme.name() {
            Some(name) => {
                if let Some(kept) = storage() {
                    let _ = kept.set_item(KEPT_THEME, name);
                }
                root.set_attribute("data-theme", name)
            }
            None => {
                if let Some(kept) = storage() {
                    let _ = kept.remove_item(KEPT_THEME);
                }
                root.remove_attribute("data-theme")
            }
        };
    });
}

/// The element with an id, if it is of that kind and in the page.
#[must_use]
pub fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Moves the focus to the element with an id.
pub fn focus(id: &str) {
    if let Some(element) = element::<web_sys::HtmlElement>(id) {
        let _ = element.focus();
    }
}

/// Writes where the page is to attributes of the body, the title of the scenario to the title.
pub fn describe_on_body(store: Store, link: Derived<String>) {
    let text = texts();
    let title = store.memo_of_runs(title_of);
    afterwards(move || {
        document().set_title(&format!("{} · Lockstep", title.get()));
    });
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", text.tag());
    }
    // One effect and not many: whoever sees one of them changed sees all of them changed.
    afterwards(move || {
        let Some(body) = document().body() else {
            return;
        };
        let set = |name: &str, value: &str| {
            let _ = body.set_attribute(name, value);
        };
        let link = link.get();
        store.with(|session| {
            let is_playing = session.player().motion() == Motion::Playing;
            let is_still = !is_playing && !store.scrubbing.get_untracked();
            let unit = session.unit();
            let clocks = session
                .runs()
                .iter()
                .map(|run| unit.show_time(run.scene.machine.now).to_string());
            set("data-link", &link);
            set("data-runs", &session.runs().len().to_string());
            set("data-clocks", &clocks.collect::<Vec<_>>().join(" "));
            set(
                "data-time",
                &unit.show_time(session.player().clock()).to_string(),
            );
            set("data-outcome", &outcomes(session));
            set("data-choice", &open_choice(session));
            set("data-deviations", &session.deviations().to_string());
            let scene = &session.runs()[session.focus()].scene;
            set("data-line", &number(scene.line()));
            let wrong = session.mistakes().iter().map(|each| number(each.line));
            set("data-mistakes", &wrong.collect::<Vec<_>>().join(" "));
            set("data-speed", session.player().speed().label());
            set("data-slug", slug_of(session));
            set(
                "data-digest",
                &if is_still && session.has_part() {
                    digests(session)
                } else {
                    String::new()
                },
            );
            set("data-length", &session.merged().len().to_string());
            set("data-position", &session.position().to_string());
            set("data-playing", &is_playing.to_string());
            set("data-making", &session.progress().is_some().to_string());
            let fetched = session.request().map(|request| request.entry.slug);
            set("data-fetching", fetched.unwrap_or_default());
            set(
                "data-part",
                if session.has_part() { "there" } else { "away" },
            );
            // At first there is nothing to be used: what the address names is still to come.
            if fetched.is_none() && !session.wants_part() {
                set("data-ready", "true");
            }
        });
    });
}

fn number(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// A word for how each run ends.
fn outcomes(session: &Session) -> String {
    let runs = session.runs().iter();
    let words = runs.map(|run| run.trace.outcome().name());
    words.collect::<Vec<_>>().join(" ")
}

/// The numbers of those who can be chosen; the one whom the run takes is the first.
fn open_choice(session: &Session) -> String {
    let Some(choice) = session.choice() else {
        return String::new();
    };
    let others = choice.options.iter().filter(|task| **task != choice.taken);
    let all = core::iter::once(&choice.taken).chain(others);
    all.map(|task| task.0.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

fn slug_of(session: &Session) -> &str {
    match &session.plan().source {
        Source::Scenario { slug } => slug,
        Source::Own { .. } => "",
    }
}

/// A hash of the machine of each run.
#[lockstep_part::later]
fn digests(session: &Session) -> String {
    let digests = session.runs().iter().map(|run| {
        let machine = &run.scene.machine;
        if machine.tasks.len() > MOST_HASHED {
            return String::new();
        }
        format!("{:016x}", machine.digest())
    });
    digests.collect::<Vec<_>>().join(" ")
}
