//! What can be measured of one script in both machines, to be held beside each other: what
//! `lockstep calibrate --check` tabulates, and what the default costs are tested by.
//!
//! Each is a small script and what is looked at in its run. A simulated run of it is exact; of a real one
//! it is one sample, on a machine that does other things too.

mod list;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use self::list::QUANTITIES;
use super::{Limits, MemoryOrder, NativeError, Order, Recording, run as run_for_real};
use crate::event::EventKind;
use crate::run::{Deviations, run};
use crate::settings::Settings;
use crate::time::{Span, Time};
use crate::trace::Trace;
use crate::workload::Workload;

/// Something that both machines show.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// By which it is known.
    pub name: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// What is done.
    script: &'static str,
    /// The machine, and constants of the script.
    settings: &'static [(&'static str, &'static str)],
    measure: Measure,
    real: Real,
}

/// How the real figure is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Real {
    /// In a run of the script without a record.
    Plain,
    /// In one with a record, by its times.
    Recorded,
    /// By a small process that forks and waits, outside of any run: a run records, and has threads of its own.
    Forks,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
enum Measure {
    /// How long the run takes, for each of so many that it does.
    Each(u32),
    /// How many times as long the run takes as with these settings.
    Against(&'static [(&'static str, &'static str)]),
    /// The median time from one event to the next of the other kind.
    Between(fn(EventKind) -> bool, fn(EventKind) -> bool),
    /// How much longer that is than with these settings.
    Longer(
        fn(EventKind) -> bool,
        fn(EventKind) -> bool,
        &'static [(&'static str, &'static str)],
    ),
    /// Which share of so many additions the first variable lacks at the end.
    Lost(u32),
}

/// In what a quantity is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scale {
    /// Nanoseconds.
    Time,
    /// How many times.
    Times,
    /// A share, 1 for all.
    Share,
}

/// What is looked at in a run.
struct Seen {
    end: Time,
    memory: Vec<i64>,
    trace: Option<Arc<Trace>>,
}

impl Seen {
    /// The median time from an event to the next of the other kind.
    fn median_between(
        &self,
        begins: fn(EventKind) -> bool,
        ends: fn(EventKind) -> bool,
    ) -> Option<Span> {
        let (mut since, mut spans) = (None, Vec::new());
        for event in self.trace.as_ref()?.events() {
            if ends(event.kind)
                && let Some(since) = since.take()
            {
                spans.push(event.at.since(since));
            }
            if begins(event.kind) {
                since = Some(event.at);
            }
        }
        spans.sort_unstable();
        spans.get(spans.len() / 2).copied()
    }
}

/// The longest that a real run may take.
const LONGEST: Duration = Duration::from_secs(60);

impl Quantity {
    /// What it is in the simulated machine with these costs, which are settings; none where it is not to be
    /// seen, because it takes no time.
    ///
    /// # Errors
    ///
    /// Where the costs are no settings.
    pub fn simulated(&self, costs: &[(&str, String)]) -> Result<Option<f64>, NativeError> {
        let costs: Vec<_> = costs
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.look(|workload, settings| {
            let over = set(costs.iter().chain(settings))?;
            let code = workload.code(&over).map_err(NativeError::Input)?;
            let trace = run(Arc::new(code), Deviations::default());
            let machine = trace.last();
            Ok(Seen {
                end: machine.now,
                memory: machine.memory,
                trace: Some(Arc::new(trace)),
            })
        })
    }

    /// What it is on this computer, in one run; none where it did not come to it. `program` is as for
    /// [`run`](super::run).
    ///
    /// # Errors
    ///
    /// Where there is no real run.
    pub fn real(&self, program: &Path) -> Result<Option<f64>, NativeError> {
        let recording = match self.real {
            Real::Plain => Recording::Off(MemoryOrder::SequentiallyConsistent),
            Real::Recorded => Recording::On,
            Real::Forks => return forks(program),
        };
        self.look(|workload, settings| {
            let order = Order {
                over: set(settings)?,
                recording,
                limits: Limits {
                    wall: LONGEST,
                    ..Limits::default()
                },
                ..Order::new(workload)
            };
            let run = run_for_real(program, &order, &mut |_| ControlFlow::Continue(()))?;
            Ok(Seen {
                end: run.end,
                memory: run.memory,
                trace: run.trace,
            })
        })
    }

    /// In what it is measured.
    #[must_use]
    pub const fn scale(&self) -> Scale {
        match self.measure {
            Measure::Each(_) | Measure::Between(..) | Measure::Longer(..) => Scale::Time,
            Measure::Against(_) => Scale::Times,
            Measure::Lost(_) => Scale::Share,
        }
    }

    /// How its real figure is taken.
    #[must_use]
    pub const fn real_form(&self) -> Real {
        self.real
    }

    fn look(
        &self,
        run: impl Fn(Workload, &[(&str, &str)]) -> Result<Seen, NativeError>,
    ) -> Result<Option<f64>, NativeError> {
        let workload = Workload::from_script(self.name, self.script).map_err(NativeError::Input)?;
        let seen = run(workload.clone(), self.settings)?;
        Ok(match self.measure {
            Measure::Each(count) => Some(number(seen.end.0) / f64::from(count)),
            Measure::Against(settings) => {
                let other = run(workload, settings)?;
                Some(number(seen.end.0) / number(other.end.0.max(1)))
            }
            Measure::Between(begins, ends) => {
                let span = seen.median_between(begins, ends);
                span.map(|span| number(span.0))
            }
            Measure::Longer(begins, ends, settings) => {
                let other = run(workload, settings)?.median_between(begins, ends);
                let span = seen.median_between(begins, ends);
                // What takes no time is not reported.
                span.map(|span| number((span - other.unwrap_or_default()).0))
            }
            Measure::Lost(count) => seen.memory.first().map(|kept| {
                let kept = number(u64::try_from(*kept).unwrap_or_default());
                1.0 - kept / f64::from(count)
            }),
        })
    }
}

#[cfg(target_os = "linux")]
fn forks(program: &Path) -> Result<Option<f64>, NativeError> {
    let span = super::calibrate::forked(program, 0).map_err(NativeError::Start)?;
    Ok(Some(number(span.0)))
}

#[cfg(not(target_os = "linux"))]
fn forks(_: &Path) -> Result<Option<f64>, NativeError> {
    Ok(None)
}

fn set<'a>(
    pairs: impl IntoIterator<Item = &'a (&'a str, &'a str)>,
) -> Result<Settings, NativeError> {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        settings
            .set(name, value)
            .map_err(|error| NativeError::Failed(format!("{name}: {error}")))?;
    }
    Ok(settings)
}

/// Good for about three months in nanoseconds, which is longer than any run.
#[expect(clippy::cast_precision_loss, reason = "see above")]
const fn number(whole: u64) -> f64 {
    whole as f64
}
