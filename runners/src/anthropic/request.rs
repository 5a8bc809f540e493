//! The body of a request. Reference: `https://platform.claude.com/docs/en/api/messages/create`.

use crate::{api::Asking, chat::arguments_as_object};
use eval_core::{Exchange, Message, Prompt, Role, RunnerError, RunnerErrorKind as Kind, Tool};
use serde_json::{Map, Value, json};

/// The API refuses a smaller budget.
const SMALLEST_BUDGET: u32 = 1024;

/// An error where every request would be refused.
pub(super) fn check(model: &str, asking: &Asking) -> Result<(), RunnerError> {
    match asking.thinking_tokens {
        Some(tokens @ 1..SMALLEST_BUDGET) if takes_budget(model) => Err(RunnerError::new(
            Kind::Rejected,
            format!(
                "{model} thinks with {SMALLEST_BUDGET} tokens or more, or not at all: `thinking_tokens` is {tokens}"
            ),
        )),
        _ => Ok(()),
    }
}

/// An error where this prompt would be refused: who thinks wants the thinking of earlier answers given back with the
/// signatures that it came with, and those are not kept.
pub(super) fn check_prompt(asking: &Asking, prompt: &Prompt) -> Result<(), RunnerError> {
    if prompt.exchanges.is_empty() || asking.thinking_tokens.is_none_or(|tokens| tokens == 0) {
        return Ok(());
    }
    Err(RunnerError::new(
        Kind::Rejected,
        "a case whose tools answer cannot be asked with `thinking_tokens` here: leave it out of the model's settings",
    ))
}

pub(super) fn body(model: &str, asking: &Asking, prompt: &Prompt) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| drop(body.insert(key.into(), value));
    put("model", model.into());
    put("max_tokens", asking.max_tokens(prompt).into());
    let (system, turns): (Vec<&Message>, Vec<&Message>) = prompt.messages.iter().partition(|m| m.role == Role::System);
    if !system.is_empty() {
        put("system", system.iter().map(|m| m.content.as_str()).collect::<Vec<_>>().join("\n\n").into());
    }
    // Turns of one role that follow each other are joined by the API.
    let answered = prompt.exchanges.iter().enumerate().flat_map(|(place, exchange)| answered(place, exchange));
    put("messages", turns.into_iter().map(turn).chain(answered).collect());
    // Who thinks is sampled at a temperature of its own: the API refuses any other.
    let thinks = asking.thinking_tokens.is_some_and(|tokens| tokens > 0);
    if let Some(temperature) = asking.temperature.filter(|_| !thinks) {
        put("temperature", temperature.into());
    }
    if let Some(top_p) = asking.top_p {
        put("top_p", top_p.into());
    }
    if !prompt.stop.is_empty() {
        put("stop_sequences", json!(prompt.stop));
    }
    if !prompt.tools.is_empty() {
        put("tools", prompt.tools.iter().map(tool).collect());
        put("tool_choice", json!({"type": "auto"}));
    }
    if let Some(schema) = asking.schema(prompt) {
        put("output_config", json!({"format": {"type": "json_schema", "schema": schema}}));
    }
    if let Some(tokens) = asking.thinking_tokens {
        put("thinking", thinking(model, tokens));
    }
    if asking.stream {
        put("stream", true.into());
    }
    asking.finish(body)
}

fn turn(message: &Message) -> Value {
    let role = if message.role == Role::Assistant { "assistant" } else { "user" };
    json!({"role": role, "content": message.content})
}

/// Calls and what they gave back, as blocks of two turns.
fn answered(place: usize, exchange: &Exchange) -> [Value; 2] {
    // The API refuses a text without words.
    let said = Some(json!({"type": "text", "text": exchange.text})).filter(|_| !exchange.text.trim().is_empty());
    let calls = exchange.calls(place).map(
        |(id, call, _)| json!({"type": "tool_use", "id": id, "name": call.name, "input": arguments_as_object(call)}),
    );
    let answers = exchange
        .calls(place)
        .map(|(id, _, answer)| json!({"type": "tool_result", "tool_use_id": id, "content": answer}));
    [
        json!({"role": "assistant", "content": said.into_iter().chain(calls).collect::<Vec<_>>()}),
        json!({"role": "user", "content": answers.collect::<Vec<_>>()}),
    ]
}

fn tool(tool: &Tool) -> Value {
    let function = &tool.0["function"];
    let mut definition = Map::new();
    for key in ["name", "description", "strict"] {
        if let Some(value) = function.get(key).filter(|value| !value.is_null()) {
            definition.insert(key.into(), value.clone());
        }
    }
    let schema = match tool.parameters() {
        Value::Null => json!({"type": "object", "properties": {}}),
        parameters => parameters.clone(),
    };
    definition.insert("input_schema".into(), schema);
    definition.into()
}

/// Newer models decide themselves how much they think: of the budget only its room in `max_tokens` remains, and
/// `output_config.effort`, which can be added to the request, says how hard. They leave their thinking out unless told.
fn thinking(model: &str, tokens: u32) -> Value {
    match tokens {
        0 => json!({"type": "disabled"}),
        _ if takes_budget(model) => json!({"type": "enabled", "budget_tokens": tokens}),
        _ => json!({"type": "adaptive", "display": "summarized"}),
    }
}

/// Whether the model refuses a temperature: Claude after 4.6.
pub(super) fn samples_by_itself(model: &str) -> bool {
    model.contains("claude") && !takes_budget(model)
}

/// Claude models from 4.7 on refuse a budget; the older ones are a list that does not grow. Models of other makers behind
/// the same API know nothing newer than the budget.
fn takes_budget(model: &str) -> bool {
    let older = ["claude-3", "-4-0", "-4-1", "-4-2025", "-4-5", "-4-6"];
    !model.contains("claude") || older.iter().any(|part| model.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Decode;
    use eval_core::PromptId;
    use std::sync::Arc;

    fn prompt() -> Prompt {
        let message = |role, content: &str| Message { role, content: content.into() };
        Prompt {
            id: PromptId { task: "t".into(), case: "c".into(), case_hash: String::new(), repeat: 0 },
            messages: vec![message(Role::System, "Be brief."), message(Role::User, "Weather in Oslo?")],
            tools: Arc::new([]),
            schema: Some(Arc::new(json!({"type": "object"}))),
            labels: Arc::from([]),
            max_output_tokens: 100,
            stop: Vec::new(),
            shared: Vec::new(),
            exchanges: Vec::new(),
        }
    }

    #[test]
    fn a_plain_request_holds_what_was_asked_and_no_more() {
        let asking = Asking { temperature: Some(0.0), seed: Some(7), ..Asking::default() };
        assert_eq!(
            body("claude-haiku-4-5", &asking, &prompt()),
            json!({
                "model": "claude-haiku-4-5", "max_tokens": 100, "system": "Be brief.", "temperature": 0.0,
                "messages": [{"role": "user", "content": "Weather in Oslo?"}],
            })
        );
    }

    #[test]
    fn a_request_with_everything() {
        let mut prompt = prompt();
        let turn = |role, content: &str| Message { role, content: content.into() };
        prompt.messages.extend([
            turn(Role::Assistant, "Rain."),
            turn(Role::System, "In C."),
            turn(Role::User, "And now?"),
        ]);
        prompt.stop = vec!["END".into()];
        prompt.tools = Arc::new([
            Tool(
                json!({"type": "function", "function": {"name": "weather", "description": "Tells it.", "strict": true,
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}),
            ),
            Tool(json!({"type": "function", "function": {"name": "now"}})),
        ]);
        let asking = Asking {
            top_p: Some(0.9),
            decode: Decode::Schema,
            stream: true,
            extra: Map::from_iter([("output_config".into(), json!({"effort": "low"}))]),
            omit: vec!["tool_choice".into()],
            ..Asking::default()
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&body("claude-opus-4-5", &asking, &prompt)).unwrap());
    }

    #[test]
    fn thinking_is_asked_for_as_the_model_takes_it() {
        let asked = |model: &str, tokens| {
            let asking = Asking { temperature: Some(0.0), thinking_tokens: Some(tokens), ..Asking::default() };
            check(model, &asking).unwrap();
            let body = body(model, &asking, &prompt());
            (body["thinking"].clone(), body["max_tokens"].clone(), body.get("temperature").is_some())
        };
        for model in ["claude-3-7-sonnet-20250219", "claude-sonnet-4-20250514", "claude-haiku-4-5", "kimi-k2"] {
            let thinking = json!({"type": "enabled", "budget_tokens": 2048});
            assert_eq!(asked(model, 2048), (thinking, 2148.into(), false), "{model}");
        }
        for model in ["claude-opus-4-7", "claude-sonnet-5", "claude-opus-5-5"] {
            let thinking = json!({"type": "adaptive", "display": "summarized"});
            assert_eq!(asked(model, 500), (thinking, 600.into(), false), "{model}");
        }
        assert_eq!(asked("claude-opus-5", 0), (json!({"type": "disabled"}), 100.into(), true));
    }

    #[test]
    fn who_thinks_cannot_be_asked_on() {
        let exchange = Exchange { text: String::new(), tool_calls: Vec::new(), answers: Vec::new() };
        let on = Prompt { exchanges: vec![exchange], ..prompt() };
        let thinking = |tokens| Asking { thinking_tokens: tokens, ..Asking::default() };
        assert!(check_prompt(&thinking(Some(2048)), &on).is_err());
        assert!(check_prompt(&thinking(Some(0)), &on).is_ok() && check_prompt(&thinking(None), &on).is_ok());
        assert!(check_prompt(&thinking(Some(2048)), &prompt()).is_ok());
    }

    #[test]
    fn too_small_a_budget_is_refused_before_any_call() {
        let asking = Asking { thinking_tokens: Some(500), ..Asking::default() };
        assert_eq!(
            check("claude-haiku-4-5", &asking).unwrap_err().message,
            "claude-haiku-4-5 thinks with 1024 tokens or more, or not at all: `thinking_tokens` is 500"
        );
    }
}
