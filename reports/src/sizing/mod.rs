//! How many cases a verdict needs, before the models are asked.

mod terminal;

use crate::{
    ReportError, Run,
    comparison::{endpoint::Endpoint, pairs::Pairs},
    evidence::Evidence,
};
use eval_core::{
    ModelRole, TaskInfo,
    statistics::{detectable, pairs_needed_exact, smallest_margin, wilson},
};
use serde::Serialize;
use std::collections::BTreeMap;

pub use terminal::sizing_terminal;

/// What the plan assumes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Assumptions {
    /// How much worse the candidate may be: a share.
    pub margin: f64,
    /// One-sided.
    pub alpha: f64,
    /// The chance to find a candidate good enough that is.
    pub power: f64,
    /// The share of cases on which one of the two models is right and the other not, where no pilot says it.
    pub discordance: f64,
    /// The true difference, candidate minus reference: a share.
    pub difference: f64,
}

/// What a pilot run shows of a task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pilot {
    /// Paired cases.
    pub cases: usize,
    /// The share of discordant ones, in right answers or in confident wrong ones, whichever is larger.
    pub discordance: f64,
    /// Its 90 % interval.
    pub interval: [f64; 2],
    /// How many times more cases clusters ask for.
    pub design_effect: f64,
}

/// What a task needs and what its cases can show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskSize {
    /// The task's name.
    pub task: String,
    /// Cases that it has.
    pub cases: usize,
    /// The discordance that is assumed.
    pub discordance: f64,
    /// What a pilot shows, where there is one.
    pub pilot: Option<Pilot>,
    /// Cases for the power, by the exact power of Tango's test; `None`: no number would do.
    pub needed: Option<u64>,
    /// The same at the upper limit of the pilot's discordance.
    pub needed_at_most: Option<u64>,
    /// The largest true loss, a share of at most 0, at which the task's cases still show `good_enough` with the power;
    /// `None`: not even without a loss.
    pub detectable: Option<f64>,
    /// The smallest margin that the task's cases can show where there is no difference.
    pub smallest_margin: Option<f64>,
}

/// What a pilot run of a candidate and a reference shows, by task; tasks without pairs are left out.
pub fn pilot(run: &Run) -> Result<BTreeMap<String, Pilot>, ReportError> {
    let place = |role| run.manifest.models.iter().position(|model| model.role == role);
    let (Some(ours), Some(theirs)) = (place(ModelRole::Candidate), place(ModelRole::Reference)) else {
        return Err(ReportError::NotComparable {
            message: format!("the pilot {} holds no candidate with a reference", run.manifest.id),
            help: "name two runs: --pilot CANDIDATE_RUN --pilot REFERENCE_RUN".into(),
        });
    };
    let of_task = |evidence: &[Evidence]| -> Result<Option<Pilot>, ReportError> {
        let pairs = Pairs::new(&evidence[ours], &evidence[theirs])?;
        let (correct, wrong) = (pairs.correct()?, pairs.wrong()?);
        let share = |endpoint: &Endpoint| endpoint.discordance().unwrap_or(0.0);
        let larger = if share(&correct) >= share(&wrong) { &correct } else { &wrong };
        let Some(discordance) = larger.discordance() else { return Ok(None) };
        let (n, effect) = (pairs.len() as f64, larger.design_effect(0.9));
        let interval = wilson(discordance * n / effect, n / effect, 0.9);
        Ok(Some(Pilot {
            cases: pairs.len(),
            discordance,
            interval: [interval.lower, interval.upper],
            design_effect: effect,
        }))
    };
    let tasks = run.manifest.tasks.iter().zip(&run.evidence);
    let named =
        |(task, evidence): (&TaskInfo, &Vec<Evidence>)| Ok(of_task(evidence)?.map(|pilot| (task.name.clone(), pilot)));
    tasks.filter_map(|task| named(task).transpose()).collect()
}

/// What each task, by name and number of cases, needs.
pub fn sizing(tasks: &[(String, usize)], pilot: &BTreeMap<String, Pilot>, assumed: &Assumptions) -> Vec<TaskSize> {
    tasks.iter().map(|(task, cases)| of_task(task, *cases, pilot.get(task).copied(), assumed)).collect()
}

fn of_task(task: &str, cases: usize, pilot: Option<Pilot>, assumed: &Assumptions) -> TaskSize {
    let Assumptions { margin, alpha, power, difference, .. } = *assumed;
    let discordance = pilot.map_or(assumed.discordance, |pilot| pilot.discordance);
    let effect = pilot.map_or(1.0, |pilot| pilot.design_effect);
    let needed = |discordance: f64| {
        let pairs = pairs_needed_exact(discordance.max(difference.abs()), difference, margin, alpha, power)?;
        Some((pairs as f64 * effect).ceil() as u64)
    };
    let units = (cases as f64 / effect).floor() as u64;
    TaskSize {
        task: task.into(),
        cases,
        discordance,
        pilot,
        needed: needed(discordance),
        needed_at_most: pilot.and_then(|pilot| needed(pilot.interval[1])),
        detectable: detectable(units, discordance, margin, alpha, power),
        smallest_margin: smallest_margin(units, discordance, alpha, power),
    }
}
