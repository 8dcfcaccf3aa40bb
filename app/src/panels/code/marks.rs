//! What stands at the lines of a script at one moment: the tasks, as chips, and what the last event was
//! about.

use sim_core::call::Reason;
use sim_core::ids::TaskId;
use sim_core::machine::State;
use sim_core::program::Job;
use web_sys::Element;

use crate::dom::Html;
use crate::i18n::Texts;
use crate::scene::Scene;
use crate::stage::look;

/// The class of a line.
pub(super) const ROW: &str = "code-row";
/// The most chips at a line; of more there is the number.
pub(super) const MOST_CHIPS: usize = 3;

/// What stands at a line.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Mark {
    pub(super) line: u32,
    class: &'static str,
    title: String,
    chips: Html,
}

impl Mark {
    /// Nothing.
    pub(super) fn none(line: u32) -> Self {
        Self {
            line,
            class: ROW,
            ..Self::default()
        }
    }

    pub(super) fn put_on(&self, row: &Element) {
        let _ = row.set_attribute("class", self.class);
        let _ = row.set_attribute("title", &self.title);
        if let Some(chips) = row.first_element_child() {
            self.chips.put_into(&chips);
        }
    }
}

/// The lines at which something stands, in order.
pub(super) fn marks(
    texts: &dyn Texts,
    scene: &Scene,
    names: &[String],
    selection: Option<TaskId>,
) -> Vec<Mark> {
    let tasks = (0..scene.machine.threads.len()).map(TaskId::from_index);
    let is_here = |task: &TaskId| {
        let entry = scene.machine.task(*task);
        entry.is_live() && entry.state != State::New
    };
    let at = tasks.filter(is_here);
    let mut at: Vec<_> = at
        .filter_map(|task| Some((scene.line_of(task)?, task)))
        .collect();
    sim_core::sort::sort_by_key(&mut at, |place| *place);
    let happened = scene.line();
    // In order without sorting again: the code for that is large.
    let mut lines: Vec<u32> = at.iter().map(|(line, _)| *line).collect();
    if let Some(line) = happened {
        lines.insert(lines.partition_point(|own| *own < line), line);
    }
    lines.dedup();
    let mark = |line: u32| {
        let first = at.partition_point(|(own, _)| *own < line);
        let tasks = at[first..].iter().take_while(|(own, _)| *own == line);
        let tasks: Vec<_> = tasks.map(|(_, task)| *task).collect();
        Mark {
            line,
            class: class(scene, line, happened, &tasks),
            title: title(texts, scene, &tasks),
            chips: chips(texts, scene, names, selection, &tasks),
        }
    };
    lines.into_iter().map(mark).collect()
}

fn class(scene: &Scene, line: u32, happened: Option<u32>, tasks: &[TaskId]) -> &'static str {
    let is_blocked = |task: &TaskId| {
        let state = scene.machine.task(*task).state;
        matches!(state, State::Blocked(reason) if reason != Reason::Interpreter)
    };
    match (happened == Some(line), tasks.iter().any(is_blocked)) {
        (true, true) => "code-row happened blocked",
        (true, false) => "code-row happened",
        (false, true) => "code-row blocked",
        (false, false) => ROW,
    }
}

/// Who is here, a task a line.
fn title(texts: &dyn Texts, scene: &Scene, tasks: &[TaskId]) -> String {
    /// More than these nobody reads.
    const MOST: usize = 12;
    let lines = tasks
        .iter()
        .take(MOST)
        .map(|task| texts.at_line(scene, *task));
    lines.collect::<Vec<_>>().join("\n")
}

fn chips(
    texts: &dyn Texts,
    scene: &Scene,
    names: &[String],
    selection: Option<TaskId>,
    tasks: &[TaskId],
) -> Html {
    let mut html = Html::new();
    let room = if tasks.len() > MOST_CHIPS {
        MOST_CHIPS - 1
    } else {
        MOST_CHIPS
    };
    // Whom one looks for is among those that are shown.
    let wanted = |task: &&TaskId| Some(**task) == selection || Some(**task) == scene.concerned();
    let others = tasks.iter().filter(|task| !wanted(task));
    for task in tasks.iter().filter(wanted).chain(others).take(room) {
        let state = look::state_class(look::seen(&scene.machine, *task));
        let is_marked = selection == Some(*task);
        let marked = if is_marked { " marked" } else { "" };
        let name = texts.at_line(scene, *task);
        let attributes = [
            ("type", "button"),
            ("class", &*format!("chip {state}{marked}")),
            ("data-task", &task.0.to_string()),
            ("aria-pressed", if is_marked { "true" } else { "false" }),
            ("title", &name),
        ];
        let short = names.get(task.index()).map_or("", |name| name);
        html.element("button", &attributes, short);
    }
    let more = tasks.len().saturating_sub(room);
    if more > 0 {
        html.element("span", &[("class", "chip-more")], &format!("+{more}"));
    }
    html
}

/// A name of a few letters for each job: what tells its kind from the others, and its index.
pub(super) fn short_names(jobs: &[Job]) -> Vec<String> {
    /// The longest start of a name that is shown.
    const LONGEST: usize = 3;
    // The index of a replica, or the number at the end of a name.
    let split = |job: &Job| match job.name.split_once('[') {
        Some((base, index)) => (base.to_owned(), index.trim_end_matches(']').to_owned()),
        None => {
            let base = job
                .name
                .trim_end_matches(|letter: char| letter.is_ascii_digit());
            (base.to_owned(), job.name[base.len()..].to_owned())
        }
    };
    let parts: Vec<_> = jobs.iter().map(split).collect();
    let mut bases: Vec<&str> = Vec::new();
    for (base, _) in &parts {
        // Replicas follow each other: mostly it is the last one.
        if bases.last() != Some(&&**base) && !bases.contains(&&**base) {
            bases.push(base);
        }
    }
    let start = |base: &str, length| base.chars().take(length).collect::<String>();
    let names = parts.iter().map(|(base, index)| {
        let is_alone = |length: &usize| {
            let own = start(base, *length);
            bases
                .iter()
                .filter(|other| start(other, *length) == own)
                .count()
                == 1
        };
        // A name without a number is shown as far as there is room.
        let least = if index.is_empty() { LONGEST } else { 1 };
        let length = (least..LONGEST).find(is_alone).unwrap_or(LONGEST);
        start(base, length) + index
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use sim_core::program::Code;
    use sim_core::workload::Workload;

    use super::*;

    #[test]
    fn short_names_tell_tasks_apart() {
        let code = |text: &str| -> Code {
            let workload = Workload::from_script("s", text).unwrap();
            workload.code(&workload.settings).unwrap()
        };
        let names = |text: &str| short_names(&code(text).jobs);
        assert_eq!(
            names("task philosopher * 2\n  yield\ntask one\n  yield\n"),
            ["p0", "p1", "one"]
        );
        assert_eq!(
            names("task worker * 2\n  yield\ntask writer * 2\n  yield\ntask A\n  yield\n"),
            ["wo0", "wo1", "wr0", "wr1", "A"]
        );
        assert_eq!(
            names("task reader1\n  yield\ntask reader2\n  yield\ntask x\n  yield\n"),
            ["r1", "r2", "x"]
        );
    }
}
