//! The default costs lie where real machines were measured: each figure is what a simulated script comes to,
//! not what the table says.
//!
//! The bands are measurements on two-core machines under Linux 6 in November 2026: medians of paired rounds of
//! small C and Rust programs, and of CPython 3.11 for the interpreter lock.

use core::ops::RangeInclusive;
use std::sync::Arc;

use sim_core::native::quantities::QUANTITIES;
use sim_core::run::{Deviations, run};
use sim_core::settings::Settings;
use sim_core::workload::Workload;

const MICROSECOND: f64 = 1e3;
const MILLISECOND: f64 = 1e6;

/// What is measured, in which unit, and what was measured there.
const BANDS: &[(&str, f64, RangeInclusive<f64>)] = &[
    // Start and join: 42 to 69 µs.
    ("thread", MICROSECOND, 42.0..=69.0),
    ("thread-two-cpus", MICROSECOND, 42.0..=69.0),
    ("fork", MICROSECOND, 206.0..=224.0),
    // By pipes, with both calls.
    ("switch", MICROSECOND, 1.5..=2.0),
    // 20 µs of work, and 4 to 5 times as much as on one CPU.
    ("switch-two-cpus", MICROSECOND, 26.0..=30.0),
    // 5.08, 1.07 and 0.16 ms.
    ("slice-5", MILLISECOND, 5.0..=5.15),
    ("slice-1", MILLISECOND, 1.03..=1.1),
    ("slice-0.1", MILLISECOND, 0.14..=0.18),
    // 2.00 and 3.79 times.
    ("two-threads", 1.0, 1.95..=2.05),
    ("four-threads", 1.0, 3.7..=4.1),
    // Once or twice the interval.
    ("convoy", MILLISECOND, 5.0..=10.3),
    // Nothing where one has ended before the other begins; 45 % and 49 % where they do not.
    ("lost-20", 1.0, 0.0..=0.0),
    ("lost-100000", 1.0, 0.4..=0.5),
];

#[test]
fn what_scripts_take_by_default_lies_where_it_was_measured() {
    let costs = [("costs", "cpython".to_owned())];
    for (name, unit, band) in BANDS {
        let quantity = QUANTITIES.iter().find(|each| each.name == *name);
        let quantity = quantity.unwrap_or_else(|| panic!("no quantity {name}"));
        let value = quantity.simulated(&costs).expect("a run");
        let value = value.expect("it takes time") / unit;
        assert!(band.contains(&value), "{name}: {value}");
    }
}

/// How long a script takes with the default costs and these settings, in nanoseconds.
fn takes(script: &str, settings: &[(&str, &str)]) -> f64 {
    let mut over = Settings::default();
    over.set("costs", "cpython").expect("a preset");
    for (name, value) in settings {
        over.set(name, value).expect("a setting");
    }
    let workload = Workload::from_script("takes", script).expect("a script");
    let code = workload.code(&over).expect("a program");
    let trace = run(Arc::new(code), Deviations::default());
    f64::from(u32::try_from(trace.last().now.0).expect("a short run"))
}

#[test]
fn a_system_call_costs_130_to_170_nanoseconds() {
    let script = "task t\n  let s = listen 80\n  repeat 1000\n    let c, ok = try accept s\n";
    let free = takes(script, &[("system_call_cost", "0")]);
    let call = (takes(script, &[]) - free) / 1_001.0;
    assert!((130.0..=170.0).contains(&call), "{call}");
}

#[test]
fn to_fork_512_mebibytes_takes_18_to_32_milliseconds() {
    let script = "const WORDS = 128\nshared memory[WORDS] = 0\ntask t\n  let pid = fork\n  if pid == 0\n    exit\n  let w = waitpid pid\n";
    let table = ("process_table", "1");
    let small = takes(script, &[table, ("WORDS", "128")]);
    let large = takes(script, &[table, ("WORDS", "12928")]);
    let a_kibibyte = (large - small) / 100.0;
    let all = a_kibibyte * 512.0 * 1_024.0 / MILLISECOND;
    assert!((18.0..=32.0).contains(&all), "{all}");
}

/// What user space never sees of a CPU that is woken, and of a clock that is late, is in the lines of time.
#[test]
fn the_clock_is_late_and_an_idle_cpu_has_to_be_woken() {
    let script = "task t\n  repeat 10\n    sleep 1\n";
    let plain = [
        ("costs", "textbook"),
        ("instruction_cost", "0"),
        ("switch_cost", "0"),
    ];
    let with = |extra: &[(&str, &str)]| takes(script, &[&plain, extra].concat());
    let (ten, each) = (10.0 * MILLISECOND, 10.0);
    assert!((with(&[]) - ten).abs() < 0.5);
    let late = ten + each * 50.0 * MICROSECOND;
    assert!((with(&[("timer_slack", "0.05")]) - late).abs() < 0.5);
    let woken = ten + each * 8.0 * MICROSECOND;
    assert!((with(&[("wake_cost", "0.008")]) - woken).abs() < 0.5);
    // Who goes on at the moment at which the other stops finds the CPU awake.
    let busy = "task t × 2\n  repeat 10\n    compute 1\n    yield\n";
    let awake = takes(busy, &[&plain[..], &[("wake_cost", "0.008")]].concat());
    assert!((awake - 2.0 * ten).abs() < 0.5, "{awake}");
}
