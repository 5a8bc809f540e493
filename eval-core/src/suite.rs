use crate::Task;
use serde::{Deserialize, Serialize};

/// A folder of tasks with their cases, read and checked.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The suite's name.
    pub name: String,
    /// A sentence on what it covers.
    pub description: String,
    /// Where its data may go.
    pub data_policy: DataPolicy,
    /// The rules of the verdict.
    pub decision: Decision,
    /// The tasks, in file order.
    pub tasks: Vec<Task>,
    /// Digest of all that shapes a run: settings, prompts, schemas, tools and case contents.
    pub hash: String,
}

/// Where the data of a suite may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataPolicy {
    /// To any runner.
    #[default]
    Any,
    /// To no runner that leaves this machine.
    LocalOnly,
}

/// The rules of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Decision {
    /// How much worse the candidate may be: a share, 0.05 is five points.
    pub margin: f64,
    /// One-sided error rate.
    pub alpha: f64,
    /// Above this share of failed calls the evidence is invalid.
    pub max_error_rate: f64,
    /// Whether a verdict may rest on a judge that was never held against people.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_uncalibrated_judge: bool,
}

impl Default for Decision {
    fn default() -> Self {
        Self { margin: 0.05, alpha: 0.05, max_error_rate: 0.02, allow_uncalibrated_judge: false }
    }
}

impl Decision {
    /// What is wrong with the rules, if anything: outside these limits a verdict would mean nothing.
    pub fn problem(&self) -> Option<String> {
        if !(self.margin > 0.0 && self.margin < 1.0) {
            Some(format!(
                "the margin is a share above 0 and below 1, such as 0.05 for five points, not {}",
                self.margin
            ))
        } else if !(self.alpha > 0.0 && self.alpha < 0.5) {
            Some(format!("alpha is a probability above 0 and below 0.5, such as 0.05, not {}", self.alpha))
        } else if !(0.0..=1.0).contains(&self.max_error_rate) {
            Some(format!("max_error_rate is a share from 0 to 1, such as 0.02, not {}", self.max_error_rate))
        } else {
            None
        }
    }
}
