//! Several runs on one clock: one order of all their events, by time, run and event.
//!
//! Not a copy of the events: a place in the merged order is found by bisection, so that comparing
//! runs of a million events costs no memory.

use std::sync::Arc;

use crate::event::Event;
use crate::time::Time;
use crate::trace::{Granularity, Trace};

/// Runs that are compared.
#[derive(Clone, Debug)]
pub struct Merged {
    traces: Vec<Arc<Trace>>,
    len: usize,
}

/// An event of one of the runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MergedEvent {
    /// The place of the run among those that are compared.
    pub run: usize,
    /// How many events of that run come before it.
    pub before: usize,
    /// The event.
    pub event: Event,
}

impl Merged {
    /// The order of the events of several runs.
    #[must_use]
    pub fn new(traces: &[Arc<Trace>]) -> Self {
        let len = traces.iter().map(|trace| trace.len()).sum();
        Self {
            traces: traces.to_vec(),
            len,
        }
    }

    /// The runs.
    #[must_use]
    pub fn traces(&self) -> &[Arc<Trace>] {
        &self.traces
    }

    /// How many events there are in all.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// When the last of the runs ends.
    #[must_use]
    pub fn end(&self) -> Time {
        self.traces
            .iter()
            .map(|trace| trace.end())
            .max()
            .unwrap_or_default()
    }

    /// How many events of each run lie behind a place of the merged order.
    #[must_use]
    pub fn counts(&self, position: usize) -> Vec<usize> {
        let position = position.min(self.len);
        let at = self.moment(position);
        let mut counts: Vec<_> = self.traces.iter().map(|trace| before(trace, at)).collect();
        // At one moment the runs follow each other in order.
        let mut rest = position.saturating_sub(counts.iter().sum());
        for (count, trace) in counts.iter_mut().zip(&self.traces) {
            let taken = rest.min(trace.events_until(at) - *count);
            *count += taken;
            rest -= taken;
        }
        counts
    }

    /// The place after the first `events` events of a run: everything that comes before the last
    /// of them in the merged order lies behind, too.
    #[must_use]
    pub fn position(&self, run: usize, events: usize) -> usize {
        let Some(trace) = self.traces.get(run) else {
            return 0;
        };
        let events = events.min(trace.len());
        let Some(last) = events.checked_sub(1).map(|last| &trace.events()[last]) else {
            return 0;
        };
        let others = self
            .traces
            .iter()
            .enumerate()
            .map(|(other, trace)| match other.cmp(&run) {
                core::cmp::Ordering::Less => trace.events_until(last.at),
                core::cmp::Ordering::Equal => events,
                core::cmp::Ordering::Greater => before(trace, last.at),
            });
        others.sum()
    }

    /// The place after everything that had happened by a moment.
    #[must_use]
    pub fn position_at(&self, at: Time) -> usize {
        self.traces.iter().map(|trace| trace.events_until(at)).sum()
    }

    /// The event that led to a place; none at the start.
    #[must_use]
    pub fn event(&self, position: usize) -> Option<MergedEvent> {
        let before = self.counts(position.min(self.len).checked_sub(1)?);
        let next = before.iter().enumerate().filter_map(|(run, &before)| {
            let event = *self.traces[run].events().get(before)?;
            Some(MergedEvent { run, before, event })
        });
        next.min_by_key(|next| (next.event.at, next.run))
    }

    /// The time at a place: of the event that led there.
    #[must_use]
    pub fn time(&self, position: usize) -> Time {
        self.moment(position.min(self.len))
    }

    /// The place to which a step forward leads.
    #[must_use]
    pub fn next_stop(&self, position: usize, by: Granularity) -> usize {
        match by {
            Granularity::Event => self.len.min(position.saturating_add(1)),
            by => {
                let counts = self.counts(position);
                let next = self.traces.iter().zip(&counts).enumerate().filter_map(
                    |(run, (trace, &count))| {
                        let ahead = &trace.events()[count..];
                        let offset = ahead.iter().position(|event| by.stops_after(event.kind))?;
                        Some((ahead[offset].at, run, count + offset + 1))
                    },
                );
                next.min()
                    .map_or(self.len, |(_, run, events)| self.position(run, events))
            }
        }
    }

    /// The place to which a step back leads.
    #[must_use]
    pub fn previous_stop(&self, position: usize, by: Granularity) -> usize {
        let previous = position.min(self.len).saturating_sub(1);
        match by {
            Granularity::Event => previous,
            by => {
                let counts = self.counts(previous);
                let last = self.traces.iter().zip(&counts).enumerate().filter_map(
                    |(run, (trace, &count))| {
                        let behind = &trace.events()[..count];
                        let last = behind
                            .iter()
                            .rposition(|event| by.stops_after(event.kind))?;
                        Some((behind[last].at, run, last + 1))
                    },
                );
                last.max()
                    .map_or(0, |(_, run, events)| self.position(run, events))
            }
        }
    }

    /// The time of the event at place `position`: the earliest moment by which that many events
    /// have happened; the start for none.
    fn moment(&self, position: usize) -> Time {
        if position == 0 {
            return Time::ZERO;
        }
        let latest = self.traces.iter().filter_map(|trace| trace.events().last());
        let mut high = latest.map(|event| event.at.0).max().unwrap_or(0);
        let mut low = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            if self.position_at(Time(middle)) >= position {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Time(low)
    }
}

/// How many events of a run happened before a moment.
fn before(trace: &Trace, at: Time) -> usize {
    trace.events().partition_point(|event| event.at < at)
}
