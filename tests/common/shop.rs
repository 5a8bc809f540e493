//! A suite with a task of each kind, and recorded answers of which it is known what each one is.

use super::Sandbox;
use serde_json::{Value, json};

const FILES: &[(&str, &str)] = &[
    (
        "shop/suite.toml",
        r#"name = "shop"
description = "The mail of a small shop."

[[task]]
name = "triage"
kind = "classification"
labels = ["billing", "delivery", "returns"]
abstain = "undetermined"
bars = { accuracy = { min = 0.85 } }

[[task]]
name = "fields"
kind = "extraction"
schema = "order.schema.json"

[[task]]
name = "answers"
kind = "rag"

[[task]]
name = "actions"
kind = "tools"
tools = "tools.json"
"#,
    ),
    (
        "shop/triage.jinja",
        "{% block system %}One of: {{ labels | join(', ') }}.{% endblock %}{% block user %}{{ input }}{% endblock %}\n",
    ),
    ("shop/fields.jinja", "{{ schema | tojson }}\n{{ input }}\n"),
    (
        "shop/answers.jinja",
        "{% for passage in context %}[{{ passage.id }}] {{ passage.text }}\n{% endfor %}{{ input }}\n",
    ),
    ("shop/actions.jinja", "{{ input }}\n"),
    (
        "shop/order.schema.json",
        r#"{
  "type": "object",
  "required": ["order", "total"],
  "properties": {"order": {"type": ["string", "null"]}, "total": {"type": ["number", "null"]}},
  "additionalProperties": false
}
"#,
    ),
    (
        "shop/tools.json",
        r#"[{"type": "function", "function": {"name": "refund", "parameters": {
  "type": "object",
  "properties": {"order": {"type": "string"}, "amount": {"type": "number"}},
  "required": ["order", "amount"]}}}]
"#,
    ),
    (
        "shop/triage.jsonl",
        r#"{"id": "t-1", "input": "charged twice", "expected": "billing", "tags": ["short"]}
{"id": "t-2", "input": "where is it", "expected": "delivery", "tags": ["short"]}
{"id": "t-3", "input": "I send it back, and what of my money", "expected": "returns", "tags": ["two-matters"]}
{"id": "t-4", "input": "hm", "expected": "undetermined", "tags": ["short", "decline"]}
{"id": "t-5", "input": "the invoice has the wrong name", "expected": "billing"}
{"id": "t-6", "input": "the driver never rang", "expected": "delivery"}
"#,
    ),
    (
        "shop/fields.jsonl",
        r#"{"id": "f-1", "input": "FM-1, 5 euros", "expected": {"order": "FM-1", "total": 5}}
{"id": "f-2", "input": "FM-2 please", "expected": {"order": "FM-2", "total": null}}
{"id": "f-3", "input": "hello?", "expected": {"order": null, "total": null}, "tags": ["decline"]}
{"id": "f-4", "input": "9 euros", "expected": {"order": null, "total": 9}}
"#,
    ),
    (
        "shop/answers.jsonl",
        r#"{"id": "a-1", "input": "how long may I keep it", "context": [{"id": "kb-1", "text": "Returns: 30 days."}], "expected": {"answers": ["30 days"], "citations": ["kb-1"]}}
{"id": "a-2", "input": "do you gift wrap", "context": [{"id": "kb-1", "text": "Returns: 30 days."}], "expected": {"answerable": false}, "tags": ["decline"]}
{"id": "a-3", "input": "what does a return cost", "context": [{"id": "kb-2", "text": "Returns are free."}], "expected": {"answers": ["nothing", "free"]}}
{"id": "a-4", "input": "are you open on Sunday", "context": [{"id": "kb-2", "text": "Returns are free."}], "expected": {"answerable": false}, "tags": ["decline"]}
"#,
    ),
    (
        "shop/actions.jsonl",
        r#"{"id": "x-1", "input": "refund FM-1, 5 euros", "expected": {"calls": [{"name": "refund", "arguments": {"order": "FM-1", "amount": 5}}]}}
{"id": "x-2", "input": "thank you", "expected": {"calls": []}, "tags": ["decline"]}
{"id": "x-3", "input": "refund FM-3, 7 euros", "expected": {"calls": [{"name": "refund", "arguments": {"order": "FM-3", "amount": 7}}]}}
{"id": "x-4", "input": "refund FM-4, 8 euros", "expected": {"calls": [{"name": "refund", "arguments": {"order": "FM-4", "amount": 8}}]}}
"#,
    ),
];

/// All the cases of the suite.
pub const CASES: usize = 18;

/// A folder with the suite in `shop`, the answers of [`mixed`] in `mixed.jsonl` and those of [`right`] in `right.jsonl`.
pub fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, text) in FILES {
        sandbox.write(name, text);
    }
    sandbox.write("mixed.jsonl", lines(&mixed())).write("right.jsonl", lines(&right()));
    sandbox
}

/// JSON lines.
pub fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// Right, wrong, declining and unreadable answers; all cost the same number of tokens.
pub fn mixed() -> Vec<Value> {
    let fenced = "```json\n{\"order\": \"FM-2\", \"total\": null}\n```";
    let mut answers = vec![
        text("triage", "t-1", "billing"),
        text("triage", "t-2", "Delivery."),
        text("triage", "t-3", "billing"),
        text("triage", "t-4", "undetermined"),
        text("triage", "t-5", "undetermined"),
        text("triage", "t-6", "It is about the driver."),
        text("fields", "f-1", r#"{"order": "FM-1", "total": 5.0}"#),
        text("fields", "f-2", fenced),
        text("fields", "f-3", r#"{"order": null, "total": null}"#),
        text("fields", "f-4", r#"{"order": "FM-9", "total": 9}"#),
        text("answers", "a-1", r#"{"answer": "30 days", "citations": ["kb-1"]}"#),
        text("answers", "a-2", r#"{"answer": null, "citations": []}"#),
        text("answers", "a-3", r#"{"answer": null, "citations": []}"#),
        text("answers", "a-4", r#"{"answer": "from noon", "citations": ["kb-2"]}"#),
        calls("x-1", json!([refund("FM-1", 5.0)])),
        text("actions", "x-2", "You are welcome."),
        calls("x-3", json!([refund("FM-3", 70.0)])),
        text("actions", "x-4", r#"{"name": "refund", "arguments": {"order": "FM-4", "amo"#),
    ];
    for answer in &mut answers {
        answer["usage"] = json!({"input_tokens": 1000, "cached_input_tokens": 0, "output_tokens": 10});
    }
    answers
}

/// Every answer is the expected one.
pub fn right() -> Vec<Value> {
    vec![
        text("triage", "t-1", "billing"),
        text("triage", "t-2", "delivery"),
        text("triage", "t-3", "returns"),
        text("triage", "t-4", "undetermined"),
        text("triage", "t-5", "billing"),
        text("triage", "t-6", "delivery"),
        text("fields", "f-1", r#"{"order": "FM-1", "total": 5}"#),
        text("fields", "f-2", r#"{"order": "FM-2", "total": null}"#),
        text("fields", "f-3", r#"{"order": null, "total": null}"#),
        text("fields", "f-4", r#"{"order": null, "total": 9}"#),
        text("answers", "a-1", r#"{"answer": "30 days", "citations": ["kb-1"]}"#),
        text("answers", "a-2", r#"{"answer": null, "citations": []}"#),
        text("answers", "a-3", r#"{"answer": "free", "citations": ["kb-2"]}"#),
        text("answers", "a-4", r#"{"answer": null, "citations": []}"#),
        calls("x-1", json!([refund("FM-1", 5.0)])),
        text("actions", "x-2", "You are welcome."),
        calls("x-3", json!([refund("FM-3", 7.0)])),
        calls("x-4", json!([refund("FM-4", 8.0)])),
    ]
}

/// The right answer to a prompt, of which the case's input is the end.
pub fn right_answer(prompt: &str) -> Value {
    let cases = FILES.iter().filter(|(name, _)| name.ends_with(".jsonl")).flat_map(|(_, lines)| lines.lines());
    let cases = cases.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let asked = cases.filter(|case| prompt.trim_end().ends_with(case["input"].as_str().unwrap()));
    // Some inputs end as others do.
    let case = asked.max_by_key(|case| case["input"].as_str().unwrap().len()).unwrap();
    right().into_iter().find(|answer| answer["case"] == case["id"]).unwrap()
}

fn text(task: &str, case: &str, text: &str) -> Value {
    json!({"task": task, "case": case, "text": text})
}

fn calls(case: &str, calls: Value) -> Value {
    json!({"task": "actions", "case": case, "tool_calls": calls})
}

fn refund(order: &str, amount: f64) -> Value {
    json!({"name": "refund", "arguments": {"order": order, "amount": amount}})
}
