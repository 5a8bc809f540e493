use super::{compare, leaves::leaves};
use crate::{MetricError, text::show};
use eval_core::{Case, Compare, Expected, FieldRule};
use std::{collections::BTreeMap, sync::Arc};

/// The comparators of a task's fields.
///
/// A rule holds for the field that its pointer names and for all below it, `*` stands for any index of a list, and the
/// nearest rule wins: the longest, then the one with the fewest `*`. Without a rule a field is compared exactly.
pub(super) struct Rules {
    /// Nearest first.
    rules: Vec<(Vec<String>, FieldRule)>,
    exact: FieldRule,
}

impl Rules {
    pub(super) fn new(fields: &BTreeMap<String, FieldRule>) -> Result<Self, MetricError> {
        let mut rules = Vec::new();
        for (pointer, rule) in fields {
            check(pointer, rule)?;
            rules.push((pointer.split('/').skip(1).map(String::from).collect::<Vec<_>>(), rule.clone()));
        }
        rules.sort_by_key(|(segments, _)| {
            let stars = segments.iter().filter(|segment| *segment == "*").count();
            (usize::MAX - segments.len(), stars)
        });
        Ok(Self { rules, exact: FieldRule::default() })
    }

    pub(super) fn of(&self, pointer: &str) -> &FieldRule {
        let path: Vec<_> = pointer.split('/').skip(1).collect();
        let holds = |segments: &[String]| {
            segments.len() <= path.len() && segments.iter().zip(&path).all(|(segment, at)| fits(segment, at))
        };
        self.rules.iter().find(|(segments, _)| holds(segments)).map_or(&self.exact, |(_, rule)| rule)
    }

    /// An expected value that its own comparator cannot read would make every answer wrong.
    pub(super) fn check_expected(&self, cases: &[Arc<Case>]) -> Result<(), MetricError> {
        for case in cases {
            let Expected::Object(expected) = &case.expected else { continue };
            for (pointer, wanted) in leaves(expected).into_iter().filter(|(_, wanted)| !wanted.is_null()) {
                let rule = self.of(&pointer);
                if !compare::equal(rule, wanted, wanted) {
                    let what = if rule.compare == Compare::Date { "date" } else { "number" };
                    return Err(MetricError::new(
                        "fields",
                        format!("case `{}` expects {} at `{pointer}`, which is no {what}", case.id, show(wanted)),
                        format!("mend the case, or compare `{pointer}` as \"text\" or \"exact\""),
                    ));
                }
            }
        }
        Ok(())
    }
}

fn fits(segment: &str, at: &str) -> bool {
    segment == at || (segment == "*" && !at.is_empty() && at.bytes().all(|b| b.is_ascii_digit()))
}

fn check(pointer: &str, rule: &FieldRule) -> Result<(), MetricError> {
    if !pointer.starts_with('/') {
        let help = "a field is named by its JSON pointer, such as \"/total\" or \"/items/*/price\"";
        return Err(MetricError::new("fields", format!("`{pointer}` is no JSON pointer"), help));
    }
    match rule.tolerance {
        Some(_) if rule.compare != Compare::Number => Err(MetricError::new(
            "fields",
            format!("`{pointer}` has a tolerance, but is not compared as a number"),
            "write { compare = \"number\", tolerance = … }, or leave the tolerance out",
        )),
        Some(tolerance) if !(tolerance.is_finite() && tolerance >= 0.0) => Err(MetricError::new(
            "fields",
            format!("`{pointer}` has the tolerance {tolerance}"),
            "a tolerance is the largest difference that is still right: 0 or more",
        )),
        _ => Ok(()),
    }
}
