use eval_core::FieldCounts;
use serde::{Deserialize, Serialize};

/// How one field of an extraction fares. Values are those that are not `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldRow {
    /// Its JSON pointer; `*` stands for any index of a list.
    pub field: String,
    /// Of the values given, the share that is right; `None` where none was given.
    pub precision: Option<f64>,
    /// Of the values that the texts hold, the share that was found; `None` where no text holds one.
    pub recall: Option<f64>,
    /// The harmonic mean of both, 2·right / (expected + given).
    pub f1: Option<f64>,
    /// Of the answers whose text does not hold the field, the share that gave it a value; `None` where all hold it.
    pub invented: Option<f64>,
    /// Values that the texts hold, counted in answers.
    pub support: u64,
}

impl FieldRow {
    pub(crate) fn new(field: &str, counts: &FieldCounts) -> Self {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        Self {
            field: field.into(),
            precision: share(counts.matched, counts.given),
            recall: share(counts.matched, counts.expected),
            f1: share(2 * counts.matched, counts.expected + counts.given),
            invented: share(counts.invented, counts.absent),
            support: counts.expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_nothing_are_unknown() {
        let counts = FieldCounts { expected: 4, given: 5, matched: 3, absent: 2, invented: 1 };
        let row = FieldRow::new("/total", &counts);
        assert_eq!((row.precision, row.recall, row.invented), (Some(0.6), Some(0.75), Some(0.5)));
        assert_eq!((row.f1, row.support), (Some(6.0 / 9.0), 4));
        let row = FieldRow::new("/total", &FieldCounts::default());
        assert_eq!((row.precision, row.recall, row.f1, row.invented), (None, None, None, None));
    }
}
