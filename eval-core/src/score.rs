use crate::{Case, Exchange, FieldCounts, JudgedMetric, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// The result of one metric on one response.
#[derive(Debug, Clone, PartialEq)]
pub enum Score {
    /// Right.
    Correct,
    /// Not right.
    Incorrect,
    /// A number in the metric's own range.
    Graded(f64),
    /// The response declined, so there is nothing to measure.
    Refused,
    /// The metric does not apply to this case.
    NotApplicable,
    /// The metric itself failed: why.
    Failed(String),
}

impl Score {
    /// [`Score::Correct`] or [`Score::Incorrect`].
    pub fn from_bool(correct: bool) -> Self {
        if correct { Self::Correct } else { Self::Incorrect }
    }

    /// The number that a record holds; `None` where there is none.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Correct => Some(1.0),
            Self::Incorrect => Some(0.0),
            Self::Graded(x) => Some(*x),
            Self::Refused | Self::NotApplicable | Self::Failed(_) => None,
        }
    }
}

/// What a response did, whether or not it was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// It gave an answer of the task's kind.
    Answered,
    /// It said that it cannot tell, as DESIGN defines for the kind.
    Declined,
    /// It cannot be read as an answer of the kind.
    Broken,
}

/// How a response was read as an answer of its task's kind, and whether that answer is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// Answered, declined or broken.
    pub behaviour: Behaviour,
    /// [`Score::Correct`], [`Score::Incorrect`] or [`Score::Failed`].
    pub correct: Score,
    /// The answer as read (a label, an object, …); `null` where nothing could be read.
    pub answer: Value,
    /// How it was read (`exact`, `normalised`, `as_given`, `recovered`, …).
    pub reading: &'static str,
    /// The kind's explaining scores, by metric name.
    pub scores: Vec<(&'static str, Score)>,
    /// Extraction: what became of each field, by JSON pointer, `*` for any index.
    pub fields: BTreeMap<String, FieldCounts>,
    /// Where it is not right: why, in a few words.
    pub note: Option<String>,
}

/// Reads and judges responses of one task; compiled once from the task. Each kind has one.
pub trait Grader: Send + Sync {
    /// Grades one response.
    fn grade(&self, case: &Case, response: &Response) -> Grade;

    /// What the tools of a scripted case answer to the calls of a response; `None` where the conversation ends.
    fn answers(&self, _case: &Case, _so_far: &[Exchange], _response: &Response) -> Option<Vec<String>> {
        None
    }

    /// What the answer states without support in the case's passages, as the answer writes it.
    fn unsupported(&self, _: &Case, _: &Response) -> Vec<String> {
        Vec::new()
    }
}

/// A metric that a suite asks for beside those of the kind; compiled once from its settings.
pub trait Metric: Send + Sync {
    /// The name that records and bars use.
    fn name(&self) -> &str;
    /// Scores one response.
    fn score(&self, case: &Case, response: &Response) -> Score;
    /// Where a judge gives the scores, after the run: what it is asked. [`Metric::score`] then does not apply.
    fn judged(&self) -> Option<Arc<dyn JudgedMetric>> {
        None
    }
    /// Whether scoring waits for another program: then it is done aside, and answers in flight are not held up.
    fn waits(&self) -> bool {
        false
    }
}

/// All that scores the responses of one task.
pub struct TaskScorer {
    /// Decides.
    pub grader: Box<dyn Grader>,
    /// Explain.
    pub metrics: Vec<Box<dyn Metric>>,
    /// What the scores mean, for the manifest and the reports: `accuracy` first.
    pub specs: Vec<MetricSpec>,
}

/// What a metric measures and how its per-case scores become one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricSpec {
    /// The name in records, bars and reports.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Which way is better.
    pub direction: Direction,
    /// How per-case scores are brought together.
    pub aggregate: Aggregate,
    /// The model whose verdicts the scores are; empty where nobody said which. `None`: no model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
}

impl MetricSpec {
    /// The name, and beside it the judge's where there is one.
    pub fn shown(&self) -> String {
        match self.judge.as_deref() {
            Some("") => format!("{} (by a judge)", self.name),
            Some(judge) => format!("{} (by {judge})", self.name),
            None => self.name.clone(),
        }
    }
}

/// Which way of a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
    /// Neither: it describes.
    Neutral,
}

/// How per-case scores become one number for a task and a model.
///
/// Scores that are missing (not applicable, refused) are left out of a mean or a sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Aggregate {
    /// The share of cases that are correct: failed calls count as not correct.
    Accuracy,
    /// The mean of the metric's scores, each 0 or 1: a proportion.
    Share,
    /// The mean of the metric's scores.
    Mean,
    /// Sum of one score over sum of another (micro average).
    Ratio {
        /// The score on top.
        numerator: String,
        /// The score below.
        denominator: String,
    },
    /// The harmonic mean of two metrics of the same task.
    Harmonic {
        /// One.
        a: String,
        /// The other.
        b: String,
    },
    /// F1 averaged with equal weight over the labels that are expected or given, from `expected` and `answer`; so are
    /// the four below.
    MacroF1,
    /// F1 averaged over the labels by how often each is expected.
    WeightedF1,
    /// Recall averaged with equal weight over the labels that are expected.
    BalancedAccuracy,
    /// Cohen's kappa, from -1 to 1; no label is a label of its own.
    CohenKappa,
    /// Matthews' correlation coefficient over all labels, from -1 to 1; no label is a label of its own.
    Mcc,
}

impl Aggregate {
    /// Whether the number lies between 0 and 1, and reads as a percentage.
    pub fn is_share(&self) -> bool {
        !matches!(self, Self::Mean | Self::CohenKappa | Self::Mcc)
    }
}
