//! The boxes below each other: for phones.
//!
//! Not what is in a box: see `boxes`.

use super::super::Scale;
use super::super::geometry::{Rect, Size, count, fitting};
use super::super::plan::Plan;
use super::shelves::Shelves;
use super::{FINISHED, Frames};

impl Frames<'_> {
    pub(super) fn heights(&self, width: f32) -> Heights {
        let cell = self.scale.ready_cell(self.census);
        let columns = self.columns_in(cell, width - self.ready_margin());
        let cpu = self.cpu_size();
        let between = self.between_cpus();
        let number = usize::from(self.code.config.cpus);
        let beside = fitting(width + between, cpu.width + between).clamp(1, number.max(1));
        let rows = count(number.div_ceil(beside));
        let new_width = self.new_width(width);
        let done_width = width - new_width - self.scale.spacing;
        let done = self.height_in(
            self.scale.noted_cell(),
            self.census.done.clamp(1, FINISHED),
            done_width,
        );
        let wide_enough = cpu.width <= width && cell.width <= width;
        Heights {
            ready: self
                .scale
                .boxed_ready(cell, columns, self.ready_rows(columns))
                .height,
            cpus: (rows * (cpu.height + between) - between).max(0.0),
            devices: self.stacked_shelves(width).planned(),
            last: done.max(self.new_height(new_width))
                + if wide_enough { 0.0 } else { f32::INFINITY },
        }
    }

    /// What the places need at least: one row of each.
    pub(super) fn least_heights(&self) -> Heights {
        let scale = &self.scale;
        let row = |cell: Size| scale.boxed(cell, 1, 1).height;
        let ready = scale
            .boxed_ready(scale.ready_cell(self.census), 1, 1)
            .height;
        Heights {
            ready,
            cpus: match self.code.config.cpus {
                0 => 0.0,
                _ => self.cpu_size().height,
            },
            devices: 0.0,
            last: row(scale.noted_cell()),
        }
    }

    pub(super) fn stacked_shelves(&self, width: f32) -> Shelves {
        self.shelves(width, self.shelf_columns(width))
    }

    pub(super) fn new_width(&self, width: f32) -> f32 {
        let Scale {
            token,
            padding,
            text,
            ..
        } = self.scale;
        (width * 0.3)
            .max(token.width + 2.0 * padding)
            .max(text * 7.0)
            .min(width * 0.5)
    }

    pub(super) fn stacked(&self, area: Rect, heights: &Heights, spare: f32) -> Plan {
        let Rect { x, width, .. } = area;
        let spacing = self.scale.spacing;
        let mut y = area.y;
        let mut take = |height: f32| {
            let frame = Rect::new(x, y, width, height);
            y += height + spacing;
            frame
        };
        let ready = take(heights.ready + spare * 0.4);
        let cpus = match self.code.config.cpus {
            0 => Rect::default(),
            _ => take(heights.cpus + spare * 0.25),
        };
        let shelves = self.stacked_shelves(width);
        let devices = if heights.devices > 0.0 {
            // What is not planned for has the room that is left over.
            let room = area.height - heights.total(spacing) - spare * 0.65;
            take(shelves.height_in(heights.devices + room.max(0.0)))
        } else {
            Rect::default()
        };
        let mut blocked = self.place(&shelves, devices);
        let last = area.bottom() - y;
        let new_width = self.new_width(width);
        // What has no room for its title is nowhere.
        let mut new = Rect::default();
        if last >= self.scale.header {
            new = Rect::new(x, y, new_width, last);
            let done_width = width - new_width - spacing;
            blocked.done = Rect::new(x + new_width + spacing, y, done_width, last);
        }
        let ready = self.ready_station(ready, usize::MAX);
        let new = self.station(new, self.new_cell());
        self.put_together([ready, new], self.cpus(cpus, 1.6), blocked)
    }
}

/// The heights of what is stacked.
pub(super) struct Heights {
    ready: f32,
    cpus: f32,
    /// All that blocks; nothing where nothing does.
    pub(super) devices: f32,
    /// New and done, beside each other.
    pub(super) last: f32,
}

impl Heights {
    pub(super) fn total(&self, spacing: f32) -> f32 {
        let devices = if self.devices > 0.0 {
            self.devices + spacing
        } else {
            0.0
        };
        self.ready + self.cpus + devices + self.last + 2.0 * spacing
    }

    /// What the CPUs and the ready queue take.
    pub(super) fn of_machine(&self, spacing: f32) -> f32 {
        match self.cpus > 0.0 {
            true => self.ready + spacing + self.cpus,
            false => self.ready,
        }
    }

    /// These heights, cut to a room: each place has the least, as far as there is room; what is
    /// left goes to the CPUs first, then to what blocks and to the ready queue. Devices that have
    /// no room have no height.
    pub(super) fn cut(&self, least: &Self, devices: &Shelves, room: &Rect, scale: &Scale) -> Self {
        let fixed = least.ready + least.cpus + least.last + 2.0 * scale.spacing;
        let mut spare = (room.height - fixed).max(0.0);
        let least_devices = devices.least_in((spare - scale.spacing).max(0.0));
        if least_devices > 0.0 {
            spare -= least_devices + scale.spacing;
        }
        let mut give = |wanted: f32, least: f32, share: f32| {
            let more = (wanted - least).min(spare * share).max(0.0);
            spare -= more;
            least + more
        };
        let cpus = give(self.cpus, least.cpus, 1.0);
        let devices = match least_devices > 0.0 {
            true => give(self.devices, least_devices, 0.5),
            false => 0.0,
        };
        Self {
            ready: give(self.ready, least.ready, 1.0),
            cpus,
            devices,
            last: least.last,
        }
    }
}
