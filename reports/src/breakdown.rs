use eval_core::{Behaviour, Outcome, Record};
use serde::{Deserialize, Serialize};

/// What the answers of one model on one task did. Each record is counted once among the ten fates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// All records.
    pub records: u64,
    /// Answered, and right.
    pub right_answers: u64,
    /// Answered where an answer was wanted, and not right: confidently wrong.
    pub wrong_answers: u64,
    /// Answered where declining was right: confidently wrong as well.
    pub answered_should_decline: u64,
    /// Declined, and right.
    pub right_refusals: u64,
    /// Declined where an answer was wanted.
    pub over_refusals: u64,
    /// Declined where that is right, yet not in the form that the task asks for.
    pub flawed_refusals: u64,
    /// Not readable as an answer of its kind.
    pub broken_answers: u64,
    /// Failed calls.
    pub failed_calls: u64,
    /// Answers that could not be scored.
    pub failed_scores: u64,
    /// Not asked.
    pub skipped_records: u64,
    /// Scored answers by behaviour.
    pub behaviour: BehaviourCounts,
}

/// Scored answers by behaviour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BehaviourCounts {
    /// Gave an answer of the task's kind.
    pub answered: u64,
    /// Said that it cannot tell.
    pub declined: u64,
    /// Neither.
    pub broken: u64,
}

/// What became of a record, in one word; in the order of [`Fate::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    RightAnswer,
    RightRefusal,
    WrongAnswer,
    AnsweredShouldDecline,
    OverRefusal,
    FlawedRefusal,
    Broken,
    FailedCall,
    FailedScore,
    Skipped,
}

impl Fate {
    /// In the order of reports: what is right first.
    pub const ALL: [Self; 10] = [
        Self::RightAnswer,
        Self::RightRefusal,
        Self::WrongAnswer,
        Self::AnsweredShouldDecline,
        Self::OverRefusal,
        Self::FlawedRefusal,
        Self::Broken,
        Self::FailedCall,
        Self::FailedScore,
        Self::Skipped,
    ];

    pub fn of(record: &Record) -> Self {
        Self::from_parts(record.outcome, record.behaviour, record.correct, record.should_decline)
    }

    /// The same from what it rests on.
    pub fn from_parts(
        outcome: Outcome,
        behaviour: Option<Behaviour>,
        correct: Option<bool>,
        should_decline: bool,
    ) -> Self {
        match outcome {
            Outcome::RunnerFailed => return Self::FailedCall,
            Outcome::MetricFailed => return Self::FailedScore,
            Outcome::Skipped => return Self::Skipped,
            Outcome::Scored => {}
        }
        match (behaviour, correct, should_decline) {
            (Some(Behaviour::Broken), _, _) => Self::Broken,
            (Some(Behaviour::Answered), Some(true), _) => Self::RightAnswer,
            (Some(Behaviour::Answered), Some(false), false) => Self::WrongAnswer,
            (Some(Behaviour::Answered), Some(false), true) => Self::AnsweredShouldDecline,
            (Some(Behaviour::Declined), Some(true), _) => Self::RightRefusal,
            (Some(Behaviour::Declined), Some(false), false) => Self::OverRefusal,
            (Some(Behaviour::Declined), Some(false), true) => Self::FlawedRefusal,
            // Scored by its own word, yet without a score: it must not count as right or wrong.
            (None, _, _) | (_, None, _) => Self::FailedScore,
        }
    }

    /// The word in the frame and in class names of the page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RightAnswer => "right-answer",
            Self::WrongAnswer => "wrong-answer",
            Self::AnsweredShouldDecline => "answered-should-decline",
            Self::RightRefusal => "right-refusal",
            Self::OverRefusal => "over-refusal",
            Self::FlawedRefusal => "flawed-refusal",
            Self::Broken => "broken",
            Self::FailedCall => "failed-call",
            Self::FailedScore => "failed-score",
            Self::Skipped => "skipped",
        }
    }

    /// The word for a reader.
    pub fn label(self) -> &'static str {
        match self {
            Self::RightAnswer => "right",
            Self::WrongAnswer => "wrong",
            Self::AnsweredShouldDecline => "answered, should decline",
            Self::RightRefusal => "declined rightly",
            Self::OverRefusal => "declined, should answer",
            Self::FlawedRefusal => "declined in the wrong form",
            Self::Broken => "broken",
            Self::FailedCall => "call failed",
            Self::FailedScore => "scorer failed",
            Self::Skipped => "not asked",
        }
    }

    /// A sign that tells what is right from the rest without colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::RightAnswer | Self::RightRefusal => "✓",
            Self::WrongAnswer | Self::AnsweredShouldDecline | Self::OverRefusal | Self::FlawedRefusal => "✗",
            Self::Broken | Self::FailedCall | Self::FailedScore => "!",
            Self::Skipped => "–",
        }
    }

    /// Whether the model answered with confidence and was wrong.
    pub fn is_confidently_wrong(self) -> bool {
        matches!(self, Self::WrongAnswer | Self::AnsweredShouldDecline)
    }

    /// Whether the record is right.
    pub fn is_correct(self) -> bool {
        matches!(self, Self::RightAnswer | Self::RightRefusal)
    }

    /// Whether the model answered at all.
    pub fn is_answer(self) -> bool {
        !matches!(self, Self::FailedCall | Self::Skipped)
    }
}

impl Breakdown {
    /// Counts `n` records of this fate.
    pub(crate) fn add(&mut self, fate: Fate, n: u64) {
        *self.slot(fate) += n;
        self.records += n;
        let behaviour = &mut self.behaviour;
        match fate {
            Fate::RightAnswer | Fate::WrongAnswer | Fate::AnsweredShouldDecline => behaviour.answered += n,
            Fate::RightRefusal | Fate::OverRefusal | Fate::FlawedRefusal => behaviour.declined += n,
            Fate::Broken => behaviour.broken += n,
            Fate::FailedCall | Fate::FailedScore | Fate::Skipped => {}
        }
    }

    /// Records of this fate.
    pub(crate) fn count(&self, fate: Fate) -> u64 {
        *self.clone().slot(fate)
    }

    fn slot(&mut self, fate: Fate) -> &mut u64 {
        match fate {
            Fate::RightAnswer => &mut self.right_answers,
            Fate::WrongAnswer => &mut self.wrong_answers,
            Fate::AnsweredShouldDecline => &mut self.answered_should_decline,
            Fate::RightRefusal => &mut self.right_refusals,
            Fate::OverRefusal => &mut self.over_refusals,
            Fate::FlawedRefusal => &mut self.flawed_refusals,
            Fate::Broken => &mut self.broken_answers,
            Fate::FailedCall => &mut self.failed_calls,
            Fate::FailedScore => &mut self.failed_scores,
            Fate::Skipped => &mut self.skipped_records,
        }
    }
}
