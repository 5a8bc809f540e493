//! Which metrics of a plan a judge scores, and which model that is.

use super::{Plan, PlannedTask};
use crate::{
    models::{self, ModelSpec},
    settings::Settings,
};
use eval_core::{JudgedMetric, MetricSpec, ModelRole};
use miette::miette;
use std::sync::Arc;

/// A metric that a judge scores.
pub struct JudgedTask {
    pub task: String,
    pub name: String,
    pub metric: Arc<dyn JudgedMetric>,
    /// The judge, by its name.
    pub judge: String,
}

impl Plan {
    /// The metrics that a judge scores, once [`Plan::name_judges`] said which one.
    pub fn judged(&self) -> Vec<JudgedTask> {
        let of_task = |planned: &PlannedTask| {
            let task = self.task(planned).name.clone();
            let metrics = planned.scorer.metrics.iter().filter_map(|metric| Some((metric.name(), metric.judged()?)));
            let judge = |name: &str| planned.specs.iter().find(|spec| spec.name == name);
            let judged = |(name, metric): (&str, Arc<dyn JudgedMetric>)| JudgedTask {
                task: task.clone(),
                name: name.into(),
                metric,
                judge: judge(name).and_then(|spec| spec.judge.clone()).unwrap_or_default(),
            };
            metrics.map(judged).collect::<Vec<_>>()
        };
        self.tasks.iter().flat_map(of_task).collect()
    }

    /// Says which models judge: the one that is given on the command line, else that of the metric's settings. Each model
    /// is there once.
    pub fn name_judges(&mut self, given: Option<&str>, settings: &Settings) -> miette::Result<Vec<ModelSpec>> {
        let mut judges: Vec<ModelSpec> = Vec::new();
        for planned in &mut self.tasks {
            let task = &self.suite.suite.tasks[planned.index].name;
            for metric in &planned.scorer.metrics {
                let Some(judged) = metric.judged() else { continue };
                let Some(words) = given.or(judged.model()) else {
                    let help = "name it with --judge MODEL, or as `model` in the metric's settings";
                    return Err(miette!(help = help, "task {task}: no model is named that judges `{}`", metric.name()));
                };
                let spec = models::parse(words, ModelRole::Judge, settings)?;
                if judged.votes() > 1 && !spec.samples()? {
                    let help = format!(
                        "give {} a temperature in eval.toml, such as temperature = 0.7, or ask once: votes = 1",
                        spec.name
                    );
                    return Err(miette!(
                        help = help,
                        "task {task}: `{}` asks for {} votes of {}, which has no temperature and would say the same each \
                         time",
                        metric.name(),
                        judged.votes(),
                        spec.name
                    ));
                }
                let own = judged.specs();
                let of_metric = |spec: &&mut MetricSpec| own.iter().any(|own| own.name == spec.name);
                planned.specs.iter_mut().filter(of_metric).for_each(|found| found.judge = Some(spec.name.clone()));
                if judges.iter().all(|known| known.name != spec.name) {
                    judges.push(spec);
                }
            }
        }
        Ok(judges)
    }
}
