//! Failures that come as answers, answers that come as failures, and how long to wait.

use crate::{answered, completion, replied, said, server::Reply, with};
use eval_core::{FinishReason, RunnerErrorKind as Kind};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_prompt_that_azure_filters_is_an_answer() {
    let body = json!({"error": {
        "message": "The response was filtered", "type": null, "param": "prompt", "code": "content_filter", "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"violence": {"filtered": true}}},
    }});
    let response = replied("azure", move || Reply::json(400, body.clone())).await.unwrap();
    assert_eq!((response.text.as_str(), response.finish_reason), ("", Some(FinishReason::ContentFilter)));
    assert!(response.server["error"].as_str().unwrap().contains("filtered"));
    assert_eq!(response.attempts, 1);
}

#[tokio::test]
async fn an_error_under_a_status_of_success_is_one() {
    for (error, kind) in [
        (json!({"message": "Provider returned error", "code": 502}), Kind::Overloaded),
        (json!({"message": "Rate limited upstream", "code": 429}), Kind::Throttled),
        (json!({"message": "No credits", "code": 402}), Kind::Quota),
        (json!({"message": "oops"}), Kind::Server),
        (json!("oops"), Kind::Server),
    ] {
        let body = with(completion(said("Rai"), "stop"), json!({"error": error}));
        let failure = answered("openrouter", body).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{}", failure.message);
    }
}

#[tokio::test]
async fn an_answer_that_its_server_broke_off_is_a_failure() {
    for (preset, word, kind) in [
        ("sglang", "abort", Kind::Server),
        ("mistral", "error", Kind::Server),
        ("deepseek", "insufficient_system_resource", Kind::Overloaded),
    ] {
        let error = answered(preset, completion(said("Rai"), word)).await.unwrap_err();
        assert_eq!(error.kind, kind, "{preset}");
        assert!(error.message.contains(word), "{}", error.message);
    }
}

#[tokio::test]
async fn a_server_says_how_long_to_wait() {
    let wait = |name: &'static str, value: String| async move {
        let body = json!({"error": {"message": "slow down"}});
        let error = replied("openai", move || Reply::json(429, body.clone()).with(name, &value)).await.unwrap_err();
        assert_eq!(error.kind, Kind::Throttled);
        error.retry_after
    };
    assert_eq!(wait("Retry-After", "7".into()).await, Some(Duration::from_secs(7)));
    assert_eq!(wait("retry-after-ms", "250".into()).await, Some(Duration::from_millis(250)));
    assert_eq!(wait("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT".into()).await, Some(Duration::ZERO));
    assert_eq!(wait("Retry-After", "soon".into()).await, None);
    let later = jiff::Timestamp::now() + Duration::from_secs(3600);
    let told = wait("Retry-After", later.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).await;
    assert!(told.is_some_and(|wait| wait > Duration::from_secs(1800)), "{told:?}");
}
