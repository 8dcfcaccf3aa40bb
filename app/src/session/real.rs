//! A real run beside the simulated ones: asking for its recording, and going on once it is there.
//!
//! Not the fetching: whoever is outside looks at [`Session::recording_request`] and answers by
//! [`Act::DeliverRecording`]. A recording that cannot be had keeps nothing else from being shown.

use core::fmt;
use std::collections::VecDeque;
use std::sync::Arc;

use sim_core::recording::Recording;
use sim_core::scenario::{self, Variant};
use sim_core::settings::Settings;
use sim_core::trace::Trace;

use super::making::Then;
use super::{Act, FetchFault, Problem, Session};

/// A real run that stands beside the simulated ones.
#[derive(Clone, Debug)]
pub struct RealRun {
    /// The run.
    pub trace: Arc<Trace>,
    /// Where it comes from.
    pub origin: Origin,
    /// The settings of the workload that it was given other values of.
    pub settings: Settings,
}

/// Where a real run comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Origin {
    /// There is none.
    #[default]
    Nowhere,
    /// It was recorded once, and belongs to the catalogue: a link can name it.
    Catalogue,
    /// It took place when a person asked for it, and nobody else has it.
    Live,
}

/// A recording that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordingRequest {
    /// Each request has a number of its own.
    pub number: u64,
    /// Of which scenario.
    pub slug: String,
}

/// Why a recording is not shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RecordingFault {
    /// There is none of what is open.
    Missing,
    /// It cannot be had.
    Fetch(FetchFault),
    /// It is no run of what is open: why not.
    Bad(String),
}

impl fmt::Display for RecordingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no recorded real run of what is open"),
            Self::Fetch(fault) => fault.fmt(f),
            Self::Bad(why) => f.write_str(why),
        }
    }
}

/// What waits for a recording.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    /// Those that were shown before, by their scenarios.
    shelf: Vec<(String, Arc<Trace>)>,
    requests: u64,
    request: Option<RecordingRequest>,
    /// What is to be done once it is there, or was asked for in vain.
    rest: VecDeque<Act>,
    has_failed: bool,
}

impl Recordings {
    /// Waits for nothing any more.
    pub(super) fn withdraw(&mut self) {
        self.request = None;
        self.has_failed = false;
        self.rest.clear();
    }
}

impl Session {
    /// The recording that is wanted.
    #[must_use]
    pub fn recording_request(&self) -> Option<RecordingRequest> {
        self.recordings.request.clone()
    }

    /// Whether there is a recorded run of what is open that is not shown yet.
    #[must_use]
    pub fn offers_recording(&self) -> bool {
        let plan = self.coming();
        let slug = plan.scenario().map(|scenario| &*scenario.slug);
        let entry = slug.and_then(scenario::entry);
        !plan.has_recording() && entry.is_some_and(scenario::Entry::has_recording)
    }

    /// Whether a run is a real one.
    #[must_use]
    pub fn is_real(&self, run: usize) -> bool {
        let run = self.runs.get(run);
        run.is_some_and(|run| run.trace.reality().is_some())
    }

    /// Where a real run comes from.
    #[must_use]
    pub fn origin(&self, run: usize) -> Origin {
        let place = run.checked_sub(self.plan.runs.len());
        let real = place.and_then(|place| self.plan.real.get(place));
        real.map(|real| real.origin).unwrap_or_default()
    }

    /// The variant of the scenario that a real run is one of.
    #[must_use]
    #[lockstep_part::later(Session)]
    pub fn real_variant(&self, run: usize) -> Option<&Variant> {
        let plan = self.plan();
        let real = plan.real.get(run.checked_sub(plan.runs.len())?)?;
        let mut variants = plan.scenario()?.variants.iter();
        let is_it = |variant: &&Variant| variant.settings.for_real() == real.settings;
        variants.find(|variant| !real.settings.is_empty() && is_it(variant))
    }

    /// Whether a run can be taken away: one simulated run stays.
    #[must_use]
    pub fn can_remove(&self, run: usize) -> bool {
        self.plan.runs.len() > 1 || self.is_real(run)
    }

    /// Puts the recorded run beside the others, now or once it is there: then all acts that come behind
    /// wait too.
    #[lockstep_part::later(Session)]
    pub(super) fn show_recording(&mut self, behind: &mut VecDeque<Act>) -> Result<(), Problem> {
        let (mut plan, then) = self.planned();
        if plan.has_recording() {
            return Ok(());
        }
        if plan.room() == 0 {
            return Err(Problem::TooManyRuns);
        }
        let slug = plan.scenario().map(|scenario| scenario.slug.clone());
        let entry = slug.as_deref().and_then(scenario::entry);
        let (Some(slug), true) = (slug, entry.is_some_and(scenario::Entry::has_recording)) else {
            return Err(Problem::Recording(RecordingFault::Missing));
        };
        let known = self.recordings.shelf.iter().find(|(own, _)| *own == slug);
        if let Some((_, trace)) = known {
            // Before those that were made on request.
            let recorded = RealRun {
                trace: Arc::clone(trace),
                origin: Origin::Catalogue,
                settings: Settings::default(),
            };
            plan.real.insert(0, recorded);
            self.draft = Some((plan, then.unwrap_or(Then::SameTime)));
            return Ok(());
        }
        self.recordings.withdraw();
        self.recordings.rest = core::mem::take(behind);
        self.recordings.requests += 1;
        self.recordings.request = Some(RecordingRequest {
            number: self.recordings.requests,
            slug,
        });
        Ok(())
    }

    /// Takes a recording in; what waited for it is done in any case.
    #[lockstep_part::later(Session)]
    pub(super) fn take_recording(
        &mut self,
        request: u64,
        text: Result<String, FetchFault>,
        behind: &mut VecDeque<Act>,
    ) -> Result<(), Problem> {
        let wanted = &mut self.recordings.request;
        let Some(RecordingRequest { slug, .. }) = wanted.take_if(|wanted| wanted.number == request)
        else {
            return Ok(());
        };
        let mut waiting = core::mem::take(&mut self.recordings.rest);
        let (plan, _) = self.planned();
        let scenario = plan.scenario().filter(|scenario| scenario.slug == slug);
        let replayed = match (text, scenario) {
            (Err(fault), _) => Err(RecordingFault::Fetch(fault)),
            // Something else was opened while it came.
            (_, None) => Err(RecordingFault::Missing),
            (Ok(text), Some(scenario)) => Recording::read(&text)
                .and_then(|recording| recording.replay(&scenario.workload))
                .map_err(|error| RecordingFault::Bad(error.to_string())),
        };
        let problem = match replayed {
            Ok(trace) => {
                self.recordings.shelf.push((slug, Arc::new(trace)));
                waiting.push_front(Act::ShowRecording);
                None
            }
            Err(fault) => {
                self.recordings.has_failed = matches!(fault, RecordingFault::Fetch(_));
                Some(Problem::Recording(fault))
            }
        };
        waiting.append(behind);
        *behind = waiting;
        problem.map_or(Ok(()), Err)
    }

    /// Asks again for what could not be had.
    pub(super) fn retry_recording(&mut self, behind: &mut VecDeque<Act>) {
        if core::mem::take(&mut self.recordings.has_failed) {
            self.problem = None;
            behind.push_front(Act::ShowRecording);
        }
    }
}
