//! Looks at a suite: a verdict is planned once, at the suite's size; one on a part of it, or after an earlier one on fewer
//! cases, spends alpha as O'Brien and Fleming do.

use crate::format::{count, counted, list};
use eval_core::{Manifest, TaskInfo, statistics::nominal_alphas};
use serde::{Deserialize, Serialize};

/// One candidate was judged on one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The suite's name.
    pub suite: String,
    /// The task's name.
    pub task: String,
    /// The candidate's name.
    pub candidate: String,
    /// The run's id.
    pub run: String,
    /// When the run was started, RFC 3339 in UTC.
    pub started_at: String,
    /// Cases that it asked.
    pub cases: usize,
}

/// Below this the score tests cannot be computed with sense: such a look decides next to nothing.
const LEAST_ALPHA: f64 = 1e-12;

/// The error rate of one look.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spending {
    /// One-sided, for this look.
    pub alpha: f64,
    /// What is to be said of it; `None`: it is the one look that was planned.
    pub words: Option<String>,
    /// Earlier runs that asked as many cases or more.
    pub repeated: usize,
}

/// The looks that a run is.
pub fn looks_of(manifest: &Manifest) -> Vec<Look> {
    let candidates = manifest.models.iter().filter(|model| model.role == eval_core::ModelRole::Candidate);
    let look = |task: &TaskInfo, candidate: &str| Look {
        suite: manifest.suite.name.clone(),
        task: task.name.clone(),
        candidate: candidate.into(),
        run: manifest.id.clone(),
        started_at: manifest.started_at.clone(),
        cases: task.cases,
    };
    candidates.flat_map(|model| manifest.tasks.iter().map(move |task| look(task, &model.name))).collect()
}

/// What the verdict on a task may spend.
pub(crate) fn spending(manifest: &Manifest, looks: &[Look], task: &TaskInfo, candidate: &str) -> Spending {
    let alpha = manifest.suite.decision.alpha;
    let planned = task.cases_in_suite.max(task.cases).max(1);
    let earlier = looks.iter().filter(|look| {
        look.suite == manifest.suite.name
            && look.task == task.name
            && look.candidate == candidate
            && look.run != manifest.id
            && look.started_at < manifest.started_at
    });
    let (before, repeated): (Vec<&Look>, Vec<&Look>) = earlier.partition(|look| look.cases < task.cases);
    let mut sizes: Vec<usize> = before.iter().map(|look| look.cases).filter(|cases| *cases > 0).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let is_planned = sizes.is_empty() && task.cases >= planned;
    let shares: Vec<f64> = sizes.iter().chain([&task.cases]).map(|cases| *cases as f64 / planned as f64).collect();
    let nominal = nominal_alphas(alpha, &shares).last().copied().unwrap_or(alpha).max(LEAST_ALPHA).min(alpha);
    let spent = if is_planned { alpha } else { nominal };
    let words = (!is_planned).then(|| words(task, planned, &sizes, alpha, spent));
    Spending { alpha: spent, words, repeated: repeated.len() }
}

fn words(task: &TaskInfo, planned: usize, earlier: &[usize], alpha: f64, spent: f64) -> String {
    let part = if task.cases < planned {
        format!(
            "A look at {} of the {} cases that the verdict is planned for",
            count(task.cases as u64),
            counted(planned as u64, "case").trim_end_matches(" cases")
        )
    } else {
        format!("All {} that the verdict is planned for", counted(planned as u64, "case"))
    };
    let sizes: Vec<String> = earlier.iter().map(|n| count(*n as u64)).collect();
    let after = if sizes.is_empty() { String::new() } else { format!(", after looks at {}", list(&sizes)) };
    format!("{part}{after}: of alpha {alpha} this look may spend {}.", significant(spent))
}

/// Two significant digits, never in powers of ten.
fn significant(p: f64) -> String {
    if p < 1e-6 {
        return "less than 0.000001".into();
    }
    let digits = (1 - p.log10().floor() as i32).clamp(2, 8) as usize;
    format!("{p:.digits$}").trim_end_matches('0').to_string()
}
