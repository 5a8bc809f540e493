use super::{Fields, Rules, compare};
use crate::{compile, sample};
use eval_core::{Behaviour, Compare, FieldRule, Grade, Response, Score, Task};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const EXPECTED: &str = r#"{"order_number": "FM-100001", "total": 12.5, "ordered_on": null}"#;

fn grade(task: &Task, text: &str) -> Grade {
    let case = sample::object_case("c", serde_json::from_str(EXPECTED).unwrap());
    compile(task).unwrap().grader.grade(&case, &sample::says(text))
}

fn score(grade: &Grade, name: &str) -> f64 {
    grade.scores.iter().find(|(known, _)| *known == name).and_then(|(_, score)| score.value()).unwrap()
}

fn rule(compare: Compare, tolerance: Option<f64>) -> FieldRule {
    FieldRule { compare, tolerance }
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
    assert_eq!((grade.behaviour, grade.correct, grade.reading), (Behaviour::Broken, Score::Incorrect, "none"));
}

#[test]
fn fields_are_counted() {
    let rules = Rules::new(&BTreeMap::new()).unwrap();
    let expected = json!({
        "order": {"number": "FM-1", "date": null}, "lines": [{"item": "tent", "price": 10}, {"item": "mug", "price": null}],
        "notes": [], "extra": null,
    });
    let count = |answer: Value| {
        let fields = Fields::compare(&rules, &expected, &answer);
        let counts = [fields.matched, fields.given, fields.expected, fields.invented, fields.absent];
        (counts, fields.all_right(), fields.first_wrong)
    };
    assert_eq!(count(expected.clone()), ([4, 4, 4, 0, 4], true, None));
    let null_left_out =
        json!({"order": {"number": "FM-1"}, "lines": [{"item": "tent", "price": 10.0}, {"item": "mug"}]});
    assert_eq!(count(null_left_out), ([4, 4, 4, 0, 4], true, None));
    // One wrong, one missing, a whole line and a note too many, and an object where null is right.
    let answer = json!({
        "order": {"number": "FM-2", "date": null}, "lines": [{"item": "tent"}, {"item": "mug"}, {"item": "cup"}],
        "notes": ["x", null], "extra": {"a": {"b": 1}},
    });
    let (counts, right, first) = count(answer);
    assert_eq!((counts, right), ([2, 6, 4, 2, 4], false));
    assert_eq!(first.as_deref(), Some("/order/number: expected `FM-1`, got `FM-2`"));
    assert_eq!(count(Value::Null).0, [0, 0, 4, 0, 4]);
}

#[test]
fn comparators() {
    let text = rule(Compare::Text, None);
    let number = rule(Compare::Number, None);
    let cent = rule(Compare::Number, Some(0.01));
    let date = rule(Compare::Date, None);
    let exact = FieldRule::default();
    for (rule, expected, got, equal) in [
        (&exact, json!(1), json!(1.0), true),
        (&exact, json!(9007199254740993u64), json!(9007199254740992u64), false),
        (&exact, json!("Tent"), json!("tent"), false),
        (&exact, json!("1"), json!(1), false),
        (&exact, json!(true), json!(true), true),
        (&exact, json!("x"), json!(["x"]), false),
        (&text, json!("Nordlys 200"), json!(" NORDLYS\u{a0} 200"), true),
        (&text, json!("ﬁlter"), json!("Filter"), true),
        (&text, json!("tent"), json!("tents"), false),
        (&text, json!(5), json!(5.0), true),
        (&text, json!(5), json!("5"), false),
        (&number, json!(1299), json!("1.299,00 €"), true),
        (&number, json!("1 299"), json!(1299.0), true),
        (&number, json!(12.5), json!(12.51), false),
        (&number, json!(0.3), json!(0.1 + 0.2), true),
        (&number, json!(12.5), json!("about 12.5"), false),
        (&number, json!(1), json!(true), false),
        (&cent, json!(12.5), json!(12.51), true),
        (&cent, json!(12.5), json!(12.511), false),
        (&cent, json!(1299.0), json!("1,299.01"), true),
        (&date, json!("2026-03-14"), json!("14. März 2026"), true),
        (&date, json!("2026-03-14"), json!("March 15, 2026"), false),
        (&date, json!("2026-03-14"), json!(20260314), false),
        (&date, json!("2026-03-14"), json!("soon"), false),
    ] {
        assert_eq!(compare::equal(rule, &expected, &got), equal, "{rule:?} {expected} {got}");
        assert!(!compare::equal(rule, &expected, &Value::Null));
    }
}

#[test]
fn the_nearest_rule_holds() {
    let fields = [
        ("/lines", Compare::Text),
        ("/lines/*/price", Compare::Number),
        ("/lines/0/price", Compare::Exact),
        ("/*", Compare::Date),
    ];
    let rules = Rules::new(&fields.map(|(pointer, compare)| (pointer.into(), rule(compare, None))).into()).unwrap();
    for (pointer, compare) in [
        ("/lines/1/item", Compare::Text),
        ("/lines/1/price", Compare::Number),
        ("/lines/0/price", Compare::Exact),
        ("/lines/x/price", Compare::Text),
        ("/linesman", Compare::Exact),
        ("/3", Compare::Date),
        ("", Compare::Exact),
    ] {
        assert_eq!(rules.of(pointer).compare, compare, "{pointer}");
    }
}

#[test]
fn mistakes_in_fields_and_schema_are_named() {
    let with =
        |pointer: &str, rule: FieldRule| Task { fields: [(pointer.to_string(), rule)].into(), ..sample::extraction() };
    let case =
        Arc::new(sample::object_case("f-007", json!({"order_number": null, "total": "a lot", "ordered_on": null})));
    let errors: Vec<_> = [
        Task { schema: None, ..sample::extraction() },
        Task { schema: Some(Arc::new(json!({"type": "strange"}))), ..sample::extraction() },
        Task { schema: Some(Arc::new(json!({"$ref": "https://example.org/order.json"}))), ..sample::extraction() },
        with("total", rule(Compare::Number, None)),
        with("/total", rule(Compare::Date, Some(1.0))),
        with("/total", rule(Compare::Number, Some(-1.0))),
        Task { cases: vec![case], ..with("/total", rule(Compare::Number, None)) },
    ]
    .iter()
    .map(|task| compile(task).err().unwrap())
    .map(|error| format!("{}: {}\n  help: {}", error.key, error.message, error.help))
    .collect();
    insta::assert_snapshot!(errors.join("\n"));
}
