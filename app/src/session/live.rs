//! Real runs on request: asking a server for one, how far it is, and taking it in.
//!
//! Not the talking to it: whoever is outside looks at [`Session::live_request`] and answers by
//! [`LiveAct`]s. What comes is a recording that comes from elsewhere; until it is there, everything else goes
//! on as it does.

use core::fmt;
use std::collections::VecDeque;
use std::sync::Arc;

use sim_core::recording::{LONGEST, Recording, RecordingError};
use sim_core::scenario;
use sim_core::settings::Settings;
use sim_core::trace::Trace;

use super::making::Then;
use super::{Act, Origin, Problem, RealRun, Session, Source};

/// How a server introduces itself, before what it says of itself.
const GREETING: &str = "lockstep native 1 ";
/// The most bytes of an answer: lines on how far the run is, and a recording.
const ANSWER: usize = LONGEST + (1 << 20);

/// A server that runs programs for real, as it introduced itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LiveServer {
    /// After how many seconds it stops a run.
    pub seconds: u64,
    /// After how many events it does.
    pub events: u64,
    /// What it runs.
    pub programs: Programs,
}

/// What a server runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Programs {
    /// What is in its catalogue.
    Catalogue,
    /// Any text as well.
    Texts,
}

impl LiveServer {
    /// Reads an introduction; nothing, if it is somebody else's.
    #[must_use]
    pub fn read(greeting: &str) -> Option<Self> {
        let words = greeting.strip_prefix(GREETING)?.split_whitespace();
        let number = |name: &str| {
            let mut words = words.clone();
            words.find_map(|word| word.strip_prefix(name)?.parse().ok())
        };
        Some(Self {
            seconds: number("seconds=")?,
            events: number("events=")?,
            programs: match words.clone().any(|word| word == "files") {
                true => Programs::Texts,
                false => Programs::Catalogue,
            },
        })
    }
}

/// A run that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveRequest {
    /// Each request has a number of its own.
    pub number: u64,
    /// Where, from the page on.
    pub address: String,
    /// What is sent there.
    pub body: String,
}

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LiveProgress {
    /// How many events there are.
    pub events: u64,
    /// For how many milliseconds it has run.
    pub ms: u64,
}

/// What is done about real runs on request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LiveAct {
    /// A server is there.
    Meet(LiveServer),
    /// Run what is shown.
    Start,
    /// Have it stopped.
    Stop,
    /// Say how far it is.
    Progress {
        /// The request's number.
        request: u64,
        /// How far.
        progress: LiveProgress,
    },
    /// Hand over the recording that it led to, or say why there is none. An answer to another request than
    /// the last one comes too late and is ignored.
    Deliver {
        /// The request's number.
        request: u64,
        /// The text.
        text: Result<String, LiveFault>,
    },
}

/// Why there is no real run to be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveFault {
    /// What went wrong.
    pub kind: LiveFaultKind,
    /// What the server, or the replay, says about it; empty where there is nothing to say.
    pub why: String,
}

/// What can go wrong with a real run on request. (What is said about it stands beside it: one text for all
/// keeps a first visit small.)
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LiveFaultKind {
    /// Nobody answers, or somebody else.
    Gone,
    /// The server has another run.
    Busy,
    /// The server does not want it.
    Refused,
    /// The run failed.
    Failed,
    /// The answer ends in the middle.
    CutOff,
    /// What came is no run of what is open.
    Bad,
    /// What is open is not what it was when the run began.
    Changed,
}

impl LiveFaultKind {
    /// With what is said about it.
    #[must_use]
    pub fn because(self, why: impl Into<String>) -> LiveFault {
        let (kind, why) = (self, why.into());
        LiveFault { kind, why }
    }
}

impl From<LiveFaultKind> for LiveFault {
    fn from(kind: LiveFaultKind) -> Self {
        kind.because("")
    }
}

impl LiveFault {
    /// Whether it helps to ask once more.
    #[must_use]
    pub fn can_be_retried(&self) -> bool {
        self.kind != LiveFaultKind::Refused
    }
}

impl fmt::Display for LiveFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// An answer as it comes in, piece by piece.
#[derive(Debug, Default)]
pub struct LiveAnswer(Vec<u8>);

impl LiveAnswer {
    /// Takes a piece in; how far the run is then, if that is known.
    ///
    /// # Errors
    ///
    /// When it is longer than any answer.
    pub fn take(&mut self, piece: &[u8]) -> Result<Option<LiveProgress>, LiveFault> {
        self.0.extend_from_slice(piece);
        if self.0.len() > ANSWER {
            return Err(LiveFaultKind::Bad.because(RecordingError::TooLong.to_string()));
        }
        // Only of whole lines; what stands behind the last one is still to come.
        let whole = self.0.rsplitn(2, |byte| *byte == b'\n').nth(1);
        let last = whole.and_then(|whole| whole.rsplit(|byte| *byte == b'\n').next());
        Ok(last.and_then(progress))
    }

    /// What it says in the end: a recording.
    ///
    /// # Errors
    ///
    /// What it says instead.
    pub fn finish(self) -> Result<String, LiveFault> {
        let text = String::from_utf8(self.0).map_err(|_| LiveFaultKind::Gone)?;
        let mut rest = &*text;
        while let Some((line, behind)) = rest.split_once('\n') {
            if line == "recording" {
                return Ok(behind.to_owned());
            }
            if let Some(sentence) = line.strip_prefix("error ") {
                return Err(LiveFaultKind::Failed.because(sentence));
            }
            // A page, perhaps: whoever answers is not the one who was asked.
            progress(line.as_bytes()).ok_or(LiveFaultKind::Gone)?;
            rest = behind;
        }
        Err(LiveFaultKind::CutOff.into())
    }
}

/// What a line says on how far a run is.
fn progress(line: &[u8]) -> Option<LiveProgress> {
    let line = core::str::from_utf8(line).ok()?;
    let (events, ms) = line.strip_prefix("events ")?.split_once(' ')?;
    Some(LiveProgress {
        events: events.parse().ok()?,
        ms: ms.parse().ok()?,
    })
}

/// What a server answers that does not run what it was asked for.
#[must_use]
pub fn refusal(status: u16, text: &str) -> LiveFault {
    /// The longest sentence that is shown, in letters.
    const SENTENCE: usize = 400;
    let text = text.trim();
    match status {
        409 => LiveFaultKind::Busy.into(),
        // Of a proxy, or of somebody who serves pages.
        500.. => LiveFaultKind::Gone.into(),
        _ if text.is_empty() || text.starts_with('<') => LiveFaultKind::Gone.into(),
        _ => LiveFaultKind::Refused.because(text.chars().take(SENTENCE).collect::<String>()),
    }
}

/// The server, and what it was asked for.
#[derive(Debug, Default)]
pub(super) struct Live {
    server: Option<LiveServer>,
    /// The last one.
    request: Option<LiveRequest>,
    /// The settings that it gives other values.
    settings: Settings,
    /// Whether it is still wanted.
    is_wanted: bool,
    progress: LiveProgress,
    /// Whether the last request was in vain.
    has_failed: bool,
}

impl Live {
    /// Waits for nothing any more.
    pub(super) fn withdraw(&mut self) {
        self.is_wanted = false;
        self.has_failed = false;
    }
}

impl Session {
    /// The server that runs programs for real, if there is one.
    #[must_use]
    pub const fn live_server(&self) -> Option<LiveServer> {
        self.live.server
    }

    /// The run that is wanted.
    #[must_use]
    pub fn live_request(&self) -> Option<LiveRequest> {
        let request = self.live.request.as_ref();
        request.filter(|_| self.live.is_wanted).cloned()
    }

    /// Whether a run is wanted.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.live.is_wanted
    }

    /// How far it is.
    #[must_use]
    pub const fn live_progress(&self) -> LiveProgress {
        self.live.progress
    }

    /// Whether what is open may have a real form: then it is worth knowing whether there is a server.
    #[must_use]
    #[lockstep_part::later(Session)]
    pub fn could_be_live(&self) -> bool {
        match &self.coming().source {
            Source::Own { .. } => true,
            Source::Scenario { slug } => {
                scenario::entry(slug).is_some_and(scenario::Entry::has_recording)
            }
        }
    }

    /// Whether there is a server that may run what is open.
    #[must_use]
    #[lockstep_part::later(Session)]
    pub fn offers_live(&self) -> bool {
        let is_run = |server: LiveServer| match self.coming().source {
            Source::Own { .. } => server.programs == Programs::Texts,
            Source::Scenario { .. } => true,
        };
        self.live.server.is_some_and(is_run) && self.could_be_live()
    }

    /// Carries out what is done about real runs on request.
    #[lockstep_part::later(Session)]
    pub(super) fn act_live(&mut self, act: LiveAct) -> Result<(), Problem> {
        let wanted = self.live_request().map(|wanted| wanted.number);
        match act {
            LiveAct::Meet(server) => self.live.server = Some(server),
            LiveAct::Start => self.start_live()?,
            LiveAct::Stop => self.live.withdraw(),
            LiveAct::Progress { request, progress } if wanted == Some(request) => {
                self.live.progress = progress;
            }
            LiveAct::Deliver { request, text } if wanted == Some(request) => {
                self.live.withdraw();
                // Others have been put beside them while it ran.
                if text.is_ok() && self.planned().0.room() == 0 {
                    return Err(Problem::TooManyRuns);
                }
                if let Err(fault) = text.and_then(|text| self.take_live(&text)) {
                    self.live.has_failed = fault.can_be_retried();
                    return Err(Problem::Live(fault));
                }
            }
            LiveAct::Progress { .. } | LiveAct::Deliver { .. } => {}
        }
        Ok(())
    }

    fn start_live(&mut self) -> Result<(), Problem> {
        if self.is_live() {
            return Ok(());
        }
        let (plan, _) = self.planned();
        if plan.room() == 0 {
            return Err(Problem::TooManyRuns);
        }
        // Of the run that is shown; that of a real one is as good as any.
        let run = match self.focus < plan.runs.len() {
            true => self.focus,
            false => 0,
        };
        let over = plan.over(run).for_real();
        let settings = lines(&over);
        let (address, body) = match &plan.source {
            Source::Scenario { slug } => (format!("native/run/{slug}"), settings),
            Source::Own { .. } => {
                let text = plan.workload.to_toml();
                let body = format!("{}\n\n{text}", settings.trim_end());
                ("native/text".to_owned(), body)
            }
        };
        let number = self.live.request.as_ref().map_or(0, |last| last.number) + 1;
        self.live.withdraw();
        self.live.is_wanted = true;
        self.live.settings = over;
        self.live.progress = LiveProgress::default();
        self.live.request = Some(LiveRequest {
            number,
            address,
            body,
        });
        Ok(())
    }

    /// Puts a run beside the others.
    fn take_live(&mut self, text: &str) -> Result<(), LiveFault> {
        let (mut plan, then) = self.planned();
        let trace = replayed(text, &plan.workload)?;
        plan.real.push(RealRun {
            trace: Arc::new(trace),
            origin: Origin::Live,
            settings: self.live.settings.clone(),
        });
        self.draft = Some((plan, then.unwrap_or(Then::SameTime)));
        Ok(())
    }

    /// Asks again for a run that could not be had.
    pub(super) fn retry_live(&mut self, behind: &mut VecDeque<Act>) {
        if core::mem::take(&mut self.live.has_failed) {
            self.problem = None;
            behind.push_front(Act::Live(LiveAct::Start));
        }
    }
}

fn replayed(text: &str, workload: &sim_core::workload::Workload) -> Result<Trace, LiveFault> {
    let recording = Recording::read(text).and_then(|recording| recording.replay(workload));
    recording.map_err(|error| match error {
        RecordingError::OtherWorkload => LiveFaultKind::Changed.into(),
        error => LiveFaultKind::Bad.because(error.to_string()),
    })
}

fn lines(settings: &Settings) -> String {
    let pairs = settings.pairs();
    let lines = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"));
    lines.collect()
}
