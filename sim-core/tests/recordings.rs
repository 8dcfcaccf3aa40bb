//! The recordings of real runs: each is legal and of what its scenario is now, and a text that is none is
//! refused with a reason.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sim_core::recording::{LONGEST, LONGEST_KEPT, Recording, RecordingError};
use sim_core::run::Outcome;
use sim_core::scenario::{self, Scenario};
use sim_core::view::{Lanes, SegmentKind};

/// What makes them anew.
const REMEDY: &str = "cargo run --release -p lockstep-sim-core -- record sim-core/recordings";
/// How many bytes all of them may have.
const ALL: u64 = 600 << 10;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings")
}

fn text(slug: &str) -> String {
    let path = folder().join(format!("{slug}.txt"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{slug}: {error}"))
}

fn of(slug: &str) -> (&'static Scenario, Recording) {
    let scenario =
        scenario::find(slug).unwrap_or_else(|| panic!("{slug} is no scenario: {REMEDY}"));
    let recording = Recording::read(&text(slug));
    (
        scenario,
        recording.unwrap_or_else(|error| panic!("{slug}: {error}: {REMEDY}")),
    )
}

fn slugs() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the recordings");
    let names = entries.map(|entry| entry.expect("a recording").file_name());
    let mut slugs: Vec<_> = names
        .map(|name| {
            let name = name.into_string().expect("a slug");
            name.strip_suffix(".txt").expect("a recording").to_owned()
        })
        .collect();
    slugs.sort();
    slugs
}

#[test]
fn each_is_a_legal_run_of_its_scenario() {
    let mut bytes = 0;
    for slug in slugs() {
        let (scenario, recording) = of(&slug);
        let text = text(&slug);
        assert!(
            text.len() <= LONGEST_KEPT,
            "{slug}: {} bytes: {REMEDY}",
            text.len()
        );
        bytes += text.len() as u64;
        assert_eq!(recording.write(), text, "{slug}: {REMEDY}");
        assert_eq!(recording.name, slug);
        let trace = recording.replay(&scenario.workload);
        let trace = trace.unwrap_or_else(|error| panic!("{slug}: {error}: {REMEDY}"));
        assert_eq!(trace.reality(), Some(&recording.reality), "{slug}");
        assert_eq!(trace.events(), recording.events, "{slug}");
        // Nobody has seen who had a CPU.
        let lanes = Lanes::new(&trace);
        let kinds = lanes.tasks.iter().flatten().map(|segment| segment.kind);
        let is_guess = |kind: SegmentKind| kind == SegmentKind::Ready || kind.cpu().is_some();
        assert_eq!(kinds.filter(|kind| is_guess(*kind)).count(), 0, "{slug}");
    }
    assert!(bytes <= ALL, "{bytes} bytes: {REMEDY}");
}

#[test]
fn the_index_says_which_there_are() {
    let index = scenario::index()
        .iter()
        .filter(|entry| entry.has_recording());
    let mut index: Vec<_> = index.map(|entry| entry.slug).collect();
    index.sort_unstable();
    assert_eq!(index, slugs());
}

#[cfg(all(feature = "native", unix))]
#[test]
fn all_that_have_a_real_form_have_one() {
    use sim_core::settings::Settings;

    let has_form = |scenario: &&Scenario| {
        let code = scenario.workload.code(&Settings::default());
        sim_core::native::support(&code.expect("a scenario's code")).is_ok()
    };
    let scenarios = scenario::catalogue().iter().filter(has_form);
    let mut expected: Vec<_> = scenarios.map(|scenario| &*scenario.slug).collect();
    expected.sort_unstable();
    assert_eq!(slugs(), expected, "{REMEDY}");
}

#[test]
fn another_workload_is_told_apart() {
    let (_, recording) = of("two-locks");
    let other = scenario::find("lost-update").unwrap();
    let replayed = recording.replay(&other.workload);
    assert_eq!(replayed.err(), Some(RecordingError::OtherWorkload));
}

#[test]
fn what_is_no_recording_is_refused() {
    let good = text("two-locks");
    let (scenario, _) = of("two-locks");
    let refused = |text: &str| {
        let read = Recording::read(text);
        let replayed = read.and_then(|recording| recording.replay(&scenario.workload).map(|_| ()));
        replayed.expect_err("it is no recording").to_string()
    };
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        refused(&good.replacen(from, to, 1))
    };
    assert_eq!(
        refused(""),
        "it does not begin with \"lockstep recording 1\""
    );
    assert_eq!(refused("<!DOCTYPE html>"), refused(""));
    assert_eq!(
        with("recording 1", "recording 2"),
        "its form is 2, and this program reads 1"
    );
    assert_eq!(
        with("outcome: deadlock", "outcome: joy"),
        "its line \"outcome\" cannot be read: \"outcome: joy\""
    );
    let stalled = with("outcome: deadlock", "outcome: stalled");
    assert_eq!(stalled, "it does not end as its events do");
    assert_eq!(
        with("events: 8", "events: 9"),
        "its events cannot be read beyond number 8"
    );
    assert_eq!(
        with("events: 8", "events: 7"),
        "its events cannot be read beyond number 7"
    );
    assert_eq!(
        with("settings:", "settings: cpus=0"),
        "cpus: found \"0\", expected a whole number from 1 to 64"
    );
    let long = format!("{good}{}", "A".repeat(LONGEST));
    assert_eq!(refused(&long), format!("it is longer than {LONGEST} bytes"));
}

#[test]
fn an_event_that_cannot_have_happened_is_refused() {
    let (scenario, recording) = of("two-locks");
    assert_eq!(recording.outcome, Outcome::Deadlock);
    for left_out in 0..recording.events.len() {
        let mut cut = recording.clone();
        cut.events.remove(left_out);
        let read = Recording::read(&cut.write()).expect("a recording");
        assert!(
            read.replay(&scenario.workload).is_err(),
            "without {left_out}"
        );
    }
}

proptest! {
    /// Whatever becomes of a text, reading it and replaying it end in a run or in a sentence.
    #[test]
    fn a_changed_text_is_a_run_or_a_sentence(
        which in 0_usize..10_000,
        changes in prop::collection::vec((0_usize..20_000, any::<u8>()), 1..4),
        cut in prop::option::of(0_usize..20_000),
    ) {
        let slugs = slugs();
        let slug = &slugs[which % slugs.len()];
        let (scenario, _) = of(slug);
        let mut bytes = text(slug).into_bytes();
        for (place, byte) in changes {
            let place = place % bytes.len();
            // Mostly characters that could stand there.
            bytes[place] = if byte < 200 { b'A' + byte % 58 } else { byte };
        }
        if let Some(cut) = cut {
            bytes.truncate(cut);
        }
        let changed = String::from_utf8_lossy(&bytes);
        match Recording::read(&changed).and_then(|read| read.replay(&scenario.workload)) {
            Ok(trace) => prop_assert!(trace.reality().is_some()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
