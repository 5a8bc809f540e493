//! The Converse API from outside: what is sent, and what becomes of every kind of answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod server;

use eval_core::{
    FinishReason, Message, Prompt, PromptId, Response, Role, Runner, RunnerError, RunnerErrorKind as Kind, Tool,
};
use eval_runners::{
    api::{ApiSettings, Asking, Decode, Offer},
    bedrock,
    http::Address,
    openai,
};
use serde_json::{Value, json};
use server::{Reply, Server};
use std::{sync::Arc, time::Duration};

const KEY: &str = "bedrock-api-key-planted";
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
        // What the preset has for the open models serves as well.
        bases: vec![server.url("/openai/v1").parse().unwrap()],
        model: "us.amazon.nova-lite-v1:0".into(),
        key_from: bedrock::KEY_VARIABLE.into(),
        timeout: Duration::from_secs(20),
        proxy: false,
    };
    ApiSettings { address, key: Some(KEY.into()), headers: vec![("X-Team".into(), TEAM.into())], asking }
}

async fn ask(server: &Server, asking: Asking, prompt: &Prompt) -> Result<Response, RunnerError> {
    bedrock::runner(settings(server, asking)).unwrap().respond(prompt).await
}

/// A server with one answer, and what the runner makes of it.
async fn answered(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<Response, RunnerError> {
    ask(&Server::start(move |_| reply()), Asking::default(), &prompt()).await
}

fn answer(content: Value, reason: &str) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}}, "stopReason": reason,
        "usage": {"inputTokens": 12, "outputTokens": 3, "totalTokens": 15}, "metrics": {"latencyMs": 450},
    })
}

#[tokio::test]
async fn a_plain_answer_and_what_was_sent_for_it() {
    let server = Server::start(|_| Reply::json(200, answer(json!([{"text": "Rain."}]), "end_turn")));
    let response = ask(&server, Asking { temperature: Some(0.0), ..Asking::default() }, &prompt()).await.unwrap();
    assert_eq!((response.text.as_str(), response.finish_reason), ("Rain.", Some(FinishReason::Stop)));
    assert_eq!((response.usage.input_tokens, response.usage.output_tokens), (Some(12), Some(3)));
    assert_eq!(response.server["metrics"]["latencyMs"], 450);

    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/model/us.amazon.nova-lite-v1%3A0/converse"));
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(asked.headers["x-team"], TEAM);
    assert!(!format!("{}{}", asked.path, asked.body).contains("planted"));
    assert_eq!(asked.body["inferenceConfig"], json!({"maxTokens": 100, "temperature": 0.0}));
}

#[tokio::test]
async fn an_arn_is_one_segment_below_any_base() {
    let server = Server::start(|_| Reply::json(200, answer(json!([{"text": "Rain."}]), "end_turn")));
    let mut settings = settings(&server, Asking::default());
    settings.address.bases = vec![server.url("/proxy/").parse().unwrap()];
    settings.address.model = "arn:aws:bedrock:eu-north-1:1:inference-profile/eu.amazon.nova-pro-v1:0".into();
    bedrock::runner(settings).unwrap().respond(&prompt()).await.unwrap();
    let segment = "arn%3Aaws%3Abedrock%3Aeu-north-1%3A1%3Ainference-profile%2Feu.amazon.nova-pro-v1%3A0";
    assert_eq!(server.asked()[0].path, format!("/proxy/model/{segment}/converse"));
}

#[tokio::test]
async fn tools_and_thinking() {
    let server = Server::start(|_| {
        let content = json!([
            {"reasoningContent": {"reasoningText": {"text": "Look it up."}}},
            {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Oslo"}}},
        ]);
        Reply::json(200, answer(content, "tool_use"))
    });
    let tool = Tool(json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}));
    let prompt = Prompt { tools: Arc::new([tool]), ..prompt() };
    let response = ask(&server, Asking::default(), &prompt).await.unwrap();
    assert_eq!((response.text.as_str(), response.reasoning.as_deref()), ("", Some("Look it up.")));
    assert_eq!(response.tool_calls[0].name, "weather");
    assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    let tools = json!([{"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object"}}}}]);
    assert_eq!(server.asked()[0].body["toolConfig"], json!({"tools": tools, "toolChoice": {"auto": {}}}));
}

#[tokio::test]
async fn cached_tokens_are_part_of_the_input() {
    let mut body = answer(json!([{"text": "Rain."}]), "end_turn");
    body["usage"] = json!({"inputTokens": 5, "cacheReadInputTokens": 300, "cacheWriteInputTokens": 20, "outputTokens": 3, "totalTokens": 328});
    let response = answered(move || Reply::json(200, body.clone())).await.unwrap();
    assert_eq!((response.usage.input_tokens, response.usage.cached_input_tokens), (Some(325), Some(300)));
    assert_eq!(response.server["usage"], json!({"cacheWriteInputTokens": 20}));
}

#[tokio::test]
async fn what_a_guardrail_blocks_is_an_answer() {
    let response = answered(|| {
        let mut body = answer(json!([{"text": "Sorry, the model cannot answer this."}]), "guardrail_intervened");
        body["trace"] = json!({"guardrail": {"actionReason": format!("blocked, {KEY}")}});
        Reply::json(200, body)
    });
    let response = response.await.unwrap();
    assert_eq!(response.finish_reason, Some(FinishReason::ContentFilter));
    assert_eq!(response.server["trace"]["guardrail"]["actionReason"], "blocked, [redacted]");
}

#[tokio::test]
async fn what_the_api_cannot_do_is_refused_before_any_call() {
    let server = Server::start(|_| Reply::Close);
    for (asking, word) in [
        (Asking { stream: true, ..Asking::default() }, "`stream`"),
        (Asking { decode: Decode::Schema, ..Asking::default() }, "decode = \"free\""),
        (Asking { tools: Offer::InWords, ..Asking::default() }, "tools = \"in_words\""),
    ] {
        let error = bedrock::runner(settings(&server, asking)).err().unwrap();
        assert_eq!(error.kind, Kind::Rejected);
        assert!(error.message.contains(word), "{}", error.message);
    }
    assert!(server.asked().is_empty());
    let preset = openai::preset("bedrock").unwrap();
    assert!(
        preset.schema_of("us.amazon.nova-lite-v1:0").is_none() && preset.schema_of("openai.gpt-oss-20b-1:0").is_some()
    );
}

#[tokio::test]
async fn every_error_is_told_without_the_key() {
    let input = "Input is too long for requested model.";
    for (status, word, said, kind) in [
        (400, "ValidationException", "The provided model identifier is invalid.", Kind::UnknownModel),
        (
            400,
            "ValidationException",
            "Invocation of model ID amazon.nova-pro-v1:0 with on-demand throughput isn’t supported.",
            Kind::UnknownModel,
        ),
        (400, "ValidationException", input, Kind::ContextLength),
        (400, "ValidationException", "Malformed input request", Kind::Rejected),
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
            Kind::Unauthorized,
        ),
        (404, "ResourceNotFoundException", "The requested resource was not found", Kind::UnknownModel),
        (408, "ModelTimeoutException", "The request took too long", Kind::Timeout),
        (424, "ModelErrorException", "An error while processing the model", Kind::Server),
        (429, "ThrottlingException", "Too many requests, please wait.", Kind::Throttled),
        (429, "ModelNotReadyException", "The model is not ready.", Kind::Throttled),
        (500, "InternalServerException", "oops", Kind::Server),
        (503, "ServiceUnavailableException", "Not now", Kind::Overloaded),
    ] {
        for (key, type_in_body) in [("message", false), ("Message", false), ("message", true)] {
            let error = answered(move || {
                let mut body = json!({key: format!("{said} {KEY} {TEAM}")});
                if type_in_body {
                    body["__type"] = word.into();
                }
                Reply::json(status, body).with("x-amzn-ErrorType", word).with("retry-after", "7")
            });
            let error = error.await.unwrap_err();
            assert_eq!(error.kind, kind, "{status} {}", error.message);
            assert!(error.message.contains(&format!(": {said} [redacted] [redacted]")), "{}", error.message);
            assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        }
    }
    let bare =
        answered(|| Reply::text(400, "application/json", "").with("x-amzn-ErrorType", "ValidationException:http"));
    assert!(bare.await.unwrap_err().message.contains(": ValidationException"));
    for body in [json!({}), json!({"output": {"message": {"content": []}}}), json!("planted")] {
        assert_eq!(answered(move || Reply::json(200, body.clone())).await.unwrap_err().kind, Kind::Malformed);
    }
}
