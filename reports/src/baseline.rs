//! A baseline: what one model of a run got right, in one small file that a repository keeps and a person can review.

use crate::{ReportError, Run};
use eval_core::{Behaviour, ErrorInfo, MANIFEST_VERSION, Manifest, Outcome, RECORD_VERSION, Record, Speed, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// The version that baselines are written with.
pub const BASELINE_VERSION: u32 = 1;

/// A baseline file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`BASELINE_VERSION`].
    pub baseline: u32,
    /// What went into the run, with this one model.
    pub manifest: Manifest,
    /// By task, case and repeat.
    pub cases: Vec<BaselineCase>,
}

/// One record: its scores and its cost, without prompt and answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineCase {
    task: String,
    case: String,
    case_hash: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    repeat: u32,
    #[serde(default = "scored", skip_serializing_if = "is_scored")]
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    should_decline: bool,
    correct: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behaviour: Option<Behaviour>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    scores: BTreeMap<String, Option<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost_usd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held_out: bool,
    /// The kind of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Where the answers were asked for: what the model said, and how it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    answer: Value,
}

fn is_zero(repeat: &u32) -> bool {
    *repeat == 0
}

fn scored() -> Outcome {
    Outcome::Scored
}

fn is_scored(outcome: &Outcome) -> bool {
    *outcome == Outcome::Scored
}

/// Makes the baseline of one model of a run; prompts are never in it, answers only where they are asked for.
pub fn baseline(run: &Run, model: &str, with_answers: bool) -> Result<Baseline, ReportError> {
    let mut manifest = run.manifest.clone();
    manifest.models.retain(|info| info.name == model);
    manifest.arguments = Value::Null;
    let mut cases = Vec::new();
    for source in &run.sources {
        source.each(|record, _| {
            if record.model == model {
                cases.push(BaselineCase::new(record, with_answers));
            }
            Ok(())
        })?;
    }
    let place = |task: &str| manifest.tasks.iter().position(|info| info.name == task);
    cases.sort_by(|a, b| {
        (place(&a.task), &a.case, a.repeat, &a.case_hash).cmp(&(place(&b.task), &b.case, b.repeat, &b.case_hash))
    });
    Ok(Baseline { baseline: BASELINE_VERSION, manifest, cases })
}

/// Reads a baseline file.
pub(crate) fn read(path: &Path) -> Result<Baseline, ReportError> {
    let bad = |message: String| ReportError::Baseline { path: path.into(), message };
    let text = std::fs::read(path).map_err(|error| bad(format!("it cannot be read: {error}")))?;
    /// The version first: another version may have other keys, and that message must not hide this one.
    #[derive(Deserialize)]
    struct Version {
        baseline: u64,
    }
    let version: Version = serde_json::from_slice(&text).map_err(|error| {
        bad(format!("it is no baseline of eval ({error}); `eval baseline save RUN FILE` writes one"))
    })?;
    if version.baseline != u64::from(BASELINE_VERSION) {
        return Err(ReportError::Version { path: path.into(), found: version.baseline, known: BASELINE_VERSION });
    }
    let baseline: Baseline = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    let v = baseline.manifest.v;
    if v != MANIFEST_VERSION {
        return Err(ReportError::Version { path: path.into(), found: v.into(), known: MANIFEST_VERSION });
    }
    match baseline.manifest.models.as_slice() {
        [_] => Ok(baseline),
        models => Err(bad(format!("it holds {} models, where a baseline holds one", models.len()))),
    }
}

impl Baseline {
    /// The file's text: a case a line, so that a change of a case is a change of a line.
    pub fn text(&self) -> Result<String, ReportError> {
        let bad =
            |error: serde_json::Error| ReportError::Baseline { path: "baseline".into(), message: error.to_string() };
        let manifest = serde_json::to_string_pretty(&self.manifest).map_err(bad)?.replace('\n', "\n  ");
        let mut text = format!("{{\n  \"baseline\": {},\n  \"manifest\": {manifest},\n  \"cases\": [", self.baseline);
        for (case, comma) in self.cases.iter().zip(std::iter::once("").chain(std::iter::repeat(","))) {
            text.push_str(&format!("{comma}\n    {}", serde_json::to_string(case).map_err(bad)?));
        }
        text.push_str("\n  ]\n}\n");
        Ok(text)
    }

    /// Its cases as records; what a baseline does not hold is unknown in them.
    pub(crate) fn records(self) -> impl Iterator<Item = Record> {
        let model = self.manifest.models.into_iter().next().map(|model| model.name).unwrap_or_default();
        self.cases.into_iter().map(move |case| case.record(&model))
    }
}

impl BaselineCase {
    fn new(record: Record, with_answers: bool) -> Self {
        // What is held out is told by no file that people read.
        let answered = with_answers && !record.held_out && record.outcome != Outcome::RunnerFailed;
        Self {
            task: record.task,
            case: record.case,
            case_hash: record.case_hash,
            repeat: record.repeat,
            outcome: record.outcome,
            should_decline: record.should_decline,
            correct: record.correct,
            behaviour: record.behaviour,
            scores: record.scores,
            // Noise of the last bits would be noise in a review.
            cost_usd: record.cost_usd.map(|usd| (usd * 1e12).round() / 1e12),
            cluster: record.cluster,
            held_out: record.held_out,
            error: record.error.map(|error| error.kind),
            text: answered.then_some(record.text),
            answer: if answered { record.answer } else { Value::Null },
        }
    }

    fn record(self, model: &str) -> Record {
        Record {
            v: RECORD_VERSION,
            task: self.task,
            case: self.case,
            case_hash: self.case_hash,
            model: model.into(),
            repeat: self.repeat,
            outcome: self.outcome,
            should_decline: self.should_decline,
            correct: self.correct,
            behaviour: self.behaviour,
            scores: self.scores,
            text: self.text.unwrap_or_default(),
            reasoning: None,
            tool_calls: Vec::new(),
            finish_reason: None,
            usage: Usage::default(),
            latency_ms: None,
            cost_usd: self.cost_usd,
            cached: false,
            attempts: 1,
            error: self.error.map(|kind| ErrorInfo { kind, message: "see the run that the baseline is of".into() }),
            confidence: None,
            speed: Speed::default(),
            server: Default::default(),
            answer: self.answer,
            reading: None,
            fields: BTreeMap::new(),
            note: None,
            unscored: BTreeMap::new(),
            unsupported: Vec::new(),
            expected: Value::Null,
            prompt: Vec::new(),
            steps: None,
            tags: Vec::new(),
            cluster: self.cluster,
            held_out: self.held_out,
        }
    }
}
