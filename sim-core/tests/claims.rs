//! What a scenario with a script can claim, and that each kind of claim can be false.

use std::sync::Arc;

use sim_core::claims::{self, ClaimResult};
use sim_core::pattern::Pattern;
use sim_core::run::{Deviations, run};
use sim_core::scenario::{Scenario, Source};
use sim_core::settings::Settings;
use sim_core::trace::Trace;

/// Two threads that count, and one that waits for both.
const COUNTERS: &str = "
title.en = \"Two counters\"
chapter = \"processes\"
order = 1
rows = [\"A1\"]
script = '''
const TIMES = 2
shared counter = 0
shared over[2] = 0
semaphore ready = 0
lock m

task counter × 2
  repeat TIMES
    acquire m
    let x = load counter
    store counter = x + 1
    release m   # so that nobody comes between
  store over[self] = 1
  release ready

task reader
  acquire ready
  acquire ready
  let x = load counter
  print \"start\"
  print \"counted {x}\"
'''
[machine]
policy = \"rr\"
slice = 2
instruction_cost = 1
";

fn read(text: &str) -> Result<Scenario, String> {
    let lessons = [("lesson.en.md", "A lesson.")];
    let source = Source {
        slug: "counters",
        scenario: text,
        lessons: &lessons,
    };
    Scenario::read(&source).map_err(|error| error.to_string())
}

/// The counters with one claim.
fn with(kind: &str, form: &str, mutant: &str) -> String {
    format!(
        "{COUNTERS}
[[claim]]
id = \"it\"
kind = \"{kind}\"
text.en = \"It is so.\"
{form}
mutant.what.en = \"Otherwise.\"
{mutant}
"
    )
}

fn checked(kind: &str, form: &str, mutant: &str) -> ClaimResult {
    let text = with(kind, form, mutant);
    let scenario = read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    claims::check(&scenario).remove(0)
}

const WITHOUT_LOCK: &str = "mutant.script = { \"acquire m\" = \"pass\", \"release m\" = \"pass\" }";
const LONGER: &str = "mutant.set = { TIMES = 3 }";

#[test]
fn claims_are_true_and_their_mutants_break_them() {
    for (kind, form, mutant) in [
        ("always", "measure = \"value counter = 4\"", WITHOUT_LOCK),
        (
            "always",
            "measure = \"value over[1] = 1\"",
            "mutant.script = { \"store over[self] = 1\" = \"pass\" }",
        ),
        (
            "always",
            "measure = \"value counter after printed reader #1 = 4\"",
            LONGER,
        ),
        ("always", "output = [\"start\", \"counted 4\"]", LONGER),
        ("always", "prints = \"counted 4\"", WITHOUT_LOCK),
        ("never", "prints = \"counted 6\"", LONGER),
        (
            "always",
            "measure = \"failures = 0\"",
            "mutant.script = { \"acquire m\" = \"pass\" }",
        ),
        (
            "always",
            "measure = \"deadlocks = 0\"",
            "mutant.script = { \"release m\" = \"acquire m\" }",
        ),
        (
            "always",
            "outcome = \"finished\"",
            "mutant.script = { \"release m\" = \"pass\" }",
        ),
        (
            "always",
            "count = \"acquired counter on lock m\"\nis = \"= 4\"",
            LONGER,
        ),
        (
            "always",
            "count = \"wrote counter[1] on variable over[1]\"\nis = \"= 1\"",
            "mutant.script = { \"store over[self] = 1\" = \"store over[0] = self\" }",
        ),
        (
            "always",
            "order = [\"wrote on variable over[0]\", \"acquired reader on semaphore ready #2\"]",
            "mutant.script = { \"acquire ready\" = \"pass\" }",
        ),
    ] {
        let result = checked(kind, form, mutant);
        assert!(result.passes(), "{form}: {result:#?}");
    }
}

/// Without the lock nothing is lost as long as nobody comes between reading and writing: it depends on
/// the schedule.
#[test]
fn claims_about_many_schedules() {
    let careless = COUNTERS
        .replace("acquire m\n", "pass\n")
        .replace("release m ", "pass ");
    let claim = |kind: &str, what: &str, vary: &str, mutant: &str| {
        let text = with(kind, &format!("{what}\n{vary}"), mutant).replace(COUNTERS, &careless);
        let scenario = read(&text).unwrap_or_else(|error| panic!("{error}"));
        claims::check(&scenario).remove(0)
    };
    let together = "mutant.set = { slice = 100, cpus = 1 }";
    let vary = "vary = { slice = [1, 2, 3, 5, 100], cpus = [1, 2] }";
    let lost = claim(
        "possible",
        "measure = \"value counter < 4\"",
        vary,
        together,
    );
    assert!(lost.passes(), "{lost:#?}");
    assert!(
        lost.detail.ends_with(')') && lost.detail.contains("slice "),
        "{lost:#?}"
    );
    assert!(
        lost.mutant_detail.contains("under 10 schedules"),
        "{lost:#?}"
    );
    let kept = claim(
        "possible",
        "measure = \"value counter = 4\"",
        vary,
        "mutant.set = { TIMES = 1 }",
    );
    assert!(kept.passes(), "{kept:#?}");
    // One of the ways is enough to break what is said of all.
    let always = claim("always", "measure = \"value counter = 4\"", vary, together);
    assert!(!always.holds && !always.mutant_breaks, "{always:#?}");
    // Constants vary, too, and seeds with everything else.
    let vary = "seeds = 3\nvary = { TIMES = [1, 2], slice = [1] }";
    let more = claim(
        "always",
        "measure = \"value counter <= 2\"",
        vary,
        "mutant.set = { slice = 100 }",
    );
    assert!(more.passes(), "{more:#?}");
    assert!(more.detail.contains("under 6 schedules"), "{more:#?}");
    assert!(
        more.detail.ends_with("(TIMES 2, slice 1, seed 2)"),
        "{more:#?}"
    );
}

#[test]
fn errors_name_what_is_wrong() {
    let good = "measure = \"value counter = 4\"";
    for (form, mutant, parts) in [
        (
            "measure = \"value cuonter = 4\"",
            LONGER,
            ["variable \"cuonter\"", "counter?"],
        ),
        (
            "measure = \"value over = 4\"",
            LONGER,
            ["the array \"over\"", "over[0]"],
        ),
        (
            "measure = \"value over[2] = 4\"",
            LONGER,
            ["variable \"over[2]\"", "over[0] to over[1]"],
        ),
        (
            "measure = \"value = 4\"",
            LONGER,
            ["\"value\"", "a shared variable"],
        ),
        (
            "count = \"acquired on lock ready\"\nis = \"> 0\"",
            LONGER,
            ["lock \"ready\"", "semaphore ready"],
        ),
        (
            "count = \"acquired on lock n\"\nis = \"> 0\"",
            LONGER,
            ["lock \"n\"", "one of m"],
        ),
        (
            "count = \"exited on lock m\"\nis = \"> 0\"",
            LONGER,
            ["\"exited\" at \"lock\"", "acquired"],
        ),
        (
            "count = \"exited countre\"\nis = \"> 0\"",
            LONGER,
            ["task \"countre\"", "counter?"],
        ),
        (
            "count = \"exited counter[2]\"\nis = \"> 0\"",
            LONGER,
            ["task \"counter[2]\"", "counter[0] to counter[1]"],
        ),
        ("output = \"counted\"", LONGER, ["\"counted\"", "a list"]),
        (
            good,
            "mutant.script = { \"acquire n\" = \"pass\" }",
            ["the line \"acquire n\"", "a line of the script"],
        ),
        (
            good,
            "mutant.script = { \"acquire m\" = \"acquire n\" }",
            ["n", "lock"],
        ),
        (good, "mutant.set = { TIME = 3 }", ["TIME", "TIMES"]),
        (
            "measure = \"value counter = 4\"\nvary = { slice = [0] }",
            LONGER,
            ["vary, slice", "above 0"],
        ),
        (
            "measure = \"value counter = 4\"\nvary = { slice = 3 }",
            LONGER,
            ["vary, slice", "a list of values"],
        ),
        (
            "measure = \"value counter = 4\"\nvary = { slise = [3] }",
            LONGER,
            ["slise", "slice?"],
        ),
        (
            "measure = \"value counter = 4\"\nvary = { TIME = [3] }",
            LONGER,
            ["TIME", "TIMES"],
        ),
        (
            "measure = \"value counter = 4\"\nvary = { slice = [] }",
            LONGER,
            ["0 runs", "from 1 to 1000 runs"],
        ),
        (
            "measure = \"value counter = 4\"\nseeds = 501\nvary = { slice = [1, 2] }",
            LONGER,
            ["1002 runs", "from 1 to 1000 runs"],
        ),
        (
            "measure = \"value counter = 4\"\nseeds = 2\nvary = { seed = [1, 2] }",
            LONGER,
            ["seed", "one of the two"],
        ),
    ] {
        let error = read(&with("always", form, mutant)).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{form}: no {part:?} in: {error}");
        }
        assert!(error.contains("scenario.toml:"), "{error}");
    }
    // A scenario of jobs has no script to change.
    let jobs = "[machine]\npolicy = \"rr\"\n[[job]]\nname = \"A\"\nbursts = \"c2\"\n";
    let head = &COUNTERS[..COUNTERS.find("script").unwrap()];
    let text = with("always", "count = \"exited\"\nis = \"= 1\"", WITHOUT_LOCK);
    let error = read(&text.replace(COUNTERS, &format!("{head}{jobs}"))).unwrap_err();
    assert!(error.contains("it has no script"), "{error}");
}

fn trace() -> Trace {
    let scenario = read(COUNTERS).unwrap();
    let code = scenario.workload.code(&Settings::default()).unwrap();
    run(Arc::new(code), Deviations::new())
}

/// How many events of a run match.
fn count(trace: &Trace, pattern: &str) -> usize {
    let pattern = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{error}"));
    let matcher = pattern
        .resolve(trace.code())
        .unwrap_or_else(|error| panic!("{error}"));
    matcher.find(trace).count()
}

#[test]
fn patterns_name_tasks_objects_and_variables() {
    let trace = trace();
    for (pattern, times) in [
        ("exited", 3),
        ("exited counter", 2),
        ("exited counter[0]", 1),
        ("exited reader", 1),
        ("acquired on lock m", 4),
        ("acquired counter[1] on lock m", 2),
        ("acquired on semaphore ready", 2),
        ("acquired", 6),
        ("released counter on semaphore ready", 2),
        ("wrote on variable over", 2),
        ("wrote on variable over[1]", 1),
        ("wrote counter[0] on variable over[1]", 0),
        ("wrote on variable counter", 4),
        ("read * on variable counter", 5),
        ("read reader on variable counter #1", 1),
        ("printed reader", 2),
        ("blocked reader on semaphore ready", 2),
        ("blocked on semaphore ready", 2),
        ("blocked on sleep", 0),
        ("blocked on interpreter", 0),
    ] {
        assert_eq!(count(&trace, pattern), times, "{pattern}");
    }
}

/// The counters with goals of these forms, and whether each is reached in a run, and where.
fn reached(goals: &[&str]) -> Result<Vec<Option<usize>>, String> {
    let goals = goals
        .iter()
        .map(|goal| format!("[[goal]]\ntext.en = \"Do it.\"\n{goal}\n"));
    let scenario = read(&format!("{COUNTERS}{}", goals.collect::<String>()))?;
    let trace = trace_of(&scenario);
    let reached = scenario.goals.iter().map(|goal| goal.reached(&trace));
    Ok(reached.collect())
}

fn trace_of(scenario: &Scenario) -> Trace {
    let code = scenario.workload.code(&Settings::default()).unwrap();
    run(Arc::new(code), Deviations::new())
}

#[test]
fn goals_are_judged_by_what_happens() {
    let goals = [
        "outcome = \"finished\"",
        "outcome = \"deadlock\"",
        "value = \"counter = 4\"",
        "value = \"over[1] < 1\"",
        "prints = \"start\"",
        "prints = \"counted 5\"",
        "happens = \"acquired reader on semaphore ready #2\"",
        "happens = \"acquired reader on semaphore ready #3\"",
    ];
    let found = reached(&goals).unwrap();
    let trace = trace_of(&read(COUNTERS).unwrap());
    let end = Some(trace.len());
    let printed = trace.outputs()[0].position;
    assert_eq!(found[..5], [end, None, end, None, Some(printed)]);
    assert!(found[5].is_none() && found[7].is_none());
    let acquired = found[6].expect("it happens");
    assert_eq!(trace.events()[acquired - 1].kind.name(), "acquired");
    assert!(acquired < printed);
}

#[test]
fn goals_that_make_no_sense_are_refused() {
    for (goal, says) in [
        ("", "one of outcome, value, prints, happens"),
        (
            "prints = \"a\"\noutcome = \"stalled\"",
            "one of outcome, value, prints, happens",
        ),
        ("outcome = \"dedlock\"", "deadlock"),
        ("value = \"counter\"", "counter < 2"),
        ("value = \"over = 1\"", "over[0]"),
        ("value = \"countr = 1\"", "counter"),
        ("happens = \"acquired nobody\"", "counter"),
    ] {
        let error = reached(&[goal]).unwrap_err();
        assert!(error.contains(says), "{goal}: {error}");
        assert!(error.contains("scenario.toml:"), "{goal}: {error}");
    }
}

/// A goal that the policy reaches alone is none, and so is one that nobody can reach.
#[test]
fn goals_are_open_and_can_be_reached() {
    let check = |goal: &str| {
        let text = format!("{COUNTERS}[[goal]]\ntext.en = \"Do it.\"\n{goal}\n");
        let results = claims::check(&read(&text).unwrap());
        (results[0].holds, results[0].mutant_breaks)
    };
    assert_eq!(check("outcome = \"finished\""), (true, false));
    assert_eq!(check("outcome = \"deadlock\""), (false, true));
}
