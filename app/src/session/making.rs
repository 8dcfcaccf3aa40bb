//! Runs in the making: a slice of events at a time, so that the page stays responsive.
//!
//! Not the loop that makes them, which is [`Runner`]'s.

use std::sync::Arc;

use sim_core::program::Code;
use sim_core::run::{Deviations, Limit, Outcome, Runner};
use sim_core::time::Time;
use sim_core::trace::Trace;
use sim_core::view::Merged;

use super::view::has_same_cast;
use super::{Plan, PlannedRun, RunView, Session};
use crate::player::Command;

/// How many events are made in one slice: a few milliseconds in a browser, and more than most
/// scenarios have altogether.
const EVENTS_A_SLICE: u64 = 40_000;

/// The runs of a plan, some of which are not made to their ends yet.
#[derive(Debug)]
pub(super) struct Making {
    pub(super) plan: Plan,
    pub(super) then: Then,
    pieces: Vec<Piece>,
}

/// A run that is there already, and the choices in it that are a person's.
pub(super) struct Made {
    pub(super) trace: Arc<Trace>,
    pub(super) deviations: Deviations,
}

/// Where to be once the runs are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Then {
    /// At the start.
    Start,
    /// At the moment at which the runs before them were.
    SameTime,
    /// At the same step, if all up to it is the same; else at the start.
    SamePast,
    /// After so many events.
    At(usize),
    /// At a moment.
    AtTime(Time),
}

#[derive(Debug)]
enum Piece {
    Done(Arc<Trace>),
    Running(Box<Runner>),
    /// Between two slices of one call; never seen outside.
    Taken,
}

/// How far runs in the making are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// How many events have been made.
    pub events: usize,
    /// How many of the runs are complete.
    pub complete: usize,
    /// How many runs there are.
    pub runs: usize,
}

impl Making {
    /// Begins; traces of the same programs are taken over.
    pub(super) fn new(plan: Plan, codes: Vec<Arc<Code>>, have: &[Made], then: Then) -> Self {
        let piece = |(code, planned): (Arc<Code>, &PlannedRun)| {
            let deviations = &planned.deviations;
            let is_same =
                |made: &&Made| **made.trace.code() == *code && made.deviations == *deviations;
            match have.iter().find(is_same) {
                Some(made) => Piece::Done(Arc::clone(&made.trace)),
                None => Piece::Running(Box::new(Runner::new(code, deviations.clone()))),
            }
        };
        let real = plan.real.iter();
        let real = real.map(|real| Piece::Done(Arc::clone(&real.trace)));
        let simulated = codes.into_iter().zip(&plan.runs).map(piece);
        Self {
            pieces: simulated.chain(real).collect(),
            plan,
            then,
        }
    }

    /// Makes one slice; the traces once all are there.
    pub(super) fn slice(&mut self) -> Option<Vec<Arc<Trace>>> {
        let mut left = EVENTS_A_SLICE;
        for piece in &mut self.pieces {
            if left == 0 {
                break;
            }
            if let Piece::Running(runner) = piece {
                let before = runner.events();
                if let Some(outcome) = runner.advance(left) {
                    left = left.saturating_sub((runner.events() - before) as u64);
                    piece.finish(outcome);
                } else {
                    left = 0;
                }
            }
        }
        self.traces()
    }

    /// The traces as far as they have come.
    pub(super) fn stop(mut self) -> (Plan, Vec<Arc<Trace>>) {
        self.pieces
            .iter_mut()
            .for_each(|piece| piece.finish(Outcome::Limit(Limit::Events)));
        let traces = self.traces().unwrap_or_default();
        (self.plan, traces)
    }

    pub(super) fn progress(&self) -> Progress {
        let events = self.pieces.iter().map(|piece| match piece {
            Piece::Done(trace) => trace.len(),
            Piece::Running(runner) => runner.events(),
            Piece::Taken => 0,
        });
        let complete = self
            .pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Done(_)))
            .count();
        Progress {
            events: events.sum(),
            complete,
            runs: self.pieces.len(),
        }
    }

    fn traces(&self) -> Option<Vec<Arc<Trace>>> {
        let traces = self.pieces.iter().map(|piece| match piece {
            Piece::Done(trace) => Some(Arc::clone(trace)),
            Piece::Running(_) | Piece::Taken => None,
        });
        traces.collect()
    }
}

impl Piece {
    fn finish(&mut self, outcome: Outcome) {
        *self = match core::mem::replace(self, Self::Taken) {
            Self::Running(runner) => Self::Done(Arc::new(runner.finish(outcome))),
            other => other,
        };
    }
}

impl Session {
    /// Begins to make the runs of a plan.
    pub(super) fn start_making(&mut self, plan: Plan, codes: Vec<Arc<Code>>, then: Then) {
        let made = self
            .runs
            .iter()
            .zip(&self.plan.runs)
            .map(|(run, planned)| Made {
                trace: Arc::clone(&run.trace),
                deviations: planned.deviations.clone(),
            });
        let have: Vec<_> = made.collect();
        self.making = Some(Making::new(plan, codes, &have, then));
        self.make_slice();
    }

    /// Goes on with them.
    pub(super) fn make_slice(&mut self) {
        let Some(making) = &mut self.making else {
            return;
        };
        if let Some(traces) = making.slice()
            && let Some(making) = self.making.take()
        {
            self.install(making.plan, traces, making.then);
        }
    }

    /// Makes them no further, and waits for nothing.
    pub(super) fn cancel(&mut self) {
        self.withdraw();
        let Some(making) = self.making.take() else {
            return;
        };
        if self.merged.is_empty() {
            let then = making.then;
            let (plan, traces) = making.stop();
            self.install(plan, traces, then);
        }
    }

    /// Takes over complete runs.
    fn install(&mut self, plan: Plan, traces: Vec<Arc<Trace>>, then: Then) {
        if traces.is_empty() {
            return;
        }
        let merged = Merged::new(&traces);
        let place = match then {
            Then::SameTime => self.same_place(&merged),
            Then::SamePast => match self.same_place(&merged) {
                Command::Seek(position) => Command::Seek(position),
                _ => Command::Seek(0),
            },
            Then::Start => Command::Seek(0),
            Then::At(position) => Command::Seek(position),
            Then::AtTime(at) => Command::SeekTime(at),
        };
        if then == Then::Start {
            self.player.command(&self.merged, Command::Pause);
            self.select(None);
        }
        let jobs = traces.iter().map(|trace| trace.code().jobs.len()).max();
        if self
            .selection
            .is_some_and(|task| Some(task.index()) >= jobs)
        {
            self.select(None);
        }
        self.plan = plan;
        self.merged = merged;
        let mut before: Vec<_> = core::mem::take(&mut self.runs);
        for trace in traces {
            // Each old run lends its cast once; what stands at the same place is asked first.
            let place = self.runs.len().min(before.len());
            let order = (place..before.len()).chain(0..place);
            let same = order
                .into_iter()
                .find(|old| has_same_cast(&before[*old].trace, &trace));
            let cast = same.map_or_else(
                || {
                    self.casts += 1;
                    self.casts
                },
                |old| before.remove(old).cast,
            );
            // What a person is to bring about is not what a real system did.
            let scenario = self.plan.scenario().filter(|_| trace.reality().is_none());
            let goals = scenario.map_or(&[][..], |scenario| &scenario.goals);
            self.runs.push(RunView::new(trace, cast, goals));
        }
        self.focus = self.focus.min(self.runs.len() - 1);
        self.player.load(&self.merged);
        self.player.command(&self.merged, place);
        self.revision += 1;
    }
}
