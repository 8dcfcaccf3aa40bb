//! The clock of a run: the machine's, since the moment at which all threads stood ready.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::os;
use crate::time::{Span, Time};

/// The clock of a run. Processes that come from one by `fork` have the same.
#[derive(Debug, Default)]
pub(super) struct Clock {
    epoch: AtomicU64,
}

/// How long a thread burns the CPU between two looks at its clock: a look is a system call of about
/// 0.2 µs, and what is burnt too much is a small part of a microsecond.
const SPINS: u32 = 64;

impl Clock {
    /// Begins a run.
    pub(super) fn begin(&self) {
        self.epoch.store(os::monotonic(), Ordering::SeqCst);
    }

    /// When the run began, on the machine's clock.
    #[cfg(target_os = "linux")]
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// Joins a run that began then.
    #[cfg(target_os = "linux")]
    pub(super) fn join(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::SeqCst);
    }

    /// How long it has been going on.
    pub(super) fn now(&self) -> Time {
        Time(os::monotonic().saturating_sub(self.epoch.load(Ordering::Relaxed)))
    }

    /// Sleeps until a moment.
    pub(super) fn sleep_until(&self, moment: Time) {
        loop {
            let left = moment.since(self.now());
            if left.is_zero() {
                return;
            }
            thread::sleep(Duration::from_nanos(left.0));
        }
    }
}

/// Burns CPU time of the calling thread, until that is over or it is to stop; what is left then.
pub(super) fn burn(span: Span, is_to_stop: impl Fn() -> bool) -> Span {
    if span.is_zero() {
        return span;
    }
    let end = Span(os::thread_cpu().0.saturating_add(span.0));
    loop {
        let left = end - os::thread_cpu();
        if left.is_zero() || is_to_stop() {
            return left;
        }
        for _ in 0..SPINS {
            core::hint::spin_loop();
        }
    }
}
