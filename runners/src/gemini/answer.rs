//! An answer in the normal form. Reference: `https://ai.google.dev/api/generate-content`, "GenerateContentResponse".

use eval_core::{Arguments, FinishReason, Response, ToolCall, Usage};
use serde_json::{Map, Value};

/// `None`: it has neither content nor a reason why there is none.
pub(super) fn read(answer: Value) -> Option<Response> {
    let Value::Object(mut server) = answer else { return None };
    let mut response = Response::default();
    let told = match server.get_mut("candidates").and_then(|candidates| candidates.get_mut(0)) {
        Some(Value::Object(candidate)) => take_candidate(candidate, &mut response),
        _ => false,
    };
    let blocked = server.get("promptFeedback").is_some_and(|feedback| feedback["blockReason"].is_string());
    if !told && !blocked {
        return None;
    }
    if !told {
        response.finish_reason = Some(FinishReason::ContentFilter);
    }
    if let Some(said) = server.get_mut("usageMetadata").and_then(Value::as_object_mut) {
        response.usage = usage(said);
    }
    server.retain(|_, value| !is_empty(value));
    response.server = server;
    Some(response)
}

/// Whether it has content or a reason; what the normal form has no place for stays.
fn take_candidate(candidate: &mut Map<String, Value>, response: &mut Response) -> bool {
    let parts = match candidate.get_mut("content").and_then(|content| content.get_mut("parts")) {
        Some(Value::Array(parts)) => std::mem::take(parts),
        _ => Vec::new(),
    };
    let reason = candidate.remove("finishReason").and_then(|word| word.as_str().map(String::from));
    let told = !parts.is_empty() || reason.is_some();
    let others: Vec<Value> = parts.into_iter().filter_map(|part| take_part(part, response)).collect();
    match candidate.get_mut("content") {
        Some(content) if !others.is_empty() => content["parts"] = others.into(),
        _ => drop(candidate.remove("content")),
    }
    // The mean of the logarithms of its tokens' probabilities, which some models tell.
    response.confidence = candidate
        .remove("avgLogprobs")
        .as_ref()
        .and_then(Value::as_f64)
        .and_then(|mean| Response::confidence_of([mean]));
    // Its number among the candidates: there is one.
    candidate.remove("index");
    candidate.retain(|_, value| !is_empty(value));
    if matches!(reason.as_deref(), Some("MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL")) {
        // A call was attempted, and what the model wrote is only told here.
        let message = candidate.remove("finishMessage").and_then(|text| text.as_str().map(String::from));
        let arguments = Arguments::Raw(message.unwrap_or_default());
        response.tool_calls.push(ToolCall { name: String::new(), arguments });
    }
    response.finish_reason = reason.map(|word| finish_reason(word, !response.tool_calls.is_empty()));
    told
}

/// Gives back what the normal form has no place for.
fn take_part(mut part: Value, response: &mut Response) -> Option<Value> {
    if let Some(call) = part.get_mut("functionCall") {
        let name = call["name"].as_str().unwrap_or_default().into();
        let arguments = match call.get_mut("args").map(Value::take).unwrap_or_default() {
            Value::Object(arguments) => Arguments::Object(arguments),
            // A function without parameters is called without any.
            Value::Null => Arguments::Object(Map::new()),
            Value::String(text) => Arguments::Raw(text),
            other => Arguments::Raw(other.to_string()),
        };
        response.tool_calls.push(ToolCall { name, arguments });
        return None;
    }
    let Some(text) = part["text"].as_str() else {
        // A part of its own may hold nothing but the signature of a thought.
        return part.as_object().is_some_and(|part| part.keys().any(|key| key != "thoughtSignature")).then_some(part);
    };
    match part["thought"].as_bool() {
        Some(true) => response.reasoning.get_or_insert_default().push_str(text),
        _ => response.text.push_str(text),
    }
    None
}

fn finish_reason(word: String, calls: bool) -> FinishReason {
    match word.as_str() {
        "STOP" if calls => FinishReason::ToolCalls,
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "SPII" => FinishReason::ContentFilter,
        _ => FinishReason::Other(word),
    }
}

/// Counts of 0 are left out by the API: the total tells whether nothing was generated or nothing is known.
fn usage(said: &mut Map<String, Value>) -> Usage {
    let mut count = |key: &str| said.remove(key).and_then(|value| value.as_u64());
    let (prompt, tools) = (count("promptTokenCount"), count("toolUsePromptTokenCount"));
    let (generated, thoughts) = (count("candidatesTokenCount"), count("thoughtsTokenCount"));
    let (total, cached) = (count("totalTokenCount"), count("cachedContentTokenCount"));
    let input = prompt.map(|prompt| prompt + tools.unwrap_or(0));
    Usage {
        input_tokens: input,
        cached_input_tokens: cached,
        output_tokens: match generated {
            Some(generated) => Some(generated + thoughts.unwrap_or(0)),
            None => total.zip(input).and_then(|(total, input)| total.checked_sub(input)),
        },
        reasoning_tokens: thoughts,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_part_of_an_answer_finds_its_place() {
        let response = read(json!({
            "candidates": [{
                "content": {"role": "model", "parts": [
                    {"text": "Where? ", "thought": true}, {"text": "Oslo.", "thought": true},
                    {"text": "I look"}, {"text": " it up.", "thoughtSignature": "c2ln"},
                    {"functionCall": {"id": "1", "name": "weather", "args": {"city": "Oslo"}}, "thoughtSignature": "c2ln"},
                    {"functionCall": {"name": "now"}}, {"functionCall": {"name": "odd", "args": [1]}},
                    {"thoughtSignature": "c2ln"}, {"executableCode": {"language": "PYTHON", "code": "1"}},
                ]},
                "finishReason": "STOP", "index": 0, "avgLogprobs": -0.1,
                "safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}],
            }],
            "usageMetadata": {
                "promptTokenCount": 210, "cachedContentTokenCount": 200, "candidatesTokenCount": 30,
                "thoughtsTokenCount": 20, "totalTokenCount": 260,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 210}],
            },
            "modelVersion": "gemini-2.5-flash", "responseId": "abc",
        }));
        insta::assert_snapshot!(serde_json::to_string_pretty(&response.unwrap()).unwrap());
    }

    #[test]
    fn every_reason_is_read() {
        for (word, wanted) in [
            ("STOP", FinishReason::Stop),
            ("MAX_TOKENS", FinishReason::Length),
            ("SAFETY", FinishReason::ContentFilter),
            ("RECITATION", FinishReason::ContentFilter),
            ("PROHIBITED_CONTENT", FinishReason::ContentFilter),
            ("BLOCKLIST", FinishReason::ContentFilter),
            ("SPII", FinishReason::ContentFilter),
            ("LANGUAGE", FinishReason::Other("LANGUAGE".into())),
        ] {
            let response = read(json!({"candidates": [{"finishReason": word}]})).unwrap();
            assert_eq!(response.finish_reason, Some(wanted), "{word}");
            assert!(response.server.is_empty(), "{:?}", response.server);
        }
    }

    #[test]
    fn a_call_that_could_not_be_read_is_an_attempt_at_one() {
        let response = read(json!({"candidates": [{
            "content": {}, "finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "Malformed function call: weather(",
        }]}))
        .unwrap();
        let arguments = Arguments::Raw("Malformed function call: weather(".into());
        assert_eq!(response.tool_calls, [ToolCall { name: String::new(), arguments }]);
        assert_eq!(response.finish_reason, Some(FinishReason::Other("MALFORMED_FUNCTION_CALL".into())));
    }

    #[test]
    fn counts_that_are_left_out_follow_from_the_total_or_are_unknown() {
        let usage =
            |said: Value| read(json!({"candidates": [{"finishReason": "STOP"}], "usageMetadata": said})).unwrap().usage;
        let all_thought = usage(json!({"promptTokenCount": 10, "thoughtsTokenCount": 90, "totalTokenCount": 100}));
        assert_eq!((all_thought.output_tokens, all_thought.reasoning_tokens), (Some(90), Some(90)));
        assert_eq!(usage(json!({"promptTokenCount": 10, "totalTokenCount": 10})).output_tokens, Some(0));
        assert_eq!(usage(json!({"promptTokenCount": 10})).output_tokens, None);
        assert_eq!(usage(json!({"promptTokenCount": 10})).cached_input_tokens, None);
        assert_eq!(usage(json!({"promptTokenCount": 10, "toolUsePromptTokenCount": 5})).input_tokens, Some(15));
    }

    #[test]
    fn nothing_at_all_is_no_answer() {
        for nothing in [json!({"candidates": []}), json!({"candidates": [{"content": {}}]}), json!({}), json!([])] {
            assert_eq!(read(nothing.clone()), None, "{nothing}");
        }
    }
}
