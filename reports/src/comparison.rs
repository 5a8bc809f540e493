//! A candidate against the reference on the same cases: neither its right answers fewer nor its confident wrong answers
//! more frequent by the margin.

use crate::{
    BarState, Comparison, ModelRow, PairedInterval, TaskSummary, Verdict,
    evidence::{CaseRow, Evidence},
    format::{count, counted, percent, points, points_interval},
    metric::{FEWEST_GROUPS, smallest_alpha},
    verdict::{LEAST_COVERAGE, invalid_reasons},
};
use eval_core::{
    Decision, Manifest, ModelRole, TaskInfo,
    statistics::{Side, holm, paired_clustered, pairs_needed, tango_test},
};
use std::collections::HashMap;

const POWER: f64 = 0.8;

/// Compares every candidate with every reference of one task; rows and evidence are in the manifest's order of models.
pub(crate) fn compare(manifest: &Manifest, task: &TaskInfo, rows: &[ModelRow], found: &[Evidence]) -> Vec<Comparison> {
    let of = |role: ModelRole| rows.iter().zip(found).filter(move |(row, _)| row.role == role);
    of(ModelRole::Candidate)
        .flat_map(|candidate| of(ModelRole::Reference).map(move |reference| (candidate, reference)))
        .map(|(candidate, reference)| Pairing { manifest, task, candidate, reference }.compare())
        .collect()
}

/// Holm over candidates × tasks: which tasks may move, many being looked at.
pub(crate) fn adjust(tasks: &mut [TaskSummary], alpha: f64) {
    let mut rows: Vec<&mut Comparison> = tasks.iter_mut().flat_map(|task| &mut task.comparisons).collect();
    let p: Vec<f64> = rows.iter().map(|row| row.p_noninferiority.unwrap_or(1.0)).collect();
    for (row, adjusted) in rows.iter_mut().zip(holm(&p)) {
        row.p_adjusted = row.p_noninferiority.map(|_| adjusted);
        row.may_move = row.verdict == Verdict::GoodEnough && adjusted <= alpha;
    }
}

struct Pairing<'a> {
    manifest: &'a Manifest,
    task: &'a TaskInfo,
    candidate: (&'a ModelRow, &'a Evidence),
    reference: (&'a ModelRow, &'a Evidence),
}

type Pair<'a> = (&'a CaseRow, &'a CaseRow);

/// Paired differences of one quantity, candidate minus reference.
struct Differences {
    /// As counted: failed calls and failed scores are not right.
    shown: Vec<f64>,
    /// With all that is unknown taken against the candidate, failed calls of the reference included.
    worst: Vec<f64>,
    /// With all that is unknown taken for the candidate.
    best: Vec<f64>,
    clusters: Vec<Option<u32>>,
}

impl Differences {
    fn mean(&self) -> Option<f64> {
        let n = self.shown.len();
        (n > 0).then(|| self.shown.iter().sum::<f64>() / n as f64)
    }

    fn interval(&self, level: f64, low: &[f64], high: &[f64]) -> [f64; 2] {
        [paired_clustered(low, &self.clusters, level).0.lower, paired_clustered(high, &self.clusters, level).0.upper]
    }

    fn units(&self) -> usize {
        paired_clustered(&self.shown, &self.clusters, 0.9).1
    }

    /// The one-sided p-value that the true difference is on this side of the limit.
    fn p(&self, values: &[f64], limit: f64, side: Side) -> f64 {
        if self.units() == values.len() {
            let better: f64 = values.iter().filter(|d| **d > 0.0).sum();
            let worse: f64 = -values.iter().filter(|d| **d < 0.0).sum::<f64>();
            return tango_test(better, worse, values.len() as f64, limit, side);
        }
        smallest_alpha(|alpha| {
            let interval = paired_clustered(values, &self.clusters, 1.0 - 2.0 * alpha).0;
            match side {
                Side::AtLeast => interval.lower >= limit,
                Side::AtMost => interval.upper <= limit,
            }
        })
    }

    /// Pairs for the wanted power at this true difference and today's discordance and design effect.
    fn needed(&self, difference: f64, decision: &Decision) -> Option<u64> {
        let n = self.shown.len() as f64;
        let discordance = self.shown.iter().map(|d| d.abs()).sum::<f64>() / n;
        let level = 1.0 - 2.0 * decision.alpha;
        let width = |clusters: &[Option<u32>]| {
            let interval = paired_clustered(&self.shown, clusters, level).0;
            interval.upper - interval.lower
        };
        let effect = width(&self.clusters) / width(&vec![None; self.shown.len()]);
        let pairs = pairs_needed(discordance, difference, decision.margin, decision.alpha, POWER)?;
        let needed = (pairs * (effect * effect).max(1.0)).ceil().max(n);
        (needed <= 10.0 * n).then_some(needed as u64)
    }
}

impl<'a> Pairing<'a> {
    fn compare(&self) -> Comparison {
        let decision = &self.manifest.suite.decision;
        let level = 1.0 - 2.0 * decision.alpha;
        let pairs = self.pairs();
        let cases = pairs.len() as u64;
        let correct = differences(&pairs, |case| (case.correct_low, case.correct_high), |case| case.failed_calls);
        let wrong = wrong_differences(&pairs);
        let invalid = self.invalid(cases);
        let decided = cases > 0 && (correct.units() == pairs.len() || correct.units() >= FEWEST_GROUPS);
        // Both claims must hold, so the larger p-value is that of the whole.
        let p = (cases > 0).then(|| {
            let fewer = correct.p(&correct.worst, -decision.margin, Side::AtLeast);
            fewer.max(wrong.p(&wrong.worst, decision.margin, Side::AtMost))
        });
        let worse = decided
            && (correct.p(&correct.best, -decision.margin, Side::AtMost) <= decision.alpha
                || wrong.p(&wrong.best, decision.margin, Side::AtLeast) <= decision.alpha);
        let verdict = match () {
            () if !invalid.is_empty() => Verdict::Invalid,
            () if worse || self.candidate.0.bars == BarState::Missed => Verdict::NotGoodEnough,
            () if decided && p.is_some_and(|p| p <= decision.alpha) => Verdict::GoodEnough,
            () => Verdict::NeedMoreData,
        };
        let open = verdict == Verdict::NeedMoreData && cases > 0;
        let needed = |at: fn(f64) -> f64| {
            let (d, w) = (correct.mean().filter(|_| open)?, wrong.mean()?);
            Some(correct.needed(at(d), decision)?.max(wrong.needed(at(-w), decision)?))
        };
        let table = self.table(&pairs);
        let mut row = Comparison {
            candidate: self.candidate.0.model.clone(),
            reference: self.reference.0.model.clone(),
            cases,
            unpaired: (self.task.cases as u64).saturating_sub(cases),
            both: table.map(|t| t[0]),
            candidate_only: table.map(|t| t[1]),
            reference_only: table.map(|t| t[2]),
            neither: table.map(|t| t[3]),
            difference: correct.mean(),
            level,
            method: if correct.units() == pairs.len() { "tango" } else { "cluster_robust" }.into(),
            interval: (cases > 0).then(|| correct.interval(level, &correct.shown, &correct.shown)),
            margin: decision.margin,
            p_noninferiority: p,
            p_adjusted: None,
            may_move: false,
            wrong_answers: PairedInterval {
                difference: wrong.mean(),
                interval: (cases > 0).then(|| wrong.interval(level, &wrong.shown, &wrong.shown)),
            },
            verdict,
            reasons: Vec::new(),
            cases_needed: needed(|d| d),
            cases_needed_at_zero: needed(|_| 0.0),
        };
        row.reasons = self.reasons(&row, invalid, &correct, open && !decided);
        row
    }

    /// Cases that both were asked.
    fn pairs(&self) -> Vec<Pair<'a>> {
        let reference: HashMap<u32, &CaseRow> = self.reference.1.asked().map(|(_, case)| (case.case, case)).collect();
        let pair = |case: &'a CaseRow| Some((case, *reference.get(&case.case)?));
        self.candidate.1.asked().filter_map(|(_, case)| pair(case)).collect()
    }

    /// Both, candidate only, reference only, neither; `None` with repeats.
    fn table(&self, pairs: &[Pair<'_>]) -> Option<[u64; 4]> {
        let mut table = [0; 4];
        for (candidate, reference) in pairs {
            let cell = match (candidate.correct_low > 0.5, reference.correct_low > 0.5) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
            };
            table[cell] += 1;
        }
        (self.manifest.repeats <= 1).then_some(table)
    }

    fn invalid(&self, cases: u64) -> Vec<String> {
        let mut reasons = Vec::new();
        for (row, evidence) in [self.candidate, self.reference] {
            let found = invalid_reasons(self.manifest, self.task, evidence);
            reasons.extend(found.into_iter().map(|reason| format!("{}: {reason}", row.model)));
        }
        if (cases as f64) < LEAST_COVERAGE * self.task.cases as f64 {
            let all = count(self.task.cases as u64);
            reasons
                .push(format!("Only {} of {all} cases are paired: both models must be asked the same.", count(cases)));
        }
        let margin = self.manifest.suite.decision.margin;
        let best = self.task.trivial.iter().max_by(|a, b| a.1.total_cmp(b.1));
        let lower = self.reference.0.intervals.get("accuracy").copied().flatten().map(|interval| interval[0]);
        if let (Some((strategy, share)), Some(lower)) = (best, lower)
            && lower <= share + margin
        {
            reasons.push(format!(
                "The reference {} is no yardstick: its lower limit {} does not exceed the trivial strategy “{strategy}” \
                 ({}) by the margin. Two models that are both wrong are not equal.",
                self.reference.0.model,
                percent(Some(lower)),
                percent(Some(*share))
            ));
        }
        reasons
    }

    fn reasons(&self, row: &Comparison, invalid: Vec<String>, correct: &Differences, few_groups: bool) -> Vec<String> {
        let decision = &self.manifest.suite.decision;
        let mut reasons = invalid;
        let limits = |interval: Option<[f64; 2]>| format!(" {}", points_interval(interval));
        reasons.push(format!(
            "Right answers: {}{} against {}; the margin allows {}.",
            points(row.difference),
            limits(row.interval),
            row.reference,
            points(Some(-decision.margin))
        ));
        reasons.push(format!(
            "Confident wrong answers: {}{}; the margin allows {}.",
            points(row.wrong_answers.difference),
            limits(row.wrong_answers.interval),
            points(Some(decision.margin))
        ));
        if correct.worst != correct.shown && row.cases > 0 {
            reasons.push(format!(
                "With every failed call of the reference scored right, and every failed score taken against the \
                 candidate: {}{}. Both must hold.",
                points(Some(correct.worst.iter().sum::<f64>() / correct.worst.len() as f64)),
                limits(Some(correct.interval(row.level, &correct.worst, &correct.worst)))
            ));
        }
        if few_groups {
            let units = correct.units();
            reasons.push(format!(
                "The cases form {units} independent groups, and fewer than {FEWEST_GROUPS} never decide."
            ));
        } else if row.verdict == Verdict::NeedMoreData && row.cases > 0 {
            let zero = row.cases_needed_at_zero.map(|n| format!("; {} were there no difference", counted(n, "case")));
            reasons.push(match row.cases_needed {
                Some(n) => format!(
                    "At the observed difference {} would decide with 80% power{}.",
                    counted(n, "case"),
                    zero.unwrap_or_default()
                ),
                None => format!("At the observed difference more cases will not decide{}.", zero.unwrap_or_default()),
            });
        }
        let missed = |model: &ModelRow| model.bars == BarState::Missed;
        if missed(self.candidate.0) {
            let rest = if missed(self.reference.0) { ", and so does the reference" } else { "" };
            reasons.push(format!("{} misses a bar of the task{rest}.", row.candidate));
        }
        reasons
    }
}

fn differences<'a>(pairs: &[Pair<'a>], limits: fn(&CaseRow) -> (f64, f64), failed: fn(&CaseRow) -> f64) -> Differences {
    let each = |of: &dyn Fn(Pair<'a>) -> f64| pairs.iter().map(|pair| of(*pair)).collect();
    Differences {
        shown: each(&|(candidate, reference)| limits(candidate).0 - limits(reference).0),
        worst: each(&|(c, r)| limits(c).0 - (limits(r).1 + failed(r)).min(1.0)),
        best: each(&|(candidate, reference)| limits(candidate).1 - limits(reference).0),
        clusters: pairs.iter().map(|pair| pair.0.cluster).collect(),
    }
}

/// A failed call of the reference is no wrong answer already, which is the worst for the candidate.
fn wrong_differences<'a>(pairs: &[Pair<'a>]) -> Differences {
    let each = |of: &dyn Fn(Pair<'a>) -> f64| pairs.iter().map(|pair| of(*pair)).collect();
    Differences {
        shown: each(&|(candidate, reference)| candidate.wrong_low - reference.wrong_low),
        worst: each(&|(candidate, reference)| candidate.wrong_high - reference.wrong_low),
        best: each(&|(candidate, reference)| candidate.wrong_low - reference.wrong_high),
        clusters: pairs.iter().map(|pair| pair.0.cluster).collect(),
    }
}
