//! What a run comes to, as `summary.json` holds it.

mod comparison;
mod model;

pub use comparison::{Comparison, PairedInterval};
pub use model::{BarResult, BarState, InProduction, Latency, ModelRow, OverRepeats, Tokens};

use eval_core::TaskKind;
use serde::{Deserialize, Serialize};

/// The version that summaries are written with.
pub const SUMMARY_VERSION: u32 = 1;

/// `summary.json`. `None` is unknown and is written as `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SUMMARY_VERSION`].
    pub v: u32,
    /// The suite's name.
    pub suite: String,
    /// The run's id.
    pub run: String,
    /// Two-sided level of the intervals of this file, 1 − 2·alpha: each limit is one-sided at alpha.
    pub level: f64,
    /// Whether only a part of the suite was asked for.
    pub partial: bool,
    /// How the two runs differ that were brought together, in sentences.
    pub differences: Vec<String>,
    /// What came up in the run that a person should know, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Tasks that the reference was asked and the candidate's suite no longer holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_tasks: Vec<String>,
    /// One for each candidate.
    pub verdicts: Vec<VerdictRow>,
    /// The tasks of the run, in suite order.
    pub tasks: Vec<TaskSummary>,
}

/// The answer to the question of the run, for one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictRow {
    /// The model on trial.
    pub candidate: String,
    /// The model it would replace; `None`: judged by the suite's bars alone.
    pub reference: Option<String>,
    /// The verdict over all tasks.
    pub verdict: Verdict,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// What to do, in a sentence, from the tasks that may move; `None` without a reference.
    pub recommendation: Option<String>,
}

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The task can be handed over.
    GoodEnough,
    /// It cannot.
    NotGoodEnough,
    /// The cases do not decide.
    NeedMoreData,
    /// The evidence cannot be used.
    Invalid,
}

impl Verdict {
    /// The verdict over parts that must all hold: any `invalid`, then any `not_good_enough`, then any
    /// `need_more_data` decides; `None` without parts.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let weight = |verdict: &Self| match verdict {
            Self::GoodEnough => 0,
            Self::NeedMoreData => 1,
            Self::NotGoodEnough => 2,
            Self::Invalid => 3,
        };
        parts.into_iter().max_by_key(weight)
    }
}

/// A task with its models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskSummary {
    /// The task's name.
    pub task: String,
    /// Its kind.
    pub kind: TaskKind,
    /// The models that have records, candidates first.
    pub models: Vec<ModelRow>,
    /// Candidates against the reference, on the same cases.
    pub comparisons: Vec<Comparison>,
}

impl Summary {
    /// Whether the evidence can be used at all: no verdict and no task is `invalid`. An incomplete run is.
    pub fn is_valid_evidence(&self) -> bool {
        let rows = self.tasks.iter().flat_map(|task| &task.models).map(|row| row.verdict);
        let comparisons = self.tasks.iter().flat_map(|task| &task.comparisons).map(|row| row.verdict);
        let verdicts = self.verdicts.iter().map(|row| row.verdict);
        !self.verdicts.is_empty() && verdicts.chain(rows).chain(comparisons).all(|verdict| verdict != Verdict::Invalid)
    }
}

/// `summary.json` as text, indented, with a line end.
pub fn json(summary: &Summary) -> String {
    // Maps with text keys and finite or null numbers: serde_json writes every such value.
    serde_json::to_string_pretty(summary).map(|text| text + "\n").unwrap_or_default()
}
