use eval_core::{RunnerError, RunnerErrorKind as Kind};
use http::StatusCode;
use serde_json::Value;
use std::{error::Error, time::Duration};

/// The most characters of a server's own words that an error repeats.
const LONGEST_WORDS: usize = 400;

/// A call that failed, with what its protocol may want to know of it.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What records and people see.
    pub error: RunnerError,
    /// The server's own word for the failure, such as `content_filter`.
    pub code: Option<String>,
}

impl Failure {
    /// A failure without a server's word.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { error: RunnerError::new(kind, message), code: None }
    }

    /// An answer that is none of the protocol.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, message)
    }
}

/// What a server said of a failure, in any of the shapes that the protocols and their imitations use.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Words {
    pub(super) message: String,
    /// Every word that may classify: `code`, `type`, `status`, `reason`.
    pub(super) codes: Vec<String>,
    /// Google's `RetryInfo`.
    pub(super) retry_after: Option<Duration>,
}

/// Reads an error's body.
pub(super) fn words(body: &[u8]) -> Words {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Words { message: plain(&String::from_utf8_lossy(body)), ..Words::default() };
    };
    // Google's compatible endpoint wraps the object in an array.
    let value = value.get(0).unwrap_or(&value);
    let inner = [&value["error"], &value["detail"], value].into_iter().find(|v| !v.is_null()).unwrap_or(value);
    let mut words = Words::default();
    for holder in [inner, value] {
        for key in ["code", "type", "status", "__type"] {
            match &holder[key] {
                Value::String(word) => words.codes.push(word.clone()),
                Value::Number(number) => words.codes.push(number.to_string()),
                _ => {}
            }
        }
    }
    if let Some(word) = inner["innererror"]["code"].as_str() {
        words.codes.push(word.into());
    }
    for detail in inner["details"].as_array().into_iter().flatten() {
        words.codes.extend(detail["reason"].as_str().map(String::from));
        let delay = detail["retryDelay"].as_str().and_then(|delay| delay.strip_suffix('s')?.parse().ok());
        words.retry_after = words.retry_after.or(delay.and_then(|s: f64| Duration::try_from_secs_f64(s).ok()));
    }
    let message = match inner {
        Value::String(text) => text.clone(),
        _ => [&inner["message"], &value["message"], &inner["Message"], &inner["msg"]]
            .into_iter()
            .find_map(|message| message.as_str().map(String::from))
            .unwrap_or_else(|| inner.to_string()),
    };
    // A router repeats what the provider behind it said.
    let raw = inner["metadata"]["raw"].as_str().map(|raw| format!(" ({raw})")).unwrap_or_default();
    words.message = plain(&(message + &raw));
    words
}

/// One line without control characters; of a page its title.
fn plain(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").zip(lower.find("</title>")).and_then(|(from, to)| text.get(from + 7..to));
    let page =
        title.is_some() || lower.trim_start().starts_with("<!doctype") || lower.trim_start().starts_with("<html");
    let text = match (title, page) {
        (Some(title), _) => format!("an HTML page titled \"{}\"", joined(title)),
        (None, true) => "an HTML page".into(),
        (None, false) => joined(text),
    };
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut kept: String = clean.take(LONGEST_WORDS + 1).collect();
    if kept.chars().count() > LONGEST_WORDS {
        kept.pop();
        kept.push('…');
    }
    kept
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a body that should have been JSON is, in words.
pub(super) fn not_json(body: &[u8]) -> String {
    match plain(&String::from_utf8_lossy(body)) {
        text if text.is_empty() => "an empty answer".into(),
        page if page.starts_with("an HTML page") => format!("{page} instead of JSON"),
        text => format!("text that is not JSON: {text}"),
    }
}

/// The kind of a failure by status and by the server's words.
pub(super) fn kind(status: StatusCode, words: &Words) -> Kind {
    let message = words.message.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    let code = |names: &[&str]| words.codes.iter().any(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)));
    match status.as_u16() {
        402 => Kind::Quota,
        429 if code(&["insufficient_quota", "billing_not_active"]) => Kind::Quota,
        // The call alone is over the limit: waiting does not make it smaller.
        429 if says(&["request too large"]) => Kind::Rejected,
        425 | 429 => Kind::Throttled,
        408 | 504 | 524 => Kind::Timeout,
        // The generation failed, at Bedrock and at TGI.
        424 => Kind::Server,
        // 498 is Groq's.
        498 | 502 | 503 | 520..=523 | 529 => Kind::Overloaded,
        501 => Kind::Rejected,
        500.. => Kind::Server,
        300..=399 => Kind::UnknownModel,
        // A router's guard against some input is of the case, not of the key.
        403 if says(&["moderation", "flagged"]) => Kind::Rejected,
        401 | 403 => Kind::Unauthorized,
        404 => Kind::UnknownModel,
        _ if code(&["API_KEY_INVALID", "invalid_api_key", "authentication_error"]) => Kind::Unauthorized,
        _ if says(&["credit balance is too low", "reached your specified api usage limits"]) => Kind::Quota,
        _ if code(&["context_length_exceeded", "exceed_context_size_error"])
            || says(&[
                "context length",
                "context window",
                "context size",
                "maximum context",
                "prompt is too long",
                "input is too long",
            ]) =>
        {
            Kind::ContextLength
        }
        _ if code(&["model_not_found", "invalid_model", "model_not_available"])
            || says(&[
                "model not exist",
                "model does not exist",
                "model not found",
                "invalid model",
                "unknown model",
                "not a valid model",
                // Bedrock's words.
                "model identifier is invalid",
                "with on-demand throughput isn",
            ]) =>
        {
            Kind::UnknownModel
        }
        _ => Kind::Rejected,
    }
}

/// The kind of a failure below the protocol.
pub(super) fn transport_kind(error: &reqwest::Error) -> Kind {
    match error {
        e if e.is_connect() => Kind::Unreachable,
        e if e.is_timeout() => Kind::Timeout,
        e if e.is_builder() => Kind::Rejected,
        _ => Kind::Disconnected,
    }
}

/// The innermost cause: it says most, and no URL.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    plain(&inner.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> (Kind, String) {
        let words = words(body.as_bytes());
        (kind(StatusCode::from_u16(status).unwrap(), &words), words.message)
    }

    #[test]
    fn every_shape_of_error_is_read() {
        let cases = [
            (401, r#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#, Kind::Unauthorized),
            (429, r#"{"error":{"message":"Rate limit reached","type":"requests"}}"#, Kind::Throttled),
            (429, r#"{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}"#, Kind::Quota),
            (429, r#"{"error":{"message":"Request too large for gpt-4o"}}"#, Kind::Rejected),
            (400, r#"{"error":{"code":"context_length_exceeded","message":"too long"}}"#, Kind::ContextLength),
            (
                400,
                r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
                Kind::ContextLength,
            ),
            (
                400,
                r#"{"object":"error","message":"This model's maximum context length is 2048 tokens","code":400}"#,
                Kind::ContextLength,
            ),
            (
                404,
                r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
                Kind::UnknownModel,
            ),
            (400, r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error"}}"#, Kind::UnknownModel),
            (404, r#"{"error":"model 'x' not found"}"#, Kind::UnknownModel),
            (422, r#"{"detail":[{"loc":["body","x"],"msg":"extra fields not permitted"}]}"#, Kind::Rejected),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#,
                Kind::Unauthorized,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}"#,
                Kind::ContextLength,
            ),
            (403, r#"{"error":{"message":"your input was flagged","code":403}}"#, Kind::Rejected),
            (402, r#"{"error":{"message":"Insufficient Balance"}}"#, Kind::Quota),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits."}}"#,
                Kind::Quota,
            ),
            (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Kind::Overloaded),
            (503, "<html><head><title>503 Service\nUnavailable</title></head></html>", Kind::Overloaded),
            (500, "", Kind::Server),
            (302, "", Kind::UnknownModel),
            (400, "plain \u{1b}[31m words", Kind::Rejected),
        ];
        let read: Vec<String> = cases
            .iter()
            .map(|(status, body, wanted)| {
                let (kind, message) = read(*status, body);
                assert_eq!(kind, *wanted, "{status} {body}");
                message
            })
            .collect();
        insta::assert_snapshot!(read.join("\n"));
    }

    #[test]
    fn google_says_when_to_come_back_in_the_body() {
        let body = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}"#;
        assert_eq!(words(body.as_bytes()).retry_after, Some(Duration::from_secs_f64(34.5)));
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(words("x".repeat(10_000).as_bytes()).message.chars().count(), LONGEST_WORDS + 1);
    }
}
