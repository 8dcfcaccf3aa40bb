//! The process table: each task's process control block, as the kernel keeps it.
//!
//! Not a log: it shows one moment, and marks what the last event changed.

use std::sync::Arc;

use sim_core::ids::TaskId;
use sim_core::machine::{Machine, Mode, ProcessState, State};
use sim_core::policy::Policy;
use sim_core::program::{Code, OperatingSystem, PolicyKind};

use crate::dom::{Html, Tag, tag};
use crate::family;
use crate::i18n::{Column, Ranking, Seen, Texts, texts};
use crate::live::Derived;
use crate::panels::rows::{head_of, rows};
use crate::scene::Scene;
use crate::stage::look;

/// Shows the process table.
#[must_use]
pub fn process_table(scene: Derived<Arc<Scene>>) -> Tag {
    let texts = texts();
    // Read here: the table is drawn anew for other columns.
    let columns = Derived::new(move || columns(&scene.read())).get();
    // Places of the table that stay empty to the end have no row.
    let run = Derived::new(move || scene.read().run());
    let tasks = Derived::new(move || family::tasks_of(&run.read().0));
    let count = Derived::new(move || tasks.with(Vec::len));
    let wanted = Derived::new(move || {
        let concerned = scene.read().concerned()?;
        tasks.with(|tasks| tasks.binary_search(&concerned).ok())
    });
    let head = head_of(columns.iter().map(|column| {
        let (name, meaning) = texts.column(*column);
        (column_class(*column), name, meaning)
    }));
    let row = move |number: usize| {
        let task = Derived::new(move || tasks.with(|tasks| tasks.get(number).copied()));
        row(texts, task, columns.clone(), scene)
    };
    let label = texts.process_table();
    rows(
        "process-table",
        label,
        &head,
        count,
        move || wanted.get(),
        row,
    )
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
    columns.push(Column::Parent);
    if family::has_processes(code) {
        columns.push(Column::Status);
    }
    columns.extend([
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
        PolicyKind::Hrrn => Some(Ranking::ResponseRatio),
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
struct Cell {
    text: String,
    class: &'static str,
    title: String,
}

fn row(
    texts: &'static dyn Texts,
    task: Derived<Option<TaskId>>,
    columns: Vec<Column>,
    scene: Derived<Arc<Scene>>,
) -> Tag {
    // One memo a row: many rows change with every event.
    let look = Derived::new(move || {
        let scene = scene.read();
        // Between two runs a row may be of the other one for a moment.
        let task = task.get()?;
        let is_there = task.index() < scene.machine.tasks.len();
        is_there.then(|| look_of(texts, &scene, task, &columns))
    });
    let class = move || look.with(|look| look.as_ref().map(|look| look.class.clone()));
    let cells = move || {
        look.with(|look| look.as_ref().map(|look| look.cells.clone()))
            .unwrap_or_default()
    };
    tag("div")
        .attr("role", "row")
        .live("data-task", move || {
            task.get()
                .map_or_else(String::new, |task| task.0.to_string())
        })
        .live_if("class", class)
        .live_html(cells)
}

/// What a row shows.
#[derive(Clone, PartialEq)]
struct Look {
    class: String,
    cells: Html,
}

fn look_of(texts: &dyn Texts, scene: &Scene, task: TaskId, columns: &[Column]) -> Look {
    let state = look::state_class(look::seen(&scene.machine, task));
    let concerned = if scene.concerned() == Some(task) {
        " concerned"
    } else {
        ""
    };
    let mut cells = Html::new();
    for column in columns {
        let cell = cell(texts, scene, task, *column);
        // The two classes look alike: changing from one to the other starts the flash anew when a
        // cell changes twice in a row.
        let flash = match has_changed(scene, task, *column) {
            true if scene.position.is_multiple_of(2) => " changed-even",
            true => " changed-odd",
            false => "",
        };
        let class = format!("{} {}{flash}", column_class(*column), cell.class);
        let attributes = [("role", "cell"), ("class", &class), ("title", &cell.title)];
        cells.element("span", &attributes, &cell.text);
    }
    Look {
        class: format!("row {state}{concerned}"),
        cells,
    }
}

fn cell(texts: &dyn Texts, scene: &Scene, task: TaskId, column: Column) -> Cell {
    let (code, machine) = (&scene.code, &scene.machine);
    let unit = code.config.unit;
    let (job, entry) = (code.job(task), machine.task(task));
    let seen = look::seen(machine, task);
    let is_here = seen != Seen::Absent;
    let not_seen = || texts.not_seen().to_owned();
    let text = match column {
        Column::Number if !is_here || !family::has_processes(code) => task.0.to_string(),
        Column::Number => family::pid(entry.process).to_string(),
        Column::Name => job.name.clone(),
        Column::State => {
            return Cell {
                text: state_words(texts, scene, task),
                class: "state-word",
                title: String::new(),
            };
        }
        _ if !is_here => String::new(),
        Column::Rank(_) => rank(texts, scene, task),
        Column::ProgramCounter => {
            if let State::Running(cpu) = entry.state
                && machine.cpu(cpu).mode == Mode::User(task)
            {
                let ran = machine.now.since(machine.cpu(cpu).since);
                return Cell {
                    text: texts.program_counter(entry.saved.after(ran).pc),
                    class: "live",
                    title: texts.live_on(cpu),
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
        Column::Parent if family::has_processes(code) => match machine.process_of(task) {
            Some(process) if code.config.os == OperatingSystem::Unix => {
                let name = machine.process_name(code, process.parent);
                format!("{} {name}", family::pid(process.parent))
            }
            _ => String::new(),
        },
        Column::Status => {
            let process = machine.process_of(task);
            let ended = process.filter(|process| {
                matches!(process.state, ProcessState::Zombie | ProcessState::Gone)
            });
            ended.map_or_else(String::new, |process| texts.exit_status(process.status))
        }
        Column::Parent => match job.parent {
            Some(parent) => code.job(parent).name.clone(),
            None => texts.first_process().to_owned(),
        },
        Column::Cpu if machine.is_task_level() => match scene.trace.cpu_of(machine, task) {
            Some(cpu) => texts.bare(unit, cpu),
            None => not_seen(),
        },
        Column::Waiting | Column::Switches if machine.is_task_level() => not_seen(),
        Column::Cpu => texts.bare(unit, machine.accounting(task).cpu),
        Column::Waiting => texts.bare(unit, machine.accounting(task).waiting),
        Column::Blocked => texts.bare(unit, machine.accounting(task).blocked),
        Column::Switches => entry.accounting.dispatches.to_string(),
    };
    Cell {
        text,
        class: "",
        title: String::new(),
    }
}

/// A task's state, and where it runs, or for what it waits.
pub(super) fn state_words(texts: &dyn Texts, scene: &Scene, task: TaskId) -> String {
    let (code, machine) = (&scene.code, &scene.machine);
    let word = texts.state(look::seen(machine, task));
    match machine.task(task).state {
        State::Blocked(reason) => format!("{word}: {}", texts.waits_for(code, reason)),
        State::Running(cpu) => format!("{word}: {}", texts.cpu(cpu)),
        // Whoever is made at run time has no time at which it arrives.
        State::Absent if code.slots.count() > 0 && !code.slots.is_declared(task) => {
            texts.not_made().to_owned()
        }
        State::Absent => {
            let arrival = texts.moment(code.config.unit, code.job(task).arrival);
            format!("{word}: {arrival}")
        }
        _ => word.to_owned(),
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
        | Column::Status
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
        Column::Status => "col-status",
        Column::Cpu | Column::Waiting | Column::Blocked => "col-time",
        Column::Switches => "col-switches",
    }
}
