//! What must hold for any plan and any layout.

use super::*;

/// What must hold for any layout.
pub(super) fn check(code: &Code, plan: &Plan, machine: &Machine, layout: &Layout) {
    let stage = Rect::new(0.0, 0.0, plan.viewport.width, plan.viewport.height);
    let counts = layout.more.iter().map(|more| more.rect);
    let slots: Vec<_> = layout
        .tokens
        .iter()
        .map(|token| token.cell)
        .chain(counts)
        .collect();
    for (place, slot) in slots.iter().enumerate() {
        // The gap that follows a cell may reach over the edge.
        let token = Rect {
            width: 1.0,
            height: 1.0,
            ..*slot
        };
        assert!(
            stage.contains(&token),
            "{slot:?} is not on the stage of {:?}",
            plan.viewport
        );
        for other in &slots[..place] {
            assert!(!slot.overlaps(other), "{slot:?} and {other:?} overlap");
        }
    }
    for token in &layout.tokens {
        assert!(
            stage.contains(&token.rect),
            "{token:?} is not on the stage of {:?}",
            plan.viewport
        );
        assert!(
            (token.rect.width - plan.scale.token.width).abs() < 0.01,
            "one size everywhere"
        );
        assert!(
            (token.rect.height - plan.scale.token.height).abs() < 0.01,
            "one size everywhere"
        );
    }
    for pair in layout.tokens.windows(2) {
        assert!(pair[0].task < pair[1].task, "a task has one token");
    }
    let here = machine
        .tasks
        .iter()
        // Peers are no tokens.
        .filter(|task| !matches!(task.state, State::Absent | State::Outside(_)))
        .count();
    let here = here - ended_peers(code, machine);
    let counted: usize = layout.more.iter().map(|more| more.count).sum();
    let shown = layout.tokens.len() + counted;
    assert!(shown <= here, "nobody is shown or counted twice");
    assert!(
        plan.hidden_cpus > 0 || lacks_slots(plan, machine) || shown == here,
        "{shown} of {here} are shown or counted"
    );
    check_zones(plan, layout);
    check_waiting(plan, machine, layout);
}

/// How many peers have ended.
fn ended_peers(code: &Code, machine: &Machine) -> usize {
    let jobs = code.jobs.iter().zip(&machine.tasks);
    let ended = jobs.filter(|(job, task)| {
        job.place == Place::Outside && matches!(task.state, State::Exited | State::Zombie)
    });
    ended.count()
}

/// Whether somebody waits at a place that has no slot at all, or no box.
pub(super) fn lacks_slots(plan: &Plan, machine: &Machine) -> bool {
    let of = |station: &Option<Station>| station.map_or(0, |station| station.grid.capacity());
    let always = [&plan.new, &plan.ready, &plan.done];
    let lacks = |reason| match reason {
        Reason::Disk => of(&plan.disk) == 0,
        Reason::Period | Reason::Sleep => of(&plan.timer) == 0,
        Reason::PipeEmpty(pipe) | Reason::PipeFull(pipe) => {
            let mut pipes = plan.pipes.iter().filter(|plan| plan.pipe == pipe);
            !pipes.any(|pipe| pipe.readers.capacity() + pipe.writers.capacity() > 0)
        }
        Reason::Object(object) => object_slots(plan, object).capacity() == 0,
        Reason::Interpreter | Reason::Carrier => plan
            .interpreter
            .is_none_or(|plan| plan.waiting.capacity() == 0),
        Reason::Connection(_)
        | Reason::Connect(_)
        | Reason::Data(_)
        | Reason::Room(_)
        | Reason::Completion => plan.network.as_ref().is_none_or(|network| {
            let own = reason.socket().and_then(|socket| network.place(socket));
            let shared = match reason.socket() {
                Some(_) => network.others.as_ref(),
                None => network.completions.as_ref(),
            };
            own.or(shared)
                .is_none_or(|place| place.waiting.capacity() == 0)
        }),
        Reason::Child | Reason::Thread(_) => of(&plan.joining) == 0,
    };
    always.iter().any(|station| station.grid.capacity() == 0)
        || machine.tasks.iter().any(|task| match task.state {
            State::Blocked(reason) => lacks(reason),
            _ => false,
        })
}

/// The slots of those who wait at an object: its own, or those that it shares.
pub(super) fn object_slots(plan: &Plan, object: ObjectId) -> Grid {
    match plan.objects.iter().find(|plan| plan.object == object) {
        Some(plan) => plan.waiting,
        None => plan.other_objects.unwrap_or_default().grid,
    }
}

/// The box of a place.
fn frame_of(plan: &Plan, zone: Zone) -> Option<Rect> {
    let station = |station: &Option<Station>| station.map(|station| station.frame);
    match zone {
        Zone::New => Some(plan.new.frame),
        Zone::Ready | Zone::ReadyOrRunning => Some(plan.ready.frame),
        Zone::Cpu(cpu) => {
            let mut cpus = plan.cpus.iter();
            cpus.find(|plan| plan.cpu == cpu).map(|plan| plan.frame)
        }
        Zone::Disk => station(&plan.disk),
        Zone::Pipe(pipe, _) => {
            let mut pipes = plan.pipes.iter();
            pipes.find(|plan| plan.pipe == pipe).map(|plan| plan.frame)
        }
        Zone::Object(object) => {
            let mut objects = plan.objects.iter();
            let found = objects.find(|plan| plan.object == object);
            found.map(|plan| plan.frame)
        }
        Zone::Interpreter => plan.interpreter.map(|plan| plan.frame),
        Zone::OtherObjects => station(&plan.other_objects),
        Zone::Timer | Zone::Sleep => station(&plan.timer),
        Zone::Socket(place) => {
            let sockets = plan.network.as_ref().map(|network| &network.sockets);
            sockets.map(|sockets| sockets[usize::from(place)].frame)
        }
        Zone::OtherSockets => {
            let network = plan.network.as_ref();
            network
                .and_then(|network| network.others)
                .map(|others| others.frame)
        }
        Zone::Completions => {
            let network = plan.network.as_ref();
            network
                .and_then(|network| network.completions)
                .map(|own| own.frame)
        }
        Zone::Joining => station(&plan.joining),
        Zone::Zombies => station(&plan.zombies),
        Zone::Done => Some(plan.done.frame),
    }
}

/// Each token, and each count, lies in the box of its place.
fn check_zones(plan: &Plan, layout: &Layout) {
    let tokens = layout.tokens.iter().map(|token| (token.zone, token.rect));
    let counts = layout.more.iter().map(|more| (more.zone, more.rect));
    for (zone, rect) in tokens.chain(counts) {
        let frame = frame_of(plan, zone).unwrap();
        assert!(frame.contains(&rect), "{rect:?} in {zone:?}, {frame:?}");
    }
}

/// Those who wait at an object stand in its box, in their order.
fn check_waiting(plan: &Plan, machine: &Machine, layout: &Layout) {
    for (place, entry) in machine.objects.iter().enumerate() {
        let object = ObjectId::from_index(place);
        let reason = State::Blocked(Reason::Object(object));
        let is_shown = plan.objects.iter().any(|plan| plan.object == object);
        let woken = machine.pending.iter().filter_map(|pending| match pending {
            Pending::Wake { task, .. } => Some(*task),
            _ => None,
        });
        let woken = woken.filter(|task| machine.task(*task).state == reason);
        let waiting: Vec<TaskId> = woken.chain(entry.waiting.iter().copied()).collect();
        let mut tokens: Vec<_> = waiting
            .iter()
            .filter_map(|task| layout.token(*task))
            .collect();
        let in_order: Vec<_> = tokens.iter().map(|token| token.task).collect();
        assert_eq!(
            in_order,
            waiting[..tokens.len()],
            "the last ones are not shown"
        );
        let zone = match is_shown {
            true => Zone::Object(object),
            false => Zone::OtherObjects,
        };
        assert!(
            tokens.iter().all(|token| token.zone == zone),
            "at {object:?}"
        );
        tokens.sort_by(|one, other| {
            let rows = one.rect.y.total_cmp(&other.rect.y);
            rows.then(one.rect.x.total_cmp(&other.rect.x))
        });
        let as_read: Vec<_> = tokens.iter().map(|token| token.task).collect();
        assert_eq!(as_read, in_order, "at {object:?}");
        let here = layout.tokens.iter().filter(|token| token.zone == zone);
        assert!(
            !is_shown || here.count() == tokens.len(),
            "nobody else is at {object:?}"
        );
    }
}

/// The boxes of a plan lie on the stage and beside each other.
pub(super) fn check_boxes(plan: &Plan) {
    let stage = Rect::new(0.0, 0.0, plan.viewport.width, plan.viewport.height);
    let mut boxes = vec![plan.new.frame, plan.ready.frame, plan.done.frame];
    boxes.extend(plan.cpus.iter().map(|cpu| cpu.frame));
    let stations = [
        &plan.disk,
        &plan.timer,
        &plan.joining,
        &plan.zombies,
        &plan.other_objects,
    ];
    boxes.extend(stations.into_iter().flatten().map(|station| station.frame));
    boxes.extend(plan.pipes.iter().map(|pipe| pipe.frame));
    boxes.extend(plan.interpreter.iter().map(|lock| lock.frame));
    boxes.extend(plan.objects.iter().map(|object| object.frame));
    boxes.extend(plan.memory.iter().map(|memory| memory.frame));
    for (place, one) in boxes.iter().enumerate() {
        assert!(
            stage.contains(one),
            "{one:?} is not on the stage of {:?}",
            plan.viewport
        );
        for other in &boxes[..place] {
            assert!(!one.overlaps(other), "{one:?} and {other:?} overlap");
        }
    }
    for (place, one) in plan.objects.iter().enumerate() {
        let mut others = plan.objects[..place].iter();
        let touches = others.any(|other| one.frame.inset(-2.0).overlaps(&other.frame));
        assert!(!touches, "{one:?} stands apart");
    }
    for pipe in &plan.pipes {
        let slots = |grid: Grid| (0..grid.capacity()).map(move |slot| grid.token(slot));
        let ends = (pipe.ends.height > 0.0).then_some(pipe.ends);
        let parts = [pipe.messages].into_iter().chain(ends);
        let parts = parts.chain(slots(pipe.writers)).chain(slots(pipe.readers));
        check_parts(&pipe.frame, &parts.collect::<Vec<_>>());
    }
    for cpu in &plan.cpus {
        assert!(cpu.frame.contains(&cpu.token), "{cpu:?}");
        assert!(cpu.frame.contains(&cpu.gauges), "{cpu:?}");
    }
    if let Some(memory) = &plan.memory {
        let numbers = memory.cells.iter().map(|cell| cell.variable);
        assert!(numbers.is_sorted(), "in order of their numbers");
        let cells = memory.cells.iter().map(|cell| cell.rect);
        let names = memory.variables.iter().map(|variable| variable.name);
        let rests = memory.variables.iter().filter_map(|variable| variable.rest);
        let titles = memory.title.into_iter().chain(memory.more);
        let partitions = plan.partitions.iter().copied();
        let labels = memory.copies.iter().map(|copy| copy.label);
        let parts = cells.chain(names).chain(rests).chain(titles).chain(labels);
        check_parts(&memory.frame, &parts.chain(partitions).collect::<Vec<_>>());
    }
    let slots = |grid: Grid| (0..grid.capacity()).map(move |slot| grid.token(slot));
    for object in &plan.objects {
        let parts = [object.owner, object.state, Some(object.title)];
        let parts = parts.into_iter().flatten().chain(slots(object.waiting));
        check_parts(&object.frame, &parts.collect::<Vec<_>>());
    }
    if let Some(lock) = &plan.interpreter {
        let parts = [lock.title, lock.owner]
            .into_iter()
            .chain(slots(lock.waiting));
        check_parts(&lock.frame, &parts.collect::<Vec<_>>());
    }
}

/// Parts lie in a box and beside each other.
fn check_parts(frame: &Rect, parts: &[Rect]) {
    for (place, part) in parts.iter().enumerate() {
        assert!(frame.contains(part), "{part:?} in {frame:?}");
        for other in &parts[..place] {
            assert!(!part.overlaps(other), "{part:?} and {other:?} overlap");
        }
    }
}
