//! What lies below async-openai: our addresses and keys, and a way to the server that keeps headers and retries nothing.

use super::presets::{KeyHeader, Preset};
use crate::{
    api::ApiSettings,
    http::{Failure, Transport},
    surrogates::whole_characters,
};
use async_openai::{config::Config, error::OpenAIError, middleware::HttpRequestFactory};
use eval_core::{RunnerError, RunnerErrorKind as Kind};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

/// Headers and key; the address is chosen per call, by the transport.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    headers: HeaderMap,
    key: SecretString,
}

impl Endpoint {
    pub(super) fn new(preset: &Preset, settings: &ApiSettings) -> Result<Self, RunnerError> {
        let mut headers = settings.own_headers()?;
        if let Some(key) = &settings.key {
            let (name, value) = match preset.key_header {
                KeyHeader::Bearer => (AUTHORIZATION, format!("Bearer {}", key.expose_secret())),
                KeyHeader::ApiKey => (HeaderName::from_static("api-key"), key.expose_secret().to_string()),
            };
            headers.insert(name, settings.secret_value(&value)?);
        }
        Ok(Self { headers, key: settings.key.clone().unwrap_or_default() })
    }
}

impl Config for Endpoint {
    fn headers(&self) -> HeaderMap<HeaderValue> {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("http://endpoint{path}")
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        "http://endpoint"
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

/// Sends by the transport. async-openai's own service retries by itself, and its errors drop `Retry-After`.
#[derive(Clone)]
pub(super) struct Service {
    transport: Arc<Transport>,
    /// Answers are read while they come.
    streams: bool,
}

impl Service {
    pub(super) fn new(transport: Arc<Transport>, streams: bool) -> Self {
        Self { transport, streams }
    }
}

impl tower_service::Service<HttpRequestFactory> for Service {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let Self { transport, streams } = self.clone();
        Box::pin(async move {
            let request = request.build().await?;
            let sent = if streams { transport.stream(request).await } else { transport.buffered(request).await };
            sent.map_err(|failure| OpenAIError::Boxed(Box::new(Carried(failure))))
        })
    }
}

/// A failure on its way through async-openai.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.error)]
struct Carried(Failure);

/// The answer all the same, where halves of surrogate pairs alone kept it from being read.
pub(super) fn mended(error: OpenAIError) -> Result<Value, OpenAIError> {
    let read = match &error {
        OpenAIError::JSONDeserialize(_, content) => {
            whole_characters(content).and_then(|text| serde_json::from_str(&text).ok())
        }
        _ => None,
    };
    read.ok_or(error)
}

/// What async-openai's error is to us, in a call that was begun then.
pub(super) fn failure(transport: &Transport, begun: Instant, error: OpenAIError) -> Failure {
    match error {
        OpenAIError::Boxed(error) => match error.downcast::<Carried>() {
            Ok(carried) => carried.0,
            Err(error) => transport.failure(Kind::Engine, &format!("could not be asked: {error}")),
        },
        OpenAIError::JSONDeserialize(_, content) => transport.not_json(content.as_bytes()),
        OpenAIError::Reqwest(error) => transport.broken(&error),
        // What it was broken by is not told.
        OpenAIError::StreamError(error) => transport.broken_stream(begun, &error.to_string()),
        other => transport.failure(Kind::Engine, &format!("could not be asked: {other}")),
    }
}
