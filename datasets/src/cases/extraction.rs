use super::{Checked, Flaw, flaw};
use eval_core::Expected;
use jsonschema::Validator;
use serde_json::Value;

/// An object that follows the task's schema.
pub(super) fn expected(value: &Value, schema: Option<&Validator>) -> Checked<Expected> {
    if !value.is_object() {
        return flaw(
            "/expected",
            "`expected` is not an object",
            "write the object to extract, `null` for absent fields",
        );
    }
    let flaws: Vec<_> = schema
        .into_iter()
        .flat_map(|schema| schema.iter_errors(value))
        .map(|error| {
            let path = error.instance_path().to_string();
            let message = format!("`expected{path}` does not follow the task's schema: {error}");
            Flaw::new(format!("/expected{path}"), message, "correct the value, or the schema")
        })
        .collect();
    if flaws.is_empty() { Ok(Expected::Object(Box::new(value.clone()))) } else { Err(flaws) }
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
