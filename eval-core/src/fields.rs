//! How the fields of an extraction are compared.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How one field of an extraction is compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRule {
    /// The comparator.
    #[serde(default)]
    pub compare: Compare,
    /// For `number`: the largest difference that is still right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// For `number`: the largest difference that is still right, as a share of the expected value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative: Option<f64>,
    /// For `number`: what values without a unit are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// For `date` and `datetime`: whether `03/04/2026` is 4 March.
    #[serde(default, skip_serializing_if = "is_false")]
    pub month_first: bool,
    /// For `objects`: the property that tells which of two lists' items belong together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether a case may name several right values, as `{"any_of": […]}`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub any_of: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl FieldRule {
    /// The values that are right where the case writes this one: itself, or what stands under `any_of`.
    pub fn alternatives<'a>(&self, expected: &'a Value) -> &'a [Value] {
        let listed = expected.as_object().filter(|map| self.any_of && map.len() == 1);
        match listed.and_then(|map| map.get("any_of")?.as_array()).filter(|values| !values.is_empty()) {
            Some(values) => values,
            None => std::slice::from_ref(expected),
        }
    }
}

/// Comparators of extraction fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The same JSON value; numbers by value.
    #[default]
    Exact,
    /// Text after Unicode normalisation, case folding and collapsing blanks.
    Text,
    /// A number, also where it is written as a string.
    Number,
    /// A date, also where it is not written in ISO form.
    Date,
    /// A time of day.
    Time,
    /// A date with a time of day.
    Datetime,
    /// A list whose order and repetitions do not count.
    Set,
    /// A list in order, where an item too many or too few does not shift the others.
    List,
    /// A list of objects in any order.
    Objects,
}

impl Compare {
    /// Whether it compares lists, and not values.
    pub fn is_of_lists(self) -> bool {
        matches!(self, Self::Set | Self::List | Self::Objects)
    }
}

/// The rules of a task's fields, by JSON pointer.
///
/// A rule of values holds for the field that its pointer names and for all below it, one of lists for that list alone;
/// `*` stands for any index of a list. The nearest rule wins: the longest, then the one with the fewest `*`.
#[derive(Debug, Clone, Default)]
pub struct FieldRules {
    /// Nearest first.
    rules: Vec<(Vec<String>, FieldRule)>,
    exact: FieldRule,
}

impl FieldRules {
    /// Sorts the rules.
    pub fn new(fields: &BTreeMap<String, FieldRule>) -> Self {
        let segments = |pointer: &str| pointer.split('/').skip(1).map(String::from).collect::<Vec<_>>();
        let mut rules: Vec<_> = fields.iter().map(|(pointer, rule)| (segments(pointer), rule.clone())).collect();
        rules.sort_by_key(|(segments, _)| {
            let stars = segments.iter().filter(|segment| *segment == "*").count();
            (usize::MAX - segments.len(), stars)
        });
        Self { rules, exact: FieldRule::default() }
    }

    /// The rule of the value at a pointer; exact comparison where there is none.
    pub fn of_value(&self, pointer: &str) -> &FieldRule {
        self.nearest(pointer, |rule, _| !rule.compare.is_of_lists()).unwrap_or(&self.exact)
    }

    /// The rule of the list at a pointer; `None`: its items are compared by their place.
    pub fn of_list(&self, pointer: &str) -> Option<&FieldRule> {
        self.nearest(pointer, |rule, is_here| rule.compare.is_of_lists() && is_here)
    }

    /// The nearest rule for which `fits` holds, which is told whether the rule names this very place.
    fn nearest(&self, pointer: &str, fits: impl Fn(&FieldRule, bool) -> bool) -> Option<&FieldRule> {
        let path: Vec<_> = pointer.split('/').skip(1).collect();
        let holds = |segments: &[String], rule: &FieldRule| {
            let above = segments.len() <= path.len() && segments.iter().zip(&path).all(|(part, at)| names(part, at));
            above && fits(rule, segments.len() == path.len())
        };
        self.rules.iter().find(|(segments, rule)| holds(segments, rule)).map(|(_, rule)| rule)
    }
}

fn names(part: &str, at: &str) -> bool {
    part == at || (part == "*" && !at.is_empty() && at.bytes().all(|b| b.is_ascii_digit()))
}

/// What became of one field. Values are those that are not `null`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldCounts {
    /// Values that the text holds.
    #[serde(skip_serializing_if = "is_zero")]
    pub expected: u64,
    /// Values given.
    #[serde(skip_serializing_if = "is_zero")]
    pub given: u64,
    /// Of those, the right ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub matched: u64,
    /// Fields for which the text holds no value.
    #[serde(skip_serializing_if = "is_zero")]
    pub absent: u64,
    /// Of those, the ones given a value.
    #[serde(skip_serializing_if = "is_zero")]
    pub invented: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl std::ops::AddAssign for FieldCounts {
    fn add_assign(&mut self, other: Self) {
        self.expected += other.expected;
        self.given += other.given;
        self.matched += other.matched;
        self.absent += other.absent;
        self.invented += other.invented;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_nearest_rule_holds() {
        let fields = [
            ("/lines", Compare::Text),
            ("/lines/*/price", Compare::Number),
            ("/lines/0/price", Compare::Date),
            ("/lines/*/parts", Compare::Set),
            ("/*", Compare::Date),
        ];
        let rule = |compare| FieldRule { compare, ..FieldRule::default() };
        let rules = FieldRules::new(&fields.map(|(pointer, compare)| (pointer.into(), rule(compare))).into());
        for (pointer, compare) in [
            ("/lines/1/item", Compare::Text),
            ("/lines/1/price", Compare::Number),
            ("/lines/0/price", Compare::Date),
            ("/lines/x/price", Compare::Text),
            ("/lines/1/parts/0", Compare::Text),
            ("/linesman", Compare::Exact),
            ("/3", Compare::Date),
            ("", Compare::Exact),
        ] {
            assert_eq!(rules.of_value(pointer).compare, compare, "{pointer}");
        }
        let list = |pointer| rules.of_list(pointer).map(|rule| rule.compare);
        assert_eq!(
            (list("/lines/7/parts"), list("/lines"), list("/lines/7/parts/0")),
            (Some(Compare::Set), None, None)
        );
    }

    #[test]
    fn alternatives_are_read_where_the_rule_allows_them() {
        let (plain, listed) = (FieldRule::default(), FieldRule { any_of: true, ..FieldRule::default() });
        let value = json!({"any_of": ["NY", "New York"]});
        assert_eq!(listed.alternatives(&value), [json!("NY"), json!("New York")]);
        assert_eq!(plain.alternatives(&value), std::slice::from_ref(&value));
        for other in [json!("NY"), json!({"any_of": []}), json!({"any_of": [1], "more": 2})] {
            assert_eq!(listed.alternatives(&other), std::slice::from_ref(&other));
        }
    }
}
