//! Points, sizes, rectangles and grids of equal cells, in CSS pixels.
//!
//! Not of the web: plain numbers.

/// A place.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
}

/// A width and a height.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Size {
    /// The width.
    pub width: f32,
    /// The height.
    pub height: f32,
}

/// A rectangle.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rect {
    /// Its left edge.
    pub x: f32,
    /// Its top edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Rect {
    /// A rectangle from its left top corner and size.
    #[must_use]
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Its right edge.
    #[must_use]
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Its bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// Its middle.
    #[must_use]
    pub fn middle(&self) -> Point {
        Point {
            x: self.x + self.width / 2.0,
            y: self.y + self.height / 2.0,
        }
    }

    /// The rectangle with so much less on each side.
    #[must_use]
    pub fn inset(&self, by: f32) -> Self {
        let (across, down) = (by.min(self.width / 2.0), by.min(self.height / 2.0));
        Self::new(
            self.x + across,
            self.y + down,
            self.width - 2.0 * across,
            self.height - 2.0 * down,
        )
    }

    /// The rectangle without a strip of this height at its top.
    #[must_use]
    pub fn below(&self, strip: f32) -> Self {
        let strip = strip.min(self.height);
        Self::new(self.x, self.y + strip, self.width, self.height - strip)
    }

    /// Whether another lies within it; a pixel's hundredth is forgiven.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        const SLACK: f32 = 0.01;
        other.x >= self.x - SLACK
            && other.y >= self.y - SLACK
            && other.right() <= self.right() + SLACK
            && other.bottom() <= self.bottom() + SLACK
    }

    /// Whether they share an area; touching edges do not count.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        const SLACK: f32 = 0.01;
        self.x + SLACK < other.right()
            && other.x + SLACK < self.right()
            && self.y + SLACK < other.bottom()
            && other.y + SLACK < self.bottom()
    }
}

/// Equal cells in rows, with a token at the same place of each.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Grid {
    /// Where the first cell begins.
    pub origin: Point,
    /// A cell.
    pub cell: Size,
    /// The token in a cell.
    pub token: Size,
    /// What lies left of the token in a cell.
    pub before: f32,
    /// How many cells are in a row.
    pub columns: usize,
    /// How many rows there are.
    pub rows: usize,
}

impl Grid {
    /// As many cells as an area has room for.
    #[must_use]
    pub fn filling(area: Rect, cell: Size, token: Size, before: f32) -> Self {
        Self {
            origin: Point {
                x: area.x,
                y: area.y,
            },
            cell,
            token,
            before,
            columns: fitting(area.width, cell.width),
            rows: fitting(area.height, cell.height),
        }
    }

    /// How many cells there are.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.columns * self.rows
    }

    /// The cell with this number, row by row.
    #[must_use]
    pub fn cell(&self, number: usize) -> Rect {
        let (row, column) = (number / self.columns, number % self.columns);
        Rect::new(
            self.origin.x + count(column) * self.cell.width,
            self.origin.y + count(row) * self.cell.height,
            self.cell.width,
            self.cell.height,
        )
    }

    /// The token in the cell with this number.
    #[must_use]
    pub fn token(&self, number: usize) -> Rect {
        let cell = self.cell(number);
        Rect::new(
            cell.x + self.before,
            cell.y,
            self.token.width,
            self.token.height,
        )
    }
}

/// How often a length fits into another.
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded below by zero and above by the pixels of a screen"
)]
pub fn fitting(room: f32, each: f32) -> usize {
    // A hundredth of a pixel too little is enough.
    ((room + 0.01) / each.max(1.0)).max(0.0) as usize
}

/// A count as a length's factor.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts of things on a screen")]
pub const fn count(number: usize) -> f32 {
    number as f32
}
