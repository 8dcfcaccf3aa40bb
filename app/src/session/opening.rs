//! Opening a scenario: asking for its texts, and going on once they are there.
//!
//! Not the fetching: whoever is outside looks at [`Session::request`] and answers by [`Act::Deliver`].

use core::fmt;
use std::collections::VecDeque;
use std::sync::Arc;

use sim_core::scenario::{self, Entry, Scenario};

use super::making::Then;
use super::part::is_first;
use super::{Act, Plan, Problem, Session};
use crate::permalink::Link;

/// The texts of a scenario, by the names of their files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Texts {
    /// `scenario.toml`.
    pub scenario: String,
    /// The names and texts of its lessons.
    pub lessons: Vec<(String, String)>,
}

impl Texts {
    fn read(&self, slug: &str) -> Result<Scenario, Problem> {
        let lessons = self.lessons.iter();
        let lessons: Vec<_> = lessons.map(|(name, text)| (&**name, &**text)).collect();
        let source = scenario::Source {
            slug,
            scenario: &self.scenario,
            lessons: &lessons,
        };
        Scenario::read(&source).map_err(Problem::Input)
    }
}

/// Why texts cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FetchFault {
    /// Nobody answers.
    NoAnswer,
    /// The server answers by a number that is not the texts.
    Status(u16),
}

impl fmt::Display for FetchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer => f.write_str("the server of this page does not answer"),
            Self::Status(status) => write!(f, "the server of this page answers {status}"),
        }
    }
}

/// A scenario whose texts are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// Each request has a number of its own.
    pub number: u64,
    /// What is to be opened.
    pub entry: &'static Entry,
}

/// What waits for texts.
#[derive(Debug, Default)]
pub(super) struct Opening {
    /// The scenarios that were opened before.
    shelf: Vec<Arc<Scenario>>,
    /// How many requests there have been.
    requests: u64,
    /// What is asked for now; the newest request takes the place of the one before.
    request: Option<Request>,
    /// What is to be done once its texts are there, or were asked for in vain.
    rest: VecDeque<Act>,
    /// What was asked for in vain.
    failed: Option<&'static Entry>,
}

impl Opening {
    /// The texts that are wanted.
    pub(super) const fn request(&self) -> Option<Request> {
        self.request
    }

    /// Waits for nothing any more.
    pub(super) fn withdraw(&mut self) {
        self.request = None;
        self.failed = None;
        self.rest.clear();
    }
}

impl Session {
    /// The texts that are wanted.
    #[must_use]
    pub const fn request(&self) -> Option<Request> {
        self.opening.request()
    }

    /// Does what a link says, before all else.
    #[lockstep_part::later(Session)]
    pub(super) fn follow(&mut self, link: &str, behind: &mut VecDeque<Act>) -> Result<(), Problem> {
        let link = Link::parse(link).map_err(Problem::Link)?;
        for act in link.acts().into_iter().rev() {
            behind.push_front(act);
        }
        Ok(())
    }

    /// Opens a scenario, now or once its texts are there: then all acts that come behind wait too.
    pub(super) fn open(&mut self, slug: &str, behind: &mut VecDeque<Act>) -> Result<(), Problem> {
        let unknown = || Problem::UnknownScenario {
            slug: slug.to_owned(),
        };
        let entry = scenario::entry(slug).ok_or_else(unknown)?;
        self.withdraw();
        self.live.withdraw();
        let known = self.opening.shelf.iter();
        if let Some(scenario) = known.clone().find(|each| each.slug == slug) {
            let plan = Plan::of_scenario(Arc::clone(scenario));
            self.mistakes.clear();
            self.draft = Some((plan, Then::Start));
        } else {
            self.opening.rest = core::mem::take(behind);
            self.ask(entry);
        }
        Ok(())
    }

    /// Waits for nothing any more that was asked for.
    pub(super) fn withdraw(&mut self) {
        self.opening.withdraw();
        self.part.withdraw();
        self.recordings.withdraw();
    }

    fn ask(&mut self, entry: &'static Entry) {
        if !is_first(entry) {
            // Both at once.
            self.part.want();
        }
        self.opening.requests += 1;
        self.opening.request = Some(Request {
            number: self.opening.requests,
            entry,
        });
    }

    /// Takes texts in: what waited for them is done before all else.
    pub(super) fn deliver(
        &mut self,
        request: u64,
        texts: Result<Texts, FetchFault>,
        behind: &mut VecDeque<Act>,
    ) -> Result<(), Problem> {
        let Some(Request { entry, .. }) = self
            .opening
            .request
            .take_if(|wanted| wanted.number == request)
        else {
            return Ok(());
        };
        let slug = entry.slug.to_owned();
        let texts = texts.map_err(|fault| {
            self.opening.failed = Some(entry);
            Problem::Fetch {
                slug: slug.clone(),
                fault,
            }
        })?;
        let mut waiting = core::mem::take(&mut self.opening.rest);
        let scenario = texts.read(&slug)?;
        self.opening.shelf.push(Arc::new(scenario));
        waiting.push_front(Act::Open { slug });
        waiting.append(behind);
        *behind = waiting;
        Ok(())
    }

    /// Asks again for what could not be had.
    pub(super) fn retry(&mut self) {
        if let Some(entry) = self.opening.failed.take() {
            self.problem = None;
            self.ask(entry);
        }
    }
}
