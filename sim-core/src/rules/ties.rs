//! The one written rule of ties: what comes first of several things at one moment.

use crate::program::Ties;
use crate::time::Time;

/// The kinds of things that can come next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What a CPU does comes to its end.
    Cpu,
    /// The policy's timer.
    Tick,
    /// A deadline passes.
    Deadline,
    /// A job arrives.
    Arrival,
    /// A request is done, or a period begins.
    Timer,
    /// A packet has arrived at the network card.
    Packet,
    /// A packet has arrived elsewhere, or the kernel has done what was submitted to it.
    Elsewhere,
    /// A sleep is over, or a timed call gives up.
    Timeout,
    /// An alarm clock rings.
    Alarm,
    /// A job that waits for admission can be admitted.
    Load,
    /// A CPU is free and a task is ready.
    Dispatch,
    /// A ready task should take a CPU.
    Preempt,
}

/// How many kinds there are.
const KINDS: u8 = 12;

/// The kinds in their order at one moment.
pub(super) type Order = [Kind; KINDS as usize];

/// The one written rule of ties; see [`Ties`].
///
/// A job is admitted as soon as it can be, so that it stands in the queue in order of arrival. The
/// policy's timer comes before dispatch: a boost puts everybody into the queue first.
const fn order(ties: Ties) -> Order {
    use Kind::{
        Alarm, Arrival, Cpu, Deadline, Dispatch, Elsewhere, Load, Packet, Preempt, Tick, Timeout,
        Timer,
    };
    match ties {
        Ties::CpuFirst => [
            Load, Cpu, Tick, Deadline, Arrival, Timer, Packet, Elsewhere, Timeout, Alarm, Dispatch,
            Preempt,
        ],
        Ties::ArrivalsFirst => [
            Load, Arrival, Timer, Packet, Elsewhere, Timeout, Alarm, Cpu, Tick, Deadline, Dispatch,
            Preempt,
        ],
        Ties::DispatchFirst => [
            Load, Cpu, Tick, Deadline, Dispatch, Arrival, Timer, Packet, Elsewhere, Timeout, Alarm,
            Preempt,
        ],
    }
}

/// An [`Order`], and the place of each kind in it.
pub(super) struct Ranks {
    kinds: Order,
    places: [u8; KINDS as usize],
}

pub(super) const fn ranks(ties: Ties) -> &'static Ranks {
    const fn of(kinds: Order) -> Ranks {
        let mut places = [0; KINDS as usize];
        let mut place = 0;
        while place < KINDS {
            places[kinds[place as usize] as usize] = place;
            place += 1;
        }
        Ranks { kinds, places }
    }
    match ties {
        Ties::CpuFirst => const { &of(order(Ties::CpuFirst)) },
        Ties::ArrivalsFirst => const { &of(order(Ties::ArrivalsFirst)) },
        Ties::DispatchFirst => const { &of(order(Ties::DispatchFirst)) },
    }
}

/// What of the order of ties matters in a plain stretch of a run, where nothing but a CPU, a timer
/// and a dispatch can come next.
#[derive(Clone, Copy)]
pub(crate) struct PlainTies {
    /// The end of a burst or a slice comes before a timer.
    pub(crate) cpu_before_timer: bool,
    /// A timer comes before a dispatch.
    pub(crate) timer_before_dispatch: bool,
}

pub(crate) fn plain_ties(ties: Ties) -> PlainTies {
    let place = |kind: Kind| ranks(ties).places[kind as usize];
    PlainTies {
        cpu_before_timer: place(Kind::Cpu) < place(Kind::Timer),
        timer_before_dispatch: place(Kind::Timer) < place(Kind::Dispatch),
    }
}

/// A moment and, below it, the place of a kind at that moment: the smaller comes first. One number,
/// because it is compared for everything that could be next, at every event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u128);

impl Key {
    /// Later than every moment.
    pub(super) const NEVER: Self = Self((Time::NEVER.0 as u128) << 64);

    #[inline]
    pub(super) fn new(at: Time, kind: Kind, ranks: &Ranks) -> Self {
        Self(u128::from(at.0) << 64 | u128::from(ranks.places[kind as usize]))
    }

    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the upper half is a moment"
    )]
    pub(super) const fn at(self) -> Time {
        Time((self.0 >> 64) as u64)
    }

    #[inline]
    pub(super) const fn kind(self, ranks: &Ranks) -> Kind {
        ranks.kinds[(self.0 & 15) as usize]
    }
}
