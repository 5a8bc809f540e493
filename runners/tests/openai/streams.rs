//! Answers that come in pieces.

use crate::{
    completion, prompt, runner, said,
    server::{Reply, Server},
    streamed, streaming,
};
use eval_core::{Arguments, FinishReason, Response, Runner, RunnerErrorKind as Kind, Timing};
use serde_json::{Value, json};

fn chunk(delta: Value, finish: Value) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m-1-2026",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}], "usage": null,
    })
}

fn piece(delta: Value) -> Value {
    chunk(delta, Value::Null)
}

fn text(text: &str) -> Value {
    piece(json!({"content": text}))
}

fn end(word: &str) -> Value {
    chunk(json!({}), word.into())
}

/// The last one, where usage was asked for.
fn usage(usage: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m-1-2026", "choices": [], "usage": usage})
}

fn done(mut chunks: Vec<Value>) -> Vec<String> {
    let mut data: Vec<String> = chunks.drain(..).map(|chunk| chunk.to_string()).collect();
    data.push("[DONE]".into());
    data
}

fn call(index: u64, name: Value, arguments: &str) -> Value {
    json!({"index": index, "id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}})
}

fn streams() -> Vec<(&'static str, Vec<Value>)> {
    let role = || piece(json!({"role": "assistant", "content": "", "refusal": null}));
    let counts = json!({"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15});
    let calls = |calls: Value| piece(json!({"tool_calls": calls}));
    let thinking =
        |text: &str| piece(json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]}));
    let full = json!({"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 8}, "completion_tokens_details": {"reasoning_tokens": 1}});
    vec![
        ("openai", vec![role(), text("Ra"), text("in."), end("stop"), usage(full)]),
        (
            "azure",
            vec![
                json!({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
                role(),
                text("Rain."),
                end("content_filter"),
            ],
        ),
        (
            "vllm",
            vec![
                role(),
                piece(json!({"reasoning": "Look "})),
                piece(json!({"reasoning": "it up."})),
                calls(json!([call(0, "weather".into(), "")])),
                calls(json!([call(0, Value::Null, "{\"city\": ")])),
                calls(json!([call(0, Value::Null, "\"Oslo\"}")])),
                calls(json!([call(1, "now".into(), ""), call(2, "odd".into(), "{\"a\":")])),
                end("tool_calls"),
                usage(counts.clone()),
            ],
        ),
        (
            "groq",
            vec![
                role(),
                text("Rain."),
                json!({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
                    "x_groq": {"id": "req_1", "usage": counts}}),
            ],
        ),
        (
            "mistral",
            vec![
                role(),
                thinking("Look "),
                thinking("it up."),
                text("Ra"),
                chunk(json!({"content": "in."}), "stop".into()),
                usage(counts.clone()),
            ],
        ),
        (
            "deepseek",
            vec![
                role(),
                piece(json!({"content": null, "reasoning_content": "Look it up."})),
                text("Rain."),
                end("stop"),
            ],
        ),
        (
            "ollama",
            vec![
                calls(json!([{"id": "call_1", "function": {"name": "now", "arguments": {"city": "Oslo"}}}])),
                end("tool_calls"),
            ],
        ),
        (
            "openrouter",
            vec![
                text("Rain."),
                end("stop"),
                usage(json!({"prompt_tokens": 12, "completion_tokens": 3, "cost": 0.0125})),
            ],
        ),
        ("bedrock", vec![text("<reaso"), text("ning>Look it up.</reasoning>"), text("Rain."), end("stop")]),
    ]
}

#[tokio::test]
async fn every_stream_becomes_the_answer_that_it_is_pieces_of() {
    let mut forms = Vec::new();
    for (preset, chunks) in streams() {
        let response = streamed(preset, move || done(chunks.clone())).await.unwrap();
        let timing = response.timing;
        assert!(timing.prompt_ms.unwrap() <= timing.latency_ms.unwrap(), "{preset}: {timing:?}");
        let response = Response { timing: Timing::default(), ..response };
        forms.push(format!("{preset}: {}", serde_json::to_string_pretty(&response).unwrap()));
    }
    insta::assert_snapshot!(forms.join("\n"));
}

#[tokio::test]
async fn usage_is_asked_for_where_it_must_be() {
    for (preset, options) in [("openai", json!({"include_usage": true})), ("mistral", Value::Null)] {
        let server = Server::start(|_| Reply::events(done(vec![text("Rain."), end("stop")])));
        runner(preset, streaming(server.url("/v1"))).respond(&prompt()).await.unwrap();
        let body = &server.asked()[0].body;
        assert_eq!((&body["stream"], &body["stream_options"]), (&json!(true), &options), "{preset}");
    }
}

#[tokio::test]
async fn a_stream_that_ends_early_is_a_failure() {
    let kind = |chunks: Vec<Value>| async move { streamed("vllm", move || chunks.clone()).await.unwrap_err().kind };
    assert_eq!(kind(vec![]).await, Kind::Disconnected);
    assert_eq!(kind(vec![text("Ra")]).await, Kind::Disconnected);
    let open = streamed("vllm", || done(vec![text("Ra")])).await;
    assert_eq!(open.unwrap_err().kind, Kind::Disconnected, "it says that it is done, but nothing says why");

    for bytes in [10, 150, 300] {
        let server = Server::start(move |_| {
            let body: String =
                done(vec![text("Ra"), text("in."), end("stop")]).iter().map(|d| format!("data: {d}\n\n")).collect();
            Reply::Cut { body, bytes }
        });
        let error = runner("vllm", streaming(server.url("/v1"))).respond(&prompt()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Disconnected, "{bytes}: {}", error.message);
    }
}

#[tokio::test]
async fn a_stream_that_lacks_its_last_word_is_whole() {
    let response = streamed("vllm", || vec![text("Rain."), end("length")]).await.unwrap();
    assert_eq!((response.text.as_str(), response.finish_reason), ("Rain.", Some(FinishReason::Length)));
    assert_eq!(response.usage, Default::default());
}

#[tokio::test]
async fn a_failure_may_come_within_a_stream() {
    for (preset, error, kind) in [
        (
            "openrouter",
            json!({"error": {"code": 502, "message": "Provider disconnected"}, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]}),
            Kind::Overloaded,
        ),
        ("openai", json!({"error": {"message": "Provider disconnected", "type": "server_error"}}), Kind::Server),
        ("tgi", json!({"error": "Provider disconnected", "error_type": "generation"}), Kind::Server),
        (
            "vllm",
            json!({"object": "error", "message": "Provider disconnected", "type": "BadRequestError", "code": 400}),
            Kind::Rejected,
        ),
        ("groq", json!({"choices": [], "x_groq": {"id": "req_1", "error": "Provider disconnected"}}), Kind::Server),
    ] {
        let failure = streamed(preset, move || done(vec![text("Ra"), error.clone()])).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{preset}: {}", failure.message);
        assert!(failure.message.contains("Provider disconnected"), "{preset}: {}", failure.message);
    }
}

#[tokio::test]
async fn comments_keep_a_stream_alive() {
    let server = Server::start(|_| {
        let body = format!(
            ": keep-alive\n\n: PROCESSING\n\ndata: {}\n\ndata: {}\n\ndata: [DONE]\n\n",
            text("Rain."),
            end("stop")
        );
        Reply::text(200, "text/event-stream", body)
    });
    let response = runner("openrouter", streaming(server.url("/v1"))).respond(&prompt()).await.unwrap();
    assert_eq!(response.text, "Rain.");
}

#[tokio::test]
async fn nonsense_is_no_stream() {
    let error = streamed("vllm", || vec!["<html>"]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Malformed, "{}", error.message);
    // Chunks that are no objects, and an index that nobody should make room for.
    let far = json!([{"index": u64::MAX, "function": {"name": "now", "arguments": "{}"}}]);
    let chunks = vec![json!(1), json!([]), piece(json!({"tool_calls": far})), piece(json!("text")), end("tool_calls")];
    let response = streamed("vllm", move || chunks.clone()).await.unwrap();
    assert_eq!(response.tool_calls[0].arguments, Arguments::Object(Default::default()));
}

#[tokio::test]
async fn an_answer_in_one_piece_is_no_stream() {
    let server = Server::start(|_| Reply::json(200, completion(said("Rain."), "stop")));
    let error = runner("vllm", streaming(server.url("/v1"))).respond(&prompt()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Disconnected, "{}", error.message);
}
