//! The box of main memory: its partitions, or the variables that the tasks of a script share.
//!
//! Not what is in it. It follows from program and viewport alone, so that a cell stays where it is.
//! The file is long because partitions, variables and copies of them share one box.

use sim_core::ids::VariableId;
use sim_core::program::Code;
use sim_core::program::script::VariableSpec;

use super::Scale;
use super::geometry::{Rect, Size, count, fitting};
use super::scale::text_size;

/// The box of main memory.
#[derive(Clone, PartialEq, Debug)]
pub struct MemoryPlan {
    /// The box.
    pub frame: Rect,
    /// The room for the title of variables; none on a low stage. That of partitions is in the strip
    /// above them.
    pub title: Option<Rect>,
    /// The processes whose memory is shown, each with its own copy of the variables; none where there
    /// is one memory.
    pub copies: Vec<CopyPlan>,
    /// For each process after the first, the copy of memory from which its own was made; none where it
    /// began with fresh values.
    pub origins: Vec<Option<usize>>,
    /// The variables that are shown: the first ones of the script, in its order, for each process.
    pub variables: Vec<VariablePlan>,
    /// The words that are shown, by their numbers.
    pub cells: Vec<CellPlan>,
    /// How many words are not shown.
    pub hidden: usize,
    /// Where that number stands.
    pub more: Option<Rect>,
}

/// A shared variable in the box of memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VariablePlan {
    /// Its place among those of the script.
    pub variable: usize,
    /// In the room of which copy it is, from 0.
    pub copy: usize,
    /// The room for its name, left of its first cell.
    pub name: Rect,
    /// Behind its last cell, the room for a mark that it goes on, where not all its cells are shown.
    pub rest: Option<Rect>,
}

/// A shared word in the box of memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CellPlan {
    /// Which, where the first room shows the first copy, and so on.
    pub variable: VariableId,
    /// The room for its value.
    pub rect: Rect,
}

/// The room for the memory of a process. Where there is not room for all, it is that of one after the
/// other: see [`MemoryPlan::shown`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CopyPlan {
    /// Which room, from 0.
    pub copy: usize,
    /// Its box.
    pub frame: Rect,
    /// The room for whose it is: the number of a process, and its name where that fits.
    pub label: Rect,
    /// Whether there is room for the name.
    pub is_named: bool,
}

impl MemoryPlan {
    /// The same box, so much farther down.
    pub(super) fn moved(&self, by: f32) -> Self {
        let mut memory = self.clone();
        let variables = memory.variables.iter_mut();
        let of_variables =
            variables.flat_map(|each| core::iter::once(&mut each.name).chain(&mut each.rest));
        let cells = memory.cells.iter_mut().map(|cell| &mut cell.rect);
        let titles = memory.title.iter_mut().chain(&mut memory.more);
        let copies = memory.copies.iter_mut();
        let of_copies = copies.flat_map(|copy| [&mut copy.frame, &mut copy.label]);
        for rect in of_variables.chain(cells).chain(titles).chain(of_copies) {
            rect.y += by;
        }
        memory.frame.y += by;
        memory
    }

    /// The copy that each room shows of so many that have been made: the first process's own always; in
    /// the others that of the newest live process of those that take turns there, else of the newest.
    /// A process never moves from one room to another.
    #[must_use]
    pub fn shown(&self, made: usize, is_live: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
        let rooms = self.copies.len();
        let in_room = |room: usize| {
            if room == 0 || rooms > self.origins.len() {
                return (room < made).then_some(room);
            }
            let turns = || (room..made).step_by(rooms - 1);
            turns()
                .rfind(|copy| is_live(*copy))
                .or_else(|| turns().next_back())
        };
        (0..rooms).map(in_room).collect()
    }

    /// The cell of a word, if it is shown.
    #[must_use]
    pub fn cell(&self, variable: VariableId) -> Option<Rect> {
        let place = self
            .cells
            .binary_search_by_key(&variable, |cell| cell.variable)
            .ok()?;
        Some(self.cells[place].rect)
    }
}

/// On a stage lower than this partitions are not drawn, and variables have one line without a title.
const LOW: f32 = 320.0;
/// On a stage lower than this there is room for synchronisation objects or for variables.
const LOWEST: f32 = 240.0;
/// Variables have at most this part of a stage's height.
const SHARE: f32 = 0.25;
/// Copies of them have this part.
const COPIES_SHARE: f32 = 0.3;
/// A copy has so many lines at most.
const COPY_LINES: usize = 3;
/// The letters of the name of a process that is made at run time: `child[12]`.
const MADE: usize = 9;
/// The number of a process.
const NUMBER: f32 = 2.6;
/// So many words of an array are shown at most, or fewer, so that all variables have a place.
const WORDS: usize = 128;
/// The most letters of a variable's name that room is made for.
const LETTERS: usize = 14;

// Lengths as parts of the size of ordinary text.
/// From a line of cells to the next.
const LINE: f32 = 1.9;
/// The height of a cell.
const CELL: f32 = 1.5;
/// The width of a cell of an array: five digits.
const ELEMENT: f32 = 2.8;
/// The width of another cell: seven digits.
const SCALAR: f32 = 3.8;
/// A letter of a name.
const LETTER: f32 = 0.6;
/// Between a name and its first cell.
const BESIDE: f32 = 0.4;
/// Between two variables.
const APART: f32 = 1.2;
/// The mark that an array goes on.
const MARK: f32 = 1.2;
/// The title.
const TITLE: f32 = 8.5;
/// The number of words that are not shown.
const MORE: f32 = 6.0;
/// The number of processes whose memory is not shown.
const MORE_PROCESSES: f32 = 11.0;

/// Around all that stands on a stage.
pub(super) fn margin(viewport: Size) -> f32 {
    (text_size(viewport) * 0.7).min(viewport.width * 0.03)
}

/// The strip of memory at the bottom of a stage, where the program has any.
pub(super) fn plan(code: &Code, viewport: Size, copies: &[Option<usize>]) -> Option<MemoryPlan> {
    if let Some(script) = &code.script {
        let synchronises = !script.objects.is_empty() || super::frames::has_interpreter_box(code);
        let has_room = viewport.height >= LOWEST || !synchronises;
        let is_shown = has_room && !script.variables.is_empty();
        return is_shown.then(|| match copies {
            [] => shared(&script.variables, viewport),
            copies => {
                let name = code.jobs.first().map_or(0, |job| job.name.chars().count());
                copied(&script.variables, copies, name, viewport)
            }
        });
    }
    let has_room = !code.partitions.is_empty() && viewport.height >= LOW;
    let height = (text_size(viewport) * 5.0).min(viewport.height * 0.2);
    has_room.then(|| MemoryPlan {
        frame: strip(viewport, height),
        title: None,
        copies: Vec::new(),
        origins: Vec::new(),
        variables: Vec::new(),
        cells: Vec::new(),
        hidden: 0,
        more: None,
    })
}

fn strip(viewport: Size, height: f32) -> Rect {
    let margin = margin(viewport);
    let y = viewport.height - margin - height;
    Rect::new(margin, y, viewport.width - 2.0 * margin, height)
}

/// Shared variables, in lines.
fn shared(variables: &[VariableSpec], viewport: Size) -> MemoryPlan {
    let text = text_size(viewport);
    let width = strip(viewport, 0.0).width;
    // Beside the title, if one line does.
    let mut title = Size {
        width: text * TITLE,
        height: 0.0,
    };
    let mut flow = Flow::of(variables, WORDS, text, width - title.width, 1);
    let mut lines = 1;
    if flow.variables.len() < variables.len() {
        if viewport.height >= LOW {
            title.height = text * LINE;
            let room = viewport.height * SHARE - title.height;
            lines = fitting(room, text * LINE).max(1);
        }
        title.width = 0.0;
        for most in (1..=WORDS).rev() {
            flow = Flow::of(variables, most, text, width, lines);
            if flow.variables.len() == variables.len() {
                break;
            }
        }
    }
    let has_all = flow.variables.len() == variables.len();
    if !has_all && title.height <= 0.0 {
        // The number of the others stands at the end of the only line.
        flow = Flow::of(variables, 1, text, width - text * MORE, lines);
    }
    let height = title.height + text * (LINE * count(flow.line) + CELL);
    let frame = strip(viewport, height);
    flow.shift(frame.x + title.width, frame.y + title.height);
    let words: usize = variables.iter().map(|spec| usize::from(spec.len)).sum();
    let hidden = words - flow.cells.len();
    let is_told = hidden > 0 && (title.height > 0.0 || !has_all);
    let line = |x: f32, width: f32| Rect::new(x, frame.y, width, text * CELL);
    let has_title = title.width > 0.0 || title.height > 0.0;
    MemoryPlan {
        frame,
        title: has_title.then(|| line(frame.x, text * TITLE)),
        copies: Vec::new(),
        origins: Vec::new(),
        variables: flow.variables,
        cells: flow.cells,
        hidden,
        more: is_told.then(|| line(frame.right() - text * MORE, text * MORE)),
    }
}

/// The same variables in the memory of each process, side by side.
fn copied(
    variables: &[VariableSpec],
    copies: &[Option<usize>],
    name: usize,
    viewport: Size,
) -> MemoryPlan {
    let text = text_size(viewport);
    let room = strip(viewport, 0.0).width;
    let number = copies.len() + 1;
    let title_height = if viewport.height >= LOW {
        text * LINE
    } else {
        0.0
    };
    let most_lines = fitting(viewport.height * COPIES_SHARE - title_height, text * LINE).max(1);
    let mut best: Option<(usize, Grouped)> = None;
    // The names of processes go first, then words of arrays.
    let named = NUMBER + count(name.clamp(MADE, LETTERS)) * LETTER;
    for (label, most) in [(named, WORDS), (NUMBER, WORDS), (NUMBER, 8), (NUMBER, 2)] {
        let grouped = Grouped::new(variables, most, text, room, (label * text).min(room * 0.4));
        let shown = grouped.columns * (most_lines / grouped.lines);
        if best.as_ref().is_none_or(|(most, _)| shown > *most) {
            best = Some((
                shown,
                Grouped {
                    is_named: label > NUMBER,
                    ..grouped
                },
            ));
        }
        if shown >= number {
            break;
        }
    }
    let Some((fitted, grouped)) = best else {
        return shared(variables, viewport);
    };
    let shown = fitted.clamp(1, number);
    let rows = shown.div_ceil(grouped.columns);
    let high = text * (LINE * count(grouped.lines - 1) + CELL);
    let below = text * LINE * count(grouped.lines);
    let height = title_height + below * count(rows - 1) + high;
    let frame = strip(viewport, height);
    let words: usize = variables.iter().map(|spec| usize::from(spec.len)).sum();
    let mut plan = MemoryPlan {
        frame,
        title: (title_height > 0.0).then(|| Rect::new(frame.x, frame.y, text * TITLE, text * CELL)),
        copies: Vec::with_capacity(shown),
        origins: copies.to_vec(),
        variables: Vec::new(),
        cells: Vec::new(),
        hidden: 0,
        more: None,
    };
    for copy in 0..shown {
        let (row, column) = (copy / grouped.columns, copy % grouped.columns);
        let x = frame.x + count(column) * grouped.unit;
        let y = frame.y + title_height + count(row) * below;
        let mut flow = Flow {
            variables: grouped.flow.variables.clone(),
            cells: grouped.flow.cells.clone(),
            ..Flow::default()
        };
        flow.shift(x + grouped.label, y);
        for variable in &mut flow.variables {
            variable.copy = copy;
        }
        for cell in &mut flow.cells {
            cell.variable = VariableId::from_index(copy * words + cell.variable.index());
        }
        plan.variables.extend(flow.variables);
        plan.cells.extend(flow.cells);
        plan.copies.push(CopyPlan {
            copy,
            frame: Rect::new(x, y, grouped.width, high),
            label: Rect::new(x, y, grouped.label, text * CELL),
            is_named: grouped.is_named,
        });
    }
    plan.hidden = words * number - plan.cells.len();
    if plan.hidden > 0 && title_height > 0.0 {
        let width = text * MORE_PROCESSES;
        plan.more = Some(Rect::new(
            frame.right() - width,
            frame.y,
            width,
            text * CELL,
        ));
    }
    plan
}

/// How copies of all variables stand: so many beside each other, each of so many lines.
struct Grouped {
    flow: Flow,
    lines: usize,
    columns: usize,
    /// From one copy to the next.
    unit: f32,
    width: f32,
    label: f32,
    is_named: bool,
}

impl Grouped {
    fn new(variables: &[VariableSpec], most: usize, text: f32, room: f32, label: f32) -> Self {
        let inside = room - label - text * BESIDE;
        let mut flow = Flow::of(variables, most, text, inside, 1);
        let mut lines = 1;
        while flow.variables.len() < variables.len() && lines < COPY_LINES {
            lines += 1;
            flow = Flow::of(variables, most, text, inside, lines);
        }
        lines = flow.line + 1;
        let own = flow.cells.iter().map(|cell| cell.rect.right());
        let rests = flow.variables.iter().filter_map(|each| each.rest);
        let used = own
            .chain(rests.map(|rest| rest.right()))
            .fold(0.0, f32::max);
        let width = label + used;
        let apart = text * APART * 0.6;
        let columns = fitting(room + apart, width + apart).max(1);
        Self {
            flow,
            lines,
            columns,
            unit: width + apart,
            width,
            label,
            is_named: false,
        }
    }
}

/// Names and cells, one after the other, from the left top corner of their room.
#[derive(Default)]
struct Flow {
    variables: Vec<VariablePlan>,
    cells: Vec<CellPlan>,
    /// The last line in use.
    line: usize,
    /// Where the next thing begins in it.
    x: f32,
}

impl Flow {
    /// As many variables as fit, with so many words of each at most.
    fn of(specs: &[VariableSpec], most: usize, text: f32, room: f32, lines: usize) -> Self {
        let mut flow = Self::default();
        for (place, spec) in specs.iter().enumerate() {
            let (words, line) = (flow.cells.len(), flow.line);
            let Some(mut variable) = flow.add(spec, most, text, room, lines) else {
                flow.cells.truncate(words);
                flow.line = line;
                break;
            };
            variable.variable = place;
            flow.variables.push(variable);
            flow.x += text * APART;
        }
        flow
    }

    /// Adds a variable: in one line if it can be; none if there are not lines enough.
    fn add(
        &mut self,
        spec: &VariableSpec,
        most: usize,
        text: f32,
        room: f32,
        lines: usize,
    ) -> Option<VariablePlan> {
        let words = usize::from(spec.len).min(most);
        let is_cut = words < usize::from(spec.len);
        let letters = count(spec.name.chars().count().min(LETTERS));
        let name = (text * (letters * LETTER + BESIDE)).min(room * 0.4);
        let cell = text * if spec.is_array { ELEMENT } else { SCALAR };
        let mark = if is_cut { text * MARK } else { 0.0 };
        let whole = name + count(words) * cell + mark;
        let wanted = if whole <= room { whole } else { name + cell };
        if self.x > 0.0 && self.x + wanted > room {
            self.break_line(0.0);
        }
        let name = self.take(name, text, room, lines)?;
        for word in 0..words {
            // What goes on in the next line stands below the first cell.
            if self.x + cell > room {
                self.break_line(name.width);
            }
            let rect = self.take(cell, text, room, lines)?;
            let variable = VariableId::from_index(spec.first.index() + word);
            self.cells.push(CellPlan { variable, rect });
        }
        if is_cut && self.x + mark > room {
            self.break_line(name.width);
        }
        let rest = match is_cut {
            true => Some(self.take(mark, text, room, lines)?),
            false => None,
        };
        Some(VariablePlan {
            variable: 0,
            copy: 0,
            name,
            rest,
        })
    }

    fn break_line(&mut self, x: f32) {
        self.line += 1;
        self.x = x;
    }

    fn take(&mut self, width: f32, text: f32, room: f32, lines: usize) -> Option<Rect> {
        let rect = Rect::new(self.x, text * LINE * count(self.line), width, text * CELL);
        self.x = rect.right();
        (self.line < lines && rect.right() <= room + 0.01).then_some(rect)
    }

    fn shift(&mut self, x: f32, y: f32) {
        let shift = |rect: &mut Rect| {
            rect.x += x;
            rect.y += y;
        };
        for VariablePlan { name, rest, .. } in &mut self.variables {
            shift(name);
            rest.iter_mut().for_each(shift);
        }
        for cell in &mut self.cells {
            shift(&mut cell.rect);
        }
    }
}

/// Partitions side by side, their widths as their sizes; the smallest still holds a name.
pub(super) fn partitions(code: &Code, memory: Rect, scale: &Scale) -> Vec<Rect> {
    let room = memory.below(scale.header * 0.9);
    let number = code.partitions.len();
    let gap = (scale.text * 0.35).min(room.width / count(number.max(1)) * 0.2);
    let width = room.width - gap * count(number.saturating_sub(1));
    let total: u64 = code
        .partitions
        .iter()
        .map(|size| u64::from(*size).max(1))
        .sum();
    // A third of the room is shared out equally, so that a small one beside a large one can be read.
    let equal = 0.35 * width / count(number.max(1));
    let mut x = room.x;
    let mut rects = Vec::with_capacity(number);
    for size in &code.partitions {
        #[allow(clippy::cast_precision_loss, reason = "a length on a screen")]
        let share = u64::from(*size).max(1) as f32 / total.max(1) as f32;
        let each = equal + 0.65 * width * share;
        rects.push(Rect::new(x, room.y, each, room.height));
        x += each + gap;
    }
    rects
}
