//! What servers say when they refuse a call, and what kind of failure it is.

use crate::failed;
use eval_core::RunnerErrorKind as Kind;
use serde_json::{Value, json};

/// Preset, status, body, kind, and a part of the message.
fn refusals() -> Vec<(&'static str, u16, Value, Kind, &'static str)> {
    let usual = |message: &str, kind: &str, code: Value| json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    let flat = |message: &str, kind: &str, code: Value| json!({"object": "error", "message": message, "type": kind, "param": null, "code": code});
    vec![
        (
            "openai",
            401,
            usual("Incorrect API key provided", "invalid_request_error", json!("invalid_api_key")),
            Kind::Unauthorized,
            "read from THE_KEY",
        ),
        (
            "openai",
            404,
            usual("The model `m-1` does not exist", "invalid_request_error", json!("model_not_found")),
            Kind::UnknownModel,
            "`model`",
        ),
        (
            "openai",
            429,
            usual("You exceeded your current quota", "insufficient_quota", json!("insufficient_quota")),
            Kind::Quota,
            "credit",
        ),
        (
            "openai",
            429,
            usual("Rate limit reached", "tokens", json!("rate_limit_exceeded")),
            Kind::Throttled,
            "Rate limit",
        ),
        ("openai", 413, usual("Request too large", "invalid_request_error", Value::Null), Kind::Rejected, "too large"),
        ("openai", 500, usual("The server had an error", "server_error", Value::Null), Kind::Server, "had an error"),
        (
            "azure",
            404,
            json!({"error": {"code": "DeploymentNotFound", "message": "The deployment does not exist."}}),
            Kind::UnknownModel,
            "deployment",
        ),
        (
            "azure",
            401,
            json!({"statusCode": 401, "message": "Access denied due to invalid subscription key."}),
            Kind::Unauthorized,
            "subscription key",
        ),
        (
            "vllm",
            404,
            usual("The model `m-1` does not exist.", "NotFoundError", json!(404)),
            Kind::UnknownModel,
            "does not exist",
        ),
        (
            "vllm",
            400,
            flat("This model's maximum context length is 2048 tokens.", "BadRequestError", json!(400)),
            Kind::ContextLength,
            "2048",
        ),
        (
            "ollama",
            404,
            usual("model 'm-1' not found", "not_found_error", Value::Null),
            Kind::UnknownModel,
            "not found",
        ),
        (
            "lmstudio",
            400,
            json!({"error": "'response_format.type' must be 'json_schema' or 'text'"}),
            Kind::Rejected,
            "must be 'json_schema'",
        ),
        (
            "llamacpp",
            503,
            json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}),
            Kind::Overloaded,
            "Loading model",
        ),
        (
            "llamacpp",
            400,
            json!({"error": {"code": 400, "message": "too long", "type": "exceed_context_size_error"}}),
            Kind::ContextLength,
            "too long",
        ),
        (
            "llamacpp",
            501,
            json!({"error": {"code": 501, "message": "no tools", "type": "not_supported_error"}}),
            Kind::Rejected,
            "no tools",
        ),
        (
            "tgi",
            422,
            json!({"error": "Input validation error: `inputs` must be short", "error_type": "validation"}),
            Kind::Rejected,
            "must be short",
        ),
        (
            "tgi",
            424,
            json!({"error": "Request failed during generation", "error_type": "generation"}),
            Kind::Server,
            "during generation",
        ),
        (
            "tgi",
            429,
            json!({"error": "Model is overloaded", "error_type": "overloaded"}),
            Kind::Throttled,
            "overloaded",
        ),
        (
            "trtllm",
            400,
            flat("extra fields not permitted", "BadRequestError", json!(400)),
            Kind::Rejected,
            "not permitted",
        ),
        ("trtllm", 400, json!({"error": "Request validation failed"}), Kind::Rejected, "validation failed"),
        (
            "sglang",
            400,
            flat("The input is longer than the model's context length.", "BadRequestError", json!(400)),
            Kind::ContextLength,
            "longer",
        ),
        ("sglang", 401, json!({"error": "Unauthorized"}), Kind::Unauthorized, "Unauthorized"),
        ("mlx", 404, json!({"error": "Repository not found"}), Kind::UnknownModel, "Repository not found"),
        ("together", 402, usual("Credit limit exceeded", "credit_limit", Value::Null), Kind::Quota, "credit"),
        ("fireworks", 404, json!({"detail": "Not Found"}), Kind::UnknownModel, "Not Found"),
        (
            "groq",
            400,
            json!({"error": {"message": "Failed to validate JSON", "type": "invalid_request_error", "code": "json_validate_failed", "failed_generation": "{\"a\":"}}),
            Kind::Rejected,
            "Failed to validate JSON",
        ),
        (
            "groq",
            498,
            usual("Flex capacity exceeded", "flex", json!("capacity_exceeded")),
            Kind::Overloaded,
            "capacity",
        ),
        (
            "mistral",
            422,
            json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted", "input": 7}]}),
            Kind::Rejected,
            "seed",
        ),
        (
            "mistral",
            429,
            flat("Service tier capacity exceeded", "rate_limited", json!("1300")),
            Kind::Throttled,
            "capacity",
        ),
        (
            "mistral",
            400,
            flat("Invalid model: m-1", "invalid_model", json!("1500")),
            Kind::UnknownModel,
            "Invalid model",
        ),
        (
            "deepseek",
            400,
            usual("Model Not Exist", "invalid_request_error", json!("invalid_request_error")),
            Kind::UnknownModel,
            "Not Exist",
        ),
        (
            "deepseek",
            402,
            usual("Insufficient Balance", "unknown_error", json!("invalid_request_error")),
            Kind::Quota,
            "Insufficient Balance",
        ),
        ("cohere", 404, json!({"id": "1", "message": "model 'm-1' not found"}), Kind::UnknownModel, "not found"),
        (
            "openrouter",
            400,
            json!({"error": {"message": "m-1 is not a valid model ID", "code": 400}, "user_id": "u"}),
            Kind::UnknownModel,
            "valid model ID",
        ),
        (
            "openrouter",
            403,
            json!({"error": {"message": "Input flagged", "code": 403, "metadata": {"reasons": ["violence"]}}}),
            Kind::Rejected,
            "flagged",
        ),
        (
            "openrouter",
            502,
            json!({"error": {"message": "Provider returned error", "code": 502, "metadata": {"raw": "upstream is down"}}}),
            Kind::Overloaded,
            "upstream is down",
        ),
        (
            "bedrock",
            403,
            json!({"Message": "User is not authorized to access this resource"}),
            Kind::Unauthorized,
            ": User is not",
        ),
        ("bedrock", 429, json!({"message": "Too many tokens, please wait."}), Kind::Throttled, "Too many"),
        ("openai", 529, Value::Null, Kind::Overloaded, "529"),
        ("openai", 504, Value::Null, Kind::Timeout, "504"),
    ]
}

#[tokio::test]
async fn every_refusal_has_its_kind_and_keeps_its_words() {
    for (preset, status, body, kind, words) in refusals() {
        let error = failed(preset, status, body).await;
        assert_eq!(error.kind, kind, "{preset} {status}: {}", error.message);
        assert!(error.message.contains(words), "{}", error.message);
        assert!(error.message.starts_with("m-1 at 127.0.0.1:"), "{}", error.message);
    }
}
