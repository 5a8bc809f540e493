//! The response cache: what a key is made of, what is kept, and what two processes do to one file.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod keys;
mod layer;
mod nearest;
mod store;

use eval_core::{Message, Prompt, PromptId, Response, Role, Usage};
use eval_runners::cache::{FILE, Identity, Key};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};

fn identity() -> Value {
    json!({
        "protocol": "openai",
        "endpoint": "https://models.example/v1",
        "model": "small-1",
        "asking": {"temperature": 0.0, "top_p": null, "decode": "free", "extra": {"a": 1, "b": 2}},
    })
}

fn prompt(case: &str, user: &str) -> Prompt {
    let message = |role, content: &str| Message { role, content: content.into() };
    Prompt {
        id: PromptId { task: "triage".into(), case: case.into(), case_hash: "0".repeat(32), repeat: 0 },
        messages: vec![message(Role::System, "Sort this."), message(Role::User, user)],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 16,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn key(prompt: &Prompt) -> Key {
    Key::new(&Identity::new(&identity()), prompt)
}

fn response(text: &str) -> Response {
    let usage = Usage { input_tokens: Some(1000), output_tokens: Some(500), ..Usage::default() };
    let mut response = Response { text: text.into(), usage, attempts: 2, ..Response::default() };
    response.timing.latency_ms = Some(41.25);
    response.server.insert("id".into(), "r-1".into());
    response
}

/// The file as any program sees it.
fn file(folder: &Path) -> Connection {
    Connection::open(folder.join(FILE)).unwrap()
}
