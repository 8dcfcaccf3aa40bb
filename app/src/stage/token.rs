//! A task's token: one element for its whole life, moved and dressed as its state changes.

use sim_core::ids::{ProcessId, TaskId};

use super::View;
use super::look::{self, Request};
use super::objects::name_into;
use super::processes::shown_process;
use crate::decimal::{decimal, px};
use crate::dom::{Html, Tag, tag};
use crate::family;
use crate::i18n::{Texts, texts};
use crate::layout::{Zone, count};
use crate::live::Derived;

/// So many letters of a name fit on a token. Those of a longer name are smaller.
const LETTERS: f32 = 10.0;
/// How much smaller at most; what does not fit then is cut.
const SMALLEST: f32 = 0.7;

/// How a token looks at one moment.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    /// Its left top corner.
    at: (f32, f32),
    class: &'static str,
    zone: &'static str,
    /// The process whose it is, where there are several.
    process: Option<ProcessId>,
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
pub(super) fn token(task: TaskId, view: View) -> Tag {
    let texts = texts();
    // A token that is just being taken away keeps its looks.
    let look = Derived::of_before(move |before: Option<&Option<Look>>| {
        look_of(task, view).or_else(|| before.copied().flatten())
    });
    let class = move || match look.get() {
        Some(look) => {
            let concerned = if look.is_concerned { "concerned " } else { "" };
            let of = look.process.map_or("", family::class);
            format!("token {concerned}{} {} {of}", look.class, look.zone)
        }
        None => String::new(),
    };
    let place = move || {
        let (x, y) = look.get().map_or((0.0, 0.0), |look| look.at);
        format!("transform:translate({}px,{}px)", px(x), px(y))
    };
    let name = move || {
        let run = view.run.read();
        let mut html = Html::new();
        if let Some(job) = run.0.code().jobs.get(task.index()) {
            let letters = count(job.name.chars().count());
            let size = (LETTERS / letters.max(LETTERS)).max(SMALLEST);
            let size = format!("font-size:max(9px,{}em)", decimal(size, 2));
            html.open("span", &[("style", &size)]);
            name_into(&mut html, &job.name);
            html.close("span");
        }
        html
    };
    let pid = move || {
        let process = look.get()?.process?;
        Some(
            tag("i")
                .class("token-pid")
                .text(&family::pid(process).to_string()),
        )
    };
    let beside = Derived::new(move || beside_of(texts, task, view).unwrap_or_default());
    let beside = move || {
        let beside = beside.get();
        let small = |class: &str, text: &str| tag("span").class(class).text(text);
        let mut children = Vec::new();
        if let Some(number) = beside.number {
            children.push(small("token-number", &number.to_string()));
        }
        if !beside.note.is_empty() {
            children.push(small("token-note", &beside.note));
        }
        if let Some(request @ Request::Served { .. }) = beside.request {
            children.extend(meter(texts, view, request));
        }
        children
    };
    tag("div")
        .live_class(class)
        .live("style", place)
        .attr("data-task", &task.0.to_string())
        .child(
            tag("span")
                .class("token-face")
                .part(pid)
                .child(tag("b").live_html(name)),
        )
        .part(beside)
}

/// The progress of a request to the disk.
fn meter(texts: &'static dyn Texts, view: View, request: Request) -> [Tag; 2] {
    let progress = move || request.progress(view.now.get());
    let words = move || {
        let unit = view.scene.read().code.config.unit;
        progress().map_or_else(String::new, |progress| {
            texts.request_done(
                &texts.bare(unit, progress.done),
                &texts.span(unit, progress.of),
            )
        })
    };
    [
        tag("span").class("token-meter").child(look::bar(progress)),
        tag("span").class("token-note").live_text(words),
    ]
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
        process: shown_process(&scene, task),
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
        Zone::Timer | Zone::Sleep => "in-timer",
        Zone::Interpreter | Zone::Object(_) | Zone::OtherObjects => "in-object",
        Zone::Socket(_) | Zone::OtherSockets | Zone::Completions => "in-socket",
        Zone::Joining => "in-joining",
        Zone::Zombies => "in-zombies",
        Zone::Done => "in-done",
    }
}
