//! Metrics: the numbers by which schedules are compared.
//!
//! Not part of the machine: floats are for people, and nothing reads them back.

use crate::ids::{CpuId, TaskId};
use crate::machine::{Machine, NetworkUse, State};
use crate::program::{Code, Place};
use crate::time::{Span, Time};
use crate::trace::Trace;

/// The metrics of a run up to a moment.
///
/// The definitions are those of Silberschatz §5.2 (utilisation, throughput, turnaround, waiting
/// and response time) and OSTEP §7.2 and §7.6 (response time ends at the first run). Means are
/// numbers of the scenario's units, over the jobs that have the number yet. Peers are no jobs of the
/// machine: only their latency is a figure of the run.
#[derive(Clone, PartialEq, Debug)]
pub struct Metrics {
    /// Up to when.
    pub now: Time,
    /// Each job.
    pub jobs: Vec<JobMetrics>,
    /// Each CPU.
    pub cpus: Vec<CpuMetrics>,
    /// Time in which the disk had a request.
    pub disk_busy: Span,
    /// How many jobs are done.
    pub completed: usize,
    /// Mean time from arrival to the first run.
    pub mean_response: Option<f64>,
    /// Mean time from arrival to completion.
    pub mean_turnaround: Option<f64>,
    /// Mean time in which a job that has arrived could have run but did not.
    pub mean_waiting: Option<f64>,
    /// Mean time from what a task sent over a connection that it made to the answer, over the means of
    /// all that got one.
    pub mean_latency: Option<f64>,
    /// The part of all CPU time that programs used, from 0 to 1; none at the start, and where nobody
    /// sees the CPUs.
    pub utilisation: Option<f64>,
    /// Jobs completed in each unit of time; none at the start.
    pub throughput: Option<f64>,
    /// How equally jobs progress: the index of Jain, Chiu and Hawe (*A Quantitative Measure of
    /// Fairness and Discrimination*, DEC-TR-301, 1984), from 1/n (one job has everything) to 1
    /// (all alike), over each job's CPU time as a part of its time in the system.
    pub fairness: Option<f64>,
}

/// The metrics of a job. Times that are not known yet are none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobMetrics {
    /// Its task.
    pub task: TaskId,
    /// When it arrives.
    pub arrival: Time,
    /// When it first ran.
    pub start: Option<Time>,
    /// When it ended.
    pub completion: Option<Time>,
    /// First run − arrival.
    pub response: Option<Span>,
    /// Completion − arrival.
    pub turnaround: Option<Span>,
    /// Time new, ready, or on a CPU that worked for the kernel; none where nobody sees the CPUs.
    pub waiting: Option<Span>,
    /// CPU time in its own program; none where nobody sees the CPUs. A real task's is known from its own
    /// clock, once the task has ended or the run is over.
    pub cpu: Option<Span>,
    /// Time blocked.
    pub blocked: Span,
    /// How often it was given a CPU.
    pub dispatches: u32,
    /// How often a CPU was taken from it.
    pub preemptions: u32,
    /// How many of its deadlines were missed.
    pub missed: u32,
    /// The longest time that it was ready without a break; none where nobody sees the CPUs.
    pub longest_wait: Option<Span>,
    /// Whether it is a job of the machine or a peer.
    pub place: Place,
    /// What it had to do with the network.
    pub network: NetworkUse,
}

/// What a CPU's time went into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuMetrics {
    /// Programs of tasks.
    pub busy: Span,
    /// The kernel's work: context switches and interrupts.
    pub switching: Span,
    /// Nothing, or waiting with a task for the disk.
    pub idle: Span,
}

impl Metrics {
    /// The metrics at a place of a run.
    #[must_use]
    pub fn at(code: &Code, machine: &Machine) -> Self {
        let now = machine.now;
        let ids = (0..machine.tasks.len()).map(TaskId::from_index);
        let jobs: Vec<_> = ids
            .map(|task| JobMetrics::at(code, machine, task))
            .collect();
        let ids = (0..machine.cpus.len()).map(CpuId::from_index);
        let cpus: Vec<_> = ids.map(|cpu| CpuMetrics::at(machine, cpu)).collect();

        let units = |span: Span| code.config.unit.number(span);
        let own = || jobs.iter().filter(|job| job.place == Place::Inside);
        let arrived = || own().filter(|job| machine.task(job.task).state != State::Absent);
        let completed = own().filter(|job| job.completion.is_some()).count();
        let busy: f64 = cpus.iter().map(|cpu| units(cpu.busy)).sum();
        let time = units(now.since(Time::ZERO));
        let is_started = now > Time::ZERO;
        let disk = &machine.disk;
        let in_flight = if disk.in_flight > 0 {
            now.since(disk.since)
        } else {
            Span::ZERO
        };
        Self {
            now,
            disk_busy: disk.busy + in_flight,
            completed,
            mean_response: mean(arrived().filter_map(|job| job.response).map(units)),
            mean_turnaround: mean(arrived().filter_map(|job| job.turnaround).map(units)),
            mean_waiting: mean(arrived().filter_map(|job| job.waiting).map(units)),
            mean_latency: mean(jobs.iter().filter_map(JobMetrics::latency).map(units)),
            utilisation: (is_started && !cpus.is_empty())
                .then(|| busy / (time * number(cpus.len()))),
            throughput: is_started.then(|| number(completed) / time),
            fairness: jain(arrived().filter_map(|job| progress(job, now))),
            jobs,
            cpus,
        }
    }

    /// The metrics at the end of a run: where it was stopped at a moment, at that moment.
    #[must_use]
    pub fn at_end(trace: &Trace) -> Self {
        let mut machine = trace.last();
        // Nothing happens between the last event and the end; time passes.
        machine.now = machine.now.max(trace.end());
        let mut metrics = Self::of(trace, &machine);
        if let Some(reality) = trace.reality() {
            for (job, cpu) in metrics.jobs.iter_mut().zip(&reality.cpu) {
                job.cpu = Some(*cpu);
            }
        }
        metrics
    }

    /// The metrics at a place of a run, with what a real one has told of its tasks that have ended.
    #[must_use]
    pub fn of(trace: &Trace, machine: &Machine) -> Self {
        let mut metrics = Self::at(trace.code(), machine);
        for job in &mut metrics.jobs {
            job.cpu = job.cpu.or_else(|| trace.cpu_of(machine, job.task));
        }
        metrics
    }
}

impl JobMetrics {
    fn at(code: &Code, machine: &Machine, task: TaskId) -> Self {
        let arrival = machine.arrival(code, task);
        let sum = machine.accounting(task);
        let entry = machine.task(task);
        // Ready and running are one state there.
        let seen = |span| (!machine.is_task_level()).then_some(span);
        let wait = match entry.state {
            State::Ready => machine.now.since(entry.since),
            _ => Span::ZERO,
        };
        Self {
            task,
            arrival,
            start: sum.first_run,
            completion: sum.completion,
            response: sum.first_run.map(|start| start.since(arrival)),
            turnaround: sum.completion.map(|completion| completion.since(arrival)),
            waiting: seen(sum.waiting),
            cpu: seen(sum.cpu),
            blocked: sum.blocked,
            dispatches: sum.dispatches,
            preemptions: sum.preemptions,
            missed: sum.missed,
            longest_wait: seen(sum.longest_wait.max(wait)),
            place: code.job(task).place,
            network: machine.network_use(task),
        }
    }

    /// The mean time from what it sent to the answer; none where it got none.
    #[must_use]
    pub fn latency(&self) -> Option<Span> {
        let answers = u64::from(self.network.answers);
        let mean = self.network.answering.0.checked_div(answers)?;
        Some(Span(mean))
    }
}

impl CpuMetrics {
    fn at(machine: &Machine, cpu: CpuId) -> Self {
        let (busy, switching) = machine.cpu_use(cpu);
        Self {
            busy,
            switching,
            idle: machine.now.since(Time::ZERO) - busy - switching,
        }
    }
}

/// A job's CPU time as a part of its time in the system; none while that is no time.
fn progress(job: &JobMetrics, now: Time) -> Option<f64> {
    let span = job.completion.unwrap_or(now).since(job.arrival);
    let cpu = job.cpu.filter(|_| !span.is_zero())?;
    Some(span_number(cpu) / span_number(span))
}

/// Jain's index of some shares; none where there is no share.
fn jain(shares: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut count, mut sum, mut squares) = (0, 0.0, 0.0);
    for share in shares {
        count += 1;
        sum += share;
        squares += share * share;
    }
    (squares > 0.0).then(|| sum * sum / (number(count) * squares))
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut count, mut sum) = (0, 0.0);
    for number in numbers {
        count += 1;
        sum += number;
    }
    (count > 0).then(|| sum / number(count))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "for people, not for the machine"
)]
fn number(count: usize) -> f64 {
    count as f64
}

#[allow(
    clippy::cast_precision_loss,
    reason = "for people, not for the machine"
)]
fn span_number(span: Span) -> f64 {
    span.0 as f64
}
