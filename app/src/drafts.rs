//! Drafts: scripts that are being written and do not run yet. Nothing that was typed is lost.
//!
//! Not the script that runs: that is the session's.

/// A text that is being written in place of another.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Draft {
    /// The script that it is to take the place of.
    of: String,
    text: String,
    is_open: bool,
}

/// All of them; each script has one at most.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Drafts(Vec<Draft>);

impl Drafts {
    /// Begins to write in place of a script, or goes on.
    pub fn open(&mut self, of: &str) {
        match self.find(of) {
            Some(draft) => draft.is_open = true,
            None => self.0.push(Draft {
                of: of.to_owned(),
                text: of.to_owned(),
                is_open: true,
            }),
        }
    }

    /// Changes what is written.
    pub fn write(&mut self, of: &str, text: &str) {
        if let Some(draft) = self.find(of) {
            text.clone_into(&mut draft.text);
        }
    }

    /// Shows the script again; what was written is kept, unless nothing was changed.
    pub fn put_away(&mut self, of: &str) {
        self.0.retain(|draft| draft.of != of || draft.text != of);
        if let Some(draft) = self.find(of) {
            draft.is_open = false;
        }
    }

    /// What was written runs now, or was not wanted.
    pub fn drop(&mut self, of: &str) {
        self.0.retain(|draft| draft.of != of);
    }

    /// What is being written in place of a script.
    #[must_use]
    pub fn text(&self, of: &str) -> Option<&str> {
        let draft = self.0.iter().find(|draft| draft.of == of)?;
        draft.is_open.then_some(&draft.text)
    }

    /// Whether something was written in place of a script and put away.
    #[must_use]
    pub fn is_put_away(&self, of: &str) -> bool {
        self.0.iter().any(|draft| draft.of == of && !draft.is_open)
    }

    fn find(&mut self, of: &str) -> Option<&mut Draft> {
        self.0.iter_mut().find(|draft| draft.of == of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_typed_is_lost() {
        let mut drafts = Drafts::default();
        drafts.open("a");
        assert_eq!(drafts.text("a"), Some("a"));
        drafts.write("a", "a b");
        drafts.open("c");
        drafts.put_away("c");
        assert!(!drafts.is_put_away("c"), "nothing was written");
        drafts.put_away("a");
        assert_eq!((drafts.text("a"), drafts.is_put_away("a")), (None, true));
        drafts.open("a");
        assert_eq!(drafts.text("a"), Some("a b"));
        drafts.drop("a");
        assert_eq!(drafts, Drafts::default());
    }
}
