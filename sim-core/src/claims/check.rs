//! Testing the claims of a scenario, and that each claim's mutant breaks it.
//!
//! Not the claims themselves, which are plain data: here their runs are made and looked at.

use std::sync::Arc;

use super::{Claim, End, Form, Kind, Mutant, Operand};
use crate::pattern::Pattern;
use crate::program::Code;
use crate::run::{Deviations, run};
use crate::scenario::{Scenario, Variant};
use crate::settings::Settings;
use crate::trace::Trace;
use crate::workload::Workload;

/// What became of a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimResult {
    /// The claim's name.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its sentence, in English.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// Whether its mutant breaks it.
    pub mutant_breaks: bool,
    /// What was found, in numbers.
    pub detail: String,
    /// What was found in the mutant.
    pub mutant_detail: String,
}

impl ClaimResult {
    /// Whether the claim says something, and truly.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.holds && self.mutant_breaks
    }
}

/// Tests the claims of a scenario.
#[must_use]
pub fn check(scenario: &Scenario) -> Vec<ClaimResult> {
    scenario
        .claims
        .iter()
        .map(|claim| check_one(scenario, claim))
        .collect()
}

fn check_one(scenario: &Scenario, claim: &Claim) -> ClaimResult {
    let (whole, changed) = (
        Subject::whole(scenario, claim),
        Subject::mutant(scenario, claim),
    );
    let (holds, detail) = match whole.judge() {
        Ok(verdict) => (verdict.holds, verdict.detail),
        Err(reason) => (false, reason),
    };
    let (mutant_breaks, mutant_detail) = match changed.judge() {
        Ok(verdict) => (!verdict.holds, verdict.detail),
        Err(reason) => (false, reason),
    };
    ClaimResult {
        id: claim.id.clone(),
        kind: claim.kind,
        text: claim.text.to_string(),
        holds,
        mutant_breaks,
        detail,
        mutant_detail,
    }
}

/// A claim and the runs in which it is looked for.
struct Subject<'a> {
    claim: &'a Claim,
    variants: &'a [Variant],
    /// The scenario as it stands, for the names in patterns.
    original: &'a Workload,
    workload: &'a Workload,
    mutant: Option<&'a Mutant>,
}

/// Whether a claim is so, and what was found.
struct Verdict {
    holds: bool,
    detail: String,
}

impl<'a> Subject<'a> {
    fn whole(scenario: &'a Scenario, claim: &'a Claim) -> Self {
        let (variants, workload) = (scenario.variants.as_slice(), &scenario.workload);
        Self {
            claim,
            variants,
            original: workload,
            workload,
            mutant: None,
        }
    }

    fn mutant(scenario: &'a Scenario, claim: &'a Claim) -> Self {
        let mutant = Some(&claim.mutant);
        Self {
            workload: &claim.mutant.workload,
            mutant,
            ..Self::whole(scenario, claim)
        }
    }

    /// Looks at the runs until the answer is known.
    fn judge(&self) -> Result<Verdict, String> {
        let seeds: Vec<_> = match self.claim.seeds {
            Some(seeds) => (0..seeds).map(Some).collect(),
            None => vec![None],
        };
        let mut last = String::new();
        for seed in &seeds {
            let (is_so, found) = self.look(*seed)?;
            let found = match seed {
                Some(seed) => format!("{found} (seed {seed})"),
                None => found,
            };
            let decided = match self.claim.kind {
                Kind::Always => !is_so,
                Kind::Possible | Kind::Never => is_so,
            };
            if decided {
                return Ok(Verdict {
                    holds: self.claim.kind == Kind::Possible,
                    detail: found,
                });
            }
            last = found;
        }
        if seeds.len() > 1 {
            last = format!("the same answer under {} seeds; {last}", seeds.len());
        }
        Ok(Verdict {
            holds: self.claim.kind != Kind::Possible,
            detail: last,
        })
    }

    /// Whether what is looked for is there under one seed, and what was found.
    fn look(&self, seed: Option<u32>) -> Result<(bool, String), String> {
        let own = self.claim.variant.as_deref();
        let names = self.code(self.original, own, None, seed)?;
        match &self.claim.form {
            Form::Order(patterns) => {
                let trace = self.run(own, seed)?;
                order(patterns, &trace, &names)
            }
            Form::Count(pattern, comparison, number) => {
                let matcher = pattern.resolve(&names).map_err(|error| error.to_string())?;
                let found = matcher.find(&*self.run(own, seed)?).count();
                let found = u32::try_from(found).unwrap_or(u32::MAX);
                let holds = comparison.holds(f64::from(found), f64::from(*number));
                Ok((holds, format!("{pattern}: {found} times")))
            }
            Form::Measure(left, comparison, right) => {
                let value = |side: &Operand| {
                    let variant = side.variant.as_deref().or(own);
                    let names = self.code(self.original, variant, None, seed)?;
                    Ok::<_, String>(side.value(&self.run(variant, seed)?, &names))
                };
                match (value(left)?, value(right)?) {
                    (Ok(a), Ok(b)) => {
                        let sides = format!("{} and {}", show(left, a), show(right, b));
                        Ok((comparison.holds(a, b), sides))
                    }
                    (Err(reason), _) | (_, Err(reason)) => Ok((false, reason)),
                }
            }
            Form::Outcome(end) => {
                let found = End::of(self.run(own, seed)?.outcome());
                Ok((found == *end, format!("the run ends: {}", found.name())))
            }
        }
    }

    fn run(&self, variant: Option<&str>, seed: Option<u32>) -> Result<Arc<Trace>, String> {
        let mutant = self
            .mutant
            .filter(|mutant| mutant.variant.is_none() || mutant.variant.as_deref() == variant);
        let workload = if mutant.is_some() {
            self.workload
        } else {
            self.original
        };
        let code = self.code(workload, variant, mutant, seed)?;
        Ok(Arc::new(run(Arc::new(code), Deviations::new())))
    }

    fn code(
        &self,
        workload: &Workload,
        variant: Option<&str>,
        mutant: Option<&Mutant>,
        seed: Option<u32>,
    ) -> Result<Code, String> {
        let mut over = Settings::default();
        if let Some(name) = variant {
            let known = self.variants.iter().find(|variant| variant.name == name);
            over = known
                .ok_or_else(|| format!("no variant \"{name}\""))?
                .settings
                .clone();
        }
        if let Some(mutant) = mutant {
            over = over.merged(&mutant.set);
        }
        if let Some(seed) = seed {
            over.set("seed", &seed.to_string())
                .map_err(|error| error.to_string())?;
        }
        workload.code(&over).map_err(|error| error.to_string())
    }
}

/// A measure and its value.
fn show(side: &Operand, value: f64) -> String {
    if side.is_number() {
        side.to_string()
    } else {
        format!("{side} = {}", number(value))
    }
}

/// A number with three decimals at most.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whether events happen in an order, others between them or not.
fn order(patterns: &[Pattern], trace: &Trace, names: &Code) -> Result<(bool, String), String> {
    let mut from = 0;
    let mut times = Vec::new();
    let unit = trace.code().config.unit;
    for pattern in patterns {
        let matcher = pattern.resolve(names).map_err(|error| error.to_string())?;
        let Some(found) = matcher.find(trace).find(|event| *event >= from) else {
            let so_far = times.join(", ");
            let after = if so_far.is_empty() {
                String::new()
            } else {
                format!(" after {so_far}")
            };
            return Ok((false, format!("no \"{pattern}\"{after}")));
        };
        times.push(format!(
            "{pattern} at {}",
            unit.show_time(trace.events()[found].at)
        ));
        from = found + 1;
    }
    Ok((true, times.join(", ")))
}
