//! A suite over time: what each model got right in each run, and what changed from one run to the next.

mod change;
mod terminal;

use crate::{Summary, TaskSummary, Verdict, format};
use eval_core::{Manifest, ModelInfo, ModelRole, TaskInfo};
use serde::Serialize;

pub use change::add_changes;
pub use terminal::history_terminal;

/// A run with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// How the run is named where it lies: its folder.
    pub run: String,
    /// What went into it.
    pub manifest: Manifest,
    /// What came of it.
    pub summary: Summary,
}

/// A suite over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Its name.
    pub suite: String,
    /// The runs, oldest first.
    pub runs: Vec<String>,
    /// In the order of the newest run that holds them.
    pub tasks: Vec<TaskHistory>,
}

/// One task over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskHistory {
    /// Its name.
    pub task: String,
    /// One for each model.
    pub models: Vec<ModelHistory>,
}

/// One model on one task over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelHistory {
    /// Its name.
    pub model: String,
    /// Oldest first.
    pub points: Vec<Point>,
}

/// One model on one task in one run. `None` is unknown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The run.
    pub run: String,
    /// When it was started, RFC 3339 in UTC.
    pub started_at: String,
    /// On trial, or the one that would be replaced.
    pub role: ModelRole,
    /// Cases with a record.
    pub cases: u64,
    /// See [`crate::ModelRow::correct`].
    pub correct: Option<u64>,
    /// Share of right answers.
    pub correct_rate: Option<f64>,
    /// Two-sided level of the interval.
    pub level: f64,
    /// Of the share.
    pub interval: Option<[f64; 2]>,
    /// Of the comparison with the reference, or else against the bars; `None` for a reference, which is not on trial.
    pub verdict: Option<Verdict>,
    /// What it was held against.
    pub reference: Option<String>,
    /// USD of all answers.
    pub cost_usd: Option<f64>,
    /// Cost over right answers.
    pub cost_per_correct_usd: Option<f64>,
    /// Whether only a part of the task's cases was asked.
    pub partial: bool,
    /// What makes it another measure than the run before of the same model, in words; empty where the two are alike.
    pub differs_in: Vec<&'static str>,
    /// Against the run before of the same model, on the cases that both hold.
    pub change: Option<Change>,
}

/// A model against itself in the run before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The run before.
    pub since: String,
    /// Cases of the same content in both.
    pub cases: u64,
    /// Share of right answers, this run minus that.
    pub difference: Option<f64>,
    /// Of the difference, of the level of its run.
    pub interval: Option<[f64; 2]>,
    /// That it is not worse, one-sided by McNemar's mid-p: small is an alarm.
    pub p_regression: Option<f64>,
    /// Whether the alarm rings at the suite's alpha.
    pub is_regression: bool,
}

/// The history of a suite from its runs, oldest first.
pub fn history(suite: &str, runs: &[Past]) -> History {
    let mut tasks: Vec<TaskHistory> = Vec::new();
    for past in runs.iter().rev() {
        for task in &past.summary.tasks {
            if !tasks.iter().any(|known| known.task == task.task) {
                tasks.push(TaskHistory { task: task.task.clone(), models: models(&task.task, runs) });
            }
        }
    }
    History { suite: suite.into(), runs: runs.iter().map(|past| past.run.clone()).collect(), tasks }
}

/// The models of a task, those of the newest run first.
fn models(task: &str, runs: &[Past]) -> Vec<ModelHistory> {
    let mut found: Vec<ModelHistory> = Vec::new();
    for past in runs.iter().rev() {
        let rows = past.summary.tasks.iter().filter(|row| row.task == task).flat_map(|row| &row.models);
        for row in rows {
            if !found.iter().any(|known| known.model == row.model) {
                found.push(ModelHistory { model: row.model.clone(), points: points(task, &row.model, runs) });
            }
        }
    }
    found
}

fn points(task: &str, model: &str, runs: &[Past]) -> Vec<Point> {
    let mut points = Vec::new();
    let mut before: Option<Measure<'_>> = None;
    for past in runs {
        let info = past.manifest.tasks.iter().find(|info| info.name == task);
        let asked = past.manifest.models.iter().find(|info| info.name == model);
        let summary = past.summary.tasks.iter().find(|row| row.task == task);
        let (Some(info), Some(asked), Some(summary)) = (info, asked, summary) else { continue };
        let now = Measure { suite: &past.manifest.suite.name, task: info, model: asked };
        let differs_in = before.map(|before| now.differs_in(&before)).unwrap_or_default();
        points.extend(point(past, summary, (info, asked), differs_in));
        before = Some(now);
    }
    points
}

fn point(
    past: &Past,
    task: &TaskSummary,
    (info, model): (&TaskInfo, &ModelInfo),
    differs_in: Vec<&'static str>,
) -> Option<Point> {
    let row = task.models.iter().find(|row| row.model == model.name)?;
    let pair = task.comparisons.iter().find(|pair| pair.candidate == model.name);
    let on_trial = row.role == ModelRole::Candidate;
    Some(Point {
        run: past.run.clone(),
        started_at: past.manifest.started_at.clone(),
        role: row.role,
        cases: row.cases,
        correct: row.correct,
        correct_rate: row.correct_rate,
        level: past.summary.level,
        interval: row.intervals.get("accuracy").copied().flatten(),
        verdict: on_trial.then(|| pair.map_or(row.verdict, |pair| pair.verdict)),
        reference: pair.map(|pair| pair.reference.clone()),
        cost_usd: row.cost_usd,
        cost_per_correct_usd: row.cost_per_correct_usd,
        partial: info.cases < info.cases_in_suite,
        differs_in,
        change: None,
    })
}

/// What a point is measured by.
struct Measure<'a> {
    suite: &'a str,
    task: &'a TaskInfo,
    model: &'a ModelInfo,
}

impl Measure<'_> {
    /// What is not as it was.
    fn differs_in(&self, before: &Self) -> Vec<&'static str> {
        let (task, model) = (self.task, self.model);
        let scoring = |task: &TaskInfo| (task.scoring_hash.clone(), task.accept_recovered);
        let parts = [
            (self.suite != before.suite, "suite"),
            (task.cases_hash != before.task.cases_hash, "cases"),
            (model.prompt_hash(task) != before.model.prompt_hash(before.task), "prompt"),
            (scoring(task) != scoring(before.task), "scoring"),
            (model.runner != before.model.runner || model.settings != before.model.settings, "model"),
        ];
        parts.into_iter().filter(|(differs, _)| *differs).map(|(_, words)| words).collect()
    }
}

impl Point {
    /// What makes it another measure than the run before, in words; empty where the two are alike.
    pub(crate) fn measure(&self) -> String {
        let part = self.partial.then(|| "a part of the cases".to_string());
        // A part is of other cases than the whole.
        let others: Vec<&str> =
            self.differs_in.iter().copied().filter(|what| !self.partial || *what != "cases").collect();
        let differs = (!others.is_empty()).then(|| format!("other {}", others.join(", ")));
        part.into_iter().chain(differs).collect::<Vec<_>>().join("; ")
    }

    /// What changed since the run before, in points.
    pub(crate) fn changed(&self) -> String {
        let difference = self.change.as_ref().and_then(|change| change.difference);
        format::points(difference).replace(" points", "")
    }

    /// Whether it is worse for sure than in the run before.
    pub(crate) fn is_worse(&self) -> bool {
        self.change.as_ref().is_some_and(|change| change.difference.is_some() && change.is_regression)
    }
}

impl History {
    /// With some tasks and models alone; empty lists keep all.
    pub fn only(mut self, tasks: &[String], models: &[String]) -> Self {
        self.tasks.retain(|row| tasks.is_empty() || tasks.contains(&row.task));
        for task in &mut self.tasks {
            task.models.retain(|row| models.is_empty() || models.contains(&row.model));
        }
        self.tasks.retain(|task| !task.models.is_empty());
        self
    }

    /// What the marks at a change say, those that there are.
    pub(crate) fn legend(&self) -> String {
        let points = || self.tasks.iter().flat_map(|task| &task.models).flat_map(|model| &model.points);
        let mut words =
            vec!["change: in points against the run before of the same model, on the cases that both hold."];
        if points().any(Point::is_worse) {
            words.push("▼ worse for sure (McNemar's mid-p).");
        }
        if points().any(|point| !point.measure().is_empty()) {
            words.push("≠ not the same measure as the run before.");
        }
        words.join(" ")
    }
}

/// As JSON, with a line end.
pub fn history_json(history: &History) -> String {
    // Finite or null numbers: serde_json writes every such value.
    serde_json::to_string_pretty(history).map(|text| text + "\n").unwrap_or_default()
}
