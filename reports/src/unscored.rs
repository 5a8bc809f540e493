//! Answers that a metric could not score: a script of the user's that fails, mostly.

use crate::{format::count, outline::Outline};
use eval_core::{Manifest, Outcome, TaskInfo};
use serde::{Deserialize, Serialize};

/// Longer reasons are cut, in characters.
const LONGEST_REASON: usize = 160;

/// What one metric could not score of one model's answers to a task. What judges left unscored is in
/// [`JudgedRow`](crate::JudgedRow).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnscoredRow {
    /// The metric.
    pub metric: String,
    /// Answers.
    pub answers: u64,
    /// Those that got no score, though the metric was to give one.
    pub unscored: u64,
    /// Why the first of them got none; `None`: the records do not say.
    pub reason: Option<String>,
}

/// Counts the answers of one model to a task, and those that some metric could not score.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unscored {
    answers: u64,
    rows: Vec<UnscoredRow>,
}

impl Unscored {
    /// Counts an answer to the task.
    pub fn add(&mut self, outline: &Outline, manifest: &Manifest, task: &TaskInfo) {
        if !matches!(outline.outcome, Outcome::Scored | Outcome::MetricFailed) {
            return;
        }
        self.answers += 1;
        let is_judged = |metric: &String| {
            manifest.judges.iter().any(|judge| judge.task == task.name && judge.scores.contains(metric))
        };
        let missing = outline.scores.iter().filter(|(_, score)| score.is_none()).map(|(metric, _)| metric);
        for metric in missing.filter(|metric| !is_judged(metric)) {
            let row = match self.rows.iter_mut().position(|row| row.metric == *metric) {
                Some(place) => &mut self.rows[place],
                None => {
                    self.rows.push(UnscoredRow { metric: metric.clone(), answers: 0, unscored: 0, reason: None });
                    let last = self.rows.len() - 1;
                    &mut self.rows[last]
                }
            };
            row.unscored += 1;
            // Of a case that is held out only the totals are told.
            if !outline.held_out {
                row.reason = row.reason.take().or_else(|| reason(outline, metric));
            }
        }
    }

    /// One row a metric, in the order of their names.
    pub fn into_rows(self) -> Vec<UnscoredRow> {
        let mut rows: Vec<_> = self.rows.into_iter().map(|row| UnscoredRow { answers: self.answers, ..row }).collect();
        rows.sort_by(|a, b| a.metric.cmp(&b.metric));
        rows
    }
}

fn reason(outline: &Outline, metric: &str) -> Option<String> {
    let of_error = || outline.error.as_ref()?.message.strip_prefix(metric)?.strip_prefix(": ");
    let reason = outline.unscored.get(metric).map(String::as_str).or_else(of_error)?;
    let mut line: String = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST_REASON) {
        line.truncate(end);
        line.push('…');
    }
    Some(line)
}

impl UnscoredRow {
    /// As it may be shown: a reason may quote an answer.
    pub(crate) fn shown(&self, redact: bool) -> Self {
        Self { reason: self.reason.clone().filter(|_| !redact), ..self.clone() }
    }

    /// What must be read beside the metric's number.
    pub(crate) fn words(&self) -> String {
        let Self { metric, answers, unscored, reason } = self;
        let why = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{metric}: {} of {} answers unscored{why}", count(*unscored), count(*answers))
    }
}
