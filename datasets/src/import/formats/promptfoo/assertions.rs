//! Assertions as checks.

use super::{
    config::file_of,
    values::{file_value, rendered, text},
};
use crate::{import::Why, schema};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::path::Path;

/// What an assertion asks.
#[derive(Debug, PartialEq)]
pub(super) enum Asserted {
    /// Checks with their weights, all of which an answer must pass.
    Checks(Vec<(Value, f64)>),
    /// A limit that holds for a task, in TOML.
    Metric(String),
}

const PROGRAMS: &[&str] = &["javascript", "python", "ruby", "webhook"];
const MODELS: &[&str] = &[
    "llm-rubric",
    "model-graded-closedqa",
    "model-graded-factuality",
    "factuality",
    "g-eval",
    "geval",
    "answer-relevance",
    "context-faithfulness",
    "context-recall",
    "context-relevance",
    "conversation-relevance",
    "select-best",
    "max-score",
    "search-rubric",
    "agent-rubric",
    "pi",
    "noise-sensitivity",
    "citation-faithfulness",
];
const EMBEDDINGS: &[&str] =
    &["similar", "similar:cosine", "similar:dot", "similar:euclidean", "classifier", "moderation", "guardrails"];
const OTHERS: &[&str] = &[
    "levenshtein",
    "rouge-n",
    "bleu",
    "gleu",
    "meteor",
    "perplexity",
    "perplexity-score",
    "is-xml",
    "contains-xml",
    "is-html",
    "contains-html",
    "is-sql",
    "contains-sql",
    "is-valid-function-call",
    "is-valid-openai-function-call",
    "is-valid-openai-tools-call",
    "tool-call-f1",
    "finish-reason",
    "skill-used",
    "trace-span-count",
    "trace-span-duration",
    "trace-error-spans",
];

/// All types, as cells of tables name them.
pub(super) const KNOWN: &[&str] = &[
    "equals",
    "contains",
    "icontains",
    "contains-any",
    "icontains-any",
    "contains-all",
    "icontains-all",
    "regex",
    "starts-with",
    "is-json",
    "contains-json",
    "is-refusal",
    "word-count",
    "latency",
    "cost",
    "javascript",
    "python",
    "ruby",
    "webhook",
    "llm-rubric",
    "model-graded-closedqa",
    "factuality",
    "g-eval",
    "answer-relevance",
    "context-faithfulness",
    "context-recall",
    "context-relevance",
    "similar",
    "classifier",
    "moderation",
    "levenshtein",
    "rouge-n",
    "bleu",
    "gleu",
    "meteor",
    "perplexity",
    "perplexity-score",
    "is-xml",
    "contains-xml",
    "is-html",
    "contains-html",
    "is-sql",
    "contains-sql",
    "is-valid-function-call",
    "is-valid-openai-function-call",
    "is-valid-openai-tools-call",
    "tool-call-f1",
    "finish-reason",
];

/// Reads an assertion with the variables of its test.
pub(super) fn asserted(assertion: &Value, vars: &Map<String, Value>, base: &Path) -> Result<Asserted, Why> {
    let kind = assertion["type"].as_str().ok_or_else(|| Why::new("an assertion without a type"))?;
    let weight = assertion["weight"].as_f64().unwrap_or(1.0);
    if weight <= 0.0 {
        return Err(Why::new("an assertion of weight 0: it decides nothing"));
    }
    if kind == "assert-set" {
        return set(assertion, weight, vars, base);
    }
    let (plain, negated) = kind.strip_prefix("not-").map_or((kind, false), |plain| (plain, true));
    if let Some(why) = foreign(plain) {
        return Err(Why::new(format!("`{kind}`: {why}")));
    }
    if !assertion["transform"].is_null() {
        return Err(Why::new(format!("`{kind}` with `transform`: a program changes the answer first")));
    }
    let value = match assertion["value"].as_str().and_then(file_of) {
        Some(file) => file_value(&base.join(file))?,
        None => assertion["value"].clone(),
    };
    let value = rendered(&value, vars);
    if let Some(metric) = limit(plain, assertion["threshold"].as_f64()) {
        return match negated {
            false => Ok(Asserted::Metric(metric)),
            true => Err(Why::new(format!("`{kind}` has no counterpart"))),
        };
    }
    let mut check = check(plain, &value)?;
    if negated && let Some(name) = check["name"].as_str() {
        check["name"] = format!("not_{name}").into();
    }
    Ok(Asserted::Checks(vec![(check, weight)]))
}

/// Why a type cannot be carried over; `None`: it can.
fn foreign(kind: &str) -> Option<&'static str> {
    match kind {
        _ if PROGRAMS.contains(&kind) => Some("a program judges; the metric `script` runs one"),
        _ if MODELS.contains(&kind) => Some("a model judges; the metric `judge` asks one"),
        _ if EMBEDDINGS.contains(&kind) => Some("another model measures it"),
        "levenshtein" => Some("it counts edits; the metric `levenshtein` measures their share"),
        "rouge-n" | "bleu" | "gleu" | "meteor" => Some("another measure; the nearest metric is `rouge_l`"),
        "is-valid-function-call" | "is-valid-openai-function-call" | "is-valid-openai-tools-call" | "tool-call-f1" => {
            Some("calls are cases of kind `tools`")
        }
        _ if OTHERS.contains(&kind) || kind.starts_with("trac") || kind.starts_with("trajectory") => {
            Some("there is no such metric")
        }
        _ if KNOWN.contains(&kind) => None,
        _ => Some("no type that is known here"),
    }
}

/// Limits on time and cost.
fn limit(kind: &str, threshold: Option<f64>) -> Option<String> {
    let name = ["latency", "cost"].into_iter().find(|name| *name == kind)?;
    Some(match threshold.filter(|limit| *limit > 0.0) {
        Some(limit) => format!("{{ name = \"{name}\", max = {limit} }}"),
        None => format!("\"{name}\""),
    })
}

fn check(kind: &str, value: &Value) -> Result<Value, Why> {
    let one = || match value {
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Why::new(format!("`{kind}` without a text"))),
        value if text(value).is_empty() => Err(Why::new(format!("`{kind}` of an empty text"))),
        value => Ok(text(value)),
    };
    let many = || {
        let texts: Vec<String> = match value {
            Value::Array(items) => items.iter().map(text).collect(),
            value => text(value).split(',').map(|part| part.trim().to_string()).collect(),
        };
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        if texts.is_empty() { Err(Why::new(format!("`{kind}` without texts"))) } else { Ok(texts) }
    };
    let contains = |key: &str, value: Value| {
        let mut check = Map::from_iter([("name".to_string(), "contains".into()), (key.to_string(), value)]);
        if kind.starts_with('i') {
            check.insert("ignore_case".into(), true.into());
        }
        Value::Object(check)
    };
    Ok(match kind {
        "equals" if value.is_object() || value.is_array() => json!({"name": "json_path", "path": "$", "equals": value}),
        "equals" => json!({"name": "equals", "text": one()?}),
        "contains" | "icontains" => contains("text", one()?.into()),
        "contains-any" | "icontains-any" => contains("any_of", many()?.into()),
        "contains-all" | "icontains-all" => contains("all_of", many()?.into()),
        "starts-with" => json!({"name": "regex", "pattern": format!("^{}", regex::escape(&one()?))}),
        "regex" => json!({"name": "regex", "pattern": pattern(one()?)?}),
        "is-json" | "contains-json" => json_check(kind, value)?,
        "is-refusal" => json!({"name": "refusals"}),
        "word-count" => words(value)?,
        _ => return Err(Why::new(format!("`{kind}` has no counterpart"))),
    })
}

fn pattern(pattern: String) -> Result<String, Why> {
    match Regex::new(&pattern) {
        Ok(_) => Ok(pattern),
        Err(error) => {
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Err(Why::new("`regex` with an expression that is not read here").detail(format!("`{pattern}`: {why}")))
        }
    }
}

fn json_check(kind: &str, value: &Value) -> Result<Value, Why> {
    let mut check = json!({"name": "json"});
    if kind == "contains-json" {
        check["recovered"] = true.into();
    }
    let schema = match value {
        Value::Null => return Ok(check),
        Value::String(text) => {
            serde_json::from_str(text).map_err(|_| Why::new(format!("`{kind}` with a schema that is not JSON")))?
        }
        value => value.clone(),
    };
    schema::compile(&schema)
        .map_err(|flaw| Why::new(format!("`{kind}` with a schema that does not compile")).detail(flaw.message))?;
    check["schema"] = schema;
    Ok(check)
}

fn words(value: &Value) -> Result<Value, Why> {
    let count = |value: &Value| value.as_u64().or_else(|| text(value).trim().parse().ok()).filter(|count| *count > 0);
    let mut check = json!({"name": "length", "unit": "words"});
    let exactly = count(value);
    for key in ["min", "max"] {
        if let Some(limit) = exactly.or_else(|| count(&value[key])) {
            check[key] = limit.into();
        }
    }
    match check.get("min").or(check.get("max")) {
        Some(_) => Ok(check),
        None => Err(Why::new("`word-count` without a number")),
    }
}

/// Several assertions: all of them, or a share of their weights.
fn set(assertion: &Value, weight: f64, vars: &Map<String, Value>, base: &Path) -> Result<Asserted, Why> {
    let mut checks = Vec::new();
    for part in assertion["assert"].as_array().into_iter().flatten() {
        match asserted(part, vars, base) {
            Ok(Asserted::Checks(found)) => checks.extend(found),
            Ok(Asserted::Metric(_)) => return Err(Why::new("`assert-set` with a limit on time or cost")),
            Err(why) => {
                return Err(Why::new("`assert-set` with a part that cannot be carried over").detail(why.to_string()));
            }
        }
    }
    match assertion["threshold"].as_f64() {
        _ if checks.is_empty() => Err(Why::new("`assert-set` without assertions")),
        None => Ok(Asserted::Checks(checks)),
        Some(threshold) if threshold > 0.0 => Ok(Asserted::Checks(vec![(weighted(&checks, threshold), weight)])),
        Some(_) => Err(Why::new("`assert-set` with a threshold of 0: it decides nothing")),
    }
}

/// Passed where the weighted share of these reaches a threshold.
pub(super) fn weighted(checks: &[(Value, f64)], threshold: f64) -> Value {
    let part = |(check, weight): &(Value, f64)| {
        let mut check = check.clone();
        if *weight != 1.0 {
            check["weight"] = json!(weight);
        }
        check
    };
    json!({"name": "weighted", "min": threshold.min(1.0), "of": checks.iter().map(part).collect::<Vec<_>>()})
}
