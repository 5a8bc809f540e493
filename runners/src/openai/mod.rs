//! Every server that speaks OpenAI's chat completions: the closed ones, routers, and those that teams run themselves.

mod answer;
mod client;
mod presets;
mod request;
mod stream;

pub use presets::{KeyHeader, LimitKey, PRESETS, Preset, REGION_VARIABLES, SchemaForm, preset};

use crate::{
    api::{ApiRunner, ApiSettings, Asking, Offer, Protocol, milliseconds},
    chat::ToolFormat,
    http::{Failure, Fold, Transport},
};
use async_openai::Client;
use client::{Endpoint, Service};
use eval_core::{BoxFuture, FinishReason, Prompt, Response, RunnerError, RunnerErrorKind as Kind};
use futures_util::StreamExt;
use serde_json::Value;
use std::{sync::Arc, time::Instant};

/// A runner for one model of a server of this kind.
pub fn runner(preset: &'static Preset, settings: ApiSettings) -> Result<ApiRunner, RunnerError> {
    let secrets = settings.secrets();
    let model = settings.address.model.clone();
    let endpoint = Endpoint::new(preset, &settings)?;
    let transport = Arc::new(Transport::new(settings.address, secrets.clone())?);
    let client =
        Client::with_config(endpoint).with_http_service(Service::new(transport.clone(), settings.asking.stream));
    Ok(ApiRunner::new(ChatCompletions { preset, model, asking: settings.asking, client, transport }, secrets))
}

struct ChatCompletions {
    preset: &'static Preset,
    model: String,
    asking: Asking,
    client: Client<Endpoint>,
    transport: Arc<Transport>,
}

impl Protocol for ChatCompletions {
    fn ask<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, Failure>> {
        Box::pin(async move {
            let body = request::body(self.preset, &self.model, &self.asking, prompt);
            let answered = if self.asking.stream { self.stream(body).await } else { self.whole(body).await };
            let mut response = answered.or_else(filtered)?;
            if self.asking.tools == Offer::InWords {
                ToolFormat::PlainJson.take_calls(&mut response, &prompt.tools);
            }
            Ok(response)
        })
    }
}

impl ChatCompletions {
    async fn whole(&self, body: Value) -> Result<Response, Failure> {
        let begun = Instant::now();
        let failed = |error| client::failure(&self.transport, begun, error);
        let whole = self.client.chat().create_byot(body).await.or_else(client::mended).map_err(failed)?;
        answer::read(&self.transport, whole)
    }

    async fn stream(&self, body: Value) -> Result<Response, Failure> {
        let begun = Instant::now();
        let failed = |error| client::failure(&self.transport, begun, error);
        let mut chunks = self.client.chat().create_stream_byot(body).await.map_err(failed)?;
        let (mut folded, mut first) = (stream::Folded::default(), None);
        while let Some(chunk) = chunks.next().await {
            if folded.take(chunk.or_else(client::mended).map_err(failed)?) == Fold::Output {
                first.get_or_insert_with(|| milliseconds(begun.elapsed()));
            }
        }
        if !folded.is_whole() {
            return Err(self.transport.failure(Kind::Disconnected, "broke the stream before the answer was whole"));
        }
        let mut response = answer::read(&self.transport, folded.whole())?;
        response.timing.prompt_ms = first;
        Ok(response)
    }
}

/// Azure refuses a prompt that its filter does not let through: that is an answer, to be counted as one.
fn filtered(failure: Failure) -> Result<Response, Failure> {
    if failure.code.as_deref() != Some("content_filter") {
        return Err(failure);
    }
    let server = [("error".to_string(), failure.error.message.into())].into_iter().collect();
    Ok(Response { finish_reason: Some(FinishReason::ContentFilter), server, ..Response::default() })
}
