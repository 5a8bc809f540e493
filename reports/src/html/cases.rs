use super::marks::{Piece, marked};
use crate::{
    ReportError, Run,
    breakdown::Fate,
    format::{count, duration},
};
use eval_core::{Arguments, DataPolicy, FinishReason, Judgement, Manifest, Record, Role, ToolCall, log::Log};
use serde::Serialize;
use serde_json::Value;

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
    /// Answers that are in the totals alone.
    held_out: Option<String>,
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
    pieces: Vec<Piece>,
}

impl Output {
    fn new(title: &'static str, text: &str) -> Self {
        Self::marking(title, text, &[])
    }

    fn marking(title: &'static str, text: &str, words: &[String]) -> Self {
        Self { title, pieces: marked(&cut(text), words) }
    }
}

/// The shown cases of the task at this place in the manifest, read again from the log.
pub(super) fn cases_view(run: &Run, task: usize) -> Result<CasesView, ReportError> {
    let (manifest, shown) = (&run.manifest, &run.shown[task]);
    let redacted = manifest.suite.data_policy == DataPolicy::LocalOnly;
    let instruction = shown.instruction.as_deref().filter(|_| !redacted).map(cut);
    let read = |places: Vec<_>| -> Result<Vec<CaseView>, ReportError> {
        let records = Log::read_at(run.sources[0].path(), &places)?;
        let view = |mut record: Record| {
            let judgements = &run.sources[0].judgements;
            judgements.apply(&mut record);
            let said = if redacted { Vec::new() } else { judgements.said(&record)? };
            let mut view = case_view(manifest, &record, instruction.is_some(), redacted);
            view.output.extend(said.iter().flat_map(judged));
            Ok(view)
        };
        // A case may have been held out while the run went on.
        records.into_iter().filter(|record| !run.is_held_out(record)).map(view).collect()
    };
    let left_out = shown.failing_total - shown.failing.len();
    let fates = Fate::ALL.into_iter().filter_map(|fate| {
        let n = shown.failing.iter().filter(|(_, other)| *other == fate).count();
        (n > 0).then(|| FateCount { class: fate.as_str(), label: fate.label(), count: count(n as u64) })
    });
    Ok(CasesView {
        failing: read(shown.failing.iter().map(|(place, _)| *place).collect())?,
        failing_total: count(shown.failing_total as u64),
        failing_left_out: (left_out > 0).then(|| count(left_out as u64)),
        fates: fates.collect(),
        passing: read(shown.passing.clone())?,
        passing_total: count(shown.passing_total as u64),
        several_models: manifest.models.len() > 1,
        repeats: manifest.repeats > 1,
        held_out: (shown.held_out > 0).then(|| count(shown.held_out as u64)),
        redacted,
        instruction,
    })
}

fn case_view(manifest: &Manifest, record: &Record, without_system: bool, redacted: bool) -> CaseView {
    let fate = Fate::of(record);
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
    if !record.unsupported.is_empty() {
        facts.push(format!("{} not found in the passages", count(record.unsupported.len() as u64)));
    }
    if record.cached {
        facts.push("from a cache".into());
    }
    facts
}

fn output(record: &Record) -> Vec<Output> {
    let mut parts = Vec::new();
    if let Some(error) = &record.error {
        parts.push(Output::new("error", &format!("{}: {}", error.kind, error.message)));
    }
    let steps = record.steps.as_deref().unwrap_or_default();
    for (_, call, answer) in steps.iter().flat_map(|exchange| exchange.calls(0)) {
        parts.push(Output::new("call", &call_text(call)));
        parts.push(Output::new("answer of the tool", answer));
    }
    let answered: usize = steps.iter().map(|exchange| exchange.tool_calls.len()).sum();
    if !record.text.is_empty() || (record.tool_calls.is_empty() && record.error.is_none()) {
        let empty = record.text.is_empty();
        let text = if empty { "(empty)".into() } else { as_json(&record.text) };
        parts.push(Output::marking("text", &text, &record.unsupported));
    }
    let unanswered = record.tool_calls.iter().skip(answered);
    parts.extend(unanswered.map(|call| Output::new("call", &call_text(call))));
    let reasoning = record.reasoning.as_deref().filter(|text| !text.is_empty());
    parts.extend(reasoning.map(|text| Output::new("thinking, not scored", text)));
    parts
}

/// What a judge said, by its name.
fn judged(judgement: &Judgement) -> Option<Output> {
    let verdict = judgement.verdict.as_deref().unwrap_or("unscored");
    let reasons = judgement.calls.iter().map(|call| match call.verdict.get("reasons").and_then(Value::as_str) {
        Some(reasons) => reasons.to_string(),
        None => pretty(&call.verdict),
    });
    let reasons: Vec<String> = reasons.filter(|text| text != "null").collect();
    let head = format!("{} by {}: {verdict}", judgement.metric, judgement.judge);
    (!judgement.calls.is_empty()).then(|| Output::new("judged", &[vec![head], reasons].concat().join("\n")))
}

/// Expected calls as calls, anything else as it stands.
fn expected(value: &Value) -> Vec<Output> {
    let Some(calls) = value["calls"].as_array() else {
        return vec![Output::new("text", &pretty(value))];
    };
    if calls.is_empty() {
        return vec![Output::new("text", "(no call)")];
    }
    let title = if value["order"] == "given" { "call, in this order" } else { "call" };
    let call = |call: &Value| format!("{}({})", call["name"].as_str().unwrap_or_default(), pretty(&call["arguments"]));
    calls.iter().map(|value| Output::new(title, &call(value))).collect()
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
