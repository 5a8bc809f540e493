//! The Gemini API from outside: what is sent, and what becomes of every kind of answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod server;

use eval_core::{
    Arguments, FinishReason, Message, Prompt, PromptId, Response, Role, Runner, RunnerError, RunnerErrorKind as Kind,
    Timing, Tool,
};
use eval_runners::{
    api::{ApiSettings, Asking, Decode},
    gemini,
    http::Address,
};
use serde_json::{Value, json};
use server::{Reply, Server};
use std::{sync::Arc, time::Duration};

const KEY: &str = "AIza-planted-key";
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

async fn ask(server: &Server, asking: Asking, prompt: &Prompt) -> Result<Response, RunnerError> {
    let address = Address {
        bases: vec![server.url("/v1beta").parse().unwrap()],
        model: "gemini-2.5-flash".into(),
        key_from: gemini::KEY_VARIABLE.into(),
        timeout: Duration::from_secs(20),
        proxy: false,
    };
    let headers = vec![("X-Team".into(), TEAM.into())];
    let settings = ApiSettings { address, key: Some(KEY.into()), headers, asking };
    gemini::runner(settings).unwrap().respond(prompt).await
}

/// A server with one answer, and what the runner makes of it.
async fn answered(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<Response, RunnerError> {
    ask(&Server::start(move |_| reply()), Asking::default(), &prompt()).await
}

fn streaming() -> Asking {
    Asking { stream: true, ..Asking::default() }
}

fn answer(parts: Value, reason: &str) -> Value {
    json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason, "index": 0}],
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 3, "totalTokenCount": 15},
        "modelVersion": "gemini-2.5-flash", "responseId": "abc",
    })
}

#[tokio::test]
async fn a_plain_answer_and_what_was_sent_for_it() {
    let server = Server::start(|_| Reply::json(200, answer(json!([{"text": "Rain."}]), "STOP")));
    let response = ask(&server, Asking { temperature: Some(0.0), ..Asking::default() }, &prompt()).await.unwrap();
    assert_eq!((response.text.as_str(), response.finish_reason), ("Rain.", Some(FinishReason::Stop)));
    assert_eq!((response.usage.input_tokens, response.usage.output_tokens), (Some(12), Some(3)));
    assert_eq!((response.attempts, response.timing.prompt_ms), (1, None));
    assert_eq!(Value::from(response.server), json!({"modelVersion": "gemini-2.5-flash", "responseId": "abc"}));

    let asked = &server.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/v1beta/models/gemini-2.5-flash:generateContent")
    );
    let header = |name: &str| asked.headers.get(name).map(String::as_str);
    assert_eq!((header("x-goog-api-key"), header("x-team"), header("authorization")), (Some(KEY), Some(TEAM), None));
    assert!(!format!("{}{}", asked.path, asked.body).contains("planted"));
}

#[tokio::test]
async fn tools_schema_and_thinking() {
    let server = Server::start(|_| {
        let call = json!({"functionCall": {"name": "weather", "args": {"city": "Oslo"}}, "thoughtSignature": "c2ln"});
        let mut answer = answer(json!([{"text": "Look it up.", "thought": true}, call]), "STOP");
        answer["usageMetadata"]["thoughtsTokenCount"] = 20.into();
        Reply::json(200, answer)
    });
    let tool = Tool(json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}));
    let prompt = Prompt { tools: Arc::new([tool]), schema: Some(Arc::new(json!({"type": "object"}))), ..prompt() };
    let asking =
        Asking { temperature: Some(0.0), decode: Decode::Schema, thinking_tokens: Some(1024), ..Asking::default() };
    let response = ask(&server, asking, &prompt).await.unwrap();
    assert_eq!((response.text.as_str(), response.reasoning.as_deref()), ("", Some("Look it up.")));
    assert_eq!(response.tool_calls[0].name, "weather");
    assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!((response.usage.output_tokens, response.usage.reasoning_tokens), (Some(23), Some(20)));
    insta::assert_snapshot!(serde_json::to_string_pretty(&server.asked()[0].body).unwrap());
}

#[tokio::test]
async fn cached_tokens_are_part_of_the_input() {
    let mut body = answer(json!([{"text": "Rain."}]), "STOP");
    body["usageMetadata"] = json!({"promptTokenCount": 325, "cachedContentTokenCount": 300, "candidatesTokenCount": 3});
    let response = answered(move || Reply::json(200, body.clone())).await.unwrap();
    assert_eq!((response.usage.input_tokens, response.usage.cached_input_tokens), (Some(325), Some(300)));
}

#[tokio::test]
async fn what_the_provider_withholds_is_an_answer() {
    let blocked = json!({
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": 12, "totalTokenCount": 12}, "modelVersion": "gemini-2.5-flash",
    });
    let withheld = json!({"candidates": [{"finishReason": "SAFETY", "index": 0, "safetyRatings": [
        {"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH", "blocked": true}]}]});
    let events = [blocked.clone()];
    let whole = answered(move || Reply::json(200, blocked.clone())).await.unwrap();
    let streamed = ask(&Server::start(move |_| Reply::events(&events)), streaming(), &prompt()).await.unwrap();
    for response in [&whole, &streamed] {
        assert_eq!((response.text.as_str(), &response.finish_reason), ("", &Some(FinishReason::ContentFilter)));
        assert_eq!((response.usage.input_tokens, response.usage.output_tokens), (Some(12), Some(0)));
        assert_eq!(response.server["promptFeedback"]["blockReason"], "PROHIBITED_CONTENT");
        assert_eq!(response.timing.prompt_ms, None);
    }
    assert_eq!(whole.server, streamed.server);

    let response = answered(move || Reply::json(200, withheld.clone())).await.unwrap();
    assert_eq!(response.finish_reason, Some(FinishReason::ContentFilter));
    assert_eq!(response.server["candidates"][0]["safetyRatings"][0]["blocked"], true);
}

#[tokio::test]
async fn a_call_that_could_not_be_read_is_kept() {
    let body =
        json!({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "Malformed: weather("}]});
    let response = answered(move || Reply::json(200, body.clone())).await.unwrap();
    assert_eq!(response.tool_calls[0].name, "");
    assert_eq!(response.tool_calls[0].arguments, Arguments::Raw("Malformed: weather(".into()));
}

/// As the API sends it: the counts are totals so far.
fn events() -> Vec<Value> {
    let event = |parts: Value, counts: Value| {
        json!({
            "candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}],
            "usageMetadata": counts, "modelVersion": "gemini-2.5-flash", "responseId": "abc",
        })
    };
    let mut last = event(
        json!([{"text": ""}]),
        json!({"promptTokenCount": 12, "candidatesTokenCount": 9, "thoughtsTokenCount": 20, "totalTokenCount": 41}),
    );
    last["candidates"][0]["finishReason"] = "STOP".into();
    vec![
        event(
            json!([{"text": "Look ", "thought": true}]),
            json!({"promptTokenCount": 12, "cachedContentTokenCount": 8, "thoughtsTokenCount": 20, "totalTokenCount": 32}),
        ),
        event(
            json!([{"text": "it up.", "thought": true}]),
            json!({"promptTokenCount": 12, "thoughtsTokenCount": 20, "totalTokenCount": 32}),
        ),
        event(
            json!([{"text": "One "}]),
            json!({"promptTokenCount": 12, "candidatesTokenCount": 2, "thoughtsTokenCount": 20, "totalTokenCount": 34}),
        ),
        event(
            json!([{"text": "moment."}, {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]),
            json!({"promptTokenCount": 12}),
        ),
        last,
    ]
}

#[tokio::test]
async fn a_stream_becomes_the_same_answer_and_tells_the_first_token() {
    let server = Server::start(|_| Reply::events(events()));
    let response = ask(&server, streaming(), &prompt()).await.unwrap();
    assert_eq!(server.asked()[0].path, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    let timing = response.timing;
    assert!(timing.prompt_ms.unwrap() <= timing.latency_ms.unwrap() && timing.generation_ms.is_some(), "{timing:?}");
    let response = Response { timing: Timing::default(), ..response };
    insta::assert_snapshot!(serde_json::to_string_pretty(&response).unwrap());
}

#[tokio::test]
async fn what_comes_after_the_reason_is_read_too() {
    let usage = json!({"usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 3}});
    let server = Server::start(move |_| Reply::events([answer(json!([{"text": "Rain."}]), "STOP"), usage.clone()]));
    let response = ask(&server, streaming(), &prompt()).await.unwrap();
    assert_eq!((response.text.as_str(), response.usage.output_tokens), ("Rain.", Some(3)));
    assert!(response.timing.prompt_ms.is_some(), "the only event with output is the first");

    // Some servers give a reason with every event.
    let server =
        Server::start(|_| Reply::events(["One ", "moment."].map(|text| answer(json!([{"text": text}]), "STOP"))));
    assert_eq!(ask(&server, streaming(), &prompt()).await.unwrap().text, "One moment.");
}

#[tokio::test]
async fn a_stream_that_breaks_is_a_failure() {
    // Without the event that has the reason.
    let server = Server::start(|_| Reply::events(&events()[..4]));
    assert_eq!(ask(&server, streaming(), &prompt()).await.unwrap_err().kind, Kind::Disconnected);
    // Within an event.
    let server = Server::start(|_| Reply::Cut { body: format!("data: {}\n\n", events()[0]), bytes: 40 });
    assert_eq!(ask(&server, streaming(), &prompt()).await.unwrap_err().kind, Kind::Disconnected);

    for (code, kind) in [(503, Kind::Overloaded), (429, Kind::Throttled), (500, Kind::Server)] {
        let server = Server::start(move |_| {
            Reply::events([events()[0].clone(), json!({"error": {"code": code, "message": format!("Sorry, {KEY}")}})])
        });
        let error = ask(&server, streaming(), &prompt()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        assert!(error.message.contains("broke off its answer: Sorry, [redacted]"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_stream_of_nonsense_is_no_answer() {
    for events in
        [vec![json!([1]), json!(2), json!({})], vec![json!({"candidates": [1]}), json!({"candidates": {"0": 1}})]]
    {
        let server = Server::start(move |_| Reply::events(&events));
        assert_eq!(ask(&server, streaming(), &prompt()).await.unwrap_err().kind, Kind::Disconnected);
    }
}

#[tokio::test]
async fn every_error_is_told_without_the_key() {
    let said = |code: u16, status: &str, details: Value| json!({"error": {"code": code, "message": format!("No. {KEY} {TEAM}"), "status": status, "details": details}});
    let wrong_key = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]);
    let wait = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]);
    for (status, body, kind) in [
        (400, said(400, "INVALID_ARGUMENT", json!([])), Kind::Rejected),
        (400, said(400, "INVALID_ARGUMENT", wrong_key), Kind::Unauthorized),
        (401, said(401, "UNAUTHENTICATED", json!([])), Kind::Unauthorized),
        (403, said(403, "PERMISSION_DENIED", json!([])), Kind::Unauthorized),
        (404, said(404, "NOT_FOUND", json!([])), Kind::UnknownModel),
        (429, said(429, "RESOURCE_EXHAUSTED", wait), Kind::Throttled),
        (500, said(500, "INTERNAL", json!([])), Kind::Server),
        (503, said(503, "UNAVAILABLE", json!([])), Kind::Overloaded),
        (504, said(504, "DEADLINE_EXCEEDED", json!([])), Kind::Timeout),
        (200, said(503, "UNAVAILABLE", json!([])), Kind::Overloaded),
        (200, json!({"candidates": []}), Kind::Malformed),
        (200, json!("planted"), Kind::Malformed),
    ] {
        let error = answered(move || Reply::json(status, body.clone())).await.unwrap_err();
        assert_eq!(error.kind, kind, "{status} {}", error.message);
        assert!(!error.message.contains("planted-"), "{}", error.message);
        assert!(error.message.starts_with("gemini-2.5-flash at 127.0.0.1:"), "{}", error.message);
        if kind == Kind::Throttled {
            assert_eq!(error.retry_after, Some(Duration::from_secs(34)));
        }
    }
    let header = answered(move || Reply::json(429, json!({})).with("retry-after", "7")).await.unwrap_err();
    assert_eq!(header.retry_after, Some(Duration::from_secs(7)));
}
