//! A streamed answer, put together. Reference: `https://ai.google.dev/api/generate-content`, "streamGenerateContent".

use crate::http::Fold;
use serde_json::{Map, Value, json};

/// An answer while it comes: each event is an answer with the parts that are new.
#[derive(Default)]
pub(super) struct Chunks {
    answer: Map<String, Value>,
    candidate: Map<String, Value>,
    parts: Vec<Value>,
}

impl Chunks {
    /// No event says that it is the last: the one with a reason ends the answer. Some servers give a reason early, so all
    /// events are read.
    pub(super) fn fold(&mut self, mut chunk: Value) -> Fold {
        let mut candidate = take(&mut chunk, "/candidates/0");
        let parts = match take(&mut candidate, "/content/parts") {
            Value::Array(parts) => parts,
            _ => Vec::new(),
        };
        let generated = |part: &Value| {
            part["text"].as_str().is_some_and(|text| !text.is_empty()) || part["functionCall"].is_object()
        };
        let output = parts.iter().any(generated);
        let whole = candidate["finishReason"].is_string() || chunk["promptFeedback"]["blockReason"].is_string();
        self.parts.extend(parts);
        update(&mut self.candidate, candidate);
        update(&mut self.answer, chunk);
        match (whole, output) {
            (true, output) => Fold::Whole { output },
            (false, true) => Fold::Output,
            (false, false) => Fold::Quiet,
        }
    }

    /// As it would have come in one piece.
    pub(super) fn finish(mut self) -> Value {
        self.candidate.insert("content".into(), json!({"parts": self.parts}));
        self.answer.insert("candidates".into(), json!([self.candidate]));
        self.answer.into()
    }
}

fn take(from: &mut Value, pointer: &str) -> Value {
    from.pointer_mut(pointer).map(Value::take).unwrap_or_default()
}

/// What is told later replaces what was told before, key by key: counts are totals so far.
fn update(into: &mut Map<String, Value>, from: Value) {
    let Value::Object(from) = from else { return };
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (_, Value::Null) => {}
            (Some(Value::Object(into)), value @ Value::Object(_)) => update(into, value),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}
