//! Who waits for whom, in lines.

use sim_core::machine::wait_for;

use super::*;

/// Lines begin and end in the middle of tokens, once for each pair.
pub(super) fn check_edges(plan: &Plan, machine: &Machine, layout: &Layout) -> Vec<Edge> {
    let stage = Rect::new(0.0, 0.0, plan.viewport.width, plan.viewport.height);
    let edges = wait_edges(plan, layout, machine);
    for (place, edge) in edges.iter().enumerate() {
        let (from, to) = (
            layout.token(edge.from).unwrap(),
            layout.token(edge.to).unwrap(),
        );
        assert_eq!(edge.points.first(), Some(&from.rect.middle()));
        assert_eq!(edge.points.last(), Some(&to.rect.middle()));
        assert!(edge.points.len() > 2);
        let on_border = |rect: &Rect, point: Point| {
            let (outer, inner) = (rect.inset(-0.1), rect.inset(0.1));
            let point = Rect::new(point.x, point.y, 0.0, 0.0);
            outer.contains(&point) && !inner.inset(0.02).contains(&point)
        };
        assert!(on_border(&from.rect, edge.tail), "{edge:?} from {from:?}");
        assert!(on_border(&to.rect, edge.tip), "{edge:?} to {to:?}");
        for point in &edge.points {
            assert!(
                stage.contains(&Rect::new(point.x, point.y, 0.0, 0.0)),
                "{edge:?}"
            );
        }
        let waits_for = wait_for::waits_for(machine, edge.from);
        let circle = wait_for::circle(machine, edge.from);
        let mut others = waits_for.into_iter().chain(circle.get(1).copied());
        assert!(others.any(|task| task == edge.to));
        let is_new = |other: &Edge| (other.from, other.to) != (edge.from, edge.to);
        assert!(edges[..place].iter().all(is_new), "{edge:?}");
    }
    edges
}

/// Five philosophers who all take the left fork first.
pub(super) const PHILOSOPHERS: &str = "
lock fork[5]
task philosopher × 5
  acquire fork[self]
  compute 2
  acquire fork[(self + 1) % 5]
  compute 1
  release fork[(self + 1) % 5]
  release fork[self]
";

#[test]
fn a_deadlock_is_a_circle_of_lines() {
    let trace = script(PHILOSOPHERS, &[("slice", "1")]);
    for viewport in STAGES {
        let plan = plan(&trace, viewport);
        check_boxes(&plan);
        let (cursor, layout) = layouts(&trace, &plan, 4).pop().unwrap();
        check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        let edges = check_edges(&plan, cursor.machine(), &layout);
        if plan.hidden_objects == 0 {
            assert_eq!(edges.len(), 5, "{viewport:?}");
        }
        assert!(edges.iter().all(|edge| edge.in_circle), "{viewport:?}");
    }
}

#[test]
fn who_waits_for_oneself_has_a_line_round_a_corner() {
    let code = code("lock m\n", 1, &[]);
    let mut machine = crowd(&code, &[0]);
    hold(&mut machine, 0, TaskId(0));
    let plan = check_all(&code, &machine, SCREEN);
    let layout = Layout::new(&plan, &code, &machine);
    let edges = wait_edges(&plan, &layout, &machine);
    assert!(matches!(edges.as_slice(), [edge] if edge.in_circle && edge.points.len() == 5));
}

#[test]
fn to_and_fro_are_two_lines() {
    let code = code("lock m[2]\n", 2, &[]);
    let mut machine = crowd(&code, &[0, 1]);
    hold(&mut machine, 0, TaskId(1));
    hold(&mut machine, 1, TaskId(0));
    let plan = check_all(&code, &machine, SCREEN);
    let layout = Layout::new(&plan, &code, &machine);
    let edges = wait_edges(&plan, &layout, &machine);
    assert_eq!(edges.len(), 2);
    let apart = edges[0].points[1].x - edges[1].points[1].x;
    assert!(apart.abs() > plan.scale.token.height / 2.0, "{edges:?}");
}

#[test]
fn readers_hold_together_and_once() {
    let code = code("rwlock rw\n", 4, &[("cpus", "4")]);
    let mut machine = crowd(&code, &[9, 9, 0, 0]);
    for reader in [0, 1, 1] {
        hold(&mut machine, 0, TaskId(reader));
    }
    let plan = check_all(&code, &machine, SCREEN);
    let layout = Layout::new(&plan, &code, &machine);
    let edges = wait_edges(&plan, &layout, &machine);
    let pairs: Vec<_> = edges.iter().map(|edge| (edge.from.0, edge.to.0)).collect();
    assert_eq!(pairs, [(2, 0), (2, 1), (3, 0), (3, 1)]);
    assert!(edges.iter().all(|edge| !edge.in_circle));
}

#[test]
fn two_lines_stay_two_whatever_is_in_their_way() {
    let code = code("lock m[2]\n", 3, &[]);
    let mut machine = crowd(&code, &[0, 1, 9]);
    hold(&mut machine, 0, TaskId(1));
    hold(&mut machine, 1, TaskId(0));
    let plan = check_all(&code, &machine, SCREEN);
    let mut layout = Layout::new(&plan, &code, &machine);
    let places = [(100.0, 300.0), (700.0, 300.0), (400.0, 230.0)];
    for (token, (x, y)) in layout.tokens.iter_mut().zip(places) {
        token.rect = Rect { x, y, ..token.rect };
    }
    assert_eq!(layout.tokens.len(), 3);
    let edges = wait_edges(&plan, &layout, &machine);
    let [there, back] = edges.as_slice() else {
        panic!("{edges:?}");
    };
    let middle = layout.tokens[0].rect.middle().y;
    assert!(
        (there.points[1].y < middle) != (back.points[1].y < middle),
        "{edges:?}"
    );
}
