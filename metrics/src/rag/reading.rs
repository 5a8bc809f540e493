use crate::json::{fenced, read_object};
use eval_core::Response;
use serde_json::{Map, Value};

/// An answer as it was read.
pub(super) struct Reading {
    pub answer: Answer,
    /// Ids without repetition, as named.
    pub citations: Vec<String>,
    /// `json`, `recovered`, `text` or `none`.
    pub reading: &'static str,
}

/// What stands where the answer should.
pub(super) enum Answer {
    /// Text that is not blank.
    Text(String),
    /// JSON's `null`.
    Null,
    /// No answer can be read: why.
    Unreadable(&'static str),
}

impl Reading {
    /// Reads `{"answer", "citations"}`, in a fence or in prose as well, else plain text.
    ///
    /// What begins as an object and is none, and other JSON than a string, number, true, false or null, is unreadable.
    pub(super) fn of(response: &Response) -> Self {
        let text = response.text.trim();
        if !response.tool_calls.is_empty() {
            return Self::unreadable("a tool call where an answer is asked for");
        }
        if text.is_empty() {
            return Self::unreadable("an empty answer");
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Self::object(object, "json"),
            Ok(Value::Array(_)) => Self::unreadable("a JSON list where an answer is asked for"),
            Ok(Value::Null) => Self { answer: Answer::Null, citations: Vec::new(), reading: "text" },
            Ok(Value::String(answer)) => Self::plain(answer),
            Ok(_) => Self::plain(text.into()),
            Err(_) => Self::recovered(text),
        }
    }

    fn recovered(text: &str) -> Self {
        match read_object(text).1 {
            Some(Value::Object(object)) if object.contains_key("answer") => Self::object(object, "recovered"),
            // Braces in prose are prose; but an answer that is nothing but an object, or has one in a fence, meant one.
            _ if text.starts_with('{') || fenced(text).next().is_some() => Self::unreadable("JSON without an answer"),
            _ => Self::plain(text.into()),
        }
    }

    fn object(mut object: Map<String, Value>, reading: &'static str) -> Self {
        let answer = match object.remove("answer") {
            Some(Value::String(text)) if text.trim().is_empty() => Answer::Unreadable("an empty answer"),
            Some(Value::String(text)) => Answer::Text(text),
            Some(Value::Number(number)) => Answer::Text(match number.as_f64() {
                // 30.0 is 30; beyond 2^53 the digits as written say more.
                Some(x) if x.fract() == 0.0 && x.abs() < 9e15 => format!("{x}"),
                _ => number.to_string(),
            }),
            Some(Value::Null) => Answer::Null,
            Some(_) => Answer::Unreadable("an answer that is no text, number or null"),
            None => Answer::Unreadable("JSON without an answer"),
        };
        Self { answer, citations: citations(object.remove("citations")), reading }
    }

    fn plain(text: String) -> Self {
        if text.trim().is_empty() {
            return Self::unreadable("an empty answer");
        }
        Self { answer: Answer::Text(text), citations: Vec::new(), reading: "text" }
    }

    fn unreadable(why: &'static str) -> Self {
        Self { answer: Answer::Unreadable(why), citations: Vec::new(), reading: "none" }
    }
}

/// A list of ids, or one id; what is neither text nor number names nothing.
fn citations(value: Option<Value>) -> Vec<String> {
    let items = match value {
        Some(Value::Array(items)) => items,
        Some(other) => vec![other],
        None => Vec::new(),
    };
    let mut seen = std::collections::HashSet::new();
    let id = |item: Value| match item {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    items.into_iter().filter_map(id).filter(|id| seen.insert(id.clone())).collect()
}
