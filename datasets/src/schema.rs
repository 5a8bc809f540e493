//! JSON Schemas: compiled offline, and the pointers that they allow.

use crate::{SuiteError, json, place::Text};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeSet;

/// How deep a schema that refers to itself is followed.
const DEEPEST: usize = 12;

/// So many pointers are found at most: a schema that branches at every step has more than there is room for.
const MOST: usize = 100_000;

/// Compiles a schema, fetching nothing.
pub(crate) fn compile(schema: &Value) -> Result<Validator, Flaw> {
    if let Some(why) = eval_core::unbounded(schema) {
        let help = "let its parts refer to each other less often".into();
        return Err(Flaw { message: format!("the schema {why}"), help, pointer: String::new() });
    }
    let options = jsonschema::options().offline().should_validate_formats(true);
    options.build(schema).map_err(|error| match outward_reference(schema, String::new()) {
        Some((pointer, target)) => Flaw {
            message: format!("the schema refers to `{target}`, outside this file"),
            help: "nothing is fetched: copy the schema into `$defs` and refer to it as `#/$defs/…`".into(),
            pointer,
        },
        None => Flaw {
            message: format!("the schema does not compile: {error}"),
            help: "see json-schema.org for what a schema may hold".into(),
            pointer: error.instance_path().to_string(),
        },
    })
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

/// Every JSON pointer that the schema's properties and items allow, `*` for any index.
pub(crate) fn pointers(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(schema, schema, String::new(), DEEPEST, &mut found);
    found
}

fn walk(root: &Value, schema: &Value, path: String, depth: usize, found: &mut BTreeSet<String>) {
    if found.len() > MOST {
        return;
    }
    if !path.is_empty() {
        found.insert(path.clone());
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

/// Whether a pointer of the settings, with `*` or numbers as indices, is one that the schema allows.
pub(crate) fn allows(pointers: &BTreeSet<String>, pointer: &str) -> bool {
    let any_index = pointer.split('/').map(|segment| if segment.parse::<usize>().is_ok() { "*" } else { segment });
    // Where not all were found, none can be told to be missing.
    pointers.len() > MOST || pointers.contains(pointer) || pointers.contains(&any_index.collect::<Vec<_>>().join("/"))
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
    fn only_references_that_leave_the_file_are_refused() {
        let within = json!({
            "properties": {"$ref": {"type": "string"}, "line": {"$ref": "https://example.org/line"}},
            "$defs": {"line": {"$id": "https://example.org/line", "type": "number"}}
        });
        compile(&within).unwrap();
        let flaw = compile(&json!({"items": {"$ref": "other.json"}})).unwrap_err();
        assert_eq!(flaw.pointer, "/items/$ref");
    }
}
