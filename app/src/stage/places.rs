//! The boxes of all places but the CPUs: new, ready, disk, timer, pipes, done, memory.

use sim_core::event::EventKind;
use sim_core::ids::{PartitionId, PipeId, TaskId};
use sim_core::program::Place;

use super::look::{self, state_class};
use super::{View, at, box_title, placed};
use crate::decimal::decimal;
use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::layout::{PipePlan, Plan, Rect};
use crate::live::Derived;

/// All boxes of a plan.
pub(super) fn places(plan: &Plan, view: View) -> Vec<Tag> {
    let texts = texts();
    let mut boxes = vec![ready(plan, view)];
    if plan.new.frame.height > 0.0 {
        let arrival = move || next_arrival(view);
        boxes.push(simple(&plan.new.frame, "new", texts.new_title(), arrival));
    }
    if let Some(station) = &plan.disk {
        boxes.push(simple(
            &station.frame,
            "disk",
            texts.disk_title(),
            move || texts.disk_note(&view.scene.read().code).to_owned(),
        ));
    }
    if let Some(station) = &plan.timer {
        // In a script tasks sleep; in a workload they wait for their periods.
        let note = move || match view.scene.read().code.script {
            Some(_) => texts.sleep().to_owned(),
            None => texts.timer_note().to_owned(),
        };
        boxes.push(simple(&station.frame, "timer", texts.timer_title(), note));
    }
    if let Some(station) = &plan.joining {
        let none = String::new;
        boxes.push(simple(
            &station.frame,
            "joining",
            texts.joining_title(),
            none,
        ));
    }
    if let Some(station) = &plan.zombies {
        let note = move || texts.zombies_note().to_owned();
        boxes.push(simple(
            &station.frame,
            "zombies",
            texts.zombies_title(),
            note,
        ));
    }
    boxes.extend(plan.pipes.iter().flat_map(|pipe| pipe_box(pipe, view)));
    if plan.hidden_pipes > 0 {
        let done = plan.done.frame;
        boxes.push(
            tag("span")
                .class("rest-of-cpus")
                .attr("style", &at(done.x, done.y - plan.scale.text * 1.3))
                .text(&texts.more_pipes(plan.hidden_pipes)),
        );
    }
    if plan.done.frame.height > 0.0 {
        let note = move || {
            let scene = view.scene.read();
            let mut tasks = scene.machine.tasks.iter();
            if tasks.any(|task| task.accounting.completion.is_some()) {
                texts.done_note().to_owned()
            } else {
                String::new()
            }
        };
        boxes.push(simple(&plan.done.frame, "done", texts.done_title(), note));
    }
    // What is in the variables of a script is drawn with the objects.
    if let Some(room) = plan.memory.as_ref().filter(|room| room.cells.is_empty()) {
        boxes.extend(memory(&room.frame, plan, view));
    }
    boxes
}

/// The ready queue: how many are in it, and by what it is ordered.
fn ready(plan: &Plan, view: View) -> Tag {
    let texts = texts();
    if plan.cpus.is_empty() && plan.hidden_cpus == 0 {
        let title = texts.unseen_title();
        let note = move || texts.not_seen().to_owned();
        return simple(&plan.ready.frame, "ready unseen", title, note);
    }
    let count = move || view.scene.read().machine.ready.to_string();
    let order = move || {
        texts
            .ready_order(&view.scene.read().code.config.policy)
            .to_owned()
    };
    simple(&plan.ready.frame, "ready", texts.ready_title(), count)
        .child(tag("span").class("box-order").live_text(order))
}

/// A box with a title and a word at its right.
fn simple(frame: &Rect, kind: &str, title: &str, aside: impl Fn() -> String + 'static) -> Tag {
    tag("div")
        .class(&format!("box {kind}"))
        .attr("style", &placed(frame))
        .child(box_title(tag("b").text(title), tag("em").live_text(aside)))
}

/// Who arrives next, and when.
fn next_arrival(view: View) -> String {
    let scene = view.scene.read();
    let (code, machine) = (&scene.code, &scene.machine);
    // Peers come to the world outside.
    let is_own = |task: &TaskId| code.job(*task).place == Place::Inside;
    let mut to_come = (machine.arrived..)
        .map_while(|place| code.arrival(place))
        .filter(is_own);
    let Some(next) = to_come.next() else {
        return texts().all_arrived().to_owned();
    };
    let job = code.job(next);
    let at = texts().moment(code.config.unit, job.arrival);
    let others = to_come.count();
    texts().next_arrival(&job.name, &at, others)
}

fn pipe_box(plan: &PipePlan, view: View) -> [Tag; 2] {
    /// More slots than these are drawn as one bar.
    const SLOTS: u32 = 12;
    let texts = texts();
    let pipe = plan.pipe;
    let title = move || {
        let scene = view.scene.read();
        let pipe = scene.code.pipes.get(pipe.index());
        pipe.map_or_else(String::new, |pipe| texts.pipe_title(&pipe.name))
    };
    let fill = Derived::new(move || fill(view, pipe));
    let words = move || {
        let scene = view.scene.read();
        let Some(ends) = scene.machine.pipes.get(pipe.index()) else {
            return String::new();
        };
        if !ends.writers_waiting.is_empty() {
            texts.writers_wait().to_owned()
        } else if !ends.readers_waiting.is_empty() {
            texts.readers_wait().to_owned()
        } else {
            let (messages, capacity) = fill.get();
            texts.pipe_fill(messages, capacity)
        }
    };
    let slots = move || {
        let (messages, capacity) = fill.get();
        if let Some(items) = items(view, pipe, SLOTS) {
            return items;
        }
        if capacity <= SLOTS {
            let slots = (0..capacity).map(|slot| {
                let is_vacant = slot >= messages;
                tag("i").class(if is_vacant {
                    "message vacant"
                } else {
                    "message"
                })
            });
            slots.collect::<Vec<_>>()
        } else {
            let share = f64::from(messages) / f64::from(capacity);
            let filled = format!("transform:scaleX({})", decimal(share, 3));
            let filled = tag("i").attr("style", &filled);
            vec![tag("span").class("bar").child(filled)]
        }
    };
    [
        tag("div")
            .class("box pipe")
            .attr("style", &placed(&plan.frame))
            .child(box_title(
                tag("b").live_text(title),
                tag("em").live_text(words),
            )),
        tag("div")
            .class("messages")
            .attr("style", &placed(&plan.messages))
            .part(slots),
    ]
}

/// What is in a pipe of a script, the newest at the left: it goes through it from left to right.
fn items(view: View, pipe: PipeId, slots: u32) -> Option<Vec<Tag>> {
    let scene = view.scene.read();
    scene.code.script.as_ref()?;
    let items = &scene.machine.pipes.get(pipe.index())?.items;
    let (_, capacity) = scene.machine.fill(&scene.code, pipe);
    let shown = items.len().min(slots as usize);
    let vacant = if capacity <= slots {
        (capacity as usize).saturating_sub(shown)
    } else {
        0
    };
    let slot = |class: &str| tag("i").class(class);
    let mut all: Vec<_> = (0..vacant).map(|_| slot("message vacant")).collect();
    if items.len() > shown {
        all.push(tag("small").text(&texts().more(items.len() - shown)));
    }
    if all.is_empty() && shown == 0 {
        all.push(tag("small").class("nobody").text(texts().empty_queue()));
    }
    let next = items.iter().take(shown).rev();
    all.extend(next.map(|item| slot("message item-of-pipe").text(&item.to_string())));
    Some(all)
}

fn fill(view: View, pipe: PipeId) -> (u32, u32) {
    let scene = view.scene.read();
    scene.machine.fill(&scene.code, pipe)
}

fn memory(frame: &Rect, plan: &Plan, view: View) -> Vec<Tag> {
    let title = Rect {
        height: plan.scale.header * 0.9,
        ..*frame
    };
    let title = tag("span")
        .class("memory-title")
        .attr("style", &placed(&title))
        .text(texts().memory_title());
    let partitions = plan.partitions.iter().enumerate().map(|(place, rect)| {
        let room = match rect.width > plan.scale.text * 12.0 {
            true => Room::NameAndSize,
            false => Room::Name,
        };
        partition(PartitionId::from_index(place), rect, room, view)
    });
    core::iter::once(title).chain(partitions).collect()
}

/// What a partition has room for.
#[derive(Clone, Copy, PartialEq)]
enum Room {
    NameAndSize,
    Name,
}

/// What lies in a partition.
#[derive(Clone, PartialEq)]
struct Contents {
    task: Option<TaskId>,
    class: &'static str,
    name: String,
    words: String,
    share: f32,
    is_concerned: bool,
}

fn partition(id: PartitionId, rect: &Rect, room: Room, view: View) -> Tag {
    let texts = texts();
    let contents = Derived::new(move || {
        let scene = view.scene.read();
        let (code, machine) = (&scene.code, &scene.machine);
        let size = code.partitions.get(id.index()).copied().unwrap_or(0);
        let free = Contents {
            task: None,
            class: "vacant",
            name: texts.free().to_owned(),
            words: texts.memory_size(size),
            share: 0.0,
            is_concerned: false,
        };
        let Some(task) = machine
            .partitions
            .get(id.index())
            .and_then(|partition| partition.task)
        else {
            return free;
        };
        let job = code.job(task);
        #[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
        let share = (job.memory as f32 / size.max(1) as f32).clamp(0.0, 1.0);
        let is_loaded = matches!(
            scene.event.map(|event| event.kind),
            Some(EventKind::Loaded { partition, .. }) if partition == id
        );
        Contents {
            task: Some(task),
            class: state_class(look::seen(machine, task)),
            name: job.name.clone(),
            words: texts.memory_used(job.memory, size),
            share,
            is_concerned: is_loaded,
        }
    });
    let class = move || {
        let contents = contents.read();
        let ring = if contents.is_concerned {
            " concerned"
        } else {
            ""
        };
        format!("partition {}{ring}", contents.class)
    };
    let width = move || format!("width:{}%", decimal(contents.read().share * 100.0, 1));
    let partition = tag("div")
        .live_class(class)
        .attr("style", &placed(rect))
        .child(tag("i").live("style", width))
        .child(tag("b").live_text(move || contents.read().name.clone()));
    match room {
        Room::NameAndSize => {
            let words = move || contents.read().words.clone();
            partition.child(tag("span").live_text(words))
        }
        Room::Name => partition,
    }
}

/// The levels of the ready queue, which change with the machine.
pub(super) fn levels(view: View) -> Vec<Tag> {
    let texts = texts();
    let layout = view.layout.read();
    if layout.levels.is_empty() {
        return Vec::new();
    }
    let scene = view.scene.read();
    let is_adjusted = scene
        .event
        .is_some_and(|event| event.kind == EventKind::PriorityAdjusted);
    let config = &scene.code.config;
    let levels = layout.levels.iter().map(|level| {
        let slice = config.policy.mlfq.slices.get(usize::from(level.level));
        let slice = slice.map_or_else(String::new, |slice| texts.span(config.unit, *slice));
        tag("div")
            .class(if is_adjusted { "level taken" } else { "level" })
            .attr("style", &placed(&level.rect))
            .child(tag("b").text(&texts.level(level.level)))
            .child(tag("small").text(&slice))
    });
    levels.collect()
}

/// The counts of what the places could not show; they change with the machine.
pub(super) fn rests(view: View) -> Vec<Tag> {
    let layout = view.layout.read();
    let rests = layout.more.iter().map(|rest| {
        tag("span")
            .class("rest")
            .attr("style", &placed(&rest.rect))
            .text(&texts().more(rest.count))
    });
    rests.collect()
}
