//! What is in a box: slots, messages, the room for gauges.
//!
//! Not where the box stands.

use sim_core::ids::CpuId;

use super::super::geometry::{Grid, Point, Rect, Size, count, fitting};
use super::super::plan::{Arrangement, CpuPlan, InterpreterPlan, ObjectPlan, PipePlan, Station};
use super::super::{Detail, Scale};
use super::shelves::{Device, Need, Slot};
use super::{Blocked, Frames};

impl Frames<'_> {
    /// Fills the box of a device.
    pub(super) fn add_device(&self, blocked: &mut Blocked, need: &Need, frame: Rect) {
        let (strip, [left, right]) = self.inner(need, frame);
        match need.device {
            Device::Disk => blocked.disk = Some(self.station(frame, need.cell)),
            Device::Timer if self.synchronises() => {
                blocked.timer = Some(Station { frame, grid: left });
            }
            Device::Timer => blocked.timer = Some(self.station(frame, need.cell)),
            Device::Joining | Device::Zombies => {
                let station = match self.synchronises() {
                    true => Station { frame, grid: left },
                    false => self.station(frame, need.cell),
                };
                match need.device {
                    Device::Joining => blocked.joining = Some(station),
                    _ => blocked.zombies = Some(station),
                }
            }
            Device::Pipe(pipe) => blocked.pipes.push(PipePlan {
                pipe,
                frame,
                messages: Rect {
                    height: strip.height.min(self.scale.strip()),
                    ..strip
                },
                ends: strip.below(strip.height.min(self.scale.strip())),
                writers: left,
                readers: right,
            }),
            Device::Interpreter => {
                let (title, owner) = self.title(need, frame, strip);
                blocked.interpreter = Some(InterpreterPlan {
                    frame,
                    title,
                    owner,
                    waiting: left,
                });
            }
            Device::Object(object) => {
                let (title, room) = self.title(need, frame, strip);
                let slot = self.slot(need.device);
                blocked.objects.push(ObjectPlan {
                    object,
                    frame,
                    title,
                    owner: (slot == Slot::Owner).then_some(room),
                    state: (slot == Slot::State).then_some(room),
                    waiting: left,
                });
            }
            Device::OtherObjects => {
                blocked.other_objects = Some(Station { frame, grid: left });
            }
        }
    }

    /// The CPUs in an area: as few beside each other as fit, no higher than `stretch` times what
    /// they need.
    pub(super) fn cpus(&self, area: Rect, stretch: f32) -> (Vec<CpuPlan>, usize) {
        let number = usize::from(self.code.config.cpus);
        if number == 0 {
            return (Vec::new(), 0);
        }
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

    /// The strip in a device's box, and the slots of those who wait at its left and at its right.
    fn inner(&self, need: &Need, frame: Rect) -> (Rect, [Grid; 2]) {
        let gap = self.scale.gap;
        let inside = Rect::new(
            frame.x + need.padding,
            frame.y + need.header,
            frame.width - 2.0 * need.padding,
            (frame.height - need.header - need.padding).max(0.0),
        );
        let strip = Rect {
            height: need.strip,
            ..inside
        };
        let above = if need.strip > 0.0 {
            need.strip + gap
        } else {
            0.0
        };
        // The gap that follows the last slot has no need of room.
        let rows = fitting(inside.height - above + gap, need.cell.height);
        let [left, right] = self.columns_of(need, frame.width);
        let most = fitting(inside.width + gap, need.cell.width);
        let (left, right) = (left.min(most), right.min(most - left.min(most)));
        let grid = |x: f32, columns: usize| Grid {
            origin: Point {
                x,
                y: inside.y + above,
            },
            cell: need.cell,
            token: self.scale.token,
            before: 0.0,
            columns: columns.max(1),
            rows: if columns == 0 { 0 } else { rows },
        };
        let end = inside.right() + gap - count(right) * need.cell.width;
        (strip, [grid(inside.x, left), grid(end, right)])
    }

    /// The title in an object's box, and the room for its owner or its state: the strip, or in a
    /// small box the end of the title's line.
    fn title(&self, need: &Need, frame: Rect, strip: Rect) -> (Rect, Rect) {
        let mut title = Rect {
            y: frame.y,
            height: need.header,
            ..strip
        };
        if self.scale.detail != Detail::Compact {
            return (title, strip);
        }
        title.height = self.scale.small_title();
        if self.slot(need.device) == Slot::None {
            return (title, Rect::default());
        }
        let width = self.scale.object_badge().min(title.width * 0.5);
        title.width -= width;
        (
            title,
            Rect::new(title.right(), title.y, width, title.height),
        )
    }
}
