//! One of the two quantities that must not get worse: the statistics of its paired differences.

use crate::metric::FEWEST_GROUPS;
use eval_core::statistics::{
    Side, mcnemar_mid_p_worse, paired_clustered, paired_clustered_test, pairs_needed, pairs_needed_exact,
};
use std::collections::BTreeSet;

/// The power that a number of cases is stated for.
pub(crate) const POWER: f64 = 0.8;

/// Paired differences, candidate minus reference, each between −1 and 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endpoint {
    /// As counted: failed calls and failed scores are not right, and no wrong answers.
    pub shown: Vec<f64>,
    /// With all that is unknown taken against the candidate, failed calls of the reference included.
    pub worst: Vec<f64>,
    /// With all that is unknown taken for the candidate.
    pub best: Vec<f64>,
    /// Cases that share a cluster are not independent.
    pub clusters: Vec<Option<u32>>,
}

impl Endpoint {
    pub fn mean(&self) -> Option<f64> {
        mean(&self.shown)
    }

    /// The interval of two-sided `level`.
    pub fn interval(&self, values: &[f64], level: f64) -> [f64; 2] {
        let interval = paired_clustered(values, &self.clusters, level).0;
        [interval.lower, interval.upper]
    }

    /// Independent units: clusters, and cases without one.
    pub fn units(&self) -> usize {
        let alone = self.clusters.iter().filter(|cluster| cluster.is_none()).count();
        alone + self.clusters.iter().flatten().collect::<BTreeSet<_>>().len()
    }

    /// The share of cases on which the two differ; `None` without cases.
    pub fn discordance(&self) -> Option<f64> {
        let n = self.shown.len();
        (n > 0).then(|| self.shown.iter().map(|d| d.abs()).sum::<f64>() / n as f64)
    }

    /// How many times more cases clusters ask for: the squared ratio of the intervals' widths with and without them, at
    /// least 1.
    pub fn design_effect(&self, level: f64) -> f64 {
        if self.is_independent() {
            return 1.0;
        }
        let width = |clusters: &[Option<u32>]| {
            let interval = paired_clustered(&self.shown, clusters, level).0;
            interval.upper - interval.lower
        };
        (width(&self.clusters) / width(&vec![None; self.shown.len()])).powi(2).max(1.0)
    }

    /// Whether every case is a unit of its own.
    pub fn is_independent(&self) -> bool {
        self.units() == self.shown.len()
    }

    /// Whether there are enough independent units to decide at all.
    pub fn has_enough_units(&self) -> bool {
        let units = self.units();
        units == self.shown.len() || units >= FEWEST_GROUPS
    }

    /// The one-sided p-value that the true difference is on this side of the limit.
    pub fn p(&self, values: &[f64], limit: f64, side: Side) -> f64 {
        paired_clustered_test(values, &self.clusters, limit, side)
    }

    /// How surely the difference is below 0, one-sided: McNemar's mid-p where cases are independent and their repeats
    /// agree, else by the interval. `None` without cases, or with too few units to decide.
    pub fn p_below(&self, values: &[f64]) -> Option<f64> {
        if values.is_empty() || !self.has_enough_units() {
            return None;
        }
        let (better, worse) = discordant(values);
        let is_whole = values.iter().all(|difference| difference.fract() == 0.0);
        Some(match self.is_independent() {
            true if is_whole => mcnemar_mid_p_worse(better as u64, worse as u64),
            _ if better >= worse => 1.0,
            _ => self.p(values, 0.0, Side::AtMost),
        })
    }

    /// That there is no loss, as counted or at worst: an outage of the reference must not silence an alarm.
    pub fn p_worse(&self) -> Option<f64> {
        Some(self.p_below(&self.shown)?.min(self.p_below(&self.worst)?))
    }

    /// The same quantity, less of it being better.
    pub fn turned(&self) -> Self {
        let turn = |values: &[f64]| values.iter().map(|value| -value).collect();
        Self {
            shown: turn(&self.shown),
            worst: turn(&self.worst),
            best: turn(&self.best),
            clusters: self.clusters.clone(),
        }
    }

    /// Pairs for the wanted power at this true difference and today's discordance and design effect; never fewer than
    /// there are. `None` where the difference is at or past the margin, or where that is over ten times today's.
    pub fn needed(&self, difference: f64, margin: f64, alpha: f64) -> Option<u64> {
        let n = self.shown.len() as f64;
        let discordance = self.discordance()?;
        // Far beyond ten times today's the exact number takes seconds, and says nothing.
        let about = pairs_needed(discordance, difference, margin, alpha, POWER)?;
        if about > 20.0 * n {
            return None;
        }
        let pairs = pairs_needed_exact(discordance, difference, margin, alpha, POWER)? as f64;
        let needed = (pairs * self.design_effect(1.0 - 2.0 * alpha)).ceil().max(n);
        (needed <= 10.0 * n).then_some(needed as u64)
    }
}

pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    let n = values.len();
    (n > 0).then(|| values.iter().sum::<f64>() / n as f64)
}

/// How much the candidate is ahead where it is, and the same of the reference, in cases.
fn discordant(values: &[f64]) -> (f64, f64) {
    let better: f64 = values.iter().filter(|d| **d > 0.0).sum();
    let worse: f64 = -values.iter().filter(|d| **d < 0.0).sum::<f64>();
    (better, worse)
}
