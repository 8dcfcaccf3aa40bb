//! The metrics of one run by job, or of several side by side with the best marked.
//!
//! Not their definitions: those are sim-core's; the words for them are in `i18n`.

use std::cmp::Ordering;
use std::sync::Arc;

use sim_core::machine::NetworkUse;
use sim_core::program::Place;
use sim_core::time::{Span, Time, Unit};
use sim_core::view::Metrics;
use sim_core::view::metrics::JobMetrics;

use crate::dom::{Html, Tag, tag};
use crate::i18n::{Metric, Texts, texts};
use crate::live::{Derived, Made};
use crate::panels::rows::{head_of, rows};
use crate::scene::Scene;

/// A run and what it is called in a comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedScene {
    /// Its name; empty where there is only one run.
    pub name: String,
    /// What to show.
    pub scene: Arc<Scene>,
}

/// A run's metrics at one moment.
#[derive(Clone, PartialEq)]
struct Measured {
    name: String,
    unit: Unit,
    jobs: Vec<String>,
    metrics: Metrics,
}

impl Measured {
    fn new(named: &NamedScene) -> Self {
        let scene = &named.scene;
        Self {
            name: named.name.clone(),
            unit: scene.code.config.unit,
            jobs: scene.code.jobs.iter().map(|job| job.name.clone()).collect(),
            metrics: measure(scene),
        }
    }
}

/// The metrics at a scene; at the end of a real run with all that its tasks have told.
fn measure(scene: &Scene) -> Metrics {
    match scene.is_at_end() && scene.trace.reality().is_some() {
        true => Metrics::at_end(&scene.trace),
        false => Metrics::of(&scene.trace, &scene.machine),
    }
}

impl Measured {
    fn has_network(&self) -> bool {
        let mut jobs = self.metrics.jobs.iter();
        jobs.any(|job| job.place == Place::Outside || job.network != NetworkUse::default())
    }
}

/// Shows the metrics of one run or of several.
#[must_use]
pub fn metrics_panel(scenes: Derived<Vec<NamedScene>>) -> Tag {
    let texts = texts();
    let measured = Derived::new(move || {
        Made::new(scenes.read().iter().map(Measured::new).collect::<Vec<_>>())
    });
    let is_comparison = Derived::new(move || measured.read().len() > 1);
    let at = move || {
        let measured = measured.read();
        measured.first().map_or_else(String::new, |first| {
            texts.so_far(&texts.moment(first.unit, first.metrics.now))
        })
    };
    let title = tag("h2")
        .class("panel-title")
        .text(texts.metrics_title())
        .text(" ")
        .child(tag("small").live_text(at));
    tag("section")
        .class("metrics")
        .attr("aria-label", texts.metrics_title())
        .attr("tabindex", "0")
        .child(title)
        .part(move || {
            if is_comparison.get() {
                let table = tag("table").class("figures-compared");
                vec![table.live_html(move || comparison(texts, &measured.read()))]
            } else {
                let figures = tag("dl").class("figures");
                vec![
                    figures.live_html(move || whole(texts, &measured.read())),
                    by_job(texts, measured),
                ]
            }
        })
}

// One run.

const BY_JOB: [Metric; 6] = [
    Metric::Arrival,
    Metric::Start,
    Metric::Completion,
    Metric::Response,
    Metric::Turnaround,
    Metric::Waiting,
];
/// What is shown of a job in a run with a network: both phases, what is burnt, and what a peer feels.
const BY_JOB_OF_NETWORK: [Metric; 6] = [
    Metric::Turnaround,
    Metric::WaitingForData,
    Metric::Copying,
    Metric::Polling,
    Metric::Latency,
    Metric::LongestLatency,
];

/// What is shown of each job.
fn columns(run: Option<&Measured>) -> [Metric; 6] {
    match run.is_some_and(Measured::has_network) {
        true => BY_JOB_OF_NETWORK,
        false => BY_JOB,
    }
}

/// The metrics of the machine as a whole.
fn whole(texts: &dyn Texts, measured: &[Measured]) -> Html {
    let shown = [
        Metric::Utilisation,
        Metric::Overhead,
        Metric::Throughput,
        Metric::Fairness,
    ];
    let mut html = Html::new();
    for metric in shown {
        let value = measured
            .first()
            .map_or_else(String::new, |run| shown_value(texts, run, metric));
        let (name, meaning) = texts.metric(metric);
        html.open("div", &[("class", "figure")]);
        html.open("dt", &[]);
        html.element("abbr", &[("title", meaning)], name);
        html.close("dt");
        html.element("dd", &[], &value);
        html.close("div");
    }
    html
}

fn by_job(texts: &'static dyn Texts, measured: Derived<Made<Vec<Measured>>>) -> Tag {
    // The means stand above the jobs: there may be many.
    let count = Derived::new(move || measured.read().first().map_or(0, |run| run.jobs.len() + 1));
    let row = move |number: usize| {
        let cells = move || {
            let measured = measured.read();
            let cells = measured.first().map(|run| match number.checked_sub(1) {
                None => means(texts, run),
                Some(job) => job_cells(texts, run, job),
            });
            let mut html = Html::new();
            for text in cells.unwrap_or_default() {
                html.element("span", &[("role", "cell")], &text);
            }
            html
        };
        tag("div")
            .attr("role", "row")
            .class(if number == 0 { "row means" } else { "row" })
            .live_html(cells)
    };
    // Read here: the table is drawn anew for other columns.
    let own = Derived::new(move || columns(measured.read().first())).get();
    let columns = core::iter::once((texts.job(), "")).chain(own.map(|each| texts.metric(each)));
    let head = head_of(columns.map(|(name, meaning)| ("", name, meaning)));
    rows(
        "figures-by-job",
        texts.metrics_title(),
        &head,
        count,
        || None,
        row,
    )
}

fn means(texts: &dyn Texts, run: &Measured) -> Vec<String> {
    let means = columns(Some(run)).into_iter().map(|metric| match metric {
        Metric::Arrival | Metric::Start | Metric::Completion | Metric::LongestLatency => {
            String::new()
        }
        _ => shown_value(texts, run, metric),
    });
    std::iter::once(texts.mean().to_owned())
        .chain(means)
        .collect()
}

fn job_cells(texts: &dyn Texts, run: &Measured, job: usize) -> Vec<String> {
    let (Some(name), Some(metrics)) = (run.jobs.get(job), run.metrics.jobs.get(job)) else {
        return Vec::new();
    };
    let values = columns(Some(run))
        .into_iter()
        .map(|metric| job_value(texts, run.unit, metrics, metric));
    std::iter::once(name.clone()).chain(values).collect()
}

fn job_value(texts: &dyn Texts, unit: Unit, job: &JobMetrics, metric: Metric) -> String {
    let span = |span: Option<Span>| span.map_or_else(dash, |span| texts.bare(unit, span));
    let time = |time: Option<Time>| span(time.map(|time| Span(time.0)));
    match metric {
        Metric::Arrival => time(Some(job.arrival)),
        Metric::Start => time(job.start),
        Metric::Completion => time(job.completion),
        Metric::Response => span(job.response),
        Metric::Turnaround => span(job.turnaround),
        Metric::Waiting => span(job.waiting),
        Metric::WaitingForData => span(Some(job.network.waiting_for_data)),
        Metric::Copying => span(Some(job.network.copying)),
        Metric::Polling => span(Some(job.network.polling)),
        Metric::Latency => span(job.latency()),
        Metric::LongestLatency => {
            span((job.network.answers > 0).then_some(job.network.longest_answer))
        }
        Metric::Utilisation | Metric::Throughput | Metric::Fairness | Metric::Overhead => dash(),
    }
}

/// What stands for a number that is not known yet.
fn dash() -> String {
    "–".to_owned()
}

// Several runs.

/// What is compared, and which end of it is best.
const COMPARED: [(Metric, Best); 7] = [
    (Metric::Response, Best::Lowest),
    (Metric::Turnaround, Best::Lowest),
    (Metric::Waiting, Best::Lowest),
    (Metric::Throughput, Best::Highest),
    (Metric::Utilisation, Best::Highest),
    (Metric::Overhead, Best::Lowest),
    (Metric::Fairness, Best::Highest),
];

/// What is compared first where runs have a network.
const COMPARED_OF_NETWORK: [(Metric, Best); 5] = [
    (Metric::Latency, Best::Lowest),
    (Metric::LongestLatency, Best::Lowest),
    (Metric::Polling, Best::Lowest),
    (Metric::Copying, Best::Lowest),
    (Metric::WaitingForData, Best::Lowest),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Best {
    Lowest,
    Highest,
}

fn comparison(texts: &dyn Texts, measured: &[Measured]) -> Html {
    let mut html = Html::new();
    html.open("thead", &[]);
    html.open("tr", &[]);
    html.element("th", &[("scope", "col")], texts.measure());
    for run in measured {
        html.element("th", &[("scope", "col")], &run.name);
    }
    html.close("tr");
    html.close("thead");
    html.open("tbody", &[]);
    let with_network: &[_] = match measured.iter().any(Measured::has_network) {
        true => &COMPARED_OF_NETWORK,
        false => &[],
    };
    for (metric, best) in with_network.iter().copied().chain(COMPARED) {
        let (name, meaning) = texts.metric(metric);
        html.open("tr", &[]);
        html.open("th", &[("scope", "row")]);
        html.element("abbr", &[("title", meaning)], name);
        html.close("th");
        for (text, is_best) in compared(texts, measured, metric, best) {
            html.open("td", &[("class", if is_best { "best" } else { "" })]);
            html.words(&text);
            if is_best {
                html.words(" ");
                html.element("span", &[("class", "visually-hidden")], texts.best());
            }
            html.close("td");
        }
        html.close("tr");
    }
    html.close("tbody");
    html
}

/// A row of the comparison: each run's number, and whether it is the best. Where all are alike,
/// none is.
fn compared(
    texts: &dyn Texts,
    runs: &[Measured],
    metric: Metric,
    best: Best,
) -> Vec<(String, bool)> {
    let numbers: Vec<_> = runs.iter().map(|run| value(run, metric)).collect();
    let known = || numbers.iter().flatten().copied();
    let lowest = known().min_by(f64::total_cmp);
    let highest = known().max_by(f64::total_cmp);
    let target = match best {
        Best::Lowest => lowest,
        Best::Highest => highest,
    };
    let differ = match (lowest, highest) {
        (Some(lowest), Some(highest)) => lowest.total_cmp(&highest) == Ordering::Less,
        _ => false,
    };
    runs.iter()
        .zip(&numbers)
        .map(|(run, number)| {
            let is_target = match (number, target) {
                (Some(number), Some(target)) => number.total_cmp(&target) == Ordering::Equal,
                _ => false,
            };
            (shown_value(texts, run, metric), differ && is_target)
        })
        .collect()
}

/// A run's metric as a number.
fn value(run: &Measured, metric: Metric) -> Option<f64> {
    let metrics = &run.metrics;
    // Nobody saw who had a CPU, so what CPUs did is not known, and not nothing.
    let is_of_cpus = matches!(metric, Metric::Overhead | Metric::Copying | Metric::Polling);
    if is_of_cpus && metrics.cpus.is_empty() {
        return None;
    }
    match metric {
        Metric::Response => metrics.mean_response,
        Metric::Turnaround => metrics.mean_turnaround,
        Metric::Waiting => metrics.mean_waiting,
        Metric::Utilisation => metrics.utilisation,
        Metric::Throughput => metrics.throughput,
        Metric::Fairness => metrics.fairness,
        Metric::Overhead => {
            let kernel: f64 = metrics
                .cpus
                .iter()
                .map(|cpu| run.unit.number(cpu.switching))
                .sum();
            let time = run.unit.number(metrics.now.since(Time::ZERO));
            let cpus = u32::try_from(metrics.cpus.len()).map_or(1.0, f64::from);
            (time > 0.0).then(|| kernel / (time * cpus))
        }
        // Of the machine's own tasks together: how many they are differs from model to model.
        Metric::WaitingForData => Some(sum(run, |used| used.waiting_for_data)),
        Metric::Copying => Some(sum(run, |used| used.copying)),
        Metric::Polling => Some(sum(run, |used| used.polling)),
        Metric::Latency => metrics.mean_latency,
        Metric::LongestLatency => {
            let answered = metrics.jobs.iter().filter(|job| job.network.answers > 0);
            let longest = answered.map(|job| job.network.longest_answer).max();
            longest.map(|longest| run.unit.number(longest))
        }
        Metric::Arrival | Metric::Start | Metric::Completion => None,
    }
}

/// A time of all tasks inside the machine together.
fn sum(run: &Measured, of: fn(&NetworkUse) -> Span) -> f64 {
    let own = run
        .metrics
        .jobs
        .iter()
        .filter(|job| job.place == Place::Inside);
    own.map(|job| run.unit.number(of(&job.network))).sum()
}

fn shown_value(texts: &dyn Texts, run: &Measured, metric: Metric) -> String {
    let Some(number) = value(run, metric) else {
        return dash();
    };
    match metric {
        Metric::Utilisation | Metric::Overhead => texts.share(number),
        _ => texts.number(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn the_best_is_marked_unless_all_are_alike() {
        let texts = Language::English.texts();
        let run = |turnaround: Option<f64>| Measured {
            name: String::new(),
            unit: Unit::MILLISECOND,
            jobs: Vec::new(),
            metrics: Metrics {
                now: Time::ZERO,
                jobs: Vec::new(),
                cpus: Vec::new(),
                disk_busy: Span::ZERO,
                completed: 0,
                mean_response: None,
                mean_turnaround: turnaround,
                mean_waiting: None,
                mean_latency: None,
                utilisation: None,
                throughput: None,
                fairness: None,
            },
        };
        let best = |runs: &[Measured], best: Best| {
            let row = compared(texts, runs, Metric::Turnaround, best);
            row.into_iter()
                .map(|(_, is_best)| is_best)
                .collect::<Vec<_>>()
        };
        let runs = [run(Some(3.0)), run(Some(2.0)), run(None), run(Some(2.0))];
        assert_eq!(best(&runs, Best::Lowest), [false, true, false, true]);
        assert_eq!(best(&runs, Best::Highest), [true, false, false, false]);
        assert_eq!(
            best(&[run(Some(1.0)), run(Some(1.0))], Best::Lowest),
            [false, false]
        );
    }

    #[test]
    fn what_nobody_saw_takes_no_part() {
        let texts = Language::English.texts();
        let slug = "lost-update";
        let scenario = sim_core::scenario::find(slug).unwrap();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim-core/recordings");
        let text = std::fs::read_to_string(root.join(format!("{slug}.txt"))).unwrap();
        let recording = sim_core::recording::Recording::read(&text).unwrap();
        let real = recording.replay(&scenario.workload).unwrap();
        let mut over = sim_core::settings::Settings::default();
        over.set("switch_cost", "1").unwrap();
        let code = scenario.workload.code(&over).unwrap();
        let simulated = sim_core::run::run(Arc::new(code), sim_core::run::Deviations::new());
        let runs = [simulated, real].map(|trace| Measured {
            name: String::new(),
            unit: trace.code().config.unit,
            jobs: Vec::new(),
            metrics: Metrics::at_end(&trace),
        });
        let own = |metric| value(&runs[1], metric);
        assert!(value(&runs[0], Metric::Overhead).is_some_and(|share| share > 0.0));
        for metric in [
            Metric::Response,
            Metric::Waiting,
            Metric::Utilisation,
            Metric::Overhead,
            Metric::Copying,
            Metric::Polling,
        ] {
            assert_eq!(own(metric), None);
            for best in [Best::Lowest, Best::Highest] {
                let row = compared(texts, &runs, metric, best);
                assert!(row.iter().all(|(_, is_best)| !is_best));
                assert_eq!(row[1].0, dash());
            }
        }
        assert!(own(Metric::Turnaround).is_some());
    }
}
