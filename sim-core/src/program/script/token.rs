//! The tokens of a line.
//!
//! Not what a line means: that is the grammar's. Every text has tokens; what no instruction can
//! contain becomes a token too, so that messages and the highlighter can name it.

use winnow::combinator::{alt, dispatch, opt, peek, preceded, repeat, terminated};
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{any, literal, one_of, rest, take_while};

use super::words::{Class, Word};

/// One token of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind,
    /// Which word or sign it is, if it is one.
    pub(super) word: Option<Word>,
    /// Its characters.
    pub(super) text: &'t str,
    /// The byte of the line at which it starts.
    pub(super) start: usize,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    /// A name or a word of the language.
    Word,
    /// A whole number.
    Number,
    /// A number with a fraction.
    Decimal,
    /// A text in double quotation marks.
    Text,
    /// A text whose end is missing.
    OpenText,
    /// An operator, a bracket or a comma; also those of other languages.
    Symbol,
    /// From `#` to the end of the line.
    Comment,
    /// A character that the language does not use.
    Foreign,
}

impl<'t> Token<'t> {
    /// Where it ends.
    pub(super) const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this word or sign.
    pub(super) fn is(&self, word: Word) -> bool {
        self.word == Some(word)
    }

    /// Whether it is a word or sign that belongs there.
    pub(super) fn belongs(&self, class: Class) -> bool {
        self.word.is_some_and(|word| word.class() == class)
    }

    /// Whether it may be a name.
    pub(super) fn is_name(&self) -> bool {
        self.kind == TokenKind::Word && (self.word.is_none() || self.belongs(Class::Option))
    }

    /// Whether it is `self`, or a text in whose gaps that may stand.
    pub(super) fn mentions_own(&self) -> bool {
        self.text.as_bytes().windows(4).any(|word| word == b"self")
    }

    /// What it is, in a message.
    pub(super) fn describe(&self) -> String {
        let text = self.text;
        match self.kind {
            TokenKind::Word if !self.is_name() => ["the keyword `", text, "`"].concat(),
            TokenKind::Text | TokenKind::OpenText => "a text".to_owned(),
            TokenKind::Comment => "a comment".to_owned(),
            TokenKind::Foreign => foreign(text).0,
            TokenKind::Word | TokenKind::Number | TokenKind::Decimal | TokenKind::Symbol => {
                ["`", text, "`"].concat()
            }
        }
    }
}

/// With this a word of the grammar is a parser of its tokens.
impl PartialEq<Word> for Token<'_> {
    fn eq(&self, word: &Word) -> bool {
        self.is(*word)
    }
}

type Characters<'t> = LocatingSlice<&'t str>;
type Lexed<O> = Result<O, EmptyError>;

/// The tokens of a line, comments included.
pub(super) fn tokens(line: &str) -> Vec<Token<'_>> {
    let blanks = || take_while(0.., |c: char| c == ' ' || c == '\t');
    let all = preceded(blanks(), repeat(0.., terminated(token, blanks())));
    let mut characters = LocatingSlice::new(line);
    let mut all = all;
    // Each character is some token: this cannot fail.
    all.parse_next(&mut characters).unwrap_or_default()
}

fn token<'t>(input: &mut Characters<'t>) -> Lexed<Token<'t>> {
    dispatch! {peek(any);
        'a'..='z' | 'A'..='Z' | '_' => word.value(TokenKind::Word),
        '0'..='9' => number,
        '"' => text,
        '#' => rest.value(TokenKind::Comment),
        _ => alt((symbol.value(TokenKind::Symbol), foreign_run.value(TokenKind::Foreign))),
    }
    .with_taken()
    .with_span()
    .map(|((kind, text), span)| Token {
        kind,
        word: match kind {
            TokenKind::Word => Word::named(text),
            TokenKind::Symbol => Word::sign_at(text),
            _ => None,
        },
        text,
        start: span.start,
    })
    .parse_next(input)
}

fn word<'t>(input: &mut Characters<'t>) -> Lexed<&'t str> {
    take_while(1.., |c: char| c.is_ascii_alphanumeric() || c == '_').parse_next(input)
}

/// `1..6` are two numbers: a point belongs to a number only when a digit follows it.
fn number(input: &mut Characters<'_>) -> Lexed<TokenKind> {
    let digits = || take_while(1.., |c: char| c.is_ascii_digit());
    let fraction = ('.', digits());
    preceded(digits(), opt(fraction))
        .map(|fraction| {
            if fraction.is_some() {
                TokenKind::Decimal
            } else {
                TokenKind::Number
            }
        })
        .parse_next(input)
}

/// A backslash takes the character after it along.
fn text(input: &mut Characters<'_>) -> Lexed<TokenKind> {
    let plain = take_while(1.., |c: char| c != '"' && c != '\\').void();
    let escaped = ('\\', opt(any)).void();
    let inside = repeat::<_, _, (), _, _>(0.., alt((plain, escaped)));
    preceded(('"', inside), opt('"'))
        .map(|end| {
            if end.is_some() {
                TokenKind::Text
            } else {
                TokenKind::OpenText
            }
        })
        .parse_next(input)
}

fn symbol<'t>(input: &mut Characters<'t>) -> Lexed<&'t str> {
    let start: &'t str = input;
    let sign = Word::sign_at(start).ok_or(EmptyError)?;
    literal(sign.text()).parse_next(input)
}

/// One character that means nothing here, or a word of such letters as a whole.
fn foreign_run<'t>(input: &mut Characters<'t>) -> Lexed<&'t str> {
    let letter = |c: char| c.is_alphanumeric() && !c.is_ascii() && plain(c).is_none();
    alt((take_while(1.., letter), one_of(|_| true).take())).parse_next(input)
}

/// What stands for a character of a Chinese keyboard or a word processor: its name and the plain
/// character.
const LOOKALIKES: &[(char, &str, &str)] = &[
    ('，', "full-width comma", ","),
    ('、', "ideographic comma", ","),
    ('：', "full-width colon", ":"),
    ('；', "full-width semicolon", ";"),
    ('（', "full-width parenthesis", "("),
    ('）', "full-width parenthesis", ")"),
    ('【', "full-width bracket", "["),
    ('】', "full-width bracket", "]"),
    ('｛', "full-width brace", "{"),
    ('｝', "full-width brace", "}"),
    ('“', "curly quotation mark", "\""),
    ('”', "curly quotation mark", "\""),
    ('‘', "curly quotation mark", "\""),
    ('’', "curly quotation mark", "\""),
    ('。', "ideographic full stop", "."),
    ('…', "ellipsis", ".."),
    ('—', "dash", "-"),
    ('–', "dash", "-"),
    ('−', "minus sign", "-"),
    ('÷', "division sign", "/"),
    ('≠', "sign", "!="),
    ('≤', "sign", "<="),
    ('≥', "sign", ">="),
    ('\u{3000}', "full-width space", " "),
    ('\u{a0}', "no-break space", " "),
];

/// The plain counterpart of a character, and the name of the character.
fn plain(character: char) -> Option<(&'static str, String)> {
    /// How far the full-width forms of ASCII are from it (Unicode block FF00).
    const SHIFT: u32 = 0xFEE0;
    let known = LOOKALIKES.iter().find(|(each, ..)| *each == character);
    if let Some((_, name, plain)) = known {
        return Some((name, (*plain).to_owned()));
    }
    let code = u32::from(character)
        .checked_sub(SHIFT)
        .filter(|code| (0x21..0x7F).contains(code));
    code.and_then(char::from_u32)
        .map(|plain| ("full-width character", plain.to_string()))
}

/// What a foreign token is, and what is expected instead.
pub(super) fn foreign(text: &str) -> (String, String) {
    let first = text.chars().next().unwrap_or(' ');
    if let Some((name, plain)) = plain(first) {
        let expected = if plain.len() == 1 {
            [
                "the plain character `",
                &plain,
                "` (switch the keyboard to English)",
            ]
            .concat()
        } else {
            ["`", &plain, "`"].concat()
        };
        let first = &text[..first.len_utf8()];
        return (["the ", name, " `", first, "`"].concat(), expected);
    }
    let expected = match first {
        '\'' => "double quotation marks, as in print \"done\"".to_owned(),
        '@' | '$' | '~' | '`' | '?' | '\\' => "an instruction of the language".to_owned(),
        _ if first.is_alphabetic() => {
            "a name of the letters a to z, digits and _ (any text may stand in quotation marks or after #)".to_owned()
        }
        _ => "letters, digits and signs of the keyboard".to_owned(),
    };
    let found = if first.is_control() || first.is_whitespace() {
        format!("the character U+{:04X}", u32::from(first))
    } else {
        ["`", text, "`"].concat()
    };
    (found, expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_belongs_to_a_number_only_before_a_digit() {
        use TokenKind::{Comment, Decimal, Number, Symbol, Text, Word};
        let found: Vec<_> = tokens("1..6 2.5 x<=3 \"a\\\"b\" # c\"")
            .iter()
            .map(|token| (token.kind, token.text, token.start))
            .collect();
        assert_eq!(
            found,
            [
                (Number, "1", 0),
                (Symbol, "..", 1),
                (Number, "6", 3),
                (Decimal, "2.5", 5),
                (Word, "x", 9),
                (Symbol, "<=", 10),
                (Number, "3", 12),
                (Text, "\"a\\\"b\"", 14),
                (Comment, "# c\"", 21),
            ]
        );
    }

    #[test]
    fn every_text_has_tokens_that_cover_it() {
        for text in ["", "  ", "，", "数x", "\"", "\"\\", "\u{0}\t🦀", "ａ１"] {
            let covered: String = tokens(text).iter().map(|token| token.text).collect();
            assert_eq!(covered, text.replace([' ', '\t'], ""), "{text:?}");
        }
    }

    #[test]
    fn full_width_forms_are_known_by_their_plain_ones() {
        assert_eq!(plain('１'), Some(("full-width character", "1".to_owned())));
        assert_eq!(plain('＝'), Some(("full-width character", "=".to_owned())));
        assert_eq!(plain('中'), None);
    }
}
