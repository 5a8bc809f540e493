//! Counts what an answer gives against what is expected.

use super::{
    compare::{equal, equal_however_written, same},
    known::{Known, KnownFields},
    nothing::all_null,
    pairing::pair,
    wanted::{Leaf, Wanted},
};
use crate::text::show;
use eval_core::FieldCounts;
use serde_json::Value;

/// The fields of an answer against those expected. Values are scalar leaves that are not null.
#[derive(Default)]
pub(super) struct Tally<'a> {
    pub all: FieldCounts,
    /// In the order of the task's fields; empty for a part of the object, of which only `all` is counted.
    pub by_field: Vec<FieldCounts>,
    is_part: bool,
    /// Lists of a part are compared by place: there are too many to pair.
    by_place: bool,
    /// Right values that are the expected ones as they stand.
    pub exact: u64,
    /// Values that are right however they are written.
    pub however_written: u64,
    /// The first field that is not right, and what is in its place.
    first_wrong: Option<(&'a Leaf<'a>, &'a Value)>,
}

const NOTHING: &Value = &Value::Null;

impl<'a> Tally<'a> {
    pub fn new(fields: &KnownFields, wanted: &'a Wanted<'a>, answer: &'a Value) -> Self {
        let mut tally = Self { by_field: vec![FieldCounts::default(); fields.names.len()], ..Self::default() };
        tally.compare(wanted, answer, Some(&fields.root));
        tally
    }

    /// Of a part of the object, in all.
    pub fn of_part(wanted: &'a Wanted<'a>, got: &'a Value, by_place: bool) -> Self {
        let mut tally = Self { is_part: true, by_place, ..Self::default() };
        tally.compare(wanted, got, None);
        tally
    }

    /// Every value expected was given, and no other.
    pub fn all_right(&self) -> bool {
        self.all.matched == self.all.expected && self.all.given == self.all.matched
    }

    /// The same, however it is written.
    pub fn all_right_however_written(&self) -> bool {
        self.however_written == self.all.expected && self.all.given == self.however_written
    }

    /// The first field that is not right, in words.
    pub fn first_wrong(&self) -> Option<String> {
        let (leaf, got) = self.first_wrong?;
        let values = leaf.values.iter().map(show).collect::<Vec<_>>().join(" or ");
        Some(format!("{}: expected {values}, got {}", leaf.pointer, show(got)))
    }

    fn compare(&mut self, wanted: &'a Wanted<'a>, got: &'a Value, known: Option<&Known>) {
        match wanted {
            Wanted::Leaf(leaf) => self.leaf(leaf, got, known),
            Wanted::Object(items) => {
                for (key, item) in items {
                    let below = known.and_then(|known| known.property(key));
                    self.compare(item, got.get(key).unwrap_or(NOTHING), below);
                }
                match got {
                    Value::Object(map) => map.iter().for_each(|(key, value)| {
                        if items.iter().all(|(expected, _)| expected != key) {
                            self.given(value, known.and_then(|known| known.property(key)));
                        }
                    }),
                    other => self.given(other, known),
                }
            }
            Wanted::List(list) => {
                let below = known.and_then(Known::items);
                let Value::Array(given) = got else {
                    list.items.iter().for_each(|item| self.compare(item, NOTHING, below));
                    return self.given(got, known);
                };
                let pairing = pair(list, given, self.by_place);
                for (item, partner) in pairing.partners {
                    self.compare(&list.items[item], partner.map_or(NOTHING, |place| &given[place]), below);
                }
                pairing.too_many.iter().for_each(|place| self.given(&given[*place], below));
            }
        }
    }

    fn leaf(&mut self, leaf: &'a Leaf<'a>, got: &'a Value, known: Option<&Known>) {
        self.given(got, known);
        let values = || leaf.values.iter().filter(|value| !all_null(value));
        let may_be_absent = leaf.values.iter().any(all_null);
        let is_nothing = all_null(got);
        let right = if leaf.is_absent() || (may_be_absent && is_nothing) {
            self.count(known, |counts| {
                counts.absent += 1;
                counts.invented += u64::from(!is_nothing);
            });
            is_nothing
        } else {
            let right = values().any(|value| equal(leaf.rule, value, got));
            if !self.is_part {
                let however_written = right || values().any(|value| equal_however_written(leaf.rule, value, got));
                self.however_written += u64::from(however_written);
                self.exact += u64::from(values().any(|value| same(value, got)));
            }
            self.count(known, |counts| {
                counts.expected += 1;
                counts.matched += u64::from(right);
            });
            right
        };
        if !right && self.first_wrong.is_none() {
            self.first_wrong = Some((leaf, got));
        }
    }

    /// Counts the values of a part of the answer.
    fn given(&mut self, value: &Value, known: Option<&Known>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, item)| {
                self.given(item, known.and_then(|known| known.property(key)));
            }),
            Value::Array(items) => items.iter().for_each(|item| self.given(item, known.and_then(Known::items))),
            Value::Null => {}
            _ => self.count(known, |counts| counts.given += 1),
        }
    }

    fn count(&mut self, known: Option<&Known>, add: impl Fn(&mut FieldCounts)) {
        add(&mut self.all);
        if let Some(counts) = known.and_then(Known::field).and_then(|field| self.by_field.get_mut(field)) {
            add(counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::rules;
    use eval_core::{Compare, FieldRule, FieldRules};
    use serde_json::json;

    fn rule(compare: Compare) -> FieldRule {
        FieldRule { compare, ..FieldRule::default() }
    }

    fn rules_of<const N: usize>(rules: [(&str, FieldRule); N]) -> FieldRules {
        rules::compile(&rules.map(|(pointer, rule)| (pointer.to_string(), rule)).into()).unwrap()
    }

    /// Matched, given, expected, invented, absent, and the first field that is not right.
    fn count(rules: &FieldRules, expected: &Value, answer: &Value) -> ([u64; 5], bool, Option<String>) {
        let wanted = Wanted::new(expected, rules);
        let tally = Tally::new(&KnownFields::of(std::iter::once(Wanted::new(expected, rules))), &wanted, answer);
        let all = &tally.all;
        let counts = [all.matched, all.given, all.expected, all.invented, all.absent];
        (counts, tally.all_right(), tally.first_wrong())
    }

    #[test]
    fn fields_are_counted() {
        let rules = rules_of([]);
        let expected = json!({
            "order": {"number": "FM-1", "date": null}, "lines": [{"item": "tent", "price": 10}, {"item": "mug", "price": null}],
            "notes": [], "extra": null,
        });
        let count = |answer: Value| count(&rules, &expected, &answer);
        assert_eq!(count(expected.clone()), ([4, 4, 4, 0, 4], true, None));
        let null_left_out =
            json!({"order": {"number": "FM-1"}, "lines": [{"item": "tent", "price": 10.0}, {"item": "mug"}]});
        assert_eq!(count(null_left_out), ([4, 4, 4, 0, 4], true, None));
        // One wrong, one missing, a whole line and a note too many, and an object where null is right.
        let answer = json!({
            "order": {"number": "FM-2", "date": null}, "lines": [{"item": "tent"}, {"item": "mug"}, {"item": "cup"}],
            "notes": ["x", null], "extra": {"a": {"b": 1}},
        });
        let (counts, right, first) = count(answer);
        assert_eq!((counts, right), ([2, 6, 4, 2, 4], false));
        assert_eq!(first.as_deref(), Some("/order/number: expected `FM-1`, got `FM-2`"));
        assert_eq!(count(Value::Null).0, [0, 0, 4, 0, 4]);
    }

    #[test]
    fn lists_are_compared_as_the_suite_says() {
        let by_place = rules_of([]);
        let set = rules_of([("/tags", rule(Compare::Set)), ("/tags/*", rule(Compare::Text))]);
        let list = rules_of([("/tags", rule(Compare::List))]);
        let tags = |tags: Value| json!({"tags": tags});
        let expected = tags(json!(["a", "b", "c"]));
        // Matched, given; whether all is right.
        for (rules, given, matched, count_of_given, right) in [
            (&by_place, json!(["a", "b", "c"]), 3, 3, true),
            (&by_place, json!(["b", "c"]), 0, 2, false),
            (&by_place, json!(["c", "b", "a"]), 1, 3, false),
            (&list, json!(["a", "b", "c"]), 3, 3, true),
            (&list, json!(["b", "c"]), 2, 2, false),
            (&list, json!(["x", "a", "b", "c"]), 3, 4, false),
            (&list, json!(["c", "b", "a"]), 1, 3, false),
            (&set, json!(["C", "a", "b"]), 3, 3, true),
            (&set, json!(["c", "a", "b", "A"]), 3, 3, true),
            (&set, json!(["c", "a"]), 2, 2, false),
            (&set, json!(["c", "a", "b", "d"]), 3, 4, false),
            (&set, json!("a"), 0, 1, false),
            (&set, Value::Null, 0, 0, false),
        ] {
            let (counts, all_right, _) = count(rules, &expected, &tags(given.clone()));
            assert_eq!((counts, all_right), ([matched, count_of_given, 3, 0, 0], right), "{given}");
        }
        // What an expected set holds twice is one item of it.
        let twice = tags(json!(["a", "A", "b"]));
        for (rules, given, matched, count_of_given, expected, right) in [
            (&set, json!(["a", "b"]), 2, 2, 2, true),
            (&set, json!(["b", "a", "a"]), 2, 2, 2, true),
            (&set, json!(["a", "a"]), 1, 1, 2, false),
            (&list, json!(["a", "b"]), 2, 2, 3, false),
        ] {
            let (counts, all_right, _) = count(rules, &twice, &tags(given.clone()));
            assert_eq!((counts, all_right), ([matched, count_of_given, expected, 0, 0], right), "{given}");
        }
        // A set of objects: one is right or not as a whole.
        let pairs = tags(json!([{"x": 1, "y": 2}, {"x": 3, "y": 4}]));
        assert!(count(&set, &pairs, &tags(json!([{"x": 3, "y": 4}, {"y": 2, "x": 1}]))).1);
        assert_eq!(count(&set, &pairs, &tags(json!([{"x": 3, "y": 5}, {"y": 2, "x": 1}]))).0, [2, 4, 4, 0, 0]);
    }

    #[test]
    fn objects_are_paired_by_key_and_by_what_fits_best() {
        let lines = |lines: Value| json!({"lines": lines});
        let expected = lines(json!([{"sku": "A", "n": 1, "note": null}, {"sku": "B", "n": 2, "note": "blue"}]));
        let by_best = rules_of([("/lines", rule(Compare::Objects))]);
        let by_key = rules_of([("/lines", FieldRule { key: Some("sku".into()), ..rule(Compare::Objects) })]);
        let given = lines(json!([{"sku": "B", "n": 2, "note": "blue"}, {"sku": "A", "n": 1}]));
        for rules in [&by_best, &by_key] {
            assert_eq!(count(rules, &expected, &given), ([5, 5, 5, 0, 1], true, None));
        }
        // A wrong key: by key the item is not found at all, without one its other fields still speak for it.
        let given = lines(json!([{"sku": "C", "n": 2, "note": "blue"}, {"sku": "A", "n": 1}]));
        assert_eq!(count(&by_best, &expected, &given).0, [4, 5, 5, 0, 1]);
        let (counts, _, first) = count(&by_key, &expected, &given);
        assert_eq!(counts, [2, 5, 5, 0, 1]);
        assert_eq!(first.as_deref(), Some("/lines/1/sku: expected `B`, got null"));
        // The first item fits both, the second only one: the pairs that fit best in all are taken.
        let twins = lines(json!([{"sku": "A", "n": 1}, {"sku": "A", "n": 2}]));
        let swapped = lines(json!([{"sku": "A", "n": 2}, {"sku": "A", "n": 1}]));
        for rules in [&by_best, &by_key] {
            assert!(count(rules, &twins, &swapped).1);
        }
    }

    #[test]
    fn a_case_may_name_several_right_values() {
        let rules = rules_of([("/state", FieldRule { any_of: true, ..rule(Compare::Text) })]);
        let expected = json!({"state": {"any_of": ["NY", "New York"]}});
        assert!(count(&rules, &expected, &json!({"state": "new york"})).1);
        let (counts, right, first) = count(&rules, &expected, &json!({"state": "Texas"}));
        assert_eq!((counts, right), ([0, 1, 1, 0, 0], false));
        assert_eq!(first.as_deref(), Some("/state: expected `NY` or `New York`, got `Texas`"));
        let or_null = json!({"state": {"any_of": ["NY", null]}});
        assert_eq!(count(&rules, &or_null, &json!({})).0, [0, 0, 0, 0, 1]);
        assert_eq!(count(&rules, &or_null, &json!({"state": "NY"})).0, [1, 1, 1, 0, 0]);
        assert_eq!(count(&rules, &or_null, &json!({"state": "LA"})).0, [0, 1, 1, 0, 0]);
    }

    /// Lists in lists: the inner ones of each pair of outer items, and then of those that belong together.
    #[test]
    fn lists_within_lists_are_paired_in_bounded_time() {
        let rules = rules_of([("/o", rule(Compare::Objects)), ("/o/*/l", rule(Compare::Objects))]);
        let lists = |n: usize, reversed: bool| {
            let inner = |outer: usize| {
                let mut items: Vec<_> = (0..n).map(|n| json!({"s": format!("{outer}-{n}"), "q": n})).collect();
                items[usize::from(!reversed)..].reverse();
                items
            };
            let mut outer: Vec<_> = (0..n).map(|n| json!({"id": n, "l": inner(n)})).collect();
            outer[usize::from(!reversed)..].reverse();
            json!({"o": outer})
        };
        for n in [4, 60] {
            let (counts, right, _) = count(&rules, &lists(n, false), &lists(n, true));
            let values = (n * (1 + 2 * n)) as u64;
            assert_eq!((counts, right), ([values, values, values, 0, 0], true), "{n}");
        }
    }

    /// Pairing is bounded by the expected list, whatever an answer holds.
    #[test]
    fn a_flood_of_items_is_compared_in_bounded_time() {
        let by_best = rules_of([("/lines", rule(Compare::Objects))]);
        let lines = |n: usize| json!({"lines": (0..n).map(|n| json!({"sku": n, "n": 1})).collect::<Vec<_>>()});
        let (counts, ..) = count(&by_best, &lines(20), &lines(200_000));
        assert_eq!(counts, [40, 400_000, 40, 0, 0]);
    }
}
