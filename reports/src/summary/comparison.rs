//! Two models on one task.

use super::Verdict;
use crate::{Cascade, Flaw};
use serde::{Deserialize, Serialize};

/// A candidate and the reference on the same cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The model on trial.
    pub candidate: String,
    /// The model it would replace.
    pub reference: String,
    /// Paired cases.
    pub cases: u64,
    /// Selected cases that are not paired.
    pub unpaired: u64,
    /// Both right; `None` with repeats, as for the three below.
    pub both: Option<u64>,
    /// Only the candidate right.
    pub candidate_only: Option<u64>,
    /// Only the reference right.
    pub reference_only: Option<u64>,
    /// Neither right.
    pub neither: Option<u64>,
    /// Share of right answers, candidate minus reference.
    pub difference: Option<f64>,
    /// Two-sided level of the intervals, 1 − 2·[`Comparison::alpha`].
    pub level: f64,
    /// One-sided error rate of this look at the suite: the suite's alpha where it is the one that was planned.
    pub alpha: f64,
    /// `tango`, or `cluster_robust`.
    pub method: String,
    /// Of the difference.
    pub interval: Option<[f64; 2]>,
    /// The same by Newcombe's method 10; `None` with repeats.
    pub cross_check: Option<[f64; 2]>,
    /// How much worse the candidate may be.
    pub margin: f64,
    /// Of the claim that the candidate is worse by the margin, in right answers or in confident wrong ones.
    pub p_noninferiority: Option<f64>,
    /// Holm over candidates × tasks.
    pub p_adjusted: Option<f64>,
    /// That the candidate gets no fewer cases right than the reference, one-sided: the regression alarm.
    pub p_regression: Option<f64>,
    /// That its confident wrong answers are no more frequent than the reference's: the alarm's other half.
    pub p_more_wrong: Option<f64>,
    /// Whether this task may move, many being looked at.
    pub may_move: bool,
    /// Confident wrong answers, candidate minus reference.
    pub wrong_answers: PairedInterval,
    /// Of candidate against reference, bars included.
    pub verdict: Verdict,
    /// Why the verdict is `invalid`; empty where it is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<Flaw>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// Cases for 80 % power at the observed difference; `None`: decided, or more cases will not decide.
    pub cases_needed: Option<u64>,
    /// The same were there no true difference.
    pub cases_needed_at_zero: Option<u64>,
    /// What both would do together, one after the other; `None` without paired cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cascade: Option<Cascade>,
}

impl Comparison {
    /// Whether cases belong together, so that its intervals are cluster-robust and not Tango's.
    pub(crate) fn is_clustered(&self) -> bool {
        self.method == "cluster_robust"
    }

    /// Whether what was seen is at the margin or past it: then more cases would rather show a loss than rule it out.
    pub(crate) fn is_seen_past_the_margin(&self) -> bool {
        let wrong = self.wrong_answers.difference;
        self.difference.is_some_and(|d| d <= -self.margin) || wrong.is_some_and(|d| d >= self.margin)
    }
}

/// A paired difference with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedInterval {
    /// Candidate minus reference.
    pub difference: Option<f64>,
    /// Lower and upper limit.
    pub interval: Option<[f64; 2]>,
}
