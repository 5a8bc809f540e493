//! Whether there are enough cases.

use super::{Look, TaskSoundness, Warning, WarningKind, counted};
use eval_core::{
    Case, Decision,
    statistics::{pairs_needed_exact, smallest_margin},
};
use std::{collections::BTreeMap, sync::Arc};

/// How often two models are taken to differ in correctness, for planning.
const DISCORDANT: f64 = 0.10;

/// The power that the planned number of cases gives.
const POWER: f64 = 0.80;

/// Below this many independent units there is no verdict.
const UNITS: usize = 20;

pub(super) fn warnings(look: &Look<'_>, about: &TaskSoundness) -> Vec<Warning> {
    too_few(look, about).into_iter().chain(clustered(look)).collect()
}

fn too_few(look: &Look<'_>, about: &TaskSoundness) -> Option<Warning> {
    let wanted = match about.cases_wanted {
        Some(wanted) if about.cases >= wanted => return None,
        Some(wanted) => format!("about {wanted} can"),
        None => "no number that anyone would pay for can".into(),
    };
    let shown = match about.smallest_margin {
        Some(margin) => format!("so few show {} at best", points(margin)),
        None => "so few show nothing".into(),
    };
    let (cases, margin) = (counted(about.cases), points(about.margin));
    let message = format!("{cases} cannot decide at a margin of {margin}; {wanted}, {shown}");
    Some(look.task(WarningKind::Size, message))
}

fn clustered(look: &Look<'_>) -> Option<Warning> {
    let units = units(&look.task.cases);
    let is_few = units.len() < UNITS && units.len() < look.task.cases.len();
    let message =
        format!("its cases are {} independent ones by `cluster`; fewer than {UNITS} never decide", units.len());
    is_few.then(|| look.task(WarningKind::Clusters, message))
}

/// The sizes of the independent units: clusters, and cases without one.
fn units(cases: &[Arc<Case>]) -> Vec<usize> {
    let mut clusters: BTreeMap<&str, usize> = BTreeMap::new();
    let clustered = cases.iter().filter_map(|case| case.cluster.as_deref());
    clustered.for_each(|cluster| *clusters.entry(cluster).or_default() += 1);
    let alone = cases.iter().filter(|case| case.cluster.is_none()).map(|_| 1);
    clusters.values().copied().chain(alone).collect()
}

/// How many times as many cases are wanted where those of a cluster are right and wrong together: Kish's design effect at
/// a correlation of 1, the sum of the squared sizes over the cases. 1 where no two cases share a cluster.
pub(super) fn largest_design_effect(cases: &[Arc<Case>]) -> f64 {
    let squares: usize = units(cases).iter().map(|size| size * size).sum();
    squares as f64 / cases.len() as f64
}

/// A margin in percentage points.
fn points(margin: f64) -> String {
    let points = (1000.0 * margin).ceil() / 10.0;
    format!("{points} {}", if points == 1.0 { "point" } else { "points" })
}

/// Cases for a paired non-inferiority test of equal models at the decision's margin and alpha, as `eval plan` has them, up
/// to two significant digits; `None`: no number that anyone would pay for.
pub(super) fn cases_wanted(decision: &Decision) -> Option<usize> {
    let exact = pairs_needed_exact(DISCORDANT, 0.0, decision.margin, decision.alpha, POWER)? as f64;
    let step = 10f64.powf(exact.log10().floor() - 1.0).max(1.0);
    Some(((exact / step).ceil() * step) as usize)
}

/// The smallest margin that so many cases show, under the same assumptions.
pub(super) fn smallest(cases: usize, decision: &Decision) -> Option<f64> {
    smallest_margin(cases as u64, DISCORDANT, decision.alpha, POWER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_for_a_margin() {
        // 269 exactly.
        assert_eq!(cases_wanted(&Decision::default()), Some(270));
        assert_eq!(cases_wanted(&Decision { margin: 0.0001, ..Decision::default() }), None);
        assert_eq!([points(0.01), points(0.1234), points(0.05)], ["1 point", "12.4 points", "5 points"]);
    }
}
