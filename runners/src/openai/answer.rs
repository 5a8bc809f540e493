use crate::{
    chat::split_thinking,
    http::{Failure, Transport},
};
use eval_core::{Arguments, FinishReason, Response, RunnerErrorKind as Kind, ToolCall, Usage};
use serde_json::{Map, Value};

/// Says nothing that is not known: constants of the protocol, and the time, which differs from call to call.
const NOISE: [&str; 2] = ["object", "created"];

/// Reads a chat completion. What the normal form has no place for is kept under [`Response::server`].
pub(super) fn read(transport: &Transport, whole: Value) -> Result<Response, Failure> {
    let malformed = |what: &str| transport.failure(Kind::Malformed, what);
    let Value::Object(mut body) = whole else { return Err(malformed("answered with JSON that is no object")) };
    if tells_failure(&body) {
        return Err(transport.said(&Value::Object(body)));
    }
    let usage = object(body.remove("usage"));
    let Some(Value::Array(choices)) = body.remove("choices") else {
        return Err(malformed("answered without `choices`"));
    };
    let mut choice = object(choices.into_iter().next());
    if !choice.get("message").is_some_and(Value::is_object) {
        return Err(malformed("answered with no choice, or with one that holds no message"));
    }
    let mut message = object(choice.remove("message"));
    let finish = choice.remove("finish_reason").as_ref().and_then(Value::as_str).map(finish_reason);
    if let Some(FinishReason::Other(word)) = &finish
        && let Some(kind) = broken_off(word)
    {
        return Err(transport.failure(kind, &format!("broke the answer off: finish_reason {word:?}")));
    }
    // Of every token it has the text and the bytes: what it comes to stands for it.
    let confidence = choice.remove("logprobs").as_ref().and_then(confidence);
    let said = said(&mut message);
    let tool_calls: Vec<ToolCall> = list(message.remove("tool_calls")).into_iter().map(tool_call).collect();
    let (usage, cost_usd, usage_rest) = read_usage(usage);
    message.remove("role");
    choice.remove("index");
    for noise in NOISE {
        body.remove(noise);
    }
    for (name, rest) in [("usage", usage_rest), ("choice", choice), ("message", message)] {
        body.insert(name.into(), Value::Object(rest));
    }
    Ok(Response {
        text: said.text,
        reasoning: said.reasoning,
        finish_reason: if said.refused { Some(FinishReason::Refusal) } else { finish },
        tool_calls,
        usage,
        cost_usd,
        confidence,
        server: without_blanks(body),
        ..Response::default()
    })
}

/// Whether it holds an error, or is one itself, as those of vLLM and its like are.
pub(super) fn tells_failure(body: &Map<String, Value>) -> bool {
    body.get("error").is_some_and(|error| !error.is_null()) || body.get("object").is_some_and(|kind| kind == "error")
}

/// From the logarithms of the probabilities of the answer's tokens. A call has none, nor has thinking.
fn confidence(log_probabilities: &Value) -> Option<f64> {
    let tokens = log_probabilities["content"].as_array()?;
    Response::confidence_of(tokens.iter().map(|token| token["logprob"].as_f64().unwrap_or(f64::NAN)))
}

/// What the model said.
struct Said {
    text: String,
    reasoning: Option<String>,
    refused: bool,
}

fn said(message: &mut Map<String, Value>) -> Said {
    let (mut text, mut thought) = content(message.remove("content"));
    // One of the two is the other's copy where a server sends both.
    for key in ["reasoning", "reasoning_content"] {
        if let Some(Value::String(more)) = message.remove(key)
            && !more.is_empty()
        {
            thought = more;
        }
    }
    if thought.is_empty() {
        // Bedrock's word for what others call think.
        if text.starts_with("<reasoning>") {
            text = text.replacen("<reasoning>", "<think>", 1).replacen("</reasoning>", "</think>", 1);
        }
        let (reasoning, rest) = split_thinking(&text, false);
        (thought, text) = (reasoning.unwrap_or_default(), rest);
    }
    let refusal = match message.remove("refusal") {
        Some(Value::String(words)) if !words.is_empty() => Some(words),
        _ => None,
    };
    let refused = refusal.is_some();
    if let Some(words) = refusal
        && text.is_empty()
    {
        text = words;
    }
    Said { text, reasoning: (!thought.is_empty()).then_some(thought), refused }
}

/// Content is text, or a list of parts of which some are thinking.
fn content(content: Option<Value>) -> (String, String) {
    let mut parts = match content {
        Some(Value::String(text)) => return (text, String::new()),
        parts => list(parts),
    };
    let (mut text, mut thought) = (String::new(), String::new());
    for part in &mut parts {
        if let Some(words) = part["text"].as_str() {
            text += words;
        }
        match &part["thinking"] {
            Value::String(words) => thought += words,
            Value::Array(inner) => inner.iter().filter_map(|part| part["text"].as_str()).for_each(|t| thought += t),
            _ => {}
        }
    }
    (text, thought)
}

fn tool_call(call: Value) -> ToolCall {
    let function = &call["function"];
    let name = function["name"].as_str().unwrap_or_default().to_string();
    let arguments = match &function["arguments"] {
        Value::Object(object) => Arguments::Object(object.clone()),
        // Some servers send nothing for a function without parameters.
        Value::Null => Arguments::Object(Map::new()),
        Value::String(text) if text.trim().is_empty() => Arguments::Object(Map::new()),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Arguments::Object(object),
            _ => Arguments::Raw(text.clone()),
        },
        other => Arguments::Raw(other.to_string()),
    };
    ToolCall { name, arguments }
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn" => FinishReason::Stop,
        "length" | "model_length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.into()),
    }
}

/// Words for an answer that the server could not bring to its end.
fn broken_off(word: &str) -> Option<Kind> {
    match word {
        "error" | "abort" => Some(Kind::Server),
        "insufficient_system_resource" => Some(Kind::Overloaded),
        _ => None,
    }
}

/// The usage in normal form, the cost where the server tells it, and what else it counted.
fn read_usage(mut usage: Map<String, Value>) -> (Usage, Option<f64>, Map<String, Value>) {
    let mut prompt = object(usage.remove("prompt_tokens_details"));
    let mut completion = object(usage.remove("completion_tokens_details"));
    let mut take = |key: &str| usage.remove(key).as_ref().and_then(Value::as_u64);
    let (input_tokens, output_tokens) = (take("prompt_tokens"), take("completion_tokens"));
    take("total_tokens");
    let cached = prompt.remove("cached_tokens").as_ref().and_then(Value::as_u64);
    let cached_input_tokens = cached.or_else(|| take("prompt_cache_hit_tokens")).or_else(|| take("cached_tokens"));
    let reasoning = completion.remove("reasoning_tokens").as_ref().and_then(Value::as_u64);
    let reasoning_tokens = reasoning.or_else(|| take("reasoning_tokens"));
    let cost = usage.get("cost").and_then(Value::as_f64).filter(|cost| cost.is_finite() && *cost >= 0.0);
    usage.insert("prompt_tokens_details".into(), Value::Object(prompt));
    usage.insert("completion_tokens_details".into(), Value::Object(completion));
    (Usage { input_tokens, cached_input_tokens, output_tokens, reasoning_tokens }, cost, usage)
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// Without nulls and what is empty, at any depth of objects.
fn without_blanks(map: Map<String, Value>) -> Map<String, Value> {
    let full = |value: Value| match value {
        Value::Object(inner) => Some(Value::Object(without_blanks(inner))).filter(|v| v != &Value::Object(Map::new())),
        Value::Null => None,
        Value::Array(items) if items.is_empty() => None,
        Value::String(text) if text.is_empty() => None,
        other => Some(other),
    };
    map.into_iter().filter_map(|(key, value)| full(value).map(|value| (key, value))).collect()
}
