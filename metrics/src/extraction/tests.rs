use crate::{compile, sample};
use eval_core::{Behaviour, Compare, FieldRule, Grade, Response, Score, Task};
use serde_json::{Value, json};
use std::sync::Arc;

const EXPECTED: &str = r#"{"order_number": "FM-100001", "total": 12.5, "ordered_on": null}"#;

fn grade(task: &Task, text: &str) -> Grade {
    let case = sample::object_case("c", serde_json::from_str(EXPECTED).unwrap());
    compile(task).unwrap().grader.grade(&case, &sample::says(text))
}

fn score(grade: &Grade, name: &str) -> f64 {
    grade.scores.iter().find(|(known, _)| *known == name).and_then(|(_, score)| score.value()).unwrap()
}

fn rule(compare: Compare, tolerance: Option<f64>) -> FieldRule {
    FieldRule { compare, tolerance, ..FieldRule::default() }
}

#[test]
fn answers_are_judged() {
    use Behaviour::{Answered, Broken, Declined};
    // Text, behaviour, correct, reading, schema_valid, fields_right_any_form, note.
    for (text, behaviour, correct, reading, valid, right, note) in [
        (EXPECTED, Answered, true, "as_given", 1.0, 1.0, None),
        (
            r#"{"ordered_on": null, "total": 12.50, "order_number": "FM-100001"}"#,
            Answered,
            true,
            "as_given",
            1.0,
            1.0,
            None,
        ),
        (
            r#"{"order_number": "FM-100001", "total": 125, "ordered_on": null}"#,
            Answered,
            false,
            "as_given",
            1.0,
            0.0,
            Some("/total: expected 12.5, got 125"),
        ),
        (
            r#"{"order_number": "FM-100001", "total": 12.5, "ordered_on": "2026-01-01"}"#,
            Answered,
            false,
            "as_given",
            1.0,
            0.0,
            Some("/ordered_on: expected null, got `2026-01-01`"),
        ),
        (
            r#"{"order_number": "FM-100001", "total": 12.5}"#,
            Answered,
            false,
            "as_given",
            0.0,
            1.0,
            Some("not valid against the schema, the object: \"ordered_on\" is a required property"),
        ),
        (
            r#"{"order_number": 100001, "total": 12.5, "ordered_on": null}"#,
            Answered,
            false,
            "as_given",
            0.0,
            0.0,
            Some("not valid against the schema, /order_number: value is not of types \"null\", \"string\""),
        ),
        (
            r#"{"order_number": "FM-100001", "total": 12.5, "ordered_on": null, "items": ["tent"]}"#,
            Answered,
            false,
            "as_given",
            1.0,
            0.0,
            Some("a field that is not expected"),
        ),
        (
            r#"{"order_number": "FM-100001", "total": 12.5, "ordered_on": null, "items": []}"#,
            Answered,
            true,
            "as_given",
            1.0,
            1.0,
            None,
        ),
        (
            r#"{"order_number": null, "total": null, "ordered_on": null}"#,
            Declined,
            false,
            "as_given",
            1.0,
            0.0,
            Some("/order_number: expected `FM-100001`, got null"),
        ),
        (
            "Here you are:\n```json\n{\"order_number\": \"FM-100001\", \"total\": 12.5, \"ordered_on\": null}\n```",
            Broken,
            false,
            "recovered",
            0.0,
            1.0,
            Some("JSON in a fence, in prose or not quite JSON, which the task does not accept"),
        ),
        (
            "The order number is FM-100001.",
            Broken,
            false,
            "none",
            0.0,
            0.0,
            Some("no JSON object: `The order number is FM-100001.`"),
        ),
        ("", Broken, false, "none", 0.0, 0.0, Some("no JSON object: ``")),
        ("[]", Broken, false, "none", 0.0, 0.0, Some("no JSON object: `[]`")),
    ] {
        let grade = grade(&sample::extraction(), text);
        let found = (grade.behaviour, &grade.correct, grade.reading, grade.note.as_deref());
        assert_eq!(found, (behaviour, &Score::from_bool(correct), reading, note), "{text}");
        let scores = (score(&grade, "schema_valid"), score(&grade, "fields_right_any_form"));
        assert_eq!(scores, (valid, right), "{text}");
        let forms = ["json_as_given", "json_recovered", "json_none"].map(|name| score(&grade, name));
        assert_eq!(forms.iter().sum::<f64>(), 1.0, "{text}");
    }
}

#[test]
fn a_task_may_accept_what_is_recovered() {
    let task = Task { accept_recovered: true, ..sample::extraction() };
    let right = grade(&task, &format!("Sure! {EXPECTED}"));
    assert_eq!((right.behaviour, &right.correct, right.reading), (Behaviour::Answered, &Score::Correct, "recovered"));
    assert_eq!((score(&right, "schema_valid"), score(&right, "json_as_given")), (1.0, 0.0));
    let declined = grade(&task, "```\n{\"order_number\": null, \"total\": null, \"ordered_on\": null}\n```");
    assert_eq!(declined.behaviour, Behaviour::Declined);
}

#[test]
fn the_schema_is_held_against_either_form() {
    let fenced = |object: &str| format!("```json\n{object}\n```");
    let invalid = r#"{"order_number": 100001, "total": 12.5, "ordered_on": null}"#;
    let slip = r#"{"order_number": "FM-100001", "total": 12.5, "ordered_on": None,}"#;
    for accept_recovered in [false, true] {
        let task = Task { accept_recovered, ..sample::extraction() };
        for (text, as_given, any_form) in [
            (EXPECTED.to_string(), 1.0, 1.0),
            (fenced(EXPECTED), 0.0, 1.0),
            (format!("Sure! {EXPECTED}"), 0.0, 1.0),
            (slip.into(), 0.0, 1.0),
            (invalid.into(), 0.0, 0.0),
            (fenced(invalid), 0.0, 0.0),
            ("The order number is FM-100001.".into(), 0.0, 0.0),
            (String::new(), 0.0, 0.0),
        ] {
            let grade = grade(&task, &text);
            let accepted = if accept_recovered { any_form } else { as_given };
            let found = ["schema_valid_as_given", "schema_valid_any_form", "schema_valid"].map(|of| score(&grade, of));
            assert_eq!(found, [as_given, any_form, accepted], "{accept_recovered} {text}");
        }
    }
}

#[test]
fn declining_is_right_where_the_text_holds_nothing() {
    let nothing = json!({"order_number": null, "total": null, "ordered_on": null});
    let case = sample::object_case("c", nothing.clone());
    let scorer = compile(&sample::extraction()).unwrap();
    let grade = |text: &str| scorer.grader.grade(&case, &sample::says(text));
    let declined = grade(&nothing.to_string());
    assert_eq!((declined.behaviour, declined.correct), (Behaviour::Declined, Score::Correct));
    // An empty object is no statement about the fields: the schema requires them.
    assert_eq!((grade("{}").behaviour, grade("{}").correct), (Behaviour::Answered, Score::Incorrect));
    assert_eq!((grade("null").behaviour, grade("null").correct), (Behaviour::Broken, Score::Incorrect));
}

#[test]
fn a_tool_call_is_no_object() {
    let calls = sample::makes(json!([{"name": "extract", "arguments": {"total": 12.5}}]));
    let case = sample::object_case("c", serde_json::from_str(EXPECTED).unwrap());
    let response = Response { text: EXPECTED.into(), ..calls };
    let grade = compile(&sample::extraction()).unwrap().grader.grade(&case, &response);
    assert_eq!(score(&grade, "schema_valid_any_form"), 0.0);
    assert_eq!((grade.behaviour, grade.correct, grade.reading), (Behaviour::Broken, Score::Incorrect, "none"));
}

#[test]
fn mistakes_in_fields_and_schema_are_named() {
    let with =
        |pointer: &str, rule: FieldRule| Task { fields: [(pointer.to_string(), rule)].into(), ..sample::extraction() };
    let case =
        Arc::new(sample::object_case("f-007", json!({"order_number": null, "total": "a lot", "ordered_on": null})));
    let by_sku = FieldRule { key: Some("sku".into()), ..rule(Compare::Objects, None) };
    let lines = |items: Value| Task {
        cases: vec![Arc::new(sample::object_case("f-008", json!({"lines": items})))],
        ..with("/lines", by_sku.clone())
    };
    let errors: Vec<_> = [
        Task { schema: None, ..sample::extraction() },
        Task { schema: Some(Arc::new(json!({"type": "strange"}))), ..sample::extraction() },
        Task { schema: Some(Arc::new(json!({"$ref": "https://example.org/order.json"}))), ..sample::extraction() },
        with("total", rule(Compare::Number, None)),
        with("/total", rule(Compare::Date, Some(1.0))),
        with("/total", rule(Compare::Number, Some(-1.0))),
        with("/total", FieldRule { relative: Some(0.1), ..FieldRule::default() }),
        with("/total", FieldRule { unit: Some("kg".into()), ..FieldRule::default() }),
        with("/total", FieldRule { key: Some("id".into()), ..FieldRule::default() }),
        with("/total", FieldRule { any_of: true, ..rule(Compare::Set, None) }),
        Task { cases: vec![case], ..with("/total", rule(Compare::Number, None)) },
        lines(json!([{"sku": "a"}, {"n": 1}])),
        lines(json!([{"sku": "a"}, "b"])),
        lines((0..201).map(|n| json!({"sku": n})).collect()),
    ]
    .iter()
    .map(|task| compile(task).err().unwrap())
    .map(|error| format!("{}: {}\n  help: {}", error.key, error.message, error.help))
    .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn fields_are_counted_by_name() {
    let expected = json!({"order_number": "FM-1", "total": null, "ordered_on": null, "items": ["tent", "mug"]});
    let case = sample::object_case("c", expected);
    let task = Task { cases: vec![Arc::new(case.clone())], ..sample::extraction() };
    let answer = r#"{"order_number": "FM-2", "total": 5, "ordered_on": null, "items": ["tent"], "more": {"x": 1}}"#;
    let grade = compile(&task).unwrap().grader.grade(&case, &sample::says(answer));
    let fields: Vec<_> = grade
        .fields
        .iter()
        .map(|(name, f)| (name.as_str(), [f.expected, f.given, f.matched, f.absent, f.invented]))
        .collect();
    let wanted = [
        ("/items/*", [2, 1, 1, 0, 0]),
        ("/order_number", [1, 1, 0, 0, 0]),
        ("/ordered_on", [0, 0, 0, 1, 0]),
        ("/total", [0, 1, 0, 1, 1]),
    ];
    assert_eq!(fields, wanted);
    // The field that nobody expects counts in all.
    assert_eq!((score(&grade, "fields_given"), score(&grade, "fields_matched")), (4.0, 1.0));
}

/// Two models that know the same, one of which writes amounts as people do.
#[test]
fn formatting_does_not_look_like_knowledge_and_is_not_forgiven_in_silence() {
    let expected = json!({"order_number": "FM-1", "total": 1299, "ordered_on": "2026-03-14"});
    let case = sample::object_case("c", expected.clone());
    let number = [("/total".to_string(), rule(Compare::Number, None))];
    let (strict, normalised) = (sample::extraction(), Task { fields: number.into(), ..sample::extraction() });
    let names = ["exact_object", "accuracy", "fields_right_any_form"];
    let scores = |task: &Task, text: &str| {
        let grade = compile(task).unwrap().grader.grade(&case, &sample::says(text));
        let correct = grade.correct.value().unwrap();
        names.map(|name| if name == "accuracy" { correct } else { score(&grade, name) })
    };
    let as_people_write = r#"{"order_number": "FM-1", "total": "$1,299.00", "ordered_on": "14 March 2026"}"#;
    let amount_only = r#"{"order_number": "FM-1", "total": "$1,299.00", "ordered_on": "2026-03-14"}"#;
    assert_eq!(scores(&strict, &expected.to_string()), [1.0, 1.0, 1.0]);
    assert_eq!(scores(&strict, as_people_write), [0.0, 0.0, 1.0]);
    assert_eq!(scores(&normalised, amount_only), [0.0, 1.0, 1.0]);
    assert_eq!(scores(&normalised, &format!("```\n{amount_only}\n```")), [0.0, 0.0, 1.0]);
    let wrong = r#"{"order_number": "FM-1", "total": "$1,299.50", "ordered_on": "2026-03-14"}"#;
    assert_eq!(scores(&normalised, wrong), [0.0, 0.0, 0.0]);
}

#[test]
fn formats_are_checked_where_the_task_asks() {
    let mut schema = sample::extraction().schema.unwrap().as_ref().clone();
    schema["properties"]["ordered_on"]["format"] = json!("date");
    let expected = json!({"order_number": "FM-1", "total": null, "ordered_on": "2026-02-28"});
    let case = sample::object_case("c", expected);
    let answer = r#"{"order_number": "FM-1", "total": null, "ordered_on": "2026-02-30"}"#;
    for formats in [false, true] {
        let task = Task { schema: Some(Arc::new(schema.clone())), formats, ..sample::extraction() };
        let grade = compile(&task).unwrap().grader.grade(&case, &sample::says(answer));
        assert_eq!(score(&grade, "schema_valid"), f64::from(u8::from(!formats)));
    }
}

#[test]
fn the_repairs_of_a_dug_out_object_are_scores() {
    let repairs = |text: &str| {
        let grade = grade(&sample::extraction(), text);
        let of_repairs = grade.scores.into_iter().filter(|(name, _)| name.starts_with("recovered_"));
        of_repairs.map(|(name, score)| (name, score == Score::Correct)).collect::<Vec<_>>()
    };
    assert_eq!(repairs(EXPECTED), []);
    assert_eq!(repairs("nothing"), []);
    let wanted = [
        ("recovered_fence", true),
        ("recovered_prose", true),
        ("recovered_trailing_comma", false),
        ("recovered_single_quotes", false),
        ("recovered_python_words", false),
    ];
    assert_eq!(repairs(&format!("Here:\n```json\n{EXPECTED}\n```")), wanted);
}
