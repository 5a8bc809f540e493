//! What both models would do together: the candidate is asked first, and the reference where the candidate's answer is of
//! no use or not sure enough. Read off the paired records; nothing is asked again.

pub(crate) mod answer;
mod pairing;
mod points;
mod words;

pub(crate) use points::{Rules, cascade};
pub(crate) use words::{finding, notes};

use crate::{PairedInterval, Verdict};
use serde::{Deserialize, Serialize};

/// A task's candidate and reference, alone and one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cascade {
    /// The candidate alone, the cascades by how much goes on, the reference alone.
    pub points: Vec<CascadePoint>,
    /// Answers of the candidate that could be kept, and that do not tell how sure it was: where there are any, no threshold
    /// is looked at.
    pub without_confidence: u64,
    /// `None`: none of them is both good enough and cheaper than the reference alone.
    pub proposal: Option<CascadeProposal>,
}

/// Who is asked, and what it comes to. Shares are of cases; their intervals are of the comparison's level, each for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CascadePoint {
    /// When the reference is asked.
    pub rule: CascadeRule,
    /// The candidate's confidence below which it is; `None` but for that rule.
    pub threshold: Option<f64>,
    /// The share of requests that go on to the reference.
    pub goes_on: f64,
    /// The share of right answers.
    pub correct_rate: f64,
    /// Its limits.
    pub interval: [f64; 2],
    /// Of right answers, against the reference alone; `None` for that itself.
    pub difference: Option<PairedInterval>,
    /// The share of confident wrong answers.
    pub wrong_rate: f64,
    /// Of confident wrong answers, against the reference alone.
    pub wrong_answers: Option<PairedInterval>,
    /// Good enough in the reference's place, were it the only one looked at; the suite's bars are not asked.
    pub verdict: Option<Verdict>,
    /// USD of a request: the candidate's and, where it goes on, the reference's.
    pub cost_per_request_usd: Option<f64>,
    /// The part of it that goes to the reference.
    pub reference_cost_per_request_usd: Option<f64>,
    /// USD over right answers.
    pub cost_per_correct_usd: Option<f64>,
    /// One after the other.
    pub latency_ms: CascadeLatency,
}

/// When the reference is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CascadeRule {
    /// Never.
    CandidateAlone,
    /// Where the candidate declines, its answer is broken or not valid against the schema, or its call fails.
    WhereUnusable,
    /// There, and where its confidence is below a threshold.
    WhereUnsure,
    /// Always, and the candidate never.
    ReferenceAlone,
}

/// Milliseconds, of requests that have any; `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct CascadeLatency {
    /// The mean.
    pub mean: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
}

/// The cheapest point that is good enough. It was chosen on the cases that it is judged by: to be checked on others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CascadeProposal {
    /// Its place among the points.
    pub point: usize,
    /// How many were looked at.
    pub looked_at: usize,
    /// What it is with the error rate shared among all that were looked at (Bonferroni).
    pub verdict: Verdict,
}

impl Cascade {
    /// The point that is proposed.
    pub fn proposed(&self) -> Option<&CascadePoint> {
        self.points.get(self.proposal?.point)
    }

    /// Whether there is more to propose than the candidate alone.
    pub(crate) fn is_of_use(&self) -> bool {
        self.proposed().is_some_and(|point| point.rule != CascadeRule::CandidateAlone)
    }

    /// Whether what a request costs is known of every point.
    pub(crate) fn is_priced(&self) -> bool {
        self.points.iter().all(|point| point.cost_per_request_usd.is_some())
    }

    /// The candidate alone and the reference alone.
    pub(crate) fn ends(&self) -> Option<[&CascadePoint; 2]> {
        Some([self.points.first()?, self.points.last()?])
    }
}
