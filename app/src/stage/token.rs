//! A task's token: one element for its whole life, moved and dressed as its state changes.

use leptos::prelude::*;
use sim_core::ids::TaskId;

use super::View;
use super::look::{self, Request};
use crate::i18n::{Texts, texts};
use crate::layout::Zone;

/// How a token looks at one moment.
#[derive(Clone, PartialEq)]
struct Look {
    /// Its left top corner.
    at: (f32, f32),
    class: &'static str,
    zone: &'static str,
    name: String,
    number: Option<u32>,
    note: String,
    request: Option<Request>,
    is_concerned: bool,
}

/// The token of a task.
pub(super) fn token(task: TaskId, view: View) -> impl IntoView {
    let texts = texts();
    let look = Memo::new(move |before: Option<&Option<Look>>| {
        // A token that is just being taken away keeps its looks.
        look_of(texts, task, view).or_else(|| before.cloned().flatten())
    });
    let class = move || {
        look.with(|look| {
            let Some(look) = look else { return String::new() };
            let ring = if look.is_concerned { " concerned" } else { "" };
            format!("token {} {}{ring}", look.class, look.zone)
        })
    };
    let transform = move || {
        look.with(|look| {
            let (x, y) = look.as_ref().map_or((0.0, 0.0), |look| look.at);
            format!("translate({x:.1}px,{y:.1}px)")
        })
    };
    let name = move || look.with(|look| look.as_ref().map(|look| look.name.clone()));
    let number = move || {
        let number = look.with(|look| look.as_ref().and_then(|look| look.number));
        number.map(|number| view! { <span class="token-number">{number}</span> })
    };
    let note = move || {
        let note = look.with(|look| look.as_ref().map(|look| look.note.clone()));
        let note = note.filter(|note| !note.is_empty());
        note.map(|note| view! { <span class="token-note">{note}</span> })
    };
    let request = Memo::new(move |_| look.with(|look| look.as_ref().and_then(|look| look.request)));
    let meter = move || {
        matches!(request.get(), Some(Request::Served { .. })).then(|| meter(texts, view, request))
    };
    view! {
        <div class=class style:transform=transform data-task=task.0>
            {number}
            <span class="token-face">
                <b>{name}</b>
            </span>
            {note}
            {meter}
        </div>
    }
}

/// The progress of a request to the disk.
fn meter(texts: &'static dyn Texts, view: View, request: Memo<Option<Request>>) -> impl IntoView {
    let progress =
        Memo::new(move |_| request.get().and_then(|request| request.progress(view.now.get())));
    let width = move || {
        let share = progress.get().map_or(0.0, look::Progress::share);
        format!("scaleX({share:.3})")
    };
    let words = Memo::new(move |_| {
        let unit = view.scene.read().code.config.unit;
        progress.get().map(|progress| {
            texts.request_done(&texts.bare(unit, progress.done), &texts.span(unit, progress.of))
        })
    });
    view! {
        <span class="token-meter">
            <i style:transform=width></i>
        </span>
        <span class="token-note">{words}</span>
    }
}

fn look_of(texts: &dyn Texts, task: TaskId, view: View) -> Option<Look> {
    let layout = view.layout.read();
    let placed = layout.token(task)?;
    let scene = view.scene.read();
    // Between two runs the layout may be of the other one for a moment.
    let job = scene.code.jobs.get(task.index())?;
    Some(Look {
        at: (placed.rect.x, placed.rect.y),
        class: look::state_class(look::seen(&scene.machine, task)),
        zone: zone_class(placed.zone),
        name: job.name.clone(),
        number: placed.number,
        note: look::note(texts, &scene, task, placed.zone),
        request: look::request(&scene.machine, task),
        is_concerned: scene.concerned() == Some(task),
    })
}

const fn zone_class(zone: Zone) -> &'static str {
    match zone {
        Zone::New => "in-new",
        Zone::Ready => "in-ready",
        Zone::Cpu(_) => "in-cpu",
        Zone::Disk => "in-disk",
        Zone::Pipe(..) => "in-pipe",
        Zone::Timer => "in-timer",
        Zone::Done => "in-done",
    }
}
