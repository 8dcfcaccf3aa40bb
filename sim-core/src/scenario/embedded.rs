//! The texts of all scenarios as part of the program, and what they read as.
//!
//! Not in the page, which fetches the texts of what is opened.

use std::sync::LazyLock;

use super::{Scenario, Source};
use crate::workload::InputError;

/// The folders of `scenarios/`, by name.
static SOURCES: &[Source<'static>] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// The texts of all scenarios, in the order of their slugs.
#[must_use]
pub fn sources() -> &'static [Source<'static>] {
    SOURCES
}

struct Catalogue {
    scenarios: Vec<Scenario>,
    broken: Vec<InputError>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue {
        scenarios: Vec::new(),
        broken: Vec::new(),
    };
    for source in SOURCES {
        match Scenario::read(source) {
            Ok(scenario) => {
                // The sources are in the order of slugs, which stays between equals.
                let key = |each: &Scenario| (each.chapter, each.order);
                let all = &mut catalogue.scenarios;
                let place = all.partition_point(|each| key(each) <= key(&scenario));
                all.insert(place, scenario);
            }
            Err(error) => catalogue.broken.push(error),
        }
    }
    catalogue
});

/// All scenarios: by chapter, by place in it, by slug.
#[must_use]
pub fn catalogue() -> &'static [Scenario] {
    &CATALOGUE.scenarios
}

/// What is wrong with scenarios that are missing from the catalogue; nothing in a build that
/// passed its tests.
#[must_use]
pub fn broken() -> &'static [InputError] {
    &CATALOGUE.broken
}

/// The scenario with a slug.
#[must_use]
pub fn find(slug: &str) -> Option<&'static Scenario> {
    catalogue().iter().find(|scenario| scenario.slug == slug)
}
