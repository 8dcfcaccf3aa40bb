//! Which part of an axis is seen: zoom and pan as plain numbers.
//!
//! Not of the web: lengths of the axis are its own (nanoseconds or steps), those of the screen
//! pixels.

/// The part of an axis that is seen, in the axis' own units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Window {
    /// Its start.
    pub from: f64,
    /// Its length.
    pub length: f64,
}

/// The fewest units of an axis that fill the screen.
const SHORTEST: f64 = 2.0;
/// Where the playhead is put, as a part of the screen, when it would leave it.
const AHEAD: f64 = 0.15;

impl Window {
    /// All of an axis.
    #[must_use]
    pub const fn whole(axis: f64) -> Self {
        Self {
            from: 0.0,
            length: if axis > SHORTEST { axis } else { SHORTEST },
        }
    }

    /// Its end.
    #[must_use]
    pub fn to(self) -> f64 {
        self.from + self.length
    }

    /// The place of a value, from 0 at the left edge to 1 at the right.
    #[must_use]
    pub fn place(self, value: f64) -> f64 {
        (value - self.from) / self.length
    }

    /// The value at a place.
    #[must_use]
    pub fn value(self, place: f64) -> f64 {
        self.from + place * self.length
    }

    /// Shows `factor` times as much of an axis, with the value at `place` staying there.
    #[must_use]
    pub fn zoomed(self, place: f64, factor: f64, axis: f64) -> Self {
        let fixed = self.value(place);
        let length = (self.length * factor).min(axis).max(SHORTEST);
        Self {
            from: fixed - place * length,
            length,
        }
        .kept_in(axis)
    }

    /// Moved by a part of what is seen.
    #[must_use]
    pub fn panned(self, part: f64, axis: f64) -> Self {
        Self {
            from: self.from + part * self.length,
            ..self
        }
        .kept_in(axis)
    }

    /// Moved so that a value is seen.
    #[must_use]
    pub fn following(self, value: f64, axis: f64) -> Self {
        let place = self.place(value);
        if (0.0..=1.0).contains(&place) {
            return self;
        }
        // Going on to the right, what comes next is seen; going back, what came before.
        let at = if place > 1.0 { AHEAD } else { 1.0 - AHEAD };
        Self {
            from: value - at * self.length,
            ..self
        }
        .kept_in(axis)
    }

    /// Whether all of an axis is seen.
    #[must_use]
    pub fn is_whole(self, axis: f64) -> bool {
        self.length >= axis
    }

    fn kept_in(self, axis: f64) -> Self {
        let most = (axis - self.length).max(0.0);
        Self {
            from: self.from.min(most).max(0.0),
            ..self
        }
    }
}

/// Distances between marks that people count by: 1, 2 or 5 times a power of ten.
///
/// `least` is the shortest distance; distances are whole multiples of `grain`.
#[must_use]
pub fn tick(least: f64, grain: f64) -> f64 {
    let least = (least / grain).max(1.0);
    let mut power = 1.0;
    while power < least / 10.0 {
        power *= 10.0;
    }
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|step| step * power >= least);
    step.unwrap_or(10.0) * power * grain
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXIS: f64 = 1_000.0;

    fn close(one: f64, two: f64) -> bool {
        (one - two).abs() < 1e-6
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let window = Window {
            from: 200.0,
            length: 400.0,
        };
        let zoomed = window.zoomed(0.25, 0.5, AXIS);
        assert!(close(zoomed.value(0.25), window.value(0.25)));
        assert!(close(zoomed.length, 200.0));
        assert!(close(zoomed.place(zoomed.value(0.7)), 0.7));
    }

    #[test]
    fn nothing_leads_out_of_the_axis() {
        let mut window = Window::whole(AXIS);
        for step in 0..200_i32 {
            let place = f64::from(step % 11) / 10.0;
            window = window.zoomed(place, if step % 3 == 0 { 1.7 } else { 0.6 }, AXIS);
            window = window.panned(f64::from(step % 7) - 3.0, AXIS);
            assert!(
                window.from >= 0.0 && window.to() <= AXIS + 1e-6,
                "{window:?}"
            );
            assert!(window.length >= SHORTEST);
        }
        assert!(window.zoomed(0.5, 1e9, AXIS).is_whole(AXIS));
    }

    #[test]
    fn the_playhead_is_followed() {
        let window = Window {
            from: 200.0,
            length: 100.0,
        };
        assert_eq!(window.following(250.0, AXIS), window);
        for value in [0.0, 199.0, 301.0, 999.0] {
            let moved = window.following(value, AXIS);
            assert!((0.0..=1.0).contains(&moved.place(value)), "{value}");
        }
    }

    #[test]
    fn marks_are_round_numbers() {
        for (least, grain, expected) in [
            (0.3, 1.0, 1.0),
            (1.1, 1.0, 2.0),
            (3.0, 1.0, 5.0),
            (51.0, 1.0, 100.0),
            (7e6, 1e6, 1e7),
        ] {
            assert!(close(tick(least, grain), expected), "{least}");
        }
    }
}
