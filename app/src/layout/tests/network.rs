//! The network: the kernel's border, sockets with those who wait at them, peers and packets.

use sim_core::program::Place;

use super::super::{flights, sockets};
use super::script::size;
use super::*;

/// A thread for each of two connections, and clients that keep them waiting.
const SERVER: &str = "\
def serve(c)
  let n = receive c
  compute 1
  send c, n
  close c

queue work max 9
task worker × 2
  repeat 2
    let c = get work
    serve(c)

task acceptor
  let s = listen 80
  repeat 4
    let c = accept s
    put work, c

peer client × 4 at 2 every 3
  connect 80
  sleep 9
  send 3000
  let n = receive
  close
";

/// Those with room for a network.
fn stages() -> impl Iterator<Item = Size> {
    STAGES.into_iter().filter(|stage| stage.height >= 240.0)
}

/// The same with so many clients and workers.
fn server(clients: usize, workers: usize) -> String {
    let each = clients / workers + 1;
    SERVER
        .replace(
            "client × 4 at 2 every 3",
            &format!("client × {clients} at 2"),
        )
        .replace(
            "worker × 2\n  repeat 2",
            &format!("worker × {workers}\n  repeat {each}"),
        )
        .replace("repeat 4", &format!("repeat {clients}"))
        .replace("max 9", "max 500")
}

/// The boxes of the network lie on the stage and beside each other, and all of it below the rest.
fn check_network(plan: &Plan) {
    let stage = Rect::new(0.0, 0.0, plan.viewport.width, plan.viewport.height);
    let network = plan.network.as_ref().unwrap();
    let mut boxes: Vec<_> = network.sockets.iter().map(|socket| socket.frame).collect();
    boxes.extend(
        network
            .others
            .iter()
            .chain(&network.completions)
            .map(|each| each.frame),
    );
    for frame in &boxes {
        assert!(
            network.kernel.contains(frame),
            "{frame:?} is behind the border"
        );
    }
    boxes.push(network.card);
    for peers in &network.peers {
        boxes.extend(peers.title);
        boxes.extend((0..peers.shown()).map(|cell| peers.cells.token(cell)));
    }
    for (place, one) in boxes.iter().enumerate() {
        assert!(
            stage.contains(one),
            "{one:?} is not on the stage of {:?}",
            plan.viewport
        );
        for other in &boxes[..place] {
            assert!(
                !one.overlaps(other),
                "{one:?} and {other:?} overlap in {:?}",
                plan.viewport
            );
        }
    }
    for each in network
        .sockets
        .iter()
        .chain(&network.others)
        .chain(&network.completions)
    {
        let slots = (0..each.waiting.capacity()).map(|slot| each.waiting.token(slot));
        let parts: Vec<_> = [each.title, each.receive, each.send].into_iter().collect();
        for (place, part) in parts.iter().copied().chain(slots).enumerate() {
            assert!(each.frame.contains(&part), "{part:?} in {:?}", each.frame);
            let before = &parts[..place.min(parts.len())];
            assert!(
                !before.iter().any(|other| other.overlaps(&part)),
                "{part:?} in {each:?}"
            );
        }
    }
    let above = [plan.new.frame, plan.ready.frame, plan.done.frame];
    let cpus = plan.cpus.iter().map(|cpu| cpu.frame);
    let objects = plan.objects.iter().map(|object| object.frame);
    for frame in above.into_iter().chain(cpus).chain(objects) {
        assert!(
            frame.bottom() <= network.kernel.y + 0.01,
            "{frame:?} in {:?}",
            plan.viewport
        );
    }
}

fn check_run(trace: &Arc<Trace>, viewport: Size, places: usize) -> Plan {
    let plan = plan(trace, viewport);
    check_boxes(&plan);
    let Some(network) = &plan.network else {
        // The smallest stages have room for the machine only.
        assert!(viewport.height < 300.0, "{viewport:?}");
        for (cursor, layout) in layouts(trace, &plan, places) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        }
        return plan;
    };
    check_network(&plan);
    for (cursor, layout) in layouts(trace, &plan, places) {
        let machine = cursor.machine();
        check(cursor.trace().code(), &plan, machine, &layout);
        let mut taken: Vec<_> = sockets(machine)
            .filter_map(|socket| network.boxes[socket.index()])
            .collect();
        assert_eq!(taken.len(), sockets(machine).count(), "each has a box");
        taken.sort_unstable();
        assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "of its own");
        for flight in flights(network, machine) {
            for point in [flight.from, flight.to, flight.at(machine.now)] {
                let on_stage = (0.0..=viewport.width).contains(&point.x);
                assert!(on_stage && point.y >= network.card.y, "{flight:?}");
            }
        }
    }
    plan
}

#[test]
fn a_server_on_any_stage() {
    let trace = script(SERVER, &[("copy_cost", "1"), ("cpus", "2")]);
    for viewport in stages() {
        let plan = check_run(&trace, viewport, 60);
        let network = plan.network.as_ref().unwrap();
        assert!(
            network.hidden == 0 || viewport.height < 300.0,
            "{viewport:?}"
        );
        assert!(plan.hidden_cpus == 0, "{viewport:?}");
    }
}

#[test]
fn who_waits_for_data_stands_at_the_socket() {
    let trace = script(SERVER, &[]);
    let plan = plan(&trace, SCREEN);
    let mut waited = 0;
    for (cursor, layout) in layouts(&trace, &plan, trace.len()) {
        for (place, task) in cursor.machine().tasks.iter().enumerate() {
            if let State::Blocked(Reason::Data(socket)) = task.state {
                let place = layout.token(TaskId::from_index(place)).unwrap().zone;
                let own = plan.network.as_ref().unwrap().boxes[socket.index()].unwrap();
                assert_eq!(place, Zone::Socket(own));
                waited += 1;
            }
        }
    }
    assert!(waited > 0);
}

#[test]
fn two_hundred_clients_still_read() {
    for (clients, workers) in [(30, 4), (200, 12), (200, 100), (2_000, 3)] {
        let trace = script(&server(clients, workers), &[]);
        for viewport in stages() {
            let plan = check_run(&trace, viewport, 12);
            let network = plan.network.as_ref().unwrap();
            let peers = network
                .peers
                .iter()
                .map(|peers| peers.number)
                .sum::<usize>();
            assert_eq!(peers, clients);
            assert!(clients > 200 || viewport != SCREEN || network.peers[0].shown() == clients);
        }
    }
}

#[test]
fn what_is_submitted_has_a_box() {
    let text = "task server\n  let s = listen 80\n  submit accept s as 1\n  let t, c = completion\n  \
        submit receive c as 2\n  let u, n = completion\n  submit send c, n as 3\n  let v, m = \
        completion\npeer a at 2\n  connect 80\n  send 9000\n  let n = receive\npeer b\n  sleep 3\n";
    let trace = script(text, &[("copy_cost", "1")]);
    for viewport in stages() {
        let plan = check_run(&trace, viewport, 30);
        assert!(plan.network.unwrap().completions.is_some());
    }
}

#[test]
fn the_lowest_stages_have_room_for_the_machine_only() {
    let trace = script(SERVER, &[]);
    let plan = plan(&trace, STAGES[0]);
    assert!(plan.network.is_none());
    for (cursor, layout) in layouts(&trace, &plan, 20) {
        check(cursor.trace().code(), &plan, cursor.machine(), &layout);
    }
}

#[test]
fn what_has_no_network_keeps_the_whole_stage() {
    let trace = trace("5,c2 i3 c1", &[]);
    assert!(plan(&trace, SCREEN).network.is_none());
}

/// There a place may have no room at all: it is empty then, and lies in no other.
#[test]
fn on_the_smallest_stages_nothing_overlaps() {
    let text = server(1, 1) + "shared v0 = 0\n";
    let trace = script(&text, &[]);
    for width in (240_u16..480).step_by(13) {
        for height in (240_u16..420).step_by(7) {
            check_run(&trace, size(f32::from(width), f32::from(height)), 9);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_crowd_on_any_stage(
        clients in 1_usize..60,
        workers in 1_usize..20,
        extra in prop::collection::vec(1_usize..9, 0..8),
        variables in 0_usize..4,
        width in 240.0_f32..2000.0,
        height in 240.0_f32..1300.0,
    ) {
        let mut text = server(clients, workers);
        for (place, number) in extra.iter().enumerate() {
            text += &format!("peer other{place} × {number}\n  sleep 2\n  connect 80\n  close\n");
        }
        for place in 0..variables {
            text += &format!("shared v{place} = 0\n");
        }
        let trace = script(&text, &[]);
        let plan = check_run(&trace, size(width, height), 9);
        let peers = trace.code().jobs.iter().filter(|job| job.place == Place::Outside).count();
        if let Some(network) = plan.network {
            let planned: usize = network.peers.iter().map(|peers| peers.number).sum();
            prop_assert!(planned >= peers);
        }
    }
}
