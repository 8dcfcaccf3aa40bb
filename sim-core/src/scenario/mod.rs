//! The catalogue: scenarios, each a workload with variants, claims and a lesson.
//!
//! They are the folders of `scenarios/`; a new scenario is a new folder and nothing else. The index,
//! which says what there is, is always part of the program. The texts are with the feature
//! `catalogue`; without it, as in the page, they come from elsewhere when they are wanted. What a
//! scenario's run does is not here: it is a run of its workload like any other. How a scenario is
//! written is in `docs/scenarios.md`.

#[cfg(feature = "claims")]
mod claim;
#[cfg(feature = "catalogue")]
mod embedded;
mod read;

#[cfg(feature = "catalogue")]
pub use embedded::{broken, catalogue, find, sources};

use core::fmt;
use std::sync::LazyLock;

#[cfg(feature = "claims")]
use crate::claims::Claim;
use crate::goal::Goal;
use crate::lesson::Lesson;
use crate::settings::Settings;
use crate::workload::Workload;

/// A scenario of the catalogue.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name in links and on the command line: the name of its folder.
    pub slug: String,
    /// Its title.
    pub title: Text,
    /// Where it stands in the catalogue.
    pub chapter: Chapter,
    /// Its place in the chapter: the lower, the earlier.
    pub order: u32,
    /// The rows of the syllabus that it serves.
    pub rows: Vec<String>,
    /// What runs.
    pub workload: Workload,
    /// Other runs of it, to be compared.
    pub variants: Vec<Variant>,
    /// What is shown when it is opened.
    pub opening: Opening,
    /// What a person is asked to bring about in them.
    pub goals: Vec<Goal>,
    /// What is claimed of its runs.
    #[cfg(feature = "claims")]
    pub claims: Vec<Claim>,
    /// Its lesson, by language; English is always there.
    lessons: Vec<(String, Lesson)>,
}

/// A run of a scenario with some settings changed.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name within the scenario.
    pub name: String,
    /// What people read.
    pub title: Text,
    /// The settings that it changes.
    pub settings: Settings,
}

/// What is shown when a scenario is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// One run of the workload as it stands; variants are offered.
    Alone,
    /// The runs of all variants side by side, on one clock.
    SideBySide,
}

/// A text that people read, by language.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text(Vec<(String, String)>);

/// The language that every text has.
pub const ENGLISH: &str = "en";

/// What there is in a language; what there is in English, where it has not been translated.
fn in_language<'a, T>(all: &'a [(impl AsRef<str>, T)], language: &str) -> Option<&'a T> {
    let find = |language: &str| all.iter().find(|(own, _)| own.as_ref() == language);
    let (_, found) = find(language).or_else(|| find(ENGLISH))?;
    Some(found)
}

impl Text {
    /// The text in a language; in English, where it has not been translated.
    #[must_use]
    pub fn in_language(&self, language: &str) -> &str {
        in_language(&self.0, language).map_or("", String::as_str)
    }

    /// The languages that it has.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(language, _)| language.as_str())
    }
}

impl fmt::Display for Text {
    /// In English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_language(ENGLISH))
    }
}

/// The chapters of the catalogue, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Chapter {
    /// What a process is, and what an operating system does with several.
    Processes,
    /// Who gets the CPU.
    Schedulers,
    /// Threads of one process, what they share, and the interpreter lock.
    Threads,
    /// Shared variables, and how threads wait for each other.
    Synchronisation,
    /// Threads that wait for each other for ever, and what helps.
    Deadlock,
    /// Who waits for data, who copies them, and servers.
    Io,
}

impl Chapter {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Processes,
        Self::Schedulers,
        Self::Threads,
        Self::Synchronisation,
        Self::Deadlock,
        Self::Io,
    ];

    /// Its name in scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processes => "processes",
            Self::Schedulers => "schedulers",
            Self::Threads => "threads",
            Self::Synchronisation => "synchronisation",
            Self::Deadlock => "deadlock",
            Self::Io => "io",
        }
    }

    /// The chapter with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chapter| chapter.name() == name)
    }

    /// Its title in English; the page has others by name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Processes => "Processes and the operating system",
            Self::Schedulers => "Schedulers",
            Self::Threads => "Threads and the interpreter lock",
            Self::Synchronisation => "Synchronisation",
            Self::Deadlock => "Deadlock",
            Self::Io => "Input and output",
        }
    }
}

impl Scenario {
    /// The lesson in a language; in English, where it has not been translated.
    #[must_use]
    pub fn lesson(&self, language: &str) -> &Lesson {
        static NONE: Lesson = Lesson {
            paragraphs: Vec::new(),
        };
        in_language(&self.lessons, language).unwrap_or(&NONE)
    }

    /// The lessons by language.
    pub fn lessons(&self) -> impl Iterator<Item = (&str, &Lesson)> {
        self.lessons
            .iter()
            .map(|(language, lesson)| (language.as_str(), lesson))
    }

    /// The variant with a name.
    #[must_use]
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.name == name)
    }

    /// The variants whose runs stand side by side when it is opened; none where the workload
    /// opens alone.
    #[must_use]
    pub fn side_by_side(&self) -> &[Variant] {
        match self.opening {
            Opening::Alone => &[],
            Opening::SideBySide => &self.variants,
        }
    }
}

/// The texts of a scenario, as they stand in its folder.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name of the folder.
    pub slug: &'a str,
    /// `scenario.toml`.
    pub scenario: &'a str,
    /// The names and texts of its lessons.
    pub lessons: &'a [(&'a str, &'a str)],
}

/// What the catalogue says of a scenario: all that is known before its texts are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The name of its folder.
    pub slug: &'static str,
    /// Where it stands in the catalogue.
    pub chapter: Chapter,
    /// Its place in the chapter: the lower, the earlier.
    pub order: u32,
    files: &'static str,
    /// Not empty where there is a recording.
    recorded: &'static str,
    rows: &'static str,
    /// `language=title`, a tab between two.
    titles: &'static str,
}

impl Entry {
    /// Reads a line of the index.
    fn read(line: &'static str) -> Option<Self> {
        let mut parts = line.splitn(7, '\t');
        Some(Self {
            slug: parts.next()?,
            files: parts.next()?,
            recorded: parts.next()?,
            chapter: Chapter::named(parts.next()?)?,
            order: parts.next()?.parse().ok()?,
            rows: parts.next()?,
            titles: parts.next()?,
        })
    }

    /// Its title in a language; in English, where it has not been translated.
    #[must_use]
    pub fn title(&self, language: &str) -> &'static str {
        let titles = self.titles.split('\t');
        let titles: Vec<_> = titles.filter_map(|title| title.split_once('=')).collect();
        in_language(&titles, language).copied().unwrap_or_default()
    }

    /// The rows of the syllabus that it serves.
    pub fn rows(&self) -> impl Iterator<Item = &'static str> {
        self.rows.split_whitespace()
    }

    /// Whether there is a recording of a real run of it: in `recordings/`, under its slug.
    #[must_use]
    pub const fn has_recording(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// The names of its texts: `scenario.toml` and its lessons.
    pub fn files(&self) -> impl Iterator<Item = &'static str> {
        self.files.split_whitespace()
    }
}

/// A line for each folder of `scenarios/`, by name; without those whose scenario cannot be read.
const LINES: &str = include_str!(concat!(env!("OUT_DIR"), "/index.txt"));

static INDEX: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut index = Vec::new();
    for entry in LINES.lines().filter_map(Entry::read) {
        // They are in the order of slugs, which stays between equals.
        let key = |each: &Entry| (each.chapter, each.order);
        let place = index.partition_point(|each| key(each) <= key(&entry));
        index.insert(place, entry);
    }
    index
});

/// All that can be opened: by chapter, by place in it, by slug.
#[must_use]
pub fn index() -> &'static [Entry] {
    &INDEX
}

/// What the index has under a slug.
#[must_use]
pub fn entry(slug: &str) -> Option<&'static Entry> {
    index().iter().find(|entry| entry.slug == slug)
}
