//! The workload: as a table and as text, two views of one thing.
//!
//! Not the checks: what is written goes to the session, which says what is wrong with it.

use sim_core::workload::InputError;

use crate::controls::{Segment, Shape, Weight, button, icon, segmented, text_field};
use crate::dom::{Tag, follow, tag};
use crate::files;
use crate::i18n::texts;
use crate::live::{Derived, State};
use crate::panels::editor::{Editor, editor};
use crate::panels::parameters::constants;
use crate::reactive::on_cleanup;
use crate::session::{Act, JobField, Problem, Scope, Session};
use crate::store::{Side, Store};

/// How the workload is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Table,
    Text,
}

/// Which columns are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Columns {
    Used,
    All,
}

/// The most rows of the table; a larger workload is edited as text.
const MOST_ROWS: usize = 100;

/// The workload.
#[must_use]
pub fn workload_panel() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let form = State::new(Form::Table);
    let forms = [
        Segment {
            value: Form::Table,
            label: text.as_table(),
            id: "table",
        },
        Segment {
            value: Form::Text,
            label: text.as_text(),
            id: "text",
        },
    ];
    let is_script = store.memo_of_runs(|session| session.plan().workload.script.is_some());
    let name = move || store.with(|session| session.plan().file_name());
    let open = button(
        "open-file",
        text.open_file_hint(),
        Weight::Plain,
        files::choose,
    );
    let new = button(
        "new-script",
        text.new_script_hint(),
        Weight::Plain,
        move || {
            store.act(Act::OpenText {
                name: text.new_script_name().to_owned(),
                text: text.new_script_text().to_owned(),
            });
            store.side.set(Side::Code);
        },
    );
    let keep = button("download", text.download_hint(), Weight::Plain, move || {
        store.peek(|session| {
            let plan = session.plan();
            files::download(&plan.file_name(), &plan.text());
        });
    });
    let tools = tag("div")
        .class("tools")
        .child(segmented(
            "workload-form",
            text.workload_form(),
            forms,
            move || form.get(),
            move |to| form.set(to),
        ))
        .child(tag("span").class("spread"))
        .child(new.child(icon(Shape::Plus)).text(text.new_script()))
        .child(open.text(text.open_file()))
        .child(keep.text(text.download()));
    tag("div")
        .class("workload")
        .testid("workload")
        .child(tools)
        .child(tag("p").class("note mono").live_text(name))
        .part(move || match form.get() {
            Form::Table if is_script.get() => script_form(),
            Form::Table => table(),
            Form::Text => text_form(),
        })
}

/// In place of a table: where the tasks are, and the numbers that can be changed.
fn script_form() -> Vec<Tag> {
    let store = Store::of_page();
    let text = texts();
    let show = button("show-code", text.code(), Weight::Plain, move || {
        store.side.set(Side::Code);
    });
    vec![
        tag("div")
            .class("tools")
            .child(tag("p").class("note").text(text.is_script()))
            .child(show.text(text.code())),
        constants(Derived::new(|| Scope::All)),
    ]
}

fn table() -> Vec<Tag> {
    let store = Store::of_page();
    let text = texts();
    let columns = State::new(Columns::Used);
    let count = store.memo_of_runs(|session| session.plan().workload.jobs.len());
    let fields = Derived::new(move || {
        let _ = count.get();
        let columns = columns.get();
        store.with(|session| {
            let fields = JobField::ALL.into_iter();
            fields
                .filter(|field| columns == Columns::All || is_used(session, *field))
                .collect()
        })
    });
    let fields: Derived<Vec<JobField>> = fields;
    let heads = move || {
        let heads = fields.get().into_iter().map(|field| {
            let (name, hint) = text.job_field(field);
            tag("th")
                .attr("scope", "col")
                .attr("title", hint)
                .text(name)
        });
        heads.collect::<Vec<_>>()
    };
    let last_head = tag("span").class("visually-hidden").text(text.remove_job());
    let heads = tag("tr").part(heads).child(tag("th").child(last_head));
    let rows = tag("tbody").each(
        move || (0..count.get().min(MOST_ROWS)).collect(),
        move |job| row(job, fields),
    );
    let jobs = tag("table")
        .class("jobs")
        .testid("jobs")
        .child(tag("thead").child(heads))
        .child(rows);
    let add = button("add-job", text.add_job(), Weight::Plain, move || {
        store.act(Act::AddJob);
    });
    let all_columns = button(
        "all-columns",
        text.all_columns(),
        Weight::Quiet,
        move || {
            columns.update(|columns| {
                *columns = match columns {
                    Columns::Used => Columns::All,
                    Columns::All => Columns::Used,
                };
            });
        },
    );
    let tools = tag("div")
        .class("tools")
        .child(add.child(icon(Shape::Plus)).text(text.add_job()))
        .child(
            all_columns
                .live_bool("aria-pressed", move || columns.get() == Columns::All)
                .text(text.all_columns()),
        );
    let cut = move || count.get().saturating_sub(MOST_ROWS);
    let class = move || if cut() > 0 { "note" } else { "hidden" }.to_owned();
    let cut = tag("p")
        .live_class(class)
        .live_text(move || text.more_jobs(cut()));
    vec![
        tag("div").class("table-scroll").child(jobs),
        tools,
        cut,
        tag("p").class("note").text(text.bursts_note()),
    ]
}

/// Whether a column says something: always who, when and what; the rest where a job differs from
/// a plain one.
fn is_used(session: &Session, field: JobField) -> bool {
    let plain = sim_core::workload::JobSpec::default();
    let unit = session.unit();
    let jobs = &session.plan().workload.jobs;
    matches!(field, JobField::Name | JobField::Arrival | JobField::Bursts)
        || jobs
            .iter()
            .any(|job| field.show(job, unit) != field.show(&plain, unit))
}

fn row(job: usize, fields: Derived<Vec<JobField>>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let cell = move |field: JobField| {
        let value = store.memo_of_runs(move |session| {
            let unit = session.unit();
            let spec = session.plan().workload.jobs.get(job);
            spec.map_or_else(String::new, |spec| field.show(spec, unit))
        });
        let change = move |text: String| store.act(Act::EditJob { job, field, text });
        let label = format!("{} {}", text.job_field(field).0, job + 1);
        let testid = format!("job-{job}-{}", field.key());
        tag("td")
            .class(&format!("job-{}", field.key()))
            .child(text_field(&testid, &label, "text", value, change))
    };
    let testid = format!("remove-job-{job}");
    let remove = button(&testid, text.remove_job(), Weight::Quiet, move || {
        store.act(Act::RemoveJob(job));
    });
    tag("tr")
        .part(move || fields.get().into_iter().map(cell).collect::<Vec<_>>())
        .child(tag("td").child(remove.child(icon(Shape::Close))))
}

fn text_form() -> Vec<Tag> {
    let store = Store::of_page();
    let text = texts();
    let current = store.memo_of_runs(|session| session.plan().text());
    // What is in the field: it may be no workload at the moment.
    let written = State::new(current.get_untracked());
    let problem = store.memo(|session| match session.problem() {
        Some(Problem::Input(error)) => Some(error.clone()),
        _ => None,
    });
    let wrong = Derived::new(move || {
        let line = |problem: &InputError| problem.line.unwrap_or_default();
        problem.with(|problem| problem.iter().map(line).collect::<Vec<_>>())
    });
    store.writing.set(true);
    on_cleanup(move || {
        store.writing.set(false);
    });
    let write = move |text: String| store.act(Act::EditWorkload { text });
    let Editor { frame, field } = editor(
        "workload-text",
        text.workload_text(),
        "text-error",
        written,
        wrong,
        write,
    );
    // The field follows what was changed elsewhere; what stands in it already is left alone, so
    // that the caret stays where it is.
    follow(move || {
        let current = current.get();
        if field.value() != current {
            field.set_value(&current);
            written.set(current);
        }
    });
    let error = move || {
        problem.with(|problem| {
            problem
                .as_ref()
                .map_or_else(String::new, ToString::to_string)
        })
    };
    vec![
        frame,
        tag("p")
            .class("code-error")
            .attr("id", "text-error")
            .testid("text-error")
            .attr("role", "status")
            .live_text(error),
    ]
}
