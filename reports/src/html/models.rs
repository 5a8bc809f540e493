//! What is known of a model: what a sceptic asks first, then all that its runner reported.

use crate::{
    Summary,
    format::{UNKNOWN, count, counted, list, percent, usd_given},
};
use eval_core::{ModelInfo, ModelRole, Price};
use serde::Serialize;
use serde_json::Value;
use std::{cmp::Reverse, collections::BTreeMap};

#[derive(Serialize)]
pub(super) struct ModelFacts {
    name: String,
    role: &'static str,
    pub facts: Vec<(String, String)>,
    /// All else that was asked of it and reported by it.
    rest: Vec<(String, String)>,
}

/// What is asked first, and the keys that say it, the best first. Of several rows the innermost stands: of a recording
/// the model's own.
const ASKED: [(&str, &[&str]); 13] = [
    ("model", &["weights", "model", "name"]),
    ("weights, sha256", &["weights_sha256", "sha256"]),
    ("API version", &["api_version", "version", "model_version"]),
    ("endpoint", &["endpoint"]),
    ("quantisation", &["quantisation", "quantization", "stored_as"]),
    ("held as", &["held_as"]),
    ("licence", &["licence", "license"]),
    ("architecture", &["architecture"]),
    ("context", &["context"]),
    ("decoding", &["decoding"]),
    ("temperature", &["temperature"]),
    ("engine", &["engine"]),
    ("device", &["device"]),
];

pub(super) fn model_facts(model: &ModelInfo, summary: &Summary) -> ModelFacts {
    let mut rest = Vec::new();
    flatten("settings", "", &model.settings, &mut rest);
    flatten("details", "", &model.details, &mut rest);
    let mut facts = vec![("runner".to_string(), model.runner.clone())];
    for (name, keys) in ASKED {
        let depth = |path: &str| path.matches(BETWEEN).count();
        let place = |path: &str| {
            let last = path.rsplit(BETWEEN).next().unwrap_or(path);
            keys.iter().position(|key| *key == last).filter(|_| !path.split(BETWEEN).any(|key| PARTS.contains(&key)))
        };
        // Of rows of one depth the one with the best key.
        let found = rest.iter().filter_map(|row| Some((row, place(&row.0)?)));
        let found = found.max_by_key(|((path, _), place)| (depth(path), Reverse(*place))).map(|(row, _)| row);
        // Of a recording without a manifest nothing but its own digest is known.
        let is_file = |path: &str| model.runner == "replay" && path == "sha256";
        let shown = |path: &str| if is_file(path) { "recording, sha256" } else { name };
        facts.extend(found.map(|(path, value)| (shown(path).to_string(), value.clone())));
    }
    facts.extend(model.prompts.iter().map(|(task, hash)| (format!("own prompt{BETWEEN}{task}"), hash.clone())));
    match &model.hosting {
        Some(hosting) => flatten("hosting", "hosting", &serde_json::to_value(hosting).unwrap_or_default(), &mut facts),
        None => facts.push(("price".into(), model.price.as_ref().map_or(format!("{UNKNOWN} (unknown)"), price))),
    }
    facts.extend(answers(&model.name, summary));
    let role = match model.role {
        ModelRole::Candidate => "candidate",
        ModelRole::Reference => "reference",
        ModelRole::Judge => "judge",
    };
    ModelFacts { name: model.name.clone(), role, facts, rest }
}

fn price(price: &Price) -> String {
    let cached = price.cached_input.map(|x| format!(", cached input {}", usd_given(x))).unwrap_or_default();
    let day = price.as_of.as_ref().map(|day| format!(", as of {day}")).unwrap_or_else(|| ", of an unknown day".into());
    let [input, output] = [price.input, price.output].map(usd_given);
    format!("input {input}{cached}, output {output} per million tokens{day}")
}

/// How many of its answers came from a cache, and how many calls failed, over all tasks.
fn answers(name: &str, summary: &Summary) -> Vec<(String, String)> {
    let rows = || summary.tasks.iter().flat_map(|task| &task.models).filter(|row| row.model == name);
    let asked: u64 = rows().map(|row| row.breakdown.records - row.breakdown.skipped_records).sum();
    if asked == 0 {
        return Vec::new();
    }
    let cached: u64 = rows().map(|row| row.cached).sum();
    let failed: u64 = rows().map(|row| row.breakdown.failed_calls).sum();
    let share = |n: u64| percent(Some(n as f64 / asked as f64));
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, n) in rows().flat_map(|row| &row.errors) {
        *kinds.entry(kind).or_default() += n;
    }
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, n)| format!("{kind} {}", count(n))).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", list(&kinds)) };
    vec![
        ("answers".into(), counted(asked, "answer")),
        ("from a cache".into(), format!("{} ({})", count(cached), share(cached))),
        ("errors".into(), format!("{} ({}){kinds}", counted(failed, "failed call"), share(failed))),
    ]
}

/// Parts of a model that are told of by the same words: the bytes of its weights, the digest of its adapter.
const PARTS: [&str; 4] = ["adapter", "gpu", "held_as_measured", "memory"];

/// Between the keys of a path.
const BETWEEN: &str = " · ";

/// An object as rows named by their path, anything else as one row of this name.
fn flatten(name: &str, path: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    let simple = |value: &Value| value.as_str().map_or_else(|| value.to_string(), String::from);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}{BETWEEN}{key}") };
                flatten(name, &path, value, rows);
            }
        }
        Value::Null => {}
        Value::Array(all) if all.is_empty() => {}
        leaf => {
            let name = if path.is_empty() { name } else { path };
            let text = match leaf {
                Value::Array(all) => all.iter().map(simple).collect::<Vec<_>>().join(", "),
                leaf => simple(leaf),
            };
            rows.push((name.into(), text));
        }
    }
}
