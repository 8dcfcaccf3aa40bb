//! The timeline: lanes of CPUs, tasks and the disk, to zoom, to scrub and to point at.
//!
//! Rows are drawn on a canvas when they change; the playhead moves above it, so that a seek draws
//! nothing.

mod chart;
mod draw;
mod gestures;
mod playhead;
mod steps;
mod tooltip;
mod window;

use sim_core::ids::TaskId;
use sim_core::program::Threads;
use web_sys::HtmlCanvasElement;

pub use chart::{Axis, Bar, BarKind, Chart, Row, Subject};
pub use window::Window;

use crate::controls::{Segment, Shape, Weight, button, icon, segmented};
use crate::decimal::px;
use crate::dom::{Tag, afterwards, tag, window};
use crate::i18n::texts;
use crate::live::{Derived, Made, State};
use crate::reactive::{GetValue, LocalStorage, StoredValue, WithValue, on_cleanup, use_context};
use crate::session::{RunView, Session};
use crate::store::Store;
use draw::{Frame, Names, Paint};
use gestures::gestures;
use playhead::{playhead, veil};
use tooltip::tooltip;

/// What the parts of the timeline share.
#[derive(Clone, Copy)]
struct Timeline {
    store: Store,
    chart: Derived<Made<Chart>>,
    window: Derived<Window>,
    frame: Derived<Frame>,
    /// How the window was chosen; none: all is seen. The number tells two choices apart.
    zoom: State<(u32, Option<Window>)>,
    /// The pointer's place on the canvas.
    pointer: State<Option<(f64, f64)>>,
    canvas: StoredValue<HtmlCanvasElement, LocalStorage>,
}

/// How much one press of a zoom button shows of what was seen.
const ZOOM: f64 = 0.6;

impl Timeline {
    /// Where the playhead is on the axis.
    fn playhead(self) -> f64 {
        self.store
            .peek(|session| place_of(session, self.store.axis.get_untracked()))
    }

    fn length(self) -> f64 {
        self.chart
            .with_untracked(|chart| chart::number(chart.length))
    }

    fn look_at(self, window: Window) {
        let is_whole = window.is_whole(self.length());
        self.zoom
            .update(|zoom| *zoom = (zoom.0 + 1, (!is_whole).then_some(window)));
    }

    fn zoom_by(self, place: f64, factor: f64) {
        self.look_at(
            self.window
                .get_untracked()
                .zoomed(place, factor, self.length()),
        );
    }

    /// Zooms around the playhead.
    fn zoom_here(self, factor: f64) {
        let place = self.window.get_untracked().place(self.playhead());
        self.zoom_by(place.clamp(0.0, 1.0), factor);
    }

    fn fit(self) {
        self.zoom.update(|zoom| *zoom = (zoom.0 + 1, None));
    }
}

/// What keys outside of the timeline may do to it.
#[derive(Clone, Copy)]
pub struct TimelineKeys(State<Option<Timeline>>);

impl TimelineKeys {
    /// Keys for a timeline that is not there yet.
    #[must_use]
    pub fn new() -> Self {
        Self(State::new(None))
    }

    /// Zooms in around the playhead.
    pub fn zoom_in(self) {
        self.with(|timeline| timeline.zoom_here(ZOOM));
    }

    /// Zooms out around the playhead.
    pub fn zoom_out(self) {
        self.with(|timeline| timeline.zoom_here(1.0 / ZOOM));
    }

    /// Shows everything.
    pub fn fit(self) {
        self.with(Timeline::fit);
    }

    fn with(self, change: impl FnOnce(Timeline)) {
        if let Some(timeline) = self.0.get_untracked() {
            change(timeline);
        }
    }
}

impl Default for TimelineKeys {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the session is on an axis.
#[allow(
    clippy::cast_precision_loss,
    reason = "for the eye, not for the machine"
)]
fn place_of(session: &Session, axis: Axis) -> f64 {
    match axis {
        Axis::Time => session.player().clock().0 as f64,
        // The middle of the column that shows the state after the last event.
        Axis::Step => session.position() as f64 + 0.5,
    }
}

/// The window that is seen, and what it was made from.
#[derive(Clone, Copy, PartialEq)]
struct Seen {
    version: u32,
    length: u64,
    window: Window,
}

/// The timeline of all runs.
#[must_use]
pub fn timeline_panel() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let canvas = tag("canvas");
    let viewport = tag("div").class("timeline-view");
    let size = crate::stage::measure::size_of(viewport.element());
    let scroll = State::new(0.0);
    let zoom = State::new((0, None::<Window>));

    let chart = {
        let revision = store.memo(Session::revision);
        Derived::new(move || {
            let _ = revision.get();
            let axis = store.axis.get();
            store.peek(|session| Made::new(Chart::new(session.merged(), axis)))
        })
    };
    let place = Derived::new(move || store.memo_place());
    let seen = Derived::of_before(move |before: Option<&Seen>| {
        let length = chart.with(|chart| chart.length);
        let axis = chart::number(length);
        let (version, chosen) = zoom.get();
        let place = place.get();
        let window = match before {
            Some(seen) if seen.version == version && seen.length == length => {
                seen.window.following(place, axis)
            }
            _ => chosen.map_or_else(|| Window::whole(axis), |chosen| chosen.panned(0.0, axis)),
        };
        Seen {
            version,
            length,
            window,
        }
    });
    let window = Derived::new(move || seen.get().window);
    let frame = Derived::new(move || {
        let size = size.get();
        let rows = chart.with(|chart| chart.rows.len());
        let scale = crate::dom::window().device_pixel_ratio().max(1.0);
        Frame::new(
            f64::from(size.width),
            f64::from(size.height),
            rows,
            scroll.get(),
            scale,
        )
    });
    let pointer = State::new(None);
    let timeline = Timeline {
        store,
        chart,
        window,
        frame,
        zoom,
        pointer,
        canvas: StoredValue::new_local(canvas.element_as()),
    };
    if let Some(keys) = use_context::<TimelineKeys>() {
        keys.0.set(Some(timeline));
        on_cleanup(move || {
            keys.0.set(None);
        });
    }
    draw_when_changed(timeline);

    let axes = [
        Segment {
            value: Axis::Time,
            label: text.axis_time(),
            id: "time",
        },
        Segment {
            value: Axis::Step,
            label: text.axis_step(),
            id: "step",
        },
    ];
    let full = move || {
        let rows = chart.with(|chart| chart.rows.len());
        format!("height: {}px", px(frame.get().full_height(rows)))
    };
    let shown = move || format!("height: {}px", px(size.get().height));
    let zoom_button = |testid, label, shape, press: fn(Timeline)| {
        button(testid, label, Weight::Quiet, move || press(timeline)).child(icon(shape))
    };
    let zooms = tag("span")
        .class("timeline-zoom")
        .child(zoom_button(
            "zoom-out",
            text.zoom_out(),
            Shape::Minus,
            |timeline| {
                timeline.zoom_here(1.0 / ZOOM);
            },
        ))
        .child(zoom_button(
            "zoom-in",
            text.zoom_in(),
            Shape::Plus,
            |timeline| {
                timeline.zoom_here(ZOOM);
            },
        ))
        .child(zoom_button(
            "zoom-fit",
            text.zoom_fit(),
            Shape::Fit,
            Timeline::fit,
        ));
    let tools = tag("div")
        .class("timeline-tools")
        .child(segmented(
            "axis",
            text.axis_label(),
            axes,
            move || store.axis.get(),
            move |axis| {
                store.axis.set(axis);
                timeline.fit();
            },
        ))
        .child(legend())
        .child(zooms);
    let layers = tag("div")
        .class("timeline-window")
        .live("style", shown)
        .child(gestures(canvas, timeline))
        .child(veil(timeline))
        .child(playhead(timeline));
    let layers = tooltip(layers, timeline);
    let element = viewport.element();
    let viewport = viewport
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", text.timeline_lanes())
        .on("scroll", move |_| {
            scroll.set(f64::from(element.scroll_top()));
        })
        .child(
            tag("div")
                .class("timeline-full")
                .live("style", full)
                .child(layers),
        );
    tag("section")
        .class("timeline")
        .attr("aria-label", text.timeline())
        .child(tools)
        .child(viewport)
}

impl Store {
    /// Where the playhead is on the axis that is shown, followed.
    fn memo_place(self) -> f64 {
        let axis = self.axis.get();
        self.with(|session| place_of(session, axis))
    }
}

/// What the forms of the bars mean.
fn legend() -> Tag {
    let store = Store::of_page();
    let has_network = store.memo_of_runs(|session| {
        let mut runs = session.runs().iter();
        runs.any(|run| run.trace.code().peers() > 0)
    });
    let simulated = store.memo_of_runs(|session| {
        let is_real = |run: &RunView| run.trace.reality().is_some();
        let real = session.runs().iter().filter(|run| is_real(run)).count();
        [session.runs().len() > real, real > 0]
    });
    let shares = store.memo_of_runs(|session| {
        let mut runs = session.runs().iter();
        runs.any(|run| run.trace.code().config.threads != Threads::Kernel)
    });
    let entries = move || {
        let [has_simulated, has_real] = simulated.get();
        // In a run with a network nobody waits for memory, and nobody for a parent.
        let left_out = match has_network.get() {
            true => ["new", "zombie"],
            false => ["data", "copying"],
        };
        let entries = texts().legend().into_iter();
        let is_there = |class: &str| match class {
            "unseen" => has_real,
            "running" | "ready" | "kernel" => has_simulated,
            "queued" => shares.get(),
            _ => !left_out.contains(&class),
        };
        let entries = entries.filter(|(class, _)| is_there(class));
        let entries = entries.map(|(class, word)| {
            let form = tag("i").class(&format!("legend-form legend-{class}"));
            tag("span").class("legend-entry").child(form).text(word)
        });
        entries.collect::<Vec<_>>()
    };
    let legend = tag("div").class("legend").attr("aria-hidden", "true");
    legend.part(entries)
}

fn draw_when_changed(timeline: Timeline) {
    let store = timeline.store;
    let text = texts();
    let mut paint = None::<Paint>;
    // The system's colours may change while the page is open.
    let system = State::new(0_u32);
    if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: light)") {
        let changed = wasm_bindgen::closure::Closure::<dyn FnMut()>::new(move || {
            system.update(|count| *count += 1);
        });
        query.set_onchange(Some(wasm_bindgen::JsCast::unchecked_ref(changed.as_ref())));
        let held = StoredValue::new_local((query, changed));
        on_cleanup(move || {
            held.try_with_value(|(query, _)| query.set_onchange(None));
        });
    }
    let selection = store.memo(Session::selection);
    let mut context = None::<web_sys::CanvasRenderingContext2d>;
    let themed = Derived::of_before(move |before: Option<&u32>| {
        let _ = (store.theme.get(), system.get());
        before.map_or(0, |before| before + 1)
    });
    let mut painted = u32::MAX;
    afterwards(move || {
        let canvas = timeline.canvas.get_value();
        let frame = timeline.frame.get();
        let shown = timeline.window.get();
        let selected = selection.get();
        if context.is_none() {
            context = draw::context_of(&canvas);
        }
        let Some(context) = &context else {
            return;
        };
        let version = themed.get();
        if painted != version {
            paint = Some(Paint::of_theme(context));
            painted = version;
        }
        if frame.width < 1.0 {
            return;
        }
        timeline.chart.with(|chart| {
            store.peek(|session| {
                let names = Names {
                    row: &|row| text.row_name(session, row),
                    task: &|row, task| task_name(session, row.run, task),
                    unit: session.unit(),
                    is_marked: &|row| {
                        matches!(row.subject, Subject::Task(task) if Some(task) == selected)
                    },
                };
                if let Some(paint) = &paint {
                    draw::draw(&canvas, context, paint, chart, shown, frame, &names);
                }
            });
        });
    });
}

/// The name of a task of a run.
#[must_use]
pub fn task_name(session: &Session, run: usize, task: TaskId) -> String {
    let code = session.runs().get(run).map(|run| run.trace.code());
    code.map_or_else(String::new, |code| code.job(task).name.clone())
}
