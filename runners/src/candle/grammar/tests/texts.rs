//! Texts that a schema takes, and others near them that it does not.

use super::*;

#[test]
fn what_every_reader_refuses_is_not_taken() {
    let table = [
        (
            json!({"format": "date"}),
            &["\"2024-02-29\"", "\"2000-02-29\""][..],
            &["\"2023-02-29\"", "\"1900-02-29\""][..],
        ),
        (json!({"format": "date", "pattern": "^2024"}), &["\"2024-02-29\""], &["\"2025-02-28\"", "\"2024-02-30\""]),
        (json!({"format": "time"}), &["\"23:59:59Z\"", "\"00:00:00.5+01:00\""], &["\"22:59:60Z\"", "\"23:59:60Z\""]),
        (
            json!({"format": "date-time"}),
            &["\"2024-02-29T12:00:00Z\""],
            &["\"2023-02-29T12:00:00Z\"", "\"2024-02-29\""],
        ),
        (json!({"format": "hostname"}), &["\"a\"", "\"a-b--c.example\""], &["\"xn--x\"", "\"a-.b\"", "\"-a\"", "\"\""]),
        (json!({"format": "email"}), &["\"a.b@c-d.example\""], &["\"a@xn--x\"", "\"a..b@c\"", "\"@c\""]),
        (json!({"type": "integer", "format": "int32"}), &["3"], &["\"3\""]),
        (json!({"format": "money"}), &["\"of any kind\"", "3"], &[]),
        (json!({}), &["1.5", "{\"a\":[-1]}", "\"1e5\"", "[\"\\\"1e5\"]"], &["1e5", "{\"a\":1E5}", "[0.5e-1]"]),
        (json!({"exclusiveMaximum": 5}), &["4.99999"], &["4.99999999999999999", "5"]),
        (json!({"multipleOf": 1.5}), &["4.5"], &["5540926161053446206", "4"]),
        (json!({"maximum": i64::MAX}), &["3"], &["9223372036854775808"]),
        (json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}), &["0", "-1"], &["-0"]),
        (
            json!({"$ref": "#/parts/day", "parts": {"day": {"format": "date"}}}),
            &["\"2024-02-29\""],
            &["\"2023-02-29\""],
        ),
    ];
    let grammars = grammars(Err("none".into()));
    for (schema, right, wrong) in table {
        let accepts = |text: &str| {
            let shape = Shape::Json(Arc::new(schema.clone()));
            accepts(&grammars, grammars.begin(&shape, false).unwrap(), text)
        };
        right.iter().for_each(|text| assert!(accepts(text), "{schema}: {text}"));
        wrong.iter().for_each(|text| assert!(!accepts(text), "{schema}: {text}"));
    }
}

#[test]
fn a_number_comes_to_an_end() {
    let grammars = grammars(Err("none".into()));
    let accepts = |text: &str| accepts(&grammars, grammars.begin(&Shape::Json(json!({}).into()), false).unwrap(), text);
    assert!(accepts(&format!("[{}]", "7".repeat(200))) && accepts(&format!("[\"{}\"]", "7".repeat(400))));
    assert!(!accepts(&format!("[{}]", "7".repeat(400))));
}

#[test]
fn words_beside_calls_and_labels_may_look_like_exponents() {
    let grammars = grammars(CallForm::of(ToolFormat::Hermes, "", true));
    let free = json!({"function": {"name": "f", "parameters": {}}});
    let calls = Shape::Calls(Arc::from([Tool(free)]));
    let call = |number| format!("<tool_call>\n{{\"name\": \"f\", \"arguments\": {{\"a\":{number}}}}}\n</tool_call>");
    for (shape, text, right) in [
        (&calls, "It has 1e5 of them".to_string(), true),
        (&calls, call("15"), true),
        (&calls, call("1e5"), false),
        (&Shape::Label(Arc::from(["1e5".to_string()])), "1e5".into(), true),
    ] {
        assert_eq!(accepts(&grammars, grammars.begin(shape, false).unwrap(), &text), right, "{text}");
    }
}
