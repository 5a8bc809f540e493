//! What was made of a suite's cases beside their content: parts, and what people said of the golds.

use crate::screen::counted;
use eval_core::{Case, Task};
use std::{collections::BTreeMap, sync::Arc};

/// How many of a task's cases are held out; `None`: none.
pub fn held_out(task: &Task) -> Option<String> {
    let held_out = task.cases.iter().filter(|case| case.held_out).count();
    (held_out > 0).then(|| format!("held out {}", counted(held_out, "case")))
}

/// How many golds people looked at, by what they found.
pub fn verdicts<'a>(cases: impl IntoIterator<Item = &'a Arc<Case>>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for verdict in cases.into_iter().filter_map(|case| case.reviewed) {
        *counts.entry(verdict.as_str()).or_default() += 1;
    }
    counts
}

/// The same in words; `None` where nobody looked.
pub fn reviewed<'a>(cases: impl IntoIterator<Item = &'a Arc<Case>>) -> Option<String> {
    let counts = verdicts(cases);
    let found: Vec<String> = counts.iter().map(|(verdict, n)| format!("{n} {verdict}")).collect();
    let all = counted(counts.values().sum(), "case");
    (!counts.is_empty()).then(|| format!("reviewed {all} by people: {}", found.join(", ")))
}
