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

use leptos::html;
use leptos::prelude::*;
use sim_core::ids::TaskId;

pub use chart::{Axis, Bar, BarKind, Chart, Row, Subject};
pub use window::Window;

use crate::controls::{Button, Icon, Segment, Segmented, Shape, Weight};
use crate::i18n::texts;
use crate::session::Session;
use crate::store::Store;
use draw::{Frame, Names, Paint};
use gestures::Gestures;
use playhead::Playhead;
use tooltip::Tooltip;

/// What the parts of the timeline share.
#[derive(Clone, Copy)]
struct Timeline {
    store: Store,
    chart: Memo<Chart>,
    window: Memo<Window>,
    frame: Memo<Frame>,
    /// How the window was chosen; none: all is seen. The number tells two choices apart.
    zoom: RwSignal<(u32, Option<Window>)>,
    /// The pointer's place on the canvas.
    pointer: RwSignal<Option<(f64, f64)>>,
    node: NodeRef<html::Canvas>,
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
pub struct TimelineKeys(RwSignal<Option<Timeline>>);

impl TimelineKeys {
    /// Keys for a timeline that is not there yet.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(None))
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
#[component]
pub fn TimelinePanel() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let node = NodeRef::<html::Canvas>::new();
    let viewport = NodeRef::<html::Div>::new();
    let size = crate::stage::measure::size_of(viewport);
    let scroll = RwSignal::new(0.0);
    let zoom = RwSignal::new((0, None::<Window>));

    let chart = {
        let revision = store.memo(Session::revision);
        Memo::new(move |_| {
            let _ = revision.get();
            let axis = store.axis.get();
            store.peek(|session| Chart::new(session.merged(), axis))
        })
    };
    let place = Memo::new(move |_| store.memo_place());
    let seen = Memo::new(move |before: Option<&Seen>| {
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
    let window = Memo::new(move |_| seen.get().window);
    let frame = Memo::new(move |_| {
        let size = size.get();
        let rows = chart.with(|chart| chart.rows.len());
        let scale = leptos::prelude::window().device_pixel_ratio().max(1.0);
        Frame::new(
            f64::from(size.width),
            f64::from(size.height),
            rows,
            scroll.get(),
            scale,
        )
    });
    let pointer = RwSignal::new(None);
    let timeline = Timeline {
        store,
        chart,
        window,
        frame,
        zoom,
        pointer,
        node,
    };
    if let Some(keys) = use_context::<TimelineKeys>() {
        keys.0.set(Some(timeline));
        on_cleanup(move || {
            let _ = keys.0.try_set(None);
        });
    }
    draw_when_changed(timeline);

    let axes = vec![
        Segment {
            value: Axis::Time,
            label: text.axis_time().into(),
            id: "time".into(),
        },
        Segment {
            value: Axis::Step,
            label: text.axis_step().into(),
            id: "step".into(),
        },
    ];
    let full = move || {
        let rows = chart.with(|chart| chart.rows.len());
        format!("height: {}px", frame.get().full_height(rows))
    };
    let shown = move || format!("height: {}px", size.get().height);
    view! {
        <section class="timeline" aria-label=text.timeline()>
            <div class="timeline-tools">
                <Segmented
                    testid="axis"
                    label=text.axis_label()
                    segments=axes
                    value=Signal::from(store.axis)
                    change=move |axis| {
                        store.axis.set(axis);
                        timeline.fit();
                    }
                />
                <Legend />
                <span class="timeline-zoom">
                    <Button
                        testid="zoom-out"
                        label=text.zoom_out()
                        weight=Weight::Quiet
                        press=move |()| timeline.zoom_here(1.0 / ZOOM)
                    >
                        <Icon shape=Shape::Minus />
                    </Button>
                    <Button
                        testid="zoom-in"
                        label=text.zoom_in()
                        weight=Weight::Quiet
                        press=move |()| timeline.zoom_here(ZOOM)
                    >
                        <Icon shape=Shape::Plus />
                    </Button>
                    <Button
                        testid="zoom-fit"
                        label=text.zoom_fit()
                        weight=Weight::Quiet
                        press=move |()| timeline.fit()
                    >
                        <Icon shape=Shape::Fit />
                    </Button>
                </span>
            </div>
            <div
                class="timeline-view"
                node_ref=viewport
                tabindex="0"
                role="group"
                aria-label=text.timeline_lanes()
                on:scroll=move |event| {
                    let element: web_sys::HtmlElement = event_target(&event);
                    scroll.set(f64::from(element.scroll_top()));
                }
            >
                <div class="timeline-full" style=full>
                    <div class="timeline-window" style=shown>
                        <Gestures timeline=timeline />
                        <Playhead timeline=timeline />
                        <Tooltip timeline=timeline />
                    </div>
                </div>
            </div>
        </section>
    }
    .into_any()
}

impl Store {
    /// Where the playhead is on the axis that is shown, followed.
    fn memo_place(self) -> f64 {
        let axis = self.axis.get();
        self.with(|session| place_of(session, axis))
    }
}

/// What the forms of the bars mean.
#[component]
fn Legend() -> impl IntoView {
    let text = texts();
    let entries = text.legend().into_iter().map(|(class, word)| {
        view! {
            <span class="legend-entry">
                <i class=format!("legend-form legend-{class}")></i>
                {word}
            </span>
        }
    });
    let entries: Vec<_> = entries.collect();
    view! { <div class="legend" aria-hidden="true">{entries}</div> }.into_any()
}

fn draw_when_changed(timeline: Timeline) {
    let store = timeline.store;
    let text = texts();
    let paint = StoredValue::new_local(None::<Paint>);
    // The system's colours may change while the page is open.
    let system = RwSignal::new(0_u32);
    if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: light)") {
        let changed = wasm_bindgen::closure::Closure::<dyn FnMut()>::new(move || {
            let _ = system.try_update(|count| *count += 1);
        });
        query.set_onchange(Some(wasm_bindgen::JsCast::unchecked_ref(changed.as_ref())));
        let held = StoredValue::new_local((query, changed));
        on_cleanup(move || {
            held.try_with_value(|(query, _)| query.set_onchange(None));
        });
    }
    let selection = store.memo(Session::selection);
    let context = StoredValue::new_local(None::<web_sys::CanvasRenderingContext2d>);
    let themed = Memo::new(move |before: Option<&u32>| {
        store.theme.track();
        system.track();
        before.map_or(0, |before| before + 1)
    });
    let painted = StoredValue::new(u32::MAX);
    Effect::new(move |_| {
        let Some(canvas) = timeline.node.get() else {
            return;
        };
        let frame = timeline.frame.get();
        let shown = timeline.window.get();
        let selected = selection.get();
        if context.with_value(Option::is_none) {
            context.set_value(draw::context_of(&canvas));
        }
        let Some(context) = context.get_value() else {
            return;
        };
        let version = themed.get();
        if painted.get_value() != version {
            paint.set_value(Some(Paint::of_theme(&context)));
            painted.set_value(version);
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
                paint.with_value(|paint| {
                    if let Some(paint) = paint {
                        draw::draw(&canvas, &context, paint, chart, shown, frame, &names);
                    }
                });
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
