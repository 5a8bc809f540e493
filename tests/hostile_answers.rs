//! Answers and schemas that would take all time or memory: the run ends, each is an outcome, nothing reaches the
//! terminal but text.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, row, shop};
use eval_core::Record;
use serde_json::{Value, json};

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

/// A value in so many lists.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

/// A suite of every kind, and answers to it that are nested from 60 to 130 levels deep.
fn deep() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("deep/suite.toml", DEEP_SUITE).write("deep/any.schema.json", r#"{"type": "object"}"#);
    let parameters = json!({"type": "object", "properties": {"a": {}}});
    let tool = json!({"type": "function", "function": {"name": "send", "parameters": parameters}});
    sandbox.write("deep/tools.json", json!([tool]).to_string());
    let mut answers = String::new();
    for (task, expected) in [
        ("labels", json!("fine")),
        ("fields", json!({"a": 1})),
        ("answers", json!({"answers": ["1"]})),
        ("actions", json!({"calls": [{"name": "send", "arguments": {"a": 1}}]})),
    ] {
        let mut cases = String::new();
        for levels in 60..=130 {
            let id = format!("{task}-{levels}");
            let mut case = json!({"id": id, "input": id, "expected": expected});
            if task == "answers" {
                case["context"] = json!([{"id": "p", "text": "1"}]);
            }
            cases.push_str(&format!("{case}\n"));
            let key = if task == "answers" { "answer" } else { "a" };
            let said = json!({key: nested(levels - 1)}).to_string();
            // A line that is nested so deeply is no line.
            let server = json!({"rest": nested(levels.min(120))});
            let calls = json!([{"name": "send", "arguments": said}]);
            let answer = match task {
                "actions" => json!({"task": task, "case": id, "tool_calls": calls, "server": server}),
                _ => json!({"task": task, "case": id, "text": said, "server": server}),
            };
            answers.push_str(&format!("{answer}\n"));
        }
        sandbox.write(&format!("deep/{task}.jsonl"), cases).write(&format!("deep/{task}.jinja"), "{{ input }}");
    }
    sandbox.write("a.jsonl", &answers).write("b.jsonl", &answers);
    sandbox
}

const DEEP_SUITE: &str = r#"
name = "deep"
[[task]]
name = "labels"
kind = "classification"
labels = ["fine", "other"]
[[task]]
name = "fields"
kind = "extraction"
schema = "any.schema.json"
[[task]]
name = "answers"
kind = "rag"
[[task]]
name = "actions"
kind = "tools"
tools = "tools.json"
"#;

#[test]
fn however_deep_an_answer_is_its_record_is_read_again() {
    let sandbox = deep();
    // 12: nobody is right, so that there is no yardstick.
    sandbox.eval_to(12, "run --suite ./deep --candidate a=replay:a.jsonl --reference b=replay:b.jsonl");
    let (run, all) = (sandbox.the_run(), 2 * 4 * 71);
    let records: Vec<Record> = run.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), all);
    let of = |case: &str| records.iter().find(|record| record.case == case && record.model == "a").unwrap();
    assert_eq!(of("fields-64").answer, json!({"a": nested(63)}));
    assert_eq!(of("fields-65").answer, Value::Null);
    assert!(of("fields-127").text.contains("[[[1]]]"));
    for format in ["json", "html", "csv --table records"] {
        sandbox.eval_to(12, &format!("report latest --format {format} --output out"));
    }
    sandbox.eval_to(12, &format!("compare {id}#a {id}#b", id = run.id()));
    // The last record was never written.
    let log = run.log();
    let kept: String = log.split_inclusive('\n').take(all - 1).collect();
    std::fs::write(run.file("records.jsonl"), kept).unwrap();
    sandbox.eval_to(12, &format!("run --resume {}", run.id()));
    assert_eq!(run.distinct_records(), all);
}

#[test]
fn a_case_that_no_record_could_hold_is_refused() {
    let sandbox = deep();
    let case = |levels| json!({"id": "d", "input": "x", "expected": {"a": nested(levels)}});
    sandbox.write("deep/fields.jsonl", format!("{}\n", case(63)));
    sandbox.eval_to(0, "suites check ./deep");
    sandbox.write("deep/fields.jsonl", format!("{}\n", case(64)));
    let outcome = sandbox.eval_to(2, "suites check ./deep");
    assert!(outcome.stderr.contains("`expected` is nested more than 64 levels deep"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("fields.jsonl:1"), "{}", outcome.stderr);
}
