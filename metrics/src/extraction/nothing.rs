//! JSON values that hold nothing.

use serde_json::Value;

/// Whether no leaf holds a value.
pub(super) fn all_null(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().all(all_null),
        Value::Array(items) => items.iter().all(all_null),
        leaf => leaf.is_null(),
    }
}
