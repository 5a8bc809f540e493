//! Metrics that another model scores: by a rubric, against the reference's answer, or against the passages.
//!
//! What a judge sees of the candidate is data between marks that the data cannot hold, and of what it says nothing counts
//! but a verdict in the asked form.

mod grounded;
mod pairwise;
mod question;
mod rubric;
mod wording;

pub(crate) use grounded::ENTRY as GROUNDED;
pub(crate) use pairwise::ENTRY as PAIRWISE;
pub(crate) use rubric::ENTRY as JUDGE;

use crate::{MetricError, SettingKey, settings::Settings};
use eval_core::{Case, JudgedMetric, Metric, Response, Score};
use std::sync::Arc;

/// Where the definitions come from.
const JUDGES: &str = "this project's own definition: docs/judges.md";

const MODEL: SettingKey =
    SettingKey { name: "model", summary: "the model that judges, as on the command line; else --judge says" };
const VOTES: SettingKey = SettingKey { name: "votes", summary: "how often it is asked, 1 where missing, 25 at most" };
const AS: SettingKey = SettingKey { name: "as", summary: "the metric's name in records and bars" };

/// What all judged metrics are set up with.
struct Common {
    name: String,
    model: Option<String>,
    votes: u32,
}

impl Common {
    fn read(settings: &Settings<'_>, name: &str) -> Result<Self, MetricError> {
        let name = settings.text("as")?.unwrap_or_else(|| name.into());
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(settings.error(format!("cannot be called `{name}`: names are of a-z, 0-9 and _")));
        }
        let votes = settings.count("votes")?.unwrap_or(1);
        if votes > 25 {
            return Err(settings.error(format!("asks for {votes} votes; 25 are the most")));
        }
        Ok(Self { name, model: settings.text("model")?, votes: votes as u32 })
    }

    fn score(&self, of: &str) -> String {
        format!("{}_{of}", self.name)
    }
}

/// Stands among the metrics of a task for one that is scored after the run.
struct AfterTheRun {
    name: String,
    judged: Arc<dyn JudgedMetric>,
}

impl AfterTheRun {
    fn boxed(name: &str, judged: impl JudgedMetric + 'static) -> Box<dyn Metric> {
        Box::new(Self { name: name.into(), judged: Arc::new(judged) })
    }
}

impl Metric for AfterTheRun {
    fn name(&self) -> &str {
        &self.name
    }

    fn score(&self, _: &Case, _: &Response) -> Score {
        Score::NotApplicable
    }

    fn judged(&self) -> Option<Arc<dyn JudgedMetric>> {
        Some(self.judged.clone())
    }
}

/// The verdict that more than half of the votes give.
fn majority<'a>(votes: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let all = votes.clone().count();
    votes.clone().find(|vote| 2 * votes.clone().filter(|other| other == vote).count() > all)
}

#[cfg(test)]
mod tests;
