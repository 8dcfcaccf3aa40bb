//! The workload: as a table and as text, two views of one thing.
//!
//! Not the checks: what is written goes to the session, which says what is wrong with it.

use leptos::html;
use leptos::prelude::*;

use crate::controls::{Button, Icon, Segment, Segmented, Shape, TextField, Weight, value_of};
use crate::files::{FileField, download};
use crate::i18n::texts;
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
#[component]
pub fn WorkloadPanel() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let form = RwSignal::new(Form::Table);
    let forms = vec![
        Segment {
            value: Form::Table,
            label: text.as_table().into(),
            id: "table".into(),
        },
        Segment {
            value: Form::Text,
            label: text.as_text().into(),
            id: "text".into(),
        },
    ];
    let file = use_context::<FileField>();
    let name = store.memo_of_runs(|session| session.plan().file_name());
    view! {
        <div class="workload" data-testid="workload">
            <div class="tools">
                <Segmented
                    testid="workload-form"
                    label=text.workload_form()
                    segments=forms
                    value=Signal::from(form)
                    change=move |to| form.set(to)
                />
                <span class="spread"></span>
                <Button
                    testid="open-file"
                    label=text.open_file_hint()
                    press=move |()| {
                        if let Some(file) = file {
                            file.choose();
                        }
                    }
                >
                    {text.open_file()}
                </Button>
                <Button
                    testid="download"
                    label=text.download_hint()
                    press=move |()| {
                        store.peek(|session| {
                            let plan = session.plan();
                            download(&plan.file_name(), &plan.text());
                        });
                    }
                >
                    {text.download()}
                </Button>
            </div>
            <p class="note mono">{name}</p>
            {move || match form.get() {
                Form::Table => view! { <Table /> }.into_any(),
                Form::Text => view! { <TextForm /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Table() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let columns = RwSignal::new(Columns::Used);
    let count = store.memo_of_runs(|session| session.plan().workload.jobs.len());
    let fields = Memo::new(move |_| {
        let _ = count.get();
        let columns = columns.get();
        store.with(|session| {
            let fields = JobField::ALL.into_iter();
            fields
                .filter(|field| columns == Columns::All || is_used(session, *field))
                .collect()
        })
    });
    let fields: Memo<Vec<JobField>> = fields;
    let heads = move || {
        let heads = fields.get().into_iter().map(|field| {
            let (name, hint) = text.job_field(field);
            view! { <th scope="col" title=hint>{name}</th> }
        });
        heads.collect::<Vec<_>>()
    };
    let is_cut = Memo::new(move |_| count.get() > MOST_ROWS);
    let rows = move || (0..count.get().min(MOST_ROWS)).collect::<Vec<_>>();
    view! {
        <div class="table-scroll">
            <table class="jobs" data-testid="jobs">
                <thead>
                    <tr>
                        {heads}
                        <th><span class="visually-hidden">{text.remove_job()}</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For each=rows key=|job| *job let:job>
                        <JobRow job=job fields=fields />
                    </For>
                </tbody>
            </table>
        </div>
        <div class="tools">
            <Button testid="add-job" label=text.add_job() press=move |()| store.act(Act::AddJob)>
                <Icon shape=Shape::Plus />
                {text.add_job()}
            </Button>
            <Button
                testid="all-columns"
                label=text.all_columns()
                weight=Weight::Quiet
                pressed=Signal::derive(move || columns.get() == Columns::All)
                press=move |()| {
                    columns.update(|columns| {
                        *columns = match columns {
                            Columns::Used => Columns::All,
                            Columns::All => Columns::Used,
                        };
                    });
                }
            >
                {text.all_columns()}
            </Button>
        </div>
        <Show when=move || is_cut.get()>
            <p class="note">{move || text.more_jobs(count.get() - MOST_ROWS)}</p>
        </Show>
        <p class="note">{text.bursts_note()}</p>
    }
    .into_any()
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

#[component]
fn JobRow(job: usize, fields: Memo<Vec<JobField>>) -> impl IntoView {
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
        view! {
            <td class=format!("job-{}", field.key())>
                <TextField testid=format!("job-{job}-{}", field.key()) label value change />
            </td>
        }
    };
    view! {
        <tr>
            {move || fields.get().into_iter().map(cell).collect::<Vec<_>>()}
            <td>
                <Button
                    testid=format!("remove-job-{job}")
                    label=text.remove_job()
                    weight=Weight::Quiet
                    press=move |()| store.act(Act::RemoveJob(job))
                >
                    <Icon shape=Shape::Close />
                </Button>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn TextForm() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let node = NodeRef::<html::Textarea>::new();
    let gutter = NodeRef::<html::Div>::new();
    let current = store.memo_of_runs(|session| session.plan().text());
    // What is in the field: it may be no workload at the moment.
    let written = RwSignal::new(current.get_untracked());
    let problem = store.memo(|session| match session.problem() {
        Some(Problem::Input(error)) => Some(error.clone()),
        _ => None,
    });
    let wrong_line = Memo::new(move |_| {
        problem.with(|problem| problem.as_ref().and_then(|problem| problem.line))
    });
    store.writing.set(true);
    on_cleanup(move || {
        let _ = store.writing.try_set(false);
    });
    // The field follows what was changed elsewhere; what stands in it already is left alone, so
    // that the caret stays where it is.
    Effect::new(move |_| {
        let current = current.get();
        if let Some(node) = node.get()
            && node.value() != current
        {
            node.set_value(&current);
            written.set(current);
        }
    });
    let lines = Memo::new(move |_| written.with(|text| text.split('\n').count()));
    let numbers = move || {
        let wrong = wrong_line.get();
        let numbers = (1..=lines.get()).map(|line| {
            let is_wrong = wrong.is_some_and(|wrong| wrong as usize == line);
            view! { <div class:wrong=is_wrong>{line}</div> }
        });
        numbers.collect::<Vec<_>>()
    };
    let input = move |event: web_sys::Event| {
        let text = value_of(&event);
        written.set(text.clone());
        store.act(Act::EditWorkload { text });
    };
    let scroll = move |_| {
        if let (Some(node), Some(gutter)) = (node.get_untracked(), gutter.get_untracked()) {
            gutter.set_scroll_top(node.scroll_top());
        }
    };
    view! {
        <div class="code" class:invalid=move || problem.with(Option::is_some)>
            <div class="code-lines" aria-hidden="true" node_ref=gutter>
                {numbers}
            </div>
            <textarea
                class="code-text"
                data-testid="workload-text"
                aria-label=text.workload_text()
                aria-invalid=move || problem.with(Option::is_some).to_string()
                aria-describedby="text-error"
                spellcheck="false"
                autocomplete="off"
                wrap="off"
                node_ref=node
                prop:value=current.get_untracked()
                on:input=input
                on:scroll=scroll
            ></textarea>
        </div>
        <p class="code-error" id="text-error" data-testid="text-error" role="status">
            {move || problem.get().map(|problem| problem.to_string())}
        </p>
    }
    .into_any()
}
