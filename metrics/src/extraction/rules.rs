//! Checks the rules of a task's fields, and that expected values can be told right by them.

use super::{
    compare,
    nothing::all_null,
    pairing::MOST_PAIRED,
    wanted::{Leaf, List, Wanted},
};
use crate::{MetricError, text::show};
use eval_core::{Case, Compare, Expected, FieldRule, FieldRules};
use std::{collections::BTreeMap, sync::Arc};

pub(super) fn compile(fields: &BTreeMap<String, FieldRule>) -> Result<FieldRules, MetricError> {
    fields.iter().try_for_each(|(pointer, rule)| check(pointer, rule))?;
    Ok(FieldRules::new(fields))
}

fn check(pointer: &str, rule: &FieldRule) -> Result<(), MetricError> {
    let error = |problem: String, help: &str| Err(MetricError::new("fields", format!("`{pointer}` {problem}"), help));
    if !pointer.starts_with('/') {
        let help = "a field is named by its JSON pointer, such as \"/total\" or \"/items/*/price\"";
        return error("is no JSON pointer".into(), help);
    }
    let is_number = rule.compare == Compare::Number;
    for (key, difference) in [("tolerance", rule.tolerance), ("relative tolerance", rule.relative)] {
        match difference {
            Some(_) if !is_number => {
                let help = "write { compare = \"number\", tolerance = … }, or leave the tolerance out";
                return error(format!("has a {key}, but is not compared as a number"), help);
            }
            Some(largest) if !(largest.is_finite() && largest >= 0.0) => {
                let help = "a tolerance is the largest difference that is still right: 0 or more";
                return error(format!("has the {key} {largest}"), help);
            }
            _ => {}
        }
    }
    if rule.unit.is_some() && !is_number {
        let help = "write { compare = \"number\", unit = \"…\" }, or leave the unit out";
        return error("has a unit, but is not compared as a number".into(), help);
    }
    if rule.key.is_some() && rule.compare != Compare::Objects {
        let help = "write { compare = \"objects\", key = \"…\" }, or leave the key out";
        return error("has a key, but is not compared as a list of objects".into(), help);
    }
    if rule.any_of && rule.compare.is_of_lists() {
        let help = "set `any_of` for the items: \"/tags/*\" = { any_of = true }";
        return error("has `any_of`, which is for single values".into(), help);
    }
    Ok(())
}

/// An expected value that its own comparator cannot read would make every answer wrong.
pub(super) fn check_expected(rules: &FieldRules, cases: &[Arc<Case>]) -> Result<(), MetricError> {
    for (place, case) in cases.iter().enumerate() {
        let Expected::Object(expected) = &case.expected else { continue };
        let wanted = Wanted::new(expected, rules);
        let mut found = None;
        wanted.each(&mut |leaf| found = found.take().or_else(|| unreadable(case, leaf)));
        wanted.each_list(&mut |list| found = found.take().or_else(|| unpairable(case, list)));
        if let Some(error) = found {
            return Err(error.of_case(place));
        }
    }
    Ok(())
}

fn unreadable(case: &Case, leaf: &Leaf<'_>) -> Option<MetricError> {
    let pointer = &leaf.pointer;
    let value = leaf.values.iter().find(|value| !all_null(value) && !compare::equal(leaf.rule, value, value))?;
    let what = match leaf.rule.compare {
        Compare::Date => "date",
        Compare::Time => "time of day",
        Compare::Datetime => "date with a time",
        _ => "number",
    };
    Some(MetricError::new(
        "fields",
        format!("case `{}` expects {} at `{pointer}`, which is no {what}", case.id, show(value)),
        format!("mend the case, or compare `{pointer}` as \"text\" or \"exact\""),
    ))
}

fn unpairable(case: &Case, list: &List<'_>) -> Option<MetricError> {
    let (rule, pointer) = (list.rule?, &list.pointer);
    let id = &case.id;
    let error = |problem: String, help: String| Some(MetricError::new("fields", problem, help));
    if list.items.len() > MOST_PAIRED {
        let problem = format!("case `{id}` expects {} items at `{pointer}`", list.items.len());
        return error(problem, format!("lists of up to {MOST_PAIRED} items can be compared other than by place"));
    }
    if rule.compare != Compare::Objects {
        return None;
    }
    if list.items.iter().any(|item| !matches!(item, Wanted::Object(_))) {
        let problem = format!("case `{id}` expects a list at `{pointer}` that holds more than objects");
        return error(problem, format!("compare `{pointer}` as \"set\" or \"list\""));
    }
    let key = rule.key.as_ref()?;
    let has_key = |item: &Wanted<'_>| match item.property(key) {
        Some(Wanted::Leaf(leaf)) => !leaf.is_absent(),
        found => found.is_some(),
    };
    if list.items.iter().all(has_key) {
        return None;
    }
    let problem = format!("case `{id}` expects an item without `{key}` at `{pointer}`");
    error(problem, "the key tells which items belong together: give each item one, or leave the key out".into())
}
