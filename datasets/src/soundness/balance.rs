//! How the expected outcomes are spread.

use super::{Look, Warning, WarningKind};
use crate::nearest::list;
use eval_core::{Expected, Task, TaskKind};
use std::collections::BTreeMap;

/// Cases of a label below which its own numbers say nothing.
const FEW: usize = 10;

pub(super) fn warnings(look: &Look<'_>) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = declining(look).into_iter().collect();
    if look.task.kind == TaskKind::Classification {
        warnings.extend(labels(look));
    }
    warnings
}

fn declining(look: &Look<'_>) -> Option<Warning> {
    let task = look.task;
    let declining = task.cases.iter().filter(|case| case.should_decline).count();
    let message = match declining {
        0 => format!("no case shows whether a model declines where it should ({})", how(task)),
        some if 2 * some > task.cases.len() => {
            format!(
                "declining is right in {some} of its {} cases: a model that always declines is right in most",
                task.cases.len()
            )
        }
        _ => return None,
    };
    Some(look.task(WarningKind::Declining, message))
}

fn how(task: &Task) -> &'static str {
    match task.kind {
        TaskKind::Classification if task.abstain.is_none() => "the task has no `abstain` label",
        TaskKind::Classification => "no case expects the abstain label",
        TaskKind::Extraction => "every case holds a value",
        TaskKind::Rag => "every case is answerable",
        TaskKind::Tools => "every case expects a call",
    }
}

fn labels(look: &Look<'_>) -> Vec<Warning> {
    let task = look.task;
    let mut counts: BTreeMap<&str, usize> = task.labels.iter().map(|label| (label.as_str(), 0)).collect();
    for case in &task.cases {
        if let Expected::Label(label) = &case.expected {
            *counts.entry(label).or_default() += 1;
        }
    }
    let of = |wanted: fn(usize) -> bool| -> Vec<&str> {
        let labels = task.labels.iter().map(String::as_str);
        labels.filter(|label| wanted(counts.get(label).copied().unwrap_or_default())).collect()
    };
    let mut warnings = Vec::new();
    let unused = of(|count| count == 0);
    if !unused.is_empty() {
        warnings.push(look.task(WarningKind::RareLabel, format!("no case expects {}", list(unused))));
    }
    let rare = of(|count| (1..FEW).contains(&count));
    if !rare.is_empty() {
        let message = format!("fewer than {FEW} cases expect {}: what is right there says little", list(rare));
        warnings.push(look.task(WarningKind::RareLabel, message));
    }
    let used = counts.values().filter(|count| **count > 0).count();
    let most = if used > 2 { 0.5 } else { 0.75 };
    let commonest = counts.iter().max_by_key(|(_, count)| **count);
    if let Some((label, count)) = commonest.filter(|(_, count)| **count as f64 > most * task.cases.len() as f64) {
        let share = (100.0 * *count as f64 / task.cases.len() as f64).round();
        // A label that declines was told of above.
        if task.abstain.as_deref() != Some(*label) {
            let message =
                format!("`{label}` is right in {share} % of its cases: a model that always says so is right in most");
            warnings.push(look.task(WarningKind::Imbalance, message));
        }
    }
    warnings
}
