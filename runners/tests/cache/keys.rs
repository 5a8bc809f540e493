use crate::{identity, key, prompt};
use eval_core::{Exchange, Prompt, Role, Tool};
use eval_runners::cache::{Identity, Key};
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Arc};

fn changed(change: impl FnOnce(&mut Prompt)) -> Key {
    let mut prompt = prompt("t-1", "Where is my parcel?");
    change(&mut prompt);
    key(&prompt)
}

fn identified(change: impl FnOnce(&mut Value)) -> Key {
    let mut what = identity();
    change(&mut what);
    Key::new(&Identity::new(&what), &prompt("t-1", "Where is my parcel?"))
}

fn tool(description: &str) -> Arc<[Tool]> {
    Arc::from([Tool(json!({"type": "function", "function": {"name": "f", "description": description}}))])
}

fn schema(text: &str) -> Option<Arc<Value>> {
    Some(Arc::new(serde_json::from_str(text).unwrap()))
}

fn exchange(answer: &str) -> Exchange {
    let calls = json!([{"name": "f", "arguments": {"order": 1}}]);
    let tool_calls = serde_json::from_value(calls).unwrap();
    Exchange { text: String::new(), tool_calls, answers: vec![answer.into()] }
}

#[test]
fn every_part_of_the_question_changes_the_key() {
    let keys = [
        changed(|_| {}),
        changed(|prompt| prompt.messages[0].content = "Sort that.".into()),
        changed(|prompt| prompt.messages[1].content += " "),
        changed(|prompt| prompt.messages[1].role = Role::Assistant),
        changed(|prompt| prompt.exchanges.push(exchange("open"))),
        changed(|prompt| prompt.exchanges.push(exchange("closed"))),
        changed(|prompt| prompt.exchanges.extend([exchange("open"), exchange("open")])),
        changed(|prompt| prompt.messages.swap(0, 1)),
        changed(|prompt| drop(prompt.messages.pop())),
        changed(|prompt| prompt.tools = tool("one")),
        changed(|prompt| prompt.tools = tool("other")),
        changed(|prompt| prompt.schema = schema(r#"{"properties": {"a": {}, "b": {}}}"#)),
        // A model that is held to a schema gives the members in its order.
        changed(|prompt| prompt.schema = schema(r#"{"properties": {"b": {}, "a": {}}}"#)),
        changed(|prompt| prompt.max_output_tokens = 17),
        changed(|prompt| prompt.stop = vec!["\n".into()]),
        changed(|prompt| prompt.stop = vec!["\n".into(), "\n".into()]),
        changed(|prompt| prompt.id.repeat = 1),
        identified(|what| what["protocol"] = json!("anthropic")),
        identified(|what| what["endpoint"] = json!("http://127.0.0.1:8000/v1")),
        identified(|what| what["model"] = json!("small-2")),
        identified(|what| what["asking"]["temperature"] = json!(0.7)),
        identified(|what| what["asking"]["temperature"] = json!(null)),
        identified(|what| what["asking"]["top_p"] = json!(0.9)),
        identified(|what| what["asking"]["seed"] = json!(0)),
        identified(|what| what["asking"]["seed"] = json!(1)),
        identified(|what| what["asking"]["decode"] = json!("schema")),
        identified(|what| what["asking"]["tools"] = json!("in_words")),
        identified(|what| what["asking"]["extra"]["a"] = json!(null)),
        identified(|what| what["asking"]["extra"] = json!({"a.b": 1})),
        identified(|what| what["asking"]["extra"] = json!({"a": {"b": 1}})),
        identified(|what| what["weights"] = json!("sha256")),
    ];
    let texts: HashSet<String> = keys.iter().map(|key| format!("{key:?}")).collect();
    assert_eq!(texts.len(), keys.len());
}

#[test]
fn nothing_else_changes_the_key() {
    let same = changed(|_| {});
    assert_eq!(changed(|prompt| prompt.id.task = "other".into()), same);
    assert_eq!(changed(|prompt| prompt.id.case = "other".into()), same);
    assert_eq!(changed(|prompt| prompt.id.case_hash = "f".repeat(32)), same);
    assert_eq!(identified(|what| what["asking"]["seed"] = json!(null)), same, "what is not asked for is no part");
    let otherwise = json!({
        "asking": {"extra": {"b": 2, "a": 1}, "decode": "free", "temperature": 0.0},
        "model": "small-1",
        "protocol": "openai",
        "endpoint": "https://models.example/v1",
    });
    assert_eq!(identified(|what| *what = otherwise), same, "the order of settings");
}

#[test]
fn the_parts_are_in_an_order_for_people_and_hold_no_text_of_the_prompt() {
    let key = changed(|prompt| {
        prompt.tools = tool("private");
        prompt.schema = schema(r#"{"title": "private"}"#);
        prompt.stop = vec!["\"".into()];
        prompt.messages[1].content = "private".into();
    });
    let parts = key.parts();
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "protocol",
            "endpoint",
            "model",
            "asking.decode",
            "asking.extra",
            "asking.temperature",
            "max_output_tokens",
            "stop",
            "schema",
            "tools",
            "message 1 (system)",
            "message 2 (user)",
            "repeat",
            "format"
        ]
    );
    assert_eq!(parts["stop"], json!(["\""]));
    assert!(!format!("{parts:?}").contains("private"));
}
