//! The texts of `print`: characters and gaps.
//!
//! Not the numbers that go into the gaps.

use super::value;
use crate::program::script::ast::Piece;
use crate::program::script::lines::check_nesting;
use crate::program::script::mistake::{Checked, Mistake};
use crate::program::script::token::{Token, TokenKind, foreign, tokens};

/// The pieces of a text in quotation marks. `{{` and `}}` are braces, `\"` is a quotation mark and
/// `\\` a backslash.
pub(super) fn pieces<'t>(token: &Token<'t>) -> Checked<Vec<Piece<'t>>> {
    let inside = token.text.strip_prefix('"').unwrap_or(token.text);
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    let start = token.end() - 1 - inside.len();
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = inside;
    while let Some(place) = rest.find(['\\', '{', '}']) {
        let at = start + inside.len() - rest.len() + place;
        text.push_str(&rest[..place]);
        let (special, after) = rest[place..].split_at(1);
        let next = after.chars().next();
        rest = match (special, next) {
            ("{", Some('{')) | ("}", Some('}')) | ("\\", Some('\\' | '"')) => {
                text.extend(next);
                &after[1..]
            }
            ("{", _) => {
                let Some(end) = after.find('}') else {
                    let expected = "`}` after it, or `{{` for a brace";
                    return Err(Mistake::new(at, &["`{` alone"], &[expected]));
                };
                if !text.is_empty() {
                    pieces.push(Piece::Text(core::mem::take(&mut text)));
                }
                pieces.push(gap(&after[..end], at + 1)?);
                &after[end + 1..]
            }
            ("}", _) => return Err(Mistake::new(at, &["`}` alone"], &["`}}` for a brace"])),
            _ => {
                let expected = "`\\\"` for a quotation mark, or `\\\\` for a backslash";
                return Err(Mistake::new(at, &["`\\` alone"], &[expected]));
            }
        };
    }
    text.push_str(rest);
    if !text.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// The value in a gap.
fn gap(inside: &str, start: usize) -> Checked<Piece<'_>> {
    let mut tokens = tokens(inside);
    for token in &mut tokens {
        token.start += start;
        let (found, expected) = match token.kind {
            TokenKind::Foreign => foreign(token.text),
            TokenKind::Comment => ("a comment".to_owned(), "`}`".to_owned()),
            _ => continue,
        };
        return Err(Mistake::new(token.start, &[&found], &[&expected]));
    }
    if tokens.is_empty() {
        let expected = "a value, as in {x}, or `{{` and `}}` for braces";
        return Err(Mistake::new(start, &["an empty gap"], &[expected]));
    }
    check_nesting(&tokens)?;
    value(&tokens).map(Piece::Gap)
}
