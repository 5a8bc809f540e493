use crate::{Breakdown, format::count};
use serde::{Deserialize, Serialize};

/// What the answers did where the passages hold an answer, and where they hold none. Counted in answers (records).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answerability {
    /// An answer is wanted.
    pub answerable: Outcomes,
    /// Declining is right.
    pub unanswerable: Outcomes,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Answered right; `None` where no answer can be.
    pub right: Option<u64>,
    /// Answered otherwise.
    pub wrong: u64,
    /// Declined.
    pub declined: u64,
    /// Broken, failed (calls and scores) or never asked.
    pub other: u64,
}

/// The columns of the table, after the one that names the row.
pub(crate) const COLUMNS: [&str; 4] = ["right", "wrong", "declined", "broken, failed, not asked"];

impl Answerability {
    pub(crate) fn new(wants_answer: &Breakdown, wants_refusal: &Breakdown) -> Self {
        let row = |counts: &Breakdown, right: Option<u64>| {
            let wrong = counts.wrong_answers + counts.answered_should_decline;
            let declined = counts.right_refusals + counts.over_refusals + counts.flawed_refusals;
            let other = counts.records - right.unwrap_or(0) - wrong - declined;
            Outcomes { right, wrong, declined, other }
        };
        // A record in which an unanswerable question is answered right is none of ours: it shows, and spoils no sum.
        let impossible = Some(wants_refusal.right_answers).filter(|n| *n > 0);
        Self {
            answerable: row(wants_answer, Some(wants_answer.right_answers)),
            unanswerable: row(wants_refusal, impossible),
        }
    }

    /// The rows with their names, as text.
    pub(crate) fn rows(&self) -> [(&'static str, [String; 4]); 2] {
        let cells = |row: &Outcomes| {
            let right = row.right.map_or_else(|| crate::format::UNKNOWN.into(), count);
            [right, count(row.wrong), count(row.declined), count(row.other)]
        };
        [("answerable", cells(&self.answerable)), ("unanswerable", cells(&self.unanswerable))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breakdown::Fate;

    #[test]
    fn every_record_is_in_one_cell() {
        let (mut wants_answer, mut wants_refusal) = (Breakdown::default(), Breakdown::default());
        for (at, fate) in Fate::ALL.into_iter().enumerate() {
            wants_answer.add(fate, at as u64 + 1);
            wants_refusal.add(fate, 2 * at as u64 + 1);
        }
        let table = Answerability::new(&wants_answer, &wants_refusal);
        for (row, counts) in [(table.answerable, &wants_answer), (table.unanswerable, &wants_refusal)] {
            assert_eq!(row.right.unwrap_or(0) + row.wrong + row.declined + row.other, counts.records);
        }
        assert_eq!(Answerability::new(&Breakdown::default(), &Breakdown::default()).unanswerable.right, None);
    }
}
