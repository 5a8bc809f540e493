//! What the runners of served models share: their settings, one attempt, and what is known of an answer from outside.

use crate::http::{Address, Failure, Secrets};
use eval_core::{BoxFuture, Prompt, Response, Runner, RunnerError, RunnerErrorKind as Kind, Tool};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::{Duration, Instant};

/// What is asked of a served model, and where.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Where it is.
    pub address: Address,
    /// Sent as the protocol sends keys; `None`: the server wants none.
    pub key: Option<SecretString>,
    /// Headers of the user's own; their values are secrets.
    pub headers: Vec<(String, SecretString)>,
    /// Sampling, decoding and what else goes into every request.
    pub asking: Asking,
}

impl ApiSettings {
    /// All that must not be shown. A header is often a word such as `Bearer` and then the secret.
    pub fn secrets(&self) -> Secrets {
        let last_word =
            |value: &SecretString| value.expose_secret().split_whitespace().next_back().map(SecretString::from);
        let values = self.headers.iter().map(|(_, value)| value);
        Secrets::new(self.key.iter().chain(values.clone()).cloned().chain(values.filter_map(last_word)))
    }

    /// The user's own headers.
    pub fn own_headers(&self) -> Result<HeaderMap, RunnerError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let known = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| RunnerError::new(Kind::Rejected, format!("{name:?} cannot be the name of a header")))?;
            headers.insert(known, self.secret_value(value.expose_secret())?);
        }
        Ok(headers)
    }

    /// A header's value that debugging output leaves out.
    pub fn secret_value(&self, value: &str) -> Result<HeaderValue, RunnerError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            let message = format!(
                "the key of {}, or a header's value, holds a character that no header can: is there a line break in it?",
                self.address.model
            );
            RunnerError::new(Kind::Unauthorized, message)
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// What goes into every request beside the prompt. It is part of the manifest and of the cache's key.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Asking {
    /// `None`: the server's default, for models that take no other.
    pub temperature: Option<f64>,
    /// `None`: the server's default.
    pub top_p: Option<f64>,
    /// The run's seed, sent where answers are sampled and the protocol has one.
    pub seed: Option<u64>,
    /// How the answer is constrained.
    pub decode: Decode,
    /// How tools are told of. What is usual is left out: a question asked before there was a choice is still the same.
    #[serde(skip_serializing_if = "is_default")]
    pub tools: Offer,
    /// Whether the answer is streamed, so that the time to the first token is known.
    pub stream: bool,
    /// Whether the probabilities of the answer's tokens are asked for, which tell how sure the model is.
    #[serde(skip_serializing_if = "is_default")]
    pub logprobs: bool,
    /// Room for thinking, in tokens, beside the task's `max_output_tokens`.
    pub thinking_tokens: Option<u32>,
    /// Merged into the request's body.
    pub extra: Map<String, Value>,
    /// Left out of the request's body; a point goes one object down.
    pub omit: Vec<String>,
}

/// What an answer is held to while it is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decode {
    /// Not at all: the prompt asks for what it wants.
    #[default]
    Free,
    /// The task's schema. In this process also its labels or the schemas of its tools.
    Schema,
    /// In this process, for classification: the likeliest label is the answer.
    Labels,
}

/// How a model is told of a task's tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// As the protocol has them.
    #[default]
    Native,
    /// In the system turn, for a server whose chat template has no place for them; calls are read from the text.
    InWords,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Asking {
    /// The most tokens an answer may have, thinking included.
    pub fn max_tokens(&self, prompt: &Prompt) -> u32 {
        prompt.max_output_tokens.saturating_add(self.thinking_tokens.unwrap_or(0))
    }

    /// The seed of one repeat: each has its own, all follow from the run's.
    pub fn seed_of(&self, prompt: &Prompt) -> Option<u64> {
        // Some servers read a signed number of 32 bits.
        self.seed.map(|seed| (seed + u64::from(prompt.id.repeat)) & 0x7fff_ffff)
    }

    /// The schema, where it is to constrain the answer.
    pub fn schema<'a>(&self, prompt: &'a Prompt) -> Option<&'a Value> {
        prompt.schema.as_deref().filter(|_| self.decode == Decode::Schema)
    }

    /// The tools that go the protocol's own way.
    pub fn native_tools<'a>(&self, prompt: &'a Prompt) -> &'a [Tool] {
        match self.tools {
            Offer::Native => &prompt.tools,
            Offer::InWords => &[],
        }
    }

    /// Puts in what the user adds and takes out what the user leaves out.
    pub fn finish(&self, mut body: Map<String, Value>) -> Value {
        for (key, value) in &self.extra {
            merge(body.entry(key.clone()).or_insert(Value::Null), value);
        }
        let mut body = Value::Object(body);
        for path in &self.omit {
            leave_out(&mut body, path);
        }
        body
    }
}

/// Takes a key out; a point goes one object down: `generationConfig.temperature`.
fn leave_out(body: &mut Value, path: &str) {
    match path.split_once('.') {
        Some((key, rest)) => body.get_mut(key).into_iter().for_each(|inner| leave_out(inner, rest)),
        None => drop(body.as_object_mut().map(|object| object.shift_remove(path))),
    }
}

/// Objects are merged, all else is replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// A protocol: one attempt at one prompt.
pub trait Protocol: Send + Sync {
    /// Asks once. Of the response's timing it fills the time to the first token ([`eval_core::Timing::prompt_ms`])
    /// where the answer was streamed.
    fn ask<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, Failure>>;
}

/// A served model, asked once per call: retries, limits and the cache are layers around it.
pub struct ApiRunner {
    protocol: Box<dyn Protocol>,
    secrets: Secrets,
}

impl ApiRunner {
    /// Around a protocol; the secrets are kept out of what it gives back.
    pub fn new(protocol: impl Protocol + 'static, secrets: Secrets) -> Self {
        Self { protocol: Box::new(protocol), secrets }
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Response, RunnerError> {
        let begun = Instant::now();
        let mut response = self.protocol.ask(prompt).await.map_err(|failure| failure.error)?;
        let latency = milliseconds(begun.elapsed());
        response.timing.latency_ms = Some(latency);
        response.timing.generation_ms = response.timing.prompt_ms.map(|first| (latency - first).max(0.0));
        response.attempts = 1;
        self.secrets.scrub(&mut response);
        Ok(response)
    }
}

impl Runner for ApiRunner {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        Box::pin(self.ask(prompt))
    }
}

/// As records have it.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
