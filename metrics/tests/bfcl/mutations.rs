//! What models could have called: the expected calls, and what is made of them.

use crate::{
    cases::{Language, Row},
    literals,
};
use serde_json::{Map, Value, json};

type Call = (String, Map<String, Value>);
type Calls = Vec<Call>;
type Mutation = fn(&Row, &Calls) -> Option<Calls>;

/// On cases that expect certain calls; each changes one thing.
const OF_CALLS: [(&str, Mutation); 25] = [
    ("expected", |_, calls| Some(calls.clone())),
    ("other accepted values", |row, _| Some(row_calls(row, true))),
    ("wrong name", |_, calls| edit(calls, |call| call.0.push_str("_all"))),
    ("name in capitals", |_, calls| edit(calls, |call| call.0 = call.0.to_uppercase())),
    ("another function", |row, calls| {
        let other = row.functions().iter().rev().find(|function| function["name"] != *calls[0].0)?;
        edit(calls, |call| call.0 = other["name"].as_str().unwrap().into())
    }),
    ("missing argument", |row, calls| without(row, calls, 0)),
    ("another missing argument", |row, calls| without(row, calls, 1)),
    ("without optional arguments", |row, calls| {
        let mut calls = calls.to_vec();
        for (call, (_, expected)) in calls.iter_mut().zip(row.expected()) {
            call.1.retain(|name, _| !expected[name].as_array().unwrap().iter().any(|value| value == ""));
        }
        Some(calls)
    }),
    ("extra argument", |_, calls| edit(calls, |call| drop(call.1.insert("extra_argument".into(), json!(1))))),
    ("wrong type", |row, calls| change(row, calls, 0, other_type)),
    ("another wrong type", |row, calls| change(row, calls, 1, other_type)),
    ("whole number for a fraction or the reverse", |row, calls| {
        (0..8).find_map(|salt| change(row, calls, salt, other_number))
    }),
    ("wrong value", |row, calls| change(row, calls, 0, other_value)),
    ("another wrong value", |row, calls| change(row, calls, 2, other_value)),
    ("null", |row, calls| change(row, calls, 1, |_| Some(Value::Null))),
    ("empty text", |row, calls| change(row, calls, 2, |_| Some(json!("")))),
    ("text written otherwise", |_, calls| change_all(calls, otherwise)),
    ("nested value", |_, calls| change_all(calls, |value| nested(value, &other_value))),
    ("nested type", |_, calls| change_all(calls, |value| nested(value, &other_type))),
    ("list reversed", |_, calls| change_all(calls, reversed)),
    ("calls reversed", |_, calls| (calls.len() > 1).then(|| calls.iter().rev().cloned().collect())),
    ("a call twice", |_, calls| Some(calls.iter().chain(calls.last()).cloned().collect())),
    ("a call less", |_, calls| (calls.len() > 1).then(|| calls[1..].to_vec())),
    ("no call", |_, _| Some(Vec::new())),
    ("a call of no function more", |_, calls| {
        Some(calls.iter().cloned().chain([("no_such_function".into(), Map::new())]).collect())
    }),
];

/// On cases where no call is right, or whichever.
const OF_NONE: [(&str, Mutation); 10] = [
    ("no call", |_, _| Some(Vec::new())),
    ("a call", |row, _| Some(vec![made_up(row, 0)])),
    ("a call of the last function", |row, _| Some(vec![made_up(row, usize::MAX)])),
    ("a call without arguments", |row, _| Some(vec![(made_up(row, 0).0, Map::new())])),
    ("a call of no function", |_, _| Some(vec![("no_such_function".into(), Map::new())])),
    ("a name in capitals", |row, _| edit(&[made_up(row, 0)], |call| call.0 = call.0.to_uppercase())),
    ("a call with an extra argument", |row, _| {
        edit(&[made_up(row, 0)], |call| drop(call.1.insert("extra_argument".into(), json!(1))))
    }),
    ("a call twice", |row, _| Some(vec![made_up(row, 0), made_up(row, 0)])),
    ("calls of all functions", |row, _| {
        (row.functions().len() > 1).then(|| (0..row.functions().len()).map(|place| made_up(row, place)).collect())
    }),
    ("a call with nulls", |row, _| {
        edit(&[made_up(row, 0)], |call| call.1.values_mut().for_each(|value| *value = Value::Null))
    }),
];

fn all(row: &Row) -> &'static [(&'static str, Mutation)] {
    if row.expected().is_empty() { &OF_NONE } else { &OF_CALLS }
}

pub fn name(row: &Row, place: usize) -> &'static str {
    all(row)[place].0
}

/// The calls of every mutation, as a recording has them.
pub fn of(row: &Row) -> Vec<Option<Value>> {
    let calls = row_calls(row, false);
    let as_json = |calls: Calls| {
        calls.into_iter().map(|(name, arguments)| json!({"name": name, "arguments": arguments})).collect()
    };
    all(row).iter().map(|(_, mutation)| mutation(row, &calls).map(as_json)).collect()
}

/// The expected calls with the first accepted values, or with the last.
fn row_calls(row: &Row, last: bool) -> Calls {
    let calls = row.expected().into_iter().map(|(name, expected)| {
        let parameters = &row.function(name)["parameters"]["properties"];
        let arguments = expected.iter().filter_map(|(key, accepted)| {
            let value = accepted_value(accepted, last)?;
            Some((key.clone(), literals::write(&members(&value, last), &parameters[key], row.language())))
        });
        (name.to_string(), arguments.collect())
    });
    calls.collect()
}

fn accepted_value(accepted: &Value, last: bool) -> Option<Value> {
    let mut values = accepted.as_array()?.iter().filter(|value| *value != "");
    if last { values.next_back().cloned() } else { values.next().cloned() }
}

/// The members of an object, each of which has a list of accepted values as well.
fn members(value: &Value, last: bool) -> Value {
    match value {
        Value::Object(map) => {
            let member = |(key, accepted): (&String, &Value)| match accepted {
                Value::Array(_) => accepted_value(accepted, last).map(|value| (key.clone(), value)),
                other => Some((key.clone(), other.clone())),
            };
            map.iter().filter_map(member).collect()
        }
        Value::Array(items) => items.iter().map(|item| members(item, last)).collect(),
        other => other.clone(),
    }
}

fn edit(calls: &[Call], edit: impl Fn(&mut Call)) -> Option<Calls> {
    let mut calls = calls.to_vec();
    calls.last_mut().map(edit)?;
    Some(calls)
}

/// Another place for every case and salt.
fn pick(row: &Row, salt: usize, size: usize) -> Option<usize> {
    let seed = row.id().bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    (size > 0).then(|| (seed % 1009 + salt) % size)
}

/// Changes one argument of the last call.
fn change(row: &Row, calls: &[Call], salt: usize, change: impl Fn(&Value) -> Option<Value>) -> Option<Calls> {
    let mut calls = calls.to_vec();
    let arguments = &mut calls.last_mut()?.1;
    let place = pick(row, salt, arguments.len())?;
    let value = arguments.values_mut().nth(place)?;
    *value = change(value)?;
    // A number is no source text.
    let other_language = row.language() != Language::Python && !value.is_string() && salt != 0;
    if other_language {
        *value = value.to_string().into();
    }
    Some(calls)
}

/// Changes whatever arguments can be changed.
fn change_all(calls: &[Call], change: impl Fn(&Value) -> Option<Value>) -> Option<Calls> {
    let mut calls = calls.to_vec();
    let mut changed = false;
    for value in calls.iter_mut().flat_map(|call| call.1.values_mut()) {
        if let Some(other) = change(value) {
            changed |= other != *value;
            *value = other;
        }
    }
    changed.then_some(calls)
}

fn without(row: &Row, calls: &[Call], salt: usize) -> Option<Calls> {
    let mut calls = calls.to_vec();
    let arguments = &mut calls.last_mut()?.1;
    let name = arguments.keys().nth(pick(row, salt, arguments.len())?)?.clone();
    arguments.remove(&name);
    Some(calls)
}

fn other_type(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(_) => json!(7),
        Value::Number(_) | Value::Bool(_) => value.to_string().into(),
        Value::Array(items) => items.first().cloned().unwrap_or(json!("x")),
        Value::Object(_) => json!([value]),
        Value::Null => json!(0),
    })
}

fn other_number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) if number.is_f64() => Some(json!(number.as_f64()? as i64)),
        Value::Number(number) => Some(json!(number.as_f64()?)),
        Value::Array(items) if items.iter().any(Value::is_number) => {
            Some(items.iter().map(|item| other_number(item).unwrap_or(item.clone())).collect())
        }
        _ => None,
    }
}

fn other_value(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => format!("{text} quux").into(),
        Value::Number(number) if number.is_f64() => json!(number.as_f64()? + 0.5),
        Value::Number(number) => json!(number.as_i64()? + 1),
        Value::Bool(truth) => (!truth).into(),
        Value::Array(items) => items.iter().chain(items.first()).cloned().collect(),
        Value::Object(map) => map.iter().skip(1).map(|(key, value)| (key.clone(), value.clone())).collect(),
        Value::Null => json!(0),
    })
}

/// Text in another case and with other marks, wherever it stands.
fn otherwise(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => format!("{}.", text.to_uppercase().replace([' ', ','], "_-").replace('"', "'")).into(),
        Value::Array(items) => items.iter().map(|item| otherwise(item).unwrap_or(item.clone())).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), otherwise(value).unwrap_or(value.clone()))).collect()
        }
        other => other.clone(),
    })
}

/// Changes the last leaf of a list or an object.
fn nested(value: &Value, change: &dyn Fn(&Value) -> Option<Value>) -> Option<Value> {
    let inner =
        |below: &Value| if below.is_array() || below.is_object() { nested(below, change) } else { change(below) };
    let mut changed = value.clone();
    let last = match &mut changed {
        Value::Array(items) => items.last_mut(),
        Value::Object(map) => map.values_mut().last(),
        _ => None,
    }?;
    *last = inner(last)?;
    Some(changed)
}

fn reversed(value: &Value) -> Option<Value> {
    let items = value.as_array().filter(|items| items.len() > 1)?;
    Some(items.iter().rev().cloned().collect())
}

/// A call with some value for every parameter that is needed.
fn made_up(row: &Row, place: usize) -> (String, Map<String, Value>) {
    // A few cases offer nothing.
    let functions = row.functions();
    let Some(function) = functions.get(place).or(functions.last()) else { return ("made_up".into(), Map::new()) };
    let parameters = &function["parameters"];
    let required = parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let arguments = required.map(|name| {
        let value = match parameters["properties"][name]["type"].as_str().unwrap_or_default() {
            "integer" => json!(3),
            "float" => json!(1.5),
            "boolean" => json!(true),
            "array" | "tuple" => json!([]),
            "dict" => json!({}),
            _ => json!("x"),
        };
        (name.to_string(), value)
    });
    (function["name"].as_str().unwrap().into(), arguments.collect())
}
