//! The boxes below each other: for phones.
//!
//! Not what is in a box: see `boxes`.

use super::super::Scale;
use super::super::geometry::{Rect, Size, count, fitting};
use super::super::plan::Plan;
use super::{Blocked, Device, FINISHED, Frames, Room};

impl Frames<'_> {
    pub(super) fn heights(&self, width: f32) -> Heights {
        let cell = self.scale.ready_cell(self.census);
        let columns = self.columns_in(cell, width - self.ready_margin());
        let cpu = self.cpu_size();
        let between = self.between_cpus();
        let number = usize::from(self.code.config.cpus);
        let beside = fitting(width + between, cpu.width + between).clamp(1, number);
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
            cpus: rows * (cpu.height + between) - between,
            devices: self
                .devices()
                .into_iter()
                .map(|device| self.device_height(device, width))
                .collect(),
            last: done.max(self.new_height(new_width))
                + if wide_enough { 0.0 } else { f32::INFINITY },
        }
    }

    /// What the places need at least: one row of each.
    pub(super) fn least_heights(&self, width: f32) -> Heights {
        let scale = &self.scale;
        let row = |cell: Size| scale.boxed(cell, 1, 1).height;
        let ready = scale
            .boxed_ready(scale.ready_cell(self.census), 1, 1)
            .height;
        let devices = self.devices().into_iter().map(|device| match device {
            Device::Disk | Device::Timer => row(scale.noted_cell()),
            Device::Pipe(pipe) => self
                .device_height(Device::Pipe(pipe), width)
                .min(scale.header + scale.text * 1.8 + scale.plain_cell().height + scale.padding),
        });
        Heights {
            ready,
            cpus: self.cpu_size().height,
            devices: devices.collect(),
            last: row(scale.noted_cell()),
        }
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

    pub(super) fn stacked(&self, room: &Room, heights: &Heights, spare: f32) -> Plan {
        let Rect { x, width, .. } = room.area;
        let spacing = self.scale.spacing;
        let mut y = room.area.y;
        let mut take = |height: f32| {
            let frame = Rect::new(x, y, width, height);
            y += height + spacing;
            frame
        };
        let ready = take(heights.ready + spare * 0.4);
        let cpus = take(heights.cpus + spare * 0.25);
        let mut blocked = Blocked::default();
        for (device, height) in self.devices().into_iter().zip(&heights.devices) {
            if *height > 0.0 {
                let frame = take(*height);
                self.add_device(&mut blocked, device, frame);
            }
        }
        let last = room.area.bottom() - y;
        let new_width = self.new_width(width);
        let new = Rect::new(x, y, new_width, last);
        let done = Rect::new(
            x + new_width + spacing,
            y,
            width - new_width - spacing,
            last,
        );
        let (cpus, hidden_cpus) = self.cpus(cpus, 1.6);
        let hidden_pipes = self.code.pipes.len() - blocked.pipes.len();
        Plan {
            viewport: self.viewport,
            arrangement: self.arrangement,
            scale: self.scale,
            new: self.station(new, self.new_cell()),
            ready: self.ready_station(ready, usize::MAX),
            levels: self.census.levels.max(1),
            cpus,
            hidden_cpus,
            disk: blocked.disk,
            timer: blocked.timer,
            pipes: blocked.pipes,
            hidden_pipes,
            done: self.station(done, self.scale.noted_cell()),
            memory: room.memory,
            partitions: Vec::new(),
            wires: Vec::new(),
        }
    }
}

/// The heights of what is stacked.
pub(super) struct Heights {
    ready: f32,
    cpus: f32,
    devices: Vec<f32>,
    /// New and done, beside each other.
    last: f32,
}

impl Heights {
    fn gaps(&self, spacing: f32) -> f32 {
        spacing * (2.0 + count(self.devices.len()))
    }

    pub(super) fn total(&self, spacing: f32) -> f32 {
        let devices: f32 = self.devices.iter().sum();
        self.ready + self.cpus + devices + self.last + self.gaps(spacing)
    }

    /// These heights, cut to a room: each place has the least, as far as there is room; what is
    /// left goes to the CPUs first. Devices that have no room have no height.
    pub(super) fn cut(mut self, least: &Self, room: &Rect, scale: &Scale) -> Self {
        let fixed = least.ready + least.cpus + least.last + 2.0 * scale.spacing;
        let mut spare = (room.height - fixed).max(0.0);
        for (device, least) in self.devices.iter_mut().zip(&least.devices) {
            let cost = least + scale.spacing;
            *device = if cost <= spare { *least } else { 0.0 };
            if *device > 0.0 {
                spare -= cost;
            }
        }
        let mut give = |wanted: f32, least: f32| {
            let more = (wanted - least).min(spare).max(0.0);
            spare -= more;
            least + more
        };
        self.cpus = give(self.cpus, least.cpus);
        self.ready = give(self.ready, least.ready);
        self.last = least.last;
        self
    }
}
