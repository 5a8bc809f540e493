//! The Messages API from outside: what is sent, and what becomes of every kind of answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod server;

use eval_core::{
    Arguments, FinishReason, Message, Prompt, PromptId, Response, Role, Runner, RunnerError, RunnerErrorKind as Kind,
    Timing, Tool,
};
use eval_runners::{
    anthropic,
    api::{ApiSettings, Asking, Decode},
    http::Address,
};
use serde_json::{Value, json};
use server::{Reply, Server};
use std::{sync::Arc, time::Duration};

const KEY: &str = "sk-ant-planted-key";
const TEAM: &str = "planted-team";

fn prompt() -> Prompt {
    let message = |role, content: &str| Message { role, content: content.into() };
    Prompt {
        id: PromptId { task: "t".into(), case: "c".into(), case_hash: String::new(), repeat: 0 },
        messages: vec![message(Role::System, "Be brief."), message(Role::User, "Weather in Oslo?")],
        tools: Arc::new([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 100,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn settings(server: &Server, asking: Asking) -> ApiSettings {
    let address = Address {
        bases: vec![server.url("/v1").parse().unwrap()],
        model: "claude-haiku-4-5".into(),
        key_from: anthropic::KEY_VARIABLE.into(),
        timeout: Duration::from_secs(20),
        proxy: false,
    };
    ApiSettings { address, key: Some(KEY.into()), headers: vec![("X-Team".into(), TEAM.into())], asking }
}

async fn ask(server: &Server, asking: Asking, prompt: &Prompt) -> Result<Response, RunnerError> {
    anthropic::runner(settings(server, asking)).unwrap().respond(prompt).await
}

/// A server with one answer, and what the runner makes of it.
async fn answered(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<Response, RunnerError> {
    ask(&Server::start(move |_| reply()), Asking::default(), &prompt()).await
}

fn streaming() -> Asking {
    Asking { stream: true, ..Asking::default() }
}

fn message(content: Value, stop_reason: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null,
        "usage": {"input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 3},
    })
}

#[tokio::test]
async fn a_plain_answer_and_what_was_sent_for_it() {
    let server = Server::start(|_| Reply::json(200, message(json!([{"type": "text", "text": "Rain."}]), "end_turn")));
    let response = ask(&server, Asking { temperature: Some(0.0), ..Asking::default() }, &prompt()).await.unwrap();
    assert_eq!((response.text.as_str(), response.finish_reason), ("Rain.", Some(FinishReason::Stop)));
    assert_eq!((response.usage.input_tokens, response.usage.output_tokens), (Some(12), Some(3)));
    assert_eq!((response.attempts, response.timing.prompt_ms), (1, None));
    assert_eq!(response.server["model"], "claude-haiku-4-5-20251001");

    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/messages"));
    let header = |name: &str| asked.headers.get(name).map(String::as_str);
    assert_eq!((header("x-api-key"), header("anthropic-version")), (Some(KEY), Some("2023-06-01")));
    assert_eq!((header("x-team"), header("authorization")), (Some(TEAM), None));
    assert!(!format!("{}{}", asked.path, asked.body).contains("planted"));
    assert_eq!(asked.body["temperature"], 0.0);
}

#[tokio::test]
async fn tools_schema_and_thinking() {
    let server = Server::start(|_| {
        Reply::json(
            200,
            message(
                json!([
                    {"type": "thinking", "thinking": "Look it up.", "signature": "c2ln"},
                    {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
                ]),
                "tool_use",
            ),
        )
    });
    let tool = Tool(json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}));
    let prompt = Prompt { tools: Arc::new([tool]), schema: Some(Arc::new(json!({"type": "object"}))), ..prompt() };
    let asking =
        Asking { temperature: Some(0.0), decode: Decode::Schema, thinking_tokens: Some(1024), ..Asking::default() };
    let response = ask(&server, asking, &prompt).await.unwrap();
    assert_eq!(response.reasoning.as_deref(), Some("Look it up."));
    assert_eq!(response.tool_calls[0].name, "weather");
    assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    insta::assert_snapshot!(serde_json::to_string_pretty(&server.asked()[0].body).unwrap());
}

#[tokio::test]
async fn cached_tokens_are_part_of_the_input() {
    let mut body = message(json!([{"type": "text", "text": "Rain."}]), "end_turn");
    body["usage"] = json!({"input_tokens": 5, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 300, "output_tokens": 3});
    let response = answered(move || Reply::json(200, body.clone())).await.unwrap();
    assert_eq!((response.usage.input_tokens, response.usage.cached_input_tokens), (Some(325), Some(300)));
    assert_eq!(response.server["usage"], json!({"cache_creation_input_tokens": 20}));
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    let mut body = message(json!([]), "refusal");
    body["stop_details"] = json!({"type": "refusal", "category": "cyber", "explanation": null});
    let response = answered(move || Reply::json(200, body.clone())).await.unwrap();
    assert_eq!((response.text.as_str(), response.finish_reason), ("", Some(FinishReason::Refusal)));
    assert_eq!(response.server["stop_details"]["category"], "cyber");
}

/// As the API sends it, a message of thinking, text and a call.
fn events() -> Vec<Value> {
    let delta = |index: u64, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let stop = |index: u64| json!({"type": "content_block_stop", "index": index});
    vec![
        json!({"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "content": [],
            "stop_reason": null, "stop_sequence": null,
            "usage": {"input_tokens": 12, "cache_read_input_tokens": 100, "output_tokens": 1, "service_tier": "standard"},
        }}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
        json!({"type": "ping"}),
        delta(0, json!({"type": "thinking_delta", "thinking": "Look "})),
        delta(0, json!({"type": "thinking_delta", "thinking": "it up."})),
        delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        stop(0),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}),
        delta(1, json!({"type": "text_delta", "text": "One "})),
        delta(1, json!({"type": "text_delta", "text": "moment."})),
        stop(1),
        json!({"type": "content_block_start", "index": 2, "content_block":
            {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}}),
        delta(2, json!({"type": "input_json_delta", "partial_json": ""})),
        delta(2, json!({"type": "input_json_delta", "partial_json": "{\"city\": \"Os"})),
        delta(2, json!({"type": "input_json_delta", "partial_json": "lo\"}"})),
        stop(2),
        json!({"type": "content_block_start", "index": 3, "content_block":
            {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}}),
        stop(3),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null},
            "usage": {"output_tokens": 40, "output_tokens_details": {"thinking_tokens": 15}}}),
        json!({"type": "message_stop"}),
    ]
}

#[tokio::test]
async fn a_stream_becomes_the_same_answer_and_tells_the_first_token() {
    let server = Server::start(|_| Reply::events(events()));
    let response = ask(&server, streaming(), &prompt()).await.unwrap();
    assert_eq!(server.asked()[0].body["stream"], true);
    let timing = response.timing;
    assert!(timing.prompt_ms.unwrap() <= timing.latency_ms.unwrap() && timing.generation_ms.is_some(), "{timing:?}");
    let response = Response { timing: Timing::default(), ..response };
    insta::assert_snapshot!(serde_json::to_string_pretty(&response).unwrap());
}

#[tokio::test]
async fn arguments_that_the_limit_cut_stay_as_they_came() {
    let server = Server::start(|_| {
        let mut events = events();
        events.remove(14);
        let end = events.len() - 2;
        events[end]["delta"]["stop_reason"] = "max_tokens".into();
        Reply::events(events)
    });
    let response = ask(&server, streaming(), &prompt()).await.unwrap();
    assert_eq!(response.tool_calls[0].arguments, Arguments::Raw("{\"city\": \"Os".into()));
    assert_eq!(response.finish_reason, Some(FinishReason::Length));
}

#[tokio::test]
async fn a_stream_that_breaks_is_a_failure() {
    // Without its last event.
    let server = Server::start(|_| Reply::events(&events()[..19]));
    assert_eq!(ask(&server, streaming(), &prompt()).await.unwrap_err().kind, Kind::Disconnected);
    // Within an event.
    let server = Server::start(|_| Reply::Cut { body: format!("data: {}\n\n", events()[0]), bytes: 40 });
    assert_eq!(ask(&server, streaming(), &prompt()).await.unwrap_err().kind, Kind::Disconnected);

    for (word, kind) in [
        ("overloaded_error", Kind::Overloaded),
        ("rate_limit_error", Kind::Throttled),
        ("timeout_error", Kind::Timeout),
        ("api_error", Kind::Server),
    ] {
        let server = Server::start(move |_| {
            let error = json!({"type": "error", "error": {"type": word, "message": format!("Sorry, {KEY}")}});
            Reply::events([events()[0].clone(), error])
        });
        let error = ask(&server, streaming(), &prompt()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{word}");
        assert!(error.message.contains("broke off its answer: Sorry, [redacted]"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_stream_of_nonsense_is_no_answer() {
    for (events, kind) in [
        (vec![json!({"type": "message_stop"})], Kind::Malformed),
        (vec![json!([1]), json!(2), json!({"type": "message_stop"})], Kind::Malformed),
        (vec![json!({"type": "message_start", "message": 1})], Kind::Disconnected),
    ] {
        let server = Server::start(move |_| Reply::events(&events));
        assert_eq!(ask(&server, streaming(), &prompt()).await.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn every_error_is_told_without_the_key() {
    let said = |word: &str, message: &str| json!({"type": "error", "error": {"type": word, "message": format!("{message} {KEY} {TEAM}")}, "request_id": "req_1"});
    for (status, body, kind) in [
        (400, said("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), Kind::ContextLength),
        (400, said("invalid_request_error", "temperature: may not be set"), Kind::Rejected),
        (401, said("authentication_error", "invalid x-api-key"), Kind::Unauthorized),
        (403, said("permission_error", "not allowed"), Kind::Unauthorized),
        (404, said("not_found_error", "model: claude-9"), Kind::UnknownModel),
        (413, said("request_too_large", "too large"), Kind::Rejected),
        (429, said("rate_limit_error", "slow down"), Kind::Throttled),
        (500, said("api_error", "oops"), Kind::Server),
        (529, said("overloaded_error", "Overloaded"), Kind::Overloaded),
        (200, said("overloaded_error", "Overloaded"), Kind::Overloaded),
        (200, json!({"content": []}), Kind::Malformed),
        (200, json!("planted"), Kind::Malformed),
    ] {
        let error = answered(move || Reply::json(status, body.clone()).with("retry-after", "7")).await.unwrap_err();
        assert_eq!(error.kind, kind, "{status} {}", error.message);
        assert!(!error.message.contains("planted-"), "{}", error.message);
        assert!(error.message.starts_with("claude-haiku-4-5 at 127.0.0.1:"), "{}", error.message);
        if kind == Kind::Throttled {
            assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        }
    }
}

#[tokio::test]
async fn a_key_that_no_header_can_hold_is_refused_before_any_call() {
    let server = Server::start(|_| Reply::Close);
    let settings = ApiSettings { key: Some("planted\nkey".into()), ..settings(&server, Asking::default()) };
    let error = anthropic::runner(settings).err().unwrap();
    assert!(error.message.contains("x-api-key") && !error.message.contains("planted"), "{}", error.message);
    assert!(server.asked().is_empty());
}
