//! The body of a request. Reference: `https://ai.google.dev/api/generate-content`, "Request body".

use crate::{api::Asking, chat::arguments_as_object};
use eval_core::{Exchange, Message, Prompt, Role, Tool};
use serde_json::{Map, Value, json};

pub(super) fn body(asking: &Asking, prompt: &Prompt) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| drop(body.insert(key.into(), value));
    let (system, turns): (Vec<&Message>, Vec<&Message>) = prompt.messages.iter().partition(|m| m.role == Role::System);
    if !system.is_empty() {
        put("systemInstruction", json!({"parts": system.iter().map(|m| part(m)).collect::<Vec<_>>()}));
    }
    // Turns of one role that follow each other are one with several parts: the API wants the roles to alternate.
    let contents = turns.chunk_by(|a, b| a.role == b.role).map(|turns| {
        let role = if turns[0].role == Role::Assistant { "model" } else { "user" };
        json!({"role": role, "parts": turns.iter().map(|m| part(m)).collect::<Vec<_>>()})
    });
    let answered = prompt.exchanges.iter().enumerate().flat_map(|(place, exchange)| answered(place, exchange));
    put("contents", contents.chain(answered).collect());
    if !prompt.tools.is_empty() {
        put("tools", json!([{"functionDeclarations": prompt.tools.iter().map(function).collect::<Vec<_>>()}]));
        put("toolConfig", json!({"functionCallingConfig": {"mode": "AUTO"}}));
    }
    put("generationConfig", generation(asking, prompt).into());
    asking.finish(body)
}

fn generation(asking: &Asking, prompt: &Prompt) -> Map<String, Value> {
    let mut config = Map::new();
    let mut put = |key: &str, value: Value| drop(config.insert(key.into(), value));
    // Thinking counts.
    put("maxOutputTokens", asking.max_tokens(prompt).into());
    if let Some(temperature) = asking.temperature {
        put("temperature", temperature.into());
    }
    if let Some(top_p) = asking.top_p {
        put("topP", top_p.into());
    }
    if let Some(seed) = asking.seed_of(prompt) {
        put("seed", seed.into());
    }
    if !prompt.stop.is_empty() {
        put("stopSequences", json!(prompt.stop));
    }
    if let Some(schema) = asking.schema(prompt) {
        put("responseMimeType", "application/json".into());
        put("responseJsonSchema", schema.clone());
    }
    // From Gemini 3 on a level is the better way to say it; a budget is still taken, but never both.
    if let Some(tokens) = asking.thinking_tokens {
        put("thinkingConfig", json!({"thinkingBudget": tokens, "includeThoughts": tokens > 0}));
    }
    config
}

fn part(message: &Message) -> Value {
    json!({"text": message.content})
}

/// Calls and what they gave back, as parts of two turns.
///
/// From Gemini 3 on the first call of a turn needs the signature of the thought behind it. None are kept; this word,
/// which the API has for conversations from elsewhere, stands for it.
/// Reference: `https://ai.google.dev/gemini-api/docs/thought-signatures`.
fn answered(place: usize, exchange: &Exchange) -> [Value; 2] {
    let said = Some(json!({"text": exchange.text})).filter(|_| !exchange.text.trim().is_empty());
    let mut calls: Vec<Value> = exchange
        .calls(place)
        .map(|(_, call, _)| json!({"functionCall": {"name": call.name, "args": arguments_as_object(call)}}))
        .collect();
    if let Some(first) = calls.first_mut() {
        first["thoughtSignature"] = "skip_thought_signature_validator".into();
    }
    let answers = exchange.calls(place).map(|(_, call, answer)| {
        // It wants an object.
        let response = serde_json::from_str(answer).ok().filter(Value::is_object);
        let response = response.unwrap_or_else(|| json!({"result": answer}));
        json!({"functionResponse": {"name": call.name, "response": response}})
    });
    [
        json!({"role": "model", "parts": said.into_iter().chain(calls).collect::<Vec<_>>()}),
        json!({"role": "user", "parts": answers.collect::<Vec<_>>()}),
    ]
}

fn function(tool: &Tool) -> Value {
    let mut declaration = Map::new();
    // `parameters` takes a dialect of OpenAPI; `parametersJsonSchema` takes the schema as it is.
    for (from, to) in [("name", "name"), ("description", "description"), ("parameters", "parametersJsonSchema")] {
        if let Some(value) = tool.0["function"].get(from).filter(|value| !value.is_null()) {
            declaration.insert(to.into(), value.clone());
        }
    }
    declaration.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Decode;
    use eval_core::PromptId;
    use std::sync::Arc;

    fn turn(role: Role, content: &str) -> Message {
        Message { role, content: content.into() }
    }

    fn prompt() -> Prompt {
        Prompt {
            id: PromptId { task: "t".into(), case: "c".into(), case_hash: String::new(), repeat: 2 },
            messages: vec![turn(Role::System, "Be brief."), turn(Role::User, "Weather in Oslo?")],
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
        let asking = Asking { temperature: Some(0.0), ..Asking::default() };
        assert_eq!(
            body(&asking, &prompt()),
            json!({
                "systemInstruction": {"parts": [{"text": "Be brief."}]},
                "contents": [{"role": "user", "parts": [{"text": "Weather in Oslo?"}]}],
                "generationConfig": {"maxOutputTokens": 100, "temperature": 0.0},
            })
        );
    }

    #[test]
    fn a_request_with_everything() {
        let mut prompt = prompt();
        prompt.messages.extend([
            turn(Role::User, "Today?"),
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
            temperature: Some(0.7),
            top_p: Some(0.9),
            seed: Some(40),
            decode: Decode::Schema,
            thinking_tokens: Some(512),
            extra: Map::from_iter([("generationConfig".into(), json!({"topK": 5}))]),
            omit: vec!["toolConfig".into()],
            ..Asking::default()
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&body(&asking, &prompt)).unwrap());
    }

    #[test]
    fn thinking_can_be_turned_off() {
        let asking = Asking { thinking_tokens: Some(0), ..Asking::default() };
        let config = &body(&asking, &prompt())["generationConfig"];
        assert_eq!(config["thinkingConfig"], json!({"thinkingBudget": 0, "includeThoughts": false}));
        assert_eq!(config["maxOutputTokens"], 100);
    }
}
