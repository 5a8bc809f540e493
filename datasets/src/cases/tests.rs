use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

static NO_FIELDS: LazyLock<FieldRules> = LazyLock::new(FieldRules::default);

fn rules<'a>(
    kind: TaskKind,
    labels: &'a [Arc<str>],
    schema: &'a crate::schema::Schema,
    tools: &'a ToolSet,
) -> Rules<'a> {
    Rules { task: "t".into(), kind, labels, abstain: Some("none"), schema: Some(schema), fields: &NO_FIELDS, tools }
}

fn read_all(bytes: &[u8]) {
    let labels = ["one".into(), "none".into()];
    let schema = crate::schema::compile(&json!({"type": "object", "properties": {"a": {"type": "number"}}})).unwrap();
    let tools = json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]);
    let tools = ToolSet::read(&tools, "").unwrap();
    for kind in [TaskKind::Classification, TaskKind::Extraction, TaskKind::Rag, TaskKind::Tools] {
        match read(bytes, "file", &rules(kind, &labels, &schema, &tools)) {
            Ok(read) => assert!(!read.cases.is_empty() && read.lines.len() == read.cases.len()),
            Err(problems) => problems.iter().for_each(|problem| {
                let mut out = String::new();
                miette::NarratableReportHandler::new().render_report(&mut out, problem).unwrap();
                assert!(!out.is_empty());
            }),
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        prop_oneof!["one", "none", "f", "any_of"].prop_map(Value::from),
    ];
    let key =
        prop_oneof!["[a-z~/]{0,3}", "id|text|name|arguments|calls|order|any_of|optional|answers|citations|answerable"];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_cases_or_problems(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }

    #[test]
    fn any_text_is_cases_or_problems(text in "[{}\\[\\]\",:0-9a-z\\\\ü\n ]{0,80}") {
        read_all(text.as_bytes());
    }

    #[test]
    fn any_values_under_the_known_keys_are_cases_or_problems(
        input in any_json(), expected in any_json(), context in any_json(), tools in any_json(), tags in any_json()
    ) {
        let case = json!({"id": "a", "input": input, "expected": expected, "tags": tags});
        read_all(case.to_string().as_bytes());
        let case = json!({"id": "a", "input": "", "expected": expected, "context": context});
        read_all(case.to_string().as_bytes());
        let case = json!({"id": "a", "input": "", "expected": expected, "tools": tools});
        read_all(case.to_string().as_bytes());
    }
}
