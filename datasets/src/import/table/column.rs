//! Values of a row by the path of their column.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// The value at a column, or at a path below one: `answers.text.0`; a key of what stands in a list (`passages.text`)
/// gives a list of those. A column whose name holds the points itself comes first.
pub(super) fn get<'a>(row: &'a Map<String, Value>, path: &str) -> Option<Cow<'a, Value>> {
    if let Some(value) = row.get(path) {
        return Some(Cow::Borrowed(value));
    }
    let points = path.match_indices('.').map(|(at, _)| at);
    points.rev().find_map(|at| below(row.get(&path[..at])?, &path[at + 1..]))
}

fn below<'a>(value: &'a Value, path: &str) -> Option<Cow<'a, Value>> {
    match value {
        Value::Object(map) => get(map, path),
        Value::Array(items) => {
            let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
            let Ok(index) = first.parse::<usize>() else {
                let found: Vec<Value> = items.iter().filter_map(|item| Some(below(item, path)?.into_owned())).collect();
                return (!found.is_empty() || items.is_empty()).then(|| Cow::Owned(found.into()));
            };
            let item = items.get(index)?;
            rest.map_or(Some(Cow::Borrowed(item)), |rest| below(item, rest))
        }
        _ => None,
    }
}

/// Whether a value says nothing: `null`, or text without a word.
pub(super) fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A value that is text, a number, or true or false, as text.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(value) => Some(value.to_string().into()),
        _ => None,
    }
}

/// What JSON stands in a text cell; anything else as it is.
pub(super) fn parsed(value: &Value) -> Cow<'_, Value> {
    let text = value.as_str().map(str::trim).filter(|text| text.starts_with(['{', '[']));
    match text.and_then(|text| crate::json::parse(text).ok()) {
        Some(parsed) => Cow::Owned(parsed),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_go_through_objects_and_lists() {
        let row = json!({
            "answers": {"text": ["one", "two"]}, "a.b": 1, "a": {"b": 2, "c.d": 3},
            "passages": [{"text": "x"}, {"title": "only"}, {"text": "y"}], "none": []
        });
        let at = |path: &str| get(row.as_object().unwrap(), path).map(Cow::into_owned);
        assert_eq!(at("answers.text.0"), Some(json!("one")));
        assert_eq!(at("answers.text.2"), None);
        assert_eq!(at("a.b"), Some(json!(1)));
        assert_eq!(at("a.c.d"), Some(json!(3)));
        assert_eq!(at("passages.text"), Some(json!(["x", "y"])));
        assert_eq!(at("passages.1.title"), Some(json!("only")));
        assert_eq!(at("none.text"), Some(json!([])));
        assert_eq!(at("other"), None);
    }
}
