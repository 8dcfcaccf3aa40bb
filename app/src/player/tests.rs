//! How real time becomes simulated time.

use super::*;

/// Moments of events, in milliseconds, and the end.
struct Moments(&'static [u64], u64);

impl Score for Moments {
    fn length(&self) -> usize {
        self.0.len()
    }
    fn time(&self, position: usize) -> Time {
        let last = position
            .checked_sub(1)
            .map(|last| self.0[last.min(self.0.len() - 1)]);
        Time(last.unwrap_or(0) * 1_000_000)
    }
    fn position_at(&self, at: Time) -> usize {
        self.0.partition_point(|moment| moment * 1_000_000 <= at.0)
    }
    fn end(&self) -> Time {
        Time(self.1 * 1_000_000)
    }
}

const SCORE: Moments = Moments(&[0, 0, 10, 10, 10, 20, 500], 500);

fn playing() -> Player {
    let mut player = Player::new(&SCORE);
    player.command(&SCORE, Command::Play);
    player
}

#[test]
fn paused_it_stands_still() {
    let mut player = Player::new(&SCORE);
    player.advance(&SCORE, 10.0);
    assert_eq!((player.position(), player.clock()), (0, Time::ZERO));
}

#[test]
fn it_shows_every_event_in_turn_and_stops_at_the_end() {
    let mut player = playing();
    let mut seen = vec![0];
    let mut clock = Time::ZERO;
    for _ in 0..10_000 {
        player.advance(&SCORE, 0.016);
        assert!(player.clock() >= clock, "time never falls");
        assert!(player.clock() <= SCORE.end());
        clock = player.clock();
        if seen.last() != Some(&player.position()) {
            seen.push(player.position());
        }
    }
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(
        (player.motion(), player.clock()),
        (Motion::Paused, SCORE.end())
    );
}

#[test]
fn events_of_one_moment_are_shown_for_a_while_each() {
    let mut player = playing();
    let mut frames = 0;
    while player.position() < 4 {
        player.advance(&SCORE, 0.01);
        frames += 1;
    }
    let mut shown = 0;
    while player.position() < 5 {
        player.advance(&SCORE, 0.01);
        shown += 1;
    }
    assert!(frames > shown && shown >= 40, "{frames} {shown}");
    assert_eq!(player.clock(), SCORE.time(5));
}

#[test]
fn a_long_pause_passes_faster() {
    let mut player = playing();
    player.command(&SCORE, Command::Seek(6));
    let mut seconds = 0.0;
    while player.motion() == Motion::Playing {
        player.advance(&SCORE, 0.01);
        seconds += 0.01;
        assert!(seconds < 2.0 * LONGEST_GAP);
    }
}

#[test]
fn a_page_that_was_away_does_not_jump() {
    let mut player = playing();
    player.advance(&SCORE, 3_600.0);
    assert!(player.position() <= 1);
    player.advance(&SCORE, f64::NAN);
    player.advance(&SCORE, -1.0);
    assert!(player.position() <= 1);
}

#[test]
fn playing_from_the_end_starts_again() {
    let mut player = playing();
    player.command(&SCORE, Command::Seek(usize::MAX));
    assert_eq!((player.position(), player.motion()), (7, Motion::Paused));
    player.command(&SCORE, Command::Toggle);
    assert_eq!((player.position(), player.motion()), (0, Motion::Playing));
}

#[test]
fn faster_is_faster() {
    let until_end = |speed| {
        let mut player = playing();
        player.command(&SCORE, Command::Speed(speed));
        let mut frames = 0;
        while player.motion() == Motion::Playing {
            player.advance(&SCORE, 0.01);
            frames += 1;
        }
        frames
    };
    let frames = Speed::ALL.map(until_end);
    assert!(frames.is_sorted_by(|slow, fast| slow > fast), "{frames:?}");
    assert_eq!(Speed::Sixteen.faster(), Speed::Sixteen);
    assert_eq!(Speed::Normal.slower().faster(), Speed::Normal);
}

#[test]
fn a_moment_between_two_events_can_be_sought() {
    let mut player = Player::new(&SCORE);
    player.command(&SCORE, Command::SeekTime(Time(15_000_000)));
    assert_eq!((player.position(), player.clock()), (5, Time(15_000_000)));
    player.command(&SCORE, Command::SeekTime(Time::NEVER));
    assert_eq!((player.position(), player.clock()), (7, SCORE.end()));
}

#[test]
fn an_empty_score_ends_at_once() {
    let empty = Moments(&[], 0);
    let mut player = Player::new(&empty);
    player.command(&empty, Command::Play);
    player.advance(&empty, 0.1);
    player.advance(&empty, 0.1);
    player.advance(&empty, 0.1);
    player.advance(&empty, 0.1);
    player.advance(&empty, 0.1);
    assert_eq!(player.motion(), Motion::Paused);
}
