//! The keys that other programs read.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::shop;
use serde_json::{Value, json};

/// The type of a value in the words of the lists below.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "flag",
        Value::Number(number) if number.is_u64() => "count",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Asserts that an object has every key, each of one of the types named; a count is a number too.
fn has(object: &Value, keys: &[(&str, &str)]) {
    for (key, types) in keys {
        let value = object.get(*key).unwrap_or_else(|| panic!("no {key:?} in {object}"));
        let found = type_of(value);
        let fits = types.split(' ').any(|wanted| wanted == found || (wanted == "number" && found == "count"));
        assert!(fits, "{key:?} is {value}, not {types}");
    }
}

/// Runs the mixed answers at a price against the right ones, one of them lost.
fn sandbox() -> common::Sandbox {
    let sandbox = shop::sandbox();
    sandbox.write(
        "eval.toml",
        "[models.m]\nrunner = \"replay\"\noutputs = \"mixed.jsonl\"\nprice = { input = 1.0, output = 2.0 }\n",
    );
    sandbox.write("right.jsonl", shop::lines(&shop::right()[1..]));
    sandbox.eval_to(12, "run --suite ./shop --candidate m --reference r=replay:right.jsonl");
    sandbox
}

#[test]
fn of_the_summary() {
    let summary = sandbox().the_run().summary();
    has(&summary, &[("v", "count"), ("suite", "text"), ("verdicts", "list"), ("tasks", "list")]);
    assert_eq!((&summary["v"], &summary["suite"]), (&json!(1), &json!("shop")));
    for verdict in summary["verdicts"].as_array().unwrap() {
        has(verdict, &[("candidate", "text"), ("reference", "text null"), ("verdict", "text"), ("reasons", "list")]);
    }
    for task in summary["tasks"].as_array().unwrap() {
        has(task, &[("task", "text"), ("kind", "text"), ("models", "list"), ("comparisons", "list")]);
        for model in task["models"].as_array().unwrap() {
            has(
                model,
                &[
                    ("model", "text"),
                    ("cases", "count"),
                    ("repeats", "count"),
                    ("correct", "count"),
                    ("runner_errors", "count"),
                    ("metric_errors", "count"),
                    ("skipped", "count"),
                    ("broken", "count"),
                    ("metrics", "object"),
                    ("bars", "text"),
                    ("cost_usd", "number null"),
                    ("cost_per_correct_usd", "number null"),
                    ("latency_ms", "object"),
                ],
            );
            has(&model["latency_ms"], &[("p50", "number null"), ("p95", "number null")]);
            has(&model["metrics"], &[("accuracy", "number")]);
        }
        for comparison in task["comparisons"].as_array().unwrap() {
            has(
                comparison,
                &[
                    ("candidate", "text"),
                    ("reference", "text"),
                    ("cases", "count"),
                    ("unpaired", "count"),
                    ("both", "count"),
                    ("candidate_only", "count"),
                    ("reference_only", "count"),
                    ("neither", "count"),
                    ("difference", "number"),
                    ("level", "number"),
                    ("method", "text"),
                    ("interval", "list"),
                    ("margin", "number"),
                    ("p_noninferiority", "number"),
                    ("p_adjusted", "number"),
                    ("may_move", "flag"),
                    ("wrong_answers", "object"),
                    ("verdict", "text"),
                    ("reasons", "list"),
                    ("cases_needed", "count null"),
                ],
            );
            has(&comparison["wrong_answers"], &[("difference", "number"), ("interval", "list")]);
        }
    }
}

#[test]
fn of_a_record() {
    let records = sandbox().the_run().records();
    assert_eq!(records.len(), 2 * shop::CASES);
    for record in &records {
        has(
            record,
            &[
                ("v", "count"),
                ("task", "text"),
                ("case", "text"),
                ("case_hash", "text"),
                ("model", "text"),
                ("repeat", "count"),
                ("outcome", "text"),
                ("should_decline", "flag"),
                ("correct", "flag null"),
                ("behaviour", "text null"),
                ("scores", "object"),
                ("text", "text"),
                ("reasoning", "text null"),
                ("tool_calls", "list"),
                ("finish_reason", "text null"),
                ("usage", "object"),
                ("latency_ms", "number null"),
                ("cost_usd", "number null"),
                ("cached", "flag"),
                ("attempts", "count"),
                ("error", "object null"),
            ],
        );
        let usage = &record["usage"];
        let count = "count null";
        has(usage, &[("input_tokens", count), ("cached_input_tokens", count), ("output_tokens", count)]);
    }
    let call = records.iter().find(|record| record["case"] == "x-1").unwrap();
    assert_eq!(call["tool_calls"], json!([{"name": "refund", "arguments": {"order": "FM-1", "amount": 5.0}}]));
}

#[test]
fn of_the_manifest() {
    let sandbox = sandbox();
    let run = sandbox.the_run();
    let manifest = run.manifest();
    assert_eq!(manifest["id"], run.id());
    has(
        &manifest,
        &[
            ("v", "count"),
            ("started_at", "text"),
            ("eval_version", "text"),
            ("suite", "object"),
            ("tasks", "list"),
            ("models", "list"),
            ("selection", "object"),
            ("repeats", "count"),
            ("seed", "count"),
            ("date", "text"),
            ("machine", "object"),
        ],
    );
    has(&manifest["suite"], &[("name", "text"), ("source", "text"), ("hash", "text"), ("decision", "object")]);
    for task in manifest["tasks"].as_array().unwrap() {
        has(task, &[("name", "text"), ("prompt_hash", "text"), ("cases_hash", "text"), ("cases", "count")]);
    }
    let models = manifest["models"].as_array().unwrap();
    let roles: Vec<_> = models.iter().map(|model| (&model["name"], &model["role"])).collect();
    assert_eq!(roles, [(&json!("m"), &json!("candidate")), (&json!("r"), &json!("reference"))]);
    assert_eq!(models[0]["price"], json!({"input": 1.0, "output": 2.0}));
    for model in models {
        let digest = model["details"]["sha256"].as_str().unwrap();
        assert_eq!(digest.len(), 64, "{model}");
    }
}
