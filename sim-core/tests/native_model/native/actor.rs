//! A task, as far as the interpreter lock knows it.

use std::cell::Cell;
use std::sync::Arc;

use super::park::Wake;
use super::world::World;
use crate::ids::TaskId;
use crate::time::Time;

pub(super) struct Actor {
    pub(super) world: Arc<World>,
    pub(super) task: TaskId,
    pub(super) holds_interpreter: Cell<bool>,
}

impl Actor {
    pub(super) fn sleep(&self, until: Option<Time>) -> Option<Wake> {
        let parker = &self.world.parkers[self.task.index()];
        parker.sleep_until(until, &self.world.clock)
    }
}
