//! How much work it is to tell all that is wrong in an answer by a schema that refers back to itself.

use crate::{
    expansion::in_place,
    references::{Found, References},
};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// References and nesting that are followed at most.
const DEEPEST: usize = 2_000;

/// Whether a schema is applied to the parts of an answer at most `most` times, every alternative counted to its end.
/// A verdict needs far less: what one part came to is remembered.
pub fn checks_within(schema: &Value, answer: &Value, most: f64) -> bool {
    let mut count = Count { references: References::of(schema), most, steps: 0.0, done: HashMap::new() };
    count.of(schema, answer, 0) <= most
}

struct Count<'a> {
    references: References<'a>,
    most: f64,
    /// What was counted one by one.
    steps: f64,
    /// By target of a reference and object or list.
    done: HashMap<(*const Value, *const Value), f64>,
}

impl<'a> Count<'a> {
    fn of(&mut self, schema: &'a Value, value: &Value, depth: usize) -> f64 {
        let Value::Object(map) = schema else { return 1.0 };
        self.steps += 1.0;
        if depth > DEEPEST || self.steps > self.most {
            return f64::INFINITY;
        }
        let mut times = 1.0;
        for target in self.references.followed(schema, map) {
            if let Found::Here(target) = target {
                times += self.target(target, value, depth + 1);
            }
        }
        for part in in_place(map) {
            times += self.of(part, value, depth + 1);
        }
        match value {
            Value::Object(fields) => {
                for (key, field) in fields {
                    times += of_field(map, key).into_iter().map(|part| self.of(part, field, depth + 1)).sum::<f64>();
                }
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    times += of_item(map, place).into_iter().map(|part| self.of(part, item, depth + 1)).sum::<f64>();
                }
            }
            _ => {}
        }
        // What was evaluated is found out by evaluating it once more.
        let twice = map.contains_key("unevaluatedProperties") || map.contains_key("unevaluatedItems");
        if twice { 2.0 * times } else { times }
    }

    /// Counts what a reference leads to once, however many lead there.
    fn target(&mut self, target: &'a Value, value: &Value, depth: usize) -> f64 {
        if !value.is_object() && !value.is_array() {
            return self.of(target, value, depth);
        }
        let key = (std::ptr::from_ref(target), std::ptr::from_ref(value));
        if let Some(times) = self.done.get(&key) {
            return *times;
        }
        let times = self.of(target, value, depth);
        self.done.insert(key, times);
        times
    }
}

fn of_field<'a>(map: &'a Map<String, Value>, key: &str) -> Vec<&'a Value> {
    let mut parts = Vec::new();
    let named = map.get("properties").and_then(|properties| properties.get(key));
    parts.extend(named);
    parts.extend(map.get("patternProperties").and_then(Value::as_object).into_iter().flat_map(Map::values));
    if named.is_none() {
        parts.extend(map.get("additionalProperties"));
    }
    parts.extend(map.get("unevaluatedProperties"));
    parts
}

fn of_item(map: &Map<String, Value>, place: usize) -> Vec<&Value> {
    let mut parts = Vec::new();
    for key in ["items", "prefixItems"] {
        match map.get(key) {
            Some(Value::Array(items)) => parts.extend(items.get(place)),
            part => parts.extend(part),
        }
    }
    parts.extend(["additionalItems", "unevaluatedItems", "contains"].iter().filter_map(|key| map.get(*key)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(6), |value, _| json!({"n": value}))
    }

    #[test]
    fn what_doubles_with_each_level_is_told_before_it_is_tried() {
        let below = json!({"properties": {"n": {"$ref": "#/$defs/t"}}});
        let doubles = json!({"$defs": {"t": {"allOf": [below, below]}}, "properties": {"n": {"$ref": "#/$defs/t"}}});
        let by_name = json!({"$dynamicAnchor": "node", "properties": {
            "n": {"anyOf": [{"type": "number"}, {"$dynamicRef": "#node"}, {"$dynamicRef": "#node"}]}}});
        for schema in [doubles, by_name] {
            assert!(checks_within(&schema, &nested(5), 1e4));
            for levels in [16, 100] {
                assert!(!checks_within(&schema, &nested(levels), 1e4));
            }
        }
        let list = json!({"properties": {"n": {"$ref": "#"}, "m": {"items": {"$ref": "#"}}}});
        assert!(checks_within(&list, &nested(120), 1e4));
    }
}
