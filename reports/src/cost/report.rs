use eval_core::{
    ModelRole, Price,
    cost::{Hosting, MeasuredRate},
};
use serde::Serialize;

/// The version that reports of cost are written with.
pub const COST_VERSION: u32 = 1;

/// What `eval cost` finds. `None` is unknown and is written as `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostReport {
    /// [`COST_VERSION`].
    pub v: u32,
    /// The run's id.
    pub run: String,
    /// The suite's name.
    pub suite: String,
    /// The tasks whose mix is priced, as the run asked them.
    pub tasks: Vec<String>,
    /// Two-sided level of the intervals.
    pub level: f64,
    /// Requests at the peak over requests on average.
    pub peak_factor: f64,
    /// The volumes looked at.
    pub volumes: Vec<Point>,
    /// The model by whose tokens the volumes are counted.
    pub tokens_counted_by: Option<String>,
    /// In the run's order.
    pub models: Vec<ModelCost>,
    /// Each hosted model against each that is paid by the token.
    pub break_even: Vec<BreakEvenRow>,
    /// What is said in public, to be seen beside one's own numbers.
    pub rule_of_thumb: RuleOfThumb,
}

/// A volume.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Requests a day, on average.
    pub requests_per_day: f64,
    /// Tokens a day, in and out together.
    pub tokens_per_day: Option<f64>,
}

impl Point {
    pub(super) fn new(requests_per_day: f64, tokens_per_request: Option<f64>) -> Self {
        Self { requests_per_day, tokens_per_day: tokens_per_request.map(|tokens| tokens * requests_per_day) }
    }
}

/// How a model's cost is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// By a price for tokens.
    Price,
    /// As the server billed each answer.
    Billed,
    /// By what serving it costs.
    Hosting,
    /// Not at all.
    Unknown,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelCost {
    /// Its name.
    pub model: String,
    /// On trial, or the one it would replace.
    pub role: ModelRole,
    /// How its cost is known.
    pub basis: Basis,
    /// Why its cost is unknown, and what to do.
    pub unknown_because: Option<String>,
    /// Requests of the run: a case asked once; failed calls are among them.
    pub requests: u64,
    /// Right answers among them.
    pub correct: u64,
    /// Their share.
    pub correct_rate: Option<f64>,
    /// Means over the requests.
    pub tokens_per_request: TokensPerRequest,
    /// What it is paid by.
    pub price: Option<Price>,
    /// USD, the mean over the requests; `None` for a hosted model.
    pub cost_per_request_usd: Option<f64>,
    /// What it is served by.
    pub hosted: Option<HostedAs>,
    /// At each volume.
    pub at: Vec<AtVolume>,
}

/// Tokens of a request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TokensPerRequest {
    /// Of the prompt.
    pub input: Option<f64>,
    /// Generated.
    pub output: Option<f64>,
}

impl TokensPerRequest {
    /// In and out together, where there are any.
    pub fn both(&self) -> Option<f64> {
        Some(self.input? + self.output?).filter(|tokens| *tokens > 0.0)
    }
}

/// A hosted model's terms and what they come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostedAs {
    /// As configured.
    #[serde(flatten)]
    pub terms: Hosting,
    /// What the run measured, where it did.
    pub measured: Option<MeasuredRate>,
    /// Of one replica at full load.
    pub requests_per_second: Option<f64>,
    /// Requests a day, on average, that one replica serves at the target utilization.
    pub replica_requests_per_day: Option<f64>,
    /// USD a month of one replica.
    pub replica_usd_per_month: f64,
    /// USD a month of people's time.
    pub care_usd_per_month: f64,
}

/// What a model costs at a volume.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AtVolume {
    /// Requests a day, on average.
    pub requests_per_day: f64,
    /// `None` where it is not hosted, too.
    pub replicas: Option<u64>,
    /// People's time included.
    pub cost_per_month_usd: Option<f64>,
    /// Without people's time; the same where none is paid for.
    pub cost_per_month_without_care_usd: Option<f64>,
    /// Of the month's cost.
    pub cost_per_correct_usd: Option<f64>,
    /// Its limits.
    pub cost_per_correct_interval: Option<[f64; 2]>,
}

/// Where a hosted model becomes cheaper than one that is paid by the token.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BreakEvenRow {
    /// The hosted model.
    pub hosted: String,
    /// The one it is set against.
    pub against: String,
    /// Whether both costs are known; else all below is `null` or empty.
    pub known: bool,
    /// With people's time; `None`: hosting is never cheaper.
    pub with_care: Option<Crossing>,
    /// Without people's time.
    pub without_care: Option<Crossing>,
    /// The same at other loads and prices.
    pub sensitivity: Vec<Sensitivity>,
}

/// Above these volumes hosting is cheaper. The two differ where a further replica makes it dearer again for a while.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Crossing {
    /// For the first time.
    pub cheaper_from: Point,
    /// For good.
    pub stays_cheaper_from: Point,
}

/// At another utilization of the replicas.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitivity {
    /// The share of its rate that a replica is loaded with at the peak.
    pub target_utilization: f64,
    /// Of the hosted model, at each volume.
    pub cost_per_month_usd: Vec<f64>,
    /// At each factor on the price of the other model, with people's time.
    pub break_even: Vec<AtPrice>,
}

/// The break-even at another price.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtPrice {
    /// On the price of the model that is paid by the token.
    pub price_factor: f64,
    /// Hosting is cheaper from here; `None`: never.
    pub cheaper_from_requests_per_day: Option<f64>,
}

/// What is commonly said of when hosting pays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RuleOfThumb {
    /// Above so many tokens a day.
    pub tokens_per_day: f64,
    /// Above so many queries a day: from, to.
    pub queries_per_day: [f64; 2],
}

impl Default for RuleOfThumb {
    fn default() -> Self {
        Self { tokens_per_day: 5e6, queries_per_day: [5e3, 5e4] }
    }
}
