//! How often a JSON Schema would be applied to one value: references can multiply until no time is enough.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// So many times at most is a part of a schema applied to one value.
const MOST: f64 = 1e5;

/// So many steps of references and nesting at most lead from the top to any part: whoever follows them needs the room.
const DEEPEST: usize = 300;

/// Why a schema cannot be applied within bounded time and memory: it completes a sentence that begins with its name.
pub fn unbounded(schema: &Value) -> Option<String> {
    let open = vec![(std::ptr::from_ref(schema), false)];
    let mut walk = Walk { root: schema, done: HashMap::new(), open };
    match walk.work(schema, 0) {
        Err(why) => Some(why),
        Ok(work) if work.total() > MOST => {
            Some("has references that multiply: one value would be checked more than 100,000 times".into())
        }
        Ok(_) => None,
    }
}

/// How often schemas are applied to one value.
#[derive(Debug, Clone, Default)]
struct Work {
    /// To the value itself.
    here: f64,
    /// To a value within it, by the key that leads there: a value is at one place alone.
    below: BTreeMap<String, f64>,
}

impl Work {
    fn add(&mut self, other: &Self) {
        self.here += other.here;
        for (key, times) in &other.below {
            *self.below.entry(key.clone()).or_default() += times;
        }
    }

    fn total(&self) -> f64 {
        self.here + self.below.values().copied().fold(0.0, f64::max)
    }
}

struct Walk<'a> {
    root: &'a Value,
    done: HashMap<*const Value, Work>,
    /// The schemas that are being looked at, and whether they were reached without leaving the value.
    open: Vec<(*const Value, bool)>,
}

impl<'a> Walk<'a> {
    fn work(&mut self, schema: &'a Value, depth: usize) -> Result<Work, String> {
        let Value::Object(map) = schema else { return Ok(Work { here: 1.0, ..Work::default() }) };
        if let Some(work) = self.done.get(&std::ptr::from_ref(schema)) {
            return Ok(work.clone());
        }
        if depth > DEEPEST {
            return Err(format!("is nested, or refers on, more than {DEEPEST} times"));
        }
        let mut work = Work { here: 1.0, ..Work::default() };
        for part in in_place(self.root, map) {
            if let Some(part) = self.enter(part, true, depth)? {
                work.add(&part);
            }
        }
        for (key, part) in below(map) {
            if let Some(part) = self.enter(part, false, depth)? {
                *work.below.entry(key).or_default() += part.total();
            }
        }
        self.done.insert(std::ptr::from_ref(schema), work.clone());
        Ok(work)
    }

    /// `None` where a schema refers back to one that it is part of: how far that leads, the answer decides.
    fn enter(&mut self, part: &'a Value, in_place: bool, depth: usize) -> Result<Option<Work>, String> {
        let at = std::ptr::from_ref(part);
        if let Some(place) = self.open.iter().position(|(open, _)| *open == at) {
            let circle = in_place && self.open[place + 1..].iter().all(|(_, in_place)| *in_place);
            return if circle { Err("refers to itself without end".into()) } else { Ok(None) };
        }
        self.open.push((at, in_place));
        let work = self.work(part, depth + 1);
        self.open.pop();
        work.map(Some)
    }
}

/// The schemas that apply to the same value.
fn in_place<'a>(root: &'a Value, map: &'a Map<String, Value>) -> Vec<&'a Value> {
    let target = ["$ref", "$dynamicRef", "$recursiveRef"].iter().filter_map(|key| map.get(*key)?.as_str());
    let mut parts: Vec<_> = target.filter_map(|target| resolve(root, target)).collect();
    for key in ["allOf", "anyOf", "oneOf"] {
        parts.extend(map.get(key).and_then(Value::as_array).into_iter().flatten());
    }
    parts.extend(["not", "if", "then", "else"].iter().filter_map(|key| map.get(*key)));
    for key in ["dependentSchemas", "dependencies"] {
        parts.extend(map.get(key).and_then(Value::as_object).into_iter().flat_map(Map::values));
    }
    parts
}

/// A reference within the file, by pointer; those by name are rare and followed nowhere.
fn resolve<'a>(root: &'a Value, target: &str) -> Option<&'a Value> {
    root.pointer(target.strip_prefix('#')?)
}

/// The schemas that apply to values within the value, by the key that leads there.
fn below(map: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut parts = Vec::new();
    for (key, part) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
        parts.push((format!("/{key}"), part));
    }
    for (_, part) in map.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
        parts.push(("pattern".into(), part));
    }
    for key in ["additionalProperties", "unevaluatedProperties", "propertyNames"] {
        parts.extend(map.get(key).map(|part| ("other".into(), part)));
    }
    for key in ["items", "additionalItems", "unevaluatedItems", "contains", "prefixItems"] {
        match map.get(key) {
            Some(Value::Array(items)) => {
                parts.extend(items.iter().enumerate().map(|(place, part)| (format!("[{place}]"), part)));
            }
            Some(part) => parts.push(("[]".into(), part)),
            None => {}
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn levels(levels: usize, refer: impl Fn(Value) -> Value) -> Value {
        let next = |level: usize| json!({"$ref": format!("#/$defs/a{level}")});
        let mut all: Map<String, Value> = (0..levels).map(|n| (format!("a{n}"), refer(next(n + 1)))).collect();
        all.insert(format!("a{levels}"), json!({"type": "object"}));
        json!({"$ref": "#/$defs/a0", "$defs": all})
    }

    #[test]
    fn what_multiplies_is_told_from_what_is_wide() {
        let multiplies = [
            levels(30, |next| json!({"allOf": [next, next]})),
            levels(30, |next| json!({"anyOf": [next, next]})),
            levels(30, |next| json!({"if": next, "then": next})),
            levels(30, |next| json!({"allOf": [{"properties": {"a": next}}, {"properties": {"a": next}}]})),
            levels(30, |next| json!({"allOf": [{"items": next}, {"items": next}]})),
        ];
        for schema in multiplies {
            assert!(unbounded(&schema).unwrap().contains("multiply"), "{schema}");
        }
        let bounded = [
            levels(60, |next| json!({"properties": {"a": next, "b": next}})),
            levels(60, |next| json!({"allOf": [{"properties": {"a": next}}, {"properties": {"b": next}}]})),
            levels(60, |next| json!({"prefixItems": [next, next]})),
            levels(8, |next| json!({"oneOf": [next, next, {"type": "null"}]})),
            json!({"properties": {"children": {"items": {"$ref": "#"}}, "parent": {"$ref": "#"}}}),
            json!(true),
        ];
        for schema in bounded {
            assert_eq!(unbounded(&schema), None, "{schema}");
        }
    }

    #[test]
    fn circles_and_long_chains_are_told() {
        let circle = json!({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}});
        assert_eq!(unbounded(&circle).unwrap(), "refers to itself without end");
        assert_eq!(unbounded(&json!({"$ref": "#"})).unwrap(), "refers to itself without end");
        assert_eq!(unbounded(&levels(100, |next| next)), None);
        assert!(unbounded(&levels(20_000, |next| next)).unwrap().contains("300"));
    }
}
