//! Anthropic's Messages API, and servers that imitate it. Reference: `https://platform.claude.com/docs/en/api/messages`.

mod answer;
mod request;
mod stream;

use crate::{
    api::{ApiRunner, ApiSettings, Asking, Protocol, milliseconds},
    http::{Failure, Secrets, Transport, add_secrets, read_events},
};
use eval_core::{BoxFuture, Prompt, Response, RunnerError, RunnerErrorKind as Kind};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use std::time::Instant;

/// Where Anthropic's own API is.
pub const BASE_URL: &str = "https://api.anthropic.com/v1";

/// The environment variable that holds its key.
pub const KEY_VARIABLE: &str = "ANTHROPIC_API_KEY";

/// The later version, 2026-10-21, takes no `temperature`, which the models that have one are evaluated with.
const VERSION: &str = "2023-06-01";

struct Messages {
    transport: Transport,
    headers: HeaderMap,
    model: String,
    asking: Asking,
}

/// Whether the model refuses a temperature, so that none is sent unless the user asks for one.
pub fn samples_by_itself(model: &str) -> bool {
    request::samples_by_itself(model)
}

/// A model behind the Messages API.
pub fn runner(settings: ApiSettings) -> Result<ApiRunner, RunnerError> {
    let ApiSettings { address, key, headers: user, asking } = settings;
    let model = address.model.clone();
    request::check(&model, &asking)?;
    let mut headers = HeaderMap::new();
    headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
    add_secrets(&mut headers, key.iter().map(|key| ("x-api-key", key)))?;
    add_secrets(&mut headers, user.iter().map(|(name, value)| (name.as_str(), value)))?;
    let secrets = Secrets::new(key.into_iter().chain(user.into_iter().map(|(_, value)| value)));
    let transport = Transport::new(address, secrets.clone())?;
    Ok(ApiRunner::new(Messages { transport, headers, model, asking }, secrets))
}

impl Protocol for Messages {
    fn ask<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, Failure>> {
        Box::pin(async move {
            let begun = Instant::now();
            request::check_prompt(&self.asking, prompt).map_err(|error| Failure { error, code: None })?;
            let body = request::body(&self.model, &self.asking, prompt);
            let request = self.transport.request("/messages", &self.headers, &body)?;
            let (message, first) = match self.asking.stream {
                false => (self.transport.json(&self.transport.send(request).await?)?, None),
                true => self.stream(request).await?,
            };
            self.refuse_error(&message)?;
            let nothing = || self.transport.failure(Kind::Malformed, "answered without content and without a reason");
            let mut response = answer::read(message).ok_or_else(nothing)?;
            response.timing.prompt_ms = first.map(|first| milliseconds(first - begun));
            Ok(response)
        })
    }
}

impl Messages {
    /// The streamed message as it is when it comes in one piece, and when its first token came.
    async fn stream(&self, request: reqwest::Request) -> Result<(Value, Option<Instant>), Failure> {
        let answer = self.transport.stream(request).await?;
        let mut message = stream::Message::default();
        let first = read_events(&self.transport, answer, |event| {
            self.refuse_error(&event)?;
            Ok(message.fold(event))
        })
        .await?;
        Ok((message.finish(), first))
    }

    /// A failure may come as an event of a stream, too. Reference: `https://platform.claude.com/docs/en/api/errors`.
    fn refuse_error(&self, value: &Value) -> Result<(), Failure> {
        if value["type"] != "error" {
            return Ok(());
        }
        let status = match value["error"]["type"].as_str() {
            Some("overloaded_error") => 529,
            Some("rate_limit_error") => 429,
            Some("timeout_error") => 504,
            _ => 500,
        };
        Err(self.transport.told_late(status, value))
    }
}
