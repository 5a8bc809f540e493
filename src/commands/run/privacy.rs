//! What is said before cases leave this machine.

use crate::{
    environment::Environment,
    models::{self, ModelSpec},
    plan::Plan,
    screen::{Screen, counted},
    settings::Settings,
};
use eval_core::DataPolicy;
use eval_datasets::{Personal, personal_data};
use std::collections::BTreeSet;

/// Where a served model would be sent what looks like personal data, a line that says so.
pub fn warn(
    specs: &[&ModelSpec],
    seed: u64,
    plan: &Plan,
    environment: &Environment,
    settings: &Settings,
    screen: &Screen,
) {
    let suite = &plan.suite.suite;
    // What is not known of a model is told where it is loaded.
    let served = |spec: &&&ModelSpec| {
        let served = models::describe(spec, seed, suite, environment, settings).ok().flatten();
        served.is_some_and(|served| served.leaves_machine())
    };
    let names: Vec<&str> = specs.iter().filter(served).map(|spec| spec.name.as_str()).collect();
    if names.is_empty() || suite.data_policy != DataPolicy::Any {
        return;
    }
    let (mut cases, mut kinds) = (0, BTreeSet::<Personal>::new());
    for found in plan.cases().map(|case| personal_data(case)) {
        cases += usize::from(!found.is_empty());
        kinds.extend(found.into_keys());
    }
    if cases > 0 {
        let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
        screen.note(&format!(
            "note: {} with what looks like personal data ({}) will be sent to {}; `eval suites check {}` names the places",
            counted(cases, "case"),
            kinds.join(", "),
            names.join(", "),
            plan.suite.source,
        ));
    }
}
