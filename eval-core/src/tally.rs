use crate::{Outcome, Record};

/// What records come to, for showing how far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// How many.
    pub records: usize,
    /// Those that are right.
    pub correct: usize,
    /// Failed calls and scorers.
    pub failed: usize,
    /// Those that came from a cache.
    pub cached: usize,
    /// USD of the answers that this run bought, where it is known.
    pub spent_usd: f64,
    /// Answers that this run got at a cost that is unknown.
    pub unknown_cost: usize,
}

impl Tally {
    /// Counts a record.
    pub fn add(&mut self, record: &Record) {
        self.records += 1;
        self.correct += usize::from(record.correct == Some(true));
        self.failed += usize::from(matches!(record.outcome, Outcome::RunnerFailed | Outcome::MetricFailed));
        match record.cost_usd {
            _ if record.cached => self.cached += 1,
            Some(cost) => self.spent_usd += cost,
            // A failed call is not billed as a rule.
            None => self.unknown_cost += usize::from(record.outcome != Outcome::RunnerFailed),
        }
    }

    /// What this run spent in USD; `None` where that of any answer is unknown.
    pub fn cost_usd(&self) -> Option<f64> {
        (self.unknown_cost == 0).then_some(self.spent_usd)
    }
}
