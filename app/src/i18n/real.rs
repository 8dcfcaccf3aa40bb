//! The texts of real runs: recorded ones, and those that a server makes on request.

use sim_core::trace::System;

use crate::session::{LiveFault, LiveProgress, LiveServer};

/// What there is to say of a real run's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Take {
    /// It was recorded once.
    Recorded,
    /// It took place when a person asked for it: which of those that are shown, from 1 on.
    Live(usize),
}

/// How far a real run went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// To its end.
    End,
    /// To a limit, where it was stopped.
    Limit,
}

/// The texts of real runs.
pub trait RealTexts {
    /// A run on a real operating system that was recorded.
    fn real_run(&self) -> &'static str;
    /// What that does.
    fn real_run_hint(&self) -> &'static str;
    /// A run on the operating system of this computer, now.
    fn live_run(&self) -> &'static str;
    /// What that does.
    fn live_run_hint(&self) -> &'static str;
    /// What a real run is called.
    fn real_on(&self, take: Take, system: &System, reach: Reach) -> String;
    /// Why a recorded run has no parameters.
    fn real_note(&self) -> &'static str;
    /// What a run on request is, and what becomes of it.
    fn live_note(&self) -> &'static str;
    /// How far a run on request is, and how far it may go.
    fn live_progress(&self, progress: LiveProgress, server: LiveServer) -> String;
    /// What could not be had.
    fn live_title(&self) -> &'static str;
    /// Why there is no run.
    fn live_fault(&self, fault: &LiveFault) -> String;
    /// What to do about it.
    fn live_way_out(&self, fault: &LiveFault) -> &'static str;
}
