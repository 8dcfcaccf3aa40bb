//! The CPUs' boxes: what each does, how far slice, burst and switch are, and its live registers.

use leptos::prelude::*;
use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Mode, Registers, State};
use sim_core::time::Span;

use super::look::{self, Progress};
use super::{View, placed};
use crate::i18n::{Texts, texts};
use crate::layout::{CpuPlan, Detail, Plan};

/// All CPUs of a plan.
pub(super) fn cpus(plan: &Plan, view: View) -> impl IntoView + use<> {
    let detail = plan.scale.detail;
    let boxes: Vec<_> = plan
        .cpus
        .iter()
        .map(|cpu| cpu_box(cpu, detail, view))
        .collect();
    let rest = (plan.hidden_cpus > 0).then(|| {
        let last = plan.cpus.last().map(|cpu| cpu.frame).unwrap_or_default();
        let style = format!("left:{:.1}px;top:{:.1}px", last.x, last.bottom() + 2.0);
        view! { <span class="rest-of-cpus" style=style>{texts().more_cpus(plan.hidden_cpus)}</span> }
    });
    view! { {boxes} {rest} }
}

/// What a CPU does, as far as its box shows it.
#[derive(Clone, PartialEq)]
struct Doing {
    class: &'static str,
    words: String,
}

fn cpu_box(plan: &CpuPlan, detail: Detail, view: View) -> impl IntoView + use<> {
    let texts = texts();
    let cpu = plan.cpu;
    let doing = Memo::new(move |_| doing(texts, view, cpu));
    let title = match detail {
        Detail::Full | Detail::Medium => texts.cpu(cpu),
        Detail::Compact => cpu.0.to_string(),
    };
    let words = move || match detail {
        Detail::Compact => String::new(),
        Detail::Full | Detail::Medium => doing.read().words.clone(),
    };
    let gauges = match detail {
        Detail::Full => view! {
            {work(texts, view, cpu)}
            {burst(texts, view, cpu)}
            {registers(texts, view, cpu)}
        }
        .into_any(),
        Detail::Medium => {
            // There is room for one gauge: where there is no slice, the burst.
            let is_sliced = Memo::new(move |_| !matches!(work_now(view, cpu), Work::NoSlice));
            view! {
                {move || match is_sliced.get() {
                    true => work(texts, view, cpu).into_any(),
                    false => burst(texts, view, cpu).into_any(),
                }}
            }
            .into_any()
        }
        Detail::Compact => thin(view, cpu).into_any(),
    };
    let idle_slot = placed(&plan.token);
    view! {
        <div class=move || format!("box cpu {}", doing.read().class) style=placed(&plan.frame)>
            <span class="box-title">
                <b>{title}</b>
                <em>{words}</em>
            </span>
        </div>
        <div class="slot" style=idle_slot></div>
        <div
            class=move || format!("gauges {}", doing.read().class)
            style=placed(&plan.gauges)
        >
            {gauges}
        </div>
    }
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
        Mode::User(_) => ("cpu-user", texts.running().to_owned()),
        Mode::Switching { .. } => ("cpu-kernel", texts.switching().to_owned()),
        Mode::Handling { .. } => ("cpu-kernel", texts.handling().to_owned()),
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
        Mode::Handling { .. } => {
            look::kernel_work(&scene, cpu, now).map_or(Work::Nothing, Work::Handler)
        }
    }
}

/// The time slice, or the kernel's own work.
fn work(texts: &'static dyn Texts, view: View, cpu: CpuId) -> impl IntoView {
    let work = Memo::new(move |_| work_now(view, cpu));
    let words = Memo::new(move |_| {
        let unit = view.scene.read().code.config.unit;
        let say = |progress: Progress, words: &dyn Fn(&str, &str) -> String| {
            words(
                &texts.bare(unit, progress.done),
                &texts.span(unit, progress.of),
            )
        };
        match work.get() {
            Work::Nothing => String::new(),
            Work::NoSlice => texts.no_slice().to_owned(),
            Work::Slice(progress) => say(progress, &|done, of| texts.slice_used(done, of)),
            Work::Switch(progress) => say(progress, &|done, of| texts.switch_done(done, of)),
            Work::Handler(progress) => say(progress, &|done, of| texts.handler_done(done, of)),
        }
    });
    let progress = Memo::new(move |_| work.get().progress());
    gauge("slice", progress, words)
}

/// The CPU burst.
fn burst(texts: &'static dyn Texts, view: View, cpu: CpuId) -> impl IntoView {
    let progress = Memo::new(move |_| burst_now(view, cpu));
    let words = Memo::new(move |_| {
        let unit = view.scene.read().code.config.unit;
        progress.get().map_or_else(String::new, |progress| {
            texts.burst_done(
                &texts.bare(unit, progress.done),
                &texts.span(unit, progress.of),
            )
        })
    });
    gauge("burst", progress, words)
}

fn burst_now(view: View, cpu: CpuId) -> Option<Progress> {
    let scene = view.scene.read();
    let entry = scene.machine.cpus.get(cpu.index())?;
    // A CPU that waits with a task has none of its bursts to do.
    match entry.mode {
        Mode::Idle | Mode::Held(_) => None,
        Mode::User(_) | Mode::Switching { .. } | Mode::Handling { .. } => {
            let on_cpu = entry.task()?;
            matches!(scene.machine.task(on_cpu).state, State::Running(_))
                .then(|| look::burst(&scene, cpu, view.now.get()))
                .flatten()
        }
    }
}

fn gauge(
    kind: &'static str,
    progress: Memo<Option<Progress>>,
    words: Memo<String>,
) -> impl IntoView {
    let scale = move || {
        let share = progress.get().map_or(0.0, Progress::share);
        format!("scaleX({share:.3})")
    };
    let class = move || match progress.get() {
        Some(_) => format!("gauge {kind}"),
        None => format!("gauge {kind} empty"),
    };
    view! {
        <div class=class>
            <span class="bar">
                <i style:transform=scale></i>
            </span>
            <span class="words">{words}</span>
        </div>
    }
}

/// A thin bar without words: slice where there is one, else burst.
fn thin(view: View, cpu: CpuId) -> impl IntoView {
    let progress = Memo::new(move |_| {
        let work = work_now(view, cpu).progress();
        work.or_else(|| burst_now(view, cpu))
    });
    let scale = move || {
        let share = progress.get().map_or(0.0, Progress::share);
        format!("scaleX({share:.3})")
    };
    view! {
        <div class="gauge thin">
            <span class="bar">
                <i style:transform=scale></i>
            </span>
        </div>
    }
}

/// The registers as they are in the CPU now.
fn registers(texts: &'static dyn Texts, view: View, cpu: CpuId) -> impl IntoView {
    let registers = Memo::new(move |_| {
        let scene = view.scene.read();
        let entry = scene.machine.cpus.get(cpu.index())?;
        let Mode::User(task) = entry.mode else {
            return None;
        };
        let ran: Span = view.now.get().since(entry.since);
        let Registers { pc, sp } = scene.machine.task(task).saved.after(ran);
        Some((texts.program_counter(pc), sp))
    });
    move || {
        registers.get().map(|(pc, sp)| {
            view! {
                <div class="registers">
                    <span>{texts.pc_label()} " " <b>{pc}</b></span>
                    <span>{texts.sp_label()} " " <b>{sp}</b></span>
                </div>
            }
        })
    }
}
