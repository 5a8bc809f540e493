use super::{
    Terms,
    rate::measured,
    report::{AtVolume, Basis, HostedAs, ModelCost, TokensPerRequest},
};
use crate::{Run, evidence::Evidence};
use eval_core::{
    ModelInfo, Usage,
    cost::{Hosting, Load, MONTH_DAYS, Steps},
    statistics::bootstrap_of_ratio,
};

/// A model, and its cost as a function of the volume.
pub(super) struct Figures {
    pub cost: ModelCost,
    /// `None`: unknown.
    pub curve: Option<Curve>,
    /// Limits of requests over right answers; of USD over right answers where the cost of each answer is known.
    per_correct: Option<[f64; 2]>,
    is_usd: bool,
}

/// USD a month by volume.
pub(super) enum Curve {
    /// By the request.
    Line { usd_per_request: f64 },
    /// By the replica.
    Steps { hosting: Hosting, requests_per_second: f64, peak_factor: f64 },
}

impl Curve {
    /// The steps of a hosted model.
    pub fn steps(&self, with_care: bool) -> Option<Steps> {
        match self {
            Self::Line { .. } => None,
            Self::Steps { hosting, requests_per_second, peak_factor } => {
                Some(hosting.steps(*requests_per_second, Load { peak_factor: *peak_factor, with_care }))
            }
        }
    }

    fn monthly_usd(&self, requests_per_day: f64, with_care: bool) -> f64 {
        match (self, self.steps(with_care)) {
            (Self::Line { usd_per_request }, _) => usd_per_request * requests_per_day * MONTH_DAYS,
            (_, steps) => steps.map_or(f64::NAN, |steps| steps.monthly_usd(requests_per_day)),
        }
    }
}

/// Sums over the tasks that are asked for.
struct Sums {
    requests: u64,
    correct: u64,
    usage: Usage,
    cost_usd: Option<f64>,
}

impl Sums {
    fn new(evidence: &[&Evidence]) -> Self {
        // A task of which nothing was answered has no tokens and costs nothing; elsewhere one unknown makes all unknown.
        let answered: Vec<&&Evidence> = evidence.iter().filter(|task| answers(task) > 0).collect();
        let any = !answered.is_empty();
        let tokens = |of: fn(&Evidence) -> Option<u64>| {
            answered.iter().map(|task| of(task)).sum::<Option<u64>>().filter(|_| any)
        };
        let requests = |task: &&Evidence| task.all.records - task.all.skipped_records;
        Self {
            requests: evidence.iter().map(requests).sum(),
            correct: evidence.iter().map(|task| task.all.right_answers + task.all.right_refusals).sum(),
            usage: Usage {
                input_tokens: tokens(|task| task.tokens.input),
                cached_input_tokens: tokens(|task| task.tokens.cached_input),
                output_tokens: tokens(|task| task.tokens.output),
                reasoning_tokens: None,
            },
            cost_usd: answered.iter().map(|task| task.cost_usd).sum::<Option<f64>>().filter(|_| any),
        }
    }

    fn per_request(&self, sum: f64) -> Option<f64> {
        (self.requests > 0).then(|| sum / self.requests as f64)
    }
}

fn answers(task: &Evidence) -> u64 {
    task.all.records - task.all.skipped_records - task.all.failed_calls
}

/// What a model's records on some tasks come to, under these terms.
pub(super) fn figures(
    run: &Run,
    info: &ModelInfo,
    model: usize,
    terms: &Terms,
    tasks: &[usize],
    peak_factor: f64,
    intervals: bool,
) -> Figures {
    let evidence: Vec<&Evidence> = tasks.iter().map(|task| &run.evidence[*task][model]).collect();
    let sums = Sums::new(&evidence);
    let (basis, curve, hosted) = match &terms.hosting {
        Some(hosting) => {
            let measured = measured(run, info, model, tasks);
            let rate = hosting.requests_per_second(&measured);
            let hosted = hosted_as(hosting, rate.as_ref().ok().copied(), measured.ok(), peak_factor);
            let curve = rate.map(|requests_per_second| Curve::Steps {
                hosting: hosting.clone(),
                requests_per_second,
                peak_factor,
            });
            (Basis::Hosting, curve, Some(hosted))
        }
        None => {
            let (basis, usd) = per_request(&sums, terms);
            (basis, usd.map(|usd_per_request| Curve::Line { usd_per_request }), None)
        }
    };
    let usd_per_request = match &curve {
        Ok(Curve::Line { usd_per_request }) => Some(*usd_per_request),
        _ => None,
    };
    let tokens = |of: Option<u64>| of.and_then(|tokens| sums.per_request(tokens as f64));
    let is_usd = usd_per_request.is_some() && !terms.replaced && sums.cost_usd.is_some();
    Figures {
        cost: ModelCost {
            model: info.name.clone(),
            role: info.role,
            basis: if curve.is_ok() { basis } else { Basis::Unknown },
            unknown_because: curve.as_ref().err().cloned(),
            requests: sums.requests,
            correct: sums.correct,
            correct_rate: sums.per_request(sums.correct as f64),
            tokens_per_request: TokensPerRequest {
                input: tokens(sums.usage.input_tokens),
                output: tokens(sums.usage.output_tokens),
            },
            price: terms.price.clone(),
            cost_per_request_usd: usd_per_request,
            hosted,
            at: Vec::new(),
        },
        curve: curve.ok(),
        per_correct: if intervals { per_correct(run, &evidence, is_usd) } else { None },
        is_usd,
    }
}

/// USD of a request that is paid for by itself; else why that is unknown.
fn per_request(sums: &Sums, terms: &Terms) -> (Basis, Result<f64, String>) {
    let recorded = sums.cost_usd.filter(|_| !terms.replaced);
    let basis = if terms.price.is_some() { Basis::Price } else { Basis::Billed };
    let usd = recorded.or_else(|| terms.price.as_ref()?.cost(&sums.usage));
    let reason = match terms.price {
        _ if sums.requests == 0 => "none of these tasks was asked of it".to_string(),
        Some(_) => "its answers do not all tell their tokens, so its price says nothing".into(),
        None => "it has neither a price nor a hosting cost: give it `price` or `hosting` in eval.toml".into(),
    };
    (basis, usd.and_then(|usd| sums.per_request(usd)).ok_or(reason))
}

fn hosted_as(
    hosting: &Hosting,
    requests_per_second: Option<f64>,
    measured: Option<eval_core::cost::MeasuredRate>,
    peak_factor: f64,
) -> HostedAs {
    let steps = |rate: f64| hosting.steps(rate, Load { peak_factor, with_care: true });
    HostedAs {
        terms: hosting.clone(),
        measured,
        requests_per_second,
        replica_requests_per_day: requests_per_second.map(|rate| steps(rate).replica_requests),
        replica_usd_per_month: steps(1.0).replica_usd,
        care_usd_per_month: hosting.care_usd(),
    }
}

/// Limits of requests, or of their USD, over right answers: whole clusters of all tasks are resampled.
fn per_correct(run: &Run, evidence: &[&Evidence], is_usd: bool) -> Option<[f64; 2]> {
    let of_task =
        |task: &&Evidence| task.by_unit(|case| if is_usd { task.costs.get(case).copied().unwrap_or(0.0) } else { 1.0 });
    let units: Vec<(f64, f64)> = evidence.iter().flat_map(of_task).collect();
    let interval =
        bootstrap_of_ratio(&units, run.manifest.seed)?.interval(1.0 - 2.0 * run.manifest.suite.decision.alpha);
    Some([interval.lower, interval.upper])
}

impl Figures {
    /// The model's cost at these volumes.
    pub fn at(self, volumes: &[f64]) -> ModelCost {
        let at = volumes.iter().map(|volume| self.at_volume(*volume)).collect();
        ModelCost { at, ..self.cost }
    }

    fn at_volume(&self, requests_per_day: f64) -> AtVolume {
        let monthly = |with_care| self.curve.as_ref().map(|curve| curve.monthly_usd(requests_per_day, with_care));
        let steps = self.curve.as_ref().and_then(|curve| curve.steps(true));
        // What one request costs, the month's cost spread over all.
        let each = monthly(true).map(|usd| usd / (requests_per_day * MONTH_DAYS));
        let factor = if self.is_usd { Some(1.0) } else { each };
        AtVolume {
            requests_per_day,
            replicas: steps.map(|steps| steps.replicas(requests_per_day)),
            cost_per_month_usd: monthly(true),
            cost_per_month_without_care_usd: monthly(false),
            cost_per_correct_usd: each.zip(self.cost.correct_rate).filter(|(_, rate)| *rate > 0.0).map(|(c, p)| c / p),
            cost_per_correct_interval: factor.zip(self.per_correct).map(|(factor, limits)| limits.map(|x| x * factor)),
        }
    }
}
