//! A JSON Schema made ready to be followed token by token.

use serde_json::{Map, Value, json};

/// Keywords that say what is valid and that no grammar here can hold an answer to.
const BEYOND: [&str; 16] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "$dynamicRef",
    "$recursiveRef",
];

/// The formats that have a grammar.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];

/// Numbers without limits of their own lie within this: others are no use, and a model can get lost in digits.
const LARGEST: i64 = 1_000_000_000_000_000;

/// Between the parts of JSON: nothing, a blank, or a line end and what indents the next line. A model that may write
/// blanks without end does.
const BLANKS: &str = r"\x20|\n[\x20\t]{0,24}";

/// The schema with the limits that decoding needs. What cannot be followed is an error that completes "its schema …".
pub fn prepare(schema: &Value) -> Result<Value, String> {
    let mut schema = match schema {
        Value::Object(_) => schema.clone(),
        other => json!({"allOf": [other]}),
    };
    let mut beyond = Vec::new();
    visit(&mut schema, "", &mut beyond);
    if !beyond.is_empty() {
        return Err(format!("has {}, which decoding cannot be held to", beyond.join(", ")));
    }
    // Escapes by number are left out: a key could be written in two ways.
    schema["x-guidance"] = json!({"whitespace_pattern": BLANKS, "json_allowed_escapes": "nrbtf\\\""});
    Ok(schema)
}

/// Names what is beyond a grammar in a schema and in those within it, and limits their numbers.
fn visit(schema: &mut Value, path: &str, beyond: &mut Vec<String>) {
    let Some(object) = schema.as_object_mut() else { return };
    // It says nothing.
    if object.get("uniqueItems") == Some(&Value::Bool(false)) {
        object.shift_remove("uniqueItems");
    }
    let place = if path.is_empty() { "at its top".to_string() } else { format!("at {path}") };
    beyond.extend(BEYOND.iter().filter(|key| object.contains_key(**key)).map(|key| format!("`{key}` {place}")));
    if let Some(format) = object.get("format").and_then(Value::as_str).filter(|format| !FORMATS.contains(format)) {
        beyond.push(format!("`format` {format:?} {place}"));
    }
    if repeats_names(object) {
        beyond.push(format!("`minProperties` above 1 beside names of any kind {place}"));
    }
    limit_numbers(object);
    for (key, inner) in object {
        let path = format!("{path}/{key}");
        match (key.as_str(), inner) {
            ("properties" | "patternProperties" | "$defs" | "definitions", Value::Object(named)) => {
                named.iter_mut().for_each(|(name, inner)| visit(inner, &format!("{path}/{name}"), beyond));
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(listed)) => {
                listed.iter_mut().enumerate().for_each(|(n, inner)| visit(inner, &format!("{path}/{n}"), beyond));
            }
            ("items" | "additionalItems" | "additionalProperties", inner) => visit(inner, &path, beyond),
            _ => (),
        }
    }
}

/// Whether more names are asked for than are given: a grammar cannot tell that one of its own choice came before.
fn repeats_names(schema: &Map<String, Value>) -> bool {
    let required = schema.get("required").and_then(Value::as_array).map_or(0, Vec::len);
    schema.get("minProperties").and_then(Value::as_u64).is_some_and(|least| least > required.max(1) as u64)
}

fn limit_numbers(schema: &mut Map<String, Value>) {
    let is_number = |name: &Value| matches!(name.as_str(), Some("number" | "integer"));
    let may_be_number = schema.get("type").is_some_and(|types| match types {
        Value::Array(types) => types.iter().any(is_number),
        one => is_number(one),
    });
    if !may_be_number || schema.contains_key("const") || schema.contains_key("enum") {
        return;
    }
    let limit = |schema: &Map<String, Value>, keys: [&str; 2]| keys.iter().find_map(|key| schema.get(*key)?.as_f64());
    let (least, most) =
        (limit(schema, ["minimum", "exclusiveMinimum"]), limit(schema, ["maximum", "exclusiveMaximum"]));
    if least.is_none() && most.is_none_or(|most| most > -LARGEST as f64) {
        schema.insert("minimum".into(), json!(-LARGEST));
    }
    if most.is_none() && least.is_none_or(|least| least < LARGEST as f64) {
        schema.insert("maximum".into(), json!(LARGEST));
    }
}

/// What the library says of a schema that it cannot follow, for a person: its first line, names before its reasons.
pub fn reworded(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    match line.split_once(". Enable 'coerce_one_of'") {
        Some(_) => "has `oneOf` with alternatives that may hold at once, which decoding cannot be held to; \
                    `anyOf` can be followed"
            .into(),
        None => format!("cannot be followed: {line}"),
    }
}
