//! The boxes of one attempt to fit a run into a viewport.
//!
//! Not the choice of the scale, which [`Plan::new`] makes by trying.

use sim_core::ids::{CpuId, PipeId};
use sim_core::program::Code;

use super::geometry::{Grid, Rect, Size, count, fitting};
use super::plan::{Arrangement, CpuPlan, PipePlan, Plan, Station};
use super::{Census, Detail, PipeCensus, Scale};

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
                let cpus = cpus.clamp(width * 0.3, width * 0.62);
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
                let heights = wanted.cut(&self.least_heights(room.area.width), &room.area, &self.scale);
                self.stacked(&room, &heights, 0.0)
            }
        }
    }

    fn room(&self) -> Room {
        let Scale { text, spacing, .. } = self.scale;
        let Size { width, height } = self.viewport;
        let margin = (text * 0.7).min(width * 0.03);
        let has_return_wire =
            self.arrangement == Arrangement::Wide && !self.devices().is_empty();
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
        devices.extend((0..self.code.pipes.len()).map(|pipe| Device::Pipe(PipeId::from_index(pipe))));
        devices
    }

    // What each place needs.

    /// The height of a box with so many tokens in a width.
    fn height_in(&self, cell: Size, tokens: usize, width: f32) -> f32 {
        let columns = self.columns_in(cell, width);
        self.scale.boxed(cell, columns, tokens.div_ceil(columns).max(1)).height
    }

    fn columns_in(&self, cell: Size, width: f32) -> usize {
        fitting(width - 2.0 * self.scale.padding + self.scale.gap, cell.width).max(1)
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
        let numbers = if self.scale.numbered { 0.0 } else { self.scale.text * 1.9 };
        numbers + if self.census.levels > 1 { self.scale.text * 2.2 } else { 0.0 }
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
        let rows = self.census.new.div_ceil(self.columns_in(cell, width)).clamp(1, NEW_ROWS);
        self.scale.boxed(cell, 1, rows).height
    }

    fn device_height(&self, device: Device, width: f32) -> f32 {
        let Scale { text, padding, gap, .. } = self.scale;
        match device {
            Device::Disk => self.height_in(self.scale.noted_cell(), self.census.disk, width),
            Device::Timer => self.height_in(self.scale.noted_cell(), self.census.timer, width),
            Device::Pipe(pipe) => {
                let (writers, readers) = self.pipe_columns(pipe, width);
                let rows = self.pipe_rows(pipe, writers, readers);
                let waiting = count(rows) * self.scale.plain_cell().height;
                self.scale.header + text * 1.8 + if rows > 0 { gap + waiting - gap } else { 0.0 } + padding
            }
        }
    }

    fn pipe_census(&self, pipe: PipeId) -> PipeCensus {
        self.census.pipes.get(pipe.index()).copied().unwrap_or_default()
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
        let both = self.census.pipes.iter().any(|pipe| pipe.readers > 0 && pipe.writers > 0);
        if both { 2 } else { 1 }
    }

    /// The least width of the ready queue with the new jobs below it, and how many tokens are
    /// beside each other in it.
    fn ready_column(&self, area: &Rect) -> Option<(usize, f32)> {
        let scale = &self.scale;
        let cell = scale.ready_cell(self.census);
        // A level wants to be a row, as far as that leaves the tokens large.
        let narrowest = if self.census.levels > 1 { self.census.ready.clamp(1, 2) } else { 1 };
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

    // Side by side.

    /// The widths that the run needs, the rest of the room shared out; none if it does not fit.
    fn columns(&self, area: &Rect) -> Option<Columns> {
        let gutter = self.scale.text * 2.6;
        let (ready_columns, ready) = self.ready_column(area)?;
        let cpus = self.cpus_width(area.height)?;

        let blocked =
            self.blocked_widths(area).find(|width| self.blocked_height(*width) <= area.height)?;

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
    fn cpus_width(&self, height: f32) -> Option<f32> {
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
    fn between(&self) -> f32 {
        self.scale.spacing * 1.5
    }

    fn between_cpus(&self) -> f32 {
        match self.scale.detail {
            Detail::Compact => self.scale.gap,
            Detail::Full | Detail::Medium => self.scale.spacing,
        }
    }

    /// The widths that are tried for what blocks, from the least.
    fn blocked_widths(&self, area: &Rect) -> impl Iterator<Item = f32> {
        let Scale { text, .. } = self.scale;
        let (scale, cell, most) = (self.scale, self.scale.noted_cell(), area.width);
        (self.blocked_columns_at_least()..)
            .map(move |columns| scale.boxed(cell, columns, 1).width.max(text * 11.0))
            .take_while(move |width| *width <= most)
    }

    /// The height of what blocks, and of the finished ones below.
    fn blocked_height(&self, width: f32) -> f32 {
        let finished = self.census.done.clamp(1, FINISHED);
        self.devices_height(width) + self.height_in(self.scale.noted_cell(), finished, width)
    }

    /// The height of what blocks.
    fn devices_height(&self, width: f32) -> f32 {
        let heights = self.devices().into_iter();
        heights.map(|device| self.device_height(device, width) + self.between()).sum()
    }

    fn wide(&self, room: &Room, columns: &Columns) -> Plan {
        let area = room.area;
        let cpus_x = area.x + columns.ready + columns.gutter;
        let blocked_x = cpus_x + columns.cpus + columns.gutter;
        let cpus = Rect { x: cpus_x, width: columns.cpus, ..area };
        let blocked = Rect { x: blocked_x, width: columns.blocked, ..area };
        self.assembled(room, columns, self.cpus(cpus, 1.9), self.blocked(blocked))
    }

    /// Puts the columns' parts together.
    fn assembled(
        &self,
        room: &Room,
        columns: &Columns,
        (cpus, hidden_cpus): (Vec<CpuPlan>, usize),
        blocked: Blocked,
    ) -> Plan {
        let area = room.area;
        let new_height = self.new_height(columns.ready).min(area.height * 0.3);
        let ready_height = area.height - new_height - self.between();
        let ready = Rect { width: columns.ready, height: ready_height, ..area };
        let new = Rect { y: area.bottom() - new_height, height: new_height, ..ready };
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
    fn blocked(&self, area: Rect) -> Blocked {
        // The finished ones get their room first: devices that do not fit are counted.
        let finished = self.height_in(self.scale.noted_cell(), 1, area.width).min(area.height);
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
            let frame = Rect { y, height: wanted.min(room), ..area };
            self.add_device(&mut blocked, device, frame);
            y = frame.bottom() + self.between();
        }
        blocked.done = Rect { y, height: area.bottom() - y, ..area };
        blocked
    }

    // In two columns.

    /// The widths of two columns: the ready queue, and beside it CPUs above what blocks.
    fn pair(&self, area: &Rect) -> Option<Columns> {
        let (ready_columns, ready) = self.ready_column(area)?;
        let gutter = self.scale.text * 2.0;
        let cpu = self.scale.cpu().width;
        let right = self
            .blocked_widths(area)
            .map(|width| width.max(cpu))
            .find(|width| self.pair_height(*width) <= area.height)?;
        let spare = area.width - ready - right - gutter;
        (spare >= 0.0).then(|| Columns {
            ready: ready + spare * 0.45,
            cpus: right + spare * 0.45,
            blocked: 0.0,
            gutter: gutter + spare * 0.1,
            ready_columns,
        })
    }

    /// The height of the CPUs in a width.
    fn cpus_height(&self, width: f32) -> f32 {
        let (cpu, between) = (self.scale.cpu(), self.between_cpus());
        let columns = fitting(width + between, cpu.width + between).max(1);
        let rows = usize::from(self.code.config.cpus).div_ceil(columns);
        count(rows) * (cpu.height + between) - between
    }

    /// What the right column needs. A few finished ones will do, with small tokens one row of them;
    /// the rest is counted.
    fn pair_height(&self, width: f32) -> f32 {
        const FEW: usize = 4;
        const SMALL: f32 = 36.0;
        let few = if self.scale.token.height < SMALL { 1 } else { FEW };
        let finished = self.census.done.clamp(1, few);
        let finished = self.height_in(self.scale.noted_cell(), finished, width);
        self.cpus_height(width) + self.between() + self.devices_height(width) + finished
    }

    fn paired(&self, room: &Room, columns: &Columns) -> Plan {
        let area = room.area;
        let x = area.x + columns.ready + columns.gutter;
        let spare = (area.height - self.pair_height(columns.cpus)).max(0.0);
        let height = self.cpus_height(columns.cpus) + spare * 0.4;
        let cpus = Rect { x, width: columns.cpus, height, ..area };
        let (boxes, hidden) = self.cpus(cpus, 1.6);
        let bottom = boxes.iter().map(|cpu| cpu.frame.bottom()).fold(area.y, f32::max);
        let y = bottom + self.between();
        let blocked = Rect { y, height: area.bottom() - y, ..cpus };
        self.assembled(room, columns, (boxes, hidden), self.blocked(blocked))
    }

    fn add_device(&self, blocked: &mut Blocked, device: Device, frame: Rect) {
        match device {
            Device::Disk => blocked.disk = Some(self.station(frame, self.scale.noted_cell())),
            Device::Timer => blocked.timer = Some(self.station(frame, self.scale.noted_cell())),
            Device::Pipe(pipe) => blocked.pipes.push(self.pipe(pipe, frame)),
        }
    }

    /// The CPUs in an area: as few beside each other as fit, no higher than `stretch` times what
    /// they need.
    fn cpus(&self, area: Rect, stretch: f32) -> (Vec<CpuPlan>, usize) {
        let number = usize::from(self.code.config.cpus);
        let least = self.cpu_size();
        let between = self.between_cpus();
        let most_columns = fitting(area.width + between, least.width + between).clamp(1, number);
        let most_rows = fitting(area.height + between, least.height + between).max(1);
        let columns = number.div_ceil(most_rows).clamp(1, most_columns);
        let rows = number.div_ceil(columns).min(most_rows);
        let width = (area.width + between) / count(columns) - between;
        let height = (area.height + between) / count(rows) - between;
        let height = height.min(least.height * stretch);
        let shown = number.min(columns * rows);
        let boxes = (0..shown).map(|place| {
            let (row, column) = (place / columns, place % columns);
            let x = area.x + count(column) * (width + between);
            let y = area.y + count(row) * (height + between);
            self.cpu(CpuId::from_index(place), Rect::new(x, y, width, height))
        });
        (boxes.collect(), number - shown)
    }

    fn cpu_size(&self) -> Size {
        let least = self.scale.cpu();
        match (self.arrangement, self.scale.detail) {
            // The gauges stand beside the token.
            (Arrangement::Stacked, Detail::Full) => {
                let text = self.scale.text;
                let inside = self.scale.token.height.max(text * 5.6);
                Size {
                    width: self.scale.token.width + text * 13.0,
                    height: self.scale.header + inside + self.scale.padding,
                }
            }
            _ => least,
        }
    }

    fn cpu(&self, cpu: CpuId, frame: Rect) -> CpuPlan {
        let Scale { text, token, padding, detail, .. } = self.scale;
        let above = self.scale.above_cpu_token();
        if self.arrangement == Arrangement::Stacked && detail == Detail::Full {
            let inside = frame.below(above);
            let y = inside.y + (inside.height - padding - token.height).max(0.0) / 2.0;
            let slot = Rect::new(frame.x + padding, y, token.width, token.height);
            let x = slot.right() + text;
            let gauges = Rect::new(x, inside.y, frame.right() - padding - x, inside.height - padding);
            return CpuPlan { cpu, frame, token: slot, gauges };
        }
        let spare = (frame.height - self.scale.cpu().height).max(0.0);
        let x = frame.middle().x - token.width / 2.0;
        let slot = Rect::new(x, frame.y + above + spare * 0.3, token.width, token.height);
        let inside = frame.inset(if detail == Detail::Compact { text * 0.3 } else { padding });
        let y = slot.bottom() + if detail == Detail::Compact { 2.0 } else { text * 0.6 + spare * 0.2 };
        let gauges = Rect::new(inside.x, y, inside.width, (inside.bottom() - y).max(0.0));
        CpuPlan { cpu, frame, token: slot, gauges }
    }

    /// A box whose slots are spread evenly over its width.
    fn station(&self, frame: Rect, cell: Size) -> Station {
        let inside = self.inside(frame);
        let gap = self.scale.gap;
        let columns = count(fitting(inside.width, cell.width).max(1));
        let cell = Size { width: cell.width.max(inside.width / columns), ..cell };
        // A note may be wider than its token, which stands in the middle of its cell.
        let before = (cell.width - gap - self.scale.token.width) / 2.0;
        Station { frame, grid: Grid::filling(inside, cell, self.scale.token, before) }
    }

    /// The slots' room in a box, with the gap that follows the last one.
    fn inside(&self, frame: Rect) -> Rect {
        let Scale { padding, header, gap, .. } = self.scale;
        Rect::new(
            frame.x + padding,
            frame.y + header,
            frame.width - 2.0 * padding + gap,
            frame.height - header - padding + gap,
        )
    }

    fn ready_station(&self, frame: Rect, columns: usize) -> Station {
        let cell = self.scale.ready_cell(self.census);
        let margin = self.ready_margin();
        let inside = self.inside(frame).below(self.scale.ready_header() - self.scale.header);
        let inside = Rect::new(inside.x + margin, inside.y, inside.width - margin, inside.height);
        let mut grid = Grid::filling(inside, cell, self.scale.token, self.scale.number_width());
        if self.census.levels == 1 && columns < grid.columns {
            grid.columns = columns;
            // One queue, in the middle of its box.
            let used = count(columns) * cell.width - self.scale.gap;
            grid.origin.x += ((inside.width - self.scale.gap - used) / 2.0).max(0.0);
        }
        Station { frame, grid }
    }

    fn pipe(&self, pipe: PipeId, frame: Rect) -> PipePlan {
        let Scale { text, gap, token, padding, .. } = self.scale;
        let inside = self.inside(frame);
        let messages = Rect::new(inside.x, inside.y, inside.width - gap, text * 1.8);
        let waiting = inside.below(messages.height);
        let (writers, readers) = self.pipe_columns(pipe, frame.width);
        let cell = self.scale.plain_cell();
        let rows = fitting(frame.bottom() - padding + gap - waiting.y, cell.height);
        let grid = |x: f32, columns: usize| Grid {
            origin: super::Point { x, y: waiting.y },
            cell,
            token,
            before: 0.0,
            columns: columns.max(1),
            rows: if columns == 0 { 0 } else { rows },
        };
        let right = frame.right() - padding + gap - count(readers) * cell.width;
        PipePlan { pipe, frame, messages, writers: grid(waiting.x, writers), readers: grid(right, readers) }
    }

    // Below each other.

    fn heights(&self, width: f32) -> Heights {
        let cell = self.scale.ready_cell(self.census);
        let columns = self.columns_in(cell, width - self.ready_margin());
        let cpu = self.cpu_size();
        let between = self.between_cpus();
        let number = usize::from(self.code.config.cpus);
        let beside = fitting(width + between, cpu.width + between).clamp(1, number);
        let rows = count(number.div_ceil(beside));
        let new_width = self.new_width(width);
        let done_width = width - new_width - self.scale.spacing;
        let done = self.height_in(self.scale.noted_cell(), self.census.done.clamp(1, FINISHED), done_width);
        let wide_enough = cpu.width <= width && cell.width <= width;
        Heights {
            ready: self.scale.boxed_ready(cell, columns, self.ready_rows(columns)).height,
            cpus: rows * (cpu.height + between) - between,
            devices: self.devices().into_iter().map(|device| self.device_height(device, width)).collect(),
            last: done.max(self.new_height(new_width)) + if wide_enough { 0.0 } else { f32::INFINITY },
        }
    }

    /// What the places need at least: one row of each.
    fn least_heights(&self, width: f32) -> Heights {
        let scale = &self.scale;
        let row = |cell: Size| scale.boxed(cell, 1, 1).height;
        let ready = scale.boxed_ready(scale.ready_cell(self.census), 1, 1).height;
        let devices = self.devices().into_iter().map(|device| match device {
            Device::Disk | Device::Timer => row(scale.noted_cell()),
            Device::Pipe(pipe) => self.device_height(Device::Pipe(pipe), width)
                .min(scale.header + scale.text * 1.8 + scale.plain_cell().height + scale.padding),
        });
        Heights {
            ready,
            cpus: self.cpu_size().height,
            devices: devices.collect(),
            last: row(scale.noted_cell()),
        }
    }

    fn new_width(&self, width: f32) -> f32 {
        let Scale { token, padding, text, .. } = self.scale;
        (width * 0.3).max(token.width + 2.0 * padding).max(text * 7.0).min(width * 0.5)
    }

    fn stacked(&self, room: &Room, heights: &Heights, spare: f32) -> Plan {
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
        let done = Rect::new(x + new_width + spacing, y, width - new_width - spacing, last);
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

/// The boxes of what blocks tasks.
#[derive(Default)]
struct Blocked {
    disk: Option<Station>,
    timer: Option<Station>,
    pipes: Vec<PipePlan>,
    /// The box of the finished ones below.
    done: Rect,
}

/// The heights of what is stacked.
struct Heights {
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

    fn total(&self, spacing: f32) -> f32 {
        let devices: f32 = self.devices.iter().sum();
        self.ready + self.cpus + devices + self.last + self.gaps(spacing)
    }

    /// These heights, cut to a room: each place has the least, as far as there is room; what is
    /// left goes to the CPUs first. Devices that have no room have no height.
    fn cut(mut self, least: &Self, room: &Rect, scale: &Scale) -> Self {
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
            let more = (wanted - least).clamp(0.0, spare);
            spare -= more;
            least + more
        };
        self.cpus = give(self.cpus, least.cpus);
        self.ready = give(self.ready, least.ready);
        self.last = least.last;
        self
    }
}
