//! The tokens of tasks: one element for a task's whole life, moved and dressed as its state changes.
//!
//! One effect draws all of them. Hundreds that followed the scene each by itself took longer to be told
//! than to be drawn.

use std::sync::Arc;

use sim_core::ids::{ProcessId, TaskId};
use sim_core::program::Code;
use web_sys::Element;

use super::View;
use super::look::{self, Request};
use super::objects::name_into;
use super::processes::shown_process;
use crate::decimal::{decimal, px};
use crate::dom::{Html, Tag, follow, tag};
use crate::family;
use crate::i18n::{Texts, texts};
use crate::layout::{PlacedToken, Zone, count};
use crate::live::State;
use crate::reactive::{Owner, untrack};
use crate::scene::Scene;

/// So many letters of a name fit on a token. Those of a longer name are smaller.
const LETTERS: f32 = 10.0;
/// How much smaller at most; what does not fit then is cut.
const SMALLEST: f32 = 0.7;

/// How a token looks at one moment.
#[derive(Clone, PartialEq)]
struct Look {
    state: &'static str,
    zone: &'static str,
    /// The process whose it is, where there are several.
    process: Option<ProcessId>,
    is_concerned: bool,
}

/// A token that is drawn, and how.
struct Token {
    element: Element,
    face: Element,
    number: Small,
    note: Small,
    /// What the disk does for it; the meter of that follows the clock.
    request: State<Option<Request>>,
    owner: Owner,
    at: Option<(f32, f32)>,
    look: Option<Look>,
    /// Whose name and process are on its face.
    on_face: Option<(Arc<Code>, Option<ProcessId>)>,
}

/// A few words beside a token; their element is there from the first of them on.
struct Small {
    class: &'static str,
    element: Option<Element>,
    words: String,
}

/// All tokens of a stage.
pub(super) fn tokens(view: View) -> Tag {
    let root = tag("div");
    let parent = root.element();
    // Not the owner of the effect, which is cleaned up at each run.
    let owner = Owner::current().unwrap_or_default();
    let mut drawn: Vec<Option<Token>> = Vec::new();
    follow(move || {
        let (layout, scene) = (view.layout.read(), view.scene.read());
        let tasks = scene.machine.tasks.len();
        let mut is_placed = vec![false; tasks.max(drawn.len())];
        drawn.resize_with(is_placed.len(), || None);
        for placed in &layout.tokens {
            let place = placed.task.index();
            // Between two runs the layout may be of the other one for a moment.
            if place >= tasks {
                continue;
            }
            is_placed[place] = true;
            let token = drawn[place].get_or_insert_with(|| {
                let owner = owner.with(Owner::new);
                let token = owner.with(|| untrack(|| Token::new(placed.task, view)));
                let _ = parent.append_child(&token.element);
                Token { owner, ..token }
            });
            token.draw(&scene, placed);
        }
        for (token, is_placed) in drawn.iter_mut().zip(is_placed) {
            if !is_placed && let Some(gone) = token.take() {
                gone.owner.cleanup();
                gone.element.remove();
            }
        }
    });
    root
}

impl Token {
    fn new(task: TaskId, view: View) -> Self {
        let request = State::new(None);
        let face = tag("span").class("token-face");
        let meter = move || match request.get() {
            Some(request @ Request::Served { .. }) => meter(texts(), view, request).into(),
            _ => Vec::new(),
        };
        let small = |class| Small {
            class,
            element: None,
            words: String::new(),
        };
        Self {
            face: face.element(),
            element: tag("div")
                .attr("data-task", &task.0.to_string())
                .child(face)
                .part(meter)
                .element(),
            number: small("token-number"),
            note: small("token-note"),
            request,
            owner: Owner::default(),
            at: None,
            look: None,
            on_face: None,
        }
    }

    /// Draws what is not as it was.
    fn draw(&mut self, scene: &Scene, placed: &PlacedToken) {
        let task = placed.task;
        let set = |name: &str, value: &str| {
            // Both names are right.
            let _ = self.element.set_attribute(name, value);
        };
        let at = (placed.rect.x, placed.rect.y);
        if self.at != Some(at) {
            self.at = Some(at);
            let place = format!("transform:translate({}px,{}px)", px(at.0), px(at.1));
            set("style", &place);
        }
        let look = Look {
            state: look::state_class(look::seen(&scene.machine, task)),
            zone: zone_class(placed.zone),
            process: shown_process(scene, task),
            is_concerned: scene.concerned() == Some(task),
        };
        let process = look.process;
        if self.look.as_ref() != Some(&look) {
            let concerned = if look.is_concerned { "concerned " } else { "" };
            let of = look.process.map_or("", family::class);
            let class = format!("token {concerned}{} {} {of}", look.state, look.zone);
            set("class", &class);
            self.look = Some(look);
        }
        let is_own = |(code, of): &(Arc<Code>, _)| Arc::ptr_eq(code, &scene.code) && *of == process;
        if !self.on_face.as_ref().is_some_and(is_own) {
            self.on_face = Some((Arc::clone(&scene.code), process));
            face(&scene.code, task, process).put_into(&self.face);
        }
        let number = placed.number.map(|number| number.to_string());
        self.number.say(&self.element, number.unwrap_or_default());
        let note = look::note(texts(), scene, task, placed.zone);
        self.note.say(&self.element, note);
        let request = look::request(&scene.machine, task);
        if self.request.get_untracked() != request {
            self.request.set(request);
        }
    }
}

impl Small {
    fn say(&mut self, token: &Element, words: String) {
        if self.words == words {
            return;
        }
        let class = self.class;
        let element = self.element.get_or_insert_with(|| {
            let element = tag("span").class(class).element();
            let _ = token.append_child(&element);
            element
        });
        element.set_text_content(Some(&words));
        self.words = words;
    }
}

/// What is on the face of a token: the task's name, and its process where there are several.
fn face(code: &Code, task: TaskId, process: Option<ProcessId>) -> Html {
    let mut html = Html::new();
    if let Some(process) = process {
        let pid = family::pid(process).to_string();
        html.element("i", &[("class", "token-pid")], &pid);
    }
    html.open("b", &[]);
    if let Some(job) = code.jobs.get(task.index()) {
        let letters = count(job.name.chars().count());
        let size = (LETTERS / letters.max(LETTERS)).max(SMALLEST);
        let size = format!("font-size:max(9px,{}em)", decimal(size, 2));
        html.open("span", &[("style", &size)]);
        name_into(&mut html, &job.name);
        html.close("span");
    }
    html.close("b");
    html
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

const fn zone_class(zone: Zone) -> &'static str {
    match zone {
        Zone::New => "in-new",
        Zone::Ready => "in-ready",
        Zone::ReadyOrRunning => "in-unseen",
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
