//! What answers cost, where that is known.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{row, shop};
use serde_json::json;

const CONFIG: &str = r#"
[models.priced]
runner = "replay"
outputs = "mixed.jsonl"
price = { input = 0.15, cached_input = 0.075, output = 0.60, as_of = "2026-11-01" }

[models.free]
runner = "replay"
outputs = "mixed.jsonl"
"#;

#[test]
fn a_price_costs_recorded_tokens() {
    let sandbox = shop::sandbox();
    sandbox.write("eval.toml", CONFIG);
    sandbox.eval_to(0, "run --suite ./shop --candidate priced");
    let summary = sandbox.the_run().summary();
    let triage = row(&summary, "triage", "priced");
    // Six answers of 1000 tokens in and 10 out, three of them right.
    let cost = 6.0 * (1000.0 * 0.15 + 10.0 * 0.60) / 1e6;
    assert!((triage["cost_usd"].as_f64().unwrap() - cost).abs() < 1e-12);
    assert!((triage["cost_per_correct_usd"].as_f64().unwrap() - cost / 3.0).abs() < 1e-12);
}

#[test]
fn without_a_price_the_cost_is_unknown() {
    let sandbox = shop::sandbox();
    sandbox.write("eval.toml", CONFIG);
    let outcome = sandbox.eval_to(0, "run --suite ./shop --candidate free --task triage");
    let summary = sandbox.the_run().summary();
    let triage = row(&summary, "triage", "free");
    assert_eq!((&triage["cost_usd"], &triage["cost_per_correct_usd"]), (&json!(null), &json!(null)));
    let costs = outcome.stdout.lines().find(|line| line.contains("triage") && line.ends_with('—'));
    assert!(costs.is_some(), "{}", outcome.stdout);
}

#[test]
fn a_recorded_cost_is_kept() {
    let sandbox = shop::sandbox();
    let answers: Vec<_> = shop::right()
        .into_iter()
        .map(|mut answer| {
            answer["cost_usd"] = json!(0.25);
            answer
        })
        .collect();
    sandbox.write("right.jsonl", shop::lines(&answers));
    sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:right.jsonl");
    let summary = sandbox.the_run().summary();
    assert_eq!(row(&summary, "fields", "m")["cost_usd"], 1.0);
    assert_eq!(row(&summary, "fields", "m")["cost_per_correct_usd"], 0.25);
}

#[test]
fn a_configuration_is_found_by_name_and_its_paths_start_at_its_folder() {
    let sandbox = shop::sandbox();
    sandbox.write("team/models.toml", CONFIG).write("team/mixed.jsonl", sandbox.read("mixed.jsonl"));
    sandbox.remove("mixed.jsonl");
    sandbox.eval_to(0, "run --suite ./shop --candidate priced --config team/models.toml");
    assert_eq!(sandbox.the_run().manifest()["models"][0]["name"], "priced");
}
