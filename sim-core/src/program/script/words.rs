//! The words and signs of the language: one table for the tokens, the grammar, the highlighter and the
//! messages.
//!
//! Not the grammar: which word may stand where is said there.

/// Where a word or sign belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// It begins a declaration.
    Declaration,
    /// It begins an instruction.
    Instruction,
    /// It stands inside a line and is no name.
    Inner,
    /// It is a word of the language only in its place after others, and a name everywhere else:
    /// `max` and `readers` are good names of variables.
    Option,
    /// A sign of the language.
    Sign,
    /// A sign that only other languages have. It is here to be named in messages.
    Foreign,
}

macro_rules! words {
    ($($class:ident { $($name:ident $text:literal)* })*) => {
        /// A word or sign.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Word { $($($name,)*)* }

        /// All of them, in the order of their numbers.
        const WORDS: &[(&str, Class, Word)] = &[ $($(($text, Class::$class, Word::$name),)*)* ];
    };
}

words! {
    Declaration {
        Barrier "barrier" Condition "condition" Const "const" Def "def" Event "event" Lock "lock"
        Pipe "pipe" Queue "queue" RecursiveLock "rlock" ReadersWriter "rwlock" Semaphore "semaphore"
        Shared "shared" Task "task"
    }
    Instruction {
        Acquire "acquire" Alarm "alarm" Assert "assert" Break "break" Cas "cas" Clear "clear"
        CloseEnd "close" Compute "compute" Continue "continue" Done "done" Elif "elif" Else "else"
        Execute "exec" Exit "exit" FetchAdd "fetch_add" Get "get" If "if" Join "join" Kill "kill"
        Let "let" Load "load" Notify "notify" On "on" Pass "pass" Print "print" Put "put"
        Receive "receive" Release "release" Repeat "repeat" Return "return" Send "send" Set "set"
        Sleep "sleep" Spawn "spawn" Store "store" Swap "swap" Try "try" Wait "wait" While "while"
        Yield "yield"
    }
    Inner {
        And "and" False "false" GetOwnPid "getpid" GetParentPid "getppid" Length "len" Not "not"
        Or "or" Random "random" Own "self" Timeout "timeout" True "true" WaitForChild "waitpid"
    }
    Option {
        All "all" Read "read" Write "write" At "at" Priority "priority" Tickets "tickets" By "x"
        Handover "handover" Max "max" Of "of" Prefer "prefer" Readers "readers" Writers "writers"
        Fair "fair" Fifo "fifo" Lifo "lifo" Fork "fork" Thread "thread" Signal "signal"
        Ignore "ignore" Default "default" Interrupting "interrupting"
    }
    // The longer ones first: `<=` is not `<` and `=`.
    Foreign {
        Identical "===" AddTo "+=" SubtractFrom "-=" MultiplyBy "*=" DivideBy "/=" ReduceBy "%="
        BothOf "&&" EitherOf "||" Floor "//" Power "**"
    }
    Sign {
        Equal "==" NotEqual "!=" LessEqual "<=" GreaterEqual ">=" To ".." Becomes "=" Less "<"
        Greater ">" Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Open "(" Close ")"
        OpenIndex "[" CloseIndex "]" Comma "," Colon ":" Times "×"
    }
    Foreign {
        OpenBrace "{" CloseBrace "}" Semicolon ";" Bang "!" Ampersand "&" Bar "|" Point "."
        Caret "^"
    }
}

impl Word {
    /// The word that is written so.
    pub(super) fn named(text: &str) -> Option<Self> {
        let words = WORDS.iter().filter(|(_, class, _)| !class.is_sign());
        let mut named = words.filter(|(own, ..)| *own == text);
        named.next().map(|(.., word)| *word)
    }

    /// The longest sign with which a text starts.
    pub(super) fn sign_at(text: &str) -> Option<Self> {
        let signs = WORDS.iter().filter(|(_, class, _)| class.is_sign());
        let mut first = signs.filter(|(own, ..)| text.starts_with(own));
        first.next().map(|(.., word)| *word)
    }

    /// As it is written.
    pub(super) const fn text(self) -> &'static str {
        WORDS[self as usize].0
    }

    /// Where it belongs.
    pub(super) const fn class(self) -> Class {
        WORDS[self as usize].1
    }

    /// The words to which an option belongs; one of them stands before it in its line.
    const fn owners(self) -> &'static [Self] {
        match self {
            Self::All => &[Self::Notify],
            Self::Read | Self::Write => &[Self::Acquire, Self::CloseEnd],
            Self::At | Self::Tickets | Self::By => &[Self::Task],
            Self::Priority => &[Self::Task, Self::Queue],
            Self::Handover => &[Self::Lock],
            Self::Max => &[Self::Semaphore, Self::Queue, Self::Pipe],
            Self::Fork | Self::Thread => &[Self::Let],
            Self::Signal | Self::Ignore | Self::Default | Self::Interrupting => &[Self::On],
            Self::Of => &[Self::Condition],
            Self::Prefer | Self::Readers | Self::Writers | Self::Fair => &[Self::ReadersWriter],
            Self::Fifo | Self::Lifo => &[Self::Queue],
            _ => &[],
        }
    }

    /// Whether an option stands in its place: by the words before it in its line (the last one last)
    /// and whether a name follows.
    pub(super) fn is_in_place(self, before: &[Option<Self>], name_follows: bool) -> bool {
        let owners = self.owners();
        let is_owner = |word: &Option<Self>| word.is_some_and(|word| owners.contains(&word));
        if self == Self::Thread && before.is_empty() {
            return name_follows;
        }
        before.iter().rposition(is_owner).is_some_and(|owner| {
            match self {
                // What is made: right after the name that it is given to.
                Self::Fork | Self::Thread => {
                    before.last() == Some(&None) && name_follows == (self == Self::Thread)
                }
                Self::Read | Self::Write if before[owner] == Some(Self::CloseEnd) => {
                    owner + 1 < before.len()
                }
                // Directly after the word that they belong to, before a name.
                Self::All | Self::Read | Self::Write | Self::Signal => {
                    owner + 1 == before.len() && name_follows
                }
                // After the name.
                _ => owner + 1 < before.len(),
            }
        })
    }
}

impl Class {
    const fn is_sign(self) -> bool {
        matches!(self, Self::Sign | Self::Foreign)
    }

    /// Its words, in the order of the alphabet.
    pub(super) fn words(self) -> impl Iterator<Item = &'static str> {
        let own = WORDS.iter().filter(move |(_, class, _)| *class == self);
        own.map(|(text, ..)| *text)
    }
}

/// Names of which the closest is worth naming differ in this many letters at most.
const NEAR: usize = 3;

/// The name that was probably meant.
pub(super) fn nearest<'a>(
    found: &str,
    names: &mut dyn Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = found.chars().count();
    let close = NEAR.min(letters.div_ceil(2)).min(letters.saturating_sub(1));
    let mut best = None;
    for name in names {
        // The distance is at least the difference in length: most names need no closer look.
        if name.len().abs_diff(found.len()) > close {
            continue;
        }
        let candidate = (strsim::osa_distance(found, name), name);
        // A name of which nothing is right is not near, however short it is.
        if candidate.0 <= close
            && candidate.0 < name.len()
            && best.is_none_or(|best| candidate < best)
        {
            best = Some(candidate);
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        for (place, (text, class, word)) in WORDS.iter().enumerate() {
            assert_eq!(*word as usize, place);
            assert_eq!((word.text(), word.class()), (*text, *class));
            let found = if class.is_sign() {
                Word::sign_at(text)
            } else {
                Word::named(text)
            };
            assert_eq!(found, Some(*word), "{text} is hidden by another one");
        }
        assert!(Class::Instruction.words().is_sorted());
    }

    #[test]
    fn options_are_words_only_in_their_places() {
        let before = |words: &[Word]| words.iter().map(|word| Some(*word)).collect::<Vec<_>>();
        let queue = [before(&[Word::Queue]), vec![None]].concat();
        assert!(Word::Max.is_in_place(&queue, false));
        assert!(!Word::Max.is_in_place(&before(&[Word::Shared]), false));
        assert!(Word::Read.is_in_place(&before(&[Word::Let, Word::Acquire]), true));
        assert!(!Word::Read.is_in_place(&before(&[Word::Acquire]), false));
        assert!(!Word::Priority.is_in_place(&before(&[Word::Task]), false));
    }

    #[test]
    fn the_nearest_name_is_near() {
        let near = |found| nearest(found, &mut Class::Instruction.words());
        assert_eq!(near("aquire"), Some("acquire"));
        assert_eq!(near("xyzzy"), None);
        assert_eq!(nearest("x", &mut ["y"].into_iter()), None);
    }
}
