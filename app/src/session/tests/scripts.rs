//! What acts do to a session whose workload is a script, and choices.

use sim_core::rules::Open;

use super::*;

/// It finishes as the policy has it, and ends in a deadlock if `two` goes on after it has yielded.
const LOCKS: &str = "const PAUSE = 1  # how long one waits\nlock a\nlock b\n\
    task one\n  acquire a\n  yield\n  acquire b\n  compute PAUSE\n  release b\n  release a\n\
    task two\n  yield\n  acquire b\n  yield\n  acquire a\n  print \"two\"\n  release a\n  release b\n";

fn script() -> Session {
    let mut session = Session::new();
    session.handle(Act::OpenText {
        name: "locks.script".into(),
        text: LOCKS.into(),
    });
    assert_eq!(session.problem(), None);
    session
}

/// Goes to the choice number `wanted`, from 0.
fn go_to_choice(session: &mut Session, wanted: usize) {
    session.handle(Act::ToStart);
    let mut seen = 0;
    while session.position() < session.merged().len() {
        if session.choice().is_some() {
            if seen == wanted {
                return;
            }
            seen += 1;
        }
        session.handle(Act::StepForward(Granularity::Event));
    }
    panic!("there are only {seen} choices");
}

fn outcome(session: &Session) -> Outcome {
    session.runs()[0].trace.outcome()
}

/// The deadlock of the two locks.
fn deadlocked() -> Session {
    let mut session = script();
    go_to_choice(&mut session, 2);
    session.handle(Act::Choose(TaskId(1)));
    session
}

#[test]
fn a_script_opens_as_a_workload_that_holds_it() {
    let session = script();
    assert_eq!(session.plan().file_name(), "locks.toml");
    assert_eq!(session.plan().workload.script.as_deref(), Some(LOCKS));
    assert_eq!(outcome(&session), Outcome::Finished);
    assert!(prints(LOCKS) && !prints("task a\n  printed = 3\n"));
    let mut again = Session::new();
    again.handle(open(&session.plan().text()));
    assert_eq!(again.plan().workload, session.plan().workload);
}

#[test]
fn a_choice_leads_to_another_run_and_can_be_forgotten() {
    let mut session = script();
    go_to_choice(&mut session, 2);
    let choice = session.choice().unwrap();
    assert!(matches!(choice.open, Open::Dispatch { .. }));
    assert_eq!(choice.options, [TaskId(0), TaskId(1)]);
    assert_eq!((choice.taken, choice.count), (TaskId(0), 2));
    let position = session.position();

    session.handle(Act::Choose(TaskId(0)));
    assert_eq!(session.position(), position + 1);
    assert_eq!((session.deviations(), session.revision()), (0, 1));
    session.handle(Act::StepBack(Granularity::Event));

    session.handle(Act::Choose(TaskId(7)));
    assert_eq!(session.position(), position, "nobody has this number");
    session.handle(Act::Choose(TaskId(1)));
    assert_eq!(session.position(), position + 1);
    assert_eq!((session.deviations(), session.revision()), (1, 2));
    assert_eq!(outcome(&session), Outcome::Deadlock);
    let concerned = session.runs()[0].scene.concerned();
    assert_eq!(concerned, Some(TaskId(1)));

    session.handle(Act::ForgetChoices);
    assert_eq!(session.deviations(), 0);
    assert_eq!(outcome(&session), Outcome::Finished);
}

#[test]
fn an_earlier_choice_drops_the_later_ones() {
    let mut session = deadlocked();
    go_to_choice(&mut session, 0);
    session.handle(Act::Choose(TaskId(1)));
    assert_eq!(session.deviations(), 1);
    assert_eq!(
        session.plan().runs[0].deviations.keys().next(),
        Some(&0),
        "the later one belonged to another future"
    );
}

#[test]
fn other_parameters_and_other_scripts_give_the_choices_back() {
    let mut session = deadlocked();
    let time = session.player().clock();
    session.handle(set(Scope::All, "PAUSE", "3"));
    assert_eq!(session.deviations(), 0);
    assert_eq!(session.player().clock(), time);
    assert_eq!(session.plan().value(0, "PAUSE"), "3");
    let mut session = deadlocked();
    let text = LOCKS.replace("two", "three");
    session.handle(Act::EditScript { text });
    assert_eq!(session.deviations(), 0);
}

#[test]
fn constants_are_settings_of_the_script() {
    let mut session = script();
    let constants = session.plan().constants();
    assert_eq!(constants.len(), 1);
    assert_eq!(
        (&*constants[0].value, &*constants[0].note),
        ("1", "how long one waits")
    );
    let end = session.merged().end();
    session.handle(Act::AddRun);
    session.handle(set(Scope::Run(1), "PAUSE", "5"));
    assert!(session.merged().end() > end);
    assert!(session.plan().differences().contains(&"PAUSE".to_owned()));
    assert!(session.plan().is_changed(Scope::Run(1), "PAUSE"));
    for (name, value) in [("BREAK", "1"), ("PAUSE", "x"), ("PAUSE", "-1")] {
        let revision = session.revision();
        session.handle(set(Scope::All, name, value));
        assert!(session.problem().is_some(), "{name}={value}");
        assert_eq!(session.revision(), revision);
        session.handle(Act::Dismiss);
    }
    session.handle(Act::EditScript {
        text: LOCKS.replace("PAUSE", "BREAK"),
    });
    assert!(session.mistakes().is_empty());
    assert!(session.plan().runs[1].settings.constants().is_empty());
}

#[test]
fn a_bad_script_names_all_mistakes_and_leaves_the_old_run_alive() {
    let mut session = script();
    session.handle(Act::Seek(3));
    let text = LOCKS
        .replace("acquire a", "aquire a")
        .replace("release b", "release c");
    session.handle(Act::EditScript { text: text.clone() });
    let lines: Vec<_> = session.mistakes().iter().map(|each| each.line).collect();
    assert_eq!(lines.len(), 4, "{:?}", session.mistakes());
    assert!(lines.is_sorted() && lines[0] == Some(5));
    assert_eq!((session.position(), session.revision()), (3, 1));
    assert_eq!(session.problem(), None, "they are said beside the text");

    session.handle(Act::CheckScript {
        text: text.replace("aquire", "acquire"),
    });
    assert_eq!((session.mistakes().len(), session.revision()), (2, 1));
    session.handle(Act::EditScript {
        text: format!("{LOCKS}\n# mended\n"),
    });
    assert!(session.mistakes().is_empty());
    assert_eq!((session.position(), session.revision()), (3, 2));
    session.handle(Act::ToEnd);
    session.handle(Act::EditScript {
        text: LOCKS.replace("PAUSE", "4").replace("const 4", "const FOUR"),
    });
    assert_eq!(session.position(), 0, "the past is another one");
}

#[test]
fn playing_stops_at_every_choice_that_a_person_wants_to_make() {
    let mut session = script();
    session.handle(Act::LetChoose(Chooser::Person));
    let mut stops = Vec::new();
    while session.position() < session.merged().len() {
        session.handle(Act::Player(Command::Play));
        while session.player().motion() == Motion::Playing {
            session.handle(Act::Frame(0.1));
        }
        if session.choice().is_some() {
            stops.push(session.position());
        }
    }
    let mut all = Vec::new();
    for position in 1..session.merged().len() {
        session.handle(Act::Seek(position));
        all.extend(session.choice().map(|_| position));
    }
    assert_eq!(stops, all);
    assert!(all.len() >= 3);
}

#[test]
fn stepping_by_task_follows_the_one_that_is_marked() {
    let mut session = script();
    go_to_choice(&mut session, 1);
    session.handle(Act::StepBy(Granularity::Task(TaskId(9))));
    let marked = session.selection().unwrap();
    assert_eq!(session.granularity(), Granularity::Task(marked));
    session.handle(Act::Select(Some(TaskId(1))));
    let by = session.granularity();
    session.handle(Act::StepForward(by));
    assert_eq!(session.runs()[0].scene.concerned(), Some(TaskId(1)));
    session.handle(Act::Select(None));
    assert_eq!(session.granularity(), Granularity::Event);
}

/// Judged where the person has come to, not where the run will end.
#[test]
fn goals_are_judged_as_far_as_the_run_is_played() {
    let mut session = opening::opened("you-deadlock");
    let reached = |session: &Session| {
        let goals = session.goals();
        goals.iter().map(|goal| goal.is_reached).collect::<Vec<_>>()
    };
    session.handle(Act::ToEnd);
    assert_eq!(reached(&session), [false]);
    session.handle(Act::ToStart);
    // The fax first, as often as it can: it looks up the number and takes the printer.
    while session.position() < session.merged().len() {
        let fax = session.choice().filter(|choice| choice.taken == TaskId(0));
        match fax {
            Some(_) if session.deviations() < 2 => session.handle(Act::Choose(TaskId(1))),
            _ => session.handle(Act::StepForward(Granularity::Event)),
        }
    }
    assert_eq!(outcome(&session), Outcome::Deadlock);
    assert_eq!(reached(&session), [true]);
    session.handle(Act::StepBack(Granularity::Event));
    assert_eq!(reached(&session), [false]);
    // What a person has changed is no longer what the goal was about.
    let text = session.plan().text();
    session.handle(Act::OpenText {
        name: "own.toml".into(),
        text,
    });
    assert_eq!(reached(&session), [false; 0]);
}
