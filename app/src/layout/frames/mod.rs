//! The boxes of one attempt to fit a run into a viewport.
//!
//! Not the choice of the scale, which [`Plan::new`] makes by trying.

mod boxes;
mod columns;
mod shelves;
mod stacked;

use sim_core::program::Code;

use super::geometry::{Rect, Size, fitting};
use super::memory::{self, MemoryPlan};
use super::network::LOWEST;
use super::plan::{Arrangement, CpuPlan, InterpreterPlan, ObjectPlan, PipePlan, Plan, Station};
use super::{Census, NetworkPlan, Scale};
pub(super) use shelves::{Objects, has_interpreter_box};

/// So many finished tasks get a slot before smaller tokens are tried for more; the rest is counted.
const FINISHED: usize = 12;
/// So many rows of jobs that wait for memory are planned for; the rest is counted.
const NEW_ROWS: usize = 2;

/// One attempt.
#[derive(Clone, Copy)]
pub(super) struct Frames<'a> {
    pub(super) code: &'a Code,
    pub(super) census: &'a Census,
    pub(super) viewport: Size,
    pub(super) memory: Option<&'a MemoryPlan>,
    pub(super) objects: &'a Objects,
    pub(super) scale: Scale,
    pub(super) arrangement: Arrangement,
}

/// The widths of the three columns, and how many tokens are beside each other in the ready queue.
struct Columns {
    ready: f32,
    cpus: f32,
    blocked: f32,
    gutter: f32,
    ready_columns: usize,
    /// How many boxes stand beside each other among what blocks.
    shelf_columns: usize,
}

impl Frames<'_> {
    /// The plan, if the run fits.
    pub(super) fn fitting(&self) -> Option<Plan> {
        let area = self.area();
        if self.network().is_some_and(|(_, is_enough)| !is_enough) {
            return None;
        }
        match self.arrangement {
            Arrangement::Wide => {
                let columns = self.columns(&area)?;
                Some(self.wide(area, &columns))
            }
            Arrangement::Paired => {
                let columns = self.pair(&area)?;
                Some(self.paired(area, &columns))
            }
            Arrangement::Stacked => {
                let heights = self.heights(area.width);
                let needed = heights.total(self.scale.spacing);
                let spare = area.height - needed;
                (spare >= 0.0).then(|| self.stacked(area, &heights, spare))
            }
        }
    }

    /// A plan whether it fits or not: places are cut to the room that there is.
    ///
    /// Only side by side or stacked: what does not fit in two columns is not forced into them.
    pub(super) fn forced(&self) -> Plan {
        let area = self.area();
        match self.arrangement {
            Arrangement::Wide => {
                // CPUs first: each of them is a place where something happens.
                let gutter = self.scale.text * 1.2;
                let width = area.width - 2.0 * gutter;
                let cpus = self.cpus_width(area.height).unwrap_or(width);
                let cpus = match self.code.config.cpus {
                    0 => 0.0,
                    _ => cpus.max(width * 0.3).min(width * 0.62),
                };
                let rest = width - cpus;
                let ready = match self.synchronises() {
                    false => rest * 0.58,
                    // One token has room at least.
                    true => self.ready_width(1).max(rest * 0.42).min(rest * 0.58),
                };
                let blocked = rest - ready;
                let columns = Columns {
                    ready,
                    cpus,
                    blocked,
                    gutter,
                    ready_columns: usize::MAX,
                    shelf_columns: self.shelf_columns(blocked),
                };
                self.wide(area, &columns)
            }
            Arrangement::Paired | Arrangement::Stacked => {
                let wanted = self.heights(area.width);
                let mut least = self.least_heights();
                let devices = self.stacked_shelves(area.width);
                let mut heights = wanted.cut(&least, &devices, &area, &self.scale);
                if heights.devices <= 0.0 && self.synchronises() {
                    // Who waits for whom says more than who is new or done.
                    least.last = -self.scale.spacing;
                    heights = wanted.cut(&least, &devices, &area, &self.scale);
                }
                // Who runs and who is ready says more than what is in memory or on its way.
                if heights.of_machine(self.scale.spacing) > area.height {
                    let census = Census {
                        network: self
                            .census
                            .network
                            .clone()
                            .filter(|_| self.memory.is_some()),
                        ..self.census.clone()
                    };
                    if self.memory.is_some() || self.census.network.is_some() {
                        let smaller = Frames {
                            memory: None,
                            census: &census,
                            ..*self
                        };
                        return smaller.forced();
                    }
                }
                self.stacked(area, &heights, 0.0)
            }
        }
    }

    /// The room of the three columns, or of what is stacked: all but memory's.
    fn area(&self) -> Rect {
        let Scale { text, spacing, .. } = self.scale;
        let Size { width, height } = self.viewport;
        let margin = memory::margin(self.viewport);
        let has_return_wire = self.arrangement == Arrangement::Wide && !self.devices().is_empty();
        let top = margin + if has_return_wire { text * 1.3 } else { 0.0 };
        let bottom = match self.memory {
            Some(memory) => memory.frame.y - spacing,
            None => height - margin,
        };
        let bottom = bottom - self.network_height();
        Rect::new(margin, top, width - 2.0 * margin, bottom - top)
    }

    /// The lower part of the stage, where the run has to do with a network; and whether all that is
    /// needed has room in it.
    fn network(&self) -> Option<(NetworkPlan, bool)> {
        let census = self.census.network.as_ref()?;
        if self.viewport.height < LOWEST {
            return None;
        }
        let margin = memory::margin(self.viewport);
        Some(network_plan(self, census, margin))
    }

    /// The height of that.
    fn network_height(&self) -> f32 {
        let network = self.network();
        network.map_or(0.0, |(network, _)| self.viewport.height - network.kernel.y)
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

    /// How many tokens beside each other the widest pair of a pipe's ends needs at least.
    fn blocked_columns_at_least(&self) -> usize {
        let both = self
            .census
            .pipes
            .iter()
            .any(|pipe| pipe.readers > 0 && pipe.writers > 0);
        if both { 2 } else { 1 }
    }

    /// The width of the ready queue with so many tokens beside each other.
    fn ready_width(&self, columns: usize) -> f32 {
        let cell = self.scale.ready_cell(self.census);
        self.scale.boxed(cell, columns, 1).width + self.ready_margin()
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
            .map(|columns| (columns, self.ready_width(columns).max(scale.text * 10.0)))
            .take_while(|(_, width)| *width <= area.width)
            .find(|(columns, width)| {
                let rows = self.ready_rows(*columns);
                let height = scale.boxed_ready(cell, *columns, rows).height;
                height + self.between() + self.new_height(*width) <= area.height
            })
    }

    // What all arrangements have in common.

    /// Puts the parts of a plan together.
    fn put_together(
        &self,
        [ready, new]: [Station; 2],
        (cpus, hidden_cpus): (Vec<CpuPlan>, usize),
        blocked: Blocked,
    ) -> Plan {
        let objects = self.objects.shown.len() + self.objects.hidden;
        Plan {
            viewport: self.viewport,
            arrangement: self.arrangement,
            scale: self.scale,
            new,
            ready,
            levels: self.census.levels.max(1),
            cpus,
            hidden_cpus,
            disk: blocked.disk,
            timer: blocked.timer,
            joining: blocked.joining,
            zombies: blocked.zombies,
            hidden_pipes: self.code.pipes.len() - blocked.pipes.len(),
            pipes: blocked.pipes,
            interpreter: blocked.interpreter,
            hidden_objects: objects - blocked.objects.len(),
            objects: blocked.objects,
            other_objects: blocked.other_objects,
            done: self.station(blocked.done, self.scale.noted_cell()),
            memory: self
                .memory
                .map(|memory| memory.moved(-self.network_height())),
            network: self.network().map(|(network, _)| network),
            partitions: Vec::new(),
            wires: Vec::new(),
        }
    }
}

/// The boxes of what blocks tasks.
#[derive(Default)]
struct Blocked {
    disk: Option<Station>,
    timer: Option<Station>,
    joining: Option<Station>,
    zombies: Option<Station>,
    pipes: Vec<PipePlan>,
    interpreter: Option<InterpreterPlan>,
    objects: Vec<ObjectPlan>,
    other_objects: Option<Station>,
    /// The box of the finished ones below.
    done: Rect,
}

#[lockstep_part::later]
fn network_plan(
    frames: &Frames<'_>,
    census: &super::NetworkCensus,
    margin: f32,
) -> (NetworkPlan, bool) {
    NetworkPlan::new(frames.code, census, &frames.scale, frames.viewport, margin)
}
