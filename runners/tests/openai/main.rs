//! Servers of chat completions from outside: what is made of each one's answers, of their faults, and of several that
//! share the calls.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod confidence;
mod errors;
mod faults;
mod in_words;
mod pools;
mod refusals;
mod secrets;
#[path = "../server/mod.rs"]
mod server;
mod streams;

use eval_core::{Message, Prompt, PromptId, Response, Role, Runner, RunnerError};
use eval_runners::{
    api::{ApiRunner, ApiSettings, Asking},
    http::Address,
    openai,
};
use serde_json::{Value, json};
use server::{Reply, Server};
use std::{sync::Arc, time::Duration};

const KEY: &str = "sk-planted-key";

fn prompt() -> Prompt {
    Prompt {
        id: PromptId { task: "t".into(), case: "c".into(), case_hash: String::new(), repeat: 0 },
        messages: vec![Message { role: Role::User, content: "Weather in Oslo?".into() }],
        tools: Arc::new([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 100,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn settings(bases: &[String]) -> ApiSettings {
    let address = Address {
        bases: bases.iter().map(|base| base.parse().unwrap()).collect(),
        model: "m-1".into(),
        key_from: "THE_KEY".into(),
        timeout: Duration::from_secs(20),
        proxy: false,
    };
    ApiSettings { address, key: Some(KEY.into()), headers: Vec::new(), asking: Asking::default() }
}

fn runner(preset: &str, settings: ApiSettings) -> ApiRunner {
    openai::runner(openai::preset(preset).unwrap(), settings).unwrap()
}

/// What a server's only reply becomes.
async fn replied(preset: &str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<Response, RunnerError> {
    let server = Server::start(move |_| reply());
    runner(preset, settings(&[server.url("/v1")])).respond(&prompt()).await
}

async fn answered(preset: &str, body: Value) -> Result<Response, RunnerError> {
    replied(preset, move || Reply::json(200, body.clone())).await
}

async fn failed(preset: &str, status: u16, body: Value) -> RunnerError {
    replied(preset, move || Reply::json(status, body.clone())).await.unwrap_err()
}

fn streaming(base: String) -> ApiSettings {
    ApiSettings { asking: Asking { stream: true, ..Asking::default() }, ..settings(&[base]) }
}

/// What a stream of these data becomes.
async fn streamed<D>(preset: &str, data: impl Fn() -> Vec<D> + Send + Sync + 'static) -> Result<Response, RunnerError>
where
    D: std::fmt::Display,
{
    let server = Server::start(move |_| Reply::events(data()));
    runner(preset, streaming(server.url("/v1"))).respond(&prompt()).await
}

/// A completion in the usual shape.
fn completion(message: Value, finish: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m-1-2026",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
    })
}

fn said(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

/// With some of its keys replaced.
fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}
