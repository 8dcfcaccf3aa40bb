//! The parameters: a control for each setting that the policy reads, made from the table of
//! settings.
//!
//! Not a list of settings of its own: a new one in the core is shown here without a change.

use std::rc::Rc;

use sim_core::settings::{Group, Least, SETTINGS, Setting, SettingKind};

use super::compare::{compare, run_names};
use crate::controls::{
    Choice, Segment, Shape, Weight, button, icon, segmented, select, text_field,
};
use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::live::{Derived, State};
use crate::real;
use crate::session::{Act, Constant, Scope, Session};
use crate::store::Store;

/// The groups in the order in which they are shown.
const GROUPS: [Group; 6] = [
    Group::Policy,
    Group::Machine,
    Group::Disk,
    Group::Network,
    Group::Costs,
    Group::Run,
];
/// The unit belongs to the workload's numbers; changing it would change what they say.
const HIDDEN: &str = "unit";
/// What means something to the tasks of a script only.
const OF_SCRIPTS: [&str; 19] = [
    "timer_slack",
    "instruction_cost",
    "fork_cost",
    "fork_copy_cost",
    "spawn_cost",
    "thread_cost",
    "os",
    "fault_ends",
    "process_table",
    "threads",
    "kernel_threads",
    "processors",
    "user_switch_cost",
    "interpreter_lock",
    "switch_interval",
    "spurious_wakeups",
    "system_call_cost",
    "copy_cost",
    "scan_cost",
];

/// Whether a setting means something to the tasks of a script only.
fn is_of_scripts(setting: &Setting) -> bool {
    setting.group == Group::Network || OF_SCRIPTS.contains(&setting.name)
}

/// For which runs a change is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Target {
    All,
    Focus,
}

/// The runs and their parameters.
#[must_use]
pub fn parameters() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let target = State::new(Target::Focus);
    let runs = store.memo_of_runs(|session| session.runs().len());
    let focus = store.memo(Session::focus);
    // With one run there is nothing to choose: its settings are everybody's.
    let is_real = store.memo(|session| session.is_real(session.focus()));
    // Nor does a real run have any: they are those of the simulated ones.
    let scope = Derived::new(move || match (runs.get(), target.get()) {
        (1, _) | (_, Target::All) => Scope::All,
        _ if is_real.get() => Scope::All,
        (_, Target::Focus) => Scope::Run(focus.get()),
    });
    // The places in the table of the settings that are read.
    let shown = Derived::new(move || {
        store.with(|session| {
            let plan = session.coming();
            let all = (0..plan.runs.len()).map(|run| plan.settings(run).policy_kind());
            let kinds: Vec<_> = match scope.get() {
                Scope::All => all.collect(),
                Scope::Run(run) => vec![plan.settings(run).policy_kind()],
            };
            let is_script = plan.workload.script.is_some();
            let is_shown = |setting: &Setting| {
                setting.name != HIDDEN
                    && (is_script || !is_of_scripts(setting))
                    && kinds.iter().any(|kind| setting.is_read_by(*kind))
            };
            let settings = SETTINGS.iter().enumerate();
            let shown = settings.filter(|(_, setting)| is_shown(setting));
            shown.map(|(place, _)| place).collect::<Vec<_>>()
        })
    });
    let targets = [
        Segment {
            value: Target::Focus,
            label: text.this_run(),
            id: "run",
        },
        Segment {
            value: Target::All,
            label: text.all_runs(),
            id: "all",
        },
    ];
    let focused = store.memo(move |session| {
        let mut names = run_names(session);
        names.swap_remove(session.focus())
    });
    let scopes = move || {
        let of_whom = move || match scope.get() {
            Scope::All => String::new(),
            Scope::Run(_) => focused.get(),
        };
        tag("div")
            .class("tools")
            .child(segmented(
                "scope",
                text.scope(),
                targets,
                move || target.get(),
                move |to| target.set(to),
            ))
            .child(tag("span").class("note").live_text(of_whom))
    };
    let all = tag("div")
        .class("parameters")
        .testid("parameters")
        .child(compare())
        .when(move || runs.get() > 1 && !is_real.get(), scopes)
        .when(move || is_real.get(), real::note)
        .when(
            move || store.with(|session| session.coming().workload.script.is_some()),
            move || constants(scope),
        );
    let all = GROUPS.into_iter().fold(all, |all, group| {
        let of_group = move |place: &usize| SETTINGS[*place].group == group;
        let places = move || shown.with(|shown| shown.iter().copied().filter(of_group).collect());
        all.when(
            move || shown.with(|shown| shown.iter().any(of_group)),
            move || {
                tag("section")
                    .class("parameter-group")
                    .child(tag("h2").class("panel-title").text(text.group(group)))
                    .each(places, move |place| parameter(&SETTINGS[place], scope))
            },
        )
    });
    let reset = button(
        "reset-parameters",
        text.reset_all(),
        Weight::Plain,
        move || {
            store.act(Act::ResetParameters(scope.get_untracked()));
        },
    );
    all.child(
        tag("div")
            .class("tools")
            .child(reset.child(icon(Shape::Reset)).text(text.reset_all())),
    )
}

/// The constants of a script, which can be given other values.
#[must_use]
pub fn constants(scope: Derived<Scope>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let all = store.memo_of_runs(|session| session.plan().constants());
    let field = move |constant: &Constant| {
        let name = constant.name.clone();
        let value = value_in(scope, name.clone());
        let set = setter(scope, name.clone());
        let kind = SettingKind::Integer {
            min: 0,
            max: u64::MAX,
        };
        let testid = format!("set-{name}");
        let control = stepper(&testid, &name, kind, value, set);
        row(&name, &name, &constant.note, None, scope, control)
    };
    let fields = move || all.with(|all| all.iter().map(field).collect::<Vec<_>>());
    let is_empty = move || all.with(Vec::is_empty);
    tag("section")
        .class("parameter-group")
        .testid("constants")
        .child(tag("h2").class("panel-title").text(text.constants()))
        .when(is_empty, || {
            tag("p").class("note").text(texts().no_constants())
        })
        .part(fields)
}

/// One setting.
fn parameter(setting: &'static Setting, scope: Derived<Scope>) -> Tag {
    let store = Store::of_page();
    let text = texts();
    let name = setting.name;
    let value = value_in(scope, name.to_owned());
    let set = setter(scope, name.to_owned());
    let (label, hint) = text.setting(name);
    let unit = matches!(
        setting.kind,
        SettingKind::Length(_) | SettingKind::OptionalLength(_) | SettingKind::Lengths
    );
    let unit = unit.then(|| {
        let unit = move || store.with(|session| session.unit().name().to_owned());
        tag("small").live_text(unit)
    });
    row(name, label, hint, unit, scope, control(setting, value, set))
}

/// The value that a setting or constant has.
fn value_in(scope: Derived<Scope>, name: String) -> Derived<String> {
    let store = Store::of_page();
    Derived::new(move || {
        let run = match scope.get() {
            Scope::All => 0,
            Scope::Run(run) => run,
        };
        store.with(|session| session.coming().value(run, &name))
    })
}

fn setter(scope: Derived<Scope>, name: String) -> Setter {
    let store = Store::of_page();
    Rc::new(move |value: String| {
        store.act(Act::SetParameter {
            scope: scope.get_untracked(),
            name: name.clone(),
            value,
        });
    })
}

/// A name, what sets it, and a way back to what the workload has.
fn row(
    name: &str,
    label: &str,
    hint: &str,
    unit: Option<Tag>,
    scope: Derived<Scope>,
    control: Tag,
) -> Tag {
    let store = Store::of_page();
    let own = name.to_owned();
    let is_changed = Derived::new(move || {
        let scope = scope.get();
        store.with(|session| session.coming().is_changed(scope, &own))
    });
    let (name, reset_label) = (name.to_owned(), texts().reset(label));
    let reset = move || {
        let testid = format!("reset-{name}");
        let name = name.clone();
        let press = move || {
            store.act(Act::ResetParameter {
                scope: scope.get_untracked(),
                name: name.clone(),
            });
        };
        button(&testid, &reset_label, Weight::Quiet, press).child(icon(Shape::Reset))
    };
    let named = tag("span")
        .class("parameter-name")
        .attr("title", hint)
        .text(label);
    let class = move || match is_changed.get() {
        true => "parameter changed".to_owned(),
        false => "parameter".to_owned(),
    };
    tag("div")
        .live_class(class)
        .child(named.children(unit))
        .child(control)
        .child(
            tag("span")
                .class("parameter-reset")
                .when(move || is_changed.get(), reset),
        )
}

/// What sets a parameter.
type Setter = Rc<dyn Fn(String)>;

/// The control that fits the kind of a setting.
fn control(setting: &'static Setting, value: Derived<String>, set: Setter) -> Tag {
    let text = texts();
    let testid = format!("set-{}", setting.name);
    let (label, _) = text.setting(setting.name);
    let write = Rc::clone(&set);
    let write = move |text| write(text);
    match setting.kind {
        SettingKind::Choice(words) => {
            let choices = words.iter().map(|word| Choice {
                value: word,
                label: text.choice(setting.name, word),
            });
            let choices: Vec<_> = choices.collect();
            select(&testid, label, &choices, move || value.get(), write)
        }
        SettingKind::Switch => {
            let segments = [
                Segment {
                    value: true,
                    label: text.on(),
                    id: "true",
                },
                Segment {
                    value: false,
                    label: text.off(),
                    id: "false",
                },
            ];
            let is_on = move || value.with(|value| value == "true");
            let change = move |is_on: bool| write(is_on.to_string());
            segmented(&testid, label, segments, is_on, change)
        }
        SettingKind::Integer { .. } | SettingKind::Length(_) | SettingKind::OptionalLength(_) => {
            stepper(&testid, label, setting.kind, value, set)
        }
        SettingKind::Lengths | SettingKind::Integers { .. } => {
            text_field(&testid, label, "text", value, write)
        }
    }
}

/// A field for a number, with a step to less and one to more.
fn stepper(
    testid: &str,
    label: &str,
    kind: SettingKind,
    value: Derived<String>,
    set: Setter,
) -> Tag {
    let text = texts();
    let step = |id: &str, label: String, shape: Shape, step: Step| {
        let set = Rc::clone(&set);
        let press = move || {
            let value = value.get_untracked();
            if let Some(next) = next_value(&value, kind, step) {
                set(next);
            }
        };
        button(&format!("{testid}-{id}"), &label, Weight::Quiet, press).child(icon(shape))
    };
    let less = step("less", text.less(label), Shape::Minus, Step::Down);
    let more = step("more", text.more_of(label), Shape::Plus, Step::Up);
    let write = move |text| set(text);
    tag("span")
        .class("stepper")
        .child(less)
        .child(text_field(testid, label, "decimal", value, write))
        .child(more)
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
