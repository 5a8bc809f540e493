//! A key in no error and in no answer, whatever a server does with it.

use crate::{
    KEY, completion, prompt, runner, said,
    server::{Asked, Reply, Server},
    settings, with,
};
use eval_core::Runner;
use eval_runners::api::{ApiSettings, Asking};
use serde_json::{Value, json};

/// Preset, the header that the key comes in, and a header of the user's own; where that is the one with the key, there
/// is no other.
type Form = (&'static str, &'static str, Option<(&'static str, &'static str)>);

const FORMS: [Form; 4] = [
    ("openai", "authorization", None),
    ("azure", "api-key", Some(("X-Team", "planted-team"))),
    ("vllm", "authorization", Some(("Authorization", "Bearer sk-planted-key"))),
    ("vllm", "x-api-key", Some(("X-Api-Key", KEY))),
];

/// All that a careless server could repeat: headers whole, and the key alone.
fn echo(asked: &Asked) -> Value {
    let alone: Vec<&str> = asked.headers.values().filter_map(|v| v.split(' ').next_back()).collect();
    json!({"headers": asked.headers, "alone": alone, "text": format!("{:?}", asked.headers)})
}

fn repeats(asked: &Asked) -> Reply {
    let echo = echo(asked);
    let text = echo.to_string();
    let call = |arguments: Value| json!({"function": {"name": text, "arguments": arguments}});
    let message = json!({"role": "assistant", "content": text, "reasoning": text, "tool_calls": [call(json!({KEY: echo})), call(json!(text))]});
    let body = with(completion(message, &text), json!({"echo": echo, KEY: "x"}));
    let keyed = |shift: usize| format!("{}{text}", "x".repeat(shift));
    match asked.number {
        0 => Reply::json(200, body),
        1 => Reply::json(401, json!({"error": {"message": text, "code": text}})),
        2 => Reply::json(400, echo),
        3 => Reply::text(500, "text/plain", text),
        4 => Reply::text(200, "text/html", format!("<title>{text}</title>")),
        5 => Reply::json(200, with(completion(said(""), "error"), json!({"error": {"message": text}}))),
        // Long words are cut, and the cut goes through the key somewhere.
        number => Reply::text(400, "text/plain", keyed(number * 5)),
    }
}

#[tokio::test]
async fn no_key_comes_back_in_an_answer_or_an_error() {
    for (preset, name, own) in FORMS {
        let by_preset = own.is_none_or(|(header, _)| !header.eq_ignore_ascii_case(name));
        let server = Server::start(repeats);
        let settings = ApiSettings {
            key: by_preset.then(|| KEY.into()),
            headers: own.map(|(name, value)| (name.into(), value.into())).into_iter().collect(),
            ..settings(&[server.url("/v1")])
        };
        assert!(!format!("{settings:?}").contains("planted"));
        let runner = runner(preset, settings);
        let response = serde_json::to_string(&runner.respond(&prompt()).await.unwrap()).unwrap();
        assert!(response.contains("[redacted]") && !response.contains("planted"), "{preset}: {response}");
        for n in 1..90 {
            let error = runner.respond(&prompt()).await.unwrap_err();
            assert!(!format!("{error:?}").contains("sk-plan"), "{preset} {n}: {error:?}");
            assert!(!format!("{error:?}").contains("planted"), "{preset} {n}: {error:?}");
        }
        let asked = &server.asked()[0];
        assert!(asked.headers[name].ends_with(KEY), "it was sent");
        assert!(!format!("{}{}", asked.path, asked.body).contains("planted"));
    }
}

#[tokio::test]
async fn no_key_comes_back_in_a_stream() {
    let server = Server::start(|asked| {
        let text = format!("sent: {:?}", asked.headers);
        let chunk =
            |delta: Value, finish: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        match asked.number {
            // The key comes in two pieces.
            0 => Reply::events([
                chunk(json!({"content": "sk-plan"}), Value::Null),
                chunk(json!({"content": "ted-key"}), json!("stop")),
            ]),
            1 => Reply::events([json!({"error": {"message": text}})]),
            _ => Reply::events([text]),
        }
    });
    let asking = Asking { stream: true, ..Asking::default() };
    let runner = runner("openai", ApiSettings { asking, ..settings(&[server.url("/v1")]) });
    assert_eq!(runner.respond(&prompt()).await.unwrap().text, "[redacted]");
    for _ in 1..3 {
        let error = runner.respond(&prompt()).await.unwrap_err();
        assert!(error.message.contains("[redacted]") && !error.message.contains("planted"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_key_that_no_header_can_hold_is_not_repeated() {
    let server = Server::start(|_| Reply::Close);
    for preset in ["openai", "azure"] {
        let settings = ApiSettings { key: Some("planted\nkey".into()), ..settings(&[server.url("/v1")]) };
        let error =
            eval_runners::openai::runner(eval_runners::openai::preset(preset).unwrap(), settings).err().unwrap();
        assert!(error.message.contains("line break") && !error.message.contains("planted"), "{}", error.message);
    }
    assert!(server.asked().is_empty());
}
