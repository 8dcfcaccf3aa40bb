//! The runs side by side: what they are called, and how one is added or taken away.
//!
//! Not their parameters: those follow below, for the run that is chosen here.

use leptos::prelude::*;

use crate::controls::{Button, Icon, Shape, Weight};
use crate::i18n::texts;
use crate::session::{Act, MOST_RUNS, Session};
use crate::store::Store;

/// The list of runs.
#[component]
pub fn Compare() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let names = store.memo_of_runs(run_names);
    let focus = store.memo(Session::focus);
    let variants = store.memo_of_runs(move |session| {
        let scenario = session.plan().scenario();
        let variants = scenario.map_or(&[][..], |scenario| &scenario.variants);
        let variants = variants.iter().map(|variant| {
            (
                variant.name.clone(),
                variant.title.in_language(text.tag()).to_owned(),
            )
        });
        variants.collect::<Vec<_>>()
    });
    let is_one = Memo::new(move |_| names.with(|names| names.len() == 1));
    let is_full = Memo::new(move |_| names.with(|names| names.len() >= MOST_RUNS));
    let rows = move || {
        let names = names.get();
        let is_alone = names.len() == 1;
        let rows = names.into_iter().enumerate().map(|(run, name)| {
            view! {
                <li class="run-row">
                    <button
                        type="button"
                        class="run-name"
                        data-testid=format!("run-{run}")
                        aria-pressed=move || (focus.get() == run).to_string()
                        on:click=move |_| store.act(Act::Focus(run))
                    >
                        {name}
                    </button>
                    {(!is_alone)
                        .then(|| {
                            view! {
                                <Button
                                    testid=format!("remove-run-{run}")
                                    label=text.remove_run()
                                    weight=Weight::Quiet
                                    press=move |()| store.act(Act::RemoveRun(run))
                                >
                                    <Icon shape=Shape::Close />
                                </Button>
                            }
                        })}
                </li>
            }
        });
        rows.collect::<Vec<_>>()
    };
    let chips = move || {
        let chips = variants.get().into_iter().map(|(name, title)| {
            view! {
                <Button
                    testid=format!("variant-{name}")
                    label=text.use_variant()
                    weight=Weight::Quiet
                    press=move |()| store.act(Act::UseVariant { name: name.clone() })
                >
                    {title}
                </Button>
            }
        });
        chips.collect::<Vec<_>>()
    };
    view! {
        <section class="compare" aria-label=text.runs()>
            <h3 class="panel-title">{text.runs()}</h3>
            <ul class="run-list">{rows}</ul>
            <div class="tools">
                <Button
                    testid="add-run"
                    label=text.add_run_hint()
                    disabled=is_full
                    press=move |()| store.act(Act::AddRun)
                >
                    <Icon shape=Shape::Compare />
                    {text.add_run()}
                </Button>
                <Show when=move || !variants.with(Vec::is_empty)>
                    <Button
                        testid="compare-variants"
                        label=text.compare_variants_hint()
                        press=move |()| store.act(Act::CompareVariants)
                    >
                        {text.compare_variants()}
                    </Button>
                </Show>
                <Show when=move || !is_one.get()>
                    <Button
                        testid="keep-run"
                        label=text.keep_run_hint()
                        press=move |()| store.act(Act::KeepRun(focus.get_untracked()))
                    >
                        {text.keep_run()}
                    </Button>
                </Show>
            </div>
            <Show when=move || !variants.with(Vec::is_empty)>
                <div class="tools chips">
                    <span class="note">{text.variants()}</span>
                    {chips}
                </div>
            </Show>
        </section>
    }
    .into_any()
}

/// The title of the variant that a run is, unless its settings were changed.
fn variant_title(session: &Session, run: usize) -> Option<String> {
    let plan = session.plan();
    let own = plan.runs.get(run)?;
    let variants = &plan.scenario()?.variants;
    let variant = variants
        .iter()
        .find(|variant| variant.settings == *own && !own.is_empty())?;
    let is_pure = plan.shared.is_empty();
    is_pure.then(|| variant.title.in_language(texts().tag()).to_owned())
}

/// What the runs are called: by what they differ in, or by their policy where there is only one.
#[must_use]
pub fn run_names(session: &Session) -> Vec<String> {
    let text = texts();
    let plan = session.plan();
    let differences = plan.differences();
    let names = (0..session.runs().len()).map(|run| {
        let settings = plan.settings(run);
        if let Some(title) = variant_title(session, run) {
            return title;
        }
        let policy = text.policy(settings.policy_kind()).to_owned();
        let others = differences.iter().filter(|name| **name != "policy");
        // Only what this run's policy reads says something about it.
        let is_read = |name: &str| {
            let setting = sim_core::settings::SETTINGS
                .iter()
                .find(|each| each.name == name);
            setting.is_some_and(|setting| setting.is_read_by(settings.policy_kind()))
        };
        let others = others.filter(|name| is_read(name)).map(|name| {
            let value = text.choice(name, &settings.value(name)).to_lowercase();
            format!("{} {value}", text.setting(name).0.to_lowercase())
        });
        let is_policy_worth_saying = differences.is_empty() || differences.contains(&"policy");
        let parts = is_policy_worth_saying
            .then_some(policy)
            .into_iter()
            .chain(others);
        parts.collect::<Vec<_>>().join(", ")
    });
    let names: Vec<_> = names.collect();
    if names.iter().all(|name| !name.is_empty()) {
        return names;
    }
    let number = |(run, name): (usize, String)| {
        if name.is_empty() {
            text.run_number(run + 1)
        } else {
            name
        }
    };
    names.into_iter().enumerate().map(number).collect()
}
