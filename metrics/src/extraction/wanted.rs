//! An expected object as a tree, each value with its rule.

use super::{compare::same, nothing::all_null};
use eval_core::{FieldRule, FieldRules};
use serde_json::Value;

/// A part of the expected object.
pub(super) enum Wanted<'a> {
    /// A value, or one that the text does not hold. An empty list or object holds nothing, too.
    Leaf(Leaf<'a>),
    /// By property.
    Object(Vec<(&'a str, Wanted<'a>)>),
    List(List<'a>),
}

pub(super) struct Leaf<'a> {
    pub pointer: String,
    pub rule: &'a FieldRule,
    /// Each is right; mostly one.
    pub values: &'a [Value],
}

pub(super) struct List<'a> {
    pub pointer: String,
    /// `None`: items are compared by their place.
    pub rule: Option<&'a FieldRule>,
    pub items: Vec<Wanted<'a>>,
    /// The same as they stand.
    pub values: &'a [Value],
}

impl<'a> Wanted<'a> {
    pub fn new(expected: &'a Value, rules: &'a FieldRules) -> Self {
        Self::at(String::new(), expected, rules)
    }

    fn at(pointer: String, expected: &'a Value, rules: &'a FieldRules) -> Self {
        let rule = rules.of_value(&pointer);
        let values = rule.alternatives(expected);
        match expected {
            Value::Object(map) if !map.is_empty() && std::ptr::eq(values.as_ptr(), expected) => {
                let below = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                Self::Object(map.iter().map(|(key, item)| (key.as_str(), Self::at(below(key), item, rules))).collect())
            }
            Value::Array(items) if !items.is_empty() => {
                let item = |(place, item)| Self::at(format!("{pointer}/{place}"), item, rules);
                let of_items = items.iter().enumerate().map(item).collect();
                Self::List(List { rule: rules.of_list(&pointer), items: of_items, values: items, pointer })
            }
            _ => Self::Leaf(Leaf { pointer, rule, values }),
        }
    }

    /// Whether an answer is the expected one as it stands: no value normalised, lists in their order. What is null or
    /// empty may be left out.
    pub fn stands_as(&self, got: &Value) -> bool {
        match (self, got) {
            (Self::Leaf(leaf), got) if all_null(got) => leaf.values.iter().any(all_null),
            (Self::Leaf(leaf), got) => leaf.values.iter().any(|value| same(value, got)),
            (Self::Object(items), Value::Object(map)) => {
                let at = |key: &str| map.get(key).unwrap_or(&Value::Null);
                items.iter().all(|(key, item)| item.stands_as(at(key)))
                    && map.iter().all(|(key, value)| all_null(value) || self.property(key).is_some())
            }
            (Self::List(list), Value::Array(given)) => {
                let at = |place| given.get(place).unwrap_or(&Value::Null);
                list.items.iter().enumerate().all(|(place, item)| item.stands_as(at(place)))
                    && given.iter().skip(list.items.len()).all(all_null)
            }
            (Self::Object(items), got) => all_null(got) && items.iter().all(|(_, item)| item.stands_as(got)),
            (Self::List(list), got) => all_null(got) && list.items.iter().all(|item| item.stands_as(got)),
        }
    }

    /// Calls `visit` with each leaf, in document order.
    pub fn each(&self, visit: &mut impl FnMut(&Leaf<'a>)) {
        match self {
            Self::Leaf(leaf) => visit(leaf),
            Self::Object(items) => items.iter().for_each(|(_, item)| item.each(visit)),
            Self::List(list) => list.items.iter().for_each(|item| item.each(visit)),
        }
    }

    /// Calls `visit` with each list, outer ones first.
    pub fn each_list(&self, visit: &mut impl FnMut(&List<'a>)) {
        match self {
            Self::Leaf(_) => {}
            Self::Object(items) => items.iter().for_each(|(_, item)| item.each_list(visit)),
            Self::List(list) => {
                visit(list);
                list.items.iter().for_each(|item| item.each_list(visit));
            }
        }
    }

    /// The part of an object that is this property.
    pub fn property(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(items) => items.iter().find(|(key, _)| *key == name).map(|(_, item)| item),
            _ => None,
        }
    }
}

impl Leaf<'_> {
    /// Whether the text holds no value for it.
    pub fn is_absent(&self) -> bool {
        self.values.iter().all(all_null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eval_core::Compare;
    use serde_json::json;

    #[test]
    fn what_stands_as_expected_is_neither_reordered_nor_normalised() {
        let set = FieldRule { compare: Compare::Set, ..FieldRule::default() };
        let text = FieldRule { compare: Compare::Text, ..FieldRule::default() };
        let rules = FieldRules::new(&[("/tags".to_string(), set), ("/name".to_string(), text)].into());
        let expected = json!({"name": "Ann", "tags": ["a", "a", "b"], "note": null, "lines": [{"n": 1}]});
        let wanted = Wanted::new(&expected, &rules);
        for (answer, stands) in [
            (expected.clone(), true),
            (json!({"lines": [{"n": 1.0, "x": null}], "tags": ["a", "a", "b"], "name": "Ann"}), true),
            (json!({"name": "ann", "tags": ["a", "a", "b"], "lines": [{"n": 1}]}), false),
            (json!({"name": "Ann", "tags": ["a", "b"], "lines": [{"n": 1}]}), false),
            (json!({"name": "Ann", "tags": ["b", "a", "a"], "lines": [{"n": 1}]}), false),
            (json!({"name": "Ann", "tags": ["a", "a", "b", "b"], "lines": [{"n": 1}]}), false),
            (json!({"name": "Ann", "tags": ["a", "a", "b"], "lines": [{"n": 1, "x": 2}]}), false),
            (json!({"name": "Ann", "tags": ["a", "a", "b"], "lines": []}), false),
            (json!({"name": "Ann", "tags": ["a", "a", "b"], "lines": [{"n": 1}], "note": 0}), false),
            (json!([]), false),
        ] {
            assert_eq!(wanted.stands_as(&answer), stands, "{answer}");
        }
    }
}
