//! What a metric is made of: sums over cases and counts of labels, and how one number comes of them. A bootstrap then
//! asks no more than how often each kind of case was drawn.

use crate::{
    evidence::Evidence,
    label_statistics::{LabelCounts, LabelPair, LabelStatistic},
};
use eval_core::{
    Aggregate, MetricSpec,
    statistics::{Bootstrap, MOST_DRAWN, bootstrap_of_kinds, groups, wants_groups},
};
use std::collections::HashMap;

/// A harmonic mean may name a harmonic mean; a manifest in which they name each other must not recurse for ever.
pub(crate) const DEEPEST: usize = 4;

/// What is summed over cases.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    /// 1 for each.
    Cases,
    /// The share of right answers.
    Right,
    /// The score of this name, where the case has it.
    Score(String),
    /// 1 where the case has the score.
    Scored(String),
}

/// How a metric comes of sums, by their places among the terms, and of labels.
#[derive(Debug, Clone)]
enum Formula {
    /// Undefined where the lower sum is not above 0.
    Quotient { above: usize, below: usize },
    /// The harmonic mean.
    Harmonic(Box<[Formula; 2]>),
    /// A statistic of the labels.
    Labels(LabelStatistic),
}

/// Metrics, and the terms that they share.
#[derive(Debug, Default)]
pub(crate) struct Formulas {
    terms: Vec<Term>,
    formulas: Vec<Option<Formula>>,
}

impl Formulas {
    /// Those of some of a task's metrics.
    pub fn new<'a>(wanted: impl Iterator<Item = &'a MetricSpec>, specs: &[MetricSpec]) -> Self {
        let mut all = Self::default();
        for spec in wanted {
            let formula = all.formula(spec, specs, 0);
            all.formulas.push(formula);
        }
        all
    }

    /// `None` where it rests on a metric that there is not.
    fn formula(&mut self, spec: &MetricSpec, specs: &[MetricSpec], depth: usize) -> Option<Formula> {
        let mut metric = |name: &String| {
            let spec = specs.iter().find(|spec| spec.name == *name).filter(|_| depth < DEEPEST)?;
            self.formula(spec, specs, depth + 1)
        };
        Some(match &spec.aggregate {
            Aggregate::Harmonic { a, b } => Formula::Harmonic(Box::new([metric(a)?, metric(b)?])),
            Aggregate::Accuracy => self.quotient(Term::Right, Term::Cases),
            Aggregate::Share | Aggregate::Mean => {
                self.quotient(Term::Score(spec.name.clone()), Term::Scored(spec.name.clone()))
            }
            Aggregate::Ratio { numerator, denominator } => {
                self.quotient(Term::Score(numerator.clone()), Term::Score(denominator.clone()))
            }
            by @ (Aggregate::MacroF1
            | Aggregate::WeightedF1
            | Aggregate::BalancedAccuracy
            | Aggregate::CohenKappa
            | Aggregate::Mcc) => Formula::Labels(LabelStatistic::of(by)?),
        })
    }

    fn quotient(&mut self, above: Term, below: Term) -> Formula {
        Formula::Quotient { above: self.place(above), below: self.place(below) }
    }

    fn place(&mut self, term: Term) -> usize {
        self.terms.iter().position(|known| *known == term).unwrap_or_else(|| {
            self.terms.push(term);
            self.terms.len() - 1
        })
    }

    /// Each metric over all asked cases; `None` where it is undefined.
    pub fn values(&self, evidence: &Evidence) -> Vec<Option<f64>> {
        let mut sums = vec![0.0; self.terms.len()];
        evidence.asked().for_each(|(case, _)| self.add(evidence, case, &mut sums));
        let pairs = || evidence.asked().flat_map(|(case, _)| evidence.labels.of(case)).map(|pair| (pair, 1));
        let labels = self.needs_labels().then(|| LabelCounts::new(evidence.label_count, pairs()));
        self.formulas.iter().map(|formula| formula.as_ref()?.value(&sums, labels.as_ref())).collect()
    }

    /// Each metric under resampling of whole units. They share the resamples, which take the time; and units are alike
    /// where their sums and labels are, so that they are counted and not listed. Very many that are not alike are put
    /// together in groups.
    pub fn resampled(&self, evidence: &Evidence, seed: u64) -> Vec<Option<Bootstrap>> {
        if self.formulas.is_empty() {
            return Vec::new();
        }
        let needs_labels = self.needs_labels();
        let mut known: HashMap<(Vec<LabelPair>, Vec<u64>), u32> = HashMap::new();
        let kind = |cases: &[u32]| {
            let mut sums = vec![0.0; self.terms.len()];
            cases.iter().for_each(|case| self.add(evidence, *case as usize, &mut sums));
            let labelled = cases.iter().filter(|_| needs_labels);
            let mut pairs: Vec<LabelPair> =
                labelled.flat_map(|case| evidence.labels.of(*case as usize)).copied().collect();
            pairs.sort_unstable();
            let next = known.len() as u32;
            *known.entry((pairs, sums.into_iter().map(f64::to_bits).collect())).or_insert(next)
        };
        let mut kinds: Vec<u32> = evidence.units().iter().map(kind).collect();
        let (mut pairs, mut sums) = (vec![Vec::new(); known.len()], vec![Vec::new(); known.len()]);
        for ((of_kind, bits), kind) in known {
            pairs[kind as usize] = of_kind;
            sums[kind as usize] = bits.into_iter().map(f64::from_bits).collect::<Vec<_>>();
        }
        if !needs_labels && wants_groups(kinds.len(), sums.len()) {
            let mut together = vec![vec![0.0; self.terms.len()]; MOST_DRAWN];
            for (kind, group) in kinds.iter().zip(groups(kinds.len(), seed)) {
                let sums = together[group as usize].iter_mut().zip(&sums[*kind as usize]);
                sums.for_each(|(all, sum)| *all += sum);
            }
            (kinds, sums) = ((0..MOST_DRAWN as u32).collect(), together);
        }
        bootstrap_of_kinds(&kinds, sums.len(), seed, self.formulas.len(), |counts, values| {
            let mut all = vec![0.0; self.terms.len()];
            for (sums, n) in sums.iter().zip(counts) {
                all.iter_mut().zip(sums).for_each(|(all, sum)| *all += *n as f64 * sum);
            }
            let counted = pairs.iter().zip(counts).flat_map(|(pairs, n)| pairs.iter().map(move |pair| (pair, *n)));
            let labels = needs_labels.then(|| LabelCounts::new(evidence.label_count, counted));
            for (value, formula) in values.iter_mut().zip(&self.formulas) {
                *value = formula.as_ref().and_then(|formula| formula.value(&all, labels.as_ref()));
            }
        })
    }

    /// Whether any of them is of labels.
    pub fn needs_labels(&self) -> bool {
        self.formulas.iter().flatten().any(Formula::needs_labels)
    }

    fn add(&self, evidence: &Evidence, case: usize, sums: &mut [f64]) {
        let score = |name: &str| evidence.scores.get(name).and_then(|scores| scores.mean(case));
        for (sum, term) in sums.iter_mut().zip(&self.terms) {
            *sum += match term {
                Term::Cases => 1.0,
                Term::Right => evidence.cases[case].correct_low,
                Term::Score(name) => score(name).unwrap_or(0.0),
                Term::Scored(name) => f64::from(u8::from(score(name).is_some())),
            };
        }
    }
}

impl Formula {
    fn needs_labels(&self) -> bool {
        match self {
            Self::Quotient { .. } => false,
            Self::Harmonic(parts) => parts.iter().any(Self::needs_labels),
            Self::Labels(_) => true,
        }
    }

    fn value(&self, sums: &[f64], labels: Option<&LabelCounts>) -> Option<f64> {
        match self {
            Self::Quotient { above, below } => (sums[*below] > 0.0).then(|| sums[*above] / sums[*below]),
            Self::Harmonic(parts) => {
                let (a, b) = (parts[0].value(sums, labels)?, parts[1].value(sums, labels)?);
                Some(if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 })
            }
            Self::Labels(statistic) => labels?.value(*statistic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::{CaseRow, Scores},
        rows::CaseKey,
        tests::spec,
    };
    use eval_core::{Digest, Direction};

    #[test]
    fn very_many_cases_of_which_no_two_are_alike_spread_as_they_should() {
        let n = 25_000;
        let key = CaseKey { content: Digest::parse(&"0".repeat(32)).unwrap(), id: 0 };
        let case = |_| CaseRow {
            key,
            cluster: None,
            asked: true,
            correct_low: 1.0,
            correct_high: 1.0,
            wrong_low: 0.0,
            wrong_high: 0.0,
            failed_calls: 0.0,
            repeats: 1,
            first_answer: 0,
        };
        // Uniform between 0 and 1, each once.
        let means = (0..n).map(|case| (case * 7919 % n) as f64 / n as f64).collect();
        let scores = Scores { means, known_and_failed: Vec::new() };
        let evidence = Evidence {
            cases: (0..n).map(case).collect(),
            scores: [("ms".to_string(), scores)].into(),
            ..Evidence::default()
        };
        let specs = [spec("ms", "", Direction::Lower, Aggregate::Mean)];
        let found = Formulas::new(specs.iter(), &specs).resampled(&evidence, 4).remove(0).unwrap().interval(0.9);
        let half = 1.6449 / (12.0 * n as f64).sqrt();
        assert!(((found.upper - found.lower) / (2.0 * half) - 1.0).abs() < 0.08, "{found:?}");
        assert!(((found.upper + found.lower) / 2.0 - 0.5).abs() < 0.2 * half, "{found:?}");
    }
}
