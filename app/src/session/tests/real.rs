//! A recorded real run beside the simulated ones.

use std::path::Path;

use sim_core::scenario;

use super::opening::answer;
use super::*;
use crate::permalink::Link;

pub(super) fn text_of(slug: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim-core/recordings");
    std::fs::read_to_string(root.join(format!("{slug}.txt"))).expect("a recording")
}

/// Answers what is asked for, if anything is.
fn deliver(session: &mut Session, text: Result<String, FetchFault>) {
    let Some(RecordingRequest { number, .. }) = session.recording_request() else {
        return;
    };
    let request = number;
    session.handle(Act::DeliverRecording { request, text });
}

pub(super) fn opened(slug: &str) -> Session {
    let mut session = Session::new();
    session.handle(Act::Open { slug: slug.into() });
    answer(&mut session);
    assert_eq!(session.problem(), None);
    session
}

pub(super) fn shown(slug: &str) -> Session {
    let mut session = opened(slug);
    session.handle(Act::ShowRecording);
    deliver(&mut session, Ok(text_of(slug)));
    assert_eq!(session.problem(), None);
    session
}

#[test]
fn it_stands_behind_the_simulated_ones_and_is_stepped_with_them() {
    let mut session = shown("two-locks");
    assert_eq!(session.runs().len(), 2);
    assert!(!session.is_real(0) && session.is_real(1));
    assert!(!session.offers_recording());
    let trace = Arc::clone(&session.runs()[1].trace);
    session.handle(Act::ToEnd);
    assert_eq!(session.runs()[1].scene.machine, trace.last());
    for _ in 0..session.merged().len() {
        session.handle(Act::StepBack(Granularity::Event));
    }
    assert_eq!(session.runs()[1].scene.position, 0);
    // Whatever is changed is changed in the simulated one.
    session.handle(set(Scope::All, "cpus", "1"));
    assert!(Arc::ptr_eq(&session.runs()[1].trace, &trace));
    assert_eq!(session.runs()[0].trace.code().config.cpus, 1);
    session.handle(Act::RemoveRun(1));
    assert_eq!(session.runs().len(), 1);
    assert!(session.offers_recording());
    // It is there already.
    session.handle(Act::ShowRecording);
    assert_eq!(
        (session.recording_request(), session.runs().len()),
        (None, 2)
    );
}

#[test]
fn nobody_chooses_in_it_and_it_reaches_no_goal() {
    for slug in ["you-deadlock", "you-lose-an-update"] {
        let mut session = shown(slug);
        for position in 0..session.merged().len() {
            session.handle(Act::Seek(position));
            let choice = session.choice();
            assert!(choice.is_none_or(|choice| choice.run == 0));
        }
        assert!(!session.runs()[0].goals.is_empty());
        assert!(session.runs()[1].goals.is_empty());
    }
}

#[test]
fn a_link_names_it_and_leads_to_the_same_step() {
    let mut session = shown("philosophers");
    for position in [0, 7, session.merged().len()] {
        session.handle(Act::Seek(position));
        let fragment = session.link().to_fragment();
        assert!(fragment.contains("real=1"), "{fragment}");
        let mut other = Session::new();
        other.handle_all(Link::parse(&fragment).unwrap().acts());
        answer(&mut other);
        deliver(&mut other, Ok(text_of("philosophers")));
        assert_eq!(other.problem(), None);
        assert_eq!(other.position(), position);
        assert_eq!(other.link(), session.link());
        for (one, two) in session.runs().iter().zip(other.runs()) {
            assert_eq!(one.scene.machine.digest(), two.scene.machine.digest());
        }
    }
    // Other settings of the simulated run change nothing about it.
    session.handle(set(Scope::All, "cpus", "2"));
    let link = session.link();
    assert_eq!(Link::parse(&link.to_fragment()), Ok(link));
}

#[test]
fn what_cannot_be_had_is_said_and_keeps_nothing_else_away() {
    for (text, sentence, again) in [
        (Err(FetchFault::Status(404)), "answers 404", true),
        (Ok(String::new()), "does not begin with", false),
        (Ok(text_of("lost-update")), "another workload", false),
    ] {
        let mut session = opened("two-locks");
        session.handle_all([Act::ShowRecording, Act::Seek(3)]);
        assert_eq!(session.position(), 0);
        deliver(&mut session, text);
        assert_eq!((session.position(), session.runs().len()), (3, 1));
        let problem = session.problem().cloned().expect("a problem");
        assert!(problem.to_string().contains(sentence), "{problem}");
        assert_eq!(problem.can_be_retried(), again);
        session.handle(Act::Retry);
        assert_eq!(session.recording_request().is_some(), again);
        deliver(&mut session, Ok(text_of("two-locks")));
        assert_eq!(session.runs().len(), 1 + usize::from(again));
    }
}

#[test]
fn it_goes_with_its_scenario() {
    let mut session = shown("two-locks");
    session.handle(Act::EditScript {
        text: "shared x = 0\ntask t\n  store x = 1\n".into(),
    });
    assert_eq!(session.runs().len(), 1);
    session.handle(Act::ShowRecording);
    let missing = Problem::Recording(RecordingFault::Missing);
    assert_eq!(session.problem(), Some(&missing));
    // An answer that comes too late is not taken.
    let mut session = opened("two-locks");
    session.handle(Act::ShowRecording);
    let request = session.recording_request().unwrap().number;
    session.handle(Act::Open {
        slug: "lost-update".into(),
    });
    answer(&mut session);
    let text = Ok(text_of("two-locks"));
    session.handle(Act::DeliverRecording { request, text });
    assert_eq!((session.problem(), session.runs().len()), (None, 1));
}

#[test]
fn there_is_room_for_six_runs_in_all() {
    let mut session = shown("two-locks");
    for _ in 0..MOST_RUNS {
        session.handle(Act::AddRun);
    }
    assert_eq!(session.runs().len(), MOST_RUNS);
    assert_eq!(session.problem(), Some(&Problem::TooManyRuns));
    assert!(session.is_real(MOST_RUNS - 1));
    session.handle(Act::KeepRun(MOST_RUNS - 1));
    assert_eq!(session.runs().len(), 2);
    assert!(session.is_real(1));
    session.handle(Act::KeepRun(0));
    assert_eq!(session.runs().len(), 1);
}

#[test]
fn every_recording_of_the_catalogue_is_shown() {
    let entries = scenario::index()
        .iter()
        .filter(|entry| entry.has_recording());
    for entry in entries {
        let mut session = opened(entry.slug);
        // Where there is no room for another run, one has to go first.
        if session.runs().len() >= MOST_RUNS {
            session.handle(Act::RemoveRun(0));
        }
        session.handle(Act::ShowRecording);
        deliver(&mut session, Ok(text_of(entry.slug)));
        assert_eq!(session.problem(), None, "{}", entry.slug);
        let last = session.runs().len() - 1;
        assert!(session.is_real(last), "{}", entry.slug);
        for position in 0..=session.merged().len().min(60) {
            session.handle(Act::Seek(position));
        }
        session.handle(Act::ToEnd);
    }
}
