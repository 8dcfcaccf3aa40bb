//! Workloads: jobs with bursts and the machine that they run on, as people write them.
//!
//! Read from a TOML text or a list of jobs, or built by hand; every way leads through the same
//! checks to [`Code`]. Not the running jobs: those are tasks of a
//! [`Machine`](crate::machine::Machine).

mod bursts;
mod check;

mod list;
mod names;
pub(crate) mod reader;
mod toml;
mod write;

pub use crate::input::InputError;
pub use bursts::{BurstError, BurstSpec};
pub use toml::SCRIPT;

use self::names::Names;
use crate::ids::{PipeId, TaskId};
use crate::program::{Burst, Code, Job, PipeSpec, Place};
use crate::settings::Settings;
use crate::time::{Span, Time};

/// Jobs and their machine, not yet checked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Workload {
    /// The machine's parameters, as far as they are set.
    pub settings: Settings,
    /// The sizes of memory's partitions in KiB; none where memory is not modelled.
    pub partitions: Vec<u32>,
    /// The pipes between jobs.
    pub pipes: Vec<PipeSpec>,
    /// The jobs; a job's place is the number of its task.
    pub jobs: Vec<JobSpec>,
    /// The script that the tasks carry out; there are no jobs then.
    pub script: Option<String>,
}

/// A job as people write it. What each field means is said at [`Job`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobSpec {
    /// Its name, which no other job has.
    pub name: String,
    /// When it enters the system, after the start.
    pub arrival: Span,
    /// Its priority: the lower the number, the higher.
    pub priority: i32,
    /// Its share under lottery, stride and fair scheduling.
    pub tickets: u32,
    /// The length of its period, where it is periodic.
    pub period: Option<Span>,
    /// How long after its arrival, or the start of each period, it must be done. A periodic job
    /// without one must be done within its period (Liu and Layland, 1973).
    pub deadline: Option<Span>,
    /// How often its bursts are carried out. Without it a periodic job fills one hyperperiod of
    /// all jobs, and any other runs once.
    pub rounds: Option<u32>,
    /// The memory that it needs, in KiB.
    pub memory: u32,
    /// The files that it holds open.
    pub files: Vec<String>,
    /// The name of its parent.
    pub parent: Option<String>,
    /// What it does, in order.
    pub bursts: Vec<BurstSpec>,
}

/// The tickets of a job that says nothing about them.
pub const TICKETS: u32 = 100;

impl Default for JobSpec {
    fn default() -> Self {
        Self {
            name: String::new(),
            arrival: Span::ZERO,
            priority: 0,
            tickets: TICKETS,
            period: None,
            deadline: None,
            rounds: None,
            memory: 0,
            files: Vec::new(),
            parent: None,
            bursts: Vec::new(),
        }
    }
}

/// The most rounds that a periodic job has without asking for more.
const ROUNDS: u64 = 1_000;

impl Workload {
    /// Checks everything and puts together what the machine runs, with the settings of the
    /// workload and those of `over`, which win.
    ///
    /// # Errors
    ///
    /// Names the first thing that is wrong, and what was expected.
    pub fn code(&self, over: &Settings) -> Result<Code, InputError> {
        let fail = |fault: check::Fault| fault.in_workload(self);
        self.check().map_err(fail)?;
        self.check_unit(over).map_err(fail)?;
        let settings = self.settings.merged(over);
        let config = settings
            .config()
            .map_err(|error| check::Fault::from(error).in_workload(self))?;
        check::constants(self, &settings).map_err(fail)?;
        if let Some(text) = &self.script {
            let script = check::script(text, &settings).map_err(fail)?;
            return Ok(Code::of_script(config, script));
        }
        let names = self.job_places();
        let hyperperiod = self.hyperperiod();
        let pipes = self.pipe_places();
        let jobs = self.jobs.iter().map(|spec| {
            let bursts: Vec<_> = spec.bursts.iter().map(|spec| burst(spec, &pipes)).collect();
            let mut writes = vec![false; self.pipes.len()];
            for burst in &bursts {
                if let Burst::Send(pipe) = burst {
                    writes[pipe.index()] = true;
                }
            }
            Job {
                name: spec.name.clone(),
                arrival: Time::ZERO + spec.arrival,
                priority: spec.priority,
                tickets: spec.tickets,
                period: spec.period,
                deadline: spec.deadline.or(spec.period),
                rounds: spec.rounds_in(hyperperiod),
                memory: spec.memory,
                files: spec.files.clone(),
                parent: spec
                    .parent
                    .as_deref()
                    .and_then(|parent| names.place(parent))
                    .map(TaskId::from_index),
                place: Place::Inside,
                bursts,
                writes,
            }
        });
        let jobs = jobs.collect();
        Ok(Code::new(
            config,
            jobs,
            self.pipes.clone(),
            self.partitions.clone(),
        ))
    }

    /// The time after which the periods of all jobs begin together again; the longest there is
    /// where that is too long to say.
    fn hyperperiod(&self) -> Span {
        let periods = self
            .jobs
            .iter()
            .filter_map(|job| job.period)
            .filter(|span| !span.is_zero());
        Span(periods.fold(1, |all, period| {
            (all / greatest_common_divisor(all, period.0)).saturating_mul(period.0)
        }))
    }
}

impl JobSpec {
    /// How often its bursts are carried out, beside jobs with this hyperperiod.
    fn rounds_in(&self, hyperperiod: Span) -> u32 {
        let fills = |period: Span| (hyperperiod.0 / period.0.max(1)).clamp(1, ROUNDS);
        let rounds = self
            .rounds
            .map_or_else(|| self.period.map_or(1, fills), u64::from);
        u32::try_from(rounds).unwrap_or(u32::MAX)
    }
}

/// A burst of a checked workload, whose pipes are all there.
fn burst(spec: &BurstSpec, pipes: &Names<'_>) -> Burst {
    let pipe = |name: &str| PipeId::from_index(pipes.place(name).unwrap_or(0));
    match spec {
        BurstSpec::Cpu(span) => Burst::Cpu(*span),
        BurstSpec::Io(span) => Burst::Io(*span),
        BurstSpec::Send(name) => Burst::Send(pipe(name)),
        BurstSpec::Receive(name) => Burst::Receive(pipe(name)),
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unchanged() -> Settings {
        Settings::default()
    }

    #[test]
    fn a_workload_in_toml_survives_writing_and_reading() {
        let text = r#"
            [machine]
            policy = "mlfq"
            slices = [2, 4.5]
            boost = 20
            seed = "18446744073709551615"
            [memory]
            partitions = [64, 128]
            [[pipe]]
            name = "log"
            capacity = 2
            [[job]]
            name = "shell \"one\"\t\\"
            arrival = 0.5
            priority = -3
            bursts = "c5 i3 send:log"
            [[job]]
            name = "W"
            count = 3
            parent = "shell \"one\"\t\\"
            period = 20
            deadline = 10
            rounds = 4
            tickets = 7
            memory = 64
            files = ["a", "b"]
            bursts = """
              c1
              receive:log c0.25
            """
        "#;
        // A tab is refused in a name; elsewhere strings may hold anything.
        let text = text.replace("\\t", "");
        let workload = Workload::from_toml("w.toml", &text).unwrap();
        assert_eq!(workload.jobs.len(), 4);
        assert_eq!(workload.jobs[3].name, "W3");
        assert_eq!(workload.settings.get("slices"), Some("2/4.5"));
        let again = Workload::from_toml("w.toml", &workload.to_toml()).unwrap();
        assert_eq!(again, workload);
        assert_eq!(again.to_toml(), workload.to_toml());
        let code = workload.code(&unchanged()).unwrap();
        assert_eq!(code.job(TaskId(2)).parent, Some(TaskId(0)));
        assert_eq!(code.job(TaskId(2)).rounds, 4);
    }

    #[test]
    fn periodic_jobs_fill_one_hyperperiod() {
        let job = |name: &str, period: u64| JobSpec {
            name: name.to_owned(),
            period: Some(Span(period)),
            bursts: vec![BurstSpec::Cpu(Span(1))],
            ..JobSpec::default()
        };
        let jobs = vec![job("A", 4), job("B", 6), job("C", 100_000_007)];
        let rounds = |jobs: &[JobSpec]| {
            let workload = Workload {
                jobs: jobs.to_vec(),
                ..Workload::default()
            };
            let code = workload.code(&unchanged()).unwrap();
            code.jobs.iter().map(|job| job.rounds).collect::<Vec<_>>()
        };
        assert_eq!(rounds(&jobs[..2]), [3, 2]);
        assert_eq!(rounds(&jobs), [1000, 1000, 12]);
    }

    #[test]
    fn settings_from_outside_win_but_the_unit_is_the_workloads_own() {
        let workload = Workload::from_list("1,2", crate::time::Unit::MILLISECOND).unwrap();
        let mut over = unchanged();
        over.set("policy", "rr").unwrap();
        assert_eq!(
            workload.code(&over).unwrap().config.policy.kind.name(),
            "rr"
        );
        over.set("unit", "us").unwrap();
        let error = workload.code(&over).unwrap_err().to_string();
        assert!(error.contains("unit: found \"us\""), "{error}");
    }
}
