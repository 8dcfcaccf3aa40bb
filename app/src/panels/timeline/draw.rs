//! Draws rows on a canvas.
//!
//! Not the playhead: that moves above the canvas, so that a seek draws nothing here. The file is long
//! because every form that a state is drawn in is here, one function each.

use crate::decimal::px;
use crate::dom::{document, window};
use sim_core::call::Reason;
use sim_core::time::{Span, Unit};
use sim_core::view::{CpuSegmentKind, SegmentKind};
use wasm_bindgen::JsCast;
use web_sys::{CanvasPattern, CanvasRenderingContext2d, HtmlCanvasElement};

use super::chart::{Axis, Bar, BarKind, Chart, Row, Subject, number};
use super::window::{Window, tick};

/// Where things are on the canvas, in CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frame {
    /// The canvas' width.
    pub width: f64,
    /// The canvas' height.
    pub height: f64,
    /// The width of the names at the left.
    pub gutter: f64,
    /// The height of a row.
    pub row: f64,
    /// How far the rows are scrolled.
    pub scroll: f64,
    /// Device pixels in a CSS pixel.
    pub scale: f64,
}

/// The height of the axis above the rows.
pub const RULER: f64 = 24.0;
/// Room at the right edge, so that the playhead at the end is seen.
pub const MARGIN: f64 = 16.0;
/// The height of a row, at most and at least.
const TALLEST_ROW: f64 = 32.0;
const LOWEST_ROW: f64 = 21.0;
/// A canvas that is narrower than this is on a phone.
const NARROW: f64 = 600.0;

impl Frame {
    /// The frame for a canvas of a size and so many rows.
    #[must_use]
    pub fn new(width: f64, height: f64, rows: usize, scroll: f64, scale: f64) -> Self {
        let gutter = if width < NARROW {
            76.0
        } else {
            (width * 0.085).clamp(104.0, 168.0)
        };
        let each = (height - RULER) / number(rows.max(1) as u64);
        let row = each.clamp(LOWEST_ROW, TALLEST_ROW).floor();
        Self {
            width,
            height,
            gutter,
            row,
            scroll,
            scale,
        }
    }

    /// The width on which the axis is drawn.
    #[must_use]
    pub fn axis_width(&self) -> f64 {
        (self.width - self.gutter - MARGIN).max(1.0)
    }

    /// The height of the ruler and so many rows.
    #[must_use]
    pub fn full_height(&self, rows: usize) -> f64 {
        RULER + self.row * number(rows as u64)
    }

    /// The row at a height on the canvas.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a height on the screen, checked to be below the ruler"
    )]
    pub fn row_at(&self, y: f64) -> Option<usize> {
        (y > RULER).then(|| ((y - RULER + self.scroll) / self.row) as usize)
    }
}

/// How a bar looks, the one that is seen best last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Form {
    Zombie,
    New,
    /// It waits for a kernel thread of its process.
    Queued,
    Ready,
    Disk,
    Held,
    Blocked,
    /// It is outside and does nothing that this machine has to do with.
    Away,
    Data,
    Kernel,
    Copying,
    /// Ready or running: nobody sees which.
    Unseen,
    Running,
}

const FORMS: [Form; 13] = [
    Form::Zombie,
    Form::New,
    Form::Queued,
    Form::Ready,
    Form::Disk,
    Form::Held,
    Form::Blocked,
    Form::Away,
    Form::Data,
    Form::Kernel,
    Form::Copying,
    Form::Unseen,
    Form::Running,
];

impl Form {
    const fn of(kind: BarKind) -> Self {
        match kind {
            BarKind::Task(SegmentKind::New) => Self::New,
            BarKind::Task(SegmentKind::Ready) => Self::Ready,
            BarKind::Task(SegmentKind::ReadyOrRunning) => Self::Unseen,
            BarKind::Task(SegmentKind::Running(_)) | BarKind::Cpu(CpuSegmentKind::User(_)) => {
                Self::Running
            }
            BarKind::Task(SegmentKind::Outside(Some(reason))) if reason.is_network() => Self::Data,
            BarKind::Task(SegmentKind::Outside(_)) => Self::Away,
            BarKind::Task(SegmentKind::WaitingForData(_)) | BarKind::Crowd(..) => Self::Data,
            BarKind::Task(SegmentKind::Blocked(Reason::Carrier)) => Self::Queued,
            BarKind::Task(SegmentKind::Blocked(_)) => Self::Blocked,
            BarKind::Task(SegmentKind::Copying(_)) => Self::Copying,
            BarKind::Task(SegmentKind::Zombie) => Self::Zombie,
            BarKind::Task(SegmentKind::Loading(_) | SegmentKind::Scanning(_))
            | BarKind::Cpu(
                CpuSegmentKind::Switching(_)
                | CpuSegmentKind::Handling(_)
                | CpuSegmentKind::Receiving(_),
            ) => Self::Kernel,
            BarKind::Cpu(CpuSegmentKind::Held(_) | CpuSegmentKind::Idle) => Self::Held,
            BarKind::Disk(_) => Self::Disk,
        }
    }

    /// The upper edge and the height, as parts of a row.
    const fn extent(self) -> (f64, f64) {
        match self {
            Self::Running | Self::Kernel | Self::Blocked | Self::Copying => (0.14, 0.72),
            Self::Held | Self::Disk | Self::Data | Self::Unseen => (0.2, 0.6),
            Self::Away => (0.47, 0.06),
            Self::Ready | Self::Queued => (0.42, 0.18),
            Self::New => (0.44, 0.14),
            Self::Zombie => (0.36, 0.28),
        }
    }
}

/// The colours and patterns of the page's theme.
pub struct Paint {
    ink: String,
    dim: String,
    line: String,
    on_fill: String,
    running: String,
    ready: String,
    blocked: String,
    data: String,
    zombie: String,
    bad: String,
    raised: String,
    font: String,
    hatched: Option<CanvasPattern>,
    striped: Option<CanvasPattern>,
    dotted: Option<CanvasPattern>,
    dashed: Option<CanvasPattern>,
    arrows: Option<CanvasPattern>,
    crossed: Option<CanvasPattern>,
}

impl Paint {
    /// Reads the theme from the style sheet's custom properties.
    #[must_use]
    pub fn of_theme(context: &CanvasRenderingContext2d) -> Self {
        let style = document()
            .document_element()
            .and_then(|root| window().get_computed_style(&root).ok().flatten());
        let read = |name: &str| {
            let value = style
                .as_ref()
                .and_then(|style| style.get_property_value(name).ok());
            value
                .map(|value| value.trim().to_owned())
                .unwrap_or_default()
        };
        let (blocked, kernel, new) = (read("--blocked"), read("--kernel"), read("--new"));
        let copy = read("--copy");
        let (running, ready) = (read("--running"), read("--ready"));
        let sans = read("--sans");
        Self {
            hatched: pattern(context, 8, |tile| {
                tile.set_fill_style_str(&blocked);
                tile.fill_rect(0.0, 0.0, 8.0, 8.0);
                tile.set_stroke_style_str("rgba(0, 0, 0, 0.32)");
                tile.set_line_width(2.4);
                tile.begin_path();
                for shift in [-8.0, 0.0, 8.0] {
                    tile.move_to(shift - 2.0, 10.0);
                    tile.line_to(shift + 10.0, -2.0);
                }
                tile.stroke();
            }),
            striped: pattern(context, 6, |tile| {
                tile.set_fill_style_str(&kernel);
                tile.fill_rect(0.0, 0.0, 3.0, 6.0);
            }),
            dotted: pattern(context, 6, |tile| {
                tile.set_fill_style_str(&new);
                tile.fill_rect(0.0, 0.0, 3.0, 6.0);
            }),
            dashed: pattern(context, 10, |tile| {
                tile.set_fill_style_str(&ready);
                tile.fill_rect(0.0, 0.0, 5.0, 10.0);
            }),
            arrows: pattern(context, 12, |tile| {
                tile.set_fill_style_str(&copy);
                tile.fill_rect(0.0, 0.0, 12.0, 12.0);
                tile.set_stroke_style_str("rgba(0, 0, 0, 0.45)");
                tile.set_line_width(2.2);
                tile.begin_path();
                tile.move_to(3.0, -1.0);
                tile.line_to(9.0, 6.0);
                tile.line_to(3.0, 13.0);
                tile.stroke();
            }),
            // Stripes with nothing between them, the other way round than what blocks.
            crossed: pattern(context, 12, |tile| {
                tile.set_stroke_style_str(&running);
                tile.set_line_width(4.6);
                tile.begin_path();
                for shift in [-12.0, 0.0, 12.0] {
                    tile.move_to(shift - 3.0, -3.0);
                    tile.line_to(shift + 15.0, 15.0);
                }
                tile.stroke();
            }),
            data: read("--data"),
            ink: read("--ink"),
            dim: read("--dim"),
            line: read("--line"),
            on_fill: read("--on-fill"),
            running,
            ready,
            zombie: read("--zombie"),
            bad: read("--bad"),
            raised: read("--raised"),
            font: if sans.is_empty() {
                "system-ui, sans-serif".to_owned()
            } else {
                sans
            },
            blocked,
        }
    }

    fn fill(&self, context: &CanvasRenderingContext2d, form: Form) {
        let pattern = match form {
            Form::Blocked => &self.hatched,
            Form::Kernel => &self.striped,
            Form::New => &self.dotted,
            Form::Queued => &self.dashed,
            Form::Copying => &self.arrows,
            Form::Unseen => &self.crossed,
            _ => &None,
        };
        if let Some(pattern) = pattern {
            context.set_fill_style_canvas_pattern(pattern);
            return;
        }
        context.set_fill_style_str(match form {
            Form::Running | Form::Held | Form::Unseen => &self.running,
            Form::Ready | Form::Queued => &self.ready,
            Form::Blocked | Form::Disk => &self.blocked,
            Form::Data | Form::Copying => &self.data,
            Form::Kernel | Form::New | Form::Away => &self.dim,
            Form::Zombie => &self.zombie,
        });
    }
}

/// The texts and marks that rows are drawn with.
pub struct Names<'a> {
    /// The name of a row.
    pub row: &'a dyn Fn(&Row) -> String,
    /// The name of a task of a run.
    pub task: &'a dyn Fn(&Row, sim_core::ids::TaskId) -> String,
    /// The unit of times.
    pub unit: Unit,
    /// Whether a row is marked.
    pub is_marked: &'a dyn Fn(&Row) -> bool,
}

/// Draws everything anew.
pub fn draw(
    canvas: &HtmlCanvasElement,
    context: &CanvasRenderingContext2d,
    paint: &Paint,
    chart: &Chart,
    window: Window,
    frame: Frame,
    names: &Names<'_>,
) {
    fit(canvas, frame);
    let _ = context.set_transform(frame.scale, 0.0, 0.0, frame.scale, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, frame.width, frame.height);
    context.set_text_baseline("middle");

    let size = (frame.row * 0.5).clamp(11.5, 15.0);
    context.save();
    context.begin_path();
    context.rect(0.0, RULER, frame.width, (frame.height - RULER).max(0.0));
    context.clip();
    let first = frame.row_at(RULER + 0.01).unwrap_or(0);
    for (place, row) in chart.rows.iter().enumerate().skip(first) {
        let top = RULER + number(place as u64) * frame.row - frame.scroll;
        if top > frame.height {
            break;
        }
        draw_row(context, paint, chart, row, window, frame, top, size, names);
    }
    draw_births(context, paint, chart, window, frame);
    context.restore();
    draw_ruler(context, paint, chart, window, frame, names.unit);
}

/// Gives the canvas as many pixels as the screen shows of it.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the size of a screen in pixels"
)]
fn fit(canvas: &HtmlCanvasElement, frame: Frame) {
    let width = (frame.width * frame.scale).round() as u32;
    let height = (frame.height * frame.scale).round() as u32;
    if canvas.width() != width {
        canvas.set_width(width);
    }
    if canvas.height() != height {
        canvas.set_height(height);
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "what a row is drawn with; a struct would be used once"
)]
fn draw_row(
    context: &CanvasRenderingContext2d,
    paint: &Paint,
    chart: &Chart,
    row: &Row,
    window: Window,
    frame: Frame,
    top: f64,
    size: f64,
    names: &Names<'_>,
) {
    let is_marked = (names.is_marked)(row);
    let is_head = matches!(row.subject, Subject::Run | Subject::Border);
    if is_marked || is_head {
        context.set_fill_style_str(&paint.raised);
        context.fill_rect(0.0, top, frame.width, frame.row);
    }
    context.set_fill_style_str(&paint.line);
    context.fill_rect(0.0, top + frame.row - 1.0, frame.width, 1.0);

    if row.subject == Subject::Border {
        context.set_fill_style_str(&paint.dim);
        context.fill_rect(0.0, top, frame.width, 2.0);
    }
    let is_bold = is_marked || row.subject == Subject::Run;
    let weight = if is_bold { "600" } else { "400" };
    context.set_font(&format!("{weight} {}px {}", px(size), paint.font));
    context.set_fill_style_str(if is_bold { &paint.ink } else { &paint.dim });
    context.set_text_align("left");
    let name = (names.row)(row);
    let middle = top + frame.row / 2.0;
    let room = if is_head {
        frame.width
    } else {
        frame.gutter - 20.0
    };
    let _ = context.fill_text_with_max_width(&cut(&name, room, size), 12.0, middle, room);

    let pieces = pieces(row, window, frame);
    for form in FORMS {
        let mut is_set = false;
        for piece in pieces.iter().filter(|piece| piece.form == form) {
            if !is_set {
                paint.fill(context, form);
                is_set = true;
            }
            draw_piece(context, paint, piece, top, frame.row);
        }
    }
    if matches!(row.subject, Subject::Cpu(_) | Subject::Disk) {
        label_bars(context, paint, &pieces, row, top, frame, size, names);
    }
    draw_misses(context, paint, chart, row, window, frame, top);
}

/// A bar as it is drawn, or several that share a pixel.
struct Piece {
    form: Form,
    left: f64,
    right: f64,
    /// Whose it is; none for several.
    bar: Option<Bar>,
}

/// A bar that is narrower than this shares its pixel with its neighbours.
const NARROWEST: f64 = 0.8;

fn pieces(row: &Row, window: Window, frame: Frame) -> Vec<Piece> {
    let width = frame.axis_width();
    let mut pieces: Vec<Piece> = Vec::new();
    for bar in row.visible(window.from, window.to()) {
        let left = frame.gutter + window.place(number(bar.from)).max(0.0) * width;
        let right = frame.gutter + window.place(number(bar.to)).min(1.0) * width;
        let form = Form::of(bar.kind);
        if right - left >= NARROWEST {
            pieces.push(Piece {
                form,
                left,
                right,
                bar: Some(*bar),
            });
            continue;
        }
        // The form that is seen best stands for all that happens within a pixel.
        let column = left.floor();
        match pieces.last_mut() {
            Some(last) if last.bar.is_none() && last.left >= column => {
                last.form = last.form.max(form);
            }
            _ => pieces.push(Piece {
                form,
                left: column,
                right: column + 1.0,
                bar: None,
            }),
        }
    }
    pieces
}

fn draw_piece(
    context: &CanvasRenderingContext2d,
    paint: &Paint,
    piece: &Piece,
    top: f64,
    row: f64,
) {
    let (from, height) = piece.form.extent();
    let (upper, height) = ((top + from * row).round(), (height * row).round().max(2.0));
    // A pixel between neighbours, where there is room, shows that they are two.
    let gap = if piece.right - piece.left > 3.0 {
        1.0
    } else {
        0.0
    };
    let width = piece.right - piece.left - gap;
    if let Some(Bar {
        kind: BarKind::Crowd(waiting, of),
        ..
    }) = piece.bar
    {
        // As high as many wait, on the row's ground.
        let part = f64::from(waiting) / f64::from(of.max(1));
        let height = (row * 0.8 * part).max(2.0);
        context.fill_rect(piece.left, top + row * 0.9 - height, width + gap, height);
        return;
    }
    if matches!(
        piece.form,
        Form::Held | Form::Disk | Form::Data | Form::Zombie
    ) && width > 4.0
    {
        let colour = match piece.form {
            Form::Held => &paint.running,
            Form::Data => &paint.data,
            Form::Zombie => &paint.zombie,
            _ => &paint.blocked,
        };
        context.set_stroke_style_str(colour);
        context.set_line_width(2.0);
        context.stroke_rect(piece.left + 1.0, upper + 1.0, width - 2.0, height - 2.0);
    } else {
        context.fill_rect(piece.left, upper, width, height);
    }
}

/// Writes into the bars of a CPU or the disk whose they are, where there is room.
#[allow(clippy::too_many_arguments, reason = "as draw_row")]
fn label_bars(
    context: &CanvasRenderingContext2d,
    paint: &Paint,
    pieces: &[Piece],
    row: &Row,
    top: f64,
    frame: Frame,
    size: f64,
    names: &Names<'_>,
) {
    context.set_font(&format!("600 {}px {}", px(size), paint.font));
    context.set_text_align("center");
    for piece in pieces {
        let Some(bar) = &piece.bar else { continue };
        let (text, colour) = match bar.kind {
            BarKind::Cpu(CpuSegmentKind::User(task)) => ((names.task)(row, task), &paint.on_fill),
            BarKind::Cpu(CpuSegmentKind::Held(task)) => ((names.task)(row, task), &paint.ink),
            BarKind::Disk(disk) => match disk.serving {
                Some(task) => ((names.task)(row, task), &paint.ink),
                None if disk.requests > 1 => (format!("×{}", disk.requests), &paint.ink),
                None => continue,
            },
            BarKind::Cpu(_) | BarKind::Task(_) | BarKind::Crowd(..) => continue,
        };
        let room = piece.right - piece.left - 6.0;
        if width_of(&text, size) <= room {
            context.set_fill_style_str(colour);
            let middle = f64::midpoint(piece.left, piece.right);
            let _ = context.fill_text(&text, middle, top + frame.row / 2.0 + 0.5);
        }
    }
}

/// An arrow from the row of who makes a task down (or up) to the row of who is made.
fn draw_births(
    context: &CanvasRenderingContext2d,
    paint: &Paint,
    chart: &Chart,
    window: Window,
    frame: Frame,
) {
    let column = if chart.axis == Axis::Step { 0.5 } else { 0.0 };
    context.set_stroke_style_str(&paint.ink);
    context.set_fill_style_str(&paint.ink);
    context.set_line_width(1.5);
    for link in &chart.births {
        let place = window.place(number(link.at) + column);
        if !(0.0..=1.0).contains(&place) {
            continue;
        }
        let middle = |row: usize| RULER + (number(row as u64) + 0.5) * frame.row - frame.scroll;
        let x = (frame.gutter + place * frame.axis_width()).round() + 0.5;
        let (from, to) = (middle(link.from), middle(link.to));
        let (down, reach) = ((to - from).signum(), frame.row * 0.3);
        context.begin_path();
        let _ = context.arc(x, from, 3.0, 0.0, core::f64::consts::TAU);
        context.fill();
        context.begin_path();
        context.move_to(x, from);
        context.line_to(x, to - down * reach);
        // A long way crosses other rows.
        context.set_global_alpha(if (to - from).abs() > 3.5 * frame.row {
            0.35
        } else {
            1.0
        });
        context.stroke();
        context.set_global_alpha(1.0);
        context.begin_path();
        context.move_to(x - 4.5, to - down * reach);
        context.line_to(x + 4.5, to - down * reach);
        context.line_to(x, to - down * (reach - 7.0));
        context.close_path();
        context.fill();
    }
}

/// A triangle hangs from the upper edge where a deadline was missed.
fn draw_misses(
    context: &CanvasRenderingContext2d,
    paint: &Paint,
    chart: &Chart,
    row: &Row,
    window: Window,
    frame: Frame,
    top: f64,
) {
    if row.misses.is_empty() {
        return;
    }
    context.set_fill_style_str(&paint.bad);
    let column = if chart.axis == Axis::Step { 0.5 } else { 0.0 };
    for miss in &row.misses {
        let place = window.place(number(*miss) + column);
        if !(0.0..=1.0).contains(&place) {
            continue;
        }
        let x = frame.gutter + place * frame.axis_width();
        context.begin_path();
        context.move_to(x - 6.0, top);
        context.line_to(x + 6.0, top);
        context.line_to(x, top + 9.0);
        context.close_path();
        context.fill();
    }
}

/// The least room for a mark of the axis.
const MARK: f64 = 74.0;

fn draw_ruler(
    context: &CanvasRenderingContext2d,
    paint: &Paint,
    chart: &Chart,
    window: Window,
    frame: Frame,
    unit: Unit,
) {
    context.set_font(&format!("400 12.5px {}", paint.font));
    context.set_text_align("left");
    context.set_fill_style_str(&paint.dim);
    let grain = match chart.axis {
        // A thousandth of a unit is the finest that is marked.
        Axis::Time => (number(unit.span().0) / 1_000.0).max(1.0),
        Axis::Step => 1.0,
    };
    let step = tick(window.length * MARK / frame.axis_width(), grain);
    let end = window.to().min(number(chart.length));
    let mut value = (window.from / step).ceil() * step;
    // The width bounds the number of marks.
    while value <= end {
        let x = (frame.gutter + window.place(value) * frame.axis_width()).round();
        context.set_fill_style_str(&paint.line);
        context.fill_rect(x, RULER - 6.0, 1.0, 6.0);
        context.set_fill_style_str(&paint.dim);
        let label = mark(chart.axis, value, unit);
        // At the right edge there is room only before the mark.
        let is_last = x + 4.0 + width_of(&label, 12.5) > frame.width;
        context.set_text_align(if is_last { "right" } else { "left" });
        let shift = if is_last { -4.0 } else { 4.0 };
        let _ = context.fill_text(&label, x + shift, RULER / 2.0);
        value += step;
    }
    context.set_fill_style_str(&paint.line);
    context.fill_rect(0.0, RULER - 1.0, frame.width, 1.0);
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a value of the axis, never negative"
)]
fn mark(axis: Axis, value: f64, unit: Unit) -> String {
    match axis {
        Axis::Time => unit.show(Span(value.round() as u64)).to_string(),
        Axis::Step => (value.round() as u64).to_string(),
    }
}

/// Roughly how wide a text is: exact measures are slow, and an edge more or less does not matter.
fn width_of(text: &str, size: f64) -> f64 {
    number(text.chars().count() as u64) * size * 0.58
}

/// A text cut to the room there is.
fn cut(text: &str, room: f64, size: f64) -> String {
    if width_of(text, size) <= room {
        return text.to_owned();
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of characters on a screen"
    )]
    let kept = (room / (size * 0.58)).max(2.0) as usize - 1;
    text.chars().take(kept).chain(['…']).collect()
}

fn pattern(
    context: &CanvasRenderingContext2d,
    size: u32,
    paint: impl Fn(&CanvasRenderingContext2d),
) -> Option<CanvasPattern> {
    let tile: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    tile.set_width(size);
    tile.set_height(size);
    paint(&context_of(&tile)?);
    context
        .create_pattern_with_html_canvas_element(&tile, "repeat")
        .ok()?
}

/// The drawing context of a canvas.
#[must_use]
pub fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}
