//! JSON Schemas: compiled offline, and the pointers that they allow.

use crate::{SuiteError, json, place::Text};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeSet;

/// How deep a schema that refers to itself is followed.
const DEEPEST: usize = 12;

/// So many pointers are found at most: a schema that branches at every step has more than there is room for.
const MOST: usize = 100_000;

/// The drafts that are read.
const DRAFTS: [&str; 5] = ["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"];

/// So many times at most are parts of a schema applied to parts of a value to tell all that is wrong in it.
const MOST_EXPLAINED: f64 = 1e5;

/// A schema, compiled.
#[derive(Debug)]
pub(crate) struct Schema {
    validator: Validator,
    /// Where it refers back to a part of itself: the depth of a value decides how much there is to say of it.
    recursive: Option<Value>,
}

impl Schema {
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// What is wrong in a value: where, by JSON pointer, and what. Empty where it is valid.
    pub(crate) fn errors(&self, value: &Value) -> Vec<(String, String)> {
        // A verdict takes far less time than all that is wrong.
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        if self.recursive.as_ref().is_some_and(|schema| !eval_core::checks_within(schema, value, MOST_EXPLAINED)) {
            return vec![(String::new(), "there are too many alternatives at this depth to say where".into())];
        }
        let errors = self.validator.iter_errors(value);
        errors.map(|error| (error.instance_path().to_string(), error.to_string())).collect()
    }
}

/// Compiles a schema, fetching nothing.
pub(crate) fn compile(schema: &Value) -> Result<Schema, Flaw> {
    let expansion = eval_core::expansion(schema);
    let refers_back = matches!(expansion, Ok(true));
    let unbounded = expansion.err().map(|problem| {
        let help = match problem.unfollowed {
            true => "write a reference as `#/$defs/…`, or by the `$anchor` of a part of this file",
            false => "let its parts refer to each other less often",
        };
        let flaw = Flaw { message: format!("the schema {}", problem.why), help: help.into(), pointer: problem.pointer };
        (problem.unfollowed, flaw)
    });
    let unfollowed = match unbounded {
        Some((false, flaw)) => return Err(flaw),
        unfollowed => unfollowed.map(|(_, flaw)| flaw),
    };
    let options = jsonschema::options().offline().should_validate_formats(true);
    let validator = options.build(schema).map_err(|error| match outward_reference(schema, String::new()) {
        Some((pointer, target)) => Flaw {
            message: format!("the schema refers to `{target}`, outside this file"),
            help: "nothing is fetched: copy the schema into `$defs` and refer to it as `#/$defs/…`".into(),
            pointer,
        },
        None if schema["$schema"].as_str().is_some_and(|draft| !DRAFTS.iter().any(|known| draft.contains(known))) => {
            Flaw {
                message: format!("the schema is of a draft that is not read: {error}"),
                help: format!("`$schema` names one of {}; leave it out for the last", DRAFTS.join(", ")),
                pointer: "/$schema".into(),
            }
        }
        None => Flaw {
            message: format!("the schema does not compile: {error}"),
            help: "see json-schema.org for what a schema may hold".into(),
            pointer: error.instance_path().to_string(),
        },
    })?;
    // One that a validator follows, and that was not counted.
    let recursive = refers_back.then(|| schema.clone());
    unfollowed.map_or(Ok(Schema { validator, recursive }), Err)
}

/// What is wrong in a JSON text, and where.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub(crate) message: String,
    pub(crate) help: String,
    /// JSON pointer.
    pub(crate) pointer: String,
}

impl Flaw {
    /// As an error at its place in the file.
    pub(crate) fn into_error(self, file: &Text) -> SuiteError {
        file.problem(json::place(&file.text, &self.pointer), self.message).help(self.help)
    }
}

/// The first reference that leaves the schema, with its place.
fn outward_reference(schema: &Value, pointer: String) -> Option<(String, String)> {
    match schema {
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let below = format!("{pointer}/{}", json::segment(key));
            match value.as_str() {
                Some(target) if matches!(key.as_str(), "$ref" | "$dynamicRef") && !target.starts_with('#') => {
                    Some((below, target.to_string()))
                }
                _ => outward_reference(value, below),
            }
        }),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(i, item)| outward_reference(item, format!("{pointer}/{i}")))
        }
        _ => None,
    }
}

/// What a schema says of the places in an object, `*` for any index.
#[derive(Debug, Default)]
pub(crate) struct Pointers {
    /// Those of its properties and items.
    pub(crate) named: BTreeSet<String>,
    /// Those of objects that take any key.
    open: BTreeSet<String>,
}

/// Every JSON pointer that the schema's properties and items allow.
pub(crate) fn pointers(schema: &Value) -> Pointers {
    let mut found = Pointers::default();
    walk(schema, schema, String::new(), DEEPEST, &mut found);
    found
}

fn walk(root: &Value, schema: &Value, path: String, depth: usize, found: &mut Pointers) {
    if found.named.len() > MOST {
        return;
    }
    if !path.is_empty() {
        found.named.insert(path.clone());
    }
    if is_open(schema) {
        found.open.insert(path.clone());
    }
    if depth == 0 {
        return;
    }
    let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    if let Some(target) = target.and_then(|target| root.pointer(target)) {
        walk(root, target, path.clone(), depth - 1, found);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for branch in schema[key].as_array().into_iter().flatten() {
            walk(root, branch, path.clone(), depth - 1, found);
        }
    }
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(root, property, format!("{path}/{}", json::segment(key)), depth - 1, found);
    }
    for item in schema["prefixItems"].as_array().into_iter().flatten().chain(schema.get("items")) {
        walk(root, item, format!("{path}/*"), depth - 1, found);
    }
}

/// Whether a schema takes an object with keys that it does not name.
fn is_open(schema: &Value) -> bool {
    let Value::Object(map) = schema else { return schema == &Value::Bool(true) };
    let may_be_object = match map.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        Some(kind) => kind == "object",
        None => true,
    };
    let says_more = ["properties", "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "items", "const", "enum"];
    match map.get("additionalProperties").or(map.get("unevaluatedProperties")) {
        Some(further) => may_be_object && further != &Value::Bool(false),
        None => {
            let is_bare = !says_more.iter().any(|key| map.contains_key(*key));
            may_be_object && (is_bare || map.contains_key("patternProperties"))
        }
    }
}

/// Whether a pointer of the settings, with `*` or numbers as indices, is one that the schema allows.
pub(crate) fn allows(pointers: &Pointers, pointer: &str) -> bool {
    let any_index = pointer.split('/').map(|segment| if segment.parse::<usize>().is_ok() { "*" } else { segment });
    let general = any_index.collect::<Vec<_>>().join("/");
    let mut above = general.match_indices('/').map(|(end, _)| &general[..end]);
    // Where not all were found, none can be told to be missing.
    pointers.named.len() > MOST
        || pointers.named.contains(pointer)
        || pointers.named.contains(&general)
        || above.any(|above| pointers.open.contains(above))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_go_through_items_references_and_branches() {
        let schema = json!({
            "properties": {
                "a/b": {"type": "string"},
                "lines": {"items": {"$ref": "#/$defs/line"}},
                "either": {"anyOf": [{"properties": {"x": {}}}, {"type": "null"}]}
            },
            "$defs": {"line": {"properties": {"price": {}, "parts": {"items": {"$ref": "#/$defs/line"}}}}}
        });
        let found = pointers(&schema);
        for pointer in ["/a~1b", "/lines", "/lines/*/price", "/lines/0/price", "/either/x", "/lines/*/parts/*/price"] {
            assert!(allows(&found, pointer), "{pointer} of {found:?}");
        }
        assert!(!allows(&found, "/line"));
        assert!(!allows(&found, "/lines/price"));
    }

    #[test]
    fn an_object_that_takes_any_key_has_any_field() {
        let schema = json!({"type": "object", "properties": {
            "extra": {"type": "object"},
            "sizes": {"type": "object", "properties": {"s": {}}, "additionalProperties": {"type": "number"}},
            "shut": {"type": "object", "properties": {"a": {"type": "string"}}},
            "name": {"type": "string"}
        }});
        let found = pointers(&schema);
        for pointer in ["/extra/colour", "/extra/a/b", "/sizes/xl", "/sizes/s"] {
            assert!(allows(&found, pointer), "{pointer} of {found:?}");
        }
        for pointer in ["/other", "/shut/b", "/name/first"] {
            assert!(!allows(&found, pointer), "{pointer} of {found:?}");
        }
        assert!(allows(&pointers(&json!({"type": "object"})), "/total"));
    }

    #[test]
    fn a_loop_is_shown_where_it_refers_back_and_an_unknown_draft_with_those_there_are() {
        let circle = json!({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}});
        assert_eq!(compile(&circle).unwrap_err().pointer, "/$defs/a/$ref");
        let flaw = compile(&json!({"$schema": "https://json-schema.org/draft/2038-01/schema"})).unwrap_err();
        assert_eq!(flaw.pointer, "/$schema");
        assert!(flaw.help.contains("2020-12"), "{}", flaw.help);
    }

    #[test]
    fn only_references_that_leave_the_file_are_refused() {
        let within = json!({
            "properties": {"$ref": {"type": "string"}, "line": {"$ref": "https://example.org/line"}},
            "$defs": {"line": {"$id": "https://example.org/line", "type": "number"}}
        });
        compile(&within).unwrap();
        let flaw = compile(&json!({"items": {"$ref": "other.json"}})).unwrap_err();
        assert_eq!(flaw.pointer, "/items/$ref");
    }

    #[test]
    fn alternatives_within_alternatives_are_not_all_told() {
        let node = |op: &str| json!({"required": ["op", "left"], "properties": {"op": {"const": op}, "left": {"$ref": "#/$defs/node"}}});
        let leaf = json!({"required": ["leaf"], "properties": {"leaf": {"type": "string"}}});
        let schema = json!({
            "properties": {"tree": {"$ref": "#/$defs/node"}},
            "$defs": {"node": {"anyOf": [node("and"), node("or"), node("xor"), leaf]}}
        });
        let schema = compile(&schema).unwrap();
        let nested = |leaf: Value| (0..40).fold(leaf, |below, _| json!({"op": "nand", "left": below}));
        let told = schema.errors(&json!({"tree": nested(json!({"leaf": 1}))}));
        assert!(matches!(&told[..], [(_, why)] if why.contains("too many alternatives")), "{told:?}");
        assert_eq!(schema.errors(&json!({"tree": {"leaf": 1}}))[0].0, "/tree");
        assert!(schema.errors(&json!({"tree": {"leaf": "x"}})).is_empty());
    }
}
