use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How one label fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelRow {
    /// The label.
    pub label: String,
    /// Of the answers with this label, the share that is right; `None` where it was never given.
    pub precision: Option<f64>,
    /// Of the cases with this label, the share that was given it; `None` where no case has it.
    pub recall: Option<f64>,
    /// The harmonic mean of both, 2·right / (expected + given).
    pub f1: Option<f64>,
    /// Answers whose case has this label.
    pub support: u64,
}

/// Expected against given labels, counted in answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// The rows.
    pub expected: Vec<String>,
    /// The columns; a last `None`: no label could be read, or the call failed.
    pub given: Vec<Option<String>>,
    /// By row and column.
    pub counts: Vec<Vec<u64>>,
}

impl Confusion {
    /// The matrix over the label set and all other labels that occur.
    pub(crate) fn new(labels: &[String], cells: &[(String, Option<String>, u64)]) -> Self {
        let mut names = labels.to_vec();
        let seen: BTreeSet<&String> = cells.iter().flat_map(|(e, g, _)| [Some(e), g.as_ref()]).flatten().collect();
        for name in seen {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let given: Vec<Option<String>> = names.iter().cloned().map(Some).chain([None]).collect();
        let mut counts = vec![vec![0; given.len()]; names.len()];
        for (e, g, n) in cells {
            let row = names.iter().position(|name| name == e);
            let column = given.iter().position(|name| name == g);
            if let (Some(row), Some(column)) = (row, column) {
                counts[row][column] += n;
            }
        }
        Self { expected: names, given, counts }
    }

    pub(crate) fn label_rows(&self) -> Vec<LabelRow> {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let row = |(i, label): (usize, &String)| {
            let right = self.counts[i][i];
            let support: u64 = self.counts[i].iter().sum();
            let given: u64 = self.counts.iter().map(|row| row[i]).sum();
            LabelRow {
                label: label.clone(),
                precision: share(right, given),
                recall: share(right, support),
                f1: share(2 * right, support + given),
                support,
            }
        };
        self.expected.iter().enumerate().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scores_of_a_small_matrix_by_hand() {
        let cells =
            [("a", Some("a"), 3), ("a", Some("b"), 1), ("b", Some("b"), 2), ("b", None, 2), ("b", Some("z"), 1)]
                .map(|(e, g, n)| (e.to_string(), g.map(String::from), n));
        let matrix = Confusion::new(&["a".into(), "b".into(), "c".into()], &cells);
        assert_eq!(matrix.expected, ["a", "b", "c", "z"]);
        assert_eq!(matrix.counts[1], [0, 2, 0, 1, 2]);
        let rows = matrix.label_rows();
        assert_eq!((rows[0].precision, rows[0].recall, rows[0].support), (Some(1.0), Some(0.75), 4));
        assert_eq!((rows[1].precision, rows[1].recall, rows[1].support), (Some(2.0 / 3.0), Some(0.4), 5));
        assert_eq!((rows[2].precision, rows[2].recall, rows[2].f1), (None, None, None));
        assert_eq!((rows[3].precision, rows[3].recall), (Some(0.0), None));
    }
}
