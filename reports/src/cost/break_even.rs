use super::{
    figures::{Curve, Figures},
    report::{AtPrice, BreakEvenRow, Crossing, Point, Sensitivity},
};
use eval_core::cost::{BreakEven, Hosting, Load};

const UTILIZATIONS: [f64; 4] = [0.2, 0.4, 0.6, 0.8];
const PRICE_FACTORS: [f64; 3] = [0.5, 1.0, 2.0];

/// Each hosted model against each that is paid by the request; `tokens` are those of a request where a model does not
/// tell its own.
pub(super) fn break_even(
    figures: &[Figures],
    volumes: &[f64],
    peak_factor: f64,
    tokens: Option<f64>,
) -> Vec<BreakEvenRow> {
    let is_hosted = |model: &&Figures| model.cost.hosted.is_some();
    let hosted = figures.iter().filter(is_hosted);
    hosted
        .flat_map(|hosted| figures.iter().filter(|model| !is_hosted(model)).map(move |model| (hosted, model)))
        .map(|(hosted, against)| {
            let tokens = against.cost.tokens_per_request.both().or(tokens);
            let crossing = |at: BreakEven| Crossing {
                cheaper_from: Point::new(at.first, tokens),
                stays_cheaper_from: Point::new(at.for_good, tokens),
            };
            let at = |with_care| {
                let steps = hosted.curve.as_ref()?.steps(with_care)?;
                steps.break_even(against.cost.cost_per_request_usd?).map(crossing)
            };
            let sensitivity = match (&hosted.curve, against.cost.cost_per_request_usd) {
                (Some(Curve::Steps { hosting, requests_per_second, .. }), Some(usd)) => {
                    sensitivity(hosting, *requests_per_second, peak_factor, volumes, usd)
                }
                _ => Vec::new(),
            };
            BreakEvenRow {
                hosted: hosted.cost.model.clone(),
                against: against.cost.model.clone(),
                known: !sensitivity.is_empty(),
                with_care: at(true),
                without_care: at(false),
                sensitivity,
            }
        })
        .collect()
}

fn sensitivity(
    hosting: &Hosting,
    requests_per_second: f64,
    peak_factor: f64,
    volumes: &[f64],
    usd_per_request: f64,
) -> Vec<Sensitivity> {
    let mut utilizations = UTILIZATIONS.to_vec();
    if !utilizations.contains(&hosting.target_utilization) {
        utilizations.push(hosting.target_utilization);
        utilizations.sort_by(f64::total_cmp);
    }
    let at = |target_utilization| {
        let hosting = Hosting { target_utilization, ..hosting.clone() };
        let steps = hosting.steps(requests_per_second, Load { peak_factor, with_care: true });
        let at_price = |price_factor| AtPrice {
            price_factor,
            cheaper_from_requests_per_day: steps.break_even(usd_per_request * price_factor).map(|at| at.first),
        };
        Sensitivity {
            target_utilization,
            cost_per_month_usd: volumes.iter().map(|volume| steps.monthly_usd(*volume)).collect(),
            break_even: PRICE_FACTORS.map(at_price).to_vec(),
        }
    };
    utilizations.into_iter().map(at).collect()
}
