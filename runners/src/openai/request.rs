use super::presets::{Preset, SchemaForm};
use crate::{
    api::{Asking, Offer},
    chat::{arguments_as_text, exchanges_as_turns, exchanges_in_words, offer_in_words},
};
use eval_core::{Prompt, Tool};
use serde_json::{Map, Value, json};

/// The body of a chat completion, as this server and this model want it.
pub(super) fn body(preset: &Preset, model: &str, asking: &Asking, prompt: &Prompt) -> Value {
    let mut body = Map::new();
    let mut set = |key: &str, value: Value| drop(body.insert(key.into(), value));
    set("model", model.into());
    let mut messages = prompt.messages.clone();
    if asking.tools == Offer::InWords {
        offer_in_words(&mut messages, &prompt.tools);
        messages.extend(exchanges_in_words(&prompt.exchanges));
    }
    let turns = messages.iter().map(|m| json!({"role": m.role, "content": m.content}));
    let answered = match asking.tools {
        Offer::Native => exchanges_as_turns(&prompt.exchanges, arguments_as_text),
        Offer::InWords => Vec::new(),
    };
    set("messages", turns.chain(answered).collect());
    set(preset.limit.as_str(), asking.max_tokens(prompt).into());
    if let Some(temperature) = asking.temperature {
        set("temperature", temperature.into());
    }
    if let Some(top_p) = asking.top_p {
        set("top_p", top_p.into());
    }
    if asking.logprobs {
        set("logprobs", true.into());
    }
    if !prompt.stop.is_empty() && !preset.samples_by_itself(model) {
        set("stop", prompt.stop.clone().into());
    }
    if let (Some(key), Some(seed)) = (preset.seed, asking.seed_of(prompt)) {
        set(key, seed.into());
    }
    let tools = asking.native_tools(prompt);
    if !tools.is_empty() {
        set("tools", tools.iter().map(|Tool(tool)| tool.clone()).collect());
        set("tool_choice", "auto".into());
    }
    let schema = asking.schema(prompt).zip(preset.schema_of(model));
    if let Some((schema, form)) = schema {
        set("response_format", response_format(form, schema));
    }
    if preset.name == "openrouter" && (schema.is_some() || !tools.is_empty()) {
        // Otherwise it may choose a provider that leaves them out.
        set("provider", json!({"require_parameters": true}));
    }
    if asking.stream {
        set("stream", true.into());
        if preset.asks_stream_usage {
            set("stream_options", json!({"include_usage": true}));
        }
    }
    asking.finish(body)
}

fn response_format(form: SchemaForm, schema: &Value) -> Value {
    match form {
        SchemaForm::JsonSchema => {
            json!({"type": form.as_str(), "json_schema": {"name": "answer", "strict": true, "schema": schema}})
        }
        SchemaForm::JsonObject | SchemaForm::Json => json!({"type": form.as_str(), "schema": schema}),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::presets::PRESETS, *};
    use crate::api::Decode;
    use eval_core::{Message, PromptId, Role};
    use std::sync::Arc;

    fn prompt() -> Prompt {
        let tool = json!({"type": "function", "function": {"name": "refund", "parameters": {"type": "object"}}});
        Prompt {
            id: PromptId { task: "fields".into(), case: "f-1".into(), case_hash: "0".into(), repeat: 1 },
            messages: vec![
                Message { role: Role::System, content: "Read the order.".into() },
                Message { role: Role::User, content: "A-7, 12 EUR".into() },
            ],
            tools: Arc::from([Tool(tool)]),
            schema: Some(Arc::new(json!({"type": "object"}))),
            labels: Arc::from([]),
            max_output_tokens: 16,
            stop: vec!["\n".into()],
            shared: Vec::new(),
            exchanges: Vec::new(),
        }
    }

    fn asking() -> Asking {
        Asking {
            temperature: Some(0.0),
            seed: Some(7),
            decode: Decode::Schema,
            stream: true,
            thinking_tokens: Some(100),
            extra: json!({"top_k": 1, "stream_options": {"more": true}}).as_object().cloned().unwrap(),
            omit: vec!["tool_choice".into()],
            ..Asking::default()
        }
    }

    #[test]
    fn every_preset_is_asked_in_its_own_way() {
        let bodies: Vec<String> = PRESETS
            .iter()
            .map(|preset| {
                let mut body = body(preset, "m", &asking(), &prompt());
                for common in ["model", "messages", "tools", "top_k"] {
                    assert!(body.as_object_mut().unwrap().remove(common).is_some(), "{}: {common}", preset.name);
                }
                format!("{}: {body}", preset.name)
            })
            .collect();
        insta::assert_snapshot!(bodies.join("\n"));
    }

    #[test]
    fn what_is_not_asked_for_is_not_sent() {
        let openai = &PRESETS[0];
        let free = Asking { decode: Decode::Free, temperature: None, ..asking() };
        let body = |model| body(openai, model, &free, &prompt());
        for absent in ["temperature", "top_p", "response_format"] {
            assert_eq!(body("gpt-4o").get(absent), None, "{absent}");
        }
        assert!(body("gpt-4o").get("stop").is_some());
        assert_eq!(body("gpt-5-mini").get("stop"), None, "it takes none");
    }

    #[test]
    fn thinking_models_are_known_by_their_names() {
        let openai = &PRESETS[0];
        for model in ["o1", "o3-mini", "gpt-5", "gpt-5.1-mini"] {
            assert!(openai.samples_by_itself(model), "{model}");
        }
        for model in ["gpt-4o", "gpt-5-chat-latest", "gpt-4.1"] {
            assert!(!openai.samples_by_itself(model), "{model}");
        }
        assert!(!PRESETS[2].samples_by_itself("o1"), "a server of one's own");
    }

    #[test]
    fn names_are_unique_and_addresses_can_be_told() {
        for (i, preset) in PRESETS.iter().enumerate() {
            assert!(PRESETS[..i].iter().all(|other| other.name != preset.name), "{}", preset.name);
            assert!(preset.base_url.is_some() || !preset.base_url_variable.is_empty(), "{}", preset.name);
            assert!(!preset.needs_key || !preset.key_variable.is_empty(), "{}", preset.name);
        }
    }
}
