//! One model on one task.

use super::Verdict;
use crate::{Answerability, Breakdown, Confusion, FieldRow, JudgedRow, LabelRow, Parts, UnscoredRow};
use eval_core::ModelRole;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One model on one task. Counts are cases where not said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// The model's name.
    pub model: String,
    /// On trial, or the one it would replace.
    pub role: ModelRole,
    /// Cases with a record.
    pub cases: u64,
    /// How often each case was asked.
    pub repeats: u32,
    /// Right cases; `None` where the repeats of a case disagree: then see `correct_rate`.
    pub correct: Option<u64>,
    /// Mean of the cases' shares of right answers, skipped ones left out.
    pub correct_rate: Option<f64>,
    /// With repeats: how often one of them is right, and how often all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_repeats: Option<OverRepeats>,
    /// Weighted to the share of inputs in production where declining is right; `None`: the suite does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_production: Option<InProduction>,
    /// The cases that reports show and those that are held out, each by themselves; `None`: none is held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// Cases with a failed call.
    pub runner_errors: u64,
    /// Cases with an answer that could not be scored.
    pub metric_errors: u64,
    /// Cases that were never asked.
    pub skipped: u64,
    /// Cases with an answer that is not readable as one of its kind.
    pub broken: u64,
    /// By name.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// Lower and upper limit by metric.
    pub intervals: BTreeMap<String, Option<[f64; 2]>>,
    /// All bars of the task together.
    pub bars: BarState,
    /// Each bar.
    pub bar_results: Vec<BarResult>,
    /// Cases at which the open bars would be met at today's rates; `None`: none is open, or more cases will not do.
    pub cases_needed: Option<u64>,
    /// What judges made of its answers, and at what cost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<JudgedRow>,
    /// What metrics could not score of its answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unscored: Vec<UnscoredRow>,
    /// Against the bars alone.
    pub verdict: Verdict,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// USD of all answers.
    pub cost_usd: Option<f64>,
    /// Cost over right answers.
    pub cost_per_correct_usd: Option<f64>,
    /// Its limits, of the summary's level.
    pub cost_per_correct_interval: Option<[f64; 2]>,
    /// Of answers that did not come from a cache.
    pub latency_ms: Latency,
    /// Generated tokens per second, the median over answers.
    pub tokens_per_second: Option<f64>,
    /// Cases in flight at once while latency was measured; `None` is unknown.
    pub in_flight: Option<usize>,
    /// Sums over answers.
    pub tokens: Tokens,
    /// Answers that the token limit cut.
    pub length_cut: u64,
    /// Answers that came from a cache.
    pub cached: u64,
    /// What the answers did, counted in answers (records).
    #[serde(flatten)]
    pub breakdown: Breakdown,
    /// The same for the cases that want an answer.
    pub wants_answer: Breakdown,
    /// The same for the cases where declining is right.
    pub wants_refusal: Breakdown,
    /// rag: both in one table; `None` for other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answerability: Option<Answerability>,
    /// Records with an error, by its kind.
    pub errors: BTreeMap<String, u64>,
    /// Independent units among the cases: clusters, and cases without one.
    pub independent_units: u64,
    /// classification: by label; empty for other kinds.
    pub labels: Vec<LabelRow>,
    /// classification: expected against given.
    pub confusion: Option<Confusion>,
    /// extraction: by field; empty for other kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldRow>,
}

/// What a model that is asked several times gets right, the mean over the cases that were asked as often as planned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OverRepeats {
    /// How often.
    pub k: u32,
    /// pass@k: at least one of k answers is right.
    pub any: f64,
    /// pass^k: all k answers are right.
    pub all: f64,
}

/// The rate of right answers where another share of the inputs is unanswerable than in the suite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InProduction {
    /// The share of inputs where declining is right, as the suite declares it.
    pub prevalence: f64,
    /// The share in the suite.
    pub in_suite: f64,
    /// Right cases, weighted so.
    pub correct_rate: f64,
}

/// Percentiles in milliseconds, interpolated linearly between the two nearest answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The median.
    pub p50: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
}

/// Tokens; `None` where any answer's count is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Of the prompts.
    pub input: Option<u64>,
    /// Of the prompts, billed as cached.
    pub cached_input: Option<u64>,
    /// Generated.
    pub output: Option<u64>,
}

/// Where a bar, or all bars of a task, stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarState {
    /// The one-sided limit at alpha clears it.
    Met,
    /// The opposite limit fails it.
    Missed,
    /// Neither.
    Open,
    /// The task has no bar.
    None,
}

/// One side of one bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarResult {
    /// The metric.
    pub metric: String,
    /// The model whose verdicts it is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    /// At least this.
    pub min: Option<f64>,
    /// At most this.
    pub max: Option<f64>,
    /// The metric's value.
    pub value: Option<f64>,
    /// Its interval, of the level that decides.
    pub interval: Option<[f64; 2]>,
    /// Two-sided level that decides: the summary's, or what this look at the suite may spend.
    pub level: f64,
    /// Where it stands.
    pub state: BarState,
    /// See [`ModelRow::cases_needed`].
    pub cases_needed: Option<u64>,
}

impl BarResult {
    /// The metric's name, and beside it the judge's where there is one.
    pub(crate) fn shown(&self) -> String {
        match &self.judge {
            Some(judge) => format!("{} (by {judge})", self.metric),
            None => self.metric.clone(),
        }
    }
}
