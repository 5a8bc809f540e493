use eval_core::{Decision, Digest, Expected, Suite, Task, TaskKind, statistics::pairs_needed_exact};
use std::collections::{BTreeMap, BTreeSet};

/// How often two models are taken to differ in correctness, for planning.
const DISCORDANT: f64 = 0.10;

/// The power that the planned number of cases gives.
const POWER: f64 = 0.80;

/// What a person should know of a suite before trusting what it shows: for each task its size, then what is amiss.
pub(crate) fn notes(suite: &Suite) -> Vec<String> {
    suite.tasks.iter().flat_map(|task| of_task(task, &suite.decision)).collect()
}

fn of_task(task: &Task, decision: &Decision) -> Vec<String> {
    let mut notes = vec![size(task, decision)];
    let declining = task.cases.iter().filter(|case| case.should_decline).count();
    if declining == 0 {
        let how = match task.kind {
            TaskKind::Classification if task.abstain.is_none() => "the task has no `abstain` label",
            TaskKind::Classification => "no case expects the abstain label",
            TaskKind::Extraction => "every case holds a value",
            TaskKind::Rag => "every case is answerable",
            TaskKind::Tools => "every case expects a call",
        };
        notes.push(format!("{}: no case shows whether a model declines where it should ({how})", task.name));
    }
    let used: BTreeSet<_> = task.cases.iter().filter_map(|case| label(&case.expected)).collect();
    let unused: Vec<_> =
        task.labels.iter().filter(|label| !used.contains(label.as_str())).map(String::as_str).collect();
    if !unused.is_empty() {
        notes.push(format!("{}: no case expects {}", task.name, crate::nearest::list(unused)));
    }
    let mut same: BTreeMap<Digest, Vec<&str>> = BTreeMap::new();
    task.cases.iter().for_each(|case| same.entry(case.hash).or_default().push(&case.id));
    for ids in same.into_values().filter(|ids| ids.len() > 1) {
        notes.push(format!("{}: the same content stands in {}", task.name, crate::nearest::list(ids)));
    }
    notes
}

fn label(expected: &Expected) -> Option<&str> {
    match expected {
        Expected::Label(label) => Some(label),
        _ => None,
    }
}

fn size(task: &Task, decision: &Decision) -> String {
    let cases = task.cases.len();
    let declining = task.cases.iter().filter(|case| case.should_decline).count();
    let share = (100.0 * declining as f64 / cases as f64).round();
    let points = 100.0 * decision.margin;
    let (verb, wanted) = match cases_wanted(decision) {
        Some(wanted) if cases >= wanted => ("is served by", format!("about {wanted}")),
        Some(wanted) => ("wants", format!("about {wanted}")),
        None => ("wants", "more than a million".into()),
    };
    format!(
        "{}: {cases} cases, {declining} of them ({share} %) declining; a margin of {points} points {verb} {wanted} cases",
        task.name
    )
}

/// Cases for a paired non-inferiority test of equal models at the decision's margin and alpha, as `eval plan` has them, up to
/// two significant digits; `None`: no number that anyone would pay for.
fn cases_wanted(decision: &Decision) -> Option<usize> {
    let exact = pairs_needed_exact(DISCORDANT, 0.0, decision.margin, decision.alpha, POWER)? as f64;
    let step = 10f64.powf(exact.log10().floor() - 1.0).max(1.0);
    Some(((exact / step).ceil() * step) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_for_a_margin() {
        // 269 exactly.
        assert_eq!(cases_wanted(&Decision::default()), Some(270));
        assert_eq!(cases_wanted(&Decision { margin: 0.0001, ..Decision::default() }), None);
    }
}
