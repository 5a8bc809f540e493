//! What can go wrong between us and a server.

use crate::{
    answered, completion, prompt, replied, runner, said,
    server::{Reply, Server},
    settings, streaming,
};
use eval_core::{Runner, RunnerErrorKind as Kind};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_page_is_no_answer() {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    let error = replied("openai", move || Reply::text(200, "text/html", page)).await.unwrap_err();
    assert_eq!(error.kind, Kind::Malformed);
    assert!(error.message.contains("titled \"Sign in\" instead of JSON"), "{}", error.message);
    let error = replied("openai", move || Reply::text(502, "text/html", page)).await.unwrap_err();
    assert_eq!(error.kind, Kind::Overloaded);
}

#[tokio::test]
async fn json_that_is_no_completion_is_no_answer() {
    for body in [
        json!({}),
        json!([]),
        json!("Rain."),
        json!({"choices": []}),
        json!({"choices": null}),
        json!({"choices": [{}]}),
        json!({"choices": [{"message": null, "finish_reason": "stop"}]}),
        json!({"choices": ["Rain."]}),
    ] {
        let error = answered("vllm", body.clone()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Malformed, "{body}: {}", error.message);
    }
    let error = replied("vllm", || Reply::text(200, "application/json", "")).await.unwrap_err();
    assert!(error.message.contains("answered with an empty answer"), "{}", error.message);
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_from_one_that_never_was() {
    assert_eq!(replied("vllm", || Reply::Close).await.unwrap_err().kind, Kind::Disconnected);
    let cut = || Reply::Cut { body: completion(said("Rain."), "stop").to_string(), bytes: 50 };
    assert_eq!(replied("vllm", cut).await.unwrap_err().kind, Kind::Disconnected);

    let server = Server::start(|_| Reply::Close);
    let base = server.url("/v1");
    drop(server);
    for settings in [settings(std::slice::from_ref(&base)), streaming(base)] {
        let error = runner("vllm", settings).respond(&prompt()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable);
        assert!(error.message.contains("Is the server running, and `base_url` right?"), "{}", error.message);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_not_waited_for() {
    let server = Server::start(|_| {
        Reply::Late(Duration::from_secs(2), Box::new(Reply::json(200, completion(said("Rain."), "stop"))))
    });
    for mut settings in [settings(&[server.url("/v1")]), streaming(server.url("/v1"))] {
        settings.address.timeout = Duration::from_millis(100);
        let error = runner("vllm", settings).respond(&prompt()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Timeout);
        assert!(error.message.contains("within 0.1 s; `timeout_s` allows more"), "{}", error.message);
    }
}

#[tokio::test]
async fn an_answer_that_stops_on_its_way_is_late_as_well() {
    let server = Server::start(|_| {
        let chunk = json!({"choices": [{"index": 0, "delta": {"content": "Ra"}, "finish_reason": null}]});
        Reply::Stall { body: format!("data: {chunk}\n\n").repeat(9), bytes: 200, pause: Duration::from_secs(2) }
    });
    for mut settings in [settings(&[server.url("/v1")]), streaming(server.url("/v1"))] {
        settings.address.timeout = Duration::from_millis(100);
        let error = runner("vllm", settings).respond(&prompt()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Timeout, "{}", error.message);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_| Reply::json(200, completion(said("Rain."), "stop")));
    let target = elsewhere.url("/v1/chat/completions");
    for status in [301, 302, 307, 308] {
        let target = target.clone();
        let error = replied("openai", move || Reply::text(status, "text/plain", "").with("location", &target)).await;
        assert_eq!(error.unwrap_err().kind, Kind::UnknownModel);
    }
    assert!(elsewhere.asked().is_empty(), "the key would have gone there");
}

#[tokio::test]
async fn one_call_is_one_request_below_the_base() {
    for status in [429, 500, 503] {
        let server = Server::start(move |_| Reply::json(status, json!({})).with("retry-after", "0"));
        runner("openai", settings(&[server.url("/gateway/v1/")])).respond(&prompt()).await.unwrap_err();
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "retries are the business of a layer");
        assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("POST", "/gateway/v1/chat/completions"));
    }
}
