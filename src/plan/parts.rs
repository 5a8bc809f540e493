//! What people said of the cases of a plan, and which part of them is asked.

use eval_core::{Case, Part, ReviewVerdict};
use eval_datasets::LoadedSuite;
use miette::miette;
use std::{collections::BTreeMap, sync::Arc};

/// A part is asked for of a suite that has none.
pub fn check(suite: &LoadedSuite, part: Option<Part>) -> miette::Result<()> {
    let is_split = || suite.suite.tasks.iter().flat_map(|task| &task.cases).any(|case| case.held_out);
    if part.is_none() || is_split() {
        return Ok(());
    }
    let help = format!("`eval split {} --share 0.4` holds a part of it out", suite.source);
    Err(miette!(help = help, "the suite {:?} has no parts: no case is held out", suite.suite.name))
}

/// How many golds people looked at, by what they found.
pub fn reviewed(cases: &[Arc<Case>]) -> BTreeMap<ReviewVerdict, usize> {
    let mut counts = BTreeMap::new();
    cases.iter().filter_map(|case| case.reviewed).for_each(|verdict| *counts.entry(verdict).or_default() += 1);
    counts
}
