//! The boxes side by side: in three columns, or in two on small stages.
//!
//! Not what is in a box: see `boxes`.

use super::super::geometry::{Rect, count, fitting};
use super::super::plan::{CpuPlan, Plan};
use super::super::{Detail, Scale};
use super::{Blocked, Columns, Device, FINISHED, Frames, Room};

impl Frames<'_> {
    /// The widths that the run needs, the rest of the room shared out; none if it does not fit.
    pub(super) fn columns(&self, area: &Rect) -> Option<Columns> {
        let gutter = self.scale.text * 2.6;
        let (ready_columns, ready) = self.ready_column(area)?;
        let cpus = self.cpus_width(area.height)?;

        let blocked = self
            .blocked_widths(area)
            .find(|width| self.blocked_height(*width) <= area.height)?;

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
            Columns {
                ready: ready + spare / 3.0,
                cpus: cpus + spare / 3.0,
                blocked: blocked + spare / 3.0,
                gutter: gutter + wider / 2.0,
                ready_columns,
            }
        })
    }

    /// The least width in which all CPUs fit into a height.
    pub(super) fn cpus_width(&self, height: f32) -> Option<f32> {
        let number = usize::from(self.code.config.cpus);
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
        self.scale.spacing * 1.5
    }

    pub(super) fn between_cpus(&self) -> f32 {
        match self.scale.detail {
            Detail::Compact => self.scale.gap,
            Detail::Full | Detail::Medium => self.scale.spacing,
        }
    }

    /// The widths that are tried for what blocks, from the least.
    pub(super) fn blocked_widths(&self, area: &Rect) -> impl Iterator<Item = f32> {
        let Scale { text, .. } = self.scale;
        let (scale, cell, most) = (self.scale, self.scale.noted_cell(), area.width);
        (self.blocked_columns_at_least()..)
            .map(move |columns| scale.boxed(cell, columns, 1).width.max(text * 11.0))
            .take_while(move |width| *width <= most)
    }

    /// The height of what blocks, and of the finished ones below.
    pub(super) fn blocked_height(&self, width: f32) -> f32 {
        let finished = self.census.done.clamp(1, FINISHED);
        self.devices_height(width) + self.height_in(self.scale.noted_cell(), finished, width)
    }

    /// The height of what blocks.
    pub(super) fn devices_height(&self, width: f32) -> f32 {
        let heights = self.devices().into_iter();
        heights
            .map(|device| self.device_height(device, width) + self.between())
            .sum()
    }

    pub(super) fn wide(&self, room: &Room, columns: &Columns) -> Plan {
        let area = room.area;
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
        self.assembled(room, columns, self.cpus(cpus, 1.9), self.blocked(blocked))
    }

    /// Puts the columns' parts together.
    pub(super) fn assembled(
        &self,
        room: &Room,
        columns: &Columns,
        (cpus, hidden_cpus): (Vec<CpuPlan>, usize),
        blocked: Blocked,
    ) -> Plan {
        let area = room.area;
        let new_height = self.new_height(columns.ready).min(area.height * 0.3);
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
        let hidden_pipes = self.code.pipes.len() - blocked.pipes.len();
        Plan {
            viewport: self.viewport,
            arrangement: self.arrangement,
            scale: self.scale,
            new: self.station(new, self.new_cell()),
            ready: self.ready_station(ready, columns.ready_columns),
            levels: self.census.levels.max(1),
            cpus,
            hidden_cpus,
            disk: blocked.disk,
            timer: blocked.timer,
            pipes: blocked.pipes,
            hidden_pipes,
            done: self.station(blocked.done, self.scale.noted_cell()),
            memory: room.memory,
            partitions: Vec::new(),
            wires: Vec::new(),
        }
    }

    /// What blocks, from the top of an area, and the finished ones below.
    pub(super) fn blocked(&self, area: Rect) -> Blocked {
        // The finished ones get their room first: devices that do not fit are counted.
        let finished = self
            .height_in(self.scale.noted_cell(), 1, area.width)
            .min(area.height);
        let mut blocked = Blocked::default();
        let mut y = area.y;
        // A pipe without a box is counted; disk and timer come first.
        for device in self.devices() {
            let room = area.bottom() - finished - self.between() - y;
            let wanted = self.device_height(device, area.width);
            let fits = wanted <= room + 0.1;
            if !fits && (matches!(device, Device::Pipe(_)) || room < self.scale.header * 2.0) {
                continue;
            }
            let frame = Rect {
                y,
                height: wanted.min(room),
                ..area
            };
            self.add_device(&mut blocked, device, frame);
            y = frame.bottom() + self.between();
        }
        blocked.done = Rect {
            y,
            height: area.bottom() - y,
            ..area
        };
        blocked
    }

    // In two columns.

    /// The widths of two columns: the ready queue, and beside it CPUs above what blocks.
    pub(super) fn pair(&self, area: &Rect) -> Option<Columns> {
        let (ready_columns, ready) = self.ready_column(area)?;
        let gutter = self.scale.text * 2.0;
        let cpu = self.scale.cpu().width;
        let right = self
            .blocked_widths(area)
            .map(|width| width.max(cpu))
            .find(|width| self.pair_height(*width) <= area.height)?;
        let spare = area.width - ready - right - gutter;
        (spare >= 0.0).then_some(Columns {
            ready: ready + spare * 0.45,
            cpus: right + spare * 0.45,
            blocked: 0.0,
            gutter: gutter + spare * 0.1,
            ready_columns,
        })
    }

    /// The height of the CPUs in a width.
    pub(super) fn cpus_height(&self, width: f32) -> f32 {
        let (cpu, between) = (self.scale.cpu(), self.between_cpus());
        let columns = fitting(width + between, cpu.width + between).max(1);
        let rows = usize::from(self.code.config.cpus).div_ceil(columns);
        count(rows) * (cpu.height + between) - between
    }

    /// What the right column needs. A few finished ones will do, with small tokens one row of them;
    /// the rest is counted.
    pub(super) fn pair_height(&self, width: f32) -> f32 {
        const FEW: usize = 4;
        const SMALL: f32 = 36.0;
        let few = if self.scale.token.height < SMALL {
            1
        } else {
            FEW
        };
        let finished = self.census.done.clamp(1, few);
        let finished = self.height_in(self.scale.noted_cell(), finished, width);
        self.cpus_height(width) + self.between() + self.devices_height(width) + finished
    }

    pub(super) fn paired(&self, room: &Room, columns: &Columns) -> Plan {
        let area = room.area;
        let x = area.x + columns.ready + columns.gutter;
        let spare = (area.height - self.pair_height(columns.cpus)).max(0.0);
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
        self.assembled(room, columns, (boxes, hidden), self.blocked(blocked))
    }
}
