//! The workload: as a table and as text, two views of one thing.
//!
//! Not the checks: what is written goes to the session, which says what is wrong with it.

use web_sys::HtmlTextAreaElement;

use crate::controls::{Segment, Shape, Weight, button, icon, segmented, text_field};
use crate::dom::{Html, Tag, follow, tag, value_of};
use crate::files;
use crate::i18n::texts;
use crate::live::{Derived, State};
use crate::reactive::on_cleanup;
use crate::session::{Act, JobField, Problem, Session};
use crate::store::Store;

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
    let name = move || store.with(|session| session.plan().file_name());
    let open = button(
        "open-file",
        text.open_file_hint(),
        Weight::Plain,
        files::choose,
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
        .child(open.text(text.open_file()))
        .child(keep.text(text.download()));
    tag("div")
        .class("workload")
        .testid("workload")
        .child(tools)
        .child(tag("p").class("note mono").live_text(name))
        .part(move || match form.get() {
            Form::Table => table(),
            Form::Text => text_form(),
        })
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
    let has_problem = move || problem.with(Option::is_some);
    store.writing.set(true);
    on_cleanup(move || {
        store.writing.set(false);
    });
    let field = tag("textarea")
        .class("code-text")
        .testid("workload-text")
        .attr("aria-label", text.workload_text())
        .live_bool("aria-invalid", has_problem)
        .attr("aria-describedby", "text-error")
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .attr("wrap", "off");
    let gutter = tag("div").class("code-lines").attr("aria-hidden", "true");
    // The field follows what was changed elsewhere; what stands in it already is left alone, so
    // that the caret stays where it is.
    let element: HtmlTextAreaElement = field.element_as();
    follow(move || {
        let current = current.get();
        if element.value() != current {
            element.set_value(&current);
            written.set(current);
        }
    });
    let wrong_line = move || problem.with(|problem| problem.as_ref().and_then(|each| each.line));
    let lines = Derived::new(move || written.with(|text| text.split('\n').count()));
    let numbers = move || {
        let wrong = wrong_line();
        let mut numbers = Html::new();
        for line in 1..=lines.get() {
            let is_wrong = wrong.is_some_and(|wrong| wrong as usize == line);
            let class = if is_wrong { "wrong" } else { "" };
            numbers.element("div", &[("class", class)], &line.to_string());
        }
        numbers
    };
    let write = move |event: web_sys::Event| {
        let text = value_of(&event);
        written.set(text.clone());
        store.act(Act::EditWorkload { text });
    };
    let (from, to) = (field.element(), gutter.element());
    let scroll = move |_| to.set_scroll_top(from.scroll_top());
    let class = move || match has_problem() {
        true => "code invalid".to_owned(),
        false => "code".to_owned(),
    };
    let error = move || {
        problem.with(|problem| {
            problem
                .as_ref()
                .map_or_else(String::new, ToString::to_string)
        })
    };
    vec![
        tag("div")
            .live_class(class)
            .child(gutter.live_html(numbers))
            .child(field.on("input", write).on("scroll", scroll)),
        tag("p")
            .class("code-error")
            .attr("id", "text-error")
            .testid("text-error")
            .attr("role", "status")
            .live_text(error),
    ]
}
