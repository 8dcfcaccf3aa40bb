//! What acts do to a session while texts of scenarios are on their way.

use sim_core::scenario;

use super::*;
use crate::permalink::Link;

/// The texts of a scenario, as the page's server has them.
pub fn texts_of(slug: &str) -> Texts {
    let mut all = scenario::sources().iter();
    let source = all.find(|source| source.slug == slug).unwrap();
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    Texts {
        scenario: source.scenario.to_owned(),
        lessons: source.lessons.iter().map(owned).collect(),
    }
}

/// Answers what the session asks for, if it does.
pub fn answer(session: &mut Session) {
    if let Some(request) = session.request() {
        session.handle(Act::Deliver {
            request: request.number,
            texts: Ok(texts_of(request.entry.slug)),
        });
    }
}

fn ask(slug: &str) -> Act {
    Act::Open { slug: slug.into() }
}

fn slug(session: &Session) -> &str {
    match &session.plan().source {
        Source::Scenario { slug } => slug,
        Source::Own { .. } => "",
    }
}

/// A session with a scenario open, at its third event.
pub(super) fn opened(slug: &str) -> Session {
    let mut session = Session::new();
    session.handle_all([ask(slug), Act::Seek(3)]);
    answer(&mut session);
    assert_eq!(session.problem(), None);
    session
}

#[test]
fn the_old_run_lives_until_the_texts_are_there() {
    let mut session = opened("fcfs");
    session.handle(ask("round-robin"));
    assert_eq!(session.request().unwrap().entry.slug, "round-robin");
    assert_eq!((slug(&session), session.position()), ("fcfs", 3));
    session.handle(Act::StepForward(Granularity::Event));
    assert_eq!(session.position(), 4);
    answer(&mut session);
    assert_eq!(session.request(), None);
    assert_eq!((slug(&session), session.position()), ("round-robin", 0));

    // What was read once is not asked for again.
    session.handle(ask("fcfs"));
    assert_eq!(session.request(), None);
    assert_eq!(slug(&session), "fcfs");
}

#[test]
fn the_newest_request_wins_whatever_comes_first() {
    let mut session = opened("fcfs");
    session.handle(ask("sjf"));
    let first = session.request().unwrap();
    session.handle(ask("srtf"));
    let second = session.request().unwrap();
    session.handle(Act::Deliver {
        request: first.number,
        texts: Ok(texts_of("sjf")),
    });
    assert_eq!(slug(&session), "fcfs", "nobody waits for this any more");
    session.handle(Act::Deliver {
        request: first.number,
        texts: Err(FetchFault::NoAnswer),
    });
    assert_eq!(session.problem(), None);
    session.handle(Act::Deliver {
        request: second.number,
        texts: Ok(texts_of("srtf")),
    });
    assert_eq!(slug(&session), "srtf");
    session.handle(Act::Deliver {
        request: second.number,
        texts: Ok(texts_of("srtf")),
    });
    assert_eq!(session.revision(), 2, "it was answered already");

    session.handle(ask("stride"));
    session.handle(open(TEXT));
    assert_eq!(session.request(), None, "what is there already is newer");
    session.handle(ask("stride"));
    session.handle(Act::Cancel);
    assert_eq!(session.request(), None);
    assert_eq!(slug(&session), "");
}

#[test]
fn what_cannot_be_fetched_is_said_and_can_be_asked_for_again() {
    let mut session = opened("fcfs");
    let link = Link::parse("s=sjf&cpus=2&run=&run=&policy=rr&at=5").unwrap();
    session.handle_all(link.acts());
    for fault in [FetchFault::NoAnswer, FetchFault::Status(404)] {
        let request = session.request().unwrap();
        session.handle(Act::Deliver {
            request: request.number,
            texts: Err(fault),
        });
        let slug = "sjf".to_owned();
        assert_eq!(session.problem(), Some(&Problem::Fetch { slug, fault }));
        assert_eq!((session.request(), session.position()), (None, 3));
        session.handle(Act::Retry);
        assert_eq!(session.problem(), None);
        assert_ne!(session.request(), Some(request));
    }
    answer(&mut session);
    assert_eq!(
        session.link(),
        link,
        "nothing of what was asked for is lost"
    );

    session.handle(Act::Retry);
    assert_eq!(session.request(), None, "there is nothing to ask for");
}

#[test]
fn texts_that_cannot_be_read_leave_the_old_run_alive() {
    let mut session = opened("fcfs");
    session.handle_all([ask("sjf"), Act::Seek(1)]);
    let number = session.request().unwrap().number;
    session.handle(Act::Deliver {
        request: number,
        texts: Ok(Texts {
            scenario: "<!DOCTYPE html>".into(),
            lessons: Vec::new(),
        }),
    });
    let problem = session.problem().unwrap().to_string();
    assert!(
        problem.contains("scenarios/sjf/scenario.toml:1:1"),
        "{problem}"
    );
    assert_eq!((slug(&session), session.position()), ("fcfs", 3));
}

#[test]
fn a_link_waits_as_a_whole() {
    let fragment = "s=all-policies&slice=3&run=&policy=rr&run=&policy=sjf&choose=1&at=7";
    let link = Link::parse(fragment).unwrap();
    let mut session = Session::new();
    assert!(session.is_idle());
    session.handle_all(link.acts());
    assert!(!session.is_idle());
    assert_eq!((session.revision(), session.runs().len()), (0, 1));
    answer(&mut session);
    assert_eq!(session.problem(), None);
    assert_eq!(session.revision(), 1, "the runs are made once");
    assert_eq!((session.runs().len(), session.position()), (2, 7));
    assert_eq!(session.link(), link);

    // The same once it was read: then nothing has to wait.
    session.handle(Act::ToStart);
    session.handle_all(link.acts());
    assert_eq!(session.link(), link);
}

#[test]
fn a_problem_outlives_the_runs_with_which_it_is_reported() {
    let mut session = Session::new();
    session.handle(open("no workload"));
    let problem = session.problem().cloned().unwrap();
    session.handle_all([ask("fcfs"), Act::Report(problem.clone())]);
    answer(&mut session);
    assert_eq!(session.problem(), Some(&problem));
    session.handle(open(TEXT));
    assert_eq!(session.problem(), None);
}

#[test]
fn what_a_person_changes_is_no_scenario_any_more() {
    let mut session = opened("mlfq");
    assert!(session.plan().scenario().is_some());
    session.handle(Act::AddJob);
    assert!(session.plan().scenario().is_none());
    assert_eq!(session.plan().opening().len(), 1);
}

#[test]
fn the_page_fetches_the_texts_of_the_first_scenario_before_it_is_asked() {
    let page = include_str!("../../../../index.html");
    let first = scenario::index()[0];
    for name in first.files() {
        let address = format!("href=\"scenarios/{}/{name}\"", first.slug);
        assert!(page.contains(&address), "index.html has no {address}");
    }
}
