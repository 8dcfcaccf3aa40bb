//! What is held to what: claims, and what runs come to, in simulated schedules and in real runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Aspect, Tally, Verdict};
use crate::claims::{Claim, Kind, look_at};
use crate::event::{Event, EventKind};
use crate::run::{Limit, Outcome};
use crate::time::Time;
use crate::trace::Trace;

/// What a claim has come to so far.
pub(super) struct Progress<'a> {
    pub(super) claim: &'a Claim,
    unseen: Option<&'static str>,
    pub(super) simulated: Tally,
    pub(super) real: Tally,
    pub(super) detail: String,
}

impl Progress<'_> {
    pub(super) fn look(&mut self, trace: &Arc<Trace>, is_real: Side) {
        let run = |_: Option<&str>| Ok(Arc::clone(trace));
        let (is_so, found) = look_at(&self.claim.form, &run).unwrap_or((false, String::new()));
        match is_real {
            Side::Simulated => self.simulated.add(is_so),
            Side::Real => {
                self.real.add(is_so);
                let is_news = match self.claim.kind {
                    Kind::Always => !is_so,
                    Kind::Possible | Kind::Never => is_so,
                };
                if is_news || self.detail.is_empty() {
                    self.detail = found;
                }
            }
        }
    }

    /// Whether it has still to come in a real run.
    pub(super) fn is_wanted(&self) -> bool {
        let is_possible = self.claim.kind == Kind::Possible;
        is_possible && self.unseen.is_none() && self.simulated.so > 0 && self.real.so == 0
    }

    pub(super) fn verdict(&self) -> Verdict {
        if let Some(why) = self.unseen {
            return Verdict::NotCompared(why);
        }
        let (simulated, real) = (self.simulated, self.real);
        if simulated.of == 0 {
            return Verdict::NotCompared("what it is about has no real form here");
        }
        if real.of == 0 {
            return Verdict::NotCompared("no real run came to an end of its own");
        }
        let judged = |holds| {
            if holds {
                Verdict::Agrees
            } else {
                Verdict::Disagrees
            }
        };
        match self.claim.kind {
            Kind::Always if simulated.so == simulated.of => judged(real.so == real.of),
            Kind::Never if simulated.so == 0 => judged(real.so == 0),
            Kind::Possible if simulated.so > 0 => judged(real.so > 0),
            _ => Verdict::Open,
        }
    }
}

/// Which of the two machines a run is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Simulated,
    Real,
}

pub(super) fn begin(claim: &Claim) -> Progress<'_> {
    Progress {
        claim,
        unseen: claim.form.seen_by_tasks().err().map(|unseen| unseen.why()),
        simulated: Tally::default(),
        real: Tally::default(),
        detail: String::new(),
    }
}

/// For what a program waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Waits {
    /// For its own tasks only.
    ForOthers,
    /// For the clock too: a sleep, a time limit, a late arrival.
    ForTheClock,
}

impl Waits {
    pub(super) fn of(trace: &Trace) -> Self {
        let is_late = |event: &Event| event.at > Time::ZERO;
        let is_by_clock = |event: &Event| match event.kind {
            EventKind::SleepEnded { .. }
            | EventKind::TimedOut { .. }
            | EventKind::IoCompleted { .. }
            | EventKind::Released { .. }
            | EventKind::AlarmRang { .. } => true,
            EventKind::Arrived { .. } => is_late(event),
            _ => false,
        };
        if trace.events().iter().any(is_by_clock) {
            Self::ForTheClock
        } else {
            Self::ForOthers
        }
    }
}

/// Whether what real runs come to is what simulated ones do. A result that the program leaves open may be
/// one that no simulated schedule happened to come to; how runs end may not.
/// Nor does a program fix what depends on which of two clocks is first.
pub(super) fn judge_fact(
    what: Aspect,
    waits: Waits,
    simulated: &BTreeSet<String>,
    real: &BTreeSet<String>,
) -> Verdict {
    let is_same = simulated.len() == 1 && waits == Waits::ForOthers;
    let is_fixed = is_same || what == Aspect::Outcome;
    match (real.is_subset(simulated), is_fixed) {
        (true, _) => Verdict::Agrees,
        (false, true) => Verdict::Disagrees,
        (false, false) => Verdict::Open,
    }
}

pub(super) const LIMIT: &str = Outcome::Limit(Limit::Until).name();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    /// What is said of a claim of this kind, so often so in simulated schedules and in real runs.
    fn verdict(kind: Kind, simulated: u32, real: u32) -> Verdict {
        let catalogue = scenario::catalogue().iter();
        let claims = catalogue.flat_map(|scenario| &scenario.claims);
        let mut claims = claims.filter(|claim| claim.kind == kind);
        let claim = claims
            .find(|claim| claim.form.seen_by_tasks().is_ok())
            .expect("a claim of this kind");
        Progress {
            simulated: Tally {
                so: simulated,
                of: 10,
            },
            real: Tally { so: real, of: 4 },
            ..begin(claim)
        }
        .verdict()
    }

    #[test]
    fn what_holds_in_all_schedules_has_to_hold_in_all_runs() {
        assert_eq!(verdict(Kind::Always, 10, 4), Verdict::Agrees);
        assert_eq!(verdict(Kind::Always, 10, 3), Verdict::Disagrees);
        assert_eq!(verdict(Kind::Always, 9, 0), Verdict::Open);
        assert_eq!(verdict(Kind::Never, 0, 0), Verdict::Agrees);
        assert_eq!(verdict(Kind::Never, 0, 1), Verdict::Disagrees);
        assert_eq!(verdict(Kind::Never, 1, 4), Verdict::Open);
        assert_eq!(verdict(Kind::Possible, 1, 1), Verdict::Agrees);
        assert_eq!(verdict(Kind::Possible, 1, 0), Verdict::Disagrees);
        assert_eq!(verdict(Kind::Possible, 0, 0), Verdict::Open);
    }

    #[test]
    fn results_are_judged_by_what_simulated_schedules_come_to() {
        let set = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let judge = |what, simulated: &[&str], real: &[&str]| {
            judge_fact(what, Waits::ForOthers, &set(simulated), &set(real))
        };
        let by_clock = judge_fact(
            Aspect::Output,
            Waits::ForTheClock,
            &set(&["1"]),
            &set(&["2"]),
        );
        assert_eq!(by_clock, Verdict::Open);
        assert_eq!(judge(Aspect::Memory, &["1"], &["1"]), Verdict::Agrees);
        assert_eq!(
            judge(Aspect::Memory, &["1"], &["1", "2"]),
            Verdict::Disagrees
        );
        assert_eq!(judge(Aspect::Memory, &["1", "2"], &["2"]), Verdict::Agrees);
        assert_eq!(judge(Aspect::Memory, &["1", "2"], &["3"]), Verdict::Open);
        let (ends, sticks) = ("finished", "deadlock");
        assert_eq!(
            judge(Aspect::Outcome, &[ends, sticks], &[ends]),
            Verdict::Agrees
        );
        assert_eq!(
            judge(Aspect::Outcome, &[ends], &[sticks]),
            Verdict::Disagrees
        );
        assert_eq!(
            judge(Aspect::Outcome, &[ends, sticks], &["stalled"]),
            Verdict::Disagrees
        );
    }
}
