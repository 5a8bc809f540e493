use crate::{
    Run,
    breakdown::Fate,
    format::{count, duration},
};
use eval_core::{Arguments, DataPolicy, FinishReason, Manifest, Record, Role, TaskInfo, ToolCall, engine::order_key};
use serde::Serialize;
use serde_json::Value;

/// Failing cases of a task that are shown whole.
const MOST_FAILING: usize = 200;
/// Passing cases of a task that are shown.
const PASSING_SAMPLE: usize = 20;
/// Characters of one text that are shown.
const LONGEST_TEXT: usize = 6_000;

/// The cases of one task as the page shows them.
#[derive(Serialize)]
pub(super) struct CasesView {
    /// The system turn, where it is the same for all.
    instruction: Option<String>,
    redacted: bool,
    failing: Vec<CaseView>,
    failing_total: String,
    failing_left_out: Option<String>,
    fates: Vec<FateCount>,
    passing: Vec<CaseView>,
    passing_total: String,
    several_models: bool,
    repeats: bool,
}

#[derive(Serialize)]
struct FateCount {
    class: &'static str,
    label: &'static str,
    count: String,
}

#[derive(Serialize)]
struct CaseView {
    case: String,
    model: String,
    /// The model's place in the manifest, for the filter.
    model_index: usize,
    repeat: u32,
    class: &'static str,
    label: &'static str,
    note: Option<String>,
    facts: Vec<String>,
    turns: Vec<Turn>,
    expected: Vec<Output>,
    output: Vec<Output>,
}

#[derive(Serialize)]
struct Turn {
    role: &'static str,
    text: String,
}

/// One part of what was expected, or of what came back.
#[derive(Serialize)]
struct Output {
    title: &'static str,
    text: String,
}

pub(super) fn cases_view(run: &Run, task: &TaskInfo) -> CasesView {
    let manifest = &run.manifest;
    let records: Vec<(&Record, Fate)> =
        run.records.iter().filter(|r| r.task == task.name).map(|r| (r, Fate::of(r))).collect();
    let (passing, failing): (Vec<_>, Vec<_>) =
        records.iter().filter(|(_, fate)| *fate != Fate::Skipped).copied().partition(|(_, fate)| fate.is_correct());
    let redacted = manifest.suite.data_policy == DataPolicy::LocalOnly;
    let instruction = if redacted { None } else { common_instruction(&records) };
    let view = |(record, fate): &(&Record, Fate)| case_view(manifest, record, *fate, instruction.is_some(), redacted);
    let mut sample = passing.clone();
    sample.sort_by_key(|(record, _)| order_key(manifest.seed, &record.case_hash, record.repeat));
    let left_out = failing.len().saturating_sub(MOST_FAILING);
    let fates = Fate::ALL.into_iter().filter_map(|fate| {
        let n = failing.iter().take(MOST_FAILING).filter(|(_, other)| *other == fate).count();
        (n > 0).then(|| FateCount { class: fate.as_str(), label: fate.label(), count: count(n as u64) })
    });
    CasesView {
        failing: failing.iter().take(MOST_FAILING).map(view).collect(),
        failing_total: count(failing.len() as u64),
        failing_left_out: (left_out > 0).then(|| count(left_out as u64)),
        fates: fates.collect(),
        passing: sample.iter().take(PASSING_SAMPLE).map(view).collect(),
        passing_total: count(passing.len() as u64),
        several_models: manifest.models.len() > 1,
        repeats: manifest.repeats > 1,
        redacted,
        instruction,
    }
}

fn common_instruction(records: &[(&Record, Fate)]) -> Option<String> {
    let mut systems = records.iter().map(|(record, _)| {
        record.prompt.iter().find(|message| message.role == Role::System).map(|message| message.content.as_str())
    });
    let first = systems.next()??;
    systems.all(|system| system == Some(first)).then(|| cut(first))
}

fn case_view(manifest: &Manifest, record: &Record, fate: Fate, without_system: bool, redacted: bool) -> CaseView {
    let model_index = manifest.models.iter().position(|model| model.name == record.model).unwrap_or_default();
    let turns = record.prompt.iter().filter(|message| !without_system || message.role != Role::System);
    let mut view = CaseView {
        case: record.case.clone(),
        model: record.model.clone(),
        model_index,
        repeat: record.repeat,
        class: fate.as_str(),
        label: fate.label(),
        note: record.note.as_deref().map(cut),
        facts: facts(record),
        turns: turns.map(|message| Turn { role: role(message.role), text: cut(&message.content) }).collect(),
        expected: expected(&record.expected),
        output: output(record),
    };
    if redacted {
        (view.note, view.turns, view.expected, view.output) = (None, Vec::new(), Vec::new(), Vec::new());
    }
    view
}

fn facts(record: &Record) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(record.reading.as_ref().map(|reading| format!("read {reading}")));
    facts.extend(record.latency_ms.map(|ms| duration(Some(ms))));
    facts.extend(record.usage.output_tokens.map(|n| format!("{} tokens out", count(n))));
    if record.finish_reason == Some(FinishReason::Length) {
        facts.push("cut at the token limit".into());
    }
    if record.cached {
        facts.push("from a cache".into());
    }
    facts
}

fn output(record: &Record) -> Vec<Output> {
    let mut parts = Vec::new();
    if let Some(error) = &record.error {
        parts.push(Output { title: "error", text: cut(&format!("{}: {}", error.kind, error.message)) });
    }
    if !record.text.is_empty() || (record.tool_calls.is_empty() && record.error.is_none()) {
        let empty = record.text.is_empty();
        parts.push(Output { title: "text", text: if empty { "(empty)".into() } else { cut(&as_json(&record.text)) } });
    }
    parts.extend(record.tool_calls.iter().map(|call| Output { title: "call", text: cut(&call_text(call)) }));
    let reasoning = record.reasoning.as_deref().filter(|text| !text.is_empty());
    parts.extend(reasoning.map(|text| Output { title: "thinking, not scored", text: cut(text) }));
    parts
}

/// Expected calls as calls, anything else as it stands.
fn expected(value: &Value) -> Vec<Output> {
    let Some(calls) = value["calls"].as_array() else {
        return vec![Output { title: "text", text: cut(&pretty(value)) }];
    };
    if calls.is_empty() {
        return vec![Output { title: "text", text: "(no call)".into() }];
    }
    let title = if value["order"] == "given" { "call, in this order" } else { "call" };
    let call = |call: &Value| format!("{}({})", call["name"].as_str().unwrap_or_default(), pretty(&call["arguments"]));
    calls.iter().map(|value| Output { title, text: cut(&call(value)) }).collect()
}

/// A call as code: `refund({…})`.
fn call_text(call: &ToolCall) -> String {
    let name = if call.name.is_empty() { "(no name)" } else { &call.name };
    match &call.arguments {
        Arguments::Object(map) => format!("{name}({})", pretty(&Value::Object(map.clone()))),
        Arguments::Raw(raw) => format!("{name}(\n{raw}\n)  ← not a JSON object"),
    }
}

/// Text that is a JSON object or array, indented; other text as it is.
fn as_json(text: &str) -> String {
    if text.len() > LONGEST_TEXT || !text.trim_start().starts_with(['{', '[']) {
        return text.into();
    }
    serde_json::from_str::<Value>(text).map_or_else(|_| text.into(), |value| pretty(&value))
}

fn pretty(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        None => text.into(),
        Some((end, _)) => {
            let rest = text[end..].chars().count();
            format!("{}\n… and {} characters more, in records.jsonl", &text[..end], count(rest as u64))
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}
