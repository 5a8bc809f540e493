//! The input of a row.

use super::{
    column::{self, is_blank},
    mapping::Part,
};
use crate::import::Why;
use serde_json::{Map, Value};

/// A text, or an object where parts are mapped; every part is there, so that a prompt can name it.
pub(super) fn input(row: &Map<String, Value>, parts: &[Part]) -> Result<Value, Why> {
    let values = parts.iter().map(|(part, column)| (part, column::get(row, column)));
    let mut object = Map::new();
    for (part, value) in values {
        let value = value.filter(|value| !is_blank(value)).map(|value| readable(&value));
        match part {
            None => return value.ok_or_else(|| Why::new("no input")),
            Some(name) => drop(object.insert(name.clone(), value.unwrap_or_else(|| "".into()))),
        }
    }
    if object.values().all(is_blank) { Err(Why::new("no input")) } else { Ok(Value::Object(object)) }
}

/// A text or an object; a conversation as text, other lists as JSON.
fn readable(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Object(_) => value.clone(),
        Value::Array(items) => conversation(items).unwrap_or_else(|| value.to_string()).into(),
        other => column::text(other).map_or(Value::Null, |text| text.into()),
    }
}

fn conversation(turns: &[Value]) -> Option<String> {
    let said = |turn: &Value| {
        let role = turn.get("role").or_else(|| turn.get("from"))?.as_str()?;
        let content = turn.get("content").or_else(|| turn.get("value"))?.as_str()?;
        Some((role.to_string(), content.to_string()))
    };
    let turns: Vec<(String, String)> = turns.iter().map(said).collect::<Option<_>>()?;
    match turns.as_slice() {
        [] => None,
        [(_, content)] => Some(content.clone()),
        several => {
            Some(several.iter().map(|(role, content)| format!("{role}: {content}")).collect::<Vec<_>>().join("\n\n"))
        }
    }
}
