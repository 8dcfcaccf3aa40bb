//! Boxes for all places of a machine, and one size for all tokens: chosen once for a run and a
//! viewport.
//!
//! Not where a token is: that changes with the machine, see [`Layout`](super::Layout).

use sim_core::ids::{CpuId, PipeId};
use sim_core::program::Code;

use super::frames;
use super::geometry::{Grid, Rect, Size};
use super::scale::HEIGHTS;
use super::wires::{self, Wire};
use super::{Census, Detail, Scale};

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
    /// Slots of writers that wait.
    pub writers: Grid,
    /// Slots of readers that wait.
    pub readers: Grid,
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
    /// New jobs that wait for memory.
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
    /// The timer, where a task of the run sleeps for its period.
    pub timer: Option<Station>,
    /// The pipes that have a box.
    pub pipes: Vec<PipePlan>,
    /// How many have none, for want of room.
    pub hidden_pipes: usize,
    /// Zombies and exited tasks.
    pub done: Station,
    /// Main memory, where it is modelled.
    pub memory: Option<Rect>,
    /// Its partitions.
    pub partitions: Vec<Rect>,
    /// The ways of a task between the places.
    pub wires: Vec<Wire>,
}

/// On a smaller stage nothing can be shown; the rest is cut off.
const SMALLEST: f32 = 240.0;
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
            width: viewport.width.max(SMALLEST),
            height: viewport.height.max(SMALLEST),
        };
        let mut best: Option<Plan> = None;
        let is_upright = viewport.height > viewport.width * UPRIGHT;
        let arrangements = if is_upright {
            [Arrangement::Stacked, Arrangement::Paired, Arrangement::Wide]
        } else {
            [Arrangement::Wide, Arrangement::Paired, Arrangement::Stacked]
        };
        for arrangement in arrangements {
            let plan = Self::largest(code, census, viewport, arrangement);
            // An arrangement that comes earlier says more about the flow of tasks; it gives way to
            // a later one only for tokens that are clearly larger.
            best = match (best, plan) {
                (Some(best), Some(plan)) if plan.is_clearly_larger(&best) => Some(plan),
                (None, plan) => plan,
                (best, _) => best,
            };
        }
        let forced = || {
            let is_narrow = viewport.width < NARROW || is_upright;
            let arrangement = if is_narrow {
                Arrangement::Stacked
            } else {
                Arrangement::Wide
            };
            let smallest = HEIGHTS[HEIGHTS.len() - 1];
            let scale = Scale::new(code, viewport, smallest, Detail::Compact);
            frames::Frames {
                code,
                census,
                viewport,
                scale,
                arrangement,
            }
            .forced()
        };
        best.unwrap_or_else(forced).finished(code)
    }

    /// The plan with the largest tokens with which a run fits in an arrangement.
    fn largest(
        code: &Code,
        census: &Census,
        viewport: Size,
        arrangement: Arrangement,
    ) -> Option<Self> {
        let fullest = match code.config.cpus {
            0..=4 => 0,
            5..=12 => 1,
            _ => 2,
        };
        let fit = |height, detail| {
            let scale = Scale::new(code, viewport, height, detail);
            frames::Frames {
                code,
                census,
                viewport,
                scale,
                arrangement,
            }
            .fitting()
        };
        let details = || Detail::TRIED.into_iter().skip(fullest);
        let (height, plan) = details().find_map(|(detail, smallest)| {
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

    fn is_clearly_larger(&self, other: &Self) -> bool {
        /// So much larger is worth another arrangement.
        const CLEARLY: f32 = 1.3;
        self.scale.token.height > other.scale.token.height * CLEARLY
    }

    /// Adds what follows from the boxes: partitions and wires.
    fn finished(mut self, code: &Code) -> Self {
        if let Some(memory) = self.memory {
            self.partitions = partitions(code, memory, &self.scale);
        }
        self.wires = wires::wires(&self);
        self
    }
}

/// Partitions side by side, their widths as their sizes; the smallest still holds a name.
fn partitions(code: &Code, memory: Rect, scale: &Scale) -> Vec<Rect> {
    let room = memory.below(scale.header * 0.9);
    let number = code.partitions.len();
    let gap = (scale.text * 0.35).min(room.width / super::geometry::count(number.max(1)) * 0.2);
    let width = room.width - gap * super::geometry::count(number.saturating_sub(1));
    let total: u64 = code
        .partitions
        .iter()
        .map(|size| u64::from(*size).max(1))
        .sum();
    // A third of the room is shared out equally, so that a small one beside a large one can be read.
    let equal = 0.35 * width / super::geometry::count(number.max(1));
    let mut x = room.x;
    let mut rects = Vec::with_capacity(number);
    for size in &code.partitions {
        #[allow(clippy::cast_precision_loss, reason = "a length on a screen")]
        let share = u64::from(*size).max(1) as f32 / total.max(1) as f32;
        let each = equal + 0.65 * width * share;
        rects.push(Rect::new(x, room.y, each, room.height));
        x += each + gap;
    }
    rects
}
