//! The player: turns passing real time into passing simulated time.
//!
//! Not a clock and not a view: it is told how much real time went by, and it knows nothing of
//! Leptos or of a browser. What it plays is a [`Score`].

use sim_core::time::{Span, Time};
use sim_core::view::Merged;

/// What can be played: events in one order, each at a moment.
pub trait Score {
    /// How many events there are.
    fn length(&self) -> usize;
    /// The moment of the event that leads to a place.
    fn time(&self, position: usize) -> Time;
    /// The place after everything that has happened by a moment.
    fn position_at(&self, at: Time) -> usize;
    /// When everything is over: at the last event, or later.
    fn end(&self) -> Time;
}

impl Score for Merged {
    fn length(&self) -> usize {
        self.len()
    }

    fn time(&self, position: usize) -> Time {
        Self::time(self, position)
    }

    fn position_at(&self, at: Time) -> usize {
        Self::position_at(self, at)
    }

    fn end(&self) -> Time {
        Self::end(self)
    }
}

/// How fast it plays, as a multiple of the scenario's own pace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Speed {
    /// A quarter.
    Quarter,
    /// A half.
    Half,
    /// The scenario's own pace.
    #[default]
    Normal,
    /// Twice.
    Double,
    /// Four times.
    Four,
    /// Eight times.
    Eight,
    /// Sixteen times.
    Sixteen,
}

impl Speed {
    /// All of them, the slowest first.
    pub const ALL: [Self; 7] = [
        Self::Quarter,
        Self::Half,
        Self::Normal,
        Self::Double,
        Self::Four,
        Self::Eight,
        Self::Sixteen,
    ];

    /// The factor.
    #[must_use]
    pub const fn factor(self) -> f64 {
        match self {
            Self::Quarter => 0.25,
            Self::Half => 0.5,
            Self::Normal => 1.0,
            Self::Double => 2.0,
            Self::Four => 4.0,
            Self::Eight => 8.0,
            Self::Sixteen => 16.0,
        }
    }

    /// How people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Quarter => "×¼",
            Self::Half => "×½",
            Self::Normal => "×1",
            Self::Double => "×2",
            Self::Four => "×4",
            Self::Eight => "×8",
            Self::Sixteen => "×16",
        }
    }

    /// The next faster one; the fastest stays.
    #[must_use]
    pub fn faster(self) -> Self {
        Self::ALL
            .into_iter()
            .find(|other| *other > self)
            .unwrap_or(self)
    }

    /// The next slower one; the slowest stays.
    #[must_use]
    pub fn slower(self) -> Self {
        Self::ALL
            .into_iter()
            .rev()
            .find(|other| *other < self)
            .unwrap_or(self)
    }
}

/// What a person asks of the player.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// Go on; from the end, start again.
    Play,
    /// Stop where it is.
    Pause,
    /// The other of the two.
    Toggle,
    /// Play at this speed.
    Speed(Speed),
    /// Be at this place.
    Seek(usize),
    /// Be at this moment, between two events too.
    SeekTime(Time),
}

/// Whether time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Motion {
    /// It does not.
    #[default]
    Paused,
    /// It does.
    Playing,
}

/// A place in a score, and how time goes on from there.
#[derive(Clone, PartialEq, Debug)]
pub struct Player {
    position: usize,
    clock: Time,
    motion: Motion,
    speed: Speed,
    pace: Pace,
    /// For how long the last event has been shown, in seconds.
    shown: f64,
}

/// How fast a score is played at normal speed.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Pace {
    /// Simulated nanoseconds in a second.
    rate: f64,
    /// For how long an event is shown at least, in seconds.
    event: f64,
    /// For how long nothing but the clock may move, in seconds.
    gap: f64,
}

/// How long the time between two moments with events takes on average: long enough to read what
/// happened, short enough not to wait for it.
const SECONDS_A_MOMENT: f64 = 1.0;
/// How long each of several events of one moment is shown: they are seen one after the other.
const SECONDS_AN_EVENT: f64 = 0.45;
/// The longest pause in which nothing happens; longer ones pass faster.
const LONGEST_GAP: f64 = 3.0;
/// A score takes no longer than about this many seconds at normal speed, however long it is.
const LONGEST_PLAY: f64 = 180.0;
/// A page that was away for longer than this goes on as if it had been away for this long.
const LONGEST_FRAME: f64 = 0.1;
/// The most events that pass in one frame; a frame with more would be late.
const EVENTS_A_FRAME: usize = 4_096;

impl Pace {
    fn of(score: &impl Score) -> Self {
        let length = score.length().max(1);
        let end = number(score.end().0).max(1.0);
        let moments = number(moments(score)).max(1.0);
        let seconds = (moments * SECONDS_A_MOMENT).min(LONGEST_PLAY);
        Self {
            rate: end / seconds,
            event: SECONDS_AN_EVENT.min(LONGEST_PLAY / number(length as u64)),
            gap: LONGEST_GAP.min(LONGEST_PLAY / moments).max(f64::EPSILON),
        }
    }
}

/// Where moments are counted one by one; beyond, a score is long whatever they are.
const COUNTED: usize = 1_000;

/// How many different moments its events have, roughly where there are many.
fn moments(score: &impl Score) -> u64 {
    let mut moments = 0;
    let mut last = Time::ZERO;
    for position in 1..=score.length().min(COUNTED) {
        let at = score.time(position);
        if at > last {
            moments += 1;
            last = at;
        }
    }
    moments * (score.length().max(1) as u64).div_ceil(COUNTED as u64)
}

impl Player {
    /// A player at the start of a score.
    #[must_use]
    pub fn new(score: &impl Score) -> Self {
        Self {
            position: 0,
            clock: Time::ZERO,
            motion: Motion::Paused,
            speed: Speed::Normal,
            pace: Pace::of(score),
            shown: 0.0,
        }
    }

    /// How many events lie behind.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The simulated time that it shows: of the last event, or later while it plays.
    #[must_use]
    pub const fn clock(&self) -> Time {
        self.clock
    }

    /// Whether it plays.
    #[must_use]
    pub const fn motion(&self) -> Motion {
        self.motion
    }

    /// How fast.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// For how long an event is shown at the present speed, in seconds: what an animation of it
    /// has to fit into.
    #[must_use]
    pub fn seconds_an_event(&self) -> f64 {
        self.pace.event / self.speed.factor()
    }

    /// Takes another score, of which it shows the start. Speed and motion stay.
    pub fn load(&mut self, score: &impl Score) {
        self.pace = Pace::of(score);
        self.go_to(score, 0);
    }

    /// Carries out a command.
    pub fn command(&mut self, score: &impl Score, command: Command) {
        match command {
            Command::Play => self.play(score),
            Command::Pause => self.pause(),
            Command::Toggle => match self.motion {
                Motion::Paused => self.play(score),
                Motion::Playing => self.pause(),
            },
            Command::Speed(speed) => self.speed = speed,
            Command::Seek(position) => self.go_to(score, position),
            Command::SeekTime(at) => {
                self.go_to(score, score.position_at(at));
                self.clock = at.min(score.end()).max(self.clock);
            }
        }
    }

    /// Lets so many seconds of real time pass.
    pub fn advance(&mut self, score: &impl Score, seconds: f64) {
        if self.motion == Motion::Paused {
            return;
        }
        let seconds = if seconds.is_nan() { 0.0 } else { seconds };
        let mut left = seconds.clamp(0.0, LONGEST_FRAME) * self.speed.factor();
        for _ in 0..EVENTS_A_FRAME {
            if self.position >= score.length() {
                self.advance_to_end(score, left);
                return;
            }
            let next = score.time(self.position + 1);
            let needed = self.until(next);
            if left < needed {
                self.wait(next, left, needed);
                return;
            }
            left -= needed;
            self.position += 1;
            self.clock = next;
            self.shown = 0.0;
        }
    }

    fn play(&mut self, score: &impl Score) {
        if self.position >= score.length() {
            self.go_to(score, 0);
        }
        self.motion = Motion::Playing;
    }

    fn pause(&mut self) {
        self.motion = Motion::Paused;
    }

    fn go_to(&mut self, score: &impl Score, position: usize) {
        self.position = position.min(score.length());
        self.clock = score.time(self.position);
        self.shown = 0.0;
        if self.position >= score.length() && self.position > 0 {
            self.motion = Motion::Paused;
        }
    }

    /// After the last event only the clock goes on, to where the run was stopped.
    fn advance_to_end(&mut self, score: &impl Score, left: f64) {
        let end = score.end().max(self.clock);
        let needed = self.until(end);
        if left < needed {
            self.wait(end, left, needed);
        } else {
            self.clock = end;
            self.motion = Motion::Paused;
        }
    }

    /// The seconds at normal speed until the clock may be at `next`.
    fn until(&self, next: Time) -> f64 {
        let ahead = number(next.since(self.clock).0) / self.pace.rate;
        // What was shown already counts, both for the gap and for the event.
        let gap = ahead.min((self.pace.gap - self.shown).max(0.0));
        gap.max(self.pace.event - self.shown).max(0.0)
    }

    /// Waits for `left` of the `needed` seconds; the clock moves on evenly.
    fn wait(&mut self, next: Time, left: f64, needed: f64) {
        let ahead = number(next.since(self.clock).0);
        let moved = if needed > 0.0 {
            ahead * left / needed
        } else {
            0.0
        };
        self.clock += Span(whole(moved));
        self.shown += left;
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "for the eye, not for the machine"
)]
const fn number(count: u64) -> f64 {
    count as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a length of simulated time, never negative"
)]
const fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests;
