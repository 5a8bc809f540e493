//! A metric's value, its interval, and how surely it clears or fails a limit.

use crate::{
    evidence::Evidence,
    formula::{DEEPEST, Formulas},
};
use eval_core::{
    Aggregate, MetricSpec,
    statistics::{Bootstrap, Interval, Side, binomial_test, clustered, normal_quantile, score_test, wilson},
};
use std::collections::BTreeMap;

/// Fewer independent groups than this never decide.
pub(crate) const FEWEST_GROUPS: usize = 20;

/// One metric of one model on one task.
pub(crate) struct Measured {
    pub value: Option<f64>,
    /// Asked cases that have the metric.
    pub cases: usize,
    /// Asked cases.
    pub asked: usize,
    /// Independent units among [`Measured::cases`].
    pub units: usize,
    /// Scores that failed.
    pub unknown: u64,
    /// The model whose verdicts it is made of.
    pub judge: Option<String>,
    is_share: bool,
    spread: Spread,
}

enum Spread {
    /// Per-case values in [0, 1] at worst and, where they differ, at best; and their clusters.
    Proportion { low: Vec<f64>, high: Option<Vec<f64>>, clusters: Vec<Option<u32>> },
    /// A statistic under resampling of whole units.
    Resampled(Option<Bootstrap>),
}

/// Measures each metric over the asked cases.
pub(crate) fn measure(specs: &[MetricSpec], evidence: &Evidence, seed: u64) -> BTreeMap<String, Measured> {
    let is_proportion = |spec: &&MetricSpec| matches!(spec.aggregate, Aggregate::Accuracy | Aggregate::Share);
    let spreads = specs.iter().filter(is_proportion).map(|spec| (spec, proportion(spec, evidence)));
    let mut spreads: Vec<(&MetricSpec, Spread)> = spreads.collect();
    // Labels are of few kinds, and sums, such as of latencies, of nearly as many as there are cases.
    let of_labels = |spec: &&MetricSpec| Formulas::new([*spec].into_iter(), specs).needs_labels();
    let others = specs.iter().filter(|spec| !is_proportion(spec));
    let (labelled, summed): (Vec<_>, Vec<_>) = others.partition(of_labels);
    for others in [labelled, summed] {
        let resampled = Formulas::new(others.iter().copied(), specs).resampled(evidence, seed);
        spreads.extend(others.into_iter().zip(resampled.into_iter().map(Spread::Resampled)));
    }
    let values = Formulas::new(spreads.iter().map(|(spec, _)| *spec), specs).values(evidence);
    let measured = |((spec, spread), value): ((&MetricSpec, Spread), _)| {
        (spec.name.clone(), measured(spec, specs, evidence, value, spread))
    };
    spreads.into_iter().zip(values).map(measured).collect()
}

fn measured(
    spec: &MetricSpec,
    specs: &[MetricSpec],
    evidence: &Evidence,
    value: Option<f64>,
    spread: Spread,
) -> Measured {
    let asked = evidence.asked().count();
    let (cases, units) = match &spread {
        Spread::Proportion { low, clusters, .. } => (low.len(), clustered(low, clusters, 0.9).1),
        Spread::Resampled(_) => (asked, evidence.units().len()),
    };
    Measured {
        value,
        cases,
        asked,
        units,
        unknown: unknown(spec, specs, evidence, 0),
        judge: spec.judge.clone(),
        is_share: spec.aggregate.is_share(),
        spread,
    }
}

fn proportion(spec: &MetricSpec, evidence: &Evidence) -> Spread {
    let (mut low, mut high, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
    let scores = evidence.scores.get(&spec.name);
    for (index, case) in evidence.asked() {
        let (worst, best) = if spec.aggregate == Aggregate::Accuracy {
            (case.correct_low, case.correct_high)
        } else {
            let Some(scores) = scores else { break };
            let (known, failed) = scores
                .known_and_failed
                .get(index)
                .map_or((1.0, 0.0), |(known, failed)| (f64::from(*known), f64::from(*failed)));
            let mean = match scores.mean(index) {
                Some(mean) => mean,
                None if failed > 0.0 => 0.0,
                None => continue,
            };
            let sum = mean * known;
            (sum / (known + failed), (sum + failed) / (known + failed))
        };
        low.push(worst.clamp(0.0, 1.0));
        high.push(best.clamp(0.0, 1.0));
        clusters.push(case.cluster);
    }
    // Mostly no score failed.
    let high = (high != low).then_some(high);
    Spread::Proportion { low, high, clusters }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), x| (sum + x, n + 1));
    (n > 0).then(|| sum / n as f64)
}

/// Failed scores that the metric rests on.
fn unknown(spec: &MetricSpec, specs: &[MetricSpec], evidence: &Evidence, depth: usize) -> u64 {
    let failed = |name: &str| {
        let cases = evidence.scores.get(name).map(|scores| scores.known_and_failed.as_slice()).unwrap_or_default();
        cases.iter().map(|(_, failed)| u64::from(*failed)).sum::<u64>()
    };
    let metric = |name: &str| {
        let spec = specs.iter().find(|spec| spec.name == name).filter(|_| depth < DEEPEST);
        spec.map_or(0, |spec| unknown(spec, specs, evidence, depth + 1))
    };
    match &spec.aggregate {
        Aggregate::Share | Aggregate::Mean => failed(&spec.name),
        Aggregate::Ratio { numerator, denominator } => failed(numerator) + failed(denominator),
        Aggregate::Harmonic { a, b } => metric(a) + metric(b),
        Aggregate::Accuracy
        | Aggregate::MacroF1
        | Aggregate::WeightedF1
        | Aggregate::BalancedAccuracy
        | Aggregate::CohenKappa
        | Aggregate::Mcc => evidence.all.failed_scores,
    }
}

impl Measured {
    /// Why no bar on this metric can be decided, whatever the numbers; `None` where one can.
    pub fn undecidable(&self) -> Option<String> {
        let resampled = matches!(self.spread, Spread::Resampled(_));
        if self.value.is_none() {
            Some("no case measures it".into())
        } else if resampled && self.unknown > 0 {
            Some(format!("{} scores of it failed", self.unknown))
        } else if (resampled || self.units < self.cases) && self.units < FEWEST_GROUPS {
            Some(format!(
                "its cases form {} independent groups, and fewer than {FEWEST_GROUPS} never decide",
                self.units
            ))
        } else {
            None
        }
    }

    /// Whether the metric lies between 0 and 1 and reads as a percentage.
    pub fn is_share(&self) -> bool {
        self.is_share
    }

    /// Whether the value itself is not past the limit.
    pub fn on_wrong_side(&self, limit: f64, side: Side) -> bool {
        self.value.is_some_and(|value| !beyond(value, limit, side))
    }

    /// Limits at worst and at best, of two-sided `level`.
    pub fn interval(&self, level: f64) -> Option<Interval> {
        self.value?;
        match &self.spread {
            Spread::Proportion { low, high, clusters } => {
                let worst = clustered(low, clusters, level).0;
                let best = high.as_ref().map_or(worst, |high| clustered(high, clusters, level).0);
                Some(Interval { lower: worst.lower, upper: best.upper })
            }
            Spread::Resampled(bootstrap) => bootstrap.as_ref().map(|bootstrap| bootstrap.interval(level)),
        }
    }

    /// How surely the metric is on the right side of the limit: a one-sided p-value, failed scores at their worst.
    pub fn p_clears(&self, limit: f64, side: Side) -> f64 {
        match &self.spread {
            Spread::Proportion { low, high, clusters } => {
                let values = if side == Side::AtLeast { low } else { high.as_ref().unwrap_or(low) };
                p_proportion(values, clusters, limit, side)
            }
            Spread::Resampled(bootstrap) => self.p_resampled(bootstrap.as_ref(), limit, side),
        }
    }

    /// How surely the metric is on the wrong side of the limit, failed scores at their best.
    pub fn p_fails(&self, limit: f64, side: Side) -> f64 {
        let other = opposite(side);
        match &self.spread {
            Spread::Proportion { low, high, clusters } => {
                let values = if side == Side::AtLeast { high.as_ref().unwrap_or(low) } else { low };
                // On the limit is not past it.
                let value = mean(values.iter().copied()).unwrap_or(limit);
                if value == limit { 1.0 } else { p_proportion(values, clusters, limit, other) }
            }
            Spread::Resampled(_) if self.value == Some(limit) => 1.0,
            Spread::Resampled(bootstrap) => self.p_resampled(bootstrap.as_ref(), limit, other),
        }
    }

    fn p_resampled(&self, bootstrap: Option<&Bootstrap>, limit: f64, side: Side) -> f64 {
        match (bootstrap, self.value) {
            (Some(bootstrap), Some(value)) if !beyond(value, limit, opposite(side)) => bootstrap.p(limit, side),
            _ => 1.0,
        }
    }

    /// The number of cases of the task at which the limit would be cleared at today's rate; never fewer than today's.
    /// `None` where it never would, where that is over ten times today's, or where the metric is no proportion.
    ///
    /// Wilson's limit clears `b` where `n ≥ z²·b(1−b)/(p−b)²`; clusters multiply it by their design effect.
    pub fn cases_needed(&self, limit: f64, side: Side, alpha: f64) -> Option<u64> {
        let Spread::Proportion { low, high, clusters } = &self.spread else { return None };
        let values = if side == Side::AtLeast { low } else { high.as_ref().unwrap_or(low) };
        let n = values.len() as f64;
        let rate = mean(values.iter().copied())?;
        if !beyond(rate, limit, side) {
            return None;
        }
        let level = 1.0 - 2.0 * alpha;
        let width = |interval: Interval| interval.upper - interval.lower;
        let effect = width(clustered(values, clusters, level).0) / width(wilson(rate * n, n, level));
        let z = normal_quantile(1.0 - alpha);
        let measured = z * z * limit * (1.0 - limit) / (rate - limit).powi(2) * (effect * effect).max(1.0);
        let today = self.asked as f64;
        let needed = (measured * today / n).ceil().max(today);
        (needed <= 10.0 * today).then_some(needed as u64)
    }
}

fn opposite(side: Side) -> Side {
    match side {
        Side::AtLeast => Side::AtMost,
        Side::AtMost => Side::AtLeast,
    }
}

/// Whether the value is strictly on the good side of the limit.
fn beyond(value: f64, limit: f64, side: Side) -> bool {
    match side {
        Side::AtLeast => value > limit,
        Side::AtMost => value < limit,
    }
}

/// The one-sided p-value behind Wilson's or the clustered interval.
fn p_proportion(values: &[f64], clusters: &[Option<u32>], limit: f64, side: Side) -> f64 {
    let n = values.len() as f64;
    let total: f64 = values.iter().sum();
    let value = total / n;
    if limit <= 0.0 || limit >= 1.0 {
        // A proportion cannot be past 0 or 1, and no data show that it is exactly there.
        let certain = match side {
            Side::AtLeast => limit <= 0.0 && value > limit || limit < 0.0,
            Side::AtMost => limit >= 1.0 && value < limit || limit > 1.0,
        };
        return if certain { 0.0 } else { 1.0 };
    }
    let units = clustered(values, clusters, 0.9).1;
    if units == values.len() {
        let p = score_test(total, n, limit, side);
        // With so few cases the score test passes too easily.
        let is_small = units < FEWEST_GROUPS && total.fract() == 0.0;
        return if is_small { p.max(binomial_test(total as u64, units as u64, limit, side)) } else { p };
    }
    if !beyond(value, limit, side) {
        return 1.0;
    }
    let clears = |alpha: f64| {
        let interval = clustered(values, clusters, 1.0 - 2.0 * alpha).0;
        match side {
            Side::AtLeast => interval.lower >= limit,
            Side::AtMost => interval.upper <= limit,
        }
    };
    smallest_alpha(clears)
}

/// The smallest one-sided error rate at which a claim holds, by bisection; the claim must hold more easily the larger
/// the rate. 1 where it does not even hold at a half.
pub(crate) fn smallest_alpha(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut fails, mut succeeds) = (1e-12, 0.5 - 1e-9);
    if !holds(succeeds) {
        return 1.0;
    }
    if holds(fails) {
        return fails;
    }
    for _ in 0..50 {
        let middle = (fails + succeeds) / 2.0;
        if holds(middle) { succeeds = middle } else { fails = middle }
    }
    succeeds
}
