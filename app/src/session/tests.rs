//! What acts do to a session.

mod live;
pub mod opening;
mod part;
mod real;
mod scripts;

use sim_core::run::{Limit, Outcome};
use sim_core::time::Time;

use super::*;
use crate::player::{Command, Motion, Speed};

const TEXT: &str = "[machine]\npolicy = \"rr\"\nslice = 2\n\
    [[job]]\nname = \"A\"\nbursts = \"c5 i3 c2\"\n\
    [[job]]\nname = \"B\"\narrival = 1\nbursts = \"c4\"\n";

fn open(text: &str) -> Act {
    Act::OpenText {
        name: "jobs.toml".into(),
        text: text.into(),
    }
}

fn session() -> Session {
    let mut session = Session::new();
    session.handle(open(TEXT));
    assert_eq!(session.problem(), None);
    session
}

fn set(scope: Scope, name: &str, value: &str) -> Act {
    Act::SetParameter {
        scope,
        name: name.into(),
        value: value.into(),
    }
}

#[test]
fn steps_lead_to_the_end_and_back() {
    let mut session = session();
    let length = session.merged().len();
    for position in 1..=length {
        session.handle(Act::StepForward(Granularity::Event));
        assert_eq!(session.position(), position);
        assert_eq!(session.runs()[0].scene.position, position);
    }
    let last = session.runs()[0].trace.last();
    assert_eq!(session.runs()[0].scene.machine, last);
    session.handle(Act::StepForward(Granularity::Event));
    assert_eq!(session.position(), length);
    for _ in 0..length {
        session.handle(Act::StepBack(Granularity::Switch));
    }
    assert_eq!(session.position(), 0);
    assert_eq!(session.runs()[0].scene.event, None);
}

#[test]
fn a_bad_file_leaves_the_old_run_alive() {
    let mut session = session();
    session.handle(Act::Seek(5));
    let revision = session.revision();
    for text in [
        "",
        "[[job]]\nname = 3",
        "\u{0}\u{1}",
        "[[job]]\nname=\"A\"\nbursts=\"x\"",
    ] {
        session.handle(open(text));
        assert!(
            matches!(session.problem(), Some(Problem::Input(_))),
            "{text:?}"
        );
        assert_eq!((session.position(), session.revision()), (5, revision));
        session.handle(Act::Dismiss);
        assert_eq!(session.problem(), None);
    }
    session.handle(Act::StepForward(Granularity::Event));
    assert_eq!(session.position(), 6);
}

#[test]
fn a_bad_setting_or_scenario_is_said_and_changes_nothing() {
    let mut session = session();
    session.handle(set(Scope::All, "slice", "zero"));
    assert!(matches!(session.problem(), Some(Problem::Setting(_))));
    session.handle(set(Scope::All, "slise", "2"));
    assert!(session.problem().unwrap().to_string().contains("slice"));
    session.handle(Act::Open {
        slug: "no-such".into(),
    });
    assert!(matches!(
        session.problem(),
        Some(Problem::UnknownScenario { .. })
    ));
    session.handle(Act::UseVariant {
        name: "no-such".into(),
    });
    assert!(matches!(
        session.problem(),
        Some(Problem::UnknownVariant { .. })
    ));
    assert_eq!(session.revision(), 1);
}

#[test]
fn a_parameter_runs_again_and_keeps_the_time() {
    let mut session = session();
    session.handle(Act::SeekTime(Time(6_000_000)));
    session.handle(set(Scope::All, "slice", "4"));
    assert_eq!(session.revision(), 2);
    assert_eq!(session.plan().settings(0).value("slice"), "4");
    assert_eq!(session.player().clock(), Time(6_000_000));
    let at = session.merged().time(session.position());
    assert!(at <= Time(6_000_000));
    assert!(session.merged().time(session.position() + 1) > Time(6_000_000));
    session.handle(Act::ResetParameters(Scope::All));
    assert_eq!(session.plan().settings(0).value("slice"), "2");
}

#[test]
fn what_does_not_change_the_past_keeps_the_very_step() {
    let mut session = session();
    for position in 0..=session.merged().len() {
        session.handle(Act::Seek(position));
        session.handle(set(Scope::All, "starvation", &(position + 1).to_string()));
        assert_eq!(session.position(), position);
    }
}

#[test]
fn runs_stand_side_by_side_on_one_clock() {
    let mut session = session();
    let alone = session.merged().len();
    session.handle(Act::ToEnd);
    session.handle(Act::AddRun);
    assert_eq!(session.runs().len(), 2);
    assert!(session.merged().len() > alone);
    session.handle(set(Scope::Run(1), "policy", "fcfs"));
    session.handle(Act::ToStart);
    let mut clock = Time::ZERO;
    for position in 1..=session.merged().len() {
        session.handle(Act::StepForward(Granularity::Event));
        let behind: usize = session.runs().iter().map(|run| run.scene.position).sum();
        assert_eq!(behind, position);
        let last = session.last_event().unwrap();
        assert!(last.event.at >= clock, "one order of time");
        clock = last.event.at;
        assert!(
            session
                .runs()
                .iter()
                .all(|run| run.scene.machine.now <= clock)
        );
    }
    session.handle(Act::RemoveRun(0));
    assert_eq!(session.plan().settings(0).value("policy"), "fcfs");
    session.handle(Act::RemoveRun(0));
    assert_eq!(session.runs().len(), 1);
}

#[test]
fn editing_the_table_edits_the_text_and_the_other_way_round() {
    let mut session = session();
    let bursts = Act::EditJob {
        job: 1,
        field: JobField::Bursts,
        text: "c7".into(),
    };
    session.handle(bursts);
    assert_eq!(session.problem(), None);
    assert!(session.plan().text().contains("c7"));
    let text = session.plan().text().replace("c7", "c9");
    session.handle(Act::EditWorkload { text });
    let unit = session.unit();
    let shown = JobField::Bursts.show(&session.plan().workload.jobs[1], unit);
    assert_eq!(shown, "c9");
    session.handle(Act::EditJob {
        job: 1,
        field: JobField::Bursts,
        text: "c".into(),
    });
    assert!(
        session
            .problem()
            .unwrap()
            .to_string()
            .contains("job B, bursts")
    );
    session.handle(Act::AddJob);
    session.handle(Act::RemoveJob(0));
    assert_eq!(session.problem(), None);
    assert_eq!(session.runs()[0].trace.code().jobs.len(), 2);
}

#[test]
fn playing_reaches_the_end_and_a_step_pauses() {
    let mut session = session();
    session.handle(Act::Player(Command::Speed(Speed::Sixteen)));
    session.handle(Act::Player(Command::Play));
    session.handle(Act::Frame(0.1));
    session.handle(Act::StepBack(Granularity::Event));
    assert_eq!(session.player().motion(), Motion::Paused);
    session.handle(Act::Player(Command::Toggle));
    for _ in 0..10_000 {
        session.handle(Act::Frame(0.1));
    }
    assert_eq!(session.position(), session.merged().len());
    assert_eq!(session.player().motion(), Motion::Paused);
}

#[test]
fn other_jobs_or_machines_are_another_cast() {
    let mut session = session();
    let cast = |session: &Session| session.runs()[0].cast;
    let first = cast(&session);
    session.handle(set(Scope::All, "slice", "3"));
    assert_eq!(cast(&session), first);
    session.handle(set(Scope::All, "cpus", "2"));
    let second = cast(&session);
    assert_ne!(second, first);
    session.handle(Act::AddRun);
    assert_eq!(cast(&session), second);
    let added = session.runs()[1].cast;
    assert_ne!(added, second);
    session.handle(Act::RemoveRun(0));
    assert_eq!(cast(&session), added, "the run that stays keeps its cast");
    session.handle(Act::RemoveJob(0));
    assert_ne!(cast(&session), added);
}

/// More events than one slice makes.
fn long() -> Act {
    open(
        "[machine]\npolicy = \"rr\"\nslice = 1\n\
         [[job]]\nname = \"W\"\ncount = 10\nbursts = \"c10000\"\n",
    )
}

#[test]
fn long_runs_are_made_in_slices_and_the_last_place_asked_for_counts() {
    let mut session = session();
    session.handle(Act::Seek(3));
    session.handle_all([long(), Act::Seek(77)]);
    let progress = session.progress().unwrap();
    assert!(progress.events > 0 && progress.complete < progress.runs);
    assert_eq!(
        (session.position(), session.revision()),
        (3, 1),
        "the old run lives on"
    );
    for _ in 0..100 {
        session.handle(Act::Frame(0.016));
    }
    assert_eq!(session.progress(), None);
    assert_eq!((session.position(), session.revision()), (77, 2));
    assert_eq!(session.runs()[0].trace.outcome(), Outcome::Finished);
}

#[test]
fn making_can_be_cancelled() {
    let mut session = session();
    session.handle(long());
    session.handle(Act::Cancel);
    assert_eq!((session.progress(), session.revision()), (None, 1));
    let mut first = Session::new();
    first.handle(long());
    first.handle(Act::Cancel);
    assert_eq!(
        first.runs()[0].trace.outcome(),
        Outcome::Limit(Limit::Events)
    );
    assert!(first.merged().len() > 1_000);
}

#[test]
fn every_scenario_of_the_catalogue_opens_and_plays() {
    let mut session = Session::new();
    for scenario in sim_core::scenario::catalogue() {
        session.handle(Act::Open {
            slug: scenario.slug.clone(),
        });
        opening::answer(&mut session);
        while session.progress().is_some() {
            session.handle(Act::Frame(0.016));
        }
        assert_eq!(session.problem(), None, "{}", scenario.slug);
        assert_eq!(session.position(), 0);
        session.handle(Act::ToEnd);
        assert_eq!(
            session.position(),
            session.merged().len(),
            "{}",
            scenario.slug
        );
        for variant in &scenario.variants {
            session.handle(Act::UseVariant {
                name: variant.name.clone(),
            });
            assert_eq!(
                session.problem(),
                None,
                "{} {}",
                scenario.slug,
                variant.name
            );
        }
        session.handle(Act::CompareVariants);
        assert_eq!(session.problem(), None, "{}", scenario.slug);
    }
}
