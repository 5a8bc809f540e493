//! Scores that another model gives: what a judge is asked, what it said, and how far people agree with it.

use crate::{Case, ErrorInfo, Message, MetricSpec, ModelInfo, Prompt, PromptId, Record, Score, Task, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// The version that judgements are written with.
pub const JUDGEMENT_VERSION: u32 = 1;

/// The log of judgements in a run folder, beside the records that it is of.
pub const JUDGEMENTS_FILE: &str = "judgements.jsonl";

/// A metric whose scores a judge's verdicts come to; compiled once from its settings.
///
/// It asks nobody itself: it says what to ask about an answer, reads each verdict, and brings them together.
pub trait JudgedMetric: Send + Sync {
    /// The model that the suite names; `None`: whoever runs it says.
    fn model(&self) -> Option<&str>;
    /// What its scores mean, the one that bears its name first.
    fn specs(&self) -> Vec<MetricSpec>;
    /// The names of the scores that an answer may get.
    fn scores(&self) -> Vec<String>;
    /// The verdicts that an answer may get, which are also the labels that people give.
    fn verdicts(&self) -> Vec<String>;
    /// All that shapes a verdict beside the case and the judge.
    fn content(&self) -> Value;
    /// Whether it holds an answer against the reference's on the same case.
    fn is_pairwise(&self) -> bool {
        false
    }
    /// Whether one judge is asked several times, or one question in two forms.
    fn votes(&self) -> u32;
    /// Why it cannot be used on a task: what is wrong, and what to do.
    fn problem(&self, task: &Task) -> Option<(String, String)>;
    /// What the judge is asked about an answer; `reference` is the reference's on the same case, for pairwise metrics.
    fn ask(&self, case: &Case, answer: &Record, reference: Option<&Record>) -> Ask;
    /// Reads one verdict strictly; the error says in a few words what is wrong with it.
    fn read(&self, text: &str) -> Result<Value, String>;
    /// Brings the verdicts on one answer together; each is of the question at its place.
    fn score(&self, case: &Case, questions: &[Question], verdicts: &[Value]) -> Judged;
}

/// What is to be asked about an answer.
#[derive(Debug, Clone)]
pub enum Ask {
    /// These questions.
    Judge(Vec<Question>),
    /// None: it is known without a judge.
    Known(Judged),
}

/// One question to a judge.
#[derive(Debug, Clone)]
pub struct Question {
    /// The conversation.
    pub messages: Vec<Message>,
    /// The JSON Schema of the verdict.
    pub schema: Arc<Value>,
    /// The most tokens the verdict may have.
    pub max_output_tokens: u32,
    /// Counts the times that one judge is asked the same.
    pub vote: u32,
    /// Pairwise: whether the reference's answer comes first.
    pub swapped: bool,
}

impl Question {
    /// As a judge is asked it about an answer. Two questions about one differ by their words, two votes by their number
    /// alone.
    pub fn prompt(&self, answer: &Record) -> Prompt {
        Prompt {
            id: PromptId {
                task: answer.task.clone(),
                case: answer.case.clone(),
                case_hash: answer.case_hash.clone(),
                repeat: self.vote,
            },
            messages: self.messages.clone(),
            exchanges: Vec::new(),
            tools: Arc::from([]),
            schema: Some(self.schema.clone()),
            labels: Arc::from([]),
            max_output_tokens: self.max_output_tokens,
            stop: Vec::new(),
            shared: Vec::new(),
        }
    }
}

/// What the verdicts on an answer come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// One of [`JudgedMetric::verdicts`]; `None`: there was nothing to judge.
    pub verdict: Option<String>,
    /// By name.
    pub scores: Vec<(String, Score)>,
}

/// What a judge said of one answer: a line of [`JUDGEMENTS_FILE`]. A later line on the same answer replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// [`JUDGEMENT_VERSION`].
    pub v: u32,
    /// The metric's name.
    pub metric: String,
    /// The judge's name.
    pub judge: String,
    /// [`JudgeInfo::by`].
    pub by: String,
    /// As in [`Record::task`].
    pub task: String,
    /// As in [`Record::case`].
    pub case: String,
    /// As in [`Record::case_hash`].
    pub case_hash: String,
    /// The model whose answer it is.
    pub model: String,
    /// As in [`Record::repeat`].
    pub repeat: u32,
    /// What the votes come to; `None` where there was nothing to judge, or the judge failed.
    pub verdict: Option<String>,
    /// By name; `None` is unknown.
    pub scores: BTreeMap<String, Option<f64>>,
    /// The calls, in the order of the questions.
    pub calls: Vec<JudgeCall>,
    /// Why the answer is not scored.
    pub error: Option<ErrorInfo>,
}

/// One call of a judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeCall {
    /// As in [`Question::vote`].
    pub vote: u32,
    /// As in [`Question::swapped`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub swapped: bool,
    /// As it was read; `null` where it could not be.
    pub verdict: Value,
    /// What the judge said, where it could not be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Tokens.
    pub usage: Usage,
    /// Of the successful attempt.
    pub latency_ms: Option<f64>,
    /// USD.
    pub cost_usd: Option<f64>,
    /// Whether it came from a cache.
    pub cached: bool,
    /// How often the call was made.
    pub attempts: u32,
    /// The failure of the call, or of reading the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
}

impl JudgeCall {
    /// What it cost: nothing where the judge gave no answer, `None` where that is unknown.
    pub fn cost(&self) -> Option<f64> {
        let failed = self.error.is_some() && self.usage == Usage::default() && self.text.is_empty();
        self.cost_usd.or(failed.then_some(0.0))
    }
}

/// What judged one metric of one task in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeInfo {
    /// The task.
    pub task: String,
    /// The metric's name.
    pub metric: String,
    /// Digest of the judge and of all that shapes its verdicts: judgements, and the calibration, are of this one.
    pub by: String,
    /// The judge.
    pub model: ModelInfo,
    /// As in [`JudgedMetric::is_pairwise`].
    pub pairwise: bool,
    /// As in [`JudgedMetric::scores`].
    pub scores: Vec<String>,
    /// As in [`JudgedMetric::verdicts`].
    pub verdicts: Vec<String>,
    /// How far people agree with it; `None`: nobody has looked.
    #[serde(default)]
    pub calibration: Option<Calibration>,
}

/// How far a judge agrees with people on answers that people labelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// The judge's name when it was calibrated.
    pub judge: String,
    /// [`JudgeInfo::by`].
    pub by: String,
    /// Answers that both judged.
    pub answers: u64,
    /// Independent cases among them.
    pub cases: u64,
    /// Of the intervals.
    pub level: f64,
    /// The share on which they agree.
    pub accuracy: f64,
    /// Its interval.
    pub accuracy_interval: [f64; 2],
    /// Cohen's kappa; `None`: all gave one verdict, where it is undefined.
    pub kappa: Option<f64>,
    /// Its interval.
    pub kappa_interval: Option<[f64; 2]>,
    /// Answers by the person's label, then by the judge's verdict.
    pub table: BTreeMap<String, BTreeMap<String, u64>>,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

/// Fewer labelled cases than this calibrate nothing.
pub const FEWEST_LABELLED: u64 = 20;

impl Calibration {
    /// Why a verdict may not rest on the judge all the same, if it may not.
    pub fn weakness(&self) -> Option<String> {
        if self.cases < FEWEST_LABELLED {
            return Some(format!("{} labelled cases are too few; {FEWEST_LABELLED} are the least", self.cases));
        }
        match self.kappa_interval {
            Some([lower, _]) if lower > 0.0 => None,
            Some([lower, upper]) => Some(format!(
                "Cohen's kappa lies between {lower:.2} and {upper:.2}: it may agree with people no more than by chance"
            )),
            None => Some("Cohen's kappa is undefined: people or judge gave one verdict to all".into()),
        }
    }
}
