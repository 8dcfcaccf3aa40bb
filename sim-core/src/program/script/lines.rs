//! The lines of a script: their indentation and their tokens.
//!
//! Not their meaning.

use super::mistake::{Checked, Mistake};
use super::token::{Token, TokenKind, foreign, tokens};
use super::words::Word;

/// The longest line, in bytes: what is parsed by recursion is bounded by it.
const LINE: usize = 1_000;
/// The longest name.
const NAME: usize = 60;
/// The most brackets in brackets, and signs before signs.
const NESTING: usize = 40;

/// A line of the text as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Source<'t> {
    /// Its number, from 1.
    pub(super) number: u32,
    /// Its characters, without the line's end.
    pub(super) text: &'t str,
}

/// All lines of a text.
pub(super) fn sources(text: &str) -> impl Iterator<Item = Source<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines()
        .zip(1..)
        .map(|(text, number)| Source { number, text })
}

impl<'t> Source<'t> {
    /// By how many spaces it is indented (or tabs, which are a mistake).
    pub(super) fn indentation(&self) -> usize {
        self.text.len() - self.text.trim_start_matches([' ', '\t']).len()
    }

    /// Everything in it, right or wrong; nothing where it is too long.
    pub(super) fn pieces(&self) -> Vec<Token<'t>> {
        if self.text.len() > LINE {
            return Vec::new();
        }
        tokens(self.text)
    }

    /// Its tokens without comments; none where it is blank.
    pub(super) fn tokens(&self) -> Checked<Vec<Token<'t>>> {
        if self.text.len() > LINE {
            let found = self.text.len();
            return Err(Mistake::limit(LINE, found, " bytes in a line", LINE));
        }
        let mut tokens = self.pieces();
        if tokens
            .last()
            .is_some_and(|last| last.kind == TokenKind::Comment)
        {
            tokens.pop();
        }
        let Some(first) = tokens.first() else {
            return Ok(tokens);
        };
        let blank = &self.text[..first.start];
        if let Some(tab) = blank.find('\t') {
            let expected = "spaces: blocks are indented by spaces, two for each level";
            return Err(Mistake::new(tab, &["a tab"], &[expected]));
        }
        for token in &tokens {
            match token.kind {
                TokenKind::Foreign => {
                    let (found, expected) = foreign(token.text);
                    return Err(Mistake::new(token.start, &[&found], &[&expected]));
                }
                TokenKind::OpenText => {
                    let expected = "a quotation mark `\"` at the end of the text";
                    return Err(Mistake::new(
                        token.end(),
                        &["the end of the line"],
                        &[expected],
                    ));
                }
                TokenKind::Word if token.text.len() > NAME => {
                    let found = token.text.len();
                    return Err(Mistake::limit(
                        token.start,
                        found,
                        " letters in a name",
                        NAME,
                    ));
                }
                _ => {}
            }
        }
        check_nesting(&tokens)?;
        Ok(tokens)
    }
}

/// Bounds the recursion of the parser.
pub(super) fn check_nesting(tokens: &[Token<'_>]) -> Checked<()> {
    let (mut open, mut signs) = (0_usize, 0);
    for (place, token) in tokens.iter().enumerate() {
        let after_value = place > 0 && {
            let before = &tokens[place - 1];
            before.is_name()
                || before.is(Word::Close)
                || before.is(Word::CloseIndex)
                || matches!(before.kind, TokenKind::Number | TokenKind::Decimal)
        };
        match token.word {
            Some(Word::Open | Word::OpenIndex) => open += 1,
            Some(Word::Close | Word::CloseIndex) => open = open.saturating_sub(1),
            Some(Word::Not) => signs += 1,
            Some(Word::Minus) if !after_value => signs += 1,
            _ => {}
        }
        if open + signs > NESTING {
            let found = "too many brackets and signs inside each other";
            let expected = "an expression in several lines, each with a `let`";
            return Err(Mistake::new(token.start, &[found], &[expected]));
        }
    }
    Ok(())
}
