//! Whether tags part the cases into slices that show something.

use super::{Look, Warning, WarningKind};
use std::collections::BTreeMap;

/// Cases of a slice below which its rate says nothing: at 30, a rate of 80 % is known to within 15 points.
const FEW: usize = 30;

/// Tags that are named.
const NAMED: usize = 12;

pub(super) fn warnings(look: &Look<'_>) -> Vec<Warning> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &look.task.cases {
        let mut tags: Vec<&str> = case.tags.iter().map(String::as_str).collect();
        tags.sort_unstable();
        tags.dedup();
        tags.into_iter().for_each(|tag| *counts.entry(tag).or_default() += 1);
    }
    let cases = look.task.cases.len();
    let mut warnings = Vec::new();
    let tiny: Vec<String> =
        counts.iter().filter(|(_, count)| **count < FEW).map(|(tag, count)| format!("{tag} {count}")).collect();
    if !tiny.is_empty() {
        let more = if tiny.len() > NAMED { format!(" and {} more", tiny.len() - NAMED) } else { String::new() };
        let named = tiny[..tiny.len().min(NAMED)].join(", ");
        let message = format!("tags on fewer than {FEW} cases, which show little by themselves: {named}{more}");
        warnings.push(look.task(WarningKind::TinySlice, message));
    }
    for (tag, _) in counts.iter().filter(|(_, count)| **count == cases && cases > 1) {
        let message = format!("the tag `{tag}` stands on every case, so it parts nothing");
        warnings.push(look.task(WarningKind::TagOnAll, message));
    }
    warnings
}
