//! The page: what stands where, and what it shares.
//!
//! Each part is a panel of its own; here is only the frame around them.

use std::cell::Cell;

use crate::address;
use crate::controls::{Shape, Weight, button, icon, live_button};
use crate::decimal::decimal;
use crate::dom::{Tag, follow, tag};
use crate::fetch::answer_requests;
use crate::files;
use crate::frame::run_frames;
use crate::i18n::texts;
use crate::keys::listen_to_keys;
use crate::live::Derived;
use crate::outside;
use crate::panels::catalogue::catalogue;
use crate::panels::compare::run_names;
use crate::panels::errors::{errors, making_runs};
use crate::panels::help::help;
use crate::panels::timeline::{TimelineKeys, timeline_panel};
use crate::panels::transport::transport;
use crate::part;
use crate::player::Motion;
use crate::reactive::provide_context;
use crate::real;
use crate::session::{Act, MOST_RUNS, Session, Source};
use crate::side::side_column;
use crate::stage::stage;
use crate::store::{Overlay, Shown, Side, Store, is_narrow};

/// Writes the whole page into the body of the document.
pub fn write(body: Tag) {
    let store = Store::new(Session::new());
    let timeline = TimelineKeys::new();
    provide_context(store);
    provide_context(timeline);
    let text = texts();

    if is_narrow() {
        store.catalogue.set(Shown::No);
    }
    address::open_address(store);
    answer_requests(store);
    let link = address::link_of(store);
    address::keep_address(store, link);
    outside::keep_theme(store);
    outside::describe_on_body(store, link);
    listen_to_keys(store, timeline);
    let is_moving = store.memo(|session| {
        session.player().motion() == Motion::Playing || session.progress().is_some()
    });
    run_frames(is_moving, move |seconds| {
        store.act(Act::Frame(seconds));
    });

    let has_catalogue = move || store.catalogue.get() == Shown::Yes;
    // Code needs more room at the side.
    let has_code = store.memo_of_runs(|session| Side::Code.is_there(session));
    let class = move || {
        let without = if has_catalogue() {
            ""
        } else {
            " shell-without-catalogue"
        };
        let with = if has_code.get() {
            " shell-with-code"
        } else {
            ""
        };
        format!("shell{without}{with}")
    };
    let skip = tag("a")
        .class("skip")
        .attr("href", "#stage")
        .on("click", move |event| {
            // The address holds the link; following this one would lose it.
            event.prevent_default();
            outside::focus("stage");
        })
        .text(text.skip());
    let shell = tag("div")
        .live_class(class)
        .live("style", glide(store))
        .child(header())
        .when(has_catalogue, catalogue)
        .child(stages())
        .child(side_column())
        .child(
            tag("footer")
                .class("bottom")
                .child(transport())
                .child(timeline_panel()),
        );
    // Only what is there at first does without the part.
    let has_part = store.memo(Session::has_part);
    let is_styled = Cell::new(false);
    follow(move || {
        if has_part.get() && !is_styled.replace(true) {
            part::write_styles();
            real::answer_requests(store);
        }
    });
    follow(move || {
        if store.side.get() != Side::Lesson || store.overlay.get() != Overlay::None {
            store.act(Act::WantPart);
        }
    });
    let is_over = files::dropped_files();
    let page = body
        .child(skip)
        .child(shell)
        .child(errors())
        .when(
            move || {
                store.with(|session| {
                    let fetches = session.request().is_some()
                        || session.recording_request().is_some()
                        || session.wants_part();
                    fetches || session.progress().is_some()
                })
            },
            making_runs,
        )
        .child(files::file_field())
        .when(move || is_over.get(), files::drop_here)
        .when(
            move || store.overlay.get() == Overlay::Help && has_part.get(),
            help,
        );
    // It stays as long as the document.
    drop(page);
}

/// How long tokens glide: always less than an event is shown, and not at all under the pointer.
fn glide(store: Store) -> impl Fn() -> String {
    /// The time in which the eye can follow, in seconds.
    const LONGEST: f64 = 0.25;
    /// Faster than this nothing can be followed.
    const SHORTEST: f64 = 0.04;
    /// More tokens than this on their way at once say nothing, and are slow to draw.
    const MOST: usize = 64;
    let seconds = store.memo(|session| {
        let tokens: usize = session
            .runs()
            .iter()
            .map(|run| run.scene.code.jobs.len() - run.scene.code.peers() as usize)
            .sum();
        match session.player().motion() {
            _ if tokens > MOST => 0.0,
            Motion::Playing => session.player().seconds_an_event() * 0.8,
            Motion::Paused => LONGEST,
        }
    });
    move || {
        let seconds = seconds.get().min(LONGEST);
        // Without a value of its own it follows the style sheet, which knows of reduced motion.
        if store.scrubbing.get() || seconds < SHORTEST {
            "--glide: 0ms".to_owned()
        } else if seconds < LONGEST {
            format!(
                "--glide: min({}ms, var(--glide-longest, 250ms))",
                decimal(seconds * 1_000.0, 0)
            )
        } else {
            String::new()
        }
    }
}

fn header() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let title = move || store.with(title_of);
    let chapter = move || {
        store.with(|session| {
            let scenario = session.plan().scenario();
            scenario.map_or_else(String::new, |scenario| {
                text.chapter(scenario.chapter).to_owned()
            })
        })
    };
    let runs = store.memo_of_runs(|session| session.runs().len());
    let count = move || runs.get();
    let is_full = move || count() >= MOST_RUNS;
    let toggle_catalogue = button(
        "catalogue-button",
        text.catalogue_button(),
        Weight::Quiet,
        move || store.catalogue.update(|shown| *shown = shown.toggled()),
    );
    let compare = button("compare", text.add_run_hint(), Weight::Plain, move || {
        store.side.set(Side::Parameters);
        store.act(Act::AddRun);
    });
    let has_part = store.memo(Session::has_part);
    let theme = live_button(
        "theme",
        move || text.theme_button(store.theme.get()),
        Weight::Quiet,
        move || store.theme.update(|theme| *theme = theme.next()),
    );
    let help = button(
        "help-button",
        text.help_button(),
        Weight::Quiet,
        move || {
            store.overlay.set(Overlay::Help);
        },
    );
    tag("header")
        .class("header")
        .child(
            toggle_catalogue
                .live_bool("aria-pressed", move || store.catalogue.get() == Shown::Yes)
                .child(icon(Shape::Menu)),
        )
        .child(tag("b").class("brand").text("Lockstep"))
        .child(tag("span").class("header-chapter").live_text(chapter))
        .child(
            tag("h1")
                .class("header-title")
                .testid("title")
                .live_text(title),
        )
        .part(move || (count() == 1).then(|| stuck_badge(0)).flatten())
        .child(tag("span").class("spread"))
        .child(
            compare
                .live_flag("disabled", is_full)
                .child(icon(Shape::Compare))
                .child(tag("span").class("wide-only").text(text.add_run())),
        )
        .when(move || has_part.get(), real::of_header)
        .child(theme.child(icon(Shape::Theme)))
        .child(help.child(icon(Shape::Help)))
}

/// What the session is about, in the language of the page.
#[must_use]
pub fn title_of(session: &Session) -> String {
    let text = texts();
    if session.revision() == 0 {
        let coming = session.request();
        return coming.map_or_else(String::new, |coming| {
            coming.entry.title(text.tag()).to_owned()
        });
    }
    match (&session.plan().source, session.plan().scenario()) {
        (_, Some(scenario)) => scenario.title.in_language(text.tag()).to_owned(),
        (Source::Own { name, .. }, None) => text.own_workload(name),
        (Source::Scenario { slug }, None) => slug.clone(),
    }
}

/// The stage of each run.
fn stages() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let casts = store.memo_of_runs(Session::casts);
    let count = move || casts.with(Vec::len);
    let clock = store.memo(|session| session.player().clock());
    let names = store.memo_of_runs(run_names);
    let focus = store.memo(Session::focus);
    let cell = move |cast: usize| {
        let run = Derived::new(move || {
            casts.with(|casts| casts.iter().position(|each| *each == cast).unwrap_or(0))
        });
        let is_focused = move || count() > 1 && focus.get() == run.get();
        let name = move || names.with(|names| names.get(run.get()).cloned().unwrap_or_default());
        let can_remove = store.memo(move |session| session.can_remove(run.get()));
        let remove = move || {
            let press = move || store.act(Act::RemoveRun(run.get_untracked()));
            let remove = button("stage-remove", text.remove_run(), Weight::Quiet, press);
            remove.child(icon(Shape::Close))
        };
        let head = move || {
            tag("div")
                .class("stage-head")
                .child(
                    tag("button")
                        .attr("type", "button")
                        .class("stage-name")
                        .live("data-testid", move || format!("stage-name-{}", run.get()))
                        .live_bool("aria-pressed", is_focused)
                        .on("click", move |_| store.act(Act::Focus(run.get_untracked())))
                        .live("title", name)
                        .live_text(name),
                )
                .part(move || stuck_badge(run.get()))
                .when(move || can_remove.get(), remove)
        };
        let class = move || match is_focused() {
            true => "stage-cell focused".to_owned(),
            false => "stage-cell".to_owned(),
        };
        tag("div")
            .live_class(class)
            .when(move || count() > 1, head)
            .child(
                tag("div")
                    .class("stage-box")
                    .child(stage(store.scene(cast), clock)),
            )
    };
    tag("main")
        .class("stages")
        .attr("id", "stage")
        .attr("tabindex", "-1")
        .attr("aria-label", text.stage_region())
        .live("data-runs", move || count().to_string())
        .each(move || casts.get(), cell)
}

/// How a run ends, where it gets stuck: louder once it is.
fn stuck_badge(run: usize) -> Option<Tag> {
    let store = Store::of_page();
    let stuck = move |session: &Session| {
        let scene = &session.runs().get(run)?.scene;
        texts().stuck(scene.outcome, scene.is_at_end())
    };
    let is_over = store.memo(move |session| {
        let run = session.runs().get(run);
        run.is_some_and(|run| run.scene.is_at_end())
    });
    let stuck = store.memo(stuck).get();
    stuck.map(|(name, hint)| {
        let class = if is_over.get() { "badge over" } else { "badge" };
        tag("span")
            .class(class)
            .testid(&format!("stuck-{run}"))
            .attr("title", hint)
            .text(name)
    })
}
