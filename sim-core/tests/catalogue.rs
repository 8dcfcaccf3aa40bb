//! The catalogue holds what it promises: every scenario can be read, every claim is true and says
//! something, every lesson is bound to what happens.
//!
//! It is long because of one list: the figures of every run, on which the lessons rest.

use std::collections::BTreeSet;
use std::sync::Arc;

use sim_core::claims::{self, End, Form};
use sim_core::program::PolicyKind;
use sim_core::run::{Deviations, Limit, Outcome, run};
use sim_core::scenario::{
    ENGLISH, Opening, Scenario, Source, catalogue, entry, find, index, sources,
};
use sim_core::settings::Settings;
use sim_core::trace::Trace;
use sim_core::view::Metrics;

/// The rows of the syllabus that this catalogue serves.
const ROWS: [&str; 42] = [
    "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B1", "B2", "B3", "B4", "B5", "B6", "B7",
    "C1", "C2", "C3", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "E1", "E2", "E5", "E6",
    "E7", "E8", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "S",
];

/// How long a run may be: a class looks at every event of it.
const EVENTS: usize = 250;
/// How long a paragraph may be, and how many there are.
const WORDS: usize = 60;
const PARAGRAPHS: core::ops::RangeInclusive<usize> = 3..=6;

/// The runs of a scenario: the workload as it stands, and each variant.
fn runs(scenario: &Scenario) -> Vec<Arc<Trace>> {
    let none = Settings::default();
    let variants = scenario.variants.iter().map(|variant| &variant.settings);
    let settings = core::iter::once(&none).chain(variants);
    settings
        .map(|settings| {
            let code = scenario.workload.code(settings);
            let code = code.unwrap_or_else(|error| panic!("{}: {error}", scenario.slug));
            Arc::new(run(Arc::new(code), Deviations::new()))
        })
        .collect()
}

/// The runs that are shown when it is opened.
fn opened(scenario: &Scenario) -> Vec<Arc<Trace>> {
    let mut runs = runs(scenario);
    match scenario.opening {
        Opening::Alone => runs.truncate(1),
        Opening::SideBySide => drop(runs.remove(0)),
    }
    runs
}

#[test]
fn every_scenario_can_be_read() {
    for source in sources() {
        if let Err(error) = Scenario::read(source) {
            panic!("{error}");
        }
    }
    assert_eq!(catalogue().len(), sources().len());
    assert!(sim_core::scenario::broken().is_empty());
}

#[test]
fn slugs_name_their_folders() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let folders: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let slugs: BTreeSet<String> = catalogue().iter().map(|each| each.slug.clone()).collect();
    assert_eq!(slugs, folders);
    for slug in &slugs {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(slug.bytes().all(fits), "{slug}");
        assert_eq!(find(slug).map(|scenario| &scenario.slug), Some(slug));
    }
}

#[test]
fn the_index_says_what_the_texts_say() {
    assert_eq!(index().len(), catalogue().len());
    for (entry, scenario) in index().iter().zip(catalogue()) {
        assert_eq!(entry.slug, scenario.slug);
        assert_eq!(entry.chapter, scenario.chapter, "{}", entry.slug);
        assert_eq!(entry.order, scenario.order, "{}", entry.slug);
        assert!(entry.rows().eq(&scenario.rows), "{}", entry.slug);
        for language in scenario.title.languages() {
            assert_eq!(entry.title(language), scenario.title.in_language(language));
        }
        let source = sources().iter().find(|source| source.slug == entry.slug);
        let lessons = source.into_iter().flat_map(|source| source.lessons);
        let lessons = lessons.map(|(name, _)| *name);
        let files = core::iter::once("scenario.toml").chain(lessons);
        assert!(entry.files().eq(files), "{}", entry.slug);
    }
    assert_eq!(entry("no-such"), None);
}

#[test]
fn chapters_have_no_two_scenarios_in_one_place() {
    let places: BTreeSet<_> = catalogue()
        .iter()
        .map(|each| (each.chapter, each.order))
        .collect();
    assert_eq!(places.len(), catalogue().len());
}

#[test]
fn every_row_is_served() {
    for row in ROWS {
        let serves = |scenario: &&Scenario| scenario.rows.iter().any(|served| served == row);
        assert!(
            catalogue().iter().any(|scenario| serves(&scenario)),
            "nothing serves {row}"
        );
    }
    for scenario in catalogue() {
        let known = scenario.rows.iter().all(|row| ROWS.contains(&row.as_str()));
        assert!(
            known && !scenario.rows.is_empty(),
            "{}: {:?}",
            scenario.slug,
            scenario.rows
        );
    }
}

#[test]
fn every_policy_has_a_scenario() {
    for policy in PolicyKind::ALL {
        let opens_with = |scenario: &Scenario| {
            scenario.workload.settings.policy_kind() == policy
                && scenario.rows.contains(&"S".into())
        };
        assert!(
            catalogue().iter().any(opens_with),
            "no scenario for {}",
            policy.name()
        );
    }
}

#[test]
fn claims_hold_and_their_mutants_break_them() {
    let mut faults = Vec::new();
    for scenario in catalogue() {
        let results = claims::check(scenario);
        assert!(
            results.len() >= 2,
            "{}: a scenario has two claims at least",
            scenario.slug
        );
        for result in results.iter().filter(|result| !result.passes()) {
            faults.push(format!("{}: {result:#?}", scenario.slug));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn runs_are_small_and_come_to_their_end() {
    for scenario in catalogue() {
        let names = scenario.variants.iter().map(|variant| Some(&variant.name));
        for (name, trace) in core::iter::once(None).chain(names).zip(runs(scenario)) {
            // Where runs do not finish, a claim speaks of that end.
            let end = Form::Outcome(End::of(trace.outcome()));
            let is_claimed = scenario.claims.iter().any(|claim| claim.form == end);
            // One that goes round for ever says when to stop.
            let ends = matches!(
                trace.outcome(),
                Outcome::Finished | Outcome::Limit(Limit::Until)
            );
            let ends = ends || is_claimed;
            assert!(ends, "{}, {name:?}: {:?}", scenario.slug, trace.outcome());
            assert!(
                trace.len() <= EVENTS,
                "{}: {} events",
                scenario.slug,
                trace.len()
            );
        }
    }
}

#[test]
fn lessons_are_bound_to_what_happens() {
    for scenario in catalogue() {
        let traces = opened(scenario);
        for (language, lesson) in scenario.lessons() {
            for pattern in lesson.paragraphs.iter().flat_map(|paragraph| &paragraph.on) {
                let happens = |trace: &Arc<Trace>| {
                    let matcher = pattern.resolve(trace.code());
                    matcher.is_ok_and(|matcher| matcher.find(trace).next().is_some())
                };
                let happens = traces.iter().any(happens);
                assert!(
                    happens,
                    "{}, {language}: {pattern} never happens",
                    scenario.slug
                );
            }
        }
    }
}

#[test]
fn lessons_are_short_and_end_with_a_question() {
    for scenario in catalogue() {
        let lesson = scenario.lesson(ENGLISH);
        let paragraphs = &lesson.paragraphs;
        assert!(
            PARAGRAPHS.contains(&paragraphs.len()),
            "{}: its length",
            scenario.slug
        );
        for paragraph in paragraphs {
            let words = paragraph.text().split_whitespace().count();
            assert!(
                words <= WORDS,
                "{}: {words} words: {}",
                scenario.slug,
                paragraph.text()
            );
        }
        let bound = paragraphs
            .iter()
            .filter(|paragraph| !paragraph.on.is_empty())
            .count();
        assert!(
            bound >= 2,
            "{}: {bound} paragraphs are bound to events",
            scenario.slug
        );
        let last = paragraphs
            .last()
            .map(sim_core::lesson::Paragraph::text)
            .unwrap_or_default();
        assert!(
            last.ends_with('?') || last.starts_with("Try it"),
            "{}: {last}",
            scenario.slug
        );
    }
}

#[test]
fn a_position_has_the_paragraph_of_its_last_event() {
    let scenario = find("three-states").unwrap();
    let trace = &runs(scenario)[0];
    let bindings = scenario.lesson(ENGLISH).bind(trace).unwrap();
    assert_eq!(bindings.at(0).count(), 0);
    assert_eq!(bindings.latest(0), None);
    for (event, paragraph) in bindings.steps() {
        assert!(bindings.at(event + 1).any(|at| at == *paragraph));
        assert_eq!(bindings.latest(event + 1), Some(*paragraph));
    }
    assert_eq!(
        bindings.latest(trace.len()),
        bindings.steps().last().map(|step| step.1)
    );
}

/// Figures on which lessons rest: scenario, variant, when its first six jobs end, and the mean
/// waiting time. Whoever changes the engine or a scenario so that one of them changes reads the
/// lesson again.
#[rustfmt::skip]
const FIGURES: &[(&str, &str, &str, &str)] = &[
    ("two-processes-one-program", "", "16.5 18", "10.25"),
    ("cook-called-away", "", "13.5 7.5", "2.50"),
    ("batch", "", "9 17 26", "8.67"),
    ("multiprogramming", "batch", "9 17 26 31", "13.00"),
    ("multiprogramming", "multiprogrammed", "11 12 16 17", "6.25"),
    ("concurrency-and-parallelism", "one", "18 20 22 24", "15.00"),
    ("concurrency-and-parallelism", "two", "10 10 12 12", "5.00"),
    ("concurrency-and-parallelism", "four", "6 6 6 6", "0.00"),
    ("kinds-of-operating-system", "batch", "12 27 18", "9.67"),
    ("kinds-of-operating-system", "multiprogrammed", "13 20 18", "7.00"),
    ("kinds-of-operating-system", "time-sharing", "17 14 19", "4.67"),
    ("kinds-of-operating-system", "real-time", "15 20 18", "4.33"),
    ("deadlines-edf-rm", "edf", "17 14", "3.50"),
    ("deadlines-edf-rm", "rm", "15 17", "4.50"),
    ("deadlines-overload", "edf", "34 32 30", "14.67"),
    ("deadlines-overload", "rm", "27 24 34", "8.00"),
    ("three-states", "", "10 11", "3.00"),
    ("tail-and-grep", "", "20 20", "0.50"),
    ("process-table", "", "22 23.5 20.5", "10.50"),
    ("fork-copies", "", "12 10", "2.50"),
    ("shared-or-own", "threads", "18", "0.33"),
    ("shared-or-own", "processes", "18 11 16", "0.33"),
    ("fork-or-spawn", "fork", "13 12", "1.00"),
    ("fork-or-spawn", "spawn", "10 9", "0.50"),
    ("fork-or-spawn", "handed", "11 10", "0.50"),
    ("three-forks", "", "14 12 14 14 10 12", "2.75"),
    ("three-forks", "table-full", "10 12 10 12 10", "0.80"),
    ("shell", "", "39 17 35", "3.33"),
    ("shell", "background", "29 22 35", "9.67"),
    ("reasons-for-processes", "", "35 34 27 32 17 24", "5.14"),
    ("four-endings", "", "48 6 10 17 19 32", "1.33"),
    ("four-endings", "python", "48 6 10 17 19 32", "1.33"),
    ("sigterm-and-sigkill", "term", "16 14", "1.50"),
    ("sigterm-and-sigkill", "kill", "14 11", "1.00"),
    ("sigterm-and-sigkill", "stubborn", "26 24", "1.00"),
    ("handler-and-lock", "acquires", "", "0.00"),
    ("handler-and-lock", "flag", "18 17", "0.00"),
    ("alarm-clock", "none", "11 26", "0.00"),
    ("alarm-clock", "restart", "28 26", "0.00"),
    ("alarm-clock", "interrupt", "15 27", "0.00"),
    ("process-from-outside", "", "21 9 19", "1.33"),
    ("zombie", "", "21 8", "3.00"),
    ("zombie", "ignored", "22 8", "2.50"),
    ("orphan", "", "18 15 24", "2.67"),
    ("no-tree-on-windows", "unix", "15 4 16", "1.67"),
    ("no-tree-on-windows", "windows", "21 4 14", "1.00"),
    ("three-children-two-signals", "one", "54 15 14 13", "0.00"),
    ("three-children-two-signals", "all", "54 15 14 13", "0.00"),
    ("pipe-end-of-file", "", "29 19 26", "4.00"),
    ("pipe-left-open", "closed", "17 11", "4.50"),
    ("pipe-left-open", "open", "10", "2.00"),
    ("pipe-two-ways", "two", "34 31", "9.50"),
    ("pipe-two-ways", "one", "32 34", "11.00"),
    ("wait-before-read", "much", "", "1.50"),
    ("wait-before-read", "little", "30 16", "1.50"),
    ("wait-before-read", "read-first", "42 36", "14.50"),
    ("broken-pipe", "signal", "32 31", "12.00"),
    ("broken-pipe", "error", "33 32", "10.50"),
    ("pool-behind-a-pipe", "pool", "65 55 47", "0.00"),
    ("pool-behind-a-pipe", "each", "84 14 26 38 50 62", "0.00"),
    ("pool-ends", "", "10 10 8 10", "0.00"),
    ("pool-ends", "apply", "18 18 18 18", "0.00"),
    ("pool-ends", "close", "10 10 8 10", "0.00"),
    ("pool-ends", "terminate", "5 5 5 5", "0.00"),
    ("executor", "pool", "36 36 36", "0.67"),
    ("executor", "each", "44 8 14 20 28 44", "0.33"),
    ("fcfs", "", "10 24 17 19", "9.25"),
    ("convoy-fcfs", "fcfs", "24 30 31", "10.33"),
    ("convoy-fcfs", "srtf", "30 16 17", "3.00"),
    ("sjf", "", "10 24 19 13", "8.25"),
    ("sjf", "fcfs", "10 24 17 19", "9.25"),
    ("srtf", "", "21 10 12 5", "3.75"),
    ("srtf", "sjf", "10 24 19 13", "8.25"),
    ("hrrn", "", "3 14 6 17 20 23", "5.50"),
    ("hrrn", "sjf", "3 23 6 9 12 15", "3.00"),
    ("hrrn", "fcfs", "3 11 14 17 20 23", "6.33"),
    ("round-robin", "", "21 19 18 9", "8.50"),
    ("round-robin", "fcfs", "10 24 17 19", "9.25"),
    ("round-robin-slice", "short", "33 34.5 36", "26.50"),
    ("round-robin-slice", "middle", "18 22.5 27", "14.50"),
    ("round-robin-slice", "long", "8.5 17 25.5", "9.00"),
    ("switch-cost", "free", "21 19 18 9", "8.50"),
    ("switch-cost", "costly", "27 24.5 20.5 11.5", "12.62"),
    ("switch-cost", "rare", "21.5 27 14.5 17", "11.75"),
    ("priority", "", "21 10 12 8", "4.50"),
    ("priority", "cooperative", "10 22 17 20", "9.00"),
    ("priority-aging", "no-aging", "22 24 28", "8.67"),
    ("priority-aging", "aging", "26 28 18", "8.00"),
    ("mlfq", "", "21 14 20 9", "7.75"),
    ("mlfq", "one-level", "20 21 15 12", "8.75"),
    ("mlfq-gaming", "gamed", "31 34 38", "13.67"),
    ("mlfq-gaming", "counted", "38 41 16", "11.00"),
    ("mlfq-gaming", "boosted", "35 38 20", "10.33"),
    ("lottery", "", "27 36 33", "20.00"),
    ("stride", "", "36 35 32", "22.33"),
    ("stride", "lottery", "31 36 22", "17.67"),
    ("cfs", "", "21 13 16 8", "6.25"),
    ("cfs", "rr", "21 19 18 9", "8.50"),
    ("cfs", "srtf", "21 10 12 5", "3.75"),
    ("edf", "", "9 5 4 12", "2.25"),
    ("rm", "", "14 12 16", "5.33"),
    ("all-policies", "fcfs", "10 24 17 19", "9.25"),
    ("all-policies", "sjf", "10 24 19 13", "8.25"),
    ("all-policies", "srtf", "21 10 12 5", "3.75"),
    ("all-policies", "rr", "21 19 18 9", "8.50"),
    ("all-policies", "mlfq", "21 14 20 9", "7.75"),
    ("all-policies", "cfs", "21 13 16 8", "6.25"),
    ("many-ready", "", "16 16 17 17 18 18", "21.00"),
    ("many-ready", "eight", "4 4 5 5 5 5", "4.13"),
    ("queue-per-cpu", "shared", "14 2 14 4", "1.50"),
    ("queue-per-cpu", "per-cpu", "22 2 24 4", "6.00"),
    ("queue-per-cpu", "stealing", "14 2 14 4", "1.50"),
    ("work-stealing", "shared", "14 16 17", "7.67"),
    ("work-stealing", "per-cpu", "14 8 16", "4.67"),
    ("work-stealing", "stealing", "12 8 13", "3.00"),
    ("word-processor", "", "35 34 29", "12.33"),
    ("threads-share-memory", "", "14 18", "7.00"),
    ("gil-protocol", "", "25 26", "0.00"),
    ("gil-cpu-bound", "one", "12", "0.00"),
    ("gil-cpu-bound", "two", "22 24", "0.00"),
    ("gil-cpu-bound", "four", "42 44 46 48", "0.00"),
    ("gil-cpu-bound", "four-free", "12 12 12 12", "0.00"),
    ("gil-io-bound", "one", "12", "0.00"),
    ("gil-io-bound", "four", "12 14 16 18", "0.00"),
    ("gil-io-bound", "four-free", "12 12 12 12", "0.00"),
    ("gil-or-not", "locked", "31 35 39", "0.00"),
    ("gil-or-not", "free", "13 17 21", "0.00"),
    ("gil-and-processes", "threads", "92", "0.00"),
    ("gil-and-processes", "processes", "48 29 37 45", "0.00"),
    ("gil-and-processes", "free", "39", "0.00"),
    ("gil-convoy", "five", "26.4 30.2", "0.00"),
    ("gil-convoy", "one", "10.4 30.2", "0.00"),
    ("gil-convoy", "tenth", "6.8 30.2", "0.00"),
    ("gil-convoy", "off", "6.4 30", "0.00"),
    ("gil-and-lost-updates", "old", "20 26", "0.00"),
    ("gil-and-lost-updates", "new", "21 26", "0.00"),
    ("gil-and-lost-updates", "call", "30 32", "0.00"),
    ("gil-and-lost-updates", "free", "13 13", "0.00"),
    ("threads-and-join", "join", "17 13 14", "0.00"),
    ("threads-and-join", "no-join", "6 13 14", "0.00"),
    ("join-with-a-limit", "", "23 21", "0.00"),
    ("join-with-a-limit", "patient", "60 58", "0.00"),
    ("end-of-main", "returns", "7", "0.00"),
    ("end-of-main", "exits", "8", "0.00"),
    ("end-of-main", "process", "8 9", "0.00"),
    ("timer", "fires", "17 14", "0.00"),
    ("timer", "cancelled", "10 9", "0.00"),
    ("creation-cost", "three", "177.8", "3.10"),
    ("creation-cost", "five", "295.1", "3.25"),
    ("creation-cost", "process", "231.7 229.9", "2.67"),
    ("creation-cost", "large", "396.7 394.9", "2.67"),
    ("fork-with-threads", "trap", "", "1.33"),
    ("fork-with-threads", "prepared", "21 20", "0.00"),
    ("fork-with-threads", "spawn", "13 11", "0.33"),
    ("closed-by-another-thread", "close-first", "16 11", "0.00"),
    ("closed-by-another-thread", "join-first", "37 19", "0.00"),
    ("allocated-twice", "plain", "11 12", "0.00"),
    ("allocated-twice", "locked", "13 18", "0.00"),
    ("lost-update", "", "7 8 9", "5.00"),
    ("atomic-update", "", "3 6 17 23", "6.50"),
    ("tickets", "without", "16 20 24", "12.00"),
    ("tickets", "with", "14 18 22", "4.67"),
    ("barging", "barging", "20 48 34", "8.00"),
    ("barging", "handover", "36 42 48", "8.33"),
    ("reentrant-lock", "", "15 18", "3.33"),
    ("semaphore", "", "12 12 12 23 23 23", "1.25"),
    ("bounded-semaphore", "counting", "5 20 20 20", "0.00"),
    ("bounded-semaphore", "bounded", "5 20 20 29", "0.00"),
    ("event-traffic-light", "", "25.5 8 8.5 12.5 20.5", "0.80"),
    ("event-timeout", "", "10.5 12 12", "0.67"),
    ("event-timeout", "slow", "25.5 18.5 20.5", "0.67"),
    ("condition-notify", "", "29 42 58 62 54", "13.00"),
    ("condition-while", "if", "26 32 21", "7.67"),
    ("condition-while", "while", "36 31 21", "8.00"),
    ("condition-lost-notification", "", "6 11", "0.00"),
    ("condition-lost-notification", "early", "8 12 13", "0.00"),
    ("queue-orders", "", "12 31", "0.00"),
    ("queue-orders", "at-once", "12 16", "0.00"),
    ("queue-full-and-empty", "", "11 24", "0.00"),
    ("queue-done-and-join", "", "18 14 18", "0.00"),
    ("barrier", "", "32 32 32", "0.00"),
    ("readers-and-writers", "readers", "6 12 8 16", "0.00"),
    ("readers-and-writers", "writers", "6 10 20 14", "0.00"),
    ("readers-and-writers", "fair", "6 10 16 20", "0.00"),
    ("writers-starve", "", "18 20 22 21", "0.00"),
    ("producer-consumer", "fast-producer", "19 37", "0.00"),
    ("producer-consumer", "fast-consumer", "36 37", "0.00"),
    ("producer-consumer", "roomy", "6 37", "0.00"),
    ("bounded-buffer", "", "32 75.5", "0.00"),
    ("broken-flag", "", "14 11", "5.50"),
    ("two-flags", "look-first", "10 8", "0.00"),
    ("two-flags", "raise-first", "", "0.00"),
    ("strict-alternation", "", "54 70", "0.00"),
    ("strict-alternation", "gone", "24", "0.00"),
    ("peterson", "", "52 62", "26.00"),
    ("spin-lock", "", "35 43 51", "0.00"),
    ("spin-lock", "one-by-one", "19 38 57", "19.00"),
    ("spin-on-one-cpu", "spin", "62 105 129", "55.67"),
    ("spin-on-one-cpu", "yield", "38 68 90", "35.33"),
    ("test-before-swap", "swap", "12 24 36", "0.00"),
    ("test-before-swap", "look", "12 25 38", "0.00"),
    ("ticket-lock", "", "35 43 51", "0.00"),
    ("array-queue-lock", "one", "10 18 26 34", "0.00"),
    ("array-queue-lock", "four", "10 18 26 34", "0.00"),
    ("cas-retries", "one", "37 45 47", "27.33"),
    ("cas-retries", "three", "13 25 37", "0.00"),
    ("spin-or-sleep", "spin-1", "111 146 168", "95.00"),
    ("spin-or-sleep", "mutex-1", "80 120 142", "68.67"),
    ("spin-or-sleep", "spin-2", "37 50 94", "15.67"),
    ("spin-or-sleep", "mutex-2", "31 59 67", "10.67"),
    ("two-locks", "", "", "0.00"),
    ("two-locks", "same-order", "9 17", "0.00"),
    ("deadlock-schedule", "long", "10 20", "5.00"),
    ("deadlock-schedule", "two", "13 20", "4.00"),
    ("deadlock-schedule", "three", "", "3.50"),
    ("deadlock-schedule", "parallel", "", "0.00"),
    ("one-big-lock", "two", "6 6", "0.00"),
    ("one-big-lock", "one", "6 11 22 28", "0.00"),
    ("coffman-conditions", "all-four", "", "0.00"),
    ("coffman-conditions", "copies", "13 13", "0.00"),
    ("coffman-conditions", "at-once", "13 22", "0.00"),
    ("coffman-conditions", "give-back", "25 18", "0.00"),
    ("coffman-conditions", "order", "13 23", "0.00"),
    ("philosophers", "", "", "18.00"),
    ("philosophers-order", "", "47 43 39 33 52", "23.20"),
    ("philosophers-waiter", "", "50 43 37 38 55", "23.80"),
    ("philosophers-compared", "naive", "", "0.00"),
    ("philosophers-compared", "order", "32 26 20 14 40", "0.00"),
    ("philosophers-compared", "waiter", "32 26 20 14 38", "0.00"),
    ("philosophers-compared", "odd", "14 22 14 28 20", "0.00"),
    ("timeout-and-back-off", "", "25 15 38 34", "0.00"),
    ("timeout-and-back-off", "patient", "51 31 46 34", "0.00"),
    ("timeout-and-back-off", "impatient", "22 12 38 31", "0.00"),
    ("livelock", "in-step", "94 94", "0.00"),
    ("you-deadlock", "", "7 9", "2.50"),
    ("you-lose-an-update", "", "3 5", "1.50"),
    ("livelock", "random", "28 32", "0.00"),
    ("safe-state", "safe", "30 16 39", "9.33"),
    ("safe-state", "unsafe", "", "5.00"),
    ("safe-state", "lucky", "30 16 39", "9.33"),
    ("bankers-algorithm", "careless", "", "0.00"),
    ("bankers-algorithm", "careful", "167 266 304", "0.00"),
    ("deadlock-among-some", "", "41", "1.00"),
    ("deadlock-detector", "", "66 59 52 71", "0.00"),
    ("owner-fails", "", "9 14 17", "4.50"),
    ("owner-fails", "release-always", "9 14 18 22", "4.75"),
    ("readers-upgrade", "upgrade", "", "0.00"),
    ("readers-upgrade", "let-go", "13 16", "0.00"),
    ("lost-wake-up", "look-first", "9", "3.50"),
    ("lost-wake-up", "lock-first", "15 11", "3.00"),
    ("semaphore-stall", "nobody", "13", "0.67"),
    ("semaphore-stall", "help", "25 28 14", "2.33"),
    ("read-two-phases", "", "15 28 9", "4.00"),
    ("one-thread-two-sockets", "", "28 23 27", "0.00"),
    ("non-blocking-read", "busy", "27 20 20", "9.50"),
    ("non-blocking-read", "seldom", "31 20 20", "9.50"),
    ("select-loop", "", "40 39 31 23", "0.00"),
    ("poll-and-epoll", "poll-4", "28 27", "0.00"),
    ("poll-and-epoll", "poll-12", "34", "0.00"),
    ("poll-and-epoll", "epoll-4", "25.75 24.75", "0.00"),
    ("poll-and-epoll", "epoll-12", "25.75", "0.00"),
    ("edge-and-level", "level", "24", "0.00"),
    ("edge-and-level", "edge", "", "0.00"),
    ("edge-and-level", "drained", "24.5", "0.00"),
    ("asynchronous-read", "", "20 9", "0.00"),
    ("four-calls", "receive", "37 14", "0.00"),
    ("four-calls", "try-receive", "25 14", "0.00"),
    ("four-calls", "submit-and-wait", "37 14", "0.00"),
    ("four-calls", "submit-and-work", "21 14", "0.00"),
    ("five-models", "blocking", "37.5 45 38.5", "6.50"),
    ("five-models", "non-blocking", "39 69 40", "18.50"),
    ("five-models", "multiplexing", "42 52.5 43", "10.25"),
    ("signal-driven-read", "", "46 18", "0.00"),
    ("five-models", "signal-driven", "39 45.5 40", "6.75"),
    ("five-models", "asynchronous", "37.5 40.5 38.5", "4.25"),
    ("server-workers", "iterative", "10 45 26 32 38 44", "0.00"),
    ("server-workers", "pool", "10 37 39 26 30 34", "3.00"),
    ("server-workers", "per-client", "12 29 31 16 18 26", "1.80"),
    ("server-event-loop", "short", "31.75 26.25 30.5 13.25 17.75", "0.00"),
    ("server-event-loop", "long", "52.75 41 51.5 19.25 29.75", "0.00"),
    ("send-waits-too", "small", "19 38 34", "4.00"),
    ("send-waits-too", "large", "11 38 36", "4.00"),
    ("backlog", "two", "16 11 15 5 6", "0.00"),
    ("backlog", "four", "24 11 15 19 23", "0.00"),
    ("stream-of-bytes", "apart", "17 16", "0.00"),
    ("stream-of-bytes", "together", "7 4", "0.00"),
    ("stream-of-bytes", "in-pieces", "19 16", "0.00"),
    ("small-reads", "small", "29 35 4", "14.00"),
    ("small-reads", "large", "16 28 4", "7.50"),
    ("server-timeout", "patient", "45 26 32 38 44", "0.00"),
    ("server-timeout", "impatient", "25 20 21 18 24", "0.00"),
    ("server-completions", "", "29 26 28 13 17", "0.00"),
    ("packets-interrupt", "small", "33 29 15.5", "17.75"),
    ("packets-interrupt", "large", "27 23 15.5", "11.75"),
    ("thundering-herd", "accept", "0.5 7 15 23 31 5", "1.90"),
    ("thundering-herd", "poll", "0.5 7.5 15.5 23.5 31 5", "3.80"),
    ("number-reused", "in-time", "18 5 6", "0.00"),
    ("number-reused", "closed", "23 11 11", "0.00"),
    ("number-reused", "reused", "18 11 11 12", "0.00"),
    ("you-answer-the-wrong-client", "", "18 8 9 17", "2.50"),
    ("asking-in-turn", "", "34 46 35 27.5 20", "16.00"),
    ("both-send-first", "short", "3 4", "1.00"),
    ("both-send-first", "long", "", "3.00"),
    ("both-send-first", "polite", "32 30", "6.00"),
    ("sending-to-nobody", "stays", "12", "0.00"),
    ("sending-to-nobody", "goes", "12 5", "0.00"),
    ("sending-to-nobody", "far", "21 11", "0.00"),
    ("user-threads-block", "user", "12 15 18 10", "0.00"),
    ("user-threads-block", "kernel", "12 5 6 10", "2.67"),
    ("hybrid-threads", "first", "9 3 6", "0.00"),
    ("hybrid-threads", "second", "9 11 14 16", "1.50"),
    ("hybrid-threads", "third", "9 10 3 6", "0.25"),
    ("processor-handed-over", "fixed", "9 9 18 18 21 21", "0.00"),
    ("processor-handed-over", "handed-over", "9 9 10 10 3 3", "0.00"),
    ("processors-steal", "one", "4 8 10 12 14 16", "0.00"),
    ("processors-steal", "two", "4 2 6 4 8 8", "0.00"),
    ("user-switch-cost", "user", "17 17.25", "0.88"),
    ("user-switch-cost", "kernel", "34.75 36.5", "29.62"),
    ("cooperative-threads", "greedy", "12 12", "0.00"),
    ("cooperative-threads", "polite", "12 12", "0.00"),
    ("cooperative-threads", "kernel", "12 8", "4.00"),
    ("threads-and-cpus", "user", "3 6 9 12", "0.00"),
    ("threads-and-cpus", "kernel", "3 3 6 6", "1.50"),
    ("threads-and-cpus", "hybrid", "3 3 6 6", "0.00"),
    ("server-user-threads", "blocking", "4 4 23 27 24 28", "0.00"),
    ("server-user-threads", "hub", "4 24 23 9 24 10", "0.00"),
    ("server-user-threads", "kernel", "4 0 23 9 24 10", "0.00"),
];

#[test]
fn runs_have_the_figures_of_their_lessons() {
    let mut shown = Vec::new();
    for scenario in catalogue() {
        let names = scenario
            .variants
            .iter()
            .map(|variant| variant.name.as_str());
        for (name, trace) in core::iter::once("").chain(names).zip(runs(scenario)) {
            if name.is_empty() && scenario.opening == Opening::SideBySide {
                continue;
            }
            let metrics = Metrics::at_end(&trace);
            let unit = trace.code().config.unit;
            let ends = metrics.jobs.iter().take(6).filter_map(|job| job.completion);
            let ends: Vec<_> = ends.map(|end| unit.show_time(end).to_string()).collect();
            let waiting = format!("{:.2}", metrics.mean_waiting.unwrap_or_default());
            shown.push((scenario.slug.as_str(), name, ends.join(" "), waiting));
        }
    }
    let shown: Vec<_> = shown
        .iter()
        .map(|(slug, name, ends, waiting)| (*slug, *name, &**ends, &**waiting))
        .collect();
    let new: Vec<_> = shown
        .iter()
        .filter(|line| !FIGURES.contains(line))
        .collect();
    let gone: Vec<_> = FIGURES
        .iter()
        .filter(|line| !shown.contains(line))
        .collect();
    let list = |lines: &[&(&str, &str, &str, &str)]| -> String {
        lines
            .iter()
            .map(|line| format!("    {line:?},\n"))
            .collect()
    };
    assert!(
        new.is_empty() && gone.is_empty(),
        "not in the list:\n{}no longer so:\n{}",
        list(&new),
        list(&gone)
    );
}

/// A scenario in which nothing is wrong, for the tests that break it.
const SOUND: &str = r#"title.en = "Two jobs"
chapter = "schedulers"
order = 1
rows = ["S"]

[machine]
policy = "fcfs"

[[job]]
name = "A"
bursts = "c3"

[[job]]
name = "B"
bursts = "c2"

[[variant]]
name = "rr"
title.en = "Round robin"
set = { policy = "rr", slice = 1 }

[[claim]]
id = "order"
kind = "always"
text.en = "A ends before B."
order = ["exited A", "exited B"]
mutant.set = { policy = "sjf" }
mutant.what.en = "The shorter one goes first."
"#;

fn read(text: &str, lesson: &str) -> Result<Scenario, String> {
    let lessons = [("lesson.en.md", lesson)];
    let source = Source {
        slug: "two",
        scenario: text,
        lessons: &lessons,
    };
    Scenario::read(&source).map_err(|error| error.to_string())
}

#[test]
fn a_sound_scenario_is_read() {
    let scenario = read(SOUND, "A lesson.").unwrap();
    assert_eq!(scenario.title.to_string(), "Two jobs");
    let results = claims::check(&scenario);
    assert!(
        results.iter().all(claims::ClaimResult::passes),
        "{results:#?}"
    );
}

#[test]
fn a_claim_that_is_false_or_that_nothing_breaks_does_not_pass() {
    let swapped = SOUND.replace(r#"["exited A", "exited B"]"#, r#"["exited B", "exited A"]"#);
    let result = &claims::check(&read(&swapped, "A.").unwrap())[0];
    assert!(!result.holds && !result.passes(), "{result:#?}");
    let tame = SOUND.replace(r#"{ policy = "sjf" }"#, "{ slice = 2 }");
    let result = &claims::check(&read(&tame, "A.").unwrap())[0];
    assert!(
        result.holds && !result.mutant_breaks && !result.passes(),
        "{result:#?}"
    );
}

#[test]
fn mistakes_are_named_with_their_place() {
    let mut faults = Vec::new();
    for (from, to, message) in [
        (
            "[[job]]",
            "[[jop]]",
            ":9:3: top level: found the key \"jop\"",
        ),
        (
            "chapter = \"schedulers\"",
            "chapter = \"shedulers\"",
            ":2:11: chapter: found \"shedulers\", expected schedulers? ",
        ),
        ("order = 1\n", "", ":1:1: found no key \"order\""),
        ("rows = [\"S\"]", "rows = \"S\"", ":4:8: rows: found \"S\""),
        (
            "title.en = \"Two jobs\"",
            "title.zh = \"两个\"",
            ":1:1: title: found no text in English",
        ),
        (
            "bursts = \"c3\"",
            "bursts = \"c3 x\"",
            ":11:14: job 1, bursts: found \"x\"",
        ),
        (
            "slice = 1 }",
            "slice = 0 }",
            ":20:32: variant 1, set, slice: found 0, expected a number of ms above 0",
        ),
        (
            "slice = 1 }",
            "slise = 1 }",
            ":20:24: variant 1, set: found the key \"slise\", expected slice? ",
        ),
        (
            "slice = 1 }",
            "queues = 2, slices = [1] }",
            ":20:7: variant 1, set, slices: found",
        ),
        (
            "kind = \"always\"",
            "kind = \"often\"",
            ":24:8: claim 1, kind: found \"often\", expected one of always",
        ),
        (
            "exited B",
            "exited C",
            ":26:9: claim 1, order: found job \"C\" in \"exited C\", expected one of A, B",
        ),
        (
            "exited B",
            "exits B",
            ":26:22: claim 1, order: found \"exits\" in \"exits B\"",
        ),
        (
            "order = [",
            "variant = \"edf\"\norder = [",
            ":26:11: claim 1, variant: found \"edf\"",
        ),
        (
            "order = [\"exited A\", \"exited B\"]",
            "measure = \"turnaround C < 3\"",
            ":26:11: claim 1, measure: found the job \"C\"",
        ),
        (
            "order = [\"exited A\", \"exited B\"]",
            "measure = \"speed A < 3\"",
            ":26:11: claim 1, measure: found \"speed A\"",
        ),
        (
            "order = [\"exited A\", \"exited B\"]",
            "measure = \"end < end @ x\"",
            ":26:11: claim 1, measure: found the variant \"x\"",
        ),
        (
            "order = [\"exited A\", \"exited B\"]",
            "count = \"exited\"\nis = \"2\"",
            ":27:6: claim 1, is: found \"2\"",
        ),
        (
            "order = [\"exited A\", \"exited B\"]",
            "",
            ":22:1: claim 1: found none of them, expected exactly one of",
        ),
        (
            "mutant.set = { policy = \"sjf\" }\n",
            "",
            ":27:1: claim 1, mutant: found no change",
        ),
        (
            "mutant.set = { policy = \"sjf\" }",
            "mutant.job = { name = \"C\", bursts = \"c1\" }",
            ":27:23: claim 1, mutant, job, name: found \"C\"",
        ),
        (
            "mutant.set = { policy = \"sjf\" }",
            "mutant.job = { name = \"A\", burst = \"c1\" }",
            "found the key \"burst\", expected bursts? ",
        ),
        ("policy = \"fcfs\"", "policy = ", ":7:"),
    ] {
        assert!(SOUND.contains(from), "{from}");
        let text = SOUND.replacen(from, to, 1);
        let error = read(&text, "A lesson.")
            .map(|scenario| scenario.slug)
            .unwrap_err();
        assert!(error.starts_with("scenarios/two/scenario.toml:"), "{error}");
        if !error.contains(message) {
            faults.push(format!("expected …{message}…\n   found {error}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for (lesson, message) in [
        (
            "<!-- on: exited C -->\nA.",
            "scenarios/two/lesson.en.md: lesson: found job \"C\"",
        ),
        (
            "A.\n\n<!-- on: exits A -->\nA.",
            "scenarios/two/lesson.en.md:3:10: lesson: found ",
        ),
    ] {
        let error = read(SOUND, lesson)
            .map(|scenario| scenario.slug)
            .unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
}
