//! An answer in the normal form. Reference:
//! `https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html`, "Response Elements".

use crate::chat::split_thinking;
use eval_core::{Arguments, FinishReason, Response, ToolCall, Usage};
use serde_json::{Map, Value};

/// What Nova gives in place of its thinking.
const WITHHELD: &str = "[REDACTED]";

/// `None`: it has neither content nor a reason why it ended.
pub(super) fn read(answer: Value) -> Option<Response> {
    let Value::Object(mut server) = answer else { return None };
    let reason = server.remove("stopReason").and_then(|reason| reason.as_str().map(String::from));
    let mut output = server.remove("output").unwrap_or_default();
    let blocks = match output.pointer_mut("/message/content").map(Value::take) {
        Some(Value::Array(blocks)) => blocks,
        _ => Vec::new(),
    };
    if blocks.is_empty() && reason.is_none() {
        return None;
    }
    let mut response = Response::default();
    if let Some(said) = server.get_mut("usage").and_then(Value::as_object_mut) {
        response.usage = usage(said);
    }
    let others: Vec<Value> = blocks.into_iter().filter_map(|block| take(block, &mut response)).collect();
    if !others.is_empty() {
        server.insert("content".into(), others.into());
    }
    think(&mut response);
    if reason.as_deref() == Some("malformed_tool_use") {
        // A call was attempted, and could not be read by the server either.
        let arguments = Arguments::Raw(response.text.clone());
        response.tool_calls.push(ToolCall { name: String::new(), arguments });
    }
    response.finish_reason = reason.map(finish_reason);
    server.retain(|_, value| !value.is_null() && !value.as_object().is_some_and(Map::is_empty));
    response.server = server;
    Some(response)
}

/// Gives back what the normal form has no place for.
fn take(mut block: Value, response: &mut Response) -> Option<Value> {
    if let Some(text) = block["text"].as_str() {
        response.text.push_str(text);
    } else if let Some(call) = block.get_mut("toolUse") {
        let name = call["name"].as_str().unwrap_or_default().into();
        let arguments = match call.get_mut("input").map(Value::take).unwrap_or_default() {
            Value::Object(arguments) => Arguments::Object(arguments),
            // A function without parameters is called without any.
            Value::Null => Arguments::Object(Map::new()),
            Value::String(text) => Arguments::Raw(text),
            other => Arguments::Raw(other.to_string()),
        };
        response.tool_calls.push(ToolCall { name, arguments });
    } else if let Some(thought) = block.get("reasoningContent") {
        let text = thought["reasoningText"]["text"].as_str().unwrap_or_default();
        if !text.is_empty() && text != WITHHELD {
            response.reasoning.get_or_insert_default().push_str(text);
        }
    } else {
        return Some(block);
    }
    None
}

/// With tools, the first Nova models think aloud, within the text.
fn think(response: &mut Response) {
    if !response.text.trim_start().starts_with("<thinking>") {
        return;
    }
    let text = response.text.replace("<thinking>", "<think>").replace("</thinking>", "</think>");
    let (thought, said) = split_thinking(&text, false);
    response.text = said;
    response.reasoning = response.reasoning.take().or(thought);
}

fn finish_reason(word: String) -> FinishReason {
    match word.as_str() {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "guardrail_intervened" | "content_filtered" => FinishReason::ContentFilter,
        _ => FinishReason::Other(word),
    }
}

/// `inputTokens` of the API are those that no cache had a part in. What was written to a cache has a price of its own:
/// that number stays. Reference: `https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html`.
fn usage(said: &mut Map<String, Value>) -> Usage {
    let written = said.get("cacheWriteInputTokens").and_then(Value::as_u64);
    let mut count = |key: &str| said.remove(key).and_then(|value| value.as_u64());
    let read = count("cacheReadInputTokens");
    count("totalTokens");
    let usage = Usage {
        input_tokens: count("inputTokens").map(|fresh| fresh + read.unwrap_or(0) + written.unwrap_or(0)),
        cached_input_tokens: read,
        output_tokens: count("outputTokens"),
        reasoning_tokens: None,
    };
    said.retain(|_, value| !value.is_null());
    usage
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(content: Value, reason: &str) -> Value {
        json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": reason})
    }

    #[test]
    fn every_part_of_an_answer_finds_its_place() {
        let mut body = answer(
            json!([
                {"reasoningContent": {"reasoningText": {"text": "Where? ", "signature": "c2ln"}}},
                {"reasoningContent": {"reasoningText": {"text": "Oslo."}}},
                {"reasoningContent": {"redactedContent": "ZGF0YQ=="}},
                {"text": "I look"},
                {"text": " it up."},
                {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Oslo"}}},
                {"toolUse": {"toolUseId": "tooluse_2", "name": "now", "input": ["odd"]}},
                {"image": {"format": "png"}},
            ]),
            "tool_use",
        );
        body["usage"] = json!({
            "inputTokens": 10, "outputTokens": 50, "totalTokens": 290,
            "cacheReadInputTokens": 200, "cacheWriteInputTokens": 30, "serverToolUsage": null,
        });
        body["metrics"] = json!({"latencyMs": 450});
        body["additionalModelResponseFields"] = Value::Null;
        insta::assert_snapshot!(serde_json::to_string_pretty(&read(body).unwrap()).unwrap());
    }

    #[test]
    fn every_reason_is_read() {
        let other = |word: &str| FinishReason::Other(word.into());
        for (word, wanted) in [
            ("end_turn", FinishReason::Stop),
            ("stop_sequence", FinishReason::Stop),
            ("max_tokens", FinishReason::Length),
            ("model_context_window_exceeded", FinishReason::Length),
            ("tool_use", FinishReason::ToolCalls),
            ("guardrail_intervened", FinishReason::ContentFilter),
            ("content_filtered", FinishReason::ContentFilter),
            ("malformed_model_output", other("malformed_model_output")),
        ] {
            assert_eq!(read(answer(json!([]), word)).unwrap().finish_reason, Some(wanted), "{word}");
        }
    }

    #[test]
    fn a_call_that_could_not_be_read_is_an_attempt_at_one() {
        let response = read(answer(json!([{"text": "weather("}]), "malformed_tool_use")).unwrap();
        let arguments = Arguments::Raw("weather(".into());
        assert_eq!(response.tool_calls, [ToolCall { name: String::new(), arguments }]);
    }

    #[test]
    fn thinking_is_no_part_of_the_text() {
        let response =
            read(answer(json!([{"text": "<thinking> Where? </thinking>\n\nIn Oslo."}]), "end_turn")).unwrap();
        assert_eq!((response.text.as_str(), response.reasoning.as_deref()), ("In Oslo.", Some("Where?")));
        let withheld = json!([{"reasoningContent": {"reasoningText": {"text": "[REDACTED]"}}}, {"text": "Rain."}]);
        let response = read(answer(withheld, "end_turn")).unwrap();
        assert_eq!((response.text.as_str(), response.reasoning), ("Rain.", None));
    }

    #[test]
    fn what_is_not_told_is_unknown() {
        let mut body = answer(json!([{"text": "Rain."}]), "end_turn");
        body["usage"] = json!({"outputTokens": 3});
        assert_eq!(read(body).unwrap().usage, Usage { output_tokens: Some(3), ..Usage::default() });
        for nothing in [json!({}), json!({"output": {"message": {"content": []}}}), json!("Rain."), Value::Null] {
            assert_eq!(read(nothing.clone()), None, "{nothing}");
        }
    }
}
