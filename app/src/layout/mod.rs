//! Where everything on the stage stands: a pure function of machine, program and viewport.
//!
//! Not of the web: plain numbers, tested without a browser. It has two steps. A [`Plan`] gives each
//! place (ready queue, CPUs, devices, memory, …) its box and all tokens one size; it depends on the
//! run and the viewport only, so that nothing on the stage jumps while the run is played. A
//! [`Layout`] then puts each task's token into its slot for one moment of the machine, and
//! [`wait_edges`] draws over it who waits for whom.

mod census;
mod edges;
mod frames;
mod geometry;
mod memory;
mod network;
mod place;
mod plan;
mod scale;
#[cfg(test)]
mod tests;
mod wires;

pub use census::{Census, PipeCensus};
pub use edges::{Edge, wait_edges};
pub use geometry::{Grid, Point, Rect, Size, count, fitting};
pub use memory::{CellPlan, CopyPlan, MemoryPlan, VariablePlan};
pub use network::{
    Flight, NetworkCensus, NetworkPlan, PeersPlan, SocketPlan, flights, is_own, packets, sockets,
    stem,
};
pub use place::{Layout, Level, More, PipeEnd, PlacedToken, Zone};
pub use plan::{Arrangement, CpuPlan, InterpreterPlan, ObjectPlan, PipePlan, Plan, Station};
pub use scale::{Detail, Scale};
pub use wires::{Wire, WireKind};
