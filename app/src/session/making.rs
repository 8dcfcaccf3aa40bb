//! Runs in the making: a slice of events at a time, so that the page stays responsive.
//!
//! Not the loop that makes them, which is [`Runner`]'s.

use std::sync::Arc;

use sim_core::program::Code;
use sim_core::run::{Deviations, Limit, Outcome, Runner};
use sim_core::time::Time;
use sim_core::trace::Trace;

use super::{Plan, PlannedRun};

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
