//! Whatever a model says, grading ends without panic and with the same set of scores.

mod further;
mod readers;
mod schemas;

use crate::{compile, sample};
use eval_core::{Arguments, Behaviour, Case, Response, Score, TaskScorer, ToolCall};
use eval_core::{Compare, FieldRule, Task, TaskKind};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

fn kinds() -> Vec<(TaskScorer, Case)> {
    let compiled = |task: Task, case| (compile(&task).unwrap(), case);
    let object = json!({"order_number": "FM-1", "total": 1.5, "ordered_on": null});
    let lists = json!({"order_number": {"any_of": ["FM-1", null]}, "total": 1.5, "ordered_on": "2026-03-14",
        "items": ["tent", "mug"], "lines": [{"id": 1, "at": "10:30"}, {"id": 2, "at": null}], "steps": [1, 2]});
    let calls = json!({"calls": [{"name": "refund", "arguments": {"order_number": "FM-1"}}]});
    vec![
        compiled(sample::classification(), sample::label_case("c", "billing")),
        compiled(sample::extraction(), sample::object_case("c", object)),
        compiled(
            Task { accept_recovered: true, ..sample::extraction() },
            sample::object_case("c", json!({"total": null})),
        ),
        compiled(Task { strict: true, ..sample::classification() }, sample::label_case("c", "undetermined")),
        compiled(Task { fields: every_rule(), formats: true, ..sample::extraction() }, sample::object_case("c", lists)),
        compiled(sample::task(TaskKind::Rag), sample::answer_case("c", &["30 days"], &["kb-1"])),
        compiled(sample::tools(), sample::calls_case("c", calls)),
    ]
}

/// Every comparator at a field of its own.
fn every_rule() -> BTreeMap<String, FieldRule> {
    let rule = |compare| FieldRule { compare, ..FieldRule::default() };
    let rules = [
        ("/order_number", FieldRule { any_of: true, ..rule(Compare::Text) }),
        ("/total", FieldRule { unit: Some("kg".into()), ..rule(Compare::Number) }),
        ("/ordered_on", rule(Compare::Date)),
        ("/items", rule(Compare::Set)),
        ("/lines", FieldRule { key: Some("id".into()), ..rule(Compare::Objects) }),
        ("/lines/*/at", rule(Compare::Time)),
        ("/steps", rule(Compare::List)),
    ];
    rules.map(|(pointer, rule)| (pointer.to_string(), rule)).into()
}

fn check(kinds: &[(TaskScorer, Case)], response: &Response) -> Result<(), TestCaseError> {
    for (scorer, case) in kinds {
        let grade = scorer.grader.grade(case, response);
        prop_assert!(matches!(grade.correct, Score::Correct | Score::Incorrect));
        prop_assert!(grade.behaviour != Behaviour::Broken || grade.correct == Score::Incorrect);
        prop_assert_eq!(grade.note.is_none(), grade.correct == Score::Correct);
        prop_assert!(scorer.grader.unsupported(case, response).iter().all(|text| !text.is_empty()));
        let names: BTreeSet<_> = grade.scores.iter().map(|(name, _)| name).collect();
        prop_assert_eq!(names.len(), grade.scores.len());
        let finite = |score: &Score| score.value().is_some_and(|value| value.is_finite() && value >= 0.0);
        prop_assert!(grade.scores.iter().all(|(_, score)| finite(score)));
    }
    Ok(())
}

/// Text made of what the readers look for.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "\\",
        ",",
        ":",
        "```",
        "```json\n",
        "null",
        "None",
        "True",
        "1",
        "-",
        "1e999",
        "NaN",
        "\\ud800",
        "\"answer\"",
        "\"citations\"",
        "\"total\"",
        "\"name\"",
        "\"arguments\"",
        "<tool_call>",
        "refund(",
        "functions.",
        "billing",
        "label:",
        "I don't know",
        ", but ",
        ". However, ",
        "kb-1",
        " ",
        "\n",
        "\0",
        "ß",
        "\u{301}",
        "\u{202e}",
        "🙂",
        "．",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|parts| parts.concat())
}

fn arguments() -> impl Strategy<Value = Arguments> {
    prop_oneof![
        pieces().prop_map(Arguments::Raw),
        pieces().prop_map(|text| Arguments::Object([("order_number".to_string(), json!(text))].into_iter().collect())),
        Just(Arguments::Object(
            json!({"order_number": {"any_of": ["FM-1"]}, "amount": []}).as_object().unwrap().clone()
        )),
    ]
}

proptest! {
    #[test]
    fn any_text_is_graded(text in prop_oneof![pieces(), "\\PC{0,60}", any::<String>()]) {
        check(&kinds(), &sample::says(&text))?;
    }

    #[test]
    fn any_calls_are_graded(
        calls in prop::collection::vec((prop::sample::select(vec!["refund", "escalate", "", "x"]), arguments()), 0..5),
        text in pieces(),
    ) {
        let tool_calls = calls.into_iter().map(|(name, arguments)| ToolCall { name: name.into(), arguments }).collect();
        check(&kinds(), &Response { text, tool_calls, ..Response::default() })?;
    }
}

/// Reading that is quadratic anywhere would take many minutes at this size, recursion without a limit would overflow the stack.
#[test]
fn megabytes_are_graded() {
    const SIZE: usize = 1 << 20;
    let kinds = kinds();
    for piece in [
        "{",
        "{}",
        "{'a':",
        "[",
        "\"",
        "'",
        "```",
        "```{",
        "`.",
        "label:",
        "refund(",
        "\"name\" ",
        ", but ",
        "a ",
        "1.",
        "\u{fdfa}",
        "{\"answer\": \"I don't know. ",
    ] {
        check(&kinds, &sample::says(&piece.repeat(SIZE / piece.len()))).unwrap();
    }
    let nested = format!("{}1{}", "{\"total\":".repeat(10_000), "}".repeat(10_000));
    check(&kinds, &sample::says(&nested)).unwrap();
    let long =
        json!({"order_number": "9".repeat(SIZE), "total": "1,".repeat(SIZE / 2), "ordered_on": "x".repeat(SIZE)});
    check(&kinds, &sample::says(&long.to_string())).unwrap();
    let calls: Vec<_> = (0..20_000).map(|n| json!({"name": format!("f{n}"), "arguments": {}})).collect();
    check(&kinds, &sample::makes(json!(calls))).unwrap();
}

/// Lists are paired with what is expected, and not with themselves.
#[test]
fn long_lists_are_graded() {
    let task = Task { fields: every_rule(), ..sample::extraction() };
    let case = sample::object_case("c", json!({"items": ["tent"], "lines": [{"id": 1}], "steps": [1, 2]}));
    let kinds = [(compile(&task).unwrap(), case)];
    for item in ["1", "\"tent\"", "{\"id\": 1}", "[[\"mug\"]]"] {
        let items = vec![item; 1 << 16].join(",");
        for field in ["items", "lines", "steps"] {
            check(&kinds, &sample::says(&format!("{{\"{field}\": [{items}]}}"))).unwrap();
        }
    }
}
