//! The runs side by side: what they are called, and how one is added or taken away.
//!
//! Not their parameters: those follow below, for the run that is chosen here.

use sim_core::settings::is_constant;

use crate::controls::{Shape, Weight, button, icon};
use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::real;
use crate::session::{Act, MOST_RUNS, Session};
use crate::store::Store;

/// The list of runs.
#[must_use]
pub fn compare() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let names = store.memo_of_runs(run_names);
    let focus = store.memo(Session::focus);
    let variants = store.memo_of_runs(move |session| {
        let scenario = session.plan().scenario();
        let variants = scenario.map_or(&[][..], |scenario| &scenario.variants);
        let titled = variants.iter().map(|variant| {
            let title = variant.title.in_language(text.tag()).to_owned();
            [variant.name.clone(), title]
        });
        titled.collect::<Vec<_>>()
    });
    let has_variants = move || variants.with(|variants| !variants.is_empty());
    let count = move || names.with(Vec::len);
    let row = move |(run, name): (usize, &String)| {
        let row = tag("li").class("run-row").child(
            tag("button")
                .attr("type", "button")
                .class("run-name")
                .testid(&format!("run-{run}"))
                .live_bool("aria-pressed", move || focus.get() == run)
                .on("click", move |_| store.act(Act::Focus(run)))
                .text(name),
        );
        if !store.peek(|session| session.can_remove(run)) {
            return row;
        }
        let testid = format!("remove-run-{run}");
        let remove = button(&testid, text.remove_run(), Weight::Quiet, move || {
            store.act(Act::RemoveRun(run));
        });
        row.child(remove.child(icon(Shape::Close)))
    };
    let rows = move || names.with(|names| names.iter().enumerate().map(row).collect::<Vec<_>>());
    let chip = move |[name, title]: [String; 2]| {
        let testid = format!("variant-{name}");
        button(&testid, text.use_variant(), Weight::Quiet, move || {
            store.act(Act::UseVariant { name: name.clone() });
        })
        .text(&title)
    };
    let chips = move || variants.get().into_iter().map(chip).collect::<Vec<_>>();
    let add = button("add-run", text.add_run_hint(), Weight::Plain, move || {
        store.act(Act::AddRun);
    });
    let compare_variants = move || {
        let press = move || store.act(Act::CompareVariants);
        let hint = text.compare_variants_hint();
        button("compare-variants", hint, Weight::Plain, press).text(text.compare_variants())
    };
    let keep_run = move || {
        let press = move || store.act(Act::KeepRun(focus.get_untracked()));
        button("keep-run", text.keep_run_hint(), Weight::Plain, press).text(text.keep_run())
    };
    let tools = tag("div")
        .class("tools")
        .child(
            add.live_flag("disabled", move || count() >= MOST_RUNS)
                .child(icon(Shape::Compare))
                .text(text.add_run()),
        )
        .when(has_variants, compare_variants)
        .when(
            move || store.with(Session::offers_recording),
            || real::show_button("show-real"),
        )
        .when(
            move || store.with(Session::offers_live),
            || real::run_button("show-live"),
        )
        .when(move || count() > 1, keep_run);
    tag("section")
        .class("compare")
        .attr("aria-label", text.runs())
        .child(tag("h2").class("panel-title").text(text.runs()))
        .child(tag("ul").class("run-list").part(rows))
        .child(tools)
        .when(has_variants, move || {
            tag("div")
                .class("tools chips")
                .child(tag("span").class("note").text(text.variants()))
                .part(chips)
        })
}

/// The title of the variant that a run is, unless its settings were changed.
fn variant_title(session: &Session, run: usize) -> Option<String> {
    let plan = session.plan();
    let own = plan.runs.get(run)?;
    let variants = &plan.scenario()?.variants;
    let variant = variants
        .iter()
        .find(|variant| variant.settings == own.settings && !own.settings.is_empty())?;
    let is_pure = plan.shared.is_empty();
    is_pure.then(|| variant.title.in_language(texts().tag()).to_owned())
}

/// What the runs are called: by what they differ in, or by their policy where there is only one.
#[must_use]
pub fn run_names(session: &Session) -> Vec<String> {
    let text = texts();
    let plan = session.plan();
    let differences = plan.differences();
    let names = session.runs().iter().enumerate().map(|(run, view)| {
        if view.trace.reality().is_some() {
            return real::name(session, run).unwrap_or_default();
        }
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
            is_constant(name)
                || setting.is_some_and(|setting| setting.is_read_by(settings.policy_kind()))
        };
        let others = others.filter(|name| is_read(name)).map(|name| {
            if is_constant(name) {
                return format!("{name} {}", plan.value(run, name));
            }
            let value = text
                .choice(name, &settings.value(name))
                .to_ascii_lowercase();
            format!("{} {value}", text.setting(name).0.to_ascii_lowercase())
        });
        let is_policy_worth_saying =
            differences.is_empty() || differences.iter().any(|name| name == "policy");
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
