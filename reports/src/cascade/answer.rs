use crate::{breakdown::Fate, rows::Facts};

/// What is known of one answer to whoever would pass a case on, and what it costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    fate: Fate,
    /// Whether it is not valid against the task's schema.
    is_invalid: bool,
    /// Not a number where it is unknown, as those below.
    confidence: f64,
    cost_usd: f64,
    latency_ms: f64,
}

impl Answer {
    /// From a record's facts; `is_invalid`: the answer is not valid against its schema. `None`: it was not asked.
    pub fn of(facts: &Facts, is_invalid: bool) -> Option<Self> {
        let unknown = f64::NAN;
        (facts.fate != Fate::Skipped).then(|| Self {
            fate: facts.fate,
            is_invalid,
            confidence: facts.confidence().unwrap_or(unknown),
            // As everywhere, a failed call costs nothing.
            cost_usd: if facts.fate.is_answer() { facts.cost_usd().unwrap_or(unknown) } else { 0.0 },
            latency_ms: facts.latency_ms().unwrap_or(unknown),
        })
    }

    /// Whether anyone can see that it is of no use: declined, not readable, not valid, or none at all.
    pub fn is_unusable(&self) -> bool {
        let by_fate = match self.fate {
            Fate::RightRefusal | Fate::OverRefusal | Fate::FlawedRefusal | Fate::Broken | Fate::FailedCall => true,
            Fate::RightAnswer | Fate::WrongAnswer | Fate::AnsweredShouldDecline => false,
            // What the scorer would have said is not known, and nor would it be to whoever decides.
            Fate::FailedScore | Fate::Skipped => false,
        };
        by_fate || self.is_invalid
    }

    pub fn confidence(&self) -> Option<f64> {
        Some(self.confidence).filter(|x| !x.is_nan())
    }

    pub fn cost_usd(&self) -> Option<f64> {
        Some(self.cost_usd).filter(|x| !x.is_nan())
    }

    /// `None`: unknown. The time of a failed call is not told: see [`Answer::failed`].
    pub fn latency_ms(&self) -> Option<f64> {
        Some(self.latency_ms).filter(|x| !x.is_nan())
    }

    pub fn failed(&self) -> bool {
        self.fate == Fate::FailedCall
    }

    /// Right, at worst and at best.
    pub fn correct(&self) -> [f64; 2] {
        self.share(self.fate.is_correct())
    }

    /// Confidently wrong, at the fewest and at the most.
    pub fn wrong(&self) -> [f64; 2] {
        self.share(self.fate.is_confidently_wrong())
    }

    fn share(&self, holds: bool) -> [f64; 2] {
        let known = f64::from(u8::from(holds));
        [known, if self.fate == Fate::FailedScore { 1.0 } else { known }]
    }
}
