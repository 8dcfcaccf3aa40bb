//! Real runs, of whose CPUs nothing is known.

use std::path::Path;

use sim_core::recording::Recording;
use sim_core::scenario;

use super::*;

/// The recorded runs of the catalogue.
fn recorded() -> impl Iterator<Item = (&'static str, Arc<Trace>)> {
    let entries = scenario::index()
        .iter()
        .filter(|entry| entry.has_recording());
    entries.map(|entry| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim-core/recordings");
        let text = std::fs::read_to_string(folder.join(format!("{}.txt", entry.slug)));
        let recording = Recording::read(&text.expect("a recording")).expect("a recording");
        let scenario = scenario::find(entry.slug).expect("a scenario");
        let trace = recording.replay(&scenario.workload).expect("a run");
        (entry.slug, Arc::new(trace))
    })
}

#[test]
fn every_task_of_a_real_run_has_its_place_on_any_stage() {
    for (slug, trace) in recorded() {
        for viewport in STAGES {
            let plan = plan(&trace, viewport);
            check_boxes(&plan);
            assert_eq!((plan.cpus.len(), plan.hidden_cpus), (0, 0), "{slug}");
            assert!(plan.ready.grid.capacity() > 0, "{slug} {viewport:?}");
            for (cursor, layout) in layouts(&trace, &plan, 12) {
                check(cursor.trace().code(), &plan, cursor.machine(), &layout);
                let is_guess = |zone| matches!(zone, Zone::Ready | Zone::Cpu(_));
                let guesses = layout.tokens.iter().filter(|token| is_guess(token.zone));
                assert_eq!(guesses.count(), 0, "{slug}");
                assert!(layout.levels.is_empty(), "{slug}");
            }
        }
    }
}

#[test]
fn its_ways_join_its_places() {
    for (slug, trace) in recorded() {
        for viewport in [
            SCREEN,
            Size {
                width: 760.0,
                height: 420.0,
            },
        ] {
            let plan = plan(&trace, viewport);
            let stage = Rect::new(0.0, 0.0, viewport.width, viewport.height);
            for wire in &plan.wires {
                for corner in &wire.corners {
                    let spot = Rect::new(corner.x, corner.y, 0.0, 0.0);
                    assert!(stage.contains(&spot), "{slug}: {wire:?}");
                }
            }
            let is_flat = plan.arrangement == Arrangement::Stacked;
            let exit = plan.wires.iter().find(|wire| wire.kind == WireKind::Exit);
            assert_eq!(exit.is_none(), is_flat, "{slug}");
        }
    }
}
