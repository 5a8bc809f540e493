//! A JSON Schema made ready to be followed token by token.

use super::{formats, limits, patterns};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Keywords that say what is valid and that no grammar here can hold an answer to.
const BEYOND: [&str; 18] = [
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
    "contentEncoding",
    "contentMediaType",
];

/// Between the parts of JSON: nothing, a blank, or a line end and what indents the next line. A model that may write
/// blanks without end does.
const BLANKS: &str = r"\x20|\n[\x20\t]{0,24}";

/// The schema with the limits that decoding needs. What cannot be followed is an error that completes "its schema …".
pub fn prepare(schema: &Value) -> Result<Value, String> {
    let mut schema = match schema {
        Value::Object(_) => schema.clone(),
        other => json!({"allOf": [other]}),
    };
    let draft_4 = schema["$schema"].as_str().is_some_and(|uri| uri.contains("draft-04"));
    let mut visit = Visit { draft_4, ..Visit::default() };
    visit.schema(&mut schema, String::new());
    while let Some((reference, place)) = visit.references.pop() {
        match target(&mut schema, &reference) {
            Some((inner, path)) => visit.schema(inner, path),
            None => visit.beyond.push(format!("`$ref` {reference:?} {place}")),
        }
    }
    if !visit.beyond.is_empty() {
        return Err(format!("has {}, which decoding cannot be held to", visit.beyond.join(", ")));
    }
    // Escapes by number are left out: a key could be written in two ways.
    schema["x-guidance"] = json!({"whitespace_pattern": BLANKS, "json_allowed_escapes": "nrbtf\\\""});
    Ok(schema)
}

/// What a reference within the schema names, and its path. Names that need escapes in a reference are not found.
fn target<'a>(schema: &'a mut Value, reference: &str) -> Option<(&'a mut Value, String)> {
    let path = reference.strip_prefix('#')?;
    let path = if path == "/" { "" } else { path };
    let mut steps = path.split('/');
    steps.next().filter(|first| first.is_empty())?;
    let inner = steps.try_fold(schema, |inner, step| match inner {
        Value::Array(listed) => listed.get_mut(step.parse::<usize>().ok()?),
        inner => inner.get_mut(step),
    })?;
    Some((inner, path.into()))
}

/// A way through a schema, those within it and those that it refers to.
#[derive(Default)]
struct Visit {
    draft_4: bool,
    /// The paths of the schemas that were visited.
    seen: HashSet<String>,
    /// What is beyond a grammar.
    beyond: Vec<String>,
    /// References that were met, and where.
    references: Vec<(String, String)>,
}

impl Visit {
    /// Names what is beyond a grammar, and puts what can be followed in the words that the grammar takes.
    fn schema(&mut self, schema: &mut Value, path: String) {
        let Some(object) = schema.as_object_mut() else { return };
        if !self.seen.insert(path.clone()) {
            return;
        }
        let place = if path.is_empty() { "at its top".to_string() } else { format!("at {path}") };
        // It says nothing.
        if object.get("uniqueItems") == Some(&Value::Bool(false)) {
            object.shift_remove("uniqueItems");
        }
        self.beyond
            .extend(BEYOND.iter().filter(|key| object.contains_key(**key)).map(|key| format!("`{key}` {place}")));
        if let Some(Value::String(reference)) = object.get("$ref") {
            self.references.push((reference.clone(), place.clone()));
        }
        if self.draft_4 {
            limits::exclude_minus_zero(object);
        }
        limits::limit_numbers(object);
        patterns::translate(object);
        let format = formats::as_pattern(object).err().map(|format| format!("`format` {format:?}"));
        let others = [repeats_names(object), unwritable(object), moves_references(object, &path), format];
        self.beyond.extend(others.into_iter().flatten().map(|what| format!("{what} {place}")));
        for (key, inner) in object {
            let path = format!("{path}/{key}");
            match (key.as_str(), inner) {
                ("properties" | "patternProperties" | "$defs" | "definitions", Value::Object(named)) => {
                    named.iter_mut().for_each(|(name, inner)| self.schema(inner, format!("{path}/{name}")));
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(listed)) => {
                    listed.iter_mut().enumerate().for_each(|(n, inner)| self.schema(inner, format!("{path}/{n}")));
                }
                ("items" | "additionalItems" | "additionalProperties", inner) => self.schema(inner, path),
                _ => (),
            }
        }
    }
}

/// Whether more names are asked for than are given: a grammar cannot tell that one of its own choice came before.
fn repeats_names(schema: &Map<String, Value>) -> Option<String> {
    let required = schema.get("required").and_then(Value::as_array).map_or(0, Vec::len);
    let least = schema.get("minProperties").and_then(Value::as_u64)?;
    (least > required.max(1) as u64).then(|| "`minProperties` above 1 beside names of any kind".into())
}

/// The keyword that gives a text or a number which the grammar cannot write as it is.
fn unwritable(schema: &Map<String, Value>) -> Option<String> {
    const FIXED: [&str; 7] =
        ["const", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    // They need an escape by number.
    let bare = |text: &str| text.chars().any(|c| c.is_ascii_control() && !"\n\r\t\x08\x0c".contains(c));
    let inexact = |value: &Value| holds(value, &|_| false, &limits::is_inexact);
    let controls = |value: &Value| holds(value, &bare, &|_| false);
    let of = |key: &&str, is: &dyn Fn(&Value) -> bool| schema.get(*key).is_some_and(is);
    let names = || schema.get("properties")?.as_object()?.keys().any(|name| bare(name)).then_some("properties");
    if let Some(key) = FIXED.into_iter().find(|key| of(key, &inexact)) {
        return Some(format!("`{key}` with a whole number that is not exact as a 64-bit float"));
    }
    let key = ["const", "enum", "required"].into_iter().find(|key| of(key, &controls)).or_else(names)?;
    Some(format!("`{key}` with a control character"))
}

/// Whether a text, a name or another value within a value is such a one.
fn holds(value: &Value, text: &dyn Fn(&str) -> bool, other: &dyn Fn(&Value) -> bool) -> bool {
    match value {
        Value::Array(listed) => listed.iter().any(|value| holds(value, text, other)),
        Value::Object(named) => named.iter().any(|(name, value)| text(name) || holds(value, text, other)),
        Value::String(words) => text(words),
        value => other(value),
    }
}

/// Whether references are meant from within this schema, which the grammar takes from the top.
fn moves_references(schema: &Map<String, Value>, path: &str) -> Option<String> {
    fn refers(value: &Value) -> bool {
        match value {
            Value::Array(listed) => listed.iter().any(refers),
            Value::Object(named) => named.contains_key("$ref") || named.values().any(refers),
            _ => false,
        }
    }
    let moved = |key: &&str| schema.get(*key).and_then(Value::as_str).is_some_and(|id| !id.starts_with('#'));
    let key = ["$id", "id"].into_iter().find(moved)?;
    (!path.is_empty() && schema.values().any(refers)).then(|| format!("`{key}` around a `$ref`"))
}

/// What the library says of a schema that it cannot follow, for a person.
pub fn reworded(error: &str) -> String {
    let mut lines = error.lines();
    let line = lines.next().unwrap_or_default();
    let has = |what: &str| format!("has {what}, which decoding cannot be held to");
    match line.split_once(' ').map(|(first, rest)| (first, rest.trim())) {
        _ if line.contains("Enable 'coerce_one_of'") => {
            has("`oneOf` with alternatives that may hold at once") + "; `anyOf` can be followed"
        }
        Some(("regex", "parse error:")) => {
            let pattern = lines.next().unwrap_or_default().trim();
            let why = lines.next_back().unwrap_or_default().trim_start_matches("error: ");
            has(&format!("`pattern` {pattern:?} ({why})"))
        }
        Some(("patternProperty", which)) => has(&format!("`patternProperties` whose names overlap ({which})")),
        Some(("circular", _)) => {
            let which = line.rsplit(": ").next().unwrap_or_default();
            has(&format!("`$ref` {which:?} beside other keywords in a circle of references"))
        }
        Some(("min/maxProperties", _)) => has("`minProperties` or `maxProperties` beside optional `properties`"),
        _ => format!("cannot be followed: {line}"),
    }
}
