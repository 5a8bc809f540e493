use super::answer::tells_failure;
use crate::http::Fold;
use serde_json::{Map, Value, json};

/// Folds the chunks of a stream into the completion that they are pieces of.
#[derive(Default)]
pub(super) struct Folded {
    body: Map<String, Value>,
    message: Map<String, Value>,
    choice: Map<String, Value>,
    calls: Vec<Value>,
}

impl Folded {
    /// Takes one chunk in.
    pub(super) fn take(&mut self, chunk: Value) -> Fold {
        let Value::Object(mut chunk) = chunk else { return Fold::Quiet };
        let choices = chunk.remove("choices");
        // Groq has a key of its own for the usage, in its last chunk only there, and for a failure.
        for key in ["usage", "error"] {
            let own = chunk.get("x_groq").and_then(|own| own.get(key)).cloned();
            if let Some(own) = own.filter(|_| chunk.get(key).is_none_or(Value::is_null)) {
                chunk.insert(key.into(), own);
            }
        }
        self.body.extend(chunk.into_iter().filter(|(_, value)| !value.is_null()));
        let Some(Value::Object(mut choice)) = choices.and_then(|mut choices| choices.get_mut(0).map(Value::take))
        else {
            return Fold::Quiet;
        };
        let delta = choice.remove("delta");
        if let Some(more) = choice.remove("logprobs").filter(|more| !more.is_null()) {
            self.tokens_likelihood(more);
        }
        self.choice.extend(choice.into_iter().filter(|(_, value)| !value.is_null()));
        let Some(Value::Object(delta)) = delta else { return Fold::Quiet };
        let mut brought = Fold::Quiet;
        for (key, value) in delta {
            if key == "role" || value.is_null() {
                continue;
            }
            if key == "tool_calls" {
                value.as_array().into_iter().flatten().for_each(|piece| self.call(piece));
                brought = Fold::Output;
            } else if append(self.message.entry(key).or_insert(Value::Null), value) {
                brought = Fold::Output;
            }
        }
        brought
    }

    /// Each chunk tells of its own tokens.
    fn tokens_likelihood(&mut self, mut more: Value) {
        let known = self.choice.entry("logprobs").or_insert_with(|| json!({"content": []}));
        if let Some(content) = more.get_mut("content").map(Value::take).filter(Value::is_array) {
            append(&mut known["content"], content);
        }
    }

    fn call(&mut self, piece: &Value) {
        let index = piece["index"].as_u64().map_or(self.calls.len(), |index| index as usize);
        // A hostile index must not allocate; calls come in order.
        let index = index.min(self.calls.len());
        if index == self.calls.len() {
            self.calls.push(json!({"function": {"name": "", "arguments": ""}}));
        }
        for part in ["name", "arguments"] {
            if let Value::String(text) = &piece["function"][part] {
                append(&mut self.calls[index]["function"][part], text.clone().into());
            } else if piece["function"][part].is_object() {
                self.calls[index]["function"][part] = piece["function"][part].clone();
            }
        }
    }

    /// Whether the answer came to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.choice.contains_key("finish_reason") || tells_failure(&self.body)
    }

    /// As if it had not been streamed.
    pub(super) fn whole(mut self) -> Value {
        if !self.calls.is_empty() {
            self.message.insert("tool_calls".into(), self.calls.into());
        }
        self.choice.insert("message".into(), self.message.into());
        self.body.insert("choices".into(), json!([self.choice]));
        self.body.into()
    }
}

/// Text goes on where it ended, lists grow; tells whether anything came.
fn append(into: &mut Value, piece: Value) -> bool {
    match (into, piece) {
        (Value::String(text), Value::String(more)) => {
            text.push_str(&more);
            !more.is_empty()
        }
        (Value::Array(items), Value::Array(more)) => {
            let came = !more.is_empty();
            items.extend(more);
            came
        }
        // Mistral streams thinking as parts, and the text that follows as text.
        (Value::Array(items), Value::String(text)) => {
            let came = !text.is_empty();
            items.push(json!({"type": "text", "text": text}));
            came
        }
        (into @ Value::String(_), Value::Array(more)) if *into != "" => {
            *into = json!([{"type": "text", "text": into.take()}]);
            append(into, more.into())
        }
        (into, piece) => {
            let came = piece.as_str().is_none_or(|text| !text.is_empty());
            *into = piece;
            came
        }
    }
}
