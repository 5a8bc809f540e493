//! The cases that reports show, and those that are held out: what is right in each, and whether the two differ.

use crate::{
    ModelRow, Summary, TaskSummary,
    evidence::Evidence,
    format::{count, percent},
    metric::FEWEST_GROUPS,
};
use eval_core::{
    Digest,
    statistics::{clustered, holm, two_proportions},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What reports call the part of which they show totals alone.
pub(crate) const HELD_OUT: &str = "held out";

/// A task's cases in two parts, of one model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// The cases that reports show.
    pub open: PartCounts,
    /// The cases of which they show totals alone.
    pub held_out: PartCounts,
    /// That the open part is no easier for the model than the held-out one, one-sided; `None`: too few cases to tell.
    pub p_tuned: Option<f64>,
    /// The same, Holm-adjusted over the tasks and models of the summary.
    pub p_adjusted: Option<f64>,
    /// Whether the open part is better beyond chance.
    pub may_be_tuned: bool,
}

/// What is right in a part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PartCounts {
    /// Cases that were asked.
    pub cases: u64,
    /// Right ones; `None` where the repeats of a case disagree.
    pub correct: Option<u64>,
    /// The mean of the cases' shares of right answers; `None` without a case.
    pub correct_rate: Option<f64>,
    /// Its limits, of the summary's level.
    pub interval: Option<[f64; 2]>,
}

/// The asked cases of a part: at worst and at best, and their clusters.
#[derive(Default)]
struct Sample {
    low: Vec<f64>,
    high: Vec<f64>,
    clusters: Vec<Option<u32>>,
}

impl Sample {
    fn counts(&self, level: f64) -> PartCounts {
        let (n, right) = (self.low.len(), self.low.iter().sum::<f64>());
        let interval = || {
            let of = |values| clustered(values, &self.clusters, level).0;
            [of(&self.low).lower, of(&self.high).upper]
        };
        PartCounts {
            cases: n as u64,
            correct: self.low.iter().all(|share| share.fract() == 0.0).then_some(right as u64),
            correct_rate: (n > 0).then(|| right / n as f64),
            interval: (n > 0).then(interval),
        }
    }

    fn units(&self) -> usize {
        clustered(&self.low, &self.clusters, 0.9).1
    }
}

impl Parts {
    /// `None` where no case is held out.
    pub(crate) fn new(evidence: &Evidence, held_out: &HashSet<Digest>, level: f64) -> Option<Self> {
        let is_held_out = |case: &crate::evidence::CaseRow| held_out.contains(&case.key.content);
        if held_out.is_empty() || !evidence.cases.iter().any(is_held_out) {
            return None;
        }
        let (mut open, mut hidden) = (Sample::default(), Sample::default());
        for (_, case) in evidence.asked() {
            let sample = if is_held_out(case) { &mut hidden } else { &mut open };
            sample.low.push(case.correct_low.clamp(0.0, 1.0));
            sample.high.push(case.correct_high.clamp(0.0, 1.0));
            sample.clusters.push(case.cluster);
        }
        let tells = open.units().min(hidden.units()) >= FEWEST_GROUPS;
        let p_tuned = tells.then(|| two_proportions((&open.low, &open.clusters), (&hidden.low, &hidden.clusters)));
        let (open, held_out) = (open.counts(level), hidden.counts(level));
        Some(Self { open, held_out, p_tuned, p_adjusted: None, may_be_tuned: false })
    }

    /// Both, with what they are called.
    pub(crate) fn rows(&self) -> [(&'static str, &PartCounts); 2] {
        [("open", &self.open), (HELD_OUT, &self.held_out)]
    }

    /// Where the two differ by more than chance, what that may come from.
    pub(crate) fn warning(&self) -> Option<String> {
        self.may_be_tuned.then(|| {
            format!(
                "The open cases are at {} and the held-out ones at {}, which is more than chance (p {:.4}): the prompts \
                 may have been tuned to the open part.",
                percent(self.open.correct_rate),
                percent(self.held_out.correct_rate),
                self.p_adjusted.unwrap_or(1.0)
            )
        })
    }
}

impl PartCounts {
    /// Such as `31/36`, or `of 36` where repeats disagree.
    pub(crate) fn right(&self) -> String {
        let cases = count(self.cases);
        self.correct.map_or_else(|| format!("of {cases}"), |right| format!("{}/{cases}", count(right)))
    }
}

/// The rows of which a part is held out.
pub(crate) fn with_parts(summary: &Summary) -> impl Iterator<Item = (&TaskSummary, &ModelRow, &Parts)> {
    let rows = summary.tasks.iter().flat_map(|task| task.models.iter().map(move |row| (task, row)));
    rows.filter_map(|(task, row)| Some((task, row, row.parts.as_ref()?)))
}

/// Says of each row where the open part is better beyond chance, so many rows being looked at. No verdict rests on it.
pub(crate) fn warn_of_tuning(tasks: &mut [TaskSummary], alpha: f64) {
    let rows = || tasks.iter().flat_map(|task| &task.models).filter_map(|row| row.parts.as_ref()?.p_tuned);
    let mut adjusted = holm(&rows().collect::<Vec<_>>()).into_iter();
    for row in tasks.iter_mut().flat_map(|task| &mut task.models) {
        let Some(parts) = row.parts.as_mut().filter(|parts| parts.p_tuned.is_some()) else { continue };
        parts.p_adjusted = adjusted.next();
        parts.may_be_tuned = parts.p_adjusted.is_some_and(|p| p <= alpha);
        row.reasons.extend(parts.warning());
    }
}
