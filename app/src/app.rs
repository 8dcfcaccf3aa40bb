//! The page: what stands where, and what it shares.
//!
//! Each part is a panel of its own; here is only the frame around them.

use std::sync::Arc;

use leptos::prelude::*;

use crate::address;
use crate::controls::{Button, Icon, Shape, Weight};
use crate::files::{FileField, Files};
use crate::frame::run_frames;
use crate::i18n::texts;
use crate::keys::listen_to_keys;
use crate::outside;
use crate::panels::catalogue::{Catalogue, FilterField};
use crate::panels::compare::run_names;
use crate::panels::errors::{Errors, MakingRuns};
use crate::panels::help::Help;
use crate::panels::lesson::LessonPanel;
use crate::panels::metrics::{MetricsPanel, NamedScene};
use crate::panels::narration::Sentence;
use crate::panels::parameters::Parameters;
use crate::panels::process_table::ProcessTable;
use crate::panels::timeline::{TimelineKeys, TimelinePanel};
use crate::panels::transport::Transport;
use crate::panels::workload::WorkloadPanel;
use crate::player::Motion;
use crate::session::{Act, MOST_RUNS, Session, Source};
use crate::stage::Stage;
use crate::store::{Overlay, Shown, Side, Store, is_narrow};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let store = Store::new(Session::new());
    let filter = FilterField(NodeRef::new());
    let timeline = TimelineKeys::new();
    provide_context(store);
    provide_context(filter);
    provide_context(timeline);
    provide_context(FileField(NodeRef::new()));
    let text = texts();

    if is_narrow() {
        store.catalogue.set(Shown::No);
    }
    address::open_address(store);
    let link = address::link_of(store);
    address::keep_address(store, link);
    outside::keep_theme(store);
    outside::describe_on_body(store, link);
    listen_to_keys(store, filter, timeline);
    let is_moving = store.memo(|session| {
        session.player().motion() == Motion::Playing || session.progress().is_some()
    });
    run_frames(Signal::from(is_moving), move |seconds| {
        store.act(Act::Frame(seconds));
    });

    let shell = move || match store.catalogue.get() {
        Shown::Yes => "shell",
        Shown::No => "shell shell-without-catalogue",
    };
    view! {
        <a class="skip" href="#stage" on:click=move |event| {
            // The address holds the link; following this one would lose it.
            event.prevent_default();
            outside::focus("stage");
        }>
            {text.skip()}
        </a>
        <div class=shell style=glide(store)>
            <Header />
            <Show when=move || store.catalogue.get() == Shown::Yes>
                <Catalogue />
            </Show>
            <Stages />
            <SideColumn />
            <footer class="bottom">
                <Transport />
                <TimelinePanel />
            </footer>
        </div>
        <Errors />
        <MakingRuns />
        <Files />
        <Help />
    }
    .into_any()
}

/// How long tokens glide: always less than an event is shown, and not at all under the pointer.
fn glide(store: Store) -> impl Fn() -> String + Clone {
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
            .map(|run| run.scene.machine.tasks.len())
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
                "--glide: min({:.0}ms, var(--glide-longest, 250ms))",
                seconds * 1_000.0
            )
        } else {
            String::new()
        }
    }
}

#[component]
fn Header() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let title = store.memo_of_runs(title_of);
    let chapter = store.memo_of_runs(move |session| {
        session
            .plan()
            .scenario()
            .map(|scenario| text.chapter(scenario.chapter))
    });
    let is_full = store.memo_of_runs(|session| session.runs().len() >= MOST_RUNS);
    let is_shown = Signal::derive(move || store.catalogue.get() == Shown::Yes);
    view! {
        <header class="header">
            <Button
                testid="catalogue-button"
                label=text.catalogue_button()
                weight=Weight::Quiet
                pressed=is_shown
                press=move |()| store.catalogue.update(|shown| *shown = shown.toggled())
            >
                <Icon shape=Shape::Menu />
            </Button>
            <b class="brand">"Lockstep"</b>
            <span class="header-chapter">{chapter}</span>
            <h1 class="header-title" data-testid="title">
                {title}
            </h1>
            <span class="spread"></span>
            <Button
                testid="compare"
                label=text.add_run_hint()
                disabled=is_full
                press=move |()| {
                    store.side.set(Side::Parameters);
                    store.act(Act::AddRun);
                }
            >
                <Icon shape=Shape::Compare />
                <span class="wide-only">{text.add_run()}</span>
            </Button>
            <Button
                testid="theme"
                label=Signal::derive(move || text.theme_button(store.theme.get()))
                weight=Weight::Quiet
                press=move |()| store.theme.update(|theme| *theme = theme.next())
            >
                <Icon shape=Shape::Theme />
            </Button>
            <Button
                testid="help-button"
                label=text.help_button()
                weight=Weight::Quiet
                press=move |()| store.overlay.set(Overlay::Help)
            >
                <Icon shape=Shape::Help />
            </Button>
        </header>
    }
    .into_any()
}

/// What the session is about, in the language of the page.
#[must_use]
pub fn title_of(session: &Session) -> String {
    let text = texts();
    match (&session.plan().source, session.plan().scenario()) {
        (_, Some(scenario)) => scenario.title.in_language(text.tag()).to_owned(),
        (Source::Own { name, .. }, None) => text.own_workload(name),
        (Source::Scenario { slug }, None) => slug.clone(),
    }
}

/// The stage of each run.
#[component]
fn Stages() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let casts = store.memo_of_runs(casts_of);
    let runs = Memo::new(move |_| casts.with(Vec::len));
    let clock = store.memo(|session| session.player().clock());
    let is_compared = Memo::new(move |_| runs.get() > 1);
    let names = store.memo_of_runs(run_names);
    let focus = store.memo(Session::focus);
    let stage = move |cast: u64| {
        let scene = store.scene(cast);
        let run = Memo::new(move |_| {
            casts.with(|casts| casts.iter().position(|each| *each == cast).unwrap_or(0))
        });
        let is_focused = Memo::new(move |_| is_compared.get() && focus.get() == run.get());
        let name = move || names.with(|names| names.get(run.get()).cloned().unwrap_or_default());
        view! {
            <div class="stage-cell" class:focused=is_focused>
                <Show when=move || is_compared.get()>
                    <div class="stage-head">
                        <button
                            type="button"
                            class="stage-name"
                            data-testid=move || format!("stage-name-{}", run.get())
                            aria-pressed=move || is_focused.get().to_string()
                            on:click=move |_| store.act(Act::Focus(run.get_untracked()))
                        >
                            {name}
                        </button>
                        <Button
                            testid="stage-remove"
                            label=text.remove_run()
                            weight=Weight::Quiet
                            press=move |()| store.act(Act::RemoveRun(run.get_untracked()))
                        >
                            <Icon shape=Shape::Close />
                        </Button>
                    </div>
                </Show>
                <div class="stage-box">
                    <Stage scene=scene clock=clock />
                </div>
            </div>
        }
    };
    view! {
        <main
            class="stages"
            id="stage"
            tabindex="-1"
            aria-label=text.stage_region()
            data-runs=move || runs.get().to_string()
        >
            <For each=move || casts.get() key=|cast| *cast let:cast>
                {stage(cast)}
            </For>
        </main>
    }
    .into_any()
}

/// The casts of all runs, in their order.
fn casts_of(session: &Session) -> Vec<u64> {
    session.runs().iter().map(|run| run.cast).collect()
}

/// The sentence, and one of the panels.
#[component]
fn SideColumn() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    // The sentence is about the run whose event was last.
    let last = store.memo(|session| session.last_event().map_or(0, |last| last.run));
    let told = Memo::new(move |_| {
        let run = last.get();
        store.with(|session| {
            let runs = session.runs();
            Arc::clone(&runs[run.min(runs.len() - 1)].scene)
        })
    });
    let names = store.memo_of_runs(run_names);
    let teller = move || {
        names.with(|names| {
            (names.len() > 1)
                .then(|| names.get(last.get()).cloned())
                .flatten()
        })
    };
    let focused = store.memo(|session| session.runs()[session.focus()].cast);
    let sides = [
        Side::Lesson,
        Side::Processes,
        Side::Metrics,
        Side::Parameters,
        Side::Workload,
    ];
    let tabs = sides.map(|side| {
        let is_open = move || store.side.get() == side;
        view! {
            <button
                type="button"
                class="tab"
                role="tab"
                id=format!("tab-{side:?}")
                data-testid=format!("side-{side:?}").to_lowercase()
                aria-controls="side-panel"
                aria-selected=move || is_open().to_string()
                on:click=move |_| store.side.set(side)
            >
                {text.side(side)}
            </button>
        }
    });
    view! {
        <aside class="side" aria-label=text.side_region()>
            <div class="said">
                {move || {
                    teller().map(|name| view! { <p class="panel-title said-run">{name}</p> })
                }}
                <Sentence scene=told />
            </div>
            <div class="tabs" role="tablist">
                {tabs}
            </div>
            <div
                class="side-panel"
                id="side-panel"
                role="tabpanel"
                aria-labelledby=move || format!("tab-{:?}", store.side.get())
            >
                {move || {
                    let side = store.side.get();
                    // What is being written stays, whatever it does to the machine.
                    let is_of_scene =
                        matches!(side, Side::Lesson | Side::Processes | Side::Metrics);
                    side_panel(side, if is_of_scene { focused.get() } else { 0 })
                }}
            </div>
        </aside>
    }
    .into_any()
}

/// A panel, made anew for another cast.
fn side_panel(side: Side, cast: u64) -> AnyView {
    let store = Store::of_page();
    let text = texts();
    let focused = store.scene(cast);
    match side {
        Side::Lesson => {
            let lesson = store.memo_of_runs(move |session| {
                let scenario = session.plan().scenario();
                scenario.map(|scenario| Arc::new(scenario.lesson(text.tag()).clone()))
            });
            view! {
                <Show
                    when=move || lesson.with(Option::is_some)
                    fallback=move || view! { <p class="note padded">{text.no_lesson()}</p> }
                >
                    <LessonPanel scene=focused lesson=lesson />
                </Show>
            }
            .into_any()
        }
        Side::Processes => view! { <ProcessTable scene=focused /> }.into_any(),
        Side::Metrics => {
            let casts = store.memo_of_runs(casts_of);
            (move || metrics(casts.get())).into_any()
        }
        Side::Parameters => view! { <Parameters /> }.into_any(),
        Side::Workload => view! { <WorkloadPanel /> }.into_any(),
    }
}

/// The metrics of the runs with these casts.
fn metrics(casts: Vec<u64>) -> AnyView {
    let store = Store::of_page();
    let names = store.memo_of_runs(run_names);
    let scenes = Memo::new(move |before: Option<&Vec<NamedScene>>| {
        let names = names.get();
        store.with(|session| match before {
            // Other runs have a table of their own, which takes the place of this one.
            Some(before) if casts_of(session) != casts => before.clone(),
            _ => {
                let scenes = session.runs().iter().map(|run| Arc::clone(&run.scene));
                let is_alone = names.len() == 1;
                let named = scenes.zip(names).map(|(scene, name)| NamedScene {
                    name: if is_alone { String::new() } else { name },
                    scene,
                });
                named.collect::<Vec<_>>()
            }
        })
    });
    view! { <MetricsPanel scenes=scenes /> }.into_any()
}
