//! Boxes for all places of a machine, and one size for all tokens: chosen once for a run and a
//! viewport.
//!
//! Not where a token is: that changes with the machine, see [`Layout`](super::Layout).

use sim_core::ids::{CpuId, ObjectId, PipeId};
use sim_core::program::Code;

use super::frames::{Frames, Objects};
use super::geometry::{Grid, Rect, Size};
use super::memory::{self, MemoryPlan};
use super::scale::HEIGHTS;
use super::wires::{self, Wire};
use super::{Census, Detail, NetworkPlan, Scale};

/// How the places stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrangement {
    /// Side by side: ready, CPUs, what blocks.
    Wide,
    /// In two columns: the ready queue, and beside it CPUs above what blocks. For small stages.
    Paired,
    /// Below each other, for phones.
    Stacked,
}

/// A box with tokens in it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Station {
    /// The box.
    pub frame: Rect,
    /// The slots in it.
    pub grid: Grid,
}

/// The box of a CPU.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CpuPlan {
    /// Which.
    pub cpu: CpuId,
    /// The box.
    pub frame: Rect,
    /// The token's slot.
    pub token: Rect,
    /// The room below the token, for bars and registers.
    pub gauges: Rect,
}

/// The box of a pipe.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PipePlan {
    /// Which.
    pub pipe: PipeId,
    /// The box.
    pub frame: Rect,
    /// The room for its messages.
    pub messages: Rect,
    /// The room for the processes that hold its ends open; without a height where nobody is told.
    pub ends: Rect,
    /// Slots of writers that wait.
    pub writers: Grid,
    /// Slots of readers that wait.
    pub readers: Grid,
}

/// The box of a synchronisation object.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ObjectPlan {
    /// Which.
    pub object: ObjectId,
    /// The box.
    pub frame: Rect,
    /// The room for its name, and for its kind where that fits.
    pub title: Rect,
    /// Where the names of those stand who hold it. Their tokens are elsewhere.
    pub owner: Option<Rect>,
    /// The room for its free places, its items, its flag, or how many have come.
    pub state: Option<Rect>,
    /// Slots of those who wait at it; none where nobody ever does.
    pub waiting: Grid,
}

/// The box of the interpreter lock, or of the kernel threads that user-level threads share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InterpreterPlan {
    /// The box.
    pub frame: Rect,
    /// The room for its name.
    pub title: Rect,
    /// Where the name of the task stands that holds it. Its token is elsewhere.
    pub owner: Rect,
    /// Slots of those who wait for it.
    pub waiting: Grid,
}

/// Boxes for all places.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// The whole stage.
    pub viewport: Size,
    /// How the places stand to each other.
    pub arrangement: Arrangement,
    /// The sizes of everything.
    pub scale: Scale,
    /// New jobs that wait for memory. Without a height, as is that of finished tasks, on a stage that
    /// has no room for it beside what blocks.
    pub new: Station,
    /// The ready queue.
    pub ready: Station,
    /// How many levels the ready queue has; one row at least for each.
    pub levels: usize,
    /// The CPUs that have a box.
    pub cpus: Vec<CpuPlan>,
    /// How many have none, for want of room.
    pub hidden_cpus: usize,
    /// The disk, where the run uses it.
    pub disk: Option<Station>,
    /// The timer, where a task of the run sleeps, for a while or for its period.
    pub timer: Option<Station>,
    /// Where tasks wait for a child or another thread to end, where any does.
    pub joining: Option<Station>,
    /// Zombies, where they are to be seen apart from others that have ended.
    pub zombies: Option<Station>,
    /// The pipes that have a box.
    pub pipes: Vec<PipePlan>,
    /// How many have none, for want of room.
    pub hidden_pipes: usize,
    /// The interpreter lock, where the process has one; the kernel threads, where its threads share them.
    /// No run has both, and both have holders and a queue.
    pub interpreter: Option<InterpreterPlan>,
    /// The synchronisation objects that have a box of their own, by their numbers.
    pub objects: Vec<ObjectPlan>,
    /// How many have none, for want of room.
    pub hidden_objects: usize,
    /// The box that these share; none where there is no room for that either.
    pub other_objects: Option<Station>,
    /// The kernel's border, its sockets and the world outside, where the run has to do with a network.
    pub network: Option<NetworkPlan>,
    /// Zombies and exited tasks.
    pub done: Station,
    /// Main memory, where it is modelled or tasks share variables.
    pub memory: Option<MemoryPlan>,
    /// Its partitions.
    pub partitions: Vec<Rect>,
    /// The ways of a task between the places.
    pub wires: Vec<Wire>,
}

/// On a smaller stage nothing can be shown; the rest is cut off.
const SMALLEST: Size = Size {
    width: 240.0,
    height: 190.0,
};
/// Narrower than this, a stage that has to be cut is stacked.
const NARROW: f32 = 560.0;
/// How much higher than wide a stage is before its places had better be stacked.
const UPRIGHT: f32 = 1.15;

impl Plan {
    /// The plan for a run in a viewport: the largest tokens with which all of it fits. Where it
    /// does not fit at all, the smallest tokens, and places that count what they cannot show.
    #[must_use]
    pub fn new(code: &Code, census: &Census, viewport: Size) -> Self {
        let viewport = Size {
            width: viewport.width.max(SMALLEST.width),
            height: viewport.height.max(SMALLEST.height),
        };
        let memory = memory::plan(code, viewport, &census.copies);
        let choices = Objects::choices(code, census);
        let frames = |objects| Frames {
            code,
            census,
            viewport,
            memory: memory.as_ref(),
            objects,
            scale: Scale::new(code, viewport, HEIGHTS[HEIGHTS.len() - 1], Detail::Compact),
            arrangement: Arrangement::Wide,
        };
        for objects in choices.iter().filter(|objects| objects.are_enough()) {
            if let Some(plan) = Self::best(frames(objects)) {
                return plan.finished(code);
            }
        }
        let arrangement = if viewport.width < NARROW || is_upright(viewport) {
            Arrangement::Stacked
        } else {
            Arrangement::Wide
        };
        let forced = |objects| {
            let frames = Frames {
                arrangement,
                ..frames(objects)
            };
            frames.forced()
        };
        let mut plan = forced(&choices[0]);
        for pair in choices.windows(2) {
            if plan.has_boxes_for(&pair[0]) {
                break;
            }
            plan = forced(&pair[1]);
        }
        plan.finished(code)
    }

    /// The best arrangement of those in which a run fits.
    fn best(frames: Frames<'_>) -> Option<Self> {
        let arrangements = if is_upright(frames.viewport) {
            [Arrangement::Stacked, Arrangement::Paired, Arrangement::Wide]
        } else {
            [Arrangement::Wide, Arrangement::Paired, Arrangement::Stacked]
        };
        let mut best: Option<Self> = None;
        for arrangement in arrangements {
            let frames = Frames {
                arrangement,
                ..frames
            };
            let plan = Self::largest(&frames);
            // An arrangement that comes earlier says more about the flow of tasks; it gives way to
            // a later one only for tokens that are clearly larger.
            best = match (best, plan) {
                (Some(best), Some(plan)) if plan.is_clearly_larger(&best) => Some(plan),
                (None, plan) => plan,
                (best, _) => best,
            };
        }
        best
    }

    /// The plan with the largest tokens with which a run fits in an arrangement.
    fn largest(frames: &Frames<'_>) -> Option<Self> {
        let Frames { code, viewport, .. } = *frames;
        let fullest = match code.config.cpus {
            0..=4 => 0,
            5..=12 => 1,
            _ => 2,
        };
        let fit = |height, detail| {
            let scale = Scale::new(code, viewport, height, detail);
            Frames { scale, ..*frames }.fitting()
        };
        // What the smallest tokens do not make fit need not be tried with others: there are many
        // choices of objects.
        let mut allowed = HEIGHTS.into_iter().rev();
        let least = allowed.find(|height| *height >= frames.objects.smallest)?;
        if !frames.objects.is_empty() && fit(least, Detail::Compact).is_none() {
            return None;
        }
        let details = || Detail::TRIED.into_iter().skip(fullest);
        let (height, plan) = details().find_map(|(detail, smallest)| {
            let smallest = smallest.max(frames.objects.smallest);
            let mut heights = HEIGHTS.into_iter().filter(|height| *height >= smallest);
            heights.find_map(|height| Some((height, fit(height, detail)?)))
        })?;
        // Where many tasks make the tokens small, the CPUs may still have room for more.
        let fuller = details().take_while(|(detail, _)| *detail != plan.scale.detail);
        fuller
            .into_iter()
            .find_map(|(detail, _)| fit(height, detail))
            .or(Some(plan))
    }

    /// Whether all objects that were to have a box of their own have one, and the others share one.
    fn has_boxes_for(&self, objects: &Objects) -> bool {
        self.objects.len() == objects.shown.len()
            && self.other_objects.is_some() == (objects.hidden > 0)
    }

    fn is_clearly_larger(&self, other: &Self) -> bool {
        /// So much larger is worth another arrangement.
        const CLEARLY: f32 = 1.3;
        self.scale.token.height > other.scale.token.height * CLEARLY
    }

    /// Whether it has no other places than those for new tasks, ready ones, running ones and those that
    /// have ended.
    #[must_use]
    pub fn is_basic(&self) -> bool {
        let stations = [&self.disk, &self.timer, &self.joining, &self.zombies];
        let has_objects = self.other_objects.is_some() || !self.objects.is_empty();
        stations.into_iter().all(Option::is_none)
            && self.pipes.is_empty()
            && self.network.is_none()
            && self.interpreter.is_none()
            && !has_objects
    }

    /// Adds what follows from the boxes: partitions and wires.
    fn finished(mut self, code: &Code) -> Self {
        if let Some(memory) = &self.memory {
            self.partitions = memory::partitions(code, memory.frame, &self.scale);
        }
        self.wires = wires::wires(&self);
        self
    }
}

fn is_upright(viewport: Size) -> bool {
    viewport.height > viewport.width * UPRIGHT
}
