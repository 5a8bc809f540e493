//! Answers in the shapes in which their servers document them.

use crate::{answered, completion, replied, said, server::Reply, with};
use eval_core::{Arguments, FinishReason, Response, Timing};
use serde_json::{Value, json};

fn call(name: &str, arguments: Value) -> Value {
    json!({"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}})
}

fn message(content: Value, more: Value) -> Value {
    with(json!({"role": "assistant", "content": content}), more)
}

fn usage(more: Value) -> Value {
    json!({"usage": with(json!({"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}), more)})
}

fn bodies() -> Vec<(&'static str, Value)> {
    let details = json!({"prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 20}});
    let thought = json!({"type": "thinking", "thinking": [{"type": "text", "text": "Look "}, {"type": "text", "text": "it up."}]});
    vec![
        (
            "openai",
            with(
                completion(
                    message(
                        Value::Null,
                        json!({"refusal": null, "annotations": [], "tool_calls": [
                            call("weather", r#"{"city": "Oslo"}"#.into()), call("now", "".into()), call("odd", r#"{"city": "#.into()),
                        ]}),
                    ),
                    "tool_calls",
                ),
                with(usage(details.clone()), json!({"service_tier": "default", "system_fingerprint": "fp_1"})),
            ),
        ),
        (
            "azure",
            json!({
                "id": "chatcmpl-1", "model": "m-1-2026", "prompt_filter_results": [{"prompt_index": 0}],
                "choices": [{"index": 0, "finish_reason": "content_filter", "message": {"role": "assistant"},
                    "content_filter_results": {"violence": {"filtered": true, "severity": "medium"}}}],
            }),
        ),
        (
            "vllm",
            with(
                completion(message("Rain.".into(), json!({"reasoning": "Look it up.", "tool_calls": []})), "stop"),
                json!({"prompt_logprobs": null, "kv_transfer_params": null}),
            ),
        ),
        ("ollama", completion(message("".into(), json!({"reasoning": "Look it"})), "length")),
        ("lmstudio", with(completion(said("<think>Look it up.</think>\n\nRain."), "stop"), json!({"stats": {}}))),
        (
            "llamacpp",
            with(
                completion(message("Rain.".into(), json!({"reasoning_content": "Look it up."})), "stop"),
                json!({"timings": {"cache_n": 8, "prompt_ms": 10.5}}),
            ),
        ),
        ("tgi", completion(said("Rain."), "eos_token")),
        (
            "trtllm",
            completion(
                message("Rain.".into(), json!({"reasoning": "Look it up.", "reasoning_content": "Look it up."})),
                "stop",
            ),
        ),
        (
            "sglang",
            with(
                completion(message("Rain.".into(), json!({"reasoning_content": "Look it up."})), "stop"),
                usage(json!({"reasoning_tokens": 20, "prompt_tokens_details": null})),
            ),
        ),
        ("mlx", completion(message("Rain.".into(), json!({"reasoning": "", "tool_calls": []})), "stop")),
        (
            "together",
            with(completion(said("Rain."), "eos"), json!({"prompt": [], "warnings": [{"message": "old model"}]})),
        ),
        (
            "fireworks",
            with(completion(said("Rain."), "stop"), usage(json!({"prompt_tokens_details": {"cached_tokens": 0}}))),
        ),
        (
            "groq",
            with(
                completion(message("Rain.".into(), json!({"reasoning": "Look it up."})), "stop"),
                with(usage(with(json!({"queue_time": 0.1}), details.clone())), json!({"x_groq": {"id": "req_1"}})),
            ),
        ),
        (
            "mistral",
            completion(
                message(json!([thought, {"type": "text", "text": "Rain."}]), json!({"tool_calls": null})),
                "model_length",
            ),
        ),
        (
            "deepseek",
            with(
                completion(message("Rain.".into(), json!({"reasoning_content": "Look it up."})), "stop"),
                usage(json!({"prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36})),
            ),
        ),
        ("cohere", completion(message("Rain.".into(), json!({"refusal": null})), "stop")),
        (
            "openrouter",
            with(
                completion(
                    message(
                        "Rain.".into(),
                        json!({"reasoning": "Look it up.", "reasoning_details": [{"type": "reasoning.text"}]}),
                    ),
                    "stop",
                ),
                with(usage(with(json!({"cost": 0.0125, "is_byok": false}), details)), json!({"provider": "Someone"})),
            ),
        ),
        ("bedrock", completion(said("<reasoning>Look it up.</reasoning>Rain."), "stop")),
    ]
}

#[tokio::test]
async fn every_server_is_read_into_the_same_form() {
    let mut forms = Vec::new();
    for (preset, body) in bodies() {
        let response = answered(preset, body).await.unwrap();
        assert!(response.timing.latency_ms.is_some() && response.timing.prompt_ms.is_none(), "{preset}");
        let response = Response { timing: Timing::default(), ..response };
        forms.push(format!("{preset}: {}", serde_json::to_string_pretty(&response).unwrap()));
    }
    insta::assert_snapshot!(forms.join("\n"));
}

#[tokio::test]
async fn a_refusal_is_an_answer_of_its_own_kind() {
    let refused = message(Value::Null, json!({"refusal": "I cannot help with that."}));
    let response = answered("openai", completion(refused, "stop")).await.unwrap();
    assert_eq!(response.text, "I cannot help with that.");
    assert_eq!(response.finish_reason, Some(FinishReason::Refusal));
}

#[tokio::test]
async fn arguments_are_an_object_or_what_was_written() {
    for (written, read) in [
        (json!({"city": "Oslo"}), r#"{"city":"Oslo"}"#),
        (json!("{\"city\":\"Oslo\"}"), r#"{"city":"Oslo"}"#),
        (Value::Null, "{}"),
        (json!("[1]"), r#""[1]""#),
        (json!("null"), r#""null""#),
        (json!("city: Oslo"), r#""city: Oslo""#),
        (json!(7), r#""7""#),
    ] {
        let body = completion(message("".into(), json!({"tool_calls": [call("weather", written)]})), "tool_calls");
        let call = answered("vllm", body).await.unwrap().tool_calls.remove(0);
        assert_eq!(serde_json::to_string(&call.arguments).unwrap(), read);
    }
    // A call without a function is an attempt at one.
    let body = completion(message("".into(), json!({"tool_calls": [{"id": "call_1"}]})), "tool_calls");
    let call = answered("vllm", body).await.unwrap().tool_calls.remove(0);
    assert_eq!((call.name.as_str(), call.arguments), ("", Arguments::Object(Default::default())));
}

#[tokio::test]
async fn blank_lines_keep_the_connection_alive_until_the_answer() {
    let body = format!("\n\n\n{}", completion(said("Rain."), "stop"));
    let response = replied("deepseek", move || Reply::text(200, "application/json", body.clone())).await.unwrap();
    assert_eq!(response.text, "Rain.");
}

#[tokio::test]
async fn what_is_not_told_is_unknown() {
    for usage in [Value::Null, json!({}), json!({"prompt_tokens": "many", "cost": -1})] {
        let response =
            answered("vllm", with(completion(said("Rain."), "stop"), json!({"usage": usage}))).await.unwrap();
        assert_eq!((response.usage, response.cost_usd), (Default::default(), None));
    }
}

#[tokio::test]
async fn half_a_pair_of_surrogates_is_one_unreadable_character() {
    let body = |text: &str| {
        format!(
            r#"{{"choices": [{{"index": 0, "finish_reason": "stop", "message": {{"role": "assistant", "content": "{text}"}}}}]}}"#
        )
    };
    for (sent, read) in [(r"billing \ud800", "billing \u{fffd}"), (r"\ud83d\ude00", "\u{1f600}")] {
        let text = body(sent);
        let response = replied("openai", move || Reply::text(200, "application/json", text.clone())).await.unwrap();
        assert_eq!(response.text, read);
    }
}
