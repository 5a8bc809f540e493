//! The body of a request. Reference:
//! `https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html`, "Request Syntax".

use crate::{api::Asking, chat::arguments_as_object};
use eval_core::{Exchange, Message, Prompt, Role, Tool};
use serde_json::{Map, Value, json};

pub(super) fn body(asking: &Asking, prompt: &Prompt) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| drop(body.insert(key.into(), value));
    let (system, turns): (Vec<&Message>, Vec<&Message>) = prompt.messages.iter().partition(|m| m.role == Role::System);
    if !system.is_empty() {
        put("system", system.iter().map(|m| text(m)).collect());
    }
    // Turns of one role that follow each other are one with several blocks: the API wants the roles to alternate.
    let messages = turns.chunk_by(|a, b| a.role == b.role).map(|turns| {
        let role = if turns[0].role == Role::Assistant { "assistant" } else { "user" };
        json!({"role": role, "content": turns.iter().map(|m| text(m)).collect::<Vec<_>>()})
    });
    let answered = prompt.exchanges.iter().enumerate().flat_map(|(place, exchange)| answered(place, exchange));
    put("messages", messages.chain(answered).collect());
    put("inferenceConfig", inference(asking, prompt).into());
    if !prompt.tools.is_empty() {
        let tools: Vec<Value> = prompt.tools.iter().map(tool).collect();
        put("toolConfig", json!({"tools": tools, "toolChoice": {"auto": {}}}));
    }
    // Nova knows no budget but three efforts, of which the highest takes no limit on tokens. It thinks only when told.
    // Reference: `https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html`.
    if asking.thinking_tokens.is_some_and(|tokens| tokens > 0) {
        put(
            "additionalModelRequestFields",
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}}),
        );
    }
    asking.finish(body)
}

fn inference(asking: &Asking, prompt: &Prompt) -> Map<String, Value> {
    let mut config = Map::new();
    let mut put = |key: &str, value: Value| drop(config.insert(key.into(), value));
    put("maxTokens", asking.max_tokens(prompt).into());
    if let Some(temperature) = asking.temperature {
        put("temperature", temperature.into());
    }
    if let Some(top_p) = asking.top_p {
        put("topP", top_p.into());
    }
    if !prompt.stop.is_empty() {
        put("stopSequences", json!(prompt.stop));
    }
    config
}

fn text(message: &Message) -> Value {
    json!({"text": message.content})
}

/// Calls and what they gave back, as blocks of two turns.
fn answered(place: usize, exchange: &Exchange) -> [Value; 2] {
    let said = Some(json!({"text": exchange.text})).filter(|_| !exchange.text.trim().is_empty());
    let calls = exchange.calls(place).map(
        |(id, call, _)| json!({"toolUse": {"toolUseId": id, "name": call.name, "input": arguments_as_object(call)}}),
    );
    let answers = exchange
        .calls(place)
        .map(|(id, _, answer)| json!({"toolResult": {"toolUseId": id, "content": [{"text": answer}]}}));
    [
        json!({"role": "assistant", "content": said.into_iter().chain(calls).collect::<Vec<_>>()}),
        json!({"role": "user", "content": answers.collect::<Vec<_>>()}),
    ]
}

fn tool(tool: &Tool) -> Value {
    let mut spec = Map::new();
    for key in ["name", "description"] {
        if let Some(value) = tool.0["function"].get(key).filter(|value| !value.is_null()) {
            spec.insert(key.into(), value.clone());
        }
    }
    let schema = match tool.parameters() {
        Value::Null => json!({"type": "object", "properties": {}}),
        parameters => parameters.clone(),
    };
    spec.insert("inputSchema".into(), json!({"json": schema}));
    json!({"toolSpec": spec})
}

/// A model's id as one segment of a path: ids hold colons, and ARNs slashes.
pub(super) fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes().map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use eval_core::PromptId;
    use std::sync::Arc;

    fn turn(role: Role, content: &str) -> Message {
        Message { role, content: content.into() }
    }

    fn prompt() -> Prompt {
        Prompt {
            id: PromptId { task: "t".into(), case: "c".into(), case_hash: String::new(), repeat: 0 },
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
        let asking = Asking { temperature: Some(0.0), seed: Some(7), thinking_tokens: Some(0), ..Asking::default() };
        assert_eq!(
            body(&asking, &prompt()),
            json!({
                "system": [{"text": "Be brief."}],
                "messages": [{"role": "user", "content": [{"text": "Weather in Oslo?"}]}],
                "inferenceConfig": {"maxTokens": 100, "temperature": 0.0},
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
        let effort = json!({"reasoningConfig": {"maxReasoningEffort": "low"}});
        let asking = Asking {
            temperature: Some(0.7),
            top_p: Some(0.9),
            thinking_tokens: Some(1000),
            extra: Map::from_iter([("additionalModelRequestFields".into(), effort)]),
            omit: vec!["toolConfig.toolChoice".into()],
            ..Asking::default()
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&body(&asking, &prompt)).unwrap());
    }

    #[test]
    fn calls_and_their_answers_are_blocks() {
        let calls = json!([{"name": "weather", "arguments": {"city": "Oslo"}}, {"name": "now", "arguments": {}}]);
        let exchange = Exchange {
            text: " ".into(),
            tool_calls: serde_json::from_value(calls).unwrap(),
            answers: vec!["rain".into(), "noon".into()],
        };
        let body = body(&Asking::default(), &Prompt { exchanges: vec![exchange], ..prompt() });
        let (call, answer) = (&body["messages"][1]["content"], &body["messages"][2]["content"]);
        let used = json!({"toolUse": {"toolUseId": "call00000", "name": "weather", "input": {"city": "Oslo"}}});
        assert_eq!((call[0].clone(), call.as_array().unwrap().len()), (used, 2), "a text without words is left out");
        let told = json!({"toolResult": {"toolUseId": "call00001", "content": [{"text": "noon"}]}});
        assert_eq!(answer[1], told);
    }

    #[test]
    fn an_id_is_one_segment_of_the_path() {
        assert_eq!(encoded("us.amazon.nova-lite-v1:0"), "us.amazon.nova-lite-v1%3A0");
        assert_eq!(encoded("arn:aws:bedrock:x:1:p/a ü"), "arn%3Aaws%3Abedrock%3Ax%3A1%3Ap%2Fa%20%C3%BC");
    }
}
