//! Answers and schemas that would take all time or memory: the run ends, each is an outcome, nothing reaches the
//! terminal but text.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{row, shop};
use serde_json::json;

#[test]
fn hostile_answers_are_outcomes() {
    let sandbox = shop::sandbox();
    let nested = format!("{}1{}", "{\"order\":".repeat(10_000), "}".repeat(10_000));
    let text = |case: &str, text: String| json!({"task": "fields", "case": case, "text": text});
    let answers = [
        text("f-1", "x".repeat(10 << 20)),
        text("f-2", nested),
        text("f-3", r#"{"order": "\ud800", "total": NaN}"#.into()),
        text("f-4", "\u{1b}[2J\u{0}\u{7}{\"order\": null, \"total\": Infinity}".into()),
    ];
    sandbox.write("hostile.jsonl", shop::lines(&answers));
    let outcome = sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:hostile.jsonl --task fields");
    assert!(!outcome.stdout.contains('\u{1b}') && !outcome.stderr.contains("\u{1b}[2J"), "{}", outcome.stdout);
    let summary = sandbox.the_run().summary();
    let row = row(&summary, "fields", "m");
    assert_eq!((&row["correct"], &row["broken"], &row["cases"]), (&json!(0), &json!(4), &json!(4)));
    assert_eq!(row["metrics"]["json_none"], 1.0);
}

#[test]
fn a_lone_surrogate_in_a_recording_is_an_unreadable_character() {
    let sandbox = shop::sandbox();
    let line = |case: usize| format!("{{\"task\": \"fields\", \"case\": \"f-{case}\", \"text\": \"\\ud800\"}}\n");
    sandbox.write("hostile.jsonl", (1..=4).map(line).collect::<String>());
    let outcome = sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:hostile.jsonl --task fields");
    assert!(format!("{}{}", outcome.stdout, outcome.stderr).contains("U+FFFD"), "{}", outcome.stderr);
}

#[test]
fn a_schema_that_laughs_is_refused_before_any_model_is_asked() {
    let sandbox = shop::sandbox();
    let mut all = serde_json::Map::new();
    for level in 0..60 {
        let next = json!({"$ref": format!("#/$defs/a{}", level + 1)});
        all.insert(format!("a{level}"), json!({"allOf": [next, next, next]}));
    }
    all.insert("a60".into(), json!({"type": "object"}));
    let schema = json!({"type": "object", "allOf": [{"$ref": "#/$defs/a0"}], "$defs": all});
    sandbox.write("shop/order.schema.json", schema.to_string());
    let outcome = sandbox.eval_to(2, "suites check ./shop");
    assert!(outcome.stderr.contains("references that multiply"), "{}", outcome.stderr);
}
