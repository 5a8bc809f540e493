//! Calls that stand in a text as JSON.

use eval_core::ExpectedCall;
use serde_json::{Map, Value};

/// Places of a text at which JSON is looked for, at most.
const MOST: usize = 200;

/// Whether a text holds the expected call: its name with its arguments, or two or more of its arguments alone.
pub(super) fn holds(text: &str, call: &ExpectedCall) -> bool {
    let mut rest = text;
    for _ in 0..MOST {
        let Some(begin) = rest.find('{') else { return false };
        let mut values = serde_json::Deserializer::from_str(&rest[begin..]).into_iter::<Map<String, Value>>();
        let end = match values.next() {
            Some(Ok(object)) if is_call(&object, call) => return true,
            Some(Ok(_)) => values.byte_offset(),
            _ => 1,
        };
        rest = &rest[begin + end..];
    }
    false
}

fn is_call(object: &Map<String, Value>, call: &ExpectedCall) -> bool {
    let named = object.get("name").or_else(|| object.get("function")).and_then(Value::as_str) == Some(&call.name);
    let arguments = ["arguments", "parameters", "args", "input"].iter().find_map(|key| object.get(*key));
    match arguments.and_then(Value::as_object) {
        Some(arguments) => named && are(arguments, call),
        None => call.arguments.len() > 1 && object.len() > 1 && are(object, call),
    }
}

/// Whether these are the arguments that are expected.
fn are(given: &Map<String, Value>, call: &ExpectedCall) -> bool {
    let optional = |value: &Value| value["optional"] == true;
    given.keys().all(|name| call.arguments.contains_key(name))
        && call.arguments.iter().all(|(name, expected)| match given.get(name) {
            Some(given) => fits(expected, given),
            None => optional(expected),
        })
}

fn fits(expected: &Value, given: &Value) -> bool {
    if let Some(choices) = expected.get("any_of").and_then(Value::as_array) {
        return choices.iter().any(|choice| fits(choice, given));
    }
    match (expected.as_f64(), given.as_f64()) {
        (Some(expected), Some(given)) => expected == given,
        _ => expected == given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_exact_call_and_no_other() {
        let call: ExpectedCall = serde_json::from_value(json!({
            "name": "refund", "arguments": {"order": "FM-1", "amount": {"any_of": [5, 5.5]}, "note": {"any_of": ["x"], "optional": true}}
        }))
        .unwrap();
        for text in [
            r#"do {"name": "refund", "arguments": {"order": "FM-1", "amount": 5.0}} now"#,
            r#"{ {"function": "refund", "parameters": {"order": "FM-1", "amount": 5.5, "note": "x"}}"#,
            r#"[{"amount": 5, "order": "FM-1"}]"#,
        ] {
            assert!(holds(text, &call), "{text}");
        }
        for text in [
            r#"{"name": "refund", "arguments": {"order": "FM-2", "amount": 5}}"#,
            r#"{"name": "cancel", "arguments": {"order": "FM-1", "amount": 5}}"#,
            r#"{"order": "FM-1"}"#,
            "refund FM-1, 5 euros {{{",
        ] {
            assert!(!holds(text, &call), "{text}");
        }
    }
}
