//! How often a JSON Schema would be applied to one value: references can multiply until no time is enough.

use crate::references::{Found, References, pointer_of};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// So many times at most is a part of a schema applied to one value.
const MOST: f64 = 1e5;

/// So many steps of references and nesting at most lead from the top to any part: whoever follows them needs the room.
const DEEPEST: usize = 300;

/// Why a schema cannot be applied within bounded time and memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbounded {
    /// Completes a sentence that begins with the schema's name.
    pub why: String,
    /// Where in the schema: a JSON pointer.
    pub pointer: String,
    /// It holds a reference that was not followed. A validator may say more of what is wrong with it.
    pub unfollowed: bool,
}

/// Whether a schema refers back to a part of itself: then the depth of an answer decides how often it is applied, which
/// [`crate::checks_within`] tells.
///
/// # Errors
/// A schema that would be applied to one value more often than there is time for, whatever the value.
pub fn expansion(schema: &Value) -> Result<bool, Unbounded> {
    let open = vec![(std::ptr::from_ref(schema), false)];
    let references = References::of(schema);
    let mut walk = Walk { root: schema, references, done: HashMap::new(), open, refers_back: false };
    let work = walk.work(schema, 0)?;
    if work.total() > MOST {
        let why = "has references that multiply: one value would be checked more than 100,000 times".into();
        return Err(Unbounded { why, pointer: String::new(), unfollowed: false });
    }
    Ok(walk.refers_back)
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
    references: References<'a>,
    done: HashMap<*const Value, Work>,
    /// The schemas that are being looked at, and whether they were reached without leaving the value.
    open: Vec<(*const Value, bool)>,
    refers_back: bool,
}

impl<'a> Walk<'a> {
    fn work(&mut self, schema: &'a Value, depth: usize) -> Result<Work, Unbounded> {
        let Value::Object(map) = schema else { return Ok(Work { here: 1.0, ..Work::default() }) };
        if let Some(work) = self.done.get(&std::ptr::from_ref(schema)) {
            return Ok(work.clone());
        }
        if depth > DEEPEST {
            return Err(self.at(schema, format!("is nested, or refers on, more than {DEEPEST} times")));
        }
        let mut work = Work { here: 1.0, ..Work::default() };
        let mut parts = Vec::new();
        for found in self.references.followed(schema, map) {
            match found {
                Found::Here(target) => parts.push(target),
                Found::Standard => {}
                Found::Nowhere(target) => {
                    let why = format!("refers to `{target}`, which is not found in this file");
                    return Err(Unbounded { unfollowed: true, ..self.at(schema, why) });
                }
            }
        }
        parts.extend(in_place(map));
        for part in parts {
            if let Some(part) = self.enter(part, schema, true, depth)? {
                work.add(&part);
            }
        }
        for (key, part) in below(map) {
            if let Some(part) = self.enter(part, schema, false, depth)? {
                *work.below.entry(key).or_default() += part.total();
            }
        }
        self.done.insert(std::ptr::from_ref(schema), work.clone());
        Ok(work)
    }

    /// `None` where a schema refers back to one that it is part of: how far that leads, the answer decides.
    fn enter(
        &mut self,
        part: &'a Value,
        from: &'a Value,
        in_place: bool,
        depth: usize,
    ) -> Result<Option<Work>, Unbounded> {
        let at = std::ptr::from_ref(part);
        if let Some(place) = self.open.iter().position(|(open, _)| *open == at) {
            if in_place && self.open[place + 1..].iter().all(|(_, in_place)| *in_place) {
                return Err(self.at(from, "refers to itself without end".into()));
            }
            self.refers_back = true;
            return Ok(None);
        }
        self.open.push((at, in_place));
        let work = self.work(part, depth + 1);
        self.open.pop();
        work.map(Some)
    }

    /// A problem at a part of the schema: at its reference, where it has one.
    fn at(&self, part: &Value, why: String) -> Unbounded {
        let mut pointer = pointer_of(self.root, part).unwrap_or_default();
        if let Some(key) = crate::references::KEYS.iter().find(|key| part[**key].is_string()) {
            pointer += &format!("/{key}");
        }
        Unbounded { why, pointer, unfollowed: false }
    }
}

/// The schemas written within one that apply to the same value.
pub(crate) fn in_place(map: &Map<String, Value>) -> Vec<&Value> {
    let mut parts = Vec::new();
    for key in ["allOf", "anyOf", "oneOf"] {
        parts.extend(map.get(key).and_then(Value::as_array).into_iter().flatten());
    }
    parts.extend(["not", "if", "then", "else"].iter().filter_map(|key| map.get(*key)));
    for key in ["dependentSchemas", "dependencies"] {
        parts.extend(map.get(key).and_then(Value::as_object).into_iter().flat_map(Map::values));
    }
    parts
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
            assert!(expansion(&schema).unwrap_err().why.contains("multiply"), "{schema}");
        }
        let bounded = [
            levels(60, |next| json!({"properties": {"a": next, "b": next}})),
            levels(60, |next| json!({"allOf": [{"properties": {"a": next}}, {"properties": {"b": next}}]})),
            levels(60, |next| json!({"prefixItems": [next, next]})),
            levels(8, |next| json!({"oneOf": [next, next, {"type": "null"}]})),
            json!(true),
        ];
        for schema in bounded {
            assert_eq!(expansion(&schema), Ok(false), "{schema}");
        }
        let back = json!({"properties": {"children": {"items": {"$ref": "#"}}, "parent": {"$ref": "#"}}});
        assert_eq!(expansion(&back), Ok(true));
    }

    #[test]
    fn circles_and_long_chains_are_told() {
        let circle = json!({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}});
        let found = expansion(&circle).unwrap_err();
        assert_eq!(
            (found.why.as_str(), found.pointer.as_str()),
            ("refers to itself without end", "/$defs/a/allOf/0/$ref")
        );
        assert_eq!(expansion(&json!({"$ref": "#"})).unwrap_err().pointer, "/$ref");
        assert_eq!(expansion(&levels(100, |next| next)), Ok(false));
        assert!(expansion(&levels(20_000, |next| next)).unwrap_err().why.contains("300"));
    }

    /// By `$anchor`, by `$dynamicAnchor`, by `$id` of drafts 6 and 7, by `id` of draft 4, and by the name of a part.
    #[test]
    fn references_by_name_are_followed() {
        let draft_4 = "http://json-schema.org/draft-04/schema#";
        for (key, hash, reference, draft) in [
            ("$anchor", "", "$ref", ""),
            ("$dynamicAnchor", "", "$dynamicRef", ""),
            ("$id", "#", "$ref", "http://json-schema.org/draft-07/schema#"),
            ("id", "#", "$ref", draft_4),
        ] {
            let mut all = Map::new();
            for n in 0..28 {
                let next = json!({reference: format!("#d{}", n + 1)});
                all.insert(format!("d{n}"), json!({key: format!("{hash}d{n}"), "allOf": [next, next]}));
            }
            all.insert("d28".into(), json!({key: format!("{hash}d28"), "type": "number"}));
            let schema = json!({"$schema": draft, "properties": {"v": {"$ref": "#d0"}}, "definitions": all});
            assert!(expansion(&schema).unwrap_err().why.contains("multiply"), "{key}");
        }
        let part = json!({"$id": "https://example.org/all/line", "items": {"$ref": "#/$defs/a"}, "$defs": {"a": {}}});
        for name in ["https://example.org/all/line", "line", "line#/items"] {
            let schema = json!({"properties": {"line": {"$ref": name}}, "$defs": {"line": part}});
            assert_eq!(expansion(&schema), Ok(false), "{name}");
        }
        let found = expansion(&json!({"items": {"$ref": "elsewhere"}})).unwrap_err();
        assert_eq!((found.unfollowed, found.pointer.as_str()), (true, "/items/$ref"));
    }
}
