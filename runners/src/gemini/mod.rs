//! Google's Gemini API. Reference: `https://ai.google.dev/api/generate-content`.

mod answer;
mod request;
mod stream;

use crate::{
    api::{ApiRunner, ApiSettings, Asking, Protocol, milliseconds},
    http::{Failure, Secrets, Transport, add_secrets, read_events},
};
use eval_core::{BoxFuture, Prompt, Response, RunnerError, RunnerErrorKind as Kind};
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::Instant;

/// Where Google's own API is.
pub const BASE_URL: &str = "https://generativelanguage.googleapis.com/v1beta";

/// The environment variable that holds its key.
pub const KEY_VARIABLE: &str = "GEMINI_API_KEY";

struct GenerateContent {
    transport: Transport,
    headers: HeaderMap,
    path: String,
    asking: Asking,
}

/// A model behind the Gemini API.
pub fn runner(settings: ApiSettings) -> Result<ApiRunner, RunnerError> {
    let ApiSettings { address, key, headers: user, asking } = settings;
    let path = path(&address.model, asking.stream)?;
    let mut headers = HeaderMap::new();
    add_secrets(&mut headers, key.iter().map(|key| ("x-goog-api-key", key)))?;
    add_secrets(&mut headers, user.iter().map(|(name, value)| (name.as_str(), value)))?;
    let secrets = Secrets::new(key.into_iter().chain(user.into_iter().map(|(_, value)| value)));
    let transport = Transport::new(address, secrets.clone())?;
    Ok(ApiRunner::new(GenerateContent { transport, headers, path, asking }, secrets))
}

/// Here the model stands in the address. A name with a collection, such as `tunedModels/mine`, is taken as it is.
fn path(model: &str, stream: bool) -> Result<String, RunnerError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._/@".contains(c);
    if model.is_empty() || model.contains("..") || !model.chars().all(allowed) {
        let message = format!("{model:?} is no name of a Gemini model: it is like gemini-2.5-flash");
        return Err(RunnerError::new(Kind::UnknownModel, message));
    }
    let collection = if model.contains('/') { "" } else { "models/" };
    let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    Ok(format!("/{collection}{model}:{method}"))
}

impl Protocol for GenerateContent {
    fn ask<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, Failure>> {
        Box::pin(async move {
            let begun = Instant::now();
            let body = request::body(&self.asking, prompt);
            let request = self.transport.request(&self.path, &self.headers, &body)?;
            let (answer, first) = match self.asking.stream {
                false => (self.transport.json(&self.transport.send(request).await?)?, None),
                true => self.stream(request).await?,
            };
            self.refuse_error(&answer)?;
            let nothing = || self.transport.failure(Kind::Malformed, "answered without content and without a reason");
            let mut response = answer::read(answer).ok_or_else(nothing)?;
            response.timing.prompt_ms = first.map(|first| milliseconds(first - begun));
            Ok(response)
        })
    }
}

impl GenerateContent {
    /// The streamed answer as it is when it comes in one piece, and when its first token came.
    async fn stream(&self, request: reqwest::Request) -> Result<(Value, Option<Instant>), Failure> {
        let answer = self.transport.stream(request).await?;
        let mut chunks = stream::Chunks::default();
        let first = read_events(&self.transport, answer, |event| {
            self.refuse_error(&event)?;
            Ok(chunks.fold(event))
        })
        .await?;
        Ok((chunks.finish(), first))
    }

    /// A failure may come as an event of a stream, too.
    fn refuse_error(&self, value: &Value) -> Result<(), Failure> {
        let Some(error) = value.get("error").filter(|error| !error.is_null()) else { return Ok(()) };
        let status = error["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
        Err(self.transport.told_late(status, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_stands_in_the_address() {
        assert_eq!(path("gemini-2.5-flash", false).unwrap(), "/models/gemini-2.5-flash:generateContent");
        assert_eq!(path("tunedModels/mine", true).unwrap(), "/tunedModels/mine:streamGenerateContent?alt=sse");
        for wrong in ["", "gemini 2.5", "gemini?key=x", "../files/x", "gemini#1"] {
            assert_eq!(path(wrong, false).unwrap_err().kind, Kind::UnknownModel, "{wrong}");
        }
    }
}
