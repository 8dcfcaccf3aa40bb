//! Events: flags that tasks can wait for.

use super::{Answer, Asker, Line, Primitive, Woken};
use crate::call::Request;
use crate::native::park::Wake;

/// A flag.
#[derive(Debug, Default)]
pub(super) struct Flag {
    is_set: bool,
    line: Line,
}

impl Primitive for Flag {
    fn ask(&mut self, _: Asker, request: Request, woken: &mut Woken) -> Answer {
        match request {
            Request::Set => {
                self.is_set = true;
                woken.extend(self.line.all().into_iter().map(|each| (each, Wake::Again)));
            }
            Request::Clear => self.is_set = false,
            _ if self.is_set => {}
            _ => return Answer::NotNow,
        }
        Answer::Granted(0)
    }

    fn line(&mut self) -> &mut Line {
        &mut self.line
    }
}
