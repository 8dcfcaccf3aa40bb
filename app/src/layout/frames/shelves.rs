//! The boxes of what blocks tasks, on shelves: devices below each other, synchronisation objects
//! beside each other too.
//!
//! Not what is in a box: see `boxes`. The file is long because rooms are given out in one order, and who
//! gives way to whom is read in one go.

use sim_core::ids::{ObjectId, PipeId};
use sim_core::program::script::ObjectKind;
use sim_core::program::{Code, OperatingSystem, Threads};

use super::super::geometry::{Rect, Size, count, fitting};
use super::super::{Census, Detail};
use super::{Blocked, Frames};

/// So many synchronisation objects have a box of their own: the first of these with which all fits.
const OBJECTS: [usize; 15] = [96, 72, 56, 44, 36, 28, 22, 17, 13, 9, 6, 4, 2, 1, 0];
/// Rather than showing fewer of them, the ready queue is cut.
const ENOUGH: usize = 4;
/// Tokens become this small before objects at which nobody waits lose their boxes.
const SMALL: f32 = 25.0;
/// So many objects keep their boxes then, whether anybody waits at them or not.
const QUIET: usize = 9;
/// Where not all who wait can have a slot, so many at one object have: the first of these.
const SLOTS: [usize; 3] = [6, 2, 1];
/// An object at which more rows of tasks wait has a wider box, if there is room beside it.
const ROWS: usize = 2;
/// So many tasks that wait at objects without a box of their own have a slot.
const OTHERS: usize = 8;
/// The most letters of an object's name that room is made for.
const LETTERS: usize = 10;
/// So many pixels too little are room enough.
const SLACK: f32 = 0.005;

/// The synchronisation objects that have a box of their own, and those that share one.
pub(in super::super) struct Objects {
    /// Those with a box, in order, so that the elements of an array stand together.
    pub(in super::super) shown: Vec<ObjectId>,
    /// How many share one.
    pub(in super::super) hidden: usize,
    /// The smallest token with which this is to be tried.
    pub(in super::super) smallest: f32,
    /// How many slots are planned for those who wait at an object of those with a box, at most.
    slots: usize,
    /// How many tasks that wait at the others get a slot.
    waiting: usize,
    /// The letters of the longest name.
    letters: usize,
}

impl Objects {
    /// What can be shown of a program's objects, from all to ever less.
    ///
    /// Smaller tokens come first; then objects at which nobody waits share a box, then only some of
    /// those who wait are shown, then other objects share a box too.
    pub(in super::super) fn choices(code: &Code, census: &Census) -> Vec<Self> {
        let peaks = peaks(code, census);
        let choice = |most, slots, smallest| Self::new(code, &peaks, most, slots, smallest);
        if peaks.is_empty() {
            return vec![choice(0, 0, 0.0)];
        }
        let mut numbers: Vec<_> = OBJECTS
            .iter()
            .map(|most| (*most).min(peaks.len()))
            .collect();
        numbers.dedup();
        let contended = peaks.iter().filter(|(_, peak)| *peak > 0).count();
        let enough = contended.max(QUIET);
        let enough = numbers.partition_point(|most| *most >= enough).max(1);
        let mut choices = Vec::new();
        for smallest in [SMALL, 0.0] {
            let most = numbers[..enough].iter();
            choices.extend(most.map(|most| choice(*most, usize::MAX, smallest)));
        }
        let fewest = numbers[enough - 1];
        choices.extend(SLOTS.map(|slots| choice(fewest, slots, 0.0)));
        let fewer = numbers[enough..].iter();
        choices.extend(fewer.map(|most| choice(*most, SLOTS[2], 0.0)));
        choices
    }

    /// Those at which tasks wait come first.
    fn new(
        code: &Code,
        peaks: &[(ObjectId, usize)],
        most: usize,
        slots: usize,
        smallest: f32,
    ) -> Self {
        let mut contended = peaks.iter().filter(|(_, peak)| *peak > 0).count().min(most);
        let mut quiet = most - contended;
        let mut objects = Self {
            shown: Vec::with_capacity(most),
            hidden: peaks.len() - most,
            smallest,
            slots,
            waiting: 0,
            letters: 2,
        };
        for (object, peak) in peaks {
            let left = if *peak > 0 {
                &mut contended
            } else {
                &mut quiet
            };
            if *left == 0 {
                objects.waiting = (objects.waiting + peak).min(OTHERS);
                continue;
            }
            *left -= 1;
            let letters = code.object_name(*object).chars().count();
            objects.letters = objects.letters.max(letters.min(LETTERS));
            objects.shown.push(*object);
        }
        objects
    }

    /// Whether so many are shown that the others may have all the room that they want.
    pub(in super::super) fn are_enough(&self) -> bool {
        self.hidden == 0 || self.shown.len() >= ENOUGH
    }

    /// Whether the program has none.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.shown.is_empty() && self.hidden == 0
    }
}

/// How many tasks wait at each object at most. Of copies only those are there that anybody touches.
fn peaks(code: &Code, census: &Census) -> Vec<(ObjectId, usize)> {
    let number = code
        .script
        .as_ref()
        .map_or(0, |script| script.objects.len().max(census.objects.len()));
    let peak = |object: ObjectId| census.objects.get(object.index()).copied().unwrap_or(0);
    let all = (0..number).map(ObjectId::from_index);
    let touched = all.filter(|object| census.untouched.binary_search(object).is_err());
    touched.map(|object| (object, peak(object))).collect()
}

/// A thing that blocks tasks.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Device {
    Disk,
    Timer,
    /// Where tasks wait for others to end.
    Joining,
    /// Tasks that have ended, and whose parents have not asked how.
    Zombies,
    Pipe(PipeId),
    Interpreter,
    Object(ObjectId),
    /// All objects that have no box of their own.
    OtherObjects,
}

/// What the box of an object shows beside its title and who waits.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Slot {
    /// Who holds it.
    Owner,
    /// Its free places, its items, its flag, or how many have come.
    State,
    /// Nothing: it has no state.
    None,
}

/// What the box of a device has to hold.
#[derive(Clone, Copy)]
pub(super) struct Need {
    pub(super) device: Device,
    /// The strip at its top, with the title.
    pub(super) header: f32,
    /// The strip below: messages, an owner, free places.
    pub(super) strip: f32,
    /// Between the border and what is in it.
    pub(super) padding: f32,
    /// A slot with what belongs to it.
    pub(super) cell: Size,
    /// How many tasks wait in it at one time, at its left and at its right.
    waiting: [usize; 2],
    /// How many slots for them are planned for at each side, at most.
    most: usize,
}

/// A box on a shelf.
pub(super) struct Shelved {
    need: Need,
    shelf: usize,
    x: f32,
    width: f32,
}

/// Boxes on shelves.
pub(super) struct Shelves {
    boxes: Vec<Shelved>,
    /// How high each shelf is at least, how high it is planned, and with a slot for everybody.
    heights: Vec<[f32; 3]>,
    between: f32,
}

/// Whether a run has an interpreter lock, or user-level threads: the box for either.
pub(in super::super) fn has_interpreter_box(code: &Code) -> bool {
    let config = &code.config;
    code.script.is_some() && (config.interpreter.is_some() || config.threads != Threads::Kernel)
}

impl Frames<'_> {
    /// Or kernel threads that are shared, which have the same box.
    fn has_interpreter_lock(&self) -> bool {
        has_interpreter_box(self.code)
    }

    /// Whether zombies are apart from others that have ended: only where tasks are made, and fail to
    /// be reaped at once.
    pub(super) fn has_zombies(&self) -> bool {
        let is_unix = self.code.config.os == OperatingSystem::Unix;
        self.census.zombies > 0 && is_unix && self.code.slots.count() > 0
    }

    /// Whether the ends of pipes are told: processes hold them open.
    pub(super) fn has_ends(&self) -> bool {
        self.code.slots.count() > 0
    }

    /// Whether what blocks is what tasks synchronise by. There may be many such things: they stand
    /// beside each other, and have small boxes where the CPUs have.
    pub(super) fn synchronises(&self) -> bool {
        !self.objects.is_empty() || self.has_interpreter_lock()
    }

    pub(super) fn devices(&self) -> Vec<Device> {
        let mut devices = Vec::new();
        if self.census.disk > 0 {
            devices.push(Device::Disk);
        }
        if self.census.timer > 0 {
            devices.push(Device::Timer);
        }
        if self.census.joining > 0 {
            devices.push(Device::Joining);
        }
        if self.has_zombies() {
            devices.push(Device::Zombies);
        }
        let pipes = 0..self.code.pipes.len();
        devices.extend(pipes.map(|pipe| Device::Pipe(PipeId::from_index(pipe))));
        if self.has_interpreter_lock() {
            devices.push(Device::Interpreter);
        }
        devices.extend(
            self.objects
                .shown
                .iter()
                .map(|object| Device::Object(*object)),
        );
        if self.objects.hidden > 0 {
            devices.push(Device::OtherObjects);
        }
        devices
    }

    fn need(&self, device: Device) -> Need {
        let scale = &self.scale;
        let mut need = Need {
            device,
            header: scale.header,
            strip: 0.0,
            padding: scale.padding,
            cell: scale.noted_cell(),
            waiting: [0, 0],
            most: usize::MAX,
        };
        match device {
            Device::Disk => need.waiting[0] = self.census.disk.max(1),
            Device::Timer => need.waiting[0] = self.census.timer.max(1),
            Device::Joining => need.waiting[0] = self.census.joining,
            Device::Zombies => need.waiting[0] = self.census.zombies,
            Device::Pipe(pipe) => {
                let census = self.census.pipes.get(pipe.index());
                need.strip = scale.strip();
                if self.has_ends() {
                    need.strip += scale.ends();
                }
                need.cell = scale.plain_cell();
                need.waiting = census.map_or([0, 0], |census| [census.writers, census.readers]);
            }
            Device::Interpreter => need.waiting[0] = self.census.interpreter,
            Device::Object(object) => {
                let peak = self.census.objects.get(object.index());
                need.waiting[0] = peak.copied().unwrap_or(0);
                need.most = self.objects.slots;
            }
            Device::OtherObjects => need.waiting[0] = self.objects.waiting,
        }
        if self.synchronises() {
            (need.header, need.padding) = scale.object_edges();
        }
        if let Device::Interpreter | Device::Object(_) | Device::OtherObjects = device {
            need.cell = scale.plain_cell();
            // In a small box what would be in the strip stands beside the title.
            if self.slot(device) != Slot::None && scale.detail != Detail::Compact {
                need.strip = scale.strip();
            }
        }
        need
    }

    /// What the box of a device shows beside its title and who waits.
    pub(super) fn slot(&self, device: Device) -> Slot {
        match device {
            Device::Interpreter => Slot::Owner,
            Device::Object(object) => match self.code.object(object) {
                ObjectKind::Lock { .. }
                | ObjectKind::RecursiveLock
                | ObjectKind::ReadersWriter { .. } => Slot::Owner,
                ObjectKind::Semaphore { .. }
                | ObjectKind::Event
                | ObjectKind::Barrier { .. }
                | ObjectKind::Watch
                | ObjectKind::Queue { .. } => Slot::State,
                ObjectKind::Condition { .. } => Slot::None,
            },
            _ => Slot::None,
        }
    }

    /// The next width, after one that was tried, in which one more token or one more box of an
    /// object has room.
    pub(super) fn next_width(&self, width: f32) -> f32 {
        let scale = &self.scale;
        let cell = scale.noted_cell();
        let next = |first: f32, step: f32| {
            // Half a pixel more than a width of the row is that width.
            let steps = ((width - first + 0.5) / step).floor() + 1.0;
            first + steps.max(0.0) * step
        };
        let tokens = next(scale.boxed(cell, 1, 1).width, cell.width);
        if !self.synchronises() {
            return tokens;
        }
        let object = self.object_width();
        tokens.min(next(object, object + self.between_shelves()))
    }

    /// The least width of an object's box, and of a box beside it.
    fn object_width(&self) -> f32 {
        let scale = &self.scale;
        let (_, padding) = scale.object_edges();
        let title = scale.object_title(self.objects.letters);
        let object = 2.0 * padding + title.max(scale.token.width);
        match self.census.timer {
            0 => object,
            _ => object.max(scale.boxed(scale.noted_cell(), 1, 1).width),
        }
    }

    /// Between boxes on shelves.
    fn between_shelves(&self) -> f32 {
        if self.synchronises() {
            self.between_cpus()
        } else {
            self.between()
        }
    }

    /// How many boxes stand beside each other in a width.
    pub(super) fn shelf_columns(&self, width: f32) -> usize {
        if !self.synchronises() {
            return 1;
        }
        let between = self.between_shelves();
        let most = fitting(width + between, self.object_width() + between).max(1);
        // As even as can be: three and two, not four and one.
        let boxes = self.devices().len();
        boxes.div_ceil(boxes.div_ceil(most))
    }

    /// Puts all devices on shelves, so many columns wide.
    pub(super) fn shelves(&self, width: f32, columns: usize) -> Shelves {
        let between = self.between_shelves();
        let unit = (width + between) / count(columns);
        let wide = |span: usize| count(span) * unit - between;
        let mut shelves = Shelves {
            boxes: Vec::new(),
            heights: Vec::new(),
            between,
        };
        // The first box begins the first shelf.
        let mut column = columns;
        for device in self.devices() {
            let need = self.need(device);
            let span = match device {
                // The last box of all has what is left beside the others.
                Device::OtherObjects if column < columns => columns - column,
                _ => {
                    let mut spans = 1..columns;
                    let enough = spans.find(|span| self.rows(&need, wide(*span))[0] <= ROWS);
                    enough.unwrap_or(columns)
                }
            };
            if column + span > columns {
                column = 0;
                shelves.heights.push([0.0; 3]);
            }
            let shelf = shelves.heights.len() - 1;
            let [planned, mut all] = self.rows(&need, wide(span));
            let planned = match device {
                Device::OtherObjects => {
                    all = all.min(ROWS);
                    all.min(self.objects.slots)
                }
                _ => planned,
            };
            let rows = [planned.min(1), planned, all];
            let heights = rows.map(|rows| self.height_of(&need, rows));
            for (height, own) in shelves.heights[shelf].iter_mut().zip(heights) {
                *height = height.max(own);
            }
            shelves.boxes.push(Shelved {
                need,
                shelf,
                x: count(column) * unit,
                width: wide(span),
            });
            column += span;
        }
        shelves
    }

    /// How many columns of tasks a box has at its left and at its right.
    pub(super) fn columns_of(&self, need: &Need, width: f32) -> [usize; 2] {
        let room = width - 2.0 * need.padding + self.scale.gap;
        let columns = fitting(room, need.cell.width).max(1);
        match need.waiting {
            [_, 0] => [columns, 0],
            [0, _] => [0, columns],
            _ => [(columns / 2).max(1), (columns - columns / 2).max(1)],
        }
    }

    /// How many rows of tasks are planned for a box, and how many there are with all tasks.
    fn rows(&self, need: &Need, width: f32) -> [usize; 2] {
        let [left, right] = self.columns_of(need, width);
        [need.most, usize::MAX].map(|most| {
            let rows = |tasks: usize, columns: usize| tasks.min(most).div_ceil(columns.max(1));
            rows(need.waiting[0], left).max(rows(need.waiting[1], right))
        })
    }

    /// The height of a box with so many rows of tasks.
    fn height_of(&self, need: &Need, rows: usize) -> f32 {
        let gap = self.scale.gap;
        let above = if need.strip > 0.0 { gap } else { 0.0 };
        let rows = match rows {
            0 => 0.0,
            _ => above + count(rows) * need.cell.height - gap,
        };
        need.header + need.strip + rows + need.padding
    }
}

impl Frames<'_> {
    /// Puts the boxes on shelves into an area, as far as they have room there.
    pub(super) fn place(&self, shelves: &Shelves, area: Rect) -> Blocked {
        let heights = shelves.heights_in(area.height);
        let mut blocked = Blocked::default();
        let mut y = area.y;
        for (shelf, height) in heights.iter().enumerate() {
            if *height <= 0.0 {
                continue;
            }
            for each in shelves.boxes.iter().filter(|each| each.shelf == shelf) {
                let frame = Rect::new(area.x + each.x, y, each.width, *height);
                self.add_device(&mut blocked, &each.need, frame);
            }
            y += height + shelves.between;
        }
        blocked
    }
}

impl Shelves {
    /// The heights of the shelves in a room: first the least for each, then what is planned, then
    /// all that it can use, as far as there is enough. A shelf without room has no height.
    fn heights_in(&self, room: f32) -> Vec<f32> {
        let mut spare = room + self.between;
        let mut heights = vec![0.0_f32; self.heights.len()];
        for (height, [least, ..]) in heights.iter_mut().zip(&self.heights) {
            if least + self.between <= spare + SLACK {
                *height = *least;
                spare -= least + self.between;
            }
        }
        for wish in [1, 2] {
            for (height, wishes) in heights.iter_mut().zip(&self.heights) {
                let more = (wishes[wish] - *height).min(spare);
                if *height > 0.0 && more > 0.0 {
                    *height += more;
                    spare -= more;
                }
            }
        }
        heights
    }

    fn together(&self, heights: impl Iterator<Item = f32>) -> f32 {
        let used = heights.filter(|height| *height > 0.0);
        let all: f32 = used.map(|height| height + self.between).sum();
        (all - self.between).max(0.0)
    }

    /// The height of all that have room in a room.
    pub(super) fn height_in(&self, room: f32) -> f32 {
        self.together(self.heights_in(room).into_iter())
    }

    /// The height that is planned for all.
    pub(super) fn planned(&self) -> f32 {
        self.together(self.heights.iter().map(|[_, planned, _]| *planned))
    }

    /// The least height of those that have room for that in a room.
    pub(super) fn least_in(&self, room: f32) -> f32 {
        let heights = self.heights_in(room).into_iter().zip(&self.heights);
        self.together(heights.map(|(height, [least, ..])| least.min(height)))
    }
}
