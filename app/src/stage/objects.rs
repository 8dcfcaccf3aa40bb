//! What tasks share: synchronisation objects, the interpreter lock, variables in memory; and over them
//! the lines of who waits for whom.
//!
//! Not those who wait: their tokens glide from slot to slot, and are drawn with all others. The file is
//! long because all boxes are written into one text: a part for each kind of object.

use std::collections::VecDeque;

use std::borrow::Cow;

use sim_core::call::{Call, Operation, Reason};
use sim_core::event::EventKind;
use sim_core::ids::{ObjectId, ProcessId, TaskId, VariableId};
use sim_core::machine::{Carriers, Object, ObjectState, Role, State};
use sim_core::program::script::ObjectKind;
use sim_core::program::{Code, Threads};
use sim_core::time::Time;
use sim_core::view::narration::What;

use super::look::{self, Progress};
use super::processes::{Copies, mark, shown_process};
use super::{View, network, placed, wires};
use crate::dom::{Html, Tag, svg, tag};
use crate::family;
use crate::i18n::{ObjectTexts, Texts, object_texts, texts};
use crate::layout::{Detail, InterpreterPlan, MemoryPlan, Plan, Rect, count, fitting, wait_edges};
use crate::live::{Derived, Made};
use crate::scene::Scene;

/// More free places, or tasks that have come, are a number.
const PIPS: u32 = 8;

/// All boxes of what tasks share; nothing for a run in which they share nothing.
#[lockstep_part::later]
pub(super) fn objects(plan: &Made<Plan>, view: View) -> Vec<Tag> {
    let mut tags = Vec::new();
    let has_objects =
        !plan.objects.is_empty() || plan.interpreter.is_some() || plan.other_objects.is_some();
    let variables = plan.memory.as_ref();
    if has_objects || variables.is_some_and(|memory| !memory.cells.is_empty()) {
        let (texts, words_of, of) = (texts(), object_texts(), plan.clone());
        tags.push(
            tag("div")
                .class("shared")
                .live_html(move || drawn(texts, words_of, &of, &view.scene.read())),
        );
    }
    if let Some(interpreter) = &plan.interpreter {
        let Rect { x, width, .. } = interpreter.title;
        let height = plan.scale.text * 0.25;
        let bar = Rect::new(x, interpreter.title.bottom() - height, width, height);
        tags.push(interval(&bar, view));
    }
    tags
}

/// Who waits for whom, as lines from token to token.
#[lockstep_part::later]
pub(super) fn waits(plan: &Made<Plan>, view: View) -> Option<Tag> {
    let has_objects =
        !plan.objects.is_empty() || plan.interpreter.is_some() || plan.other_objects.is_some();
    if !has_objects && plan.joining.is_none() {
        return None;
    }
    let of = plan.clone();
    let lines = move || {
        let layout = view.layout.read();
        let scene = view.scene.read();
        let mut html = Html::new();
        // Between two runs the layout may be of the other one for a moment.
        let tasks = scene.machine.tasks.len();
        if layout
            .tokens
            .iter()
            .any(|token| token.task.index() >= tasks)
        {
            return html;
        }
        let edges = wait_edges(&of, &layout, &scene.machine);
        // Those in a circle lie over the others.
        for in_circle in [false, true] {
            for edge in edges.iter().filter(|edge| edge.in_circle == in_circle) {
                let class = if in_circle { "wait circle" } else { "wait" };
                let [line, head] = wires::curve(&edge.points, edge.tail, edge.tip);
                html.open("g", &[("class", class)]);
                html.element("path", &[("class", "wait-line"), ("d", &line)], "");
                html.element("path", &[("class", "wait-head"), ("d", &head)], "");
                html.close("g");
            }
        }
        html
    };
    Some(wires::canvas("waits", plan).child(svg("g").live_html(lines)))
}

/// A name that is cut in its middle where it has no room: its index or number is what tells it from others.
pub(super) fn name_into(html: &mut Html, name: &str) {
    let index = match name.strip_suffix(']') {
        Some(array) => array.rfind('['),
        None => Some(
            name.trim_end_matches(|letter: char| letter.is_ascii_digit())
                .len(),
        ),
    };
    let (stem, index) = name.split_at(index.unwrap_or(name.len()));
    html.element("span", &[("class", "stem")], stem);
    if !index.is_empty() {
        html.element("span", &[("class", "index")], index);
    }
}

/// What is being written: the HTML of all boxes at one moment.
struct Boxes<'a> {
    html: Html,
    texts: &'static dyn Texts,
    words_of: &'static dyn ObjectTexts,
    scene: &'a Scene,
    /// The size of ordinary text.
    text: f32,
    /// Whether owner and state stand at the end of the title's line.
    is_small: bool,
}

fn drawn(
    texts: &'static dyn Texts,
    words_of: &'static dyn ObjectTexts,
    plan: &Plan,
    scene: &Scene,
) -> Html {
    let mut boxes = Boxes {
        html: Html::new(),
        texts,
        words_of,
        scene,
        text: plan.scale.text,
        is_small: plan.scale.detail == Detail::Compact,
    };
    boxes.interpreter(plan);
    boxes.objects(plan);
    if let Some(memory) = &plan.memory {
        boxes.variables(memory);
    }
    boxes.html
}

impl Boxes<'_> {
    fn interpreter(&mut self, plan: &Plan) {
        let Some(plan) = &plan.interpreter else {
            return;
        };
        if self.scene.code.config.threads != Threads::Kernel {
            return self.carriers(plan);
        }
        // Each process has one: they share a box.
        let processes = self.scene.machine.processes.iter();
        let locks = processes.filter_map(|process| process.interpreter.as_ref());
        let locks: Vec<_> = locks.collect();
        let is_asked = locks.iter().any(|lock| lock.drop_request);
        let class = if is_asked { "object asked" } else { "object" };
        let is_lit = lit(self.scene) == Lit::Interpreter;
        self.frame(class, &plan.frame, is_lit);
        let [long, short] = self.words_of.interpreter_lock();
        let name = if self.is_small { short } else { long };
        self.title(&plan.title, name, "", long);
        let holders: Vec<_> = locks.iter().filter_map(|lock| lock.holder).collect();
        let note = if is_asked {
            self.words_of.drop_requested()
        } else {
            ""
        };
        self.holders(&plan.owner, &holders, "", 1, note);
    }

    /// The kernel threads that user-level threads share, and who is on them; of all processes.
    fn carriers(&mut self, plan: &InterpreterPlan) {
        let processes = self.scene.machine.processes.iter();
        let all = processes.filter(|process| process.is_live());
        let all = all.filter_map(|process| process.carriers.as_ref());
        let all: Vec<_> = all.collect();
        let holders = all.iter().flat_map(|carriers| carriers.holders());
        let holders: Vec<_> = holders.collect();
        self.frame("object", &plan.frame, lit(self.scene) == Lit::Interpreter);
        let has_processors = all.iter().any(|carriers| carriers.processors.is_some());
        let [long, short] = match has_processors {
            true => self.words_of.processors(),
            false => self.words_of.kernel_threads(),
        };
        let name = if self.is_small { short } else { long };
        let places: usize = all.iter().map(|carriers| carriers.places()).sum();
        let number = u32::try_from(places).unwrap_or(u32::MAX);
        let part = self.texts.part_of(holders.len(), number);
        let beside = if self.is_small { "" } else { &part };
        self.title(&plan.title, name, beside, &format!("{long}: {part}"));
        match all.as_slice() {
            [only] if has_processors && !self.is_small => self.processors(&plan.owner, only),
            _ => self.holders(&plan.owner, &holders, "", 1, ""),
        }
    }

    /// Each processor of a process: who is on it, and how many stand in its queue; and in the shared one.
    fn processors(&mut self, rect: &Rect, carriers: &Carriers) {
        let all = carriers
            .processors
            .iter()
            .flat_map(|processors| &processors.all);
        let all: Vec<_> = all.collect();
        let fit = fitting(rect.width, self.text * 6.4).max(1);
        self.open("holders", rect, "");
        for (number, processor) in all.iter().enumerate().take(fit) {
            let name = self.words_of.run_queue(Some(number));
            self.html.element("small", &[], &name);
            let mut on = carriers.all.iter();
            let on = on.find(|carrier| carrier.processor.map(usize::from) == Some(number));
            match on.and_then(|carrier| carrier.holder) {
                Some(task) => self.holder(task, 1),
                None => {
                    let free = self.words_of.free_place();
                    self.html.element("span", &[("class", "nobody")], free);
                }
            }
            self.queue_length(processor.queued().count());
        }
        if all.len() > fit {
            let rest = texts().more(all.len() - fit);
            self.html.element("small", &[], &rest);
        } else if !carriers.waiting.is_empty() {
            let name = self.words_of.run_queue(None);
            self.html.element("small", &[], &name);
            self.queue_length(carriers.waiting.len());
        }
        self.html.close("div");
    }

    fn queue_length(&mut self, length: usize) {
        if length > 0 {
            self.html.element("small", &[], &format!("+{length}"));
        }
    }

    fn objects(&mut self, plan: &Plan) {
        let scene = self.scene;
        let lit = lit(scene);
        for plan in &plan.objects {
            let object = plan.object;
            let Some(state) = scene.machine.objects.get(object.index()) else {
                continue;
            };
            let kind = scene.code.object(object);
            let name = scene.code.object_name(object);
            let what = self.words_of.object_kind(kind);
            let is_beside = self.is_small && (plan.owner.is_some() || plan.state.is_some());
            let beside = if is_beside { "" } else { what };
            self.frame("object", &plan.frame, lit == Lit::Object(object));
            let hint = format!("{name}: {what}");
            match copy_of(scene, object) {
                None => self.title(&plan.title, &name, beside, &hint),
                Some((process, own)) => {
                    // A copy: its name is that of the original, and whose it is a number.
                    self.open("object-title", &plan.title, &hint);
                    self.html.open("b", &[]);
                    mark(&mut self.html, scene, process);
                    name_into(&mut self.html, &scene.code.object_name(own));
                    self.html.close("b");
                    self.html.element("em", &[], beside);
                    self.html.close("div");
                }
            }
            if let Some(owner) = &plan.owner {
                self.owner(owner, &state.state);
            }
            if let Some(room) = &plan.state {
                self.state(room, kind, state);
            }
        }
        let Some(others) = &plan.other_objects else {
            return;
        };
        let mut name = Cow::Borrowed("");
        if let Lit::Object(object) = lit
            && !plan.objects.iter().any(|plan| plan.object == object)
        {
            name = scene.code.object_name(object);
        }
        self.frame("object others", &others.frame, !name.is_empty());
        let header = if self.is_small { 1.4 } else { 2.2 } * self.text;
        let padding = plan.scale.padding;
        let title = Rect {
            x: others.frame.x + padding,
            width: others.frame.width - 2.0 * padding,
            height: header,
            ..others.frame
        };
        let more = self.words_of.more_objects(plan.hidden_objects);
        self.title(&title, &more, &name, &more);
    }

    /// An empty element at a place.
    fn frame(&mut self, class: &str, rect: &Rect, is_lit: bool) {
        let lit = if is_lit { " concerned" } else { "" };
        self.open(&format!("box {class}{lit}"), rect, "");
        self.html.close("div");
    }

    /// The start of an element at a place; `div` ends it.
    fn open(&mut self, class: &str, rect: &Rect, hint: &str) {
        let style = placed(rect);
        let attributes = [("class", class), ("style", &*style), ("title", hint)];
        self.html.open("div", &attributes);
    }

    fn title(&mut self, rect: &Rect, name: &str, beside: &str, hint: &str) {
        self.open("object-title", rect, hint);
        self.html.open("b", &[]);
        name_into(&mut self.html, name);
        self.html.close("b");
        if !beside.is_empty() {
            self.html.element("em", &[], beside);
        }
        self.html.close("div");
    }

    /// Who holds a lock.
    fn owner(&mut self, rect: &Rect, state: &ObjectState) {
        match state {
            ObjectState::Lock { owner } => {
                self.holders(rect, owner.as_slice(), "", 1, "");
            }
            ObjectState::RecursiveLock { owner, count } => {
                self.holders(rect, owner.as_slice(), "", *count, "");
            }
            ObjectState::ReadersWriter { readers, writer } => match writer {
                Some(writer) => self.holders(rect, &[*writer], self.words_of.writes(), 1, ""),
                None => self.holders(rect, readers, self.words_of.reads(), 1, ""),
            },
            _ => {}
        }
    }

    /// Those who hold something, as badges; who holds it several times has one.
    fn holders(&mut self, rect: &Rect, holders: &[TaskId], how: &str, times: u32, note: &str) {
        let mut counted: Vec<(TaskId, u32)> = Vec::new();
        for holder in holders {
            match counted.iter_mut().find(|(task, _)| task == holder) {
                Some((_, times)) => *times += 1,
                None => counted.push((*holder, times)),
            }
        }
        let beside = if self.is_small { "" } else { how };
        let taken = if beside.is_empty() {
            0.0
        } else {
            self.text * 3.0
        };
        let fit = fitting(rect.width - taken, self.text * 3.6).max(1);
        let shown = match counted.len() {
            all if all <= fit => all,
            _ => (fit - 1).max(1),
        };
        self.open("holders", rect, note);
        if self.is_small && counted.len() > 1 && !how.is_empty() {
            // Readers.
            self.words(&self.words_of.readers(counted.len()));
            self.html.close("div");
            return;
        }
        if counted.is_empty() {
            self.html
                .element("span", &[("class", "nobody")], self.words_of.free_place());
        } else if !beside.is_empty() {
            self.html.element("small", &[], beside);
        }
        for (task, times) in &counted[..shown.min(counted.len())] {
            self.holder(*task, *times);
        }
        if counted.len() > shown {
            let rest = texts().more(counted.len() - shown);
            self.html.element("small", &[], &rest);
        }
        if !note.is_empty() && !self.is_small {
            self.html.element("strong", &[], note);
        }
        self.html.close("div");
    }

    fn holder(&mut self, task: TaskId, times: u32) {
        let scene = self.scene;
        let name = &scene.code.job(task).name;
        let state = look::state_class(look::seen(&scene.machine, task));
        let of = shown_process(scene, task).map_or("", family::class);
        let class = format!("holder {state} {of}");
        let attributes = [("class", &*class), ("title", name)];
        self.html.open("span", &attributes);
        name_into(&mut self.html, name);
        if times > 1 {
            let times = format!("\u{d7}{times}");
            self.html.element("span", &[("class", "index")], &times);
        }
        self.html.close("span");
    }

    /// Free places, a flag, how many have come, items.
    fn state(&mut self, rect: &Rect, kind: &ObjectKind, object: &Object) {
        match (&object.state, kind) {
            (ObjectState::Semaphore { value }, ObjectKind::Semaphore { initial, maximum }) => {
                let words = self.words_of.places(*value, *maximum);
                self.open("object-state", rect, &words);
                let of = maximum.unwrap_or((*initial).max(*value));
                if of <= PIPS && !self.is_small {
                    self.pips("place", *value, of);
                    self.words(&self.words_of.places(*value, None));
                } else if self.is_small {
                    self.words(&self.words_of.places(*value, None));
                } else {
                    self.words(&words);
                }
            }
            (ObjectState::Event { set }, _) => {
                self.open("object-state", rect, "");
                let [class, words] = match set {
                    true => ["flag set", self.words_of.flag_set()],
                    false => ["flag", self.words_of.flag_clear()],
                };
                self.html.element("i", &[("class", class)], "");
                self.words(words);
            }
            (ObjectState::Barrier, ObjectKind::Barrier { parties }) => {
                let come = object.waiting.len();
                let words = self.words_of.come(come, *parties);
                self.open("object-state", rect, &words);
                if self.is_small {
                    self.words(&self.texts.part_of(come, *parties));
                } else {
                    if *parties <= PIPS {
                        let come = u32::try_from(come).unwrap_or(*parties);
                        self.pips("come", come, *parties);
                    }
                    self.words(&words);
                }
            }
            (ObjectState::Queue { items, unfinished }, ObjectKind::Queue { capacity, .. }) => {
                let machine = &self.scene.machine;
                let joins = |task: &TaskId| machine.role(*task) == Role::Joiner;
                let unfinished = object.waiting.iter().any(joins).then_some(*unfinished);
                self.queue(rect, items, *capacity, unfinished);
            }
            (state @ ObjectState::Watch(_), _) => {
                self.open("object-state", rect, "");
                let fit = fitting(rect.width, self.text * 1.7).max(1);
                network::watched(&mut self.html, &self.scene.machine, state, fit);
            }
            _ => return,
        }
        self.html.close("div");
    }

    fn words(&mut self, words: &str) {
        self.html.element("small", &[], words);
    }

    fn pips(&mut self, class: &str, full: u32, of: u32) {
        for place in 0..of {
            let vacant = if place < full { "" } else { " vacant" };
            let class = format!("pip {class}{vacant}");
            self.html.element("i", &[("class", &class)], "");
        }
    }

    /// The items of a queue, the newest at the left: they go through it from left to right.
    fn queue(
        &mut self,
        rect: &Rect,
        items: &VecDeque<i64>,
        capacity: Option<u32>,
        unfinished: Option<u32>,
    ) {
        /// The longest item that is shown in full has so many letters.
        const LETTERS: usize = 6;
        let all = items.iter().map(i64::to_string);
        let all: Vec<_> = all.collect();
        let hint = all.iter().rev().fold(String::new(), |hint, item| {
            let comma = if hint.is_empty() { "" } else { ", " };
            hint + comma + item
        });
        let fill = match capacity {
            Some(capacity) => self.texts.part_of(items.len(), capacity),
            None => items.len().to_string(),
        };
        self.open("object-state queue", rect, &hint);
        if self.is_small {
            self.words(&fill);
            return;
        }
        let told = unfinished.map(|items| self.words_of.not_done(items));
        let letters = all.iter().map(String::len).max().unwrap_or(1);
        let cell = self.text * (0.9 + 0.5 * count(letters.min(LETTERS)));
        let beside = match told {
            Some(_) => self.text * 6.5,
            None => self.text * 1.2,
        };
        let mut fit = fitting(rect.width - beside, cell).max(1);
        let slots = capacity.map_or(items.len(), |capacity| capacity as usize);
        let is_whole = slots.max(items.len()) <= fit;
        if !is_whole {
            fit = fitting(rect.width - beside - self.text * 3.5, cell).max(1);
        }
        self.html.element(
            "span",
            &[("class", "newest"), ("title", self.words_of.newest())],
            "\u{25b8}",
        );
        if is_whole {
            for _ in items.len()..slots {
                self.html.element("i", &[("class", "item vacant")], "");
            }
        } else {
            self.words(&fill);
        }
        // Those that are next are shown.
        for item in all[..fit.min(all.len())].iter().rev() {
            self.html.element("i", &[("class", "item")], item);
        }
        if is_whole && slots == 0 {
            self.words(self.texts.empty_queue());
        }
        if let Some(told) = told {
            self.words(&told);
        }
    }

    /// The variables that tasks share.
    fn variables(&mut self, plan: &MemoryPlan) {
        let scene = self.scene;
        let Some(script) = &scene.code.script else {
            return;
        };
        if let Some(title) = &plan.title {
            self.open("memory-title", title, "");
            self.html.words(texts().memory_title());
            self.html.close("div");
        }
        let lit = accessed(scene);
        let copies = Copies::new(scene, plan);
        copies.frames(&mut self.html);
        for plan in &plan.variables {
            let Some(class) = copies.name_class(plan.copy) else {
                continue;
            };
            let Some(spec) = script.variables.get(plan.variable) else {
                continue;
            };
            self.open(&class, &plan.name, &spec.name);
            self.html.element("span", &[("class", "stem")], &spec.name);
            self.html.close("div");
            if let Some(rest) = &plan.rest {
                self.open(&class, rest, "");
                self.html.words("\u{2026}");
                self.html.close("div");
            }
        }
        let mut is_shown = false;
        for cell in &plan.cells {
            let Some(word) = copies.word(cell.variable) else {
                continue;
            };
            let Some(value) = scene.machine.memory.get(word.index()) else {
                continue;
            };
            let class = match lit {
                Some((variable, class)) if variable == word => {
                    is_shown = true;
                    class
                }
                _ => "cell",
            };
            let value = value.to_string();
            let (beside, more) = copies.beside(word);
            let hint = format!("{} = {value}{more}", scene.code.variable_name(word));
            self.open(&format!("{class}{beside}"), &cell.rect, &hint);
            self.html.element("b", &[], &value);
            self.html.close("div");
        }
        if let Some(more) = &plan.more {
            let class = match lit {
                Some(_) if !is_shown => "variable more concerned",
                _ => "variable more",
            };
            self.open(class, more, "");
            let words = match plan.copies.len() {
                0 => texts().more(plan.hidden),
                shown => texts().more_processes(plan.origins.len() + 1 - shown),
            };
            self.html.words(&words);
            self.html.close("div");
        }
    }
}

/// The process whose copy an object is, and of what; none where a program makes no process.
fn copy_of(scene: &Scene, object: ObjectId) -> Option<(ProcessId, ObjectId)> {
    let objects = scene.code.script.as_ref()?.objects.len();
    let (copy, own) = (
        object.index().checked_div(objects)?,
        object.index() % objects,
    );
    family::has_processes(&scene.code).then(|| {
        let process = ProcessId::from_index(copy + 1);
        (process, ObjectId::from_index(own))
    })
}

/// What the last event is about.
#[derive(Clone, Copy, PartialEq)]
enum Lit {
    Nothing,
    Object(ObjectId),
    Interpreter,
}

fn lit(scene: &Scene) -> Lit {
    let Some(event) = scene.event else {
        return Lit::Nothing;
    };
    let of_reason = |reason: Reason| match reason {
        Reason::Object(object) => Lit::Object(object),
        Reason::Interpreter | Reason::Carrier => Lit::Interpreter,
        _ => Lit::Nothing,
    };
    match event.kind {
        EventKind::Granted { object, .. }
        | EventKind::Refused { object, .. }
        | EventKind::HandedOver { object, .. } => Lit::Object(object),
        EventKind::Blocked { reason, .. } => of_reason(reason.into()),
        EventKind::Woken { task } | EventKind::TimedOut { task } => {
            let Some(before) = &scene.before else {
                return Lit::Nothing;
            };
            let before = before.task(task);
            match (before.state, before.step.call) {
                (State::Blocked(reason), _) => of_reason(reason),
                (_, Call::Sync { object, .. }) => Lit::Object(object),
                _ => Lit::Nothing,
            }
        }
        EventKind::InterpreterTaken { .. }
        | EventKind::InterpreterDropped { .. }
        | EventKind::CarrierTaken { .. }
        | EventKind::IntervalPassed { .. } => Lit::Interpreter,
        _ => Lit::Nothing,
    }
}

/// The variable that the last event was about, and how it looks.
fn accessed(scene: &Scene) -> Option<(VariableId, &'static str)> {
    let EventKind::Accessed {
        operation,
        variable,
        ..
    } = scene.event?.kind
    else {
        return None;
    };
    let told = scene.narration.as_ref().map(|narration| &narration.what);
    let is_read = match operation {
        Operation::Load => true,
        // It did not find what it expected.
        Operation::CompareAndSwap => matches!(told, Some(What::Accessed { granted: false, .. })),
        Operation::Store | Operation::Swap | Operation::FetchAdd => false,
    };
    let class = if is_read { "cell read" } else { "cell written" };
    Some((variable, class))
}

/// How much of the switch interval of the first who waits for the interpreter lock is over.
fn interval(rect: &Rect, view: View) -> Tag {
    let progress = Derived::new(move || interval_of(&view.scene.read(), view.now.get()));
    let class = move || match progress.get() {
        Some(_) => "bar interval".to_owned(),
        None => "bar interval empty".to_owned(),
    };
    tag("div")
        .live_class(class)
        .attr("style", &placed(rect))
        .child(look::bar(move || progress.get()))
}

fn interval_of(scene: &Scene, now: Time) -> Option<Progress> {
    let first = *scene.machine.interpreter()?.waiting.front()?;
    let until = scene.machine.threads.get(first.index())?.deadline?;
    let of = scene.code.config.interpreter?.interval;
    Some(Progress::with_left(of, until.since(now).min(of)))
}

/// What people hear who do not see the stage: who holds what, and who waits for it.
#[lockstep_part::later]
pub(super) fn told(scene: &Scene) -> String {
    let texts = object_texts();
    /// More objects than these are left out.
    const OBJECTS: usize = 12;
    let (code, machine) = (&scene.code, &scene.machine);
    let mut text = String::new();
    let objects = machine.objects.iter().enumerate();
    let concerned = objects.filter_map(|(place, object)| {
        let object_id = ObjectId::from_index(place);
        let holders = names(code, &mut object.holders());
        let waiting = names(code, &mut object.waiting.iter().copied());
        let is_told = !holders.is_empty() || !waiting.is_empty();
        is_told.then(|| {
            let (name, kind) = (code.object_name(object_id), code.object(object_id));
            texts.object_told(&name, kind, &holders, &waiting)
        })
    });
    for words in concerned.take(OBJECTS) {
        text += &words;
    }
    text
}

fn names(code: &Code, tasks: &mut dyn Iterator<Item = TaskId>) -> String {
    let mut names = String::new();
    for task in tasks {
        if !names.is_empty() {
            names += ", ";
        }
        names += &code.job(task).name;
    }
    names
}
