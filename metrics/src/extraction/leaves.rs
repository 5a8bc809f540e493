//! The leaves of JSON values. Items of a list are told apart by their place; an empty object or list is one null leaf,
//! since it holds nothing.

use serde_json::Value;

/// Leaves with their JSON pointers, in document order. For expected values: pointers of a hostile answer could take
/// far more room than the answer.
pub(super) fn leaves(value: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found
}

fn collect<'a>(value: &'a Value, pointer: String, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, item) in map {
                collect(item, format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{place}"), found);
            }
        }
        Value::Object(_) | Value::Array(_) => found.push((pointer, &Value::Null)),
        leaf => found.push((pointer, leaf)),
    }
}

/// How many leaves hold a value.
pub(super) fn count_values(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(count_values).sum(),
        Value::Array(items) => items.iter().map(count_values).sum(),
        leaf => usize::from(!leaf.is_null()),
    }
}

/// Whether no leaf holds a value.
pub(super) fn all_null(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().all(all_null),
        Value::Array(items) => items.iter().all(all_null),
        leaf => leaf.is_null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leaves_have_pointers_and_empty_containers_hold_nothing() {
        let value = json!({"a/b": {"c~": [1, {"d": null}]}, "e": [], "f": {}});
        let found = leaves(&value);
        let expected =
            [("/a~1b/c~0/0", json!(1)), ("/a~1b/c~0/1/d", json!(null)), ("/e", json!(null)), ("/f", json!(null))];
        assert_eq!(found.iter().map(|(p, v)| (p.as_str(), (*v).clone())).collect::<Vec<_>>(), expected);
        assert!(found.iter().all(|(pointer, leaf)| leaf.is_null() || value.pointer(pointer) == Some(leaf)));
        assert_eq!(count_values(&value), 1);
        assert!(!all_null(&value) && all_null(&json!({"a": [null, {}]})));
    }
}
