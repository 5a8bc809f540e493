//! One case as the explorer shows it: what was asked, what was expected, and what each model gave.

use super::text::{Texts, bounded, cut};
use crate::{
    breakdown::Fate,
    format::{count, duration, rate, usd, whole},
};
use eval_core::{Arguments, Exchange, FinishReason, Judgement, Record, ToolCall};
use serde::Serialize;
use serde_json::{Value, json};

/// Parts of one answer that are shown, such as its calls.
const MOST_PARTS: usize = 100;

/// One case. What is empty is left out.
#[derive(Debug, Serialize)]
pub(super) struct CaseView {
    case: String,
    task: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    should_decline: bool,
    #[serde(skip_serializing_if = "Value::is_null")]
    expected: Value,
    /// The turns by role, each text by its number in the block.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prompt: Vec<(Value, usize)>,
    answers: Vec<AnswerView>,
}

/// What a model gave.
#[derive(Debug, Serialize)]
struct AnswerView {
    model: u32,
    repeat: u32,
    /// Its place in [`Fate::ALL`].
    fate: u8,
    facts: Vec<String>,
    scores: Vec<(String, String)>,
    /// Where it was asked otherwise than the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<Vec<(Value, usize)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
    /// Calls that tools answered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<Value>,
    /// What the passages do not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unsupported: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judged: Vec<Value>,
}

/// What an answer is shown with: its record, its model's place, and what judges said.
pub(super) struct Answer {
    pub record: Record,
    pub model: u32,
    pub judged: Vec<Judgement>,
}

impl CaseView {
    /// The case of these answers, which are never none.
    pub fn new(id: &str, task: u32, answers: &[Answer], texts: &mut Texts, redact: bool) -> Self {
        let mut view = Self {
            case: id.into(),
            task,
            tags: answers.first().map(|answer| answer.record.tags.clone()).unwrap_or_default(),
            should_decline: answers.iter().any(|answer| answer.record.should_decline),
            expected: Value::Null,
            prompt: Vec::new(),
            answers: answers.iter().map(|answer| AnswerView::bare(&answer.record, answer.model)).collect(),
        };
        if !redact {
            let known = answers.iter().map(|answer| &answer.record.expected).find(|value| !value.is_null());
            view.expected = known.map(bounded).unwrap_or_default();
            let mut asked = answers.iter().map(|answer| turns(&answer.record, texts)).collect::<Vec<_>>().into_iter();
            view.prompt = asked.next().unwrap_or_default();
            for ((shown, answer), asked) in
                view.answers.iter_mut().zip(answers).zip([view.prompt.clone()].into_iter().chain(asked))
            {
                shown.prompt = Some(asked).filter(|asked| *asked != view.prompt);
                shown.add_words(&answer.record, &answer.judged);
            }
        }
        view
    }
}

impl AnswerView {
    /// The answer without a word of the model's, of a server's or of a judge's.
    fn bare(record: &Record, model: u32) -> Self {
        Self {
            model,
            repeat: record.repeat,
            fate: Fate::of(record) as u8,
            facts: facts(record),
            scores: record.scores.iter().map(|(name, score)| (name.clone(), rate(*score))).collect(),
            prompt: None,
            note: None,
            text: String::new(),
            reasoning: None,
            steps: Vec::new(),
            calls: Vec::new(),
            unsupported: Vec::new(),
            error: record.error.as_ref().map(|error| cut(&error.kind)),
            judged: Vec::new(),
        }
    }

    fn add_words(&mut self, record: &Record, judged: &[Judgement]) {
        let steps = record.steps.as_deref().unwrap_or_default();
        let answered: usize = steps.iter().map(|exchange| exchange.tool_calls.len()).sum();
        self.note = record.note.as_deref().map(cut);
        self.text = cut(&record.text);
        self.reasoning = record.reasoning.as_deref().filter(|text| !text.is_empty()).map(cut);
        self.steps = few(steps.iter().map(step));
        self.calls = few(record.tool_calls.iter().skip(answered).map(call));
        self.unsupported = record.unsupported.iter().take(MOST_PARTS).map(|words| cut(words)).collect();
        self.error = record.error.as_ref().map(|error| cut(&format!("{}: {}", error.kind, error.message)));
        self.judged = few(judged.iter().filter(|said| !said.calls.is_empty()).map(said));
    }
}

/// The first ones, and how many more there are.
fn few(parts: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut parts: Vec<Value> = parts.collect();
    let more = parts.len().saturating_sub(MOST_PARTS);
    if more > 0 {
        parts.truncate(MOST_PARTS);
        parts.push(json!({ "more": format!("… and {} more, in records.jsonl", count(more as u64)) }));
    }
    parts
}

fn turns(record: &Record, texts: &mut Texts) -> Vec<(Value, usize)> {
    record.prompt.iter().map(|message| (json!(message.role), texts.number(&message.content))).collect()
}

fn call(call: &ToolCall) -> Value {
    let arguments = match &call.arguments {
        Arguments::Object(map) => bounded(&Value::Object(map.clone())),
        Arguments::Raw(raw) => cut(raw).into(),
    };
    json!({ "name": cut(&call.name), "arguments": arguments })
}

fn step(exchange: &Exchange) -> Value {
    let calls = exchange.calls(0).map(|(_, called, answer)| {
        let mut call = call(called);
        call["answer"] = cut(answer).into();
        call
    });
    json!({ "text": cut(&exchange.text), "calls": few(calls) })
}

/// What a judge said: its verdict, and its reasons where it gave any.
fn said(judgement: &Judgement) -> Value {
    let reasons = judgement.calls.iter().filter_map(|call| match call.verdict.get("reasons").and_then(Value::as_str) {
        Some(reasons) => Some(cut(reasons)),
        None if call.verdict.is_null() => None,
        None => Some(cut(&call.verdict.to_string())),
    });
    json!({
        "metric": judgement.metric,
        "judge": judgement.judge,
        "verdict": judgement.verdict,
        "reasons": reasons.take(MOST_PARTS).collect::<Vec<_>>(),
    })
}

fn facts(record: &Record) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(record.reading.as_ref().map(|reading| format!("read {reading}")));
    facts.extend(record.latency_ms.map(|ms| duration(Some(ms))));
    if record.usage.input_tokens.is_some() || record.usage.output_tokens.is_some() {
        facts.push(format!(
            "{} tokens in, {} out",
            whole(record.usage.input_tokens),
            whole(record.usage.output_tokens)
        ));
    }
    facts.extend(record.cost_usd.map(|cost| usd(Some(cost))));
    if record.finish_reason == Some(FinishReason::Length) {
        facts.push("cut at the token limit".into());
    }
    if record.cached {
        facts.push("from a cache".into());
    }
    if record.attempts > 1 {
        facts.push(format!("{} attempts", record.attempts));
    }
    facts
}
