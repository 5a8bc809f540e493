//! Numbers that rest on the expected and the given labels of all answers.

use eval_core::Aggregate;

/// Expected and given label of an answer, as numbers below the count of labels: a bootstrap counts them thousands of
/// times.
pub(crate) type LabelPair = (u32, Option<u32>);

/// What is made of expected and given labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LabelStatistic {
    MacroF1,
    WeightedF1,
    BalancedAccuracy,
    CohenKappa,
    Mcc,
}

impl LabelStatistic {
    /// `None`: the aggregate is of something else.
    pub fn of(by: &Aggregate) -> Option<Self> {
        Some(match by {
            Aggregate::MacroF1 => Self::MacroF1,
            Aggregate::WeightedF1 => Self::WeightedF1,
            Aggregate::BalancedAccuracy => Self::BalancedAccuracy,
            Aggregate::CohenKappa => Self::CohenKappa,
            Aggregate::Mcc => Self::Mcc,
            Aggregate::Accuracy
            | Aggregate::Share
            | Aggregate::Mean
            | Aggregate::Ratio { .. }
            | Aggregate::Harmonic { .. } => return None,
        })
    }
}

/// How often each label is expected, given, and both at once.
pub(crate) struct LabelCounts {
    labels: Vec<LabelCount>,
    /// Answers.
    all: u64,
    /// Answers without a label.
    unlabelled: u64,
}

#[derive(Clone, Default)]
struct LabelCount {
    expected: u64,
    given: u64,
    right: u64,
}

impl LabelCounts {
    /// Counts pairs that occur so many times.
    pub fn new<'a>(labels: usize, pairs: impl Iterator<Item = (&'a LabelPair, u64)>) -> Self {
        let mut counts = Self { labels: vec![LabelCount::default(); labels], all: 0, unlabelled: 0 };
        for ((expected, given), n) in pairs {
            counts.all += n;
            counts.labels[*expected as usize].expected += n;
            match given {
                Some(given) => counts.labels[*given as usize].given += n,
                None => counts.unlabelled += n,
            }
            if *given == Some(*expected) {
                counts.labels[*expected as usize].right += n;
            }
        }
        counts
    }

    /// `None` without answers, and for a kappa where chance alone explains all.
    pub fn value(&self, statistic: LabelStatistic) -> Option<f64> {
        if self.all == 0 {
            return None;
        }
        match statistic {
            LabelStatistic::MacroF1 => self.mean(|label| Some((label.f1()?, 1.0))),
            LabelStatistic::WeightedF1 => self.mean(|label| Some((label.f1()?, label.expected as f64))),
            LabelStatistic::BalancedAccuracy => {
                self.mean(|l| (l.expected > 0).then(|| (l.right as f64 / l.expected as f64, 1.0)))
            }
            LabelStatistic::CohenKappa => self.kappa(),
            LabelStatistic::Mcc => Some(self.mcc()),
        }
    }

    /// The weighted mean of a value over the labels that have it.
    fn mean(&self, value_and_weight: impl Fn(&LabelCount) -> Option<(f64, f64)>) -> Option<f64> {
        let found = self.labels.iter().filter_map(value_and_weight);
        let (sum, weights) = found.fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight));
        (weights > 0.0).then(|| sum / weights)
    }

    fn sum(&self, of: impl Fn(&LabelCount) -> u64) -> f64 {
        self.labels.iter().map(|label| of(label) as f64).sum()
    }

    /// Expected times given, over the labels: the agreements of chance, times the number of answers.
    fn chance(&self) -> f64 {
        self.labels.iter().map(|label| label.expected as f64 * label.given as f64).sum()
    }

    /// Cohen, Educational and Psychological Measurement 20 (1960) 37–46.
    fn kappa(&self) -> Option<f64> {
        let all = self.all as f64;
        let (agreed, chance) = (self.sum(|label| label.right) * all, self.chance());
        (chance < all * all).then(|| (agreed - chance) / (all * all - chance))
    }

    /// Gorodkin, Computational Biology and Chemistry 28 (2004) 367–374; 0 where all is expected or given one label.
    fn mcc(&self) -> f64 {
        let all = self.all as f64;
        let square = |n: u64| n as f64 * n as f64;
        let expected: f64 = self.labels.iter().map(|label| square(label.expected)).sum();
        let given: f64 = self.labels.iter().map(|label| square(label.given)).sum::<f64>() + square(self.unlabelled);
        let spread = (all * all - expected) * (all * all - given);
        let together = self.sum(|label| label.right) * all - self.chance();
        if spread > 0.0 { together / spread.sqrt() } else { 0.0 }
    }
}

impl LabelCount {
    /// `None` where the label is neither expected nor given.
    fn f1(&self) -> Option<f64> {
        let sum = self.expected + self.given;
        (sum > 0).then(|| 2.0 * self.right as f64 / sum as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Confusion;
    use serde::Deserialize;

    #[test]
    fn macro_f1_is_of_the_labels_that_occur() {
        // a: 6/7, b: 4/8, z: 0/1; c is neither expected nor given.
        let pairs: [(LabelPair, u64); 5] =
            [((0, Some(0)), 3), ((0, Some(1)), 1), ((1, Some(1)), 2), ((1, None), 2), ((1, Some(3)), 1)];
        let want = (6.0 / 7.0 + 0.5 + 0.0) / 3.0;
        let counts = LabelCounts::new(4, pairs.iter().map(|(pair, n)| (pair, *n)));
        assert!((counts.value(LabelStatistic::MacroF1).unwrap() - want).abs() < 1e-12);
        let nothing = LabelCounts::new(4, std::iter::empty());
        assert!(nothing.value(LabelStatistic::MacroF1).is_none() && nothing.value(LabelStatistic::Mcc).is_none());
    }

    #[derive(Deserialize)]
    struct Oracle {
        sets: Vec<OracleSet>,
    }

    /// Labels by number, -1 for none; and what scikit-learn makes of them.
    #[derive(Deserialize)]
    struct OracleSet {
        name: String,
        labels: Vec<String>,
        expected: Vec<i32>,
        given: Vec<i32>,
        macro_f1: f64,
        weighted_f1: f64,
        balanced_accuracy: f64,
        cohen_kappa: Option<f64>,
        mcc: f64,
        precision: Vec<Option<f64>>,
        recall: Vec<Option<f64>>,
        f1: Vec<Option<f64>>,
        support: Vec<u64>,
        confusion: Vec<Vec<u64>>,
    }

    #[test]
    fn all_statistics_equal_those_of_scikit_learn() {
        let oracle: Oracle = serde_json::from_str(include_str!("../../tests/oracles/labels/labels.json")).unwrap();
        assert!(oracle.sets.len() > 30);
        for set in &oracle.sets {
            let given = |n: i32| u32::try_from(n).ok();
            let pairs: Vec<LabelPair> =
                set.expected.iter().zip(&set.given).map(|(e, g)| (*e as u32, given(*g))).collect();
            let counts = LabelCounts::new(set.labels.len(), pairs.iter().map(|pair| (pair, 1)));
            let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a == b,
            };
            for (statistic, value) in [
                (LabelStatistic::MacroF1, Some(set.macro_f1)),
                (LabelStatistic::WeightedF1, Some(set.weighted_f1)),
                (LabelStatistic::BalancedAccuracy, Some(set.balanced_accuracy)),
                (LabelStatistic::CohenKappa, set.cohen_kappa),
                (LabelStatistic::Mcc, Some(set.mcc)),
            ] {
                let ours = counts.value(statistic);
                assert!(near(ours, value), "{} {statistic:?}: {ours:?}, scikit-learn {value:?}", set.name);
            }
            let name = |n: u32| set.labels[n as usize].clone();
            let cells: Vec<_> = pairs.iter().map(|(e, g)| (name(*e), g.map(name), 1)).collect();
            let matrix = Confusion::new(&set.labels, &cells);
            assert_eq!(matrix.counts, set.confusion, "{}", set.name);
            for (place, row) in matrix.label_rows().iter().enumerate() {
                assert!(near(row.precision, set.precision[place]), "{} {}", set.name, row.label);
                assert!(near(row.recall, set.recall[place]), "{} {}", set.name, row.label);
                assert!(near(row.f1, set.f1[place]), "{} {}", set.name, row.label);
                assert_eq!(row.support, set.support[place], "{} {}", set.name, row.label);
            }
        }
    }
}
