//! What a person can do: the acts that change a session.
//!
//! Not what they do to it: that is the session's.

use sim_core::ids::TaskId;
use sim_core::run::Deviations;
use sim_core::time::Time;
use sim_core::trace::Granularity;

use super::{Chooser, FetchFault, JobField, LiveAct, Problem, Scope, Texts};
use crate::player::Command;

/// What a person does, or a link in their place; and the passing of time.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Open a scenario of the catalogue. Its texts may have to be fetched first: then this and what came
    /// with it waits for them, and what ran before goes on.
    Open {
        /// Its name.
        slug: String,
    },
    /// Open what a link says: its part from `#` on.
    Follow(String),
    /// Hand over the texts that were asked for, or say why they cannot be had. An answer to another request
    /// than the last one comes too late and is ignored.
    Deliver {
        /// The request's number.
        request: u64,
        /// The texts.
        texts: Result<Texts, FetchFault>,
    },
    /// Put the recorded real run of the scenario beside the others. It may have to be fetched first: then what
    /// came with it waits.
    ShowRecording,
    /// Hand over the recording that was asked for, or say why it cannot be had.
    DeliverRecording {
        /// The request's number.
        request: u64,
        /// The text.
        text: Result<String, FetchFault>,
    },
    /// Do something about real runs on request.
    Live(LiveAct),
    /// Ask for the part of the page that is fetched later, if it is not there.
    WantPart,
    /// Say that the part of the page that is fetched later is there, or why it cannot be had.
    PartCame(Result<(), FetchFault>),
    /// Ask once more for what could not be fetched.
    Retry,
    /// Open a file, or a text from a link.
    OpenText {
        /// What it is called.
        name: String,
        /// The workload.
        text: String,
    },
    /// Change the text of the workload.
    EditWorkload {
        /// The new text.
        text: String,
    },
    /// Run another script in place of the present one; where it has mistakes, say all of them.
    EditScript {
        /// The new text.
        text: String,
    },
    /// Say what is wrong with a script, and run nothing.
    CheckScript {
        /// The text.
        text: String,
    },
    /// Change one field of a job.
    EditJob {
        /// The job's place.
        job: usize,
        /// Which field.
        field: JobField,
        /// What a person wrote there.
        text: String,
    },
    /// Add a job.
    AddJob,
    /// Take a job away.
    RemoveJob(usize),
    /// Change a setting.
    SetParameter {
        /// For which runs.
        scope: Scope,
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Give a setting back the value that the workload has for it.
    ResetParameter {
        /// For which runs.
        scope: Scope,
        /// Its name.
        name: String,
    },
    /// Give all settings back the values that the workload has for them.
    ResetParameters(Scope),
    /// Take the settings of a variant of the scenario.
    UseVariant {
        /// Its name.
        name: String,
    },
    /// Put one more run beside the others, with another policy.
    AddRun,
    /// Show exactly so many runs, whose own settings follow: what a link does.
    SetRuns(usize),
    /// Put the runs of all variants of the scenario side by side.
    CompareVariants,
    /// Take a run away.
    RemoveRun(usize),
    /// Keep only one run.
    KeepRun(usize),
    /// Where it is open who is next: have this one, and go one event on.
    Choose(TaskId),
    /// Say who decides while a run plays.
    LetChoose(Chooser),
    /// Take these choices in a run: what a link does.
    Deviate {
        /// Which run.
        run: usize,
        /// By the index of the decision.
        deviations: Deviations,
    },
    /// Give all choices back to the policy.
    ForgetChoices,
    /// Choose the run whose parameters and table are shown.
    Focus(usize),
    /// Ask something of the player.
    Player(Command),
    /// Go to the place after so many events.
    Seek(usize),
    /// Go to the place after everything that had happened by a moment.
    SeekTime(Time),
    /// Step forward.
    StepForward(Granularity),
    /// Step back.
    StepBack(Granularity),
    /// Go to the start.
    ToStart,
    /// Go to the end.
    ToEnd,
    /// Choose what the step buttons step by.
    StepBy(Granularity),
    /// Choose a task to be marked, or none.
    Select(Option<TaskId>),
    /// Let so many seconds pass; go on with runs in the making.
    Frame(f64),
    /// Stop making runs, and wait for no texts. What ran before stays; at the very first, what was made is
    /// shown.
    Cancel,
    /// Say that something is wrong outside: a file that cannot be read.
    Report(Problem),
    /// The problem has been read.
    Dismiss,
}
