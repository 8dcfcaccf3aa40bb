//! The tokens of a line by their class, for a page that colours them.
//!
//! Not a parser: it takes any text.

use core::ops::Range;

use super::token::{Token, TokenKind, tokens};
use super::words::Word;

/// What a piece of a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenClass {
    /// A word of the language.
    Keyword,
    /// A name.
    Name,
    /// A number.
    Number,
    /// A text in quotation marks.
    Text,
    /// From `#` on.
    Comment,
    /// An operator, a bracket or a comma.
    Operator,
}

/// The pieces of a line in order, by their bytes. Blanks, and characters that the language does not
/// use, are no pieces.
#[must_use]
pub fn highlight(line: &str) -> Vec<(Range<usize>, TokenClass)> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let tokens = tokens(line);
    let mut words = Vec::new();
    let mut pieces = Vec::with_capacity(tokens.len());
    for (place, token) in tokens.iter().enumerate() {
        let name_follows = tokens.get(place + 1).is_some_and(Token::is_name);
        let class = match token.kind {
            TokenKind::Word => {
                let in_place = token
                    .word
                    .filter(|word| !token.is_name() || word.is_in_place(&words, name_follows));
                words.push(token.word);
                match in_place {
                    Some(Word::By) => TokenClass::Operator,
                    Some(_) => TokenClass::Keyword,
                    None => TokenClass::Name,
                }
            }
            TokenKind::Number | TokenKind::Decimal => TokenClass::Number,
            TokenKind::Text | TokenKind::OpenText => TokenClass::Text,
            TokenKind::Symbol => TokenClass::Operator,
            TokenKind::Comment => TokenClass::Comment,
            TokenKind::Foreign => continue,
        };
        pieces.push((token.start..token.end(), class));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line with a letter under each byte of a piece: K, N, number 1, T, C, O.
    fn marks(line: &str) -> String {
        let mut marks = vec![b' '; line.len()];
        for (range, class) in highlight(line) {
            let letter = match class {
                TokenClass::Keyword => b'K',
                TokenClass::Name => b'N',
                TokenClass::Number => b'1',
                TokenClass::Text => b'T',
                TokenClass::Comment => b'C',
                TokenClass::Operator => b'O',
            };
            marks[range].fill(letter);
        }
        String::from_utf8(marks).unwrap().trim_end().to_owned()
    }

    #[test]
    fn words_are_told_from_names() {
        for (line, expected) in [
            ("let x = load flag[i] # why", "KKK N O KKKK NNNNONO CCCCC"),
            ("task a x 3 at 2.5", "KKKK N O 1 KK 111"),
            ("lock fork[N] handover", "KKKK NNNNONO KKKKKKKK"),
            ("queue q max 4 lifo", "KKKKK N KKK 1 KKKK"),
            ("shared max = 0", "KKKKKK NNN O 1"),
            ("acquire read rw timeout 2", "KKKKKKK KKKK NN KKKKKKK 1"),
            ("acquire read", "KKKKKKK NNNN"),
            ("notify all c", "KKKKKK KKK N"),
            ("print \"a {x}\"", "KKKKK TTTTTTT"),
            ("print \"open", "KKKKK TTTTT"),
            ("  random 1..6", "  KKKKKK 1OO1"),
            ("x，y", "N   N"),
            ("", ""),
        ] {
            assert_eq!(marks(line), expected, "{line}");
        }
    }
}
