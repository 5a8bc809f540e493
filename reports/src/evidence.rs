use crate::{
    Breakdown, JudgedRow, Latency, Tokens, UnscoredRow, by_case::ByCase, cascade::answer::Answer,
    label_statistics::LabelPair, rows::CaseKey, work::Work,
};
use eval_core::{FieldCounts, log::Place, statistics::Units};
use std::collections::{BTreeMap, BTreeSet};

/// What one model's records on one task come to. Vectors over cases are in the order of `cases`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// The run that it is of.
    pub run: String,
    /// Answers that the run was to give: cases times repeats.
    pub planned: u64,
    /// How often each case was asked.
    pub repeats: u32,
    /// Of the rules that its answers were scored by; `None`: the run does not say.
    pub scoring_hash: Option<String>,
    /// Sorted by content.
    pub cases: Vec<CaseRow>,
    /// What they come to.
    pub counts: CaseCounts,
    /// The cases of each slice.
    pub tags: BTreeMap<String, Vec<u32>>,
    /// Where the records of each case are in its source; none of a baseline.
    pub places: ByCase<Place>,
    /// By metric.
    pub scores: BTreeMap<String, Scores>,
    /// Expected and given labels of each case's records, as numbers.
    pub labels: ByCase<LabelPair>,
    /// Labels that are expected or given.
    pub label_count: usize,
    pub confusion: Vec<(String, Option<String>, u64)>,
    /// What became of each field, by name.
    pub fields: BTreeMap<String, FieldCounts>,
    pub all: Breakdown,
    pub wants_answer: Breakdown,
    pub wants_refusal: Breakdown,
    pub errors: BTreeMap<String, u64>,
    pub cost_usd: Option<f64>,
    pub latency: Latency,
    pub tokens_per_second: Option<f64>,
    pub tokens: Tokens,
    pub length_cut: u64,
    pub cached: u64,
    /// USD of each case, the mean over its asked repeats; empty where the cost of any answer is unknown.
    pub costs: Vec<f64>,
    /// Every asked answer, by case and repeat: see [`Evidence::answers_of`].
    pub answers: Vec<Answer>,
    /// The time that its own process spent on them.
    pub work: Work,
    /// What judges made of the answers.
    pub judged: Vec<JudgedRow>,
    /// What metrics could not score.
    pub unscored: Vec<UnscoredRow>,
}

/// One case: shares over its repeats. Where a scorer failed the truth is between low and high.
#[derive(Debug, Clone)]
pub(crate) struct CaseRow {
    /// The case.
    pub key: CaseKey,
    /// A number that sorts as the cluster's name.
    pub cluster: Option<u32>,
    /// False where no repeat was asked; the shares are then meaningless.
    pub asked: bool,
    pub correct_low: f64,
    pub correct_high: f64,
    pub wrong_low: f64,
    pub wrong_high: f64,
    pub failed_calls: f64,
    /// Asked repeats.
    pub repeats: u32,
    /// The place of the first of them among [`Evidence::answers`].
    pub first_answer: u32,
}

/// How many cases there are and what befell them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CaseCounts {
    pub cases: u64,
    /// No repeat was asked.
    pub skipped: u64,
    pub any_failed_call: u64,
    pub any_failed_score: u64,
    pub any_broken: u64,
    /// The sum of their shares of right answers.
    pub right: f64,
    /// Whether each is right in all of its repeats or in none.
    pub repeats_agree: bool,
}

/// The scores of one metric.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scores {
    /// The case's mean over its known scores; no number where the metric does not apply, or failed.
    pub means: Vec<f64>,
    /// Known and failed scores of each case; empty where none failed.
    pub known_and_failed: Vec<(u32, u32)>,
}

impl Scores {
    /// The case's mean over its known scores; `None` where the metric does not apply, or failed.
    pub fn mean(&self, case: usize) -> Option<f64> {
        self.means.get(case).copied().filter(|mean| !mean.is_nan())
    }
}

impl Evidence {
    /// A number for each label of the run that is expected or given here.
    pub fn label_numbers(&mut self, labels: &[String]) -> Vec<Option<u32>> {
        let here = self.confusion.iter().flat_map(|(expected, given, _)| [Some(expected), given.as_ref()]).flatten();
        // Sorted, so that sums over labels come out the same in every run to the last bit.
        let here: BTreeSet<&String> = here.collect();
        self.label_count = here.len();
        let number = |label| here.iter().position(|known| *known == label).map(|number| number as u32);
        labels.iter().map(number).collect()
    }

    /// The cases that were asked, with their index.
    pub fn asked(&self) -> impl Iterator<Item = (usize, &CaseRow)> {
        self.cases.iter().enumerate().filter(|(_, case)| case.asked)
    }

    /// The asked answers to a case of this evidence.
    pub fn answers_of(&self, case: &CaseRow) -> &[Answer] {
        let first = case.first_answer as usize;
        self.answers.get(first..first + case.repeats as usize).unwrap_or_default()
    }

    /// Independent units among the asked cases, as indices into `cases`.
    pub fn units(&self) -> Units {
        let mut clusters: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, case) in self.asked() {
            if let Some(name) = case.cluster {
                clusters.entry(name).or_default().push(index);
            }
        }
        let alone = self.asked().filter(|(_, case)| case.cluster.is_none());
        let mut units = Units::default();
        clusters.values().for_each(|cases| units.push(cases));
        alone.for_each(|(index, _)| units.push(&[index]));
        units
    }

    /// Of each independent unit, the sum of this over its cases and how many of them are right.
    pub fn by_unit(&self, of: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
        let add = |(above, right), case: &u32| {
            let case = *case as usize;
            (above + of(case), right + self.cases[case].correct_low)
        };
        self.units().iter().map(|cases| cases.iter().fold((0.0, 0.0), add)).collect()
    }
}
