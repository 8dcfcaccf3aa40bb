//! A task's token: one element for its whole life, moved and dressed as its state changes.

use leptos::prelude::*;
use sim_core::ids::TaskId;

use super::View;
use super::look::{self, Request};
use crate::i18n::{Texts, texts};
use crate::layout::Zone;

/// How a token looks at one moment.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    /// Its left top corner.
    at: (f32, f32),
    class: &'static str,
    zone: &'static str,
    is_concerned: bool,
}

/// What stands beside a token.
#[derive(Clone, PartialEq, Default)]
struct Beside {
    number: Option<u32>,
    note: String,
    request: Option<Request>,
}

/// The token of a task.
pub(super) fn token(task: TaskId, view: View) -> impl IntoView {
    let texts = texts();
    // A token that is just being taken away keeps its looks.
    let look = Memo::new(move |before: Option<&Option<Look>>| {
        look_of(task, view).or_else(|| before.copied().flatten())
    });
    let class = move || match look.get() {
        Some(Look {
            class,
            zone,
            is_concerned: true,
            ..
        }) => format!("token concerned {class} {zone}"),
        Some(Look { class, zone, .. }) => format!("token {class} {zone}"),
        None => String::new(),
    };
    let transform = move || {
        let (x, y) = look.get().map_or((0.0, 0.0), |look| look.at);
        format!("translate({x:.1}px,{y:.1}px)")
    };
    let name = move || {
        let run = view.run.read();
        run.0
            .code()
            .jobs
            .get(task.index())
            .map(|job| job.name.clone())
    };
    let beside = Memo::new(move |_| beside_of(texts, task, view).unwrap_or_default());
    let beside = move || {
        let Beside {
            number,
            note,
            request,
        } = beside.get();
        let number = number.map(|number| view! { <span class="token-number">{number}</span> });
        let note = (!note.is_empty()).then(|| view! { <span class="token-note">{note}</span> });
        let meter = request
            .filter(|request| matches!(request, Request::Served { .. }))
            .map(|request| meter(texts, view, request));
        view! { {number} {note} {meter} }
    };
    view! {
        <div class=class style:transform=transform data-task=task.0>
            <span class="token-face">
                <b>{name}</b>
            </span>
            {beside}
        </div>
    }
}

/// The progress of a request to the disk.
fn meter(texts: &'static dyn Texts, view: View, request: Request) -> impl IntoView {
    let progress = Memo::new(move |_| request.progress(view.now.get()));
    let width = move || {
        let share = progress.get().map_or(0.0, look::Progress::share);
        format!("scaleX({share:.3})")
    };
    let words = Memo::new(move |_| {
        let unit = view.scene.read().code.config.unit;
        progress.get().map(|progress| {
            texts.request_done(
                &texts.bare(unit, progress.done),
                &texts.span(unit, progress.of),
            )
        })
    });
    view! {
        <span class="token-meter">
            <i style:transform=width></i>
        </span>
        <span class="token-note">{words}</span>
    }
}

fn look_of(task: TaskId, view: View) -> Option<Look> {
    let layout = view.layout.read();
    let placed = layout.token(task)?;
    let scene = view.scene.read();
    // Between two runs the layout may be of the other one for a moment.
    scene.machine.tasks.get(task.index())?;
    Some(Look {
        at: (placed.rect.x, placed.rect.y),
        class: look::state_class(look::seen(&scene.machine, task)),
        zone: zone_class(placed.zone),
        is_concerned: scene.concerned() == Some(task),
    })
}

fn beside_of(texts: &dyn Texts, task: TaskId, view: View) -> Option<Beside> {
    let layout = view.layout.read();
    let placed = layout.token(task)?;
    let scene = view.scene.read();
    scene.machine.tasks.get(task.index())?;
    Some(Beside {
        number: placed.number,
        note: look::note(texts, &scene, task, placed.zone),
        request: look::request(&scene.machine, task),
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
