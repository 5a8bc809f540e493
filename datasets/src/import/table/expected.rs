//! The expected outcome of a row.

use super::{
    column::{self, is_blank, parsed},
    kind::Outcome,
    mapping::{Mapping, Part},
};
use crate::import::Why;
use serde_json::{Map, Value, json};

/// Labels longer than this, in characters, are none.
const LONGEST: usize = 200;

pub(super) fn expected(row: &Map<String, Value>, mapping: &Mapping, outcome: &Outcome) -> Result<Value, Why> {
    let none = || Why::new("no expected value");
    let whole = || -> Result<Value, Why> {
        let (_, column) = mapping.expected.first().ok_or_else(none)?;
        column::get(row, column).filter(|value| !is_blank(value)).map(|value| value.into_owned()).ok_or_else(none)
    };
    match outcome {
        Outcome::Label => label(&whole()?),
        Outcome::Object if mapping.expected.iter().any(|(part, _)| part.is_some()) => Ok(parts(row, &mapping.expected)),
        Outcome::Object => object(&whole()?),
        Outcome::Field(name) => {
            let value = whole()?;
            Ok(json!({name.as_str(): parsed(&value)}))
        }
        Outcome::Answers => answers(row, mapping, whole().ok()),
        Outcome::Calls => calls(&whole()?),
    }
}

fn label(value: &Value) -> Result<Value, Why> {
    let single = match value.as_array().map(Vec::as_slice) {
        Some([item]) => item,
        Some(items) => return Err(Why::new("several expected labels").detail(format!("{}", items.len()))),
        None => value,
    };
    let text = column::text(single).ok_or_else(|| Why::new("the expected value is no label"))?;
    let text = text.trim();
    if text.chars().count() > LONGEST || text.contains(char::is_control) {
        return Err(Why::new("the expected label is too long").detail(format!("{} characters", text.chars().count())));
    }
    Ok(text.into())
}

/// The columns as one object; a blank cell is a value that the text does not hold.
fn parts(row: &Map<String, Value>, parts: &[Part]) -> Value {
    let mut object = Map::new();
    for (part, column) in parts {
        let value = column::get(row, column).filter(|value| !is_blank(value)).map(|value| value.into_owned());
        let steps: Vec<&str> = part.iter().flat_map(|part| part.split('.')).collect();
        put(&mut object, &steps, value.unwrap_or(Value::Null));
    }
    Value::Object(object)
}

fn put(object: &mut Map<String, Value>, steps: &[&str], value: Value) {
    match steps {
        [] => {}
        [last] => drop(object.insert(last.to_string(), value)),
        [first, rest @ ..] => {
            let below = object.entry(first.to_string()).or_insert_with(|| json!({}));
            if let Value::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

fn object(value: &Value) -> Result<Value, Why> {
    let parsed = parsed(value);
    if parsed.is_object() {
        return Ok(parsed.into_owned());
    }
    Err(match value {
        Value::String(_) => Why::new("the expected value is not a JSON object"),
        _ => Why::new("the expected value is no object"),
    })
}

fn answers(row: &Map<String, Value>, mapping: &Mapping, given: Option<Value>) -> Result<Value, Why> {
    let said = mapping.answerable.as_ref().and_then(|(column, says)| {
        let value = column::get(row, column)?;
        let is = value.as_bool().or_else(|| match column::text(&value)?.to_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        })?;
        Some(is == *says)
    });
    if said == Some(false) {
        return Ok(json!({"answerable": false}));
    }
    let Some(given) = given else { return Err(Why::new("no expected value")) };
    let given = parsed(&given);
    if given.get("answerable").is_some() || given.get("answers").is_some() {
        return Ok(given.into_owned());
    }
    let listed = given.get("text").unwrap_or(&given);
    let items = match listed {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut answers: Vec<String> = Vec::new();
    for item in items.iter().filter(|item| !is_blank(item)) {
        let item = item.get("text").unwrap_or(item);
        let text = column::text(item).ok_or_else(|| Why::new("an expected answer is no text"))?;
        if !answers.iter().any(|answer| answer == text.trim()) {
            answers.push(text.trim().to_string());
        }
    }
    match (answers.is_empty(), said) {
        (true, Some(true)) => Err(Why::new("no expected value")),
        (true, _) => Ok(json!({"answerable": false})),
        _ => Ok(json!({"answers": answers})),
    }
}

fn calls(value: &Value) -> Result<Value, Why> {
    match parsed(value).into_owned() {
        object @ Value::Object(_) => Ok(object),
        calls @ Value::Array(_) => Ok(json!({"calls": calls})),
        _ => Err(Why::new("the expected value is no list of calls")),
    }
}
