//! The reference page tells the truth: its examples parse, and its mistakes are mistakes.

use crate::WORDS;
use sim_core::program::script::Script;
use sim_core::time::Unit;

const PAGE: &str = include_str!("../../../docs/scripts.md");

/// The fenced blocks of a page with this word behind the fence: the line after each, and its text.
pub fn blocks(page: &str, word: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.strip_prefix("```") != Some(word) {
            continue;
        }
        let mut text = String::new();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            text.push_str(line);
            text.push('\n');
        }
        let after = lines.clone().find(|line| !line.is_empty());
        blocks.push((after.unwrap_or_default().to_owned(), text));
    }
    blocks
}

#[test]
fn every_example_parses() {
    let examples = blocks(PAGE, "lockstep");
    assert!(examples.len() > 20, "{} examples", examples.len());
    for (_, text) in examples {
        if let Err(errors) = Script::parse("example", &text, Unit::MILLISECOND) {
            panic!("{}\nin\n{text}", errors[0]);
        }
    }
}

#[test]
fn every_mistake_is_one() {
    let examples = blocks(PAGE, "lockstep-error");
    assert!(examples.len() > 2, "{} examples", examples.len());
    for (after, text) in examples {
        let errors = Script::parse("script", &text, Unit::MILLISECOND).unwrap_err();
        assert_eq!(after, format!("`` {} ``", errors[0]), "in\n{text}");
    }
}

/// Every keyword of the language stands on the page as code.
#[test]
fn every_word_is_explained() {
    for word in WORDS {
        let mentioned = PAGE.split('`').skip(1).step_by(2).any(|code| {
            code.split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|found| found == *word)
        });
        assert!(mentioned, "{word}");
    }
}
