//! The CPUs' boxes: what each does, how far slice, burst and switch are, and its live registers.

use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Mode, Registers, State};
use sim_core::time::Span;

use super::look::{self, Progress};
use super::{View, at, box_title, placed};
use crate::dom::{Tag, tag};
use crate::i18n::{Seen, Texts, texts};
use crate::layout::{CpuPlan, Detail, Plan};
use crate::live::Derived;

/// All CPUs of a plan.
pub(super) fn cpus(plan: &Plan, view: View) -> Vec<Tag> {
    let detail = plan.scale.detail;
    let boxes = plan.cpus.iter().flat_map(|cpu| cpu_box(cpu, detail, view));
    let mut boxes: Vec<_> = boxes.collect();
    if plan.hidden_cpus > 0 {
        let last = plan.cpus.last().map(|cpu| cpu.frame).unwrap_or_default();
        boxes.push(
            tag("span")
                .class("rest-of-cpus")
                .attr("style", &at(last.x, last.bottom() + 2.0))
                .text(&texts().more_cpus(plan.hidden_cpus)),
        );
    }
    boxes
}

/// What a CPU does, as far as its box shows it.
#[derive(Clone, PartialEq)]
struct Doing {
    class: &'static str,
    words: String,
}

fn cpu_box(plan: &CpuPlan, detail: Detail, view: View) -> [Tag; 3] {
    let texts = texts();
    let cpu = plan.cpu;
    let doing = Derived::new(move || doing(texts, view, cpu));
    let title = match detail {
        Detail::Full | Detail::Medium => texts.cpu(cpu),
        Detail::Compact => cpu.0.to_string(),
    };
    let words = move || match detail {
        Detail::Compact => String::new(),
        Detail::Full | Detail::Medium => doing.read().words.clone(),
    };
    let gauges = tag("div")
        .live_class(move || format!("gauges {}", doing.read().class))
        .attr("style", &placed(&plan.gauges));
    let gauges = match detail {
        Detail::Full => gauges
            .child(work(texts, view, cpu))
            .child(burst(texts, view, cpu))
            .part(move || registers(texts, view, cpu)),
        Detail::Medium => {
            // There is room for one gauge: where there is no slice, the burst.
            let is_sliced = Derived::new(move || !matches!(work_now(view, cpu), Work::NoSlice));
            gauges.part(move || match is_sliced.get() {
                true => work(texts, view, cpu),
                false => burst(texts, view, cpu),
            })
        }
        Detail::Compact => gauges.child(thin(view, cpu)),
    };
    [
        tag("div")
            .live_class(move || format!("box cpu {}", doing.read().class))
            .attr("style", &placed(&plan.frame))
            .child(box_title(tag("b").text(&title), tag("em").live_text(words))),
        tag("div").class("slot").attr("style", &placed(&plan.token)),
        gauges,
    ]
}

fn doing(texts: &dyn Texts, view: View, cpu: CpuId) -> Doing {
    let scene = view.scene.read();
    let name = |task: TaskId| scene.code.job(task).name.as_str();
    let Some(entry) = scene.machine.cpus.get(cpu.index()) else {
        return Doing {
            class: "cpu-idle",
            words: String::new(),
        };
    };
    let (class, words) = match entry.mode {
        Mode::Idle => ("cpu-idle", texts.idle().to_owned()),
        Mode::User(task) => match look::seen(&scene.machine, task) {
            Seen::Copying => ("cpu-user cpu-copying", texts.copying().to_owned()),
            Seen::Scanning => ("cpu-user", texts.scanning().to_owned()),
            _ => ("cpu-user", texts.running().to_owned()),
        },
        Mode::Switching { .. } => ("cpu-kernel", texts.switching().to_owned()),
        Mode::Handling { .. } | Mode::Receiving { .. } => {
            ("cpu-kernel", texts.handling().to_owned())
        }
        Mode::Held(task) => ("cpu-held", texts.waiting_with(name(task))),
    };
    Doing { class, words }
}

/// What the first gauge shows.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    Nothing,
    Slice(Progress),
    NoSlice,
    Switch(Progress),
    Handler(Progress),
}

impl Work {
    const fn progress(self) -> Option<Progress> {
        match self {
            Self::Slice(progress) | Self::Switch(progress) | Self::Handler(progress) => {
                Some(progress)
            }
            Self::Nothing | Self::NoSlice => None,
        }
    }
}

fn work_now(view: View, cpu: CpuId) -> Work {
    let scene = view.scene.read();
    let now = view.now.get();
    let Some(entry) = scene.machine.cpus.get(cpu.index()) else {
        return Work::Nothing;
    };
    match entry.mode {
        Mode::Idle | Mode::Held(_) => Work::Nothing,
        Mode::User(_) => look::slice(&scene, cpu, now).map_or(Work::NoSlice, Work::Slice),
        Mode::Switching { .. } => {
            look::kernel_work(&scene, cpu, now).map_or(Work::Nothing, Work::Switch)
        }
        Mode::Handling { .. } | Mode::Receiving { .. } => {
            look::kernel_work(&scene, cpu, now).map_or(Work::Nothing, Work::Handler)
        }
    }
}

/// The time slice, or the kernel's own work.
fn work(texts: &'static dyn Texts, view: View, cpu: CpuId) -> Tag {
    let words = move || {
        let unit = view.scene.read().code.config.unit;
        let done = |progress: Progress| texts.bare(unit, progress.done);
        let of = |progress: Progress| texts.span(unit, progress.of);
        match work_now(view, cpu) {
            Work::Nothing => String::new(),
            Work::NoSlice => texts.no_slice().to_owned(),
            Work::Slice(part) => texts.slice_used(&done(part), &of(part)),
            Work::Switch(part) => texts.switch_done(&done(part), &of(part)),
            Work::Handler(part) => texts.handler_done(&done(part), &of(part)),
        }
    };
    gauge("slice", move || work_now(view, cpu).progress(), words)
}

/// The CPU burst.
fn burst(texts: &'static dyn Texts, view: View, cpu: CpuId) -> Tag {
    let words = move || {
        let unit = view.scene.read().code.config.unit;
        burst_now(view, cpu).map_or_else(String::new, |progress| {
            texts.burst_done(
                &texts.bare(unit, progress.done),
                &texts.span(unit, progress.of),
            )
        })
    };
    gauge("burst", move || burst_now(view, cpu), words)
}

fn burst_now(view: View, cpu: CpuId) -> Option<Progress> {
    let scene = view.scene.read();
    let entry = scene.machine.cpus.get(cpu.index())?;
    // A CPU that waits with a task has none of its bursts to do.
    match entry.mode {
        Mode::Idle | Mode::Held(_) => None,
        Mode::User(_) | Mode::Switching { .. } | Mode::Handling { .. } | Mode::Receiving { .. } => {
            let on_cpu = entry.task()?;
            matches!(scene.machine.task(on_cpu).state, State::Running(_))
                .then(|| look::burst(&scene, cpu, view.now.get()))
                .flatten()
        }
    }
}

fn gauge(
    kind: &'static str,
    progress: impl Fn() -> Option<Progress> + Copy + 'static,
    words: impl Fn() -> String + 'static,
) -> Tag {
    let class = move || match progress() {
        Some(_) => format!("gauge {kind}"),
        None => format!("gauge {kind} empty"),
    };
    tag("div")
        .live_class(class)
        .child(tag("span").class("bar").child(look::bar(progress)))
        .child(tag("span").class("words").live_text(words))
}

/// A thin bar without words: slice where there is one, else burst.
fn thin(view: View, cpu: CpuId) -> Tag {
    let progress = move || {
        let work = work_now(view, cpu).progress();
        work.or_else(|| burst_now(view, cpu))
    };
    tag("div")
        .class("gauge thin")
        .child(tag("span").class("bar").child(look::bar(progress)))
}

/// The registers as they are in the CPU now.
fn registers(texts: &dyn Texts, view: View, cpu: CpuId) -> Option<Tag> {
    let scene = view.scene.read();
    let entry = scene.machine.cpus.get(cpu.index())?;
    let Mode::User(task) = entry.mode else {
        return None;
    };
    let ran: Span = view.now.get().since(entry.since);
    let Registers { pc, sp } = scene.machine.task(task).saved.after(ran);
    let register = |label: &str, value: &str| {
        let value = tag("b").text(value);
        tag("span").text(label).text(" ").child(value)
    };
    let registers = tag("div").class("registers");
    Some(
        registers
            .child(register(texts.pc_label(), &texts.program_counter(pc)))
            .child(register(texts.sp_label(), &sp.to_string())),
    )
}
