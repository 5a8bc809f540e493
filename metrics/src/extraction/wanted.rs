//! An expected object as a tree, each value with its rule.

use super::nothing::all_null;
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
                Self::List(List { rule: rules.of_list(&pointer), items: of_items, pointer })
            }
            _ => Self::Leaf(Leaf { pointer, rule, values }),
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
