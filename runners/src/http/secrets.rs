use eval_core::{Arguments, FinishReason, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";

/// A shorter value is a word such as `none`, whose every other use would be hidden with it.
const SHORTEST: usize = 6;

/// The secrets of a model: kept out of all that is shown or written.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<SecretString>);

impl Secrets {
    /// Keeps these.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let token = |secret: &SecretString| {
            // Of `Bearer KEY` the key alone is secret as well.
            secret.expose_secret().split_once(' ').map(|(_, token)| SecretString::from(token.trim()))
        };
        let mut secrets: Vec<_> = secrets.into_iter().flat_map(|s| token(&s).into_iter().chain([s])).collect();
        secrets.retain(|secret| secret.expose_secret().len() >= SHORTEST);
        // Where one holds another, the longer one goes first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self(secrets)
    }

    /// The text without the secrets.
    pub fn redact(&self, text: String) -> String {
        self.0.iter().map(ExposeSecret::expose_secret).fold(text, |text, secret| match text.contains(secret) {
            true => text.replace(secret, REDACTED),
            false => text,
        })
    }

    /// Takes the secrets out of an answer: a server may repeat what it was sent.
    pub fn scrub(&self, response: &mut Response) {
        if self.0.is_empty() {
            return;
        }
        self.scrub_text(&mut response.text);
        response.reasoning.iter_mut().for_each(|text| self.scrub_text(text));
        for call in &mut response.tool_calls {
            self.scrub_text(&mut call.name);
            match &mut call.arguments {
                Arguments::Raw(text) => self.scrub_text(text),
                Arguments::Object(map) => self.scrub_map(map),
            }
        }
        if let Some(FinishReason::Other(word)) = &mut response.finish_reason {
            self.scrub_text(word);
        }
        self.scrub_map(&mut response.server);
    }

    fn scrub_text(&self, text: &mut String) {
        *text = self.redact(std::mem::take(text));
    }

    fn scrub_map(&self, map: &mut serde_json::Map<String, Value>) {
        let holds = |key: &String| self.0.iter().any(|secret| key.contains(secret.expose_secret()));
        if map.keys().any(holds) {
            let entries = std::mem::take(map);
            map.extend(entries.into_iter().map(|(key, value)| (self.redact(key), value)));
        }
        map.values_mut().for_each(|value| self.scrub_value(value));
    }

    fn scrub_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.scrub_text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.scrub_value(item)),
            Value::Object(map) => self.scrub_map(map),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets() -> Secrets {
        Secrets::new(["planted-key", "planted-key-2", "none"].map(SecretString::from))
    }

    #[test]
    fn a_secret_is_taken_out_of_every_part_of_an_answer() {
        let mut response: Response = serde_json::from_value(json!({
            "text": "none: planted-key-2!", "reasoning": "planted-key",
            "tool_calls": [{"name": "f", "arguments": {"a": ["planted-key"]}}, {"name": "g", "arguments": "planted-key {"}],
            "finish_reason": "planted-key", "usage": {}, "timing": {}, "cost_usd": null, "cached": false, "attempts": 1,
            "server": {"planted-key": {"x": "Bearer planted-key"}},
        }))
        .unwrap();
        secrets().scrub(&mut response);
        let text = serde_json::to_string(&response).unwrap();
        assert!(!text.contains("planted"), "{text}");
        assert_eq!(response.text, "none: [redacted]!", "a word that is no secret stays");
    }
}
