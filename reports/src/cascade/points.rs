use super::{
    Cascade, CascadeLatency, CascadePoint, CascadeProposal, CascadeRule,
    answer::Answer,
    pairing::{GoesOn, Paired, Under, costs, given, latencies, mean, under},
};
use crate::{
    PairedInterval, Verdict,
    comparison::{decide, endpoint::Endpoint, pairs::Pairs},
    evidence::Evidence,
};
use eval_core::statistics::clustered;
use polars::prelude::PolarsResult;

/// Thresholds that are looked at: so many parts of the answers that may be kept go on.
const PARTS: usize = 20;

/// The rules of the comparison that it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub margin: f64,
    /// One-sided, for this look.
    pub alpha: f64,
    /// Whether the candidate misses a bar of the task.
    pub misses_bar: bool,
    /// Whether the evidence is such that nothing may be proposed.
    pub is_invalid: bool,
}

/// The cascades of a candidate and a reference on the cases that both were asked; `None` without any.
pub(crate) fn cascade(
    pairs: &Pairs,
    candidate: &Evidence,
    reference: &Evidence,
    rules: Rules,
) -> PolarsResult<Option<Cascade>> {
    let clusters = pairs.clusters()?;
    let pairs: Vec<Paired<'_>> =
        pairs.places()?.into_iter().map(|places| Paired::new(places, candidate, reference)).collect();
    if pairs.is_empty() {
        return Ok(None);
    }
    let room = Room { pairs: &pairs, clusters: &clusters, rules };
    let kept = || pairs.iter().flat_map(|pair| pair.ours).filter(|answer| !answer.is_unusable());
    let without_confidence = kept().filter(|answer| answer.confidence().is_none()).count() as u64;
    let mut found = vec![room.point(CascadeRule::CandidateAlone, None), room.point(CascadeRule::WhereUnusable, None)];
    if without_confidence == 0 {
        let thresholds = thresholds(kept().filter_map(Answer::confidence).collect());
        found.extend(thresholds.into_iter().map(|threshold| room.point(CascadeRule::WhereUnsure, Some(threshold))));
    }
    let theirs = room.reference();
    let proposal = room.proposal(&found, &theirs);
    let points = found.into_iter().chain([theirs]).collect();
    Ok(Some(Cascade { points, without_confidence, proposal }))
}

/// Confidences below which 1/20, 2/20 … of the answers lie, each once and none that keeps all.
fn thresholds(mut confidences: Vec<f64>) -> Vec<f64> {
    confidences.sort_by(f64::total_cmp);
    let at = |part: usize| confidences.get(confidences.len() * part / PARTS).copied();
    let mut found: Vec<f64> =
        (1..PARTS).filter_map(at).filter(|x| confidences.first().is_some_and(|y| y < x)).collect();
    found.dedup();
    found
}

struct Room<'a> {
    pairs: &'a [Paired<'a>],
    clusters: &'a [Option<u32>],
    rules: Rules,
}

/// What goes on under a rule.
fn goes_on(rule: CascadeRule, threshold: Option<f64>) -> impl Fn(&Answer) -> bool {
    move |answer| match rule {
        CascadeRule::CandidateAlone => false,
        CascadeRule::WhereUnusable => answer.is_unusable(),
        CascadeRule::WhereUnsure => {
            answer.is_unusable() || answer.confidence().zip(threshold).is_some_and(|(x, threshold)| x < threshold)
        }
        CascadeRule::ReferenceAlone => true,
    }
}

impl Room<'_> {
    fn level(&self) -> f64 {
        1.0 - 2.0 * self.rules.alpha
    }

    fn point(&self, rule: CascadeRule, threshold: Option<f64>) -> CascadePoint {
        let goes_on: GoesOn<'_> = &goes_on(rule, threshold);
        let Under { correct, wrong, goes_on: share, against } = under(self.pairs, self.clusters, goes_on);
        let [cost_per_request_usd, reference_cost_per_request_usd] = costs(self.pairs, goes_on);
        let (correct_rate, interval) = self.rate(&correct);
        let paired = |of: &Endpoint| {
            Some(PairedInterval { difference: of.mean(), interval: Some(of.interval(&of.shown, self.level())) })
        };
        CascadePoint {
            rule,
            threshold,
            goes_on: share,
            correct_rate,
            interval,
            difference: paired(&against[0]),
            wrong_rate: wrong.iter().sum::<f64>() / wrong.len() as f64,
            wrong_answers: paired(&against[1]),
            verdict: Some(self.judge(rule, &against, self.rules.alpha)),
            cost_per_request_usd,
            reference_cost_per_request_usd,
            cost_per_correct_usd: per_correct(cost_per_request_usd, correct_rate),
            latency_ms: latency(latencies(self.pairs, goes_on)),
        }
    }

    fn judge(&self, rule: CascadeRule, [correct, wrong]: &[Endpoint; 2], alpha: f64) -> Verdict {
        if self.rules.is_invalid {
            return Verdict::Invalid;
        }
        // The bars were asked of the candidate itself.
        let misses_bar = rule == CascadeRule::CandidateAlone && self.rules.misses_bar;
        decide::decide(&decide::Evidence { correct, wrong, margin: self.rules.margin, alpha, misses_bar }).verdict
    }

    /// The mean over cases, and its interval: what failed scorers would have said is in it.
    fn rate(&self, cases: &[[f64; 2]]) -> (f64, [f64; 2]) {
        let side = |at: usize| cases.iter().map(|case| case[at].clamp(0.0, 1.0)).collect::<Vec<f64>>();
        let low = side(0);
        let at_worst = clustered(&low, self.clusters, self.level()).0;
        let upper = if cases.iter().any(|[low, high]| low != high) {
            clustered(&side(1), self.clusters, self.level()).0.upper
        } else {
            at_worst.upper
        };
        (low.iter().sum::<f64>() / low.len() as f64, [at_worst.lower, upper])
    }

    /// The reference alone.
    fn reference(&self) -> CascadePoint {
        let correct: Vec<[f64; 2]> =
            self.pairs.iter().map(|pair| [pair.theirs.correct_low, pair.theirs.correct_high]).collect();
        let (correct_rate, interval) = self.rate(&correct);
        let cost = mean(self.pairs.iter().map(|pair| pair.their_cost_usd));
        let answers = self.pairs.iter().flat_map(|pair| given(pair.their_answers));
        CascadePoint {
            rule: CascadeRule::ReferenceAlone,
            threshold: None,
            goes_on: 1.0,
            correct_rate,
            interval,
            difference: None,
            wrong_rate: self.pairs.iter().map(|pair| pair.theirs.wrong_low).sum::<f64>() / self.pairs.len() as f64,
            wrong_answers: None,
            verdict: None,
            cost_per_request_usd: cost,
            reference_cost_per_request_usd: cost,
            cost_per_correct_usd: per_correct(cost, correct_rate),
            latency_ms: latency(answers.map(Answer::latency_ms).collect()),
        }
    }

    /// The cheapest that is good enough and costs less than the reference alone; by what goes on where costs are unknown.
    fn proposal(&self, found: &[CascadePoint], theirs: &CascadePoint) -> Option<CascadeProposal> {
        let mut points = found.iter().chain([theirs]);
        let all_known = points.all(|point| point.cost_per_request_usd.is_some());
        let price = |point: &CascadePoint| point.cost_per_request_usd.filter(|_| all_known).unwrap_or(point.goes_on);
        let limit = theirs.cost_per_request_usd.filter(|_| all_known).unwrap_or(1.0);
        let good = found.iter().enumerate().filter(|(_, point)| point.verdict == Some(Verdict::GoodEnough));
        let (place, point) =
            good.filter(|(_, point)| price(point) < limit).min_by(|(_, a), (_, b)| price(a).total_cmp(&price(b)))?;
        // Its differences once more: those of all points at a time would be most of a large run's memory.
        let Under { against, .. } = under(self.pairs, self.clusters, &goes_on(point.rule, point.threshold));
        let alpha = self.rules.alpha / found.len() as f64;
        Some(CascadeProposal { point: place, looked_at: found.len(), verdict: self.judge(point.rule, &against, alpha) })
    }
}

fn per_correct(cost: Option<f64>, correct_rate: f64) -> Option<f64> {
    cost.filter(|_| correct_rate > 0.0).map(|usd| usd / correct_rate)
}

/// Percentiles are interpolated linearly between the two nearest.
fn latency(values: Option<Vec<f64>>) -> CascadeLatency {
    let Some(mut values) = values.filter(|values| !values.is_empty()) else { return CascadeLatency::default() };
    values.sort_by(f64::total_cmp);
    let place = 0.95 * (values.len() - 1) as f64;
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    CascadeLatency {
        mean: Some(values.iter().sum::<f64>() / values.len() as f64),
        p95: Some(below + (above - below) * place.fract()),
    }
}
