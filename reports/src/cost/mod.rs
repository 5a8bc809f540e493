//! What each model of a run would cost a month, and the volume at which hosting becomes cheaper than paying by the token.

mod break_even;
mod figures;
mod rate;
mod report;
mod view;
mod write;

pub use report::{
    AtPrice, AtVolume, Basis, BreakEvenRow, COST_VERSION, CostReport, Crossing, HostedAs, ModelCost, Point,
    RuleOfThumb, Sensitivity, TokensPerRequest,
};
pub use write::{cost_json, cost_markdown, cost_terminal};

use crate::Run;
use eval_core::{
    ModelInfo, ModelRole, Price,
    cost::{Hosting, Volume},
};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// `None`: a few volumes.
    pub volume: Option<Volume>,
    /// Requests at the peak over requests on average.
    pub peak_factor: f64,
    /// Only these tasks; empty: all.
    pub tasks: Vec<String>,
}

/// How a model is paid for: by one of the two, or nobody knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// By the token.
    pub price: Option<Price>,
    /// By the hour.
    pub hosting: Option<Hosting>,
    /// Other terms than those of the run, so that the recorded costs do not hold.
    pub replaced: bool,
}

/// Requests at the peak over requests on average, where nobody says.
pub(crate) const PEAK_FACTOR: f64 = 3.0;

/// Looked at where none is asked for: requests a day.
const VOLUMES: [f64; 4] = [1e3, 1e4, 1e5, 1e6];

impl Terms {
    /// As they were when the model ran.
    pub fn of(model: &ModelInfo) -> Self {
        Self { price: model.price.clone(), hosting: model.hosting.clone(), replaced: false }
    }
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCost {
    /// A task that is not in the run.
    #[error("the run has no task {task:?}: its tasks are {known}")]
    Task {
        /// As given.
        task: String,
        /// Those there are.
        known: String,
    },
    /// The volume cannot be turned into requests.
    #[error(
        "no model of the run tells its tokens, so a volume in tokens says nothing: give it in requests, as in \
         50k-requests/day"
    )]
    Tokens,
}

/// What the models of a run cost; `terms` are in the manifest's order.
pub fn cost(run: &Run, terms: &[Terms], question: &Question) -> Result<CostReport, NoCost> {
    asked(run, terms, question, true)
}

/// The same for a few volumes, under the terms of the run or those given since, and without intervals, which take the time.
pub(crate) fn by_volume(run: &Run, tasks: Vec<String>) -> Result<CostReport, NoCost> {
    let terms: Vec<Terms> = run.manifest.models.iter().map(|model| run.terms_of(model)).collect();
    asked(run, &terms, &Question { volume: None, peak_factor: PEAK_FACTOR, tasks }, false)
}

fn asked(run: &Run, terms: &[Terms], question: &Question, intervals: bool) -> Result<CostReport, NoCost> {
    let manifest = &run.manifest;
    let known: Vec<&String> = manifest.tasks.iter().map(|task| &task.name).collect();
    if let Some(task) = question.tasks.iter().find(|task| !known.contains(task)) {
        let known = known.iter().map(|task| task.as_str()).collect::<Vec<_>>().join(", ");
        return Err(NoCost::Task { task: task.clone(), known });
    }
    let asked = |task: &String| question.tasks.is_empty() || question.tasks.contains(task);
    let tasks: Vec<usize> = (0..known.len()).filter(|task| asked(known[*task])).collect();
    let figures: Vec<figures::Figures> = manifest
        .models
        .iter()
        .zip(terms)
        .enumerate()
        .map(|(model, (info, terms))| {
            figures::figures(run, info, model, terms, &tasks, question.peak_factor, intervals)
        })
        .collect();
    let counting = counting(&figures);
    let volumes = volumes(question, counting.as_ref())?;
    let tokens = counting.as_ref().map(|(_, tokens)| *tokens);
    Ok(CostReport {
        v: COST_VERSION,
        run: manifest.id.clone(),
        suite: manifest.suite.name.clone(),
        tasks: tasks.iter().map(|task| known[*task].clone()).collect(),
        level: 1.0 - 2.0 * manifest.suite.decision.alpha,
        peak_factor: question.peak_factor,
        volumes: volumes.iter().map(|requests| Point::new(*requests, tokens)).collect(),
        tokens_counted_by: counting.map(|(model, _)| model),
        break_even: break_even::break_even(&figures, &volumes, question.peak_factor, tokens),
        models: figures.into_iter().map(|figures| figures.at(&volumes)).collect(),
        rule_of_thumb: RuleOfThumb::default(),
    })
}

/// By whose tokens a volume is counted, and how many a request has: the reference's, whose bill a team has at hand, else
/// the first model's that tells them.
fn counting(figures: &[figures::Figures]) -> Option<(String, f64)> {
    let reference = figures.iter().filter(|model| model.cost.role == ModelRole::Reference);
    let tokens = |model: &figures::Figures| Some((model.cost.model.clone(), model.cost.tokens_per_request.both()?));
    reference.chain(figures).find_map(tokens)
}

/// In requests a day.
fn volumes(question: &Question, counting: Option<&(String, f64)>) -> Result<Vec<f64>, NoCost> {
    match question.volume {
        None => Ok(VOLUMES.to_vec()),
        Some(Volume::Requests(requests)) => Ok(vec![requests]),
        Some(Volume::Tokens(tokens)) => counting.map(|(_, each)| vec![tokens / each]).ok_or(NoCost::Tokens),
    }
}
