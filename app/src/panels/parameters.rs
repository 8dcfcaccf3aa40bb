//! The parameters: a control for each setting that the policy reads, made from the table of
//! settings.
//!
//! Not a list of settings of its own: a new one in the core is shown here without a change.

use leptos::prelude::*;
use sim_core::settings::{Group, Least, SETTINGS, Setting, SettingKind};

use super::compare::{Compare, run_names};
use crate::controls::{Button, Choice, Icon, Segment, Segmented, Select, Shape, TextField, Weight};
use crate::i18n::texts;
use crate::session::{Act, Scope, Session};
use crate::store::Store;

/// The groups in the order in which they are shown.
const GROUPS: [Group; 5] = [
    Group::Policy,
    Group::Machine,
    Group::Disk,
    Group::Costs,
    Group::Run,
];
/// The unit belongs to the workload's numbers; changing it would change what they say.
const HIDDEN: &str = "unit";

/// For which runs a change is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Target {
    All,
    Focus,
}

/// The runs and their parameters.
#[component]
pub fn Parameters() -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let target = RwSignal::new(Target::Focus);
    let runs = store.memo_of_runs(|session| session.runs().len());
    let is_compared = Memo::new(move |_| runs.get() > 1);
    let focus = store.memo(Session::focus);
    // With one run there is nothing to choose: its settings are everybody's.
    let scope = Memo::new(move |_| match (runs.get(), target.get()) {
        (1, _) | (_, Target::All) => Scope::All,
        (_, Target::Focus) => Scope::Run(focus.get()),
    });
    let shown = Memo::new(move |_| {
        store.with(|session| {
            let plan = session.coming();
            let all = (0..plan.runs.len()).map(|run| plan.settings(run).policy_kind());
            let kinds: Vec<_> = match scope.get() {
                Scope::All => all.collect(),
                Scope::Run(run) => vec![plan.settings(run).policy_kind()],
            };
            let read = |setting: &&Setting| kinds.iter().any(|kind| setting.is_read_by(*kind));
            let settings = SETTINGS
                .iter()
                .filter(read)
                .filter(|each| each.name != HIDDEN);
            settings.map(|setting| setting.name).collect::<Vec<_>>()
        })
    });
    let targets = vec![
        Segment {
            value: Target::Focus,
            label: text.this_run().into(),
            id: "run".into(),
        },
        Segment {
            value: Target::All,
            label: text.all_runs().into(),
            id: "all".into(),
        },
    ];
    let focused = store.memo(move |session| {
        run_names(session)
            .get(session.focus())
            .cloned()
            .unwrap_or_default()
    });
    let groups = GROUPS.map(|group| {
        let names = Memo::new(move |_| {
            let of_group = |name: &&'static str| setting_of(name).group == group;
            shown.with(|names| {
                names
                    .iter()
                    .copied()
                    .filter(|name| of_group(name))
                    .collect()
            })
        });
        let names: Memo<Vec<&'static str>> = names;
        view! {
            <Show when=move || !names.with(Vec::is_empty)>
                <section class="parameter-group">
                    <h3 class="panel-title">{text.group(group)}</h3>
                    <For each=move || names.get() key=|name| *name let:name>
                        <Parameter setting=setting_of(name) scope=scope />
                    </For>
                </section>
            </Show>
        }
    });
    view! {
        <div class="parameters" data-testid="parameters">
            <Compare />
            <Show when=move || is_compared.get()>
                <div class="tools">
                    <Segmented
                        testid="scope"
                        label=text.scope()
                        segments=targets.clone()
                        value=Signal::from(target)
                        change=move |to| target.set(to)
                    />
                    <span class="note">
                        {move || {
                            matches!(scope.get(), Scope::Run(_)).then(|| focused.get())
                        }}
                    </span>
                </div>
            </Show>
            {groups}
            <div class="tools">
                <Button
                    testid="reset-parameters"
                    label=text.reset_all()
                    press=move |()| store.act(Act::ResetParameters(scope.get_untracked()))
                >
                    <Icon shape=Shape::Reset />
                    {text.reset_all()}
                </Button>
            </div>
        </div>
    }
    .into_any()
}

fn setting_of(name: &str) -> &'static Setting {
    // Names come from the table itself.
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .unwrap_or(&SETTINGS[0])
}

/// One setting.
#[component]
fn Parameter(setting: &'static Setting, scope: Memo<Scope>) -> impl IntoView {
    let store = Store::of_page();
    let text = texts();
    let name = setting.name;
    let value = Memo::new(move |_| {
        let run = match scope.get() {
            Scope::All => 0,
            Scope::Run(run) => run,
        };
        store.with(|session| session.coming().settings(run).value(name))
    });
    let is_changed = Memo::new(move |_| {
        let scope = scope.get();
        store.with(|session| session.coming().is_changed(scope, name))
    });
    let set = Callback::new(move |value: String| {
        let scope = scope.get_untracked();
        store.act(Act::SetParameter {
            scope,
            name: name.to_owned(),
            value,
        });
    });
    let (label, hint) = text.setting(name);
    let unit = store.memo_of_runs(|session| session.unit().name());
    let has_unit = matches!(
        setting.kind,
        SettingKind::Length(_) | SettingKind::OptionalLength(_) | SettingKind::Lengths
    );
    view! {
        <div class="parameter" class:changed=is_changed>
            <span class="parameter-name" title=hint>
                {label}
                {has_unit.then(|| view! { <small>{unit}</small> })}
            </span>
            <ParameterControl setting=setting value=value set=set />
            <span class="parameter-reset">
                <Show when=move || is_changed.get()>
                    <Button
                        testid=format!("reset-{name}")
                        label=text.reset(label)
                        weight=Weight::Quiet
                        press=move |()| {
                            let scope = scope.get_untracked();
                            store.act(Act::ResetParameter { scope, name: name.to_owned() });
                        }
                    >
                        <Icon shape=Shape::Reset />
                    </Button>
                </Show>
            </span>
        </div>
    }
    .into_any()
}

/// The control that fits the kind of a setting.
#[component]
fn ParameterControl(
    setting: &'static Setting,
    value: Memo<String>,
    set: Callback<String>,
) -> impl IntoView {
    let text = texts();
    let testid = format!("set-{}", setting.name);
    let (label, _) = text.setting(setting.name);
    match setting.kind {
        SettingKind::Choice(words) => {
            let choices = words.iter().map(|word| Choice {
                value: (*word).to_owned(),
                label: text.choice(setting.name, word),
            });
            let choices = choices.collect();
            view! { <Select testid label choices value change=set /> }.into_any()
        }
        SettingKind::Switch => {
            let segments = vec![
                Segment {
                    value: true,
                    label: text.on().into(),
                    id: "true".into(),
                },
                Segment {
                    value: false,
                    label: text.off().into(),
                    id: "false".into(),
                },
            ];
            let is_on = Memo::new(move |_| value.with(|value| value == "true"));
            let change = move |is_on: bool| set.run(is_on.to_string());
            view! { <Segmented testid label segments value=is_on change /> }.into_any()
        }
        SettingKind::Integer { .. } | SettingKind::Length(_) | SettingKind::OptionalLength(_) => {
            let press = move |step: Step| {
                let value = value.get_untracked();
                if let Some(next) = next_value(&value, setting.kind, step) {
                    set.run(next);
                }
            };
            view! {
                <span class="stepper">
                    <Button
                        testid=format!("{testid}-less")
                        label=text.less(label)
                        weight=Weight::Quiet
                        press=move |()| press(Step::Down)
                    >
                        <Icon shape=Shape::Minus />
                    </Button>
                    <TextField
                        testid=testid.clone()
                        label=label
                        keyboard="decimal"
                        value=value
                        change=set
                    />
                    <Button
                        testid=format!("{testid}-more")
                        label=text.more_of(label)
                        weight=Weight::Quiet
                        press=move |()| press(Step::Up)
                    >
                        <Icon shape=Shape::Plus />
                    </Button>
                </span>
            }
            .into_any()
        }
        SettingKind::Lengths | SettingKind::Integers { .. } => {
            view! { <TextField testid label value change=set /> }.into_any()
        }
    }
}

/// Less or more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Down,
    Up,
}

/// Where a length that is off begins when it is wanted.
const FIRST_LENGTH: &str = "10";

/// The value that a press on minus or plus leads to; none where there is none.
fn next_value(value: &str, kind: SettingKind, step: Step) -> Option<String> {
    let whole = || value.parse::<u64>().ok();
    let by_one = |number: u64| match step {
        Step::Down => number.checked_sub(1),
        Step::Up => number.checked_add(1),
    };
    match kind {
        SettingKind::Integer { min, max } => by_one(whole()?)
            .filter(|next| (min..=max).contains(next))
            .map(|next| next.to_string()),
        SettingKind::OptionalLength(_) if value == "off" => {
            (step == Step::Up).then(|| FIRST_LENGTH.to_owned())
        }
        SettingKind::OptionalLength(_) if matches!(value, "0" | "1") && step == Step::Down => {
            Some("off".to_owned())
        }
        SettingKind::Length(least) | SettingKind::OptionalLength(least) => {
            // Parts of a unit go to the next whole number first.
            let (number, has_fraction) = match value.split_once('.') {
                Some((whole, _)) => (whole.parse::<u64>().ok()?, true),
                None => (whole()?, false),
            };
            let next = match step {
                Step::Up => number.checked_add(1)?,
                Step::Down if has_fraction => number,
                Step::Down => number.checked_sub(1)?,
            };
            (next > 0 || least == Least::Zero).then(|| next.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_and_minus_stay_within_what_a_setting_takes() {
        let cpus = SettingKind::Integer { min: 1, max: 64 };
        let slice = SettingKind::Length(Least::MoreThanZero);
        let cost = SettingKind::Length(Least::Zero);
        let boost = SettingKind::OptionalLength(Least::MoreThanZero);
        for (value, kind, step, next) in [
            ("1", cpus, Step::Up, Some("2")),
            ("1", cpus, Step::Down, None),
            ("64", cpus, Step::Up, None),
            ("2.5", slice, Step::Up, Some("3")),
            ("2.5", slice, Step::Down, Some("2")),
            ("1", slice, Step::Down, None),
            ("0.5", slice, Step::Down, None),
            ("1", cost, Step::Down, Some("0")),
            ("0", cost, Step::Down, None),
            ("off", boost, Step::Up, Some("10")),
            ("off", boost, Step::Down, None),
            ("1", boost, Step::Down, Some("off")),
            ("rubbish", slice, Step::Up, None),
        ] {
            assert_eq!(
                next_value(value, kind, step).as_deref(),
                next,
                "{value} {step:?}"
            );
        }
    }
}
