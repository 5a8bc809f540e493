//! Calls as JSON, whatever stands around them.

use super::Piece;
use eval_core::{Arguments, Tool, ToolCall};
use serde_json::{Map, Value};

/// The JSON object or array at the start of the text, and its length.
pub(super) fn leading(text: &str) -> Option<(Value, usize)> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

/// Calls at the start of the text, one value or several with separators between, and what follows them.
fn leading_calls(text: &str) -> (Vec<ToolCall>, &str) {
    let mut calls = Vec::new();
    let mut rest = text;
    loop {
        let next = after_separators(rest);
        let Some((value, length)) = leading(next) else { return (calls, rest) };
        calls.extend(calls_of(&value));
        rest = &next[length..];
    }
}

/// The calls of a stretch that its markers say holds calls and nothing else; where that is not so, one unreadable call.
pub(super) fn whole<'a>(marker: &str, body: &str) -> Vec<Piece<'a>> {
    let (calls, rest) = leading_calls(body);
    if calls.is_empty() || !after_separators(rest).is_empty() {
        return vec![Piece::Call(unreadable_body(marker, body))];
    }
    calls.into_iter().map(Piece::Call).collect()
}

/// The calls of a stretch after a marker that has no closing one: JSON ends by itself, the rest is text.
pub(super) fn open_ended<'a>(marker: &str, body: &'a str) -> Vec<Piece<'a>> {
    let (calls, rest) = leading_calls(body);
    let mut pieces: Vec<_> = calls.into_iter().map(Piece::Call).collect();
    // What begins like another call is one that was cut.
    if pieces.is_empty() || after_separators(rest).starts_with(['{', '[']) {
        pieces.push(Piece::Call(unreadable_body(marker, rest)));
    } else {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// A call whose name stands apart from its arguments, which are the whole of `raw`.
pub(super) fn named(name: &str, raw: &str) -> ToolCall {
    if name.trim().is_empty() {
        return unreadable(raw);
    }
    ToolCall { name: name.trim().to_string(), arguments: arguments(Some(&Value::from(raw.trim()))) }
}

/// As [`unreadable`], for what follows a marker: the marker itself where nothing does.
pub(super) fn unreadable_body(marker: &str, body: &str) -> ToolCall {
    unreadable(if body.trim().is_empty() { marker } else { body })
}

/// The text without what may stand between two calls.
pub(super) fn after_separators(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == ',')
}

/// The calls of a JSON value: one, or those of an array.
pub(super) fn calls_of(value: &Value) -> Vec<ToolCall> {
    match value {
        Value::Array(items) if !items.is_empty() => items.iter().map(call_of).collect(),
        other => vec![call_of(other)],
    }
}

fn call_of(value: &Value) -> ToolCall {
    let Some(object) = call_object(value) else { return unreadable(&value.to_string()) };
    match name_of(object) {
        Some(name) => ToolCall { name: name.to_string(), arguments: arguments(arguments_of(object)) },
        None => ToolCall { name: String::new(), arguments: Arguments::Raw(value.to_string()) },
    }
}

/// A call whose text cannot be read; its name where that much can be told.
pub(super) fn unreadable(raw: &str) -> ToolCall {
    let name = readable_name(raw).unwrap_or_default().to_string();
    ToolCall { name, arguments: Arguments::Raw(raw.trim().to_string()) }
}

/// Arguments as a call holds them: an object, also as a JSON text; none at all is an empty object.
pub(super) fn arguments(value: Option<&Value>) -> Arguments {
    match value {
        None | Some(Value::Null) => Arguments::Object(Map::new()),
        Some(Value::Object(object)) => Arguments::Object(object.clone()),
        Some(Value::String(text)) if text.trim().is_empty() => Arguments::Object(Map::new()),
        Some(Value::String(text)) => {
            serde_json::from_str(text).map_or_else(|_| Arguments::Raw(text.clone()), Arguments::Object)
        }
        Some(other) => Arguments::Raw(other.to_string()),
    }
}

/// Whether a value has the form of a call or of several: for text without markers.
pub(super) fn is_call(value: &Value, tools: &[Tool]) -> bool {
    if let Value::Array(items) = value {
        return items.iter().any(|item| !item.is_array() && is_call(item, tools));
    }
    call_object(value).is_some_and(|object| {
        arguments_of(object).is_some() || name_of(object).is_some_and(|name| offered(name, tools))
    })
}

/// Whether a call to a function on offer stands anywhere inside the value.
pub(super) fn holds_call(value: &Value, tools: &[Tool]) -> bool {
    let is_one = call_object(value).and_then(name_of).is_some_and(|name| offered(name, tools));
    is_one
        || match value {
            Value::Array(items) => items.iter().any(|item| holds_call(item, tools)),
            Value::Object(object) => object.values().any(|item| holds_call(item, tools)),
            _ => false,
        }
}

pub(super) fn offered(name: &str, tools: &[Tool]) -> bool {
    tools.iter().any(|tool| tool.name() == name)
}

/// The object with name and arguments: `{"type": "function", "function": {…}}` wraps it.
fn call_object(value: &Value) -> Option<&Map<String, Value>> {
    let outer = value.as_object()?;
    Some(outer.get("function").and_then(Value::as_object).unwrap_or(outer))
}

fn name_of(object: &Map<String, Value>) -> Option<&str> {
    ["name", "function"].iter().find_map(|key| object.get(*key)?.as_str()).filter(|name| !name.trim().is_empty())
}

fn arguments_of(object: &Map<String, Value>) -> Option<&Value> {
    object.get("arguments").or_else(|| object.get("parameters"))
}

/// The value of the first key `name` in text that is not JSON as a whole, in either kind of quotes.
pub(super) fn readable_name(raw: &str) -> Option<&str> {
    let after_key = ["\"name\"", "'name'"].iter().find_map(|key| raw.split_once(key))?.1;
    let value = after_key.trim_start().strip_prefix(':')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = value[1..].split_once(quote)?;
    (!name.trim().is_empty()).then_some(name)
}
