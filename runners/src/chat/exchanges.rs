//! Calls that were answered, for models whose template or server has no place for them.

use eval_core::{Arguments, Exchange, Message, Role, ToolCall};
use serde_json::{Value, json};

/// The exchanges as turns in plain words: the model's calls as it was asked to write them, then what came back.
pub fn exchanges_in_words(exchanges: &[Exchange]) -> Vec<Message> {
    exchanges.iter().flat_map(in_words).collect()
}

fn in_words(exchange: &Exchange) -> [Message; 2] {
    let calls = exchange.tool_calls.iter().map(|call| {
        let arguments = match &call.arguments {
            Arguments::Object(arguments) => Value::Object(arguments.clone()).to_string(),
            Arguments::Raw(raw) => raw.clone(),
        };
        format!("{{\"name\": {}, \"arguments\": {arguments}}}", Value::from(call.name.as_str()))
    });
    let said = Some(exchange.text.trim().to_string()).filter(|text| !text.is_empty());
    let said: Vec<String> = said.into_iter().chain(calls).collect();
    let answers = exchange.calls(0).map(|(_, call, answer)| format!("{} answered: {answer}", call.name));
    let answers: Vec<String> = answers.collect();
    [
        Message { role: Role::Assistant, content: said.join("\n") },
        Message { role: Role::User, content: answers.join("\n") },
    ]
}

/// The exchanges as turns of the OpenAI protocol. Its arguments are text; chat templates take them as objects.
pub fn exchanges_as_turns(exchanges: &[Exchange], arguments: fn(&ToolCall) -> Value) -> Vec<Value> {
    exchanges.iter().enumerate().flat_map(|(place, exchange)| as_turns(place, exchange, arguments)).collect()
}

fn as_turns(place: usize, exchange: &Exchange, arguments: fn(&ToolCall) -> Value) -> Vec<Value> {
    let calls: Vec<Value> = exchange
        .calls(place)
        .map(|(id, call, _)| {
            let function = json!({"name": call.name, "arguments": arguments(call)});
            json!({"id": id, "type": "function", "function": function})
        })
        .collect();
    let called = json!({"role": Role::Assistant, "content": exchange.text, "tool_calls": calls});
    let answered = exchange
        .calls(place)
        .map(|(id, call, answer)| json!({"role": "tool", "tool_call_id": id, "name": call.name, "content": answer}));
    std::iter::once(called).chain(answered).collect()
}

/// Arguments as the text that they are in the OpenAI protocol.
pub fn arguments_as_text(call: &ToolCall) -> Value {
    match &call.arguments {
        Arguments::Object(arguments) => Value::Object(arguments.clone()).to_string().into(),
        Arguments::Raw(raw) => raw.as_str().into(),
    }
}

/// Arguments as an object, the raw text where they are none.
pub fn arguments_as_object(call: &ToolCall) -> Value {
    match &call.arguments {
        Arguments::Object(arguments) => arguments.clone().into(),
        Arguments::Raw(raw) => raw.as_str().into(),
    }
}
