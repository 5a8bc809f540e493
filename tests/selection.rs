//! Which cases a run asks, how often, and in which order.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, row, shop};
use serde_json::json;

const RUN: &str = "run --suite ./shop --candidate m=replay:mixed.jsonl --quiet";

/// The cases of the only run, in the order they were asked.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    sandbox.the_run().records().iter().map(|record| record["case"].as_str().unwrap().to_string()).collect()
}

/// The same in order of their names.
fn sorted(words: &str) -> Vec<String> {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, &format!("{RUN} {words}"));
    let mut cases = asked(&sandbox);
    cases.sort();
    cases
}

#[test]
fn tasks_tags_and_the_first_cases() {
    assert_eq!(sorted("--task fields"), ["f-1", "f-2", "f-3", "f-4"]);
    assert_eq!(sorted("--task fields --task triage --limit 2"), ["f-1", "f-2", "t-1", "t-2"]);
    assert_eq!(sorted("--tag short"), ["t-1", "t-2", "t-4"]);
    assert_eq!(sorted("--tag short --tag two-matters"), ["t-1", "t-2", "t-3", "t-4"]);
    assert_eq!(sorted("--tag short --limit 1"), ["t-1"]);
    assert_eq!(sorted("--limit 1000").len(), shop::CASES);
}

#[test]
fn a_sample_is_drawn_by_the_seed() {
    let draw = |seed| sorted(&format!("--task triage --sample 3 --seed {seed}"));
    assert_eq!(draw(1).len(), 3);
    assert_eq!(draw(1), draw(1));
    assert!((2..9).any(|seed| draw(seed) != draw(1)), "eight seeds drew the same sample");
}

#[test]
fn the_order_follows_from_the_seed_and_not_from_the_file() {
    let order = |seed: u64, from: &str, to: &str| {
        let sandbox = shop::sandbox();
        sandbox.replace("shop/triage.jsonl", from, to);
        sandbox.eval_to(0, &format!("{RUN} --seed {seed}"));
        asked(&sandbox)
    };
    let plain = order(0, "", "");
    assert_eq!(plain, order(0, "", ""));
    assert_ne!(plain, order(1, "", ""));
    assert_ne!(plain[..6], ["t-1", "t-2", "t-3", "t-4", "t-5", "t-6"], "tasks are mixed");
    let line = "{\"id\": \"t-2\", \"input\": \"where is it\", \"expected\": \"delivery\", \"tags\": [\"short\"]}\n";
    let sandbox = shop::sandbox();
    sandbox.replace("shop/triage.jsonl", line, "");
    sandbox.write("shop/triage.jsonl", format!("{line}{}", sandbox.read("shop/triage.jsonl")));
    sandbox.eval_to(0, RUN);
    assert_eq!(asked(&sandbox), plain);
}

#[test]
fn the_number_of_calls_at_once_changes_no_score() {
    let scores = |concurrency| {
        let sandbox = shop::sandbox();
        sandbox.eval_to(0, &format!("{RUN} --concurrency {concurrency}"));
        assert_eq!(sandbox.the_run().distinct_records(), shop::CASES);
        sandbox.the_run().summary()["tasks"].clone()
    };
    assert_eq!(scores(1), scores(64));
}

#[test]
fn repeats_that_disagree_have_a_rate_and_no_count() {
    let sandbox = shop::sandbox();
    let line = |case, repeat, text| json!({"task": "triage", "case": case, "repeat": repeat, "text": text});
    let answers =
        [line("t-1", 0, "billing"), line("t-1", 1, "returns"), line("t-2", 0, "delivery"), line("t-2", 1, "delivery")];
    sandbox.write("twice.jsonl", shop::lines(&answers));
    sandbox.eval_to(0, "run --suite ./shop --task triage --limit 2 --repeat 2 --candidate m=replay:twice.jsonl");
    assert_eq!(sandbox.the_run().distinct_records(), 4);

    let summary = sandbox.the_run().summary();
    let row = row(&summary, "triage", "m");
    assert_eq!((&row["cases"], &row["repeats"], &row["correct"]), (&json!(2), &json!(2), &json!(null)));
    assert_eq!(row["correct_rate"], 0.75);
}

#[test]
fn a_part_of_the_suite_says_so() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, &format!("{RUN} --limit 1"));
    assert_eq!(sandbox.the_run().summary()["partial"], true);
    assert_eq!(sandbox.the_run().manifest()["selection"]["limit"], 1);
}
