//! The process table: each task's process control block, as the kernel keeps it.
//!
//! Not a log: it shows one moment, and marks what the last event changed.

use std::sync::Arc;

use leptos::prelude::*;
use sim_core::ids::TaskId;
use sim_core::machine::{Machine, Mode, State};
use sim_core::policy::Policy;
use sim_core::program::{Code, PolicyKind};
use sim_core::time::Time;

use crate::i18n::{Column, Ranking, Seen, Texts, texts};
use crate::panels::rows::Rows;
use crate::scene::Scene;
use crate::stage::look;

/// Shows the process table.
#[component]
pub fn ProcessTable(
    /// What to show.
    #[prop(into)]
    scene: Signal<Arc<Scene>>,
    /// The playing clock, for the program counters that live in CPUs.
    #[prop(optional, into)]
    clock: Option<Signal<Time>>,
) -> impl IntoView {
    let texts = texts();
    let columns = Memo::new(move |_| columns(&scene.read()));
    let count = Memo::new(move |_| scene.read().machine.tasks.len());
    let wanted = Memo::new(move |_| scene.read().concerned().map(TaskId::index));
    let table = move || {
        let columns = columns.get();
        let head: Vec<_> = columns
            .iter()
            .map(|column| {
                let (name, meaning) = texts.column(*column);
                view! {
                    <span role="columnheader" class=column_class(*column)>
                        <abbr title=meaning>{name}</abbr>
                    </span>
                }
            })
            .collect();
        let row = move |number: usize| {
            row(
                texts,
                TaskId::from_index(number),
                columns.clone(),
                scene,
                clock,
            )
        };
        view! {
            <Rows
                class="process-table"
                label=texts.process_table()
                head=head.into_any()
                count=count
                wanted=wanted
                row=Callback::new(row)
            />
        }
    };
    table.into_any()
}

/// The columns that a run fills.
fn columns(scene: &Scene) -> Vec<Column> {
    let code = &scene.code;
    let mut columns = vec![Column::Number, Column::Name, Column::State];
    columns.extend(ranking(code).map(Column::Rank));
    columns.extend([Column::ProgramCounter, Column::StackPointer]);
    if !code.partitions.is_empty() {
        columns.push(Column::Memory);
    }
    if code.jobs.iter().any(|job| !job.files.is_empty()) {
        columns.push(Column::Files);
    }
    columns.extend([
        Column::Parent,
        Column::Cpu,
        Column::Waiting,
        Column::Blocked,
        Column::Switches,
    ]);
    columns
}

/// By what the policy ranks tasks, if by anything.
const fn ranking(code: &Code) -> Option<Ranking> {
    match code.config.policy.kind {
        PolicyKind::Fcfs | PolicyKind::Rr => None,
        PolicyKind::Sjf => Some(Ranking::Burst),
        PolicyKind::Srtf => Some(Ranking::Remaining),
        PolicyKind::Priority => Some(Ranking::Priority),
        PolicyKind::Mlfq => Some(Ranking::Level),
        PolicyKind::Lottery => Some(Ranking::Tickets),
        PolicyKind::Stride => Some(Ranking::Pass),
        PolicyKind::Cfs => Some(Ranking::VirtualRuntime),
        PolicyKind::Edf => Some(Ranking::Deadline),
        PolicyKind::Rm => Some(Ranking::Period),
    }
}

/// What a cell shows.
#[derive(Clone, PartialEq)]
struct Cell {
    text: String,
    class: String,
    title: Option<String>,
}

fn row(
    texts: &'static dyn Texts,
    task: TaskId,
    columns: Vec<Column>,
    scene: Signal<Arc<Scene>>,
    clock: Option<Signal<Time>>,
) -> AnyView {
    // One memo and one effect a row: many rows change with every event.
    let look = Memo::new(move |_| {
        let scene = scene.read();
        // Between two runs a row may be of the other one for a moment.
        let is_there = task.index() < scene.machine.tasks.len();
        is_there.then(|| look_of(texts, &scene, task, &columns, clock))
    });
    let class = move || look.with(|look| look.as_ref().map(|look| look.class.clone()));
    let cells = move || {
        look.with(|look| {
            let cells = look.iter().flat_map(|look| &look.cells);
            cells
                .map(|cell| {
                    let Cell { text, class, title } = cell.clone();
                    view! { <span role="cell" class=class title=title>{text}</span> }
                })
                .collect_view()
        })
    };
    view! {
        <div role="row" class=class data-task=task.0>
            {cells}
        </div>
    }
    .into_any()
}

/// What a row shows.
#[derive(Clone, PartialEq)]
struct Look {
    class: String,
    cells: Vec<Cell>,
}

fn look_of(
    texts: &dyn Texts,
    scene: &Scene,
    task: TaskId,
    columns: &[Column],
    clock: Option<Signal<Time>>,
) -> Look {
    let state = look::state_class(look::seen(&scene.machine, task));
    let concerned = if scene.concerned() == Some(task) {
        " concerned"
    } else {
        ""
    };
    let cells = columns.iter().map(|column| {
        let mut cell = cell(texts, scene, task, *column, clock);
        // The two classes look alike: changing from one to the other starts the flash anew when a
        // cell changes twice in a row.
        let flash = match has_changed(scene, task, *column) {
            true if scene.position.is_multiple_of(2) => " changed-even",
            true => " changed-odd",
            false => "",
        };
        cell.class = format!("{} {}{flash}", column_class(*column), cell.class);
        cell
    });
    Look {
        class: format!("row {state}{concerned}"),
        cells: cells.collect(),
    }
}

fn cell(
    texts: &dyn Texts,
    scene: &Scene,
    task: TaskId,
    column: Column,
    clock: Option<Signal<Time>>,
) -> Cell {
    let (code, machine) = (&scene.code, &scene.machine);
    let unit = code.config.unit;
    let (job, entry) = (code.job(task), machine.task(task));
    let seen = look::seen(machine, task);
    let is_here = seen != Seen::Absent;
    let text = match column {
        Column::Number => task.0.to_string(),
        Column::Name => job.name.clone(),
        Column::State => {
            let word = texts.state(seen);
            match entry.state {
                State::Blocked(reason) => format!("{word}: {}", texts.waits_for(code, reason)),
                State::Running(cpu) => format!("{word}: {}", texts.cpu(cpu)),
                State::Absent => format!("{word}: {}", texts.moment(unit, job.arrival)),
                _ => word.to_owned(),
            }
        }
        _ if !is_here => String::new(),
        Column::Rank(_) => rank(texts, scene, task),
        Column::ProgramCounter => {
            if let State::Running(cpu) = entry.state
                && machine.cpu(cpu).mode == Mode::User(task)
            {
                let now = clock.map_or(machine.now, |clock| clock.get().max(machine.now));
                let pc = entry.saved.after(now.since(machine.cpu(cpu).since)).pc;
                let title = Some(texts.live_on(cpu));
                return Cell {
                    text: texts.program_counter(pc),
                    class: "live".to_owned(),
                    title,
                };
            }
            texts.program_counter(entry.saved.pc)
        }
        Column::StackPointer => machine.registers(task).sp.to_string(),
        Column::Memory => entry
            .partition
            .map_or_else(String::new, |partition| partition.0.to_string()),
        Column::Files if matches!(seen, Seen::Zombie | Seen::Exited) => String::new(),
        Column::Files => job.files.join(" "),
        Column::Parent => match job.parent {
            Some(parent) => code.job(parent).name.clone(),
            None => texts.first_process().to_owned(),
        },
        Column::Cpu => texts.bare(unit, machine.accounting(task).cpu),
        Column::Waiting => texts.bare(unit, machine.accounting(task).waiting),
        Column::Blocked => texts.bare(unit, machine.accounting(task).blocked),
        Column::Switches => entry.accounting.dispatches.to_string(),
    };
    let class = if column == Column::State {
        "state-word"
    } else {
        ""
    };
    Cell {
        text,
        class: class.to_owned(),
        title: None,
    }
}

fn rank(texts: &dyn Texts, scene: &Scene, task: TaskId) -> String {
    let machine = &scene.machine;
    if !machine.task(task).is_live() {
        return String::new();
    }
    if let Some((level, _)) = machine.scheduler.level(task) {
        return texts.level(level);
    }
    let key = machine.scheduler.key(&machine.context(&scene.code), task);
    key.map_or_else(String::new, |key| texts.key(scene.code.config.unit, key))
}

/// Whether the last event changed what a cell shows. Sums of time change all the time; they are
/// not marked.
fn has_changed(scene: &Scene, task: TaskId, column: Column) -> bool {
    let Some(before) = &scene.before else {
        return false;
    };
    let after = &scene.machine;
    let (Some(was), Some(is)) = (
        before.tasks.get(task.index()),
        after.tasks.get(task.index()),
    ) else {
        return false;
    };
    match column {
        Column::State => look::seen(before, task) != look::seen(after, task),
        Column::Rank(Ranking::Level) => before.scheduler.level(task) != after.scheduler.level(task),
        Column::Rank(Ranking::Priority | Ranking::Deadline | Ranking::Pass) => {
            let key =
                |machine: &Machine| machine.scheduler.key(&machine.context(&scene.code), task);
            was.is_live() && key(before) != key(after)
        }
        Column::ProgramCounter => was.saved.pc != is.saved.pc,
        Column::StackPointer => was.saved.sp != is.saved.sp,
        Column::Memory => was.partition != is.partition,
        Column::Switches => was.accounting.dispatches != is.accounting.dispatches,
        Column::Number
        | Column::Name
        | Column::Rank(_)
        | Column::Files
        | Column::Parent
        | Column::Cpu
        | Column::Waiting
        | Column::Blocked => false,
    }
}

/// A column's class: narrow screens leave some out.
const fn column_class(column: Column) -> &'static str {
    match column {
        Column::Number => "col-number",
        Column::Name => "col-name",
        Column::State => "col-state",
        Column::Rank(_) => "col-rank",
        Column::ProgramCounter => "col-pc",
        Column::StackPointer => "col-sp",
        Column::Memory => "col-memory",
        Column::Files => "col-files",
        Column::Parent => "col-parent",
        Column::Cpu | Column::Waiting | Column::Blocked => "col-time",
        Column::Switches => "col-switches",
    }
}
