//! Served models on loopback, in each dialect, and the folders from which they are asked.

// Each test binary uses a part of it.
#![allow(dead_code)]

#[path = "../../runners/tests/server/mod.rs"]
pub mod server;

use crate::common::{Sandbox, shop};
use serde_json::{Value, json};
use server::{Asked, Reply, Server};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
};

pub const KEY: &str = "sk-planted-0123456789";

/// What an answer of [`openai`] costs by the published price of gpt-4o-mini.
pub const COST: f64 = (60.0 * 0.15 + 40.0 * 0.075 + 5.0 * 0.60) * 1e-6;

/// What a run of the shop's suite is asked with.
pub const RUN: &str = "run --suite ./shop --candidate m=openai:gpt-4o-mini --quiet";

/// The shop's suite, and a server in place of OpenAI's.
pub fn shop(server: &Server) -> Sandbox {
    at(shop::sandbox(), server)
}

/// A folder whose commands find a server in place of OpenAI's.
pub fn at(sandbox: Sandbox, server: &Server) -> Sandbox {
    sandbox.with("OPENAI_BASE_URL", server.url("/v1")).with("OPENAI_API_KEY", KEY)
}

/// Configures `m`, a model of a server in place of OpenAI's.
pub fn configured(sandbox: &Sandbox, keys: &str) {
    sandbox.write("eval.toml", format!("[models.m]\nrunner = \"openai\"\nmodel = \"gpt-4o-mini\"\n{keys}\n"));
}

/// A server that answers the shop's cases as it is expected.
pub fn right() -> Server {
    Server::start(|asked| openai(&shop::right_answer(&prompt(asked))))
}

/// An address at which nobody listens.
pub fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A text without ports.
pub fn masked(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut masked = parts.next().unwrap().to_string();
    for part in parts {
        masked = masked + "127.0.0.1:[PORT]" + part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    masked
}

/// The last turn of a request in any dialect.
pub fn prompt(asked: &Asked) -> String {
    let last = |turns: &Value| turns.as_array().and_then(|turns| turns.last().cloned()).unwrap_or_default();
    let body = &asked.body;
    let turn = if body["messages"].is_array() { last(&body["messages"]) } else { last(&body["contents"]) };
    let texts = [&turn["content"], &turn["content"][0]["text"], &turn["parts"][0]["text"]];
    texts.into_iter().find_map(Value::as_str).unwrap().trim().into()
}

/// How often each prompt was asked.
pub fn times_asked(server: &Server) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for asked in server.asked() {
        *times.entry(prompt(&asked)).or_insert(0) += 1;
    }
    times
}

fn calls(answer: &Value) -> Vec<Value> {
    answer["tool_calls"].as_array().cloned().unwrap_or_default()
}

/// An answer in OpenAI's dialect.
pub fn openai(answer: &Value) -> Reply {
    let calls: Vec<Value> = calls(answer)
        .iter()
        .map(|call| {
            let arguments = call["arguments"].to_string();
            json!({"id": "call_1", "type": "function", "function": {"name": call["name"], "arguments": arguments}})
        })
        .collect();
    let reason = if calls.is_empty() { "stop" } else { "tool_calls" };
    let mut message = json!({"role": "assistant", "content": answer["text"], "refusal": null});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    Reply::json(
        200,
        json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_794_000_000, "model": "gpt-4o-mini-2024-07-18",
            "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": reason}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105,
                "prompt_tokens_details": {"cached_tokens": 40}},
        }),
    )
}

/// A text in OpenAI's dialect.
pub fn said(text: &str) -> Reply {
    openai(&json!({"text": text}))
}

/// An error in OpenAI's dialect.
pub fn failed(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({"error": {"message": message, "type": "error", "param": null, "code": code}}))
}

/// An answer in the dialect of Anthropic's Messages API.
pub fn anthropic(answer: &Value) -> Reply {
    let mut content: Vec<Value> =
        answer["text"].as_str().map(|text| json!({"type": "text", "text": text})).into_iter().collect();
    content.extend(
        calls(answer)
            .iter()
            .map(|call| json!({"type": "tool_use", "id": "toolu_1", "name": call["name"], "input": call["arguments"]})),
    );
    let reason = if calls(answer).is_empty() { "end_turn" } else { "tool_use" };
    Reply::json(
        200,
        json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001",
            "content": content, "stop_reason": reason, "stop_sequence": null,
            "usage": {"input_tokens": 60, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 40,
                "output_tokens": 5},
        }),
    )
}

/// An answer in the dialect of Google's Gemini API.
pub fn gemini(answer: &Value) -> Reply {
    let mut parts: Vec<Value> = answer["text"].as_str().map(|text| json!({"text": text})).into_iter().collect();
    let call = |call: &Value| json!({"functionCall": {"name": call["name"], "args": call["arguments"]}});
    parts.extend(calls(answer).iter().map(call));
    Reply::json(
        200,
        json!({
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 100, "cachedContentTokenCount": 40, "candidatesTokenCount": 5,
                "totalTokenCount": 105},
            "modelVersion": "gemini-2.5-flash", "responseId": "abc",
        }),
    )
}
