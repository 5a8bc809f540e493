use super::answer::Answer;
use crate::{
    comparison::{endpoint::Endpoint, pairs::Places},
    evidence::{CaseRow, Evidence},
};

/// A case that both were asked, with every answer of the candidate's.
pub(super) struct Paired<'a> {
    pub ours: &'a [Answer],
    pub theirs: &'a CaseRow,
    /// Every answer of the reference's.
    pub their_answers: &'a [Answer],
    /// The mean over them.
    pub their_cost_usd: Option<f64>,
}

/// What goes on, of each answer of each case.
pub(super) type GoesOn<'a> = &'a dyn Fn(&Answer) -> bool;

/// One case under a rule: shares over the candidate's answers.
#[derive(Clone, Copy)]
struct Shares {
    /// Of answers that are kept.
    kept: f64,
    /// Right among all, kept ones alone; at worst and at best.
    correct: [f64; 2],
    /// Confidently wrong, as above.
    wrong: [f64; 2],
    /// Kept though the call failed, which is so where nothing goes on.
    failed: f64,
}

impl<'a> Paired<'a> {
    /// A pair by its places.
    pub fn new([ours, theirs]: Places, candidate: &'a Evidence, reference: &'a Evidence) -> Self {
        let (ours, theirs) = (&candidate.cases[ours], &reference.cases[theirs]);
        let answers = reference.answers_of(theirs);
        Self {
            ours: candidate.answers_of(ours),
            theirs,
            their_answers: answers,
            their_cost_usd: mean(answers.iter().map(Answer::cost_usd)),
        }
    }

    fn shares(&self, goes_on: GoesOn<'_>) -> Shares {
        let all = self.ours.len().max(1) as f64;
        let kept = || self.ours.iter().filter(|answer| !goes_on(answer));
        let share = |of: fn(&Answer) -> f64| kept().map(of).sum::<f64>() / all;
        Shares {
            kept: share(|_| 1.0),
            correct: [share(|answer| answer.correct()[0]), share(|answer| answer.correct()[1])],
            wrong: [share(|answer| answer.wrong()[0]), share(|answer| answer.wrong()[1])],
            failed: share(|answer| f64::from(u8::from(answer.failed()))),
        }
    }
}

/// The answers of calls that did not fail.
pub(super) fn given(answers: &[Answer]) -> impl Iterator<Item = &Answer> + Clone {
    answers.iter().filter(|answer| !answer.failed())
}

/// What a rule comes to: of each case, right and confidently wrong answers at worst and at best, and the paired
/// differences to the reference alone.
pub(super) struct Under {
    /// Of each case.
    pub correct: Vec<[f64; 2]>,
    pub wrong: Vec<f64>,
    pub goes_on: f64,
    pub against: [Endpoint; 2],
}

/// Applies a rule. Where a case goes on, the answer is the reference's own: there the two differ in nothing, whatever is
/// unknown of it.
pub(super) fn under(pairs: &[Paired<'_>], clusters: &[Option<u32>], goes_on: GoesOn<'_>) -> Under {
    let mut correct = Vec::with_capacity(pairs.len());
    let mut wrong = Vec::with_capacity(pairs.len());
    let endpoint = || Endpoint { clusters: clusters.to_vec(), ..Endpoint::default() };
    let [mut right, mut astray] = [endpoint(), endpoint()];
    let mut all = 0.0;
    for pair in pairs {
        let (ours, theirs) = (pair.shares(goes_on), pair.theirs);
        let rest = 1.0 - ours.kept;
        all += rest;
        correct.push([ours.correct[0] + rest * theirs.correct_low, ours.correct[1] + rest * theirs.correct_high]);
        wrong.push(ours.wrong[0] + rest * theirs.wrong_low);
        let might = |share: f64| ours.kept * (share + theirs.failed_calls).min(1.0);
        right.shown.push(ours.correct[0] - ours.kept * theirs.correct_low);
        right.worst.push(ours.correct[0] - might(theirs.correct_high));
        right.best.push(ours.correct[1] - ours.kept * theirs.correct_low);
        astray.shown.push(ours.wrong[0] - ours.kept * theirs.wrong_low);
        astray.worst.push((ours.wrong[1] + ours.failed).min(ours.kept) - ours.kept * theirs.wrong_low);
        astray.best.push(ours.wrong[0] - might(theirs.wrong_high));
    }
    Under { correct, wrong, goes_on: all / pairs.len().max(1) as f64, against: [right, astray] }
}

/// USD of a request: of both, and of the reference alone.
pub(super) fn costs(pairs: &[Paired<'_>], goes_on: GoesOn<'_>) -> [Option<f64>; 2] {
    let theirs = mean(pairs.iter().map(|pair| {
        let rest = 1.0 - pair.shares(goes_on).kept;
        if rest > 0.0 { pair.their_cost_usd.map(|usd| rest * usd) } else { Some(0.0) }
    }));
    let ours = mean(pairs.iter().map(|pair| mean(pair.ours.iter().map(Answer::cost_usd))));
    [ours.zip(theirs).map(|(ours, theirs)| ours + theirs), theirs]
}

/// Milliseconds of each request, one model after the other: the answers of the candidate's repeats go on to those of the
/// reference's in turn. `None` where one is unknown. A request of which a call failed is left out: nobody knows how long
/// that took.
pub(super) fn latencies(pairs: &[Paired<'_>], goes_on: GoesOn<'_>) -> Option<Vec<f64>> {
    let mut all = Vec::new();
    for pair in pairs {
        let mut in_turn = given(pair.their_answers).cycle();
        for answer in given(pair.ours) {
            let first = answer.latency_ms()?;
            if !goes_on(answer) {
                all.push(first);
            } else if let Some(second) = in_turn.next() {
                all.push(first + second.latency_ms()?);
            }
        }
    }
    Some(all)
}

/// `None` where one is unknown, or without any.
pub(super) fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, n) = values.map(|x| x.map(|x| (x, 1u64))).try_fold((0.0, 0), |(sum, n), x| {
        let (x, one) = x?;
        Some((sum + x, n + one))
    })?;
    (n > 0).then(|| sum / n as f64)
}
