//! Real runs on request.

use super::real::{opened, shown, text_of};
use super::*;
use crate::permalink::Link;

const GREETING: &str = "lockstep native 1 seconds=10 events=20000 files\n";

fn server() -> LiveServer {
    LiveServer::read(GREETING).expect("a server")
}

fn act(session: &mut Session, act: LiveAct) {
    session.handle(Act::Live(act));
}

/// Has what is open run for real, and answers.
fn run(session: &mut Session, text: Result<String, LiveFault>) {
    act(session, LiveAct::Start);
    let request = session.live_request().expect("a request").number;
    act(session, LiveAct::Deliver { request, text });
    assert!(!session.is_live());
}

#[test]
fn a_server_says_what_it_is_and_how_far_a_run_may_go() {
    assert_eq!(
        server(),
        LiveServer {
            seconds: 10,
            events: 20_000,
            programs: Programs::Texts
        }
    );
    let catalogue = LiveServer::read("lockstep native 1 seconds=1 events=2\n");
    assert_eq!(catalogue.unwrap().programs, Programs::Catalogue);
    for other in [
        "",
        "<!DOCTYPE html>",
        "lockstep native 2 seconds=1 events=2",
        "lockstep native 1 seconds=1",
    ] {
        assert_eq!(LiveServer::read(other), None, "{other}");
    }
}

#[test]
fn it_is_offered_where_there_is_a_server_that_may_run_it() {
    let mut session = opened("two-locks");
    assert!(session.could_be_live() && !session.offers_live());
    act(&mut session, LiveAct::Meet(server()));
    assert!(session.offers_live());
    session.handle(Act::AddJob);
    session.handle(open("[[job]]\nname = \"A\"\nbursts = \"c3\"\n"));
    assert!(session.offers_live(), "a text");
    let programs = Programs::Catalogue;
    act(
        &mut session,
        LiveAct::Meet(LiveServer {
            programs,
            ..server()
        }),
    );
    assert!(!session.offers_live());
    // One that has no real form.
    let entry = sim_core::scenario::index()
        .iter()
        .find(|entry| !entry.has_recording());
    let mut session = opened(entry.expect("one").slug);
    act(&mut session, LiveAct::Meet(server()));
    assert!(!session.offers_live());
}

#[test]
fn what_means_something_there_goes_with_it() {
    let mut session = opened("lost-update");
    session.handle(set(Scope::All, "cpus", "1"));
    session.handle(set(Scope::All, "slice", "7"));
    act(&mut session, LiveAct::Start);
    let request = session.live_request().unwrap();
    assert_eq!(request.address, "native/run/lost-update");
    assert_eq!(request.body, "cpus=1\n");
    // Nothing waits for it, and it is not asked for twice.
    act(&mut session, LiveAct::Start);
    session.handle(Act::ToEnd);
    assert_eq!(session.live_request(), Some(request));
    assert_eq!(session.position(), session.merged().len());
}

#[test]
fn of_several_runs_the_one_that_is_shown_says_how_and_texts_go_as_they_are() {
    let mut session = opened("lost-update");
    session.handle(Act::AddRun);
    session.handle(set(Scope::Run(1), "cpus", "3"));
    session.handle(Act::Focus(1));
    act(&mut session, LiveAct::Start);
    assert_eq!(session.live_request().unwrap().body, "cpus=3\n");
    act(&mut session, LiveAct::Stop);
    assert_eq!(session.live_request(), None);
    session.handle(Act::EditScript {
        text: "task alone\n  compute 1\n".into(),
    });
    assert_eq!(session.mistakes(), []);
    act(&mut session, LiveAct::Start);
    let request = session.live_request().unwrap();
    assert_eq!(request.address, "native/text");
    let (settings, text) = request.body.split_once("\n\n").unwrap();
    assert_eq!(settings, "cpus=3");
    let read = sim_core::workload::Workload::from_toml("read", text).unwrap();
    assert_eq!(read, session.plan().workload);
}

#[test]
fn it_stands_behind_the_others_like_a_recorded_one_and_no_link_names_it() {
    let mut session = opened("two-locks");
    session.handle(Act::Seek(5));
    let link = session.link();
    run(&mut session, Ok(text_of("two-locks")));
    assert_eq!(session.problem(), None);
    assert_eq!((session.runs().len(), session.origin(1)), (2, Origin::Live));
    assert!(session.is_real(1) && session.offers_recording());
    assert_eq!(
        Link {
            position: link.position,
            ..session.link()
        },
        link
    );
    // Beside the recorded one, which a link does name, and others of its kind.
    let mut session = shown("two-locks");
    run(&mut session, Ok(text_of("two-locks")));
    run(&mut session, Ok(text_of("two-locks")));
    let origins: Vec<_> = (0..4).map(|run| session.origin(run)).collect();
    assert_eq!(
        origins,
        [
            Origin::Nowhere,
            Origin::Catalogue,
            Origin::Live,
            Origin::Live
        ]
    );
    assert!(session.link().to_fragment().contains("real=1"));
    session.handle(Act::KeepRun(2));
    assert_eq!((session.runs().len(), session.origin(1)), (2, Origin::Live));
    session.handle(Act::ShowRecording);
    assert_eq!(
        (session.origin(1), session.origin(2)),
        (Origin::Catalogue, Origin::Live)
    );
    session.handle(Act::RemoveRun(2));
    session.handle(Act::RemoveRun(1));
    assert_eq!(session.runs().len(), 1);
    // As many as there is room for.
    for _ in 1..MOST_RUNS {
        run(&mut session, Ok(text_of("two-locks")));
    }
    act(&mut session, LiveAct::Start);
    assert_eq!(session.problem(), Some(&Problem::TooManyRuns));
    assert_eq!(session.runs().len(), MOST_RUNS);
    session.handle(Act::CompareVariants);
    assert_eq!(session.runs().len(), MOST_RUNS);
}

#[test]
fn one_for_which_there_is_no_room_any_more_is_not_shown() {
    let mut session = opened("two-locks");
    act(&mut session, LiveAct::Start);
    let request = session.live_request().unwrap().number;
    for _ in 1..MOST_RUNS {
        session.handle(Act::AddRun);
    }
    let text = Ok(text_of("two-locks"));
    act(&mut session, LiveAct::Deliver { request, text });
    assert_eq!(session.problem(), Some(&Problem::TooManyRuns));
    assert_eq!(session.runs().len(), MOST_RUNS);
}

#[test]
fn one_of_a_variant_is_called_so() {
    let mut session = opened("executor");
    assert_eq!(session.runs().len(), 2, "its variants");
    session.handle(Act::Focus(1));
    run(&mut session, Ok(text_of("executor")));
    let variant = session.real_variant(2).expect("a variant");
    assert_eq!(variant.name, "each");
    let name = crate::real::name(&session, 2).expect("a name");
    assert!(
        name.starts_with("A thread for each call, real now"),
        "{name}"
    );
    // One that is as the scenario stands is none.
    let mut session = opened("two-locks");
    run(&mut session, Ok(text_of("two-locks")));
    assert!(session.real_variant(1).is_none());
}

#[test]
fn how_far_it_is_is_known_until_it_is_over_or_not_wanted() {
    let mut session = opened("two-locks");
    act(&mut session, LiveAct::Start);
    let request = session.live_request().unwrap().number;
    let progress = LiveProgress { events: 7, ms: 30 };
    act(&mut session, LiveAct::Progress { request, progress });
    assert_eq!(session.live_progress(), progress);
    act(&mut session, LiveAct::Stop);
    // What comes then is too late.
    let text = Ok(text_of("two-locks"));
    act(&mut session, LiveAct::Deliver { request, text });
    assert_eq!((session.runs().len(), session.problem()), (1, None));
    act(&mut session, LiveAct::Start);
    assert_eq!(session.live_progress(), LiveProgress::default());
    // Nor is it wanted once something else is opened.
    session.handle(Act::Open {
        slug: "fcfs".into(),
    });
    assert!(!session.is_live());
}

#[test]
fn what_goes_wrong_is_said_and_nothing_is_lost() {
    use LiveFaultKind::{Bad, Busy, Changed, CutOff, Failed, Gone, Refused};
    for (text, kind, again) in [
        (Err(Gone.into()), Gone, true),
        (Err(Busy.into()), Busy, true),
        (Err(CutOff.into()), CutOff, true),
        (
            Err(Refused.because("peers have no real form here")),
            Refused,
            false,
        ),
        (
            Err(Failed.because("the child process ended too early")),
            Failed,
            true,
        ),
        (Ok(text_of("lost-update")), Changed, true),
        (Ok(String::new()), Bad, true),
    ] {
        let mut session = opened("two-locks");
        session.handle(Act::Seek(4));
        run(&mut session, text);
        let Some(Problem::Live(found)) = session.problem().cloned() else {
            panic!("a problem");
        };
        assert_eq!(found.kind, kind);
        // One sentence, and what to do.
        let texts = crate::i18n::real_texts();
        let sentence = texts.live_fault(&found);
        assert!(
            sentence.contains(&found.why) && sentence.ends_with('.'),
            "{sentence}"
        );
        assert!(!texts.live_way_out(&found).is_empty());
        assert_eq!((session.runs().len(), session.position()), (1, 4));
        session.handle(Act::Retry);
        assert_eq!(session.is_live(), again);
        assert_eq!(session.problem().is_none(), again);
    }
}

#[test]
fn an_answer_is_read_piece_by_piece() {
    let whole = "events 3 100\nevents 12 204\nrecording\nlockstep recording 1\n";
    for size in 1..whole.len() {
        let mut answer = LiveAnswer::default();
        let mut last = None;
        for piece in whole.as_bytes().chunks(size) {
            last = answer.take(piece).unwrap().or(last);
        }
        assert!(last.is_none_or(|last| last.events == 3 || last.events == 12));
        assert_eq!(answer.finish().as_deref(), Ok("lockstep recording 1\n"));
    }
    let mut answer = LiveAnswer::default();
    assert_eq!(answer.take(b"events 3 1"), Ok(None));
    let progress = LiveProgress { events: 3, ms: 15 };
    assert_eq!(answer.take(b"5\nev"), Ok(Some(progress)));
    for (text, fault) in [
        ("", LiveFaultKind::CutOff.into()),
        ("events 3 15\neve", LiveFaultKind::CutOff.into()),
        (
            "error it cannot go on\n",
            LiveFaultKind::Failed.because("it cannot go on"),
        ),
        ("<!DOCTYPE html>\n<html>\n", LiveFaultKind::Gone.into()),
        ("events many 15\n", LiveFaultKind::Gone.into()),
    ] {
        let mut answer = LiveAnswer::default();
        answer.take(text.as_bytes()).unwrap();
        assert_eq!(answer.finish(), Err(fault), "{text}");
    }
    let mut answer = LiveAnswer::default();
    assert!(answer.take(&vec![b'x'; 2 << 20]).is_err());
}

#[test]
fn a_refusal_is_the_servers_own_unless_somebody_else_answers() {
    assert_eq!(
        refusal(409, "another run goes on"),
        LiveFaultKind::Busy.into()
    );
    assert_eq!(
        refusal(422, " cpus: no \n"),
        LiveFaultKind::Refused.because("cpus: no")
    );
    for (status, text) in [(500, ""), (502, "bad gateway"), (404, ""), (404, "<html>")] {
        assert_eq!(
            refusal(status, text),
            LiveFaultKind::Gone.into(),
            "{status}"
        );
    }
}
