use eval_core::statistics::{Bootstrap, Units, bootstrap_of_kinds};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

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

/// Expected and given label of an answer, as numbers below the count of labels: a bootstrap counts them thousands of
/// times.
pub(crate) type LabelPair = (u32, Option<u32>);

/// The pairs of each case, one after another: they are read in random order, and must lie close together.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseLabels {
    pairs: Vec<LabelPair>,
    /// Where the pairs of each case end.
    ends: Vec<u32>,
}

impl CaseLabels {
    /// Adds the next case.
    pub fn push(&mut self, pairs: impl Iterator<Item = LabelPair>) {
        self.pairs.extend(pairs);
        self.ends.push(self.pairs.len() as u32);
    }

    /// The pairs of a case.
    pub fn of(&self, case: usize) -> &[LabelPair] {
        let start = if case == 0 { 0 } else { self.ends[case - 1] };
        &self.pairs[start as usize..self.ends[case] as usize]
    }
}

/// Macro-averaged F1 under resampling of units. Units are alike where their labels are: they are counted, not listed.
pub(crate) fn macro_f1_resampled(labels: usize, of: &CaseLabels, units: &Units, seed: u64) -> Option<Bootstrap> {
    let mut known: HashMap<Vec<LabelPair>, u32> = HashMap::new();
    let kinds: Vec<u32> = units
        .iter()
        .map(|cases| {
            let mut pairs: Vec<LabelPair> = cases.iter().flat_map(|case| of.of(*case as usize)).copied().collect();
            pairs.sort_unstable();
            let next = known.len() as u32;
            *known.entry(pairs).or_insert(next)
        })
        .collect();
    let mut pairs = vec![Vec::new(); known.len()];
    known.into_iter().for_each(|(of_kind, kind)| pairs[kind as usize] = of_kind);
    bootstrap_of_kinds(&kinds, pairs.len(), seed, |counts| {
        let counted = pairs.iter().zip(counts).flat_map(|(pairs, n)| pairs.iter().map(move |pair| (pair, *n)));
        macro_f1(labels, counted)
    })
}

/// Macro-averaged F1 over the labels that are expected or given, of pairs that occur so many times; `None` without any.
pub(crate) fn macro_f1<'a>(labels: usize, pairs: impl Iterator<Item = (&'a LabelPair, u64)>) -> Option<f64> {
    // By label: right, expected + given.
    let mut counts = vec![(0u64, 0u64); labels];
    for ((expected, given), n) in pairs {
        counts[*expected as usize].1 += n;
        if let Some(given) = given {
            counts[*given as usize].1 += n;
        }
        if *given == Some(*expected) {
            counts[*expected as usize].0 += n;
        }
    }
    let occurring = counts.into_iter().filter(|(_, sum)| *sum > 0);
    let (sum, n) = occurring.fold((0.0, 0u64), |(f1, n), (right, sum)| (f1 + 2.0 * right as f64 / sum as f64, n + 1));
    (n > 0).then(|| sum / n as f64)
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
        let index = |label: &String| matrix.expected.iter().position(|name| name == label).unwrap() as u32;
        let pairs = cells.clone().map(|(e, g, n)| ((index(&e), g.as_ref().map(index)), n));
        // a: 6/7, b: 4/8, z: 0/1; c is neither expected nor given.
        let want = (6.0 / 7.0 + 0.5 + 0.0) / 3.0;
        assert!((macro_f1(4, pairs.iter().map(|(pair, n)| (pair, *n))).unwrap() - want).abs() < 1e-12);
        assert_eq!(macro_f1(4, std::iter::empty()), None);
    }
}
