use super::Answer;
use crate::chat::split_thinking;
use eval_core::{
    Arguments, Exchange, FinishReason, Outcome, Response, RunnerError, RunnerErrorKind, Timing, ToolCall, Usage,
};
use serde_json::{Map, Value};

/// One line of a recording.
pub(super) struct Line {
    pub(super) task: String,
    pub(super) case: String,
    pub(super) repeat: u32,
    pub(super) case_hash: Option<String>,
    /// `None`: the line is a record of a case that was not asked, or whose response was not kept.
    pub(super) answer: Option<Answer>,
}

/// The keys of an object and what is wrong with them; `null` counts as missing.
pub(super) struct Keys<'a> {
    object: &'a Map<String, Value>,
    /// Begins each key's name in messages: `usage.`.
    prefix: String,
    pub(super) wrong: Vec<String>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(object: &'a Map<String, Value>) -> Self {
        Self { object, prefix: String::new(), wrong: Vec::new() }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    fn read<T>(&mut self, key: &str, wanted: &str, convert: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value(key)?;
        let converted = convert(value);
        if converted.is_none() {
            self.wrong.push(format!("`{}{key}` must be {wanted}, found {}", self.prefix, described(value)));
        }
        converted
    }

    pub(super) fn string(&mut self, key: &str) -> Option<String> {
        self.read(key, "a string", |value| value.as_str().map(String::from))
    }

    fn needed(&mut self, key: &str) -> Option<String> {
        let value = self.read(key, "a string that is not empty", |value| {
            value.as_str().filter(|text| !text.is_empty()).map(String::from)
        });
        if self.value(key).is_none() {
            self.wrong.push(format!("`{}{key}` is missing", self.prefix));
        }
        value
    }

    fn count(&mut self, key: &str) -> Option<u64> {
        self.read(key, "a whole number, not below 0", whole)
    }

    fn small_count(&mut self, key: &str) -> Option<u32> {
        self.read(key, "a whole number from 0 to 4294967295", |value| whole(value)?.try_into().ok())
    }

    fn quantity(&mut self, key: &str) -> Option<f64> {
        self.read(key, "a number, not below 0", |value| value.as_f64().filter(|number| *number >= 0.0))
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        self.read(key, "true or false", Value::as_bool)
    }

    /// Reads an object by its own keys; a missing one has none.
    fn inner<T>(&mut self, key: &str, read: impl FnOnce(&mut Keys<'_>) -> T) -> T {
        let empty = Map::new();
        let object = self.read(key, "an object", Value::as_object).unwrap_or(&empty);
        let mut keys = Keys { object, prefix: format!("{}{key}.", self.prefix), wrong: Vec::new() };
        let value = read(&mut keys);
        self.wrong.append(&mut keys.wrong);
        value
    }
}

/// Reads all of a line but its model. The problems stay in `keys.wrong`; `None` where there are any.
pub(super) fn read(keys: &mut Keys<'_>) -> Option<Line> {
    let task = keys.needed("task");
    let case = keys.needed("case");
    let repeat = keys.small_count("repeat").unwrap_or(0);
    let case_hash = keys.string("case_hash");
    let answer = answer(keys);
    if !keys.wrong.is_empty() {
        return None;
    }
    Some(Line { task: task?, case: case?, repeat, case_hash, answer })
}

fn answer(keys: &mut Keys<'_>) -> Option<Answer> {
    // Only a record of eval has one of these words here; another tool's `outcome` is one of the keys it may add.
    let outcome = keys.value("outcome").and_then(|word| serde_json::from_value::<Outcome>(word.clone()).ok());
    let error = error(keys);
    let response = response(keys);
    let said_something = !response.text.is_empty() || !response.tool_calls.is_empty();
    match (outcome, error) {
        (Some(Outcome::Skipped), _) => None,
        // The scorer failed, not the call: its error is not the model's. Where it panicked the response was lost.
        (Some(Outcome::MetricFailed), Some(_)) if !said_something && response.finish_reason.is_none() => None,
        (Some(Outcome::MetricFailed | Outcome::Scored), _) | (None, None) => {
            if ["text", "tool_calls", "error"].iter().all(|key| keys.value(key).is_none()) {
                keys.wrong.push("one of `text`, `tool_calls` and `error` is needed".into());
            }
            Some(Ok(response))
        }
        (None, Some(_)) if said_something => {
            keys.wrong.push("a response and an `error` in one line: keep the one that the call ended in".into());
            None
        }
        (Some(Outcome::RunnerFailed) | None, Some(error)) => Some(Err(error)),
        (Some(Outcome::RunnerFailed), None) => {
            keys.wrong.push("`outcome` is runner_failed, but there is no `error`".into());
            None
        }
    }
}

/// A recorded error: a string, where the empty one is none, or `{"kind", "message"}`. A kind that runners have is kept.
fn error(keys: &mut Keys<'_>) -> Option<RunnerError> {
    if let Some(message) = keys.value("error").and_then(Value::as_str) {
        return (!message.is_empty()).then(|| RunnerError::new(RunnerErrorKind::Recorded, message));
    }
    if !keys.value("error").is_some_and(Value::is_object) {
        return keys.read("error", "a string or {\"kind\", \"message\"}", |_| None);
    }
    keys.inner("error", |keys| {
        let (kind, message) = (keys.string("kind"), keys.needed("message")?);
        let known = kind.as_ref().and_then(|kind| serde_json::from_value(Value::String(kind.clone())).ok());
        Some(match (known, kind) {
            (Some(known), _) => RunnerError::new(known, message),
            (None, Some(kind)) => RunnerError::new(RunnerErrorKind::Recorded, format!("{kind}: {message}")),
            (None, None) => RunnerError::new(RunnerErrorKind::Recorded, message),
        })
    })
}

fn response(keys: &mut Keys<'_>) -> Response {
    // A key of records alone: in another tool's file the word may mean something else.
    let speed = |key| keys.value("speed").and_then(|speed| speed[key].as_f64());
    let (prompt_ms, generation_ms) = (speed("prompt_ms"), speed("generation_ms"));
    let (mut text, mut reasoning) = (keys.string("text").unwrap_or_default(), keys.string("reasoning"));
    if reasoning.is_none() {
        // Tools that know nothing of thinking record it as text; here it is never scored.
        (reasoning, text) = split_thinking(&text, false);
    }
    Response {
        text,
        reasoning,
        tool_calls: tool_calls(keys),
        finish_reason: keys.string("finish_reason").map(finish_reason),
        usage: keys.inner("usage", |keys| Usage {
            input_tokens: keys.count("input_tokens"),
            cached_input_tokens: keys.count("cached_input_tokens"),
            output_tokens: keys.count("output_tokens"),
            reasoning_tokens: keys.count("reasoning_tokens"),
        }),
        timing: Timing { latency_ms: keys.quantity("latency_ms"), prompt_ms, generation_ms },
        cost_usd: keys.quantity("cost_usd"),
        cached: keys.flag("cached").unwrap_or(false),
        attempts: keys.small_count("attempts").unwrap_or(1),
        server: keys.read("server", "an object", Value::as_object).cloned().unwrap_or_default(),
        // A line is a whole conversation: nothing is asked after it.
        steps: Some(steps(keys)),
    }
}

/// The answered calls of a conversation; they stand in `tool_calls` as well.
fn steps(keys: &mut Keys<'_>) -> Vec<Exchange> {
    let wanted = "an array of {\"text\", \"tool_calls\", \"answers\"}";
    let read = |value: &Value| serde_json::from_value(value.clone()).ok();
    keys.read("steps", wanted, read).unwrap_or_default()
}

fn tool_calls(keys: &mut Keys<'_>) -> Vec<ToolCall> {
    let Some(calls) = keys.read("tool_calls", "an array", Value::as_array) else {
        return Vec::new();
    };
    let mut read = Vec::with_capacity(calls.len());
    for (i, call) in calls.iter().enumerate() {
        match tool_call(call) {
            Ok(call) => read.push(call),
            Err(why) => keys.wrong.push(format!("`tool_calls[{i}]` {why}")),
        }
    }
    read
}

fn tool_call(call: &Value) -> Result<ToolCall, String> {
    let name = match &call["name"] {
        Value::String(name) => name.clone(),
        other => return Err(format!("needs a `name` that is a string, found {}", described(other))),
    };
    let arguments = match &call["arguments"] {
        Value::Object(object) => Arguments::Object(object.clone()),
        // Some servers send nothing for a function without parameters.
        Value::Null => Arguments::Object(Map::new()),
        Value::String(text) if text.trim().is_empty() => Arguments::Object(Map::new()),
        // Many servers send the arguments as a string that holds the object.
        Value::String(text) => match serde_json::from_str(text) {
            Ok(object) => Arguments::Object(object),
            Err(_) => Arguments::Raw(text.clone()),
        },
        other => {
            return Err(format!("needs `arguments` that are an object or a string, found {}", described(other)));
        }
    };
    Ok(ToolCall { name, arguments })
}

fn finish_reason(word: String) -> FinishReason {
    serde_json::from_value(Value::String(word.clone())).unwrap_or(FinishReason::Other(word))
}

/// A count, also where a data frame wrote it as `12.0`.
fn whole(value: &Value) -> Option<u64> {
    let exact = |number: &f64| number.fract() == 0.0 && (0.0..9.0e15).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(exact).map(|number| number as u64))
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Value::String(_) => "a long string".into(),
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
    }
}
