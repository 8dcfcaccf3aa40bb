//! Icons as drawn shapes: fonts do not have them all.
//!
//! Not labels: the button around one says what it does.

use crate::dom::{Tag, svg};

/// The shapes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A triangle to the right.
    Play,
    /// Two bars.
    Pause,
    /// A triangle against a bar, to the right.
    StepForward,
    /// A triangle against a bar, to the left.
    StepBack,
    /// Two triangles to the left against a bar.
    ToStart,
    /// Two triangles to the right against a bar.
    ToEnd,
    /// A cross that opens something.
    Plus,
    /// A bar.
    Minus,
    /// A cross that closes something.
    Close,
    /// Two arrows apart.
    Fit,
    /// Three lines.
    Menu,
    /// A circle, half of it filled.
    Theme,
    /// A question mark.
    Help,
    /// An arrow that goes back to where it began.
    Reset,
    /// Two frames side by side.
    Compare,
}

impl Shape {
    /// Its outline, in a box of 24 by 24.
    const fn path(self) -> &'static str {
        match self {
            Self::Play => "M7 4.5v15L20 12z",
            Self::Pause => "M6 5h4v14H6zM14 5h4v14h-4z",
            Self::StepForward => "M5 5v14l10-7zM16 5h3v14h-3z",
            Self::StepBack => "M19 5v14L9 12zM5 5h3v14H5z",
            Self::ToStart => "M21 6v12l-8-6zM12.500 6v12l-8-6zM3 6h2.200v12H3z",
            Self::ToEnd => "M3 6v12l8-6zM11.500 6v12l8-6zM18.800 6H21v12h-2.200z",
            Self::Plus => "M10.700 4h2.600v6.700H20v2.600h-6.700V20h-2.600v-6.700H4v-2.600h6.700z",
            Self::Minus => "M4 10.700h16v2.600H4z",
            Self::Close => {
                "M6 4.200 12 10.200 18 4.200 19.800 6 13.800 12 19.800 18 18 19.800 12 13.800 6 19.800 4.200 18 \
                 10.200 12 4.200 6z"
            }
            Self::Fit => "M2 12l5-5v3.700h10V7l5 5-5 5v-3.700H7V17z",
            Self::Menu => "M3 5h18v2.600H3zM3 10.700h18v2.600H3zM3 16.400h18V19H3z",
            Self::Theme => {
                "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2.400v15.200a7.600 7.600 0 0 1 0-15.200z"
            }
            Self::Help => {
                "M12 2.500c-3.300 0-5.700 2-5.900 5.200h3c.2-1.600 1.200-2.500 2.800-2.500 1.500 0 2.600.9 2.600 \
                 2.200 0 1.100-.6 1.800-1.900 2.600-1.600 1-2.200 2-2.200 3.900v.9h2.900v-.7c0-1.100.4-1.700 1.900-2.600 \
                 1.500-.9 2.500-2.200 2.500-4.100 0-2.900-2.400-4.900-5.700-4.900zM10.200 17.500h3.200v3.300h-3.200z"
            }
            Self::Reset => {
                "M12 4a8 8 0 1 1-7.750 6h2.550A5.500 5.500 0 1 0 12 6.500V10L6 5.250 12 .5z"
            }
            Self::Compare => "M3 4h8v16H3zm2.200 2.200v11.600h3.600V6.200zM13 4h8v16h-8z",
        }
    }
}

/// Draws a shape in the colour of the text around it.
#[must_use]
pub fn icon(shape: Shape) -> Tag {
    icon_of(shape.path())
}

/// Draws an outline in a box of 24 by 24, for a shape that is used in one place.
#[must_use]
pub fn icon_of(path: &str) -> Tag {
    drawn(svg("path").attr("d", path))
}

/// Draws a shape that changes.
#[must_use]
pub fn live_icon(shape: impl Fn() -> Shape + 'static) -> Tag {
    drawn(svg("path").live("d", move || shape().path().to_owned()))
}

fn drawn(path: Tag) -> Tag {
    svg("svg")
        .class("icon")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .child(path)
}
