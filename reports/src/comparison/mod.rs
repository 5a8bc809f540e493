//! A candidate against the reference on the same cases: neither its right answers fewer nor its confident wrong answers
//! more frequent by the margin.

pub(crate) mod decide;
pub(crate) mod endpoint;
pub(crate) mod pairs;
mod reasons;

use crate::{
    BarState, Cascade, Comparison, ModelRow, PairedInterval, TaskSummary, Verdict,
    cascade::{Rules, cascade},
    evidence::Evidence,
    looks::Spending,
    verdict::LEAST_COVERAGE,
};
use decide::decide;
use endpoint::Endpoint;
use eval_core::{
    Manifest, ModelInfo, ModelRole, TaskInfo, TaskKind,
    statistics::{holm, newcombe},
};
use pairs::Pairs;
use polars::prelude::PolarsResult;

/// Compares every candidate with every reference of one task; looks, rows and evidence are in the manifest's order of
/// models.
pub(crate) fn compare(
    manifest: &Manifest,
    looks: &[Option<Spending>],
    task: &TaskInfo,
    rows: &[ModelRow],
    found: &[Evidence],
) -> PolarsResult<Vec<Comparison>> {
    let models =
        || manifest.models.iter().zip(rows).zip(found).map(|((info, row), evidence)| Side { info, row, evidence });
    let references = || models().filter(|side| side.info.role == ModelRole::Reference);
    // A look is a candidate's.
    let candidates = models().zip(looks).filter_map(|(side, look)| Some((side, look.as_ref()?)));
    candidates
        .flat_map(|(candidate, look)| references().map(move |reference| (candidate, reference, look)))
        .map(|(candidate, reference, look)| Pairing { manifest, look, task, candidate, reference }.compare())
        .collect()
}

/// Holm over candidates × tasks: which tasks may move, many being looked at. A task whose look may spend less than alpha
/// is held to that.
pub(crate) fn adjust(tasks: &mut [TaskSummary]) {
    let mut rows: Vec<&mut Comparison> = tasks.iter_mut().flat_map(|task| &mut task.comparisons).collect();
    let p: Vec<f64> = rows.iter().map(|row| row.p_noninferiority.unwrap_or(1.0)).collect();
    for (row, adjusted) in rows.iter_mut().zip(holm(&p)) {
        row.p_adjusted = row.p_noninferiority.map(|_| adjusted);
        row.may_move = row.verdict == Verdict::GoodEnough && adjusted <= row.alpha;
    }
}

/// One of the two models on one task.
#[derive(Clone, Copy)]
struct Side<'a> {
    info: &'a ModelInfo,
    row: &'a ModelRow,
    evidence: &'a Evidence,
}

struct Pairing<'a> {
    manifest: &'a Manifest,
    /// What this look may spend.
    look: &'a Spending,
    task: &'a TaskInfo,
    candidate: Side<'a>,
    reference: Side<'a>,
}

impl<'a> Pairing<'a> {
    fn compare(&self) -> PolarsResult<Comparison> {
        let decision = &self.manifest.suite.decision;
        let look = self.look;
        let level = 1.0 - 2.0 * look.alpha;
        let pairs = Pairs::new(self.candidate.evidence, self.reference.evidence)?;
        let cases = pairs.len() as u64;
        let (correct, wrong) = (pairs.correct()?, pairs.wrong()?);
        let decided = decide(&decide::Evidence {
            correct: &correct,
            wrong: &wrong,
            margin: decision.margin,
            alpha: look.alpha,
            misses_bar: self.candidate.row.bars == BarState::Missed,
        });
        let mut flaws = self.flaws(cases);
        if decided.verdict == Verdict::GoodEnough && flaws.is_empty() && !self.manifest.allow_different {
            flaws = self.unlike();
        }
        let verdict = if flaws.is_empty() { decided.verdict } else { Verdict::Invalid };
        let open = verdict == Verdict::NeedMoreData && cases > 0 && decided.enough_groups;
        let needed = |at: fn(f64) -> f64| {
            let (d, w) = (correct.mean().filter(|_| open)?, wrong.mean()?);
            let needed = |endpoint: &Endpoint, d| endpoint.needed(d, decision.margin, decision.alpha);
            Some(needed(&correct, at(d))?.max(needed(&wrong, at(-w))?))
        };
        let table = self.table(&pairs)?;
        let known = cases > 0;
        // As counted: an outage of the reference hides wrong answers of its own, and silences no alarm.
        let more_wrong = wrong.turned();
        let mut row = Comparison {
            candidate: self.candidate.row.model.clone(),
            reference: self.reference.row.model.clone(),
            cases,
            unpaired: self.planned_cases().saturating_sub(cases),
            both: table.map(|t| t[0]),
            candidate_only: table.map(|t| t[1]),
            reference_only: table.map(|t| t[2]),
            neither: table.map(|t| t[3]),
            difference: correct.mean(),
            level,
            alpha: look.alpha,
            method: if correct.is_independent() { "tango" } else { "cluster_robust" }.into(),
            interval: known.then(|| correct.interval(&correct.shown, level)),
            cross_check: table.filter(|_| known).map(|[both, ours, theirs, neither]| {
                let interval = newcombe(both as f64, ours as f64, theirs as f64, neither as f64, level);
                [interval.lower, interval.upper]
            }),
            margin: decision.margin,
            p_noninferiority: decided.p_noninferiority,
            p_adjusted: None,
            p_regression: correct.p_worse(),
            p_more_wrong: more_wrong.p_below(&more_wrong.shown),
            may_move: false,
            wrong_answers: PairedInterval {
                difference: wrong.mean(),
                interval: known.then(|| wrong.interval(&wrong.shown, level)),
            },
            verdict,
            flaws,
            reasons: Vec::new(),
            cases_needed: needed(|d| d),
            cases_needed_at_zero: needed(|_| 0.0),
            cascade: self.cascade(&pairs, verdict == Verdict::Invalid)?,
        };
        row.reasons = self.reasons(&row, [&correct, &wrong], &decided, look);
        Ok(row)
    }

    fn cascade(&self, pairs: &Pairs, is_invalid: bool) -> PolarsResult<Option<Cascade>> {
        let (margin, alpha) = (self.manifest.suite.decision.margin, self.look.alpha);
        let misses_bar = self.candidate.row.bars == BarState::Missed;
        cascade(
            pairs,
            self.candidate.evidence,
            self.reference.evidence,
            Rules { margin, alpha, misses_bar, is_invalid },
        )
    }

    /// Both, candidate only, reference only, neither; `None` with repeats.
    fn table(&self, pairs: &Pairs) -> PolarsResult<Option<[u64; 4]>> {
        let repeats = self.candidate.evidence.repeats.max(self.reference.evidence.repeats);
        (repeats <= 1).then(|| pairs.table()).transpose()
    }

    /// Cases that were to be paired: those of the larger selection.
    fn planned_cases(&self) -> u64 {
        let cases = |evidence: &Evidence| evidence.planned / u64::from(evidence.repeats.max(1));
        cases(self.candidate.evidence).max(cases(self.reference.evidence)).max(self.task.cases as u64)
    }

    /// The decoding arms of the two models where they differ: with and without a constraint.
    fn other_arm(&self) -> Option<[&'a str; 2]> {
        let (ours, theirs) = (self.arm(self.candidate.info)?, self.arm(self.reference.info)?);
        (ours != theirs).then_some([ours, theirs])
    }

    /// How a model's answers to this task are decoded.
    fn arm(&self, info: &'a ModelInfo) -> Option<&'a str> {
        let arm = info.details["decoding"].as_str()?;
        let held = match self.task.kind {
            TaskKind::Extraction => true,
            // A server is sent a schema for objects alone.
            TaskKind::Classification | TaskKind::Tools => info.runner == "candle",
            TaskKind::Rag => false,
        };
        Some(if held { arm } else { "free" })
    }

    /// The model of which it is not known whether anything constrained it, as something did the other: such as a recording.
    fn unknown_arm(&self) -> Option<&'a str> {
        let name = |side: &Side<'a>| side.row.model.as_str();
        match (self.arm(self.candidate.info), self.arm(self.reference.info)) {
            (Some(arm), None) if arm != "free" => Some(name(&self.reference)),
            (None, Some(arm)) if arm != "free" => Some(name(&self.candidate)),
            _ => None,
        }
    }

    /// Whether the two runs scored by other rules: what was right in one may not be in the other.
    fn other_scoring(&self) -> bool {
        let rules = |side: &Side<'a>| side.evidence.scoring_hash.clone();
        matches!((rules(&self.candidate), rules(&self.reference)), (Some(ours), Some(theirs)) if ours != theirs)
    }

    fn is_covered(&self, cases: u64) -> bool {
        cases as f64 >= LEAST_COVERAGE * self.planned_cases() as f64
    }
}
