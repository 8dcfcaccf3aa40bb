//! Names of jobs or pipes, to be found quickly.

use crate::sort::sort_by_key;

/// Names with their places, sorted by name.
pub(super) struct Names<'a>(Vec<(&'a str, usize)>);

impl<'a> Names<'a> {
    pub(super) fn new(names: impl Iterator<Item = &'a str>) -> Self {
        let mut names: Vec<_> = names
            .enumerate()
            .map(|(place, name)| (name, place))
            .collect();
        sort_by_key(&mut names, |(name, _)| *name);
        Self(names)
    }

    /// All of them, sorted.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// The first place of a name.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let at = self.0.partition_point(|(own, _)| *own < name);
        let (own, place) = self.0.get(at)?;
        (*own == name).then_some(*place)
    }
}
