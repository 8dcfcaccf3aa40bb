//! The boxes side by side: in three columns, or in two on small stages.
//!
//! Not what is in a box: see `boxes`.

use super::super::Detail;
use super::super::geometry::{Rect, count, fitting};
use super::super::plan::{Arrangement, CpuPlan, Plan};
use super::{Blocked, Columns, FINISHED, Frames};

impl Frames<'_> {
    /// The widths that the run needs, the rest of the room shared out; none if it does not fit.
    pub(super) fn columns(&self, area: &Rect) -> Option<Columns> {
        let gutter = self.scale.text * 2.6;
        let (ready_columns, ready) = self.ready_column(area)?;
        let cpus = self.cpus_width(area.height)?;

        let (blocked, shelf_columns) = self
            .blocked_widths(area)
            .map(|width| (width, self.shelf_columns(width)))
            .find(|(width, columns)| self.blocked_height(*width, *columns) <= area.height)?;

        let spare = area.width - ready - cpus - blocked - 2.0 * gutter;
        (spare >= 0.0).then(|| {
            // First the gutters, up to twice their width; then the boxes, up to half of theirs;
            // what is left goes to all of them.
            let wider = (spare * 0.3).min(gutter * 2.4);
            let mut spare = spare - wider;
            let mut give = |width: f32, most: f32, share: f32| {
                let more = (spare * share).min(width * most);
                spare -= more;
                width + more
            };
            let cpus = give(cpus, 0.5, 0.45);
            let blocked = give(blocked, 0.9, 0.5);
            let ready = give(ready, 0.6, 0.7);
            if cpus <= 0.0 {
                // Where no CPU is seen, the other two have the room.
                return Columns {
                    ready: ready + spare / 2.0,
                    cpus,
                    blocked: blocked + spare / 2.0,
                    gutter: gutter + wider / 2.0,
                    ready_columns,
                    shelf_columns,
                };
            }
            Columns {
                ready: ready + spare / 3.0,
                cpus: cpus + spare / 3.0,
                blocked: blocked + spare / 3.0,
                gutter: gutter + wider / 2.0,
                ready_columns,
                shelf_columns,
            }
        })
    }

    /// The least width in which all CPUs fit into a height.
    pub(super) fn cpus_width(&self, height: f32) -> Option<f32> {
        let number = usize::from(self.code.config.cpus);
        if number == 0 {
            return Some(0.0);
        }
        let cpu = self.scale.cpu();
        let between = self.between_cpus();
        let columns = (1..=number).find(|columns| {
            let rows = count(number.div_ceil(*columns));
            rows * (cpu.height + between) - between <= height
        });
        columns.map(|columns| count(columns) * (cpu.width + between) - between)
    }

    /// Between boxes that stand below each other.
    pub(super) fn between(&self) -> f32 {
        match self.arrangement {
            Arrangement::Wide | Arrangement::Paired => self.scale.spacing * 1.5,
            Arrangement::Stacked => self.scale.spacing,
        }
    }

    pub(super) fn between_cpus(&self) -> f32 {
        match self.scale.detail {
            Detail::Compact => self.scale.gap,
            Detail::Full | Detail::Medium => self.scale.spacing,
        }
    }

    /// The widths that are tried for what blocks, from the least.
    pub(super) fn blocked_widths(&self, area: &Rect) -> impl Iterator<Item = f32> {
        let columns = self.blocked_columns_at_least();
        let least = self.scale.boxed(self.scale.noted_cell(), columns, 1).width;
        let (readable, most) = (self.scale.text * 11.0, area.width);
        core::iter::successors(Some(least), |width| Some(self.next_width(*width)))
            .map(move |width| width.max(readable))
            .take_while(move |width| *width <= most)
    }

    /// The height of what blocks, and of the finished ones below.
    fn blocked_height(&self, width: f32, columns: usize) -> f32 {
        self.devices_height(width, columns) + self.finished_height(FINISHED, width)
    }

    /// The height of the finished ones, so many at most.
    fn finished_height(&self, most: usize, width: f32) -> f32 {
        let finished = self.census.done.max(1).min(most);
        self.height_in(self.scale.noted_cell(), finished, width)
    }

    /// The height of what blocks, and of the gap below it.
    fn devices_height(&self, width: f32, columns: usize) -> f32 {
        let height = self.shelves(width, columns).planned();
        if height > 0.0 {
            height + self.between()
        } else {
            0.0
        }
    }

    pub(super) fn wide(&self, area: Rect, columns: &Columns) -> Plan {
        let cpus_x = area.x + columns.ready + columns.gutter;
        let blocked_x = cpus_x + columns.cpus + columns.gutter;
        let cpus = Rect {
            x: cpus_x,
            width: columns.cpus,
            ..area
        };
        let blocked = Rect {
            x: blocked_x,
            width: columns.blocked,
            ..area
        };
        let blocked = self.blocked(blocked, columns.shelf_columns);
        self.assembled(area, columns, self.cpus(cpus, 1.9), blocked)
    }

    /// Puts the columns' parts together.
    fn assembled(
        &self,
        area: Rect,
        columns: &Columns,
        cpus: (Vec<CpuPlan>, usize),
        blocked: Blocked,
    ) -> Plan {
        // Where it is cut, one row is left.
        let row = self.scale.boxed(self.new_cell(), 1, 1).height;
        let new_height = self.new_height(columns.ready);
        let new_height = new_height.min(row.max(area.height * 0.3));
        let ready_height = area.height - new_height - self.between();
        let ready = Rect {
            width: columns.ready,
            height: ready_height,
            ..area
        };
        let new = Rect {
            y: area.bottom() - new_height,
            height: new_height,
            ..ready
        };
        let ready = self.ready_station(ready, columns.ready_columns);
        let new = self.station(new, self.new_cell());
        self.put_together([ready, new], cpus, blocked)
    }

    /// What blocks, from the top of an area, and the finished ones below.
    fn blocked(&self, area: Rect, columns: usize) -> Blocked {
        // The finished ones get their room first: devices that do not fit are counted.
        let below = |finished| self.finished_height(finished, area.width) + self.between();
        let shelves = self.shelves(area.width, columns);
        let least = (area.height - below(1)).max(0.0);
        // What is not planned for has only the room that they leave.
        let room = shelves
            .planned()
            .min(least)
            .max(area.height - below(FINISHED));
        let devices = shelves.height_in(room);
        let mut blocked = self.place(
            &shelves,
            Rect {
                height: room,
                ..area
            },
        );
        blocked.done = match devices > 0.0 {
            true => area.below(devices + self.between()),
            false => area,
        };
        blocked
    }

    // In two columns.

    /// The widths of two columns: the ready queue, and beside it CPUs above what blocks.
    pub(super) fn pair(&self, area: &Rect) -> Option<Columns> {
        let (ready_columns, ready) = self.ready_column(area)?;
        let gutter = self.scale.text * 2.0;
        let cpu = self.scale.cpu().width;
        let (right, shelf_columns) = self
            .blocked_widths(area)
            .map(|width| width.max(cpu))
            .map(|width| (width, self.shelf_columns(width)))
            .find(|(width, columns)| self.pair_height(*width, *columns) <= area.height)?;
        let spare = area.width - ready - right - gutter;
        (spare >= 0.0).then_some(Columns {
            ready: ready + spare * 0.45,
            cpus: right + spare * 0.45,
            blocked: 0.0,
            gutter: gutter + spare * 0.1,
            ready_columns,
            shelf_columns,
        })
    }

    /// The height of the CPUs in a width.
    pub(super) fn cpus_height(&self, width: f32) -> f32 {
        let (cpu, between) = (self.scale.cpu(), self.between_cpus());
        let columns = fitting(width + between, cpu.width + between).max(1);
        let rows = usize::from(self.code.config.cpus).div_ceil(columns);
        (count(rows) * (cpu.height + between) - between).max(0.0)
    }

    /// What the right column needs. A few finished ones will do, with small tokens one row of them;
    /// the rest is counted.
    fn pair_height(&self, width: f32, columns: usize) -> f32 {
        const FEW: usize = 4;
        const SMALL: f32 = 36.0;
        let few = if self.scale.token.height < SMALL {
            1
        } else {
            FEW
        };
        self.cpus_height(width)
            + self.between()
            + self.devices_height(width, columns)
            + self.finished_height(few, width)
    }

    pub(super) fn paired(&self, area: Rect, columns: &Columns) -> Plan {
        let x = area.x + columns.ready + columns.gutter;
        let wanted = self.pair_height(columns.cpus, columns.shelf_columns);
        let spare = (area.height - wanted).max(0.0);
        let height = self.cpus_height(columns.cpus) + spare * 0.4;
        let cpus = Rect {
            x,
            width: columns.cpus,
            height,
            ..area
        };
        let (boxes, hidden) = self.cpus(cpus, 1.6);
        let bottom = boxes
            .iter()
            .map(|cpu| cpu.frame.bottom())
            .fold(area.y, f32::max);
        let y = bottom + self.between();
        let blocked = Rect {
            y,
            height: area.bottom() - y,
            ..cpus
        };
        let blocked = self.blocked(blocked, columns.shelf_columns);
        self.assembled(area, columns, (boxes, hidden), blocked)
    }
}
