//! The boxes of all places but the CPUs: new, ready, disk, timer, pipes, done, memory.

use leptos::prelude::*;
use sim_core::event::EventKind;
use sim_core::ids::{PartitionId, PipeId, TaskId};

use super::look::{self, state_class};
use super::{View, placed};
use crate::i18n::texts;
use crate::layout::{PipePlan, Plan, Rect};

/// All boxes of a plan.
pub(super) fn places(plan: &Plan, view: View) -> impl IntoView + use<> {
    let texts = texts();
    let new = simple(
        &plan.new.frame,
        "new",
        move || texts.new_title().to_owned(),
        move || next_arrival(view),
    );
    let ready = ready(plan, view);
    let disk = plan.disk.as_ref().map(|station| {
        let note = move || texts.disk_note(&view.scene.read().code).to_owned();
        simple(
            &station.frame,
            "disk",
            move || texts.disk_title().to_owned(),
            note,
        )
    });
    let timer = plan.timer.as_ref().map(|station| {
        let note = move || texts.timer_note().to_owned();
        simple(
            &station.frame,
            "timer",
            move || texts.timer_title().to_owned(),
            note,
        )
    });
    let pipes: Vec<_> = plan.pipes.iter().map(|pipe| pipe_box(pipe, view)).collect();
    let rest_of_pipes = (plan.hidden_pipes > 0).then(|| {
        let done = plan.done.frame;
        let style = format!("left:{:.1}px;top:{:.1}px", done.x, done.y - plan.scale.text * 1.3);
        view! { <span class="rest-of-cpus" style=style>{texts.more_pipes(plan.hidden_pipes)}</span> }
    });
    let done = simple(
        &plan.done.frame,
        "done",
        move || texts.done_title().to_owned(),
        move || {
            let has_any = view
                .scene
                .read()
                .machine
                .tasks
                .iter()
                .any(|task| task.accounting.completion.is_some());
            if has_any {
                texts.done_note().to_owned()
            } else {
                String::new()
            }
        },
    );
    let memory = plan.memory.map(|_| memory(plan, view));
    view! { {new} {ready} {disk} {timer} {pipes} {rest_of_pipes} {done} {memory} }
}

/// The ready queue: how many are in it, and by what it is ordered.
fn ready(plan: &Plan, view: View) -> AnyView {
    let texts = texts();
    let count = Memo::new(move |_| view.scene.read().machine.ready);
    let order = Memo::new(move |_| texts.ready_order(&view.scene.read().code.config.policy));
    view! {
        <div class="box ready" style=placed(&plan.ready.frame)>
            <span class="box-title">
                <b>{texts.ready_title()}</b>
                <em>{count}</em>
            </span>
            <span class="box-order">{order}</span>
        </div>
    }
    .into_any()
}

/// A box with a title and a word at its right.
fn simple(
    frame: &Rect,
    kind: &'static str,
    title: impl Fn() -> String + Send + Sync + 'static,
    aside: impl Fn() -> String + Send + Sync + 'static,
) -> AnyView {
    let title = Memo::new(move |_| title());
    let aside = Memo::new(move |_| aside());
    view! {
        <div class=format!("box {kind}") style=placed(frame)>
            <span class="box-title">
                <b>{title}</b>
                <em>{aside}</em>
            </span>
        </div>
    }
    .into_any()
}

/// Who arrives next, and when.
fn next_arrival(view: View) -> String {
    let scene = view.scene.read();
    let (code, machine) = (&scene.code, &scene.machine);
    let Some(next) = code.arrival(machine.arrived) else {
        return texts().all_arrived().to_owned();
    };
    let job = code.job(next);
    let at = texts().moment(code.config.unit, job.arrival);
    let others = code.jobs.len().saturating_sub(machine.arrived as usize + 1);
    texts().next_arrival(&job.name, &at, others)
}

fn pipe_box(plan: &PipePlan, view: View) -> impl IntoView + use<> {
    /// More slots than these are drawn as one bar.
    const SLOTS: u32 = 12;
    let texts = texts();
    let pipe = plan.pipe;
    let title = Memo::new(move |_| {
        let scene = view.scene.read();
        scene
            .code
            .pipes
            .get(pipe.index())
            .map(|pipe| texts.pipe_title(&pipe.name))
    });
    let fill = Memo::new(move |_| fill(view, pipe));
    let words = Memo::new(move |_| {
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
    });
    let slots = move || {
        let (messages, capacity) = fill.get();
        if capacity <= SLOTS {
            let slots = (0..capacity).map(|slot| {
                let class = if slot < messages {
                    "message"
                } else {
                    "message vacant"
                };
                view! { <i class=class></i> }
            });
            slots.collect_view().into_any()
        } else {
            let share = f64::from(messages) / f64::from(capacity);
            view! {
                <span class="bar">
                    <i style:transform=format!("scaleX({share:.3})")></i>
                </span>
            }
            .into_any()
        }
    };
    view! {
        <div class="box pipe" style=placed(&plan.frame)>
            <span class="box-title">
                <b>{title}</b>
                <em>{words}</em>
            </span>
        </div>
        <div class="messages" style=placed(&plan.messages)>
            {slots}
        </div>
    }
}

fn fill(view: View, pipe: PipeId) -> (u32, u32) {
    let scene = view.scene.read();
    scene.machine.fill(&scene.code, pipe)
}

fn memory(plan: &Plan, view: View) -> impl IntoView + use<> {
    let texts = texts();
    let frame = plan.memory.unwrap_or_default();
    let title = placed(&Rect {
        height: plan.scale.header * 0.9,
        ..frame
    });
    let partitions: Vec<_> = plan
        .partitions
        .iter()
        .enumerate()
        .map(|(place, rect)| {
            let room = match rect.width > plan.scale.text * 12.0 {
                true => Room::NameAndSize,
                false => Room::Name,
            };
            partition(PartitionId::from_index(place), rect, room, view)
        })
        .collect();
    view! {
        <span class="memory-title" style=title>{texts.memory_title()}</span>
        {partitions}
    }
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

fn partition(id: PartitionId, rect: &Rect, room: Room, view: View) -> impl IntoView + use<> {
    let texts = texts();
    let contents = Memo::new(move |_| {
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
    view! {
        <div class=class style=placed(rect)>
            <i style:width=move || format!("{:.1}%", contents.read().share * 100.0)></i>
            <b>{move || contents.read().name.clone()}</b>
            {(room == Room::NameAndSize).then(|| view! { <span>{move || contents.read().words.clone()}</span> })}
        </div>
    }
}

/// The levels of the ready queue, and the counts of what the places could not show: they change
/// with the machine.
pub(super) fn levels_and_rests(view: View) -> impl IntoView {
    let texts = texts();
    let levels = Memo::new(move |_| view.layout.read().levels.clone());
    let rests = Memo::new(move |_| view.layout.read().more.clone());
    let is_adjusted = Memo::new(move |_| {
        let event = view.scene.read().event;
        event.is_some_and(|event| event.kind == EventKind::PriorityAdjusted)
    });
    let slice = move |level: u8| {
        let scene = view.scene.read();
        let slices = &scene.code.config.policy.mlfq.slices;
        let slice = slices.get(usize::from(level)).copied();
        slice.map(|slice| texts.span(scene.code.config.unit, slice))
    };
    view! {
        {move || {
            let class = if is_adjusted.get() { "level taken" } else { "level" };
            levels
                .get()
                .into_iter()
                .map(|level| {
                    view! {
                        <div class=class style=placed(&level.rect)>
                            <b>{texts.level(level.level)}</b>
                            <small>{slice(level.level)}</small>
                        </div>
                    }
                })
                .collect_view()
        }}
        {move || {
            rests
                .get()
                .into_iter()
                .map(|rest| {
                    view! {
                        <span class="rest" style=placed(&rest.rect)>
                            {texts.more(rest.count)}
                        </span>
                    }
                })
                .collect_view()
        }}
    }
}
