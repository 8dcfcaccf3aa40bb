//! The store: the session as a signal, and how it is looked at.
//!
//! Not the session itself, which knows nothing of signals. Views read memos made here and send
//! acts; nothing else writes.

use std::sync::Arc;

use crate::dom::window;
use crate::drafts::Drafts;
use crate::live::{Derived, State};
use crate::panels::timeline::Axis;
use crate::reactive::{Read, ReadUntracked, RwSignal, Update, expect_context};
use crate::scene::Scene;
use crate::session::{Act, Session, prints};

/// The session and the look of the page.
#[derive(Clone, Copy)]
pub struct Store {
    session: RwSignal<Session>,
    /// The colours.
    pub theme: State<Theme>,
    /// What the timeline's axis counts.
    pub axis: State<Axis>,
    /// Which panel is at the side.
    pub side: State<Side>,
    /// What is shown of processes.
    pub processes: State<ProcessView>,
    /// What lies over the page.
    pub overlay: State<Overlay>,
    /// Whether the catalogue is in sight.
    pub catalogue: State<Shown>,
    /// Whether a pointer drags the time along.
    pub scrubbing: State<bool>,
    /// Whether the workload is being written as text.
    pub writing: State<bool>,
    /// Scripts that are being written.
    pub drafts: State<Drafts>,
}

/// The colours of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// The panels at the side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Side {
    /// The lesson.
    #[default]
    Lesson,
    /// The code of a script.
    Code,
    /// What a script has printed.
    Console,
    /// The process table.
    Processes,
    /// The metrics.
    Metrics,
    /// The parameters.
    Parameters,
    /// The workload.
    Workload,
}

impl Side {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 7] = [
        Self::Lesson,
        Self::Code,
        Self::Console,
        Self::Processes,
        Self::Metrics,
        Self::Parameters,
        Self::Workload,
    ];

    /// Whether there is something to see: code where there is a script, output where it prints.
    #[must_use]
    pub fn is_there(self, session: &Session) -> bool {
        let script = session.plan().workload.script.as_deref();
        match self {
            Self::Code => script.is_some(),
            Self::Console => script.is_some_and(prints),
            _ => true,
        }
    }

    /// Its name in ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Code => "code",
            Self::Console => "console",
            Self::Processes => "processes",
            Self::Metrics => "metrics",
            Self::Parameters => "parameters",
            Self::Workload => "workload",
        }
    }
}

/// What is shown of processes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ProcessView {
    /// Who is whose child.
    #[default]
    Tree,
    /// Their entries in the process table.
    Table,
}

/// What lies over the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The keys.
    Help,
}

/// Whether something is in sight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl Shown {
    /// The other.
    #[must_use]
    pub const fn toggled(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
        }
    }
}

impl Theme {
    /// The name in the page's `data-theme`; none where the system decides.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Dark => Some("dark"),
            Self::Light => Some("light"),
        }
    }

    /// The theme of a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "dark" => Self::Dark,
            "light" => Self::Light,
            _ => Self::System,
        }
    }

    /// The next in the circle of all.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::System,
        }
    }
}

impl Store {
    /// A store around a session.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session: RwSignal::new(session),
            theme: State::new(Theme::default()),
            axis: State::new(Axis::default()),
            side: State::new(Side::default()),
            processes: State::new(ProcessView::default()),
            overlay: State::new(Overlay::default()),
            catalogue: State::new(Shown::Yes),
            scrubbing: State::new(false),
            writing: State::new(false),
            drafts: State::new(Drafts::default()),
        }
    }

    /// The store of the page.
    #[must_use]
    pub fn of_page() -> Self {
        expect_context()
    }

    /// Sends an act to the session.
    pub fn act(self, act: Act) {
        self.act_all(vec![act]);
    }

    /// Sends several acts as one.
    pub fn act_all(self, acts: Vec<Act>) {
        let is_script = || self.script().is_some();
        let opens = acts.iter().any(Act::opens) && !is_script();
        self.session.update(|session| session.handle_all(acts));
        // The first script shows what it is; who looks at something else then goes on to see that.
        if opens && is_script() {
            self.side.set(Side::Code);
        }
    }

    /// The script that runs, or will.
    #[must_use]
    pub fn script(self) -> Option<String> {
        self.peek(|session| session.coming().workload.script.clone())
    }

    /// Looks at the session, without being told when it changes.
    pub fn peek<T>(self, look: impl FnOnce(&Session) -> T) -> T {
        look(&self.session.read_untracked())
    }

    /// Looks at the session and is told when it changes.
    pub fn with<T>(self, look: impl FnOnce(&Session) -> T) -> T {
        look(&self.session.read())
    }

    /// A value that follows the session.
    pub fn memo<T>(self, look: impl Fn(&Session) -> T + Send + Sync + 'static) -> Derived<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Derived::new(move || self.with(&look))
    }

    /// A value that follows only the runs: made anew when they are.
    pub fn memo_of_runs<T>(self, look: impl Fn(&Session) -> T + Send + Sync + 'static) -> Derived<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let revision = self.memo(Session::revision);
        Derived::new(move || {
            // Reading and not only tracking: a memo that nobody reads never notices a change.
            let _ = revision.get();
            self.peek(&look)
        })
    }

    /// On a phone the catalogue covers the rest: it goes once something was chosen.
    pub fn close_catalogue_on_phone(self) {
        if is_narrow() {
            self.catalogue.set(Shown::No);
        }
    }

    /// What is to be seen of the run with a cast. Once there is none any more, the last scene
    /// stays: views that go with it are never asked about jobs that are gone.
    #[must_use]
    pub fn scene(self, cast: usize) -> Derived<Arc<Scene>> {
        Derived::of_before(move |before: Option<&Arc<Scene>>| {
            self.with(|session| {
                let runs = session.runs();
                match (runs.iter().find(|run| run.cast == cast), before) {
                    (Some(run), _) => Arc::clone(&run.scene),
                    (None, Some(before)) => Arc::clone(before),
                    (None, None) => Arc::clone(&runs[0].scene),
                }
            })
        })
    }
}

/// Whether the page stands in a single column, as `style/shell.css` has it.
#[must_use]
pub fn is_narrow() -> bool {
    let query = window().match_media("(max-width: 899px)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
