//! Expected calls: for each argument the values that it may have, the empty text among them where it may be left out.

use super::functions::{Functions, Language, is_map, name, schema};
use crate::import::Why;
use serde_json::{Map, Value, json};

/// The calls of `[{"function": {"argument": [accepted, …]}}]`; `refused` counts the values that a function's own schema
/// refuses where others are left.
pub(super) fn expected(truth: &Value, functions: &Functions, refused: &mut usize) -> Result<Vec<Value>, Why> {
    let wrong =
        || Why::new("an answer in another form").detail("calls are [{\"function\": {\"argument\": [value, …]}}]");
    let calls = truth.as_array().ok_or_else(wrong)?;
    let each = calls.iter().flat_map(|call| call.as_object().into_iter().flatten());
    let mut out = Vec::new();
    for (function, arguments) in each {
        let arguments = arguments.as_object().ok_or_else(wrong)?;
        let parameters = functions.parameters(function);
        let mut accepted = Map::new();
        for (key, values) in arguments {
            let parameter = parameters.and_then(|parameters| parameters.get(key)).unwrap_or(&Value::Null);
            let values = accepted_by(values, parameter, functions.language, refused);
            if let Some(choice) = choice(&values, parameter) {
                accepted.insert(key.clone(), choice);
            }
        }
        out.push(json!({"name": name(function), "arguments": accepted}));
    }
    if out.is_empty() && !calls.is_empty() { Err(wrong()) } else { Ok(out) }
}

/// The values that a parameter takes, and the mark of what may be left out; all where it takes none.
fn accepted_by(values: &Value, parameter: &Value, language: Language, refused: &mut usize) -> Value {
    let Some(items) = values.as_array().filter(|_| language == Language::Python && !parameter.is_null()) else {
        return values.clone();
    };
    let Ok(validator) = crate::schema::compile(&schema(parameter)) else { return values.clone() };
    let plain = |value: &Value| match value {
        Value::Object(_) if is_map(parameter) => first(value),
        Value::Array(items) if is_map(&parameter["items"]) => items.iter().map(first).collect(),
        other => other.clone(),
    };
    let fits = |value: &&Value| *value == "" || validator.is_valid(&plain(value));
    let left: Vec<Value> = items.iter().filter(fits).cloned().collect();
    if left.is_empty() {
        return values.clone();
    }
    *refused += items.len() - left.len();
    left.into()
}

/// The first accepted value of each member, those aside that may be left out.
fn first(object: &Value) -> Value {
    let Some(members) = object.as_object() else { return object.clone() };
    let value = |accepted: &Value| match accepted.as_array() {
        Some(values) => values.iter().find(|value| *value != "").cloned(),
        None => Some(accepted.clone()),
    };
    members.iter().filter_map(|(key, accepted)| Some((key.clone(), value(accepted)?))).collect()
}

/// The values that an argument may have; `None`: it may only be left out.
fn choice(accepted: &Value, parameter: &Value) -> Option<Value> {
    let value = |value: &Value| match value {
        Value::Object(_) if is_map(parameter) => members(value),
        Value::Array(items) if is_map(&parameter["items"]) => items.iter().map(members).collect(),
        other => other.clone(),
    };
    let values: Vec<Value> = match accepted {
        Value::Array(values) => values.iter().map(value).collect(),
        one => vec![value(one)],
    };
    let only_absent = values.iter().all(|value| value == "") && !is_text(parameter);
    (!only_absent && !values.is_empty()).then(|| any_of(values))
}

/// Whether an empty text can be a value of its own.
fn is_text(parameter: &Value) -> bool {
    if parameter["enum"].as_array().is_some_and(|values| values.iter().all(|value| value != "")) {
        return false;
    }
    parameter["type"]
        .as_str()
        .is_none_or(|kind| ["string", "any", ""].iter().any(|text| kind.eq_ignore_ascii_case(text)))
}

/// Empty text marks what may be left out.
fn any_of(mut values: Vec<Value>) -> Value {
    let optional = values.iter().any(|value| value == "");
    if values.iter().any(|value| value != "") {
        values.retain(|value| value != "");
    }
    match (optional, values.len()) {
        (false, 1) if !values[0].is_object() => values.remove(0),
        (false, _) => json!({"any_of": values}),
        (true, _) => json!({"any_of": values, "optional": true}),
    }
}

/// The members of an object, each with its accepted values.
fn members(object: &Value) -> Value {
    let Some(object) = object.as_object() else { return object.clone() };
    let member = |accepted: &Value| match accepted.as_array() {
        Some(values) if !values.is_empty() => any_of(values.clone()),
        _ => accepted.clone(),
    };
    object.iter().map(|(key, accepted)| (key.clone(), member(accepted))).collect()
}
