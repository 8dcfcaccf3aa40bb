//! The boxes of one attempt to fit a run into a viewport.
//!
//! Not the choice of the scale, which [`Plan::new`] makes by trying.

mod boxes;
mod columns;
mod stacked;

use sim_core::ids::PipeId;
use sim_core::program::Code;

use super::geometry::{Rect, Size, count, fitting};
use super::plan::{Arrangement, PipePlan, Plan, Station};
use super::{Census, PipeCensus, Scale};

/// So many finished tasks get a slot before smaller tokens are tried for more; the rest is counted.
const FINISHED: usize = 12;
/// On a stage lower than this memory is not drawn.
const LOW: f32 = 320.0;
/// So many rows of jobs that wait for memory are planned for; the rest is counted.
const NEW_ROWS: usize = 2;

/// One attempt.
pub(super) struct Frames<'a> {
    pub(super) code: &'a Code,
    pub(super) census: &'a Census,
    pub(super) viewport: Size,
    pub(super) scale: Scale,
    pub(super) arrangement: Arrangement,
}

/// A thing that blocks tasks.
#[derive(Clone, Copy)]
enum Device {
    Disk,
    Timer,
    Pipe(PipeId),
}

/// The room of the three columns, or of what is stacked.
struct Room {
    area: Rect,
    memory: Option<Rect>,
}

/// The widths of the three columns, and how many tokens are beside each other in the ready queue.
struct Columns {
    ready: f32,
    cpus: f32,
    blocked: f32,
    gutter: f32,
    ready_columns: usize,
}

impl Frames<'_> {
    /// The plan, if the run fits.
    pub(super) fn fitting(&self) -> Option<Plan> {
        match self.arrangement {
            Arrangement::Wide => {
                let room = self.room();
                let columns = self.columns(&room.area)?;
                Some(self.wide(&room, &columns))
            }
            Arrangement::Paired => {
                let room = self.room();
                let columns = self.pair(&room.area)?;
                Some(self.paired(&room, &columns))
            }
            Arrangement::Stacked => {
                let room = self.room();
                let heights = self.heights(room.area.width);
                let needed = heights.total(self.scale.spacing);
                let spare = room.area.height - needed;
                (spare >= 0.0).then(|| self.stacked(&room, &heights, spare))
            }
        }
    }

    /// A plan whether it fits or not: places are cut to the room that there is.
    ///
    /// Only side by side or stacked: what does not fit in two columns is not forced into them.
    pub(super) fn forced(&self) -> Plan {
        let room = self.room();
        match self.arrangement {
            Arrangement::Wide => {
                // CPUs first: each of them is a place where something happens.
                let gutter = self.scale.text * 1.2;
                let width = room.area.width - 2.0 * gutter;
                let cpus = self.cpus_width(room.area.height).unwrap_or(width);
                let cpus = cpus.max(width * 0.3).min(width * 0.62);
                let columns = Columns {
                    ready: (width - cpus) * 0.58,
                    cpus,
                    blocked: (width - cpus) * 0.42,
                    gutter,
                    ready_columns: usize::MAX,
                };
                self.wide(&room, &columns)
            }
            Arrangement::Paired | Arrangement::Stacked => {
                let wanted = self.heights(room.area.width);
                let heights = wanted.cut(
                    &self.least_heights(room.area.width),
                    &room.area,
                    &self.scale,
                );
                self.stacked(&room, &heights, 0.0)
            }
        }
    }

    fn room(&self) -> Room {
        let Scale { text, spacing, .. } = self.scale;
        let Size { width, height } = self.viewport;
        let margin = (text * 0.7).min(width * 0.03);
        let has_return_wire = self.arrangement == Arrangement::Wide && !self.devices().is_empty();
        let top = margin + if has_return_wire { text * 1.3 } else { 0.0 };
        let mut area = Rect::new(margin, top, width - 2.0 * margin, height - top - margin);
        let has_memory = !self.code.partitions.is_empty() && height >= LOW;
        let memory = has_memory.then(|| {
            let strip = (text * 5.0).min(height * 0.2);
            area.height -= strip + spacing;
            Rect::new(area.x, area.bottom() + spacing, area.width, strip)
        });
        Room { area, memory }
    }

    fn devices(&self) -> Vec<Device> {
        let mut devices = Vec::new();
        if self.census.disk > 0 {
            devices.push(Device::Disk);
        }
        if self.census.timer > 0 {
            devices.push(Device::Timer);
        }
        devices
            .extend((0..self.code.pipes.len()).map(|pipe| Device::Pipe(PipeId::from_index(pipe))));
        devices
    }

    // What each place needs.

    /// The height of a box with so many tokens in a width.
    fn height_in(&self, cell: Size, tokens: usize, width: f32) -> f32 {
        let columns = self.columns_in(cell, width);
        self.scale
            .boxed(cell, columns, tokens.div_ceil(columns).max(1))
            .height
    }

    fn columns_in(&self, cell: Size, width: f32) -> usize {
        fitting(
            width - 2.0 * self.scale.padding + self.scale.gap,
            cell.width,
        )
        .max(1)
    }

    fn ready_rows(&self, columns: usize) -> usize {
        let most = self.census.ready.max(1);
        if self.census.levels > 1 {
            self.census.levels + (most - 1) / columns
        } else {
            most.div_ceil(columns)
        }
    }

    /// The room for the levels' names, and for rows' numbers where tokens have none.
    fn ready_margin(&self) -> f32 {
        let numbers = if self.scale.numbered {
            0.0
        } else {
            self.scale.text * 1.9
        };
        numbers
            + if self.census.levels > 1 {
                self.scale.text * 2.2
            } else {
                0.0
            }
    }

    /// Where memory is modelled, a new job's need stands below it.
    fn new_cell(&self) -> Size {
        match self.code.partitions.is_empty() {
            true => self.scale.plain_cell(),
            false => self.scale.noted_cell(),
        }
    }

    fn new_height(&self, width: f32) -> f32 {
        let cell = self.new_cell();
        let rows = self
            .census
            .new
            .div_ceil(self.columns_in(cell, width))
            .clamp(1, NEW_ROWS);
        self.scale.boxed(cell, 1, rows).height
    }

    fn device_height(&self, device: Device, width: f32) -> f32 {
        let Scale {
            text, padding, gap, ..
        } = self.scale;
        match device {
            Device::Disk => self.height_in(self.scale.noted_cell(), self.census.disk, width),
            Device::Timer => self.height_in(self.scale.noted_cell(), self.census.timer, width),
            Device::Pipe(pipe) => {
                let (writers, readers) = self.pipe_columns(pipe, width);
                let rows = self.pipe_rows(pipe, writers, readers);
                let waiting = count(rows) * self.scale.plain_cell().height;
                self.scale.header
                    + text * 1.8
                    + if rows > 0 { gap + waiting - gap } else { 0.0 }
                    + padding
            }
        }
    }

    fn pipe_census(&self, pipe: PipeId) -> PipeCensus {
        self.census
            .pipes
            .get(pipe.index())
            .copied()
            .unwrap_or_default()
    }

    /// How many waiting writers and readers stand beside each other in a pipe's box.
    fn pipe_columns(&self, pipe: PipeId, width: f32) -> (usize, usize) {
        let columns = self.columns_in(self.scale.plain_cell(), width);
        match self.pipe_census(pipe) {
            PipeCensus { writers: 0, .. } => (0, columns),
            PipeCensus { readers: 0, .. } => (columns, 0),
            _ => ((columns / 2).max(1), (columns - columns / 2).max(1)),
        }
    }

    fn pipe_rows(&self, pipe: PipeId, writers: usize, readers: usize) -> usize {
        let census = self.pipe_census(pipe);
        let rows = |tasks: usize, columns: usize| tasks.div_ceil(columns.max(1));
        rows(census.writers, writers).max(rows(census.readers, readers))
    }

    /// How many tokens beside each other the widest pair of a pipe's ends needs at least.
    fn blocked_columns_at_least(&self) -> usize {
        let both = self
            .census
            .pipes
            .iter()
            .any(|pipe| pipe.readers > 0 && pipe.writers > 0);
        if both { 2 } else { 1 }
    }

    /// The least width of the ready queue with the new jobs below it, and how many tokens are
    /// beside each other in it.
    fn ready_column(&self, area: &Rect) -> Option<(usize, f32)> {
        let scale = &self.scale;
        let cell = scale.ready_cell(self.census);
        // A level wants to be a row, as far as that leaves the tokens large.
        let narrowest = if self.census.levels > 1 {
            self.census.ready.clamp(1, 2)
        } else {
            1
        };
        (narrowest..)
            .map(|columns| {
                let width = scale.boxed(cell, columns, 1).width + self.ready_margin();
                (columns, width.max(scale.text * 10.0))
            })
            .take_while(|(_, width)| *width <= area.width)
            .find(|(columns, width)| {
                let rows = self.ready_rows(*columns);
                let height = scale.boxed_ready(cell, *columns, rows).height;
                height + self.between() + self.new_height(*width) <= area.height
            })
    }
}

/// The boxes of what blocks tasks.
#[derive(Default)]
struct Blocked {
    disk: Option<Station>,
    timer: Option<Station>,
    pipes: Vec<PipePlan>,
    /// The box of the finished ones below.
    done: Rect,
}
