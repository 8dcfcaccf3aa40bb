//! The sizes of one attempt to fit a machine into a viewport: token, text, cells, boxes.
//!
//! Not positions. [`Plan`](super::Plan) tries the scales from the largest down and takes the first
//! in which a whole run fits.

use sim_core::program::Code;

use super::Census;
use super::geometry::{Size, count};
use crate::family::has_processes;

/// Heights of tokens that are tried, in pixels. The largest is a quarter above the sketch of the
/// stage; at the smallest a name of two letters still reads from a desk.
pub(super) const HEIGHTS: [f32; 16] = [
    84.0, 76.0, 68.0, 62.0, 56.0, 50.0, 46.0, 42.0, 38.0, 34.0, 31.0, 28.0, 25.0, 22.0, 20.0, 18.0,
];

/// From this height on, each ready token has its number beside it; below, each row has one.
const NUMBERED: f32 = 28.0;
/// From this height on, tokens have a note beside or below them: a key, a turnaround.
const NOTED: f32 = 25.0;
/// The most letters of a name that a token is made wide for.
const LETTERS: usize = 10;
/// The number of a process on a token, in letters of its name.
const BAND: f32 = 1.8;
/// The width of a bold letter as a part of its height, on average.
const LETTER: f32 = 0.64;

/// How much a CPU's box shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// Who runs, slice, burst and registers.
    Full,
    /// Who runs, and one bar.
    Medium,
    /// Who runs, and a thin bar.
    Compact,
}

impl Detail {
    /// The details that are tried, the fullest first, and the smallest token that each is worth.
    pub(super) const TRIED: [(Self, f32); 3] = [
        (Self::Full, 38.0),
        (Self::Medium, 31.0),
        (Self::Compact, 0.0),
    ];
}

/// The sizes of one attempt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scale {
    /// The size of ordinary text.
    pub text: f32,
    /// A token.
    pub token: Size,
    /// The size of the name on a token.
    pub label: f32,
    /// Between tokens.
    pub gap: f32,
    /// Between a box's border and what is in it.
    pub padding: f32,
    /// The strip at the top of a box with its title.
    pub header: f32,
    /// Between boxes.
    pub spacing: f32,
    /// How much a CPU's box shows.
    pub detail: Detail,
    /// Whether each ready token has its number (else each row has one).
    pub numbered: bool,
    /// Whether tokens have a note beside or below them.
    pub noted: bool,
}

impl Scale {
    /// The sizes for tokens of a height in a viewport.
    pub(super) fn new(code: &Code, viewport: Size, height: f32, detail: Detail) -> Self {
        let text = text_size(viewport);
        let letters = code
            .jobs
            .iter()
            .map(|job| job.name.chars().count())
            .max()
            .unwrap_or(1);
        // The number of its process stands before the name.
        let number = if has_processes(code) { BAND } else { 0.0 };
        let letters = count(letters.clamp(2, LETTERS)) + number;
        let wished = (height * 0.42).max(height.min(24.0) * 0.56).min(36.0);
        let widest = height * 2.7;
        let width = (letters * LETTER * wished + height * 0.5)
            .max(height * 1.35)
            .min(widest);
        let label = wished
            .min((width - height * 0.3) / (letters * LETTER))
            .max(10.0);
        Self {
            text,
            token: Size { width, height },
            label,
            gap: (height * 0.22).clamp(5.0, 16.0),
            // The ring around the token that is concerned touches neither border nor title.
            padding: (text * 0.8).max(ring(height) + 3.0),
            header: (text * 2.2).max(text * 1.7 + ring(height)),
            spacing: text * 0.9,
            detail,
            numbered: height >= NUMBERED,
            noted: height >= NOTED,
        }
    }

    /// The room for a number left of a ready token.
    pub(super) fn number_width(&self) -> f32 {
        if self.numbered { self.text * 1.9 } else { 0.0 }
    }

    /// A cell of the ready queue.
    pub(super) fn ready_cell(&self, census: &Census) -> Size {
        let key = if census.keyed && self.noted {
            self.text * 4.8
        } else {
            0.0
        };
        Size {
            width: self.number_width() + self.token.width + key + self.gap,
            height: self.token.height + self.gap,
        }
    }

    /// A cell of a place where nothing stands beside the token.
    pub(super) fn plain_cell(&self) -> Size {
        Size {
            width: self.token.width + self.gap,
            height: self.token.height + self.gap,
        }
    }

    /// A cell with a note below the token.
    pub(super) fn noted_cell(&self) -> Size {
        let note = if self.noted {
            ring(self.token.height) + self.text * 1.2
        } else {
            0.0
        };
        let width = if self.noted {
            self.token.width.max(self.text * 4.6)
        } else {
            self.token.width
        };
        Size {
            width: width + self.gap,
            height: self.token.height + note + self.gap,
        }
    }

    /// A strip in a device's box: messages, an owner, free places.
    pub(super) fn strip(&self) -> f32 {
        self.text * 1.8
    }

    /// The line of a pipe's box that says which processes hold its ends open.
    pub(super) fn ends(&self) -> f32 {
        self.text * 1.5
    }

    /// The header of a synchronisation object's box, and what lies between its border and what is
    /// in it: less than elsewhere where boxes are small, for there may be many.
    pub(super) fn object_edges(&self) -> (f32, f32) {
        match self.detail {
            Detail::Full | Detail::Medium => (self.header, self.padding),
            Detail::Compact => {
                let ring = ring(self.token.height);
                (self.small_title() + ring, ring + 3.0)
            }
        }
    }

    /// The height of a title in a small box of an object.
    pub(super) fn small_title(&self) -> f32 {
        self.text * 1.4
    }

    /// The least width of an object's title: its name, and beside it its kind, or in a small box
    /// its owner or its state.
    pub(super) fn object_title(&self, letters: usize) -> f32 {
        let name = count(letters) * self.text;
        match self.detail {
            Detail::Full | Detail::Medium => name * 0.6 + self.text * 4.5,
            Detail::Compact => name * 0.5 + self.object_badge(),
        }
    }

    /// The width of what stands beside the name in a small box of an object.
    pub(super) fn object_badge(&self) -> f32 {
        (self.token.width * 0.8)
            .max(self.text * 2.6)
            .min(self.text * 5.0)
    }

    /// The smallest box of a CPU.
    pub(super) fn cpu(&self) -> Size {
        let Size { width, height } = self.token;
        let text = self.text;
        match self.detail {
            Detail::Full => Size {
                width: (width + text * 2.0).max(text * 14.0),
                height: self.header + height + text * 8.2,
            },
            Detail::Medium => Size {
                width: (width + text * 1.6).max(text * 9.0),
                height: self.header + height + text * 3.0,
            },
            Detail::Compact => Size {
                width: width + self.gap * 1.6,
                height: height + text * 1.25 + self.gap * 1.6,
            },
        }
    }

    /// Above the token in a CPU's box.
    pub(super) fn above_cpu_token(&self) -> f32 {
        match self.detail {
            Detail::Full | Detail::Medium => self.header,
            Detail::Compact => self.text * 1.25,
        }
    }

    /// The header of the ready queue: below its title it says by what the queue is ordered.
    pub(super) fn ready_header(&self) -> f32 {
        self.header + self.text * 1.15
    }

    /// A box around rows of cells of the ready queue.
    pub(super) fn boxed_ready(&self, cell: Size, columns: usize, rows: usize) -> Size {
        let Size { width, height } = self.boxed(cell, columns, rows);
        Size {
            width,
            height: height - self.header + self.ready_header(),
        }
    }

    /// A box around rows of cells.
    pub(super) fn boxed(&self, cell: Size, columns: usize, rows: usize) -> Size {
        Size {
            width: 2.0 * self.padding + count(columns) * cell.width - self.gap,
            height: self.header + count(rows) * cell.height - self.gap + self.padding,
        }
    }
}

/// How far the ring around the token that is concerned reaches out.
pub(super) fn ring(height: f32) -> f32 {
    (height * 0.11).max(5.0)
}

/// Ordinary text on a stage: 20 pixels on the stage of a full screen, 13 on a phone's.
pub(super) fn text_size(viewport: Size) -> f32 {
    ((viewport.width * viewport.height).max(0.0).sqrt() / 46.0).clamp(12.5, 21.0)
}
