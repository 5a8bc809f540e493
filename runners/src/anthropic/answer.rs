//! A message in the normal form. Reference: `https://platform.claude.com/docs/en/api/messages/create`, "Returns".

use eval_core::{Arguments, FinishReason, Response, ToolCall, Usage};
use serde_json::{Map, Value};

/// `None`: it has neither content nor a reason why it ended.
pub(super) fn read(message: Value) -> Option<Response> {
    let Value::Object(mut server) = message else { return None };
    let finish_reason = server.remove("stop_reason").as_ref().and_then(Value::as_str).map(finish_reason);
    let blocks = match server.remove("content") {
        Some(Value::Array(blocks)) => blocks,
        _ => Vec::new(),
    };
    if blocks.is_empty() && finish_reason.is_none() {
        return None;
    }
    let mut response = Response { finish_reason, ..Response::default() };
    if let Some(said) = server.get_mut("usage").and_then(Value::as_object_mut) {
        response.usage = usage(said);
    }
    let others = blocks.into_iter().filter_map(|block| take(block, &mut response)).collect::<Vec<_>>();
    if !others.is_empty() {
        server.insert("content".into(), others.into());
    }
    // What every message has.
    server.retain(|key, value| !value.is_null() && key != "type" && key != "role");
    response.server = server;
    Some(response)
}

/// Gives back what the normal form has no place for.
fn take(mut block: Value, response: &mut Response) -> Option<Value> {
    let text = |key: &str| block[key].as_str().unwrap_or_default();
    match block["type"].as_str() {
        Some("text") => response.text.push_str(text("text")),
        Some("thinking") if text("thinking").is_empty() => {}
        Some("thinking") => match &mut response.reasoning {
            Some(reasoning) => *reasoning += &format!("\n\n{}", text("thinking")),
            None => response.reasoning = Some(text("thinking").into()),
        },
        // It holds nothing that can be read.
        Some("redacted_thinking") => {}
        Some("tool_use") => {
            let name = text("name").into();
            response.tool_calls.push(ToolCall { name, arguments: arguments(block["input"].take()) });
        }
        _ => return Some(block),
    }
    None
}

fn arguments(input: Value) -> Arguments {
    match input {
        Value::Object(object) => Arguments::Object(object),
        // A stream was cut within the arguments by the limit on tokens.
        Value::String(text) => Arguments::Raw(text),
        other => Arguments::Raw(other.to_string()),
    }
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::Refusal,
        other => FinishReason::Other(other.into()),
    }
}

/// `input_tokens` of the API are those that no cache had a part in. What was written to a cache has a price of its own:
/// that number stays.
fn usage(said: &mut Map<String, Value>) -> Usage {
    let written = said.get("cache_creation_input_tokens").and_then(Value::as_u64);
    let details = said.remove("output_tokens_details").unwrap_or_default();
    let mut count = |key: &str| said.remove(key).and_then(|value| value.as_u64());
    let read = count("cache_read_input_tokens");
    let usage = Usage {
        input_tokens: count("input_tokens").map(|fresh| fresh + read.unwrap_or(0) + written.unwrap_or(0)),
        cached_input_tokens: read,
        output_tokens: count("output_tokens"),
        reasoning_tokens: details["thinking_tokens"].as_u64(),
    };
    said.retain(|_, value| !value.is_null());
    usage
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_part_of_a_message_finds_its_place() {
        let response = read(json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
            "content": [
                {"type": "thinking", "thinking": "Where?", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "ZGF0YQ=="},
                {"type": "thinking", "thinking": "Oslo.", "signature": "c2ln"},
                {"type": "text", "text": "I look", "citations": null},
                {"type": "text", "text": " it up."},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
                {"type": "tool_use", "id": "toolu_2", "name": "now", "input": ["odd"]},
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
            ],
            "stop_reason": "tool_use", "stop_sequence": null, "stop_details": null, "container": null,
            "usage": {
                "input_tokens": 10, "cache_read_input_tokens": 200, "cache_creation_input_tokens": 30,
                "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 0},
                "output_tokens": 50, "output_tokens_details": {"thinking_tokens": 20},
                "service_tier": "standard", "server_tool_use": null,
            },
        }));
        insta::assert_snapshot!(serde_json::to_string_pretty(&response.unwrap()).unwrap());
    }

    #[test]
    fn every_reason_is_read() {
        let reason = |word: &str| read(json!({"content": [], "stop_reason": word})).unwrap().finish_reason.unwrap();
        for (word, wanted) in [
            ("end_turn", FinishReason::Stop),
            ("stop_sequence", FinishReason::Stop),
            ("max_tokens", FinishReason::Length),
            ("model_context_window_exceeded", FinishReason::Length),
            ("tool_use", FinishReason::ToolCalls),
            ("refusal", FinishReason::Refusal),
            ("pause_turn", FinishReason::Other("pause_turn".into())),
        ] {
            assert_eq!(reason(word), wanted, "{word}");
        }
    }

    #[test]
    fn what_is_not_told_is_unknown() {
        let response =
            read(json!({"content": [{"type": "text", "text": "Hi"}], "usage": {"output_tokens": 1}})).unwrap();
        assert_eq!(response.usage, Usage { output_tokens: Some(1), ..Usage::default() });
        assert_eq!((response.finish_reason, response.reasoning), (None, None));
        for nothing in [json!({"content": []}), json!({"id": "msg_1"}), json!("Hi"), Value::Null] {
            assert_eq!(read(nothing.clone()), None, "{nothing}");
        }
    }
}
