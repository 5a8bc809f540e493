use eval_core::{Prompt, Role, Tool, canonical_json};
use serde_json::{Map, Value};
use std::fmt::Write;

/// The version of keys: raised where the same parts come to mean another question, or answers are kept in another form.
pub const FORMAT: u32 = 1;

/// What is the same for all calls of a model: the first parts of every key.
#[derive(Debug, Clone)]
pub struct Identity {
    /// A JSON object that is not closed yet.
    parts: String,
}

impl Identity {
    /// From an object of the caller's, such as
    /// `{"protocol": "openai", "endpoint": "https://…/v1", "model": "…", "asking": {"temperature": 0.0, …}}`.
    ///
    /// The members of `asking` are parts of their own, `asking.temperature`; one that is `null` is none. Whatever the
    /// order of the keys, the parts are the same. It must hold no secret: the parts are kept in the store.
    pub fn new(what: &Value) -> Self {
        let mut parts = Parts::new();
        let mut members: Vec<(&String, &Value)> = what.as_object().into_iter().flatten().collect();
        members.sort_by_key(|(name, _)| (rank(name), *name));
        for (name, value) in members {
            match value {
                Value::Object(asking) if name == "asking" => parts.all("asking.", asking),
                value => parts.add(name, canonical_json(value)),
            }
        }
        Self { parts: parts.0 }
    }
}

/// Where a part stands for a reader.
fn rank(name: &str) -> usize {
    let order = ["protocol", "endpoint", "model"];
    if name == "asking" {
        return usize::MAX;
    }
    order.iter().position(|known| *known == name).unwrap_or(order.len())
}

/// What an answer is found by: a digest of everything that shapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// 128 bits, as all digests of eval: half the index of a large cache, and no two answers will ever share one.
    pub(super) digest: [u8; 16],
    pub(super) parts: String,
}

impl Key {
    /// The key of one prompt. Which case it was made from is no part of it.
    ///
    /// A schema and tools count as they are written: a model sees their members in that order, and may answer in it.
    pub fn new(identity: &Identity, prompt: &Prompt) -> Self {
        let mut parts = Parts(String::with_capacity(identity.parts.len() + 256 + 64 * prompt.messages.len()));
        parts.0.push_str(&identity.parts);
        parts.add("max_output_tokens", prompt.max_output_tokens);
        if !prompt.stop.is_empty() {
            parts.add("stop", Value::from(prompt.stop.as_slice()));
        }
        if let Some(schema) = &prompt.schema {
            parts.digest(format_args!("schema"), schema.to_string().as_bytes());
        }
        if !prompt.tools.is_empty() {
            parts.digest(format_args!("tools"), written(&prompt.tools).as_bytes());
        }
        for (i, message) in prompt.messages.iter().enumerate() {
            let role = match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
            };
            parts.digest(format_args!("message {} ({role})", i + 1), message.content.as_bytes());
        }
        for (i, exchange) in prompt.exchanges.iter().enumerate() {
            let written = serde_json::to_string(exchange).unwrap_or_default();
            parts.digest(format_args!("exchange {}", i + 1), written.as_bytes());
        }
        parts.add("repeat", prompt.id.repeat);
        parts.add("format", FORMAT);
        parts.0.push('}');
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(parts.0.as_bytes()).as_bytes()[..16]);
        Self { digest, parts: parts.0 }
    }

    /// The parts in order: small ones as they are, texts as digests.
    pub fn parts(&self) -> Map<String, Value> {
        serde_json::from_str(&self.parts).unwrap_or_default()
    }
}

/// Each on a line of its own, as none holds a line end.
fn written(tools: &[Tool]) -> String {
    tools.iter().fold(String::new(), |mut text, Tool(tool)| {
        let _ = writeln!(text, "{tool}");
        text
    })
}

/// The canonical form of a key while it is written: a JSON object whose order is fixed.
struct Parts(String);

impl Parts {
    fn new() -> Self {
        Self("{".into())
    }

    fn all(&mut self, prefix: &str, members: &Map<String, Value>) {
        let mut known: Vec<_> = members.iter().filter(|(_, value)| !value.is_null()).collect();
        known.sort_by_key(|(name, _)| *name);
        for (name, value) in known {
            self.add(&format!("{prefix}{name}"), canonical_json(value));
        }
    }

    /// Writing to a string cannot fail.
    fn add(&mut self, name: &str, json: impl std::fmt::Display) {
        let comma = self.comma();
        let _ = write!(self.0, "{comma}{}:{json}", Value::from(name));
    }

    fn digest(&mut self, name: std::fmt::Arguments<'_>, bytes: &[u8]) {
        let comma = self.comma();
        let digest = blake3::hash(bytes).to_hex();
        let _ = write!(self.0, "{comma}\"{name}\":\"{}\"", &digest[..32]);
    }

    fn comma(&self) -> &'static str {
        if self.0.len() > 1 { "," } else { "" }
    }
}
