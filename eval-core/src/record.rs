use crate::{Behaviour, Case, Exchange, FieldCounts, FinishReason, Message, ToolCall, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The version that records are written with.
pub const RECORD_VERSION: u32 = 1;

/// One case, one model, one repeat: response, scores, outcome, cost. A line of `records.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`RECORD_VERSION`].
    pub v: u32,
    /// The task's name.
    pub task: String,
    /// The case's id.
    pub case: String,
    /// The case's content hash.
    pub case_hash: String,
    /// The model's name.
    pub model: String,
    /// 0 for the first repeat.
    pub repeat: u32,
    /// What became of the case.
    pub outcome: Outcome,
    /// Whether declining was right.
    pub should_decline: bool,
    /// False for a failed call, `None` where no scorer could say.
    pub correct: Option<bool>,
    /// `None` unless scored.
    pub behaviour: Option<Behaviour>,
    /// By metric; `None` is unknown.
    pub scores: BTreeMap<String, Option<f64>>,
    /// What the model said.
    pub text: String,
    /// Its thinking.
    pub reasoning: Option<String>,
    /// The calls it made.
    pub tool_calls: Vec<ToolCall>,
    /// Why the answer ended.
    pub finish_reason: Option<FinishReason>,
    /// Tokens.
    pub usage: Usage,
    /// Of the successful attempt.
    pub latency_ms: Option<f64>,
    /// USD.
    pub cost_usd: Option<f64>,
    /// Whether the answer came from a cache.
    pub cached: bool,
    /// How often the call was made.
    pub attempts: u32,
    /// The failure of the call or of the scorer.
    pub error: Option<ErrorInfo>,

    /// How sure the model was of its answer, 0 to 1; see [`crate::Response::confidence`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Latency by phase and tokens per second.
    #[serde(default)]
    pub speed: Speed,
    /// What else the server said.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub server: Map<String, Value>,
    /// The answer as it was read; `null` where nothing could be read.
    #[serde(default)]
    pub answer: Value,
    /// How the answer was read.
    #[serde(default)]
    pub reading: Option<String>,
    /// Extraction: what became of each field, by JSON pointer, `*` for any index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldCounts>,
    /// Why it is not right.
    #[serde(default)]
    pub note: Option<String>,
    /// Why metrics that were to score it did not, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unscored: BTreeMap<String, String>,
    /// What the answer states without support in the case's passages, as the answer writes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<String>,
    /// The expected outcome as the case file holds it.
    #[serde(default)]
    pub expected: Value,
    /// What the model was asked.
    #[serde(default)]
    pub prompt: Vec<Message>,
    /// The calls of a scripted case that tools answered; `tool_calls` holds them as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Exchange>>,
    /// Slices.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Cases that share it are not independent.
    #[serde(default)]
    pub cluster: Option<String>,
    /// Whether the case is of the part of which reports show totals alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_out: bool,
}

impl Record {
    /// Of a case that nobody has answered yet.
    pub fn unanswered(case: &Case, model: &str, repeat: u32) -> Self {
        Self {
            v: RECORD_VERSION,
            task: case.task.to_string(),
            case: case.id.to_string(),
            case_hash: case.hash.to_string(),
            model: model.into(),
            repeat,
            outcome: Outcome::Scored,
            should_decline: case.should_decline,
            correct: None,
            behaviour: None,
            scores: BTreeMap::new(),
            text: String::new(),
            reasoning: None,
            tool_calls: Vec::new(),
            finish_reason: None,
            usage: Default::default(),
            latency_ms: None,
            cost_usd: None,
            cached: false,
            attempts: 1,
            error: None,
            confidence: None,
            speed: Speed::default(),
            server: Default::default(),
            answer: Value::Null,
            reading: None,
            fields: BTreeMap::new(),
            note: None,
            unscored: BTreeMap::new(),
            unsupported: Vec::new(),
            expected: case.expected_json(),
            prompt: Vec::new(),
            steps: None,
            tags: case.tags.clone(),
            cluster: case.cluster.clone(),
            held_out: case.held_out,
        }
    }
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered and scored.
    Scored,
    /// The call gave no answer: counts as not correct.
    RunnerFailed,
    /// The answer could not be scored.
    MetricFailed,
    /// Not asked.
    Skipped,
}

/// A failure in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorInfo {
    /// One word for counting.
    pub kind: String,
    /// For a person.
    pub message: String,
}

/// Latency by phase; `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Reading the prompt, to the first token; milliseconds.
    pub prompt_ms: Option<f64>,
    /// Generating the tokens after the first; milliseconds.
    pub generation_ms: Option<f64>,
    /// Generated tokens after the first, over generation time.
    pub tokens_per_second: Option<f64>,
}
