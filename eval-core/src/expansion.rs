//! How often a JSON Schema would be applied to one value: references can multiply until no time is enough.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// So many times at most is a part of a schema applied to one value.
const MOST: f64 = 1e5;

/// So many steps of references and nesting at most lead from the top to any part: whoever follows them needs the room.
const DEEPEST: usize = 300;

/// Why a schema cannot be applied within bounded time and memory: it completes a sentence that begins with its name.
pub fn unbounded(schema: &Value) -> Option<String> {
    let (_, work) = Walk::of(schema);
    match work {
        Err(why) => Some(why),
        Ok(work) if work.total() > MOST => {
            Some("has references that multiply: one value would be checked more than 100,000 times".into())
        }
        Ok(_) => None,
    }
}

/// How many levels a value may have so that a schema which refers back to itself is applied to a part of it at most
/// 100,000 times; `None`: as many as it likes. An expression of four operators, each of two expressions, is one that
/// multiplies by four with each level.
pub fn deepest(schema: &Value) -> Option<usize> {
    let (walk, _) = Walk::of(schema);
    // A power above the bound is none of a value that anybody writes.
    (walk.growth > 1.0).then(|| (MOST.ln() / walk.growth.ln() + 1e-9) as usize)
}

/// The levels of a value: 0 for one that is no list and no object.
pub fn levels(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}

/// How often schemas are applied to one value.
#[derive(Debug, Clone, Default)]
struct Work {
    /// To the value itself.
    here: f64,
    /// To a value within it, by the key that leads there: a value is at one place alone.
    below: BTreeMap<String, f64>,
    /// How many references lead from the value back to a schema that this one is part of.
    back: f64,
    /// The same from a value within it.
    back_below: BTreeMap<String, f64>,
}

impl Work {
    fn add(&mut self, other: &Self) {
        self.here += other.here;
        for (key, times) in &other.below {
            *self.below.entry(key.clone()).or_default() += times;
        }
        self.back += other.back;
        for (key, times) in &other.back_below {
            *self.back_below.entry(key.clone()).or_default() += times;
        }
    }

    /// The most references back from one value within the value.
    fn most_back(&self) -> f64 {
        self.back_below.values().copied().fold(0.0, f64::max)
    }

    fn total(&self) -> f64 {
        self.here + self.below.values().copied().fold(0.0, f64::max)
    }
}

struct Walk<'a> {
    done: HashMap<*const Value, Work>,
    /// The schemas that are being looked at, and whether they were reached without leaving the value.
    open: Vec<(*const Value, bool)>,
    /// By how much a schema that refers back to itself multiplies with each level of a value.
    growth: f64,
    names: Names<'a>,
}

impl<'a> Walk<'a> {
    fn of(schema: &'a Value) -> (Self, Result<Work, String>) {
        let open = vec![(std::ptr::from_ref(schema), false)];
        let mut walk = Self { done: HashMap::new(), open, growth: 0.0, names: Names::of(schema) };
        let work = walk.work(schema, 0);
        (walk, work)
    }

    fn work(&mut self, schema: &'a Value, depth: usize) -> Result<Work, String> {
        let Value::Object(map) = schema else { return Ok(Work { here: 1.0, ..Work::default() }) };
        if let Some(work) = self.done.get(&std::ptr::from_ref(schema)) {
            return Ok(work.clone());
        }
        if depth > DEEPEST {
            return Err(format!("is nested, or refers on, more than {DEEPEST} times"));
        }
        let mut work = Work { here: 1.0, ..Work::default() };
        for part in in_place(&self.names, map) {
            match self.enter(part, true, depth)? {
                Some(part) => work.add(&part),
                None => work.back += 1.0,
            }
        }
        for (key, part) in below(map) {
            let back = match self.enter(part, false, depth)? {
                Some(part) => {
                    *work.below.entry(key.clone()).or_default() += part.total();
                    part.back
                }
                None => 1.0,
            };
            *work.back_below.entry(key).or_default() += back;
        }
        self.growth = self.growth.max(work.most_back());
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
fn in_place<'a>(names: &Names<'a>, map: &'a Map<String, Value>) -> Vec<&'a Value> {
    let target = ["$ref", "$dynamicRef", "$recursiveRef"].iter().filter_map(|key| map.get(*key)?.as_str());
    let mut parts: Vec<_> = target.filter_map(|target| names.resolve(target)).collect();
    for key in ["allOf", "anyOf", "oneOf"] {
        parts.extend(map.get(key).and_then(Value::as_array).into_iter().flatten());
    }
    parts.extend(["not", "if", "then", "else"].iter().filter_map(|key| map.get(*key)));
    for key in ["dependentSchemas", "dependencies"] {
        parts.extend(map.get(key).and_then(Value::as_object).into_iter().flat_map(Map::values));
    }
    parts
}

/// What the references of a file can name.
struct Names<'a> {
    root: &'a Value,
    /// By `$anchor`, `$dynamicAnchor`, or an `id` that is one.
    anchors: HashMap<&'a str, &'a Value>,
    /// By `$id` or `id`.
    ids: Vec<(&'a str, &'a Value)>,
}

impl<'a> Names<'a> {
    fn of(root: &'a Value) -> Self {
        let mut names = Self { root, anchors: HashMap::new(), ids: Vec::new() };
        let mut left = vec![root];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(map) => {
                    names.note(value, map);
                    left.extend(map.values());
                }
                Value::Array(items) => left.extend(items),
                _ => {}
            }
        }
        names
    }

    fn note(&mut self, schema: &'a Value, map: &'a Map<String, Value>) {
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        self.anchors.extend(["$anchor", "$dynamicAnchor"].iter().filter_map(|key| Some((text(key)?, schema))));
        for id in ["$id", "id"].iter().filter_map(|key| text(key)) {
            match id.strip_prefix('#') {
                Some(anchor) => drop(self.anchors.insert(anchor, schema)),
                None => self.ids.push((id.trim_end_matches('#'), schema)),
            }
        }
    }

    /// A reference within the file. An id is compared by its end, which is how relative ones are written.
    fn resolve(&self, target: &str) -> Option<&'a Value> {
        let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
        let named = |id: &str| id == file || id.ends_with(&format!("/{file}")) || file.ends_with(&format!("/{id}"));
        let base = if file.is_empty() { self.root } else { self.ids.iter().find(|(id, _)| named(id))?.1 };
        match fragment {
            "" => Some(base),
            pointer if pointer.starts_with('/') => base.pointer(pointer),
            anchor => self.anchors.get(anchor).copied(),
        }
    }
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
    fn references_by_name_are_followed() {
        let anchors = |n: usize| {
            let all: Map<String, Value> = (0..n)
                .map(|n| {
                    let next = json!({"$ref": format!("#a{}", n + 1)});
                    (format!("d{n}"), json!({"$anchor": format!("a{n}"), "allOf": [next, next]}))
                })
                .chain([("last".into(), json!({"$anchor": format!("a{n}")}))])
                .collect();
            json!({"$ref": "#a0", "$defs": all})
        };
        assert!(unbounded(&anchors(30)).unwrap().contains("multiply"));
        assert_eq!(unbounded(&anchors(8)), None);
        let by_id =
            json!({"$ref": "item.json", "$defs": {"a": {"$id": "https://example.org/item.json", "$ref": "#/$defs/a"}}});
        assert_eq!(unbounded(&by_id).unwrap(), "refers to itself without end");
    }

    #[test]
    fn what_multiplies_with_each_level_is_told() {
        let twice = json!({"properties": {"n": {"$ref": "#/$defs/t"}}});
        let doubles = json!({"$ref": "#/$defs/t", "$defs": {"t": {"allOf": [twice, twice]}}});
        assert_eq!((unbounded(&doubles), deepest(&doubles)), (None, Some(16)));
        let operator = |name: &str| {
            let operand = json!({"$ref": "#/$defs/e"});
            json!({"properties": {"op": {"const": name}, "l": operand, "r": operand}})
        };
        let operators = ["and", "or", "xor", "nand"].map(operator);
        let expression = json!({"$ref": "#/$defs/e", "$defs": {"e": {"anyOf": operators}}});
        assert_eq!(deepest(&expression), Some(8));
        let dynamic = json!({"$dynamicAnchor": "e", "anyOf": [
            {"properties": {"a": {"$dynamicRef": "#e"}}}, {"properties": {"a": {"$dynamicRef": "#e"}}}]});
        assert_eq!(deepest(&dynamic), Some(16));
        for once in [
            json!({"properties": {"children": {"items": {"$ref": "#"}}, "parent": {"$ref": "#"}}}),
            json!({"oneOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"b": {"$ref": "#"}}}]}),
            json!({"type": "object"}),
        ] {
            assert_eq!(deepest(&once), None, "{once}");
        }
        assert_eq!([json!(1), json!([]), json!({"a": [{"b": 1}]})].map(|value| super::levels(&value)), [0, 1, 3]);
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
