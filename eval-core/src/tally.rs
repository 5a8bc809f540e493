use crate::{Outcome, Record};

/// What records come to, for showing how far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// How many.
    pub records: usize,
    /// Those that are right.
    pub correct: usize,
    /// Failed calls and scorers.
    pub failed: usize,
    /// USD; `None` where that of any is unknown.
    pub cost_usd: Option<f64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { records: 0, correct: 0, failed: 0, cost_usd: Some(0.0) }
    }
}

impl Tally {
    /// Counts a record.
    pub fn add(&mut self, record: &Record) {
        self.records += 1;
        self.correct += usize::from(record.correct == Some(true));
        self.failed += usize::from(matches!(record.outcome, Outcome::RunnerFailed | Outcome::MetricFailed));
        self.cost_usd = self.cost_usd.zip(record.cost_usd).map(|(sum, cost)| sum + cost);
    }
}
