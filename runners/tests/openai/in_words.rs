//! Tools in words, for servers whose chat template has no place for them.

use crate::{
    completion, prompt, runner, said,
    server::{Reply, Server},
    settings,
};
use eval_core::{FinishReason, Message, Prompt, Response, Role, Runner, Tool};
use eval_runners::{
    api::{Asking, Offer},
    chat::tools_as_text,
};
use serde_json::{Value, json};
use std::sync::Arc;

const CALLS: &str = "Let me see.\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n{\"name\": \"weather\", \"arguments\": {\"city\": ";

fn with_tools() -> Prompt {
    let tool = json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}});
    Prompt { tools: Arc::from([Tool(tool)]), ..prompt() }
}

/// What is sent, and what its answer becomes.
async fn asked(preset: &str, prompt: &Prompt, tools: Offer, stream: bool) -> (Value, Response) {
    let server = Server::start(move |_| match stream {
        false => Reply::json(200, completion(said(CALLS), "stop")),
        true => Reply::events([
            json!({"choices": [{"index": 0, "delta": {"content": CALLS}, "finish_reason": "stop"}]}).to_string(),
            "[DONE]".into(),
        ]),
    });
    let asking = Asking { tools, stream, ..Asking::default() };
    let settings = eval_runners::api::ApiSettings { asking, ..settings(&[server.url("/v1")]) };
    let response = runner(preset, settings).respond(prompt).await.unwrap();
    (server.asked().remove(0).body, response)
}

#[tokio::test]
async fn they_stand_in_the_system_turn_and_nowhere_else() {
    let own = Message { role: Role::System, content: "Be brief.".into() };
    let words = tools_as_text(&with_tools().tools);
    for (system, expected) in [(None, words.clone()), (Some(own), format!("Be brief.\n\n{words}"))] {
        let mut prompt = with_tools();
        prompt.messages.splice(0..0, system);
        for preset in ["llamacpp", "openrouter"] {
            let (body, _) = asked(preset, &prompt, Offer::InWords, false).await;
            let turns =
                json!([{"role": "system", "content": expected}, {"role": "user", "content": "Weather in Oslo?"}]);
            assert_eq!(body["messages"], turns, "{preset}");
            for native in ["tools", "tool_choice", "provider"] {
                assert_eq!(body.get(native), None, "{preset}");
            }
        }
    }
    let (without, _) = asked("llamacpp", &prompt(), Offer::InWords, false).await;
    assert_eq!(without, asked("llamacpp", &prompt(), Offer::Native, false).await.0, "a task without tools");
}

#[tokio::test]
async fn calls_are_taken_out_of_the_text() {
    for stream in [false, true] {
        let (_, response) = asked("llamacpp", &with_tools(), Offer::InWords, stream).await;
        assert_eq!((response.text.as_str(), response.finish_reason), ("Let me see.", Some(FinishReason::ToolCalls)));
        let calls = serde_json::to_value(&response.tool_calls).unwrap();
        assert_eq!(calls[0], json!({"name": "weather", "arguments": {"city": "Oslo"}}));
        assert!(calls[1]["arguments"].is_string(), "one that cannot be read is an attempt at a call: {calls}");
    }
    for (prompt, tools) in [(prompt(), Offer::InWords), (with_tools(), Offer::Native)] {
        let (_, response) = asked("llamacpp", &prompt, tools, false).await;
        assert_eq!((response.text.as_str(), response.finish_reason), (CALLS, Some(FinishReason::Stop)));
        assert!(response.tool_calls.is_empty());
    }
}
