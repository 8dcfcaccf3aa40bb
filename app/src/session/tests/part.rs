//! What acts do while the part of the page that is fetched later is not there.

use sim_core::scenario;

use super::opening::{answer, texts_of};
use super::*;
use crate::session::part::Part;

/// A session of a page that has just been loaded, and shows what it shows first.
fn first() -> Session {
    let mut session = Session {
        part: Part::away(),
        ..Session::new()
    };
    let slug = scenario::index()[0].slug.to_owned();
    session.handle_all([Act::Open { slug }, Act::Seek(3)]);
    answer(&mut session);
    assert_eq!((session.problem(), session.position()), (None, 3));
    session
}

fn slug(session: &Session) -> &str {
    match &session.plan().source {
        Source::Scenario { slug } => slug,
        Source::Own { .. } => "",
    }
}

#[test]
fn the_first_scenario_plays_without_the_part() {
    let mut session = first();
    session.handle_all([Act::ToEnd, Act::StepBack(Granularity::Event)]);
    assert_eq!(session.position(), session.merged().len() - 1);
    assert!(!session.wants_part());
}

#[test]
fn other_texts_of_the_first_scenario_wait_for_the_part() {
    let slug = scenario::index()[0].slug;
    let mut session = Session {
        part: Part::away(),
        ..Session::new()
    };
    session.handle(Act::Open {
        slug: slug.to_owned(),
    });
    let mut texts = texts_of(slug);
    texts.scenario = texts.scenario.replace("slice = 3", "slice = 2");
    let request = session.request().unwrap().number;
    session.handle(Act::Deliver {
        request,
        texts: Ok(texts),
    });
    assert!(session.wants_part() && session.revision() == 0);
    session.handle(Act::PartCame(Ok(())));
    assert_eq!(session.plan().settings(0).value("slice"), "2");
}

#[test]
fn all_else_waits_for_the_part_in_its_order() {
    let mut session = first();
    session.handle_all([Act::AddRun, Act::Seek(5)]);
    session.handle(Act::AddRun);
    assert!(session.wants_part());
    assert_eq!((session.runs().len(), session.position()), (1, 3));
    // What does without it goes on meanwhile.
    session.handle(Act::StepForward(Granularity::Event));
    assert_eq!(session.position(), 4);
    session.handle(Act::PartCame(Ok(())));
    assert!(session.has_part() && !session.wants_part());
    assert_eq!((session.runs().len(), session.position()), (3, 5));
    session.handle(Act::AddRun);
    assert_eq!(session.runs().len(), 4);
}

#[test]
fn another_scenario_asks_for_its_texts_and_the_part_at_once() {
    for texts_come_first in [true, false] {
        let mut session = first();
        session.handle(Act::Open {
            slug: "lost-update".to_owned(),
        });
        assert!(session.request().is_some() && session.wants_part());
        if texts_come_first {
            answer(&mut session);
            assert_eq!(slug(&session), scenario::index()[0].slug);
            session.handle(Act::PartCame(Ok(())));
        } else {
            session.handle(Act::PartCame(Ok(())));
            answer(&mut session);
        }
        assert_eq!((slug(&session), session.problem()), ("lost-update", None));
    }
}

#[test]
fn the_newest_thing_to_be_opened_wins() {
    let mut session = first();
    session.handle(Act::Follow("#s=lost-update".to_owned()));
    session.handle(Act::Follow("#s=round-robin".to_owned()));
    session.handle(Act::PartCame(Ok(())));
    answer(&mut session);
    assert_eq!(slug(&session), "round-robin");

    // Texts that nobody wants any more come last, and take nobody's place.
    let mut session = first();
    let mut open = |slug: &str| {
        session.handle(Act::Open {
            slug: slug.to_owned(),
        });
        session.request().unwrap().number
    };
    let requests = [("lost-update", open("lost-update")), ("fcfs", open("fcfs"))];
    for (slug, request) in requests.into_iter().rev() {
        session.handle(Act::Deliver {
            request,
            texts: Ok(texts_of(slug)),
        });
    }
    session.handle(Act::PartCame(Ok(())));
    assert_eq!(slug(&session), "fcfs");

    let mut session = first();
    session.handle(Act::Follow("#s=lost-update".to_owned()));
    let slug_of_first = scenario::index()[0].slug;
    session.handle(Act::Open {
        slug: slug_of_first.to_owned(),
    });
    session.handle(Act::PartCame(Ok(())));
    answer(&mut session);
    assert_eq!(slug(&session), slug_of_first);
}

#[test]
fn a_part_that_does_not_come_is_asked_for_again() {
    let mut session = first();
    session.handle(Act::AddRun);
    session.handle(Act::PartCame(Err(FetchFault::Status(404))));
    assert_eq!(
        session.problem(),
        Some(&Problem::Part(FetchFault::Status(404)))
    );
    assert!(!session.wants_part());
    session.handle(Act::Retry);
    assert!(session.wants_part());
    assert_eq!(session.problem(), None);
    session.handle(Act::PartCame(Ok(())));
    assert_eq!(session.runs().len(), 2);

    // Who asks for something else that needs it asks for it too.
    let mut session = first();
    session.handle(Act::AddRun);
    session.handle(Act::PartCame(Err(FetchFault::NoAnswer)));
    session.handle(Act::WantPart);
    assert!(session.wants_part());
}
