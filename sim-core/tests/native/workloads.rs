//! Jobs of workloads burn real CPU time and wait for real clocks.

use sim_core::event::EventKind;
use sim_core::native::Order;
use sim_core::run::Outcome;
use sim_core::time::{Span, Unit};
use sim_core::workload::Workload;

use super::{count, run_order};

fn order(list: &str) -> Order {
    let unit = Unit::named("us").unwrap();
    let mut workload = Workload::from_list(list, unit).unwrap();
    workload.settings.set("unit", "us").unwrap();
    Order::new(workload)
}

#[test]
fn a_burst_takes_its_cpu_time_at_least() {
    let run = run_order(&order("c2000,c500 i300 c500,c100@1000"));
    assert_eq!(run.outcome, Outcome::Finished);
    let micro = 1_000;
    for (used, least) in run.cpu.iter().zip([2_000, 1_000, 100]) {
        assert!(*used >= Span(least * micro), "{used:?} of {least}");
    }
    let done = count(&run, |kind| matches!(kind, EventKind::IoCompleted { .. }));
    assert_eq!(done, 1);
}

#[test]
fn a_disk_that_takes_one_request_at_a_time_serves_them_in_order() {
    let mut order = order("i200 c1,i200 c1,i200 c1,i200 c1");
    order.over.set("disk", "fifo").unwrap();
    let run = run_order(&order);
    let trace = run.trace.as_ref().unwrap();
    let (mut asked, mut served) = (Vec::new(), Vec::new());
    for event in trace.events() {
        match event.kind {
            EventKind::Blocked { task, .. } => asked.push(task),
            EventKind::IoCompleted { task } => served.push(task),
            _ => {}
        }
    }
    assert_eq!(asked.len(), 4);
    assert_eq!(asked, served);
}

#[test]
fn a_periodic_job_begins_every_period() {
    let text = "[machine]
unit = \"us\"
[[job]]
name = \"beat\"
period = 2000
deadline = 1
rounds = 5
bursts = \"c100\"
";
    let workload = Workload::from_toml("beat.toml", text).unwrap();
    let run = run_order(&Order::new(workload));
    assert_eq!(run.outcome, Outcome::Finished);
    let began = count(&run, |kind| matches!(kind, EventKind::Released { .. }));
    assert_eq!(began, 4);
    // 100 µs of work are not done within 1 µs, on any machine.
    let missed = count(&run, |kind| {
        matches!(kind, EventKind::DeadlineMissed { .. })
    });
    assert_eq!(missed, 5);
}
