//! What is in a box: slots, messages, the room for gauges.
//!
//! Not where the box stands.

use sim_core::ids::{CpuId, PipeId};

use super::super::geometry::{Grid, Point, Rect, Size, count, fitting};
use super::super::plan::{Arrangement, CpuPlan, PipePlan, Station};
use super::super::{Detail, Scale};
use super::{Blocked, Device, Frames};

impl Frames<'_> {
    pub(super) fn add_device(&self, blocked: &mut Blocked, device: Device, frame: Rect) {
        match device {
            Device::Disk => blocked.disk = Some(self.station(frame, self.scale.noted_cell())),
            Device::Timer => blocked.timer = Some(self.station(frame, self.scale.noted_cell())),
            Device::Pipe(pipe) => blocked.pipes.push(self.pipe(pipe, frame)),
        }
    }

    /// The CPUs in an area: as few beside each other as fit, no higher than `stretch` times what
    /// they need.
    pub(super) fn cpus(&self, area: Rect, stretch: f32) -> (Vec<CpuPlan>, usize) {
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

    pub(super) fn cpu_size(&self) -> Size {
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

    pub(super) fn cpu(&self, cpu: CpuId, frame: Rect) -> CpuPlan {
        let Scale {
            text,
            token,
            padding,
            detail,
            ..
        } = self.scale;
        let above = self.scale.above_cpu_token();
        if self.arrangement == Arrangement::Stacked && detail == Detail::Full {
            let inside = frame.below(above);
            let y = inside.y + (inside.height - padding - token.height).max(0.0) / 2.0;
            let slot = Rect::new(frame.x + padding, y, token.width, token.height);
            let x = slot.right() + text;
            let gauges = Rect::new(
                x,
                inside.y,
                frame.right() - padding - x,
                inside.height - padding,
            );
            return CpuPlan {
                cpu,
                frame,
                token: slot,
                gauges,
            };
        }
        let spare = (frame.height - self.scale.cpu().height).max(0.0);
        let x = frame.middle().x - token.width / 2.0;
        let slot = Rect::new(x, frame.y + above + spare * 0.3, token.width, token.height);
        let inside = frame.inset(if detail == Detail::Compact {
            text * 0.3
        } else {
            padding
        });
        let y = slot.bottom()
            + if detail == Detail::Compact {
                2.0
            } else {
                text * 0.6 + spare * 0.2
            };
        let gauges = Rect::new(inside.x, y, inside.width, (inside.bottom() - y).max(0.0));
        CpuPlan {
            cpu,
            frame,
            token: slot,
            gauges,
        }
    }

    /// A box whose slots are spread evenly over its width.
    pub(super) fn station(&self, frame: Rect, cell: Size) -> Station {
        let inside = self.inside(frame);
        let gap = self.scale.gap;
        let columns = count(fitting(inside.width, cell.width).max(1));
        let cell = Size {
            width: cell.width.max(inside.width / columns),
            ..cell
        };
        // A note may be wider than its token, which stands in the middle of its cell.
        let before = (cell.width - gap - self.scale.token.width) / 2.0;
        Station {
            frame,
            grid: Grid::filling(inside, cell, self.scale.token, before),
        }
    }

    /// The slots' room in a box, with the gap that follows the last one.
    pub(super) fn inside(&self, frame: Rect) -> Rect {
        let Scale {
            padding,
            header,
            gap,
            ..
        } = self.scale;
        Rect::new(
            frame.x + padding,
            frame.y + header,
            frame.width - 2.0 * padding + gap,
            frame.height - header - padding + gap,
        )
    }

    pub(super) fn ready_station(&self, frame: Rect, columns: usize) -> Station {
        let cell = self.scale.ready_cell(self.census);
        let margin = self.ready_margin();
        let inside = self
            .inside(frame)
            .below(self.scale.ready_header() - self.scale.header);
        let inside = Rect::new(
            inside.x + margin,
            inside.y,
            inside.width - margin,
            inside.height,
        );
        let mut grid = Grid::filling(inside, cell, self.scale.token, self.scale.number_width());
        if self.census.levels == 1 && columns < grid.columns {
            grid.columns = columns;
            // One queue, in the middle of its box.
            let used = count(columns) * cell.width - self.scale.gap;
            grid.origin.x += ((inside.width - self.scale.gap - used) / 2.0).max(0.0);
        }
        Station { frame, grid }
    }

    pub(super) fn pipe(&self, pipe: PipeId, frame: Rect) -> PipePlan {
        let Scale {
            text,
            gap,
            token,
            padding,
            ..
        } = self.scale;
        let inside = self.inside(frame);
        let messages = Rect::new(inside.x, inside.y, inside.width - gap, text * 1.8);
        let waiting = inside.below(messages.height);
        let (writers, readers) = self.pipe_columns(pipe, frame.width);
        let cell = self.scale.plain_cell();
        let rows = fitting(frame.bottom() - padding + gap - waiting.y, cell.height);
        let grid = |x: f32, columns: usize| Grid {
            origin: Point { x, y: waiting.y },
            cell,
            token,
            before: 0.0,
            columns: columns.max(1),
            rows: if columns == 0 { 0 } else { rows },
        };
        let right = frame.right() - padding + gap - count(readers) * cell.width;
        PipePlan {
            pipe,
            frame,
            messages,
            writers: grid(waiting.x, writers),
            readers: grid(right, readers),
        }
    }
}
