use super::{Checked, Flaw, flaw};
use crate::{json, schema::Schema};
use eval_core::{Expected, FieldRules};
use serde_json::Value;

/// An object that follows the task's schema, with each of the values that a field may have.
pub(super) fn expected(value: &Value, schema: Option<&Schema>, fields: &FieldRules) -> Checked<Expected> {
    if !value.is_object() {
        return flaw(
            "/expected",
            "`expected` is not an object",
            "write the object to extract, `null` for absent fields",
        );
    }
    let mut flaws = Vec::new();
    let mut places = Vec::new();
    alternatives(value, String::new(), fields, &mut places);
    let mut first = value.clone();
    for (pointer, values) in &places {
        if values.iter().any(|value| value.is_object() || value.is_array()) {
            let message = format!("`any_of` at `{pointer}` holds more than single values");
            flaws.push(Flaw::new(format!("/expected{pointer}"), message, "list texts, numbers, booleans or null"));
        }
        put(&mut first, pointer, &values[0]);
    }
    flaws.extend(violations(schema, &first));
    for (pointer, values) in &places {
        for other in &values[1..] {
            let mut object = first.clone();
            put(&mut object, pointer, other);
            flaws.extend(violations(schema, &object).into_iter().filter(|flaw| flaw.pointer.ends_with(pointer)));
        }
    }
    if flaws.is_empty() { Ok(Expected::Object(Box::new(value.clone()))) } else { Err(flaws) }
}

fn violations(schema: Option<&Schema>, value: &Value) -> Vec<Flaw> {
    let errors = schema.into_iter().flat_map(|schema| schema.errors(value));
    errors
        .map(|(path, error)| {
            let message = format!("`expected{path}` does not follow the task's schema: {error}");
            Flaw::new(format!("/expected{path}"), message, "correct the value, or the schema")
        })
        .collect()
}

/// The places with several right values.
fn alternatives<'a>(value: &'a Value, pointer: String, fields: &FieldRules, found: &mut Vec<(String, &'a [Value])>) {
    let values = fields.of_value(&pointer).alternatives(value);
    match value {
        Value::Object(map) if std::ptr::eq(values.as_ptr(), value) => {
            for (key, item) in map {
                alternatives(item, format!("{pointer}/{}", json::segment(key)), fields, found);
            }
        }
        Value::Object(_) => found.push((pointer, values)),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                alternatives(item, format!("{pointer}/{place}"), fields, found);
            }
        }
        _ => {}
    }
}

fn put(object: &mut Value, pointer: &str, value: &Value) {
    if let Some(place) = object.pointer_mut(pointer) {
        *place = value.clone();
    }
}

/// Whether every leaf is `null`; an empty array or object holds nothing either.
pub(super) fn is_void(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_void),
        Value::Object(map) => map.values().all(is_void),
        _ => false,
    }
}
