//! Tasks, cases and responses for tests.

use crate::registry;
use eval_core::{Case, Digest, Expected, ExpectedCall, Metric, MetricConfig, Passage, Response, Task, TaskKind, Tool};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

pub(crate) fn task(kind: TaskKind) -> Task {
    Task {
        name: "sample".into(),
        kind,
        labels: Vec::new(),
        abstain: None,
        schema: None,
        prevalence: None,
        strict: false,
        accept_recovered: false,
        formats: false,
        fields: BTreeMap::new(),
        tools: Arc::new([]),
        arguments: Default::default(),
        max_output_tokens: 16,
        stop: Vec::new(),
        metrics: Vec::new(),
        home: None,
        bars: BTreeMap::new(),
        cases: Vec::new(),
    }
}

pub(crate) fn classification() -> Task {
    let labels = ["billing", "delivery", "order-change", "undetermined"].map(String::from).to_vec();
    Task { labels, abstain: Some("undetermined".into()), ..task(TaskKind::Classification) }
}

pub(crate) fn extraction() -> Task {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["order_number", "total", "ordered_on"],
        "properties": {
            "order_number": {"type": ["string", "null"]},
            "total": {"type": ["number", "string", "null"]},
            "ordered_on": {"type": ["string", "null"]},
            "items": {"type": "array", "items": {"type": "string"}},
        }
    });
    Task { schema: Some(Arc::new(schema)), ..task(TaskKind::Extraction) }
}

pub(crate) fn tools() -> Task {
    let function = |name: &str, parameters: Value| {
        Tool(json!({"type": "function", "function": {"name": name, "parameters": parameters}}))
    };
    let refund = json!({"type": "object", "required": ["order_number"], "properties": {
        "order_number": {"type": "string"},
        "amount": {"type": "number"},
        "quantity": {"type": "integer", "default": 1},
    }});
    let escalate = json!({"type": "object", "properties": {"team": {"enum": ["safety", "legal"]}}});
    let tools = [function("refund", refund), function("escalate", escalate), function("ping", Value::Null)];
    Task { tools: tools.into(), ..task(TaskKind::Tools) }
}

fn case(id: &str, expected: Expected, expected_json: Value, should_decline: bool) -> Case {
    Case {
        id: id.into(),
        task: "sample".into(),
        input: json!("Where is my parcel?"),
        expected,
        expected_as_written: Some(Box::new(expected_json)),
        context: Vec::new(),
        tools: Arc::new([]),
        script: None,
        tags: Vec::new(),
        cluster: None,
        should_decline,
        held_out: false,
        reviewed: None,
        hash: Digest::of(&Value::Null),
    }
}

pub(crate) fn label_case(id: &str, label: &str) -> Case {
    case(id, Expected::Label(label.into()), json!(label), label == "undetermined")
}

pub(crate) fn object_case(id: &str, expected: Value) -> Case {
    let should_decline = expected.as_object().is_some_and(|map| map.values().all(Value::is_null));
    case(id, Expected::Object(Box::new(expected.clone())), expected, should_decline)
}

/// Offers the passages kb-1 and kb-2.
pub(crate) fn answer_case(id: &str, answers: &[&str], citations: &[&str]) -> Case {
    let texts = |items: &[&str]| items.iter().map(|item| (*item).to_string()).collect::<Vec<_>>();
    let expected = match answers {
        [] => Expected::Unanswerable,
        _ => Expected::Answers { answers: texts(answers), citations: texts(citations) },
    };
    let context = ["kb-1", "kb-2"].map(|id| Passage { id: id.into(), text: "A passage.".into() }).to_vec();
    Case { context, ..case(id, expected, Value::Null, answers.is_empty()) }
}

/// `expected` as in a case file: `{"calls": […], "order": …}`; the functions are those of [`tools`].
pub(crate) fn calls_case(id: &str, expected: Value) -> Case {
    let calls: Vec<ExpectedCall> = serde_json::from_value(expected["calls"].clone()).unwrap();
    let order = expected.get("order").map(|order| serde_json::from_value(order.clone()).unwrap()).unwrap_or_default();
    let should_decline = calls.is_empty();
    Case { tools: tools().tools, ..case(id, Expected::Calls { calls, order }, expected, should_decline) }
}

/// A metric of the registry, compiled for a task.
pub(crate) fn metric(name: &str, settings: Value, task: &Task) -> Box<dyn Metric> {
    let config = MetricConfig { name: name.into(), settings: settings.as_object().unwrap().clone() };
    registry::build(&config, task).map_err(|error| error.message).unwrap().0
}

pub(crate) fn says(text: &str) -> Response {
    Response { text: text.into(), ..Response::default() }
}

/// `calls` as in a replay file.
pub(crate) fn makes(calls: Value) -> Response {
    Response { tool_calls: serde_json::from_value(calls).unwrap(), ..Response::default() }
}
