//! Links: what is shown as the fragment of an address, and back.
//!
//! A link becomes acts, like clicks; whatever is wrong in it is said and the rest is done. The
//! form is `v=1&s=SLUG&NAME=VALUE…&run=&NAME=VALUE…&run=…&at=N`: settings before the first
//! `run` are shared by all runs, those after it are its own; without any `run` a scenario opens as
//! it does from the catalogue. A workload that a person wrote stands in place of the scenario, as
//! `w=TEXT&file=NAME`. A run has `d=INDEX:TASK,INDEX:TASK` where choices in it are a person's, and the
//! link has `real=1` where the recorded real run stands beside them, and `choose=1` where playing stops at every choice.

use core::fmt;

use sim_core::ids::TaskId;
use sim_core::run::Deviations;

use crate::session::{Act, Chooser, MOST_RUNS, OWN_NAME, Origin, Scope, Source};

/// What a link holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The scenario, or the text of a workload.
    pub source: Source,
    /// Settings of all runs: names and values.
    pub shared: Vec<(String, String)>,
    /// The runs; none: those with which the scenario opens.
    pub runs: Vec<LinkRun>,
    /// The real run beside them.
    pub real: Origin,
    /// Who decides while it plays.
    pub chooser: Chooser,
    /// How many events lie behind.
    pub position: usize,
}

/// A run in a link.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LinkRun {
    /// Its own settings: names and values.
    pub settings: Vec<(String, String)>,
    /// The choices that are a person's.
    pub deviations: Deviations,
}

/// Why a link cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkError {
    /// It was made by a later version.
    Version {
        /// The version that it names.
        found: String,
    },
    /// It names neither a scenario nor a workload.
    Empty,
    /// A place that is no number.
    Position {
        /// What stands there.
        found: String,
    },
    /// Choices that are none.
    Choices {
        /// What stands there.
        found: String,
    },
    /// More runs than can be shown.
    Runs {
        /// How many it has.
        found: usize,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this link: ")?;
        match self {
            Self::Version { found } => {
                write!(
                    f,
                    "found version {found:?}, expected {VERSION} (made by a later Lockstep?)"
                )
            }
            Self::Empty => f.write_str(
                "found neither a scenario (\"s=\") nor a workload (\"w=\"), expected one",
            ),
            Self::Position { found } => {
                write!(f, "at: found {found:?}, expected a number of events")
            }
            Self::Choices { found } => {
                write!(
                    f,
                    "d: found {found:?}, expected decisions and tasks by number, such as 3:1,7:0"
                )
            }
            Self::Runs { found } => {
                write!(f, "found {found} runs, expected at most {MOST_RUNS}")
            }
        }
    }
}

impl std::error::Error for LinkError {}

const VERSION: &str = "1";

impl Link {
    /// The fragment of an address, without `#`.
    #[must_use]
    pub fn to_fragment(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("v", VERSION);
        match &self.source {
            Source::Scenario { slug } => pairs.append_pair("s", slug),
            Source::Own { name, text } => pairs.append_pair("w", text).append_pair("file", name),
        };
        pairs.extend_pairs(&self.shared);
        for run in &self.runs {
            pairs.append_pair("run", "").extend_pairs(&run.settings);
            if !run.deviations.is_empty() {
                pairs.append_pair("d", &show_choices(&run.deviations));
            }
        }
        if self.real == Origin::Catalogue {
            pairs.append_pair("real", "1");
        }
        if self.chooser == Chooser::Person {
            pairs.append_pair("choose", "1");
        }
        pairs.append_pair("at", &self.position.to_string());
        pairs.finish()
    }

    /// Reads the fragment of an address, with or without `#`.
    ///
    /// # Errors
    ///
    /// When it cannot be read. What its parts mean is found out when its acts are carried out.
    pub fn parse(fragment: &str) -> Result<Self, LinkError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let (mut slug, mut text, mut name) = (None, None, OWN_NAME.to_owned());
        let mut shared = Vec::new();
        let mut runs: Vec<LinkRun> = Vec::new();
        let mut real = Origin::Nowhere;
        let mut chooser = Chooser::Policy;
        let mut position = 0;
        for (key, value) in form_urlencoded::parse(fragment.as_bytes()) {
            match key.as_ref() {
                "v" if value == VERSION => {}
                "v" => {
                    return Err(LinkError::Version {
                        found: value.into_owned(),
                    });
                }
                "s" => slug = Some(value.into_owned()),
                "w" => text = Some(value.into_owned()),
                "file" => name = value.into_owned(),
                "run" => runs.push(LinkRun::default()),
                "d" => {
                    let found = || LinkError::Choices {
                        found: value.to_string(),
                    };
                    let deviations = read_choices(&value).ok_or_else(found)?;
                    // Before any run it is the first one's.
                    if runs.is_empty() {
                        runs.push(LinkRun::default());
                    }
                    if let Some(run) = runs.last_mut() {
                        run.deviations = deviations;
                    }
                }
                "real" => real = Origin::Catalogue,
                "choose" => chooser = Chooser::Person,
                "at" => {
                    let found = || LinkError::Position {
                        found: value.to_string(),
                    };
                    position = value.parse().map_err(|_| found())?;
                }
                _ => {
                    let pair = (key.into_owned(), value.into_owned());
                    match runs.last_mut() {
                        Some(run) => run.settings.push(pair),
                        None => shared.push(pair),
                    }
                }
            }
        }
        let source = match (slug, text) {
            (_, Some(text)) => Source::Own { name, text },
            (Some(slug), None) => Source::Scenario { slug },
            (None, None) => return Err(LinkError::Empty),
        };
        if runs.len() > MOST_RUNS {
            return Err(LinkError::Runs { found: runs.len() });
        }
        Ok(Self {
            source,
            shared,
            runs,
            real,
            chooser,
            position,
        })
    }

    /// What a person would do to come to the same place.
    #[must_use]
    pub fn acts(&self) -> Vec<Act> {
        let mut acts = vec![match &self.source {
            Source::Scenario { slug } => Act::Open { slug: slug.clone() },
            Source::Own { name, text } => Act::OpenText {
                name: name.clone(),
                text: text.clone(),
            },
        }];
        if !self.runs.is_empty() {
            acts.push(Act::SetRuns(self.runs.len()));
        }
        let set = |scope: Scope| {
            move |(name, value): &(String, String)| Act::SetParameter {
                scope,
                name: name.clone(),
                value: value.clone(),
            }
        };
        acts.extend(self.shared.iter().map(set(Scope::All)));
        for (place, run) in self.runs.iter().enumerate() {
            acts.extend(run.settings.iter().map(set(Scope::Run(place))));
            if !run.deviations.is_empty() {
                acts.push(Act::Deviate {
                    run: place,
                    deviations: run.deviations.clone(),
                });
            }
        }
        if self.real == Origin::Catalogue {
            acts.push(Act::ShowRecording);
        }
        acts.push(Act::LetChoose(self.chooser));
        acts.push(Act::Seek(self.position));
        acts
    }
}

fn show_choices(deviations: &Deviations) -> String {
    let choices = deviations
        .iter()
        .map(|(index, task)| format!("{index}:{}", task.0));
    choices.collect::<Vec<_>>().join(",")
}

fn read_choices(text: &str) -> Option<Deviations> {
    let mut deviations = Deviations::new();
    for choice in text.split(',') {
        let (index, task) = choice.split_once(':')?;
        deviations.insert(index.parse().ok()?, TaskId(task.parse().ok()?));
    }
    Some(deviations)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::{Problem, Session};

    const TEXT: &str = "# my jobs & more\n[machine]\npolicy = \"rr\"\n\
        [[job]]\nname = \"Ä=1&2\"\nbursts = \"c5 i3 c2\"\n[[job]]\nname = \"B\"\nbursts = \"c4\"\n";

    fn follow(fragment: &str) -> Session {
        let mut session = Session::new();
        session.handle_all(Link::parse(fragment).unwrap().acts());
        session
    }

    #[test]
    fn a_link_restores_the_very_step() {
        let mut session = Session::new();
        session.handle(Act::OpenText {
            name: "ä.toml".into(),
            text: TEXT.into(),
        });
        session.handle(Act::AddRun);
        let slice = Act::SetParameter {
            scope: Scope::Run(1),
            name: "policy".into(),
            value: "srtf".into(),
        };
        session.handle(slice);
        let cpus = Act::SetParameter {
            scope: Scope::All,
            name: "cpus".into(),
            value: "2".into(),
        };
        session.handle(cpus);
        for position in 0..=session.merged().len() {
            session.handle(Act::Seek(position));
            let fragment = session.link().to_fragment();
            assert!(fragment.is_ascii());
            let other = follow(&fragment);
            assert_eq!(other.problem(), None);
            assert_eq!(other.position(), position);
            assert_eq!(other.link(), session.link());
            for (one, two) in session.runs().iter().zip(other.runs()) {
                assert_eq!(one.scene.machine.digest(), two.scene.machine.digest());
            }
        }
    }

    #[test]
    fn a_link_carries_constants_and_choices() {
        let text =
            "const N = 2\nshared x = 0\ntask t * N\n  repeat 3\n    store x = self\n    yield\n";
        let mut session = Session::new();
        session.handle(Act::OpenText {
            name: "t.script".into(),
            text: text.into(),
        });
        session.handle(Act::SetParameter {
            scope: Scope::All,
            name: "N".into(),
            value: "3".into(),
        });
        session.handle(Act::LetChoose(Chooser::Person));
        for _ in 0..2 {
            while session.choice().is_none() {
                session.handle(Act::StepForward(sim_core::trace::Granularity::Event));
            }
            let choice = session.choice().unwrap();
            let other = choice.options.iter().find(|task| **task != choice.taken);
            session.handle(Act::Choose(*other.unwrap()));
        }
        assert_eq!(session.deviations(), 2);
        let fragment = session.link().to_fragment();
        assert!(fragment.contains("N=3") && fragment.contains("choose=1"));
        let other = follow(&fragment);
        assert_eq!(other.problem(), None);
        assert_eq!(other.link(), session.link());
        let digest = |session: &Session| session.runs()[0].scene.machine.digest();
        assert_eq!(digest(&other), digest(&session));
        assert_eq!(
            other.runs()[0].trace.events(),
            session.runs()[0].trace.events()
        );
    }

    #[test]
    fn broken_links_say_what_is_wrong() {
        for (fragment, sentence) in [
            ("", "found neither"),
            ("#v=1", "found neither"),
            ("v=2&s=x", "found version \"2\""),
            ("s=x&at=-1", "at: found \"-1\""),
            ("s=x&at=99999999999999999999999", "at: found"),
            ("s=x&run&d=3", "d: found \"3\""),
            ("s=x&run&d=3:1,", "d: found \"3:1,\""),
            ("s=x&run&d=-3:1", "d: found \"-3:1\""),
            ("s=x&run&run&run&run&run&run&run", "found 7 runs"),
        ] {
            let error = Link::parse(fragment).unwrap_err().to_string();
            assert!(error.contains(sentence), "{fragment}: {error}");
        }
    }

    #[test]
    fn the_good_part_of_a_link_is_followed() {
        let mut link = Link {
            source: Source::Own {
                name: "a.toml".into(),
                text: TEXT.into(),
            },
            shared: vec![("colour".into(), "red".into()), ("cpus".into(), "2".into())],
            runs: Vec::new(),
            real: Origin::Nowhere,
            chooser: Chooser::Policy,
            position: 4_000,
        };
        let session = follow(&link.to_fragment());
        assert!(matches!(session.problem(), Some(Problem::Setting(_))));
        assert_eq!(session.runs()[0].scene.machine.cpus.len(), 2);
        assert_eq!(session.position(), session.merged().len());
        link.source = Source::Scenario {
            slug: "gone".into(),
        };
        let session = follow(&link.to_fragment());
        assert!(session.problem().is_some());
    }

    fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
        // Names of settings are lower-case words; other keys of a link are none of them.
        proptest::collection::vec(("[a-z]{5,9}_[a-z]{1,5}", ".{0,12}"), 0..4)
    }

    fn choices() -> impl Strategy<Value = Deviations> {
        let choice = (any::<u32>(), any::<u32>().prop_map(TaskId));
        proptest::collection::btree_map(choice.0, choice.1, 0..4)
    }

    fn source() -> impl Strategy<Value = Source> {
        prop_oneof![
            ".{0,20}".prop_map(|slug| Source::Scenario { slug }),
            (".{0,20}", "(?s).{0,60}").prop_map(|(name, text)| Source::Own { name, text }),
        ]
    }

    proptest! {
        #[test]
        fn every_link_reads_as_what_it_was_written_from(
            source in source(),
            shared in pairs(),
            runs in proptest::collection::vec((pairs(), choices()), 0..=MOST_RUNS),
            is_real: bool,
            is_chosen: bool,
            position: usize,
        ) {
            let run = |(settings, deviations)| LinkRun { settings, deviations };
            let runs = runs.into_iter().map(run).collect();
            let chooser = if is_chosen { Chooser::Person } else { Chooser::Policy };
            let real = if is_real { Origin::Catalogue } else { Origin::Nowhere };
            let link = Link { source, shared, runs, real, chooser, position };
            prop_assert_eq!(Link::parse(&link.to_fragment()), Ok(link));
        }

        #[test]
        fn no_text_breaks_the_reader(fragment in "(?s).{0,80}") {
            if let Ok(link) = Link::parse(&fragment) {
                let mut session = Session::new();
                session.handle_all(link.acts());
                prop_assert!(!session.runs().is_empty());
            }
        }
    }
}
