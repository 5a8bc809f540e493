//! How sure a model was, from the probabilities of its tokens, where its server tells them.

use crate::{
    answered, completion, prompt, runner, said,
    server::{Reply, Server},
    settings, streamed, with,
};
use eval_core::Runner;
use eval_runners::api::{ApiSettings, Asking};
use serde_json::{Value, json};

/// What a server tells of tokens that are so likely.
fn logprobs(probabilities: &[f64]) -> Value {
    let token = |p: &f64| json!({"token": "a", "bytes": [97], "logprob": p.ln(), "top_logprobs": []});
    json!({"content": probabilities.iter().map(token).collect::<Vec<_>>(), "refusal": null})
}

fn with_logprobs(logprobs: Value) -> Value {
    let mut body = completion(said("Rain."), "stop");
    body["choices"][0]["logprobs"] = logprobs;
    body
}

#[tokio::test]
async fn it_is_asked_for_where_it_is_wanted_and_read() {
    let server = Server::start(|asked| match asked.body["logprobs"].as_bool() {
        Some(true) => Reply::json(200, with_logprobs(logprobs(&[0.9, 0.4, 0.9]))),
        _ => Reply::json(200, completion(said("Rain."), "stop")),
    });
    let asking =
        |logprobs| ApiSettings { asking: Asking { logprobs, ..Asking::default() }, ..settings(&[server.url("/v1")]) };
    let response = runner("vllm", asking(true)).respond(&prompt()).await.unwrap();
    assert!((response.confidence.unwrap() - (0.9f64 * 0.4 * 0.9).cbrt()).abs() < 1e-12);
    assert!(!response.server.contains_key("choice"), "what it comes to stands for it: {:?}", response.server);
    assert_eq!(runner("vllm", asking(false)).respond(&prompt()).await.unwrap().confidence, None);
    assert_eq!(server.asked()[1].body.get("logprobs"), None);
}

#[tokio::test]
async fn what_a_server_does_not_tell_is_unknown() {
    let odd = json!({"content": [{"token": "a", "logprob": -0.1}, {"token": "b", "logprob": null}]});
    for told in [Value::Null, json!({"content": null}), json!({"content": []}), json!({"tokens": ["a"]}), odd] {
        let response = answered("vllm", with_logprobs(told.clone())).await.unwrap();
        assert_eq!((response.confidence, response.text.as_str()), (None, "Rain."), "{told}");
    }
}

#[tokio::test]
async fn every_chunk_of_a_stream_tells_of_its_own_tokens() {
    let chunk = |delta: Value, logprobs: Value, finish: Value| json!({"id": "1", "choices": [{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}]});
    let chunks = move || {
        let chunks = [
            chunk(json!({"role": "assistant", "content": ""}), Value::Null, Value::Null),
            chunk(json!({"content": "Ra"}), logprobs(&[0.5]), Value::Null),
            chunk(json!({"content": "in."}), logprobs(&[0.25, 1.0]), Value::Null),
            chunk(json!({}), Value::Null, "stop".into()),
        ];
        chunks.iter().map(Value::to_string).chain(["[DONE]".into()]).collect()
    };
    let response = streamed("vllm", chunks).await.unwrap();
    assert!((response.confidence.unwrap() - 0.5).abs() < 1e-12, "{:?}", response.confidence);
    assert_eq!(response.text, "Rain.");
    let whole = answered("vllm", with(completion(said("Rain."), "stop"), json!({}))).await.unwrap();
    assert_eq!(whole.confidence, None);
}
